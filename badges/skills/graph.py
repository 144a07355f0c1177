"""How skills hang together: what is a kind of what, and what lies beside it. Written for Laurel.

By name, because our own skills are known by their names; whoever asks turns names into rows.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent / "related.json"
STEPS = 2  # a framework is a kind of its language, and that of programming


@dataclass(frozen=True, slots=True)
class Edge:
    """`kind` says what the named skill is to the one that was asked about."""

    name: str
    kind: str  # "narrower", "broader" or "beside"


@cache
def _edges() -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, list[str]]]:
    broader: dict[str, list[str]] = {}
    narrower: dict[str, list[str]] = {}
    beside: dict[str, list[str]] = {}
    for one in json.loads(FILE.read_text(encoding="utf-8")):
        name = one["name"]
        for other in one.get("is", ()):
            broader.setdefault(name, []).append(other)
            narrower.setdefault(other, []).append(name)
        for other in one.get("beside", ()):
            beside.setdefault(name, []).append(other)
            beside.setdefault(other, []).append(name)
    return broader, narrower, beside


@cache
def names() -> frozenset[str]:
    """Everything that is related to something."""
    return frozenset(name for kind in _edges() for name in kind)


@cache
def around(name: str) -> tuple[Edge, ...]:
    """What is related to a skill, the nearest first.

    What is a kind of it proves part of it, over two steps; the field that it belongs to only over
    one: whoever can programme does not therefore know any one framework.
    """
    return tuple({edge.name: edge for edge in reversed(list(_walk(name)))}.values())[::-1]


def _walk(name: str) -> Iterator[Edge]:
    broader, narrower, beside = _edges()
    level = [name]
    for _step in range(STEPS):
        level = [child for one in level for child in narrower.get(one, ())]
        yield from (Edge(child, "narrower") for child in level if child != name)
    yield from (Edge(parent, "broader") for parent in broader.get(name, ()))
    yield from (Edge(other, "beside") for other in beside.get(name, ()))
