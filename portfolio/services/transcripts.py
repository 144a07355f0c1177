"""Transcripts: a dated, signed PDF of a page or of a whole backpack.

A transcript is a row of work. Asking for one writes the row and rings; the worker claims it,
takes the snapshot of what the badges say at that moment, has a child process set it, signs it and
keeps the file under its digest. What the code printed on it opens stands in `codes`.
"""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit, languages, limits, notifications
from badges.models import Badge, LostClaim
from badges.services import bell
from portfolio.models import Page, ShareLink, Transcript
from portfolio.services import backpackview, files, letters, pages, paper, pdf, signing
from portfolio.services.codes import LENGTH, LETTERS

logger = logging.getLogger("laurel.transcripts")

Clock = Callable[[], datetime]
MAX_ATTEMPTS = 3
PATIENCE = timedelta(minutes=5)
PER_HOUR = 20  # documents of one page
TASK = "portfolio.run_transcript"


@dataclass(frozen=True, slots=True)
class Options:
    """How a document is to look. The defaults are what a reader gets, who has no choice.

    The original credentials are left out of that: one may hold the address it was issued to, which
    no page shows to its readers.
    """

    paper: str = Transcript.Paper.A4
    language: str = ""  # the one that is active
    full_detail: bool = True
    skills_table: bool = True
    evidence: bool = True
    mark_unverified: bool = True
    originals: bool = False
    mail_when_ready: bool = False


def request(
    *,
    owner: User,
    now: datetime,
    page: Page | None = None,
    link: ShareLink | None = None,
    options: Options = Options(),  # frozen
) -> Transcript:
    """Have a document made, of a page or of all badges. A reader gets the one that is there while
    nothing has changed."""
    language = options.language or get_language() or settings.LANGUAGE_CODE
    if page is None and Badge.objects.owned_by(owner).count() > pages.MAX_BADGES:
        raise pages.TooManyBadges
    with override(language):
        view = _view(owner, page, link, now)
    chosen = asdict(options) | {"language": language}
    if link is not None:
        mine = Transcript.objects.filter(link=link, fingerprint=view.fingerprint(), **chosen)
        there: Transcript | None = mine.exclude(state=Transcript.State.FAILED).first()
        if there is not None:
            return there
    what = link or page or owner
    limits.hit(key=f"transcript:{what.pk}", allowed=PER_HOUR, per=timedelta(hours=1), now=now)
    with transaction.atomic():
        row = Transcript.objects.create(
            owner=owner,
            page=page,
            link=link,
            code="".join(secrets.choice(LETTERS) for _place in range(LENGTH)),
            fingerprint=view.fingerprint(),
            created_at=now,
            run_after=now,
            **chosen,
        )
        audit.record(
            actor=owner if link is None else None,
            action="transcript.requested",
            target=row,
            page=str(page.pk) if page else "",
        )
        bell.ring(TASK, transcript_id=str(row.pk))
    return row


def _view(owner: User, page: Page | None, link: ShareLink | None, now: datetime) -> pages.PageView:
    if page is None:
        return backpackview.build(owner=owner, now=now)
    return pages.build(page=page, now=now, link=link)


def run(*, transcript_id: UUID, clock: Clock) -> None:
    """Make one document, if nobody else is at it. Safe to call twice, or to be killed in."""
    row: Transcript | None = Transcript.objects.claim(transcript_id, now=clock())
    if row is None:
        return
    if row.attempts > MAX_ATTEMPTS:
        _give_up(row, "broken", clock())
        return
    try:
        with override(row.language):
            view, data = _made(row, clock)
        _keep(row, view, data, clock())
    except LostClaim:
        return
    except pdf.RenderFailed as error:
        _failed(row, error, clock())
    except signing.NoCertificate as error:
        logger.error("Document %s cannot be signed: %s", row.pk, error)
        _give_up(row, "unsigned", clock())


def _made(row: Transcript, clock: Clock) -> tuple[pages.PageView, bytes]:
    """The page as it is now, and its signed PDF."""

    def reaches(step: str) -> None:
        row.hold(now=clock())
        Transcript.objects.filter(pk=row.pk).update(step=step)

    reaches(Transcript.Step.READING)
    by = signing.identity(now=clock())
    row.signer = by.signer
    view = _view(row.owner, row.page, row.link, clock())
    shown = [entry.badge_id for entry in view.entries]
    attached, left_out = paper.originals_of(view) if row.originals else ((), 0)
    small = pdf.thumbnails(e.image for e in view.entries) if row.full_detail else {}
    names = {digest: f"p{number}.jpg" for number, digest in enumerate(small)}
    data = paper.document(
        view=view,
        row=row,
        details=paper.details_of(shown) if row.full_detail else {},
        attached=attached,
        left_out=left_out,
        thumbs=names,
        signer=by.signer.name,
    )
    reaches(Transcript.Step.SETTING)
    packed = pdf.bundle(
        data=data,
        made_at=view.made_at,
        attached=attached,
        pictures={names[digest]: picture for digest, picture in small.items()},
    )
    set_ = pdf.render(packed, alive=lambda: row.hold(now=clock()))
    reaches(Transcript.Step.SIGNING)
    return view, signing.sign(set_, by=by, where=settings.SITE_URL)


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
    with transaction.atomic(), languages.spoken_to(row.owner):
        kept = row.finish(
            state=Transcript.State.DONE,
            now=now,
            file=stored,
            digest=hashlib.sha256(data).hexdigest(),
            size=len(data),
            pages_count=pdf.count_pages(data),
            signer=row.signer,
            step="",
            snapshot=view.as_json(),
            fingerprint=view.fingerprint(),
            error="",
        )
        if kept and row.link_id is None:
            notifications.notify(
                user=row.owner,
                kind="transcript.ready",
                text=_("Your document of “%(page)s” is ready.") % {"page": row.title},
                url=reverse("portfolio:transcript-detail", args=[row.pk]),
            )
    if not kept:
        default_storage.delete(stored)
        return
    if row.mail_when_ready and row.link_id is None:
        letters.document_ready(transcript=row)
    for attempt in range(1, row.attempts):  # that died between their file and their row
        default_storage.delete(_file_name(row, attempt))


def _file_name(row: Transcript, attempt: int) -> str:
    return f"transcripts/{row.pk}{f'-{attempt}' if attempt > 1 else ''}.pdf"


def _failed(row: Transcript, error: pdf.RenderFailed, now: datetime) -> None:
    if error.hopeless:
        _give_up(row, "too_much", now)
    elif row.attempts >= MAX_ATTEMPTS:
        _give_up(row, "broken", now)
    else:
        row.finish(state=Transcript.State.QUEUED, now=now, run_after=now + timedelta(seconds=10))


def _give_up(row: Transcript, reason: str, now: datetime) -> None:
    with languages.spoken_to(row.owner):
        said = {
            "too_much": _("This page is too much for one document. Make a page with fewer badges."),
            "unsigned": _(
                "The certificate with which this site signs cannot be used. Its administrators "
                "find the reason in the log; please ask again later."
            ),
        }.get(reason, _("It could not be made. Please ask for a new one."))
    row.finish(state=Transcript.State.FAILED, now=now, step="", error=said[:500])


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
