"""Make the demo: one learner with badges, pages and links. `demo [--json] [--force]`."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from portfolio.services.demo import story


class Command(BaseCommand):
    help = "Make a learner with badges, pages and links to look at. A second run changes nothing."
    # A start of the site runs this each time; the site's own start checks the rest.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--force", action="store_true", help="make it even on a site that others can reach"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LOCAL and not options["force"]:
            raise CommandError(
                f"The demo is an account whose password is printed, and {settings.SITE_URL} is not "
                "on this machine alone. Use --force if that is what you want."
            )
        folder = Path(settings.VAR) / "demo"
        try:
            told = story.tell(folder=folder, now=timezone.now(), clock=timezone.now)
        except story.Stuck as problem:
            raise CommandError(str(problem)) from problem
        login = settings.SITE_URL + reverse("account_login")
        if options["json"]:
            self.stdout.write(json.dumps({"login": login, **asdict(told)}))
        else:
            self.stdout.write("\n".join(lines(told, login)))
        if told.trouble:
            self.stderr.write(told.trouble)
        if Path(settings.DEMO_DOCUMENTS) != folder / "documents":
            self.stderr.write(
                f"For “check again” to work, start the site with "
                f"DEMO_DOCUMENTS={folder / 'documents'}"
            )


def lines(told: story.Story, login: str) -> list[str]:
    """What a newcomer needs, and nothing else."""
    head = f"Demo: {told.name}, {told.badges} badges, {told.pages} pages, {len(told.links)} links"
    found = [
        head + (", one PDF" if told.document else ""),
        f"  Log in at   {login}",
        f"  E-mail      {told.email}",
        f"  Password    {told.password}",
    ]
    for link in told.links:
        opens = {"open": "opens", "withdrawn": "was withdrawn", "ended": "has ended"}[link.state]
        with_password = f", with the password {link.password}" if link.password else ""
        found.append(f"  Shared      {link.url}")
        found.append(f"              “{link.label}” {opens}{with_password}")
    found.append("  For the admin make yourself an account: manage.py createsuperuser")
    return found
