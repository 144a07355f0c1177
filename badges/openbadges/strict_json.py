"""Reading JSON that a stranger wrote: bounded, unambiguous, and safe to store.

The standard library accepts duplicate names (last wins, so two readers can see two badges),
NaN, NUL and lone surrogates (which no database stores), and nests as deep as the stack allows.
All of these are refused here, with a sentence.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from badges.openbadges.errors import Unreadable
from badges.openbadges.words import say

JsonObject = dict[str, Any]

MAX_TEXT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a document may be. Pictures embedded as `data:` count as text only."""

    depth: int = 32
    nodes: int = 5_000
    string: int = 64 * 1024


CREDENTIAL = Limits()
# A revocation list is flat, and long by nature.
REGISTER = Limits(nodes=200_000)

# Embedded pictures and credentials, and compressed status lists: bounded by MAX_TEXT alone.
# European credentials write JPEG, PNG and SVG as bare base64.
LONG = ("data:", "eyJ", "uH4s", "H4s", "/9j/", "iVBORw0KGgo", "PHN2Zy", "PD94bWw")
SURROGATE = re.compile("[\ud800-\udfff]")


def loads(text: str, limits: Limits = CREDENTIAL) -> Any:
    """Parse `text`, or raise `Unreadable` with a code that says why."""
    if len(text) > MAX_TEXT:
        raise Unreadable("json.too_big", say("This badge is larger than 1 MB, so it was not read."))
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
    except RecursionError:
        raise _too_complex() from None
    except ValueError:
        raise Unreadable(
            "json.syntax",
            say("The text of this badge is cut off or damaged. Download the badge again."),
        ) from None
    _walk(value, limits)
    return value


def loads_object(text: str, limits: Limits = CREDENTIAL) -> JsonObject:
    """As `loads`, for documents that must be one object."""
    value = loads(text, limits)
    if not isinstance(value, dict):
        raise Unreadable("json.not_object", say("This file holds data, but not a badge."))
    return value


def decode(data: bytes) -> str:
    """UTF-8 text with any byte order mark taken off."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(
            "text.encoding",
            say("This file is neither a picture nor readable text, so it is no badge."),
        ) from None


def _unique(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable(
            "json.duplicate",
            say(
                "This badge says the same thing twice, in two ways, so its meaning is not certain."
            ),
        )
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _too_complex() -> Unreadable:
    return Unreadable(
        "json.too_complex", say("This badge has far more parts than any real badge has.")
    )


def _walk(value: Any, limits: Limits) -> None:
    """Check every node, level by level: no recursion, so no input can exhaust the stack."""
    level, seen = [value], 0
    for _ in range(limits.depth + 1):
        deeper: list[Any] = []
        for node in level:
            if isinstance(node, str):
                _check_string(node, limits)
            elif isinstance(node, dict):
                for name in node:
                    _check_string(name, limits)
                deeper.extend(node.values())
            elif isinstance(node, list):
                deeper.extend(node)
        seen += len(level)
        if seen + len(deeper) > limits.nodes:
            raise _too_complex()
        if not deeper:
            return
        level = deeper
    raise _too_complex()


def _check_string(text: str, limits: Limits) -> None:
    if len(text) > limits.string and not text.startswith(LONG):
        raise _too_complex()
    if "\x00" in text or (not text.isascii() and SURROGATE.search(text)):
        raise Unreadable(
            "json.characters", say("The text of this badge holds characters that cannot be stored.")
        )
