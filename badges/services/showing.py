"""What a learner shows for a badge and thinks of it: evidence of their own, and reflections."""

from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import User
from accounts.services import audit, limits
from badges.models import Badge, Evidence, Reflection
from badges.services import by_hand, originals

MAX_EVIDENCE = 20  # of one badge
MAX_REFLECTIONS = 100
FILES_PER_HOUR = 100


class TooMuch(Exception):
    """The badge has as much of it as a page can take in. `most` says how much."""

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most}.")
        self.most = most


def add(
    *,
    badge: Badge,
    title: str,
    now: datetime,
    text: str = "",
    url: str = "",
    file: by_hand.File | None = None,
) -> Evidence:
    """Add a file, a link or a text: the first of these that is given, with words about it.

    Raises `TooMuch`, `by_hand.NotEvidence` and `limits.TooOften`.
    """
    if file is not None:
        by_hand.check_evidence(file)
        key = f"evidence:{badge.owner_id}"
        limits.hit(key=key, allowed=FILES_PER_HOUR, per=timedelta(hours=1), now=now)
    kept = None
    if file is not None:
        kept = originals.keep(owner=badge.owner, data=file.data, name=file.name, now=now)
    kind = Evidence.Kind.FILE if file else Evidence.Kind.LINK if url else Evidence.Kind.TEXT
    with transaction.atomic():
        _hold(badge)
        if badge.own_evidence.count() >= MAX_EVIDENCE:
            raise TooMuch(MAX_EVIDENCE)
        row = Evidence.objects.create(
            badge=badge,
            kind=kind,
            title=title or (file.name if file else url.removeprefix("https://") or text)[:80],
            text=text,
            url="" if file else url,
            file=kept,
            created_at=now,
        )
        audit.record(actor=badge.owner, action="evidence.added", target=badge, kind=kind.value)
    return row


def edit(*, evidence: Evidence, title: str, text: str) -> None:
    """Change the words about it. What it is stays: another file is other evidence."""
    evidence.title, evidence.text = title or evidence.title, text or evidence.text
    if evidence.kind != Evidence.Kind.TEXT:
        evidence.text = text  # of a file or a link, the words may go
    evidence.save(update_fields=["title", "text"])


def remove(*, evidence: Evidence, actor: User) -> None:
    """Take it away. A file goes with the next tidying, once nothing names it."""
    with transaction.atomic():
        audit.record(actor=actor, action="evidence.removed", target=evidence.badge)
        evidence.delete()


def reflect(*, badge: Badge, text: str, on: date, now: datetime) -> Reflection:
    """Keep what the owner thinks of it today, or thought on some day. Raises `TooMuch`."""
    with transaction.atomic():
        _hold(badge)
        if badge.reflections.count() >= MAX_REFLECTIONS:
            raise TooMuch(MAX_REFLECTIONS)
        return Reflection.objects.create(
            badge=badge, text=text, on=on, created_at=now, updated_at=now
        )


def rethink(*, reflection: Reflection, text: str, on: date, now: datetime) -> None:
    reflection.text, reflection.on, reflection.updated_at = text, on, now
    reflection.save(update_fields=["text", "on", "updated_at"])


def _hold(badge: Badge) -> None:
    """Two windows at once must not get past the bound."""
    Badge.objects.held().filter(pk=badge.pk).values_list("pk").first()
