"""A key counts as the issuer's only when the issuer's own identifier leads to it."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import padding

from badges.openbadges import keys, proofs, signatures
from badges.openbadges.errors import BadKey, Unsupported
from badges.openbadges.fetching import MAX_BYTES, Fetched
from badges.openbadges.report import Check, Outcome, Result, Trust
from badges.openbadges.verify import verify
from tests.openbadges import make
from tests.openbadges.make import (
    DID,
    ED25519,
    ISSUER,
    P256,
    P384,
    RSA,
    SITE,
    STRANGER,
    Json,
    Web,
    check,
    controller,
    issued_by,
)
from tests.openbadges.test_status import LIST, entry, signed_list

WEB_DID = "did:web:school.example:issuers:1"
WEB_DOC = f"{SITE}/issuers/1/did.json"


def test_a_did_key_issuer_is_its_own_key() -> None:
    report = check(make.signed())
    assert (report.result, report.trust, report.host) == (Result.VALID, Trust.SIGNED, DID)


def test_each_kind_of_document_says_how_old_it_may_be() -> None:
    """What proves a badge is asked for anew; lists lag by minutes, profiles and keys by an hour."""
    ages: dict[str, float] = {}
    web = make.hosted_web(revocationList=f"{SITE}/revoked")
    web.put(f"{SITE}/revoked", {"revokedAssertions": []})
    web.put(f"{SITE}/.well-known/did.json", make.controller("did:web:school.example"))
    web.put(LIST, signed_list())

    def fetch(
        url: str, *, accept: str = "", max_bytes: int = MAX_BYTES, max_age: float = 0
    ) -> Fetched:
        ages[url] = max_age
        return web.fetch(url, max_age=max_age)

    for badge in (
        json.dumps(make.assertion()),
        make.signed_assertion(),
        json.dumps(make.issued_by("did:web:school.example", credentialStatus=entry())),
    ):
        assert verify(badge.encode(), fetch=fetch, now=make.NOW).result is Result.VALID
    assert ages == {
        make.ASSERTION: 0,
        make.CLASS: 3600,
        make.ISSUER: 3600,
        make.KEY: 3600,
        f"{SITE}/revoked": 300,
        f"{SITE}/.well-known/did.json": 3600,
        LIST: 300,
    }


def test_a_did_key_works_with_and_without_its_fragment() -> None:
    assert check(make.signed(method=DID)).result is Result.VALID


def test_a_did_jwk_issuer_is_its_own_key() -> None:
    jwk = json.dumps(keys.to_jwk(RSA.public_key())).encode()
    did = "did:jwk:" + base64.urlsafe_b64encode(jwk).rstrip(b"=").decode()
    token = make.token(jwk=False, headers={"kid": f"{did}#0"}, issuer={"id": did})
    assert check(token).result is Result.VALID


@pytest.mark.parametrize("issuer", [WEB_DID, ISSUER])
def test_an_issuer_whose_document_lists_the_key_is_proven(issuer: str) -> None:
    web = Web()
    web.put(WEB_DOC if issuer == WEB_DID else ISSUER, controller(issuer))
    report = check(issued_by(issuer), web)
    assert (report.result, report.host) == (Result.VALID, "school.example")
    assert [one.url for one in report.documents] == [WEB_DOC if issuer == WEB_DID else ISSUER]


@pytest.mark.parametrize("issuer", [WEB_DID, ISSUER])
def test_an_issuer_that_does_not_answer_leaves_it_open(issuer: str) -> None:
    report = check(issued_by(issuer))
    assert report.result is Result.UNKNOWN
    assert report.finding(Check.SIGNATURE).code == "signature.key_unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404},
        {"status": 500, "content": "oops"},
        {"content": "<html>hello</html>", "content_type": "text/html"},
        {"content": controller("did:web:evil.example")},
        {"content": controller(WEB_DID), "final_url": "https://evil.example/did.json"},
        {"content": controller(WEB_DID, STRANGER.public_key())},
        {"content": controller(WEB_DID, assertionMethod=[])},
        {"content": {"id": WEB_DID}},
        {"content": controller(WEB_DID, assertionMethod={"id": 7})},
    ],
)
def test_a_did_document_that_does_not_list_the_key_proves_nothing(answer: Json) -> None:
    web = Web()
    web.put(WEB_DOC, **answer)
    assert check(issued_by(WEB_DID), web).result in (Result.UNKNOWN, Result.INVALID)
    fragment = keys.to_multikey(ED25519.public_key())
    badge = make.signed(method=f"{WEB_DID}#{fragment}", issuer={"id": WEB_DID, "type": ["Profile"]})
    report = check(badge, web)
    assert report.result is Result.UNKNOWN
    assert report.finding(Check.SIGNATURE).outcome is Outcome.PASSED


def test_a_did_document_must_list_the_key_for_signing_badges() -> None:
    method = controller(WEB_DID)["assertionMethod"][0]
    web = Web()
    web.put(WEB_DOC, {"id": WEB_DID, "verificationMethod": [method]})
    assert check(issued_by(WEB_DID), web).result is Result.UNKNOWN
    named = {"id": WEB_DID, "verificationMethod": [method], "assertionMethod": [method["id"]]}
    web.put(WEB_DOC, named)
    assert check(issued_by(WEB_DID), web).result is Result.VALID
    web.put(WEB_DOC, named | {"assertionMethod": ["#key-1"]})
    assert check(issued_by(WEB_DID), web).result is Result.VALID


@pytest.mark.parametrize("issuer", [WEB_DID, ISSUER])
@pytest.mark.parametrize("end", ["revoked", "expires"])
def test_a_withdrawn_key_proves_nothing(end: str, issuer: str) -> None:
    document = controller(issuer)
    document["assertionMethod"][0][end] = "2026-06-01T00:00:00Z"
    web = Web()
    web.put(WEB_DOC if issuer == WEB_DID else ISSUER, document)
    report = check(issued_by(issuer), web)
    assert report.result is Result.UNKNOWN
    assert report.finding(Check.ISSUER).code == "issuer.withdrawn"
    for moment, result in (("2027-06-01T00:00:00Z", Result.VALID), ("soon", Result.UNKNOWN)):
        document["assertionMethod"][0][end] = moment
        web.put(WEB_DOC if issuer == WEB_DID else ISSUER, document)
        assert check(issued_by(issuer), web).result is result


def test_a_key_that_was_replaced_and_is_still_listed_goes_on_counting() -> None:
    document = controller(WEB_DID)
    newer = controller(WEB_DID, STRANGER.public_key())["assertionMethod"][0]
    document["assertionMethod"].insert(0, newer | {"id": f"{WEB_DID}#key-2"})
    web = Web()
    web.put(WEB_DOC, document)
    assert check(issued_by(WEB_DID), web).result is Result.VALID
    document["assertionMethod"].pop()
    web.put(WEB_DOC, document)
    assert check(issued_by(WEB_DID), web).result is Result.UNKNOWN


def test_a_withdrawn_key_does_not_come_back_under_another_name() -> None:
    document = controller(WEB_DID)
    twin = dict(document["assertionMethod"][0], id=f"{WEB_DID}#twin", revoked="2026-06-01")
    document["assertionMethod"].append(twin)
    web = Web()
    web.put(WEB_DOC, document)
    assert check(issued_by(WEB_DID), web).finding(Check.ISSUER).code == "issuer.withdrawn"


def test_an_issuer_that_lists_hundreds_of_keys_is_not_believed() -> None:
    document = controller(ISSUER)
    method = document["assertionMethod"][0]
    document["assertionMethod"] += [dict(method, id=f"{ISSUER}#{n}") for n in range(200)]
    web = Web()
    web.put(ISSUER, document)
    assert check(issued_by(ISSUER), web).result is Result.UNKNOWN


def test_a_document_that_calls_itself_another_sites_is_nobodys() -> None:
    web = Web()
    web.put(ISSUER, controller(ISSUER, id="https://other.example/issuer"))
    assert check(issued_by(ISSUER), web).result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:school.example%3A8443", "https://school.example:8443/.well-known/did.json"),
        ("did:web:school.example%3A8443:a:b", "https://school.example:8443/a/b/did.json"),
    ],
)
def test_a_did_web_with_a_port_is_asked_at_that_port(did: str, url: str) -> None:
    web = Web()
    web.put(url, controller(did))
    report = check(issued_by(did), web)
    assert (report.result, report.host) == (Result.VALID, "school.example:8443")
    web.put("https://school.example/.well-known/did.json", controller(did))
    del web.answers[url]
    assert check(issued_by(did), web).result is Result.UNKNOWN


@pytest.mark.parametrize("key", [P256, P384])
def test_a_did_key_may_be_of_either_curve(key: keys.PrivateKey) -> None:
    did = keys.did_key(key.public_key())
    assert did.startswith("did:key:zDn" if key is P256 else "did:key:z82")
    token = make.token(key, jwk=False, headers={"kid": f"{did}#x"}, issuer={"id": did})
    assert check(token).result is Result.VALID


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("JWT", Result.VALID),
        ("vc+jwt", Result.VALID),
        ("application/vc+ld+jwt", Result.VALID),
        ("vc+ld+json+jwt", Result.VALID),
        ("at+jwt", Result.INVALID),
        ("application/openid4vci-proof+JWT", Result.INVALID),
        ("vp+jwt", Result.INVALID),
        (7, Result.INVALID),
    ],
)
def test_a_token_of_another_kind_is_no_badge(kind: object, result: Result) -> None:
    headers = {"kid": make.METHOD, "typ": kind}
    assert check(proofs.sign_jws(make.unsigned(), ED25519, headers)).result is result


def test_a_key_listed_as_somebody_elses_proves_nothing() -> None:
    document = controller(ISSUER)
    document["assertionMethod"][0]["controller"] = "https://other.example/issuer"
    web = Web()
    web.put(ISSUER, document)
    assert check(issued_by(ISSUER), web).result is Result.UNKNOWN


def test_a_profile_may_list_keys_without_sorting_them() -> None:
    method = controller(ISSUER)["assertionMethod"][0]
    web = Web()
    web.put(ISSUER, {"id": ISSUER, "type": "Profile", "verificationMethod": [method]})
    assert check(issued_by(ISSUER), web).result is Result.VALID
    web.put(ISSUER, {"id": ISSUER, "verificationMethod": [method], "authentication": [method]})
    assert check(issued_by(ISSUER), web).result is Result.UNKNOWN


def test_a_key_document_on_the_issuers_own_site_is_the_issuers_word() -> None:
    kid = f"{SITE}/keys/1"
    token = make.token(jwk=False, headers={"kid": kid}, issuer={"id": ISSUER})
    web = Web()
    web.put(kid, keys.to_jwk(RSA.public_key()))
    assert check(token, web).result is Result.VALID
    web.put(ISSUER, controller(ISSUER))  # lists its keys, and this is none of them
    assert check(token, web).result is Result.UNKNOWN


def test_a_neighbour_on_the_same_site_is_not_the_issuer() -> None:
    neighbour = f"{SITE}/issuers/2"
    badge = make.signed(method=f"{neighbour}#key-1", issuer={"id": ISSUER, "type": ["Profile"]})
    web = Web()
    web.put(neighbour, controller(neighbour))
    assert check(badge, web).result is Result.UNKNOWN


def test_a_token_without_a_name_for_its_key_is_tried_with_the_issuers_keys() -> None:
    issuer = {"id": ISSUER}
    web = Web()
    web.put(ISSUER, {"keys": [keys.to_jwk(P256.public_key()), keys.to_jwk(RSA.public_key())]})
    assert check(make.token(jwk=False, issuer=issuer), web).result is Result.VALID
    web.put(ISSUER, {"keys": [keys.to_jwk(P256.public_key())]})
    assert check(make.token(jwk=False, issuer=issuer), web).result is Result.INVALID


def test_a_token_may_name_its_key_by_a_bare_word() -> None:
    jwk = keys.to_jwk(RSA.public_key()) | {"kid": "summer"}
    web = Web()
    web.put(ISSUER, {"id": ISSUER, "jwks": {"keys": [jwk]}})
    token = make.token(jwk=False, headers={"kid": "summer"}, issuer={"id": ISSUER})
    assert check(token, web).result is Result.VALID


@pytest.mark.parametrize("key", [RSA, P256, P384, ED25519])
def test_every_kind_of_key_signs_tokens(key: keys.PrivateKey) -> None:
    report = check(make.token(key))
    assert report.finding(Check.SIGNATURE).outcome is Outcome.PASSED
    tampered = make.token(key, name="Doctor").split(".")[1]
    head, _, signature = make.token(key).split(".")
    assert check(f"{head}.{tampered}.{signature}").result is Result.INVALID


def rsa_token(algorithm: str, payload: Json, salt: int | None = None) -> str:
    """A token in one of RSA's six ways; `salt` is how long PSS's is, if not as long as the hash."""
    digest = signatures.SHA[algorithm[2:]]
    way: padding.AsymmetricPadding = padding.PKCS1v15()
    if algorithm.startswith("PS"):
        way = padding.PSS(padding.MGF1(digest), digest.digest_size if salt is None else salt)
    parts = [{"alg": algorithm, "jwk": keys.to_jwk(RSA.public_key())}, payload]
    raw = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
    sealed = RSA.sign(b".".join(raw), way, digest)
    return b".".join([*raw, base64.urlsafe_b64encode(sealed).rstrip(b"=")]).decode()


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
def test_an_rsa_key_signs_tokens_in_six_ways_and_in_both_spellings(algorithm: str) -> None:
    did = "did:jwk:" + base64.urlsafe_b64encode(
        json.dumps(keys.to_jwk(RSA.public_key())).encode()
    ).rstrip(b"=").decode()  # fmt: skip
    badge = make.unsigned(issuer={"id": did, "type": ["Profile"]})
    assert check(rsa_token(algorithm, badge)).result is Result.VALID
    older = badge | {"@context": [make.VC1, make.OB3], "issuanceDate": badge["validFrom"]}
    del older["validFrom"]
    wrapped = {"vc": older, "iss": did, "jti": older["id"]}
    assert check(rsa_token(algorithm, wrapped)).result is Result.VALID
    other = {"RS256": "PS256", "PS256": "RS256"}.get(algorithm, "RS256")
    head, payload, sealed = rsa_token(algorithm, badge).split(".")
    renamed = rsa_token(other, badge).partition(".")[0]
    assert head != renamed
    assert check(f"{renamed}.{payload}.{sealed}").result is Result.INVALID


def test_the_salt_of_pss_is_as_long_as_its_hash() -> None:
    """RFC 7518, 3.5."""
    for salt in (0, 20):
        assert check(rsa_token("PS256", make.unsigned(), salt)).result is Result.INVALID


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://other.example/"),
        ("jti", "urn:x:other"),
        ("sub", "mailto:eve@evil.example"),
        ("nbf", 1),
        ("exp", 4102444800),
        ("iss", 7),
    ],
)
def test_a_token_whose_claims_disagree_with_its_badge_is_invalid(claim: str, value: object) -> None:
    badge = make.unsigned(validUntil="2030-01-01T00:00:00Z")
    token = proofs.sign_jws(badge | {claim: value}, ED25519, {"kid": make.METHOD})
    assert check(token).result is Result.INVALID
    assert check(proofs.sign_jws(badge, ED25519, {"kid": make.METHOD})).result is Result.VALID


def test_the_dates_of_a_token_count() -> None:
    badge = make.unsigned()
    for claims, result in (
        ({"exp": 1770000000}, Result.EXPIRED),
        ({"exp": 4102444800}, Result.VALID),
    ):
        token = proofs.sign_jws(badge | claims, ED25519, {"kid": make.METHOD})
        assert check(token).result is result


def test_other_claims_and_audiences_do_not_matter() -> None:
    badge = make.unsigned() | {"aud": "did:example:somebody", "iat": 1, "iss": DID}
    assert check(proofs.sign_jws(badge, ED25519, {"kid": make.METHOD})).result is Result.VALID


def test_one_known_proof_is_enough_beside_an_unknown_one() -> None:
    badge = make.signed()
    strange = {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023", "proofValue": "u"}
    badge["proof"] = [strange, badge["proof"]]
    assert check(badge).result is Result.VALID
    badge["proof"] = [strange]
    assert check(badge).result is Result.UNKNOWN


def test_two_good_proofs_count_by_the_one_that_is_bound() -> None:
    badge = proofs.sign(
        make.signed(), STRANGER, keys.did_key_method(STRANGER.public_key()), make.SIGNED
    )
    assert len(badge["proof"]) == 2
    assert check(badge).result is Result.VALID
    badge["proof"].reverse()
    assert check(badge).result is Result.VALID


def test_a_proof_that_builds_on_another_covers_it() -> None:
    first = make.signed()
    first["proof"]["id"] = "urn:uuid:first"
    with_id = proofs.sign(first, STRANGER, "did:key:x", make.SIGNED)
    assert check(with_id).result is Result.INVALID  # the first was signed without its id


def test_a_proof_may_end_before_its_badge() -> None:
    badge = make.unsigned()
    options = {"expires": "2026-06-01T00:00:00Z"}
    report = check(_signed_with(badge, options))
    assert report.result is Result.EXPIRED
    assert check(_signed_with(badge, {"expires": "2027-06-01T00:00:00Z"})).result is Result.VALID


def _signed_with(badge: Json, options: Json) -> Json:
    """A proof with more options than our own `sign` sets."""
    import hashlib

    import base58

    from badges.openbadges import canonical

    proof: Json = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "verificationMethod": make.METHOD,
        "proofPurpose": "assertionMethod",
    } | options
    texts = [canonical.texts(proof | {"@context": badge["@context"]}), canonical.texts(badge)]
    data = b"".join(hashlib.sha256(one[0].encode()).digest() for one in texts)
    value = "z" + base58.b58encode(ED25519.sign(data)).decode()
    return badge | {"proof": proof | {"proofValue": value}}


def test_endorsement_tokens_may_be_signed_with_either_edition_of_the_context() -> None:
    token = make.token()
    with_later = make.signed(endorsementJwt=[token])
    with_earlier = make.signed() | {"endorsementJwt": [token]}
    assert check(with_later).result is Result.VALID
    assert check(with_earlier).result is Result.VALID
    assert check(with_later | {"endorsementJwt": [token, token[:-1]]}).result is Result.INVALID


def test_control_characters_may_be_signed_in_the_new_and_in_the_old_way() -> None:
    assert check(make.signed(name="A bell \b and \x7f")).result is Result.VALID


def test_language_tagged_text_is_no_trick() -> None:
    badge = make.signed(name={"@value": "Seemannsknoten", "@language": "de"})
    report = check(badge)
    assert report.result is Result.VALID


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:x.example", "https://x.example/.well-known/did.json"),
        ("did:web:x.example%3A8443:a:b", "https://x.example:8443/a/b/did.json"),
    ],
)
def test_did_web_addresses(did: str, url: str) -> None:
    assert keys.did_web_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web:x.example:..:b",
        "did:web:x.example::b",
        "did:web:user%40x.example",
        "did:web:x.example%2Fevil",
        "did:web:x.example:a%3Fb",
        "did:web:x.example:a/b",
        "did:key:z6Mk",
    ],
)
def test_a_malformed_did_web_leads_nowhere(did: str) -> None:
    with pytest.raises(BadKey):
        keys.did_web_url(did)


@pytest.mark.parametrize("key", [RSA, P256, P384, ED25519])
def test_every_clothing_of_a_key_is_the_same_key(key: keys.PrivateKey) -> None:
    public = key.public_key()
    assert keys.same(keys.from_jwk(keys.to_jwk(public)), public)
    assert keys.same(keys.from_pem(make.pem(key)), public)
    if key is not RSA:
        assert keys.same(keys.from_did(keys.did_key(public)), public)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "OKP", "crv": "X25519", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "OKP", "crv": "Ed25519", "x": 7},
        {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"},
        {"kty": "EC", "crv": ["P-256"], "x": "AQ", "y": "AQ"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": "A" * 3000, "e": "AQAB"},
        {"kty": "RSA", "e": {}, "n": []},
    ],
)
def test_a_bad_jwk_is_no_key(jwk: Json) -> None:
    with pytest.raises((BadKey, Unsupported)):
        keys.from_jwk(jwk)


def test_many_threads_get_the_same_answers() -> None:
    """PyLD keeps caches for the whole process, and a site checks badges in many threads."""
    badges = [make.signed(id=f"urn:x:{n}") for n in range(4)]
    badges += [badge | {"name": "Doctor"} for badge in badges]
    with ThreadPoolExecutor(8) as pool:
        found = [report.result for report in pool.map(check, badges * 3)]
    assert found == ([Result.VALID] * 4 + [Result.INVALID] * 4) * 3
