"""A skill that credentials point at."""

import hashlib
import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Skill(models.Model):
    """Known by its address in a framework, or by its name where no framework is given."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    url = models.TextField(_("address in a framework"), blank=True)
    framework = models.CharField(_("framework"), max_length=200, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def key_of(url: str, name: str) -> str:
        text = url.strip() or "name:" + " ".join(name.casefold().split())
        return hashlib.sha256(text.encode()).hexdigest()
