"""Which letters our typefaces can print, and how words of strangers are made fit for paper.

An archivable document (PDF/A) has to carry a face for every letter that it shows. The faces in
`portfolio/assets/fonts` have Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai, Chinese,
Japanese and Korean; further scripts are taken from the system's Noto fonts where it has them. A
letter that no face has is shown as an empty box: a reader sees that something stood there.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont, TTLibError

FONTS = Path(__file__).resolve().parent.parent / "assets" / "fonts"
# Where Debian's fonts-noto-core and fonts-noto-extra put theirs.
SYSTEM = Path("/usr/share/fonts/truetype/noto")

# After the two faces of the site, in this order. Arabic is Vazirmatn and not Noto's: Noto draws the
# dots of a letter apart from it, and words copied out of the PDF then hold each letter twice.
OTHERS = {
    "Vazirmatn": "Vazirmatn_400Regular.ttf",
    "Noto Sans Hebrew": "NotoSansHebrew_400Regular.ttf",
    "Noto Sans Devanagari": "NotoSansDevanagari_400Regular.ttf",
    "Noto Sans Thai": "NotoSansThai_400Regular.ttf",
    "Noto Sans SC": "NotoSansSC_400Regular.ttf",
    "Noto Sans KR": "NotoSansKR_400Regular.ttf",
}
JAPANESE = {"Noto Sans JP": "NotoSansJP_400Regular.ttf"}
SITE = {
    "Inter": ("Inter_400Regular.ttf", "Inter_600SemiBold.ttf"),
    "Source Serif 4": ("SourceSerif4_400Regular.ttf", "SourceSerif4_600SemiBold.ttf"),
}
BOX = "\u25a1"
KEPT = {"\n", "\t", "\u200b", "\u200c", "\u200d"}  # breaks, and what joins or parts letters
VARIANT = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # asks for another look of a letter
KANA = re.compile("[\u3040-\u30ff]")

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Face:
    """One file of a family. Those of other scripts that have no bold are made bold by nobody."""

    family: str
    weight: int
    path: Path


def said(text: str) -> Said:
    """Somebody's own words, with their direction."""
    shown = any(letter not in KEPT and not _never_shown(letter) for letter in text.strip())
    return {
        "text": text.strip() if shown else "–",
        "rtl": _is_rtl(text),
        "kana": not text.isascii() and KANA.search(text) is not None,
    }


def _is_rtl(text: str) -> bool:
    """By the first letter that has a direction, as the web's `dir="auto"` does it."""
    if text.isascii():
        return False
    kinds = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind != "L" for kind in kinds if kind in {"L", "R", "AL"}), False)


def printable(data: Any) -> tuple[Any, tuple[Face, ...]]:
    """The same data with nothing in it that cannot be printed, and the faces that it needs.

    Takes what JSON can hold. The faces stand in the order in which they are to be asked.
    """
    letters: set[str] = set()
    for text in _texts(data):
        letters.update(text)
    bad = {letter for letter in letters if letter not in KEPT and _never_shown(letter)}
    wanted = letters - bad - KEPT
    files, missing = _ours(wanted)
    found = {letter: _system().get(ord(letter)) for letter in missing} if missing else {}
    table: dict[int, str | None] = {ord(letter): None for letter in bad}
    for letter in (letter for letter, face in found.items() if face is None):
        table[ord(letter)] = " " if unicodedata.category(letter)[0] == "Z" else BOX
    clean = _map(data, table) if table else data
    faces = [face for family, file in files.items() for face in _weights(family, file)]
    system = sorted({face for face in found.values() if face})
    return clean, (*SITE_FACES, *faces, *(Face(family, 400, path) for family, path in system))


def _weights(family: str, file: str) -> list[Face]:
    bold = FONTS / file.replace("_400Regular", "_600SemiBold")
    faces = [Face(family, 400, FONTS / file)]
    return [*faces, Face(family, 600, bold)] if bold.exists() else faces


SITE_FACES = tuple(
    Face(family, weight, FONTS / file)
    for family, files in SITE.items()
    for weight, file in zip((400, 600), files, strict=True)
)


def _never_shown(letter: str) -> bool:
    # Controls, among them those that turn the direction of what follows; surrogates, private use,
    # and what is no letter at all.
    return unicodedata.category(letter)[0] == "C" or VARIANT.match(letter) is not None


def _texts(data: Any) -> Iterable[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _texts(value)


def _map(data: Any, table: dict[int, str | None]) -> Any:
    if isinstance(data, str):
        return data.translate(table)
    if isinstance(data, dict):
        return {key: _map(value, table) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_map(value, table) for value in data]
    return data


def _ours(letters: set[str]) -> tuple[dict[str, str], set[str]]:
    """Those of our faces that these letters need, and the letters that none of them has.

    The large ones are only opened for letters that want them. Kana ask for the Japanese face, since
    Korean and Chinese ones have kana too.
    """
    left = {ord(letter) for letter in letters} - _has(FONTS / "Inter_400Regular.ttf")
    needed: dict[str, str] = {}
    kana = any(KANA.match(letter) for letter in letters)
    for family, file in (
        {**OTHERS, **JAPANESE}.items() if not kana else {**JAPANESE, **OTHERS}.items()
    ):
        if not left:
            break
        has = _has(FONTS / file)
        if left & has:
            needed[family] = file
            left -= has
    return needed, {chr(code) for code in left}


@cache
def _has(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


@cache
def _system() -> dict[int, tuple[str, Path]]:
    """What the system's sans faces of other scripts have: letter to family and file."""
    found: dict[int, tuple[str, Path]] = {}
    for path in sorted(SYSTEM.glob("NotoSans*-Regular.ttf")):
        try:
            with TTFont(path, lazy=True) as font:
                family = str(font["name"].getBestFamilyName())
                codes = font.getBestCmap() or {}
        except (OSError, TTLibError):
            continue
        for code in codes:
            found.setdefault(code, (family, path))
    return found
