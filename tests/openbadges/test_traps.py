"""Every known way of being fooled by a badge, and that we are not: one table.

Each row names the trap, whom it caught or which clause it belongs to, and a check of its own.
Many have closer tests elsewhere; this is the list to go through when something new is added.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from badges.openbadges import bakery, keys, parse, proofs, recipient, status
from badges.openbadges.credential import Version
from badges.openbadges.report import Check, Outcome, Result, Trust
from tests.openbadges import make
from tests.openbadges.make import (
    ASSERTION,
    DID,
    ED25519,
    ISSUER,
    LEARNER,
    METHOD,
    P256,
    RSA,
    SITE,
    STRANGER,
    Json,
    Web,
    check,
    signed,
    unsigned,
)
from tests.openbadges.test_status import entry, listing, signed_list, with_list

TRAPS: list[tuple[str, str, Callable[[], None]]] = []


def trap(name: str, clause: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Put a check into the table."""

    def add(function: Callable[[], None]) -> Callable[[], None]:
        TRAPS.append((name, clause, function))
        return function

    return add


def result(badge: Json | str, web: Web | None = None) -> Result:
    return check(badge, web).result


def signature(badge: Json | str, web: Web | None = None) -> str:
    return str(check(badge, web).finding(Check.SIGNATURE).code)


def raw_token(header: Json | str, payload: Json | str, signature: bytes = b"x") -> str:
    parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, payload)]
    raw = [part.encode() for part in parts] + [signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in raw)


# ---------------------------------------------------------------------------------------
# What a signature over a graph leaves unsaid (VC Data Integrity 1.0, 2.4 and 4.6)


@trap("a date spelled in full is not expired to a reader of short names", "DI: dropped terms")
def respelled() -> None:
    badge = signed(validUntil="2026-02-01T00:00:00Z")
    assert result(badge) is Result.EXPIRED
    badge["https://www.w3.org/2018/credentials#validUntil"] = badge.pop("validUntil")
    assert result(badge) is Result.INVALID


@trap("a property that no vocabulary defines is shown but not signed", "DI: data loss detection")
def undefined() -> None:
    assert result(signed() | {"honours": "first class"}) is Result.INVALID


@trap("terms of a vocabulary of one's own swap first and last", "VC 2.0, 5.2; swap attack")
def swapped() -> None:
    badge = signed()
    badge["@context"].append({"name": "https://schema.org/description"})
    assert signature(badge) == "signature.context.inline"


@trap("a context redefines what a credential is, or takes all meaning away", "JSON-LD 1.1, 4.1.11")
def redefined() -> None:
    for other in ({"id": "@type"}, {"VerifiableCredential": None}, None, {"@vocab": "urn:x:"}):
        badge = signed()
        badge["@context"].append(other)
        assert result(badge) is Result.INVALID


@trap("an unknown vocabulary is fetched from a stranger", "DI 2.4.1: contexts are pinned")
def unknown_vocabulary() -> None:
    web = Web()
    badge = signed()
    badge["@context"].append("https://evil.example/context")
    assert result(badge, web) is Result.UNKNOWN
    assert web.asked == []


@trap("a context object inside a part changes only that part", "JSON-LD 1.1, scoped contexts")
def inner_vocabulary() -> None:
    badge = signed()
    badge["credentialSubject"]["@context"] = [make.VC2]
    assert result(badge) is Result.INVALID


@trap("line ends of Unicode split statements of a graph", "RDF canonicalisation, N-Quads")
def line_ends() -> None:
    text = "one\u0085two\u2028three\u2029four\x0bfive\x0csix\x1cseven"
    badge = signed(description=text)
    assert result(badge) is Result.VALID
    assert result(badge | {"description": text.replace("\u2028", "\n")}) is Result.INVALID


@trap("a blank node with a label of one's own merges two things", "RDFC-1.0, poison graphs")
def labels() -> None:
    badge = signed()
    badge["credentialSubject"]["achievement"]["id"] = "_:b0"
    assert result(badge) is Result.INVALID


@trap("a proof made to log somebody in signs a badge", "DI 2.1: proofPurpose")
def purpose() -> None:
    badge = proofs.sign(
        unsigned(), ED25519, METHOD, make.SIGNED, options={"proofPurpose": "authentication"}
    )
    assert signature(badge) == "signature.purpose"


@trap("a proof that has run out still counts", "DI 2.1: expires")
def proof_ended() -> None:
    for end, wanted in (("2026-06-01T00:00:00Z", Result.EXPIRED), ("soon", Result.UNKNOWN)):
        badge = proofs.sign(unsigned(), ED25519, METHOD, make.SIGNED, options={"expires": end})
        assert result(badge) is wanted


@trap("one broken proof hides behind a good one", "DI 4.5: proof sets")
def broken_beside_good() -> None:
    badge = signed()
    badge["proof"] = [badge["proof"], badge["proof"] | {"created": "2026-02-02T00:00:00Z"}]
    assert result(badge) is Result.INVALID


# ---------------------------------------------------------------------------------------
# Whose key it is (Open Badges 3.0, 8.2; Controlled Identifiers 1.0)


@trap("the key is read from the address itself, and the address never asked", "1EdTech validator")
def key_in_fragment() -> None:
    method = f"{ISSUER}#{keys.to_multikey(STRANGER.public_key())}"
    badge = signed(STRANGER, method, issuer={"id": ISSUER, "type": ["Profile"]})
    report = check(badge)
    assert report.finding(Check.SIGNATURE).outcome is Outcome.PASSED
    assert (report.result, report.trust, report.host) == (Result.UNKNOWN, Trust.NONE, "")


@trap("a token brings its own key", "RFC 8725, 3.10")
def key_in_header() -> None:
    report = check(make.token(RSA, issuer={"id": ISSUER}))
    assert report.finding(Check.SIGNATURE).outcome is Outcome.PASSED
    assert report.result is Result.UNKNOWN


@trap("a key lives on another site than its issuer", "OB 3.0, 8.2.3")
def key_elsewhere() -> None:
    kid = "https://evil.example/key"
    web = Web()
    web.put(kid, keys.to_jwk(RSA.public_key()))
    assert result(make.token(jwk=False, headers={"kid": kid}, issuer={"id": ISSUER}), web) is (
        Result.UNKNOWN
    )


@trap("anybody can be a did:key, under any name", "did:key 1.0")
def self_made() -> None:
    report = check(signed(STRANGER, issuer={"id": keys.did_key(STRANGER.public_key()),
                                            "type": ["Profile"], "name": "Famous"}))  # fmt: skip
    assert report.finding(Check.ISSUER).code == "issuer.self_certified"
    assert "own word" in report.finding(Check.ISSUER).detail


@trap("a DID document lists its keys for signing alone", "DCC's issuers")
def only_assertion_method() -> None:
    did = "did:web:school.example"
    web = Web()
    web.put(f"{SITE}/.well-known/did.json", make.controller(did))
    assert result(make.issued_by(did), web) is Result.VALID


@trap("a document answers for somebody else", "Controlled Identifiers, 3.3")
def somebody_elses_document() -> None:
    did = "did:web:school.example"
    web = Web()
    web.put(f"{SITE}/.well-known/did.json", make.controller("did:web:evil.example"))
    assert result(make.issued_by(did), web) is Result.UNKNOWN


# ---------------------------------------------------------------------------------------
# Tokens (RFC 7515, 7518, 8725; Open Badges 3.0, 8.2.1)


def forged(**header: Any) -> str:
    return raw_token({"alg": "RS256", "kid": METHOD} | header, unsigned())


@trap("no algorithm at all, in any spelling", "RFC 8725, 3.2")
def no_algorithm() -> None:
    for name in ("none", "None", "nOnE", "NONE", "", None, 7, ["RS256"], "HS256", "hs512"):
        assert result(forged(alg=name)) is not Result.VALID
        assert result(raw_token({"alg": name, "kid": METHOD}, unsigned(), b"")) is not Result.VALID


@trap("a public key is taken for a shared secret", "CVE-2015-9256 and kin")
def confused() -> None:
    import hashlib
    import hmac

    for secret in (make.pem(RSA).encode(), keys.der(RSA.public_key()), b""):
        jwk = keys.to_jwk(RSA.public_key())
        token = raw_token({"alg": "HS256", "jwk": jwk}, unsigned())
        head, _, _ = token.rpartition(".")
        mac = hmac.new(secret, head.encode(), hashlib.sha256).digest()
        forged_token = f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert result(forged_token) is Result.INVALID


@trap("an algorithm that does not fit the key", "RFC 8725, 3.1")
def misfit() -> None:
    for key, alg in ((RSA, "ES256"), (P256, "RS256"), (ED25519, "ES256"), (P256, "ES384")):
        head = {"alg": alg, "jwk": keys.to_jwk(key.public_key())}
        payload = raw_token(head, unsigned()).rpartition(".")[0]
        from badges.openbadges import signatures

        sealed = base64.urlsafe_b64encode(signatures.make(key, payload.encode())).rstrip(b"=")
        assert result(f"{payload}.{sealed.decode()}") is Result.INVALID


@trap("an extension that has to be understood is not", "RFC 7515, 4.1.11 (python-jose)")
def critical() -> None:
    headers: tuple[dict[str, Any], ...] = (
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"b64": False},
    )
    for header in headers:
        token = proofs.sign_jws(unsigned(), ED25519, {"kid": METHOD, **header})
        assert result(token) is Result.INVALID


@trap("the header points to keys of the writer's choice", "RFC 8725, 3.10: jku, x5u")
def pointed() -> None:
    web = Web()
    web.put("https://evil.example/keys", {"keys": [keys.to_jwk(STRANGER.public_key())]})
    for name in ("jku", "x5u"):
        headers = {name: "https://evil.example/keys"}
        assert result(proofs.sign_jws(unsigned(), STRANGER, headers), web) is not Result.VALID
    assert web.asked == []


@trap("the name of a key climbs out of its folder", "kid traversal")
def climbing() -> None:
    web = Web()
    for kid in ("../../../../dev/null", "file:///etc/passwd", "ftp://x.example/k", "' OR 1=1 --"):
        token = proofs.sign_jws(unsigned(issuer=ISSUER), STRANGER, {"kid": kid})
        assert result(token, web) is not Result.VALID
    assert all(url.startswith("https://") for url in web.asked)


@trap("the same name twice in a header or in the claims", "RFC 8725, 3.13; RFC 7515, 4")
def twice() -> None:
    double = '{"alg":"none","alg":"EdDSA"}'
    assert result(raw_token(double, unsigned())) is not Result.VALID
    assert result(raw_token({"alg": "EdDSA"}, '{"iss":"a","iss":"b","type":"x"}')) is (
        Result.UNREADABLE
    )


@trap("padding or loose bits give a token many spellings", "Wycheproof, JWS")
def spellings() -> None:
    token = make.token(ED25519)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    loose = letters[letters.index(token[-1]) ^ 1]
    for other in (token + "=", token[:-1] + loose):
        assert check(other).result is not Result.VALID
        assert check(other).finding(Check.SIGNATURE).outcome is not Outcome.PASSED


@trap("claims are missing, as in real tokens, or others are there", "1EdTech's own samples")
def tolerant() -> None:
    badge = unsigned() | {"aud": ["x"], "iat": 1_700_000_000, "nonce": "n"}
    assert result(proofs.sign_jws(badge, ED25519, {"kid": METHOD})) is Result.VALID


@trap("claims contradict the badge inside", "OB 3.0, 8.2.4")
def contradicting() -> None:
    for claim in ({"iss": "did:web:famous.example"}, {"sub": "mailto:eve@x.example"},
                  {"jti": "urn:x"}, {"nbf": 1}):  # fmt: skip
        token = proofs.sign_jws(unsigned() | claim, ED25519, {"kid": METHOD})
        assert signature(token) == "signature.contradiction"


@trap("both spellings of the claim, and a badge beside the badge", "VC 1.1, 6.3.1")
def two_spellings() -> None:
    inner = unsigned()
    wrapped = {"vc": inner, "iss": DID, "nbf": 1767225600}
    assert result(proofs.sign_jws(wrapped, ED25519, {"kid": METHOD})) is Result.VALID
    beside = unsigned(name="Doctor") | {"vc": inner}
    report = check(proofs.sign_jws(beside, ED25519, {"kid": METHOD}))
    assert report.credential is not None
    assert report.credential.name == "Rope work"


@trap("a real token's header is longer than libraries allow", "joserfc: 512 bytes")
def long_header() -> None:
    headers = {"jwk": keys.to_jwk(RSA.public_key()), "x": "y" * 900}
    assert signature(make.token(headers=headers)) == "signature.good"


@trap("a weak key, or one meant for something else", "RFC 8725, 3.5; RFC 7517, 4.2")
def weak() -> None:
    good = keys.to_jwk(P256.public_key())
    for change in ({"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "ES384"}, {"d": "AA"}):
        token = make.token(P256, jwk=False, headers={"jwk": good | change})
        assert signature(token) == "signature.key"


# ---------------------------------------------------------------------------------------
# JSON (RFC 8259, 8785) and what carries it


@trap("two readers see two badges", "RFC 8259, 4: duplicate names")
def duplicate_names() -> None:
    text = json.dumps(signed()).replace('"name":', '"name": "Doctor", "name":', 1)
    assert result(text) is Result.UNREADABLE


@trap("what no database stores", "NUL, lone surrogates, NaN")
def unstorable() -> None:
    text = json.dumps(signed())
    for bad in ('"\\u0000"', '"\\ud800"', "NaN", "Infinity", "-Infinity", "1e999"):
        assert result(text.replace('"Rope work"', bad, 1)) is Result.UNREADABLE


@trap("a picture's text inflates without end", "PNG zTXt, iTXt; OB 3.0, 5.3.2.1")
def inflating() -> None:
    picture = make.png((b"iTXt", b"openbadgecredential\0\1\0\0\0" + b"x\x9c" + b"\0" * 20))
    assert check(picture).result is Result.UNREADABLE


@trap("what was received is not what is kept", "byte for byte: signatures and certification")
def unchanged() -> None:
    text = json.dumps(signed(), indent=3) + "\n"
    assert parse.read(text.encode()).text == text
    baked = bakery.bake(make.png(), text, Version.OB3)
    assert parse.read(baked).text == text


@trap("one or many, a string or an object", "OB 3.0 and 2.0 in the wild")
def shapes() -> None:
    picture = {"id": "https://x.example/i.png", "type": "Image"}
    changes: list[Json] = [{"type": "VerifiableCredential"}, {"issuer": DID}, {"image": picture}]
    for change in [*changes, {"evidence": []}]:
        assert result(signed(**change)) is Result.VALID
    who = unsigned()["credentialSubject"]
    names = [{"type": "IdentityObject", "hashed": False, "identityType": "emailAddress",
              "identityHash": LEARNER}]  # fmt: skip
    for identifier in (names, names[0]):
        badge = signed(credentialSubject=who | {"identifier": identifier})
        assert check(badge, addresses=(LEARNER,)).finding(Check.RECIPIENT).outcome is (
            Outcome.PASSED
        )


# ---------------------------------------------------------------------------------------
# Silence (Open Badges 3.0, 8.3; Bitstring Status List 1.0)


@trap("a list that does not answer is taken for good news", "the one promise")
def silent_list() -> None:
    for web in (Web(), with_list(signed_list(), status=500), with_list("<html>")):
        assert result(signed(credentialStatus=entry()), web) is Result.UNKNOWN


@trap("an issuer that does not answer is taken for good news", "the one promise")
def silent_issuer() -> None:
    for issuer in (ISSUER, "did:web:school.example", "did:example:x", "urn:x:y"):
        assert result(make.issued_by(issuer)) is Result.UNKNOWN


@trap("anybody's list takes back, or gives back, anybody's badge", "BSL 3.2: verify the list")
def forged_list() -> None:
    assert result(signed(credentialStatus=entry(7)), with_list(listing())) is Result.UNKNOWN
    old = signed_list() | {"validFrom": "2026-02-01T00:00:00Z"}
    assert result(signed(credentialStatus=entry(7)), with_list(old)) is Result.UNKNOWN


@trap("real lists: short, counted in numbers, several, without a prefix", "DCC, 1EdTech")
def real_lists() -> None:
    for encoded in (status.encode([9], size=100_000), status.encode([9])[1:]):
        web = with_list(signed_list(subject={"encodedList": encoded}))
        both = [entry(8), entry(8, statusPurpose="message")]
        assert result(signed(credentialStatus=both), web) is Result.VALID
        assert result(signed(credentialStatus=entry("9")), web) is Result.REVOKED
        assert result(signed(credentialStatus=entry(9)), web) is Result.REVOKED


@trap("a badge that is not on the list at all is not revoked", "BSL 3.2: RANGE_ERROR")
def off_the_list() -> None:
    assert result(signed(credentialStatus=entry(200_000)), with_list(signed_list())) is (
        Result.UNKNOWN
    )


@trap("the address of a list leads somewhere else than the web", "SSRF by scheme")
def odd_addresses() -> None:
    web = Web()
    schemes = "file:///etc/passwd ftp://x.example/ gopher://x data:,x //x.example javascript:x"
    users = "http://user:secret@x.example/ https://x.example:99999/ https://@x.example"
    for url in [*schemes.split(), *users.split()]:
        badge = signed(credentialStatus={"id": url, "type": "1EdTechRevocationList"})
        assert result(badge, web) is not Result.VALID
    assert web.asked == []


# ---------------------------------------------------------------------------------------
# Hosted badges (Open Badges 2.0, verification)


@trap("an open redirect on a respectable host", "reference validator")
def redirected() -> None:
    web = make.hosted_web()
    web.put(ASSERTION, make.assertion(), final_url="https://evil.example/assertions/1")
    assert result(make.assertion(), web) is Result.UNKNOWN


@trap("the uploaded copy is believed", "OB 2.0: only the address counts")
def uploaded_copy() -> None:
    web = make.hosted_web()
    report = check(make.assertion(issuedOn="2020-01-01T00:00:00Z"), web)
    assert report.credential is not None
    assert report.credential.issued_at is not None
    assert report.credential.issued_at.year == 2026


@trap("a page that speaks in another's name", "the label is the host that answered")
def another_name() -> None:
    web = make.hosted_web()
    web.put(ASSERTION, make.assertion(id="https://famous.example/assertions/1"))
    assert check(f"{ASSERTION}", web).result is not Result.VALID


@trap("a scope is compared as text", "startsWith, allowedOrigins as parsed addresses")
def scopes() -> None:
    for rule, wanted in (
        ({"startsWith": [f"{SITE}/assertions"]}, Result.VALID),
        ({"startsWith": ["https://school.example.evil.test"]}, Result.INVALID),
        ({"startsWith": [f"{SITE}/assert"]}, Result.INVALID),
        ({"startsWith": [f"{SITE}/assertions/../../"]}, Result.INVALID),
        ({"allowedOrigins": ["SCHOOL.example"]}, Result.VALID),
        ({"allowedOrigins": ["evil.school.example"]}, Result.INVALID),
        ({"allowedOrigins": []}, Result.INVALID),
    ):
        web = make.hosted_web(verification=rule)
        assert result(make.assertion(), web) is wanted, rule


@trap("an issuer that nobody can ask", "OB 2.0: issuer without a web address")
def no_address() -> None:
    web = make.hosted_web()
    body = json.loads(web.answers[make.CLASS].body)
    web.put(make.CLASS, body | {"issuer": {"id": "urn:x:y", "name": "Harvard"}})
    assert result(make.assertion(), web) is Result.UNKNOWN


@trap("a borrowed badge", "anybody can upload anybody's")
def borrowed() -> None:
    report = check(signed(), addresses=("eve@evil.example",))
    assert report.result is Result.VALID
    assert report.finding(Check.RECIPIENT).outcome is Outcome.FAILED


@trap("an address hidden by an old hash, or without salt", "OB 2.0: md5, unsalted")
def badly_hidden() -> None:
    import hashlib

    digest = hashlib.md5(LEARNER.encode(), usedforsecurity=False).hexdigest()
    for identity in (f"md5${digest}", recipient.hash(LEARNER)):
        web = make.hosted_web()
        who = {"type": "email", "hashed": True, "identity": identity}
        web.put(ASSERTION, make.assertion(recipient=who))
        report = check(make.assertion(), web, addresses=(LEARNER,))
        assert report.finding(Check.RECIPIENT).outcome is Outcome.WARNING


@trap("letters that fold onto other letters", "Kelvin sign, dotless i, sharp s")
def folding() -> None:
    for address in ("a\u0064a@learner.example".replace("d", "\u0501"), "ADA@learner.exampl\u0435"):
        assert check(signed(), addresses=(address,)).finding(Check.RECIPIENT).outcome is (
            Outcome.FAILED
        )


@pytest.mark.parametrize(("name", "clause", "holds"), TRAPS, ids=[name for name, _, _ in TRAPS])
def test_we_do_not_fall_into(name: str, clause: str, holds: Callable[[], None]) -> None:
    assert clause
    holds()


def test_the_table_has_no_row_twice() -> None:
    assert len({name for name, _, _ in TRAPS}) == len(TRAPS) >= 45
