"""How often a link was opened, by day: a number, and nothing about anybody."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from portfolio.models.link import ShareLink


class Opening(models.Model):
    """One day of one link."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="openings")
    day = models.DateField(_("day"))
    times = models.PositiveIntegerField(_("times"), default=0)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["link", "day"], name="opening_once_per_day")]

    def __str__(self) -> str:
        return f"{self.link}, {self.day}: {self.times}"
