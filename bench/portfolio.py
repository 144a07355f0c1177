"""The ten thousand through the site itself: its service, its memory and its database.

`python -m bench.portfolio [--total 10000] [--workers 1]` on SQLite in a temporary folder, or on
the empty database that DATABASE_URL names. Each worker does what a Celery worker does: takes
what is due in small batches, checks it, writes the row and the documents. Then all of it again, as
the schedule does, with the documents at hand.
"""

import argparse
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime

FOLDER = tempfile.mkdtemp(prefix="laurel-bench-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "VAR_DIR": FOLDER,
    "SECRET_KEY": "only for measuring " * 4,
    "LOG_LEVEL": "ERROR",
    "DATABASE_POOL": "0",  # a pool does not survive being forked
}

import django  # noqa: E402  the environment comes first

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from accounts.models import User  # noqa: E402
from badges.models import Badge  # noqa: E402
from badges.services import verification  # noqa: E402
from bench.verify import Batch, Json, Web, batch, machine, say  # noqa: E402


def clock() -> datetime:
    return datetime.now(UTC)


def stored(batches: list[Batch]) -> None:
    """Every badge as a row that is due, as an import leaves it."""
    owner = User.objects.create_user("learner@learner.example", None)
    rows = [
        Badge(
            owner=owner,
            identity=f"{number}:{at}",
            name="Rope work",
            document=data,
            version="3.0",
            format="json",
            next_check_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for number, one in enumerate(batches)
        for at, data in enumerate(one.data)
    ]
    Badge.objects.bulk_create(rows, batch_size=500)


def work(documents: dict[str, Json]) -> tuple[int, int, float]:
    """Take what is due until nothing is."""
    connections.close_all()
    web = Web(documents)
    done, start = 0, time.process_time()
    while count := verification.run_due(fetch=web, clock=clock):
        done += count
    return done, web.asked, time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--total", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    say(machine())
    call_command("migrate", verbosity=0)
    batches = [batch(number, options.total // 20) for number in range(20)]
    stored(batches)
    documents = {url: one for some in batches for url, one in some.documents.items()}
    for name in ("first", "again"):
        Badge.objects.update(next_check_at=datetime(2026, 1, 1, tzinfo=UTC))
        rows, wall = round_of(documents, options.workers)
        done, asked, used = (sum(row[at] for row in rows) for at in range(3))
        say(
            f"{connection.vendor}, {options.workers} workers, {name}: {done} badges in "
            f"{wall:.1f} s, {done / wall:.0f} badges/s, {asked} requests, "
            f"{used / done * 1000:.1f} ms each"
        )
    say(str(dict(Counter(Badge.objects.values_list("result", flat=True)))))


def round_of(
    documents: dict[str, Json], workers: int
) -> tuple[list[tuple[int, int, float]], float]:
    """What each worker did, and how long all of them took."""
    connections.close_all()
    start = time.monotonic()
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        return pool.map(work, [documents] * workers), time.monotonic() - start


if __name__ == "__main__":
    main()
