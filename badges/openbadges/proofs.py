"""Signatures on badges: Data Integrity proofs and compact JWS, checked and made.

A proof here is only mathematics: does this key's signature cover this document? Whose key it is
and whether the issuer stands behind it is answered in `controllers`.

Adding a suite is one entry in `SUITES`: the hash and signature that it uses over the two
canonical texts (Data Integrity EdDSA Cryptosuites 1.1, 3.2; ECDSA 3.2). Selective disclosure
and JCS suites differ before that point, and are *unsupported* rather than failed.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from badges.openbadges import canonical, keys, strict_json
from badges.openbadges.errors import BadKey, Unreadable, Unsafe, Unsupported
from badges.openbadges.parse import base64url
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import many, objects, strings, text

SHA: dict[str, type[hashes.HashAlgorithm]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}


# Every algorithm that some kind of key can do; see `keys.algorithms`.
ALGORITHMS = frozenset(
    {"EdDSA", "Ed25519", "ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
)


class BadSignature(Exception):
    """The signature does not cover this document, or was made by another key."""


# ---------------------------------------------------------------------------------------
# Data Integrity


@dataclass(frozen=True, slots=True)
class _Canonical:
    """What is signed, in every form that signers may have used."""

    options: tuple[str, ...]
    document: tuple[str, ...]

    def hashed(self, algorithm: Callable[[bytes], Any]) -> list[bytes]:
        return [
            algorithm(options.encode()).digest() + algorithm(document.encode()).digest()
            for document in self.document
            for options in self.options
        ]


def _verify_eddsa(key: keys.PublicKey, signature: bytes, signed: _Canonical) -> bool:
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey("This signature needs an Ed25519 key.")
    return any(_holds(key, signature, data) for data in signed.hashed(hashlib.sha256))


def _verify_ecdsa(key: keys.PublicKey, signature: bytes, signed: _Canonical) -> bool:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadKey("This signature needs a P-256 or P-384 key.")
    short = isinstance(key.curve, ec.SECP256R1)
    digest = hashlib.sha256 if short else hashlib.sha384
    return any(_holds(key, signature, data) for data in signed.hashed(digest))


SUITES: Mapping[str, Callable[[keys.PublicKey, bytes, _Canonical], bool]] = {
    "eddsa-rdfc-2022": _verify_eddsa,
    "eddsa-2022": _verify_eddsa,  # its name before the standard was finished
    "Ed25519Signature2020": _verify_eddsa,
    "ecdsa-rdfc-2019": _verify_ecdsa,
}


def suite_of(proof: JsonObject) -> str:
    """The name of the suite, or "" for kinds of proof that we do not know."""
    kind = text(proof.get("type"))
    name = text(proof.get("cryptosuite")) if kind == "DataIntegrityProof" else kind
    return name if name in SUITES else ""


def verify(document: JsonObject, proof: JsonObject, key: keys.PublicKey) -> None:
    """Raise `BadSignature` unless `proof` is a signature by `key` over `document`.

    `Unsafe`, `Unsupported` and `BadKey` say why a signature could not count at all.
    """
    suite = SUITES.get(suite_of(proof))
    if suite is None:
        raise Unsupported("signature.suite", "This badge is signed in a way unknown to us.")
    try:
        signature = keys.from_multibase(text(proof.get("proofValue")))
    except BadKey:
        raise BadSignature from None
    signed = _canonical(document, proof)
    if not suite(key, signature, signed):
        raise BadSignature


def sign(
    document: JsonObject, key: Ed25519PrivateKey, verification_method: str, created: datetime
) -> JsonObject:
    """A copy of `document` with an `eddsa-rdfc-2022` proof, after any proof it already has.

    Refuses (`Unsafe`, `Unsupported`) what our own verification would refuse.
    """
    proof: JsonObject = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    }
    (data, *_) = _canonical(document, proof).hashed(hashlib.sha256)
    proof["proofValue"] = "z" + base58.b58encode(key.sign(data)).decode("ascii")
    earlier = many(document.get("proof"))
    return {**document, "proof": [*earlier, proof] if earlier else proof}


def _canonical(document: JsonObject, proof: JsonObject) -> _Canonical:
    bare = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    own = many(options.pop("@context", None))
    if own:
        # A proof may repeat the first of the document's contexts (VC Data Integrity, 4.3).
        if many(bare.get("@context"))[: len(own)] != own:
            raise Unsafe("context.proof", "The signature of this badge uses another vocabulary.")
        bare["@context"] = own
    previous = _chained(document, proof)
    if previous:
        bare["proof"] = previous
    options["@context"] = bare.get("@context")
    return _Canonical(canonical.texts(options), canonical.texts(bare))


def _chained(document: JsonObject, proof: JsonObject) -> list[JsonObject]:
    """The proofs that this one builds on; it signs them too (VC Data Integrity, 4.3)."""
    wanted = set(strings(proof.get("previousProof")))
    found = [one for one in objects(document.get("proof")) if text(one.get("id")) in wanted]
    if len(found) != len(wanted):
        raise Unsafe("signature.chain", "A signature of this badge builds on one that is gone.")
    return found


# ---------------------------------------------------------------------------------------
# JWS


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS, taken apart but not yet believed."""

    header: JsonObject
    payload: bytes
    signed: bytes
    signature: bytes


def read_jws(token: str) -> Jws:
    """Take a compact JWS apart. Raises `Unreadable` for damage, `Unsafe` for trickery."""
    try:
        first, second, third = token.split(".")
        header = strict_json.loads_object(strict_json.decode(base64url(first)))
        payload, signature = base64url(second), base64url(third)
    except ValueError:
        raise Unreadable("jwt.damaged", "The text of this badge is damaged.") from None
    if "crit" in header or header.get("b64", True) is not True:
        raise Unsafe("jwt.header", "This badge asks to be read in a way that is not safe.")
    return Jws(header, payload, f"{first}.{second}".encode("ascii"), signature)


def verify_jws(jws: Jws, key: keys.PublicKey) -> None:
    """Raise `BadSignature` unless `key` signed it, with an algorithm that fits the key.

    The header's `alg` is never obeyed: it must be one that this kind of key can do.
    """
    algorithm = jws.header.get("alg")
    if not jws.signature or algorithm not in keys.algorithms(key):
        raise BadSignature
    if not _holds(key, jws.signature, jws.signed, algorithm):
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
    return (signed + b"." + _encode(_make(key, signed))).decode("ascii")


def _make(key: keys.PrivateKey, data: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    size = (key.curve.key_size + 7) // 8
    digest = hashes.SHA256() if size == 32 else hashes.SHA384()
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _holds(key: keys.PublicKey, signature: bytes, data: bytes, algorithm: str = "") -> bool:
    """Whether `signature` is `key`'s over `data`; `algorithm` only tells RSA's variants apart."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            size = (key.curve.key_size + 7) // 8
            if len(signature) != 2 * size:
                return False
            r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
            digest = hashes.SHA256() if size == 32 else hashes.SHA384()
            key.verify(encode_dss_signature(r, s), data, ec.ECDSA(digest))
        else:
            hash_ = SHA[algorithm[2:]]()
            pad: padding.AsymmetricPadding = padding.PKCS1v15()
            if algorithm.startswith("PS"):
                pad = padding.PSS(padding.MGF1(hash_), padding.PSS.DIGEST_LENGTH)
            key.verify(signature, data, pad, hash_)
    except InvalidSignature:
        return False
    return True


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
