"""What somebody did, by year: the badges of a page and the steps that their owner adds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from portfolio.services.pageview import EntryView
from portfolio.services.sectionview import ItemView

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the timeline: either a badge or a step of its owner's own."""

    order: str
    entry: EntryView | None = None
    item: ItemView | None = None


@dataclass(frozen=True, slots=True)
class Year:
    name: str
    moments: tuple[Moment, ...]


def years(entries: Iterable[EntryView], items: Iterable[ItemView]) -> tuple[Year, ...]:
    """The newest year first; what has no year comes last, under no name."""
    by: dict[str, list[Moment]] = {}
    for entry in entries:
        day = entry.issued.iso if entry.issued else ""
        by.setdefault(day[:4], []).append(Moment(order=day, entry=entry))
    for item in items:
        found = YEAR.findall(item.when)
        year = max(found, default="")
        by.setdefault(year, []).append(Moment(order=f"{year}-12-31", item=item))
    return tuple(
        Year(name, tuple(sorted(by[name], key=lambda moment: moment.order, reverse=True)))
        for name in sorted(by, reverse=True)
    )
