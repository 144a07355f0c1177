"""Checks badges, now and again later, and keeps every answer.

The badge is its own row of work: `next_check_at` says when, `check_lease_until` says that a
worker is at it. Asking for a check moves the date to now and rings; the schedule does the same
with the passing of time.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Max, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.services import addresses, audit, languages, notifications
from badges.models import (
    Badge,
    Basis,
    Issuer,
    Recipient,
    Result,
    SupportingDocument,
    Trust,
    Verification,
)
from badges.openbadges import plain
from badges.openbadges import report as core_report
from badges.openbadges import verify as core
from badges.openbadges.credential import Credential, Profile
from badges.openbadges.fetching import Fetch
from badges.openbadges.report import UNSIGNED, Check, Finding, Outcome, Report
from badges.openbadges.words import as_json
from badges.services import bell, history, search
from badges.services.web import Clock, Errand, Web

logger = logging.getLogger("laurel.verification")

MAX_ATTEMPTS = 3
BATCH = 25
HOUR, DAY, WEEK, MONTH = (timedelta(hours=hours) for hours in (1, 24, 7 * 24, 30 * 24))
COLUMNS = [field.name for field in Badge._meta.concrete_fields if not field.primary_key]
# What others may write while a check waits for a silent site. The document never changes, and is
# the largest column.
NOT_A_CHECKS = {
    "added_at", "basis", "document", "evidence_file", "format", "original", "owner", "picture",
    "source", "source_url", "unlisted_at",
}  # fmt: skip
READ = {Result.VALID, Result.EXPIRED, Result.NOT_YET_VALID}


def request_check(*, badges: "QuerySet[Badge]", now: datetime) -> int:
    """Have these badges checked as soon as a worker is free. Returns how many were not yet due."""
    asked = badges.exclude(next_check_at__lte=now).exclude(document=b"")
    count = asked.update(next_check_at=now, check_attempts=0)
    bell.ring("badges.check_due")
    return count


def run_due(*, fetch: Fetch, clock: Clock, seconds: float = 60) -> int:
    """Check what is due, oldest first, a bounded number. Returns how many were checked."""
    until = clock() + timedelta(seconds=seconds)
    web = Web(fetch, clock)
    done = 0
    due = Badge.objects.due(clock())
    for seen in list(due.values("pk", "next_check_at", "check_lease_until")[:BATCH]):
        if clock() >= until:
            break
        badge = _claim(seen, clock())
        if badge is None:
            continue
        try:
            check(badge=badge, web=web, now=clock())
        except DatabaseError:
            raise
        except Exception:
            # One badge that breaks the checker must not stop the others; three strikes and its
            # turn moves to tomorrow, with the reason in the log.
            logger.exception("Checking badge %s failed", badge.pk)
            Badge.objects.filter(pk=badge.pk).update(check_lease_until=None)
        done += 1
    web.share()
    return done


def _claim(seen: Mapping[str, Any], now: datetime) -> Badge | None:
    """The badge that was seen to be due, unless another worker has been at it since.

    Compared by the row's own columns: PostgreSQL looks at those again when another worker was
    quicker, but not at a query for what is due, and then two would have the same badge.
    """
    row = Badge.objects.filter(**seen)
    if row.filter(check_attempts__gte=MAX_ATTEMPTS).update(
        next_check_at=now + timedelta(days=1), check_attempts=0, check_lease_until=None
    ):
        return None
    taken = row.update(
        check_lease_until=now + timedelta(seconds=settings.LEASE_SECONDS * 4),
        check_attempts=F("check_attempts") + 1,
    )
    found = Badge.objects.select_related("owner", "issuer")
    return found.get(pk=seen["pk"]) if taken else None


def check(*, badge: Badge, web: Web, now: datetime) -> Verification | None:
    """Verify one badge against the world, write the row, tell its owner of a change.

    None when a site that it needs is being left alone: then the badge is put off.
    """
    errand = Errand(web)
    report = core.verify(
        bytes(badge.document), fetch=errand, now=now, addresses=addresses.verified(badge.owner)
    )
    if errand.rested_until is not None and report.result is core_report.Result.UNKNOWN:
        put_off = now + timedelta(minutes=10, seconds=badge.pk.int % 600)
        Badge.objects.filter(pk=badge.pk).update(
            next_check_at=put_off, check_lease_until=None, check_attempts=0
        )
        return None
    with transaction.atomic():
        if not _is_still_there(badge):
            return None
        # As its owner last heard it: a date that has passed since is a change like any other.
        before, was = badge.state(badge.checked_at or now), history.portrait(badge)
        if report.credential is not None and Result(report.result.value) in READ:
            read_into(badge=badge, credential=report.credential, proven=bool(report.host))
        row = record(badge=badge, report=report, now=now)
        badge.save(update_fields=[name for name in COLUMNS if name not in NOT_A_CHECKS])
        _write_history(badge, was, before, now)
        keep_documents(badge=badge, report=report, now=now)
    return row


def _is_still_there(badge: Badge) -> bool:
    """Hold the badge, as it is now that its issuer has answered. False when the answer is about
    something else: it was removed meanwhile, or a newer version of it has come."""
    asked_about = bytes(badge.document)
    held = Badge.objects.held().filter(pk=badge.pk)
    try:
        badge.refresh_from_db(from_queryset=held)
    except Badge.DoesNotExist:
        return False
    return bytes(badge.document) == asked_about


def _write_history(badge: Badge, was: dict[str, Any], before: Result, now: datetime) -> None:
    """What the issuer changed, with its old word for it, and where the badge stands now.

    A badge that is only offered has no history yet, and no page to send anybody to.
    """
    if badge.added_at is None:
        return
    changes = history.differences(was, history.portrait(badge))
    if changes:
        kept = badge.supporting.filter(url=badge.credential_id, imported=False).first()
        old = bytes(kept.body) if kept else b""
        history.changed(badge=badge, changes=changes, at=now, document=old).save()
        search.forget([badge.pk])
    after = badge.state(now)
    if after != before:
        reason = reason_of(badge.verifications.own().first())
        history.moved(badge=badge, before=before, after=after, reason=reason, at=now).save()
        _tell(badge, before, after)
    elif changes:
        with languages.spoken_to(badge.owner):
            notifications.notify(
                user=badge.owner,
                kind="badge.changed",
                text=_("Its issuer changed %(badge)s. %(what)s")
                % {"badge": badge.name[:200], "what": history.sentence(changes[0])[:200]},
                url=reverse("badges:badge-detail", args=[badge.pk]),
            )


def reason_of(check: Verification | None) -> dict[str, Any]:
    """The finding of a check that says why a badge stands where it does; empty when all is well."""
    wanted = {Outcome.FAILED.value: 0, Outcome.UNKNOWN.value: 1}
    findings = [f for f in (check.findings if check else []) if f["outcome"] in wanted]
    counted = [f for f in findings if f["check"] not in {"recipient", "schema"}]
    return min(counted, key=lambda f: wanted[f["outcome"]], default={})


def _tell(badge: Badge, before: Result, after: Result) -> None:
    audit.record(actor=None, action="badge.state_changed", target=badge, before=before, after=after)
    with languages.spoken_to(badge.owner):
        notifications.notify(
            user=badge.owner,
            kind="badge.state_changed",
            text=_("%(badge)s was “%(before)s” and is now “%(after)s”.")
            % {"badge": badge.name[:200], "before": before.label, "after": after.label},
            url=reverse("badges:badge-detail", args=[badge.pk]),
        )


def read_into(*, badge: Badge, credential: Credential, proven: bool) -> None:
    """Fill the columns that are read from the document. Does not save.

    `proven` says that the issuer was established. Otherwise the document may still be the first
    to name its issuer, but must not rename one: its row is everybody's.
    """
    read_words(badge=badge, credential=credential)
    settle_issuers([(badge, credential, proven)])


def read_words(*, badge: Badge, credential: Credential) -> None:
    """Fill the badge's own columns, all but its issuer. Asks nobody and does not save."""
    badge.version = credential.version
    badge.credential_id = credential.id
    badge.name = credential.name[:5000] or _("Badge without a name")
    badge.description = credential.description
    badge.criteria_text = credential.criteria.text
    badge.criteria_url = _link(credential.criteria.url)
    badge.achievement_type = credential.achievement_type[:100]
    badge.issued_at, badge.expires_at = credential.issued_at, credential.expires_at
    badge.image_url = "" if credential.image.startswith("data:") else credential.image
    badge.evidence = [
        {"name": e.name, "url": _link(e.url), "text": e.narrative or e.description}
        for e in credential.evidence
    ]
    badge.alignments = [
        {"name": a.name, "url": _link(a.url), "framework": a.framework, "code": a.code}
        for a in credential.alignments
    ]


def settle_issuers(read: Sequence[tuple[Badge, Credential, bool]]) -> None:
    """Give each badge its issuer's row: three queries whatever the number of badges."""
    named: dict[str, tuple[Profile, bool]] = {}
    for _badge, credential, proven in read:
        profile = credential.issuer
        key = Issuer.key_of(profile.id, profile.name)
        if proven or key not in named:
            named[key] = profile, proven
    known = Issuer.objects.in_bulk(named, field_name="key")
    missing = [
        Issuer(key=key, identifier=one.id, name=one.name[:1000], url=one.url)
        for key, (one, _proven) in named.items()
        if key not in known
    ]
    if missing:
        # Somebody else may have named the same issuer just now, so the rows are asked for again.
        Issuer.objects.bulk_create(missing, ignore_conflicts=True)
        known |= Issuer.objects.in_bulk([row.key for row in missing], field_name="key")
    for key, (one, proven) in named.items():
        row = known[key]
        if proven and one.name and row.name != one.name[:1000]:
            row.name, row.url = one.name[:1000], one.url
            row.save(update_fields=["name", "url"])
            search.forget_issuer(row)
    for badge, credential, _proven in read:
        badge.issuer = known[Issuer.key_of(credential.issuer.id, credential.issuer.name)]


def _link(url: str) -> str:
    """Only what a browser may be sent to. The document keeps the rest; pages never see it."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def record(*, badge: Badge, report: Report, now: datetime) -> Verification:
    """Write the check down and repeat its answer on the badge, which the caller saves."""
    row = answered(badge=badge, report=report, now=now)
    row.save()
    return row


def answered(*, badge: Badge, report: Report, now: datetime) -> Verification:
    """Repeat a check's answer on the badge, and return its row. Saves neither."""
    result = Result.of(report)
    badge.result = result
    badge.trust = _trust(badge, report)
    badge.recipient = _recipient(report)
    badge.host = report.host[:300]
    badge.checked_at = report.checked_at
    if result == Result.UNKNOWN:
        badge.unknown_since = badge.unknown_since or report.checked_at
    else:
        badge.unknown_since = None
    badge.next_check_at = _next_check(badge, now)
    badge.check_lease_until, badge.check_attempts = None, 0
    return Verification(
        badge=badge,
        checked_at=report.checked_at,
        result=result,
        trust=badge.trust,
        host=badge.host,
        parts=plain.outline(report),
        findings=[
            {
                "check": f.check,
                "outcome": f.outcome,
                "detail": str(f.detail),
                "code": f.code,
                **(as_json(f.detail) or {}),
            }
            for f in _findings(badge, report)
        ],
    )


def _findings(badge: Badge, report: Report) -> list[Finding]:
    """As the core found them. Only that a statement lacks what its platform never stated is no
    fault of anybody's: the document around it is ours."""
    detail = _("It was stated, not issued as a badge, so it has only the parts that were stated.")
    stated = Finding(Check.SCHEMA, Outcome.NOT_APPLICABLE, detail, "schema.stated")
    return [
        stated if f.check is Check.SCHEMA and badge.basis != Basis.DOCUMENT else f
        for f in report.findings
    ]


def _trust(badge: Badge, report: Report) -> Trust:
    # Without any proof a document is the learner's word, however official it looks, unless this
    # site itself read it off a platform or its export.
    if report.finding(Check.SIGNATURE).code in UNSIGNED:
        stated = badge.basis in {Basis.DOCUMENT, Basis.LEARNER}
        return Trust.STATED if stated else Trust.EXPORT
    return Trust(report.trust.value)


def _recipient(report: Report) -> Recipient:
    outcome = report.finding(Check.RECIPIENT).outcome
    if outcome in {Outcome.PASSED, Outcome.WARNING}:
        return Recipient.OWNER
    return Recipient.OTHER if outcome == Outcome.FAILED else Recipient.UNNAMED


def _next_check(badge: Badge, now: datetime) -> datetime:
    """Sooner while something is unclear or about to end, later the longer nothing changes.

    Spread over an hour by the badge's own id, so that a thousand badges imported together do
    not knock on one issuer's door together.
    """
    due = now + _wait(badge, now) + timedelta(seconds=badge.pk.int % 3600)
    turns = {Result.VALID: badge.expires_at, Result.NOT_YET_VALID: badge.issued_at}
    turn = turns.get(Result(badge.result))
    return turn if turn is not None and now < turn < due else due


def _wait(badge: Badge, now: datetime) -> timedelta:
    if badge.result == Result.UNKNOWN:
        return _between(HOUR, (now - (badge.unknown_since or now)) / 4, WEEK)
    if badge.result == Result.VALID:
        wait = _between(WEEK, _unchanged_for(badge, now) / 8, 4 * WEEK)
        # Whoever renews badges does so before they end.
        left = badge.expires_at - now if badge.expires_at else 8 * WEEK
        return min(wait, max(left / 2, DAY))
    if badge.result in {Result.SUSPENDED, Result.NOT_YET_VALID}:
        return WEEK
    if badge.result == Result.EXPIRED and badge.expires_at:
        return _between(DAY, now - badge.expires_at, MONTH)  # or soon after, or never
    return MONTH


def _between(least: timedelta, wait: timedelta, most: timedelta) -> timedelta:
    return max(least, min(wait, most))


def _unchanged_for(badge: Badge, now: datetime) -> timedelta:
    """How long its checks have given this answer. Silence in between is no other answer."""
    here = now - badge.created_at
    if here <= 8 * WEEK:  # that is all that an import of thousands needs to know
        return here
    other = ~Q(result__in=[badge.result, Result.UNKNOWN])
    found = badge.verifications.aggregate(
        first=Min("checked_at"), changed=Max("checked_at", filter=other)
    )
    return now - (found["changed"] or found["first"] or now)


def keep_documents(*, badge: Badge, report: Report, now: datetime) -> None:
    """Keep what the check rested on, so that the badge outlives its issuer's site."""
    own = badge.supporting.filter(imported=False)
    kept = {row.url_digest: bytes(row.body) for row in own}
    for row in documents_of(badge=badge, report=report, now=now):
        if kept.get(row.url_digest) != row.body:
            SupportingDocument.objects.update_or_create(
                badge=badge,
                url_digest=row.url_digest,
                defaults={
                    "url": row.url,
                    "content_type": row.content_type,
                    "body": row.body,
                    "fetched_at": row.fetched_at,
                    "imported": False,
                },
            )


def documents_of(*, badge: Badge, report: Report, now: datetime) -> list[SupportingDocument]:
    """What a check rested on, as rows that are not yet saved."""
    found = {
        hashlib.sha256(fetched.url.encode()).hexdigest(): fetched
        for fetched in report.documents
        if fetched.status == 200
    }
    return [
        SupportingDocument(
            badge=badge,
            url_digest=digest,
            url=fetched.url,
            content_type=fetched.content_type[:200],
            body=fetched.body,
            fetched_at=now,
        )
        for digest, fetched in found.items()
    ]
