"""Is this badge about one of these addresses?"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from badges.openbadges.credential import Identity
from badges.openbadges.values import normal_id

DIGESTS = {"sha256": 64, "md5": 32}


def match(identities: Iterable[Identity], addresses: Sequence[str]) -> str | None:
    """The first of `addresses` that one of the identities names, as it was given, or None.

    An address is compared as it stands and in lower case, never by Unicode case folding:
    "ß", the Kelvin sign and the dotless i fold onto other people's letters.
    """
    known = tuple(identities)
    for address in addresses:
        if any(_names(identity, address) for identity in known):
            return address
    return None


def hash(address: str, salt: str = "") -> str:
    """`sha256$hex` over the UTF-8 of address + salt (Open Badges 2.0 and 3.0, IdentityHash)."""
    return "sha256$" + hashlib.sha256((address + salt).encode()).hexdigest()


def is_weak(identity: Identity) -> bool:
    """Whether anyone can find out by trial whom the hash names."""
    return identity.hashed and (not identity.salt or identity.value.lower().startswith("md5$"))


def _names(identity: Identity, address: str) -> bool:
    spellings = {address, address.strip(), _ascii_lower(address.strip())}
    if identity.hashed:
        return any(_hash_fits(identity, spelling) for spelling in spellings)
    value = identity.value.strip()
    if identity.kind in ("url", "did"):
        return normal_id(value) in {normal_id(spelling) for spelling in spellings}
    value = value.removeprefix("mailto:").removeprefix("tel:")
    return value in spellings or _ascii_lower(value) in spellings


def _hash_fits(identity: Identity, address: str) -> bool:
    name, mark, digest = identity.value.partition("$")
    name, digest = name.lower(), digest.strip().lower()
    if not mark or DIGESTS.get(name) != len(digest) or not digest.isascii():
        return False
    data = (address + (identity.salt or "")).encode("utf-8", "surrogatepass")
    found = hashlib.sha256(data) if name == "sha256" else hashlib.md5(data, usedforsecurity=False)
    return hmac.compare_digest(found.hexdigest(), digest)


def _ascii_lower(address: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in address)
