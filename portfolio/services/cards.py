"""Draws the picture that a message shows beside a shared link: 1200 by 630, who and how much.

Drawn the first time that somebody asks after the page has changed, and kept: the name of the file
holds the fingerprint of the page, so an old card is never shown for a new page.
"""

import logging
import unicodedata
from collections.abc import Sequence
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
SHOWN = 5  # badges in the row at the foot
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
    pen.text((EDGE, 62), "Laurel", font=_font(SERIF_BOLD, 34), fill=LEAF)
    y = _words(pen, view.who, SERIF_BOLD, sizes=(84, 70, 58), top=132, lines=2, fill=INK)
    _words(pen, view.title, SERIF, sizes=(42, 36), top=y + 14, lines=2 if y < 260 else 1, fill=SOFT)
    pen.line((EDGE, 424, WIDTH - EDGE, 424), fill=LINE, width=2)
    _tally(pen, view)
    _pictures(image, view)
    out = BytesIO()
    image.save(out, "JPEG", quality=88, optimize=True, progressive=True)
    return out.getvalue()


def _tally(pen: ImageDraw.ImageDraw, view: PageView) -> None:
    number = f"{view.verified}/{view.total}"
    big = _font(SERIF_BOLD, 92)
    pen.text((EDGE, 452), number, font=big, fill=LEAF if view.verified else INK)
    left = EDGE + pen.textlength(number, font=big) + 26
    pen.text((left, 470), _("badges verified"), font=_font(SANS_BOLD, 30), fill=INK)
    if view.verified_on is not None:
        words = _("on %(date)s") if view.same_day else _("on %(date)s or later")
        words %= {"date": view.verified_on.words}
        pen.text((left, 512), words, font=_font(SANS, 28), fill=SOFT)


def _pictures(image: Image.Image, view: PageView) -> None:
    """The first few pictures in a row from the right, verified ones before the others."""
    ordered = sorted(view.entries, key=lambda entry: not entry.verified)
    digests = list(dict.fromkeys(entry.image for entry in ordered if entry.image))[:SHOWN]
    left = WIDTH - EDGE
    for picture in reversed(_opened(digests)):
        picture.thumbnail((112, 112))
        left -= 112
        place = (left + (112 - picture.width) // 2, 456 + (112 - picture.height) // 2)
        image.paste(picture, place, picture.getchannel("A"))
        left -= 16


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


def _words(
    pen: ImageDraw.ImageDraw,
    text: str,
    family: str,
    *,
    sizes: Sequence[int],
    top: int,
    lines: int,
    fill: str,
) -> int:
    """Write in the largest size that fits, else cut with an ellipsis. Returns the foot."""
    text = " ".join(text[:400].split())
    for size in sizes:
        font = _font_for(text, family, size)
        wrapped = _wrap(pen, text, font)
        if len(wrapped) <= lines:
            break
    else:
        font = _font_for(text, family, sizes[-1])
        wrapped = _wrap(pen, text, font)
        wrapped = [*wrapped[: lines - 1], _cut(pen, " ".join(wrapped[lines - 1 :]), font)]
    for line in wrapped:
        pen.text((EDGE, top), line, font=font, fill=fill)
        top += round(font.size * 1.14)
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
