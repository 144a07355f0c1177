"""What a person should know when they next look."""

from datetime import datetime

from accounts.models import Notification, User


def notify(*, user: User, kind: str, text: str, url: str = "") -> Notification:
    return Notification.objects.create(user=user, kind=kind, text=text[:500], url=url)


def has_been_told(*, user: User, kind: str, url: str) -> bool:
    """Whether this person has heard of such a thing at this place before."""
    return Notification.objects.filter(user=user, kind=kind, url=url).exists()


def mark_read(*, user: User, now: datetime) -> int:
    return Notification.objects.filter(user=user, read_at=None).update(read_at=now)
