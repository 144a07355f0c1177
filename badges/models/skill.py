"""Skills, the names and addresses that lead to them, and what ties them to a badge."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Of a name, its key is made from this form. Signs stay: C, C++ and C# are three things.
DASHES = re.compile(r"[\s_\u00ad\u2010-\u2015\u2212-]+")
QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'"})
NAMESPACE = uuid.UUID("5d3c9a52-6c0f-4c55-9d0f-0f5b1f2c7e61")


def folded(name: str) -> str:
    """A name without case, and with one space for each run of spaces and dashes."""
    text = unicodedata.normalize("NFKC", name).translate(QUOTES).casefold()
    return DASHES.sub(" ", text).strip()


class Skill(models.Model):
    """Known by its address in a framework, or by its name where no framework is given.

    `curated` ones are kept by this site's staff, or came with Laurel: they are suggested where a
    badge's name speaks of them, and lists that are loaded do not rename them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    description = models.CharField(_("in a sentence"), max_length=300, blank=True)
    url = models.TextField(_("address in a framework"), blank=True)
    framework = models.CharField(_("framework"), max_length=200, blank=True)
    curated = models.BooleanField(
        _("kept by hand"),
        default=False,
        help_text=_("Suggested by name, and left as it is when lists are loaded."),
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def key_of(url: str, name: str) -> str:
        """Under which a skill, and each of its aliases, is found."""
        text = url.strip() or f"name:{folded(name)}"
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

    @staticmethod
    def id_of(key: str) -> uuid.UUID:
        """The id of a new skill. From its key, so that two workers who make it make one row."""
        return uuid.uuid5(NAMESPACE, key)


class SkillAlias(models.Model):
    """Another way to a skill: a name in some language, or an address in some framework.

    A name may lead to several skills; which is meant is decided where it is met, or nowhere.
    """

    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="aliases")
    key = models.CharField(max_length=64, editable=False)
    text = models.CharField(_("name or address"), max_length=500)
    language = models.CharField(
        _("language"), max_length=10, blank=True, help_text=_("Such as en or de.")
    )
    preferred = models.BooleanField(_("main name"), default=False)

    class Meta:
        ordering = ["language", "-preferred", "text"]
        verbose_name_plural = _("aliases")
        constraints = [
            models.UniqueConstraint(fields=["key", "language", "skill"], name="alias_once")
        ]

    def __str__(self) -> str:
        return self.text


class How(models.TextChoices):
    """How a badge came by a skill."""

    IDENTIFIER = "identifier", _("its issuer points at it")
    ALIAS = "alias", _("its issuer names it")
    NAMED = "named", _("its issuer calls it so")
    CONFIRMED = "confirmed", _("added by its holder")


class BadgeSkill(models.Model):
    """One skill of one badge. All of them together are `Badge.skills`."""

    badge = models.ForeignKey("badges.Badge", on_delete=models.CASCADE, related_name="skill_links")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="links")
    how = models.CharField(max_length=10, choices=How.choices, default=How.NAMED)

    class Meta:
        db_table = "badges_badge_skills"  # it began as Django's own table of the relation
        unique_together = [("badge", "skill")]

    def __str__(self) -> str:
        return f"{self.badge_id} {self.skill_id} {self.how}"


class DeclinedSkill(models.Model):
    """A skill that a badge's holder does not want it to show. Never suggested for it again."""

    badge = models.ForeignKey(
        "badges.Badge", on_delete=models.CASCADE, related_name="declined_skills"
    )
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="declined")
    declined_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["badge", "skill"], name="declined_once")]

    def __str__(self) -> str:
        return f"{self.badge_id} {self.skill_id}"
