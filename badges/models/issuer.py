"""A name and an identifier on a credential: ours or a stranger's."""

import hashlib
import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Issuer(models.Model):
    """Who a credential says issued it. What a check proved of that stands on the check."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Identifiers are addresses or DIDs of any length; an index needs a bounded key.
    key = models.CharField(max_length=64, unique=True, editable=False)
    identifier = models.TextField(_("identifier"), blank=True)
    name = models.TextField(_("name"), blank=True)
    url = models.TextField(_("address"), blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name or self.identifier or str(_("Issuer without a name"))

    @staticmethod
    def key_of(identifier: str, name: str) -> str:
        """One issuer is one identifier; without one, one name."""
        return hashlib.sha256((identifier or f"name:{name}").encode()).hexdigest()
