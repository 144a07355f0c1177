"""How often somebody may do something that costs us.

Counters are rows rather than cache entries: a flushed cache or a restarted broker must not hand
a password guesser a fresh allowance.
"""

from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import Limit


class TooOften(Exception):
    """The allowance of this window is spent. `again_at` says when the next one starts."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"Too often; again at {again_at:%H:%M} UTC.")
        self.again_at = again_at


def _window(now: datetime, per: timedelta) -> datetime:
    seconds = per.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=UTC)


def hit(*, key: str, allowed: int, per: timedelta, now: datetime, cost: int = 1) -> None:
    """Count `cost` against `key`; raise TooOften once more than `allowed` came in one window."""
    window = _window(now, per)
    rows = Limit.objects.filter(key=key[:160], window=window)
    if not rows.update(count=F("count") + cost):
        try:
            with transaction.atomic():
                Limit.objects.create(key=key[:160], window=window, count=cost)
        except IntegrityError:
            rows.update(count=F("count") + cost)
    if rows.values_list("count", flat=True).get() > allowed:
        raise TooOften(window + per)


def forget_old(*, now: datetime) -> int:
    """Drop the windows that nobody can ask about any more."""
    return Limit.objects.filter(window__lt=now - timedelta(days=2)).delete()[0]
