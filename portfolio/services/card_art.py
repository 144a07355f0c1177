"""Draws the picture that a message shows beside a shared link: 1200 by 630, who and how much.

What is the same on every card (paper, mark, empty tiles) is drawn once and copied, and badges come
in as the small pictures that are kept of them: a card costs a few milliseconds.
"""

import logging
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

from badges.models import Picture
from portfolio.services.pageview import EntryView, PageView

logger = logging.getLogger("laurel.cards")

WIDTH, HEIGHT = 1200, 630
EDGE = 76
PAPER, WHITE, INK, SOFT, LINE = "#faf8f4", "#ffffff", "#211e19", "#5c564b", "#e2ddd2"
LEAF = "#1d5a3c"
NAME_TOP, TILES_TOP, FOOT = 112, 350, 568  # where the words, the tiles and the last line stand
# A tile is large enough for a small picture as it is: to shrink five costs more than the rest.
TILE, GAP, ROUND, PICTURE = 158, 20, 26, 128
MOST = (WIDTH - 2 * EDGE + GAP) // (TILE + GAP)  # tiles in a row
TICK = 40
LINES = 2
LEAST = 62  # of height, for the title below a long name
FINE = 4  # times larger, then made small: Pillow draws no soft edges
FONTS = Path(__file__).resolve().parent.parent / "assets" / "fonts"
SERIF, SERIF_BOLD = "SourceSerif4_400Regular.ttf", "SourceSerif4_600SemiBold.ttf"
SANS, SANS_BOLD = "Inter_400Regular.ttf", "Inter_600SemiBold.ttf"


def draw(view: PageView) -> bytes:
    shown, more = _chosen(view)
    image = _blank(len(shown) + bool(more)).copy()
    pen = ImageDraw.Draw(image)
    room = TILES_TOP - 28 - NAME_TOP
    who = _fit(pen, view.who, SERIF_BOLD, sizes=(92, 78, 64, 52), height=room - LEAST)
    title = _fit(pen, view.title, SERIF, sizes=(42, 36), height=room - who.height)
    # The two stand together in the middle between the mark above and the tiles below.
    left = max(room - who.height - title.height, 0)
    foot = _write(pen, who, top=round(NAME_TOP + left / 2), fill=INK)
    _write(pen, title, top=foot + min(left, 6), fill=SOFT)
    for place, (entry, picture) in enumerate(shown):
        _tile(image, place, entry, picture)
    if more:
        centre = (_left(len(shown)) + TILE / 2, TILES_TOP + TILE / 2)
        pen.text(centre, f"+{more}", font=_font(SERIF_BOLD, 46), fill=SOFT, anchor="mm")
    _tally(image, pen, view)
    out = BytesIO()
    image.save(out, "JPEG", quality=86)
    return out.getvalue()


def _chosen(view: PageView) -> tuple[list[tuple[EntryView, Image.Image | None]], int]:
    """Which badges have a tile, verified ones before the others, and how many have none."""
    standing = [entry for entry in view.entries if not entry.lost]
    ordered = sorted(standing, key=lambda entry: (not entry.verified, not entry.image))
    first = ordered[:MOST] if len(ordered) <= MOST else ordered[: MOST - 1]
    pictures = _opened([entry.image for entry in first if entry.image])
    return [(entry, pictures.get(entry.image)) for entry in first], len(ordered) - len(first)


def _left(place: int) -> int:
    return EDGE + place * (TILE + GAP)


def _tile(image: Image.Image, place: int, entry: EntryView, picture: Image.Image | None) -> None:
    left = _left(place)
    if picture is None:
        pen = ImageDraw.Draw(image)
        letter = next((letter for letter in entry.name if letter.isalnum()), "·").upper()
        font = _font_for(letter, SERIF_BOLD, 72)
        centre = (left + TILE / 2, TILES_TOP + TILE / 2)
        pen.text(centre, letter, font=font, fill=LEAF, anchor="mm")
    else:
        at = (left + (TILE - picture.width) // 2, TILES_TOP + (TILE - picture.height) // 2)
        image.paste(picture, at)
    if entry.verified:
        tick = _tick(TICK)
        at = (left + TILE - TICK + 8, TILES_TOP - 8)
        image.paste(tick, at, tick)


def _tally(image: Image.Image, pen: ImageDraw.ImageDraw, view: PageView) -> None:
    """The last line: how many are verified, and when that was seen."""
    if not view.total:
        words = _("No badges at the moment")
        pen.text((EDGE, FOOT), words, font=_font(SANS, 30), fill=SOFT, anchor="lm")
        return
    words = _("%(n)s of %(m)s badges verified") % {"n": view.verified, "m": view.total}
    left: float = EDGE
    if view.verified:
        tick = _tick(TICK)
        image.paste(tick, (EDGE, FOOT - TICK // 2), tick)
        left += TICK + 14
    bold = _font(SANS_BOLD, 31)
    pen.text((left, FOOT), words, font=bold, fill=LEAF if view.verified else INK, anchor="lm")
    if view.verified_on is not None:
        when = _("on %(date)s") if view.same_day else _("on %(date)s or later")
        when %= {"date": view.verified_on.words}
        left += pen.textlength(words, font=bold) + 14
        pen.text((left, FOOT), when, font=_font(SANS, 28), fill=SOFT, anchor="lm")


def _opened(digests: Sequence[str]) -> dict[str, Image.Image]:
    """The small pictures as they lie on a tile."""
    found = {}
    for digest, row in Picture.objects.in_bulk(digests).items():
        try:
            with row.small.open("rb") as file, Image.open(file) as source:
                flat = Image.new("RGB", source.size, WHITE)
                flat.paste(source, source if source.mode == "RGBA" else None)
        except OSError as error:
            logger.warning("Picture %s cannot be drawn: %s", str(digest)[:12], error)
            continue
        if max(flat.size) > PICTURE:  # of a year when they were larger
            flat.thumbnail((PICTURE, PICTURE))
        found[str(digest)] = flat
    return found


# --- Drawn once ------------------------------------------------------------------------------


@lru_cache(maxsize=MOST + 1)
def _blank(tiles: int) -> Image.Image:
    """The card before anything is known: its paper, its mark, and so many empty tiles."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 18, HEIGHT), fill=LEAF)
    pen.text((EDGE, 80), "Laurel", font=_font(SERIF_BOLD, 36), fill=LEAF, anchor="lm")
    tile = _soft(TILE, lambda draw, size: draw.rounded_rectangle(
        (0, 0, size - 1, size - 1), ROUND * FINE, fill=WHITE, outline=LINE, width=2 * FINE
    ))  # fmt: skip
    for place in range(tiles):
        image.paste(tile, (_left(place), TILES_TOP), tile)
    return image


@lru_cache(maxsize=2)
def _tick(size: int) -> Image.Image:
    """White on a leaf, with a rim of paper around it."""

    def paint(draw: ImageDraw.ImageDraw, full: int) -> None:
        rim, unit = full * 0.075, full / 40
        draw.ellipse((0, 0, full - 1, full - 1), fill=PAPER)
        draw.ellipse((rim, rim, full - 1 - rim, full - 1 - rim), fill=LEAF)
        way = [(12.5 * unit, 20.5 * unit), (18 * unit, 26 * unit), (28 * unit, 15 * unit)]
        draw.line(way, fill=WHITE, width=round(3.6 * unit), joint="curve")

    return _soft(size, paint)


def _soft(size: int, paint: Callable[[ImageDraw.ImageDraw, int], None]) -> Image.Image:
    large = Image.new("RGBA", (size * FINE, size * FINE))
    paint(ImageDraw.Draw(large), size * FINE)
    return large.resize((size, size), Image.Resampling.LANCZOS)


# --- Words -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    lines: tuple[str, ...]
    font: ImageFont.FreeTypeFont

    @property
    def step(self) -> int:
        # Our faces set tight; other scripts need the room above and below that their font asks for.
        return round(self.font.size * 1.2) if _is_ours(self.font) else sum(self.font.getmetrics())

    @property
    def height(self) -> int:
        return self.step * len(self.lines)


def _fit(
    pen: ImageDraw.ImageDraw, text: str, family: str, *, sizes: Sequence[int], height: int
) -> Block:
    """At most two lines in the largest size in which they fit, else cut with an ellipsis."""
    text = " ".join(text[:400].split())
    font, wrapped = _font_for(text, family, sizes[0]), [text]
    for size in sizes:
        font = _font_for(text, family, size)
        wrapped = _wrap(pen, text, font)
        block = Block(tuple(wrapped), font)
        if len(wrapped) <= LINES and block.height <= height:
            return block
    lines = max(min(LINES, height // Block(("",), font).step, len(wrapped)), 1)
    if lines == len(wrapped):
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
    more = "…" if _is_ours(font) else "..."  # some other faces have no ellipsis
    while first and pen.textlength(first + more, font=font) > WIDTH - 2 * EDGE:
        first = first[:-1]
    return first.rstrip() + more


def _is_ours(font: ImageFont.FreeTypeFont) -> bool:
    return str(font.path).startswith(str(FONTS))


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
