"""The words of each badge, folded for searching. A cache: all of it can be made anew."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from badges.models.badge import Badge


class SearchText(models.Model):
    """One badge as its owner's search sees it. Written by `badges.services.search` alone.

    Both texts are folded, with a space before and after each word; `words` holds each word of the
    whole badge once.
    """

    badge = models.OneToOneField(Badge, on_delete=models.CASCADE, related_name="search_text")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="search_texts"
    )
    name = models.TextField()
    words = models.TextField()

    def __str__(self) -> str:
        return str(self.badge_id)


class SearchWord(models.Model):
    """A word that stands in some badge of an owner's: what a mistyped one may have meant."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="search_words"
    )
    text = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "text"], name="search_word_once")]

    def __str__(self) -> str:
        return self.text
