"""`manage.py verify_badge`: check badges from files, for admins, auditors and scripts."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from badges.documents import INDEX, BadFolder
from badges.documents import read as read_folder
from badges.openbadges import dates, parse
from badges.openbadges.errors import Unreadable
from badges.openbadges.fetching import Fetch
from badges.openbadges.plain import as_values, facts
from badges.openbadges.report import Report, Result
from badges.openbadges.verify import unreadable, verify


class Command(BaseCommand):
    help = (
        "Check badges, endorsements and learner records: PNG, SVG, PDF, JSON or JWT files, of "
        "Open Badges 0.5 to 3.0 and CLR 2.0. "
        "Exit status 0 when all are valid, 1 when any is not, 2 when any could not be read."
    )
    # Checking a badge needs neither a database nor a finished site.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a badge to check")
        parser.add_argument(
            "--json", action="store_true", help="print one JSON list, an object per path"
        )
        parser.add_argument(
            "--at", metavar="ISO8601", help="check as of this moment instead of now"
        )
        parser.add_argument(
            "--email",
            action="append",
            default=[],
            metavar="ADDRESS",
            help="an address of the person concerned, to compare the recipient with; repeatable",
        )
        parser.add_argument(
            "--documents",
            metavar="DIR",
            help=f"answer every fetch from this folder, whose {INDEX} maps addresses to files, "
            "and never touch the network",
        )

    def handle(
        self,
        *,
        paths: list[str],
        at: str | None,
        email: list[str],
        documents: str | None,
        **options: Any,
    ) -> None:
        now = _moment(at)
        fetch = _folder(Path(documents)) if documents is not None else _network()
        checked = [(path, _check(path, fetch, now, email)) for path in paths]
        if options["json"]:
            self.stdout.write(
                json.dumps([{"path": path} | as_values(report) for path, report in checked])
            )
        else:
            self.stdout.write("\n\n".join(_as_text(path, report) for path, report in checked))
        results = {report.result for _, report in checked}
        if Result.UNREADABLE in results:
            sys.exit(2)
        if results - {Result.VALID}:
            sys.exit(1)


def _check(path: str, fetch: Fetch, now: datetime, addresses: list[str]) -> Report:
    try:
        with Path(path).open("rb") as file:
            data = file.read(parse.MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a file's name"
        missing = Unreadable("file.not_opened", f"This file cannot be opened: {reason}.")
        return unreadable(missing, now)
    return verify(data, fetch=fetch, now=now, addresses=addresses)


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    moment = dates.parse(text)
    if moment is None:
        raise CommandError(
            f"--at {text} is not a moment. Write it like 2026-11-23T00:00:00Z.", returncode=2
        )
    return moment


def _network() -> Fetch:
    # Imported only here: with --documents nothing that can open a connection is even loaded.
    from badges.fetch import fetch

    return fetch


def _folder(folder: Path) -> Fetch:
    try:
        return read_folder(folder)
    except BadFolder as error:
        raise CommandError(str(error), returncode=2) from error


def _as_text(path: str, report: Report) -> str:
    _, name, issuer = facts(report)
    lines = [path]
    if name or issuer:
        lines.append(f"  {name or 'A badge'}, issued by {issuer or 'nobody named'}")
    lines.append(f"  {str(report.result).replace('_', ' ').upper()}")
    lines += [
        f"  {str(one.outcome).replace('_', ' '):<15}{one.check!s:<11}{one.detail}"
        for one in report.findings
    ]
    lines += [f"  {sentence}" for sentence in report.unchecked]
    for part in report.parts:
        title = f"{part.role} of the {part.about}".capitalize()
        lines += ["", *(f"    {line}" for line in _as_text(title, part.report).splitlines())]
    return "\n".join(_plain(lines))


def _plain(lines: Iterable[str]) -> list[str]:
    """Without what could steer a terminal: a badge's name is a stranger's text."""
    return [
        "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in x) for x in lines
    ]
