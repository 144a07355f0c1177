"""What an employer's page costs, beside the least that it could: part of `make bench`.

`python -m bench.page [--badges 50] [--seconds 5] [--rounds 3]`. PostgreSQL is the run's own. Our
site and the floor (`bench/page_floor.py`) are served by two granian workers each and asked in turn,
in the same minutes, by four readers at once: the floor's page and ours, and both finished pages
from memory (ours as an unchanged public page, which is what a browser or a proxy asks for again).
Prints requests a second, p50, p99, processor time a request, and what two workers hold in memory;
and the number of queries of a page of ten badges and of five hundred.
"""

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.sql import SQL, Identifier

from bench.verify import machine, say
from tests.servers import Postgres, Program, free_port, listens

TICKS = os.sysconf("SC_CLK_TCK")
READERS = 4
SEED = """
import sys
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from portfolio.services import pages, sharing
from tests.factories import make_badge, make_user
owner = make_user("learner@learner.example", name="A Learner")
for size in (10, int(sys.argv[1]), 500):
    page = pages.create(owner=owner, title="All that I did", now=timezone.now())
    made = [make_badge(owner, name=f"Badge number {n}", picture_id=None) for n in range(size)]
    pages.add(page=page, badges=[badge.pk for badge in made], now=timezone.now())
    for entry in page.entries.select_related("badge", "page__owner")[:20]:
        pages.note(entry=entry, text="What I did for it, in a sentence.", now=timezone.now())
    page.steps.all().delete()
    for visibility in ("unlisted", "public"):
        link = sharing.create(page=page, label="x", visibility=visibility, now=timezone.now())
    address = f"/s/{sharing.token_of(link)}/"
    Client().get(address, headers={"host": "localhost"})
    with CaptureQueriesContext(connection) as queries:
        answer = Client().get(address, headers={"host": "localhost"})
    first = page.links.get(visibility="unlisted")
    print(size, len(queries), len(answer.content), f"/s/{sharing.token_of(first)}/", address)
"""


class Run(NamedTuple):
    per_second: float
    p50: float
    p99: float
    cpu: float  # milliseconds a request, of all processes of the server


def processes(group: int) -> list[int]:
    """The living members of a process group."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            found.append(int(path.parent.name))
    return found


def cpu(group: int) -> float:
    total = 0
    for pid in processes(group):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(group: int) -> float:
    """Mebibytes that a group of processes holds, what they share counted once."""
    lines = [
        line
        for pid in processes(group)
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    ]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def ask(port: int, path: str, headers: dict[str, str], seconds: float) -> list[float]:
    """One reader, over one connection: how long each answer took."""
    times, until = [], time.monotonic() + seconds
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while (start := time.monotonic()) < until:
        connection.request("GET", path, headers={"Host": "localhost", **headers})
        answer = connection.getresponse()
        answer.read()
        if answer.status not in {200, 304}:
            raise SystemExit(f"{path} answers {answer.status}")
        times.append(time.monotonic() - start)
    return times


def measure(
    server: Program, port: int, path: str, seconds: float, headers: dict[str, str] | None = None
) -> Run:
    ask(port, path, headers or {}, 0.5)
    group, found = server.process.pid, list[float]()
    before, start = cpu(group), time.monotonic()
    readers = [
        threading.Thread(target=lambda: found.extend(ask(port, path, headers or {}, seconds)))
        for _reader in range(READERS)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    took, spent = time.monotonic() - start, cpu(group) - before
    cuts = statistics.quantiles(found, n=100)
    return Run(len(found) / took, cuts[49] * 1e3, cuts[98] * 1e3, spent / len(found) * 1e3)


def serve(application: str, port: int, env: dict[str, str], log: Path) -> Program:
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "2"),
        *("--blocking-threads", "4", "--log-level", "warning", application),
    ]
    server = Program(command, env=env, log=log)
    server.wait_until(lambda: listens(port))
    return server


def run(env: dict[str, str], *words: str) -> str:
    done = subprocess.run(  # noqa: S603
        [sys.executable, *words], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{words[:2]} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--badges", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    say(machine())
    with tempfile.TemporaryDirectory() as name, Postgres() as postgres:
        folder = Path(name)
        with psycopg.connect(postgres.url(), autocommit=True) as desk:
            for database in ("ours", "floor"):
                desk.execute(SQL("create database {}").format(Identifier(database)))
        ours, floor = postgres.url("ours"), postgres.url("floor")
        env = {
            **os.environ,
            "VAR_DIR": name,
            "SECRET_KEY": "only for measuring " * 4,
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "STATIC_HASHED": "0",
        }
        env = {**env, "DATABASE_URL": ours}
        run(env, "manage.py", "migrate", "-v", "0")
        run(env, "manage.py", "createcachetable", "-v", "0")
        code = f"import sys; sys.argv = ['', {str(options.badges)!r}]\n{SEED}"
        told = run(env, "manage.py", "shell", "-v", "0", "-c", code).splitlines()
        rows = [line.split() for line in told if line[:1].isdigit()]
        for size, queries, length, *_addresses in rows:
            say(f"{size} badges: {queries} queries, {int(length) / 1000:.0f} kB of HTML")
        page, public = rows[1][3], rows[1][4]
        floor_env = {**env, "DATABASE_URL": floor}
        run(floor_env, "-m", "bench.page_floor")
        ports = free_port(), free_port()
        our_server = serve("config.wsgi:application", ports[0], env, folder / "ours.log")
        low = serve("bench.page_floor:application", ports[1], floor_env, folder / "floor.log")
        try:
            compare(our_server, low, ports, page, public, options)
        finally:
            our_server.stop()
            low.stop()


def compare(
    ours: Program,
    floor: Program,
    ports: tuple[int, int],
    page: str,
    public: str,
    options: argparse.Namespace,
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", ports[0], timeout=30)
    connection.request("GET", public, headers={"Host": "localhost"})
    answer = connection.getresponse()
    answer.read()
    unchanged = {"If-None-Match": answer.headers["ETag"] or ""}
    kinds = {
        "floor, each time": (floor, ports[1], "/p/", {}),
        "ours, each time": (ours, ports[0], page, {}),
        "floor, kept": (floor, ports[1], "/c/", {}),
        "ours, unchanged (304)": (ours, ports[0], public, unchanged),
    }
    found: dict[str, list[Run]] = {name: [] for name in kinds}
    for _round in range(options.rounds):
        for name, (server, port, path, headers) in kinds.items():
            found[name].append(measure(server, port, path, options.seconds, headers))
    for name, runs in found.items():
        middle = [statistics.median(column) for column in zip(*runs, strict=True)]
        say(
            f"{name:24} {middle[0]:7.0f} a second  p50 {middle[1]:6.1f} ms  p99 {middle[2]:6.1f} ms"
            f"  {middle[3]:6.2f} CPU ms"
        )
    held, least = memory(ours.process.pid), memory(floor.process.pid)
    say(f"two workers hold {held:.0f} MiB, the floor's {least:.0f}")


if __name__ == "__main__":
    main()
