"""Open Badges 2.0: what a host says of its badges, and what an issuer signs."""

import json
from typing import Any

import pytest

from badges.openbadges import parse
from badges.openbadges.bakery import bake
from badges.openbadges.credential import Version
from badges.openbadges.report import Check, Outcome, Result, Trust
from tests.openbadges import make
from tests.openbadges.make import (
    ASSERTION,
    CLASS,
    ISSUER,
    KEY,
    LEARNER,
    OB2,
    P256,
    RSA,
    SITE,
    Json,
    Web,
    assertion,
    check,
    hosted_web,
    outcomes,
    png,
    signed_assertion,
)

EVIL = "https://evil.example"
TAKEN_BACK: Json = {"@context": OB2, "type": "Assertion", "id": ASSERTION, "revoked": True}


def test_a_hosted_badge_is_what_its_host_says() -> None:
    report = check(assertion(), hosted_web())
    assert (report.result, report.trust, report.host) == (
        Result.VALID,
        Trust.HOSTED,
        "school.example",
    )
    assert report.credential is not None
    assert report.credential.issuer.name == "Harbour School"
    assert {one.url for one in report.documents} == {ASSERTION, CLASS, ISSUER}


def test_a_forged_copy_is_shown_as_its_host_has_it() -> None:
    mine = assertion(recipient={"type": "email", "hashed": False, "identity": "eve@evil.example"})
    report = check(mine, hosted_web(), addresses=("eve@evil.example",))
    assert report.finding(Check.SIGNATURE).outcome is Outcome.WARNING
    assert report.finding(Check.RECIPIENT).outcome is Outcome.FAILED
    assert report.credential is not None
    assert report.credential.recipients[0].value == LEARNER


@pytest.mark.parametrize("what", [ASSERTION, bake(png(), ASSERTION, Version.OB2)])
def test_an_address_alone_is_enough(what: str | bytes) -> None:
    report = check(what, hosted_web())
    assert report.result is Result.VALID
    assert report.credential is not None
    assert report.credential.name == "Rope work"


def test_an_address_may_lead_to_a_signed_credential() -> None:
    web = Web()
    web.put(f"{SITE}/badge.json", make.signed())
    assert check(f"{SITE}/badge.json", web).result is Result.VALID


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"status": 410}, Result.REVOKED),
        ({"content": {"id": ASSERTION, "revoked": True}}, Result.REVOKED),
        ({"content": assertion(revoked=True, revocationReason="Cheated.")}, Result.REVOKED),
        ({"content": {"revoked": True}}, Result.REVOKED),
        ({"status": 404}, Result.UNKNOWN),
        ({"status": 500}, Result.UNKNOWN),
        ({"content": "<html>Sign in</html>"}, Result.UNKNOWN),
        ({"content": {"error": "not found"}}, Result.UNKNOWN),
        ({"content": assertion(), "final_url": f"{EVIL}/1"}, Result.UNKNOWN),
        ({"content": assertion(), "final_url": f"{SITE}/elsewhere"}, Result.VALID),
        ({"content": assertion(id=f"{SITE}/assertions/2")}, Result.INVALID),
        ({"content": assertion(type="OtherAssertion")}, Result.INVALID),
        ({"content": assertion(expires="2026-01-02T00:00:00Z")}, Result.EXPIRED),
        ({"content": assertion(issuedOn="2027-01-02T00:00:00Z")}, Result.NOT_YET_VALID),
        ({"content": assertion(expires="someday")}, Result.UNKNOWN),
        ({"content": assertion(badge=None)}, Result.INVALID),
    ],
)
def test_every_answer_of_the_host_has_its_result(answer: Json, result: Result) -> None:
    web = hosted_web()
    web.put(ASSERTION, **answer)
    assert check(assertion(), web).result is result


MOVED = f"{SITE}/json/assertions/1"


@pytest.mark.parametrize("given", [ASSERTION, json.dumps(assertion())])
def test_a_badge_that_its_host_moved_is_the_one_it_leads_to(given: str) -> None:
    """A host that is upgraded publishes at new addresses, and leads there from the old ones."""
    web = hosted_web()
    web.put(ASSERTION, assertion(id=MOVED), final_url=MOVED)
    report = check(given, web)
    assert (report.result, report.trust) == (Result.VALID, Trust.HOSTED)
    assert report.credential is not None
    assert (report.credential.id, report.credential.name) == (MOVED, "Rope work")
    assert report.document is not None
    again = parse.credential(report.document, {one.url: one.body for one in report.documents})
    assert again.name == "Rope work"
    web.put(ASSERTION, {"id": MOVED, "revoked": True}, final_url=MOVED)
    assert check(given, web).result is Result.REVOKED


def test_a_badge_is_what_its_host_leads_to_and_nothing_beyond() -> None:
    web = hosted_web()
    web.put(ASSERTION, assertion(id=f"{SITE}/assertions/2"), final_url=MOVED)
    assert check(ASSERTION, web).finding(Check.SIGNATURE).code == "hosted.other_badge"
    web.put(ASSERTION, assertion(id=f"{EVIL}/1"), final_url=f"{EVIL}/1")
    assert check(ASSERTION, web).finding(Check.SIGNATURE).code == "hosted.unreachable"
    web = hosted_web(verification={"startsWith": f"{SITE}/assertions/"})
    web.put(ASSERTION, assertion(id=MOVED), final_url=MOVED)
    assert check(ASSERTION, web).finding(Check.ISSUER).code == "issuer.scope"


def test_a_revoked_badge_still_says_what_it_was_and_why() -> None:
    web = hosted_web()
    web.put(ASSERTION, assertion(revoked=True, revocationReason="Cheated."))
    report = check(assertion(), web)
    assert report.credential is not None
    assert report.credential.name == "Rope work"
    assert "Cheated." in report.finding(Check.STATUS).detail


@pytest.mark.parametrize(
    "given", [assertion(), TAKEN_BACK, ASSERTION], ids=["badge", "rest", "url"]
)
@pytest.mark.parametrize("status", [200, 410])
def test_what_is_left_of_a_badge_after_it_was_taken_back(given: Json | str, status: int) -> None:
    """Platforms cut it down to its id and the reason: to a badge without a class and an issuer."""
    web = hosted_web()
    web.put(ASSERTION, TAKEN_BACK, status=status)
    report = check(given, web)
    assert report.result is Result.REVOKED
    if given == assertion():
        assert report.credential is not None
        assert report.credential.name == "Rope work"
        kept = {one.url: one.body for one in report.documents}
        assert parse.credential(parse.read(json.dumps(given).encode()), kept).name == "Rope work"


def test_a_silent_host_leaves_it_open_whatever_else_is_known() -> None:
    web = hosted_web()
    del web.answers[ASSERTION]
    report = check(assertion(), web)
    assert (report.result, report.trust, report.host) == (Result.UNKNOWN, Trust.NONE, "")
    assert check(assertion(expires="2020-01-01"), web).result is Result.EXPIRED


@pytest.mark.parametrize(
    ("policy", "url", "result"),
    [
        (None, f"{EVIL}/1", Result.INVALID),
        ({"allowedOrigins": ["evil.example"]}, f"{EVIL}/1", Result.VALID),
        ({"allowedOrigins": "evil.example"}, f"{EVIL}/1", Result.VALID),
        ({"allowedOrigins": ["EVIL.example"]}, f"{EVIL}/1", Result.VALID),
        ({"allowedOrigins": ["evil.example"]}, f"{EVIL}:8443/1", Result.INVALID),
        ({"allowedOrigins": []}, ASSERTION, Result.INVALID),
        ({"startsWith": f"{EVIL}/school/"}, f"{EVIL}/school/1", Result.VALID),
        ({"startsWith": [f"{SITE}/", f"{EVIL}/school"]}, f"{EVIL}/school/1", Result.VALID),
        ({"startsWith": f"{EVIL}/school"}, f"{EVIL}/schooling/1", Result.INVALID),
        ({"startsWith": f"{EVIL}/school/"}, f"{EVIL}/school/../1", Result.INVALID),
        ({"startsWith": f"{EVIL}/school/"}, f"{EVIL}/school/%2e%2e/1", Result.INVALID),
        ({"startsWith": f"{EVIL}/b?of="}, f"{EVIL}/b?of=1", Result.VALID),
        ({"startsWith": SITE}, f"{SITE}.evil.example/1", Result.INVALID),
        ({"startsWith": SITE}, ASSERTION, Result.VALID),
        (
            {"startsWith": f"{SITE}/", "allowedOrigins": ["evil.example"]},
            ASSERTION,
            Result.INVALID,
        ),
        ({"startsWith": 7}, ASSERTION, Result.INVALID),
    ],
)
def test_a_badge_counts_only_where_its_issuer_publishes(
    policy: Json | None, url: str, result: Result
) -> None:
    web = hosted_web(**({"verification": policy} if policy is not None else {}))
    badge = assertion(id=url)
    web.put(url, badge)
    assert check(badge, web).result is result
    del web.answers[url]
    unconfirmed = check(badge, web).result
    assert unconfirmed is (Result.INVALID if result is Result.INVALID else Result.UNKNOWN)


@pytest.mark.parametrize("url", [CLASS, ISSUER])
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"status": 404}, Result.UNKNOWN),
        ({"content": "<html>"}, Result.UNKNOWN),
        ({"content": {"id": f"{EVIL}/x", "issuer": ISSUER}}, Result.UNKNOWN),
        ({"content": {"id": "urn:x", "issuer": ISSUER}}, Result.UNKNOWN),
        ({"content": {"issuer": ISSUER}, "final_url": f"{EVIL}/x"}, Result.UNKNOWN),
        ({"content": {"issuer": ISSUER}}, Result.VALID),
    ],
)
def test_every_link_up_to_the_issuer_has_to_hold(url: str, answer: Json, result: Result) -> None:
    web = hosted_web()
    web.put(url, **answer)
    assert check(assertion(), web).result is result


def test_an_embedded_issuer_is_fetched_from_its_own_address() -> None:
    web = hosted_web()
    famous = {"id": f"{EVIL}/issuer", "type": "Issuer", "name": "Famous University"}
    web.put(ASSERTION, assertion(badge={"type": "BadgeClass", "name": "x", "issuer": famous}))
    report = check(assertion(), web)
    assert report.result is Result.UNKNOWN
    web.put(f"{EVIL}/issuer", famous | {"name": "Evil Inc."})
    assert check(assertion(), web).result is Result.INVALID


def test_a_badge_without_an_issuer_is_invalid() -> None:
    web = hosted_web()
    web.put(CLASS, {"id": CLASS, "name": "x"})
    assert check(assertion(), web).finding(Check.ISSUER).code == "issuer.missing"


def test_a_badge_that_nobody_publishes_or_signs_is_unsigned() -> None:
    assert check(assertion(id="urn:uuid:1")).result is Result.UNSIGNED
    assert check(assertion(verification={"type": "SignedBadge"})).result is Result.UNSIGNED


def test_other_ports_and_userinfo_are_other_hosts() -> None:
    for url in ("https://school.example:8443/1", "https://school.example@evil.example/1"):
        badge = assertion(id=url)
        web = hosted_web()
        web.put(url, badge)
        assert check(badge, web).result is not Result.VALID


# ---------------------------------------------------------------------------------------
# Signed


def test_a_signed_badge_counts_when_the_profile_names_its_key() -> None:
    report = check(signed_assertion(), hosted_web())
    assert (report.result, report.trust, report.host) == (
        Result.VALID,
        Trust.SIGNED,
        "school.example",
    )
    assert {one.url for one in report.documents} == {CLASS, ISSUER, KEY}


def test_a_signed_badge_without_a_creator_is_tried_with_the_issuers_keys() -> None:
    web = hosted_web(publicKey=[f"{SITE}/none", KEY])
    assert check(signed_assertion(verification={"type": "signed"}), web).result is Result.VALID


def test_a_key_embedded_in_the_profile_counts() -> None:
    key = {"id": KEY, "owner": ISSUER, "publicKeyPem": make.pem(RSA)}
    assert check(signed_assertion(), hosted_web(publicKey=key)).result is Result.VALID


@pytest.mark.parametrize(
    ("profile", "key", "result"),
    [
        ({"publicKey": f"{SITE}/other"}, {}, Result.UNKNOWN),
        ({"publicKey": None}, {}, Result.UNKNOWN),
        ({}, {"owner": f"{EVIL}/issuer"}, Result.UNKNOWN),
        ({}, {"publicKeyPem": make.pem(P256)}, Result.INVALID),
        ({}, {"publicKeyPem": "nonsense"}, Result.UNKNOWN),
    ],
)
def test_a_key_that_the_issuer_does_not_own_proves_nothing(
    profile: Json, key: Json, result: Result
) -> None:
    web = hosted_web(**profile)
    web.put(KEY, {"id": KEY, "owner": ISSUER, "publicKeyPem": make.pem(RSA)} | key)
    assert check(signed_assertion(), web).result is result


def test_a_changed_badge_is_invalid() -> None:
    head, _, signature = signed_assertion().split(".")
    body = signed_assertion(issuedOn="2020-01-01T00:00:00Z").split(".")[1]
    assert check(f"{head}.{body}.{signature}", hosted_web()).result is Result.INVALID


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_signature_that_anybody_could_make_is_invalid(algorithm: str) -> None:
    import base64

    head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).rstrip(b"=").decode()
    _, body, signature = signed_assertion().split(".")
    assert check(f"{head}.{body}.{signature}", hosted_web()).result is Result.INVALID
    assert check(f"{head}.{body}.", hosted_web()).result is Result.INVALID


@pytest.mark.parametrize(
    ("listed", "result"),
    [
        ({"revokedAssertions": []}, Result.VALID),
        ({"revokedAssertions": ["urn:uuid:1"]}, Result.REVOKED),
        ({"revokedAssertions": [{"id": "urn:uuid:1", "revocationReason": "x"}]}, Result.REVOKED),
        ({"revokedAssertions": [{"uid": "urn:uuid:1"}]}, Result.REVOKED),
        ({"revokedAssertions": ["urn:uuid:2", {"id": 7}, None, []]}, Result.VALID),
        ({"hello": "world"}, Result.UNKNOWN),
        (None, Result.UNKNOWN),
    ],
)
def test_the_issuers_revocation_list_is_asked(listed: Any, result: Result) -> None:
    web = hosted_web(revocationList=f"{SITE}/revoked")
    if listed is not None:
        web.put(f"{SITE}/revoked", {"@context": OB2} | listed)
    assert check(signed_assertion(), web).result is result


def test_a_silent_issuer_leaves_a_signed_badge_open() -> None:
    web = hosted_web()
    del web.answers[ISSUER]
    assert outcomes(check(signed_assertion(), web))["issuer"] == "unknown"
    assert check(signed_assertion(), web).result is Result.UNKNOWN
