"""What the code on a document opens: that day beside today, and whether a file is that document."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from badges.models import Badge, Result
from portfolio.models import Signer, Transcript
from portfolio.services import signing, words
from portfolio.services.words import Day

# Crockford's letters: no I, L, O or U, so that a code copied from paper has one reading.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 15  # 75 bits
SAME_LETTER = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class CodeUnknown(Exception):
    """No document answers to this code, or its owner has taken it away."""


@dataclass(frozen=True, slots=True)
class Then:
    """One badge that a document named: what it said, and what is true today."""

    name: str
    issuer: str
    said: str
    said_trust: str
    change: str  # same renewed restored expired revoked suspended invalid unproven unknown gone
    today: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A document of one day beside today. It tells nothing that the document did not name."""

    code: str
    who: str
    title: str
    made: Day | None
    digest: str
    language: str  # of the document, whose words about trust are quoted
    signer: Signer | None
    rows: tuple[Then, ...]

    @property
    def changed(self) -> int:
        return sum(row.change not in {"same", "renewed"} for row in self.rows)


def compare(*, code: str, now: datetime) -> Comparison:
    """Open a code; raises CodeUnknown.

    A document that was taken through a link answers until that link is withdrawn: its owner's
    no is a no to the copies as well. An end date alone does not undo a copy that was allowed.
    """
    row = _answering(code)
    said = row.snapshot
    entries: list[dict[str, Any]] = said.get("entries", [])
    badges = Badge.objects.filter(owner=row.owner_id).for_display()
    today = {str(b.pk): b for b in badges.filter(pk__in=[e["badge_id"] for e in entries])}
    return Comparison(
        code=row.code_shown,
        who=said.get("who", ""),
        title=said.get("title", ""),
        made=words.day(parse_datetime(said.get("made_at", ""))),
        digest=row.digest,
        language=row.language,
        signer=row.signer,
        rows=tuple(_then(entry, today.get(entry["badge_id"]), now) for entry in entries),
    )


def _answering(code: str) -> Transcript:
    rows = Transcript.objects.answering().select_related("signer")
    row: Transcript | None = rows.filter(code=read_code(code)).first()
    if row is None:
        raise CodeUnknown
    return row


def read_code(text: str) -> str:
    """A code as somebody typed it, in the one spelling that is stored; "" if it is none."""
    code = text[:40].upper().translate(SAME_LETTER)
    return code if set(code) <= set(LETTERS) else ""


def _then(entry: dict[str, Any], badge: Badge | None, now: datetime) -> Then:
    change, today = _change(entry, badge, now)
    return Then(
        name=entry["name"],
        issuer=entry["issuer"],
        said=_state_words(entry),
        said_trust=entry["trust_words"],
        change=change,
        today=today,
    )


def _state_words(entry: dict[str, Any]) -> str:
    """The state of that day, in the language of whoever asks and not of the document."""
    try:
        return str(Result(entry["state"]).label)
    except ValueError:
        return str(entry["state_words"])


def _change(entry: dict[str, Any], badge: Badge | None, now: datetime) -> tuple[str, str]:
    if badge is None:
        return "gone", _("Its owner no longer keeps it here, so it cannot be compared.")
    state = badge.state(now)
    if entry["verified"] and state == Result.VALID and not badge.is_verified(now):
        return "unproven", words.flag(badge, state) or _("Valid, but no longer counted verified.")
    if state == entry["state"]:
        ended, then = words.day(badge.expires_at), (entry["expires"] or {}).get("iso", "")
        if ended is not None and then and ended.iso > then:
            return "renewed", _("Renewed: now valid until %(date)s.") % {"date": ended.words}
        return "same", _("The same: %(state)s.") % {"state": state.label.lower()}
    if state == Result.VALID and entry["state"] == Result.EXPIRED:
        return "renewed", _("Renewed since.")
    if state == Result.VALID:
        return "restored", _("Valid today.")
    if state in {Result.EXPIRED, Result.REVOKED, Result.SUSPENDED}:
        return state.value, words.flag(badge, state)
    if state in {Result.INVALID, Result.UNREADABLE, Result.NOT_YET_VALID}:
        return "invalid", words.flag(badge, state)
    return "unknown", words.flag(badge, state) or _("Could not be checked of late.")


# --- Is it the same file? ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file is that somebody has brought.

    `same` is the document, byte for byte; `other` is another one that answers, whose code is given;
    `altered` bears our signature over other bytes; `grown` has more after what we signed; `gone` is
    as we made it, and its owner has taken it away; `foreign` is not ours.
    """

    outcome: str
    digest: str
    code: str = ""
    signer: Signer | None = None

    @property
    def is_good(self) -> bool:
        return self.outcome in {"same", "other"}


def check_file(*, data: bytes, code: str = "") -> Checked:
    """Compare a file with the document of this code, or find the one that it is."""
    digest = hashlib.sha256(data).hexdigest()
    expected = _answering(code) if code else None
    rows = Transcript.objects.answering().filter(digest=digest).select_related("signer")
    row = rows.first()
    if row is not None:
        outcome = "same" if expected is None or expected.pk == row.pk else "other"
        return Checked(outcome, digest, row.code_shown, row.signer)
    seal = signing.seal_of(data)
    if seal is None:
        return Checked("foreign", digest)
    if not seal.intact:
        return Checked("altered", digest, signer=seal.signer)
    return Checked("gone" if seal.whole else "grown", digest, signer=seal.signer)
