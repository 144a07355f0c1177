"""Who and what the tests of badges share: a learner, a clock, a platform to connect to."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings

from accounts.models import User
from badges.fetch import Fetcher
from tests.badges.connected import door
from tests.factories import make_user
from tests.simulators.provider import Provider

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Clock:
    """A clock that a test can move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ada() -> User:
    return make_user("ada@example.org")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def get(provider: Provider, settings: LazySettings) -> Iterator[Fetcher]:
    settings.FETCH_ALLOW = [provider.allow]
    with door(provider) as get:
        yield get
