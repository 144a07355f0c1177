"""The last changes of a page, each with the page as it was: undo, and do again.

A step keeps the whole content of its page before the change. That is a few kilobytes, and it makes
every change undoable in the same way, those that are not written yet included. Going back never
looks at what the change was, so it cannot get that wrong.

Two open tabs are told apart by marks: a form carries the mark of what it showed. Whoever saves
over something that has changed since is asked, and nothing is lost meanwhile.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from badges.models import Badge
from portfolio.models import Entry, Page, Section, Step

KEPT = 40
TOGETHER = timedelta(minutes=2)  # typing in one field for so long is one step
WORDS = ("title", "line", "intro", "hide_expired")
THEME = ("accent", "layout", "typeface")
OF_SECTION = ("kind", "title", "text", "arrangement", "items", "position")

Json = dict[str, Any]


WORDS_OF = {
    "page.words": gettext_lazy("the words at the top"),
    "page.look": gettext_lazy("the look"),
    "badges.added": gettext_lazy("badges added"),
    "badge.removed": gettext_lazy("%(about)s taken off"),
    "badge.note": gettext_lazy("the note on %(about)s"),
    "badge.moved": gettext_lazy("%(about)s moved"),
    "badges.ordered": gettext_lazy("a new order"),
    "section.added": gettext_lazy("section %(about)s added"),
    "section.words": gettext_lazy("section %(about)s"),
    "section.removed": gettext_lazy("section %(about)s taken away"),
    "section.moved": gettext_lazy("section %(about)s moved"),
    "sections.ordered": gettext_lazy("a new order"),
}


class NothingThere(Exception):
    """No step to undo, or none to do again."""


class ChangedElsewhere(Exception):
    """What the form showed is not what stands there now. `mark` is that of today's content."""

    def __init__(self, mark: str, now_there: Json) -> None:
        super().__init__(mark)
        self.mark, self.now_there = mark, now_there


def mark_of(content: Json) -> str:
    """A short name for a content: equal for equal ones."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def compare(*, seen: str, there: Json, wanted: Json) -> None:
    """Refuse to save over what the form never showed, unless it says the same. `seen` may be
    empty: programs that name no mark take the risk."""
    if seen and seen != mark_of(there) and there != wanted:
        raise ChangedElsewhere(mark_of(there), there)


@contextmanager
def changing(
    *, page: Page, action: str, now: datetime, about: str = "", target: str = ""
) -> Iterator[None]:
    """A change of a page, alone and undoable. One that changes nothing leaves no step."""
    with transaction.atomic():
        # The update is also the lock: two changes of one page at once would lose one of them.
        Page.objects.filter(pk=page.pk).update(updated_at=now)
        page.updated_at = now
        _settle(page)
        before = content_of(page)
        yield
        if content_of(page) != before:
            _record(page, action, about, target, before, now)


def _record(page: Page, action: str, about: str, target: str, before: Json, now: datetime) -> None:
    undone = page.steps.exclude(undone_at=None)
    went_back = undone.delete()[0] > 0
    last = page.steps.first()
    goes_on = last and target and (last.action, last.target) == (action, target)
    if last and goes_on and not went_back and now - last.made_at < TOGETHER:
        Step.objects.filter(pk=last.pk).update(made_at=now)
        return
    Step.objects.create(
        page=page, action=action, about=about[:160], target=target, made_at=now, before=before
    )
    old = list(page.steps.values_list("pk", flat=True)[KEPT:])
    if old:
        Step.objects.filter(pk__in=old).delete()


def told(step: Step) -> str:
    """What a step was, in words for a button."""
    words = WORDS_OF.get(step.action)
    return str(words) % {"about": Truncator(step.about).chars(60)} if words else step.action


def next_undo(page: Page) -> Step | None:
    return page.steps.filter(undone_at=None).defer("before", "after").first()


def next_redo(page: Page) -> Step | None:
    undone = page.steps.exclude(undone_at=None).defer("before", "after")
    return undone.order_by("pk").first()


def undo(*, page: Page, step: int | None, now: datetime) -> Step:
    """Go back before the last step. `step` names the one that the button showed."""
    with transaction.atomic():
        Page.objects.filter(pk=page.pk).update(updated_at=now)
        last = page.steps.filter(undone_at=None).first()
        _expect(last, step)
        assert last is not None
        last.after, last.undone_at = content_of(page), now
        _restore(page, last.before)
        last.save(update_fields=["after", "undone_at"])
    return last


def redo(*, page: Page, step: int | None, now: datetime) -> Step:
    """Do again what was undone last."""
    with transaction.atomic():
        Page.objects.filter(pk=page.pk).update(updated_at=now)
        following = page.steps.exclude(undone_at=None).order_by("pk").first()
        _expect(following, step)
        assert following is not None
        _restore(page, following.after)
        following.undone_at = None
        following.save(update_fields=["undone_at"])
    return following


def _expect(found: Step | None, step: int | None) -> None:
    if found is None:
        raise NothingThere
    if step is not None and found.pk != step:
        raise ChangedElsewhere(str(found.pk), {})


# --- Content -----------------------------------------------------------------------------------


def content_of(page: Page) -> Json:
    """Everything that its owner may change on a page, as plain values."""
    row = Page.objects.filter(pk=page.pk).values(*WORDS, *THEME).get()
    sections = Section.objects.filter(page=page).order_by("position", "pk")
    entries = Entry.objects.filter(page=page).order_by("position", "pk")
    return {
        "page": row,
        "sections": [
            {**values, "id": str(values["id"])} for values in sections.values("id", *OF_SECTION)
        ],
        "entries": [
            [str(badge), str(section) if section else "", note]
            for badge, section, note in entries.values_list("badge_id", "section_id", "note")
        ],
    }


def _restore(page: Page, content: Json) -> None:
    """Make a page what it was. A badge that has left the backpack since stays away."""
    Page.objects.filter(pk=page.pk).update(**content["page"])
    for name, value in content["page"].items():
        setattr(page, name, value)
    told = {UUID(values["id"]): values for values in content["sections"]}
    # Entries first: a section that goes would take them along, also those of badges that are put
    # aside and may come back.
    Entry._base_manager.filter(page=page).update(section=None)
    Section.objects.filter(page=page).exclude(pk__in=told).delete()
    Section.objects.bulk_create(
        [
            Section(pk=pk, page=page, **{name: values[name] for name in OF_SECTION})
            for pk, values in told.items()
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list(OF_SECTION),
    )
    _restore_entries(page, content["entries"], set(told))


def _restore_entries(page: Page, told: list[list[str]], sections: set[UUID]) -> None:
    there = {entry.badge_id: entry for entry in page.entries.all()}
    wanted = {UUID(badge): (section, note) for badge, section, note in told}
    own = Badge.objects.owned_by(page.owner).filter(pk__in=wanted.keys() - there.keys())
    mine = set(own.values_list("pk", flat=True)) | there.keys()
    rows = []
    for position, (badge, (section, note)) in enumerate(wanted.items()):
        if badge not in mine:
            continue
        entry = there.get(badge) or Entry(page=page, badge_id=badge)
        place = UUID(section) if section else None
        entry.section_id = place if place in sections else None
        entry.position, entry.note = position, note
        rows.append(entry)
    kept = {entry.badge_id for entry in rows}
    Entry.objects.filter(page=page).exclude(badge__in=kept).delete()
    Entry.objects.bulk_update(
        [entry for entry in rows if entry.pk], ["section", "position", "note"], batch_size=200
    )
    Entry.objects.bulk_create([entry for entry in rows if not entry.pk], batch_size=200)


def _settle(page: Page) -> None:
    """Give badges that stand in no section the place where readers see them."""
    loose = Entry.objects.filter(page=page, section=None)
    if not loose.exists():
        return
    sections = list(Section.objects.filter(page=page).order_by("position", "pk"))
    home = next((row for row in sections if row.kind == Section.Kind.BADGES), None)
    if home is None:
        kinds = [Section.Kind.BADGES] if sections else [Section.Kind.SKILLS, Section.Kind.BADGES]
        made = Section.objects.bulk_create(
            Section(page=page, kind=kind, position=len(sections) + place)
            for place, kind in enumerate(kinds)
        )
        home = made[-1]
    loose.update(section=home)
