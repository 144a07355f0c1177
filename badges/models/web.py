"""What workers remember of other sites: answers that may be used again, and who is silent."""

from __future__ import annotations

from django.db import models


class RememberedAnswer(models.Model):
    """One document of an issuer, shared by all workers for as long as it is fresh enough.

    Whoever asks says how old an answer may be: a profile for an hour, a status list for minutes,
    a hosted badge not at all. So the row has no end of its own; tidying drops what is a day old.
    """

    key = models.CharField(max_length=64, primary_key=True)
    url = models.TextField()
    final_url = models.TextField()
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=200, blank=True)
    body = models.BinaryField()
    fetched_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.url


class HostState(models.Model):
    """A site that failed lately, and until when it is left alone. No row means no trouble.

    A row may also be about one page of a site, or about a site as one person's questions met it:
    then its name says so (see `badges.services.manners`).
    """

    host = models.CharField(max_length=255, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    rest_until = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField()

    class Meta:
        ordering = ["-failed_at"]

    def __str__(self) -> str:
        return self.host
