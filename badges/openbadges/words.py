"""Sentences for people that can be told in another language later.

The core speaks English and knows no catalogue. `say` marks what it says for translators, and keeps
the pattern and its values beside the finished sentence; whoever shows it tells it anew.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Self


class Said(str):
    """A finished English sentence, and what it was made from. `values` may hold other sentences,
    days and plain text; it is empty for most."""

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, "str | date"]

    def __new__(cls, pattern: str, values: Mapping[str, "str | date"]) -> Self:
        shown = {
            name: f"{one.day} {one:%B %Y}" if isinstance(one, date) else one
            for name, one in values.items()
        }
        said = super().__new__(cls, pattern.format(**shown) if values else pattern)
        said.pattern, said.values = pattern, values
        return said

    def __reduce__(self) -> tuple[type[Self], tuple[str, Mapping[str, "str | date"]]]:
        return type(self), (self.pattern, self.values)


def say(pattern: str, **values: "str | int | date") -> Said:
    """A sentence; {names} in it stand for the values. Only literals: translators find them."""
    kept = {name: str(one) if isinstance(one, int) else one for name, one in values.items()}
    return Said(pattern, kept)


def listed(parts: Iterable[str], between: str = ", ") -> Said:
    """Several things, or sentences, one after another."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Said(between.join(f"{{{name}}}" for name in values), values)


def as_json(said: str) -> dict[str, Any] | None:
    """What a sentence was made from, for keeping; None when it needs nothing but itself."""
    if not isinstance(said, Said) or not said.values:
        return None
    values: dict[str, Any] = {}
    for name, one in said.values.items():
        if isinstance(one, date):
            values[name] = {"day": f"{one:%Y-%m-%d}"}
        elif isinstance(one, Said):
            values[name] = as_json(one) or {"say": one.pattern, "with": {}}
        else:
            values[name] = one
    return {"say": said.pattern, "with": values}
