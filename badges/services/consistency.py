"""Looks for what must never be: the oracle of every test that kills something."""

import hashlib
from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.db.models import F, Q

from badges.models import Badge, Evidence, ImportItem, ImportJob, Original, Picture, Work
from badges.openbadges import parse
from badges.openbadges.errors import OpenBadgesError


def faults() -> Iterator[str]:
    """One sentence for each thing that is wrong with the badges' rows and files."""
    yield from _originals()
    yield from _pictures()
    yield from _badges()
    yield from _shown()
    yield from _imports()


def digest_of(name: str) -> str | None:
    """SHA-256 of a stored file, or None when there is none."""
    if not default_storage.exists(name):
        return None
    with default_storage.open(name, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def names() -> set[str]:
    """Every stored file that a row of this app names."""
    found = {str(name) for name in Original.objects.values_list("file", flat=True)}
    for row in Picture.objects.values_list("source", "large", "small"):
        found.update(str(name) for name in row if name)
    return found


def _originals() -> Iterator[str]:
    for original in Original.objects.iterator():
        found = digest_of(str(original.file))
        if found is None:
            yield f"original {original.pk}: its file {original.file} is missing"
        elif found != original.digest:
            yield f"original {original.pk}: its file {original.file} has changed"


def _pictures() -> Iterator[str]:
    for picture in Picture.objects.iterator():
        for file in filter(None, (picture.source, picture.large, picture.small)):
            if not default_storage.exists(str(file)):
                yield f"picture {picture.pk}: its file {file} is missing"


def _badges() -> Iterator[str]:
    badges = Badge.objects.select_related("original", "evidence_file")
    for badge in badges.iterator(chunk_size=200):
        if badge.original is None and badge.document:
            yield f"badge {badge.pk}: has a document but not what it came in"
        if badge.original is not None and badge.original.owner_id != badge.owner_id:
            yield f"badge {badge.pk}: its original is somebody else's"
        if badge.evidence_file is not None and badge.evidence_file.owner_id != badge.owner_id:
            yield f"badge {badge.pk}: its evidence is somebody else's"
        if badge.document:
            try:
                key = parse.identity_key(parse.read(bytes(badge.document)))
            except OpenBadgesError as error:
                yield f"badge {badge.pk}: its document cannot be read: {error.message}"
            else:
                if key != badge.identity:
                    yield f"badge {badge.pk}: its document is another badge's"
        newest = badge.verifications.own().first()
        if newest is None:
            yield f"badge {badge.pk}: was never checked"
        elif (newest.result, newest.trust) != (badge.result, badge.trust):
            yield f"badge {badge.pk}: does not say what its newest check says"


def _shown() -> Iterator[str]:
    files = Evidence.objects.exclude(file=None)
    for row in files.exclude(file__owner=F("badge__owner")):
        yield f"evidence {row.pk}: its file is somebody else's"


def _imports() -> Iterator[str]:
    over = Q(job__state__in=[Work.State.DONE, Work.State.FAILED])
    for item in ImportItem.objects.filter(over, state=ImportItem.State.WAITING):
        yield f"import item {item.pk}: waits in an import that is over"
    added = ImportItem.objects.filter(state=ImportItem.State.ADDED)
    for item in added.exclude(badge=None).exclude(badge__owner=F("job__owner")):
        yield f"import item {item.pk}: added somebody else's badge"
    for job in ImportJob.objects.filter(state=Work.State.RUNNING, lease_until=None):
        yield f"import {job.pk}: runs without a lease"
