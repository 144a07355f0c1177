"""Import badges for somebody, from files and addresses: `import_badges --owner EMAIL WHAT...`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from badges import fetch
from badges.models import ImportItem
from badges.services import importing, imports


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
        # Here and now, unless a worker was quicker: the claim decides.
        with fetch.session() as get:
            importing.run_import(job_id=job.pk, fetch=get, clock=timezone.now)
        refused = 0
        for item in job.items.select_related("badge"):
            refused += item.state in {ImportItem.State.REFUSED, ImportItem.State.WAITING}
            what = item.reason or (item.badge.name if item.badge else "")
            self.stdout.write(f"{item.get_state_display():14} {item.label}: {what}")
        if refused:
            raise CommandError(f"{refused} of {len(uploads) + len(urls)} were not added.")
