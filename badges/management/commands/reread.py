"""Read every badge's columns again from its document: `reread`."""

from typing import Any

from django.core.management.base import BaseCommand

from badges.models import Badge
from badges.openbadges import parse
from badges.openbadges.errors import OpenBadgesError
from badges.services import search, skills, verification


class Command(BaseCommand):
    help = "Rebuild name, issuer, dates and skills of every badge from what was received."

    def handle(self, *args: Any, **options: Any) -> None:
        done = failed = 0
        for badge in Badge.objects.exclude(document=b"").iterator(chunk_size=200):
            supporting = {row.url: bytes(row.body) for row in badge.supporting.all()}
            try:
                credential = parse.credential(parse.read(bytes(badge.document)), supporting)
            except OpenBadgesError as error:
                failed += 1
                self.stderr.write(f"{badge.pk}: {error.message}")
                continue
            verification.read_into(badge=badge, credential=credential, proven=False)
            skills.link(badge=badge, credential=credential)
            badge.save()
            search.forget([badge.pk])
            done += 1
        self.stdout.write(f"{done} badges read again, {failed} could not be.")
