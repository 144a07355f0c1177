"""Looks again at where a learner's badges come from, and tells what is new, changed or gone.

A look is an import job of one item, so it is claimed, swept, bounded and explained like any other.
What it adds to that is the difference from the last one: badges that the source lists no more are
flagged in their history and stay.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.services import audit, limits, notifications
from badges import sources
from badges.fetch import Sender
from badges.models import Badge, HistoryEntry, ImportItem, ImportJob, Source, Work
from badges.openbadges.fetching import Fetch
from badges.services import access, bell, leaving, tally
from badges.services.web import Clock

State = ImportItem.State
EVERY = timedelta(days=7)
AFTER_TROUBLE = (timedelta(hours=6), timedelta(days=1), timedelta(days=3))
LOOKS_PER_HOUR = 20  # asked for by hand, of one person
MAX_SOURCES = 50


class TooMany(Exception):
    """This person follows as many sources as one person may."""


class Gone(Exception):
    """The source was removed in the very moment."""


def authorised(source: Source | None, fetch: Fetch, clock: Clock) -> Fetch:
    """The fetch with which this source is read: that of an account shows its owner's key."""
    if source is None or not is_account(source) or not isinstance(fetch, Sender):
        return fetch
    return access.authorised(source=source, sender=fetch, clock=clock)


def is_account(source: Source) -> bool:
    """Whether this is a connected account, which is let go by `connecting.disconnect`."""
    reader = sources.readers().get(source.reader)
    return reader is not None and reader.account


def follow(
    *, user: User, reader: str, answers: Mapping[str, Any], title: str, url: str, mode: str,
    now: datetime,
) -> Source:  # fmt: skip
    """Look at this again from now on. Following it already only changes the mode."""
    key = Source.key_of(reader, answers)
    known = Source.objects.owned_by(user)
    if known.count() >= MAX_SOURCES and not known.filter(key=key).exists():
        raise TooMany
    source = Source(
        owner=user, reader=reader, answers=dict(answers), key=key, title=title[:300], url=url,
        mode=mode, created_at=now, looked_at=now,
    )  # fmt: skip
    source.next_look_at = _next_look(source, now)
    try:
        with transaction.atomic():
            source.save(force_insert=True)
            audit.record(actor=user, action="source.followed", target=source, reader=reader)
    except IntegrityError:
        source = known.get(key=key)
        source.mode = mode
        source.save(update_fields=["mode"])
    return source


def _next_look(source: Source, now: datetime) -> datetime:
    """In a week, or sooner after trouble; spread by the source's own id, so that the sources of
    one platform are not all asked in one minute."""
    troubled = AFTER_TROUBLE[min(source.failures, len(AFTER_TROUBLE)) - 1]
    wait = troubled if source.failures else EVERY
    return now + wait + timedelta(seconds=source.pk.int % 3600)


def look(*, source: Source, now: datetime, actor: User | None = None) -> ImportJob:
    """Have a worker look now. A look that is under way already is the one that is meant.

    A look that somebody asked for takes no document from before. Raises `Gone`.
    """
    if actor is not None:
        limits.hit(key=f"look:{actor.pk}", allowed=LOOKS_PER_HOUR, per=timedelta(hours=1), now=now)
    with transaction.atomic():
        # The row is the lock: two who look at once make one look.
        if not Source.objects.select_for_update().filter(pk=source.pk).exists():
            raise Gone
        under_way = source.looks.filter(state__in=[Work.State.QUEUED, Work.State.RUNNING])
        going: ImportJob | None = under_way.first()
        if going is not None:
            return going
        job = ImportJob.objects.create(
            owner_id=source.owner_id,
            source=source,
            adds=source.mode == Source.Mode.ADD,
            anew=actor is not None,
            created_at=now,
            run_after=now,
        )
        account = is_account(source)
        answers = access.answers(source=source, now=now) if account else source.answers
        ImportItem.objects.create(
            job=job, position=0, kind=ImportItem.Kind.URL, label=source.title, url=source.url,
            reader=source.reader, answers=answers, words=source.title, lasting=True,
            created_at=now,
        )  # fmt: skip
        Source.objects.filter(pk=source.pk).update(next_look_at=now + EVERY)
        bell.ring("badges.run_import", job_id=str(job.pk))
    return job


def sweep(*, now: datetime) -> int:
    """Begin the looks that are due, a bounded number. Returns how many."""
    due = list(Source.objects.due(now)[:20])
    for source in due:
        with suppress(Gone):
            look(source=source, now=now)
    return len(due)


def looked(*, job: ImportJob, source: Source, now: datetime) -> None:
    """A look has ended: note how it went, and what it says by what it no longer shows."""
    with transaction.atomic():
        # As it is now: its owner may have paused it, or let it go, while a worker was looking.
        held = Source.objects.select_for_update(no_key=True).filter(pk=source.pk).first()
        if held is not None:
            _note(job, held, now)


def _note(job: ImportJob, source: Source, now: datetime) -> None:
    opened = job.items.filter(parent=None).first()
    source.looked_at = now
    if opened is None or opened.state != State.OPENED:
        _troubled(source, opened.reason if opened else "", now)
        return
    source.failures, source.broken_since, source.trouble = 0, None, ""
    source.next_look_at = _next_look(source, now)
    source.save()
    # A row that could not be read this time may be any of them: then nothing is called gone.
    unread = job.items.filter(
        Q(state=State.WAITING) | Q(state=State.REFUSED, can_retry=True), parent__isnull=False
    )
    claim(source=source, items=job.items.exclude(parent=None))
    # Nor when an account was only asked for what is new, when there was more than one import takes,
    # or when this is an old look, tried again: a newer one may have seen what this one could not.
    partial = bool(opened.answers.get("since"))
    is_old = source.looks.filter(created_at__gt=job.created_at).exists()
    silent = partial or bool(opened.reason) or is_old or unread.exists()
    gone = 0 if silent else _note_gone(source, job, now)
    # What may still be read by another try must be listed again by the next look.
    if is_account(source) and not opened.reason and not unread.filter(can_retry=True).exists():
        access.looked(source=source, at=job.created_at, whole=not partial)
    _note_back(source, job, now)
    _tell(job, source, gone)


def _troubled(source: Source, reason: str, now: datetime) -> None:
    source.failures = min(source.failures + 1, 1000)
    source.trouble = reason
    source.next_look_at = _next_look(source, now)
    first = source.broken_since is None
    source.broken_since = source.broken_since or now
    source.save()
    if first:
        notifications.notify(
            user=source.owner,
            kind="source.broken",
            text=_("%(source)s could not be read. %(reason)s Your badges are safe; we try again.")
            % {"source": source.title[:150], "reason": reason[:200]},
            url=reverse("badges:sources"),
        )


def claim(*, source: Source, items: QuerySet[ImportItem]) -> None:
    """Have the badges that came from here, before it was followed, count as this source's.

    Those alone: what came by a file or by hand and is shown here too stays its owner's own, and
    is not dropped with the source.
    """
    here = items.filter(badge__source=None, badge__owner=source.owner_id).values("badge_id")
    came = ImportItem.objects.filter(badge__in=here, state=State.ADDED).exclude(parent=None)
    mine = {
        item.badge_id
        for item in came.select_related("parent")
        if item.badge_id
        and item.parent
        and source.key == Source.key_of(item.parent.reader, item.parent.answers)
    }
    Badge.objects.filter(pk__in=mine, source=None).update(source=source)


def _note_gone(source: Source, job: ImportJob, now: datetime) -> int:
    seen = job.items.exclude(badge=None).values("badge_id")
    lost = source.badges.filter(added_at__isnull=False, unlisted_at=None).exclude(pk__in=seen)
    lost = lost.exclude(pk__in=_listed_unread(source, job))
    rows = list(lost.defer("document"))
    _enter(rows, HistoryEntry.Kind.UNLISTED, source, now)
    # Whether it was taken back as well is for its own check to say, now rather than in a week.
    lost.update(unlisted_at=now, next_check_at=now)
    return len(rows)


def _listed_unread(source: Source, job: ImportJob) -> set[UUID]:
    """The badges whose rows were refused for good, or left out, this time: they are listed all
    the same. Which they are, earlier looks tell by the source's own keys."""
    shut = job.items.filter(state__in=[State.REFUSED, State.LEFT_OUT]).exclude(parent=None)
    keys = {leaving.own_key(item) for item in shut.only("key")}
    if not keys:
        return set()
    came = ImportItem.objects.filter(badge__source=source).exclude(parent=None)
    rows = came.only("key", "badge_id").iterator()
    return {row.badge_id for row in rows if row.badge_id and leaving.own_key(row) in keys}


def _note_back(source: Source, job: ImportJob, now: datetime) -> None:
    seen = job.items.exclude(badge=None).values("badge_id")
    back = source.badges.filter(pk__in=seen, unlisted_at__isnull=False)
    _enter(list(back.defer("document")), HistoryEntry.Kind.LISTED, source, now)
    back.update(unlisted_at=None)


def _enter(badges: list[Badge], kind: str, source: Source, now: datetime) -> None:
    detail = {"source": source.title}
    HistoryEntry.objects.bulk_create(
        HistoryEntry(badge=badge, at=now, kind=kind, detail=detail) for badge in badges
    )


def _tell(job: ImportJob, source: Source, gone: int) -> None:
    done = tally.of(job)
    told = []
    if done.offered:
        words = ngettext("%(n)s new badge", "%(n)s new badges", done.offered)
        told.append(words % {"n": done.offered})
    if done.added:
        words = ngettext("%(n)s badge added", "%(n)s badges added", done.added)
        told.append(words % {"n": done.added})
    if done.changed:
        told.append(ngettext("%(n)s changed", "%(n)s changed", done.changed) % {"n": done.changed})
    if gone:
        told.append(_("%(n)s no longer listed") % {"n": gone})
    if told:
        notifications.notify(
            user=job.owner,
            kind="source.looked",
            text=_("%(source)s: %(news)s.")
            % {"source": source.title[:200], "news": ", ".join(told)},
            url=reverse("badges:import-detail", args=[job.pk]),
        )


def set_mode(*, source: Source, mode: str) -> None:
    """Whether new badges are offered or added."""
    Source.objects.filter(pk=source.pk).update(mode=mode)


def pause(*, source: Source, paused: bool, now: datetime) -> None:
    """Stop looking, or begin again with a look as soon as may be."""
    next_look = source.next_look_at if paused else now
    Source.objects.filter(pk=source.pk).update(paused=paused, next_look_at=next_look)


def remove(*, source: Source, keep_badges: bool, actor: User, now: datetime) -> int:
    """Follow it no more, and keep or drop the badges that came from it. Returns how many went.

    A look that is under way is stopped, or it would bring the badges of a source that is gone.
    """
    with transaction.atomic():
        gone = 0
        # The jobs before the source: in the order in which a worker comes by these rows.
        under_way = source.looks.filter(state__in=[Work.State.QUEUED, Work.State.RUNNING])
        stopped = list(under_way.select_for_update().values_list("pk", flat=True))
        source.looks.filter(pk__in=stopped).update(
            state=Work.State.DONE, stopped_at=now, finished_at=now, lease_until=None
        )
        ImportItem.objects.filter(job__in=stopped, state=State.WAITING).update(
            state=State.SKIPPED, finished_at=now, next_try_at=None,
            reason=_("Its source was removed before its turn."),
        )  # fmt: skip
        if not keep_badges:
            rows = list(source.badges.defer("document"))
            audit.record_many(
                actor=actor,
                action="badge.removed",
                targets=[(badge, {"name": badge.name[:200]}) for badge in rows],
            )
            gone = len(rows)
            source.badges.all().delete()
        audit.record(actor=actor, action="source.removed", target=source, reader=source.reader)
        source.delete()
    return gone
