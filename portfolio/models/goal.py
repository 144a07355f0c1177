"""What a learner says of their skills without a badge, and what they work towards.

A skill stands here under its key and the name it had, and not as a reference to its row: staff may
merge rows, and learners may use words that are in no list. Who reads it looks the key up.
"""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class OwnSkillQuerySet(models.QuerySet["OwnSkill"]):
    """Whose."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)


class OwnSkill(models.Model):
    """A skill that its holder claims, or would like to have. No badge stands behind it."""

    class Kind(models.TextChoices):
        """Which of the two."""

        CLAIMED = "claimed", _("I can do this")
        WANTED = "wanted", _("I want to learn this")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="own_skills"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=64, editable=False)
    name = models.CharField(_("name"), max_length=200)
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    objects = OwnSkillQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="own_skill_once")]

    def __str__(self) -> str:
        return self.name


class GoalQuerySet(models.QuerySet["Goal"]):
    """Whose goals."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)


class Goal(models.Model):
    """A role or job that somebody works towards: a list of skills with a name.

    Of an advert only the skills are kept: its text is somebody else's.
    """

    class Origin(models.TextChoices):
        """Where its skills came from."""

        ROLE = "role", _("a role")
        ADVERT = "advert", _("a job advert")
        LIST = "list", _("your own list")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="goals"
    )
    title = models.CharField(_("title"), max_length=160)
    origin = models.CharField(_("made from"), max_length=10, choices=Origin.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = GoalQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title


class GoalSkill(models.Model):
    """One skill of a goal, in its place."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="skills")
    key = models.CharField(max_length=64, editable=False)
    name = models.CharField(_("name"), max_length=200)
    nice = models.BooleanField(_("nice to have"), default=False)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["goal", "key"], name="goal_skill_once")]

    def __str__(self) -> str:
        return self.name
