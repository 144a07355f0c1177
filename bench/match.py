"""What reading a job advert costs, beside a list as large as ESCO's.

`python -m bench.match [--skills 14000] [--rounds 30]` on SQLite in a temporary folder, or on the
empty database that DATABASE_URL names. Our own list is loaded, and beside it made-up skills with
eight names each. Adverts are the thirty of the tests, one of three hundred words, and the longest
that is read. The floor is the same number of words cut and looked up in a dictionary in memory.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator

FOLDER = tempfile.mkdtemp(prefix="laurel-bench-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "VAR_DIR": FOLDER,
    "SECRET_KEY": "only for measuring " * 4,
    "LOG_LEVEL": "ERROR",
}

import django  # noqa: E402  the environment comes first

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from badges.models import Skill, SkillAlias  # noqa: E402
from badges.services import adverts, curating, skill_files  # noqa: E402
from badges.skills.plain import MAX_CHARACTERS  # noqa: E402
from bench.verify import machine, say  # noqa: E402
from tests.badges.test_match_quality import ALL  # noqa: E402
from tests.e2e.test_match import ADVERT  # noqa: E402

NAMES = 8  # of one skill, as in ESCO
PARTS = 400  # made-up words


def made_up(count: int) -> Iterator[skill_files.Entry]:
    """Skills such as nobody has, in words that look like words."""
    chance = random.Random(1)
    words = ["".join(chance.choices("bdfgklmnprstvaeiou", k=7)) for _ in range(PARTS)]
    for number in range(count):
        names = [
            " ".join(chance.choices(words, k=chance.randint(1, 4))) + f" {number}"
            for _ in range(NAMES)
        ]
        yield skill_files.Entry(
            names[0],
            tuple(skill_files.Name(name, "en", preferred=not at) for at, name in enumerate(names)),
            url=f"http://data.europa.eu/esco/skill/{number:08x}-0000-4000-8000-000000000000",
            framework="ESCO",
        )


def timed(work: Callable[[str], object], texts: list[str], rounds: int) -> list[float]:
    """Milliseconds of CPU of each advert in each round, the least first."""
    found = []
    for _round in range(rounds):
        for text in texts:
            start = time.process_time()
            work(text)
            found.append((time.process_time() - start) * 1000)
    return sorted(found)


def floor(text: str, names: set[str]) -> int:
    """Every run of up to six words, looked up in memory: no cut finer, no meaning, no database."""
    words = text.casefold().split()
    return sum(
        " ".join(words[start:end]) in names
        for start in range(len(words))
        for end in range(start + 1, min(start + 6, len(words)) + 1)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skills", type=int, default=14_000)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    say(machine())
    call_command("migrate", verbosity=0)
    for entries, curated in ((skill_files.starter(), True), (made_up(options.skills), False)):
        for _counted in curating.load(entries, curated=curated):
            pass
    say(f"{connection.vendor}: {Skill.objects.count()} skills, {SkillAlias.objects.count()} names")
    names = {text.casefold() for text in SkillAlias.objects.values_list("text", flat=True)}
    longest = (ADVERT * 20)[:MAX_CHARACTERS]
    every = [("thirty short ones", [one.text for one in ALL]), ("300 words", [ADVERT])]
    for name, texts in (*every, (f"{MAX_CHARACTERS} characters", [longest])):
        with CaptureQueriesContext(connection) as queries:
            found = adverts.wanted(text=texts[0])
        costs = timed(lambda text: adverts.wanted(text=text), texts, options.rounds)
        bare = timed(lambda text: floor(text, names), texts, options.rounds)
        p50, p95 = costs[len(costs) // 2], costs[len(costs) * 95 // 100]
        say(
            f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms CPU, {len(queries)} queries, "
            f"{len(found.wanted)} skills; floor {bare[len(bare) // 2]:.2f} ms"
        )


if __name__ == "__main__":
    main()
