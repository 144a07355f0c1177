"""Issuers that this site's staff has looked at, and the names under which they are known."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def today() -> date:
    return timezone.localdate()


class KnownIssuerQuerySet(models.QuerySet["KnownIssuer"]):
    """Which entries count on a day."""

    def current(self, day: date) -> Self:
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gte=day), withdrawn=False, added_on__lte=day
        )


class KnownIssuer(models.Model):
    """One entry of the registry: an identifier, and who stands behind it.

    `identifier` is a web address, a DID, or the bare name of a host whose every issuer belongs to
    the organisation. It is kept in the one spelling of `services.registry.normal`.
    """

    identifier = models.CharField(
        _("identifier"),
        max_length=500,
        unique=True,
        help_text=_(
            "The issuer’s web address or DID as it stands in its badges, or a bare host such as "
            "badges.example.edu when every issuer there belongs to this organisation."
        ),
    )
    name = models.CharField(_("name"), max_length=300)
    other_names = models.TextField(
        _("other names"),
        blank=True,
        max_length=5000,
        help_text=_("One on a line: translations, short forms, former names."),
    )
    note = models.TextField(
        _("note"), blank=True, max_length=2000, help_text=_("For staff: how this was established.")
    )
    source = models.CharField(
        _("source"), max_length=300, blank=True, help_text=_("Which list or letter it rests on.")
    )
    url = models.CharField(
        _("address"),
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["https", "http"])],
        help_text=_("Where people can read about it."),
    )
    added_on = models.DateField(_("added on"), default=today)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    withdrawn = models.BooleanField(_("withdrawn"), default=False)

    objects = KnownIssuerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "identifier"]
        verbose_name = _("known issuer")
        verbose_name_plural = _("known issuers")

    def __str__(self) -> str:
        return self.name

    @property
    def names(self) -> list[str]:
        """Every name, each once, the main one first."""
        lines = [self.name, *self.other_names.splitlines()]
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def is_current(self, day: date) -> bool:
        ended = self.valid_until is not None and self.valid_until < day
        return not self.withdrawn and not ended and self.added_on <= day


class KnownName(models.Model):
    """A name of a known issuer, folded so that look-alikes fall on it."""

    issuer = models.ForeignKey(KnownIssuer, on_delete=models.CASCADE, related_name="folded_names")
    folded = models.CharField(max_length=300, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "folded"], name="known_name_once")]

    def __str__(self) -> str:
        return self.folded
