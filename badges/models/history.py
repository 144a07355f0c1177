"""What happened to a badge, in the order in which it happened."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from badges.models.badge import Badge, Original


class HistoryEntry(models.Model):
    """One thing that happened to one badge. Written once, never changed.

    `detail` holds plain values and no sentences, so that it can be told in any language: for
    `changed` a list of {"field", "before", "after"}; for `state` {"before", "after", "reason"}.
    """

    class Kind(models.TextChoices):
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed by its issuer")
        SUPERSEDED = "superseded", _("replaced by a newer version")
        STATE = "state", _("state changed")
        UNLISTED = "unlisted", _("no longer listed")
        LISTED = "listed", _("listed again")

    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    detail = models.JSONField(default=dict, blank=True)
    # What the badge was until then, for the versions that a newer one replaced.
    document = models.BinaryField(blank=True, default=b"")
    original = models.ForeignKey(
        Original, on_delete=models.PROTECT, null=True, blank=True, related_name="history"
    )
    imported = models.BooleanField(
        _("brought along"), default=False, help_text=_("From an export: not seen here.")
    )

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "history entries"
        indexes = [models.Index(fields=["badge", "-at"], name="history_of_badge")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"
