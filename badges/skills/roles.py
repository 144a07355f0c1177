"""Roles that people work towards, each with the skills it usually asks for. Written for Laurel.

A beginning and no standard: whoever makes a goal of one takes away what does not fit.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent / "roles.json"


@dataclass(frozen=True, slots=True)
class Role:
    """`titles` by language; English is always there."""

    slug: str
    titles: tuple[tuple[str, str], ...]
    must: tuple[str, ...]
    nice: tuple[str, ...]

    def title(self, language: str | None) -> str:
        titles = dict(self.titles)
        return titles.get((language or "en").partition("-")[0], titles["en"])


@cache
def roles() -> dict[str, Role]:
    """By slug, in the order of the file."""
    found = {}
    for one in json.loads(FILE.read_text(encoding="utf-8")):
        titles = tuple((language, one[language]) for language in ("en", "de", "fr", "es"))
        found[one["slug"]] = Role(one["slug"], titles, tuple(one["must"]), tuple(one["nice"]))
    return found
