"""Is this badge about one of these addresses?

A hash tells nothing about an address that is spelt in another way, and people were awarded
badges as "Ada.Lovelace@Example.org". So each address is tried in the spellings that people and
student registers use. All of them are the same mailbox wherever mail is delivered, so whoever
has proven one of them has proven all.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence

from badges.openbadges.credential import Identity
from badges.openbadges.values import normal_id

# The standard knows the first two; early issuers used the others as well.
DIGESTS = {"sha256": 64, "md5": 32, "sha1": 40, "sha512": 128}
WEAK = ("md5$", "sha1$")
HASH = re.compile(rf"({'|'.join(DIGESTS)})\$[0-9a-f]+", re.IGNORECASE)


def match(identities: Iterable[Identity], addresses: Sequence[str]) -> str | None:
    """The first of `addresses` that one of the identities names, as it was given, or None.

    An address is compared as it stands and in other cases of its plain letters, never by Unicode
    case folding: "ß", the Kelvin sign and the dotless i fold onto other people's letters.
    """
    known = tuple(identities)
    for address in addresses:
        if any(_names(identity, address) for identity in known):
            return address
    return None


def hash(address: str, salt: str = "") -> str:
    """`sha256$hex` over the UTF-8 of address + salt (Open Badges 2.0 and 3.0, IdentityHash)."""
    return "sha256$" + hashlib.sha256((address + salt).encode()).hexdigest()


def is_comparable(identity: Identity, addresses: Sequence[str]) -> bool:
    """Whether it names somebody in the way in which at least one of the addresses does. A hash
    of a student's number is no evidence against the owner of a mail address."""
    if identity.kind in ("email", ""):
        return True
    if identity.kind == "telephone":
        return any(map(_digits, addresses))
    if identity.kind in ("url", "did", "id"):
        return any(":" in address for address in addresses)
    return False


def is_weak(identity: Identity) -> bool:
    """Whether anyone can find out by trial whom the hash names."""
    return _is_hashed(identity) and (not identity.salt or identity.value.lower().startswith(WEAK))


def _is_hashed(identity: Identity) -> bool:
    """Issuers forget to say so, and nobody's address looks like a hash."""
    return identity.hashed or bool(HASH.fullmatch(identity.value.strip()))


def _names(identity: Identity, address: str) -> bool:
    spellings = _spellings(address)
    if _is_hashed(identity):
        return any(_hash_fits(identity, spelling) for spelling in spellings)
    value = identity.value.strip()
    if identity.kind in ("url", "did", "id"):
        return normal_id(value) in {normal_id(spelling) for spelling in spellings}
    value = value.removeprefix("mailto:").removeprefix("tel:")
    if identity.kind == "telephone":
        return _digits(value) in {_digits(spelling) for spelling in spellings} - {""}
    return value in spellings or _ascii_lower(value) in spellings


def _hash_fits(identity: Identity, address: str) -> bool:
    name, mark, digest = identity.value.strip().partition("$")
    name, digest = name.lower(), digest.strip().lower()
    if not mark or DIGESTS.get(name) != len(digest) or not digest.isascii():
        return False
    data = (address + (identity.salt or "")).encode("utf-8", "surrogatepass")
    found = hashlib.new(name, data, usedforsecurity=False)
    return hmac.compare_digest(found.hexdigest(), digest)


def _spellings(address: str) -> tuple[str, ...]:
    """An address in every spelling that a badge may have been made with, each once."""
    bare = address.strip()
    lower = _ascii_lower(bare)
    found = [address, bare, lower]
    local, at, domain = lower.rpartition("@")
    if at and lower.isascii():
        named = re.sub(r"[a-z]+", lambda match: match[0].capitalize(), local)
        found += [lower.upper(), local.upper() + at + domain, local + at + domain.upper()]
        found += [one + at + domain for one in (local.capitalize(), named)]
        found.append(named + at + domain.capitalize())
        if "xn--" in domain:
            found.append(local + at + _in_letters(domain))
    return tuple(dict.fromkeys(found))


def _in_letters(domain: str) -> str:
    """An internationalised domain as people read it. Never the other way: that merges letters."""
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain


def _digits(number: str) -> str:
    """A telephone number as it is dialled, or "" for what is none."""
    kept = "".join(letter for letter in number if letter.isascii() and letter not in " -().")
    return kept if re.fullmatch(r"\+?[0-9]{5,20}", kept) else ""


def _ascii_lower(address: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in address)
