"""What a learner dropped into the box, and what became of each piece."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models.badge import Badge, Original
from badges.models.source import Source
from badges.models.work import Work, WorkQuerySet


class ImportJobQuerySet(WorkQuerySet):
    """Whose imports."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)


class ImportJob(Work):
    """One visit to the import box, or one look at a source.

    First everything is looked at; then its owner chooses what to add. A job that `adds` does
    both at once: a script's, or that of a source whose new badges are wanted unasked.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="import_jobs"
    )
    source = models.ForeignKey(
        Source, on_delete=models.SET_NULL, null=True, blank=True, related_name="looks"
    )
    adds = models.BooleanField(_("adds without asking"), default=False)
    # Whoever presses a button wants to know how things are now, not an hour ago.
    anew = models.BooleanField(_("asks anew"), default=False)
    accepted_at = models.DateTimeField(_("added"), null=True, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    UNDO = timedelta(days=1)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "lease_until"], name="import_waiting"),
            models.Index(fields=["owner", "-created_at"], name="imports_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{_('Import of')} {self.created_at:%Y-%m-%d %H:%M}"

    def is_put_off(self, now: datetime) -> bool:
        """Whether all that is left waits for a site that asked us to come back later."""
        return self.state == self.State.QUEUED and self.run_after > now

    def can_be_undone(self, now: datetime) -> bool:
        """For a day, whatever an import added can be taken back at once."""
        return (
            self.accepted_at is not None
            and self.undone_at is None
            and now < self.accepted_at + self.UNDO
        )


class ImportItem(models.Model):
    """One thing that was brought or found, and what became of it.

    A link to a profile, an archive or an export is `opened`: what was found in it follows as
    items of their own, each under the source's own `key`, so that a second try finds them again.
    """

    class Kind(models.TextChoices):
        FILE = "file", _("file")
        TEXT = "text", _("pasted text")
        URL = "url", _("link")
        FOUND = "found", _("found at a source")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        OPENED = "opened", _("opened")
        OFFERED = "offered", _("new")
        CHANGED = "changed", _("changed since")
        ADDED = "added", _("added")
        ALREADY = "already", _("already here")
        REFUSED = "refused", _("not added")
        SKIPPED = "skipped", _("left out")
        UNDONE = "undone", _("taken back")
        LEFT_OUT = "left_out", _("left out earlier")

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="items")
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    label = models.CharField(max_length=300, help_text=_("File name or address as given."))
    # What it was recognised as: who reads it, and what that reader needs to know.
    reader = models.CharField(max_length=40, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    words = models.CharField(max_length=300, blank=True)
    lasting = models.BooleanField(default=False)
    # Where it is: an address, bytes, another site's page, or only what a platform states.
    key = models.CharField(max_length=300, null=True, blank=True)  # noqa: DJ001 - unique unless none
    url = models.TextField(blank=True)
    elsewhere = models.TextField(blank=True)
    statement = models.JSONField(null=True, blank=True)
    original = models.ForeignKey(
        Original, on_delete=models.PROTECT, null=True, blank=True, related_name="import_items"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    put_off = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(default=False)
    changes = models.JSONField(default=list, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    can_retry = models.BooleanField(default=False)
    badge = models.ForeignKey(
        Badge, on_delete=models.SET_NULL, null=True, blank=True, related_name="import_items"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["job", "position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="import_item_position"),
            models.UniqueConstraint(fields=["job", "key"], name="import_item_found_once"),
        ]
        indexes = [models.Index(fields=["job", "state"], name="items_of_import")]

    def __str__(self) -> str:
        return self.label
