"""What a link shows of its page: all of it, or a choice of badges in an order of its own."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.services import audit
from portfolio.models import Entry, LinkBadge, ShareLink

Entries = TypeVar("Entries", bound=QuerySet[Entry, Any])


def choose(*, link: ShareLink, badges: Sequence[UUID] | None) -> None:
    """Show these badges in this order, or, with None, whatever the page shows.

    Ids of badges that are not on the page are nobody's: they are left out without a word.
    """
    with transaction.atomic():
        # The row is the lock: two choices made at once would become a mixture.
        ShareLink.objects.filter(pk=link.pk).update(own_choice=badges is not None)
        link.own_choice = badges is not None
        LinkBadge.objects.filter(link=link).delete()
        there = set(Entry.objects.filter(page=link.page_id).values_list("badge_id", flat=True))
        chosen = [pk for pk in dict.fromkeys(badges or ()) if pk in there]
        LinkBadge.objects.bulk_create(
            LinkBadge(link=link, badge_id=pk, position=place) for place, pk in enumerate(chosen)
        )
        audit.record(actor=link.page.owner, action="link.chosen", target=link, badges=len(chosen))


def chosen(link: ShareLink) -> list[UUID]:
    """The badges of a link with a choice of its own, in their order."""
    return list(LinkBadge.objects.filter(link=link).values_list("badge_id", flat=True))


def shown(entries: Entries, *, link: ShareLink | None) -> Entries:
    """Of a page's entries those that this link shows, in the link's own order."""
    if link is None or not link.own_choice:
        return entries
    place = LinkBadge.objects.filter(link=link, badge=OuterRef("badge")).values("position")
    # In the query itself: a page is read often, and each query more costs as much as ten badges.
    placed = entries.alias(place=Subquery(place)).filter(place__isnull=False)
    return placed.order_by("place", "pk")


def hides(*, link: ShareLink, badge: UUID) -> bool:
    """Whether this badge is on the page and not on this link."""
    return link.own_choice and not link.choices.filter(badge=badge).exists()
