"""Finds a badge's image and keeps a copy that is safe to show."""

import base64
import binascii
import hashlib
import logging
from datetime import datetime
from urllib.parse import unquote_to_bytes

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from badges.models import Picture
from badges.openbadges.credential import Format
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import Fetch
from badges.openbadges.report import Report
from badges.services import pictures

logger = logging.getLogger("laurel.images")

MAX_BYTES = 5 * 1024 * 1024
BAKED = {Format.PNG, Format.SVG}
ACCEPT = "image/png, image/svg+xml, image/webp, image/jpeg, image/gif;q=0.8, */*;q=0.1"


def picture_for(*, report: Report, data: bytes, fetch: Fetch, now: datetime) -> Picture | None:
    """The picture of a verified credential, or None: a badge without an image is still a badge."""
    assert report.document is not None
    found = source_of(report=report, data=data, fetch=fetch)
    inside = report.document.format in BAKED
    return store(found, now=now, keep_source=not inside) if found else None


def source_of(*, report: Report, data: bytes, fetch: Fetch) -> bytes | None:
    """The badge's image as it came: never to be shown before `pictures` has made it safe."""
    assert report.document is not None
    assert report.credential is not None
    if report.document.format in BAKED:
        return data
    return _fetched(report.credential.image, fetch)


def _fetched(image: str, fetch: Fetch) -> bytes | None:
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


def store(source: bytes, *, now: datetime, keep_source: bool) -> Picture | None:
    """Make both sizes and keep them under the source's digest; None when it is no fit picture."""
    digest = hashlib.sha256(source).hexdigest()
    known = Picture.objects.filter(pk=digest).first()
    if known is not None:
        return known
    try:
        made = pictures.make(source)
    except pictures.BadPicture as error:
        logger.info("Image %s not shown: %s", digest[:12], error)
        return None
    folder = f"pictures/{digest[:2]}/{digest}"

    def save(name: str, data: bytes) -> str:
        return str(default_storage.save(f"{folder}/{name}", ContentFile(data)))

    picture, _created = Picture.objects.get_or_create(
        pk=digest,
        defaults={
            "source": save("source", source) if keep_source else "",
            "large": save("large.webp", made.large),
            "small": save("small.webp", made.small),
            "width": made.width,
            "height": made.height,
            "created_at": now,
        },
    )
    return picture
