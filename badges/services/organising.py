"""What a learner does with several badges at once: tag them, remove them, and take that back."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from accounts.services import audit, limits
from badges.models import KEPT_ASIDE, Badge, BadgeQuerySet, PutAside, Tag, Tagging
from badges.services import search, verification

MAX_TAGS = 200  # of one learner
MAX_AT_ONCE = 10_000  # badges
MAX_NAME = 40
CHECKS_PER_HOUR = 2000


class TooManyTags(Exception):
    """The learner would have more than MAX_TAGS."""


class NoTag(Exception):
    """Nothing that was written can be a tag."""


def names_in(text: str) -> list[str]:
    """The tags in what somebody wrote, parted by commas. Raises `NoTag`."""
    parts = (" ".join(part.replace("\0", "").split()) for part in text.split(","))
    names = {Tag.key_of(name): name for name in parts if name}
    if not names or any(len(name) > MAX_NAME or not key for key, name in names.items()):
        raise NoTag
    return list(names.values())


def tag(*, owner: User, badges: Sequence[UUID], names: Sequence[str]) -> int:
    """Give these badges of the owner all of these tags. Returns how many badges there were.

    A tag is made when it is first used, and gone with its last badge. Raises `TooManyTags`.
    """
    with transaction.atomic():
        # Two windows at once must not get past the bound.
        User.objects.select_for_update().get(pk=owner.pk)
        mine = _mine(owner, badges)
        keys = {Tag.key_of(name): name for name in names}
        here = set(Tag.objects.owned_by(owner).values_list("key", flat=True))
        if len(here | keys.keys()) > MAX_TAGS:
            raise TooManyTags
        Tag.objects.bulk_create(
            (Tag(owner=owner, key=key, name=keys[key]) for key in keys if key not in here),
            ignore_conflicts=True,
        )
        tags = Tag.objects.owned_by(owner).filter(key__in=keys)
        Tagging.objects.bulk_create(
            [Tagging(tag=one, badge_id=pk) for one in tags for pk in mine],
            ignore_conflicts=True,
            batch_size=2000,
        )
        search.read_again(mine)
    return len(mine)


def untag(*, owner: User, badges: Sequence[UUID], names: Sequence[str]) -> int:
    """Take these tags off. Returns how many badges there were."""
    with transaction.atomic():
        mine = _mine(owner, badges)
        tags = Tag.objects.owned_by(owner).filter(key__in=[Tag.key_of(name) for name in names])
        Tagging.objects.filter(tag__in=tags, badge__in=mine).delete()
        Tag.objects.owned_by(owner).filter(taggings=None).delete()
        search.read_again(mine)
    return len(mine)


def _mine(owner: User, badges: Iterable[UUID]) -> list[UUID]:
    own = Badge.objects.owned_by(owner).filter(pk__in=list(badges)[:MAX_AT_ONCE])
    return list(own.order_by().values_list("pk", flat=True))


def check_again(*, owner: User, badges: Sequence[UUID], now: datetime) -> int:
    """Have them checked as soon as a worker is free. Raises limits.TooOften."""
    mine = _mine(owner, badges)
    limits.hit(
        key=f"check-again:{owner.pk}",
        allowed=CHECKS_PER_HOUR,
        per=timedelta(hours=1),
        now=now,
        cost=len(mine),
    )
    return verification.request_check(badges=Badge.objects.filter(pk__in=mine), now=now)


# --- Away, and back --------------------------------------------------------------------------


def remove(*, owner: User, badges: Sequence[UUID], now: datetime) -> UUID | None:
    """Put these badges aside: out of the backpack and off every page, for good after a week.

    Returns the number under which `put_back` finds them; None when there were none.
    """
    batch = uuid4()
    with transaction.atomic():
        # Held: an import may be about to write one of them.
        held = Badge.objects.owned_by(owner).held().filter(pk__in=list(badges)[:MAX_AT_ONCE])
        mine = list(held.only("name", "added_at"))
        if not mine:
            return None
        # An import may have brought one back that had been put aside before.
        PutAside.objects.filter(badge__in=mine).delete()
        PutAside.objects.bulk_create(
            PutAside(badge=badge, batch=batch, at=now, added_at=badge.added_at or now)
            for badge in mine
        )
        _all(mine).update(added_at=None)
        search.forget([badge.pk for badge in mine])
        audit.record_many(
            actor=owner,
            action="badge.removed",
            targets=[(badge, {"name": badge.name[:200]}) for badge in mine],
        )
    return batch


def put_back(*, owner: User, batch: UUID, now: datetime) -> int:
    """Take a removal back, pages and all. Returns how many badges are in the backpack again."""
    with transaction.atomic():
        away = PutAside.objects.owned_by(owner).kept(now).filter(batch=batch)
        before = dict(away.values_list("badge_id", "added_at"))
        mine = list(Badge.objects.held().filter(pk__in=before, added_at=None).only("name"))
        for badge in mine:
            badge.added_at = before[badge.pk]
        Badge.objects.bulk_update(mine, ["added_at"], batch_size=500)
        PutAside.objects.filter(badge__in=mine).delete()
        audit.record_many(
            actor=owner, action="badge.put_back", targets=[(badge, {}) for badge in mine]
        )
    return len(mine)


def forget(*, owner: User, batch: UUID) -> int:
    """Delete what was put aside, for good and now. Returns how many badges."""
    with transaction.atomic():
        away = PutAside.objects.owned_by(owner).filter(batch=batch)
        held = Badge.objects.held().filter(pk__in=away.values("badge_id"))
        mine = list(held.only("name"))
        audit.record_many(
            actor=owner, action="badge.deleted", targets=[(badge, {}) for badge in mine]
        )
        _all(mine).delete()
    return len(mine)


def tidy(*, now: datetime) -> int:
    """Delete what nobody wanted back, and forget what came back by an import."""
    PutAside.objects.filter(badge__added_at__isnull=False).delete()
    with transaction.atomic():
        over = PutAside.objects.filter(at__lte=now - KEPT_ASIDE).values_list("badge_id", flat=True)
        held = Badge.objects.filter(added_at=None).held().filter(pk__in=list(over[:1000]))
        mine = list(held.values_list("pk", flat=True))
        Badge.objects.filter(pk__in=mine).delete()
        Tag.objects.filter(taggings=None).delete()
    return len(mine)


def _all(badges: Sequence[Badge]) -> BadgeQuerySet:
    return Badge.objects.filter(pk__in=[badge.pk for badge in badges])
