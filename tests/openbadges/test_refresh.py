"""An issuer may offer a newer copy of a badge. It is asked for once, and only counts if proven."""

from typing import Any

import pytest

from badges.openbadges.report import Check, Result
from tests.openbadges import make
from tests.openbadges.make import SITE, STRANGER, Json, Web, check, signed

SERVICE = f"{SITE}/refresh/1"
OFFER = {"id": SERVICE, "type": "1EdTechCredentialRefresh"}


def old(**changes: Any) -> Json:
    return signed(refreshService=OFFER, validUntil="2026-06-01T00:00:00Z", **changes)


def new(**changes: Any) -> Json:
    who = make.unsigned()["credentialSubject"]
    who["achievement"]["name"] = "Rope work, renewed"
    return signed(**{"validFrom": "2026-06-01T00:00:00Z", "credentialSubject": who} | changes)


def answered(content: Any, **put: Any) -> Web:
    web = Web()
    web.put(SERVICE, content, **put)
    return web


def test_a_newer_copy_by_the_same_issuer_is_what_is_checked() -> None:
    web = answered(new())
    report = check(old(), web)
    assert report.result is Result.VALID
    assert report.credential is not None
    assert report.credential.name == "Rope work, renewed"
    assert report.finding(Check.READABLE).code == "read.refreshed"
    assert web.asked == [SERVICE]
    assert report.document is not None
    assert report.document.payload["validFrom"] == "2026-01-01T00:00:00Z"  # as it was handed in


@pytest.mark.parametrize(
    "answer",
    [
        new(id="urn:x:another"),
        new(issuer={"id": "did:web:school.example", "type": ["Profile"]}),
        new(validFrom="2025-01-01T00:00:00Z"),
        make.unsigned(validFrom="2026-06-01T00:00:00Z"),
        new() | {"name": "Doctor"},
        make.assertion(),
        f"{SITE}/refresh/2",
        "<html>Sign in</html>",
        b"\x00",
        [],
    ],
)
def test_anything_else_changes_nothing(answer: Any) -> None:
    report = check(old(), answered(answer if answer != [] else "[]"))
    assert report.result is Result.EXPIRED
    assert report.credential is not None
    assert report.credential.name == "Rope work"


def test_a_silent_service_changes_nothing() -> None:
    assert check(signed(refreshService=OFFER)).result is Result.VALID
    web = answered(new(), status=503)
    assert check(signed(refreshService=OFFER), web).result is Result.VALID


def test_a_badge_that_is_not_proven_asks_nobody() -> None:
    for badge in (
        old() | {"name": "Doctor"},
        make.unsigned(refreshService=OFFER),
        signed(STRANGER, issuer={"id": make.DID, "type": ["Profile"]}, refreshService=OFFER),
    ):
        web = answered(new())
        assert check(badge, web).result is not Result.VALID
        assert web.asked == []


def test_it_is_asked_once_even_if_it_offers_itself_for_ever() -> None:
    web = answered(new(refreshService={"id": f"{SITE}/refresh/2", "type": OFFER["type"]}))
    assert check(old(), web).result is Result.VALID
    assert web.asked == [SERVICE]
