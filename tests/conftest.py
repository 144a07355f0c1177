"""Every test's surroundings: an environment and a folder of its own, and no way to the internet.

Nothing of the developer's shell leaks in: the site's variables are dropped and set here, before
Django reads them. `LAUREL_TEST_ON=servers` runs the same tests on PostgreSQL and Redis, at the
addresses that `bin/with-servers` hands over.
"""

import atexit
import ipaddress
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator

import django
import pytest
from django.conf import settings
from django.core.cache import cache
from pytest_django import DjangoDbBlocker

FOLDER = tempfile.mkdtemp(prefix="laurel-tests-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

SITE_VARIABLES = (
    "ALLOWED_HOSTS BEHIND_PROXY DATABASE_POOL DATABASE_URL DEBUG DEFAULT_FROM_EMAIL"
    " DEMO_DOCUMENTS EMAIL_URL FETCH_ALLOW IMPORT_WIDTH LEASE_SECONDS LOG_LEVEL"
    " MEDIA_ROOT PORT REDIS_URL REQUESTS_PER_HOST REQUIRE_STAFF_MFA SECRET_KEY"
    " SECRET_KEY_FALLBACKS SIGNUP_OPEN SITE_URL SOURCE_HOSTS SSL_REDIRECT STATIC_HASHED"
    " SWEEP_SECONDS TIME_ZONE"
)
for name in SITE_VARIABLES.split():
    os.environ.pop(name, None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "LAUREL_TESTING": "1",
    "VAR_DIR": FOLDER,
    "SECRET_KEY": "only for tests " * 4,
    "LOG_LEVEL": "WARNING",
}
if os.environ.get("LAUREL_TEST_ON") == "servers":
    os.environ["DATABASE_URL"] = os.environ["LAUREL_TEST_DATABASE_URL"]
    os.environ["REDIS_URL"] = os.environ["LAUREL_TEST_REDIS_URL"]
    # A pooled connection would outlive its test and keep the test database from being dropped.
    os.environ["DATABASE_POOL"] = "0"
django.setup()

# A run that is told to stop ends like one that is interrupted: fixtures stop their servers.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Each of pytest-xdist's workers empties its cache after a test: never that of another.

    Only here does a worker know its number; when this module is read it does not yet.
    """
    worker = getattr(config, "workerinput", {}).get("workerid", "gw0")
    if "REDIS_URL" in os.environ:
        base = os.environ["REDIS_URL"].removesuffix("/0")
        settings.CACHES["default"]["LOCATION"] = f"{base}/{worker.removeprefix('gw')}"


class LeftTheMachine(BaseException):
    """A test tried to reach the internet. No `except Exception` of ours may hide it."""


def stay_home(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse every look-up and every connection that would leave this machine."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host is None or host == "localhost":
        return
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        raise LeftTheMachine(f"A test looked up {host!r}.") from None
    # An address in figures needs no look-up, so asking for it sends nothing.
    if event == "socket.connect" and not address.is_loopback:
        raise LeftTheMachine(f"A test connected to {host}.")


sys.addaudithook(stay_home)


@pytest.fixture(autouse=True)
def _fresh_cache(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Rate limits of one test must not reach the next, where no rollback takes them away."""
    yield
    mark = request.node.get_closest_marker("django_db")
    transactional = mark is not None and mark.kwargs.get("transaction", False)
    if "REDIS_URL" in os.environ or transactional or "transactional_db" in request.fixturenames:
        with django_db_blocker.unblock():
            cache.clear()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the servers, leave out what knows of no database, such as the core and the readers: it
    was tested beside SQLite, and would be tested a second time for nothing."""
    if os.environ.get("LAUREL_TEST_ON") != "servers":
        return
    pure = (
        *("tests/openbadges/", "tests/badges/sources/", "tests/badges/test_fetch.py"),
        *("tests/badges/test_send.py", "tests/badges/test_pictures.py"),
        *("tests/test_contracts.py", "tests/test_front_end.py", "tests/test_settings.py"),
    )
    left_out = [
        item
        for item in items
        if item.nodeid.startswith(pure) and item.get_closest_marker("django_db") is None
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        kept = set(items) - set(left_out)
        items[:] = [item for item in items if item in kept]
