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
