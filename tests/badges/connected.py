"""For the tests of connected accounts: the whole way there and back, as a browser goes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from accounts.models import User
from badges import fetch
from badges.fetch import Fetcher
from badges.models import Connection
from badges.services import connecting, discovering
from badges.sources.account import Offer
from tests.simulators.base import Simulator
from tests.simulators.provider import Provider


def now() -> datetime:
    """The provider's clock is the machine's, so ours is too."""
    return datetime.now(UTC)


@contextmanager
def door(*simulators: Simulator) -> Iterator[Fetcher]:
    private, stand_ins = fetch.openings([one.allow for one in simulators])
    with Fetcher(fetch.Policy(private=frozenset(private), stand_ins=stand_ins)) as get:
        yield get


def offer(user: User, provider: Provider, get: Fetcher, kind: str = "ob3_api") -> Offer:
    found = discovering.discover(user=user, address=provider.origin, fetch=get, now=now())
    return next(one for one in found if one.kind == kind)


def parts(url: str) -> tuple[UUID, dict[str, str]]:
    """The provider in a return address, and what was told in it."""
    split = urlsplit(url)
    return UUID(split.path.rstrip("/").rpartition("/")[2]), dict(parse_qsl(split.query))


def come_back(user: User, url: str, get: Fetcher) -> Connection:
    provider_id, told = parts(url)
    return connecting.complete(user=user, provider_id=provider_id, told=told, sender=get, now=now())


def connect(user: User, provider: Provider, get: Fetcher, kind: str = "ob3_api") -> Connection:
    """There and back, with a yes."""
    chosen = offer(user, provider, get, kind)
    there = connecting.begin(user=user, offer=chosen, sender=get, now=now())
    return come_back(user, provider.visit(there), get)
