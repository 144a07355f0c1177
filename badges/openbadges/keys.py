"""Public keys in every clothing that badges use: did:key, did:jwk, Multikey, JWK and PEM.

Nothing here fetches. `BadKey` is a key that is wrong in itself; `Unsupported` is one of a kind
that we do not know, of which nothing can be said. What a key may be used for follows from its
kind alone (`algorithms`): a header that names an algorithm can then only agree or be refused,
so nobody can ask for an RSA key to be taken for a shared secret.
"""

import base64
import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import base58
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from badges.openbadges.errors import BadKey, Unreadable, Unsupported
from badges.openbadges.strict_json import JsonObject, decode, loads_object
from badges.openbadges.values import many, text, web_url
from badges.openbadges.words import say

PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

MAX_ENCODED = 2_000  # base58 costs the square of its length
MAX_PEM = 8_000  # the longest RSA key that we take needs 1,500
RSA_BITS = range(2048, 8193)
RSA_EXPONENTS = range(3, 1 << 32)  # checking a signature costs as much as this is long
CURVES: dict[str, type[ec.EllipticCurve]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1}
ED25519, P256, P384 = b"\xed\x01", b"\x80\x24", b"\x81\x24"
# Points of Ed25519 which anybody can sign for, whatever the text: those of small order (RFC 8032,
# 8.9; the key would belong to everybody), by their y.
FIELD = (1 << 255) - 19
EIGHTH = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
WEAK = {0, 1, FIELD - 1, EIGHTH, FIELD - EIGHTH}
BASE64URL = re.compile(r"[A-Za-z0-9_-]*={0,2}")
# A did:web path may hold no "..", no empty part and nothing that a URL would read otherwise.
DID_WEB_PART = re.compile(r"[A-Za-z0-9._~%-]+")


def generate() -> Ed25519PrivateKey:
    """A new signing key of the kind that we issue with."""
    return Ed25519PrivateKey.generate()


def algorithms(key: PublicKey) -> tuple[str, ...]:
    """The JWS algorithms that this key can be used with, the usual one first."""
    if isinstance(key, Ed25519PublicKey):
        return ("EdDSA", "Ed25519")
    if isinstance(key, rsa.RSAPublicKey):
        return ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
    return ("ES256",) if isinstance(key.curve, ec.SECP256R1) else ("ES384",)


def same(one: PublicKey, other: PublicKey) -> bool:
    return der(one) == der(other)


def der(key: PublicKey) -> bytes:
    """The one standard byte form of a key, for comparing."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


# ---------------------------------------------------------------------------------------
# Multikey and did:key


def to_multikey(key: PublicKey) -> str:
    """`z` + base58btc(kind + raw key); raises `BadKey` for kinds without a Multikey form."""
    if isinstance(key, Ed25519PublicKey):
        raw = ED25519 + key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        prefix = P256 if isinstance(key.curve, ec.SECP256R1) else P384
        raw = prefix + key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
        )
    else:
        raise Unsupported("key.kind", "RSA keys have no Multikey form here.")
    return "z" + base58.b58encode(raw).decode("ascii")


@lru_cache(maxsize=512)  # base58 is slow, and a verification asks for one key several times
def from_multikey(encoded: str) -> PublicKey:
    """The key of a Multikey or did:key. Raises `BadKey`."""
    return from_multikey_bytes(from_multibase(encoded))


def from_multikey_bytes(raw: bytes) -> PublicKey:
    """The same without its base58btc."""
    kind, body = raw[:2], raw[2:]
    try:
        if kind == ED25519:
            return _ed25519(body)
        if kind in (P256, P384):
            curve = ec.SECP256R1() if kind == P256 else ec.SECP384R1()
            if body[:1] not in (b"\x02", b"\x03"):
                raise BadKey(say("This key is not in its compressed form."))
            return ec.EllipticCurvePublicKey.from_encoded_point(curve, body)
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey(say("This key is malformed.")) from None
    raise Unsupported("key.kind", say("This badge is signed with a kind of key unknown to us."))


def _ed25519(raw: bytes) -> Ed25519PublicKey:
    key = Ed25519PublicKey.from_public_bytes(raw)
    y = int.from_bytes(raw, "little") & ~(1 << 255)
    if y >= FIELD or y in WEAK:
        raise BadKey(say("This key is one for which anybody can sign."))
    return key


def from_multibase(encoded: str) -> bytes:
    """base58btc with its `z`. Raises `BadKey`."""
    if not encoded.startswith("z") or len(encoded) > MAX_ENCODED:
        raise BadKey(say("This is not base58btc."))
    try:
        return bytes(base58.b58decode(encoded[1:]))
    except ValueError:
        raise BadKey(say("This is not base58btc.")) from None


def did_key(key: PublicKey) -> str:
    return f"did:key:{to_multikey(key)}"


def did_key_method(key: PublicKey) -> str:
    """The verification method of a did:key: the DID with its own key as fragment."""
    encoded = to_multikey(key)
    return f"did:key:{encoded}#{encoded}"


def from_did(did: str) -> PublicKey:
    """The key that a did:key or did:jwk *is*. Raises `BadKey`."""
    if did.startswith("did:key:"):
        return from_multikey(did[8:])
    if did.startswith("did:jwk:") and len(did) < MAX_ENCODED:
        try:
            return from_jwk(loads_object(decode(_unb64(did[8:]))))
        except (ValueError, Unreadable):
            raise BadKey(say("This did:jwk is malformed.")) from None
    raise BadKey(say("This DID does not carry its key."))


def did_web_url(did: str) -> str:
    """Where the document of a did:web is published (did:web, 3.2). Raises `BadKey`."""
    parts = did.removeprefix("did:web:").split(":")
    host = unquote(parts[0])
    if not did.startswith("did:web:") or not all(
        DID_WEB_PART.fullmatch(part) and part not in (".", "..") for part in parts
    ):
        raise BadKey(say("This did:web is malformed."))
    path = "/".join(parts[1:]) or ".well-known"
    url = f"https://{host}/{path}/did.json"
    if web_url(url) is None or "/" in host or any(mark in unquote(path) for mark in "\\?#"):
        raise BadKey(say("This did:web is malformed."))
    return url


# ---------------------------------------------------------------------------------------
# JWK, PEM and verification methods


def to_jwk(key: PublicKey) -> dict[str, str]:
    """The public JWK (RFC 7517) of a key."""
    if isinstance(key, Ed25519PublicKey):
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": _b64(raw)}
    if isinstance(key, rsa.RSAPublicKey):
        number = key.public_numbers()
        size = (number.n.bit_length() + 7) // 8
        return {"kty": "RSA", "n": _b64(number.n.to_bytes(size, "big")), "e": _int(number.e)}
    point = key.public_numbers()
    size = (key.curve.key_size + 7) // 8
    name = "P-256" if isinstance(key.curve, ec.SECP256R1) else "P-384"
    x, y = point.x.to_bytes(size, "big"), point.y.to_bytes(size, "big")
    return {"kty": "EC", "crv": name, "x": _b64(x), "y": _b64(y)}


def from_jwk(jwk: JsonObject) -> PublicKey:
    """The key of a public JWK. A private part, another use or a weak key raise `BadKey`."""
    if any(name in jwk for name in ("d", "p", "q", "k")):
        raise BadKey(say("This key gives away its private part."))
    if jwk.get("use", "sig") != "sig" or "verify" not in many(jwk.get("key_ops", "verify")):
        raise BadKey(say("This key is not meant for signatures."))
    try:
        key = _jwk_numbers(jwk)
    except (ValueError, TypeError, AttributeError, UnsupportedAlgorithm):
        raise BadKey(say("This key is malformed.")) from None
    if "alg" in jwk and jwk["alg"] not in algorithms(key):
        raise BadKey(say("This key names an algorithm that does not fit it."))
    return key


def _jwk_numbers(jwk: JsonObject) -> PublicKey:
    kind = jwk.get("kty")
    if kind == "OKP" and jwk.get("crv") == "Ed25519":
        return _ed25519(_unb64(jwk.get("x", "")))
    if kind == "EC" and jwk.get("crv") in CURVES:
        curve = CURVES[jwk["crv"]]()
        x, y = (int.from_bytes(_unb64(jwk.get(name, "")), "big") for name in "xy")
        return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    if kind == "RSA":
        n, e = (int.from_bytes(_unb64(jwk.get(name, "")), "big") for name in "ne")
        return _strong(rsa.RSAPublicNumbers(e, n).public_key())
    raise Unsupported("key.kind", say("This badge is signed with a kind of key unknown to us."))


def from_pem(pem: str) -> PublicKey:
    """The key of a PEM public key. Raises `BadKey`."""
    try:
        if len(pem) > MAX_PEM:
            raise ValueError(len(pem))
        key = serialization.load_pem_public_key(pem.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey(say("This key is malformed.")) from None
    if isinstance(key, rsa.RSAPublicKey):
        return _strong(key)
    if isinstance(key, Ed25519PublicKey):
        return _ed25519(
            key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        )
    known = False
    if isinstance(key, ec.EllipticCurvePublicKey):
        known = isinstance(key.curve, tuple(CURVES.values()))
    if not known:
        raise Unsupported("key.kind", say("This badge is signed with a kind of key unknown to us."))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def from_method(method: JsonObject) -> PublicKey:
    """The key of a verification method, a JWK document or an Open Badges 2.0 key document.

    Raises `BadKey` when it holds none that we know.
    """
    jwk: Any = method.get("publicKeyJwk")
    if isinstance(jwk, dict):
        return from_jwk(jwk)
    if "kty" in method:
        return from_jwk(method)
    encoded = text(method.get("publicKeyMultibase"))
    if encoded:
        return from_multikey(encoded)
    pem = text(method.get("publicKeyPem"))
    if pem:
        return from_pem(pem)
    bare = text(method.get("publicKeyBase58"))
    if bare and "Ed25519" in text(method.get("type")):
        return _raw_ed25519(bare)
    raise Unsupported("key.kind", say("This badge is signed with a kind of key unknown to us."))


def _raw_ed25519(bare: str) -> Ed25519PublicKey:
    try:
        return _ed25519(from_multibase("z" + bare))
    except ValueError:
        raise BadKey(say("This key is malformed.")) from None


def _strong(key: rsa.RSAPublicKey) -> rsa.RSAPublicKey:
    if key.key_size not in RSA_BITS or key.public_numbers().e not in RSA_EXPONENTS:
        raise BadKey(say("This RSA key is too short to be safe, or too long to be real."))
    return key


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _int(number: int) -> str:
    return _b64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _unb64(encoded: str) -> bytes:
    if len(encoded) > MAX_ENCODED or not BASE64URL.fullmatch(encoded):
        raise ValueError(encoded[:40])
    bare = encoded.rstrip("=")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
