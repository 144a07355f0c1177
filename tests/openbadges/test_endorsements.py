"""What others say for a badge: verified by itself, told beside the badge, never changing it."""

import copy
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges.openbadges import keys, proofs
from badges.openbadges.credential import Kind, Version
from badges.openbadges.report import About, Check, Part, Report, Result, Role, Trust
from tests.openbadges import make
from tests.openbadges.make import (
    ASSERTION,
    CLASS,
    ED25519,
    ISSUER,
    METHOD,
    OB2,
    OB3,
    RSA,
    SIGNED,
    STRANGER,
    VC2,
    Json,
    Web,
    assertion,
    check,
    hosted_web,
    unsigned,
)

BADGE = "urn:uuid:6c1c3d5e-0000-4000-8000-000000000001"
ACHIEVEMENT = "https://school.example/achievements/rope"


def word(about: str = BADGE, **changes: Any) -> Json:
    """An endorsement by the holder of `STRANGER`, not yet signed."""
    found: Json = {
        "@context": [VC2, OB3],
        "id": "urn:uuid:endorsement",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": profile(STRANGER),
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "id": about,
            "type": ["EndorsementSubject"],
            "endorsementComment": "We hire on the strength of this.",
        },
    }
    return found | changes


def profile(key: Ed25519PrivateKey) -> Json:
    return {"id": keys.did_key(key.public_key()), "type": ["Profile"], "name": "Harbour Guild"}


def given(about: str = BADGE, key: Ed25519PrivateKey = STRANGER, **changes: Any) -> Json:
    """A signed one."""
    return proofs.sign(word(about, **changes), key, keys.did_key_method(key.public_key()), SIGNED)


def as_token(about: str = BADGE) -> str:
    method = keys.did_key_method(STRANGER.public_key())
    return proofs.sign_jws(word(about), STRANGER, {"kid": method})


def endorsed(**changes: Any) -> Json:
    return proofs.sign(unsigned(**changes), ED25519, METHOD, SIGNED)


def only(report: Report) -> Part:
    (part,) = report.parts
    assert part.role is Role.ENDORSEMENT
    return part


def test_a_good_word_is_verified_by_itself_and_says_what_it_endorses() -> None:
    report = check(endorsed(endorsement=[given()]))
    part = only(report)
    assert report.result is part.report.result is Result.VALID
    assert (part.about, part.about_id) == (About.BADGE, BADGE)
    assert part.report.trust is Trust.SIGNED
    assert part.report.finding(Check.RECIPIENT).code == "recipient.endorses"
    assert part.report.finding(Check.SCHEMA).code == "schema.complete"
    found = part.report.credential
    assert found is not None
    assert found.kind is Kind.ENDORSEMENT
    assert found.narrative == "We hire on the strength of this."
    assert found.issuer.name == "Harbour Guild"


def test_every_thing_in_a_badge_can_be_endorsed() -> None:
    badge = unsigned()
    what = badge["credentialSubject"]["achievement"]
    what["creator"] = {"id": "https://author.example", "type": ["Profile"]}
    badge["credentialSubject"]["source"] = {"id": "https://tests.example", "type": ["Profile"]}
    for about, node in (
        (About.BADGE, badge),
        (About.ISSUER, badge["issuer"]),
        (About.ACHIEVEMENT, what),
        (About.CREATOR, what["creator"]),
        (About.SOURCE, badge["credentialSubject"]["source"]),
    ):
        node["endorsement"] = [given(node["id"], id=f"urn:{about}")]
    report = check(proofs.sign(badge, ED25519, METHOD, SIGNED))
    assert report.result is Result.VALID
    assert {part.about for part in report.parts} == set(About) - {About.FILE, About.RECORD}
    assert {part.report.result for part in report.parts} == {Result.VALID}


@pytest.mark.parametrize("carried", [None, "token"])
def test_a_token_may_be_attached_whatever_carries_it(carried: str | None) -> None:
    badge = unsigned(endorsementJwt=[as_token()])
    data: Any = proofs.sign(badge, ED25519, METHOD, SIGNED)
    if carried:
        data = proofs.sign_jws(badge, ED25519, {"kid": METHOD})
    report = check(data)
    assert only(report).report.result is report.result is Result.VALID
    assert only(report).report.document is not None


def changed(endorsement: Json) -> Json:
    endorsement["credentialSubject"]["endorsementComment"] = "The best of all."
    return endorsement


def unsigned_word(endorsement: Json) -> Json:
    return {name: value for name, value in endorsement.items() if name != "proof"}


@pytest.mark.parametrize(
    ("endorsement", "result", "code"),
    [
        (changed(given()), Result.INVALID, "recipient.endorses"),
        (unsigned_word(given()), Result.UNSIGNED, "recipient.endorses"),
        (given("https://other.example/badge"), Result.INVALID, "recipient.endorses_other"),
        (given(""), Result.INVALID, "recipient.endorses_other"),
        (given(validUntil="2026-02-01T00:00:00Z"), Result.EXPIRED, "recipient.endorses"),
        (make.signed(id="urn:other"), Result.INVALID, "recipient.no_endorsement"),
        (given(key=ED25519, issuer=profile(ED25519)), Result.VALID, "recipient.endorses_own"),
        (given(issuer=profile(ED25519)), Result.UNKNOWN, "recipient.endorses_own"),
    ],
)
def test_a_bad_word_is_told_and_leaves_the_badge_as_it_is(
    endorsement: Json, result: Result, code: str
) -> None:
    badge = unsigned(endorsement=[endorsement])
    report = check(proofs.sign_jws(badge, ED25519, {"kid": METHOD}))
    assert report.result is Result.VALID
    part = only(report)
    assert (part.report.result, part.report.finding(Check.RECIPIENT).code) == (result, code)


@pytest.mark.parametrize("value", ["x", 7, {}, [[]], "a.b.c", {"type": "Profile"}, True, "did:x:y"])
def test_what_is_no_endorsement_at_all_is_told(value: Any) -> None:
    badge = unsigned(endorsement=[value], endorsementJwt=value)
    report = check(proofs.sign_jws(badge, ED25519, {"kid": METHOD}))
    assert report.result is Result.VALID
    assert {part.report.result for part in report.parts} == {Result.UNREADABLE}


def test_a_thousand_endorsements_are_bounded_with_words() -> None:
    few = [as_token() for _ in range(400)]
    report = check(proofs.sign_jws(unsigned(endorsementJwt=few), ED25519, {"kid": METHOD}))
    assert report.result is Result.VALID
    assert len(report.parts) == 16
    assert report.unchecked == ("It holds 400 endorsements. Only the first 16 were checked.",)
    thousand = [{"id": f"urn:{n}"} for n in range(1000)]
    report = check(proofs.sign_jws(unsigned(endorsement=thousand), ED25519, {"kid": METHOD}))
    assert "1000 endorsements" in report.unchecked[0]


def test_what_endorses_an_endorsement_is_not_followed() -> None:
    inner = given("urn:uuid:endorsement", id="urn:inner")
    outer = given(endorsement=[inner])
    outer["issuer"] = profile(STRANGER)
    report = check(endorsed(endorsement=[outer]))
    part = only(report)
    assert part.report.parts == ()
    assert part.report.unchecked == ()
    alone = check(outer)
    assert alone.parts == ()
    assert "There are 1" in alone.unchecked[0]


def test_an_endorsement_by_itself_is_verified_like_a_badge() -> None:
    report = check(given(), addresses=("ada@learner.example",))
    assert (report.result, report.trust) == (Result.VALID, Trust.SIGNED)
    assert report.finding(Check.RECIPIENT).code == "recipient.not_a_person"
    assert report.credential is not None
    assert report.credential.kind is Kind.ENDORSEMENT
    assert check(as_token()).result is Result.VALID


# ---------------------------------------------------------------------------------------
# Open Badges 2.0

SAID = "https://guild.example/endorsements/1"
GUILD = "https://guild.example/"


def said(about: str = CLASS, **changes: Any) -> Json:
    found: Json = {
        "@context": OB2,
        "id": SAID,
        "type": "Endorsement",
        "issuer": GUILD,
        "claim": {"id": about, "endorsementComment": "We hire on the strength of this."},
        "issuedOn": "2026-01-02T00:00:00Z",
        "verification": {"type": "HostedBadge"},
    }
    return found | changes


def endorsing_web(value: Json | None = None, about: str = CLASS) -> Web:
    web = hosted_web()
    body = copy.deepcopy(web.answers[CLASS])
    web.put(
        CLASS, body.body.decode().replace('"criteria"', f'"endorsement": ["{SAID}"], "criteria"')
    )
    web.put(SAID, value or said(about))
    web.put(GUILD, {"@context": OB2, "id": GUILD, "type": "Profile", "name": "Harbour Guild"})
    return web


def test_a_hosted_endorsement_is_what_its_address_answers() -> None:
    report = check(assertion(), endorsing_web())
    part = only(report)
    assert report.result is part.report.result is Result.VALID
    assert (part.about, part.about_id) == (About.ACHIEVEMENT, CLASS)
    assert (part.report.trust, part.report.host) == (Trust.HOSTED, "guild.example")
    assert part.report.finding(Check.RECIPIENT).code == "recipient.endorses"
    found = part.report.credential
    assert found is not None
    assert (found.version, found.kind) == (Version.OB2, Kind.ENDORSEMENT)
    assert (found.issuer.name, found.narrative) == (
        "Harbour Guild",
        "We hire on the strength of this.",
    )


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (said("https://other.example/class"), Result.INVALID),
        (assertion(id=SAID), Result.INVALID),
        (said(id=f"{GUILD}endorsements/2"), Result.INVALID),
        (said(expires="2026-02-01T00:00:00Z"), Result.EXPIRED),
        (said(revoked=True), Result.REVOKED),
        (said(issuer="https://famous.example/"), Result.UNKNOWN),
        (said(issuer=ISSUER), Result.INVALID),  # the school does not publish there
        ({"name": "something else"}, Result.UNKNOWN),
    ],
)
def test_a_bad_hosted_endorsement_leaves_the_badge_as_it_is(value: Json, result: Result) -> None:
    report = check(assertion(), endorsing_web(value))
    assert report.result is Result.VALID
    assert only(report).report.result is result


def test_an_embedded_copy_of_a_hosted_endorsement_is_not_believed() -> None:
    web = endorsing_web()
    forged = said(ASSERTION, claim={"id": ASSERTION, "endorsementComment": "The best of all."})
    web.put(ASSERTION, assertion(endorsement=forged))
    report = check(assertion(endorsement=forged), web)
    first = report.parts[0]
    assert first.about is About.ACHIEVEMENT  # its address endorses the class
    assert first.report.finding(Check.SIGNATURE).code == "hosted.differs"
    assert first.report.credential is not None
    assert first.report.credential.narrative == "We hire on the strength of this."


def test_a_signed_endorsement_counts_with_the_endorsers_key() -> None:
    web = endorsing_web()
    key = f"{GUILD}key"
    web.put(GUILD, {"@context": OB2, "id": GUILD, "type": "Profile", "publicKey": key})
    web.put(key, {"@context": OB2, "id": key, "owner": GUILD, "publicKeyPem": make.pem(RSA)})
    way = {"type": "SignedBadge", "creator": key}
    token = proofs.sign_jws(said(ASSERTION, id="urn:uuid:5", verification=way), RSA)
    web.put(ASSERTION, assertion(endorsement=token))
    report = check(assertion(), web)
    results = {part.about: part.report.result for part in report.parts}
    assert results == {About.BADGE: Result.VALID, About.ACHIEVEMENT: Result.VALID}


def test_endorsements_that_lead_in_circles_are_asked_once() -> None:
    web = endorsing_web(said(endorsement=[SAID, ASSERTION]))
    report = check(assertion(), web)
    assert only(report).report.parts == ()
    assert len(web.asked) == len(set(web.asked))


def test_hundreds_of_addresses_are_asked_for_few() -> None:
    web = hosted_web()
    many = [f"https://s{number}.example/e" for number in range(1000)]
    web.put(ASSERTION, assertion(endorsement=many))
    report = check(assertion(), web)
    assert report.result is Result.VALID
    assert len(web.asked) <= 3 + 16
    assert "1000 endorsements" in report.unchecked[0]


def test_a_word_about_another_part_of_the_badge_is_told_as_about_that() -> None:
    report = check(endorsed(endorsement=[given(ACHIEVEMENT)]))
    part = only(report)
    assert (part.about, part.about_id, part.report.result) == (
        About.ACHIEVEMENT,
        ACHIEVEMENT,
        Result.VALID,
    )


def test_a_site_that_moved_to_https_is_the_same_site() -> None:
    old = SAID.replace("https", "http")
    web = endorsing_web(said(CLASS.replace("https", "http"), id=old))
    assert only(check(assertion(), web)).report.result is Result.VALID
    web = endorsing_web(said(id=f"{old}?other"))
    assert only(check(assertion(), web)).report.result is Result.INVALID
