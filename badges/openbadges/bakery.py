"""Putting a badge into a picture and taking it out again, touching nothing else.

A baked picture is an ordinary PNG or SVG that also carries the credential: in an `iTXt` chunk,
or in one element right inside `<svg>` (Open Badges 2.0 Baking; 3.0 section 5.3). Nothing is
decoded or drawn here. PNG is a list of chunks, of which all others are copied byte for byte;
in an SVG the one element is cut out or put in by its byte offsets, the rest is not re-written.

Where a file carries several badges the first one counts, as the standard says. Pillow and some
other readers take the last, so whoever can append a chunk could show two faces otherwise.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from badges.openbadges.credential import Version
from badges.openbadges.errors import Unreadable
from badges.openbadges.strict_json import MAX_TEXT, decode
from badges.openbadges.words import say

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_IMAGE = 10 * 1024 * 1024
MAX_SVG_DEPTH = 256
MAX_CHUNKS = 20_000

# Version -> PNG keyword, SVG namespace, SVG element
PLACES = {
    Version.OB2: ("openbadges", "http://openbadges.org", "assertion"),
    Version.OB3: ("openbadgecredential", "https://purl.imsglobal.org/ob/v3p0", "credential"),
    Version.CLR2: ("clrcredential", "https://purl.imsglobal.org/clr/v2p0", "credential"),
}
KEYWORDS = {place[0].encode("ascii") for place in PLACES.values()}
# The 1.x bakery used the first namespace below; some tools add a slash.
ELEMENTS = {
    ("http://openbadges.org", "assertion"),
    ("http://openbadges.org/", "assertion"),
    ("https://purl.imsglobal.org/ob/v3p0", "credential"),
    ("https://purl.imsglobal.org/clr/v2p0", "credential"),
    ("https://purl.imsglobal.org/spec/clr/v2p0", "credential"),
}


def bake(image: bytes, text: str, version: Version) -> bytes:
    """The same picture, carrying `text` (credential JSON or compact JWS) and no other badge.

    Raises `Unreadable` when the picture is neither PNG nor SVG, or is damaged.
    """
    if len(text) > MAX_TEXT:
        raise Unreadable(
            "image.text_too_big", say("This badge is too large to put into a picture.")
        )
    if image.startswith(PNG_SIGNATURE):
        return _bake_png(image, text, version)
    return _bake_svg(image, text, version)


def _place(version: Version) -> tuple[str, str, str]:
    """The early editions share the place of 2.0, which their readers know."""
    return PLACES[Version.OB2] if version.is_assertion else PLACES.get(version, PLACES[Version.OB3])


def unbake(image: bytes) -> str:
    """The credential that the picture carries: JSON, a compact JWS, or an assertion's URL.

    Raises `Unreadable` when there is none.
    """
    if len(image) > MAX_IMAGE:
        raise Unreadable(
            "image.too_big", say("This picture is larger than 10 MB, so it was not read.")
        )
    text = _unbake_png(image) if image.startswith(PNG_SIGNATURE) else _unbake_svg(image)
    if text is None:
        raise Unreadable(
            "image.no_badge",
            say(
                "This is a picture without a badge inside. Download the badge again from the site "
                "that issued it: screenshots and resized copies lose it."
            ),
        )
    return text


# ---------------------------------------------------------------------------------------
# PNG


def _chunks(image: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """Each chunk as (type, start, start of its data, end), to the end or the first damage."""
    at, count = len(PNG_SIGNATURE), 0
    while at + 12 <= len(image) and count < MAX_CHUNKS:
        (length,) = struct.unpack_from(">I", image, at)
        kind, end = image[at + 4 : at + 8], at + 12 + length
        if end > len(image):
            return
        yield kind, at, at + 8, end
        if kind == b"IEND":
            return
        at, count = end, count + 1


def _unbake_png(image: bytes) -> str | None:
    whole = False
    for kind, _, start, end in _chunks(image):
        whole = kind == b"IEND"
        if kind in (b"iTXt", b"tEXt", b"zTXt"):
            keyword, _, rest = image[start : end - 4].partition(b"\0")
            if keyword in KEYWORDS:
                return _text_of(kind, rest)
    if not whole:
        raise Unreadable(
            "image.truncated", say("This picture is cut off or damaged. Download the badge again.")
        )
    return None


def _text_of(kind: bytes, rest: bytes) -> str:
    if kind == b"tEXt":
        return rest.decode("latin-1")
    if kind == b"zTXt":
        return decode(_inflate(rest[1:]))
    compressed, body = rest[:1] == b"\x01", rest[2:]
    _language, _, body = body.partition(b"\0")
    _translated, _, body = body.partition(b"\0")
    # The standard forbids compression here; some picture tools apply it all the same.
    return decode(_inflate(body) if compressed else body)


def _inflate(data: bytes) -> bytes:
    try:
        engine = zlib.decompressobj()
        found = engine.decompress(data, MAX_TEXT + 1)
    except zlib.error:
        raise Unreadable(
            "image.damaged", say("The badge inside this picture is damaged. Download it again.")
        ) from None
    if len(found) > MAX_TEXT:
        raise Unreadable("image.text_too_big", say("The badge inside this picture is too large."))
    return found


def _bake_png(image: bytes, text: str, version: Version) -> bytes:
    data = _place(version)[0].encode("ascii") + b"\0\0\0\0\0" + text.encode("utf-8")
    chunk = b"iTXt" + data
    chunk = struct.pack(">I", len(data)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    pieces, last = [PNG_SIGNATURE], b""
    for kind, at, start, end in _chunks(image):
        last = kind
        keyword = image[start : end - 4].partition(b"\0")[0]
        if kind in (b"iTXt", b"tEXt", b"zTXt") and keyword in KEYWORDS:
            continue
        pieces.append(image[at:end])
        if kind == b"IHDR":
            pieces.append(chunk)
    if last != b"IEND" or len(pieces) < 3:
        raise Unreadable("image.truncated", say("This picture is cut off or damaged."))
    return b"".join(pieces)


# ---------------------------------------------------------------------------------------
# SVG


@dataclass(slots=True)
class _Found:
    """One badge element: its byte range, its `verify` attribute, and its text by pieces."""

    start: int
    verify: str
    end: int = -1
    pieces: list[tuple[bool, str]] = field(default_factory=list)  # (inside CDATA, text)

    def text(self) -> str:
        """What it carries: the white space round a CDATA section is layout, not content."""
        marked = [at for at, (inside, _) in enumerate(self.pieces) if inside]
        if not marked:
            return "".join(text for _, text in self.pieces).strip()
        first, last = marked[0], marked[-1]
        return "".join(text for _, text in self.pieces[first : last + 1])


class _Scan:
    """One pass of expat over an SVG, remembering where things are."""

    def __init__(self, image: bytes) -> None:
        self.found: list[_Found] = []
        self.root_start = self.after_root = -1
        self._depth, self._open_at, self._inside = 0, -1, False
        self._closed: _Found | None = None
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = False
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartCdataSectionHandler = self._cdata_start
        parser.EndCdataSectionHandler = self._cdata_end
        parser.DefaultHandler = self._other
        try:
            parser.Parse(image, True)
        except (expat.ExpatError, LookupError, ValueError):  # the last two: an unknown encoding
            raise Unreadable(
                "image.damaged",
                say("This picture is cut off or damaged. Download the badge again."),
            ) from None
        self._settle(len(image))

    def _settle(self, position: int) -> None:
        """Expat says where an event starts; the next event says where the last one ended."""
        if self.root_start >= 0 and self.after_root < 0 and position > self.root_start:
            self.after_root = position
        if self._closed is not None:
            self._closed.end = position
            self._closed = None

    def _doctype(self, name: str, system: str | None, public: str | None, subset: int) -> None:
        # Illustrator and 1EdTech's own samples carry the plain SVG DOCTYPE; only declarations
        # inside it can do harm.
        if subset:
            self._entity()

    def _entity(self, *_: object) -> None:
        raise Unreadable(
            "image.entities", say("This picture declares entities of its own, so it was not read.")
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        position = self._parser.CurrentByteIndex
        if self._depth == 0:
            if name.rpartition(" ")[2] != "svg":
                raise Unreadable(
                    "image.not_svg",
                    say(
                        "This is a web page or another document, not a badge. Choose the badge's "
                        "picture or its file."
                    ),
                )
            self.root_start = position
        else:
            self._settle(position)
        self._depth += 1
        if self._depth > MAX_SVG_DEPTH:
            raise Unreadable("image.too_complex", say("This picture is too complex to be a badge."))
        namespace, _, local = name.rpartition(" ")
        if self._open_at < 0 and (namespace, local) in ELEMENTS:
            self._open_at = self._depth
            self.found.append(_Found(position, attributes.get("verify", "")))

    def _end(self, name: str) -> None:
        self._settle(self._parser.CurrentByteIndex)
        if self._depth == self._open_at:
            self._open_at = -1
            self._closed = self.found[-1]
        self._depth -= 1

    def _text(self, text: str) -> None:
        self._settle(self._parser.CurrentByteIndex)
        if self._open_at >= 0:
            self.found[-1].pieces.append((self._inside, text))

    def _cdata_start(self) -> None:
        self._settle(self._parser.CurrentByteIndex)
        self._inside = True
        if self._open_at >= 0:
            self.found[-1].pieces.append((True, ""))

    def _cdata_end(self) -> None:
        self._settle(self._parser.CurrentByteIndex)
        self._inside = False

    def _other(self, data: str) -> None:
        self._settle(self._parser.CurrentByteIndex)


def _unbake_svg(image: bytes) -> str | None:
    for found in _Scan(image).found[:1]:
        text = found.text()
        # Open Badges 2.0 may give both: a URL or JWS to verify, and a copy to read.
        return found.verify.strip() if found.verify.strip() else text
    return None


def _bake_svg(image: bytes, text: str, version: Version) -> bytes:
    scan = _Scan(image)
    if image[:2] in (b"\xff\xfe", b"\xfe\xff") or scan.after_root < 0:
        raise Unreadable(
            "image.encoding", say("This picture cannot carry a badge. Save it as UTF-8.")
        )
    if image[scan.root_start : scan.after_root].rstrip().endswith(b"/>"):
        raise Unreadable("image.empty", say("This picture is empty, so it cannot carry a badge."))
    pieces, at = [], 0
    cuts = [(found.start, found.end, b"") for found in scan.found]
    cuts.append((scan.after_root, scan.after_root, _element(text, version)))
    for start, end, new in sorted(cuts):
        pieces += [image[at:start], new]
        at = end
    baked = b"".join([*pieces, image[at:]])
    if _unbake_svg(baked) != text:  # another encoding, or characters that XML cannot hold
        raise Unreadable("image.encoding", say("This picture cannot carry this badge's text."))
    return baked


def _element(text: str, version: Version) -> bytes:
    _, namespace, local = _place(version)
    opening = f'<openbadges:{local} xmlns:openbadges="{namespace}"'
    if not text.lstrip().startswith("{"):
        return f'{opening} verify="{_quoted(text)}"/>'.encode()
    # XML would turn a carriage return into a line feed, and end CDATA at the first "]]>".
    body = text.replace("]]>", "]]]]><![CDATA[>").replace("\r", "]]>&#13;<![CDATA[")
    return f"{opening}><![CDATA[{body}]]></openbadges:{local}>".encode()


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
