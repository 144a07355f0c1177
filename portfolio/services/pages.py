"""Pages: make one, choose its badges, put them in order, and see what it says."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from accounts.services import audit, limits
from badges.models import Badge
from badges.services import verification
from portfolio.models import Entry, Page, Section
from portfolio.services import files, steps
from portfolio.services.pageview import (
    BadgeView,
    EntryView,
    PageView,
    build,
    build_badge,
    shown_name,
)
from portfolio.services.sectionview import DEFAULT

__all__ = [
    "BadgeView",
    "EntryView",
    "PageView",
    "TooManyBadges",
    "TooManyPages",
    "add",
    "build",
    "build_badge",
    "create",
    "delete",
    "dress",
    "edit",
    "move",
    "note",
    "order",
    "recheck",
    "remove",
    "renumber",
    "shown_name",
]

MAX_BADGES = 500  # what one document and one reader can still take in
MAX_PAGES = 200


class TooManyBadges(Exception):
    """The page would hold more than MAX_BADGES."""


class TooManyPages(Exception):
    """Its owner has MAX_PAGES pages already."""


def create(
    *,
    owner: User,
    title: str,
    now: datetime,
    line: str = "",
    intro: str = "",
    hide_expired: bool = False,
) -> Page:
    if Page.objects.owned_by(owner).count() >= MAX_PAGES:
        raise TooManyPages
    with transaction.atomic():
        page = Page.objects.create(
            owner=owner,
            title=title,
            line=line,
            intro=intro,
            hide_expired=hide_expired,
            created_at=now,
            updated_at=now,
        )
        Section.objects.bulk_create(
            Section(page=page, kind=kind, position=place) for place, kind in enumerate(DEFAULT)
        )
        audit.record(actor=owner, action="page.created", target=page)
    return page


def words_of(page: Page) -> dict[str, Any]:
    """What stands at its top: the mark of it tells two tabs apart."""
    return {name: getattr(page, name) for name in steps.WORDS}


def edit(
    *,
    page: Page,
    title: str,
    line: str,
    intro: str,
    hide_expired: bool,
    now: datetime,
    seen: str = "",
) -> Page:
    """Change the words at its top; raises steps.ChangedElsewhere."""
    wanted = {"title": title, "line": line, "intro": intro, "hide_expired": hide_expired}
    with steps.changing(page=page, action="page.words", target="words", now=now):
        page.refresh_from_db(fields=steps.WORDS)
        steps.compare(seen=seen, there=words_of(page), wanted=wanted)
        for name, value in wanted.items():
            setattr(page, name, value)
        page.save(update_fields=list(wanted))
    return page


def dress(*, page: Page, accent: str, layout: str, typeface: str, now: datetime) -> None:
    """How it looks. Whoever chooses last is right: nothing is lost by it."""
    with steps.changing(page=page, action="page.look", target="look", now=now):
        page.accent, page.layout, page.typeface = accent, layout, typeface
        page.save(update_fields=list(steps.THEME))


def delete(*, page: Page, actor: User) -> None:
    """Take the page away, its links and documents with it."""
    with transaction.atomic():
        audit.record(actor=actor, action="page.deleted", target=page)
        files.delete_after_commit(page.transcripts.values_list("file", flat=True))
        files.forget_cards(page.links.values_list("pk", flat=True))
        page.delete()


def add(*, page: Page, badges: Sequence[UUID], now: datetime, section: UUID | None = None) -> int:
    """Put these badges of the page's own owner at the end of a section, or of the first one that
    holds badges. Returns how many are new on the page."""
    with steps.changing(page=page, action="badges.added", now=now):
        there = set(page.entries.values_list("badge_id", flat=True))
        own = Badge.objects.owned_by(page.owner).filter(pk__in=badges)
        mine = set(own.values_list("pk", flat=True))
        new = [pk for pk in dict.fromkeys(badges) if pk in mine and pk not in there]
        if len(there) + len(new) > MAX_BADGES:
            raise TooManyBadges
        if not new:
            return 0
        home = _home(page, section)
        last = page.entries.aggregate(last=Max("position"))["last"]
        start = 0 if last is None else last + 1
        Entry.objects.bulk_create(
            Entry(page=page, badge_id=pk, section=home, position=start + place)
            for place, pk in enumerate(new)
        )
    return len(new)


def _home(page: Page, wanted: UUID | None) -> Section:
    """The section that was asked for, else the first for badges, else a new one."""
    holders = page.sections.filter(kind=Section.Kind.BADGES).order_by("position", "pk")
    home = (wanted and holders.filter(pk=wanted).first()) or holders.first()
    if home is not None:
        return home
    last = page.sections.aggregate(last=Max("position"))["last"]
    place = 0 if last is None else last + 1
    return Section.objects.create(page=page, kind=Section.Kind.BADGES, position=place)


def remove(*, entry: Entry, now: datetime) -> None:
    about = entry.badge.name
    with steps.changing(page=entry.page, action="badge.removed", about=about, now=now):
        entry.delete()


def note(*, entry: Entry, text: str, now: datetime, seen: str = "") -> None:
    """What its owner says of a badge; raises steps.ChangedElsewhere."""
    about, target = entry.badge.name, f"note:{entry.badge_id}"
    with steps.changing(page=entry.page, action="badge.note", about=about, target=target, now=now):
        entry.refresh_from_db(fields=["note"])
        steps.compare(seen=seen, there={"note": entry.note}, wanted={"note": text})
        Entry.objects.filter(pk=entry.pk).update(note=text)
        entry.note = text


def move(*, entry: Entry, step: int, now: datetime) -> None:
    """Up by one (-1) or down by one (1). At the edge of its section it goes on to the next one
    that holds badges; at the edge of the page nothing happens."""
    about = entry.badge.name
    with steps.changing(page=entry.page, action="badge.moved", about=about, now=now):
        shelves = _shelves(entry.page)
        here = next((place for place, (_pk, ids) in enumerate(shelves) if entry.pk in ids), None)
        if here is None:
            return
        ids = shelves[here][1]
        old = ids.index(entry.pk)
        new = old + (1 if step > 0 else -1)
        if 0 <= new < len(ids):
            ids.insert(new, ids.pop(old))
        elif 0 <= here + (new - old) < len(shelves):
            ids.pop(old)
            following = shelves[here + (new - old)][1]
            following.insert(0 if new > old else len(following), entry.pk)
        _place(shelves)


def order(
    *,
    page: Page,
    entries: Sequence[int],
    now: datetime,
    sections: Mapping[int, UUID] | None = None,
) -> None:
    """This order first; what it does not name stays behind it, what is not here is ignored.
    `sections` may say for an entry into which section of badges it goes."""
    with steps.changing(page=page, action="badges.ordered", now=now):
        shelves = _shelves(page)
        ids = [pk for _section, inside in shelves for pk in inside]
        known = set(ids)
        first = [pk for pk in dict.fromkeys(entries) if pk in known]
        whole = first + [pk for pk in ids if pk not in set(first)]
        of = {pk: section for section, inside in shelves for pk in inside}
        holders = {section for section, _inside in shelves}
        for pk, section in (sections or {}).items():
            if pk in of and section in holders:
                of[pk] = section
        _place([(held, [pk for pk in whole if of[pk] == held]) for held, _inside in shelves])


def recheck(*, page: Page, address: str, now: datetime) -> int:
    """Have every badge of the page checked again, at a reader's wish; raises limits.TooOften."""
    for key, allowed in ((f"recheck:{page.pk}", 6), (f"recheck:address:{address}", 20)):
        limits.hit(key=key, allowed=allowed, per=timedelta(minutes=10), now=now)
    badges = Badge.objects.filter(entries__page=page)
    return verification.request_check(
        badges=Badge.objects.filter(pk__in=badges.values("pk")), now=now
    )


def renumber(*, page: Page) -> None:
    """Number the badges as they are read: section by section."""
    _place(_shelves(page))


Shelves = list[tuple[UUID, list[int]]]


def _shelves(page: Page) -> Shelves:
    """The sections that hold badges, in their order, with the entries in each."""
    holders = page.sections.filter(kind=Section.Kind.BADGES).order_by("position", "pk")
    shelves: dict[UUID, list[int]] = {pk: [] for pk in holders.values_list("pk", flat=True)}
    entries = page.entries.order_by("position", "pk").values_list("pk", "section_id")
    for pk, section in entries:
        if section in shelves:
            shelves[section].append(pk)
    return list(shelves.items())


def _place(shelves: Shelves) -> None:
    rows = [
        Entry(pk=pk, section_id=section, position=place)
        for place, (section, pk) in enumerate(
            (section, pk) for section, ids in shelves for pk in ids
        )
    ]
    Entry.objects.bulk_update(rows, ["position", "section"], batch_size=200)
