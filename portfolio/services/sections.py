"""Sections of a page: add one, fill it, put them in order, take one away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from portfolio.models import Page, Section
from portfolio.services import pages, steps
from portfolio.services.sectionview import MAX_ITEMS

MAX_SECTIONS = 30
WORDS = ("title", "text", "arrangement", "items")
LONGEST = {"name": 160, "url": 500, "text": 500, "when": 40}

Item = dict[str, str]


class TooManySections(Exception):
    """The page has MAX_SECTIONS already."""


def add(*, page: Page, kind: str, now: datetime, after: UUID | None = None) -> Section:
    """A new section, empty, behind another one or at the end."""
    about = str(Section.Kind(kind).label)
    with steps.changing(page=page, action="section.added", about=about, now=now):
        ids = _ids(page)
        if len(ids) >= MAX_SECTIONS:
            raise TooManySections
        last = page.sections.aggregate(last=Max("position"))["last"]
        section = Section.objects.create(
            page=page, kind=kind, position=0 if last is None else last + 1
        )
        if after in ids:
            ids.insert(ids.index(after) + 1, section.pk)
            _place(ids)
    return section


def words_of(section: Section) -> dict[str, Any]:
    """What its form shows: the mark of it tells two tabs apart."""
    return {name: getattr(section, name) for name in WORDS}


def edit(
    *,
    section: Section,
    title: str,
    text: str,
    now: datetime,
    arrangement: str | None = None,
    items: Sequence[Item] = (),
    seen: str = "",
) -> Section:
    """Change its words and lines; raises steps.ChangedElsewhere."""
    wanted = {
        "title": title,
        "text": text,
        "arrangement": arrangement or section.arrangement,
        "items": clean(items),
    }
    with steps.changing(
        page=section.page,
        action="section.words",
        about=title or str(section),
        target=f"section:{section.pk}",
        now=now,
    ):
        section.refresh_from_db(fields=WORDS)
        steps.compare(seen=seen, there=words_of(section), wanted=wanted)
        for name, value in wanted.items():
            setattr(section, name, value)
        section.save(update_fields=list(wanted))
    return section


def clean(items: Sequence[Item]) -> list[Item]:
    """Those lines that say something, no longer than they may be."""
    cut = [
        {key: item.get(key, "").strip()[:longest] for key, longest in LONGEST.items()}
        for item in items
    ]
    return [item for item in cut if item["name"] or item["url"] or item["text"]][:MAX_ITEMS]


def remove(*, section: Section, now: datetime) -> None:
    """Off the page, and its badges with it: they stay in the backpack, and undo brings all back."""
    with steps.changing(page=section.page, action="section.removed", about=str(section), now=now):
        section.delete()


def move(*, section: Section, step: int, now: datetime) -> None:
    """Up by one (-1) or down by one (1); at the edge nothing happens."""
    with steps.changing(page=section.page, action="section.moved", about=str(section), now=now):
        ids = _ids(section.page)
        if section.pk not in ids:
            return
        here = ids.index(section.pk)
        there = min(max(here + step, 0), len(ids) - 1)
        ids.insert(there, ids.pop(here))
        _place(ids)
        pages.renumber(page=section.page)


def order(*, page: Page, sections: Sequence[UUID], now: datetime) -> None:
    """This order first; what it does not name stays behind it, what is not here is ignored."""
    with steps.changing(page=page, action="sections.ordered", now=now):
        ids = _ids(page)
        first = [pk for pk in dict.fromkeys(sections) if pk in set(ids)]
        _place(first + [pk for pk in ids if pk not in set(first)])
        pages.renumber(page=page)


def _ids(page: Page) -> list[UUID]:
    rows = Section.objects.filter(page=page).order_by("position", "pk")
    return list(rows.values_list("pk", flat=True))


def _place(ids: Sequence[UUID]) -> None:
    rows = [Section(pk=pk, position=place) for place, pk in enumerate(ids)]
    Section.objects.bulk_update(rows, ["position"])
