"""Reads what another site answered: its body, measured, and the few headers that count.

All of it is a stranger's. A body is inflated no further than it may be, and a header that makes
no sense says nothing.
"""

import re
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from badges.addresses import Refused, parse, redirected
from badges.openbadges.fetching import Fetched

Headers = Mapping[bytes, bytes]  # names in lower case


def fetched(url: str, final: str, status: int, headers: Headers, body: bytes) -> Fetched:
    """The answer to `url`, which came from `final`."""
    return Fetched(
        url,
        final,
        status,
        content_type(headers),
        body,
        retry_after(headers),
        next_url(final, headers),
        total(headers),
    )


def body(chunks: Iterable[bytes], headers: Headers, max_bytes: int) -> bytes:
    """The body as it was before it was packed. Raises `Refused` for more than `max_bytes`,
    and `zlib.error` for what is damaged."""
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > max_bytes:
        raise Refused("larger than allowed, by its own word")
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in {b"identity", b"gzip", b"x-gzip", b"deflate"}:
        raise Refused("an unknown content encoding")
    inflater = None if encoding == b"identity" else zlib.decompressobj(wbits=47)
    parts: list[bytes] = []
    room = max_bytes
    for chunk in chunks:
        part = inflater.decompress(chunk, room + 1) if inflater else chunk
        room -= len(part)
        if room < 0:
            raise Refused("larger than allowed")
        if inflater and inflater.unused_data:
            raise Refused("something after the compressed body")
        parts.append(part)
    if inflater and not inflater.eof and parts:
        raise Refused("the compressed body is cut short")
    return b"".join(parts)


def retry_after(headers: Headers) -> int:
    """Seconds that the site asks us to wait (RFC 9110, 10.2.3), 0 when it says nothing sensible."""
    value = headers.get(b"retry-after", b"").decode("latin-1").strip()
    if value.isdecimal() and value.isascii():
        return min(int(value[:9]), 7 * 86400)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return 0
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0, min(int((then - datetime.now(UTC)).total_seconds()), 7 * 86400))


# One target and what is said of it; quoted parts may hold commas and semicolons.
_LINK = re.compile(r'<([^<>]{1,4096})>((?:[^<>,"]|"[^"]*")*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


def next_url(url: str, headers: Headers) -> str:
    """Where the list goes on, "" when it does not or when that is on another site (RFC 8288)."""
    text = headers.get(b"link", b"")[:8192].decode("latin-1")
    for link in _LINK.finditer(text):
        rel = _REL.search(link[2])
        if rel and "next" in (rel[1] or rel[2] or "").lower().split():
            here = parse(url)
            try:
                there = redirected(here, link[1].encode("latin-1"))
            except Refused:
                return ""
            return str(there) if there.origin == here.origin else ""
    return ""


def total(headers: Headers) -> int | None:
    """How many things the whole list has, None when that is not said."""
    value = headers.get(b"x-total-count", b"").strip()
    return int(value) if value.isdigit() and len(value) < 10 else None


def content_type(headers: Headers) -> str:
    """What the body calls itself, fit to be kept."""
    text = headers.get(b"content-type", b"").decode("latin-1")[:200]
    return "".join(character for character in text if character.isprintable())
