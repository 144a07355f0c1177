"""Make the PDF of a page and write it to a file."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.services.limits import TooOften
from portfolio.models import Page, Transcript
from portfolio.services import transcripts


class Command(BaseCommand):
    help = "Makes the PDF transcript of a page, here and now, and writes it to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--page", required=True, metavar="ID", help="the id of the page")
        parser.add_argument("--out", required=True, metavar="FILE", help="where to write the PDF")
        parser.add_argument("--paper", choices=["A4", "letter"], default="A4")
        parser.add_argument("--language", default="", metavar="CODE", help="such as en")
        parser.add_argument(
            "--originals", action="store_true", help="put the original credentials inside"
        )
        parser.add_argument("--short", action="store_true", help="the table without the details")

    def handle(self, *args: Any, **options: Any) -> None:
        page = self._page(options["page"])
        out = Path(options["out"])
        if not out.parent.is_dir():
            raise CommandError(f"There is no folder {out.parent}.")
        try:
            row = transcripts.request(
                owner=page.owner,
                page=page,
                now=timezone.now(),
                options=transcripts.Options(
                    paper=options["paper"],
                    language=options["language"],
                    full_detail=not options["short"],
                    originals=options["originals"],
                ),
            )
        except TooOften as error:
            raise CommandError(f"Many documents of this page were made of late. {error}") from None
        self._wait(row)
        with default_storage.open(str(row.file), "rb") as made:
            data = made.read()
        try:
            out.write_bytes(data)
        except OSError as error:
            raise CommandError(f"Cannot write {out}: {error.strerror}.") from None
        self.stdout.write(f"{out}: {len(data)} bytes, SHA-256 {row.digest}, code {row.code_shown}")

    def _page(self, text: str) -> Page:
        try:
            page = Page.objects.select_related("owner").filter(pk=UUID(text)).first()
        except ValueError:
            raise CommandError(f"{text!r} is not the id of a page.") from None
        if page is None:
            raise CommandError(f"There is no page {text}.")
        return page

    def _wait(self, row: Transcript) -> None:
        # A worker may have heard the bell first: then its claim stands, and this waits for it.
        transcripts.run_to_the_end(transcript=row, clock=timezone.now)
        if not row.is_ready:
            raise CommandError(row.error or "The document was not made.")
