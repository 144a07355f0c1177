"""The trust ladder in words, the same on every page, in every document and in the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.models import Badge, Recipient, Result, Trust, Verification

QUESTIONS = {
    "readable": gettext_lazy("Can it be read?"),
    "signature": gettext_lazy("Is it genuine and unchanged?"),
    "issuer": gettext_lazy("Did the named issuer issue it?"),
    "recipient": gettext_lazy("Was it issued to this person?"),
    "period": gettext_lazy("Is it in date?"),
    "status": gettext_lazy("Is it still in force?"),
    "schema": gettext_lazy("Is it complete?"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One check in the panel. `outcome` is the core's word and chooses icon and colour."""

    check: str
    question: str
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything a trust panel shows."""

    state: Result
    words: str
    verified: bool
    checked_at: datetime | None
    checking: bool
    lines: tuple[Line, ...]


def words(badge: Badge, now: datetime) -> str:
    """Which rung of the ladder the badge stands on, as a short sentence."""
    if badge.result == Result.UNKNOWN and badge.unknown_since:
        return _("Could not be checked since %(date)s") % {"date": _date(badge.unknown_since)}
    if badge.trust == Trust.HOSTED and badge.checked_at:
        return _("Checked with %(host)s on %(date)s") % {
            "host": badge.host or _("the issuing platform"),
            "date": _date(badge.checked_at),
        }
    return str(Trust(badge.trust).label)


def mark(badge: Badge, now: datetime) -> tuple[str, str]:
    """The one chip of a card: a code for its look, and its words.

    `verified` is earned only by a proven badge in force that names this very person; a proven
    badge of somebody else says so instead of shining.
    """
    state = badge.state(now)
    if badge.is_verified(now):
        return "verified", _("Verified")
    if state == Result.VALID and badge.recipient == Recipient.OTHER:
        return "other", _("Address not confirmed")
    if state == Result.VALID and badge.recipient == Recipient.UNNAMED:
        return "unnamed", _("Genuine, names no address")
    if state == Result.UNSIGNED:
        return "stated", _("Stated by the learner")
    return state.value, str(state.label)


def panel(*, badge: Badge, check: Verification | None, now: datetime) -> Panel:
    """The trust panel of a badge from its newest check. Runs no query."""
    return Panel(
        state=badge.state(now),
        words=words(badge, now),
        verified=badge.is_verified(now),
        checked_at=check.checked_at if check else None,
        checking=badge.is_being_checked(now),
        lines=lines(check.findings if check else []),
    )


def lines(findings: Sequence[dict[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            check=found["check"],
            question=str(QUESTIONS.get(found["check"], found["check"])),
            outcome=found["outcome"],
            detail=found["detail"],
        )
        for found in findings
    )


def _date(moment: datetime) -> str:
    return formats.date_format(moment, "j F Y")
