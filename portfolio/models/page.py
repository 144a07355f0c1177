"""Pages: a choice of badges, in an order, with words for their readers."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models import Badge


class PageQuerySet(models.QuerySet["Page"]):
    """Whose pages."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)


class Page(models.Model):
    """A choice of badges in an order, with a line for its readers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pages"
    )
    title = models.CharField(_("title"), max_length=160)
    line = models.CharField(
        _("a line for its readers"),
        max_length=300,
        blank=True,
        help_text=_("What you want them to take away, in one sentence."),
    )
    intro = models.TextField(_("introduction"), max_length=5000, blank=True)
    hide_expired = models.BooleanField(_("hide expired badges"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return self.title


class EntryManager(models.Manager["Entry"]):
    """Leaves out entries of badges that their owner has put aside: they are on no page while
    that can be taken back, and in their old place once it is."""

    def get_queryset(self) -> models.QuerySet[Entry]:
        return super().get_queryset().filter(badge__added_at__isnull=False)


class Entry(models.Model):
    """One badge on one page, in its place, with what its owner says of it."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="entries")
    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    note = models.CharField(_("your note"), max_length=500, blank=True)

    objects = EntryManager()

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["page", "badge"], name="entry_badge_once_per_page")
        ]

    def __str__(self) -> str:
        return f"{self.page} / {self.badge}"
