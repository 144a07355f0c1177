"""Check that every row has its file and every file its row: `fsck [--sweep]`."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from badges.models import Work
from badges.services import consistency, housekeeping
from portfolio.models import Export, Transcript

FOLDERS = ("originals", "pictures", "transcripts", "exports")


class Command(BaseCommand):
    help = "Look for rows without files, files without rows, changed files, impossible states."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--sweep", action="store_true", help="delete files without a row, if an hour old"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        faults = [*consistency.faults(), *_transcripts(), *_exports()]
        orphans = self._orphans(sweep=options["sweep"])
        faults += [f"file {name}: no row names it" for name in orphans]
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} faults.")
        self.stdout.write("No faults.")

    def _orphans(self, *, sweep: bool) -> Iterator[str]:
        """Files that no row names. A young one may belong to a transaction under way."""
        known = consistency.names()
        known |= {str(name) for name in Transcript.objects.values_list("file", flat=True)}
        for files in Export.objects.values_list("files", flat=True):
            known |= {one["name"] for one in files}
        for folder in FOLDERS:
            for name in housekeeping.files_under(folder):
                if name in known:
                    continue
                age = timezone.now() - default_storage.get_modified_time(name)
                if sweep and age > timedelta(hours=1):
                    default_storage.delete(name)
                    self.stdout.write(f"Deleted {name}.")
                else:
                    yield name


def _transcripts() -> Iterator[str]:
    for transcript in Transcript.objects.filter(state=Work.State.DONE):
        found = consistency.digest_of(str(transcript.file))
        if found is None:
            yield f"transcript {transcript.pk}: its file is missing"
        elif found != transcript.digest:
            yield f"transcript {transcript.pk}: its file has changed"


def _exports() -> Iterator[str]:
    for export in Export.objects.exclude(files=[]):
        for one in export.files:
            found = consistency.digest_of(one["name"])
            if found is None:
                yield f"export {export.pk}: its file {one['name']} is missing"
            elif found != one["digest"]:
                yield f"export {export.pk}: its file {one['name']} has changed"
