"""Is this badge genuine? Seven questions, each answered in words, none hiding another.

Theory of operation. `verify` reads the bytes, has `check_one` answer the seven questions about
the credential by itself, and then `parts` about each credential inside it. The modules of each
version answer the three that depend on it (signature, issuer, status). Every question gets
exactly one finding: *passed* and *failed* when we know, *unknown* when somebody who would know
could not be asked, *not applicable* when there is nothing to ask. The result is the worst of
them in a fixed order (`report.result_of`). Three rules hold everywhere:

- what could not be checked is never shown as good: a silent status list is unknown, not valid;
- bad news needs no proof: a badge that says itself that it has expired has expired, even when
  nobody can be reached to confirm the rest of it;
- whether it is about this person (recipient) and whether it is tidy (schema) are told beside
  the result and never change it, and so is whatever somebody else says inside it.

Nothing here opens a connection. `fetch` and `now` come from outside, so the same bytes with the
same answers at the same moment give the same report, today and in ten years.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from badges.openbadges import budget, check_one, parse, parts, refresh
from badges.openbadges.check_one import READABLE, Heard
from badges.openbadges.controllers import Keyring
from badges.openbadges.errors import Unreachable, Unreadable
from badges.openbadges.fetching import Fetch
from badges.openbadges.report import (
    About,
    Check,
    Finding,
    Outcome,
    Part,
    Report,
    Result,
    Role,
    Trust,
    result_of,
)
from badges.openbadges.session import Session
from badges.openbadges.words import say

__all__ = [
    "About",
    "Check",
    "Finding",
    "Outcome",
    "Part",
    "Report",
    "Result",
    "Role",
    "Trust",
    "unreadable",
    "verify",
]

logger = logging.getLogger("laurel.openbadges")

FAULT = say("This could not be checked because of a fault of ours, which has been recorded.")


def verify(
    data: bytes,
    *,
    fetch: Fetch,
    now: datetime,
    addresses: Sequence[str] = (),
    heard: Heard = lambda finding: None,
) -> Report:
    """Check a badge, whatever these bytes are. Never raises.

    `now` must be aware. `addresses` are the e-mail addresses (or other identities) that are
    known to belong to the person concerned; without any the recipient is not compared. `heard`
    is told the slow findings as soon as they are known; the report has the last word on them.
    """
    session = Session(fetch)
    try:
        file = parse.read_file(data)
    except Unreadable as error:
        return unreadable(error, now)
    except Exception:
        logger.exception("reading broke down")
        return unreadable(Unreadable("fault", FAULT), now)
    keyring = Keyring(session, now)
    try:
        with budget.limited():
            return _judge(file, keyring, addresses, heard)
    except Exception:
        # One hostile file must not stop a job for a thousand others. The tests keep this branch
        # unreached; the log says when they failed to.
        logger.exception("verification broke down")
        return _broken(file.documents[0], session, now)


def _judge(file: parse.File, keyring: Keyring, addresses: Sequence[str], heard: Heard) -> Report:
    heard(READABLE)
    if len(file.documents) + len(file.unread) > 1:
        return _several(file, keyring, addresses)
    document = _followed(file.documents[0], keyring.session)
    report = check_one.examine(document, keyring, addresses, heard)
    report = refresh.refreshed(report, keyring, addresses)
    report = parts.added(report, keyring, addresses)
    return replace(report, unchecked=file.unchecked + report.unchecked)


def _several(file: parse.File, keyring: Keyring, addresses: Sequence[str]) -> Report:
    """The report on a file of several badges: nothing but what becomes of each of them."""
    inside = parts.beside(file.documents, keyring, addresses)
    inside += tuple(
        Part(Role.ACHIEVEMENT, About.FILE, "", unreadable(error, keyring.now))
        for error in file.unread
    )
    readable = replace(
        READABLE,
        detail=say("This file holds {inside} badges. Each stands for itself.", inside=len(inside)),
        code="read.several",
    )
    detail = say("Each badge in this file was checked by itself.")
    report = _without_answers(readable, Outcome.NOT_APPLICABLE, detail, "in_parts", keyring.now)
    order = list(Result)
    return replace(
        report,
        result=min((part.report.result for part in inside), key=order.index),
        documents=keyring.session.documents,
        parts=inside,
        unchecked=file.unchecked,
    )


def _followed(document: parse.Document, session: Session) -> parse.Document:
    """What a bare address leads to, when that is a credential which needs no host."""
    if document.hosted_url is None:
        return document
    try:
        answer = session.get(document.hosted_url)
        found = parse.read(answer.body)
    except (Unreachable, Unreadable):
        return document
    stands_alone = not found.version.is_assertion or found.jws is not None
    return found if answer.status == 200 and stands_alone else document


def unreadable(error: Unreadable, now: datetime) -> Report:
    """The report on bytes that were no badge, or that could not be had."""
    first = Finding(Check.READABLE, Outcome.FAILED, error.message, f"read.{error.code}")
    return _without_answers(
        first, Outcome.NOT_APPLICABLE, say("There was no badge to check."), "no_badge", now
    )


def _broken(document: parse.Document, session: Session, now: datetime) -> Report:
    report = _without_answers(READABLE, Outcome.UNKNOWN, FAULT, "fault", now)
    return replace(report, document=document, documents=session.documents)


def _without_answers(
    first: Finding, outcome: Outcome, detail: str, code: str, now: datetime
) -> Report:
    rest = (Finding(check, outcome, detail, f"{check}.{code}") for check in list(Check)[1:])
    findings = (first, *rest)
    return Report(
        result=result_of(findings),
        trust=Trust.NONE,
        findings=findings,
        credential=None,
        document=None,
        checked_at=now,
        host="",
        documents=(),
    )
