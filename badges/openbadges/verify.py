"""Is this badge genuine? Seven questions, each answered in words, none hiding another.

Theory of operation. `verify` reads the bytes, lets the module of the badge's version answer the
three questions that depend on it (signature, issuer, status), and answers the rest itself.
Every question gets exactly one finding: *passed* and *failed* when we know, *unknown* when
somebody who would know could not be asked, *not applicable* when there is nothing to ask. The
result is the worst of them in a fixed order (`report.result_of`). Three rules hold everywhere:

- what could not be checked is never shown as good: a silent status list is unknown, not valid;
- bad news needs no proof: a badge that says itself that it has expired has expired, even when
  nobody can be reached to confirm the rest of it;
- whether it is about this person (recipient) and whether it is tidy (schema) are told beside
  the result and never change it.

Nothing here opens a connection. `fetch` and `now` come from outside, so the same bytes with the
same answers at the same moment give the same report, today and in ten years.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from badges.openbadges import check_v2, check_v3, dates, parse, recipient, schema, v2, v3, v3_status
from badges.openbadges.controllers import Keyring, host_of
from badges.openbadges.credential import Identity, Version
from badges.openbadges.errors import Unreachable, Unreadable
from badges.openbadges.fetching import Fetch
from badges.openbadges.report import Check, Finding, Outcome, Report, Result, Trust, result_of
from badges.openbadges.session import Session

__all__ = ["Check", "Finding", "Outcome", "Report", "Result", "Trust", "unreadable", "verify"]

logger = logging.getLogger("laurel.openbadges")

SKEW = timedelta(minutes=5)  # clocks of issuers run fast; nobody's badge is early for that
READABLE = Finding(Check.READABLE, Outcome.PASSED, "This is a badge that can be read.", "read.good")


Heard = Callable[[Finding], None]


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
        document = parse.read(data)
    except Unreadable as error:
        return unreadable(error, now)
    try:
        heard(READABLE)
        document = _followed(document, session)
        if document.version is Version.OB3:
            return _report_v3(document, session, now, addresses, heard)
        return _report_v2(document, session, now, addresses, heard)
    except Exception:
        # One hostile file must not stop a job for a thousand others. The tests keep this branch
        # unreached; the log says when they failed to.
        logger.exception("verification broke down")
        return _broken(document, session, now)


def _followed(document: parse.Document, session: Session) -> parse.Document:
    """What a bare address leads to, when that is a credential which needs no host."""
    if document.hosted_url is None:
        return document
    try:
        answer = session.get(document.hosted_url)
        found = parse.read(answer.body)
    except (Unreachable, Unreadable):
        return document
    stands_alone = found.version is Version.OB3 or found.jws is not None
    return found if answer.status == 200 and stands_alone else document


def _report_v3(
    document: parse.Document,
    session: Session,
    now: datetime,
    addresses: Sequence[str],
    heard: Heard,
) -> Report:
    keyring = Keyring(session, now)
    vc = v3.claims(document.payload)
    signed = check_v3.signature(document, keyring)
    heard(signed.finding)
    issuer = check_v3.issuer(vc, signed, keyring)
    heard(issuer)
    credential = v3.credential(vc)
    findings = (
        READABLE,
        signed.finding,
        issuer,
        _recipient(credential.recipients, addresses),
        _period(
            v3.starts(vc) + check_v3.claimed(document, "nbf"),
            v3.ends(vc) + check_v3.claimed(document, "exp") + check_v3.proof_ends(signed),
            now,
        ),
        v3_status.check(vc, signed, keyring),
        schema.check(Version.OB3, vc, {}),
    )
    proven = Outcome.PASSED is signed.finding.outcome is issuer.outcome
    return Report(
        result=result_of(findings),
        trust=Trust.SIGNED if proven else Trust.NONE,
        findings=findings,
        credential=credential,
        document=document,
        checked_at=now,
        host=host_of(v3.issuer_id(vc)) if proven else "",
        documents=session.documents,
    )


def _report_v2(
    document: parse.Document,
    session: Session,
    now: datetime,
    addresses: Sequence[str],
    heard: Heard,
) -> Report:
    found = check_v2.examine(document, Keyring(session, now))
    heard(found.signature)
    heard(found.issuer)
    assertion = found.assertion
    credential = v2.credential(assertion, session.bodies) if assertion else None
    expires = assertion.get("expires")
    findings = (
        READABLE,
        found.signature,
        found.issuer,
        _recipient(v2.recipients(assertion), addresses),
        _period(
            [assertion["issuedOn"]] if assertion.get("issuedOn") is not None else [],
            [expires] if expires is not None else [],
            now,
        ),
        found.status,
        schema.check(Version.OB2, assertion, found.badge_class),
    )
    good = found.signature.outcome in (Outcome.PASSED, Outcome.WARNING)
    proven = good and found.issuer.outcome is Outcome.PASSED
    trust = Trust.HOSTED if found.hosted else Trust.SIGNED
    return Report(
        result=result_of(findings),
        trust=trust if proven else Trust.NONE,
        findings=findings,
        credential=credential,
        document=document,
        checked_at=now,
        host=found.host if proven else "",
        documents=session.documents,
    )


def _period(starts: list[Any], ends: list[Any], now: datetime) -> Finding:
    """Whether `now` lies in the time for which the badge was given, both ends included."""
    begin, end = [dates.parse(one) for one in starts], [dates.parse(one) for one in ends]
    past = [moment for moment in end if moment is not None and moment < now]
    if past:
        return _when(Outcome.FAILED, "expired", f"It expired on {_day(min(past))}.")
    early = [moment for moment in begin if moment is not None and moment > now + SKEW]
    if early:
        return _when(
            Outcome.FAILED, "not_yet_valid", f"It only becomes valid on {_day(max(early))}."
        )
    if None in begin or None in end:
        return _when(Outcome.UNKNOWN, "unclear", "One of its dates cannot be understood.")
    known = [moment for moment in end if moment is not None]
    if known:
        return _when(Outcome.PASSED, "current", f"It is valid until {_day(min(known))}.")
    return _when(Outcome.PASSED, "unlimited", "It does not expire.")


def _when(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.PERIOD, outcome, detail, f"period.{code}")


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _recipient(identities: tuple[Identity, ...], addresses: Sequence[str]) -> Finding:
    if not addresses:
        return _whose(
            Outcome.NOT_APPLICABLE,
            "not_asked",
            "We were given no address to compare its recipient with.",
        )
    if not identities:
        return _whose(Outcome.UNKNOWN, "unnamed", "The badge does not say whom it was awarded to.")
    found = recipient.match(identities, addresses)
    if found is not None:
        naming = [one for one in identities if recipient.match([one], [found])]
        if all(map(recipient.is_weak, naming)):
            return _whose(
                Outcome.WARNING,
                "match_weak",
                f"It was awarded to {found}, though the badge hides the address badly.",
            )
        return _whose(Outcome.PASSED, "match", f"It was awarded to {found}.")
    if not any(one.kind == "email" or one.hashed for one in identities):
        return _whose(
            Outcome.UNKNOWN,
            "incomparable",
            "The badge names its recipient in a way that cannot be compared with an address.",
        )
    return _whose(
        Outcome.FAILED, "mismatch", "It was awarded to somebody else than the given addresses."
    )


def _whose(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.RECIPIENT, outcome, detail, f"recipient.{code}")


def unreadable(error: Unreadable, now: datetime) -> Report:
    """The report on bytes that were no badge, or that could not be had."""
    first = Finding(Check.READABLE, Outcome.FAILED, error.message, f"read.{error.code}")
    return _without_answers(
        first, Outcome.NOT_APPLICABLE, "There was no badge to check.", "no_badge", now
    )


def _broken(document: parse.Document, session: Session, now: datetime) -> Report:
    detail = "This could not be checked because of a fault of ours, which has been recorded."
    report = _without_answers(READABLE, Outcome.UNKNOWN, detail, "fault", now)
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
