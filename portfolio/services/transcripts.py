"""Transcripts: a dated PDF of a page, and what became of it since.

A transcript is a row of work. Asking for one writes the row and rings; the worker claims it,
takes the snapshot of what the page says at that moment, renders it in a child process and keeps
the file under its digest. The code printed on it opens a comparison of that snapshot with today.
"""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit, limits, notifications
from badges.models import Badge, Result
from badges.services import bell
from portfolio.models import Page, ShareLink, Transcript
from portfolio.services import files, pages, pdf, words
from portfolio.services.words import Day

logger = logging.getLogger("laurel.transcripts")

Clock = Callable[[], datetime]
MAX_ATTEMPTS = 3
PATIENCE = timedelta(minutes=5)
PER_HOUR = 20  # documents of one page
TASK = "portfolio.run_transcript"

# Crockford's letters: no I, L, O or U, so that a code copied from paper has one reading.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 15  # 75 bits
SAME_LETTER = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class CodeUnknown(Exception):
    """No document answers to this code, or its owner has taken it away."""


class LostClaim(Exception):
    """Another worker has taken this document over: stop without writing anything."""


def request(
    *,
    page: Page,
    now: datetime,
    link: ShareLink | None = None,
    paper: str = Transcript.Paper.A4,
    full_detail: bool = True,
) -> Transcript:
    """Have a document made. A reader gets the one that is there while nothing has changed."""
    mark = pages.build(page=page, now=now, link=link).fingerprint()
    if link is not None:
        mine = Transcript.objects.filter(
            link=link, fingerprint=mark, paper=paper, full_detail=full_detail
        )
        there: Transcript | None = mine.exclude(state=Transcript.State.FAILED).first()
        if there is not None:
            return there
    limits.hit(
        key=f"transcript:{link.pk if link else page.pk}",
        allowed=PER_HOUR,
        per=timedelta(hours=1),
        now=now,
    )
    with transaction.atomic():
        row = Transcript.objects.create(
            page=page,
            link=link,
            code="".join(secrets.choice(LETTERS) for _place in range(LENGTH)),
            paper=paper,
            full_detail=full_detail,
            fingerprint=mark,
            created_at=now,
            run_after=now,
        )
        actor = page.owner if link is None else None
        audit.record(actor=actor, action="transcript.requested", target=row, page=str(page.pk))
        bell.ring(TASK, transcript_id=str(row.pk))
    return row


def run(*, transcript_id: UUID, clock: Clock) -> None:
    """Make one document, if nobody else is at it. Safe to call twice, or to be killed in."""
    row: Transcript | None = Transcript.objects.claim(transcript_id, now=clock())
    if row is None:
        return
    if row.attempts > MAX_ATTEMPTS:
        _give_up(row, _("It could not be made. Please ask for a new one."), clock())
        return

    def alive() -> None:
        if not row.renew(now=clock()):
            raise LostClaim

    view = pages.build(page=row.page, now=clock(), link=row.link)
    try:
        html = pdf.document(
            view=view,
            code=row.code_shown,
            paper=row.paper,
            criteria=pages.criteria_of(row.page) if row.full_detail else {},
            full_detail=row.full_detail,
        )
        data = pdf.render(html, alive=alive)
    except LostClaim:
        return
    except pdf.RenderFailed as error:
        _failed(row, error, clock())
        return
    _keep(row, view, data, clock())


def run_to_the_end(*, transcript: Transcript, clock: Clock) -> None:
    """Make a document here and now, or wait for the worker that has claimed it already."""
    until = clock() + PATIENCE
    while clock() < until:
        run(transcript_id=transcript.pk, clock=clock)
        transcript.refresh_from_db()
        if transcript.is_over:
            return
        time.sleep(0.5)


def _keep(row: Transcript, view: pages.PageView, data: bytes, now: datetime) -> None:
    # The attempt is part of the name: a worker that wakes up late must not replace the file of
    # the one that took over, whose digest is already written.
    stored = default_storage.save(_file_name(row, row.attempts), ContentFile(data))
    with transaction.atomic():
        kept = row.finish(
            state=Transcript.State.DONE,
            now=now,
            file=stored,
            digest=hashlib.sha256(data).hexdigest(),
            snapshot=view.as_json(),
            fingerprint=view.fingerprint(),
            error="",
        )
        if kept and row.link_id is None:
            notifications.notify(
                user=row.page.owner,
                kind="transcript.ready",
                text=_("Your document of “%(page)s” is ready.") % {"page": row.page.title},
                url=reverse("portfolio:transcript-detail", args=[row.pk]),
            )
    if not kept:
        default_storage.delete(stored)
        return
    for attempt in range(1, row.attempts):  # that died between their file and their row
        default_storage.delete(_file_name(row, attempt))


def _file_name(row: Transcript, attempt: int) -> str:
    return f"transcripts/{row.pk}{f'-{attempt}' if attempt > 1 else ''}.pdf"


def _failed(row: Transcript, error: pdf.RenderFailed, now: datetime) -> None:
    if error.hopeless:
        _give_up(
            row,
            _("This page is too much for one document. Make a page with fewer badges."),
            now,
        )
    elif row.attempts >= MAX_ATTEMPTS:
        _give_up(row, _("It could not be made. Please ask for a new one."), now)
    else:
        row.finish(state=Transcript.State.QUEUED, now=now, run_after=now + timedelta(seconds=10))


def _give_up(row: Transcript, reason: str, now: datetime) -> None:
    row.finish(state=Transcript.State.FAILED, now=now, error=reason[:500])


def sweep(*, now: datetime) -> int:
    """Ring again for what a dead worker or an unreachable broker left behind."""
    waiting = Transcript.objects.waiting(now).values_list("pk", flat=True)[:50]
    for pk in waiting:
        bell.ring(TASK, transcript_id=str(pk))
    return len(waiting)


def delete(*, transcript: Transcript, actor: User) -> None:
    """Take the document away; the code on every copy of it stops answering."""
    with transaction.atomic():
        audit.record(actor=actor, action="transcript.deleted", target=transcript)
        files.delete_after_commit([transcript.file.name or ""])
        transcript.delete()


# --- The code on the paper -------------------------------------------------------------------


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

    who: str
    title: str
    made: Day | None
    digest: str
    rows: tuple[Then, ...]

    @property
    def changed(self) -> int:
        return sum(row.change not in {"same", "renewed"} for row in self.rows)


def compare(*, code: str, now: datetime) -> Comparison:
    """Open a code; raises CodeUnknown.

    A document that was taken through a link answers until that link is withdrawn: its owner's
    no is a no to the copies as well. An end date alone does not undo a copy that was allowed.
    """
    documents = Transcript.objects.filter(
        state=Transcript.State.DONE, link__withdrawn_at=None, page__owner__is_active=True
    )
    row = documents.select_related("page").filter(code=read_code(code)).first()
    if row is None:
        raise CodeUnknown
    said = row.snapshot
    entries: list[dict[str, Any]] = said.get("entries", [])
    badges = Badge.objects.filter(owner=row.page.owner_id).for_display()
    today = {str(b.pk): b for b in badges.filter(pk__in=[e["badge_id"] for e in entries])}
    return Comparison(
        who=said.get("who", ""),
        title=said.get("title", ""),
        made=words.day(parse_datetime(said.get("made_at", ""))),
        digest=row.digest,
        rows=tuple(_then(entry, today.get(entry["badge_id"]), now) for entry in entries),
    )


def read_code(text: str) -> str:
    """A code as somebody typed it, in the one spelling that is stored; "" if it is none."""
    code = text[:40].upper().translate(SAME_LETTER)
    return code if set(code) <= set(LETTERS) else ""


def _then(entry: dict[str, Any], badge: Badge | None, now: datetime) -> Then:
    change, today = _change(entry, badge, now)
    return Then(
        name=entry["name"],
        issuer=entry["issuer"],
        said=entry["state_words"],
        said_trust=entry["trust_words"],
        change=change,
        today=today,
    )


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
