"""What a start needs before it serves: tables, cache table, skills, static files, demo data.

Run as `python -m config.prepare`; each step does nothing when there is nothing to do.
"""

import hashlib
import os
import sys
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def fingerprint() -> str:
    """Changes when any static file of ours or of a package does."""
    seen = []
    for finder in get_finders():
        for path, storage in finder.list(["CVS", ".*", "*~"]):
            stat = Path(storage.path(path)).stat()
            seen.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(seen)).encode()).hexdigest()


def collect_static() -> None:
    stamp = settings.VAR / "static.stamp"
    now = fingerprint()
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and stamp.exists() and stamp.read_text() == now:
        return
    say("Collecting static files ...")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(now)


def make_demo() -> None:
    """Keep what the demo says, so that the supervisor can say it last."""
    say("Preparing the demo ...")
    words = StringIO()
    try:
        call_command("demo", stdout=words)
    except CommandError as problem:
        # A site without a demo is still a site.
        say(f"No demo: {problem}")
    (settings.VAR / "demo.txt").write_text(words.getvalue())


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    say("Preparing the database ...")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("load_skills", "starter", if_empty=True)
    if settings.STATIC_HASHED:
        collect_static()
    if os.environ.get("DEMO", "1") != "0":
        make_demo()


if __name__ == "__main__":
    main()
