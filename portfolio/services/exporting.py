"""Exports: everything of one learner in a file, made by a worker and kept for a week.

An export is a row of work like a transcript. The worker claims it, writes each part to a temporary
file (`packing`), and moves it to its place under the attempt's number, so that a worker which
wakes up late cannot replace what the next one has made.
"""

import hashlib
import logging
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from io import BufferedRandom
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit, languages, limits, notifications
from badges.services import bell, imports
from portfolio.models import Export, ExportQuerySet
from portfolio.services import files, packing

logger = logging.getLogger("laurel.exporting")

Clock = Callable[[], datetime]
MAX_ATTEMPTS = 3
PER_DAY = 6
KEEP = timedelta(days=7)
KEEP_ROWS = timedelta(days=90)
PART_BYTES = imports.MAX_ARCHIVE * 3 // 5  # the last badge and the pages still come on top
TASK = "portfolio.make_export"


class LostClaim(Exception):
    """Another worker has taken this export over: stop without writing anything."""


def request(*, owner: User, now: datetime) -> Export:
    """Have an export made; the one that is under way, if there is one. Raises limits.TooOften."""
    with transaction.atomic():
        # Two clicks at once must not make two files of the same.
        User.objects.select_for_update().get(pk=owner.pk)
        over = [Export.State.DONE, Export.State.FAILED]
        under_way: Export | None = Export.objects.owned_by(owner).exclude(state__in=over).first()
        if under_way is not None:
            return under_way
        limits.hit(key=f"export:{owner.pk}", allowed=PER_DAY, per=timedelta(days=1), now=now)
        row = Export.objects.create(owner=owner, created_at=now, run_after=now)
        audit.record(actor=owner, action="export.requested", target=row)
        bell.ring(TASK, export_id=str(row.pk))
    return row


def make_export(*, export_id: UUID, clock: Clock) -> None:
    """Make one export, if nobody else is at it. Safe to call twice, or to be killed in."""
    row: Export | None = Export.objects.claim(export_id, now=clock())
    if row is None:
        return
    if row.attempts > MAX_ATTEMPTS:
        words = _("It could not be made. We have been told; please ask for a new one tomorrow.")
        logger.error("Export %s given up after %s attempts", row.pk, MAX_ATTEMPTS)
        row.finish(state=Export.State.FAILED, now=clock(), error=words)
        return
    kept: list[dict[str, Any]] = []
    try:
        made = _make(row, kept, clock)
    except LostClaim:
        _delete(kept)
        return
    _keep(row, made, kept, clock())


def _make(row: Export, kept: list[dict[str, Any]], clock: Clock) -> list[packing.Packed]:
    """Write part after part, and put each into its place. `kept` says which are there."""
    made = []
    with ExitStack() as opened:
        outs: list[BufferedRandom] = []

        def fresh() -> BufferedRandom:
            outs.append(opened.enter_context(tempfile.TemporaryFile()))
            return outs[-1]

        parts = packing.pack_parts(
            owner=row.owner, fresh=fresh, now=clock(), alive=_alive(row, clock), limit=PART_BYTES
        )
        for packed in parts:
            made.append(packed)
            with outs[-1] as out:
                size = out.seek(0, 2)
                out.seek(0)
                digest = hashlib.file_digest(out, "sha256").hexdigest()
                out.seek(0)
                name = _file_name(row, row.attempts, len(made))
                kept.append({"name": name, "digest": digest, "size": size})
                default_storage.save(name, File(out))
    return made


def _alive(row: Export, clock: Clock) -> Callable[[], None]:
    """Renews the lease now and then: once for each badge would be a thousand writes."""
    every = timedelta(seconds=settings.LEASE_SECONDS / 4)
    renewed = clock()

    def alive() -> None:
        nonlocal renewed
        if clock() - renewed < every:
            return
        renewed = clock()
        if not row.renew(now=renewed):
            raise LostClaim

    return alive


def _keep(
    row: Export, made: list[packing.Packed], kept: list[dict[str, Any]], now: datetime
) -> None:
    with transaction.atomic():
        done = row.finish(
            state=Export.State.DONE,
            now=now,
            files=kept,
            badges=sum(packed.badges for packed in made),
            pages=made[-1].pages,
            damaged=sum(len(packed.damaged) for packed in made),
            expires_at=now + KEEP,
            error="",
        )
        if done:
            _drop_files(Export.objects.owned_by(row.owner).exclude(pk=row.pk))
            with languages.spoken_to(row.owner):
                notifications.notify(
                    user=row.owner,
                    kind="export.ready",
                    text=_("Your export is ready. You can download it for a week."),
                    url=reverse("portfolio:exports"),
                )
    if not done:
        _delete(kept)
        return
    for attempt in range(1, row.attempts):  # that died between their files and their row
        number = 1
        while default_storage.exists(name := _file_name(row, attempt, number)):
            default_storage.delete(name)
            number += 1


def _delete(kept: list[dict[str, Any]]) -> None:
    for one in kept:
        default_storage.delete(one["name"])


def _file_name(row: Export, attempt: int, number: int) -> str:
    return f"exports/{row.pk}-{attempt}-{number}.zip"


def _drop_files(rows: ExportQuerySet) -> int:
    found = list(rows.exclude(files=[]))
    rows.filter(pk__in=[row.pk for row in found]).update(files=[])
    names = [one["name"] for row in found for one in row.files]
    files.delete_after_commit(names)
    return len(names)


def delete(*, export: Export, actor: User) -> None:
    """Take the file away before its week is over."""
    with transaction.atomic():
        audit.record(actor=actor, action="export.deleted", target=export)
        files.delete_after_commit(one["name"] for one in export.files)
        export.delete()


def taken(*, export: Export, actor: User) -> None:
    """Keep on record that the file was handed out: it holds everything."""
    audit.record(actor=actor, action="export.downloaded", target=export)


def sweep(*, now: datetime) -> int:
    """Ring again for what a dead worker or an unreachable broker left behind."""
    waiting = Export.objects.waiting(now).values_list("pk", flat=True)[:50]
    for pk in waiting:
        bell.ring(TASK, export_id=str(pk))
    return len(waiting)


def tidy(*, now: datetime) -> int:
    """Delete the files whose week is over, and rows that nobody asks about. Returns the files."""
    with transaction.atomic():
        gone = _drop_files(Export.objects.over(now))
        old = Export.objects.filter(created_at__lt=now - KEEP_ROWS, files=[])
        old.filter(state__in=[Export.State.DONE, Export.State.FAILED]).delete()
    return gone
