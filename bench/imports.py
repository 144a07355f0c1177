"""What bringing a thousand badges over costs, beside the least that it could: part of `make bench`.

`python -m bench.imports [--count 1000] [--many 10000] [--rounds 3]`. A server of its own plays
fifty issuers that take 50 ms for each answer; PostgreSQL is the run's own. Each round runs the
floor (`bench/import_floor.py`, in a scratch environment) and an import of the same badges by the
site's own worker code, in turn, in the same minutes. The import is run with pictures and without
(then nothing is drawn, all else is the same), with the limit on questions to one site lifted, and
with the ordinary one, under which the fifty issuers on one host have to wait for each other.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.issuers import EMAIL
from bench.verify import machine, say
from tests.servers import Postgres, Program, free_port, listens

HERE = Path(__file__).parent
SCRATCH = Path(tempfile.gettempdir()) / f"laurel-floor-{os.getuid()}"
DELAY = 50  # milliseconds
Row = dict[str, Any]


# --- The import, in a process of its own ---------------------------------------------------------


def child(count: int, base: str, pictures: bool) -> Row:
    """Import `count` badges as a worker does, and tell what it took."""
    import django

    django.setup()
    from allauth.account.models import EmailAddress
    from django.core.management import call_command
    from django.urls import reverse
    from django.utils import timezone

    from accounts.models import User
    from badges import fetch
    from badges.models import Badge, ImportItem, ImportJob, Picture, Result
    from badges.services import images, importing

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    owner = User.objects.create_user(EMAIL, None)
    EmailAddress.objects.create(user=owner, email=EMAIL, verified=True, primary=True)
    job = ImportJob.objects.create(owner=owner, adds=True)
    ImportItem.objects.bulk_create(
        [
            ImportItem(
                job=job, position=n, kind=ImportItem.Kind.URL, label=str(n), url=f"{base}/a/{n}"
            )
            for n in range(count)
        ],
        batch_size=1000,
    )
    if not pictures:
        images.draw = lambda source, **_: None
    # As in a worker that has been at work for a while, whose addresses are known.
    reverse("badges:import-detail", args=[job.pk])
    before = _peak()
    start, cpu = time.perf_counter(), _cpu()
    turns = 0
    while job.state != ImportJob.State.DONE:
        with fetch.session() as get:
            importing.run_import(job_id=job.pk, fetch=get, clock=timezone.now)
        job.refresh_from_db()
        turns += 1
    wall = time.perf_counter() - start
    good = Badge.objects.filter(result=Result.VALID).count()
    if good != count or (pictures and Picture.objects.count() != count):
        odd = job.items.exclude(state=ImportItem.State.ADDED).values_list("state", "reason", "url")
        unsure = Badge.objects.exclude(result=Result.VALID).values_list("result", "identity")
        told = f"{good} of {count} badges, {Picture.objects.count()} pictures"
        raise SystemExit(f"{told}; {list(odd[:3])} {list(unsure[:3])}")
    return {
        "wall": wall, "cpu": _cpu() - cpu, "rss": _peak(), "before": before, "turns": turns
    }  # fmt: skip


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- The comparison --------------------------------------------------------------------------


def imported(count: int, port: int, url: str, *, pictures: bool, per_host: int) -> Row:
    folder = tempfile.mkdtemp(prefix="laurel-bench-")
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": folder,
        "DATABASE_URL": url,
        "SECRET_KEY": "only for measuring " * 4,
        "LOG_LEVEL": "ERROR",
        "LAUREL_TESTING": "1",
        "FETCH_ALLOW": f"127.0.0.1:{port}",
        "REQUESTS_PER_HOST": str(per_host),
        "LEASE_SECONDS": "60",
    }
    words = ["--child", str(count), f"http://127.0.0.1:{port}", "with" if pictures else "without"]
    try:
        return _json([sys.executable, "-m", "bench.imports", *words], env)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _json(command: list[str], env: dict[str, str]) -> Row:
    done = subprocess.run(  # noqa: S603  our own programs
        command, env=env, cwd=HERE.parent, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    found: Row = json.loads(done.stdout.splitlines()[-1])
    return found


def floor_python() -> str:
    """An interpreter with what the floor needs, made once in a scratch folder."""
    python = SCRATCH / "bin" / "python"
    if not (SCRATCH / "done").exists():
        say(f"Installing what the floor needs into {SCRATCH} ...")
        subprocess.run([sys.executable, "-m", "venv", str(SCRATCH)], check=True)  # noqa: S603
        subprocess.run(  # noqa: S603
            [str(python), "-m", "pip", "install", "-q", "aiohttp", "pillow", "psycopg[binary]"],
            check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        (SCRATCH / "done").touch()
    return str(python)


def floor(count: int, port: int, url: str, *, pictures: bool) -> Row:
    words = [floor_python(), str(HERE / "import_floor.py"), str(port), str(count), url]
    return _json(words if pictures else [*words, "plain"], dict(os.environ))


def told(name: str, rows: list[Row], count: int, beside: list[Row] | None = None) -> None:
    wall = statistics.median(row["wall"] for row in rows)
    cpu = statistics.median(row["cpu"] for row in rows)
    rss = max(row["rss"] for row in rows)
    ratio = ""
    if beside is not None:
        pairs = [mine["wall"] / other["wall"] for mine, other in zip(rows, beside, strict=True)]
        ratio = f"{statistics.median(pairs):8.2f}"
    say(f"{name:44}{wall:8.1f}{count / wall:10.0f}{1000 * cpu / count:10.1f}{rss:8.0f}{ratio}")


def compare(count: int, rounds: int, many: int) -> None:
    say(machine())
    say(f"\n{count} hosted badges, three documents and a picture each, answers after {DELAY} ms")
    say(f"{'':44}{'s':>8}{'badges/s':>10}{'CPU ms':>10}{'MB':>8}{'ratio':>8}")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, Postgres() as postgres:
        command = [sys.executable, "-m", "bench.issuers", str(port), str(DELAY)]
        server = Program(command, log=Path(folder) / "issuers.log")
        server.wait_until(lambda: listens(port))
        url = postgres.url()
        try:
            for pictures in (False, True):
                least, mine, polite = [], [], []
                for _ in range(rounds):
                    least.append(floor(count, port, url, pictures=pictures))
                    mine.append(imported(count, port, url, pictures=pictures, per_host=200))
                polite.append(imported(count, port, url, pictures=pictures, per_host=4))
                words = "with pictures" if pictures else "without"
                told(f"floor, {words}", least, count)
                told(f"import, {words}, limit lifted", mine, count, least)
                told(f"import, {words}, 4 questions at a time", polite, count)
            asked = json.loads(urllib.request.urlopen(f"http://127.0.0.1:{port}/count").read())
            say(f"requests in all: {asked}")
            if many:
                for size in (100, 1000, many):
                    row = imported(size, port, url, pictures=False, per_host=200)
                    say(f"memory of the worker after {size:6} badges: {row['rss']:.0f} MB")
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--many", type=int, default=10_000, help="0 leaves memory out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=3, metavar=("COUNT", "BASE", "PICTURES"))
    options = parser.parse_args()
    if options.child:
        count, base, pictures = options.child
        say(json.dumps(child(int(count), base, pictures == "with")))
        return
    say(f"{datetime.now(UTC):%Y-%m-%d}")
    compare(options.count, options.rounds, options.many)


if __name__ == "__main__":
    main()
