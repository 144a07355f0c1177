"""An advert as people paste it, HTML and all, made plain: one line for each paragraph or point."""

import html
import re
import unicodedata
from html.parser import HTMLParser

MAX_CHARACTERS = 20_000
_BLOCKS = """
    address article aside blockquote br dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr li
    main nav ol p pre section table tbody td th thead tr ul"""
BLOCKS = frozenset(_BLOCKS.split())
HEADS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
HIDDEN = frozenset(("script", "style", "template", "noscript", "head", "svg"))
LOOKS_LIKE_HTML = re.compile(
    r"<(?:!doctype|html|body|p|br|li|ul|ol|div|span|h[1-6]|b|strong|em|i|a|table)\b[^>]*>", re.I
)
BULLET = re.compile(r"^\s*(?:[-*•·▪◦‣●○■□✓✔➢➤→►–—o]|\d{1,2}[.)])\s+")
QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "\u00ad": None})
JUNK = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff\u200b-\u200f\ufeff]")


class Unreadable(Exception):
    """This is no text to read. `why` is "empty", "long" or "garbled"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in HIDDEN:
            self.hidden += 1
        elif tag in BLOCKS:
            self.found.append("\n- " if tag == "li" else "\n# " if tag in HEADS else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag in BLOCKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            # A line's end inside a paragraph of HTML is a space.
            self.found.append(re.sub(r"\s+", " ", data))


def lines(text: str) -> list[str]:
    """The lines of an advert, with lines that were only wrapped joined. Raises `Unreadable`."""
    if len(text) > MAX_CHARACTERS:
        raise Unreadable("long")
    text = unicodedata.normalize("NFKC", text.translate(QUOTES)).translate(QUOTES)
    if LOOKS_LIKE_HTML.search(text):
        reader = _Text()
        reader.feed(text)
        reader.close()
        text = "".join(reader.found)
    else:
        text = html.unescape(text)
    junk = len(JUNK.findall(text))
    letters = sum(map(str.isalpha, text))
    if letters < 3:
        raise Unreadable("empty" if not junk and len(text.strip()) < 40 else "garbled")
    if junk > letters / 20 or letters < len(text.strip()) / 4:
        raise Unreadable("garbled")
    return _joined(JUNK.sub("", text))


def _joined(text: str) -> list[str]:
    found: list[str] = []
    last = ""
    for raw in text.splitlines():
        line = " ".join(raw.split())
        wrapped = len(last) > 40 and line[:1].islower() and last[-1] not in ".:!?;"
        if wrapped and not BULLET.match(f"{line} "):
            found[-1] = f"{found[-1]} {line}"
        elif line:
            found.append(line)
        last = line
    return found
