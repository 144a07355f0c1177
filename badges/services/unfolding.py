"""One file, several badges: a line of the import for each, so that each is judged by itself.

A list, a presentation or a PDF with several badges turns into as many lines, the first of which
takes the file's own place. A learner record is a badge itself and stays whole; the credentials
inside that are signed by themselves are added beside it. Those that rest on the record's word are
not: without it they would be nobody's.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from badges.models import ImportItem, ImportJob
from badges.openbadges.report import Check, Outcome, Report, Role
from badges.services import originals

MAX_LINES = 10_000  # of one import, whatever is inside what inside what
BORROWED = "signature.of_record"


def inside(report: Report) -> list[str]:
    """The credentials in it that stand by themselves, each as its own text."""
    found = []
    for part in report.parts:
        document, signature = part.report.document, part.report.finding(Check.SIGNATURE)
        alone = signature.outcome is not Outcome.NOT_APPLICABLE and signature.code != BORROWED
        if part.role is not Role.ACHIEVEMENT or document is None:
            continue
        if report.credential is None or alone:
            found.append(document.text)
    return found


def replace(*, job: ImportJob, item: ImportItem, texts: Sequence[str], now: datetime) -> None:
    """Let the pieces of a file stand in its place, waiting for their turn. The caller saves."""
    item.original = originals.keep(
        owner=job.owner, data=texts[0].encode(), name=item.label, now=now
    )
    item.attempts = 0
    append(job=job, item=item, texts=texts[1:], now=now)


def append(*, job: ImportJob, item: ImportItem, texts: Sequence[str], now: datetime) -> None:
    """Put what is inside an item at the end of the import."""
    if not texts:
        return
    last: int = job.items.aggregate(last=Max("position"))["last"] or 0
    for number, text in enumerate(texts[: max(0, MAX_LINES - last - 1)], 1):
        ImportItem.objects.create(
            job=job,
            position=last + number,
            kind=ImportItem.Kind.TEXT,
            label=f"{item.label[:280]} ({number + 1})",
            original=originals.keep(owner=job.owner, data=text.encode(), name="", now=now),
            created_at=now,
        )
