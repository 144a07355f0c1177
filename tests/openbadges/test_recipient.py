"""Whose badge is it? Every way of naming a recipient, and what each of them can tell."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from badges.openbadges import recipient
from badges.openbadges.check_any import whose
from badges.openbadges.credential import Identity
from badges.openbadges.report import Check, Outcome, Result
from tests.openbadges.make import ASSERTION as HOSTED
from tests.openbadges.make import assertion, check, hosted_web, signed

MINE = "ada.lovelace@learner.example"


def hashed(spelling: str, name: str = "sha256", salt: str | None = "s") -> Identity:
    digest = hashlib.new(name, (spelling + (salt or "")).encode()).hexdigest()
    return Identity("email", f"{name}${digest}", True, salt)


@pytest.mark.parametrize(
    "spelling",
    [
        MINE,
        "ADA.LOVELACE@LEARNER.EXAMPLE",
        "Ada.Lovelace@learner.example",
        "Ada.lovelace@learner.example",
        "Ada.Lovelace@Learner.example",
        "ada.lovelace@LEARNER.EXAMPLE",
        "ADA.LOVELACE@learner.example",
    ],
)
@pytest.mark.parametrize("name", ["sha256", "md5", "sha1", "sha512"])
def test_a_hash_of_any_usual_spelling_is_found(spelling: str, name: str) -> None:
    assert recipient.match([hashed(spelling, name)], [MINE]) == MINE
    assert recipient.match([hashed(spelling, name)], ["ada@learner.example"]) is None


@pytest.mark.parametrize(
    "other",
    [
        "adalovelace@learner.example",
        "ada.lovelace+x@learner.example",
        "\u212ada@x.example",
        "@",
        "",
    ],
)
def test_other_mailboxes_are_other_people(other: str) -> None:
    assert recipient.match([hashed(other)], [MINE]) is None


def test_the_spelling_as_it_was_given_counts_too() -> None:
    assert recipient.match([hashed("aDa@x.example")], ["aDa@x.example"]) == "aDa@x.example"
    assert recipient.match([hashed("aDa@x.example")], ["ada@x.example"]) is None


def test_an_internationalised_domain_is_found_in_both_spellings() -> None:
    kept = "ada@xn--mnchen-3ya.example"
    for identity in (
        hashed("ada@münchen.example"),
        Identity("email", "Ada@münchen.example", False, None),
        Identity("email", kept, False, None),
    ):
        assert recipient.match([identity], [kept]) == kept
    assert recipient.match([hashed("ada@strasse.example")], ["ada@straße.example"]) is None


@pytest.mark.parametrize(
    ("identity", "addresses", "outcome"),
    [
        (hashed(MINE), [MINE], "match"),
        (hashed(MINE, salt=None), [MINE], "match_weak"),
        (hashed(MINE, "md5"), [MINE], "match_weak"),
        (hashed(MINE, "sha1"), [MINE], "match_weak"),
        (hashed(MINE), ["eve@evil.example"], "mismatch"),
        (replace(hashed(MINE), hashed=False), [MINE], "match"),  # forgotten by its issuer
        (replace(hashed(MINE, "md5"), hashed=False), [MINE], "match_weak"),
        (replace(hashed(MINE), hashed=False), ["eve@evil.example"], "mismatch"),
        (Identity("email", MINE, False, None), [MINE], "match"),
        (Identity("telephone", "+49 (30) 12-34", False, None), ["+49301234"], "match"),
        (Identity("telephone", "tel:+49301234", False, None), ["+49 30 1234"], "match"),
        (Identity("telephone", "+49301235", False, None), ["+49301234"], "mismatch"),
        (Identity("telephone", "+49301235", False, None), [MINE], "incomparable"),
        (Identity("url", "https://Ada.example", False, None), ["https://ada.example/"], "match"),
        (Identity("url", "https://ada.example", False, None), [MINE], "incomparable"),
        (Identity("did", "did:key:z6Mk1", False, None), ["did:key:z6Mk1"], "match"),
        (Identity("did", "did:key:z6Mk1", False, None), ["did:key:z6Mk2"], "mismatch"),
        (Identity("did", "did:key:z6Mk1", False, None), [MINE], "incomparable"),
        # A hash of something else is no evidence against the owner of an address.
        (Identity("studentid", hashed("4711").value, True, "s"), [MINE], "incomparable"),
        (Identity("name", "Ada Lovelace", False, None), [MINE], "incomparable"),
    ],
)
def test_every_way_of_naming_somebody(
    identity: Identity, addresses: list[str], outcome: str
) -> None:

    assert whose((identity,), addresses).code == f"recipient.{outcome}"


def badge(**who: Any) -> Any:
    subject = signed()["credentialSubject"]
    del subject["id"]
    return signed(credentialSubject=subject | who)


def identifier(kind: str, value: str, **changes: Any) -> Any:
    found = {"type": "IdentityObject", "hashed": False, "identityHash": value, "identityType": kind}
    return found | changes


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ({"identifier": identifier("emailAddress", MINE)}, "match"),
        (
            {"identifier": [identifier("studentId", "4711"), identifier("emailAddress", MINE)]},
            "match",
        ),
        (
            {"identifier": [identifier("emailAddress", "x@y.example"), identifier("email", MINE)]},
            "match",
        ),
        ({"id": "did:key:z6Mk1", "identifier": [identifier("emailAddress", MINE)]}, "match"),
        ({"identifier": [identifier("studentId", "4711")]}, "incomparable"),
        ({"identifier": [identifier("emailAddress", "x@y.example")]}, "mismatch"),
        ({"identifier": []}, "unnamed"),
        ({}, "unnamed"),
    ],
)
def test_several_identifiers_and_none(who: Any, code: str) -> None:
    report = check(badge(**who), addresses=(MINE,))
    assert report.result is Result.VALID
    assert report.finding(Check.RECIPIENT).code == f"recipient.{code}"


def test_without_any_identifier_it_says_what_it_cannot_say() -> None:
    finding = check(badge(), addresses=(MINE,)).finding(Check.RECIPIENT)
    assert finding.outcome is Outcome.UNKNOWN
    assert "whoever has the file" in finding.detail
    assert check(badge()).finding(Check.RECIPIENT).code == "recipient.not_asked"


def test_a_2_0_badge_may_name_its_recipient_by_every_kind() -> None:
    web = hosted_web()
    who = {"type": "telephone", "hashed": False, "identity": "+49 30 1234"}
    web.put(HOSTED, assertion(recipient=who))
    report = check(assertion(recipient=who), web, addresses=("+49301234",))
    assert report.finding(Check.RECIPIENT).code == "recipient.match"
