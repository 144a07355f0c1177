"""The picture that a message shows beside a link, and the work of drawing it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from badges.models import Work, WorkQuerySet
from portfolio.models.link import ShareLink


class Card(Work):
    """One link's card. `fingerprint` is the page that it shows; `started_at` the last look at it.

    The picture is a cache: deleting the row and its file costs a drawing, and nothing else.
    """

    link = models.OneToOneField(ShareLink, on_delete=models.CASCADE, related_name="card")
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    file = models.FileField(max_length=200, blank=True)

    objects = WorkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "lease_until"], name="card_waiting")]

    def __str__(self) -> str:
        return f"{_('Card of')} {self.link}"
