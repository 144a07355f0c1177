"""Letters as outlines, so that a drawing looks the same on a machine without any font."""

import functools
import math
from pathlib import Path
from typing import Any

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

FONTS = Path(__file__).parents[2] / "assets" / "fonts"
SANS = "Inter_700Bold.ttf"
SEMI = "Inter_600SemiBold.ttf"
SERIF = "SourceSerif4_700Bold.ttf"


@functools.cache
def _font(name: str) -> tuple[Any, Any, float]:
    font = TTFont(FONTS / name, lazy=True)
    return font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm


def _glyphs(words: str, font: str) -> list[tuple[str, float]]:
    """Each letter's outline and advance, in units of one em."""
    glyphs, names, unit = _font(font)
    found = []
    for letter in words:
        glyph = glyphs[names[ord(letter)]]
        pen = SVGPathPen(glyphs, ntos=lambda value: f"{value:.0f}")
        glyph.draw(pen)
        found.append((pen.getCommands(), glyph.width / unit))
    return found


def _letter(outline: str, font: str, size: float, place: str) -> str:
    scale = size / _font(font)[2]
    return f'<path transform="{place} scale({scale:.5f} {-scale:.5f})" d="{outline}"/>'


def line(
    words: str, *, y: float, size: float, fill: str, x: float = 0, font: str = SANS, gap: float = 0
) -> str:
    """Words centred on x, standing on y. `gap` opens them, in ems."""
    glyphs = _glyphs(words, font)
    at = x - size * (sum(width for _, width in glyphs) + gap * (len(glyphs) - 1)) / 2
    pieces = []
    for outline, width in glyphs:
        if outline:
            pieces.append(_letter(outline, font, size, f"translate({at:.1f} {y:.1f})"))
        at += size * (width + gap)
    return f'<g fill="{fill}">{"".join(pieces)}</g>'


def arc(
    words: str, *, radius: float, size: float, fill: str, below: bool = False, gap: float = 0.08
) -> str:
    """Words round the centre, over it or `below` it, upright either way, feet on the circle."""
    glyphs = _glyphs(words, SANS)
    sense = -1 if below else 1
    step = math.degrees(size / radius)
    total = sum(width for _, width in glyphs) + gap * (len(glyphs) - 1)
    at = -total / 2
    pieces = []
    for outline, width in glyphs:
        turn = sense * step * (at + width / 2)
        back = -size * width / 2
        place = f"rotate({turn:.2f}) translate({back:.1f} {sense * -radius:.1f})"
        if outline:
            pieces.append(_letter(outline, SANS, size, place))
        at += width + gap
    return f'<g fill="{fill}">{"".join(pieces)}</g>'
