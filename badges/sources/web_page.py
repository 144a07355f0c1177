"""What a web page says to people and to those who share it: its title, its tags, its words.

Some platforms show a certificate as a page and nothing else. What is read of it is what it tells
everybody: the `og:` tags in its head, blocks of a known class, and lines of text.

Pages are hostile until shown otherwise, and Python's own `html.parser` needs a minute for 80 kB
of "<a " on the versions that we support. So the tags are found here, in one walk from left to
right which looks at no character more than a few times. It knows no more of HTML than that asks
for: quotes, comments, and that scripts and styles are not text.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from itertools import islice

from badges.sources import dates

ACCEPT = "text/html, application/xhtml+xml;q=0.9"
MAX_PAGE = 1024 * 1024  # characters; what a page says of itself stands near its top
MAX_TEXT = 2000  # of one attribute, block or line
MAX_PIECES = 200_000
MAX_DEPTH = 1000
MAX_LINES = 5000
TITLE = "<title>"  # no class can be called this

NAME = re.compile(r"[a-zA-Z][^\s/>]*")
# An opening quote is also what closes the one before it, so at most two look in vain for an end.
ATTRIBUTE = re.compile(
    r"""[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?""",
)
SPACE = re.compile(r"[\s/]*")
UNSEEN = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "template")}
EMPTY = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}
INLINE = {
    "a",
    "abbr",
    "b",
    "bdi",
    "cite",
    "code",
    "em",
    "font",
    "i",
    "mark",
    "small",
    "span",
    "strong",
}
# English alone, in the middle of a sentence: "set" and "out" are months of other languages.
MONTHS = {
    name: number
    for number, names in enumerate(dates.MONTHS["en"].split(), 1)
    for name in names.split("|")
}
# What an English page calls a day, the particular before the general.
DAYS = (
    re.compile(
        r"\b(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?, ?(?P<year>\d{4})\b"
    ),
    re.compile(r"\b(?P<day>\d{1,2}) (?P<month>[A-Za-z]{3,9})\.?,? (?P<year>\d{4})\b"),
    re.compile(r"\b(?P<month>[A-Za-z]{3,9})\.? (?P<year>\d{4})\b"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """`tags` are its meta tags by property or name, `blocks` the text of the first element of each
    class that was asked for, `lines` all its text, as it would be broken into lines."""

    title: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    blocks: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, or a tag: `opens` or closes an element of this name."""

    text: str = ""
    name: str = ""
    opens: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)


def read(body: bytes, classes: Collection[str] = ()) -> Page:
    """The page in these bytes. Never fails: what cannot be made out is not there."""
    walk = _Walk(frozenset(classes))
    text = body[: 4 * MAX_PAGE].decode("utf-8", "replace")[:MAX_PAGE]
    for piece in islice(pieces(text), MAX_PIECES):
        walk.take(piece)
    return walk.page()


def day_in(words: str) -> date | None:
    """The first day that an English page writes out; the first of the month where it names none."""
    words = words[:MAX_TEXT]
    days = (_day(found.groupdict()) for form in DAYS for found in form.finditer(words))
    return next((found for found in days if found is not None), None)


def without_days(words: str) -> str:
    for form in DAYS:
        words = form.sub("", words)
    return words.strip(" ,.")


def _day(parts: Mapping[str, str]) -> date | None:
    month = MONTHS.get(parts["month"].lower())
    try:
        return date(int(parts["year"]), month, int(parts.get("day", "1"))) if month else None
    except ValueError:
        return None


def pieces(text: str) -> Iterator[Piece]:
    """The page from left to right."""
    at, end = 0, len(text)
    while at < end:
        start = text.find("<", at)
        if start < 0:
            yield Piece(text[at:])
            return
        if start > at:
            yield Piece(text[at:start])
        name = NAME.match(text, start + 1)
        if name is not None:
            attributes, at = _attributes(text, name.end())
            tag = name.group()[:40].lower()
            yield Piece(name=tag, opens=True, attributes=attributes)
            if tag in UNSEEN:
                closing = UNSEEN[tag].search(text, at)
                at = closing.start() if closing else end
        elif text.startswith("</", start):
            name = NAME.match(text, start + 2)
            at = _after(text, ">", start)
            if name is not None:
                yield Piece(name=name.group()[:40].lower())
        elif text.startswith("<!--", start):
            at = _after(text, "-->", start)
        elif text.startswith(("<!", "<?"), start):
            at = _after(text, ">", start)
        else:
            yield Piece("<")
            at = start + 1


def _after(text: str, closing: str, start: int) -> int:
    found = text.find(closing, start)
    return found + len(closing) if found >= 0 else len(text)


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """The attributes of a tag, and where the tag ends."""
    found: dict[str, str] = {}
    while (one := ATTRIBUTE.match(text, at)) is not None:
        at = one.end()
        if len(found) < 50:
            value = one.group(2) or one.group(3) or one.group(4) or ""
            found.setdefault(one.group(1)[:100].lower(), _plain(value))
    space = SPACE.match(text, at)
    at = space.end() if space else at
    return found, at + 1 if text.startswith(">", at) else len(text)


def _plain(text: str) -> str:
    """On one line, of bounded length, with what stands for characters replaced by these."""
    try:
        # Cut first: a number of a million digits takes long to be found too large.
        words = unescape(text[:MAX_TEXT])
    except ValueError:
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


class _Walk:
    """What is known of the page so far."""

    def __init__(self, classes: frozenset[str]) -> None:
        self._classes = classes
        self._open: list[tuple[str, list[str], int]] = []  # name, classes asked for, text before
        self._names: dict[str, int] = {}
        self._texts: list[str] = []
        self._tags: dict[str, str] = {}
        self._blocks: dict[str, str] = {}

    def take(self, piece: Piece) -> None:
        if not piece.name:
            self._texts.append(" ".join(piece.text.split("\n")))
            return
        if piece.name not in INLINE and piece.name not in UNSEEN:
            self._texts.append("\n")
        if piece.opens and piece.name == "meta":
            self._meta(piece.attributes)
        elif piece.opens and piece.name not in EMPTY:
            self._begin(piece)
        elif self._names.get(piece.name):
            self._end(piece.name)

    def _meta(self, attributes: Mapping[str, str]) -> None:
        name = attributes.get("property") or attributes.get("name") or ""
        if name and len(self._tags) < 200:
            self._tags.setdefault(name.lower(), attributes.get("content", ""))

    def _begin(self, piece: Piece) -> None:
        if len(self._open) >= MAX_DEPTH:
            return
        classes = piece.attributes.get("class", "").split()
        asked = [one for one in classes if one in self._classes]
        if piece.name == "title":
            asked.append(TITLE)
        self._open.append((piece.name, asked, len(self._texts)))
        self._names[piece.name] = self._names.get(piece.name, 0) + 1

    def _end(self, name: str) -> None:
        """Close the innermost element of this name, and all that was left open inside it."""
        while True:
            inner, asked, start = self._open.pop()
            self._names[inner] -= 1
            for one in asked:
                if one not in self._blocks:
                    self._blocks[one] = _plain("".join(self._texts[start:]))
            if inner == name:
                return

    def page(self) -> Page:
        lines = (_plain(line) for line in "".join(self._texts).split("\n"))
        kept = tuple(islice((line for line in lines if line), MAX_LINES))
        return Page(self._blocks.pop(TITLE, ""), self._tags, self._blocks, kept)
