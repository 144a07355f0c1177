"""Brings badges in: one box, any number of things, a reason for each.

A job is a row with a lease, its items say what became of each piece. Whatever kills the worker,
the next one claims the job after the lease and goes on with the items that still wait. An item's
attempt is counted before the work on it starts, so that a badge which kills its worker is given
up after three times instead of killing workers for ever.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.services import addresses, audit, limits, notifications
from badges.models import Badge, ImportItem, ImportJob, Result, Work
from badges.openbadges import parse
from badges.openbadges import verify as core
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched
from badges.openbadges.report import Check, Report
from badges.services import bell, images, links, originals, unfolding, verification
from badges.services.web import Clock, Web

logger = logging.getLogger("laurel.imports")

MAX_FILE = 10 * 1024 * 1024
MAX_ITEMS = 200
MAX_ATTEMPTS = 3
PER_HOUR = 1000  # items


class NothingToImport(Exception):
    """Neither a file nor a line of text came."""


class TooMany(Exception):
    """More things at once than one import takes."""


class LostClaim(Exception):
    """Another worker has taken this job over: stop without writing anything."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came: its size in bytes, and a way to read it when its turn comes."""

    name: str
    size: int
    read: Callable[[], bytes]


# --- Start -----------------------------------------------------------------------------------


def start(*, user: User, uploads: Sequence[Upload], text: str, now: datetime) -> ImportJob:
    """Take everything in, and have a worker look at it.

    What can be refused at once is; its row says why. Nothing that came is dropped.
    """
    pieces = list(split(text))
    count = len(uploads) + len(pieces)
    if not count:
        raise NothingToImport
    if count > MAX_ITEMS:
        raise TooMany
    limits.hit(
        key=f"import:{user.pk}", allowed=PER_HOUR, per=timedelta(hours=1), now=now, cost=count
    )
    items = [_of_upload(user, upload, now) for upload in uploads]
    items += [_of_piece(user, piece, now) for piece in pieces]
    with transaction.atomic():
        job = ImportJob.objects.create(owner=user, created_at=now, run_after=now)
        for position, item in enumerate(items):
            item.job, item.position = job, position
        ImportItem.objects.bulk_create(items)
        audit.record(actor=user, action="import.started", target=job, items=count)
        bell.ring("badges.run_import", job_id=str(job.pk))
    return job


def split(text: str) -> Iterator[str]:
    """The pieces of a pasted text: JSON values, tokens and links, each exactly as it stands."""
    rest = text.strip().lstrip("\ufeff").strip()
    while rest:
        if rest[0] in "{[":
            piece, rest = _json_piece(rest)
            yield from _elements(piece) if piece.startswith("[") else [piece]
        else:
            found = re.match(r"\S+", rest)
            piece = found.group() if found else rest
            rest = rest[len(piece) :]
            yield piece
        rest = rest.lstrip(" \t\r\n,;\ufeff")


def _json_piece(text: str) -> tuple[str, str]:
    try:
        end = json.JSONDecoder().raw_decode(text)[1]
    except (ValueError, RecursionError):
        return text, ""  # broken JSON is one piece, and its row will say what is wrong
    return text[:end], text[end:]


def _elements(array: str) -> Iterator[str]:
    """The objects of a JSON array, as they stand: a signature may depend on every byte."""
    rest = array[1:].lstrip()
    if not rest.startswith("{"):
        yield array
        return
    decoder = json.JSONDecoder()
    while rest.startswith("{"):
        try:
            end = decoder.raw_decode(rest)[1]
        except (ValueError, RecursionError):
            yield rest
            return
        yield rest[:end]
        rest = rest[end:].lstrip(" \t\r\n,")


def _label(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()[:300] or _("without a name")


def _of_upload(user: User, upload: Upload, now: datetime) -> ImportItem:
    item = ImportItem(kind=ImportItem.Kind.FILE, label=_label(upload.name), created_at=now)
    if upload.size > MAX_FILE:
        _refuse(item, _("This file is larger than 10 MB. A badge is never that large."), now)
    elif data := upload.read():
        item.original = originals.keep(owner=user, data=data, name=item.label, now=now)
    else:
        _refuse(item, _("This file is empty. Download it again where it came from."), now)
    return item


def _of_piece(user: User, piece: str, now: datetime) -> ImportItem:
    if re.match(r"https?://", piece, re.IGNORECASE):
        item = ImportItem(
            kind=ImportItem.Kind.URL, label=_label(piece), url=piece[:4000], created_at=now
        )
        if len(piece) > 4000 or not piece.isprintable():
            _refuse(item, _("This is not a web address that can be opened."), now)
        return item
    start = piece[:60] + ("…" if len(piece) > 60 else "")
    item = ImportItem(kind=ImportItem.Kind.TEXT, label=_label(start), created_at=now)
    data = piece.encode("utf-8", "surrogatepass")
    if piece[0] not in "{[" and piece.count(".") != 2:
        _refuse(
            item,
            _("This is no link, no badge as JSON and no signed token. Paste one of these."),
            now,
        )
    elif len(data) > MAX_FILE:
        _refuse(item, _("This text is larger than 10 MB. A badge is never that large."), now)
    else:
        item.original = originals.keep(owner=user, data=data, name="", now=now)
    return item


def _refuse(item: ImportItem, reason: str, now: datetime, *, can_retry: bool = False) -> None:
    item.state, item.reason = ImportItem.State.REFUSED, reason[:500]
    item.can_retry, item.finished_at = can_retry, now


def retry(*, job: ImportJob, now: datetime) -> int:
    """Look again at what could not be read this time. Returns how many items."""
    with transaction.atomic():
        again = job.items.filter(state=ImportItem.State.REFUSED, can_retry=True).update(
            state=ImportItem.State.WAITING, attempts=0, reason="", finished_at=None
        )
        if again:
            ImportJob.objects.filter(pk=job.pk).exclude(state=Work.State.RUNNING).update(
                state=Work.State.QUEUED, run_after=now, finished_at=None
            )
            audit.record(actor=job.owner, action="import.retried", target=job, items=again)
            bell.ring("badges.run_import", job_id=str(job.pk))
    return again


# --- Work ------------------------------------------------------------------------------------


def run_import(*, job_id: UUID, fetch: Fetch, clock: Clock) -> bool:
    """Work through one job, unless somebody else holds it. True when it was finished here."""
    job = ImportJob.objects.select_related("owner").claim(job_id, now=clock())
    if job is None:
        return False
    memory = _Memory(job=job, fetch=Web(fetch, clock), clock=clock)
    try:
        while (item := job.items.filter(state=ImportItem.State.WAITING).first()) is not None:
            _work(job, item, memory)
        return _finish(job, clock())
    except LostClaim:
        logger.info("Import %s went on elsewhere", job.pk)
        return False


def sweep(*, now: datetime) -> int:
    """Ring again for every job that waits: its bell was lost, or its worker died."""
    waiting = ImportJob.objects.waiting(now).values_list("pk", flat=True)[:100]
    for pk in waiting:
        bell.ring("badges.run_import", job_id=str(pk))
    return len(waiting)


class _Memory:
    """The job's own fetch: renews the lease, and asks for a shared document only once."""

    def __init__(self, *, job: ImportJob, fetch: Fetch, clock: Clock) -> None:
        self.job, self.clock = job, clock
        self._fetch = fetch
        self._seen: dict[tuple[str, str], Fetched | Unreachable] = {}

    def hold(self) -> None:
        if not self.job.renew(now=self.clock()):
            raise LostClaim

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        self.hold()
        key = (url, accept)
        if key not in self._seen:
            try:
                self._seen[key] = self._fetch(
                    url, accept=accept, max_bytes=max_bytes, max_age=max_age
                )
            except Unreachable as error:
                self._seen[key] = error
        found = self._seen[key]
        if isinstance(found, Unreachable):
            raise found
        return found


def _work(job: ImportJob, item: ImportItem, memory: _Memory) -> None:
    memory.hold()
    ImportItem.objects.filter(pk=item.pk).update(attempts=F("attempts") + 1)
    item.refresh_from_db()
    if item.attempts > MAX_ATTEMPTS:
        reason = _(
            "Something about this one made our checker stop three times. It is kept; "
            "we have been told."
        )
        logger.error("Import item %s given up after %s attempts", item.pk, MAX_ATTEMPTS)
        _give_up(item, reason, memory, can_retry=True)
        return
    try:
        _bring_in(job, item, memory)
    except (DatabaseError, LostClaim):
        raise
    except OpenBadgesError as error:
        _give_up(item, error.message, memory, can_retry=isinstance(error, Unreachable))
    except Exception:
        # The item waits for its next attempt, which the loop takes at once; the third is the last.
        logger.exception("Import item %s failed, attempt %s", item.pk, item.attempts)


def _give_up(item: ImportItem, reason: str, memory: _Memory, *, can_retry: bool) -> None:
    with transaction.atomic():
        # Asked here as well: the core turns whatever a fetch raises into an answer of its own.
        memory.hold()
        _refuse(item, reason, memory.clock(), can_retry=can_retry)
        item.save()


def _bring_in(job: ImportJob, item: ImportItem, memory: _Memory) -> None:
    owner, now = job.owner, memory.clock()
    data, source_url = _bytes_of(owner, item, memory)
    report = core.verify(data, fetch=memory, now=now, addresses=addresses.verified(owner))
    pieces = unfolding.inside(report)
    if report.document is None and pieces:
        with transaction.atomic():
            memory.hold()
            unfolding.replace(job=job, item=item, texts=pieces, now=now)
        return
    if report.credential is None or report.document is None:
        finding = report.finding(Check.READABLE)
        retry_helps = item.kind == ImportItem.Kind.URL or report.result == "unknown"
        _give_up(item, finding.detail, memory, can_retry=retry_helps)
        return
    picture = images.picture_for(report=report, data=data, fetch=memory, now=now)
    badge = Badge(
        owner=owner,
        identity=parse.identity_key(report.document),
        original=item.original,
        document=report.document.text.encode(),
        format=report.document.format,
        source_url=source_url,
        picture=picture,
        added_at=now,
    )
    with transaction.atomic():
        memory.hold()
        item.badge, created = _add(badge, report, now)
        item.state = ImportItem.State.ADDED if created else ImportItem.State.ALREADY
        item.reason, item.finished_at, item.can_retry = "", now, False
        item.save()
        unfolding.append(job=job, item=item, texts=pieces, now=now)


def _bytes_of(owner: User, item: ImportItem, memory: _Memory) -> tuple[bytes, str]:
    """The item's bytes and, for a link, where they came from. What is fetched is kept first."""
    if item.original is not None:
        return originals.read(item.original), item.url
    answer = links.read(item.url, fetch=memory)
    item.original = originals.keep(
        owner=owner, data=answer.body, name=item.label, now=memory.clock()
    )
    item.save(update_fields=["original"])
    return answer.body, answer.final_url


def _add(badge: Badge, report: Report, now: datetime) -> tuple[Badge, bool]:
    """Add the badge unless it is here already; the unique constraint decides, not a look."""
    assert report.credential is not None
    same = Badge.objects.filter(owner=badge.owner, identity=badge.identity)
    here = same.first()
    if here is not None:
        if report.result is not core.Result.VALID or here.result == Result.VALID:
            return here, False
        # A forged or broken copy that came first must not keep the genuine badge out.
        badge.pk, badge.added_at = here.pk, here.added_at
        badge.picture = badge.picture or here.picture
        badge.original = badge.original or here.original
    verification.read_into(badge=badge, credential=report.credential, proven=bool(report.host))
    try:
        with transaction.atomic():
            badge.save(force_insert=here is None, force_update=here is not None)
    except IntegrityError:
        return same.get(), False
    verification.record(badge=badge, report=report, now=now)
    badge.save()
    verification.link_skills(badge=badge, credential=report.credential)
    verification.keep_documents(badge=badge, report=report, now=now)
    audit.record(actor=badge.owner, action="badge.imported", target=badge, result=badge.result)
    return badge, True


def _finish(job: ImportJob, now: datetime) -> bool:
    with transaction.atomic():
        if not job.finish(state=Work.State.DONE, now=now):
            raise LostClaim
        # A retry that came while the last item was being worked on put items back to waiting.
        if job.items.filter(state=ImportItem.State.WAITING).exists():
            ImportJob.objects.filter(pk=job.pk).update(state=Work.State.QUEUED, finished_at=None)
            bell.ring("badges.run_import", job_id=str(job.pk))
            return False
        done = progress(job)
        notifications.notify(
            user=job.owner,
            kind="import.finished",
            text=ngettext(
                "Your import is done: %(count)s badge added.",
                "Your import is done: %(count)s badges added.",
                done.added,
            )
            % {"count": done.added},
            url=reverse("badges:import-detail", args=[job.pk]),
        )
    return True


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. Counts of items."""

    total: int = 0
    waiting: int = 0
    added: int = 0
    already: int = 0
    refused: int = 0

    @property
    def done(self) -> int:
        return self.total - self.waiting


def progress(job: ImportJob) -> Progress:
    """Count the items by what became of them: a query, never a stored number that can lie."""
    counted = Progress()
    for state in job.items.values_list("state", flat=True):
        counted = replace(counted, total=counted.total + 1, **{state: getattr(counted, state) + 1})
    return counted
