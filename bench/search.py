"""Searching one backpack in a million badges, and its page with ten thousand: part of `make bench`.

`python -m bench.search [--count 1000000] [--queries 200] [--only sqlite|postgresql]`. The badges
are made of made-up words, some of them common and most of them rare, as words are. One learner has
10,000 of them, one has 100, and tens of thousands of others have the rest. Each measure is what
the service does for one page of a list: to find, to rank, and to fetch its rows. Beside it, in the
same minutes and on the same rows, stands the floor: one statement by hand, which only finds.
"""

import argparse
import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from bench.verify import machine, say
from tests.servers import Postgres

SYLLABLES = re.findall(  # the parts of made-up words
    "[a-z]+",
    "ba de ki lo mu ra se ti vo zu na pe ri so tan ver mor lin gra cor pro sta con dis mat log pha"
    " nex ter vis",
)
VOCABULARY, ISSUERS, PER_OTHER = 20_000, 2_000, 20
HEAVY, LIGHT = uuid.UUID(int=1), uuid.UUID(int=2)
SIZES = {HEAVY: 10_000, LIGHT: 100}
BADGE = re.findall(
    "[a-z_]+",
    "id owner_id identity document source_url added_at created_at basis stated_by version format"
    " credential_id name description criteria_text criteria_url achievement_type issuer_id"
    " issued_at evidence alignments image_url result trust recipient host check_attempts",
)


class Words:
    """Made-up words, as unevenly used as those of a language."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        found: dict[str, None] = {}
        while len(found) < VOCABULARY:
            syllables = self.chance.choices(SYLLABLES, k=self.chance.randint(2, 4))
            found["".join(syllables)] = None
        self.all = list(found)
        self._weights = list(accumulate(1 / (place + 10) ** 0.9 for place in range(VOCABULARY)))

    def pick(self, count: int) -> list[str]:
        return self.chance.choices(self.all, cum_weights=self._weights, k=count)

    def band(self, low: int, high: int, count: int) -> list[str]:
        return [self.chance.choice(self.all[low:high]) for _ in range(count)]

    def mistyped(self, word: str) -> str:
        """Without one of its letters, or with two of them changed round."""
        at = self.chance.randrange(1, len(word) - 1)
        if self.chance.random() < 0.5:
            return word[:at] + word[at + 1 :]
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


# --- Rows ------------------------------------------------------------------------------------


def rows(count: int, words: Words, issuers: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Each badge as a dict of columns, with `said`, the words that a search knows."""
    owners = iter(owners_of(count))
    for number in range(count):
        owner = next(owners)
        name, about = words.pick(words.chance.randint(3, 6)), words.pick(20)
        issuer, called = issuers[words.chance.randrange(len(issuers))]
        year, month, day = (
            words.chance.randint(*ends) for ends in ((2012, 2025), (1, 12), (1, 28))
        )
        yield {
            "id": str(uuid.UUID(int=(number << 64) + 7)),
            "owner_id": str(owner),
            "identity": f"urn:bench:{number}",
            "added_at": f"{year}-{month:02}-{day:02} 12:00:00+00:00",
            "created_at": "2026-01-01 00:00:00+00:00",
            "issued_at": f"{year}-{month:02}-{day:02} 00:00:00+00:00",
            "name": " ".join(name).title(),
            "description": " ".join(about),
            "issuer_id": issuer,
            "result": "valid" if number % 9 else "revoked" if number % 2 else "unknown",
            "said": (owner, name, [*name, *called.lower().split(), *about]),
        }


def owners_of(count: int) -> Iterator[uuid.UUID]:
    """The two who are measured first, then the others, twenty badges each."""
    for owner, size in SIZES.items():
        yield from [owner] * size
    for number in range(count - sum(SIZES.values())):
        yield uuid.UUID(int=100 + number // PER_OTHER)


def column(row: dict[str, Any], name: str) -> Any:
    fixed = {
        "document": b"", "basis": "document", "version": "3.0", "format": "json",
        "evidence": "[]", "alignments": "[]", "trust": "signed", "recipient": "owner",
        "check_attempts": 0,
    }  # fmt: skip
    return row.get(name, fixed.get(name, ""))


def fill(count: int, words: Words) -> None:
    """Write everything as the site itself would, only faster: its indexes come afterwards."""
    from django.db import connection

    from accounts.models import User
    from badges.models import Issuer

    others = (count - sum(SIZES.values())) // PER_OTHER + 1
    ids = [*SIZES, *(uuid.UUID(int=100 + n) for n in range(others))]
    User.objects.bulk_create(
        [User(pk=pk, email=f"p{pk.int}@learner.example") for pk in ids], batch_size=5000
    )
    issuers = [
        Issuer(key=f"{n:064}", name=" ".join(words.pick(2)).title() + " College")
        for n in range(ISSUERS)
    ]
    Issuer.objects.bulk_create(issuers, batch_size=1000)
    made = rows(count, words, [(str(one.pk), one.name) for one in issuers])
    (_fill_postgresql if connection.vendor == "postgresql" else _fill_sqlite)(made)


def _search_row(row: dict[str, Any]) -> tuple[str, str, str, str]:
    owner, name, said = row["said"]
    words = " ".join(dict.fromkeys(said))
    return row["id"], str(owner), f" {' '.join(name)} ", f" {words} "


def _fill_postgresql(made: Iterator[dict[str, Any]]) -> None:
    from django.db import connection

    vocabulary: dict[tuple[str, str], None] = {}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        while part := [row for row, _ in zip(made, range(20_000), strict=False)]:
            with cursor.copy(f"COPY badges_badge ({', '.join(BADGE)}) FROM STDIN") as copy:
                for row in part:
                    copy.write_row([column(row, name) for name in BADGE])
            search = "COPY badges_searchtext (badge_id, owner_id, name, words) FROM STDIN"
            with cursor.copy(search) as copy:
                for row in part:
                    copy.write_row(_search_row(row))
            for row in part:
                if row["said"][0] in SIZES:
                    vocabulary |= dict.fromkeys((str(row["said"][0]), w) for w in row["said"][2])
        with cursor.copy("COPY badges_searchword (owner_id, text) FROM STDIN") as copy:
            for one in vocabulary:
                copy.write_row(one)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")


def _fill_sqlite(made: Iterator[dict[str, Any]]) -> None:
    from django.conf import settings

    marks = ", ".join("?" * len(BADGE))
    vocabulary: dict[tuple[str, str], None] = {}
    with sqlite3.connect(settings.DATABASES["default"]["NAME"]) as db:
        # Ids stand there without their dashes.
        while part := [row for row, _ in zip(made, range(20_000), strict=False)]:
            for row in part:
                owner = row["said"][0]
                if owner in SIZES:
                    vocabulary |= dict.fromkeys((owner.hex, word) for word in row["said"][2])
                for name in ("id", "owner_id", "issuer_id"):
                    row[name] = row[name].replace("-", "")
                for name in ("added_at", "created_at", "issued_at"):
                    row[name] = row[name].removesuffix("+00:00")
            db.executemany(
                f"INSERT INTO badges_badge ({', '.join(BADGE)}) VALUES ({marks})",  # noqa: S608
                ([column(row, name) for name in BADGE] for row in part),
            )
            db.executemany(
                "INSERT INTO badges_searchtext (badge_id, owner_id, name, words)"
                " VALUES (?, replace(?, '-', ''), ?, ?)",
                (_search_row(row) for row in part),
            )
        db.executemany("INSERT INTO badges_searchword (owner_id, text) VALUES (?, ?)", vocabulary)
        db.commit()
        db.execute("ANALYZE")


# --- Measuring -------------------------------------------------------------------------------


def timed(
    what: Callable[[str], int], questions: Sequence[str]
) -> tuple[float, float, float, float]:
    """p50 and p95 in milliseconds, how many rows there were in the middle, and the milliseconds of
    this process: on SQLite that is all of it, and the same however busy the machine is."""
    for question in questions[:10]:
        what(question)
    took, hits = [], []
    before = time.process_time()
    for question in questions:
        start = time.perf_counter()
        hits.append(what(question))
        took.append((time.perf_counter() - start) * 1000)
    used = (time.process_time() - before) * 1000 / len(questions)
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.95)], statistics.median(hits), used


def questions_of(words: Words, count: int) -> dict[str, list[str]]:
    return {
        "1 rare word": words.band(5000, 20_000, count),
        "1 word of the middle": words.band(300, 2000, count),
        "1 common word": words.band(0, 50, count),
        "2 words": [
            " ".join(words.band(0, 200, 1) + words.band(300, 3000, 1)) for _ in range(count)
        ],
        "first 4 letters": [word[:4] for word in words.band(300, 6000, count)],
        "first 2 letters": [word[:2] for word in words.band(300, 6000, count)],
        "1 mistyped word": [words.mistyped(one) for one in words.band(300, 2000, count)],
        "2 words, 1 mistyped": [
            f"{a} {words.mistyped(b)}"
            for a, b in zip(words.band(0, 50, count), words.band(0, 300, count), strict=True)
        ],
    }


def measure(count: int, queries: int) -> None:
    """Fill a fresh database and tell what searching it takes."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from badges.models import Badge
    from badges.services import search

    call_command("migrate", verbosity=0)
    words = Words(5)
    start = time.perf_counter()
    fill(count, words)
    say(f"\n{connection.vendor}: {count:,} badges written in {time.perf_counter() - start:.0f} s")
    head = f"{'p50':>8}{'p95':>8}{'CPU':>8}{'rows':>7}{'floor p50':>12}{'p95':>8}{'CPU':>8}"
    say(f"{'milliseconds':58}{head}")
    for owner in User.objects.filter(pk__in=SIZES).order_by("pk"):
        mine = Badge.objects.owned_by(owner)

        def page(text: str, owner: User = owner, mine: Any = mine) -> int:
            found = search.find(owner=owner, text=text)
            return len(found.among(mine).values_list("pk", "name")[:60])

        for name, questions in questions_of(words, queries).items():
            p50, p95, hits, used = timed(page, questions)
            least = timed(floor(owner.pk, mistyped="mistyped" in name), questions)
            told = f"{SIZES[owner.pk]:>6} of {count:,}: {name:38}"
            say(
                f"{told}{p50:8.2f}{p95:8.2f}{used:8.2f}{hits:7.0f}"
                f"{least[0]:12.2f}{least[1]:8.2f}{least[3]:8.2f}"
            )
    pages(User.objects.get(pk=HEAVY), words)


def floor(owner: uuid.UUID, *, mistyped: bool) -> Callable[[str], int]:
    """One statement by hand, past Django, which only finds. For a mistyped word, what is needed to
    think of another one: all that the owner knows."""
    from django.db import connection

    connection.ensure_connection()
    raw = connection.connection
    postgresql = connection.vendor == "postgresql"
    mark, piece = ("%s", "strpos") if postgresql else ("?", "instr")
    key = owner if postgresql else owner.hex
    more: dict[str, Any] = {"prepare": False} if postgresql else {}

    def find(text: str) -> int:
        words = [f" {word}" for word in text.split()]
        each = "".join(f" AND {piece}(words, {mark}) > 0" for _ in words)
        sql = f"SELECT badge_id FROM badges_searchtext WHERE owner_id = {mark}{each} LIMIT 60"  # noqa: S608
        return len(raw.execute(sql, [key, *words], **more).fetchall())

    def known(text: str) -> int:
        join = "string_agg" if postgresql else "group_concat"
        sql = f"SELECT {join}(text, ' ') FROM badges_searchword WHERE owner_id = {mark}"  # noqa: S608
        return len(raw.execute(sql, [key], **more).fetchall())

    return known if mistyped else find


def pages(owner: Any, words: Words) -> None:
    """The backpack itself, whole: queries, template and all."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    client.force_login(owner)
    word = words.all[20]
    asked = {
        "grid": {},
        "list": {"view": "list"},
        "timeline": {"view": "timeline"},
        "a word": {"q": word},
        "a word, as it is typed": {"q": word[:4]},
        "a word and a state": {"q": word, "state": "revoked"},
        "page 100": {"page": "100"},
    }
    say(f"\n{'the page, 10,000 badges':58}{'ms':>8}{'CPU ms':>8}{'queries':>9}{'kB':>8}")
    for name, query in asked.items():
        extra = {"HX-Request": "true", "HX-Target": "found"} if "typed" in name else {}
        with CaptureQueriesContext(connection) as seen:
            client.get("/badges/", query, headers=extra)
        count = len(seen)
        walls, used, size = [], [], 0
        for _ in range(9):
            start, cpu = time.perf_counter(), time.process_time()
            size = len(client.get("/badges/", query, headers=extra).content)
            walls.append((time.perf_counter() - start) * 1000)
            used.append((time.process_time() - cpu) * 1000)
        say(
            f"{name:58}{statistics.median(walls):8.0f}{statistics.median(used):8.0f}"
            f"{count:9}{size / 1000:8.0f}"
        )


# --- The runs --------------------------------------------------------------------------------


def run(options: argparse.Namespace, url: str) -> None:
    folder = tempfile.mkdtemp(prefix="laurel-bench-")
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": folder,
        "SECRET_KEY": "only for measuring " * 4,
        "LOG_LEVEL": "ERROR",
        "LAUREL_TESTING": "1",
        "DATABASE_POOL": "0",
    }
    if url:
        env["DATABASE_URL"] = url
    words = ["--child", "--count", str(options.count), "--queries", str(options.queries)]
    try:
        subprocess.run(  # noqa: S603  our own program
            [sys.executable, "-m", "bench.search", *words],
            env=env, cwd=Path(__file__).parent.parent, check=True,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--child", action="store_true")
    options = parser.parse_args()
    if options.child:
        measure(options.count, options.queries)
        return
    say(machine())
    if options.only != "sqlite":
        with Postgres() as postgres:
            run(options, postgres.url())
    if options.only != "postgresql":
        run(options, "")


if __name__ == "__main__":
    main()
