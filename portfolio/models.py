"""What the world sees, on pages, by links, in dated documents; and how all of it is taken along."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models import Badge, ImportItem, Work, WorkQuerySet


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


class Entry(models.Model):
    """One badge on one page, in its place, with what its owner says of it."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="entries")
    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    note = models.CharField(_("your note"), max_length=500, blank=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["page", "badge"], name="entry_badge_once_per_page")
        ]

    def __str__(self) -> str:
        return f"{self.page} / {self.badge}"


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    """Whose links, and which still open."""

    def owned_by(self, user: User) -> Self:
        return self.filter(page__owner=user)

    def live(self, now: datetime) -> Self:
        return self.filter(
            Q(ends_at=None) | Q(ends_at__gt=now), withdrawn_at=None, page__owner__is_active=True
        )


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


class TranscriptQuerySet(WorkQuerySet):
    """Whose documents."""

    def owned_by(self, user: User) -> Self:
        return self.filter(page__owner=user)


class Transcript(Work):
    """A dated PDF of a page. `snapshot` is what it said that day; `code` is printed on it."""

    class Paper(models.TextChoices):
        A4 = "A4", "A4"
        LETTER = "letter", "Letter"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="transcripts")
    link = models.ForeignKey(
        ShareLink,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="transcripts",
        help_text=_("The link through which a reader asked, or none when its owner did."),
    )
    code = models.CharField(max_length=20, unique=True, editable=False)
    paper = models.CharField(_("paper"), max_length=10, choices=Paper.choices, default=Paper.A4)
    full_detail = models.BooleanField(_("full details"), default=True)
    # What the page said when the document was asked for: readers who ask again while nothing has
    # changed get the document that is there.
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    snapshot = models.JSONField(default=dict, blank=True, editable=False)
    file = models.FileField(max_length=200, blank=True)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True)
    error = models.CharField(max_length=500, blank=True)

    objects = TranscriptQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "lease_until"], name="transcript_waiting")]

    def __str__(self) -> str:
        return self.code_shown

    @property
    def code_shown(self) -> str:
        """The code as it is printed: in groups that a person can copy."""
        return "-".join(self.code[start : start + 5] for start in range(0, len(self.code), 5))

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.DONE and bool(self.file)


class ExportQuerySet(WorkQuerySet):
    """Whose exports, and which must go."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def over(self, now: datetime) -> Self:
        return self.filter(expires_at__lte=now).exclude(files=[])


class Export(Work):
    """Everything of one learner to take along: badges, pages, notes and history.

    Mostly one file; a large backpack is several, none larger than an import takes. `files` is a
    list of {"name", "digest", "size"}. They are there for a week; the row stays, so that its page
    can say what became of it.
    """

    class Status(models.TextChoices):
        """What its owner sees."""

        WORKING = "working", _("being packed")
        READY = "ready", _("ready")
        FAILED = "failed", _("not made")
        EXPIRED = "expired", _("deleted after a week")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports"
    )
    files = models.JSONField(_("files"), default=list, blank=True)
    badges = models.PositiveIntegerField(_("badges"), default=0)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    damaged = models.PositiveIntegerField(_("files that could not be read"), default=0)
    expires_at = models.DateTimeField(_("deleted on"), null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "lease_until"], name="export_waiting")]

    def __str__(self) -> str:
        return f"{_('Export of')} {self.created_at:%Y-%m-%d}"

    def status(self, now: datetime) -> Status:
        if not self.is_over:
            return self.Status.WORKING
        if self.state == self.State.FAILED:
            return self.Status.FAILED
        gone = not self.files or self.expires_at is None or self.expires_at <= now
        return self.Status.EXPIRED if gone else self.Status.READY


class RestorationQuerySet(WorkQuerySet):
    """Whose."""

    def owned_by(self, user: User) -> Self:
        return self.filter(item__job__owner=user)


class Restoration(Work):
    """Bringing back what an export holds beside its badges, once these have been added.

    `made` names the pages and sources that it made, so that an import which is taken back takes
    them along.
    """

    item = models.OneToOneField(ImportItem, on_delete=models.CASCADE, related_name="restoration")
    made = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    objects = RestorationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "lease_until"], name="restoration_waiting")]

    def __str__(self) -> str:
        return f"{_('Restoration of')} {self.created_at:%Y-%m-%d}"
