"""Fill the list of skills: `load_skills starter`, `load_skills esco|onet PATH`."""

import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.services import audit
from badges.models import Skill
from badges.services import curating, skill_files

HINT = "Badges that are here already find them with: manage.py reread"


class Command(BaseCommand):
    help = (
        "Bring in skills: Laurel's own starter list, ESCO's skills_en.csv (others, such as "
        "skills_de.csv, add names), or O*NET's text files or the folder with them. Safe to run "
        "again: what is here already is brought up to date."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("list", choices=["starter", "esco", "onet"])
        parser.add_argument("path", nargs="*", type=Path)
        parser.add_argument("--language", default="", help="of an ESCO file named otherwise")
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when skills are kept here already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        which, paths = options["list"], options["path"]
        if options["if_empty"] and Skill.objects.filter(curated=True).exists():
            return
        if bool(paths) is (which == "starter"):
            raise CommandError(
                "The starter list needs no path."
                if paths
                else f"Say where the files of {which} are."
            )
        english = settings.LANGUAGE_CODE == "en"
        try:
            if which == "starter":
                self.say("starter list", curating.load(skill_files.starter(), curated=True))
            for path in paths:
                if which == "onet":
                    loaded = curating.load(skill_files.onet(path), main=english)
                else:
                    language = options["language"] or skill_files.language_of(path)
                    loaded = curating.load(
                        skill_files.esco(path, language), main=language == settings.LANGUAGE_CODE
                    )
                self.say(path.name, loaded)
        except skill_files.BadList as problem:
            raise CommandError(problem.message) from None
        if which != "starter":
            self.stdout.write(HINT)

    def say(self, name: str, loaded: Iterator[Counter[str]]) -> None:
        """Say how far it is every few seconds, and at the end what became of it."""
        start = said = time.monotonic()
        counted: Counter[str] = Counter()
        for counted in loaded:
            if time.monotonic() - said > 3:
                said = time.monotonic()
                self.stdout.write(f"{name}: {counted['read']} read ...")
        seconds = max(time.monotonic() - start, 0.001)
        audit.record(actor=None, action="skills.loaded", list=name[:200], rows=dict(counted))
        self.stdout.write(
            f"{name}: {counted['read']} skills read, {counted['new']} new, "
            f"{counted['changed']} changed, {counted['names']} names added, "
            f"{counted['left out']} lines left out; {counted['read'] / seconds:.0f} a second."
        )
