"""Signatures on badges: Data Integrity proofs and compact JWS, checked and made.

A proof here is only mathematics: does this key's signature cover this document? Whose key it is
and whether the issuer stands behind it is answered in `controllers`.

Adding a suite is one entry in `SUITES`. Most take two texts, of the document and of the proof's
own options, and sign the two hashes side by side; they differ in how a text is made (statements
of a graph, or JSON in its one spelling) and in the kind of key (Data Integrity EdDSA
Cryptosuites, 3.2 and 3.3; ECDSA, 3.2 and 3.3). Selective disclosure has a module of its own.
Whatever is not in the table is *unsupported* rather than failed.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

import base58
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from badges.openbadges import budget, canonical, jcs, keys, selective, strict_json
from badges.openbadges.errors import BadKey, Unreadable, Unsafe, Unsupported
from badges.openbadges.parse import base64url
from badges.openbadges.signatures import BadSignature as BadSignature
from badges.openbadges.signatures import holds, make
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import many, objects, text
from badges.openbadges.words import say

# Every algorithm that some kind of key can do; see `keys.algorithms`.
ALGORITHMS = frozenset(
    {"EdDSA", "Ed25519", "ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
)


# ---------------------------------------------------------------------------------------
# Data Integrity

Forms = Callable[[JsonObject, Sequence[str]], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Secured:
    """A document, the options of one of its proofs, and what that proof says of the two."""

    document: JsonObject
    options: JsonObject
    value: str


def _verify_texts(forms: Forms, kind: type, one: _Secured, key: keys.PublicKey) -> bool:
    if not isinstance(key, kind):
        raise BadKey(say("This signature needs another kind of key."))
    try:
        signature = keys.from_multibase(one.value)
    except BadKey:
        raise BadSignature from None
    signed = _signed_bytes(forms, one, key)
    budget.spend(budget.SIGNATURE * len(signed))
    return any(holds(key, signature, data) for data in signed)


def _signed_bytes(forms: Forms, one: _Secured, key: keys.PublicKey) -> list[bytes]:
    """What is signed, in every form that signers may have used, the proper one first."""
    long = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1)
    # With P-384, blank nodes are numbered by SHA-384 as well, which some signers forget.
    digests = ("sha384", "sha256") if long else ("sha256",)
    options, document = (
        [hashlib.new(digests[0], text.encode()).digest() for text in forms(part, digests)]
        for part in (one.options, one.document)
    )
    return [first + second for second in document for first in options]


def _verify_selective(one: _Secured, key: keys.PublicKey) -> bool:
    return selective.verify(one.document, one.options, one.value, key)


def _plain(document: JsonObject, _digests: Sequence[str]) -> tuple[str, ...]:
    """JSON in its one spelling. What is signed is what is shown, so nothing needs a screen."""
    found = jcs.dumps(document)
    budget.spend(len(found) // 50)
    return (found,)


Suite = Callable[[_Secured, keys.PublicKey], bool]

_eddsa_rdfc: Suite = partial(_verify_texts, canonical.texts, Ed25519PublicKey)
SUITES: Mapping[str, Suite] = {
    "eddsa-rdfc-2022": _eddsa_rdfc,
    "eddsa-2022": _eddsa_rdfc,  # its name before the standard was finished
    "eddsa-jcs-2022": partial(_verify_texts, _plain, Ed25519PublicKey),
    "ecdsa-rdfc-2019": partial(_verify_texts, canonical.texts, ec.EllipticCurvePublicKey),
    "ecdsa-jcs-2019": partial(_verify_texts, _plain, ec.EllipticCurvePublicKey),
    "ecdsa-sd-2023": _verify_selective,
}
# Kinds of proof from before there were cryptosuites.
ALONE: Mapping[str, Suite] = {"Ed25519Signature2020": _eddsa_rdfc}
JCS = {"eddsa-jcs-2022", "ecdsa-jcs-2019"}


def suite_of(proof: JsonObject) -> str:
    """The name of the suite, or "" for kinds of proof that we do not know."""
    kind, name = proof.get("type"), proof.get("cryptosuite")
    if kind == "DataIntegrityProof":
        return name if isinstance(name, str) and name in SUITES else ""
    return kind if isinstance(kind, str) and kind in ALONE else ""


def shows_a_part(proof: JsonObject) -> bool:
    """Whether the holder chose what this proof covers, and may have left out the rest."""
    return suite_of(proof) == "ecdsa-sd-2023" and selective.is_derived(text(proof["proofValue"]))


def verify(document: JsonObject, proof: JsonObject, key: keys.PublicKey) -> None:
    """Raise `BadSignature` unless `proof` is a signature by `key` over `document`.

    `Unsafe`, `Unsupported` (with `TooComplex`) and `BadKey` say why a signature could not count
    at all.
    """
    name = suite_of(proof)
    suite = SUITES.get(name) or ALONE.get(name)
    if suite is None:
        raise Unsupported("signature.suite", say("This badge is signed in a way unknown to us."))
    with budget.limited():
        good = suite(_taken_apart(document, proof), key)
    if not good:
        raise BadSignature


def sign(
    document: JsonObject,
    key: keys.PrivateKey,
    verification_method: str,
    created: datetime,
    cryptosuite: str = "eddsa-rdfc-2022",
    options: JsonObject | None = None,
) -> JsonObject:
    """A copy of `document` with one more proof, after any that it already has.

    `options` are further members of the proof (`id`, `previousProof`, `expires`). Refuses
    (`Unsafe`, `Unsupported`, `TooComplex`) what our own verification would refuse.
    """
    proof: JsonObject = {
        "type": "DataIntegrityProof",
        "cryptosuite": cryptosuite,
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    } | (options or {})
    if cryptosuite in JCS:
        proof["@context"] = document.get("@context")
    forms = _plain if cryptosuite in JCS else canonical.texts
    secured = _taken_apart(document, proof)
    with budget.limited():
        (data, *_) = _signed_bytes(forms, secured, key.public_key())
    proof["proofValue"] = "z" + base58.b58encode(make(key, data)).decode("ascii")
    earlier = many(document.get("proof"))
    return {**document, "proof": [*earlier, proof] if earlier else proof}


def _taken_apart(document: JsonObject, proof: JsonObject) -> _Secured:
    bare = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if "@context" in options:
        # A proof may repeat the first of the document's contexts (VC Data Integrity, 4.3).
        own = many(options["@context"])
        if not own or many(bare.get("@context"))[: len(own)] != own:
            raise Unsafe(
                "context.proof", say("The signature of this badge uses another vocabulary.")
            )
        bare["@context"] = options["@context"]
    elif suite_of(proof) not in JCS:
        options["@context"] = bare.get("@context")
    previous = _chained(document, proof)
    if previous:
        bare["proof"] = previous
    return _Secured(bare, options, text(proof.get("proofValue")))


def _chained(document: JsonObject, proof: JsonObject) -> list[JsonObject]:
    """The proofs that this one builds on; it signs them too (VC Data Integrity, 4.3).

    Each has to be there once, and none may build on this one in turn: a circle cannot have been
    signed, and two proofs of one name would leave open which of them was.
    """
    wanted = many(proof.get("previousProof"))
    if not wanted:
        return []
    named: dict[Any, JsonObject] = {}
    for one in objects(document.get("proof")):
        name = one.get("id")
        if isinstance(name, str) and name in named:
            raise Unsafe("signature.chain", say("Two signatures of this badge bear the same name."))
        named[name if isinstance(name, str) else id(one)] = one
    if not all(isinstance(name, str) and name in named for name in wanted):
        raise Unsafe("signature.chain", "A signature of this badge builds on one that is gone.")
    before, ahead = set(), list(wanted)
    while ahead:
        name = ahead.pop()
        earlier = named.get(name) if isinstance(name, str) else None
        if earlier is None or name in before:
            continue
        if earlier is proof or earlier == proof:
            raise Unsafe("signature.chain", say("Signatures of this badge build on one another."))
        before.add(name)
        ahead += many(earlier.get("previousProof"))
    return [one for name, one in named.items() if name in wanted]


# ---------------------------------------------------------------------------------------
# JWS


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS, taken apart but not yet believed."""

    header: JsonObject
    signed: bytes
    signature: bytes


def read_jws(token: str) -> Jws:
    """Take a compact JWS apart. Raises `Unreadable` for damage, `Unsafe` for trickery.

    Its claims are not looked at: `parse` has read them, and refused a second spelling of them.
    """
    signed, _, third = token.rpartition(".")
    first, _, claims = signed.partition(".")
    try:
        if not claims or "." in claims:
            raise ValueError(token[:40])
        header = _header(first) if len(first) > MAX_KEPT else dict(_kept_header(first))
        found = Jws(header, signed.encode("ascii"), base64url(third))
    except ValueError:
        raise Unreadable("jwt.damaged", say("The text of this badge is damaged.")) from None
    if "crit" in header or header.get("b64", True) is not True:
        raise Unsafe("jwt.header", say("This badge asks to be read in a way that is not safe."))
    return found


def _header(encoded: str) -> JsonObject:
    return strict_json.loads_object(strict_json.decode(base64url(encoded)))


# An issuer writes the same header on every badge.
_kept_header = lru_cache(maxsize=256)(_header)
MAX_KEPT = 1_000


def verify_jws(jws: Jws, key: keys.PublicKey) -> None:
    """Raise `BadSignature` unless `key` signed it, with an algorithm that fits the key.

    The header's `alg` is never obeyed: it must be one that this kind of key can do.
    """
    algorithm = jws.header.get("alg")
    if not jws.signature or algorithm not in keys.algorithms(key):
        raise BadSignature
    if not holds(key, jws.signature, jws.signed, algorithm):
        raise BadSignature


def sign_jws(
    payload: JsonObject, key: keys.PrivateKey, headers: Mapping[str, Any] | None = None
) -> str:
    """A compact JWS over `payload` with the usual algorithm of `key`; `headers` are added."""
    algorithm = keys.algorithms(key.public_key())[0]
    header = {"typ": "JWT", **(headers or {}), "alg": algorithm}
    parts = [
        json.dumps(part, separators=(",", ":"), ensure_ascii=False) for part in (header, payload)
    ]
    signed = b".".join(_encode(part.encode()) for part in parts)
    return (signed + b"." + _encode(make(key, signed))).decode("ascii")


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
