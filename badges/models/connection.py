"""Accounts elsewhere that a learner has connected, and the providers where they are."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models.source import Source


class Provider(models.Model):
    """A site that lets its people connect their accounts, and what this site is called there.

    Shared by everybody here. Anybody may bring in a provider and call it what they like, so its
    `name` proves nothing: `host` is shown beside it, no picture of its own is shown, and only
    staff put it (`listed`) where those who did not ask for it will see it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=40)  # the reader's name in badges.sources
    host = models.CharField(_("host"), max_length=260)
    base = models.CharField(_("address of its API"), max_length=500)
    found_at = models.TextField(_("described at"))
    name = models.CharField(_("name"), max_length=100)
    terms_url = models.TextField(blank=True)
    privacy_url = models.TextField(blank=True)
    # registration, authorization, token, refresh, revocation: checked when they were found
    endpoints = models.JSONField(default=dict)
    scopes = models.JSONField(default=list)
    listed = models.BooleanField(_("shown to everybody"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Our registration there. The secret is sealed under this row.
    client_id = models.CharField(max_length=4096, blank=True, editable=False)
    sealed_secret = models.TextField(blank=True, editable=False)
    secret_ends_at = models.DateTimeField(null=True, blank=True)
    redirect_uri = models.TextField(blank=True)
    registered_at = models.DateTimeField(_("registered"), null=True, blank=True)

    class Meta:
        ordering = ["name", "host"]
        constraints = [models.UniqueConstraint(fields=["kind", "base"], name="provider_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.host})"

    def is_registered(self, redirect_uri: str, now: datetime) -> bool:
        """Whether what we are called there still holds, for people sent back to this address."""
        ended = self.secret_ends_at is not None and self.secret_ends_at <= now
        return bool(self.client_id) and self.redirect_uri == redirect_uri and not ended


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Whose connections."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)


class Connection(models.Model):
    """A learner's account at a provider. The keys to it are sealed under this row.

    A refresh token may be used once, so of two workers only one may use it: whoever raises
    `renewals` holds the right to until `renewing_until`, and stores only while the number stands.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connections"
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="connections")
    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="connection")
    sealed_access = models.TextField(editable=False)
    sealed_refresh = models.TextField(blank=True, editable=False)
    scopes = models.JSONField(default=list)
    connected_at = models.DateTimeField(_("connected"))
    expires_at = models.DateTimeField(_("key good until"), null=True, blank=True)
    renewals = models.PositiveIntegerField(default=0)
    renewing_until = models.DateTimeField(null=True, blank=True)
    # Since when the provider does not let us in any more.
    lapsed_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # The newest look that came to its end, and the newest one at everything.
    since = models.DateTimeField(_("looked at up to"), null=True, blank=True)
    whole_at = models.DateTimeField(_("looked at as a whole"), null=True, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["-connected_at"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "provider"], name="connection_once_per_owner")
        ]

    def __str__(self) -> str:
        return str(self.provider)


class ConnectionRequest(models.Model):
    """Somebody who has been sent to a provider and is not back yet.

    Found by the digest of the `state` that goes with them, good once, for a few minutes, and for
    the very person who was sent. The code verifier is sealed under this row.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connection_requests"
    )
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="requests")
    sealed_verifier = models.TextField(editable=False)
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest[:12]
