"""A worker killed at any moment, a broker that is down: every import still finishes, once.

`KILL_ROUNDS=20` kills twenty times; the run of every day a few times fewer.
"""

import json
import os
import random
import sys
import time
import urllib.request
import uuid
from typing import Any

import pytest

from tests.credentials import Signer
from tests.servers import wait_for
from tests.site import Backend, Site

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("KILL_ROUNDS", "2"))
BADGES = 120
LONGEST = 3.0  # seconds in which a worker has started and is through with them
EMAIL = "ada@example.org"
MAKE_ADA = """
from django.utils import timezone
from allauth.account.models import EmailAddress
from accounts.models import User
from accounts.services import tokens
ada = User.objects.create_user("%(email)s", "correct horse battery")
EmailAddress.objects.create(user=ada, email=ada.email, verified=True, primary=True)
row, key = tokens.create(
    user=ada, name="t", scopes=["badges:read", "badges:write"], expires_at=None,
    now=timezone.now(),
)
print("key=" + key)
"""


def say(line: str) -> None:
    """For the reader of `pytest -s`, and for the report of a run that failed."""
    sys.stdout.write(f"{line}\n")


class Ada:
    """Somebody with a token to the site's API."""

    def __init__(self, site: Site, email: str = EMAIL) -> None:
        self.site, self.email = site, email
        said = site.shell(MAKE_ADA % {"email": email})
        self.key = said.partition("key=")[2].strip()

    def ask(self, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.site.port}/api/v1/{path}",
            data=body,
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": kind,
                "Host": f"localhost:{self.site.port}",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def start_import(self, files: list[bytes]) -> str:
        """Send the files in one import; the import's id."""
        mark = uuid.uuid4().hex
        parts = [
            (
                f"--{mark}\r\nContent-Disposition: form-data; name=files; filename={n}.png\r\n"
                "Content-Type: image/png\r\n\r\n"
            ).encode()
            + data
            + b"\r\n"
            for n, data in enumerate(files)
        ]
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        answer = self.ask("imports/", body, f"multipart/form-data; boundary={mark}")
        return str(answer["id"])

    def is_done(self, job: str) -> bool:
        time.sleep(0.4)  # the API has an allowance a minute
        return bool(self.ask(f"imports/{job}/")["state"] == "done")

    def outcomes(self, job: str) -> list[str]:
        return [item["state"] for item in self.ask(f"imports/{job}/")["items"]]

    def badges(self) -> int:
        return int(self.ask("badges/?limit=1")["count"])


def files_of(signer: Signer, start: int, email: str = EMAIL) -> list[bytes]:
    return [signer.baked(start + n, email=email) for n in range(BADGES)]


def test_a_worker_killed_at_any_moment_loses_nothing(backend: Backend) -> None:
    chance = random.Random(2026)
    signer = Signer()
    with Site(backend) as site:
        for round_ in range(ROUNDS):
            # Somebody new each time: an hour has an allowance.
            ada = Ada(site, f"ada{round_}@example.org")
            files = files_of(signer, round_ * BADGES, ada.email)
            job = ada.start_import(files)
            # From before the worker hears of it to after its last badge.
            time.sleep(chance.uniform(0.0, LONGEST))
            was = ada.outcomes(job).count("added")
            site.kill_worker()
            site.start_worker()
            started = time.monotonic()
            wait_for("the import", lambda a=ada, j=job: a.is_done(j), seconds=90)  # type: ignore[misc]
            took = time.monotonic() - started
            say(f"round {round_ + 1}: killed after {was} of {BADGES}, done {took:.1f} s later")
            assert ada.outcomes(job) == ["added"] * BADGES
            assert ada.badges() == BADGES
        assert "No faults." in site.manage("fsck").stdout


def finish(site: Site, ada: Ada, job: str) -> None:
    """Wait for the import, and start a worker that has ended, as its supervisor would."""

    def done() -> bool:
        if site.worker is None or site.worker.process.poll() is not None:
            site.start_worker()
        return ada.is_done(job)

    try:
        wait_for("the import", done, seconds=90)
    except TimeoutError as error:
        raise AssertionError(f"{error}: {ada.outcomes(job)}\n{site.log()}") from None


def test_an_import_begun_without_a_broker_waits_for_it(backend: Backend) -> None:
    signer = Signer()
    with Site(backend) as site:
        ada = Ada(site)
        for round_ in range(max(1, ROUNDS // 4)):
            site.stop_broker()
            started = time.monotonic()
            job = ada.start_import(files_of(signer, round_ * BADGES))
            answered = time.monotonic() - started
            assert answered < 10
            time.sleep(1)
            site.start_broker()
            finish(site, ada, job)
            say(f"round {round_ + 1}: answered in {answered:.1f} s without a broker")
            assert ada.outcomes(job) == ["added"] * BADGES
        assert ada.badges() == max(1, ROUNDS // 4) * BADGES
        assert "No faults." in site.manage("fsck").stdout
