"""Keys to the API: made in the profile, shown once, kept as a digest."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import ApiToken, User
from accounts.services import audit

PREFIX = "laurel_"
MAX_LIVE = 50


class TooMany(Exception):
    """Somebody holds as many living keys as one person may."""


def _digest(key: str) -> str:
    # A key of 200 random bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(key.encode()).hexdigest()


def create(
    *, user: User, name: str, scopes: Sequence[str], expires_at: datetime | None, now: datetime
) -> tuple[ApiToken, str]:
    """Return the row and the key itself, which is never to be seen again."""
    key = PREFIX + secrets.token_urlsafe(25)
    with transaction.atomic():
        if ApiToken.objects.owned_by(user).live(now).count() >= MAX_LIVE:
            raise TooMany
        token = ApiToken.objects.create(
            user=user,
            name=name,
            scopes=sorted(set(scopes)),
            digest=_digest(key),
            hint=key[: len(PREFIX) + 4],
            created_at=now,
            expires_at=expires_at,
        )
        audit.record(actor=user, action="token.created", target=token, scopes=token.scopes)
    return token, key


def resolve(*, key: str, now: datetime) -> ApiToken | None:
    """The live token behind a key. Its last use is noted at most once a minute."""
    token = ApiToken.objects.live(now).select_related("user").filter(digest=_digest(key)).first()
    if token is not None and (
        token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1)
    ):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def revoke(*, token: ApiToken, actor: User, now: datetime) -> bool:
    """End a key for good. False when it had been ended before."""
    with transaction.atomic():
        ended = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
        if ended:
            audit.record(actor=actor, action="token.revoked", target=token)
    return bool(ended)


def revoke_all(*, user: User, actor: User, now: datetime) -> int:
    """End every key of somebody. Returns how many were alive."""
    return sum(
        revoke(token=token, actor=actor, now=now)
        for token in ApiToken.objects.owned_by(user).filter(revoked_at=None)
    )
