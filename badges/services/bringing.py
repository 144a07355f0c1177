"""Writes down what an import learnt: many outcomes in one transaction and few queries.

The unique constraint decides whether a badge is here already, not a look: when somebody else adds
one of the batch in the very moment, the batch is taken back and met again with what is there now.
"""

import copy
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.services import audit
from badges.models import (
    Badge,
    Basis,
    HistoryEntry,
    ImportItem,
    ImportJob,
    Original,
    Picture,
    Result,
    SupportingDocument,
    Verification,
)
from badges.openbadges import parse
from badges.openbadges.credential import Credential
from badges.services import history, originals, search, skills, telling, unfolding, verification
from badges.services.examining import Outcome
from badges.services.meeting import PROVEN, Kinship, compare, is_in_place

logger = logging.getLogger("laurel.imports")

# A site that asks for patience is asked again after these, with some chance in it.
BACKOFF = (timedelta(seconds=30), timedelta(minutes=5))
State = ImportItem.State
FIELDS = [
    "state", "reason", "can_retry", "finished_at", "badge", "original", "attempts", "put_off",
    "next_try_at", "changes", "accepted", "label", "key",
]  # fmt: skip


def write(
    *, job: ImportJob, outcomes: Sequence[Outcome], now: datetime, chance: random.Random
) -> None:
    """Write these down, or nothing at all. Raises `LostClaim` when the job is somebody else's."""
    with transaction.atomic():
        job.hold(now=now)
        kept = originals.enter(
            owner_id=job.owner_id, kept=[o.kept for o in outcomes if o.kept], now=now
        )
        pictures = Picture.objects.in_bulk({o.picture_digest for o in outcomes} - {""})
        batch = _Batch(job, now, kept, pictures)
        plain = [o for o in outcomes if not o.broke]
        for outcome in plain:
            if outcome.unreachable and outcome.item.put_off < len(BACKOFF):
                _put_off(outcome, now, chance)
            elif outcome.error:
                refuse(outcome.item, outcome.error, now, can_retry=outcome.can_retry)
            elif outcome.report is not None and outcome.report.document is None:
                unfolding.replace(job=job, item=outcome.item, texts=outcome.pieces, now=now)
        good = [o for o in plain if not o.error and o.report is not None and o.report.document]
        _bring(batch, good)
        # As an upsert: one plain statement where an update of many is a tower of cases.
        ImportItem.objects.bulk_create(
            [o.item for o in plain],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=FIELDS,
        )
        for outcome in good:
            unfolding.append(job=job, item=outcome.item, texts=outcome.pieces, now=now)


def refuse(item: ImportItem, reason: str, now: datetime, *, can_retry: bool = False) -> None:
    """Say why this item came to nothing. Does not save."""
    item.state, item.reason = State.REFUSED, telling.told(reason)[:500]
    item.can_retry, item.finished_at, item.next_try_at = can_retry, now, None


def _put_off(outcome: Outcome, now: datetime, chance: random.Random) -> None:
    item = outcome.item
    postpone(item, outcome.error, now, chance, until=outcome.rested_until)


def postpone(
    item: ImportItem,
    reason: str,
    now: datetime,
    chance: random.Random,
    *,
    until: datetime | None = None,
) -> None:
    """Let an item wait for its site, and say until when. Does not save."""
    wait = BACKOFF[min(item.put_off, len(BACKOFF) - 1)] * chance.uniform(0.75, 1.25)
    item.next_try_at = until if until is not None and until > now else now + wait
    item.put_off, item.attempts = item.put_off + 1, 0
    told = _("%(reason)s Next try at %(time)s UTC.")
    item.reason = (
        told % {"reason": telling.told(reason)[:400], "time": f"{item.next_try_at:%H:%M}"}
    )[:500]


@dataclass
class _Batch:
    """What is being written together."""

    job: ImportJob
    now: datetime
    originals: dict[str, Original]
    pictures: dict[str, Picture]
    new: list[tuple[Badge, Outcome]] = field(default_factory=list)
    replaced: list[tuple[Badge, Outcome]] = field(default_factory=list)
    checks: list[Verification] = field(default_factory=list)
    entries: list[HistoryEntry] = field(default_factory=list)
    touched: list[Badge] = field(default_factory=list)


def _bring(batch: _Batch, outcomes: Sequence[Outcome]) -> None:
    for _try in range(3):
        batch.new, batch.replaced, batch.touched = [], [], []
        batch.checks, batch.entries = [], []
        try:
            with transaction.atomic():
                _meet_all(batch, outcomes)
                _save(batch)
        except IntegrityError:
            logger.info("Import %s met another on the way, and looks again", batch.job.pk)
        else:
            return
    raise RuntimeError("A batch of badges could not be written in three tries.")


def _meet_all(batch: _Batch, outcomes: Sequence[Outcome]) -> None:
    keys = [_identity(outcome) for outcome in outcomes]
    rows = Badge.objects.filter(owner_id=batch.job.owner_id, identity__in=keys)
    here = {badge.identity: badge for badge in rows.select_related("issuer").held()}
    # What this very import has already shown in another row.
    shown = set(
        batch.job.items.filter(badge__in=[badge.pk for badge in here.values()])
        .exclude(pk__in=[outcome.item.pk for outcome in outcomes])
        .values_list("badge_id", flat=True)
    )
    for key, outcome in zip(keys, outcomes, strict=True):
        item = outcome.item
        item.reason, item.can_retry, item.finished_at = "", False, batch.now
        item.next_try_at = None
        item.original = batch.originals[outcome.kept.digest] if outcome.kept else item.original
        badge = here.get(key)
        if badge is None:
            here[key] = badge = _new(batch, key, outcome)
            shown.add(badge.pk)
        elif badge.pk in shown:
            item.state, item.badge = State.ALREADY, badge
            item.reason = _("The same badge as another row of this import.")
        else:
            shown.add(badge.pk)
            _meet(batch, badge, outcome)


def _identity(outcome: Outcome) -> str:
    assert outcome.report is not None
    assert outcome.report.document is not None
    return parse.identity_key(outcome.report.document)


def _wanted(batch: _Batch, outcome: Outcome) -> bool:
    return batch.job.adds or outcome.item.accepted


def _new(batch: _Batch, identity: str, outcome: Outcome) -> Badge:
    added = _wanted(batch, outcome)
    badge = Badge(
        owner_id=batch.job.owner_id,
        identity=identity,
        added_at=batch.now if added else None,
        created_at=batch.now,
        source=batch.job.source,
    )
    _fill(batch, badge, outcome)
    batch.new.append((badge, outcome))
    outcome.item.badge = badge
    outcome.item.state = State.ADDED if added else State.OFFERED
    return badge


def _meet(batch: _Batch, badge: Badge, outcome: Outcome) -> None:
    assert outcome.report is not None
    item, now = outcome.item, batch.now
    item.badge = badge
    verdict = compare(here=badge, report=outcome.report, stated=outcome.statement is not None)
    if badge.added_at is None:
        # Offered before, by this import or another, and not taken yet.
        if verdict.kinship is Kinship.NEWER:
            _replace(batch, badge, outcome, [])
        item.state = State.OFFERED
        if _wanted(batch, outcome):
            badge.added_at, item.state = now, State.ADDED
            badge.source = badge.source or batch.job.source
            batch.touched.append(badge)
        return
    item.state, item.reason = State.ALREADY, verdict.reason
    if verdict.kinship is Kinship.NEWER:
        item.state, item.changes = State.CHANGED, verdict.changes
        if _wanted(batch, outcome):
            item.accepted = True
            _replace(batch, badge, outcome, verdict.changes)
    elif verdict.kinship is Kinship.ASK:
        badge.next_check_at = now
        batch.touched.append(badge)


def _replace(batch: _Batch, badge: Badge, outcome: Outcome, changes: list[dict[str, Any]]) -> None:
    """Let the newer copy take the badge's place; what it was stays in its history."""
    assert outcome.report is not None
    old = copy.copy(badge)
    in_place = is_in_place(outcome.report) and old.result == Result.VALID
    _fill(batch, badge, outcome, keep_document=in_place)
    batch.replaced.append((badge, outcome))
    if changes and in_place:
        batch.entries.append(history.changed(badge=badge, changes=changes, at=batch.now))
    elif changes:
        entry = history.superseded(badge=badge, old=old, changes=changes, at=batch.now)
        batch.entries.append(entry)


def _fill(batch: _Batch, badge: Badge, outcome: Outcome, *, keep_document: bool = False) -> None:
    report, said = outcome.report, outcome.statement
    assert report is not None
    assert report.document is not None
    assert report.credential is not None
    if not keep_document:
        badge.document = report.document.text.encode()
        badge.format = report.document.format
        badge.original = outcome.item.original
        badge.source_url = outcome.source_url or badge.source_url
    badge.picture = batch.pictures.get(outcome.picture_digest) or badge.picture
    if said is not None:
        badge.basis, badge.stated_by, badge.seen_at = said.basis, said.by[:200], batch.now
    else:
        badge.basis, badge.stated_by, badge.seen_at = Basis.DOCUMENT, "", None
    verification.read_words(badge=badge, credential=report.credential)
    if not report.credential.name and outcome.item.parent_id:
        badge.name = outcome.item.label  # taken back badges may have lost all but their id
    batch.checks.append(verification.answered(badge=badge, report=report, now=batch.now))


def _save(batch: _Batch) -> None:
    both = [*batch.new, *batch.replaced]
    read = [(badge, _credential(o), _is_proven(o)) for badge, o in both]
    verification.settle_issuers(read)
    Badge.objects.bulk_create([badge for badge, _o in batch.new])
    # Saved by hand: the rows have been held since they were read.
    for badge in {id(b): b for b in [b for b, _o in batch.replaced] + batch.touched}.values():
        badge.save()
    Verification.objects.bulk_create(batch.checks)
    HistoryEntry.objects.bulk_create(batch.entries)
    SupportingDocument.objects.bulk_create(
        [
            row
            for badge, o in batch.new
            if o.report is not None
            for row in verification.documents_of(badge=badge, report=o.report, now=batch.now)
        ]
    )
    for badge, outcome in batch.replaced:
        assert outcome.report is not None
        verification.keep_documents(badge=badge, report=outcome.report, now=batch.now)
    skills.link_many([(badge, credential) for badge, credential, _proven in read])
    if any(badge.added_at for badge, _o in batch.new):
        search.tell(batch.job.owner_id)
    if batch.replaced:
        search.forget(badge.pk for badge, _o in batch.replaced)
    audit.record_many(
        actor=batch.job.owner,
        action="badge.imported",
        targets=[(badge, {"result": badge.result}) for badge, _o in both if badge.added_at],
    )


def _credential(outcome: Outcome) -> Credential:
    assert outcome.report is not None
    assert outcome.report.credential is not None
    return outcome.report.credential


def _is_proven(outcome: Outcome) -> bool:
    return outcome.report is not None and outcome.report.trust in PROVEN
