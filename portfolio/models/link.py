"""Share links: doors to one page, each with an end and a password of its own."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Max, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from portfolio.models.page import Page


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    """Whose links, and which still open."""

    def owned_by(self, user: User) -> Self:
        return self.filter(page__owner=user)

    def live(self, now: datetime) -> Self:
        return self.filter(
            Q(ends_at=None) | Q(ends_at__gt=now), withdrawn_at=None, page__owner__is_active=True
        )

    def counted(self) -> Self:
        """With how often each was `opened`, and on which day `last`."""
        return self.annotate(opened=Sum("openings__times"), last=Max("openings__day"))


class ShareLink(models.Model):
    """A door to one page, for as long as its owner wants. The token is kept as a digest."""

    class Visibility(models.TextChoices):
        UNLISTED = "unlisted", _("Only people with the link")
        PUBLIC = "public", _("Public, search engines may list it")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="links")
    label = models.CharField(
        _("label"), max_length=120, help_text=_("For you alone: who is it for?")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    sealed_token = models.TextField(
        editable=False, help_text=_("The token, encrypted, so that its owner can copy it again.")
    )
    visibility = models.CharField(
        _("who may find it"),
        max_length=10,
        choices=Visibility.choices,
        default=Visibility.UNLISTED,
    )
    name_shown = models.CharField(
        _("name shown"),
        max_length=200,
        blank=True,
        help_text=_("Leave empty to show the name of your profile."),
    )
    password = models.CharField(max_length=200, blank=True, editable=False)
    ends_at = models.DateTimeField(_("ends on"), null=True, blank=True)
    pdf_allowed = models.BooleanField(_("readers may take a PDF"), default=True)
    originals_allowed = models.BooleanField(
        _("readers may take the originals"),
        default=False,
        help_text=_("An original may name its holder, by e-mail address as well."),
    )
    # Off: what the page shows, as it shows it. On: the badges in `choices`, and none without one.
    own_choice = models.BooleanField(_("shows a choice of its own"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.label

    @property
    def is_locked(self) -> bool:
        return bool(self.password)

    def is_live(self, now: datetime) -> bool:
        return self.withdrawn_at is None and (self.ends_at is None or self.ends_at > now)
