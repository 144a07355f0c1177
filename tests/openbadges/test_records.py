"""Learner records (CLR 2.0): the envelope and each credential inside, each with its own result."""

import copy
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges.openbadges import keys, parse, proofs
from badges.openbadges.bakery import bake
from badges.openbadges.credential import Kind, Version
from badges.openbadges.report import About, Check, Result, Role, Trust
from tests.openbadges import make
from tests.openbadges.make import (
    DID,
    ED25519,
    LEARNER,
    METHOD,
    OB3,
    SIGNED,
    STRANGER,
    VC2,
    Json,
    check,
    signed,
    unsigned,
)

CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
OTHER = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"


def envelope(*children: Any, **changes: Any) -> Json:
    return unsigned(
        **{
            "@context": [VC2, CLR, OB3],
            "id": "urn:uuid:record",
            "type": ["VerifiableCredential", "ClrCredential"],
            "name": "Transcript",
            "credentialSubject": {
                "id": f"mailto:{LEARNER}",
                "type": ["ClrSubject"],
                "verifiableCredential": list(children),
                "achievement": [unsigned()["credentialSubject"]["achievement"]],
            },
        }
        | changes
    )


def record(*children: Any, **changes: Any) -> Json:
    return proofs.sign(envelope(*children, **changes), ED25519, METHOD, SIGNED)


def test_the_envelope_and_its_children_answer_for_themselves() -> None:
    expired = signed(id="urn:uuid:old", validUntil="2026-02-01T00:00:00Z")
    tampered = signed(id="urn:uuid:bad") | {"name": "Master of ropes"}
    foreign = signed(STRANGER, id="urn:uuid:foreign", issuer=make_profile(STRANGER))
    token = make.token(ED25519)  # with the key in its header, which is the issuer's name, too
    report = check(record(signed(), expired, tampered, foreign, token))
    assert (report.result, report.trust) == (Result.VALID, Trust.SIGNED)
    assert [part.report.result for part in report.parts] == [
        Result.VALID,
        Result.EXPIRED,
        Result.INVALID,
        Result.VALID,
        Result.VALID,
    ]
    assert {(part.role, part.about) for part in report.parts} == {(Role.ACHIEVEMENT, About.RECORD)}
    assert report.unchecked == ()


def make_profile(key: Ed25519PrivateKey) -> Json:
    return {"id": keys.did_key(key.public_key()), "type": ["Profile"], "name": "Another School"}


def test_a_record_says_what_it_is() -> None:
    report = check(record(signed()), addresses=(LEARNER,))
    found = report.credential
    assert found is not None
    assert (found.version, found.kind, found.name) == (Version.CLR2, Kind.RECORD, "Transcript")
    assert found.criteria.text == ""  # an achievement that is listed is not the record's own
    assert report.finding(Check.RECIPIENT).code == "recipient.match"
    assert report.finding(Check.SCHEMA).code == "schema.complete"


def test_a_record_as_a_token_and_in_pictures() -> None:
    token = proofs.sign_jws(envelope(signed()), ED25519, {"kid": METHOD})
    for data in (token, bake(make.png(), token, Version.CLR2), bake(make.SVG, token, Version.CLR2)):
        report = check(data)
        assert report.result is Result.VALID
        assert [part.report.result for part in report.parts] == [Result.VALID]


def test_an_unsigned_child_of_the_same_issuer_is_covered_by_the_envelope() -> None:
    report = check(record(unsigned(id="urn:uuid:child")))
    (part,) = report.parts
    assert (part.report.result, part.report.trust) == (Result.VALID, Trust.SIGNED)
    finding = part.report.finding(Check.SIGNATURE)
    assert finding.code == "signature.of_record"
    assert part.report.host == report.host


def test_an_unsigned_child_of_somebody_else_is_hearsay() -> None:
    report = check(record(unsigned(id="urn:uuid:child", issuer={"id": OTHER, "type": ["Profile"]})))
    (part,) = report.parts
    assert (part.report.result, part.report.trust) == (Result.UNSIGNED, Trust.NONE)
    finding = part.report.finding(Check.SIGNATURE)
    assert finding.code == "signature.vouched"
    assert DID in finding.detail


def test_an_unsigned_child_of_a_record_that_does_not_count_rests_on_nothing() -> None:
    bad = record(unsigned(id="urn:uuid:child")) | {"name": "Changed"}
    report = check(bad)
    assert report.result is Result.INVALID
    assert report.parts[0].report.result is Result.UNSIGNED
    report = check(envelope(unsigned(id="urn:uuid:child"), signed()))
    assert report.result is Result.UNSIGNED
    assert [part.report.result for part in report.parts] == [Result.UNSIGNED, Result.VALID]


def test_an_unsigned_child_shares_the_doubts_about_the_envelope() -> None:
    issuer = {"id": "https://school.example/issuer", "type": ["Profile"]}
    doc = proofs.sign(
        envelope(unsigned(id="urn:uuid:child", issuer=issuer), issuer=issuer),
        ED25519,
        METHOD,
        SIGNED,
    )
    report = check(doc)
    assert report.result is Result.UNKNOWN
    assert report.parts[0].report.result is Result.UNKNOWN
    assert report.parts[0].report.trust is Trust.NONE


def test_a_child_that_expired_or_is_somebody_elses_says_so_under_a_good_envelope() -> None:
    child = unsigned(id="urn:uuid:child", validUntil="2026-02-01T00:00:00Z")
    child["credentialSubject"]["id"] = "mailto:eve@evil.example"
    report = check(record(child), addresses=(LEARNER,))
    (part,) = report.parts
    assert part.report.result is Result.EXPIRED
    assert part.report.finding(Check.RECIPIENT).code == "recipient.mismatch"
    assert report.finding(Check.RECIPIENT).code == "recipient.match"


@pytest.mark.parametrize(
    "child", ["x", 7, {}, [], {"type": "Profile"}, "a.b.c", None, "https://x/"]
)
def test_what_is_no_credential_is_told_and_passed_over(child: Any) -> None:
    report = check(envelope(child, signed()))
    results = [part.report.result for part in report.parts]
    assert results[-1] is Result.VALID
    assert set(results[:-1]) <= {Result.UNREADABLE}


def test_a_record_inside_a_record_is_judged_but_not_opened() -> None:
    report = check(record(record(record(signed(), id="urn:uuid:a"), signed(), id="urn:uuid:b")))
    (inner,) = report.parts
    assert inner.report.result is Result.VALID
    assert inner.report.parts == ()
    assert "There are 2" in inner.report.unchecked[0]


def test_hundreds_of_children_are_bounded_with_words() -> None:
    children = [
        make.token(ED25519, id=f"urn:{n}", headers={"kid": METHOD}, jwk=False) for n in range(300)
    ]
    report = check(proofs.sign_jws(envelope(*children), ED25519, {"kid": METHOD}))
    assert len(report.parts) == 100
    assert report.unchecked == ("It holds 300 badges. Only the first 100 were checked.",)


def clique(number: int, size: int) -> Json:
    """A credential whose signature costs as much as one may."""
    level = {"type": ["RubricCriterionLevel"], "name": "x"}
    description = {
        "type": ["ResultDescription"],
        "name": "a",
        "resultType": "Result",
        "rubricCriterionLevel": [dict(level) for _ in range(size)],
    }
    child = unsigned(id=f"urn:uuid:{number}")
    what = child["credentialSubject"]["achievement"]
    what["resultDescription"] = [copy.deepcopy(description) for _ in range(size)]
    proof = signed()["proof"]
    return child | {"proof": proof}


def test_many_costly_children_cost_no_more_than_a_few() -> None:
    children = [clique(number, 5) for number in range(20)]
    start = time.process_time()
    report = check(proofs.sign_jws(envelope(*children), ED25519, {"kid": METHOD}))
    assert time.process_time() - start < 4
    assert report.result is Result.VALID
    results = {part.report.result for part in report.parts}
    assert results <= {Result.INVALID, Result.UNKNOWN}


def test_children_share_what_is_fetched_and_may_not_send_us_everywhere() -> None:
    web = make.Web()
    for number in range(60):
        web.put(f"https://s{number}.example/list", {"revokedCredential": []})
    children = [
        signed(
            id=f"urn:uuid:{n}",
            credentialStatus={"id": f"https://s{n}.example/list", "type": "1EdTechRevocationList"},
        )
        for n in range(60)
    ]
    report = check(proofs.sign_jws(envelope(*children), ED25519, {"kid": METHOD}), web)
    assert report.result is Result.VALID
    assert len(web.asked) == 48
    assert report.parts[0].report.result is Result.VALID
    assert report.parts[-1].report.result is Result.UNKNOWN


def test_an_injected_child_breaks_the_envelope() -> None:
    doc = record(signed())
    doc["credentialSubject"]["verifiableCredential"].append(unsigned(id="urn:uuid:injected"))
    report = check(doc)
    assert report.result is Result.INVALID
    assert report.parts[1].report.result is Result.UNSIGNED


def test_the_key_of_a_record_is_its_own() -> None:
    document = parse.read(json.dumps(record(signed())).encode())
    assert parse.identity_key(document) == f"{DID} urn:uuid:record"
