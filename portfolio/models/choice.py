"""What one link shows of its page, when that is not all of it."""

from __future__ import annotations

from django.db import models

from badges.models import Badge
from portfolio.models.link import ShareLink


class LinkBadge(models.Model):
    """One badge that a link shows, in its place there.

    It names the badge and not its entry: a badge shows when it is both chosen here and on the
    page, so taking it off the page takes it off every link.
    """

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="choices")
    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["link", "badge"], name="badge_once_per_link")
        ]

    def __str__(self) -> str:
        return f"{self.link} / {self.badge}"
