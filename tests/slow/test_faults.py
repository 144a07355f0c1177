"""What must survive which fault: doubled messages, lost queues, poison, storms, and a crowd.

Each fault is real: a broker is flushed, a worker's process dies, sixteen clients knock at once.
"""

import concurrent.futures
import contextlib
import json
import os
import sys
import time
import urllib.error
from collections import Counter

import pytest
import redis

from tests.credentials import Signer
from tests.issuer import Issuer
from tests.servers import wait_for
from tests.site import Backend, Site
from tests.slow.test_killed import EMAIL, Ada

pytestmark = pytest.mark.slow
FULL = "FULL_FAULTS" in os.environ  # the numbers of the requirement; fewer in the run of every day

HEAD = f"""
import json, os, random, threading
from django.utils import timezone
from accounts.models import Notification, User
from badges import fetch
from badges.models import Badge, HistoryEntry, ImportItem, ImportJob, Source, Verification
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import offline
from badges.services import following, importing, imports, verification
ada = User.objects.get(email="{EMAIL}")
now = timezone.now
"""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def told(site: Site, code: str) -> dict[str, object]:
    """Run code in the site's own environment; it prints JSON last."""
    said = site.shell(HEAD + code)
    found: dict[str, object] = json.loads(said.strip().splitlines()[-1])
    return found


def texts(count: int, start: int = 0) -> list[str]:
    signer = Signer()
    return [json.dumps(signer.credential(start + number, email=EMAIL)) for number in range(count)]


START = """
from pathlib import Path
texts = json.loads(Path({path!r}).read_text())
jobs = [imports.start(user=ada, uploads=[], text=one, now=now(), adds=True) for one in texts]
print(json.dumps({{"jobs": len(jobs)}}))
"""
COUNT = """
print(json.dumps({
    "done": ImportJob.objects.filter(state="done").count(),
    "badges": Badge.objects.owned_by(ada).count(),
    "checks": Verification.objects.count(),
    "notes": Notification.objects.filter(kind="import.finished").count(),
}))
"""


def started(site: Site, badges: list[str]) -> None:
    path = site.folder / "texts.json"
    path.write_text(json.dumps(badges))
    assert told(site, START.format(path=str(path))) == {"jobs": len(badges)}


def all_done(site: Site, count: int) -> bool:
    time.sleep(0.5)
    return told(site, COUNT)["done"] == count


@pytest.mark.parametrize("backend", ["servers"])
def test_a_flushed_broker_loses_no_import(backend: Backend) -> None:
    count = 500 if FULL else 60
    with Site(backend) as site:
        Ada(site)
        site.stop_worker()
        started(site, texts(count))
        assert site.redis is not None
        with redis.Redis.from_url(site.redis.url) as client:
            client.flushall()
        began = time.monotonic()
        site.start_worker()
        wait_for("the imports", lambda: all_done(site, count), seconds=240)
        say(f"{count} queued, flushed, done {time.monotonic() - began:.0f} s after the start")
        counted = told(site, COUNT)
        assert counted == {"done": count, "badges": count, "checks": count, "notes": count}
        assert "No faults." in site.manage("fsck").stdout


RING = """
from celery import current_app
for _ in range(5):
    for job in ImportJob.objects.all():
        current_app.send_task("badges.run_import", kwargs={"job_id": str(job.pk)})
    for name in ("badges.sweep_imports", "badges.check_due", "badges.look_again", "badges.tidy"):
        current_app.send_task(name)
print("{}")
"""


def test_every_message_delivered_five_times_changes_nothing(backend: Backend) -> None:
    count = 20
    with Site(backend) as site:
        Ada(site)
        site.stop_worker()
        started(site, texts(count))
        told(site, RING)
        site.start_worker()
        wait_for("the imports", lambda: all_done(site, count), seconds=120)
        told(site, RING)
        time.sleep(5)
        counted = told(site, COUNT)
        assert counted == {"done": count, "badges": count, "checks": count, "notes": count}
        assert "No faults." in site.manage("fsck").stdout


POISON = """
from pathlib import Path
text = "\\n".join(json.loads(Path({path!r}).read_text()))
job = ImportJob.objects.first()
if job is None:
    job = imports.start(user=ada, uploads=[], text=text, now=now(), adds=True)
def deadly(url, **_):
    if "poison" in url:
        os._exit(9)
    raise Unreachable("This address could not be reached.", url)
importing.run_import(job_id=job.pk, fetch=deadly, clock=now)
job.refresh_from_db()
print(json.dumps(dict(state=job.state, items=list(job.items.values_list("state", flat=True)))))
"""


def test_poison_that_kills_its_worker_dies_after_three_and_takes_none_along(
    backend: Backend,
) -> None:
    """A badge that ends the process which looks at it, among thirty good ones."""
    signer = Signer()
    poison = signer.credential(900, email=EMAIL) | {"image": "https://poison.example/a.png"}
    badges = [*texts(15), json.dumps(poison), *texts(15, start=100)]
    with Site(backend, worker=False, LEASE_SECONDS="5") as site:
        Ada(site)
        path = site.folder / "texts.json"
        path.write_text(json.dumps(badges))
        deaths, answer = 0, {"state": "", "items": []}
        while answer["state"] != "done":
            code = HEAD + POISON.format(path=str(path))
            ran = site.manage("shell", "-v", "0", "-c", code, check=False)
            if ran.returncode:
                deaths += 1
                assert deaths < 10, ran.stderr
                time.sleep(5.5)  # the lease
                continue
            answer = json.loads(ran.stdout.strip().splitlines()[-1])
        say(f"{deaths} deaths, {Counter(answer['items'])}")
        assert deaths <= 4
        assert Counter(answer["items"]) == {"added": 30, "refused": 1}
        assert "No faults." in site.manage("fsck").stdout


STORM = """
asked = []
lock = threading.Lock()
good = offline({})
def fetch_(url, **_):
    with lock:
        asked.append(url)
    raise Unreachable("This address could not be reached.", url)
class Clock:
    at = now()
    def __call__(self):
        return self.at
clock = Clock()
from datetime import timedelta
jobs = []
for n in range(JOBS):
    text = "\\n".join(f"https://down.example/{n}/{m}" for m in range(200))
    jobs.append(imports.start(user=ada, uploads=[], text=text, now=clock(), adds=True))
end = clock() + timedelta(hours=1)
in_an_hour = 0
while ImportJob.objects.exclude(state="done").exists() and clock() < end + timedelta(hours=9):
    for job in jobs:
        importing.run_import(job_id=job.pk, fetch=fetch_, clock=clock)
    clock.at += timedelta(seconds=20)
    in_an_hour = len(asked) if clock() <= end else in_an_hour
print(json.dumps({
    "asked": in_an_hour,
    "states": sorted(set(ImportJob.objects.values_list("state", flat=True))),
    "items": ImportItem.objects.filter(state="refused", can_retry=True).count(),
}))
"""


def test_badges_of_a_dead_site_do_not_storm_it() -> None:
    with Site("sqlite", worker=False) as site:
        Ada(site)
        jobs = 5 if FULL else 1
        answer = told(site, STORM.replace("JOBS", str(jobs)))
        say(f"{200 * jobs} links to a dead site in an hour: {answer['asked']} requests")
        assert int(str(answer["asked"])) <= 20
        assert answer["states"] == ["done"]
        assert answer["items"] == 200 * jobs


def test_sixteen_who_bring_the_same_badge_at_once_bring_one(backend: Backend) -> None:
    signer = Signer()
    with Site(backend) as site:
        ada = Ada(site)
        data = signer.baked(1, email=EMAIL)
        with concurrent.futures.ThreadPoolExecutor(16) as crowd:
            jobs = list(crowd.map(lambda _n: ada.start_import([data]), range(16)))
        for job in jobs:
            wait_for("an import", lambda job=job: ada.is_done(job), seconds=60)  # type: ignore[misc]
        outcomes = Counter(ada.outcomes(job)[0] for job in jobs)
        assert outcomes == {"added": 1, "already": 15}
        assert ada.badges() == 1
        assert "No faults." in site.manage("fsck").stdout


def test_sick_issuers_end_in_words_and_slow_nobody_else(backend: Backend, issuer: Issuer) -> None:
    """Slow, endless, broken and lying answers beside good ones; pages are asked for meanwhile."""
    signer = Signer()
    issuer.put("/slow", b"{}", delay=40)
    issuer.put("/500", status=500)
    issuer.put("/429", status=429, headers={"Retry-After": "3600"})
    issuer.put("/page", b"<html>Sign in</html>", content_type="text/html")
    issuer.put("/huge", b"[" + b"0," * 6_000_000 + b"0]")
    issuer.put("/loop", status=302, headers={"Location": "/loop"})
    issuer.put("/cut", b"{", headers={"Content-Encoding": "gzip"})
    sick = ["slow", "500", "429", "page", "huge", "loop", "cut", "nothing"]
    with Site(backend, FETCH_ALLOW=issuer.address) as site:
        ada = Ada(site)
        calm = sorted(_took(site) for _ in range(30))[28]
        body = {"urls": [issuer.url(f"/{one}") for one in sick], "text": ""}
        body["text"] = "\n".join(json.dumps(signer.credential(n, email=EMAIL)) for n in range(10))
        job = str(ada.ask("imports/", json.dumps(body).encode())["id"])
        busy = sorted(_took(site) for _ in range(30))[28]

        def settled() -> bool:
            time.sleep(0.7)  # the API has an allowance a minute
            with contextlib.suppress(urllib.error.HTTPError):
                items = ada.ask(f"imports/{job}/")["items"]
                return all(item["state"] != "waiting" or item["reason"] for item in items)
            return False

        began = time.monotonic()
        wait_for("every reason", settled, seconds=60)
        say(
            f"all told after {time.monotonic() - began:.0f} s; a page {calm:.3f} s, then {busy:.3f}"
        )
        items = ada.ask(f"imports/{job}/")["items"]
        assert [item["state"] for item in items].count("added") == 10
        assert all(item["reason"].endswith(".") for item in items if item["state"] != "added")
        assert "No faults." in site.manage("fsck").stdout


def _took(site: Site) -> float:
    started_at = time.monotonic()
    assert site.get("/accounts/login/").status == 200
    return time.monotonic() - started_at
