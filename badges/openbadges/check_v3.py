"""The questions that need to know Open Badges 3.0: signature, issuer, status.

Several proofs: every proof of a kind that we know is checked, one that fails makes the badge
invalid (Data Integrity, 4.5), and one that passes is enough beside others of unknown kinds
(Open Badges 3.0, 8.2). A broken signature beside a good one means that something has been
altered or that somebody signed what they did not see; nothing is gained by looking away.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from badges.openbadges import dates, parse, proofs, status, strict_json, v3
from badges.openbadges.controllers import Bond, Keyring, host_of
from badges.openbadges.errors import BadKey, Unreachable, Unreadable, Unsafe, Unsupported
from badges.openbadges.keys import PublicKey, from_jwk, same
from badges.openbadges.report import Check, Finding, Outcome
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, many, obj, objects, same_id, strings, text, types

MAX_PROOFS = 8
MAX_STATUSES = 8
TAKEN_BACK = {"revocation": "taken back", "suspension": "suspended"}
LIST_TYPES = {
    "BitstringStatusListEntry": {"BitstringStatusListCredential"},
    "StatusList2021Entry": {"StatusList2021Credential", "BitstringStatusListCredential"},
}


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of the signatures: the finding, and the key of a good one with its name."""

    finding: Finding
    key: PublicKey | None = None
    method: Any = None
    expires: datetime | None = None


def _signature(outcome: Outcome, code: str, detail: str) -> Signed:
    return Signed(Finding(Check.SIGNATURE, outcome, detail, code))


BAD = _signature(
    Outcome.FAILED,
    "signature.bad",
    "The signature does not fit. The badge was changed after it was signed, or was not signed "
    "by the key that it names.",
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
            "This badge is not signed, so anybody could have written it.",
        )
    all_proofs = objects(vc["proof"])
    if len(all_proofs) != len(many(vc["proof"])) or len(all_proofs) > MAX_PROOFS:
        return _signature(Outcome.FAILED, "signature.malformed", "Its signature is malformed.")
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
            "This badge is signed in a way that we cannot check yet.",
        )
    if proof.get("proofPurpose") != "assertionMethod":
        return _signature(
            Outcome.FAILED, "signature.purpose", "Its signature was made for another purpose."
        )
    try:
        key = keyring.key_of(method)
        proofs.verify(vc, proof, key)
    except (proofs.BadSignature, BadKey, Unsafe, Unsupported, Unreachable) as error:
        return _refused(error)
    return Signed(_passed(), key, method, dates.parse(proof.get("expires")))


def _passed() -> Finding:
    return Finding(
        Check.SIGNATURE,
        Outcome.PASSED,
        "The signature is good: nothing was changed since the badge was signed.",
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
            "The key that signed it could not be fetched from its issuer, so the signature could "
            "not be checked.",
        )
    if isinstance(error, BadKey):
        return _signature(
            Outcome.FAILED, "signature.key", "The signature names a key that cannot be one."
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
    algorithm = text(jws.header.get("alg"))
    if algorithm not in proofs.ALGORITHMS:
        return _unusable(algorithm)
    contradiction = _contradiction(document.payload, vc)
    if contradiction:
        return _signature(
            Outcome.FAILED,
            "signature.contradiction",
            f"The signed wrapper and the badge inside it disagree about {contradiction}.",
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


def _unusable(algorithm: str) -> Signed:
    """An algorithm that is no signature by an issuer, or that we do not have."""
    if algorithm.lower() in ("", "none") or algorithm.upper().startswith("HS"):
        return _signature(
            Outcome.FAILED,
            "signature.algorithm",
            "It claims to be signed in a way that anybody could have done.",
        )
    return _signature(
        Outcome.UNKNOWN,
        "signature.algorithm_unknown",
        "This badge is signed in a way that we cannot check yet.",
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
        ("its issuer", payload.get("iss"), v3.issuer_id(vc)),
        ("its id", payload.get("jti"), v3.own_id(vc)),
        ("its recipient", payload.get("sub"), id_of(who)),
    )
    for name, claim, value in pairs:
        if claim is not None and value and not (isinstance(claim, str) and same_id(claim, value)):
            return name
    inner = obj(payload.get("vc")) or payload
    for name, claim, values in (
        ("its first day", payload.get("nbf"), v3.starts(inner)),
        ("its last day", payload.get("exp"), v3.ends(inner)),
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
        return _issuer(Outcome.FAILED, "missing", "The badge does not say who issued it.")
    who = host_of(name)
    if signed.key is None:
        return _issuer(
            Outcome.UNKNOWN,
            "unproven",
            f"Nothing that we could check shows that it comes from {who}.",
        )
    bond = keyring.bond(signed.key, signed.method, issuer=name)
    if bond is Bond.BOUND and name.startswith("did:key:"):
        return _issuer(
            Outcome.PASSED,
            "self_certified",
            "It was signed by the very key that names its issuer. Who holds that key is not "
            "recorded in the badge: the issuer's name is the issuer's own word.",
        )
    sentences = {
        Bond.BOUND: (Outcome.PASSED, "bound", f"{who} publishes the key that signed this badge."),
        Bond.UNREACHABLE: (
            Outcome.UNKNOWN,
            "unreachable",
            f"{who} could not be reached to confirm that its key signed this badge.",
        ),
        Bond.NOT_LISTED: (
            Outcome.UNKNOWN,
            "not_listed",
            f"{who} does not list the key that signed it, so somebody else may have made it.",
        ),
        Bond.FOREIGN: (
            Outcome.UNKNOWN,
            "unbound",
            "The key that signed this badge is not the key of the issuer that it names.",
        ),
        Bond.UNSUPPORTED: (
            Outcome.UNKNOWN,
            "unsupported",
            f"We cannot find out whether the key that signed it belongs to {who}.",
        ),
    }
    outcome, code, detail = sentences[bond]
    return _issuer(outcome, code, detail)


def _issuer(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.ISSUER, outcome, detail, f"issuer.{code}")


# ---------------------------------------------------------------------------------------
# Status


def check_status(vc: JsonObject, signed: Signed, keyring: Keyring) -> Finding:
    """Ask every list that the badge names. Revoked on one is revoked; a list that cannot be
    asked leaves it open, never "still valid"."""
    entries = many(vc.get("credentialStatus"))
    if not entries:
        return _status(
            Outcome.NOT_APPLICABLE,
            "none",
            "Its issuer keeps no list on which it could be taken back.",
        )
    if len(entries) > MAX_STATUSES or len(objects(entries)) != len(entries):
        return _status(Outcome.UNKNOWN, "malformed", "Where it could be taken back is not clear.")
    found = [_one_status(vc, entry, signed, keyring) for entry in entries]
    for wanted in (Outcome.FAILED, Outcome.UNKNOWN, Outcome.PASSED):
        for one in found:
            if one.outcome is wanted:
                return one
    return found[0]


def _one_status(vc: JsonObject, entry: JsonObject, signed: Signed, keyring: Keyring) -> Finding:
    kinds = types(entry)
    try:
        if "1EdTechRevocationList" in kinds:
            return _revocation_list(vc, entry, keyring)
        for kind in LIST_TYPES.keys() & kinds:
            return _bitstring(entry, LIST_TYPES[kind], vc, signed, keyring)
    except Unreachable:
        return _status(
            Outcome.UNKNOWN,
            "unreachable",
            "The list on which its issuer takes badges back could not be fetched.",
        )
    except (Unsupported, Unsafe) as error:
        return _status(Outcome.UNKNOWN, "unusable", error.message)
    return _status(
        Outcome.UNKNOWN,
        "unsupported",
        "Its issuer takes badges back in a way that we cannot check yet.",
    )


def _revocation_list(vc: JsonObject, entry: JsonObject, keyring: Keyring) -> Finding:
    listed = keyring.session.json(id_of(entry), strict_json.REGISTER)
    revoked, reason = status.revocation(listed, v3.own_id(vc))
    return _taken_back("taken back", reason) if revoked else _standing()


def _bitstring(
    entry: JsonObject, wanted: set[str], vc: JsonObject, signed: Signed, keyring: Keyring
) -> Finding:
    purpose = text(entry.get("statusPurpose")) or "revocation"
    if purpose not in TAKEN_BACK:
        return _status(
            Outcome.NOT_APPLICABLE, "other_purpose", "Its status list says nothing about validity."
        )
    listing = _trusted_list(text(entry.get("statusListCredential")), vc, signed, keyring)
    subject = v3.subject(listing)
    purposes = strings(subject.get("statusPurpose")) or [purpose]
    if not types(listing) & wanted or purpose not in purposes:
        raise Unsupported(
            "status.kind", "The issuer's list of withdrawn badges is of another kind."
        )
    bits = status.decode(text(subject.get("encodedList")))
    size = entry.get("statusSize", 1)
    if status.entry(bits, status.index_of(entry), size if isinstance(size, int) else 0):
        return _taken_back(TAKEN_BACK[purpose], "")
    return _standing()


def _trusted_list(url: str, vc: JsonObject, signed: Signed, keyring: Keyring) -> JsonObject:
    """The status list at `url`, once its own signature, issuer and period are good.

    The badge names the address in its signed part, so a list there needs no common issuer with
    it; it has to be genuine. When its issuer cannot be reached, the same issuer's same key as
    on the badge is as good: the two stand or fall together.
    """
    answer = keyring.session.get(url)
    if answer.status != 200:
        raise Unreachable("The site answered with an error.", url)
    try:
        document = parse.read(answer.body)
    except Unreadable as error:
        raise Unsupported("status.not_a_list", error.message) from None
    listing = v3.claims(document.payload)
    own = signature(document, keyring)
    if own.finding.outcome is not Outcome.PASSED or own.key is None:
        raise Unsupported(
            "status.unsigned", "The issuer's list of withdrawn badges is not genuine."
        )
    together = (
        signed.key is not None
        and same_id(v3.issuer_id(listing), v3.issuer_id(vc))
        and same(own.key, signed.key)
    )
    bond = keyring.bond(own.key, own.method, issuer=v3.issuer_id(listing))
    if bond is not Bond.BOUND and not (bond is Bond.UNREACHABLE and together):
        raise Unsupported(
            "status.issuer", "Nothing shows who made the issuer's list of withdrawn badges."
        )
    ended = [dates.parse(end) for end in v3.ends(listing)]
    if any(end is None or end < keyring.now for end in ended):
        raise Unsupported("status.old", "The issuer's list of withdrawn badges is out of date.")
    return listing


def _taken_back(how: str, reason: str) -> Finding:
    because = f" Reason given: {reason[:200]}" if reason else ""
    code = "suspended" if how == "suspended" else "revoked"
    return _status(Outcome.FAILED, code, f"Its issuer has {how} this badge.{because}")


def _standing() -> Finding:
    return _status(Outcome.PASSED, "standing", "Its issuer has not taken it back.")


def _status(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.STATUS, outcome, detail, f"status.{code}")


def period_ends(signed: Signed) -> list[Any]:
    """A proof may expire before its credential does (VC Data Integrity, 2.1)."""
    return [signed.expires.astimezone(UTC).isoformat()] if signed.expires else []
