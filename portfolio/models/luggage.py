"""Everything of one learner taken along, and brought back."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models import ImportItem, Work, WorkQuerySet


class ExportQuerySet(WorkQuerySet):
    """Whose exports, and which must go."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def over(self, now: datetime) -> Self:
        return self.filter(expires_at__lte=now).exclude(files=[])


class Export(Work):
    """Everything of one learner to take along: badges, pages, notes and history.

    Mostly one file; a large backpack is several, none larger than an import takes. `files` is a
    list of {"name", "digest", "size"}. They are there for a week; the row stays, so that its page
    can say what became of it.
    """

    class Status(models.TextChoices):
        """What its owner sees."""

        WORKING = "working", _("being packed")
        READY = "ready", _("ready")
        FAILED = "failed", _("not made")
        EXPIRED = "expired", _("deleted after a week")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports"
    )
    files = models.JSONField(_("files"), default=list, blank=True)
    badges = models.PositiveIntegerField(_("badges"), default=0)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    damaged = models.PositiveIntegerField(_("files that could not be read"), default=0)
    expires_at = models.DateTimeField(_("deleted on"), null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "lease_until"], name="export_waiting")]

    def __str__(self) -> str:
        return f"{_('Export of')} {self.created_at:%Y-%m-%d}"

    def status(self, now: datetime) -> Status:
        if not self.is_over:
            return self.Status.WORKING
        if self.state == self.State.FAILED:
            return self.Status.FAILED
        gone = not self.files or self.expires_at is None or self.expires_at <= now
        return self.Status.EXPIRED if gone else self.Status.READY


class RestorationQuerySet(WorkQuerySet):
    """Whose."""

    def owned_by(self, user: User) -> Self:
        return self.filter(item__job__owner=user)


class Restoration(Work):
    """Bringing back what an export holds beside its badges, once these have been added.

    `made` names the pages and sources that it made, so that an import which is taken back takes
    them along.
    """

    item = models.OneToOneField(ImportItem, on_delete=models.CASCADE, related_name="restoration")
    made = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    objects = RestorationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "lease_until"], name="restoration_waiting")]

    def __str__(self) -> str:
        return f"{_('Restoration of')} {self.created_at:%Y-%m-%d}"
