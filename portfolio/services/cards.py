"""Draws the picture that a message shows beside a shared link: 1200 by 630, who and how much.

Drawn the first time that somebody asks after the page has changed, and kept: the name of the file
holds the fingerprint of the page, so an old card is never shown for a new page.
"""

import logging
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

from badges.models import Picture
from portfolio.models import ShareLink
from portfolio.services import files
from portfolio.services.pageview import PageView

logger = logging.getLogger("laurel.cards")

WIDTH, HEIGHT = 1200, 630
EDGE = 76
PAPER, INK, SOFT, LINE = "#faf8f4", "#211e19", "#5c564b", "#e2ddd2"
LEAF, LEAF_SOFT = "#1d5a3c", "#e6f0e9"
RULE = 424  # where the line stands
THUMB, GAP = 112, 20
FONTS = Path(__file__).resolve().parent.parent / "assets" / "fonts"
SERIF, SERIF_BOLD = "SourceSerif4_400Regular.ttf", "SourceSerif4_600SemiBold.ttf"
SANS, SANS_BOLD = "Inter_400Regular.ttf", "Inter_600SemiBold.ttf"


def card(*, link: ShareLink, view: PageView) -> str:
    """The name of the card's file, drawn now if this page has not been drawn yet."""
    name = f"{view.fingerprint()[:24]}.jpg"
    kept = files.cards_of(link.pk)
    path = f"{files.CARDS}/{link.pk}/{name}"
    if name not in kept:
        default_storage.save(path, ContentFile(draw(view)))
        for old in kept:
            default_storage.delete(f"{files.CARDS}/{link.pk}/{old}")
    return path


def draw(view: PageView) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 18, HEIGHT), fill=LEAF)
    pen.text((EDGE, 56), "Laurel", font=_font(SERIF_BOLD, 34), fill=LEAF)
    who = _fit(pen, view.who, SERIF_BOLD, sizes=(96, 82, 68, 56), lines=2)
    title = _fit(pen, view.title, SERIF, sizes=(44, 38), lines=2)
    # The two stand together in the middle between the mark above and the line below.
    foot = _write(pen, who, top=round(112 + (RULE - 112 - who.height - title.height) / 2), fill=INK)
    _write(pen, title, top=foot, fill=SOFT)
    pen.line((EDGE, RULE, WIDTH - EDGE, RULE), fill=LINE, width=2)
    _pictures(image, view, left=_tally(pen, view))
    out = BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _tally(pen: ImageDraw.ImageDraw, view: PageView) -> float:
    """How many are verified, and when. Returns where the words end."""
    if not view.total:
        pen.text((EDGE, 480), _("No badges at the moment"), font=_font(SANS, 30), fill=SOFT)
        return WIDTH
    number = f"{view.verified}/{view.total}"
    big = _font(SERIF_BOLD, 92)
    pen.text((EDGE, 458), number, font=big, fill=LEAF if view.verified else INK)
    left = EDGE + pen.textlength(number, font=big) + 28
    lines = [(476, _("badges verified"), _font(SANS_BOLD, 30), INK)]
    if view.verified_on is not None:
        words = _("on %(date)s") if view.same_day else _("on %(date)s or later")
        words %= {"date": view.verified_on.words}
        lines.append((518, words, _font(SANS, 27), SOFT))
    for top, text, font, fill in lines:
        pen.text((left, top), text, font=font, fill=fill)
    return max(left + pen.textlength(text, font=font) for _top, text, font, _fill in lines)


def _pictures(image: Image.Image, view: PageView, *, left: float) -> None:
    """As many pictures as fit in a row from the right, verified ones before the others."""
    ordered = sorted(view.entries, key=lambda entry: not entry.verified)
    room = int(WIDTH - EDGE - left - GAP) // (THUMB + GAP)
    digests = list(dict.fromkeys(entry.image for entry in ordered if entry.image))[: max(room, 0)]
    right = WIDTH - EDGE
    for picture in reversed(_opened(digests)):
        picture.thumbnail((THUMB, THUMB))
        right -= THUMB
        place = (right + (THUMB - picture.width) // 2, 462 + (THUMB - picture.height) // 2)
        image.paste(picture, place, picture.getchannel("A"))
        right -= GAP


def _opened(digests: Sequence[str]) -> list[Image.Image]:
    rows = Picture.objects.in_bulk(digests)
    found = []
    for digest in digests:
        try:
            with rows[digest].small.open("rb") as file, Image.open(file) as source:
                found.append(source.convert("RGBA"))
        except (KeyError, OSError) as error:
            logger.warning("Picture %s cannot be drawn: %s", digest[:12], error)
    return found


@dataclass(frozen=True, slots=True)
class Block:
    lines: tuple[str, ...]
    font: ImageFont.FreeTypeFont

    @property
    def step(self) -> int:
        # Our faces set tight; other scripts need the room above and below that their font asks for.
        ours = str(self.font.path).startswith(str(FONTS))
        return round(self.font.size * 1.2) if ours else sum(self.font.getmetrics())

    @property
    def height(self) -> int:
        return self.step * len(self.lines)


def _fit(
    pen: ImageDraw.ImageDraw, text: str, family: str, *, sizes: Sequence[int], lines: int
) -> Block:
    """Set in the largest size in which it fits, else cut with an ellipsis."""
    text = " ".join(text[:400].split())
    font, wrapped = _font_for(text, family, sizes[0]), [text]
    for size in sizes:
        font = _font_for(text, family, size)
        wrapped = _wrap(pen, text, font)
        if len(wrapped) <= lines:
            return Block(tuple(wrapped), font)
    rest = _cut(pen, " ".join(wrapped[lines - 1 :]), font)
    return Block((*wrapped[: lines - 1], rest), font)


def _write(pen: ImageDraw.ImageDraw, block: Block, *, top: int, fill: str) -> int:
    for line in block.lines:
        pen.text((EDGE, top), line, font=block.font, fill=fill)
        top += block.step
    return top


def _wrap(
    pen: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, room: int = WIDTH - 2 * EDGE
) -> list[str]:
    wrapped = [""]
    for word in text.split(" "):
        longer = f"{wrapped[-1]} {word}".strip()
        if not wrapped[-1] or pen.textlength(longer, font=font) <= room:
            wrapped[-1] = longer
        else:
            wrapped.append(word)
    # A single word wider than the card (or a script without spaces) is broken where it must be.
    broken = []
    for line in wrapped:
        while pen.textlength(line, font=font) > room:
            keep = len(line) - 1
            while keep > 1 and pen.textlength(line[:keep], font=font) > room:
                keep -= 1
            broken.append(line[:keep])
            line = line[keep:]
        broken.append(line)
    return broken


def _cut(pen: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont) -> str:
    first = _wrap(pen, text, font)[0]
    while first and pen.textlength(first + "…", font=font) > WIDTH - 2 * EDGE:
        first = first[:-1]
    return first.rstrip() + "…"


@lru_cache(maxsize=32)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / name), size)


# Where the operating system keeps the letters of other scripts (Debian's fonts-noto-core).
NOTO = Path("/usr/share/fonts/truetype/noto")
SCRIPTS = {
    "ARABIC": "NotoSansArabic",
    "HEBREW": "NotoSansHebrew",
    "DEVANAGARI": "NotoSansDevanagari",
    "BENGALI": "NotoSansBengali",
    "TAMIL": "NotoSansTamil",
    "THAI": "NotoSansThai",
    "GEORGIAN": "NotoSansGeorgian",
    "ARMENIAN": "NotoSansArmenian",
    "ETHIOPIC": "NotoSansEthiopic",
    "KHMER": "NotoSansKhmer",
}


def _font_for(text: str, family: str, size: int) -> ImageFont.FreeTypeFont:
    """Our own face, or one that has the script which the text begins in."""
    for letter in text:
        if letter.isalpha():
            script = unicodedata.name(letter, "").split(" ")[0]
            path = NOTO / f"{SCRIPTS.get(script, '')}-Regular.ttf"
            if script in SCRIPTS and path.exists():
                return _noto(str(path), size)
            break
    return _font(family, size)


@lru_cache(maxsize=32)
def _noto(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
