"""A ZIP archive of badges: pictures, files and documents, each of them looked at by itself.

An archive is the easiest bomb there is, so it is measured before it is opened: the entries are
counted without building a list of them, entries that share bytes are refused, and of each no more
is unpacked than it says it holds, which together must be within bounds. Nothing is ever written
to a disk, and a name is only a label. What cannot be read inside is said in its row; one bad file
never spoils the others.

Exports of others that are a ZIP themselves are recognised before this one. An archive inside an
archive stays closed: each level would multiply what the level above was allowed.
"""

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.fetching import Fetch
from badges.openbadges.parse import MAX_FILE
from badges.sources.base import Found, Nothing, Reader, Seen, text
from badges.sources.mozilla_backpack import MozillaBackpack

EXPORTS = MozillaBackpack()  # its files may hold many badges each
STARTS = (b"PK\x03\x04", b"PK\x05\x06")
ENTRY = b"PK\x01\x02"
MAX_ENTRIES = 1000
MAX_TOTAL = 50 * 1024 * 1024
MAX_RATIO = 100
ENCRYPTED = 0x1
SYSTEM = {"__macosx", "thumbs.db", "desktop.ini"}
# Others that `zipfile` knows keep a dictionary as large as the archive asks for.
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


class Archive(Reader):
    name = "archive"
    title = "ZIP"
    help = gettext_lazy("A ZIP with badges in it: pictures, JSON files, PDFs.")

    def recognise_file(self, name: str, data: bytes) -> Seen | None:
        if not data.startswith(STARTS):
            return None
        return self.seen((_("ZIP archive %(name)s") % {"name": text(name, 200)}).strip())

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        # A compressed file may hold these four bytes by chance, once in four billion places.
        if data.count(ENTRY) > MAX_ENTRIES:
            message = _("This archive holds more than %(count)s files. Bring it in smaller parts.")
            raise Nothing(message % {"count": MAX_ENTRIES})
        try:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                members = [one for one in archive.infolist() if not is_system(one)]
                measure(members, data)
                for member in members:
                    yield from self._member(archive, member, fetch)
        except DAMAGE:
            raise Nothing(_("This archive is cut off or damaged. Download it again.")) from None

    def _member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, fetch: Fetch
    ) -> Iterator[Found]:
        label = text(member.filename, 300) or _("without a name")
        reason, content = unpacked(archive, member)
        if not reason and EXPORTS.recognise_file(label, content):
            try:
                yield from EXPORTS.find({}, fetch=fetch, data=content)
                return
            except Nothing as error:
                reason = error.message
        if reason:
            place = f"{member.header_offset}:{member.filename}".encode("utf-8", "surrogatepass")
            yield Found(hashlib.sha256(place).hexdigest(), label, reason=reason)
        else:
            yield Found(hashlib.sha256(content).hexdigest(), label, data=content)


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[str, bytes]:
    """Why there is nothing in it to look at, or what is in it."""
    if reason := why_not(member):
        return reason, b""
    try:
        with archive.open(member) as file:
            content = file.read(member.file_size)
    except DAMAGE:
        return _("This file is damaged inside the archive. Download the archive again."), b""
    if content.startswith(STARTS):
        return _("This is an archive inside an archive. Unpack it and bring what is in it."), b""
    return ("", content) if content else (_("This file is empty."), b"")


def is_system(member: zipfile.ZipInfo) -> bool:
    """Folders, and what operating systems add without being asked."""
    parts = re.split(r"[/\\]", member.filename.lower())
    return member.is_dir() or any(part in SYSTEM or part[:1] == "." for part in parts)


def measure(members: list[zipfile.ZipInfo], data: bytes) -> None:
    """Refuse an archive that was made to hurt, before anything of it is unpacked."""
    if not members:
        raise Nothing(_("This archive is empty."))
    if any(one.filename in {"[Content_Types].xml", "mimetype"} for one in members):
        raise Nothing(_("This is an Office document or a book, which cannot carry a badge."))
    if sum(one.file_size for one in members) > MAX_TOTAL:
        message = _("Unpacked, this archive would be larger than %(size)s MB. Bring it in parts.")
        raise Nothing(message % {"size": MAX_TOTAL // 1024 // 1024})
    end = 0
    for one in sorted(members, key=lambda member: member.header_offset):
        if one.header_offset < end:
            raise Nothing(_("Files in this archive overlap, as only a trap's do. It was not read."))
        # The name and the extra field stand once more before the bytes, with lengths of their own.
        name, extra = struct.unpack_from("<HH", data, one.header_offset + 26)
        end = one.header_offset + 30 + name + extra + one.compress_size


def why_not(member: zipfile.ZipInfo) -> str:
    """Why this one is not even unpacked, or ""."""
    if member.flag_bits & ENCRYPTED:
        return _("This file is locked with a password. Unpack the archive and bring the file.")
    if member.compress_type not in PACKED:
        return _("This file is packed in an unusual way. Unpack the archive and bring the file.")
    if member.file_size > MAX_FILE:
        return _("This file is larger than 10 MB. A badge is never that large.")
    if member.file_size > MAX_RATIO * max(member.compress_size, 1):
        return _("This file unpacks to far more than a badge would, so it was not read.")
    return ""
