"""What a search of the directory costs among a hundred thousand people: part of `make bench`.

`python -m bench.directory [--people 100000] [--rounds 60] [--sqlite]`. PostgreSQL is the run's own;
with `--sqlite` a file. People and skills are made up: 13,900 skills, the first ones far commoner
than the last, and 3 to 30 of them to a person. Each round asks for twenty skills in each way: by
the floor, which is SQL written by hand over a table of bare numbers; by the directory's ranking
alone; and by its whole search, with twenty cards whose counts are taken from the badges. The floor
knows no names and no people: it is the least that ranking could cost.

Beside the time that passed stands the processor's time, of this process and of the database's: on
a machine that others use, it is what the search would take if it were alone.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.verify import machine, say
from tests.servers import Postgres

SKILLS = 13_900
ASKED = 20
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FLOOR = (
    "select portfolio, count(*) n, sum(level) l from floor where skill {among} "
    "group by portfolio order by n desc, l desc limit 50"
)
Rows = Iterable[Any]
Ask = Callable[[Sequence[int]], object]


# --- People who are not there --------------------------------------------------------------------


def uuid(kind: int, number: int) -> UUID:
    return UUID(int=kind << 100 | number)


def pairs(people: int) -> Iterator[tuple[int, int, int]]:
    """Person, skill, level: the same each time."""
    pick, weights = random.Random(5), list(accumulate(1 / (i + 20) ** 0.8 for i in range(SKILLS)))
    for person in range(1, people + 1):
        for skill in set(pick.choices(range(SKILLS), cum_weights=weights, k=pick.randint(3, 30))):
            yield person, skill, pick.randint(1, 5)


class Store:
    """Puts rows into a table, as quickly as its database can."""

    def __init__(self) -> None:
        from django.db import connection

        self.connection = connection

    def put(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        from django.db import transaction

        with transaction.atomic(), self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                marks = ", ".join("%s" for _name in columns)
                cursor.executemany(f"insert into {table} ({names}) values ({marks})", list(rows))  # noqa: S608
                return
            cursor.execute("set session_replication_role = replica")
            with cursor.copy(f"copy {table} ({names}) from stdin") as copy:
                for row in rows:
                    copy.write_row(row)

    def run(self, *statements: str) -> None:
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def like(self, row: Any, changes: Iterable[dict[str, Any]]) -> None:
        """Many rows of a model that differ from `row` in these fields alone."""
        fields = [f for f in row._meta.concrete_fields if f.column != "id" or "id" in row.__dict__]
        same = {
            f.attname: f.get_db_prep_save(f.pre_save(row, add=True), self.connection)
            for f in fields
        }

        def ready() -> Iterator[list[Any]]:
            for change in changes:
                values = same | {
                    f.attname: f.get_db_prep_save(change[f.attname], self.connection)
                    for f in fields
                    if f.attname in change
                }
                yield list(values.values())

        self.put(row._meta.db_table, [f.column for f in fields], ready())

    def id(self, value: UUID) -> UUID | str:
        return value.hex if self.connection.vendor == "sqlite" else value


def fill(store: Store, people: int) -> None:
    from accounts.models import User
    from badges.models import Badge, Result, Skill, Trust
    from badges.models.badge import Recipient
    from portfolio.models import Listing

    numbers = range(1, people + 1)
    store.like(
        User(name="Ada Lindqvist", created_at=NOW),
        ({"id": uuid(1, n), "email": f"p{n}@example.org"} for n in numbers),
    )
    store.like(
        Skill(), ({"id": uuid(2, n), "key": f"k{n}", "name": f"Skill {n}"} for n in range(SKILLS))
    )
    store.like(
        Badge(
            name="Knots", result=Result.VALID, trust=Trust.SIGNED, recipient=Recipient.OWNER,
            checked_at=NOW, added_at=NOW, created_at=NOW,
        ),
        ({"id": uuid(3, n), "owner_id": uuid(1, n), "identity": f"{n}"} for n in numbers),
    )  # fmt: skip
    store.like(
        Listing(id=0, listed=True, headline="Analyst", place="Lisbon", refresh_at=NOW),
        ({"id": n, "public_id": uuid(4, n), "owner_id": uuid(1, n)} for n in numbers),
    )
    ids = [store.id(uuid(2, n)) for n in range(SKILLS)]
    store.put(
        "badges_badge_skills", ("badge_id", "skill_id", "how"),
        ((store.id(uuid(3, p)), ids[s], "alias") for p, s, _level in pairs(people)),
    )  # fmt: skip
    store.put(
        "portfolio_listedskill", ("listing_id", "skill_id", "verified"),
        ((p, ids[s], level) for p, s, level in pairs(people)),
    )  # fmt: skip
    words = ("analyst", "open:work")
    store.put(
        "portfolio_listedword", ("listing_id", "word"),
        ((n, word) for n in numbers for word in (*words, f"word{n % 5000}", f"town{n % 20:02}")),
    )  # fmt: skip
    store.run("create table floor (portfolio int, skill int, level smallint)")
    store.put("floor", ("portfolio", "skill", "level"), pairs(people))
    if store.connection.vendor == "sqlite":
        store.run("create index floor_skill on floor (skill, portfolio, level)", "analyze")
    else:
        store.run(
            "create index floor_skill on floor (skill) include (portfolio, level)",
            "vacuum analyze",
        )


# --- The questions -------------------------------------------------------------------------------


def ways(store: Store) -> dict[str, Ask]:
    from portfolio.services import directory
    from portfolio.services.directory import Question

    sqlite = store.connection.vendor == "sqlite"

    def floor(skills: Sequence[int]) -> object:
        marks = ", ".join("%s" for _skill in skills)
        with store.connection.cursor() as cursor:
            if sqlite:
                cursor.execute(FLOOR.format(among=f"in ({marks})"), list(skills))
            else:
                cursor.execute(FLOOR.format(among="= any(%s)"), [list(skills)])
            return cursor.fetchall()

    def question(skills: Sequence[int], **more: Any) -> Question:
        return Question(skills=[uuid(2, n) for n in skills], **more)

    def ranking(skills: Sequence[int]) -> object:
        asked = question(skills)
        return list(directory._ranked(asked, list(asked.skills)))

    def search(skills: Sequence[int], **more: Any) -> object:
        found = directory.search(question=question(skills, **more), number=1, now=NOW)
        assert found.cards
        return found

    return {
        "floor": floor,
        "ranking": ranking,
        "search": search,
        "search, verified only": lambda skills: search(skills, verified_only=True),
        "search, in a town": lambda skills: search(skills, words="town07"),
    }


def asked(kind: str, pick: random.Random) -> list[int]:
    if kind == "rare":
        return pick.sample(range(2000, SKILLS), ASKED)
    if kind == "of the 100 commonest":
        return pick.sample(range(100), ASKED)
    weights = list(accumulate(1 / (i + 20) ** 0.8 for i in range(SKILLS)))
    found: dict[int, None] = {}
    while len(found) < ASKED:
        found[pick.choices(range(SKILLS), cum_weights=weights)[0]] = None
    return list(found)


class Clock:
    """What passed, and what processors did: ours, and that of the database's process for us."""

    def __init__(self, store: Store) -> None:
        self.server = None
        if store.connection.vendor == "postgresql":
            with store.connection.cursor() as cursor:
                cursor.execute("select pg_backend_pid()")
                self.server = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")

    def now(self) -> tuple[float, float]:
        """Milliseconds."""
        served = int(self.server.read_text().split()[0]) / 1e6 if self.server else 0.0
        return time.perf_counter() * 1000, time.process_time() * 1000 + served


def measure(store: Store, rounds: int) -> None:
    pick, each, clock = random.Random(7), ways(store), Clock(store)
    for kind in ("as they are met", "rare", "of the 100 commonest"):
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in each}
        for number in range(rounds + 3):
            skills = asked(kind, pick)
            for name, ask in each.items():
                before = clock.now()
                ask(skills)
                after = clock.now()
                if number >= 3:  # the first ones find cold caches
                    taken[name].append((after[0] - before[0], after[1] - before[1]))
        vendor = store.connection.vendor
        say(f"{vendor}, twenty skills, {kind}: median / p95 in ms; of processors; times the floor")
        least = statistics.median(used for _passed, used in taken["floor"])
        for name, times in taken.items():
            passed, used = zip(*times, strict=True)
            ratio = statistics.median(used) / least
            say(f"  {name:<24}{_both(passed)}   {_both(used)}   x {ratio:.1f}")


def _both(times: Sequence[float]) -> str:
    return f"{statistics.median(times):7.1f} / {statistics.quantiles(times, n=20)[18]:6.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--sqlite", action="store_true")
    options = parser.parse_args()
    say(machine())
    with tempfile.TemporaryDirectory(prefix="laurel-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": folder,
            "SECRET_KEY": "only for measuring " * 4,
            "LOG_LEVEL": "ERROR",
            "DATABASE_POOL": "0",
        }
        if options.sqlite:
            run(options.people, options.rounds)
            return
        with Postgres() as server:
            os.environ["DATABASE_URL"] = server.url()
            run(options.people, options.rounds)


def run(people: int, rounds: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    store, start = Store(), time.monotonic()
    fill(store, people)
    say(f"{people:,} people made in {time.monotonic() - start:.0f} s")
    measure(store, rounds)
    connections.close_all()


if __name__ == "__main__":
    main()
