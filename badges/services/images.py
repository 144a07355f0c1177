"""Finds a badge's image and keeps a copy that is safe to show."""

import base64
import binascii
import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import unquote_to_bytes

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from badges.models import Picture
from badges.openbadges.credential import Format
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import Fetch
from badges.openbadges.report import Report
from badges.services.pictures import BadPicture, Studio
from badges.services.pictures import Picture as Made

logger = logging.getLogger("laurel.images")

MAX_BYTES = 5 * 1024 * 1024
BAKED = {Format.PNG, Format.SVG}
ACCEPT = "image/png, image/svg+xml, image/webp, image/jpeg, image/gif;q=0.8, */*;q=0.1"


def source_of(*, report: Report, data: bytes, fetch: Fetch) -> bytes | None:
    """The badge's image as it came: never to be shown before `pictures` has made it safe."""
    assert report.document is not None
    assert report.credential is not None
    if report.document.format in BAKED:
        return data
    return fetched(report.credential.image, fetch)


def fetched(image: str, fetch: Fetch) -> bytes | None:
    """The picture at an address, or None: a badge without an image is still a badge."""
    if image.startswith("data:"):
        return _decoded(image)
    if not image.startswith(("https://", "http://")):
        return None
    try:
        answer = fetch(image, accept=ACCEPT, max_bytes=MAX_BYTES)
    except Unreachable:
        return None
    return answer.body if answer.status == 200 else None


def _decoded(uri: str) -> bytes | None:
    head, comma, body = uri[5:].partition(",")
    if not comma or len(body) > MAX_BYTES * 2:
        return None
    raw = unquote_to_bytes(body)
    if not head.endswith(";base64"):
        return raw
    try:
        return base64.b64decode(raw, validate=True)
    except binascii.Error:
        return None


def draw(source: bytes, *, studio: Studio) -> Made | None:
    """Make a picture safe; None for a bad one. `keep` writes it down."""
    made = studio.make(source)
    if isinstance(made, BadPicture):
        logger.info("Image %s not shown: %s", hashlib.sha256(source).hexdigest()[:12], made)
        return None
    return made


def keep(made: Made, *, source: bytes, now: datetime) -> Picture:
    """Write the files of a drawn picture; an empty `source` is kept elsewhere already. Touches no
    row, so any thread may do it."""
    folder = f"pictures/{made.digest[:2]}/{made.digest}"
    return Picture(
        digest=made.digest,
        source=_save(f"{folder}/source", source) if source else "",
        large=_save(f"{folder}/large.webp", made.large),
        small=_save(f"{folder}/small.webp", made.small),
        width=made.width,
        height=made.height,
        created_at=now,
    )


def _save(name: str, data: bytes) -> str:
    # Named by its content: what is there is the same.
    if default_storage.exists(name):
        return name
    return str(default_storage.save(name, ContentFile(data)))


def enter(drawn: Sequence[Picture]) -> dict[str, Picture]:
    """Give drawn pictures their rows, whoever was first. By digest."""
    Picture.objects.bulk_create(drawn, ignore_conflicts=True)
    return {row.digest: row for row in Picture.objects.filter(pk__in=[one.pk for one in drawn])}
