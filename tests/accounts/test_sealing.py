"""Secrets that can be read again: by this site, for one purpose, in one place."""

import pytest
from django.conf import LazySettings

from accounts.services import sealing


def test_what_is_sealed_opens_again() -> None:
    sealed = sealing.seal("s3cret ü", purpose="key", bound_to="row 1")
    assert "s3cret" not in sealed
    assert sealing.unseal(sealed, purpose="key", bound_to="row 1") == "s3cret ü"


def test_the_same_secret_never_looks_the_same() -> None:
    assert len({sealing.seal("a", purpose="key", bound_to="row") for _ in range(20)}) == 20


def test_a_seal_opens_in_its_own_place_and_for_its_own_purpose_only() -> None:
    sealed = sealing.seal("a", purpose="key", bound_to="row 1")
    assert sealing.unseal(sealed, purpose="key", bound_to="row 2") is None
    assert sealing.unseal(sealed, purpose="share token", bound_to="row 1") is None


@pytest.mark.parametrize("broken", ["", "1.", "1.???", "1.AAAA", "2.AAAA", "1." + "A" * 80, "1.ü"])
def test_a_broken_seal_is_no_error(broken: str) -> None:
    assert sealing.unseal(broken, purpose="key", bound_to="x") is None


def test_an_older_key_of_the_site_still_opens_and_a_lost_one_does_not(
    settings: LazySettings,
) -> None:
    sealed = sealing.seal("a", purpose="key", bound_to="row")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret key of fair length " * 2
    assert sealing.unseal(sealed, purpose="key", bound_to="row") is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert sealing.unseal(sealed, purpose="key", bound_to="row") == "a"


def test_share_links_of_earlier_versions_stay_open(settings: LazySettings) -> None:
    settings.SECRET_KEY = "only for tests " * 4
    sealed = "1.I3ktjwXFi4vtzkt2pBl1MmYpLQXV1-JBAvq4OBJFJr5OMPMV8xzftg=="
    assert sealing.unseal(sealed, purpose="share token", bound_to="digest") == "token of old"
