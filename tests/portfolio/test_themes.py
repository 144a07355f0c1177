"""Every mix of colour, layout and light or dark reads at AA, reckoned from the style sheets."""

import re
from pathlib import Path

import pytest

from portfolio.models import Accent, Layout, Typeface

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text()
THEMES = (CSS / "pages" / "themes.css").read_text()
MODES = ("light", "dark")
PAIR = re.compile(r"--([a-z-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")


def colours(text: str, mode: str) -> dict[str, str]:
    return {name: pair[MODES.index(mode)] for name, *pair in PAIR.findall(text)}


def of(accent: str, mode: str) -> dict[str, str]:
    found = re.search(rf"\.accent-{accent} \{{(.*?)\}}", THEMES, re.DOTALL)
    assert found, f"themes.css knows no colour {accent}"
    return colours(TOKENS, mode) | colours(found[1], mode)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("accent", Accent.values)
def test_every_colour_reads_on_every_ground(accent: str, mode: str) -> None:
    tone = of(accent, mode)
    assert {"accent", "accent-strong", "accent-soft", "on-accent", "cover"} <= tone.keys()
    for ground in ("paper", "surface", "sunken", "accent-soft"):
        for words in ("accent", "accent-strong", "ink", "ink-soft"):
            assert contrast(tone[words], tone[ground]) >= 4.5, (words, ground)
    for ground in ("accent", "accent-strong"):
        assert contrast(tone["on-accent"], tone[ground]) >= 4.5, ground


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("accent", Accent.values)
def test_words_on_a_cover_read_and_the_cover_is_seen(accent: str, mode: str) -> None:
    tone = of(accent, mode)
    for name in ("on-cover", "on-cover-soft"):
        found = re.search(rf"--{name}: (#[0-9a-f]{{6}})", THEMES)
        assert found
        assert contrast(found[1], tone["cover"]) >= 4.5, name


def test_the_two_greens_of_a_state_are_no_accent() -> None:
    """A state keeps its own colours in every theme: an accent must not look like a verdict."""
    assert not re.search(r"--(good|warn|bad|info)", THEMES)


@pytest.mark.parametrize("layout", Layout.values)
def test_every_layout_is_drawn(layout: str) -> None:
    assert f".layout-{layout} " in THEMES
    assert f".look-plan-{layout}" in (CSS / "pages" / "editor.css").read_text()


@pytest.mark.parametrize("typeface", [t for t in Typeface.values if t != Typeface.EDITORIAL])
def test_every_type_is_drawn(typeface: str) -> None:
    assert f".type-{typeface} " in THEMES
