"""The picture beside a shared link: drawn by a worker, and only ever read by a request.

A link that is made or changed asks for its card at once. Whatever else changes what it says (the
page, a check, a date that passes) is found by a sweep, which compares fingerprints and draws
when they differ. Until a link has its card, its page names none.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, Subquery

from accounts.services import languages
from badges.models import Badge
from badges.services import bell
from portfolio.models import Card, ShareLink, ShareLinkQuerySet
from portfolio.services import card_art, files, pages

logger = logging.getLogger("laurel.cards")

Clock = Callable[[], datetime]
TASK = "portfolio.draw_card"
AT_ONCE = 50  # cards that one sweep asks for
LOOK_AGAIN = timedelta(hours=6)  # at what changes without a row that says so: a date, a name


def ask(*, link: ShareLink, now: datetime) -> None:
    """Have a link's card drawn soon. A locked link has none: it would show what is behind."""
    if link.is_locked:
        forget([link.pk])
        return
    with transaction.atomic():
        Card.objects.filter(link=link, state=Card.State.FAILED).update(attempts=0)
        card, _created = Card.objects.update_or_create(
            link=link,
            defaults={"state": Card.State.QUEUED, "run_after": now, "lease_until": None},
            create_defaults={"run_after": now, "created_at": now},
        )
        bell.ring(TASK, card_id=str(card.pk))


def draw(*, card_id: int, clock: Clock) -> None:
    """Draw one card if its page says something new. Safe to call twice, or to be killed in."""
    card: Card | None = Card.objects.claim(card_id, now=clock())
    if card is None:
        return
    if card.attempts > Card.MAX_ATTEMPTS:
        card.finish(state=Card.State.FAILED, now=clock())
        return
    links = ShareLink.objects.live(clock()).select_related("page__owner").filter(password="")
    opens = links.filter(pk=card.link_id).first()
    if opens is None:
        forget([card.link_id])
        return
    with languages.spoken_to(opens.page.owner):
        _draw(card, opens, clock)


def _draw(card: Card, link: ShareLink, clock: Clock) -> None:
    view = pages.build(page=link.page, now=clock(), link=link)
    mark, old = view.fingerprint(), str(card.file)
    if mark == card.fingerprint and old and default_storage.exists(old):
        card.finish(state=Card.State.DONE, now=clock(), attempts=0)
        return
    # The attempt is part of the name: one that was thought dead must not replace a newer file.
    name = f"{files.CARDS}/{link.pk}/{mark[:24]}-{card.attempts}.jpg"
    stored = default_storage.save(name, ContentFile(card_art.draw(view)))
    kept = card.finish(
        state=Card.State.DONE, now=clock(), attempts=0, file=stored, fingerprint=mark
    )
    if not kept:
        default_storage.delete(stored)
    elif old and old != stored:
        default_storage.delete(old)


def sweep(*, now: datetime) -> int:
    """Ask for the cards that may be out of date, and ring again for those that nobody took."""
    waiting = list(Card.objects.waiting(now).values_list("pk", flat=True)[:AT_ONCE])
    for pk in waiting:
        bell.ring(TASK, card_id=str(pk))
    stale = list(_stale(now)[:AT_ONCE])
    for link in stale:
        ask(link=link, now=now)
    return len(waiting) + len(stale)


def _stale(now: datetime) -> ShareLinkQuerySet:
    checks = Badge.objects.filter(entries__page=OuterRef("page")).order_by()
    newest = checks.values("entries__page").annotate(at=Max("checked_at")).values("at")
    drawn, looked = Q(card__state=Card.State.DONE), F("card__started_at")
    links = ShareLink.objects.live(now).filter(password="").select_related("page__owner")
    links = links.annotate(newest_check=Subquery(newest[:1]))
    changed = Q(page__updated_at__gte=looked) | Q(newest_check__gte=looked)
    old = Q(card__started_at__lt=now - LOOK_AGAIN)
    return links.filter(Q(card=None) | (drawn & (changed | old))).order_by("card__started_at")


def forget(link_ids: Iterable[UUID]) -> None:
    """These links show no card any more."""
    ids = list(link_ids)
    Card.objects.filter(link__in=ids).delete()
    files.forget_cards(ids)


def path_of(link: ShareLink) -> str:
    """Where a link's card is stored; empty while there is none. Wants `card` selected with it."""
    card = getattr(link, "card", None)
    return str(card.file) if card is not None and not link.is_locked else ""
