"""Keeps bytes exactly as they came, under their digest."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import User
from badges.models import Original


class Damaged(Exception):
    """A stored file no longer has the digest under which it was stored."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that are stored and have no row yet."""

    digest: str
    size: int
    path: str
    name: str


def write(*, owner_id: UUID, data: bytes, name: str) -> Kept:
    """Store the bytes, once per owner. Touches no row, so any thread may do it.

    The file is written before its row: a crash in between leaves a file without a row, which
    `fsck` sweeps up, and never a row without its file.
    """
    digest = hashlib.sha256(data).hexdigest()
    path = f"originals/{owner_id}/{digest[:2]}/{digest}"
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(data))
    return Kept(digest, len(data), path, name[:300])


def enter(*, owner_id: UUID, kept: Sequence[Kept], now: datetime) -> dict[str, Original]:
    """The rows of what was written, by digest: at most three queries, whatever the number."""
    digests = {one.digest for one in kept}
    mine = Original.objects.filter(owner_id=owner_id, digest__in=digests)
    rows = {row.digest: row for row in mine}
    missing = {one.digest: one for one in kept if one.digest not in rows}
    if missing:
        new = [
            Original(
                owner_id=owner_id,
                digest=one.digest,
                size=one.size,
                name=one.name,
                file=one.path,
                received_at=now,
            )
            for one in missing.values()
        ]
        # Somebody else may have entered the same just now: then theirs is the row.
        Original.objects.bulk_create(new, ignore_conflicts=True)
        rows |= {row.digest: row for row in mine.all() if row.digest in missing}
    return rows


def keep(*, owner: User, data: bytes, name: str, now: datetime) -> Original:
    """Store `data` once per owner and return its row."""
    kept = write(owner_id=owner.pk, data=data, name=name)
    return enter(owner_id=owner.pk, kept=[kept], now=now)[kept.digest]


def read(original: Original) -> bytes:
    """The bytes, checked against their digest: a damaged file must not pass for what came."""
    with default_storage.open(str(original.file), "rb") as file:
        data: bytes = file.read()
    if hashlib.sha256(data).hexdigest() != original.digest:
        raise Damaged(f"{original.file} is not what was stored.")
    return data
