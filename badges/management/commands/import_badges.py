"""Import badges for somebody, from files and addresses: `import_badges --owner EMAIL WHAT...`."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from badges import fetch
from badges.models import ImportItem, ImportJob
from badges.services import importing, imports

PAUSE = 0.2  # seconds between two looks at how far a worker is


class Command(BaseCommand):
    help = "Import badges from files and web addresses into somebody's backpack."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("what", nargs="+", metavar="PATH-or-URL")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(email__iexact=options["owner"]).first()
        if owner is None:
            raise CommandError(f"Nobody here has the address {options['owner']}.")
        urls = [what for what in options["what"] if what.startswith(("http://", "https://"))]
        paths = [Path(what) for what in options["what"] if what not in urls]
        for path in paths:
            if not path.is_file():
                raise CommandError(f"There is no file {path}.")
        uploads = [
            imports.Upload(name=path.name, size=path.stat().st_size, read=path.read_bytes)
            for path in paths
        ]
        try:
            job = imports.start(
                user=owner, uploads=uploads, text="\n".join(urls), now=timezone.now(), adds=True
            )
        except imports.TooMany:
            raise CommandError(f"At most {imports.MAX_ITEMS} things at once.") from None
        self._work(job)
        refused, waiting = 0, 0
        for item in job.items.select_related("badge"):
            refused += item.state == ImportItem.State.REFUSED
            waiting += item.state == ImportItem.State.WAITING
            what = item.reason or (item.badge.name if item.badge else "")
            self.stdout.write(f"{item.get_state_display():14} {item.label}: {what}")
        if waiting:
            self.stdout.write(f"{waiting} wait for their sites; a worker goes on with them.")
        if refused:
            raise CommandError(f"{refused} of {len(uploads) + len(urls)} were not added.")

    def _work(self, job: ImportJob) -> None:
        """Here and now. A worker may be quicker, or take over between two turns: then all that
        is left is to see it through, for as long as only a site makes it wait."""
        with fetch.session() as get:
            while not (job.is_over or job.is_put_off(timezone.now())):
                if not importing.run_import(job_id=job.pk, fetch=get, clock=timezone.now):
                    time.sleep(PAUSE)
                job.refresh_from_db()
