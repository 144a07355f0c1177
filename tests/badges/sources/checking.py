"""For the tests of readers: what was found is verified for real."""

from datetime import UTC, datetime

from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import Fetch
from badges.openbadges.report import Report
from badges.openbadges.verify import verify
from badges.sources.base import Found, Reader
from tests.badges.sources.reading import found
from tests.simulators.awards import ADA

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def check(one: Found, fetch: Fetch, *, addresses: tuple[str, ...] = (ADA,)) -> Report:
    """What the site would make of it."""
    data = one.data or one.url.encode()
    return verify(data, fetch=fetch, now=NOW, addresses=addresses)


def tolerated(reader: Reader, address: str, fetch: Fetch) -> list[Found]:
    """What is found there, none when the reader says in words why not; anything else is a fault."""
    try:
        return found(reader, address, fetch)
    except OpenBadgesError:
        return []
