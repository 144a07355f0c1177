"""A badge that somebody without an account wants checked, and what the check found."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from badges.models.badge import Result, Trust
from badges.models.work import Work, WorkQuerySet

# Under an hour by more than the time between two sweeps: an hour is what the page promises.
KEEP = timedelta(minutes=55)


class InspectionQuerySet(WorkQuerySet):
    """Which may still be seen, and which must go."""

    def live(self, now: datetime) -> Self:
        return self.filter(created_at__gt=now - KEEP)

    def over(self, now: datetime) -> Self:
        return self.filter(created_at__lte=now - KEEP)


class Inspection(Work):
    """One visit to the page that checks any badge.

    What was given is dropped as soon as it has been checked, and the row within the hour. Nobody
    owns it: whoever holds its address may read it. The address is kept as a digest only.
    """

    class Kind(models.TextChoices):
        FILE = "file", _("file")
        TEXT = "text", _("pasted text")
        LINK = "link", _("link")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    label = models.CharField(max_length=300)
    given = models.BinaryField(blank=True, default=b"")
    url = models.TextField(blank=True)
    about = models.CharField(max_length=320, blank=True)

    # What the check found. `findings` grows while it runs.
    findings = models.JSONField(default=list, blank=True)
    result = models.CharField(max_length=16, choices=Result.choices, blank=True)
    trust = models.CharField(max_length=10, choices=Trust.choices, default=Trust.NONE)
    host = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    report = models.JSONField(default=dict, blank=True)
    document = models.TextField(blank=True)
    picture = models.BinaryField(blank=True, default=b"")
    error = models.CharField(max_length=500, blank=True)

    objects = InspectionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "lease_until"], name="inspection_waiting"),
            models.Index(fields=["created_at"], name="inspection_age"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
