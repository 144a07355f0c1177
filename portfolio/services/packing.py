"""Writes everything of one learner into a ZIP, as docs/export-format.md tells.

One badge is in memory at a time, and the file grows on disk. Parts are named by their digest where
several badges may share them, so that the profile of an issuer is in the file once. The same data
at the same moment give the same bytes.

A stored file that is missing or damaged must not cost the rest: its badge is written with what is
left, and the list at the front says what could not be had.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import addresses
from badges.models import Badge, HistoryEntry, Original, Picture, Source
from badges.services import originals
from badges.sources.laurel import FORMAT, MANIFEST, VERSION
from badges.sources.zips import MAX_RATIO, SMALL
from portfolio.models import Page
from portfolio.services import records
from portfolio.services.records import Json

STYLE = Path(__file__).resolve().parent.parent / "assets" / "export" / "style.css"
PACKED = ("png", "pdf")  # compressed by themselves
WITH = ("issuer", "original", "picture", "evidence_file")
UTF8 = ("utf-8", "replace")  # half a letter in a stranger's text must not cost the export

Alive = Callable[[], None]


@dataclass(slots=True)
class Packed:
    """What went into one file."""

    badges: int = 0
    pages: int = 0
    damaged: list[Json] = field(default_factory=list)


def pack(*, owner: User, out: BinaryIO, now: datetime, alive: Alive = lambda: None) -> Packed:
    """Write the whole export of `owner` to `out`. `alive` is called before each badge and page."""
    (packed,) = pack_parts(owner=owner, fresh=lambda: out, now=now, alive=alive)
    return packed


def pack_parts(
    *,
    owner: User,
    fresh: Callable[[], BinaryIO],
    now: datetime,
    alive: Alive,
    limit: int | None = None,
) -> Iterator[Packed]:
    """Write the export to as many files as it takes, each an export by itself with all pages.

    A part is closed once it has `limit` bytes. `fresh` opens the next file, and each is whole
    when its `Packed` is yielded.
    """
    # Ids first: what is added while the files are being written belongs to the next export.
    badges = Badge.objects.owned_by(owner).order_by("added_at", "pk")
    left = list(enumerate(badges.values_list("pk", flat=True), 1))
    part = 1
    while left or part == 1:
        out = fresh()
        with zipfile.ZipFile(out, "w") as archive:
            packer = _Packer(owner, archive, now)
            while left and (limit is None or out.tell() < limit):
                alive()
                packer.badge(*left.pop(0))
            packed = packer.close(part=part, more=bool(left), alive=alive)
        yield packed
        part += 1


@dataclass(slots=True)
class _Line:
    """One badge in the list, and on the page for people."""

    id: str
    name: str
    issuer: str
    record: str
    original: str
    document: str
    issued: datetime | None
    expires: datetime | None
    state: str
    trust: str
    picture: str

    def listed(self) -> Json:
        names = ("id", "name", "record", "original", "document")
        return {name: getattr(self, name) for name in names}


class _Packer:
    def __init__(self, owner: User, archive: zipfile.ZipFile, now: datetime) -> None:
        self.owner, self.now = owner, now
        self._archive = archive
        self._names: dict[str, str] = {}  # of parts that may be shared, by digest
        self._lines: dict[str, _Line] = {}
        self._packed = Packed()

    def badge(self, number: int, pk: UUID) -> None:
        """Write one badge, unless its owner has removed it a moment ago."""
        badge = Badge.objects.owned_by(self.owner).select_related(*WITH).filter(pk=pk).first()
        if badge is not None:
            self._badge(number, badge)

    def close(self, *, part: int, more: bool, alive: Alive) -> Packed:
        """Write the pages, and what stands at the front."""
        pages = []
        mine = Page.objects.owned_by(self.owner).order_by("created_at", "pk")
        for number, page in enumerate(mine, 1):
            alive()
            pages.append(self._page(number, page))
        self._front(pages, {"number": part, "more": more})
        self._packed.badges, self._packed.pages = len(self._lines), len(pages)
        return self._packed

    # --- Parts

    def _add(self, name: str, data: bytes) -> str:
        at = self.now.astimezone(UTC)
        when = (at.year, at.month, at.day, at.hour, at.minute, at.second)
        info = zipfile.ZipInfo(name, when)
        info.create_system, info.external_attr = 3, 0o644 << 16
        info.compress_type = _compression(name, data)
        self._archive.writestr(info, data)
        return name

    def _json(self, name: str, value: Json) -> str:
        return self._add(name, json.dumps(value, ensure_ascii=False, indent=1).encode(*UTF8))

    def _shared(self, folder: str, data: bytes) -> str:
        """A part that others may name as well, under its digest."""
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._names:
            self._names[digest] = self._add(f"{folder}/{digest[:32]}.{_suffix(data)}", data)
        return self._names[digest]

    def _original(
        self, original: Original | None, stem: str, badge: Badge, what: str = "original"
    ) -> str:
        """The name of the part that holds these bytes; empty when they cannot be had."""
        if original is None:
            return ""
        if original.digest in self._names:
            return self._names[original.digest]
        try:
            data = originals.read(original)
        except (originals.Damaged, OSError):
            self._damaged(badge, what, original.digest)
            return ""
        name = self._add(f"{stem}.{_suffix(data)}", data)
        self._names[original.digest] = name
        return name

    def _picture(self, picture: Picture | None, badge: Badge) -> str:
        """The picture as it was fetched. One that came inside the badge can be made again."""
        if picture is None or not picture.source:
            return ""
        if picture.pk in self._names:
            return self._names[picture.pk]
        try:
            with picture.source.open("rb") as file:
                data = file.read()
        except OSError:
            self._damaged(badge, "picture", picture.pk)
            return ""
        return self._shared("pictures", data)

    def _damaged(self, badge: Badge, what: str, digest: str) -> None:
        self._packed.damaged.append({"badge": str(badge.pk), "what": what, "sha256": digest})

    # --- A badge

    def _badge(self, number: int, badge: Badge) -> None:
        stem = f"badges/{number:04}-{slugify(badge.name)[:60].strip('-') or 'badge'}"
        original = self._original(badge.original, stem, badge)
        document = self._shared("documents", bytes(badge.document)) if badge.document else ""
        picture = self._picture(badge.picture, badge)
        evidence = self._original(badge.evidence_file, f"{stem}.evidence", badge, "evidence")
        history = badge.history.order_by("at", "pk")
        looks = badge.verifications.order_by("checked_at", "pk")
        record = records.facts(badge) | {
            "original": records.original_of(badge.original, original),
            "document": document,
            "documents": self._documents(badge),
            "picture": picture,
            "evidence_file": records.original_of(badge.evidence_file, evidence),
            "own_evidence": self._shown(badge, stem),
            "checks": list(records.checks(looks.iterator())),
            "history": [self._happened(entry, badge) for entry in history],
        }
        self._lines[str(badge.pk)] = _Line(
            id=str(badge.pk),
            name=badge.name[:300],
            issuer=str(badge.issuer) if badge.issuer else "",
            record=self._json(f"{stem}.laurel.json", record),
            original=original,
            document=document,
            issued=badge.issued_at,
            expires=badge.expires_at,
            state=str(badge.state(self.now).label),
            trust=str(badge.get_trust_display()),
            picture=next((name for name in (original, picture) if _is_shown(name)), ""),
        )

    def _shown(self, badge: Badge, stem: str) -> list[Json]:
        """What its holder shows for it beside what its issuer put in."""
        rows = badge.own_evidence.select_related("file").order_by("created_at", "pk")
        return [
            {
                "kind": row.kind,
                "title": row.title,
                "text": row.text,
                "url": row.url,
                "created_at": records.moment(row.created_at),
                "file": records.original_of(
                    row.file, self._original(row.file, f"{stem}.shown-{n}", badge, "evidence")
                ),
            }
            for n, row in enumerate(rows, 1)
        ]

    def _documents(self, badge: Badge) -> list[Json]:
        return [
            {
                "url": row.url,
                "content_type": row.content_type,
                "fetched_at": records.moment(row.fetched_at),
                "file": self._shared("documents", bytes(row.body)),
            }
            for row in badge.supporting.order_by("url_digest").iterator(chunk_size=1)
        ]

    def _happened(self, entry: HistoryEntry, badge: Badge) -> Json:
        document = self._shared("documents", bytes(entry.document)) if entry.document else ""
        original = ""
        if entry.original is not None:
            stem = f"documents/{entry.original.digest[:32]}"
            original = self._original(entry.original, stem, badge)
        return {
            "at": records.moment(entry.at),
            "kind": entry.kind,
            "detail": entry.detail,
            "document": document,
            "original": records.original_of(entry.original, original),
            "made_here": not entry.imported,
        }

    # --- Pages, and what stands at the front

    def _page(self, number: int, page: Page) -> tuple[str, Json]:
        entries = page.entries.filter(badge__added_at__isnull=False).order_by("position", "pk")
        told = {
            "title": page.title,
            "line": page.line,
            "intro": page.intro,
            "hide_expired": page.hide_expired,
            "created_at": records.moment(page.created_at),
            "updated_at": records.moment(page.updated_at),
            "entries": [
                {"badge": str(pk), "name": name[:300], "note": note}
                for pk, name, note in entries.values_list("badge_id", "badge__name", "note")
            ],
            "links": [records.link_of(link) for link in page.links.order_by("created_at", "pk")],
        }
        stem = f"pages/{number:03}-{slugify(page.title)[:60].strip('-') or 'page'}"
        return self._json(f"{stem}.json", told), told

    def _front(self, pages: list[tuple[str, Json]], part: Json) -> None:
        sources = Source.objects.owned_by(self.owner).order_by("created_at", "pk")
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": records.moment(self.now),
            "made_by": {
                "software": "Laurel",
                "version": settings.VERSION,
                "site": settings.SITE_URL,
            },
            "part": part,
            "person": {"name": self.owner.name, "addresses": addresses.verified(self.owner)},
            "badges": [line.listed() for line in self._lines.values()],
            "pages": [name for name, _told in pages],
            "sources": [records.source_of(source) for source in sources],
            "left_out": left_out(),
            "damaged": self._packed.damaged,
        }
        self._json(MANIFEST, manifest)
        told = [told for _name, told in pages]
        context = manifest | {"lines": self._lines, "told": told, "now": self.now}
        html = render_to_string("portfolio/export/index.html", context)
        self._add("index.html", html.encode(*UTF8))
        self._add("style.css", STYLE.read_bytes())


def left_out() -> list[str]:
    """What an export does not hold, in sentences for the file and the page."""
    return [
        _(
            "Share links: what they were called and their terms are here, but not the links "
            "themselves. Whoever has one opens the old site; on a new site you make new ones."
        ),
        _(
            "Secrets: passwords, passkeys, API tokens and the keys of connected accounts. "
            "Connect those accounts anew."
        ),
        _("PDF documents: keep the files. Their codes are answered by the old site alone."),
        _("Badges that an import found and that were never added, and those that you removed."),
    ]


# --- Bytes -----------------------------------------------------------------------------------


def _compression(name: str, data: bytes) -> int:
    """Stored as it is where compressing gains nothing, or so much that it looks like a bomb."""
    if name.endswith(PACKED) or len(data) < 256:
        return zipfile.ZIP_STORED
    if len(data) > SMALL and len(zlib.compress(data)) * MAX_RATIO < len(data) * 2:
        return zipfile.ZIP_STORED
    return zipfile.ZIP_DEFLATED


def _suffix(data: bytes) -> str:
    """A file name's ending, for people and their programs. Readers look at the bytes."""
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    magics = {b"\x89PNG\r\n": "png", b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"GIF8": "gif"}
    for magic, suffix in magics.items():
        if data.startswith(magic):
            return suffix
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if start.startswith((b"{", b"[")):
        return "json"
    if start.startswith(b"<"):
        return "svg" if b"<svg" in data[:4096].lower() else "html.txt"
    if start.startswith(b"eyJ"):
        return "jwt"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "bin"
    return "txt"


def _is_shown(name: str) -> bool:
    return name.endswith((".png", ".svg", ".jpg", ".gif", ".webp"))
