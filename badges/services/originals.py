"""Keeps bytes exactly as they came, under their digest."""

import hashlib
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from accounts.models import User
from badges.models import Original


def keep(*, owner: User, data: bytes, name: str, now: datetime) -> Original:
    """Store `data` once per owner and return its row.

    The file is written before the row: a crash in between leaves a file without a row, which
    `fsck` sweeps up, and never a row without its file.
    """
    digest = hashlib.sha256(data).hexdigest()
    kept = Original.objects.filter(owner=owner, digest=digest).first()
    if kept is not None and default_storage.exists(str(kept.file)):
        return kept
    path = default_storage.save(f"originals/{owner.pk}/{digest[:2]}/{digest}", ContentFile(data))
    if kept is not None:
        return kept
    row = Original(
        owner=owner, digest=digest, size=len(data), name=name[:300], file=path, received_at=now
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return Original.objects.get(owner=owner, digest=digest)
    return row


def read(original: Original) -> bytes:
    """The bytes, checked against their digest: a damaged file must not pass for what came."""
    with default_storage.open(str(original.file), "rb") as file:
        data: bytes = file.read()
    if hashlib.sha256(data).hexdigest() != original.digest:
        raise Damaged(f"{original.file} is not what was stored.")
    return data


class Damaged(Exception):
    """A stored file no longer has the digest under which it was stored."""
