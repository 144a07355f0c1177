"""What a learner dropped into the box, and what became of each piece."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models.badge import Badge, Original
from badges.models.work import Work, WorkQuerySet


class ImportJobQuerySet(WorkQuerySet):
    """Whose imports."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)


class ImportJob(Work):
    """One visit to the import box."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="import_jobs"
    )

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "lease_until"], name="import_waiting"),
            models.Index(fields=["owner", "-created_at"], name="imports_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{_('Import of')} {self.created_at:%Y-%m-%d %H:%M}"


class ImportItem(models.Model):
    """One file, one pasted text or one address, and what became of it."""

    class Kind(models.TextChoices):
        FILE = "file", _("file")
        TEXT = "text", _("pasted text")
        URL = "url", _("link")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ADDED = "added", _("added")
        ALREADY = "already", _("already here")
        REFUSED = "refused", _("not added")

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    label = models.CharField(max_length=300, help_text=_("File name or address as given."))
    url = models.TextField(blank=True)
    original = models.ForeignKey(
        Original, on_delete=models.PROTECT, null=True, blank=True, related_name="import_items"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True)
    can_retry = models.BooleanField(default=False)
    badge = models.ForeignKey(
        Badge, on_delete=models.SET_NULL, null=True, blank=True, related_name="import_items"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["job", "position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="import_item_position")
        ]

    def __str__(self) -> str:
        return self.label
