"""For the tests of readers: a real simulator, asked through the real door to the internet."""

from collections.abc import Iterator
from contextlib import contextmanager

from badges.fetch import TOTAL, Fetcher, Policy, openings
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import Fetch
from badges.sources.base import Found, Link, Nothing, Reader, Seen
from tests.simulators.base import Mode, Simulator

# What is said of a platform's bad days. Each reader has words of its own for what is not there.
BAD_DAYS = [
    (Mode.THROTTLED, Unreachable, "at the moment"),
    (Mode.REFUSING, Unreachable, "at the moment"),
    (Mode.BROKEN, Unreachable, "at the moment"),
    (Mode.HTML, Nothing, "web page"),
    (Mode.TRUNCATED, Nothing, "web page"),
]


@contextmanager
def door(*simulators: Simulator, total: float = TOTAL) -> Iterator[Fetch]:
    """A fetch that reaches these simulators at their names under .test."""
    private, stand_ins = openings(",".join(one.allow for one in simulators).split(","))
    policy = Policy(private=frozenset(private), stand_ins=stand_ins, total=total)
    with Fetcher(policy) as fetch:
        yield fetch


def seen(reader: Reader, address: str) -> Seen | None:
    link = Link.of(address)
    return reader.recognise_link(link) if link else None


def found(reader: Reader, address: str, fetch: Fetch) -> list[Found]:
    """Everything at this address; fails when the reader does not know it."""
    recognised = seen(reader, address)
    assert recognised is not None, f"{reader.name} does not know {address}"
    return list(reader.find(recognised.answers, fetch=fetch))
