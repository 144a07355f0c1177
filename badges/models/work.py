"""Work is rows: what a worker claims, renews and finishes.

A row is claimed by one conditional UPDATE, so two workers that hear the same bell cannot both
have it. Whoever holds the claim knows its `attempts` number and writes only while that number
still stands: a worker that was thought dead and wakes up late changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LostClaim(Exception):
    """Another worker has taken this work over: stop without writing anything."""


class WorkQuerySet(models.QuerySet[Any]):
    """Which rows want a worker."""

    def waiting(self, now: datetime) -> Self:
        """Queued and never picked up, or picked up by a worker whose lease ran out."""
        return self.filter(
            Q(state=Work.State.QUEUED, run_after__lte=now)
            | Q(state=Work.State.RUNNING, lease_until__lt=now)
        )

    def claim(self, pk: Any, *, now: datetime) -> Any | None:
        """Take one waiting row, or None when somebody else has it or nothing is to be done."""
        taken = (
            self.waiting(now)
            .filter(pk=pk)
            .update(
                state=Work.State.RUNNING,
                attempts=F("attempts") + 1,
                lease_until=now + timedelta(seconds=settings.LEASE_SECONDS),
                started_at=now,
            )
        )
        return self.get(pk=pk) if taken else None


class Work(models.Model):
    """A piece of work with a state, a lease and a count of attempts."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("working")
        DONE = "done", _("done")
        FAILED = "failed", _("given up")

    MAX_ATTEMPTS = 3

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    run_after = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED}

    def _mine(self) -> models.QuerySet[Any]:
        return type(self)._default_manager.filter(
            pk=self.pk, state=self.State.RUNNING, attempts=self.attempts
        )

    def renew(self, *, now: datetime) -> bool:
        """Hold on for another lease. False when the claim was lost to another worker."""
        until = now + timedelta(seconds=settings.LEASE_SECONDS)
        return bool(self._mine().update(lease_until=until))

    def hold(self, *, now: datetime) -> None:
        """Hold on for another lease, or raise `LostClaim`."""
        if not self.renew(now=now):
            raise LostClaim

    def release(self, *, run_after: datetime) -> bool:
        """Give the work back unfinished, for whoever comes at `run_after`."""
        back = self._mine().update(state=self.State.QUEUED, run_after=run_after, lease_until=None)
        return bool(back)

    def finish(self, *, state: str, now: datetime, **fields: Any) -> bool:
        """End the work, if the claim still stands."""
        done = self._mine().update(state=state, finished_at=now, lease_until=None, **fields)
        return bool(done)
