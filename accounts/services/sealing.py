"""Seals a secret that the site must be able to read again, so that a stolen table opens nothing.

Share tokens, which their owner copies a second time, and the keys to accounts elsewhere are kept
only encrypted, under a key derived from SECRET_KEY: whoever reads the database without the site's
secret has none of them. What is only compared (passwords, API keys) is hashed instead.
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


def seal(secret: str, *, purpose: str, bound_to: str) -> str:
    """Encrypt under the current key. `purpose` and `bound_to` must be said again to open it.

    The purpose names the kind of secret, and each has a key of its own. `bound_to` names the row
    and column, so that a seal that was copied into another place stays shut.
    """
    nonce = os.urandom(NONCE)
    box = _cipher(settings.SECRET_KEY, purpose).encrypt(nonce, secret.encode(), bound_to.encode())
    return f"{VERSION}.{base64.urlsafe_b64encode(nonce + box).decode()}"


def unseal(sealed: str, *, purpose: str, bound_to: str) -> str | None:
    """The secret, or None when no key of this site opens it any more."""
    version, _dot, text = sealed.partition(".")
    try:
        data = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        return None
    if version != VERSION or len(data) <= NONCE:
        return None
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            cipher = _cipher(key, purpose)
            return cipher.decrypt(data[:NONCE], data[NONCE:], bound_to.encode()).decode()
        except InvalidTag:
            continue
    return None


def _cipher(key: str, purpose: str) -> AESGCM:
    # Derived for this one purpose: Django signs with SECRET_KEY itself.
    info = f"laurel {purpose} {VERSION}".encode()
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
    return AESGCM(kdf.derive(key.encode()))
