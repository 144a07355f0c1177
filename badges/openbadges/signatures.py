"""The bare mathematics of signatures, whatever they cover: one key, some bytes, yes or no."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from badges.openbadges import keys

# They hold no state, and making them anew costs a tenth of checking an RSA signature.
SHA: dict[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
PKCS1 = padding.PKCS1v15()


class BadSignature(Exception):
    """The signature does not cover this document, or was made by another key."""


def holds(key: keys.PublicKey, signature: bytes, data: bytes, algorithm: str = "") -> bool:
    """Whether `signature` is `key`'s over `data`; `algorithm` only tells RSA's variants apart.

    Signatures of elliptic curves are r and s side by side, each as long as the curve (RFC 7518,
    3.4); any other encoding is refused.
    """
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            size = (key.curve.key_size + 7) // 8
            if len(signature) != 2 * size:
                return False
            r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
            digest = SHA["256"] if size == 32 else SHA["384"]
            key.verify(encode_dss_signature(r, s), data, ec.ECDSA(digest))
        else:
            digest = SHA[algorithm[2:]]
            pad: padding.AsymmetricPadding = PKCS1
            if algorithm.startswith("PS"):
                pad = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
            key.verify(signature, data, pad, digest)
    except InvalidSignature:
        return False
    return True


def make(key: keys.PrivateKey, data: bytes) -> bytes:
    """A signature with the usual algorithm of `key`, in the encoding that `holds` reads."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, PKCS1, SHA["256"])
    size = (key.curve.key_size + 7) // 8
    digest = SHA["256"] if size == 32 else SHA["384"]
    # RFC 6979: no number of chance, which would give the key away were it ever used twice.
    way = ec.ECDSA(digest, deterministic_signing=True)
    r, s = decode_dss_signature(key.sign(data, way))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
