"""Finds people in the directory, for whoever looks: by skills, by words, or by a whole advert.

A search takes five queries, whatever it finds: the skills that were asked for, the ranking, and of
the one page that is shown the listings, their skills, and what their badges prove at this moment.
The ranking reads an index and nothing else (`ListedSkill`); what a card says is never taken from
there, see `portfolio.services.listing`.

Nobody can read the directory from end to end: without a question there is no answer, a question
has ten pages at most, and each visitor has a number of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from accounts.services import limits
from badges.models import Skill
from badges.services import adverts
from badges.services import skills as skill_names
from portfolio.models import ListedSkill, ListedWord, Listing, OpenTo
from portfolio.services import listing as listings
from portfolio.services.listing import Shown

PER_PAGE = 20
MAX_PAGES = 10
MAX_FOUND = PER_PAGE * MAX_PAGES
MAX_SKILLS = 20  # asked for at once
MAX_WORDS = 6
MAX_OTHERS = 6  # of somebody's skills that were not asked for
LOOKS = ((120, timedelta(minutes=10)), (1500, timedelta(days=1)))  # of one visitor


class NotListed(Exception):
    """Nobody is found here. Whether somebody once was is nobody's business."""


@dataclass(frozen=True, slots=True)
class Question:
    """What an employer asks for. `skills` in the order in which they were named."""

    skills: Sequence[UUID] = ()
    words: str = ""
    place: str = ""
    open_to: str = ""
    verified_only: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.skills or self.filters())

    def filters(self) -> list[str]:
        """As they are looked up in `ListedWord`; a star stands for any end of a word."""
        words = [f"{word}*" for word in listings.words_in(self.words)]
        words += [f"place:{word}*" for word in listings.words_in(self.place)]
        words = words[:MAX_WORDS]
        return [*words, f"open:{self.open_to}"] if self.open_to in OpenTo.values else words


@dataclass(frozen=True, slots=True)
class Card:
    """One person as anybody sees them: no address, and no more of a name than they chose."""

    public_id: UUID
    who: str
    headline: str
    place: str
    open_to: tuple[str, ...]
    matched: tuple[Shown, ...]
    others: tuple[Shown, ...]
    more: int  # skills that there was no room for
    page_url: str
    indexed: bool = False

    @property
    def covered(self) -> int:
        return len(self.matched)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of an answer."""

    cards: tuple[Card, ...]
    asked: tuple[Skill, ...]
    total: int
    at_least: bool  # there are more than are ever shown
    number: int
    pages: int


def look(*, address: str, now: datetime) -> None:
    """Count one look of one visitor. Raises `limits.TooOften`."""
    for allowed, per in LOOKS:
        key = f"directory:{int(per.total_seconds())}:{address}"
        limits.hit(key=key, allowed=allowed, per=per, now=now)


def search(*, question: Question, number: int, now: datetime) -> Found:
    """The `number`th page of those who answer best: proven skills, then stated ones."""
    wanted = list(dict.fromkeys(question.skills))[:MAX_SKILLS]
    known = {skill.pk: skill for skill in Skill.objects.filter(pk__in=wanted).only("name")}
    asked = tuple(known[pk] for pk in wanted if pk in known)
    ranked = [] if question.is_empty else list(_ranked(question, list(known)))
    at_least, ranked = len(ranked) > MAX_FOUND, ranked[:MAX_FOUND]
    pages = max(1, -(-len(ranked) // PER_PAGE))
    number = min(max(number, 1), pages)
    here = ranked[(number - 1) * PER_PAGE : number * PER_PAGE]
    cards = _cards(here, [skill.pk for skill in asked], question.verified_only, now)
    return Found(cards, asked, len(ranked), at_least, number, pages)


def person(*, public_id: UUID, now: datetime) -> Card:
    """One person who can be found at this moment. Raises `NotListed`."""
    return card_of(listing_at(public_id), now)


def listing_at(public_id: UUID) -> Listing:
    """Raises `NotListed`."""
    found = Listing.objects.found().select_related("owner", "link")
    listing = found.filter(public_id=public_id).first()
    if listing is None:
        raise NotListed
    return listing


def card_of(listing: Listing, now: datetime) -> Card:
    """All that a listing shows; for its owner also before it can be found."""
    return _card(listing, (), listings.skills_of(listing, now), now, room=listings.MAX_SKILLS)


# --- The ranking -------------------------------------------------------------------------------


def _ranked(question: Question, skills: list[UUID]) -> Iterable[int]:
    """One more than may be shown. Of those who answer equally well, the newest come first."""
    if not skills:
        if question.skills:
            return []  # skills that there are not: nobody has them
        people = Listing.objects.found()
        if question.verified_only:
            people = people.filter(proven_badges__gt=0)
        people = people.filter(*(Q(pk__in=_with(word)) for word in question.filters()))
        return people.order_by("-proven_badges", "-pk").values_list("pk", flat=True)[
            : MAX_FOUND + 1
        ]
    rows = ListedSkill.objects.filter(skill__in=skills)
    if question.verified_only:
        rows = rows.filter(verified__gt=0)
    rows = rows.filter(*(Q(listing__in=_with(word)) for word in question.filters()))
    ranked = (
        rows.order_by()
        .values("listing")
        .annotate(
            proven=Count("skill", filter=Q(verified__gt=0)),
            covered=Count("skill"),
            badges=Sum("verified"),
        )
        .order_by("-proven", "-covered", "-badges", "-listing")
    )
    return ranked.values_list("listing", flat=True)[: MAX_FOUND + 1]


def _with(word: str) -> "QuerySet[ListedWord, int]":
    if not word.endswith("*"):
        return ListedWord.objects.filter(word=word).values_list("listing", flat=True)
    start = word[:-1]
    if connection.vendor == "sqlite":
        # Its LIKE ignores case, and so every index; its order of text is that of the code points.
        there = Q(word__gte=start, word__lt=start + chr(0x10FFFF))
    else:
        there = Q(word__startswith=start)
    return ListedWord.objects.filter(there).values_list("listing", flat=True)


# --- The cards ---------------------------------------------------------------------------------


def _cards(
    found: Sequence[int], asked: Sequence[UUID], verified_only: bool, now: datetime
) -> tuple[Card, ...]:
    people = {
        row.pk: row
        for row in Listing.objects.found().filter(pk__in=found).select_related("owner", "link")
    }
    skills: dict[int, list[tuple[UUID, str]]] = {}
    rows = ListedSkill.objects.filter(listing__in=list(people)).order_by()
    for pk, skill, name in rows.values_list("listing", "skill", "skill__name"):
        skills.setdefault(pk, []).append((skill, name))
    counts = listings.proven([row.owner_id for row in people.values()], now)
    cards = []
    for pk in found:
        if pk not in people:
            continue  # gone since it was found
        row = people[pk]
        shown = _now(row, skills.get(pk, []), counts)
        card = _card(row, asked, shown, now, room=MAX_OTHERS)
        proven = any(one.verified for one in (card.matched if asked else shown))
        # What was true when the rows were made, and is not any more, finds nobody.
        if (asked and not card.matched) or (verified_only and not proven):
            continue
        cards.append(card)
    return tuple(cards)


def _now(
    row: Listing, skills: list[tuple[UUID, str]], counts: Mapping[tuple[UUID, UUID], int]
) -> list[Shown]:
    shown = [Shown(pk, name, counts.get((row.owner_id, pk), 0)) for pk, name in skills]
    kept = [one for one in shown if one.verified or row.stated_too]
    return sorted(kept, key=lambda one: (-one.verified, one.name.casefold()))


def _card(
    row: Listing, asked: Sequence[UUID], shown: Sequence[Shown], now: datetime, *, room: int
) -> Card:
    places = {skill: place for place, skill in enumerate(asked)}
    matched = [one for one in shown if one.skill in places]
    others = [one for one in shown if one.skill not in places]
    return Card(
        public_id=row.public_id,
        who=listings.shown_name(row),
        headline=row.headline,
        place=row.place,
        open_to=tuple(str(OpenTo(one).label) for one in row.open_to if one in OpenTo.values),
        matched=tuple(sorted(matched, key=lambda one: (not one.verified, places[one.skill]))),
        others=tuple(others[:room]),
        more=max(0, len(others) - room),
        page_url=listings.page_url(row, now),
        indexed=row.indexed,
    )


# --- What was asked for ------------------------------------------------------------------------


def named(text: str) -> tuple[list[UUID], list[str]]:
    """The skills that a list of names means, and the names that mean none. One query."""
    names = [" ".join(name.split())[:100] for name in text.replace(";", ",").split(",")]
    names = [name for name in dict.fromkeys(names) if name][:MAX_SKILLS]
    keys = {name: Skill.key_of("", name) for name in names}
    here = skill_names.known(keys.values())
    found: list[UUID] = []
    unknown: list[str] = []
    for name, key in keys.items():
        skill = here.named(key, "") or here.own.get(key)
        if skill is None:
            unknown.append(name)
        else:
            found.append(skill)
    return list(dict.fromkeys(found)), unknown


def wanted_by(advert: str) -> list[UUID]:
    """The skills that an advert asks for, those that it must have first; none if it has none."""
    try:
        weights = adverts.weights(text=advert)
    except adverts.Unreadable:
        return []
    return sorted(weights, key=lambda skill: -weights[skill])[:MAX_SKILLS]
