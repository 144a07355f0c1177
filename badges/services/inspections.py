"""Checks any badge for anybody: one thing given, every check told as it comes, nothing kept.

An inspection is a row of work like an import: claimed under a lease, its attempts counted before
the work begins, found again by the sweep. Four things are its own:

- what was given is dropped with the answer, and the row within the hour (`models.inspection.KEEP`);
- the address of the result is a secret of 160 bits, of which the row knows the digest alone;
- an e-mail address to compare with is dropped with what was given, and left out of the findings;
- whoever asks is a stranger. So the answers of other sites are asked for anew and not remembered
  for others, no site's silence is held against it, and there are bounds: on visits by address, on
  what waits, on what is kept, on requests to one host, and on the time of one check.
"""

import hashlib
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.services import limits
from badges.models import Inspection, LostClaim, Result, Trust, Work
from badges.openbadges import parse
from badges.openbadges import verify as core
from badges.openbadges.credential import Credential
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched
from badges.openbadges.plain import as_values
from badges.openbadges.report import Check, Finding, Report
from badges.openbadges.words import as_json
from badges.services import bell, images, links, pictures, registry
from badges.services.imports import MAX_FILE
from badges.services.pieces import split
from badges.services.telling import told

logger = logging.getLogger("laurel.inspections")

Clock = Callable[[], datetime]
TASK = "badges.run_inspection"
MAX_ATTEMPTS = 3
ALLOWED, PER = 30, timedelta(minutes=10)  # visits from one address
MAX_WAITING = 200
MAX_KEPT = 5000
REQUESTS, REQUESTS_PER = 300, timedelta(minutes=10)  # to one host, by all inspections together
PATIENCE = timedelta(seconds=60)  # of one check with other sites
SHOWN = 256 * 1024  # characters of the document that are kept for showing
MAX_PICTURE = 512 * 1024


class Refused(Exception):
    """What was given cannot be checked at all. `message` says why, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Busy(Exception):
    """Too much waits already, from everybody together."""


class Gone(Exception):
    """No inspection stands at this address, or none any more."""


# --- Start -----------------------------------------------------------------------------------


def start(
    *, file: bytes | None, name: str, text: str, about: str, address: str, now: datetime
) -> str:
    """Take one thing in and have a worker check it. Returns the secret of its address.

    `address` is where the visitor comes from, for counting only; `about` an e-mail address to
    compare the recipient with, or nothing.
    """
    row = _row(file, name, text)
    limits.hit(key=_key("visitor", address), allowed=ALLOWED, per=PER, now=now)
    busy = Inspection.objects.filter(state__in=[Work.State.QUEUED, Work.State.RUNNING])
    if busy.count() >= MAX_WAITING or Inspection.objects.count() >= MAX_KEPT:
        raise Busy
    token = secrets.token_urlsafe(20)
    row.digest, row.about = _digest(token), about.strip()[:320]
    row.created_at = row.run_after = now
    with transaction.atomic():
        row.save(force_insert=True)
        bell.ring(TASK, inspection_id=str(row.pk))
    return token


def _row(file: bytes | None, name: str, text: str) -> Inspection:
    if file is not None and text.strip():
        raise Refused(_("Give one thing at a time: either a file, or a text or link."))
    if file is not None:
        if not file.strip():
            raise Refused(_("This file is empty. Download it again where it came from."))
        if len(file) > MAX_FILE:
            raise Refused(_("This file is larger than 10 MB. A badge is never that large."))
        label = "".join(c if c.isprintable() else " " for c in name).strip()[:300]
        return Inspection(kind=Inspection.Kind.FILE, label=label or _("a file"), given=file)
    bare = text.strip().lstrip("\ufeff").strip()
    if not bare:
        raise Refused(_("Choose a file, or paste a link or a badge’s text."))
    if "\0" in bare:
        raise Refused(_("This text holds characters that no badge has. Give the file itself."))
    return _of_text(bare)


def _of_text(bare: str) -> Inspection:
    # Mail programs break long lines, and no token has a space in it.
    unbroken = "".join(bare.split())
    if parse.JWS.fullmatch(unbroken):
        bare = unbroken
    elif len(list(islice(split(bare), 2))) > 1:
        raise Refused(_("These are several things. Check one badge, or one link, at a time."))
    if re.match(r"https?://", bare, re.IGNORECASE):
        if len(bare) > 4000 or not bare.isprintable():
            raise Refused(_("This is not a web address that can be opened."))
        host = urlsplit(bare).netloc[:300] if _can_be_split(bare) else ""
        return Inspection(kind=Inspection.Kind.LINK, label=host or _("a link"), url=bare)
    if bare[0] not in '{["' and not parse.JWS.fullmatch(bare):
        raise Refused(
            _(
                "This is no link, no badge as JSON and no signed token. A link starts with "
                "https://, JSON with {, and a token with eyJ."
            )
        )
    data = bare.encode("utf-8", "surrogatepass")
    if len(data) > MAX_FILE:
        raise Refused(_("This text is larger than 10 MB. A badge is never that large."))
    return Inspection(kind=Inspection.Kind.TEXT, label=_("pasted text"), given=data)


def _can_be_split(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def _key(kind: str, value: str) -> str:
    """A counter's name. Counters outlive the hour, so nobody can read from it who or what came."""
    return f"verify:{kind}:{salted_hmac('laurel.inspections', value).hexdigest()[:40]}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- Reading the result ----------------------------------------------------------------------


def resolve(*, token: str, now: datetime) -> Inspection:
    """The inspection at this address. Raises `Gone`, also in the minutes before it is deleted."""
    rows = Inspection.objects.live(now).defer("given")
    row: Inspection | None = rows.filter(digest=_digest(token)).first()
    if row is None:
        raise Gone
    return row


def forget(*, inspection: Inspection) -> None:
    """Delete it now. A worker that is at it finds its claim lost and writes nothing."""
    Inspection.objects.filter(pk=inspection.pk).delete()


def tidy(*, now: datetime) -> int:
    """Delete whatever is as old as it may become."""
    return int(Inspection.objects.over(now).delete()[0])


# --- Work ------------------------------------------------------------------------------------


def sweep(*, now: datetime) -> int:
    """Forget what is over, and ring again for what waits: its bell was lost, its worker died."""
    tidy(now=now)
    waiting = Inspection.objects.waiting(now).values_list("pk", flat=True)[:50]
    for pk in waiting:
        bell.ring(TASK, inspection_id=str(pk))
    return len(waiting)


def run(*, inspection_id: UUID, fetch: Fetch, clock: Clock) -> bool:
    """Check one, unless somebody else holds it. True when it was finished here."""
    row: Inspection | None = Inspection.objects.claim(inspection_id, now=clock())
    if row is None:
        return False
    if row.attempts > MAX_ATTEMPTS:
        logger.error("Inspection %s given up after %s attempts", row.pk, MAX_ATTEMPTS)
        words = _("Something about this one made our checker stop three times, so it gave up.")
        return _finish(row, clock(), state=Work.State.FAILED, error=words)
    try:
        return _inspect(row, _Errand(row=row, fetch=fetch, clock=clock), clock)
    except DatabaseError:
        raise  # the lease runs out, and the sweep finds it again
    except LostClaim:
        return False
    except OpenBadgesError as error:
        return _finish(row, clock(), state=Work.State.DONE, error=told(error.message)[:500])
    except Exception:
        logger.exception("Inspection %s failed, attempt %s", row.pk, row.attempts)
        row.finish(state=Work.State.QUEUED, now=clock(), run_after=clock() + timedelta(seconds=2))
        return False


class _Errand:
    """The check's own fetch: holds the claim, asks once for each thing, and knows when to stop."""

    def __init__(self, *, row: Inspection, fetch: Fetch, clock: Clock) -> None:
        self.row, self.clock = row, clock
        self.until = clock() + PATIENCE
        self._fetch = fetch
        self._seen: dict[tuple[str, str], Fetched | Unreachable] = {}

    def hold(self) -> None:
        if not self.row.renew(now=self.clock()):
            raise LostClaim

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        self.hold()
        key = (url, accept)
        if key not in self._seen:
            try:
                self._seen[key] = self._ask(url, accept, max_bytes)
            except Unreachable as error:
                self._seen[key] = error
        found = self._seen[key]
        if isinstance(found, Unreachable):
            raise found
        return found

    def _ask(self, url: str, accept: str, max_bytes: int) -> Fetched:
        now = self.clock()
        if now >= self.until:
            raise Unreachable(_("The sites that this badge needs answer too slowly."), url)
        host = (urlsplit(url).hostname or "") if _can_be_split(url) else ""
        try:
            limits.hit(key=_key("host", host), allowed=REQUESTS, per=REQUESTS_PER, now=now)
        except limits.TooOften as stop:
            words = _("This site is being asked a lot at the moment. Try again at %(time)s UTC.")
            raise Unreachable(words % {"time": f"{stop.again_at:%H:%M}"}, url) from None
        return self._fetch(url, accept=accept, max_bytes=max_bytes)


def _inspect(row: Inspection, errand: _Errand, clock: Clock) -> bool:
    data = bytes(row.given) or _followed(row.url, errand)
    heard: list[dict[str, Any]] = []

    def hear(finding: Finding) -> None:
        heard.append(_stored(finding, row.about))
        Inspection.objects.filter(pk=row.pk, attempts=row.attempts).update(findings=heard)

    report = core.verify(
        data,
        fetch=errand,
        now=clock(),
        addresses=[row.about] if row.about else [],
        heard=hear,
    )
    errand.hold()  # the core turns whatever a fetch raises into an answer of its own
    if report.document is None:
        raise OpenBadgesError(told(report.finding(Check.READABLE).detail))
    document = report.document.text
    facts = _facts(report) | {"length": len(document)}
    result = Result.of(report)
    return _finish(
        row,
        clock(),
        state=Work.State.DONE,
        findings=[_stored(finding, row.about) for finding in report.findings],
        result=result,
        trust=Trust.STATED if result == Result.UNSIGNED else Trust(report.trust.value),
        host=report.host[:300],
        checked_at=report.checked_at,
        facts=facts,
        report=_plain(report, row, facts),
        document=document[:SHOWN],
        picture=_picture(report, data, errand),
    )


def _followed(url: str, errand: _Errand) -> bytes:
    """What the link leads to. One that says "withdrawn" is itself the hosted badge to check."""
    try:
        return links.read(url, fetch=errand).body
    except links.Withdrawn:
        return url.encode()


def _stored(finding: Finding, about: str) -> dict[str, Any]:
    values = {
        "check": str(finding.check),
        "outcome": str(finding.outcome),
        "detail": str(finding.detail),
        "code": finding.code,
        **(as_json(finding.detail) or {}),
    }
    scrubbed: dict[str, Any] = _without(values, about)
    return scrubbed


def _without(value: Any, about: str) -> Any:
    """These plain values without the address, which was given on the promise not to keep it."""
    if not about:
        return value
    if isinstance(value, dict):
        return {key: _without(one, about) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, about) for one in value]
    if isinstance(value, str):
        there = _("the address that you gave")
        return re.sub(re.escape(about), lambda _match: there, value, flags=re.IGNORECASE)
    return value


def _facts(report: Report) -> dict[str, Any]:
    """What the page shows of the credential: plain values, links only to the web."""
    credential, document = report.credential, report.document
    assert document is not None
    known = {
        "version": str(document.version),
        "format": str(document.format),
        "sha256": hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest(),
    }
    return known | (_said(credential) if credential is not None else {})


def _said(credential: Credential) -> dict[str, Any]:
    issuer = credential.issuer
    return {
        "name": credential.name[:1000],
        "description": credential.description[:5000],
        "criteria": credential.criteria.text[:10_000],
        "criteria_url": _web(credential.criteria.url),
        "kind": credential.achievement_type[:100],
        "issuer": {"id": issuer.id[:1000], "name": issuer.name[:1000], "url": _web(issuer.url)},
        "issued_at": credential.issued_at.isoformat() if credential.issued_at else "",
        "expires_at": credential.expires_at.isoformat() if credential.expires_at else "",
    }


def _web(url: str) -> str:
    return url[:2000] if url.lower().startswith(("https://", "http://")) else ""


def _plain(report: Report, row: Inspection, facts: dict[str, Any]) -> dict[str, Any]:
    """The report for machines: as `verify_badge --json`, with who checked what, and when."""
    values: dict[str, Any] = _without(as_values(report), row.about)
    for check, finding in zip(values["checks"], report.findings, strict=True):
        check["code"] = finding.code
    for part, inside in zip(values["parts"], report.parts, strict=True):
        part["suspended"] = inside.report.is_suspended
    issuer = facts.get("issuer", {})
    standing = registry.standing(
        identifier=issuer.get("id", ""),
        host=report.host,
        name=issuer.get("name", ""),
        now=report.checked_at,
    )
    return values | {
        "report": "laurel/1",
        "checked_at": report.checked_at.isoformat(),
        "checked_by": {"site": settings.SITE_URL, "version": settings.VERSION},
        "suspended": report.is_suspended,
        "trust": str(report.trust),
        "established": report.host,
        "registry": asdict(standing),
        "document": {"sha256": facts["sha256"], "version": facts["version"]},
        "link": row.url,
    }


def _picture(report: Report, data: bytes, errand: _Errand) -> bytes:
    if report.credential is None:
        return b""
    source = images.source_of(report=report, data=data, fetch=errand)
    if not source:
        return b""
    try:
        made = pictures.make(source)
    except pictures.BadPicture:
        return b""
    return next((one for one in (made.large, made.small) if len(one) <= MAX_PICTURE), b"")


def _finish(row: Inspection, now: datetime, **fields: Any) -> bool:
    """End it, and drop what was given in the same breath."""
    return row.finish(now=now, given=b"", about="", **fields)
