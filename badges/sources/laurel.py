"""Laurel's own export: everything of one learner in a ZIP, as docs/export-format.md tells.

An export comes from whoever brings it, so that all of it is a stranger's: how much there is, what
its parts are called, what stands in them. `zips` keeps the limits that hold for every archive.
A part that cannot be read costs that part; only an archive that is built to mislead, or is too
large, is refused as a whole.

`find` yields the badges, each as it once came to Laurel. The rest of it (pages, notes, history) is
read by `portfolio.services.restoring` through `Export`, once the badges have been added.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges import parse
from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import Fetch
from badges.sources import zips
from badges.sources.base import Found, Nothing, Reader, Seen, Statement, day, loads, text

MANIFEST = "laurel.json"
FORMAT = "laurel-export"
VERSION = 1

MAX_ENTRIES = 50_000
MAX_BADGES = 10_000
MAX_PAGES = 200
MAX_SOURCES = 200
MAX_OWN_SKILLS = 200
MAX_GOALS = 50
MAX_TOTAL = 500 * 1024 * 1024
MAX_AGAIN = 200 * 1024 * 1024  # of parts that are read more than once
MANIFEST_BYTES = 8 * 1024 * 1024
RECORD_BYTES = 4 * 1024 * 1024
ORIGINAL_BYTES = parse.MAX_FILE
DOCUMENT_BYTES = 1024 * 1024

END = struct.Struct("<4s4H2LH")  # the record at the end of a ZIP (APPNOTE 4.3.16)
DIRECTORY_BYTES = MAX_ENTRIES * 256


class Damaged(Nothing):
    """One part of an export is missing or cannot be read. The others may be fine."""


class Archive:
    """The parts of a ZIP by their names, read within bounds. Raises `Nothing` and `Damaged`."""

    def __init__(self, file: BinaryIO) -> None:
        # Small parts that many badges name are where a small file could make much work.
        self._again = zips.Allowance(MAX_AGAIN)
        self._read: set[str] = set()
        _check_end(file)
        try:
            parts = zips.of_file(file, most=MAX_ENTRIES, allowance=zips.Allowance(MAX_TOTAL))
        except zips.BadArchive:
            raise _misbuilt() from None
        self._parts = {part.path: part for part in parts}
        if len(self._parts) != len(parts):
            raise _misbuilt()

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def read(self, name: str, limit: int) -> bytes:
        """One part, up to `limit` bytes."""
        part = self._parts.get(name)
        if part is None:
            raise Damaged(_("A part of this export is missing: %(name)s.") % {"name": name[:200]})
        again = name in self._read
        self._read.add(name)
        try:
            return part.read(limit, allowance=self._again if again else None)
        except zips.BadMember as error:
            raise Damaged(error.message) from None
        except zips.BadArchive:
            raise Nothing(_("This export holds more than Laurel reads at once.")) from None


def _check_end(file: BinaryIO) -> None:
    """Refuse what would make the library read without end, before it is asked.

    The library believes the size of the directory that the last record tells. Only the plain form
    of that record is taken: no comment behind it, none of the large form before it.
    """
    try:
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(size - END.size - 20, 0))
        tail = file.read()
        mark, _disk, _first, _here, count, directory, start, comment = END.unpack(tail[-END.size :])
    except (OSError, struct.error):
        raise _misbuilt() from None
    large = tail.startswith(b"PK\x06\x07") or count == 0xFFFF or 0xFFFFFFFF in (directory, start)
    if mark != b"PK\x05\x06" or comment or large or directory > DIRECTORY_BYTES:
        raise _misbuilt()


def _misbuilt() -> Nothing:
    return Nothing(_("This ZIP is not built as Laurel builds its exports, so it was not read."))


@dataclass(frozen=True, slots=True)
class Listed:
    """One badge as the export's list names it. The others are names of parts, or empty."""

    id: str
    name: str
    record: str
    original: str
    document: str


class Export:
    """An export that has been opened. Raises `Nothing` when there is none in the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._archive = Archive(file)
        self._folder = _folder(self._archive)
        self._manifest = _object(self._archive.read(self._folder + MANIFEST, MANIFEST_BYTES))
        if self._manifest.get("format") != FORMAT:
            raise _misbuilt()
        version = self._manifest.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise _misbuilt()
        self.version = version
        self.made_on = day(self._manifest.get("made_at"))

    def check_version(self) -> None:
        if self.version > VERSION:
            raise Nothing(
                _(
                    "This export was made by a newer Laurel than this one. Ask whoever runs this "
                    "site to update it, and bring the file again."
                )
            )

    @property
    def badges(self) -> tuple[Listed, ...]:
        """Each badge once: of two with one id the first counts."""
        found: dict[str, Listed] = {}
        for entry in _objects(self._manifest.get("badges"), MAX_BADGES):
            names = [text(entry.get(key), 300) for key in ("record", "original", "document")]
            id = text(entry.get("id"), 200)
            if id and id not in found:
                found[id] = Listed(id, text(entry.get("name"), 300), *names)
        return tuple(found.values())

    @property
    def pages(self) -> tuple[str, ...]:
        """The parts that hold pages."""
        named = self._manifest.get("pages")
        names = named[:MAX_PAGES] if isinstance(named, list) else []
        return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name))

    @property
    def sources(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(_objects(self._manifest.get("sources"), MAX_SOURCES))

    @property
    def own_skills(self) -> tuple[dict[str, Any], ...]:
        """What its owner claims or wants without a badge."""
        return tuple(_objects(self._manifest.get("own_skills"), MAX_OWN_SKILLS))

    @property
    def goals(self) -> tuple[dict[str, Any], ...]:
        return tuple(_objects(self._manifest.get("goals"), MAX_GOALS))

    def bytes_of(self, name: str, limit: int = DOCUMENT_BYTES) -> bytes:
        """A part as it is; raises `Damaged` when it cannot be had."""
        return self._archive.read(self._folder + name, limit)

    def values_of(self, name: str) -> dict[str, Any]:
        """A part that is a JSON object; raises `Damaged` when it is none."""
        return _object(self._archive.read(self._folder + name, RECORD_BYTES))


def _folder(archive: Archive) -> str:
    """What stands before every name: nothing, or the folder that a person packed again."""
    if MANIFEST in archive:
        return ""
    folders = [name.removesuffix(MANIFEST) for name in archive if name.endswith("/" + MANIFEST)]
    inside = [folder for folder in folders if folder.count("/") == 1]
    if len(inside) != 1:
        raise _misbuilt()
    return inside[0]


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Damaged(_("A part of this export is damaged: it should hold data and does not."))
    return value


def _objects(value: Any, most: int) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)][:most] if isinstance(value, list) else []


class Laurel(Reader):
    """What somebody took along from this Laurel or another one."""

    name: ClassVar[str] = "laurel"
    title: ClassVar[str] = "Laurel"
    help: ClassVar[Any] = gettext_lazy(
        "The ZIP that “Take everything with you” gave you, here or on another site with Laurel. "
        "Badges, pages, notes and history come back. What a platform once stated without signing "
        "it counts as your own word, until that platform is looked at again."
    )

    def recognise_file(self, name: str, data: bytes) -> Seen | None:
        if not data.startswith(b"PK\x03\x04"):
            return None
        try:
            export = Export(BytesIO(data))
        except OpenBadgesError:
            return None
        count = {"badges": len(export.badges), "pages": len(export.pages), "date": export.made_on}
        words = _("Laurel export with %(badges)s badges and %(pages)s pages")
        if export.made_on:
            words = _("Laurel export of %(date)s with %(badges)s badges and %(pages)s pages")
        return self.seen(words % count)

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        export = Export(BytesIO(data))
        export.check_version()
        badges = export.badges
        if not badges:
            raise Nothing(_("This export holds no badges."))
        for listed in badges:
            found = _bytes_of(export, listed)
            statement = None if found else _remains(export, listed)
            if found or statement:
                label = listed.name or _("Badge without a name")
                yield Found(key=listed.id, label=label, data=found, statement=statement)


def _bytes_of(export: Export, listed: Listed) -> bytes:
    """The original, when it holds this one badge and no other; else the badge's document.

    A PDF with three badges stands behind three entries, and each of them is one badge.
    """
    original = _or_nothing(export, listed.original, ORIGINAL_BYTES)
    document = _or_nothing(export, listed.document, DOCUMENT_BYTES)
    if not original or not document:
        return original or document
    try:
        alone = parse.read(original).text.encode() == document
    except OpenBadgesError:
        alone = False
    return original if alone else document


def _or_nothing(export: Export, name: str, limit: int) -> bytes:
    try:
        return export.bytes_of(name, limit) if name else b""
    except Damaged:
        return b""


def _remains(export: Export, listed: Listed) -> Statement | None:
    """What a badge said of itself, when neither its file nor its document is left."""
    try:
        record = export.values_of(listed.record)
    except Damaged:
        return None
    issuer = record.get("issuer")
    name = text(record.get("name"), 300) or listed.name
    if not name:
        return None
    return Statement(
        basis="learner",
        by="",
        id=listed.id,
        name=name,
        issuer=text(issuer.get("name"), 300) if isinstance(issuer, dict) else "",
        description=text(record.get("description")),
        criteria=text(record.get("criteria")),
        issued_on=day(record.get("issued_at")),
        expires_on=day(record.get("expires_at")),
    )
