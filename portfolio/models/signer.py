"""Certificates with which the site signs documents."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SignerQuerySet(models.QuerySet["Signer"]):
    """Which certificates."""

    def made_here(self) -> Self:
        """Those whose key the site keeps and may go on signing with."""
        return self.filter(retired_at=None).exclude(sealed_key="")


class Signer(models.Model):
    """A certificate of the site. It stays when it is replaced: what it signed is still ours."""

    digest = models.CharField(_("SHA-256"), max_length=64, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200, editable=False)
    certificate = models.TextField(_("certificate"), editable=False)
    sealed_key = models.TextField(
        editable=False,
        blank=True,
        help_text=_("The key, encrypted; empty where its keeper is a file of the site's owner."),
    )
    created_at = models.DateTimeField(_("first used"), default=timezone.now, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)

    objects = SignerQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")

    def __str__(self) -> str:
        return f"{self.name} ({self.digest[:8]})"
