"""What a learner does with badges they hold: look after them, and let them go."""

from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from accounts.models import User
from accounts.services import audit
from badges.models import Badge, Recipient, Result
from badges.services import leaving


@dataclass(frozen=True, slots=True)
class Attention:
    """How many badges want their owner's attention, by reason."""

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
    soon = Q(expires_at__gt=now, expires_at__lte=now + timedelta(days=90), result=Result.VALID)
    counts = Badge.objects.owned_by(user).aggregate(
        expiring=Count("pk", filter=soon),
        revoked=Count("pk", filter=Q(result=Result.REVOKED)),
        suspended=Count("pk", filter=Q(result=Result.SUSPENDED)),
        unconfirmed=Count("pk", filter=Q(result=Result.VALID, recipient=Recipient.OTHER)),
        unreachable=Count("pk", filter=Q(result=Result.UNKNOWN)),
        unlisted=Count("pk", filter=Q(unlisted_at__isnull=False)),
    )
    return Attention(**counts)


def remove(*, badge: Badge, actor: User) -> None:
    """Delete a badge. Its original goes with the next tidying, once nothing names it."""
    with transaction.atomic():
        # Else the next look at where it came from would bring it back.
        leaving.leave_out(owner=badge.owner, items=leaving.behind(badge))
        audit.record(actor=actor, action="badge.removed", target=badge, name=badge.name[:200])
        badge.delete()
