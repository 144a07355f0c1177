"""Brings home what an export holds beside its badges: pages, notes, history, sources.

The badges came in by an import like any others, and were checked like any others. Once their
owner has said yes to them, this gives the rest back, under the owner of the import and nobody
else, whatever the file says. Every step looks first at what is here, so that it may run twice,
and an export that comes home a second time changes nothing.

The import lives in the app below, so that a restoration is found rather than asked for: by a
bell when an import is accepted, and by the sweep.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.services import audit, languages, notifications
from badges.models import ImportItem, ImportJob, Source, Work
from badges.openbadges.errors import OpenBadgesError
from badges.services import bell, consistency, images, originals, telling
from badges.sources.base import Nothing
from badges.sources.laurel import Export, Laurel
from portfolio.models import Page, Restoration
from portfolio.services import ambitions, homecoming, pages, unpacking
from portfolio.services.gallery import Gallery

logger = logging.getLogger("laurel.restoring")

Clock = Callable[[], datetime]
MAX_ATTEMPTS = 3
TASK = "portfolio.restore"
State = ImportItem.State
ASKED = [State.OFFERED, State.CHANGED]
LEFT = [State.SKIPPED, State.UNDONE]


class LostClaim(Exception):
    """Another worker has taken this over: stop without writing anything."""


# --- When --------------------------------------------------------------------------------------


def _exports() -> QuerySet[ImportItem]:
    """Items that were recognised as an export of ours, and opened."""
    return ImportItem.objects.filter(reader=Laurel.name, state=State.OPENED, parent=None)


def _ready() -> Q:
    """Of imports that have nothing more to do, those whose owner has said yes, or had nothing left
    to say yes to: an export that comes again may bring back a page that was deleted."""
    asked = Exists(ImportItem.objects.filter(job=OuterRef("job"), state__in=ASKED))
    here = Exists(ImportItem.objects.filter(parent=OuterRef("pk"), state=State.ALREADY))
    said_yes = Q(job__accepted_at__isnull=False) | (Q(here) & ~Q(asked))
    return Q(job__undone_at=None, job__state=Work.State.DONE) & said_yes


def _grown() -> Q:
    """Restored once, and more of its badges have been added since."""
    return Q(
        restoration__state=Work.State.DONE,
        children__state=State.ADDED,
        children__finished_at__gt=F("restoration__started_at"),
    )


def sweep(*, now: datetime) -> int:
    """Ring for every import that has something to restore, or to take back."""
    todo = _exports().filter(
        (_ready() & (Q(restoration=None) | _grown()))
        | Q(restoration__in=Restoration.objects.waiting(now))
        | Q(restoration__undone_at=None, restoration__isnull=False, job__undone_at__isnull=False)
    )
    jobs = todo.order_by().values_list("job", flat=True).distinct()[:50]
    for pk in jobs:
        bell.ring(TASK, job_id=str(pk))
    return len(jobs)


def restore(*, job_id: UUID, clock: Clock) -> None:
    """Bring home what the exports in one import hold, or take it back with the import.

    Safe to call twice, at once, and to be killed in.
    """
    job = ImportJob.objects.select_related("owner").filter(pk=job_id).first()
    if job is None:
        return
    if job.undone_at is not None:
        for row in Restoration.objects.filter(item__job=job, undone_at=None):
            _take_back(row, job.owner, clock())
        return
    for item in _exports().filter(_ready(), job=job):
        now = clock()
        row, _new = Restoration.objects.get_or_create(
            item=item, defaults={"created_at": now, "run_after": now}
        )
        if _exports().filter(_grown(), pk=item.pk).exists():
            Restoration.objects.filter(pk=row.pk, state=Work.State.DONE).update(
                state=Work.State.QUEUED, run_after=now, attempts=0
            )
        _run(row.pk, item, job.owner, clock)


# --- The work ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Home:
    """One restoration under way."""

    row: Restoration
    owner: User
    export: Export
    clock: Clock
    renewed: datetime
    counts: Counter[str]

    def hold(self) -> None:
        now = self.clock()
        if now - self.renewed < timedelta(seconds=settings.LEASE_SECONDS / 4):
            return
        self.renewed = now
        if not self.row.renew(now=now):
            raise LostClaim


def _run(pk: int, item: ImportItem, owner: User, clock: Clock) -> None:
    row: Restoration | None = Restoration.objects.claim(pk, now=clock())
    if row is None:
        return
    if row.attempts > MAX_ATTEMPTS:
        logger.error("Restoration %s given up after %s attempts", row.pk, MAX_ATTEMPTS)
        _give_up(row, owner, _("We have been told, and the file is kept."), clock())
        return
    try:
        with _opened(item) as export:
            home = _Home(row, owner, export, clock, clock(), Counter())
            _bring_home(home, item)
    except LostClaim:
        return
    except Nothing as error:
        _give_up(row, owner, telling.told(error.message), clock())
        return
    _finish(home, clock())


@contextmanager
def _opened(item: ImportItem) -> Iterator[Export]:
    """The export that came in with this item, read from the disk part by part."""
    original = item.original
    if original is None or consistency.digest_of(str(original.file)) != original.digest:
        raise Nothing(_("The file of this export is no longer here. Bring it again."))
    with default_storage.open(str(original.file), "rb") as file:
        export = Export(cast(BinaryIO, file))
        export.check_version()
        yield export


def _bring_home(home: _Home, item: ImportItem) -> None:
    if not _children(home, item).exists():
        return  # they looked at it, and wanted none of it
    sources = _sources(home)
    _from_copies(home, item)
    _badges(home, item, sources)
    _ambitions(home)
    badges = _on_pages(home)
    for name in home.export.pages:
        home.hold()
        try:
            told = home.export.values_of(name)
        except OpenBadgesError:
            home.counts["skipped"] += 1
            continue
        made = homecoming.make_page(
            row=home.row, owner=home.owner, told=told, badges=badges, now=home.clock()
        )
        if made is None:
            home.counts["skipped"] += 1
        else:
            home.counts["pages"] += made[0]
            home.counts["notes"] += made[1]


def _ambitions(home: _Home) -> None:
    """Skills that were claimed or wanted, and goals."""
    new = ambitions.bring_skills(
        row=home.row, owner=home.owner, told=home.export.own_skills, now=home.clock()
    )
    home.counts.update(own_skills=new)
    for goal in home.export.goals:
        made = ambitions.bring_goal(row=home.row, owner=home.owner, told=goal, now=home.clock())
        home.counts.update(skipped=made is None, goals=made is True)


def _children(home: _Home, item: ImportItem) -> "QuerySet[ImportItem]":
    """What was found in the export and is in the backpack of the import's owner."""
    return item.children.filter(badge__owner=home.owner, badge__added_at__isnull=False)


def _on_pages(home: _Home) -> dict[str, UUID]:
    """The owner's badges by their ids in whatever exports they brought.

    A large export is several files, and each has all pages: their badges come with any of them.
    """
    found = ImportItem.objects.filter(
        parent__in=_exports().filter(job__owner=home.owner),
        badge__owner=home.owner,
        badge__added_at__isnull=False,
    ).order_by("pk")
    return {
        (key or "").partition(":")[2]: badge
        for key, badge in found.values_list("key", "badge")
        if badge is not None
    }


def _own_id(item: ImportItem, child: ImportItem) -> str:
    """The badge's id in the file: the import puts the item's number before it."""
    return (child.key or "").removeprefix(f"{item.pk}:")


def _sources(home: _Home) -> dict[str, Source]:
    found = {}
    for told in home.export.sources:
        source = homecoming.make_source(
            row=home.row, owner=home.owner, told=dict(told), now=home.clock()
        )
        if source is None:
            home.counts["skipped"] += 1
        else:
            found[str(told.get("id"))] = source
    home.counts["sources"] = len(found)
    return found


def _from_copies(home: _Home, item: ImportItem) -> None:
    """What the import had to refuse because nobody answers for it any more."""
    refused = item.children.filter(state=State.REFUSED, badge=None)
    wanting = {_own_id(item, child): child for child in refused}
    gallery = Gallery(inside=True)
    for listed in home.export.badges if wanting else ():
        if listed.id not in wanting:
            continue
        home.hold()
        child = wanting[listed.id]
        try:
            badge = unpacking.bring_from_copy(
                item=child,
                owner=home.owner,
                export=home.export,
                listed=listed,
                now=home.clock(),
            )
        except OpenBadgesError as error:
            logger.info("Item %s stays refused: %s", child.pk, error.message)
            continue
        if badge is not None and badge.original is not None and badge.format in images.BAKED:
            gallery.add(badge.pk, originals.read(badge.original), home.clock())
    gallery.hang(home.clock())


def _badges(home: _Home, item: ImportItem, sources: dict[str, Source]) -> None:
    """Give each badge its past."""
    children = {_own_id(item, child): child for child in _children(home, item)}
    luggage, gallery = unpacking.Luggage(home.export, sources), Gallery(inside=False)
    # A record and a badge inside it may be two rows of one badge: then one of them added it.
    added = set(item.job.items.filter(state=State.ADDED).values_list("badge_id", flat=True))
    for listed in home.export.badges:
        child = children.get(listed.id)
        if child is None or child.badge_id is None or child.state in LEFT:
            continue
        home.hold()
        try:
            record = home.export.values_of(listed.record)
        except OpenBadgesError:
            home.counts["skipped"] += 1
            continue
        given = unpacking.give_back(
            badge_id=child.badge_id,
            record=record,
            luggage=luggage,
            added=child.badge_id in added,
            now=home.clock(),
        )
        home.counts.update(checks=given.checks, history=given.history, documents=given.documents)
        if given.picture:
            gallery.add(child.badge_id, given.picture, home.clock())
    gallery.hang(home.clock())
    home.counts["badges"] = len(children)


# --- The end -----------------------------------------------------------------------------------


def _finish(home: _Home, now: datetime) -> None:
    counts = dict(home.counts)
    with transaction.atomic():
        if not home.row.finish(state=Work.State.DONE, now=now, counts=counts, error=""):
            return
        audit.record(actor=home.owner, action="export.restored", target=home.row, **counts)
        with languages.spoken_to(home.owner):
            notifications.notify(
                user=home.owner,
                kind="export.restored",
                text=told(counts),
                url=reverse("portfolio:pages"),
            )


CAME_HOME = ("pages", "notes", "history", "checks", "own_skills", "goals", "skipped")


def told(counts: dict[str, int]) -> str:
    """What came home, in words."""
    pages_made, skipped = counts.get("pages", 0), counts.get("skipped", 0)
    if not any(counts.get(kind) for kind in CAME_HOME):
        return _("All that your export holds is here.")
    words = ngettext(
        "Your export is home: %(n)s page is back, and your badges have their history again.",
        "Your export is home: %(n)s pages are back, and your badges have their history again.",
        pages_made,
    ) % {"n": pages_made}
    if skipped:
        words += " " + ngettext(
            "%(n)s part could not be used.", "%(n)s parts could not be used.", skipped
        ) % {"n": skipped}
    return words


def _give_up(row: Restoration, owner: User, reason: str, now: datetime) -> None:
    with transaction.atomic():
        if row.finish(state=Work.State.FAILED, now=now, error=reason[:500]):
            notifications.notify(
                user=owner,
                kind="export.not_restored",
                text=_("Your badges are here, but pages and history were not restored: %(reason)s")
                % {"reason": reason},
                url=reverse("badges:import-detail", args=[row.item.job_id]),
            )


def _take_back(row: Restoration, owner: User, now: datetime) -> None:
    """Remove what was made, except for what its owner has gone on to use."""
    with transaction.atomic():
        if not Restoration.objects.filter(pk=row.pk, undone_at=None).update(undone_at=now):
            return
        made = row.made.get("pages", {})
        mine = Page.objects.owned_by(owner).filter(pk__in=list(made), links=None, transcripts=None)
        for page in mine:
            if page.updated_at == parse_datetime(made[str(page.pk)]):
                pages.delete(page=page, actor=owner)
        ambitions.take_back(row=row, owner=owner)
        untouched = Source.objects.owned_by(owner).filter(paused=True, looked_at=None)
        untouched.filter(pk__in=row.made.get("sources", [])).delete()
