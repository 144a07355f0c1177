"""What an import found, in the groups from which its owner chooses.

Each row stands in one group only, which says the first thing to know about it: a badge that was
taken back and names another address is, before all, taken back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from badges.models import Badge, ImportItem, ImportJob, Recipient, Result
from badges.services import history
from badges.services.tally import Progress
from badges.sources.laurel import Laurel

State = ImportItem.State

# In the order of the page: what is wanted most comes first.
TITLES = {
    "new": gettext_lazy("New"),
    "changed": gettext_lazy("Changed since"),
    "other": gettext_lazy("For another address"),
    "unchecked": gettext_lazy("Could not be checked"),
    "expired": gettext_lazy("Expired"),
    "revoked": gettext_lazy("Revoked or suspended"),
    "invalid": gettext_lazy("Not valid"),
}
# What is ticked from the start. The rest is worth a thought: a badge that was taken back or fails
# its checks helps nobody, and one for another address may be somebody else's.
TICKED = {"new", "changed", "unchecked", "expired"}
# Whoever comes home with an export has chosen its badges before, and their pages hold them.
CHOSEN_BEFORE = {Laurel.name}
OF_RESULT = {
    Result.REVOKED: "revoked",
    Result.SUSPENDED: "revoked",
    Result.INVALID: "invalid",
    Result.UNREADABLE: "invalid",
    Result.NOT_YET_VALID: "new",
}


@dataclass(slots=True)
class Group:
    """Rows of one kind. `ticked` says whether they are chosen unless their owner says no."""

    key: str
    title: Any
    ticked: bool
    rows: list[ImportItem] = field(default_factory=list)

    @property
    def is_folded(self) -> bool:
        """Long lists of what was here all along hide what is news."""
        return self.key == State.ALREADY and len(self.rows) > 8


def kind_of(item: ImportItem, badge: Badge, now: datetime) -> str:
    """The group of one offered row."""
    if item.state == State.CHANGED:
        return "changed"
    state = badge.state(now)
    if state in OF_RESULT:
        return OF_RESULT[state]
    if badge.recipient == Recipient.OTHER:
        return "other"
    if state == Result.EXPIRED:
        return "expired"
    return "unchecked" if state == Result.UNKNOWN else "new"


def groups(items: Iterable[ImportItem], now: datetime) -> list[Group]:
    """What can be chosen, in groups; those without a row are left out. Runs no query."""
    made = {key: Group(key, title, key in TICKED) for key, title in TITLES.items()}
    for item in items:
        if item.badge is not None and is_open(item):
            made[kind_of(item, item.badge, now)].rows.append(item)
    return [group for group in made.values() if group.rows]


def is_open(item: ImportItem) -> bool:
    """Whether this row waits for its owner's yes or no."""
    return item.state in {State.OFFERED, State.CHANGED} and not item.accepted


def is_settled(item: ImportItem) -> bool:
    """Whether what became of this row is known."""
    taken = {State.ADDED, State.ALREADY, State.REFUSED, State.SKIPPED, State.UNDONE}
    return item.state in taken or (item.state == State.CHANGED and item.accepted)


def left_out(items: Iterable[ImportItem]) -> list[ImportItem]:
    """What its owner did not want when it was offered, and may want now."""
    return [item for item in items if item.state == State.LEFT_OUT]


def is_ticked(item: ImportItem) -> bool:
    """Whether this row is chosen unless its owner says no, in whatever group it stands."""
    return item.reader in CHOSEN_BEFORE


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of an import in words, and the part of its page that has the rows."""

    words: str
    place: str = ""


# What became of rows, in the order of the page: what did not work comes first.
SETTLED = {
    State.REFUSED: gettext_lazy("Not added"),
    State.ADDED: gettext_lazy("Added"),
    State.CHANGED: gettext_lazy("Renewed"),
    State.ALREADY: gettext_lazy("Already here"),
    State.SKIPPED: gettext_lazy("Left out"),
    State.UNDONE: gettext_lazy("Taken back"),
}


def settled(items: Iterable[ImportItem]) -> list[Group]:
    """Rows whose end is known, by what it was. Runs no query."""
    made = {key: Group(key.value, title, ticked=False) for key, title in SETTLED.items()}
    for item in items:
        if is_settled(item):
            made[State(item.state)].rows.append(item)
    return [group for group in made.values() if group.rows]


def facts(counts: Progress, offered: Iterable[Group]) -> list[Fact]:
    """The numbers of an import, the one that matters most first. None of them is nought."""
    found = [Fact(f"{len(group.rows)} {_lower(group.title)}", group.key) for group in offered]
    refused = {
        "refused": (counts.refused, _("not added")),
        "already": (counts.already, _("already here")),
        "skipped": (counts.skipped, _("left out")),
        "undone": (counts.undone, _("taken back")),
        "left_out": (counts.left_out, _("left out earlier")),
    }
    if counts.added:
        words = ngettext("%(count)s badge added", "%(count)s badges added", counts.added)
        found.insert(0, Fact(words % {"count": counts.added}, "added"))
    renewed = counts.changed - sum(len(group.rows) for group in offered if group.key == "changed")
    if renewed:
        words = ngettext("%(count)s badge renewed", "%(count)s badges renewed", renewed)
        found.append(Fact(words % {"count": renewed}, "changed"))
    found += [Fact(f"{count} {words}", key) for key, (count, words) in refused.items() if count]
    if counts.put_off:
        words = ngettext("%(n)s waits for its site", "%(n)s wait for their sites", counts.put_off)
        found.append(Fact(words % {"n": counts.put_off}, "waiting"))
    # Alone, these only repeat the headline.
    return [] if len(found) == 1 and found[0].place in {*refused, "waiting"} else found


def headline(job: ImportJob, counts: Progress, *, offers: bool, waits: bool) -> str:
    """What the page of an import is called at this moment."""
    if not job.is_over and not waits:
        return _("Reading and checking")
    if offers:
        return _("What was found")
    if counts.added or counts.changed:
        return _("In your backpack")
    if waits:
        return _("Waiting for an answer")
    if job.undone_at:
        return _("Taken back")
    if counts.already and counts.already == counts.total:
        return _("All of these are already here")
    if counts.left_out and counts.already + counts.left_out == counts.total:
        return _("Nothing new")
    return _("Nothing was added")


def _lower(title: Any) -> str:
    words = str(title)
    return words[:1].lower() + words[1:]


def look(badge: Badge) -> tuple[object, ...]:
    """All that the marks beside a row depend on: rows with the same look are drawn alike."""
    days = [_day(at) for at in (badge.checked_at, badge.unknown_since, badge.seen_at)]
    said = (badge.basis, badge.stated_by)
    return (badge.trust, badge.result, badge.recipient, badge.host, *said, *days)


def days(badge: Badge) -> tuple[date | None, date | None]:
    """From when to when a badge counts, as a row tells it."""
    return _day(badge.issued_at), _day(badge.expires_at)


def _day(at: datetime | None) -> date | None:
    return localdate(at) if at else None


def told(item: ImportItem) -> list[str]:
    """What changed, a sentence each."""
    return [history.sentence(change) for change in item.changes]


def is_compared_anew(badge: Badge, changed_at: datetime | None) -> bool:
    """Whether its owner's addresses changed after this badge was compared with them."""
    return bool(changed_at and badge.checked_at and changed_at > badge.checked_at)
