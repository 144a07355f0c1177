"""A ZIP archive of badges: pictures, files and documents, each of them looked at by itself.

`zips` keeps its limits. What cannot be read inside is said in its row; one bad file never spoils
the others. Exports of others that are a ZIP themselves are recognised before this one. An archive
inside an archive stays closed: each level would multiply what the level above was allowed.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.fetching import Fetch
from badges.openbadges.parse import MAX_FILE
from badges.sources import zips
from badges.sources.base import Found, Nothing, Reader, Seen, text
from badges.sources.mozilla_backpack import MozillaBackpack

EXPORTS = MozillaBackpack()  # its files may hold many badges each
SYSTEM = {"__macosx", "thumbs.db", "desktop.ini"}
OFFICE = {"[Content_Types].xml", "mimetype"}


class Archive(Reader):
    name = "archive"
    title = "ZIP"
    help = gettext_lazy("A ZIP with badges in it: pictures, JSON files, PDFs.")

    def recognise_file(self, name: str, data: bytes) -> Seen | None:
        if not zips.is_zip(data):
            return None
        return self.seen((_("ZIP archive %(name)s") % {"name": text(name, 200)}).strip())

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        members = [one for one in zips.members(data) if not is_system(one.path)]
        if not members:
            raise Nothing(_("This archive is empty."))
        if any(one.path in OFFICE for one in members):
            raise Nothing(_("This is an Office document or a book, which cannot carry a badge."))
        if sum(one.size for one in members) > zips.MAX_BYTES:
            message = _(
                "Unpacked, this archive would be larger than %(size)s MB. Bring it in parts."
            )
            raise Nothing(message % {"size": zips.MAX_BYTES // 1024 // 1024})
        for number, member in enumerate(members):
            yield from _found(member, number, fetch)


def _found(member: zips.Member, number: int, fetch: Fetch) -> Iterator[Found]:
    label = text(member.path, 300) or _("without a name")
    reason, content = unpacked(member)
    if not reason and EXPORTS.recognise_file(label, content):
        try:
            yield from EXPORTS.find({}, fetch=fetch, data=content)
            return
        except Nothing as error:
            reason = error.message
    if reason:
        place = f"{number}:{member.path}".encode("utf-8", "surrogatepass")
        yield Found(hashlib.sha256(place).hexdigest(), label, reason=reason)
    else:
        yield Found(hashlib.sha256(content).hexdigest(), label, data=content)


def unpacked(member: zips.Member) -> tuple[str, bytes]:
    """Why there is nothing in it to look at, or what is in it."""
    try:
        content = member.read(MAX_FILE)
    except zips.BadArchive as error:
        return error.message, b""
    if zips.is_zip(content):
        return _("This is an archive inside an archive. Unpack it and bring what is in it."), b""
    return ("", content) if content else (_("This file is empty."), b"")


def is_system(path: str) -> bool:
    """What operating systems add without being asked."""
    parts = re.split(r"[/\\]", path.lower())
    return any(part in SYSTEM or part[:1] == "." for part in parts)
