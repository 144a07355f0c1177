"""Many workers that need a new key at once: the provider is asked once, and nothing is lost."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.servers import ROOT
from tests.simulators.base import Mode
from tests.simulators.provider import Provider
from tests.site import BACKENDS, Backend, Site

pytestmark = pytest.mark.slow

WORKERS, ROUNDS = 3, 2
BEGIN = """
from django.utils import timezone
from accounts.models import User
from badges import fetch
from badges.services import connecting, discovering
ada = User.objects.create_user("ada@example.org", "correct horse battery")
with fetch.session() as get:
    offers = discovering.discover(
        user=ada, address="provider.test", fetch=get, now=timezone.now()
    )
    print("go=" + connecting.begin(user=ada, offer=offers[0], sender=get, now=timezone.now()))
"""
COMPLETE = """
import sys
from uuid import UUID
from urllib.parse import parse_qsl, urlsplit
from django.utils import timezone
from accounts.models import User
from badges import fetch
from badges.services import connecting
split = urlsplit("{back}")
with fetch.session() as get:
    connecting.complete(
        user=User.objects.get(), provider_id=UUID(split.path.rstrip("/").rpartition("/")[2]),
        told=dict(parse_qsl(split.query)), sender=get, now=timezone.now(),
    )
"""
LOOK = """
from threading import Thread
from django.utils import timezone
from badges import fetch
from badges.models import Source
from badges.services import access
from badges.sources import readers
source, found = Source.objects.get(), []
def look():
    with fetch.session() as get:
        asked = access.authorised(source=source, sender=get, clock=timezone.now)
        answers = access.answers(source=source, now=timezone.now())
        found.append(len(list(readers()[source.reader].find(answers, fetch=asked))))
threads = [Thread(target=look) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("found=" + repr(found))
"""


@pytest.fixture(params=BACKENDS)
def site(request: pytest.FixtureRequest) -> Iterator[tuple[Site, Provider]]:
    backend: Backend = request.param
    with (
        Provider() as provider,
        Site(backend, worker=False, FETCH_ALLOW=provider.allow) as site,
    ):
        yield site, provider


def shell(site: Site, script: str) -> str:
    return site.shell(script)


def test_workers_that_need_a_new_key_at_once_use_one(site: tuple[Site, Provider]) -> None:
    running, provider = site
    there = shell(running, BEGIN).partition("go=")[2].strip()
    shell(running, COMPLETE.format(back=provider.visit(there)))
    # So slow that all of them have met the old key before the first has a new one.
    provider.mode, provider.delay = Mode.SLOW, 0.5
    for number in range(ROUNDS):
        provider.expire()
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", LOOK]
        workers = [
            subprocess.Popen(command, cwd=ROOT, env=running.env, stdout=subprocess.PIPE, text=True)
            for _ in range(WORKERS)
        ]
        said = [worker.communicate(timeout=120)[0] for worker in workers]
        assert [text.partition("found=")[2].strip() for text in said] == ["[25, 25]"] * WORKERS
        assert (provider.renewals, provider.reused, provider.alive) == (number + 1, 0, 1)
