"""Gives a badge back what its learner had added to it: tags, evidence, reflections.

All of it is the learner's own and for nobody else, so it counts for nothing; it only has to fit
within the same bounds as what is typed here. What is here already is not added again.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from accounts.services import audit
from badges.models import Badge, Evidence, Reflection
from badges.services import by_hand, organising, originals, showing
from portfolio.services import foreign

MAX_TAGS = 50  # of one badge

Json = dict[str, Any]
Part = Callable[[Any, int], bytes]


def give_back(*, badge: Badge, record: Json, part: Part, now: datetime) -> None:
    """Add what `record` tells. `part` reads a file of the export, b"" when it cannot be had."""
    _tags(badge, record.get("tags"))
    _evidence(badge, foreign.objects(record.get("own_evidence"), foreign.MANY), part, now)
    _reflections(badge, foreign.objects(record.get("reflections"), foreign.MANY), now)


def _tags(badge: Badge, told: Any) -> None:
    names = [foreign.words(one, 40) for one in told[:MAX_TAGS]] if isinstance(told, list) else []
    try:
        wanted = organising.names_in(",".join(name.replace(",", " ") for name in names))
        organising.tag(owner=badge.owner, badges=[badge.pk], names=wanted)
    except (organising.NoTag, organising.TooManyTags):
        return


def _evidence(badge: Badge, told: list[Json], part: Part, now: datetime) -> None:
    fields = ("kind", "title", "text", "url", "file__digest")
    here = set(badge.own_evidence.values_list(*fields))
    for one in told:
        if len(here) >= showing.MAX_EVIDENCE:
            return
        row = Evidence(
            badge=badge,
            kind=foreign.choice(one.get("kind"), Evidence.Kind.values),
            title=foreign.words(one.get("title"), 200),
            text=foreign.words(one.get("text"), 5000),
            created_at=foreign.moment(one.get("created_at"), before=now) or now,
        )
        if row.kind == Evidence.Kind.LINK:
            row.url = _link(one.get("url"))
        elif row.kind == Evidence.Kind.FILE and not _file(row, one.get("file"), part, now):
            continue
        if not (row.kind and row.title and (row.file or row.url or row.text)):
            continue
        if row.kind == Evidence.Kind.LINK and not row.url:
            continue
        key = (row.kind, row.title, row.text, row.url, row.file.digest if row.file else None)
        if key not in here:
            here.add(key)
            row.save()
            audit.record(
                actor=badge.owner, action="evidence.added", target=badge, kind=str(row.kind)
            )


def _link(value: Any) -> str:
    link = foreign.address(value)[:2000]
    try:
        URLValidator(schemes=["https"])(link)
    except ValidationError:
        return ""
    return link


def _file(row: Evidence, told: Any, part: Part, now: datetime) -> bool:
    """The file, if it is of the kinds that are taken."""
    if not isinstance(told, dict):
        return False
    name = foreign.words(told.get("name"), 300)
    data = part(told.get("file"), by_hand.MAX_FILE)
    try:
        by_hand.check_evidence(by_hand.File(name, data))
    except by_hand.NotEvidence:
        return False
    row.file = originals.keep(owner=row.badge.owner, data=data, name=name, now=now)
    return True


def _reflections(badge: Badge, told: list[Json], now: datetime) -> None:
    here = set(badge.reflections.values_list("on", "text"))
    for one in told:
        text, on = foreign.words(one.get("text"), 5000), _day(one.get("on"))
        if not text.strip() or on is None or (on, text) in here:
            continue
        if len(here) >= showing.MAX_REFLECTIONS:
            return
        here.add((on, text))
        at = foreign.moment(one.get("created_at"), before=now) or now
        Reflection.objects.create(badge=badge, on=on, text=text, created_at=at, updated_at=at)


def _day(value: Any) -> date | None:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return day if 1900 <= day.year <= 2199 else None
