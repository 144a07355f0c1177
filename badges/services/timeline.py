"""What happened to a learner's badges, by year: earned, renewed, expired, taken back."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.utils import timezone

from accounts.models import User
from badges.models import Badge, BadgeQuerySet, HistoryEntry, Result

EARNED, RENEWED, EXPIRED, REVOKED = "earned", "renewed", "expired", "revoked"
KINDS = (EARNED, RENEWED, EXPIRED, REVOKED)
PER_PAGE = 100
TOLD = [HistoryEntry.Kind.CHANGED, HistoryEntry.Kind.SUPERSEDED, HistoryEntry.Kind.STATE]

Moment = tuple[datetime, str, UUID]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one badge."""

    at: datetime
    kind: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class Year:
    """One year on a page, with the counts of the whole year: they may go on on the next page."""

    year: int
    counts: dict[str, int]
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of it, newest first."""

    page: "Page[Moment]"
    years: list[Year]


def of(*, owner: User, badges: BadgeQuerySet, page: str | None, now: datetime) -> Timeline:
    """The events of these badges of the owner. Three queries, however many there are."""
    moments = sorted(_moments(badges, now), reverse=True)
    counts = Counter((_year(at), kind) for at, kind, _badge in moments)
    shown = Paginator(moments, PER_PAGE).get_page(page)
    held = Badge.objects.owned_by(owner).for_display().in_bulk({badge for _, _, badge in shown})
    years = []
    for year, some in groupby(shown, key=lambda moment: _year(moment[0])):
        events = [Event(at, kind, held[badge]) for at, kind, badge in some if badge in held]
        years.append(Year(year, {kind: counts[year, kind] for kind in KINDS}, events))
    return Timeline(shown, years)


def _year(at: datetime) -> int:
    return timezone.localtime(at).year


def _moments(badges: BadgeQuerySet, now: datetime) -> Iterator[Moment]:
    for pk, issued_at, expires_at in badges.values_list("pk", "issued_at", "expires_at"):
        if issued_at is not None:
            yield issued_at, EARNED, pk
        if expires_at is not None and expires_at <= now:
            yield expires_at, EXPIRED, pk
    happened = HistoryEntry.objects.filter(badge__in=badges.order_by().values("pk"), kind__in=TOLD)
    for pk, at, kind, detail in happened.order_by().values_list("badge", "at", "kind", "detail"):
        if kind == HistoryEntry.Kind.STATE:
            if detail.get("after") == Result.REVOKED:
                yield at, REVOKED, pk
        elif any(_is_renewal(change) for change in detail.get("changes", [])):
            yield at, RENEWED, pk


def _is_renewal(change: dict[str, Any]) -> bool:
    """A later end than before. ISO dates sort as they stand."""
    before, after = change.get("before"), change.get("after")
    return change.get("field") == "expires_at" and bool(before and after and after > before)
