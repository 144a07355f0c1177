"""Reads ZIP archives of strangers: bounded, one member at a time, and only the members asked for.

An archive can lie about everything. Its list of members may hold two hundred thousand names or
point at the same bytes a thousand times, a small member may unfold to gigabytes, a name may be a
path out of any folder, and a member may be a link to a file of ours. So:

- The names are counted in the raw bytes before anything builds objects for them.
- Members that share bytes are refused with the whole archive: only traps have such.
- Nothing is unfolded until a caller asks for that member, and then in small steps, each counted
  against one allowance for the whole archive. What the archive says of its sizes is only ever a
  reason to refuse.
- Names are labels. Nothing is ever written to a disk under them.
- A ZIP inside a ZIP is bytes like all others: `is_zip` lets a caller refuse it.

Every refusal is a `BadArchive` with words for the person whose file it is.
"""

import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from django.utils.translation import gettext as _

from badges.openbadges.errors import OpenBadgesError

MAX_MEMBERS = 1000
MAX_BYTES = 50 * 1024 * 1024  # unfolded, of all members that are read
MAX_RATIO = 100
SMALL = 64 * 1024  # of what unfolds to no more than this, the ratio does not matter
STEP = 64 * 1024
STARTS = (b"PK\x03\x04", b"PK\x05\x06")  # with members, and without any
IN_LIST = b"PK\x01\x02"
ENCRYPTED = 0x1
# Others that `zipfile` knows keep a dictionary as large as the archive asks for.
READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# What the standard library raises over archives that are no archives.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)


class BadArchive(OpenBadgesError):
    """This archive will not be read, or no more of it. The message says why."""


class BadMember(BadArchive):
    """This member will not be read; others may be fine."""


def is_zip(data: bytes) -> bool:
    """Whether this starts as a ZIP archive does."""
    return data.startswith(STARTS)


@dataclass
class Allowance:
    """How much may still be unfolded of one archive."""

    left: int = MAX_BYTES


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive. `path` is what the archive calls it, and proves nothing."""

    path: str
    size: int  # as the archive says
    _archive: zipfile.ZipFile
    _info: zipfile.ZipInfo
    _allowance: Allowance

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.replace("\\", "/").rpartition("/")[2]

    @property
    def label(self) -> str:
        """The name, fit to be shown."""
        return "".join(c if c.isprintable() else " " for c in self.name).strip()[:100]

    def read(self, limit: int = MAX_BYTES, *, allowance: Allowance | None = None) -> bytes:
        """Its bytes, counted against the archive's allowance or another one.

        Raises `BadMember`: too large, encrypted, damaged, or folded too tightly. Raises
        `BadArchive` when the allowance is spent.
        """
        if self._info.flag_bits & ENCRYPTED:
            words = _("“%(name)s” is locked with a password. Unpack it and bring what is inside.")
            raise self._bad(words)
        if self._info.compress_type not in READABLE:
            words = _(
                "“%(name)s” is packed in an unusual way. Unpack the archive and bring what is "
                "inside."
            )
            raise self._bad(words)
        try:
            return self._unfold(limit, allowance or self._allowance)
        except BROKEN:
            words = _("“%(name)s” in this archive is damaged. Download the archive again.")
            raise self._bad(words) from None

    def _unfold(self, limit: int, allowance: Allowance) -> bytes:
        self._measure(self.size, limit, allowance.left - self.size)
        parts: list[bytes] = []
        got = 0
        with self._archive.open(self._info) as file:
            while part := file.read(STEP):
                got += len(part)
                allowance.left -= len(part)
                self._measure(got, limit, allowance.left)
                parts.append(part)
        return b"".join(parts)

    def _measure(self, size: int, limit: int, left: int) -> None:
        if size > limit:
            words = _("“%(name)s” is larger than the %(size)s MB that are read of such a file.")
            raise self._bad(words, size=f"{limit / 1024 / 1024:.3g}")
        if size > max(SMALL, MAX_RATIO * max(self._info.compress_size, 1)):
            words = _("“%(name)s” unfolds to far more than is in it, so it was not read.")
            raise self._bad(words)
        if left < 0:
            words = _("“%(name)s” unfolds to more than is read of one archive. Bring it by itself.")
            raise BadArchive(words % {"name": self.label})

    def _bad(self, words: str, **values: str) -> BadMember:
        return BadMember(words % {"name": self.label, **values})


def members(
    data: bytes, *, most: int = MAX_MEMBERS, allowance: Allowance | None = None
) -> list[Member]:
    """The files in this archive, in its order; folders and links are none.

    Unfolds nothing yet. Raises `BadArchive` for what is no archive, one with more than `most`
    members, or one whose members share bytes.
    """
    # Each name in the list starts with these four bytes, so there are at most as many names.
    # Counted here, because the library would make an object of each before it can be asked.
    if data.count(IN_LIST) > most:
        raise _too_many(most)
    return of_file(BytesIO(data), most=most, allowance=allowance)


def of_file(
    file: BinaryIO, *, most: int = MAX_MEMBERS, allowance: Allowance | None = None
) -> list[Member]:
    """As `members`, of an archive that is too large to be held. The caller has seen to it that
    its list is not: the library reads that whole."""
    try:
        archive = zipfile.ZipFile(file)
        infos = archive.infolist()
        overlap = _overlap(infos, file)
    except BROKEN:
        raise BadArchive(
            _("This archive is damaged, or a part of it is missing. Download it again.")
        ) from None
    if len(infos) > most:
        raise _too_many(most)
    if overlap:
        raise BadArchive(
            _("Files in this archive overlap, as only a trap's do, so it was not read.")
        )
    allowance = allowance or Allowance()
    return [
        Member(info.filename, info.file_size, archive, info, allowance)
        for info in infos
        if not info.is_dir() and stat.S_IFMT(info.external_attr >> 16) in {0, stat.S_IFREG}
    ]


def _too_many(most: int) -> BadArchive:
    words = _("This archive holds more than %(count)s files. Bring only those with badges.")
    return BadArchive(words % {"count": most})


def _overlap(infos: list[zipfile.ZipInfo], file: BinaryIO) -> bool:
    """Whether two members lie over the same bytes."""
    end = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        if info.header_offset < end:
            return True
        # The name and the extra field stand once more before the bytes, with lengths of their own.
        file.seek(info.header_offset + 26)
        name, extra = struct.unpack("<HH", file.read(4))
        end = info.header_offset + 30 + name + extra + info.compress_size
    return False
