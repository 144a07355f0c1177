"""Closes and opens somebody's account, and keeps what happened to its locks on record."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import User
from accounts.services import audit, notifications, tokens


class Yourself(Exception):
    """Nobody may close their own account from the staff's desk: it would lock them out."""


def deactivate(*, user: User, actor: User, now: datetime) -> None:
    """Shut every door of an account: signing in, open sessions, keys, shared pages.

    Nothing is deleted, so `reactivate` brings all but sessions and keys back.
    """
    if user.pk == actor.pk:
        raise Yourself
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        user.is_active = False
        sessions = end_sessions(user=user)
        revoked = tokens.revoke_all(user=user, actor=actor, now=now)
        audit.record(
            actor=actor, action="user.deactivated", target=user, sessions=sessions, tokens=revoked
        )


def reactivate(*, user: User, actor: User) -> None:
    """Let somebody in again. They sign in anew and make new keys."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=True)
        user.is_active = True
        audit.record(actor=actor, action="user.reactivated", target=user)


def end_sessions(*, user: User) -> int:
    """End every session of somebody, wherever it is open. Returns how many there were."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


def rename(*, user: User, name: str) -> None:
    """Change the name that readers see."""
    User.objects.filter(pk=user.pk).update(name=name)
    user.name = name
    audit.record(actor=user, action="user.renamed", target=user)


def speak(*, user: User, language: str) -> None:
    """Change the language of somebody's mails and notices; "" for the site's own."""
    User.objects.filter(pk=user.pk).update(language=language)
    user.language = language


def addresses_changed(*, user: User, action: str, now: datetime) -> None:
    """Note that other addresses than before prove a badge is theirs."""
    User.objects.filter(pk=user.pk).update(addresses_changed_at=now)
    user.addresses_changed_at = now
    audit.record(actor=user, action=action, target=user)


def locks_changed(*, user: User, action: str, text: str, url: str) -> None:
    """Keep a change of sign-in methods on record, and show it where its owner next looks."""
    audit.record(actor=user, action=action, target=user)
    notifications.notify(user=user, kind=action, text=text, url=url)
