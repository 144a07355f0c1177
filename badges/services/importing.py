"""The worker's half of an import: opens what holds many things, and looks at each thing.

Theory of operation. A job is a row with a lease. Whoever holds it works through its items: first
it *opens* profiles, collections and archives, which turns what is found in them into further
items; then a crew *looks* at items side by side, and what it learns is *written* a batch at a
time. Rows decide everything: a worker that dies leaves items waiting, and the next one goes on.

- An item's attempt is counted before the work on it starts. An item that was begun once and not
  finished is looked at alone, so that a badge which kills its worker takes no other with it, and
  is given up after three times.
- A job is worked on for a few seconds and then given back, so that a thousand badges of one
  person do not make everybody else wait.
- A site that is silent, or asks for patience, puts its items off, never the others.
"""

import logging
import os
import random
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db.models import F, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.services import addresses, languages, notifications
from badges.models import ImportItem, ImportJob, LostClaim, Picture, Work
from badges.openbadges.fetching import Fetch
from badges.services import (
    bell,
    bringing,
    following,
    images,
    letters,
    tally,
)
from badges.services.crew import Crew
from badges.services.examining import Looker, Outcome
from badges.services.opening import Opener
from badges.services.pictures import Picture as Made
from badges.services.pictures import Studio
from badges.services.web import Clock, Shared, Web, at_once

logger = logging.getLogger("laurel.imports")

MAX_ATTEMPTS = 3
SLICE = 10.0  # seconds of work on one job before others have their turn
BATCH = 48  # outcomes written together
DRAWN = 8  # pictures handed to a child together
STUDIOS = os.cpu_count() or 1
BYTES_IN_HAND = 64 * 1024 * 1024  # of what was learnt and waits to be drawn and written
State = ImportItem.State


def run_import(*, job_id: UUID, fetch: Fetch, clock: Clock) -> bool:
    """Work on one job, unless somebody else holds it. True when it was finished here."""
    job = ImportJob.objects.select_related("owner", "source").claim(job_id, now=clock())
    if job is None:
        return False
    run = _Run(job, fetch, clock)
    try:
        with languages.spoken_to(job.owner):
            run.open_all()
            run.look_at_all()
            run.web.share()
            return run.close()
    except LostClaim:
        logger.info("Import %s went on elsewhere", job.pk)
        return False


def sweep(*, now: datetime) -> int:
    """Ring again for every job that waits: its bell was lost, or its worker died."""
    waiting = ImportJob.objects.waiting(now).order_by("run_after").values_list("pk", flat=True)
    jobs = list(waiting[:100])
    for pk in jobs:
        bell.ring("badges.run_import", job_id=str(pk))
    return len(jobs)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What became of pictures: each one's digest, the source that is to be kept with it, and what
    was made of it, None of a bad one. The studio is free again."""

    studio: Studio
    pictures: Sequence[tuple[str, bytes, Made | None]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """Pictures whose files are written, by digest; None of a bad one."""

    pictures: Mapping[str, Picture | None]


class _Run:
    """One worker's turn at one job."""

    def __init__(self, job: ImportJob, fetch: Fetch, clock: Clock) -> None:
        self.job, self.clock = job, clock
        self.chance = random.SystemRandom()
        self.plain = fetch
        asking = following.authorised(job.source, fetch, clock)
        self.web = Web(asking, clock, self.chance, asker=str(job.owner_id))
        if job.anew:
            self.web.not_before = job.created_at
        self.shared = Shared(self.web)
        self.until = time.monotonic() + SLICE
        self._held = 0.0
        self.opener = Opener(job, self.web, clock, self.chance, self.hold)

    # --- The claim

    def hold(self) -> None:
        """Renew the lease now and then; `write` asks for itself, each time."""
        if time.monotonic() - self._held > min(1.0, settings.LEASE_SECONDS / 4):
            self.job.hold(now=self.clock())
            self._held = time.monotonic()

    def time_is_up(self) -> bool:
        return time.monotonic() > self.until

    def ready(self) -> "QuerySet[ImportItem]":
        waiting = self.job.items.filter(state=State.WAITING)
        return waiting.filter(Q(next_try_at=None) | Q(next_try_at__lte=self.clock()))

    def count_attempt(self, items: Sequence[ImportItem]) -> list[ImportItem]:
        """Count one more attempt of each; those that had theirs are given up here."""
        now, going = self.clock(), []
        for item in items:
            item.attempts += 1
            if item.attempts > MAX_ATTEMPTS:
                logger.error("Import item %s given up after %s attempts", item.pk, MAX_ATTEMPTS)
                reason = _(
                    "Something about this one made our checker stop three times. It is kept; "
                    "we have been told."
                )
                bringing.refuse(item, reason, now, can_retry=True)
                self.opener.save(item)
            else:
                going.append(item)
        ImportItem.objects.filter(pk__in=[item.pk for item in going]).update(
            attempts=F("attempts") + 1
        )
        return going

    # --- Opening what holds many things

    def open_all(self) -> None:
        while not self.time_is_up():
            item = self.ready().filter(_HOLDS_MANY).select_related("original").first()
            if item is None:
                return
            self.hold()
            if self.count_attempt([item]):
                self.opener.open(item)

    # --- Looking at each thing

    def look_at_all(self) -> None:
        waiting = self.ready().exclude(_HOLDS_MANY).count()
        if not waiting or self.time_is_up():
            return
        with (
            ExitStack() as stack,
            Crew[Outcome | _Drawn | _Kept](min(settings.IMPORT_WIDTH, waiting + 1)) as crew,
        ):
            self.web.ask = crew.ask
            # What anybody may see is checked without anybody's key.
            self.web.fetch = self.plain
            looker = Looker(
                self.job.owner_id,
                addresses.verified(self.job.owner),
                self.shared,
                get_language() or settings.LANGUAGE_CODE,
            )
            studios = [stack.enter_context(Studio()) for _number in range(STUDIOS)]
            _Line(self, crew, looker, studios).go()
        self.web.ask = at_once

    # --- The end

    def close(self) -> bool:
        """Finish the job, or give it back for what still waits. True when it is finished."""
        now, left = self.clock(), self.job.items.filter(state=State.WAITING)
        if left.exists():
            soonest = left.aggregate(at=Min("next_try_at"))["at"]
            ready = self.ready().exists()
            if not self.job.release(run_after=now if ready or soonest is None else soonest):
                raise LostClaim
            if ready:
                bell.ring("badges.run_import", job_id=str(self.job.pk))
            return False
        accepted = {"accepted_at": now} if self.job.adds else {}
        if not self.job.finish(state=Work.State.DONE, now=now, **accepted):
            raise LostClaim
        # A retry that came while the last item was being worked on put items back to waiting.
        if left.exists():
            ImportJob.objects.filter(pk=self.job.pk, state=Work.State.DONE).update(
                state=Work.State.QUEUED, finished_at=None
            )
            bell.ring("badges.run_import", job_id=str(self.job.pk))
            return False
        self._tell(now)
        return True

    def _tell(self, now: datetime) -> None:
        if self.job.source is not None:
            following.looked(job=self.job, source=self.job.source, now=now)
            return
        done = tally.of(self.job)
        if self.job.accepted_at and not self.job.adds and not done.offered:
            return  # back for the newer versions that were asked for: nothing more to choose
        if self.job.adds:
            text = ngettext(
                "Your import is done: %(count)s badge added.",
                "Your import is done: %(count)s badges added.",
                done.added,
            ) % {"count": done.added}
        else:
            text = ngettext(
                "%(count)s badge is ready to be added.",
                "%(count)s badges are ready to be added.",
                done.offered,
            ) % {"count": done.offered}
        told = {
            "kind": "import.finished",
            "url": reverse("badges:import-detail", args=[self.job.pk]),
        }
        first = not notifications.has_been_told(user=self.job.owner, **told)
        notifications.notify(user=self.job.owner, text=text, **told)
        if first and not self.job.adds:
            letters.import_done(job=self.job, offered=done.offered, now=now)


_HOLDS_MANY = (Q(lasting=True) | Q(kind=ImportItem.Kind.FILE)) & ~Q(reader="") & Q(parent=None)


class _Line:
    """The line of work: looked at, then its picture drawn, then written. Stages that go on
    at the same time, so that neither the network nor the second processor stands idle.

    An outcome whose `picture` is not empty still waits for it.
    """

    def __init__(
        self,
        run: _Run,
        crew: "Crew[Outcome | _Drawn | _Kept]",
        looker: Looker,
        studios: Sequence[Studio],
    ) -> None:
        self.run, self.crew, self.looker = run, crew, looker
        self.looking: set[int] = set()
        self.learnt: list[Outcome] = []
        self.drawing: set[str] = set()
        self.studios = list(studios)  # those that are free
        self.drawn: dict[str, Picture | None] = {}  # without a row so far
        self.dry = False  # nothing more was waiting when last asked

    def go(self) -> None:
        while True:
            self._top_up()
            if not self.crew.under_way and not self.learnt:
                return
            if self.crew.under_way:
                got = self.crew.next(seconds=2)
                self.run.hold()
                if isinstance(got, Outcome):
                    self.looking.discard(got.item.pk)
                    self.learnt.append(got)
                elif isinstance(got, _Drawn):
                    self.studios.append(got.studio)
                    self.crew.submit(partial(_kept, got.pictures, now=self.run.clock()))
                elif got is not None:
                    self.drawn |= got.pictures
                    self.drawing -= got.pictures.keys()
            self._draw()
            self._write()

    # --- First stage

    def _top_up(self) -> None:
        width = settings.IMPORT_WIDTH
        held = sum(len(one.picture) + one.words for one in self.learnt)
        full = len(self.learnt) > 3 * BATCH or held > BYTES_IN_HAND
        if self.dry or full or len(self.looking) >= width or self.run.time_is_up():
            return
        for item in self.run.count_attempt(self._next(width)):
            self.looking.add(item.pk)
            now, last = self.run.clock(), item.put_off >= len(bringing.BACKOFF)
            self.crew.submit(partial(self.looker.look, item, now=now, last=last))

    def _next(self, width: int) -> list[ImportItem]:
        """What is looked at next: some that nobody began, or one alone that somebody did."""
        busy = self.looking | {outcome.item.pk for outcome in self.learnt}
        ready = self.run.ready().exclude(_HOLDS_MANY).exclude(pk__in=busy)
        ready = ready.select_related("original").order_by("position")
        fresh = list(ready.filter(attempts=0)[:width])
        if not fresh and not busy:
            return list(ready[:1])
        self.dry = len(fresh) < width
        return fresh

    # --- Second stage

    def _draw(self) -> None:
        """Send pictures to be drawn, some at a time, one studio for each processor."""
        self._have(self.drawn.keys())
        waiting = {
            outcome.picture_digest: outcome
            for outcome in self.learnt
            if outcome.picture and outcome.picture_digest not in self.drawing
        }
        while self.studios and waiting and (len(waiting) >= DRAWN or not self.looking):
            some = [waiting.pop(digest) for digest in list(waiting)[:DRAWN]]
            known = Picture.objects.filter(pk__in=[one.picture_digest for one in some])
            self._have(set(known.values_list("pk", flat=True)))
            if some := [one for one in some if one.picture]:
                self.drawing.update(one.picture_digest for one in some)
                pictures = [(one.picture_digest, one.picture, _is_inside(one)) for one in some]
                self.crew.submit(partial(_drawn, self.studios.pop(), pictures))

    def _have(self, digests: Collection[str]) -> None:
        for outcome in self.learnt:
            if outcome.picture_digest in digests:
                outcome.picture = b""

    # --- Third stage

    def _write(self) -> None:
        ready = [outcome for outcome in self.learnt if not outcome.picture]
        if not ready or (len(ready) < BATCH and self.crew.under_way):
            return
        batch = sorted(ready, key=lambda outcome: outcome.item.position)[:BATCH]
        images.enter([picture for picture in self.drawn.values() if picture is not None])
        self.drawn = {}
        bringing.write(
            job=self.run.job, outcomes=batch, now=self.run.clock(), chance=self.run.chance
        )
        written = {id(outcome) for outcome in batch}
        self.learnt = [outcome for outcome in self.learnt if id(outcome) not in written]
        self.dry = False


def _is_inside(outcome: Outcome) -> bool:
    """Whether the picture is the very file that came, so that it needs no copy of its own."""
    document = outcome.report.document if outcome.report else None
    return document is not None and document.format in images.BAKED


def _drawn(studio: Studio, pictures: Sequence[tuple[str, bytes, bool]]) -> _Drawn:
    return _Drawn(
        studio,
        [
            (digest, b"" if inside else data, images.draw(data, studio=studio))
            for digest, data, inside in pictures
        ],
    )


def _kept(pictures: Sequence[tuple[str, bytes, Made | None]], *, now: datetime) -> _Kept:
    """Apart from the drawing: a studio would stand idle while the disk confirms each file."""
    return _Kept(
        {
            digest: images.keep(made, source=source, now=now) if made else None
            for digest, source, made in pictures
        }
    )
