"""A learner's place in the directory: what it says, when it appears, and that it goes at once.

Theory of operation. A search must count skills over a hundred thousand people in milliseconds, so
each listing keeps rows of what it is found by (`ListedSkill`, `ListedWord`). They are an index and
nothing more. A badge may be revoked at any moment by the app below, which cannot call this one, so
the rows may be older than the truth: a sweep makes them anew. No reader sees that, because every
number on a card is counted from the badges at the moment of reading. A stale row can only put
somebody on a page a few minutes too late, or into a search whose page then leaves them out again.

A paused listing has no rows, so a search cannot find it, whatever else goes wrong.
"""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit
from badges.models import Badge, BadgeQuerySet, BadgeSkill, How, Result, Skill
from badges.models.skill import folded
from portfolio.models import ListedSkill, ListedWord, Listing, OpenTo, Page, ShareLink
from portfolio.services import sharing

logger = logging.getLogger("laurel.listing")

EVERY = timedelta(minutes=15)
AT_ONCE = 300  # listings of one sweep
MAX_SKILLS = 200
MAX_WORDS = 300
MAX_WORD = 40
MAX_INITIALS = 4
WORDS = re.compile(r"[\w+#][\w+#.']*")


class NotReady(Exception):
    """The listing cannot appear yet: its owner has not said that they are of age."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a learner decides about their listing."""

    headline: str
    place: str = ""
    open_to: Sequence[str] = ()
    name_shown: str = Listing.Name.INITIALS
    page: Page | None = None
    stated_too: bool = False
    indexed: bool = False
    of_age: bool = False
    hidden: Sequence[UUID] = ()


# --- What its owner does -----------------------------------------------------------------------


def save(*, owner: User, terms: Terms, now: datetime) -> Listing:
    """Keep what a learner has written. It appears nowhere yet, unless it is there already."""
    with transaction.atomic():
        listing, _new = Listing.objects.get_or_create(
            owner=owner, defaults={"headline": terms.headline, "created_at": now}
        )
        listing = Listing.objects.select_for_update(of=("self",)).get(pk=listing.pk)
        listing.headline, listing.place = terms.headline, terms.place
        listing.open_to = [one for one in OpenTo.values if one in terms.open_to]
        listing.name_shown, listing.page = terms.name_shown, terms.page
        listing.stated_too, listing.indexed = terms.stated_too, terms.indexed
        if terms.of_age and listing.of_age_at is None:
            listing.of_age_at = now
        listing.hidden_skills.set(Skill.objects.filter(pk__in=terms.hidden))
        listing.save()
        if listing.listed:
            _hang_door(listing, now)
            refresh(listing=listing, now=now)
        audit.record(actor=owner, action="listing.changed", target=listing)
    return listing


def appear(*, listing: Listing, now: datetime) -> None:
    """From now on anybody may find it. Raises `NotReady`, and `sharing.TooManyLinks`."""
    if listing.of_age_at is None:
        raise NotReady
    with transaction.atomic():
        if not Listing.objects.filter(pk=listing.pk, listed=False).update(
            listed=True, listed_at=now
        ):
            return
        listing.refresh_from_db()
        _hang_door(listing, now)
        refresh(listing=listing, now=now)
        audit.record(actor=listing.owner, action="listing.appeared", target=listing)


def pause(*, listing: Listing, actor: User, now: datetime) -> None:
    """Gone from this moment on: from the search, and the page that it led to as well."""
    with transaction.atomic():
        was_there = Listing.objects.filter(pk=listing.pk, listed=True).update(
            listed=False, refresh_at=None
        )
        listing.refresh_from_db()
        _clear(listing)
        _take_door_away(listing, actor, now)
        if was_there:
            audit.record(actor=actor, action="listing.paused", target=listing)


def delete(*, listing: Listing, actor: User, now: datetime) -> None:
    """Forget what it said, too. Conversations that have begun stay its owner's."""
    with transaction.atomic():
        _take_door_away(listing, actor, now)
        audit.record(actor=actor, action="listing.deleted", target=listing)
        listing.delete()


def shown_name(listing: Listing) -> str:
    """The name that readers see. Never an address, and no more of a name than was chosen."""
    return name_as(listing.owner.name, listing.name_shown)


def name_as(whole: str, choice: str) -> str:
    name = whole.strip()
    if not name:
        return _("A learner")
    if choice == Listing.Name.FULL:
        return name
    words = [word for word in re.split(r"[\s.\-]+", name) if word][:MAX_INITIALS]
    return " ".join(f"{word[0].upper()}." for word in words) or _("A learner")


def page_url(listing: Listing, now: datetime) -> str:
    """Where its page is read, or nothing: none was chosen, or its owner has withdrawn the link."""
    link = listing.link
    if not listing.listed or link is None or link.is_locked or not link.is_live(now):
        return ""
    token = sharing.token_of(link)
    return sharing.url(token) if token else ""


def _hang_door(listing: Listing, now: datetime) -> None:
    """A link of its own, by which the page shows no more of the name than the listing does."""
    name = shown_name(listing)
    visibility = ShareLink.Visibility.PUBLIC if listing.indexed else ShareLink.Visibility.UNLISTED
    link = listing.link
    wanted = (listing.page_id, name, visibility)
    if (
        link is not None
        and link.is_live(now)
        and (link.page_id, link.name_shown, link.visibility) == wanted
    ):
        return
    _take_door_away(listing, listing.owner, now)
    if listing.page is not None:
        listing.link = sharing.create(
            page=listing.page,
            label=_("Directory"),
            now=now,
            visibility=visibility,
            name_shown=name,
        )
        listing.save(update_fields=["link"])


def _rename_door(listing: Listing, now: datetime) -> None:
    """Whoever has changed their name must not go on under the old one. A link that its owner has
    withdrawn stays so."""
    link = listing.link
    if link is None or not link.is_live(now) or link.name_shown == shown_name(listing):
        return
    try:
        _hang_door(listing, now)
    except sharing.TooManyLinks:
        logger.warning("Listing %s has lost its link: its owner has too many.", listing.pk)


def _take_door_away(listing: Listing, actor: User, now: datetime) -> None:
    # A new address each time: whoever kept the old one must not get in again by it.
    if listing.link is not None:
        sharing.withdraw(link=listing.link, actor=actor, now=now)
        listing.link = None
        listing.save(update_fields=["link"])


# --- What it is found by -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """One skill of a listing. `verified` counts badges; without any, it is only stated."""

    skill: UUID
    name: str
    verified: int


def proven(owners: Iterable[UUID], now: datetime) -> Mapping[tuple[UUID, UUID], int]:
    """How many verified badges show a skill, by owner and skill, at this moment. One query.

    What a holder has added to a badge is their word: no check of ours is about it.
    """
    badges = Badge.objects.verified(now).filter(owner__in=owners)
    rows = (
        BadgeSkill.objects.filter(badge__in=badges)
        .exclude(how=How.CONFIRMED)
        .order_by()
        .values_list("badge__owner", "skill")
        .annotate(badges=Count("badge"))
    )
    return {(owner, skill): badges for owner, skill, badges in rows}


def skills_of(listing: Listing, now: datetime) -> list[Shown]:
    """Every skill that a reader may see, most badges first. Hidden ones are not among them."""
    hidden = set(listing.hidden_skills.values_list("pk", flat=True))
    return [
        one
        for one in all_skills(owner=listing.owner, now=now, stated_too=listing.stated_too)
        if one.skill not in hidden
    ][:MAX_SKILLS]


def all_skills(*, owner: User, now: datetime, stated_too: bool) -> list[Shown]:
    """What the learner may choose from."""
    counts = {skill: n for (_owner, skill), n in proven([owner.pk], now).items()}
    wanted = Q(pk__in=list(counts))
    if stated_too:
        wanted |= Q(links__badge__in=_standing(owner, now))
    names = Skill.objects.filter(wanted).distinct().values_list("pk", "name")
    shown = [Shown(pk, name, counts.get(pk, 0)) for pk, name in names]
    return sorted(shown, key=lambda one: (-one.verified, one.name.casefold()))


def _standing(owner: User, now: datetime) -> BadgeQuerySet:
    """Badges that nothing speaks against: checked, or taken on their holder's word."""
    stands = [Result.VALID, Result.UNKNOWN, Result.UNSIGNED]
    in_date = Q(expires_at=None) | Q(expires_at__gt=now)
    return Badge.objects.owned_by(owner).filter(in_date, result__in=stands)


def refresh(*, listing: Listing, now: datetime) -> None:
    """Make the rows anew from the badges as they are."""
    with transaction.atomic():
        there = Listing.objects.select_for_update(of=("self",)).filter(pk=listing.pk).first()
        if there is None:
            return
        _clear(there)
        if not there.listed or not there.owner.is_active:
            Listing.objects.filter(pk=there.pk).update(refresh_at=now + EVERY)
            return
        _rename_door(there, now)
        skills = skills_of(there, now)
        ListedSkill.objects.bulk_create(
            ListedSkill(listing=there, skill_id=one.skill, verified=min(one.verified, 30_000))
            for one in skills
        )
        ListedWord.objects.bulk_create(
            ListedWord(listing=there, word=word) for word in sorted(_words_of(there, skills))
        )
        badges = Badge.objects.owned_by(there.owner).verified(now)
        ends = badges.aggregate(first=Min("expires_at"))["first"] or now + EVERY
        Listing.objects.filter(pk=there.pk).update(
            proven_badges=badges.count(), refresh_at=min(ends, now + EVERY)
        )


def sweep(*, now: datetime) -> int:
    """Run each minute: those that waited longest first, and never too many at once."""
    due = list(Listing.objects.due(now).select_related("owner")[:AT_ONCE])
    for listing in due:
        refresh(listing=listing, now=now)
    return len(due)


def words_in(text: str) -> list[str]:
    """The words of a text as they are kept and looked for, each once and in its order."""
    found = (word.strip(".'") for word in WORDS.findall(folded(text)))
    return list(dict.fromkeys(word[:MAX_WORD] for word in found if word))


def _words_of(listing: Listing, skills: Sequence[Shown]) -> set[str]:
    place = words_in(listing.place)
    words = [*words_in(listing.headline), *place]
    for one in skills:
        words += words_in(one.name)
    marked = [f"open:{one}" for one in listing.open_to] + [f"place:{word}" for word in place]
    return {*marked, *words[:MAX_WORDS]}


def _clear(listing: Listing) -> None:
    ListedSkill.objects.filter(listing=listing).delete()
    ListedWord.objects.filter(listing=listing).delete()
