"""What a badge's drawing is made of: its colours, its figure, and a few ways to put ink down."""

from dataclasses import dataclass

PAPER, INK = "#fdf8ee", "#1c2434"


@dataclass(frozen=True, slots=True)
class Colours:
    """Four that go together: the ground, a lighter ground, a bright one, and the highlight."""

    deep: str
    mid: str
    bright: str
    light: str


@dataclass(frozen=True, slots=True)
class Art:
    """What a badge looks like: a frame, a figure, colours, and a word or two."""

    frame: str
    figure: str
    colours: Colours
    words: str = ""
    maker: str = ""


def path(outline: str, fill: str, *, rim: str = "", width: float = 0, more: str = "") -> str:
    stroke = f' stroke="{rim}" stroke-width="{width}"' if rim else ""
    return f'<path d="{outline}" fill="{fill}"{stroke} {more}/>'


def disc(radius: float, fill: str, *, rim: str = "", width: float = 0, more: str = "") -> str:
    stroke = f' stroke="{rim}" stroke-width="{width}"' if rim else ""
    return f'<circle r="{radius}" fill="{fill}"{stroke} {more}/>'


def at(x: float, y: float, scale: float, inner: str) -> str:
    return f'<g transform="translate({x} {y}) scale({scale})">{inner}</g>'


def clip(name: str, outline: str, inner: str) -> str:
    return (
        f'<clipPath id="{name}"><path d="{outline}"/></clipPath>'
        f'<g clip-path="url(#{name})">{inner}</g>'
    )


def ribbon(y: float, half: float, height: float, fill: str, fold: str) -> str:
    """A band across with two tails behind it."""
    low, tail = y + height, half - 26
    tails = "".join(
        f'<path d="M{s * tail} {y + 16} H{s * (half + 34)} L{s * (half + 14)} {y + 16 + height / 2}'
        f' L{s * (half + 34)} {low + 16} H{s * tail}Z" fill="{fold}"/>'
        f'<path d="M{s * tail} {low} H{s * half} L{s * tail} {low + 16}Z" fill="{INK}"'
        ' opacity=".45"/>'
        for s in (-1, 1)
    )
    return f'{tails}<rect x="{-half}" y="{y}" width="{2 * half}" height="{height}" fill="{fill}"/>'
