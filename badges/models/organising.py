"""What a learner adds to their badges: tags, evidence, reflections, and what they put aside."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models.badge import Badge, Original
from badges.models.skill import folded

KEPT_ASIDE = timedelta(days=7)


class TagQuerySet(models.QuerySet["Tag"]):
    """Whose tags."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)


class Tag(models.Model):
    """A learner's own word for some of their badges. Nobody else ever sees it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tags"
    )
    name = models.CharField(_("tag"), max_length=40)
    # "Sea Scouts" and "sea  scouts" are one tag. Folding may make a name longer (ß is ss).
    key = models.CharField(max_length=200, editable=False)
    badges = models.ManyToManyField(Badge, through="badges.Tagging", related_name="tags")

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="tag_once_per_owner")]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def key_of(name: str) -> str:
        return folded(name)[:200]


class Tagging(models.Model):
    """One tag on one badge."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")
    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "badge"], name="tagged_once")]

    def __str__(self) -> str:
        return f"{self.badge_id} {self.tag_id}"


class Evidence(models.Model):
    """What a learner shows for a badge beside what its issuer put in: a file, a link or a text.

    The file is kept as it came and handed out only as a download.
    """

    class Kind(models.TextChoices):
        FILE = "file", _("File")
        LINK = "link", _("Link")
        TEXT = "text", _("Text")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="own_evidence")
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), max_length=5000, blank=True)
    url = models.TextField(_("address"), blank=True)
    file = models.ForeignKey(
        Original, on_delete=models.PROTECT, null=True, blank=True, related_name="shown_for"
    )
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name_plural = _("evidence")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="file", file__isnull=False, url="")
                | Q(kind="link", file=None) & ~Q(url="")
                | Q(kind="text", file=None, url="") & ~Q(text=""),
                name="evidence_is_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Reflection(models.Model):
    """What a learner thought of a badge on some day. Theirs alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="reflections")
    on = models.DateField(_("day"))
    text = models.TextField(_("what I think of it"), max_length=5000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-on", "-created_at"]

    def __str__(self) -> str:
        return f"{self.badge_id} {self.on:%Y-%m-%d}"


class PutAsideQuerySet(models.QuerySet["PutAside"]):
    """Whose, and for how much longer."""

    def owned_by(self, user: User) -> Self:
        """Only what is still away: an import may have brought a badge back meanwhile."""
        return self.filter(badge__owner=user, badge__added_at=None)

    def kept(self, now: datetime) -> Self:
        return self.filter(at__gt=now - KEPT_ASIDE)


class PutAside(models.Model):
    """A badge that its owner removed, for as long as they may change their mind.

    It is nobody's to see meanwhile: `added_at` is empty, as of a badge that is only offered.
    `batch` is what was removed with one press of a button.
    """

    badge = models.OneToOneField(
        Badge, on_delete=models.CASCADE, primary_key=True, related_name="put_aside"
    )
    batch = models.UUIDField(db_index=True)
    at = models.DateTimeField(_("removed"))
    added_at = models.DateTimeField(_("was added"))

    objects = PutAsideQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "badge__name"]
        verbose_name_plural = _("put aside")

    def __str__(self) -> str:
        return f"{self.badge_id} {self.at:%Y-%m-%d}"
