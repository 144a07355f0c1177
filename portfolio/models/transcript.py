"""Transcripts: dated documents of a page, with the code that is printed on them."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models import Work, WorkQuerySet
from portfolio.models.link import ShareLink
from portfolio.models.page import Page
from portfolio.models.signer import Signer


class TranscriptQuerySet(WorkQuerySet):
    """Whose documents."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def answering(self) -> Self:
        """Those whose code opens something: made, and neither the owner nor their link says no."""
        return self.filter(state=Work.State.DONE, link__withdrawn_at=None, owner__is_active=True)


class Transcript(Work):
    """A dated PDF of a page, or of all badges of its owner where it has none.

    `snapshot` is what it said that day; `code` is printed on it.
    """

    class Paper(models.TextChoices):
        A4 = "A4", "A4"
        LETTER = "letter", "Letter"

    class Step(models.TextChoices):
        READING = "reading", _("reading the badges")
        SETTING = "setting", _("setting the pages")
        SIGNING = "signing", _("signing")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="transcripts")
    page = models.ForeignKey(
        Page, on_delete=models.CASCADE, related_name="transcripts", null=True, blank=True
    )
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
    language = models.CharField(_("language"), max_length=12, default="en")
    full_detail = models.BooleanField(_("full details"), default=True)
    skills_table = models.BooleanField(_("skills"), default=True)
    evidence = models.BooleanField(_("evidence"), default=True)
    mark_unverified = models.BooleanField(_("unverified badges marked"), default=True)
    originals = models.BooleanField(_("original credentials inside"), default=False)
    mail_when_ready = models.BooleanField(_("mail when ready"), default=False)
    step = models.CharField(max_length=10, choices=Step.choices, blank=True, editable=False)
    pages_count = models.PositiveIntegerField(_("pages"), default=0, editable=False)
    size = models.PositiveIntegerField(_("bytes"), default=0, editable=False)
    signer = models.ForeignKey(
        Signer, on_delete=models.PROTECT, null=True, blank=True, related_name="transcripts"
    )
    # What the page said when the document was asked for: readers who ask again while nothing has
    # changed get the document that is there.
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    snapshot = models.JSONField(default=dict, blank=True, editable=False)
    file = models.FileField(max_length=200, blank=True)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True, db_index=True)
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
    def title(self) -> str:
        """What it is of, for its owner's lists."""
        return self.page.title if self.page else _now("All badges")

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.DONE and bool(self.file)
