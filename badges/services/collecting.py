"""What a learner does with badges they hold: look after them, and let them go."""

from dataclasses import astuple, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from accounts.models import User
from accounts.services import audit
from badges.models import Badge, Result
from badges.services.backpack import OTHER_ADDRESS, UNLISTED, state_is


@dataclass(frozen=True, slots=True)
class Attention:
    """How many badges want their owner's attention, by reason.

    What ends within a week ends within a month as well, and is counted there too: each number is
    that of the list to which it leads.
    """

    expiring_7: int
    expiring_30: int
    expiring: int
    revoked: int
    suspended: int
    unconfirmed: int
    unreachable: int
    unlisted: int

    def __bool__(self) -> bool:
        return any(astuple(self))


def attention(*, user: User, now: datetime) -> Attention:
    """One query over the owner's badges."""

    def when(state: str) -> Count:
        return Count("pk", filter=state_is(state, now))

    counts = Badge.objects.owned_by(user).aggregate(
        expiring_7=when("expiring-7"),
        expiring_30=when("expiring-30"),
        expiring=when("expiring"),
        revoked=when(Result.REVOKED),
        suspended=when(Result.SUSPENDED),
        unconfirmed=when(OTHER_ADDRESS),
        unreachable=when(Result.UNKNOWN),
        unlisted=when(UNLISTED),
    )
    return Attention(**counts)


def remove(*, badge: Badge, actor: User) -> None:
    """Delete a badge for good. Its original goes with the next tidying, once nothing names it."""
    with transaction.atomic():
        audit.record(actor=actor, action="badge.removed", target=badge, name=badge.name[:200])
        badge.delete()
