"""Seals a share token, so that its owner can copy it again and a stolen table opens nothing.

A link is found by the digest of its token. The token itself is kept only encrypted, under a key
derived from SECRET_KEY: whoever reads the database without the site's secret has neither.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = "1"
NONCE = 12  # bytes, as AES-GCM wants them


def seal(token: str, *, bound_to: str) -> str:
    """Encrypt under the current key. `bound_to` must be said again to open it."""
    nonce = os.urandom(NONCE)
    box = _cipher(settings.SECRET_KEY).encrypt(nonce, token.encode(), bound_to.encode())
    return f"{VERSION}.{base64.urlsafe_b64encode(nonce + box).decode()}"


def unseal(sealed: str, *, bound_to: str) -> str | None:
    """The token, or None when no key of this site opens it any more."""
    version, _dot, text = sealed.partition(".")
    try:
        data = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        return None
    if version != VERSION or len(data) <= NONCE:
        return None
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cipher(key).decrypt(data[:NONCE], data[NONCE:], bound_to.encode()).decode()
        except InvalidTag:
            continue
    return None


def _cipher(secret: str) -> AESGCM:
    # Derived for this one purpose: Django signs with SECRET_KEY itself.
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"laurel share token 1")
    return AESGCM(kdf.derive(secret.encode()))
