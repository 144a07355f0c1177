"""Files of links and documents, taken away once the rows that named them are gone."""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction

CARDS = "cards"


def delete_after_commit(names: Iterable[str]) -> None:
    """A rollback keeps the rows, so it must keep their files as well."""
    for name in names:
        if name:
            transaction.on_commit(partial(default_storage.delete, name))


def forget_cards(link_ids: Iterable[UUID]) -> None:
    """The social cards of these links, which are a cache and may be drawn again."""
    for pk in link_ids:
        delete_after_commit(f"{CARDS}/{pk}/{name}" for name in cards_of(pk))


def cards_of(link_id: UUID) -> list[str]:
    try:
        return default_storage.listdir(f"{CARDS}/{link_id}")[1]
    except FileNotFoundError:
        return []
