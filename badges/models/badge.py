"""A badge as it arrived, what was read from it, and every check of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models.issuer import Issuer
from badges.models.skill import Skill
from badges.models.source import Source
from badges.openbadges.report import Report


class Result(models.TextChoices):
    """What the newest check said: the core's values, and one that it tells by its finding."""

    VALID = "valid", _("Valid")
    INVALID = "invalid", _("Not valid")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
    SUSPENDED = "suspended", _("Suspended")
    NOT_YET_VALID = "not_yet_valid", _("Not valid yet")
    UNKNOWN = "unknown", _("Could not be checked")
    UNSIGNED = "unsigned", _("Not signed")
    UNREADABLE = "unreadable", _("Unreadable")

    @classmethod
    def of(cls, report: Report) -> Result:
        """What a report comes to. To a learner it is not one thing whether a badge is taken back
        or only put aside for a time."""
        return cls.SUSPENDED if report.is_suspended else cls(report.result.value)


class Trust(models.TextChoices):
    """The trust ladder, highest rung first: what a badge's word rests on."""

    SIGNED = "signed", _("Signature checked")
    HOSTED = "hosted", _("Checked with the issuing platform")
    EXPORT = "export", _("Stated by a platform's export")
    STATED = "stated", _("Stated by the learner")
    NONE = "none", _("Could not be checked")


class Recipient(models.TextChoices):
    """Whether the badge names its owner, by an address that they have verified."""

    OWNER = "owner", _("Issued to one of your verified addresses")
    OTHER = "other", _("Issued to an address that is not verified here")
    UNNAMED = "unnamed", _("Names nobody that can be compared")


class Basis(models.TextChoices):
    """What stands behind a badge's words when nothing in it can be checked."""

    DOCUMENT = "document", _("the credential itself")
    PLATFORM = "platform", _("what its platform answered")
    PAGE = "page", _("what a page of its platform says")
    EXPORT = "export", _("a platform's export")
    LEARNER = "learner", _("its holder's word")


class Original(models.Model):
    """Bytes exactly as they came, under their digest. Never edited, never re-encoded."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="originals"
    )
    digest = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveIntegerField(_("bytes"))
    name = models.CharField(_("name as given"), max_length=300, blank=True)
    file = models.FileField(max_length=200)
    received_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "digest"], name="original_once_per_owner")
        ]

    def __str__(self) -> str:
        return self.name or self.digest[:12]


class Picture(models.Model):
    """A badge's image made safe to show: decoded, shrunk and encoded again by us."""

    digest = models.CharField(_("SHA-256 of the source"), max_length=64, primary_key=True)
    source = models.FileField(
        max_length=200,
        blank=True,
        help_text=_("The image as fetched; empty when it came inside an uploaded file."),
    )
    large = models.FileField(max_length=200)
    small = models.FileField(max_length=200)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.digest[:12]


def in_state(result: str, now: datetime) -> Q:
    """The state that a reader sees, which time may have changed since the last check."""
    over = Q(expires_at__isnull=False, expires_at__lte=now)
    if result == Result.EXPIRED:
        stands = Q(result__in=[Result.VALID, Result.UNKNOWN, Result.UNSIGNED])
        return Q(result=Result.EXPIRED) | (over & stands)
    if result in {Result.VALID, Result.UNKNOWN, Result.UNSIGNED}:
        return Q(result=result) & ~over
    return Q(result=result)


class BadgeQuerySet(models.QuerySet["Badge"]):
    """Which badges: whose, in which state, due for a check."""

    def owned_by(self, user: User) -> Self:
        """The badges in somebody's backpack: not those that an import only offers them."""
        return self.filter(owner=user, added_at__isnull=False)

    def offered_to(self, user: User) -> Self:
        """Found by an import and checked, and not yet added by their owner."""
        return self.filter(owner=user, added_at=None)

    def held(self) -> Self:
        """Locked until the transaction ends, in one order, so that two who want some of the same
        rows wait for each other. Whoever reads a row to write it back must hold it: else what
        somebody else wrote in between, its owner's yes to it for one, is undone."""
        return self.select_for_update(of=("self",)).order_by("pk")

    def for_display(self) -> Self:
        return self.select_related("issuer", "picture").defer("document")

    def in_state(self, result: str, now: datetime) -> Self:
        return self.filter(in_state(result, now))

    def matching(self, words: str) -> Self:
        """Badges in whose name, description or issuer every word stands."""
        found = self
        for word in words.split()[:8]:
            found = found.filter(
                Q(name__icontains=word)
                | Q(description__icontains=word)
                | Q(issuer__name__icontains=word)
                | Q(skills__name__icontains=word)
            )
        return found.distinct()

    def due(self, now: datetime) -> Self:
        """Whose next check has come, and that no worker is at.

        An address confirmed or given up since may make the badge its owner's, or no longer so.
        That alone makes one due that an import only offers: its owner is about to choose.
        """
        moved = Q(owner__addresses_changed_at__gt=F("checked_at"))
        return (
            self.filter(Q(check_lease_until=None) | Q(check_lease_until__lt=now))
            .filter(Q(next_check_at__lte=now, added_at__isnull=False) | moved)
            .exclude(document=b"")
            .order_by("next_check_at")
        )


class Badge(models.Model):
    """One credential of one learner.

    `document` is the credential's own bytes and the truth; the columns below it are read from
    it by the core and can be rebuilt with `manage.py reread`. `result`, `trust` and `recipient`
    repeat the newest Verification row, so that a list needs no join.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="badges"
    )
    # What makes two credentials the same one: see openbadges.parse.identity_key.
    identity = models.CharField(max_length=255, editable=False)
    original = models.ForeignKey(
        Original, on_delete=models.PROTECT, null=True, blank=True, related_name="badges"
    )
    document = models.BinaryField(blank=True, default=b"")
    # What its holder shows for a badge that they state themselves.
    evidence_file = models.ForeignKey(
        Original, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence_of"
    )
    source_url = models.TextField(_("came from"), blank=True)
    # None while an import offers it and its owner has not said yes.
    added_at = models.DateTimeField(
        _("added"), default=timezone.now, null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    source = models.ForeignKey(
        Source, on_delete=models.SET_NULL, null=True, blank=True, related_name="badges"
    )
    # Since when its source does not list it any more.
    unlisted_at = models.DateTimeField(null=True, blank=True)
    basis = models.CharField(
        _("rests on"), max_length=10, choices=Basis.choices, default=Basis.DOCUMENT
    )
    stated_by = models.CharField(
        _("stated by"), max_length=200, blank=True, help_text=_("The platform, by its name.")
    )
    seen_at = models.DateTimeField(_("seen there"), null=True, blank=True)

    # Read from the document.
    version = models.CharField(_("Open Badges version"), max_length=10, blank=True)
    format = models.CharField(_("format"), max_length=10, blank=True)
    credential_id = models.TextField(blank=True)
    name = models.TextField(_("name"))
    description = models.TextField(_("description"), blank=True)
    criteria_text = models.TextField(_("what had to be done"), blank=True)
    criteria_url = models.TextField(blank=True)
    achievement_type = models.CharField(_("kind"), max_length=100, blank=True)
    issuer = models.ForeignKey(
        Issuer, on_delete=models.PROTECT, null=True, blank=True, related_name="badges"
    )
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    evidence = models.JSONField(default=list, blank=True)
    alignments = models.JSONField(default=list, blank=True)
    skills = models.ManyToManyField(
        Skill, through="badges.BadgeSkill", related_name="badges", blank=True
    )
    image_url = models.TextField(blank=True)
    picture = models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="badges"
    )

    # The newest check, repeated.
    result = models.CharField(
        _("result"), max_length=16, choices=Result.choices, default=Result.UNKNOWN
    )
    trust = models.CharField(_("trust"), max_length=10, choices=Trust.choices, default=Trust.NONE)
    recipient = models.CharField(
        _("recipient"), max_length=10, choices=Recipient.choices, default=Recipient.UNNAMED
    )
    host = models.CharField(_("checked with"), max_length=300, blank=True)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    unknown_since = models.DateTimeField(null=True, blank=True)

    # The schedule: the badge is its own row of work.
    next_check_at = models.DateTimeField(null=True, blank=True, db_index=True)
    check_lease_until = models.DateTimeField(null=True, blank=True)
    check_attempts = models.PositiveSmallIntegerField(default=0)

    objects = BadgeQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-added_at"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "identity"], name="badge_once_per_owner")
        ]
        indexes = [
            models.Index(fields=["owner", "-issued_at"], name="badges_of_owner"),
        ]

    def __str__(self) -> str:
        return self.name

    def state(self, now: datetime) -> Result:
        """The state a reader should see: a date that has passed needs no new check to be true."""
        result = Result(self.result)
        stands = result in {Result.VALID, Result.UNKNOWN, Result.UNSIGNED}
        if stands and self.expires_at is not None and self.expires_at <= now:
            return Result.EXPIRED
        return result

    def is_verified(self, now: datetime) -> bool:
        """Counted in "n of m verified": proven, in force, and issued to this very person."""
        return (
            self.state(now) == Result.VALID
            and self.trust in {Trust.SIGNED, Trust.HOSTED}
            and self.recipient == Recipient.OWNER
        )

    def is_being_checked(self, now: datetime) -> bool:
        return self.next_check_at is not None and self.next_check_at <= now


class SupportingDocument(models.Model):
    """A document that a check fetched: class, issuer, key or status list.

    Kept so that the badge still reads, and what was seen can still be shown, when its issuer's
    site is gone.
    """

    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="supporting")
    url = models.TextField()
    url_digest = models.CharField(max_length=64, editable=False)
    content_type = models.CharField(max_length=200, blank=True)
    body = models.BinaryField()
    fetched_at = models.DateTimeField()
    imported = models.BooleanField(
        _("brought along"), default=False, help_text=_("From an export: not fetched here.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["badge", "url_digest"], name="supporting_once")
        ]

    def __str__(self) -> str:
        return self.url


class VerificationQuerySet(models.QuerySet["Verification"]):
    """Whose checks."""

    def own(self) -> Self:
        """Made here. What an export brought along may have been written by anybody."""
        return self.filter(imported=False)


class Verification(models.Model):
    """One check of one badge on one day, finding by finding. Written once, never changed.

    What a badge counts for rests on the checks that are `own()`; the others are its history.
    """

    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="verifications")
    checked_at = models.DateTimeField(_("checked"))
    result = models.CharField(_("result"), max_length=16, choices=Result.choices)
    trust = models.CharField(_("trust"), max_length=10, choices=Trust.choices)
    findings = models.JSONField(_("findings"), default=list)
    parts = models.JSONField(
        _("what is inside"),
        default=list,
        blank=True,
        help_text=_("Endorsements and the badges of a record, each with its own checks."),
    )
    host = models.CharField(_("checked with"), max_length=300, blank=True)
    imported = models.BooleanField(
        _("brought along"), default=False, help_text=_("From an export: not checked here.")
    )

    objects = VerificationQuerySet.as_manager()

    class Meta:
        ordering = ["-checked_at", "-id"]
        indexes = [models.Index(fields=["badge", "-checked_at"], name="checks_of_badge")]

    def __str__(self) -> str:
        return f"{self.get_result_display()} {self.checked_at:%Y-%m-%d}"
