"""From whatever bytes arrive to what a badge says."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from badges.openbadges import dates, parse, v3
from badges.openbadges.bakery import bake
from badges.openbadges.credential import Format, Version
from badges.openbadges.errors import Unreadable
from tests.openbadges import make
from tests.openbadges.make import (
    ASSERTION,
    LEARNER,
    Json,
    assertion,
    hosted_web,
    png,
    signed,
    token,
)


@pytest.mark.parametrize(
    ("data", "format", "version"),
    [
        (json.dumps(signed()).encode(), Format.JSON, Version.OB3),
        (b"\xef\xbb\xbf \n" + json.dumps(signed()).encode(), Format.JSON, Version.OB3),
        (json.dumps([signed()]).encode(), Format.JSON, Version.OB3),
        (token().encode() + b"\n", Format.JWT, Version.OB3),
        (json.dumps(token()).encode(), Format.JWT, Version.OB3),
        (bake(png(), json.dumps(signed()), Version.OB3), Format.PNG, Version.OB3),
        (bake(make.SVG, token(), Version.OB3), Format.SVG, Version.OB3),
        (json.dumps(assertion()).encode(), Format.JSON, Version.OB2),
        (make.signed_assertion().encode(), Format.JWT, Version.OB2),
        (bake(png(), ASSERTION, Version.OB2), Format.PNG, Version.OB2),
        (ASSERTION.encode(), Format.JSON, Version.OB2),
    ],
)
def test_a_badge_is_recognised_by_its_content(
    data: bytes, format: Format, version: Version
) -> None:
    document = parse.read(data)
    assert (document.format, document.version) == (format, version)


def test_an_enveloped_credential_is_unwrapped() -> None:
    wrapped = {
        "@context": make.VC2,
        "id": f"data:application/vc+jwt,{token()}",
        "type": "EnvelopedVerifiableCredential",
    }
    document = parse.read(json.dumps(wrapped).encode())
    assert document.jws is not None
    assert document.payload["name"] == "Rope work"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.empty"),
        (b" \n ", "file.empty"),
        (b"\xff\xd8\xff\xe0 JFIF", "file.other_kind"),
        (b"%PDF-1.7", "pdf.no_badge"),
        (b"PK\x03\x04", "file.other_kind"),
        (b"\x00\x01\xff", "text.encoding"),
        (b"hello", "text.no_badge"),
        (b"javascript:alert(1)", "text.no_badge"),
        (b"42", "text.no_badge"),
        (b"[1, 2]", "json.not_object"),
        (b"{}", "json.not_a_badge"),
        (b'{"type": "BadgeClass", "name": "x"}', "json.not_awarded"),
        (b'{"type": "Issuer"}', "json.not_awarded"),
        (b'{"type": ["Achievement"]}', "json.not_awarded"),
        (b'{"type": "VerifiablePresentation"}', "json.not_object"),
        (b"eyJhbGciOiJub25lIn0.e30.", "json.not_a_badge"),
        (b"a.b.c", "jwt.damaged"),
        (b"<!doctype html><title>Not found</title>", "file.web_page"),
        (b"<note>Not found</note>", "image.not_svg"),
    ],
)
def test_what_is_no_badge_is_refused_with_a_reason(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse.read(data)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")


def test_open_badges_3_says_everything_in_one_shape() -> None:
    badge = make.unsigned(
        awardedDate="2026-02-03T00:00:00Z",
        validUntil="2030-01-01T00:00:00Z",
        evidence=[{"id": "https://x.example/e", "type": ["Evidence"], "name": "A film"}],
    )
    who = badge["credentialSubject"]
    who |= {"name": "Ada", "creditsEarned": 3, "narrative": "Very neat."}
    who["identifier"] = [
        {"type": "IdentityObject", "identityType": "emailAddress", "hashed": True}
        | {"identityHash": "sha256$00", "salt": "s"}
    ]
    who["result"] = [
        {"type": ["Result"], "resultDescription": "urn:x:1", "value": "A"},
        {"type": ["Result"], "resultDescription": "urn:x:2", "achievedLevel": "urn:x:3"},
        {"type": ["Result"], "status": "Completed"},
    ]
    who["achievement"] |= {
        "tag": ["rope", " knots "],
        "achievementType": "Badge",
        "inLanguage": "en",
        "alignment": [
            {"type": ["Alignment"], "targetName": "Knots", "targetUrl": "https://esco.example/1"}
            | {"targetFramework": "ESCO", "targetCode": "K1", "targetDescription": "d"}
        ],
        "resultDescription": [
            {"id": "urn:x:1", "name": "Final grade"},
            {
                "id": "urn:x:2",
                "name": "Level",
                "rubricCriterionLevel": [{"id": "urn:x:3", "name": "Mastered"}],
            },
        ],
    }
    found = v3.credential(badge)
    assert found.name == "Rope work"
    assert found.description == "Ties twelve knots."
    assert found.criteria.text == "Shown before a master."
    assert found.image == "https://school.example/rope.png"
    assert found.issuer.name == "Harbour School"
    assert found.issued_at == datetime(2026, 2, 3, tzinfo=UTC)
    assert found.expires_at == datetime(2030, 1, 1, tzinfo=UTC)
    assert [one.kind for one in found.recipients] == ["email", "email"]
    assert (found.recipients[0].value, found.recipients[1].salt) == (LEARNER, "s")
    assert found.alignments[0].framework == "ESCO"
    assert found.evidence[0].url == "https://x.example/e"
    assert found.tags == ("rope", "knots")
    assert found.results == ("Final grade: A", "Level: Mastered", "Result: Completed")
    assert (found.recipient_name, found.credits_earned, found.language) == ("Ada", 3.0, "en")


def test_a_vc_1_token_gets_its_missing_parts_from_its_claims() -> None:
    payload = {
        "iss": make.DID,
        "jti": "urn:x:1",
        "sub": "did:example:ada",
        "nbf": 1767225600,
        "vc": {"type": ["VerifiableCredential"], "credentialSubject": {"name": "Ada"}},
    }
    found = v3.claims(payload)
    assert v3.issuer_id(found) == make.DID
    assert v3.own_id(found) == "urn:x:1"
    assert v3.credential(found).issued_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert v3.credential(found).recipients[0].value == "did:example:ada"


def test_open_badges_2_is_put_together_from_what_was_fetched() -> None:
    web = hosted_web()
    document = parse.read(json.dumps(assertion(narrative="Well done.")).encode())
    bare = parse.credential(document)
    assert (bare.name, bare.achievement_id) == ("", make.CLASS)
    full = parse.credential(document, {url: one.body for url, one in web.answers.items()})
    assert (full.name, full.issuer.name) == ("Rope work", "Harbour School")
    assert full.criteria.text == "Shown before a master."
    assert full.recipients[0].value == LEARNER
    # The host's own words replace the file's.
    assert full.narrative == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (make.unsigned(), make.unsigned(name="Another name")),
        (make.unsigned(id="http://x.example/a%20b"), make.unsigned(id=" http://x.example/a b ")),
        (make.unsigned(id="https://X.example:443/1"), make.unsigned(id="https://x.example/1")),
    ],
)
def test_two_copies_of_one_badge_have_one_key(one: Json, other: Json) -> None:
    assert key(one) == key(other)


def test_other_badges_have_other_keys() -> None:
    stranger = {"id": "https://other.example/issuer", "type": ["Profile"]}
    badges = [
        make.unsigned(),
        make.unsigned(id="urn:x:2"),
        make.unsigned(issuer=stranger),
        assertion(),
        make.unsigned(id="urn:x:" + "y" * 400),
    ]
    nameless = make.unsigned()
    del nameless["id"]
    keys_found = [key(one) for one in [*badges, nameless]]
    assert len(set(keys_found)) == len(keys_found)
    assert keys_found[-1].startswith("sha256:")
    assert max(map(len, keys_found)) <= 255


def key(badge: Json) -> str:
    return parse.identity_key(parse.read(json.dumps(badge).encode()))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02T03:04:05+05:30", datetime(2026, 1, 1, 21, 34, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05-0100", datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC)),
        ("2017-10-01T00:00Z", datetime(2017, 10, 1, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59-12:00", None),
        ("2026-13-01", None),
        ("soon", None),
        (True, None),
        (1e300, None),
        ({"a": 1}, None),
        ("", None),
    ],
)
def test_dates_are_read_in_every_habit(written: Any, meant: datetime | None) -> None:
    assert dates.parse(written) == meant
    if meant is not None:
        assert dates.parse(meant + timedelta(0)) is None  # only what JSON can hold
