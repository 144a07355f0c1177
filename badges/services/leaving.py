"""Remembers what a learner did not want from a source, so that no look offers it again.

By the source's own key of it: the badge itself is gone by then, and what is left out is not even
fetched. Its row in a look says so, and can be chosen all the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from badges.models import Badge, ImportItem, Source

MOST = 5000  # keys of one source; the oldest are forgotten, and offered again


def leave_out(*, owner: User, items: Iterable[ImportItem]) -> None:
    """Offer these no more. What came from no source that is followed is left alone."""
    for pk, keys in _by_source(owner, items).items():
        _change(pk, drop=set(keys), add=keys)


def want_again(*, owner: User, items: Iterable[ImportItem]) -> None:
    """They were chosen after all."""
    for pk, keys in _by_source(owner, items).items():
        _change(pk, drop=set(keys))


def behind(badge: Badge) -> "QuerySet[ImportItem]":
    """The rows by which this badge came."""
    return ImportItem.objects.filter(badge=badge).exclude(parent=None)


def _by_source(owner: User, items: Iterable[ImportItem]) -> dict[UUID, list[str]]:
    rows = list(items)
    if not rows:
        return {}
    by_key = dict(Source.objects.owned_by(owner).values_list("key", "pk"))
    parents = ImportItem.objects.select_related("job").in_bulk(
        {row.parent_id for row in rows if row.parent_id}
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        parent = parents.get(row.parent_id or 0)
        if parent is None or not row.key:
            continue
        source = parent.job.source_id or by_key.get(Source.key_of(parent.reader, parent.answers))
        if source is not None:
            found[source].append(own_key(row))
    return found


def own_key(item: ImportItem) -> str:
    """The source's own key of this row, without the look that it stands in."""
    return (item.key or "").partition(":")[2]


def _change(pk: UUID, *, drop: set[str], add: Sequence[str] = ()) -> None:
    with transaction.atomic():
        source = Source.objects.select_for_update().filter(pk=pk).first()
        if source is not None:
            kept = [key for key in source.left_out if key not in drop]
            source.left_out = [*kept, *add][-MOST:]
            source.save(update_fields=["left_out"])
