"""Brings badges in: one box, any number of things, a reason for each.

The learner's half: bring things, choose from what was found, stop, try again, take back. What a
worker does in between stands in `importing`.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit, limits
from badges import sources
from badges.models import Badge, HistoryEntry, ImportItem, ImportJob, Source, Work
from badges.openbadges import parse
from badges.openbadges.errors import OpenBadgesError
from badges.services import bell, bringing, following, originals, search, verification
from badges.services.pieces import LINK, split
from badges.sources.base import Link, Seen

MAX_FILE = 10 * 1024 * 1024
MAX_ARCHIVE = 50 * 1024 * 1024
MAX_ITEMS = 200
PER_HOUR = 1000  # items
# Exports hold more than badges. The app above brings the rest home once the badges are, or takes
# it back with them; it is known here by the name of its bell alone.
RESTORE = "portfolio.restore"
State = ImportItem.State


class NothingToImport(Exception):
    """Neither a file nor a line of text came."""


class TooMany(Exception):
    """More things at once than one import takes."""


class TooLate(Exception):
    """What was added can no longer be taken back as a whole."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came: its size in bytes, and a way to read it when its turn comes."""

    name: str
    size: int
    read: Callable[[], bytes]


# --- Start -----------------------------------------------------------------------------------


def start(
    *, user: User, uploads: Sequence[Upload], text: str, now: datetime, adds: bool = False
) -> ImportJob:
    """Take everything in, and have a worker look at it. With `adds` what is found is added.

    What can be refused at once is; its row says why. Nothing that came is dropped.
    """
    pieces = list(islice(split(text), MAX_ITEMS + 1))
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
        job = ImportJob.objects.create(owner=user, created_at=now, run_after=now, adds=adds)
        for position, item in enumerate(items):
            item.job, item.position = job, position
        ImportItem.objects.bulk_create(items)
        audit.record(actor=user, action="import.started", target=job, items=count)
        bell.ring("badges.run_import", job_id=str(job.pk))
    return job


def _label(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()[:300] or _("without a name")


def _of_upload(user: User, upload: Upload, now: datetime) -> ImportItem:
    item = ImportItem(kind=ImportItem.Kind.FILE, label=_label(upload.name), created_at=now)
    if upload.size > MAX_ARCHIVE:
        bringing.refuse(item, _("This file is larger than 50 MB. Bring it in parts."), now)
        return item
    data = upload.read()
    seen = sources.recognise_file(item.label, data) if data else None
    if not data:
        reason = _("This file is empty. Download it again where it came from.")
        bringing.refuse(item, reason, now)
    elif seen is None and len(data) > MAX_FILE:
        reason = _("This file is larger than 10 MB. A badge is never that large.")
        bringing.refuse(item, reason, now)
    else:
        _recognised(item, seen)
        item.original = originals.keep(owner=user, data=data, name=item.label, now=now)
    return item


def _recognised(item: ImportItem, seen: Seen | None) -> None:
    if seen is not None:
        item.reader, item.answers = seen.reader, dict(seen.answers)
        item.words, item.lasting = seen.words[:300], seen.lasting


def _of_piece(user: User, piece: str, now: datetime) -> ImportItem:
    if LINK.match(piece):
        item = ImportItem(
            kind=ImportItem.Kind.URL, label=_label(piece), url=piece[:4000], created_at=now
        )
        if len(piece) > 4000 or not piece.isprintable():
            bringing.refuse(item, _("This is not a web address that can be opened."), now)
        elif (seen := sources.recognise_link(piece)) is not None:
            _recognised(item, seen)
            link = Link.of(piece)
            item.label = seen.words[:300]
            item.url = sources.readers()[seen.reader].link_kept(link) if link else ""
        return item
    start = piece[:60] + ("…" if len(piece) > 60 else "")
    item = ImportItem(kind=ImportItem.Kind.TEXT, label=_label(start), created_at=now)
    data = piece.encode("utf-8", "surrogatepass")
    if piece[0] not in "{[" and piece.count(".") != 2:
        reason = _("This is no link, no badge as JSON and no signed token. Paste one of these.")
        bringing.refuse(item, reason, now)
    elif len(data) > MAX_FILE:
        reason = _("This text is larger than 10 MB. A badge is never that large.")
        bringing.refuse(item, reason, now)
    else:
        item.original = originals.keep(owner=user, data=data, name="", now=now)
    return item


# --- What it is, as one types --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guess:
    """What one piece of a pasted text seems to be. `known` says that it can be read."""

    label: str
    words: str
    known: bool
    lasting: bool = False


def recognise(text: str) -> list[Guess]:
    """What the pieces of a text are, before anybody is asked. At most the first ten."""
    guesses = []
    for piece in islice(split(text[:200_000]), 10):
        label = _label(piece[:80] + ("…" if len(piece) > 80 else ""))
        if LINK.match(piece):
            seen = sources.recognise_link(piece)
            words = seen.words if seen else _("A link. We look whether a badge is behind it.")
            guesses.append(Guess(label, words, True, bool(seen and seen.lasting)))
        elif piece[0] in "{[":
            guesses.append(Guess(label, _("A badge as text (JSON)."), True))
        elif re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]*", piece):
            guesses.append(Guess(label, _("A badge as a signed token."), True))
        else:
            if guesses and not guesses[-1].known:  # words in a row are one sentence
                label = f"{guesses.pop().label} {label}"[:80]
            words = _("Not something that we can read. Paste a link, or a badge’s own text.")
            guesses.append(Guess(label, words, False))
    return guesses


# --- Choose --------------------------------------------------------------------------------------


def accept(
    *,
    job: ImportJob,
    chosen: Collection[int] | None,
    now: datetime,
    follow: Collection[int] = (),
    mode: str = Source.Mode.OFFER,
    shown: Collection[int] | None = None,
) -> int:
    """Add what was chosen (all of it when `chosen` is None), and leave the rest of what was shown.

    `chosen` and `shown` hold ids of items: what was found since, or stood beyond the end of the
    page, was not refused by somebody who never saw it. `follow` holds those of opened profiles
    that are to be looked at again. Changed badges are fetched once more by a worker, which then
    takes the newer version. Returns how many are added now.
    """
    with transaction.atomic():
        ImportJob.objects.select_for_update().get(pk=job.pk)
        offered = job.items.filter(state__in=[State.OFFERED, State.CHANGED])
        if shown is not None:
            offered = offered.filter(pk__in={*shown, *(chosen or ())})
        wanted = offered if chosen is None else offered.filter(pk__in=chosen)
        followed = _follow(job, follow, mode, now)
        added = _add(job, wanted.filter(state=State.OFFERED), now)
        _take_newer(job, wanted.filter(state=State.CHANGED), now)
        if chosen is not None:
            _leave(job, offered.exclude(pk__in=chosen), now)
        for parent, source in followed.items():
            Badge.objects.filter(import_items__parent=parent, source=None).update(source=source)
        # What is added after the import was taken back can be taken back again.
        first = Q(accepted_at=None) | Q(undone_at__isnull=False)
        ImportJob.objects.filter(first, pk=job.pk).update(accepted_at=now, undone_at=None)
        bell.ring(RESTORE, job_id=str(job.pk))
    return added


def _follow(
    job: ImportJob, items: Collection[int], mode: str, now: datetime
) -> dict[ImportItem, Source]:
    wanted = job.items.filter(pk__in=items, lasting=True).exclude(reader="")
    return {
        item: following.follow(
            user=job.owner, reader=item.reader, answers=item.answers, title=item.words,
            url=item.url, mode=mode, now=now,
        )
        for item in wanted
    }  # fmt: skip


def _add(job: ImportJob, items: "QuerySet[ImportItem]", now: datetime) -> int:
    rows = list(items)
    held = Badge.objects.held().filter(pk__in=[item.badge_id for item in rows if item.badge_id])
    badges = list(held.defer("document"))
    new = [badge for badge in badges if badge.added_at is None]
    Badge.objects.filter(pk__in=[badge.pk for badge in new]).update(added_at=now)
    search.tell(job.owner_id)
    if job.source_id:
        mine = Badge.objects.filter(pk__in=[badge.pk for badge in new], source=None)
        mine.update(source=job.source_id)
    here = {badge.pk for badge in badges} - {badge.pk for badge in new}
    pks = [item.pk for item in rows if item.badge_id not in here]
    job.items.filter(pk__in=pks).update(state=State.ADDED, finished_at=now)
    # Another import may have added the same badge since it was shown.
    job.items.filter(pk__in=[item.pk for item in rows]).exclude(pk__in=pks).update(
        state=State.ALREADY, finished_at=now
    )
    audit.record_many(
        actor=job.owner,
        action="badge.imported",
        targets=[(badge, {"result": badge.result}) for badge in new],
    )
    return len(new)


def _take_newer(job: ImportJob, items: "QuerySet[ImportItem]", now: datetime) -> None:
    again = items.update(
        state=State.WAITING, accepted=True, attempts=0, put_off=0, next_try_at=None
    )
    if again:
        _requeue(job, now)


def _leave(job: ImportJob, items: "QuerySet[ImportItem]", now: datetime) -> None:
    """What is not wanted goes, unless another import offers it as well."""
    badges = list(items.exclude(badge=None).values_list("badge_id", flat=True))
    items.update(state=State.SKIPPED, finished_at=now)
    # Held first: another import may be about to add one of them.
    held = Badge.objects.offered_to(job.owner).held().filter(pk__in=badges)
    unwanted = list(held.values_list("pk", flat=True))
    open_elsewhere = ImportItem.objects.filter(badge__in=unwanted, state=State.OFFERED)
    Badge.objects.filter(pk__in=unwanted).exclude(pk__in=open_elsewhere.values("badge_id")).delete()


def _requeue(job: ImportJob, now: datetime) -> None:
    ImportJob.objects.filter(pk=job.pk).exclude(state=Work.State.RUNNING).update(
        state=Work.State.QUEUED, run_after=now, finished_at=None
    )
    bell.ring("badges.run_import", job_id=str(job.pk))


# --- Again, stop, back ---------------------------------------------------------------------------


def retry(*, job: ImportJob, now: datetime) -> int:
    """Look again, and now, at what could not be read this time. Returns how many items."""
    with transaction.atomic():
        refused = Q(state=State.REFUSED, can_retry=True)
        put_off = Q(state=State.WAITING, next_try_at__gt=now)
        again = job.items.filter(refused | put_off).update(
            state=State.WAITING, attempts=0, put_off=0, next_try_at=None, reason="",
            finished_at=None,
        )  # fmt: skip
        if again:
            _requeue(job, now)
            audit.record(actor=job.owner, action="import.retried", target=job, items=again)
    return again


def stop(*, job: ImportJob, now: datetime) -> int:
    """Look at nothing more. What was found stays to be chosen. Returns how many are left out.

    The claim is taken away with the state, so that a worker in the middle of it writes nothing.
    """
    with transaction.atomic():
        going = ImportJob.objects.filter(
            pk=job.pk, state__in=[Work.State.QUEUED, Work.State.RUNNING]
        )
        if not going.update(
            state=Work.State.DONE, stopped_at=now, finished_at=now, lease_until=None
        ):
            return 0
        left = job.items.filter(state=State.WAITING).update(
            state=State.SKIPPED, reason=_("You stopped before its turn."), finished_at=now,
            can_retry=False, next_try_at=None,
        )  # fmt: skip
        audit.record(actor=job.owner, action="import.stopped", target=job, items=left)
    return left


def undo(*, job: ImportJob, now: datetime) -> int:
    """Take back what this import added and changed, within a day. Returns how many badges."""
    with transaction.atomic():
        # Held, and read again: the button may have been pressed twice.
        job = ImportJob.objects.select_for_update().get(pk=job.pk)
        if not job.can_be_undone(now):
            raise TooLate
        mine = job.items.filter(state=State.ADDED).exclude(badge=None)
        badges = list(
            Badge.objects.owned_by(job.owner)
            .held()
            .filter(pk__in=mine.values("badge_id"))
            .defer("document")
        )
        audit.record_many(
            actor=job.owner,
            action="badge.removed",
            targets=[(badge, {"name": badge.name[:200], "undone": True}) for badge in badges],
        )
        mine.update(state=State.UNDONE)
        Badge.objects.filter(pk__in=[badge.pk for badge in badges]).delete()
        newer = job.items.filter(state=State.CHANGED, accepted=True).exclude(badge=None)
        back = sum(_put_back(item, now) for item in newer)
        newer.update(state=State.UNDONE)
        ImportJob.objects.filter(pk=job.pk).update(undone_at=now)
        audit.record(actor=job.owner, action="import.undone", target=job, badges=len(badges))
        bell.ring(RESTORE, job_id=str(job.pk))
    return len(badges) + back


def _put_back(item: ImportItem, now: datetime) -> bool:
    """Let the version that this import replaced take its place again; a check follows."""
    assert item.badge_id is not None
    badge = Badge.objects.held().get(pk=item.badge_id)
    since = item.finished_at or item.created_at
    own = badge.history.filter(imported=False)
    entry = own.filter(kind=HistoryEntry.Kind.SUPERSEDED, at__gte=since).last()
    if entry is None or not entry.document:
        return False
    kept = {row.url: bytes(row.body) for row in badge.supporting.all()}
    try:
        document = parse.read(bytes(entry.document))
        credential = parse.credential(document, kept)
    except OpenBadgesError:
        return False
    badge.document, badge.original = bytes(entry.document), entry.original
    badge.format = entry.detail.get("format", badge.format)
    verification.read_into(badge=badge, credential=credential, proven=False)
    badge.next_check_at = now
    badge.save()
    search.forget([badge.pk])
    entry.delete()
    return True
