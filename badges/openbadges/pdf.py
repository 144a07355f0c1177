"""Taking attached files out of a PDF, without being a reader of PDF.

An attachment is a stream marked `/Type /EmbeddedFile` or with `/Params` (ISO 32000-2, 7.11.4), and
a stream always stands in the file as it is, never inside another one. So the marks are looked for
in the bytes: no table of objects is followed, no page, font or script is touched, nothing can
point back at itself. What this does not read, it leaves out: encrypted files, and filters that
nobody uses for attachments. A badge that an author took out again may be found; it is then a
badge all the same.
"""

import re
import zlib
from dataclasses import dataclass

from badges.openbadges.words import say

MAGIC = b"%PDF-"
MARK = re.compile(
    rb"/(?:EmbeddedFile(?![A-Za-z0-9])|Params\s{0,9}<<|"
    rb"Subtype\s{0,9}/application#2[Ff][\w.+#-]{0,40}json)"
)
FILTER = re.compile(rb"/Filter\s*(\[?)\s*/(\w+)\s*(\]?)")
LENGTH = re.compile(rb"/Length\s+(\d{1,9})(?!\s+\d+\s+R)(?!\d)")
REACH = 4096  # how far a dictionary's ends may lie from its mark

MAX_MARKS = 100
MAX_ONE = 10 * 1024 * 1024
MAX_ALL = 16 * 1024 * 1024  # inflated
STEP = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Stream:
    """Where an attachment's bytes begin, and how they are packed."""

    start: int
    flate: bool
    length: int | None


def attachments(data: bytes) -> tuple[list[bytes], str]:
    """What is attached, each once and unpacked; and a sentence when something was left out."""
    found: dict[bytes, None] = {}
    starts: set[int] = set()
    left, more = MAX_ALL, False
    for count, mark in enumerate(MARK.finditer(data)):
        if count >= MAX_MARKS or left <= 0:
            more = True
            break
        stream = _stream_at(data, mark.start())
        if stream is None or stream.start in starts:
            continue
        starts.add(stream.start)
        content, used = _unpacked(data, stream, min(MAX_ONE, left))
        left -= used
        if content is None:
            more = more or used > STEP
        elif content.strip():
            found[content] = None
    sentence = say("This PDF has more or larger attachments than were looked at.") if more else ""
    return list(found), sentence


def is_locked(data: bytes) -> bool:
    """Whether its contents are encrypted, attachments and all."""
    return b"/Encrypt" in data


def _stream_at(data: bytes, mark: int) -> _Stream | None:
    begin = data.rfind(b"obj", max(0, mark - REACH), mark)
    end = data.find(b"stream", mark, mark + REACH)
    if begin < 0 or end < 0 or data.find(b"endobj", mark, end) >= 0:
        return None
    head = data[begin:end]
    start = end + len(b"stream")
    if data[start : start + 2] == b"\r\n":
        start += 2
    elif data[start : start + 1] in (b"\n", b"\r"):
        start += 1
    packed = FILTER.search(head)
    if packed is not None:
        opened, name, closed = packed.groups()
        if name not in (b"FlateDecode", b"Fl") or bool(opened) != bool(closed):
            return None
    length = LENGTH.search(head)
    return _Stream(start, packed is not None, int(length[1]) if length else None)


def _unpacked(data: bytes, stream: _Stream, limit: int) -> tuple[bytes | None, int]:
    """The content, or None when it is damaged or too large; and what it cost, in bytes."""
    if stream.flate:
        return _inflated(data, stream.start, limit)
    end = data.find(b"endstream", stream.start, stream.start + limit + len(b"endstream"))
    if stream.length is not None:
        said = stream.start + stream.length
        if data[said : said + 20].lstrip().startswith(b"endstream"):
            end = said
    if end < 0 or end - stream.start > limit:
        return None, STEP
    return data[stream.start : end], max(STEP, end - stream.start)


def _inflated(data: bytes, start: int, limit: int) -> tuple[bytes | None, int]:
    engine, pieces, size = zlib.decompressobj(), [], 0
    for at in range(start, len(data), STEP):
        try:
            piece = engine.decompress(data[at : at + STEP], limit + 1 - size)
        except zlib.error:
            return None, max(STEP, size)
        pieces.append(piece)
        size += len(piece)
        if engine.eof or size > limit:
            break
    whole = engine.eof and size <= limit
    return (b"".join(pieces) if whole else None), max(STEP, size)
