"""European Digital Credentials: shown by a list of what may be, their seal left to others."""

import base64
import json
from dataclasses import asdict
from typing import Any

import pytest

from badges.openbadges import parse
from badges.openbadges.credential import Version
from badges.openbadges.report import Check, Outcome, Result, Trust
from tests.openbadges.make import Json, check

SECRETS = ("1999-12-31", "FEMALE", "AB-123456", "Atlantis", "Seaward", "/9j/4AAQ")


def european(**changes: Any) -> Json:
    found: Json = {
        "@context": [
            "https://www.w3.org/2018/credentials/v1",
            "http://data.europa.eu/snb/model/context/edc-ap",
        ],
        "id": "urn:credential:1",
        "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
        "issuer": {
            "id": "urn:epass:org:1",
            "type": "Organisation",
            "legalName": {"en": ["Harbour University"], "de": "Hafenuniversität"},
            "eIDASIdentifier": {"notation": "VATDE-1"},
        },
        "issuanceDate": "2026-01-01T00:00:00+01:00",
        "issued": "2026-01-01T00:00:00+01:00",
        "validFrom": "2026-01-01T00:00:00+01:00",
        "displayParameter": {
            "title": {"en": ["Ropes and knots"], "de": ["Seile und Knoten"]},
            "description": {"en": "A summer course."},
            "primaryLanguage": {
                "id": "http://publications.europa.eu/resource/authority/language/ENG"
            },
            "individualDisplay": [{"displayDetail": [{"image": {"content": "/9j/4AAQ" * 20_000}}]}],
        },
        "credentialSubject": {
            "id": "urn:epass:person:1",
            "type": "Person",
            "fullName": {"en": "Ada Learner"},
            "dateOfBirth": "1999-12-31",
            "gender": {"notation": "FEMALE"},
            "nationalID": {"notation": "AB-123456"},
            "citizenshipCountry": {"prefLabel": {"en": "Atlantis"}},
            "location": [{"address": {"fullAddress": {"en": "1 Seaward Road"}}}],
            "contactPoint": [{"emailAddress": [{"id": "mailto:ada@learner.example"}]}],
            "hasClaim": [
                {
                    "id": "urn:epass:achievement:1",
                    "type": "LearningAchievement",
                    "title": {"en": ["Ropes"]},
                    "specifiedBy": {
                        "eqfLevel": {"id": "http://data.europa.eu/snb/eqf/5"},
                        "creditPoint": [{"point": "6"}],
                        "learningOutcome": [
                            {
                                "title": {"en": "Ties knots"},
                                "relatedESCOSkill": [{"id": "http://data.europa.eu/esco/skill/1"}],
                            },
                            {"title": {"en": "Mends nets"}},
                        ],
                    },
                },
                {"type": "LearningAchievement", "title": {"en": "Nets"}},
            ],
        },
    }
    return found | changes


def sealed(**changes: Any) -> Json:
    payload = base64.urlsafe_b64encode(json.dumps(european(**changes)).encode()).decode()
    return {"payload": payload.rstrip("="), "signatures": [{"protected": "e30", "signature": "x"}]}


@pytest.mark.parametrize(
    "value", [european(), sealed(), {"credential": european(), "deliveryDetails": {}}]
)
def test_it_is_read_and_says_that_its_seal_is_not_checked(value: Json) -> None:
    report = check(value, addresses=("ada@learner.example",))
    assert (report.result, report.trust, report.host) == (Result.UNKNOWN, Trust.NONE, "")
    assert report.finding(Check.SIGNATURE).code == "signature.seal"
    assert report.finding(Check.SIGNATURE).outcome is Outcome.UNKNOWN
    assert report.finding(Check.RECIPIENT).code == "recipient.match"
    found = report.credential
    assert found is not None
    assert (found.version, found.name) == (Version.EDC, "Ropes and knots")
    assert (found.description, found.issuer.name) == ("A summer course.", "Harbour University")
    assert (found.recipient_name, found.credits_earned) == ("Ada Learner", 6.0)
    assert [(one.name, one.framework) for one in found.alignments] == [
        ("Ties knots", "ESCO"),
        ("Mends nets", ""),
    ]
    assert found.results == ("EQF level: 5", "Also: Nets")


def test_nothing_private_gets_out() -> None:
    report = check(european())
    assert report.credential is not None
    told = json.dumps(asdict(report.credential), default=str) + repr(report.findings)
    for secret in SECRETS:
        assert secret in json.dumps(european())
        assert secret not in told


def test_expired_is_expired_whatever_the_seal() -> None:
    assert check(european(validUntil="2026-02-01T00:00:00Z")).result is Result.EXPIRED


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": None, "displayParameter": None},
        {"issuer": "urn:x", "displayParameter": [], "credentialSubject": []},
        {"credentialSubject": {"hasClaim": [{"specifiedBy": [{"creditPoint": "six"}]}]}},
        {"credentialSubject": {"hasClaim": {"specifiedBy": {"creditPoint": {"point": "six"}}}}},
        {"displayParameter": {"title": {"en": [], "fr": {"x": ["y"]}}, "primaryLanguage": 7}},
    ],
)
def test_whatever_is_missing_or_odd_it_is_shown(changes: Json) -> None:
    report = check(european(**changes))
    assert report.result is Result.UNKNOWN
    assert report.document is not None
    assert parse.identity_key(report.document)


@pytest.mark.parametrize("payload", ["e30", "!", "{}", "eyJ0eXBlIjogIkEifQ", 7])
def test_a_sealed_something_else_is_no_badge(payload: Any) -> None:
    assert check({"payload": payload, "signatures": []}).result is Result.UNREADABLE
