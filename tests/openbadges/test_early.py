"""Open Badges 0.5, 1.0, 1.1 and 2.1: what learners still hold is checked as it was meant."""

import hashlib
import json
from typing import Any

import pytest

from badges.openbadges import parse, proofs
from badges.openbadges.bakery import bake
from badges.openbadges.credential import Version
from badges.openbadges.report import Check, Result, Trust
from tests.openbadges import make
from tests.openbadges.make import (
    ASSERTION,
    CLASS,
    ISSUER,
    KEY,
    LEARNER,
    RSA,
    SITE,
    STRANGER,
    Json,
    Web,
    check,
    pem,
    png,
)

LIST = f"{SITE}/revoked.json"
HIDDEN = "sha256$" + hashlib.sha256(f"{LEARNER}pepper".encode()).hexdigest()


def half(**changes: Any) -> Json:
    """An assertion of 0.5: one document, an origin for an issuer."""
    found: Json = {
        "recipient": HIDDEN,
        "salt": "pepper",
        "evidence": "/made/1.html",
        "expires": "2030-06-01",
        "issued_on": "2012-04-01",
        "badge": {
            "version": "0.5.0",
            "name": "Rope work",
            "image": "/rope.png",
            "description": "Ties twelve knots.",
            "criteria": "/rope.html",
            "issuer": {
                "origin": SITE,
                "name": "Harbour School",
                "org": "Sea",
                "contact": "badges@school.example",
            },
        },
    }
    return found | changes


def one(**changes: Any) -> Json:
    """An assertion of 1.0."""
    found: Json = {
        "uid": "f2c20",
        "recipient": {"type": "email", "hashed": True, "salt": "pepper", "identity": HIDDEN},
        "badge": CLASS,
        "verify": {"type": "hosted", "url": ASSERTION},
        "issuedOn": 1333238400,
        "evidence": f"{SITE}/made/1.html",
        "expires": "1906502400",
    }
    return found | changes


def one_web(answer: Json | None = None, **profile: Any) -> Web:
    """A site of 1.0: nothing names itself, and skills have the short names."""
    web = Web()
    web.put(ASSERTION, answer or one())
    web.put(
        CLASS,
        {
            "name": "Rope work",
            "description": "Ties twelve knots.",
            "image": f"{SITE}/rope.png",
            "criteria": f"{SITE}/rope.html",
            "issuer": ISSUER,
            "alignment": [{"name": "Knots", "url": "https://skills.example/knots"}],
            "tags": ["rope", "sea"],
        },
    )
    web.put(ISSUER, {"name": "Harbour School", "url": SITE} | profile)
    web.put(KEY, pem(RSA), content_type="text/plain")
    return web


def half_web(answer: Json | None = None) -> Web:
    web = Web()
    web.put(ASSERTION, answer or half())
    return web


@pytest.mark.parametrize(
    "file",
    [
        ASSERTION,
        png((b"tEXt", b"openbadges\0" + ASSERTION.encode())),
        bake(make.SVG, ASSERTION, Version.OB05),
    ],
)
def test_a_badge_of_2012_leads_to_what_its_site_still_says(file: str | bytes) -> None:
    report = check(file, half_web(), addresses=(LEARNER,))
    assert (report.result, report.trust, report.host) == (Result.VALID, Trust.HOSTED, make.SITE[8:])
    assert report.finding(Check.RECIPIENT).code == "recipient.match"
    found = report.credential
    assert found is not None
    assert (found.version, found.id, found.name) == (Version.OB05, ASSERTION, "Rope work")
    assert (found.image, found.criteria.url) == (f"{SITE}/rope.png", f"{SITE}/rope.html")
    assert found.evidence[0].url == f"{SITE}/made/1.html"
    assert (found.issuer.id, found.issuer.name) == (SITE, "Harbour School")
    assert found.issuer.email == "badges@school.example"
    assert str(found.issued_at) == "2012-04-01 00:00:00+00:00"
    assert str(found.expires_at) == "2030-06-01 00:00:00+00:00"


CARRIERS = [
    png((b"tEXt", b"openbadges\0" + ASSERTION.encode())),
    bake(make.SVG, ASSERTION, Version.OB10),
]


@pytest.mark.parametrize("file", CARRIERS, ids=["png", "svg"])
@pytest.mark.parametrize("status", [None, 200, 404, 500])
def test_a_picture_whose_site_is_gone_is_still_a_badge(file: bytes, status: int | None) -> None:
    """All that is left of most badges of the first years: a picture, and an address inside."""
    web = Web()
    if status is not None:
        web.put(ASSERTION, "<html>This domain is for sale.", status=status)
    report = check(file, web, addresses=(LEARNER,))
    assert (report.result, report.trust, report.host) == (Result.UNKNOWN, Trust.NONE, "")
    assert report.credential is not None
    assert (report.credential.id, report.credential.name) == (ASSERTION, "")
    assert (report.credential.issuer.id, report.credential.issuer.name) == (SITE, SITE[8:])
    assert report.document is not None
    assert parse.identity_key(report.document) == ASSERTION


@pytest.mark.parametrize("file", CARRIERS, ids=["png", "svg"])
def test_a_picture_that_was_taken_back_says_so(file: bytes) -> None:
    web = Web()
    web.put(ASSERTION, {"revoked": True}, status=410)
    report = check(file, web)
    assert report.result is Result.REVOKED
    assert report.credential is not None


def test_a_link_without_an_answer_is_no_badge() -> None:
    assert check(ASSERTION, Web()).credential is None
    web = Web()
    web.put(ASSERTION, one(verify={"type": "hosted", "url": f"{SITE}/assertions/2"}))
    report = check(CARRIERS[0], web)
    assert report.finding(Check.SIGNATURE).code == "hosted.other_badge"
    assert report.credential is None


def test_half_a_badge_without_its_address_is_somebodys_word() -> None:
    report = check(half())
    assert (report.result, report.trust) == (Result.UNSIGNED, Trust.NONE)
    assert report.credential is not None
    assert report.credential.version is Version.OB05
    assert report.document is not None
    assert parse.identity_key(report.document).startswith("sha256:")


def test_half_a_badge_counts_only_at_its_issuers_origin() -> None:
    web = Web()
    web.put("https://elsewhere.example/1", half())
    report = check("https://elsewhere.example/1", web)
    assert report.finding(Check.ISSUER).code == "issuer.scope"
    assert report.result is Result.INVALID


def test_a_plain_address_as_recipient_is_read_as_one() -> None:
    report = check(ASSERTION, half_web(half(recipient=LEARNER, salt=None)), addresses=(LEARNER,))
    assert report.finding(Check.RECIPIENT).code == "recipient.match"
    report = check(ASSERTION, half_web(half(salt="other")), addresses=(LEARNER,))
    assert report.finding(Check.RECIPIENT).code == "recipient.mismatch"


@pytest.mark.parametrize("origin", ["javascript:alert(1)", "", "http://[", None, 7])
def test_a_hostile_origin_makes_no_addresses(origin: Any) -> None:
    badge = half()
    badge["badge"]["issuer"]["origin"] = origin
    report = check(ASSERTION, half_web(badge))
    assert report.result is not Result.VALID
    assert report.credential is not None
    assert report.credential.image == ""


@pytest.mark.parametrize("given", [ASSERTION, json.dumps(one())])
def test_a_hosted_badge_of_1_0_is_what_its_address_answers(given: str) -> None:
    report = check(given, one_web(), addresses=(LEARNER,))
    assert (report.result, report.trust) == (Result.VALID, Trust.HOSTED)
    found = report.credential
    assert found is not None
    assert (found.version, found.id) == (Version.OB10, ASSERTION)
    assert str(found.issued_at) == "2012-04-01 00:00:00+00:00"
    assert str(found.expires_at) == "2030-06-01 00:00:00+00:00"
    assert (found.alignments[0].name, found.alignments[0].url) == (
        "Knots",
        "https://skills.example/knots",
    )
    assert (found.issuer.id, found.issuer.name) == (ISSUER, "Harbour School")
    assert report.finding(Check.SCHEMA).code == "schema.complete"
    assert report.finding(Check.RECIPIENT).code == "recipient.match"


def test_1_1_has_a_context_and_an_id() -> None:
    given = one(**{"@context": "https://w3id.org/openbadges/v1", "type": "Assertion"})
    report = check(given, one_web(given))
    assert report.result is Result.VALID
    assert report.credential is not None
    assert report.credential.version is Version.OB11
    given["id"] = ASSERTION
    assert check(given, one_web(given)).result is Result.VALID


def test_an_address_that_answers_with_another_badge_is_no_proof() -> None:
    other = one(verify={"type": "hosted", "url": f"{SITE}/assertions/2"})
    report = check(one(), one_web(other))
    assert report.finding(Check.SIGNATURE).code == "hosted.other_badge"


def test_a_file_that_says_more_than_its_host_is_shown_as_the_host_has_it() -> None:
    forged = one(recipient={"type": "email", "hashed": False, "identity": "eve@evil.example"})
    report = check(forged, one_web(), addresses=("eve@evil.example",))
    assert report.finding(Check.SIGNATURE).code == "hosted.differs"
    assert report.finding(Check.RECIPIENT).code == "recipient.mismatch"


def test_gone_is_revoked_and_silence_is_not() -> None:
    web = one_web()
    web.put(ASSERTION, {"revoked": True}, status=410)
    assert check(one(), web).result is Result.REVOKED
    web = one_web()
    del web.answers[ASSERTION]
    assert check(one(), web).result is Result.UNKNOWN


def jws(key: Any = RSA, **changes: Any) -> str:
    return proofs.sign_jws(one(verify={"type": "signed", "url": KEY}) | changes, key)


def test_a_signed_badge_of_1_0_counts_with_a_key_on_its_issuers_site() -> None:
    report = check(jws(), one_web())
    assert (report.result, report.trust) == (Result.VALID, Trust.SIGNED)
    assert report.credential is not None
    assert report.credential.version is Version.OB10
    assert check(jws(STRANGER), one_web()).result is Result.INVALID


def test_a_key_on_another_site_is_nobodys() -> None:
    web = one_web()
    web.put("https://evil.example/key", pem(RSA))
    report = check(jws(verify={"type": "signed", "url": "https://evil.example/key"}), web)
    assert report.finding(Check.ISSUER).code == "issuer.not_listed"
    assert report.result is Result.UNKNOWN
    web.put(KEY, pem(RSA), final_url="https://evil.example/key")
    assert check(jws(), web).result is Result.UNKNOWN


@pytest.mark.parametrize("answer", ["", "-----BEGIN PUBLIC KEY-----\nzzz", b"\xff", "{}"])
def test_a_key_that_cannot_be_read_leaves_it_open(answer: str | bytes) -> None:
    web = one_web()
    web.put(KEY, answer)
    report = check(jws(), web)
    assert report.finding(Check.SIGNATURE).code == "signature.key_unreachable"


def test_the_list_of_1_0_maps_ids_to_reasons() -> None:
    web = one_web(revocationList=LIST)
    web.put(LIST, {"qp8g1s": "Issued in error"})
    assert check(jws(), web).result is Result.VALID
    web.put(LIST, {"f2c20": "Issued in error"})
    report = check(jws(), web)
    assert report.result is Result.REVOKED
    assert "Issued in error" in report.finding(Check.STATUS).detail


def test_the_same_uid_of_two_issuers_is_two_badges() -> None:
    mine, other = (parse.read(jws(badge=url).encode()) for url in (CLASS, "https://x.example/c"))
    assert parse.identity_key(mine) != parse.identity_key(other)


def test_2_1_is_2_0_with_another_vocabulary() -> None:
    given = make.assertion(**{"@context": "https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld"})
    web = make.hosted_web()
    web.put(ASSERTION, given)
    report = check(given, web)
    assert report.result is Result.VALID
    assert report.credential is not None
    assert report.credential.version is Version.OB21


def test_a_2_0_badge_is_not_read_by_the_rules_of_1_0() -> None:
    """Dropping the context must not turn a badge into an older one with laxer rules."""
    given = make.assertion()
    del given["@context"]
    web = make.hosted_web()
    web.put(ASSERTION, given)
    assert check(given, web).finding(Check.SIGNATURE).code == "assertion.kind"
