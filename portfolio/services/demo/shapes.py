"""Outlines of badges as SVG paths, all round the point (0, 0)."""

import math
from collections.abc import Sequence

Point = tuple[float, float]


def polar(radius: float, degrees: float) -> Point:
    """A point on a circle; 0 degrees is straight up, and clockwise from there."""
    angle = math.radians(degrees - 90)
    return radius * math.cos(angle), radius * math.sin(angle)


def rounded(corners: Sequence[Point], radius: float) -> str:
    """A closed outline through these corners, each cut off and rounded."""
    parts: list[str] = []
    for place, (x, y) in enumerate(corners):
        before, after = corners[place - 1], corners[(place + 1) % len(corners)]
        start, end = (_towards((x, y), other, radius) for other in (before, after))
        parts.append(f"{'L' if parts else 'M'}{start[0]:.1f} {start[1]:.1f}")
        parts.append(f"Q{x:.1f} {y:.1f} {end[0]:.1f} {end[1]:.1f}")
    return " ".join(parts) + "Z"


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = math.dist(start, end)
    share = min(distance / length, 0.5)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def polygon(sides: int, radius: float, *, turn: float = 0, soft: float = 30) -> str:
    corners = [polar(radius, turn + 360 / sides * place) for place in range(sides)]
    return rounded(corners, soft)


def star(points: int, outer: float, inner: float, *, soft: float = 6, turn: float = 0) -> str:
    corners = []
    for place in range(points):
        corners.append(polar(outer, turn + 360 / points * place))
        corners.append(polar(inner, turn + 360 / points * (place + 0.5)))
    return rounded(corners, soft)


def scallops(number: int, radius: float, depth: float) -> str:
    """A circle with a lacy edge."""
    parts: list[str] = []
    for place in range(number):
        start = polar(radius - depth, 360 / number * place)
        middle = polar(radius + depth, 360 / number * (place + 0.5))
        end = polar(radius - depth, 360 / number * (place + 1))
        parts.append("" if parts else f"M{start[0]:.1f} {start[1]:.1f}")
        parts.append(f"Q{middle[0]:.1f} {middle[1]:.1f} {end[0]:.1f} {end[1]:.1f}")
    return " ".join(parts) + "Z"


def shield(width: float, top: float, bottom: float) -> str:
    """Flat shoulders with a small rise in the middle, and a point below."""
    half = width / 2
    belly = bottom * 0.42
    return (
        f"M0 {top - 16} C{half * 0.4} {top + 8} {half * 0.75} {top + 12} {half} {top + 6}"
        f" L{half} {belly - 60} C{half} {belly + 60} {half * 0.5} {bottom - 30} 0 {bottom}"
        f" C{-half * 0.5} {bottom - 30} {-half} {belly + 60} {-half} {belly - 60}"
        f" L{-half} {top + 6} C{-half * 0.75} {top + 12} {-half * 0.4} {top + 8} 0 {top - 16}Z"
    )


def squircle(half: float) -> str:
    bend = half * 0.97
    return (
        f"M0 {-half} C{bend} {-half} {half} {-bend} {half} 0 C{half} {bend} {bend} {half} 0 {half}"
        f" C{-bend} {half} {-half} {bend} {-half} 0 C{-half} {-bend} {-bend} {-half} 0 {-half}Z"
    )


def stamp(width: float, height: float, teeth: Point, depth: float) -> str:
    """A rectangle with perforated edges; `teeth` per side, across and down."""
    left, top = -width / 2, -height / 2
    across, down = width / teeth[0], height / teeth[1]
    bite = f"a{depth} {depth} 0 0 0"
    parts = [f"M{left} {top}"]
    for steps, x, y in (
        (int(teeth[0]), across, 0.0),
        (int(teeth[1]), 0.0, down),
        (int(teeth[0]), -across, 0.0),
        (int(teeth[1]), 0.0, -down),
    ):
        length = abs(x + y)
        rest = (length - 2 * depth) / 2 / length
        for _ in range(steps):
            parts.append(f"l{x * rest:.2f} {y * rest:.2f}")
            parts.append(f"{bite} {x / length * 2 * depth:.2f} {y / length * 2 * depth:.2f}")
            parts.append(f"l{x * rest:.2f} {y * rest:.2f}")
    return " ".join(parts) + "Z"


def waves(y: float, *, height: float, length: float, reach: float = 260) -> str:
    """A sea from y downwards, with its waves on top."""
    parts = [f"M{-reach} {y}"]
    at = -reach
    while at < reach:
        parts.append(f"q{length / 4:.1f} {-height} {length / 2:.1f} 0")
        parts.append(f"q{length / 4:.1f} {height} {length / 2:.1f} 0")
        at += length
    return " ".join(parts) + f" L{at} 300 L{-reach} 300Z"
