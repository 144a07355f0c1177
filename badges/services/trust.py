"""The trust ladder in words, the same on every page, in every document and in the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.models import Badge, Basis, Recipient, Result, Trust, Verification
from badges.openbadges import strict_json
from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.values import obj, objects, text
from badges.services.telling import told_again

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
    stated: str = ""  # what it rests on, when nobody signed it
    holder: str = ""  # whom its platform names there; for its owner alone


def words(badge: Badge) -> str:
    """Which rung of the ladder the badge stands on, as a short sentence."""
    if badge.result == Result.UNKNOWN and badge.unknown_since:
        return _("Could not be checked since %(date)s") % {"date": _date(badge.unknown_since)}
    if badge.trust == Trust.HOSTED and badge.checked_at:
        return _("Checked with %(host)s on %(date)s") % {
            "host": badge.host or _("the issuing platform"),
            "date": _date(badge.checked_at),
        }
    if badge.trust == Trust.EXPORT:
        return stated(badge.basis, badge.stated_by, badge.seen_at)
    return str(Trust(badge.trust).label)


def stated(basis: str, by: str, seen_at: datetime | None) -> str:
    """What stands behind a badge that nobody signed: who says so, and when it was seen there.

    The holder that a platform names is not in it: readers of a shared page see the name that the
    learner chose, and no other.
    """
    who = by or _("the platform")
    if basis == Basis.EXPORT or seen_at is None:
        return _("Stated by %(platform)s’s export") % {"platform": who}
    told = {"platform": who, "date": _date(seen_at)}
    if basis == Basis.PAGE:
        return _("%(platform)s’s page names this course, seen on %(date)s") % told
    return _("%(platform)s’s site says so, seen on %(date)s") % told


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
        if badge.trust == Trust.EXPORT and badge.stated_by:
            return "stated", _("Stated by %(platform)s") % {"platform": badge.stated_by}
        return "stated", _("Stated by the learner")
    return state.value, str(state.label)


def panel(*, badge: Badge, check: Verification | None, now: datetime) -> Panel:
    """The trust panel of a badge from its newest check. Runs no query."""
    return Panel(
        state=badge.state(now),
        words=words(badge),
        verified=badge.is_verified(now),
        checked_at=check.checked_at if check else None,
        checking=badge.is_being_checked(now),
        lines=lines(check.findings if check else []),
        stated=words(badge) if badge.trust == Trust.EXPORT else "",
        holder=_holder(badge) if badge.trust == Trust.EXPORT else "",
    )


def _holder(badge: Badge) -> str:
    """The name that a platform's statement gives its holder. Nothing is concluded from it."""
    try:
        document = strict_json.loads(bytes(badge.document).decode())
    except (OpenBadgesError, UnicodeDecodeError):
        return ""
    named = objects(obj(obj(document).get("credentialSubject")).get("identifier"))
    names = (text(one.get("identityHash")) for one in named if one.get("identityType") == "name")
    return next(names, "")[:200]


def lines(findings: Sequence[dict[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            check=found["check"],
            question=str(QUESTIONS.get(found["check"], found["check"])),
            outcome=found["outcome"],
            detail=told_again(found),
        )
        for found in findings
    )


def _date(moment: datetime) -> str:
    return formats.date_format(moment, "DATE_FORMAT")
