"""Where a learner's badges come from, looked at again from time to time."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SourceQuerySet(models.QuerySet["Source"]):
    """Whose sources, and which want a look."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def due(self, now: datetime) -> Self:
        return self.filter(paused=False, next_look_at__lte=now).order_by("next_look_at")


class Source(models.Model):
    """A profile, a collection or a connected account that is looked at again.

    `reader` names the module in `badges.sources` that knows how to read it, `answers` is what
    that reader needs to know: never a password, never a token.
    """

    class Mode(models.TextChoices):
        OFFER = "offer", _("Tell me, and let me choose")
        ADD = "add", _("Add them to my backpack")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sources"
    )
    reader = models.CharField(max_length=40)
    answers = models.JSONField(default=dict)
    key = models.CharField(max_length=64, editable=False)
    title = models.CharField(_("name"), max_length=300)
    url = models.TextField(_("address"), blank=True)
    mode = models.CharField(
        _("when there are new badges"), max_length=10, choices=Mode.choices, default=Mode.OFFER
    )
    paused = models.BooleanField(_("paused"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    looked_at = models.DateTimeField(_("last look"), null=True, blank=True)
    next_look_at = models.DateTimeField(_("next look"), null=True, blank=True, db_index=True)
    failures = models.PositiveSmallIntegerField(default=0)
    broken_since = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True)
    # What its owner did not want, by the source's own keys: not offered at every look again.
    left_out = models.JSONField(_("left out"), default=list, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="source_once_per_owner")
        ]

    def __str__(self) -> str:
        return self.title

    @staticmethod
    def key_of(reader: str, answers: Mapping[str, Any]) -> str:
        text = json.dumps([reader, dict(answers)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
