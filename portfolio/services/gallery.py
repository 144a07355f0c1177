"""Gives badges their pictures back, some two dozen drawn by one child.

A badge's picture is kept as it was fetched when it did not come inside the badge: its issuer's
site may be gone. Starting the child that makes a picture safe costs more than drawing it.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from badges.models import Badge, Picture
from badges.services import images
from badges.services.pictures import Studio

TOGETHER = 24
BYTES_IN_HAND = 16 * 1024 * 1024


class Gallery:
    """Pictures that wait to be drawn. `inside` says that they came inside their badges, so that
    the source need not be kept a second time."""

    def __init__(self, *, inside: bool) -> None:
        self._inside = inside
        self._wanted: dict[str, list[UUID]] = {}
        self._sources: dict[str, bytes] = {}

    def add(self, badge_id: UUID, source: bytes, now: datetime) -> None:
        digest = hashlib.sha256(source).hexdigest()
        self._sources[digest] = source
        self._wanted.setdefault(digest, []).append(badge_id)
        held = sum(map(len, self._sources.values()))
        if len(self._sources) >= TOGETHER or held > BYTES_IN_HAND:
            self.hang(now)

    def hang(self, now: datetime) -> None:
        """Draw what waits, and show it on its badges. A picture that cannot be shown is left."""
        known = set(Picture.objects.filter(pk__in=self._sources).values_list("pk", flat=True))
        new = [source for digest, source in self._sources.items() if digest not in known]
        with Studio() as studio:
            drawn = [(images.draw(one, studio=studio), one) for one in new]
        made = images.enter(
            [
                images.keep(made, source=b"" if self._inside else source, now=now)
                for made, source in drawn
                if made is not None
            ]
        )
        for digest, badges in self._wanted.items():
            if digest in known or digest in made:
                Badge.objects.filter(pk__in=badges, picture=None).update(picture=digest)
        self._wanted, self._sources = {}, {}
