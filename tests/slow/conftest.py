"""Both set-ups for each slow test, and an issuer to reach."""

from collections.abc import Iterator

import pytest

from tests.issuer import Issuer
from tests.site import BACKENDS, Backend


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    name: Backend = request.param
    return name


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test found out is shown at the end, whichever process found it."""
    for report in terminalreporter.getreports("passed"):
        for name, words in report.user_properties:
            if name == "table":
                terminalreporter.write_line(str(words))
