"""Reads ZIP archives of strangers: bounded, one member at a time, and only the members asked for.

An archive can lie about everything. Its list of members may hold two hundred thousand names or
point at the same bytes a thousand times, a small member may unfold to gigabytes, a name may be a
path out of any folder, and a member may be a link to a file of ours. So:

- The names are counted in the raw bytes before anything builds objects for them.
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
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

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
    """This archive, or a member of it, will not be read. The message says why."""


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

    def read(self, limit: int = MAX_BYTES) -> bytes:
        """Its bytes. Raises `BadArchive`: too large, encrypted, damaged, or folded too tightly."""
        if self._info.flag_bits & ENCRYPTED:
            raise BadArchive(
                _("“%(name)s” is locked with a password. Unpack it and bring what is inside.")
                % {"name": self.label}
            )
        if self._info.compress_type not in READABLE:
            raise BadArchive(
                _(
                    "“%(name)s” is packed in an unusual way. Unpack the archive and bring what is "
                    "inside."
                )
                % {"name": self.label}
            )
        try:
            return self._unfold(min(limit, self._allowance.left))
        except BROKEN:
            raise BadArchive(
                _("“%(name)s” in this archive is damaged. Download the archive again.")
                % {"name": self.label}
            ) from None

    @property
    def label(self) -> str:
        """The name, fit to be shown."""
        return "".join(c if c.isprintable() else " " for c in self.name).strip()[:100]

    def _unfold(self, limit: int) -> bytes:
        folded = max(self._info.compress_size, 1)
        if self.size > limit or self.size > max(SMALL, MAX_RATIO * folded):
            raise self._too_large()
        parts: list[bytes] = []
        got = 0
        with self._archive.open(self._info) as file:
            while part := file.read(STEP):
                got += len(part)
                self._allowance.left -= len(part)
                if got > limit or got > max(SMALL, MAX_RATIO * folded):
                    raise self._too_large()
                parts.append(part)
        return b"".join(parts)

    def _too_large(self) -> BadArchive:
        return BadArchive(
            _("“%(name)s” unfolds to more than is read of one archive.") % {"name": self.label}
        )


def members(data: bytes) -> Iterator[Member]:
    """The files in this archive, in its order; folders and links are none.

    Unfolds nothing yet. Raises `BadArchive` for what is no archive, or one with too many members.
    """
    # Each name in the list starts with these four bytes, so there are at most as many names.
    # Counted here, because the library would make an object of each before it can be asked.
    if data.count(IN_LIST) > MAX_MEMBERS:
        raise BadArchive(
            _("This archive holds more than %(count)s files. Bring only those with badges.")
            % {"count": MAX_MEMBERS}
        )
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        infos = archive.infolist()
    except BROKEN:
        raise BadArchive(
            _("This archive is damaged, or a part of it is missing. Download it again.")
        ) from None
    allowance = Allowance()
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if not info.is_dir() and kind in {0, stat.S_IFREG}:
            yield Member(info.filename, info.file_size, archive, info, allowance)
