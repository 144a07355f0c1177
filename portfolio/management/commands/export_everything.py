"""Write everything of one learner to a ZIP file: `export_everything --owner EMAIL --out FILE`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from accounts.services import audit
from portfolio.services import packing


class Command(BaseCommand):
    help = "Writes somebody's badges, pages, notes and history to a ZIP that Laurel reads again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--out", required=True, metavar="FILE", help="where to write the ZIP")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(email__iexact=options["owner"]).first()
        if owner is None:
            raise CommandError(f"Nobody here has the address {options['owner']}.")
        out = Path(options["out"])
        # Beside its place and then moved there: half an export must not pass for one.
        part = out.with_name(out.name + ".part")
        try:
            with part.open("wb") as file:
                made = packing.pack(owner=owner, out=file, now=timezone.now())
            part.replace(out)
        except OSError as error:
            raise CommandError(f"Cannot write {out}: {error.strerror}.") from None
        finally:
            part.unlink(missing_ok=True)
        audit.record(actor=None, action="export.written", target=owner, badges=made.badges)
        self.stdout.write(f"{out}: {made.badges} badges, {made.pages} pages")
        for one in made.damaged:
            self.stderr.write(f"Could not be read: the {one['what']} {one['sha256']}")
