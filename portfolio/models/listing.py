"""Listings: what the directory says of a learner who wants to be found, and how it is found."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models import Skill
from portfolio.models.link import ShareLink
from portfolio.models.page import Page


class OpenTo(models.TextChoices):
    """What a learner would like to hear of."""

    WORK = "work", _("A job")
    INTERNSHIP = "internship", _("An internship")
    APPRENTICESHIP = "apprenticeship", _("An apprenticeship")
    STUDIES = "studies", _("Studies or training")
    PROJECTS = "projects", _("Projects and freelance work")
    VOLUNTEERING = "volunteering", _("Volunteering")


class ListingQuerySet(models.QuerySet["Listing"]):
    """Whose, and which can be found."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def found(self) -> Self:
        """Those that anybody may see at this moment."""
        return self.filter(listed=True, owner__is_active=True)

    def due(self, now: datetime) -> Self:
        """Those whose rows should be made anew, what waited longest first."""
        return self.filter(listed=True, refresh_at__lte=now).order_by("refresh_at")


class Listing(models.Model):
    """How one learner appears in the directory. Nobody does until they have said so."""

    class Name(models.TextChoices):
        INITIALS = "initials", _("My initials")
        FULL = "full", _("My name")

    # What the search counts by. Addresses carry the other one, which cannot be counted through.
    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="listing"
    )
    listed = models.BooleanField(_("in the directory"), default=False)
    headline = models.CharField(_("headline"), max_length=120)
    place = models.CharField(_("place"), max_length=80, blank=True)
    open_to = models.JSONField(_("open to"), default=list, blank=True)
    name_shown = models.CharField(
        _("name shown"), max_length=10, choices=Name.choices, default=Name.INITIALS
    )
    page = models.ForeignKey(
        Page, on_delete=models.SET_NULL, null=True, blank=True, related_name="listings"
    )
    # The door to that page, made when the listing appears and closed when it pauses.
    link = models.ForeignKey(
        ShareLink, on_delete=models.SET_NULL, null=True, blank=True, related_name="listings"
    )
    stated_too = models.BooleanField(_("with skills that nothing proves"), default=False)
    indexed = models.BooleanField(_("search engines may show it"), default=False)
    hidden_skills = models.ManyToManyField(Skill, blank=True, related_name="+")
    of_age_at = models.DateTimeField(_("said to be of age"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    listed_at = models.DateTimeField(_("last appeared"), null=True, blank=True)

    # The rows below it, made anew now and then.
    proven_badges = models.PositiveIntegerField(default=0, editable=False)
    refresh_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)

    objects = ListingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-proven_badges", "-id"], name="listings_by_badges")]

    def __str__(self) -> str:
        return self.headline


class ListedSkill(models.Model):
    """One skill under which a listing is found. There are none while it is paused.

    `verified` finds and ranks, and is never shown: what a reader sees is counted at that moment.
    """

    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="skills", db_index=False
    )
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="+", db_index=False)
    verified = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "skill"], name="listed_skill_once")
        ]
        # Whole rows in the index: the search reads nothing else.
        indexes = [
            models.Index(fields=["skill", "listing", "verified"], name="listed_skill_search")
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.skill_id} {self.verified}"


class ListedWord(models.Model):
    """One word under which a listing is found, with the column it is from, as in `place:lisbon`.

    Rows, so that both databases answer alike and as fast.
    """

    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="words", db_index=False
    )
    word = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "word"], name="listed_word_once")]
        # On PostgreSQL, a prefix is only looked up in an index of this class.
        indexes = [
            models.Index(
                fields=["word", "listing"],
                name="listed_word_search",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.word}"
