"""Handles: the short public address that a person may choose, and may give up again."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from portfolio.models.link import ShareLink


class HandleQuerySet(models.QuerySet["Handle"]):
    """Whose, and which lead somewhere."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def held(self) -> Self:
        return self.filter(released_at=None)

    def leading(self, now: datetime) -> Self:
        """To a link that opens. Off, released and withdrawn are one and the same."""
        return self.held().filter(link__in=ShareLink.objects.live(now))


class Handle(models.Model):
    """A name in the address /p/<name>, and the link that it leads to, if it leads anywhere.

    A name that was given up stays for a while, so that nobody else can pose behind an address
    that is printed on somebody's application.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="handles"
    )
    name = models.CharField(_("public name"), max_length=30, unique=True)
    link = models.OneToOneField(
        ShareLink, on_delete=models.SET_NULL, null=True, blank=True, related_name="handle"
    )
    taken_at = models.DateTimeField(_("taken"))
    released_at = models.DateTimeField(_("given up"), null=True, blank=True)

    objects = HandleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(released_at=None), name="handle_one_held_per_owner"
            )
        ]

    def __str__(self) -> str:
        return self.name
