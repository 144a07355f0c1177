"""Gives one badge back what an export tells of it: history, old checks, documents, dates.

The badge itself was brought in and checked like any other, so nothing that is said here can make
it worth more: old checks and history are marked as brought along, and never count as ours. What
was here before stays; what is here already is not added again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services import addresses, audit
from badges.models import (
    Badge,
    Basis,
    HistoryEntry,
    How,
    ImportItem,
    Original,
    Result,
    Source,
    SupportingDocument,
    Trust,
    Verification,
)
from badges.models.skill import folded
from badges.openbadges import parse
from badges.openbadges import verify as core
from badges.openbadges.credential import Format
from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import offline
from badges.openbadges.report import Check, Outcome
from badges.services import by_hand, history, images, originals, search, skills, verification
from badges.sources.laurel import DOCUMENT_BYTES, ORIGINAL_BYTES, Export, Listed
from portfolio.services import additions, foreign

MAX_DOCUMENTS = 64
MAX_CHECKS = 1000
MAX_ALL_CHECKS = 50_000
MAX_ANSWERS = 300
MAX_HISTORY = 500
CHECKS = frozenset(Check)
OUTCOMES = frozenset(Outcome)
FORMATS = frozenset(Format)
DATES = {"issued_at", "expires_at"}
EVER = datetime.max.replace(tzinfo=UTC)

Json = dict[str, Any]


@dataclass(slots=True)
class Luggage:
    """What all badges of one export share."""

    export: Export
    sources: Mapping[str, Source]
    # A few days in the file would make rows without end: the answers of a check are told once.
    checks_left: int = field(default_factory=lambda: MAX_ALL_CHECKS)


@dataclass(slots=True)
class Given:
    """How much one badge got back. `picture` still has to be made safe."""

    checks: int = 0
    history: int = 0
    documents: int = 0
    picture: bytes = b""


def give_back(
    *, badge_id: UUID, record: Json, luggage: Luggage, added: bool, now: datetime
) -> Given:
    """Add to one badge what its record holds. `added`: it is here because of this very export."""
    given, export = Given(), luggage.export
    with transaction.atomic():
        # Two imports of one export may be at this badge at once: each row is looked for first.
        badge = Badge.objects.select_for_update().filter(pk=badge_id).first()
        if badge is None:  # removed by its owner a moment ago
            return given
        given.documents = _documents(badge, export, record, now)
        given.checks = _checks(badge, record, min(MAX_CHECKS, luggage.checks_left), now)
        luggage.checks_left -= given.checks
        given.history = _past(badge, export, record, now)
        changed = _own_words(badge, record, luggage.sources, now) if added else set()
        changed |= _original(badge, export, record, now) if added else set()
        changed |= _evidence(badge, export, record, now)
        changed |= _read_again(badge)
        if changed:
            badge.save(update_fields=sorted(changed))
        _answers(badge, record)
        additions.give_back(badge=badge, record=record, part=partial(_part, export), now=now)
        if badge.picture_id is None:
            given.picture = _part(export, record.get("picture"), images.MAX_BYTES)
    return given


def bring_from_copy(
    *, item: ImportItem, owner: User, export: Export, listed: Listed, now: datetime
) -> Badge | None:
    """A badge of which only the address was ever in the file, and nobody answers there any more.

    The import has refused it, since there is nothing to show. Its export has copies of what stood
    there: by these it is shown, as a badge that could not be checked.
    """
    data = export.bytes_of(listed.original or listed.document, ORIGINAL_BYTES)
    document = parse.read(data)
    if document.hosted_url is None:
        return None
    record = export.values_of(listed.record)
    copies = {url: body for url, body, _row in _copies(export, record, set())}
    credential = parse.credential(document, copies)
    if not credential.name:
        return None
    report = core.verify(data, fetch=offline({}), now=now, addresses=addresses.verified(owner))
    with transaction.atomic():
        badge, new = Badge.objects.get_or_create(
            owner=owner,
            identity=parse.identity_key(document),
            defaults={
                "original": originals.keep(owner=owner, data=data, name=item.label, now=now),
                "document": document.text.encode(),
                "format": document.format,
                "name": credential.name,
                "added_at": now,
            },
        )
        if new:
            verification.read_into(badge=badge, credential=credential, proven=False)
            verification.record(badge=badge, report=report, now=now)
            badge.next_check_at = now  # nobody was asked for this answer: ask soon
            badge.save()
            skills.link(badge=badge, credential=credential)
            audit.record(actor=owner, action="badge.imported", target=badge, result=badge.result)
        item.badge, item.reason, item.can_retry = badge, "", False
        item.state = ImportItem.State.ADDED if new else ImportItem.State.ALREADY
        item.save(update_fields=["badge", "reason", "can_retry", "state"])
    return badge if new else None


# --- Documents, checks and history: rows that are added --------------------------------------


def _copies(export: Export, record: Json, here: set[str]) -> Iterable[tuple[str, bytes, Json]]:
    """The copies that are not `here` yet, by the digests of their addresses."""
    for row in foreign.objects(record.get("documents"), MAX_DOCUMENTS):
        url = foreign.address(row.get("url"))
        if not url or _digest(url) in here:
            continue
        here.add(_digest(url))
        if body := _part(export, row.get("file")):
            yield url, body, row


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def _documents(badge: Badge, export: Export, record: Json, now: datetime) -> int:
    """Copies of what earlier checks rested on. A copy that was fetched here is the better one."""
    here = set(badge.supporting.values_list("url_digest", flat=True))
    added = 0
    for url, body, row in _copies(export, record, here):
        at = foreign.moment(row.get("fetched_at"), before=now)
        if at is None:
            continue
        SupportingDocument.objects.create(
            badge=badge,
            url=url,
            url_digest=_digest(url),
            content_type=foreign.words(row.get("content_type"), 200),
            body=body,
            fetched_at=at,
            imported=True,
        )
        added += 1
    return added


def _checks(badge: Badge, record: Json, most: int, now: datetime) -> int:
    here = set(badge.verifications.values_list("checked_at", "result"))
    rows: list[Verification] = []
    for answer in foreign.objects(record.get("checks"), MAX_ANSWERS):
        result = foreign.choice(answer.get("result"), Result.values)
        trust = foreign.choice(answer.get("trust"), Trust.values)
        days = answer.get("at")
        if not result or not trust or not isinstance(days, list):
            continue
        findings = _findings(answer.get("findings"))
        for day in days[: max(most - len(rows), 0)]:
            at = foreign.moment(day, before=now)
            if at is None or (at, result) in here:
                continue
            here.add((at, result))
            rows.append(
                Verification(
                    badge=badge,
                    checked_at=at,
                    result=result,
                    trust=trust,
                    host=foreign.words(answer.get("host"), 300),
                    findings=findings,
                    parts=[],
                    imported=True,
                )
            )
    Verification.objects.bulk_create(rows, batch_size=200)
    return len(rows)


def _findings(value: Any) -> list[Json]:
    found = [
        {
            "check": foreign.choice(one.get("check"), CHECKS),
            "outcome": foreign.choice(one.get("outcome"), OUTCOMES),
            "detail": foreign.words(one.get("detail"), 1000),
            "code": foreign.words(one.get("code"), 100),
            **foreign.sentence(one),
        }
        for one in foreign.objects(value, len(CHECKS))
    ]
    return [one for one in found if one["check"] and one["outcome"]]


def _past(badge: Badge, export: Export, record: Json, now: datetime) -> int:
    here = {(e.at, e.kind, _key(e.detail)) for e in badge.history.defer("document")}
    rows = []
    for told in foreign.objects(record.get("history"), MAX_HISTORY):
        at = foreign.moment(told.get("at"), before=now)
        kind = foreign.choice(told.get("kind"), HistoryEntry.Kind.values)
        detail = _detail(kind, told.get("detail"))
        if at is None or detail is None or (at, kind, _key(detail)) in here:
            continue
        here.add((at, kind, _key(detail)))
        document = _part(export, told.get("document"))
        rows.append(
            HistoryEntry(
                badge=badge,
                at=at,
                kind=kind,
                detail=detail,
                document=document,
                original=_kept(badge.owner, export, told.get("original"), now),
                imported=True,
            )
        )
    HistoryEntry.objects.bulk_create(rows)
    return len(rows)


def _key(detail: Any) -> str:
    return json.dumps(detail, sort_keys=True)


def _detail(kind: str, value: Any) -> Json | None:
    """What an entry of this kind tells; None when it is not what such an entry tells."""
    if not kind or not isinstance(value, dict):
        return None
    if kind == HistoryEntry.Kind.STATE:
        ends = {end: foreign.choice(value.get(end), Result.values) for end in ("before", "after")}
        reason = {
            "reason": foreign.words(value.get("reason"), 1000),
            **foreign.sentence(value),
        }
        return ends | reason if all(ends.values()) else None
    if kind in {HistoryEntry.Kind.CHANGED, HistoryEntry.Kind.SUPERSEDED}:
        told = foreign.objects(value.get("changes"), foreign.MANY)
        detail: Json = {"changes": [one for one in map(_change, told) if one]}
        carrier = foreign.choice(value.get("format"), FORMATS)
        return detail | ({"format": carrier} if carrier else {})
    source = foreign.words(value.get("source"), 300)
    return {"source": source} if source else {}


def _change(told: Json) -> Json | None:
    """One difference, of the values that a page can tell in words."""
    name = foreign.choice(told.get("field"), history.WORDS)
    if name not in history.SHORT:
        return {"field": name} if name else None
    ends = {end: told.get(end) for end in ("before", "after")}
    if name in DATES:
        # A day may lie ahead: badges end.
        good = all(end is None or foreign.moment(end, before=EVER) for end in ends.values())
    else:
        good = all(end is None or isinstance(end, str) for end in ends.values())
        ends = {end: value and foreign.words(value, 5000) for end, value in ends.items()}
    return {"field": name, **ends} if good else None


def _part(export: Export, name: Any, limit: int = DOCUMENT_BYTES) -> bytes:
    try:
        return export.bytes_of(name, limit) if isinstance(name, str) and name else b""
    except OpenBadgesError:
        return b""


def _kept(owner: User, export: Export, told: Any, now: datetime) -> Original | None:
    """An original that the export names, kept as one of its owner's."""
    if not isinstance(told, dict):
        return None
    data = _part(export, told.get("file"), ORIGINAL_BYTES)
    label = foreign.words(told.get("name"), 300)
    return originals.keep(owner=owner, data=data, name=label, now=now) if data else None


# --- The badge's own columns -----------------------------------------------------------------


def _own_words(
    badge: Badge, record: Json, sources: Mapping[str, Source], now: datetime
) -> set[str]:
    """When and whence the badge first came. None of it says that the badge is good."""
    changed = set()
    added_at = foreign.moment(record.get("added_at"), before=now)
    if added_at is not None and badge.added_at is not None and added_at < badge.added_at:
        badge.added_at = added_at
        changed.add("added_at")
    source_url = foreign.address(record.get("source_url"))
    if source_url and not badge.source_url:
        badge.source_url = source_url
        changed.add("source_url")
    source = sources.get(foreign.words(record.get("source"), 200))
    if source is not None and badge.source_id is None:
        badge.source = source
        badge.unlisted_at = foreign.moment(record.get("unlisted_at"), before=now)
        changed |= {"source", "unlisted_at"}
    stated = record.get("rests_on") == Basis.LEARNER and badge.basis == Basis.DOCUMENT
    if stated and badge.result == Result.UNSIGNED:
        badge.basis = Basis.LEARNER
        changed.add("basis")
    state = record.get("state")
    since = state.get("unknown_since") if isinstance(state, dict) else None
    unknown_since = foreign.moment(since, before=now)
    if unknown_since and badge.unknown_since and unknown_since < badge.unknown_since:
        badge.unknown_since = unknown_since
        changed.add("unknown_since")
    return changed


def _original(badge: Badge, export: Export, record: Json, now: datetime) -> set[str]:
    """The file that the badge came in, where the import was handed its document alone."""
    told = record.get("original")
    told = told if isinstance(told, dict) else {}
    if badge.original is not None and badge.original.digest == told.get("sha256"):
        name = foreign.words(told.get("name"), 300)
        Original.objects.filter(pk=badge.original.pk, name="").update(name=name)
        return set()
    try:
        data = _part(export, told.get("file"), ORIGINAL_BYTES)
        inside = parse.read_file(data).documents
    except OpenBadgesError:
        return set()
    own = bytes(badge.document)
    found = next((one for one in inside if one.text.encode() == own), None)
    original = _kept(badge.owner, export, told, now) if found is not None else None
    if found is None or original is None:
        return set()
    badge.original, badge.format = original, found.format
    return {"original", "format"}


def _evidence(badge: Badge, export: Export, record: Json, now: datetime) -> set[str]:
    """What its holder shows for a badge that rests on their word; of the kinds that are taken."""
    told = record.get("evidence_file")
    if not isinstance(told, dict) or badge.basis != Basis.LEARNER or badge.evidence_file_id:
        return set()
    name = foreign.words(told.get("name"), 300)
    data = _part(export, told.get("file"), by_hand.MAX_FILE)
    try:
        by_hand.check_evidence(by_hand.File(name, data))
    except by_hand.NotEvidence:
        return set()
    badge.evidence_file = originals.keep(owner=badge.owner, data=data, name=name, now=now)
    return {"evidence_file"}


def _read_again(badge: Badge) -> set[str]:
    """Read the badge's columns with the help of the copies, when no check could read it whole."""
    if badge.result in verification.READ or not badge.document:
        return set()
    copies = {row.url: bytes(row.body) for row in badge.supporting.filter(imported=True)}
    if not copies:
        return set()
    copies |= {row.url: bytes(row.body) for row in badge.supporting.filter(imported=False)}
    try:
        credential = parse.credential(parse.read(bytes(badge.document)), copies)
    except OpenBadgesError:
        return set()
    verification.read_into(badge=badge, credential=credential, proven=False)
    skills.link(badge=badge, credential=credential)
    search.forget([badge.pk])
    return set(verification.COLUMNS) - {"document"}


def _answers(badge: Badge, record: Json) -> None:
    """What its holder said of skills that are suggested here as well; no others can be named."""
    told = foreign.objects(record.get("skills"), foreign.MANY)
    yes = _names(one for one in told if one.get("how") == How.CONFIRMED)
    no = _names(foreign.objects(record.get("declined_skills"), foreign.MANY))
    for _round in range(skills.MAX_SKILLS if yes or no else 0):
        # A few are suggested at a time: each answer makes room for others.
        offered = {folded(skill.name): skill.pk for skill in skills.suggestions(badge)}
        name = next((name for name in offered if name in yes | no), None)
        if name is None:
            return
        answer = skills.confirm if name in yes else skills.dismiss
        answer(badge=badge, skill_id=offered[name], actor=badge.owner)


def _names(told: Iterable[Json]) -> set[str]:
    return {folded(foreign.words(one.get("name"), 200)) for one in told} - {""}
