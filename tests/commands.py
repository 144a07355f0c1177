"""Commands of a site without the second that each start of Django costs.

One process sets Django up in the site's environment and forks for each command, so a command sees
what a new process would see, a moment later. `Site.manage` speaks with it: a JSON line goes in for
each command, one with its code and words comes out.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.servers import ROOT

LONGEST = 300


class Commands:
    """The process, seen from the test."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        with log.open("a") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.commands"],
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
            )

    def run(self, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        code, out, error = json.loads(self.process.stdout.readline())
        return subprocess.CompletedProcess(words, code, out, error)

    def stop(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate(timeout=20)


def run(words: list[str]) -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *words])


def in_a_child(words: list[str]) -> tuple[int, str, str]:
    """Fork, run the command as manage.py would, and wait: its code and what it wrote."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as error:
        child = os.fork()
        if child == 0:
            signal.alarm(LONGEST)
            # What remains to be written at the end is written here, and nowhere else.
            for place, number in ((out, 1), (error, 2)):
                os.dup2(place.fileno(), number)
            with open(os.devnull) as nothing:  # noqa: PTH123 - a descriptor, not a file's text
                os.dup2(nothing.fileno(), 0)
            code = 1
            try:
                run(words)
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        for place in (out, error):
            place.seek(0)
        return status, out.read(), error.read()


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - read once here, not in each child
    for line in sys.stdin:
        sys.stdout.write(json.dumps(in_a_child(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
