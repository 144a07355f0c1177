"""Pages: make one, choose its badges, put them in order, and see what it says."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from accounts.services import audit, limits
from badges.models import Badge
from badges.services import verification
from portfolio.models import Entry, Page
from portfolio.services import files
from portfolio.services.pageview import (
    BadgeView,
    EntryView,
    PageView,
    build,
    build_badge,
    criteria_of,
    shown_name,
)

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
    "criteria_of",
    "delete",
    "edit",
    "move",
    "note",
    "order",
    "recheck",
    "remove",
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
    page = Page.objects.create(
        owner=owner,
        title=title,
        line=line,
        intro=intro,
        hide_expired=hide_expired,
        created_at=now,
        updated_at=now,
    )
    audit.record(actor=owner, action="page.created", target=page)
    return page


def edit(
    *, page: Page, title: str, line: str, intro: str, hide_expired: bool, now: datetime
) -> Page:
    page.title, page.line, page.intro = title, line, intro
    page.hide_expired, page.updated_at = hide_expired, now
    page.save(update_fields=["title", "line", "intro", "hide_expired", "updated_at"])
    return page


def delete(*, page: Page, actor: User) -> None:
    """Take the page away, its links and documents with it."""
    with transaction.atomic():
        audit.record(actor=actor, action="page.deleted", target=page)
        files.delete_after_commit(page.transcripts.values_list("file", flat=True))
        files.forget_cards(page.links.values_list("pk", flat=True))
        page.delete()


def add(*, page: Page, badges: Sequence[UUID], now: datetime) -> int:
    """Put these badges of the page's own owner at its end. Returns how many are new on it."""
    with transaction.atomic():
        _hold(page, now)
        there = set(page.entries.values_list("badge_id", flat=True))
        own = Badge.objects.owned_by(page.owner).filter(pk__in=badges)
        mine = set(own.values_list("pk", flat=True))
        new = [pk for pk in dict.fromkeys(badges) if pk in mine and pk not in there]
        if len(there) + len(new) > MAX_BADGES:
            raise TooManyBadges
        last = page.entries.aggregate(last=Max("position"))["last"]
        start = 0 if last is None else last + 1
        Entry.objects.bulk_create(
            Entry(page=page, badge_id=pk, position=start + place) for place, pk in enumerate(new)
        )
    return len(new)


def remove(*, entry: Entry, now: datetime) -> None:
    with transaction.atomic():
        _hold(entry.page, now)
        entry.delete()


def note(*, entry: Entry, text: str, now: datetime) -> None:
    with transaction.atomic():
        _hold(entry.page, now)
        Entry.objects.filter(pk=entry.pk).update(note=text)


def move(*, entry: Entry, step: int, now: datetime) -> None:
    """Up by one (-1) or down by one (1); at the edge nothing happens."""
    with transaction.atomic():
        _hold(entry.page, now)
        ids = list(entry.page.entries.values_list("pk", flat=True))
        if entry.pk not in ids:
            return
        here = ids.index(entry.pk)
        there = min(max(here + step, 0), len(ids) - 1)
        ids.insert(there, ids.pop(here))
        _place(ids)


def order(*, page: Page, entries: Sequence[int], now: datetime) -> None:
    """This order first; what it does not name stays behind it, what is not here is ignored."""
    with transaction.atomic():
        _hold(page, now)
        ids = list(page.entries.values_list("pk", flat=True))
        known = set(ids)
        first = [pk for pk in dict.fromkeys(entries) if pk in known]
        _place(first + [pk for pk in ids if pk not in set(first)])


def recheck(*, page: Page, address: str, now: datetime) -> int:
    """Have every badge of the page checked again, at a reader's wish; raises limits.TooOften."""
    for key, allowed in ((f"recheck:{page.pk}", 6), (f"recheck:address:{address}", 20)):
        limits.hit(key=key, allowed=allowed, per=timedelta(minutes=10), now=now)
    badges = Badge.objects.filter(entries__page=page)
    return verification.request_check(
        badges=Badge.objects.filter(pk__in=badges.values("pk")), now=now
    )


def _hold(page: Page, now: datetime) -> None:
    # The update is also the lock: two changes of one page at once would lose one of them.
    Page.objects.filter(pk=page.pk).update(updated_at=now)


def _place(ids: Sequence[int]) -> None:
    rows = [Entry(pk=pk, position=place) for place, pk in enumerate(ids)]
    Entry.objects.bulk_update(rows, ["position"], batch_size=200)
