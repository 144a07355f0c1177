"""Has the issuer taken it back? Bitstring status lists and lists of revoked credentials.

A bitstring status list packs one entry per credential into a long string of bits, compressed.
The first bit is the leftmost (Bitstring Status List 1.0, 3.2). Whoever controls a list could
send a few kilobytes that inflate to gigabytes, so inflation stops at a fixed size.
"""

import base64
import gzip
import zlib
from collections.abc import Iterable

from badges.openbadges import budget
from badges.openbadges.errors import Unsupported
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, many, normal_id, text
from badges.openbadges.words import say

MAX_BYTES = 8 * 1024 * 1024  # 64 million entries
MIN_BITS = 131_072  # "herd privacy": 16 KB of bits
SIZES = range(1, 17)  # bits of one entry
MAX_MESSAGES = 256
STEPS_OF_ROW = 6  # to read one row of a list of revoked badges and compare its id
CONTEXT = "https://www.w3.org/ns/credentials/status/v1"


def encode(revoked: Iterable[int], *, size: int = MIN_BITS) -> str:
    """The `encodedList` of a bitstring status list with these indexes set."""
    bits = bytearray(size // 8)
    for index in revoked:
        bits[index // 8] |= 0x80 >> index % 8
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def decode(encoded: str) -> bytes:
    """The bits of an `encodedList`, with or without its multibase `u` (StatusList2021 has
    none). Raises `Unsupported` when it is damaged or too long."""
    bare = encoded[1:] if encoded.startswith("u") else encoded
    try:
        packed = base64.b64decode(
            bare.replace("+", "-").replace("/", "_") + "=" * (-len(bare) % 4), b"-_", validate=True
        )
        engine = zlib.decompressobj(wbits=31)
        bits = engine.decompress(packed, MAX_BYTES + 1)
    except (ValueError, zlib.error):
        raise Unsupported(
            "status.damaged", say("The issuer's list of withdrawn badges is damaged.")
        )
    if len(bits) > MAX_BYTES or not engine.eof:
        raise Unsupported(
            "status.too_long", say("The issuer's list of withdrawn badges is too long.")
        )
    return bits


def entry(bits: bytes, index: int, size: int = 1) -> int:
    """The value of entry `index`, each `size` bits wide. Raises `Unsupported` out of range."""
    first = index * size
    if index < 0 or first + size > len(bits) * 8:
        raise Unsupported("status.range", say("This badge is not on its issuer's list at all."))
    value = 0
    for position in range(first, first + size):
        value = value << 1 | (bits[position // 8] >> 7 - position % 8) & 1
    return value


def size_of(status: JsonObject) -> int:
    """`statusSize`, how many bits an entry has; one when it is not said. Raises `Unsupported`."""
    size = status.get("statusSize", 1)
    if not isinstance(size, int) or isinstance(size, bool) or size not in SIZES:
        raise Unsupported(
            "status.size", say("The issuer's list of withdrawn badges is of another kind.")
        )
    return size


def message(status: JsonObject, value: int) -> str:
    """What `statusMessage` says that `value` means, for people, or ""."""
    for row in many(status.get("statusMessage"))[:MAX_MESSAGES]:
        try:
            if isinstance(row, dict) and int(text(row.get("status")), 16) == value:
                return text(row.get("message")) or text(row.get("value"))
        except ValueError:
            continue
    return ""


def index_of(status: JsonObject) -> int:
    """`statusListIndex`, which issuers write as a string or a number. Raises `Unsupported`."""
    value = status.get("statusListIndex")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Unsupported("status.index", say("This badge does not say where on the list it stands."))


def revocation(listed: JsonObject, own_id: str) -> tuple[bool, str]:
    """Whether a `1EdTechRevocationList` names the credential as revoked, and the reason given.

    Raises `Unsupported` when the document is no such list.
    """
    if "revokedCredential" not in listed and "revokedCredentials" not in listed:
        raise Unsupported("status.not_a_list", say("The issuer's site did not answer with a list."))
    rows = many(listed.get("revokedCredential")) + many(listed.get("revokedCredentials"))
    return _named(rows, own_id)


def revoked_assertion(listed: JsonObject, own_id: str) -> tuple[bool, str]:
    """The same for an Open Badges 2.0 `RevocationList`."""
    if "revokedAssertions" not in listed:
        raise Unsupported("status.not_a_list", say("The issuer's site did not answer with a list."))
    return _named(many(listed["revokedAssertions"]), own_id)


def _named(rows: list[object], own_id: str) -> tuple[bool, str]:
    budget.spend(STEPS_OF_ROW * len(rows))
    wanted = normal_id(own_id)
    for row in rows:
        name = id_of(row) or (text(row.get("uid")) if isinstance(row, dict) else "")
        if not name or normal_id(name) != wanted:
            continue
        if not isinstance(row, dict):
            return True, ""
        if row.get("revoked", True) is not False:
            return True, text(row.get("revocationReason"))
    return False, ""
