"""Makes the pages and sources of an export again, under their owner of today.

A page that is here already, in the same words and with the same badges, is filled up where
something is missing and never doubled.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from badges.models import Source
from badges.services import following, leaving
from badges.sources import readers, recognise_link
from portfolio.models import Accent, Entry, Layout, Page, Restoration, Section, Typeface
from portfolio.services import foreign, sections, sectionview
from portfolio.services.pages import MAX_BADGES, MAX_PAGES

Json = dict[str, Any]
Wanted = Sequence[tuple[UUID, str]]  # badges in their order, each with its note


def words_of(told: Json) -> Json | None:
    """What a page says of itself, as long as its form allows. None without a title."""
    found = {
        "title": foreign.words(told.get("title"), 160),
        "line": foreign.words(told.get("line"), 300),
        "intro": foreign.words(told.get("intro"), 5000),
        "hide_expired": told.get("hide_expired") is True,
    }
    return found if str(found["title"]).strip() else None


def look_of(told: Any) -> Json:
    """How it looked, as far as pages here can look like that."""
    look = told if isinstance(told, dict) else {}
    return {
        "layout": foreign.choice(look.get("layout"), Layout.values) or Layout.CLASSIC.value,
        "typeface": foreign.choice(look.get("type"), Typeface.values) or Typeface.EDITORIAL.value,
        "accent": foreign.choice(look.get("colour"), Accent.values) or Accent.LAUREL.value,
    }


def sections_of(told: Json) -> list[tuple[str, Json]]:
    """Its sections in their order, each with the id that it has in the file. An export of a time
    before there were sections gets those that every page starts with."""
    found = []
    for one in foreign.objects(told.get("sections"), sections.MAX_SECTIONS):
        kind = foreign.choice(one.get("kind"), Section.Kind.values)
        if not kind:
            continue
        lines = [
            {
                key: foreign.words(line.get(key), longest)
                for key, longest in sections.LONGEST.items()
            }
            for line in foreign.objects(one.get("lines"), sectionview.MAX_ITEMS)
        ]
        arrangement = foreign.choice(one.get("arrangement"), Section.Arrangement.values)
        words = {
            "kind": kind,
            "title": foreign.words(one.get("title"), 120),
            "text": foreign.words(one.get("text"), 5000),
            "arrangement": arrangement or Section.Arrangement.GRID.value,
            "items": sections.clean(lines),
        }
        found.append((foreign.words(one.get("id"), 200), words))
    if found or "sections" in told:
        return found
    return [(kind.value, {"kind": kind.value}) for kind in sectionview.DEFAULT]


def entries_of(told: Json, badges: Mapping[str, UUID]) -> Wanted:
    """Those of its badges that came home, each once, in their order."""
    found: dict[UUID, str] = {}
    for entry in foreign.objects(told.get("entries"), MAX_BADGES):
        pk = badges.get(foreign.words(entry.get("badge"), 200))
        if pk is not None and pk not in found:
            found[pk] = foreign.words(entry.get("note"), 500)
    return list(found.items())


def make_page(
    *, row: Restoration, owner: User, told: Json, badges: Mapping[str, UUID], now: datetime
) -> tuple[bool, int] | None:
    """Make a page, or find it. Returns whether it is new and how many notes came with it; None
    when nothing can be made of it."""
    said = words_of(told)
    if said is None:
        return None
    wanted = entries_of(told, badges)
    with transaction.atomic():
        # Two imports of one export at once would both find no such page.
        User.objects.select_for_update().get(pk=owner.pk)
        mine = Page.objects.owned_by(owner)
        same = mine.filter(**said).prefetch_related("entries")
        page = next((one for one in same if _is_like(one, wanted)), None)
        if page is not None:
            return False, _fill(page, wanted)
        if mine.count() >= MAX_PAGES:
            return None
        page = Page.objects.create(
            owner=owner,
            created_at=foreign.moment(told.get("created_at"), before=now) or now,
            updated_at=foreign.moment(told.get("updated_at"), before=now) or now,
            **said,
            **look_of(told.get("look")),
        )
        notes = _fill(page, wanted)
        _divide(page, told, badges)
        row.refresh_from_db(fields=["made"])
        row.made.setdefault("pages", {})[str(page.pk)] = page.updated_at.isoformat()
        row.save(update_fields=["made"])
    return True, notes


def _divide(page: Page, told: Json, badges: Mapping[str, UUID]) -> None:
    """Make the sections of a new page, and put its badges where they stood."""
    made: dict[str, Section] = {}
    for place, (key, words) in enumerate(sections_of(told)):
        made[key] = Section.objects.create(page=page, position=place, **words)
    holders = {key: row for key, row in made.items() if row.kind == Section.Kind.BADGES}
    for entry in foreign.objects(told.get("entries"), MAX_BADGES):
        home = holders.get(foreign.words(entry.get("section"), 200))
        badge = badges.get(foreign.words(entry.get("badge"), 200))
        if home is not None and badge is not None:
            Entry.objects.filter(page=page, badge=badge).update(section=home)
    first = next(iter(holders.values()), None)
    if first is not None:
        Entry.objects.filter(page=page, section=None).update(section=first)


def _is_like(page: Page, wanted: Wanted) -> bool:
    """Whether one of the two holds all that the other does."""
    have = {(entry.badge_id, entry.note) for entry in page.entries.all()}
    return have <= set(wanted) or set(wanted) <= have


def _fill(page: Page, wanted: Wanted) -> int:
    """Put on the page what it lacks; in the old order, unless its owner has made a new one."""
    have = list(page.entries.order_by("position", "pk"))
    there = [entry.badge_id for entry in have]
    missing = [(pk, note) for pk, note in wanted if pk not in set(there)]
    if not missing:
        return 0
    old = [pk for pk, _note in wanted]
    order = old if there == [pk for pk in old if pk in set(there)] else []
    order = order or there + [pk for pk, _note in missing]
    place = {pk: position for position, pk in enumerate(order)}
    for entry in have:
        entry.position = place[entry.badge_id]
    Entry.objects.bulk_update(have, ["position"], batch_size=200)
    Entry.objects.bulk_create(
        Entry(page=page, badge_id=pk, note=note, position=place[pk]) for pk, note in missing
    )
    return sum(bool(note) for _pk, note in missing)


def _left_out(told: Json) -> list[str]:
    keys = told.get("left_out")
    some = keys[: leaving.MOST] if isinstance(keys, list) else []
    return [key for key in (foreign.words(one, 300) for one in some) if key]


def make_source(*, row: Restoration, owner: User, told: Json, now: datetime) -> Source | None:
    """A place to look at for new badges, paused: its owner decides whether it is still theirs.

    What its reader needs to know is read anew from its address, and not taken from the file. So
    an account that was connected comes back only by connecting it.
    """
    seen = recognise_link(foreign.address(told.get("url")))
    if seen is None or not seen.lasting or seen.reader != told.get("reader"):
        return None
    if seen.reader not in readers():
        return None
    mode = foreign.choice(told.get("when_new"), Source.Mode.values) or Source.Mode.OFFER
    mine = Source.objects.owned_by(owner)
    key = Source.key_of(seen.reader, seen.answers)
    if mine.count() >= following.MAX_SOURCES and not mine.filter(key=key).exists():
        return None
    with transaction.atomic():
        source, new = Source.objects.get_or_create(
            owner=owner,
            key=key,
            defaults={
                "reader": seen.reader,
                "answers": dict(seen.answers),
                "title": foreign.words(told.get("title"), 300) or seen.words[:300],
                "url": foreign.address(told.get("url")),
                "mode": mode,
                "paused": True,
                "left_out": _left_out(told),
                "created_at": foreign.moment(told.get("created_at"), before=now) or now,
            },
        )
        if new:
            row.refresh_from_db(fields=["made"])
            row.made.setdefault("sources", []).append(str(source.pk))
            row.save(update_fields=["made"])
    return source
