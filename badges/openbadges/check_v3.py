"""The questions that need to know Open Badges 3.0: signature, issuer, status.

Several proofs: every proof of a kind that we know is checked, one that fails makes the badge
invalid (Data Integrity, 4.5), and one that passes is enough beside others of unknown kinds
(Open Badges 3.0, 8.2). A broken signature beside a good one means that something has been
altered or that somebody signed what they did not see; nothing is gained by looking away.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from badges.openbadges import dates, parse, proofs, v3
from badges.openbadges.controllers import CARRIES_ITS_KEY, Bond, Keyring, host_of
from badges.openbadges.errors import BadKey, Unreachable, Unreadable, Unsafe, Unsupported
from badges.openbadges.keys import PublicKey, from_jwk
from badges.openbadges.report import Check, Finding, Outcome
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, many, obj, objects, same_id, text
from badges.openbadges.words import say

MAX_PROOFS = 8


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of the signatures: the finding, and the key of a good one with its name."""

    finding: Finding
    key: PublicKey | None = None
    method: Any = None
    ends: tuple[Any, ...] = ()


def _signature(outcome: Outcome, code: str, detail: str) -> Signed:
    return Signed(Finding(Check.SIGNATURE, outcome, detail, code))


BAD = _signature(
    Outcome.FAILED,
    "signature.bad",
    say(
        "The signature does not fit. The badge was changed after it was signed, or was not signed "
        "by the key that it names."
    ),
)


# ---------------------------------------------------------------------------------------
# Signature


def signature(document: parse.Document, keyring: Keyring) -> Signed:
    """Check whatever signs this document."""
    if document.jws is not None:
        return _jws(document, keyring)
    vc = document.payload
    if not many(vc.get("proof")):
        return _signature(
            Outcome.NOT_APPLICABLE,
            "signature.none",
            say("This badge is not signed, so anybody could have written it."),
        )
    all_proofs = objects(vc["proof"])
    if len(all_proofs) != len(many(vc["proof"])) or len(all_proofs) > MAX_PROOFS:
        return _signature(Outcome.FAILED, "signature.malformed", say("Its signature is malformed."))
    tried = [_proof(vc, proof, keyring) for proof in all_proofs]
    for wanted in (Outcome.FAILED, Outcome.PASSED, Outcome.UNKNOWN):
        found = [one for one in tried if one.finding.outcome is wanted]
        if found:
            issuer = v3.issuer_id(vc)
            return min(found, key=lambda one: not _is_bound(one, issuer, keyring))
    return BAD


def _is_bound(signed: Signed, issuer: str, keyring: Keyring) -> bool:
    if signed.key is None:
        return False
    return keyring.bond(signed.key, signed.method, issuer=issuer) is Bond.BOUND


def _proof(vc: JsonObject, proof: JsonObject, keyring: Keyring) -> Signed:
    method = proof.get("verificationMethod")
    if not proofs.suite_of(proof):
        return _signature(
            Outcome.UNKNOWN,
            "signature.suite",
            say("This badge is signed in a way that we cannot check yet."),
        )
    if proof.get("proofPurpose") != "assertionMethod":
        return _signature(
            Outcome.FAILED, "signature.purpose", say("Its signature was made for another purpose.")
        )
    try:
        key = keyring.key_of(method)
        proofs.verify(vc, proof, key)
    except (proofs.BadSignature, BadKey, Unsafe, Unsupported, Unreachable) as error:
        return _refused(error)
    ends = () if proof.get("expires") is None else (proof["expires"],)
    return Signed(_passed(partly=proofs.shows_a_part(proof)), key, method, ends)


def _passed(*, partly: bool = False) -> Finding:
    if partly:
        return Finding(
            Check.SIGNATURE,
            Outcome.PASSED,
            say(
                "The signature is good for all that is shown here. Its issuer allows its holder to "
                "show a part, so other parts may have been left out."
            ),
            "signature.good_in_part",
        )
    return Finding(
        Check.SIGNATURE,
        Outcome.PASSED,
        say("The signature is good: nothing was changed since the badge was signed."),
        "signature.good",
    )


def _refused(error: Exception) -> Signed:
    """An error on the way as a finding: failed when the badge is at fault, else unknown."""
    if isinstance(error, Unsafe):
        return _signature(Outcome.FAILED, f"signature.{error.code}", error.message)
    if isinstance(error, Unsupported):
        return _signature(Outcome.UNKNOWN, f"signature.{error.code}", error.message)
    if isinstance(error, Unreachable):
        return _signature(
            Outcome.UNKNOWN,
            "signature.key_unreachable",
            say(
                "The key that signed it could not be fetched from "
                "its issuer, so the signature could "
                "not be checked."
            ),
        )
    if isinstance(error, BadKey):
        return _signature(
            Outcome.FAILED, "signature.key", say("The signature names a key that cannot be one.")
        )
    return BAD


def _jws(document: parse.Document, keyring: Keyring) -> Signed:
    assert document.jws is not None
    vc = v3.claims(document.payload)
    try:
        jws = proofs.read_jws(document.jws)
    except Unreadable as error:
        return _signature(Outcome.FAILED, "signature.malformed", error.message)
    except Unsafe as error:
        return _refused(error)
    if _is_another_kind(jws.header.get("typ")):
        return _signature(
            Outcome.FAILED,
            "signature.type",
            say("This text was signed to be something else than a badge."),
        )
    algorithm = text(jws.header.get("alg"))
    if algorithm not in proofs.ALGORITHMS:
        return _unusable(algorithm)
    contradiction = _contradiction(document.payload, vc)
    if contradiction:
        return _signature(
            Outcome.FAILED,
            "signature.contradiction",
            say(
                "The signed wrapper and the badge inside it disagree about {contradiction}.",
                contradiction=contradiction,
            ),
        )
    try:
        found = jws_keys(jws.header, v3.issuer_id(vc), keyring)
    except (BadKey, Unsupported, Unreachable) as error:
        return _refused(error)
    for key, method in found:
        try:
            proofs.verify_jws(jws, key)
        except proofs.BadSignature:
            continue
        return Signed(_passed(), key, method)
    return BAD


def _is_another_kind(kind: Any) -> bool:
    """Whether a token says that it is a kind of its own which is no credential (RFC 8725, 3.11):
    what was signed to let somebody in must not be shown as a badge."""
    if not isinstance(kind, str):
        return kind is not None
    name = kind.lower().removeprefix("application/")
    return name.endswith("+jwt") and not name.startswith(("vc+", "vc-", "ob+", "clr+"))


def _unusable(algorithm: str) -> Signed:
    """An algorithm that is no signature by an issuer, or that we do not have."""
    if algorithm.lower() in ("", "none") or algorithm.upper().startswith("HS"):
        return _signature(
            Outcome.FAILED,
            "signature.algorithm",
            say("It claims to be signed in a way that anybody could have done."),
        )
    return _signature(
        Outcome.UNKNOWN,
        "signature.algorithm_unknown",
        say("This badge is signed in a way that we cannot check yet."),
    )


def jws_keys(header: JsonObject, issuer: str, keyring: Keyring) -> list[tuple[PublicKey, Any]]:
    """The keys that may have signed a JWS, with the names under which they were found.

    `kid` goes first. A key inside the header serves to test the signature and is nobody's
    until the issuer's document lists it. Without either, the issuer's own keys are tried.
    """
    kid, jwk = header.get("kid"), header.get("jwk")
    if isinstance(kid, str) and kid:
        try:
            if kid.startswith(("did:", "http://", "https://")):
                return [(keyring.key_of(kid), kid)]
            return [(keyring.named(issuer, kid), kid)]
        except (Unreachable, Unsupported):
            if not isinstance(jwk, dict):
                raise
    if isinstance(jwk, dict):
        return [(from_jwk(jwk), None)]
    return [(entry.key, entry.id) for entry in keyring.entries(issuer)[:MAX_PROOFS]]


def _contradiction(payload: JsonObject, vc: JsonObject) -> str:
    """What a registered claim says differently from the credential, or "".

    Claims may be missing, as they are in 1EdTech's own samples; they may not disagree.
    """
    who = v3.subject(vc)
    pairs = (
        (say("its issuer"), payload.get("iss"), v3.issuer_id(vc)),
        (say("its id"), payload.get("jti"), v3.own_id(vc)),
        (say("its recipient"), payload.get("sub"), id_of(who)),
    )
    for name, claim, value in pairs:
        if claim is not None and value and not (isinstance(claim, str) and same_id(claim, value)):
            return name
    inner = obj(payload.get("vc")) or payload
    for name, claim, values in (
        (say("its first day"), payload.get("nbf"), v3.starts(inner)),
        (say("its last day"), payload.get("exp"), v3.ends(inner)),
    ):
        if claim is not None and values and not any(_same_second(claim, one) for one in values):
            return name
    return ""


def _same_second(claim: Any, value: Any) -> bool:
    one, other = dates.parse(claim), dates.parse(value)
    return one is not None and other is not None and abs(one - other) < timedelta(seconds=1)


# ---------------------------------------------------------------------------------------
# Issuer


def issuer(vc: JsonObject, signed: Signed, keyring: Keyring) -> Finding:
    """Whether the issuer that the badge names stands behind the key that signed it."""
    name = v3.issuer_id(vc)
    if not name:
        return _issuer(Outcome.FAILED, "missing", say("The badge does not say who issued it."))
    who = host_of(name)
    if signed.key is None:
        # An identifier that leads nowhere tells a person nothing: its name does.
        called = text(obj(vc.get("issuer")).get("name"))[:200]
        who = f"“{called}”" if called and name.startswith("urn:") else who
        return _issuer(
            Outcome.UNKNOWN,
            "unproven",
            say("Nothing that we could check shows that it comes from {who}.", who=who),
        )
    bond = keyring.bond(signed.key, signed.method, issuer=name)
    if bond is Bond.BOUND and name.startswith(CARRIES_ITS_KEY):
        return _issuer(
            Outcome.PASSED,
            "self_certified",
            say(
                "It was signed by the very key that names its issuer. Who holds that key is not "
                "recorded in the badge: the issuer's name is the issuer's own word."
            ),
        )
    sentences = {
        Bond.BOUND: (
            Outcome.PASSED,
            "bound",
            say("{who} publishes the key that signed this badge.", who=who),
        ),
        Bond.UNREACHABLE: (
            Outcome.UNKNOWN,
            "unreachable",
            say("{who} could not be reached to confirm that its key signed this badge.", who=who),
        ),
        Bond.NOT_LISTED: (
            Outcome.UNKNOWN,
            "not_listed",
            say(
                "{who} does not list the key that signed it, so somebody else may have made it.",
                who=who,
            ),
        ),
        Bond.WITHDRAWN: (
            Outcome.UNKNOWN,
            "withdrawn",
            say(
                "{who} has withdrawn the key that signed it, so anybody who "
                "has got hold of that key may have made it.",
                who=who,
            ),
        ),
        Bond.FOREIGN: (
            Outcome.UNKNOWN,
            "unbound",
            say("The key that signed this badge is not the key of the issuer that it names."),
        ),
        Bond.UNSUPPORTED: (
            Outcome.UNKNOWN,
            "unsupported",
            say("We cannot find out whether the key that signed it belongs to {who}.", who=who),
        ),
    }
    outcome, code, detail = sentences[bond]
    return _issuer(outcome, code, detail)


def _issuer(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.ISSUER, outcome, detail, f"issuer.{code}")


def claimed(document: parse.Document, name: str) -> list[Any]:
    """A date that only the JWT round the credential gives."""
    value = document.payload.get(name) if document.jws is not None else None
    return [] if value is None else [value]


def proof_ends(signed: Signed) -> list[Any]:
    """A proof may expire before its credential does (VC Data Integrity, 2.1)."""
    return list(signed.ends)
