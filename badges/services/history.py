"""What happened to a badge: what its issuer changed, what it was before, and why its state moved.

Entries hold plain values; `told` turns them into sentences, in the reader's language.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import dateparse, formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.models import Badge, HistoryEntry, Result
from badges.services.telling import told_again

# The columns of a badge whose change a learner should hear of, in the order of telling.
WORDS = {
    "name": gettext_lazy("name"),
    "issuer": gettext_lazy("issuer"),
    "description": gettext_lazy("description"),
    "criteria": gettext_lazy("criteria"),
    "kind": gettext_lazy("kind"),
    "issued_at": gettext_lazy("date of issue"),
    "expires_at": gettext_lazy("end"),
    "evidence": gettext_lazy("evidence"),
    "alignments": gettext_lazy("skills"),
    "image": gettext_lazy("picture"),
}
SHORT = {"name", "issuer", "kind", "issued_at", "expires_at"}


def portrait(badge: Badge) -> dict[str, Any]:
    """What a badge says, as plain values: two of them are compared."""
    return {
        "name": badge.name,
        "issuer": badge.issuer.name if badge.issuer else "",
        "description": badge.description,
        "criteria": f"{badge.criteria_text}\n{badge.criteria_url}".strip(),
        "kind": badge.achievement_type,
        "issued_at": badge.issued_at.isoformat() if badge.issued_at else None,
        "expires_at": badge.expires_at.isoformat() if badge.expires_at else None,
        "evidence": badge.evidence,
        "alignments": badge.alignments,
        "image": badge.image_url,
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs between two portraits. Long values are told of, not repeated."""
    return [
        {"field": name} | ({"before": before[name], "after": after[name]} if name in SHORT else {})
        for name in WORDS
        if before[name] != after[name]
    ]


def changed(
    *, badge: Badge, changes: list[dict[str, Any]], at: datetime, document: bytes = b""
) -> HistoryEntry:
    """The entry, not yet saved, for what an issuer changed in place. `document` is the old word
    of its host, where one was kept."""
    return HistoryEntry(
        badge=badge, at=at, kind=HistoryEntry.Kind.CHANGED, detail={"changes": changes},
        document=document,
    )  # fmt: skip


def superseded(
    *, badge: Badge, old: Badge, changes: list[dict[str, Any]], at: datetime
) -> HistoryEntry:
    """The entry, not yet saved, for a newer version; it keeps the older one whole."""
    return HistoryEntry(
        badge=badge,
        at=at,
        kind=HistoryEntry.Kind.SUPERSEDED,
        detail={"changes": changes, "format": old.format},
        document=bytes(old.document),
        original_id=old.original_id,
    )


def moved(
    *, badge: Badge, before: Result, after: Result, reason: Mapping[str, Any], at: datetime
) -> HistoryEntry:
    """The entry, not yet saved, for a new answer to a check. `reason` is the finding behind it,
    or empty."""
    detail = {
        "before": before.value,
        "after": after.value,
        "reason": reason.get("detail", ""),
        **{name: reason[name] for name in ("say", "with") if name in reason},
    }
    return HistoryEntry(badge=badge, at=at, kind=HistoryEntry.Kind.STATE, detail=detail)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a badge's history. `more` are its details, a sentence each."""

    at: datetime
    words: str
    more: tuple[str, ...] = ()
    version: int | None = None  # the entry that keeps an older version


def told(badge: Badge, entries: Iterable[HistoryEntry]) -> list[Told]:
    """The history in sentences, newest first."""
    lines = [_marked(entry) for entry in entries]
    if badge.added_at is not None:
        lines.append(Told(badge.added_at, _("Added to the backpack")))
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _marked(entry: HistoryEntry) -> Told:
    line = _line(entry)
    if not entry.imported:
        return line
    return replace(line, more=(*line.more, _("As told by your export; not seen here.")))


def _line(entry: HistoryEntry) -> Told:
    detail, kind = entry.detail, entry.kind
    changes = tuple(sentence(change) for change in detail.get("changes", []))
    if kind == HistoryEntry.Kind.STATE:
        after = Result(detail["after"])
        words = {
            Result.VALID: _("Found valid"),
            Result.REVOKED: _("Taken back by its issuer"),
            Result.SUSPENDED: _("Suspended by its issuer"),
        }
        reason = told_again({**detail, "detail": detail.get("reason", "")})
        return Told(entry.at, words.get(after, str(after.label)), (reason,) if reason else ())
    if kind == HistoryEntry.Kind.SUPERSEDED:
        version = entry.pk if entry.document else None
        return Told(entry.at, _("Replaced by a newer version"), changes, version)
    if kind == HistoryEntry.Kind.CHANGED:
        return Told(entry.at, _("Changed by its issuer"), changes)
    if kind == HistoryEntry.Kind.ADDED:
        return Told(entry.at, _("Added to the backpack"))
    source = detail.get("source", "")
    if kind == HistoryEntry.Kind.UNLISTED:
        return Told(entry.at, _("No longer listed at %(source)s") % {"source": source})
    return Told(entry.at, _("Listed again at %(source)s") % {"source": source})


def sentence(change: Mapping[str, Any]) -> str:
    """One difference, in words."""
    name = change["field"]
    before, after = change.get("before"), change.get("after")
    if name == "expires_at":
        return _end(before, after)
    if name == "result":
        values = {"before": Result(str(before)).label, "after": Result(str(after)).label}
        return _("It was “%(before)s” and is now “%(after)s”.") % values
    if name in SHORT:
        told = {"what": _capital(name), "before": _short(before), "after": _short(after)}
        return _("%(what)s: “%(before)s” became “%(after)s”.") % told
    return _("%(what)s changed.") % {"what": _capital(name)}


def _end(before: str | None, after: str | None) -> str:
    if after is None:
        return _("It no longer ends.")
    if before is None or after < before:
        return _("It now ends on %(date)s.") % {"date": _short(after)}
    return _("Renewed until %(date)s.") % {"date": _short(after)}


def _capital(name: str) -> str:
    words = str(WORDS.get(name, name))
    return words[:1].upper() + words[1:]


def _short(value: Any) -> str:
    moment = dateparse.parse_datetime(value) if isinstance(value, str) else None
    return formats.date_format(moment, "DATE_FORMAT") if moment else str(value or "–")[:200]
