"""Throws away what nobody needs any more: old import rows, and files that no row names."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q

from accounts.services import limits
from badges.models import (
    Badge,
    HostState,
    ImportItem,
    ImportJob,
    Original,
    Picture,
    RememberedAnswer,
    Work,
)
from badges.services import connecting, inspections, organising, search

logger = logging.getLogger("laurel.housekeeping")

KEEP_IMPORTS = timedelta(days=90)
KEEP_OFFERS = timedelta(days=30)
YOUNG = timedelta(hours=1)


def tidy(*, now: datetime) -> None:
    """Run hourly. Every step is safe to repeat and to interrupt."""
    limits.forget_old(now=now)
    day_ago = now - timedelta(days=1)
    RememberedAnswer.objects.filter(fetched_at__lt=day_ago).delete()
    HostState.objects.filter(failed_at__lt=day_ago).delete()
    inspections.tidy(now=now)
    connecting.tidy(now=now)
    organising.tidy(now=now)
    search.sweep()
    Session.objects.filter(expire_date__lt=now).delete()
    for name in files_under("incoming"):
        if default_storage.get_modified_time(name) < now - YOUNG:
            default_storage.delete(name)
    # What was offered and never taken. Its file goes with the next step, once nothing names it.
    with transaction.atomic():
        # Held first: its owner may be adding it in this very moment.
        long_ago = now - KEEP_OFFERS
        again = Q(state=ImportItem.State.OFFERED, created_at__gte=long_ago, badge=OuterRef("pk"))
        old = Badge.objects.filter(
            ~Exists(ImportItem.objects.filter(again)),
            added_at=None,
            put_aside=None,
            created_at__lt=long_ago,
        ).held()
        Badge.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:1000])).delete()
    ImportItem.objects.filter(state=ImportItem.State.OFFERED, badge=None).update(
        state=ImportItem.State.SKIPPED
    )
    over = [Work.State.DONE, Work.State.FAILED]
    ImportJob.objects.filter(state__in=over, finished_at__lt=now - KEEP_IMPORTS).delete()
    for original in Original.objects.filter(
        badges=None,
        evidence_of=None,
        shown_for=None,
        import_items=None,
        history=None,
        received_at__lt=now - YOUNG,
    )[:500]:
        _drop_original(original)
    for picture in Picture.objects.filter(badges=None, created_at__lt=now - YOUNG)[:500]:
        names = [str(file) for file in (picture.source, picture.large, picture.small)]
        picture.delete()
        for name in filter(None, names):
            default_storage.delete(name)


def _drop_original(original: Original) -> None:
    name = str(original.file)
    try:
        original.delete()
    except ProtectedError:
        return  # an import has just taken it up again
    default_storage.delete(name)


def files_under(folder: str) -> Iterator[str]:
    """Every stored file below `folder`, by name."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for file in files:
        yield f"{folder}/{file}"
    for child in folders:
        yield from files_under(f"{folder}/{child}")
