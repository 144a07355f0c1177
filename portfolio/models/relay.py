"""The relay: what somebody without an account and a learner write to each other through the site.

Neither sees the other's address, unless the learner chooses to show theirs.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models import Work, WorkQuerySet


class Sender(models.Model):
    """An address from which people in the directory are written to. Staff may close it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Without what stands behind a plus: one mailbox is one sender, however it spells itself.
    key = models.CharField(max_length=254, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.key


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Whose, and which have begun."""

    def owned_by(self, user: User) -> Self:
        """What has reached this learner: its sender's address was proven."""
        return self.filter(owner=user, proven_at__isnull=False, deleted_at=None)

    def unproven(self) -> Self:
        return self.filter(proven_at=None)


class Conversation(models.Model):
    """One sender and one learner. It begins once the sender has opened the link mailed to them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations"
    )
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="conversations")
    sender_email = models.EmailField(_("address"), max_length=254)
    sender_name = models.CharField(_("name"), max_length=100)
    organisation = models.CharField(_("organisation"), max_length=120, blank=True)
    # What the listing showed when it was written to: a name hidden then stays hidden.
    shown_as = models.CharField(max_length=200)
    language = models.CharField(max_length=10, blank=True, editable=False)  # the sender's
    # Of the key in the sender's mails. The first proves the address and works once.
    proof_digest = models.CharField(max_length=64, unique=True, editable=False)
    reply_digest = models.CharField(max_length=64, unique=True, editable=False)
    sealed_reply = models.TextField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    proven_at = models.DateTimeField(_("address proven"), null=True, blank=True)
    last_at = models.DateTimeField(default=timezone.now, editable=False)
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True)
    reported_at = models.DateTimeField(_("reported"), null=True, blank=True)
    # By its learner, who will not see it again: the block outlives it.
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at"]
        indexes = [models.Index(fields=["owner", "-last_at"], name="conversations_of_owner")]

    def __str__(self) -> str:
        return self.sender_name

    @property
    def who(self) -> str:
        """The sender, as they name themselves."""
        if not self.organisation:
            return self.sender_name
        return f"{self.sender_name} ({self.organisation})"

    @property
    def is_new(self) -> bool:
        return self.seen_at is None or self.seen_at < self.last_at


class MessageQuerySet(WorkQuerySet):
    """Which are to be mailed."""

    def waiting(self, now: datetime) -> Self:
        """Never before the sender's address is proven."""
        return super().waiting(now).filter(conversation__proven_at__isnull=False)


class Message(Work):
    """One message of a conversation, and the work of mailing it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages"
    )
    to_learner = models.BooleanField(default=True)
    text = models.TextField()
    # The learner's own address, in an answer by which they chose to show it.
    reply_to = models.EmailField(max_length=254, blank=True)

    objects: Any = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["state", "lease_until"], name="message_waiting")]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.created_at:%Y-%m-%d}"
