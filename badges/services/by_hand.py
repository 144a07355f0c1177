"""Takes a badge in on its holder's word: what they say of it, and what they show for it.

Nobody signed such a badge and no platform answers for it. It becomes a document like any other,
so that every page, export and check treats it alike, and each of them says who stated it. The
evidence is kept as it came and handed out only as a download, only to its owner.
"""

import hashlib
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from io import BytesIO
from uuid import UUID, uuid5

from django.core.files import File as Stored
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import addresses, audit, limits
from badges.models import Badge, Basis, Original
from badges.openbadges import parse
from badges.openbadges import verify as core
from badges.openbadges.fetching import offline
from badges.openbadges.report import Report
from badges.services import originals, verification
from badges.sources.base import Statement
from badges.sources.statement import document

READER = "by-hand"
MAX_FILE = 10 * 1024 * 1024
PER_HOUR = 100


class Kind(StrEnum):
    """What evidence may be. The value is the ending of its name."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"
    TEXT = "txt"


ENDINGS = {"jpeg": Kind.JPEG, "jpe": Kind.JPEG, "md": Kind.TEXT} | {
    kind.value: kind for kind in Kind
}


class NotEvidence(Exception):
    """This file is not taken. `message` says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class File:
    """A file that shows what was done. Its name is the learner's."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What a learner states. `link` is an https address, or empty."""

    name: str
    issuer: str
    issued_on: date | None = None
    ends_on: date | None = None
    criteria: str = ""
    link: str = ""


def state(*, user: User, said: Said, file: File | None, chance: UUID, now: datetime) -> Badge:
    """Add the badge and return it. The same words under the same `chance` are one badge.

    So a button that is pressed twice makes one badge, and a form that was gone back to and
    changed makes another. Raises `NotEvidence` and `limits.TooOften`.
    """
    if file is not None:
        check_evidence(file)
    limits.hit(key=f"state:{user.pk}", allowed=PER_HOUR, per=timedelta(hours=1), now=now, cost=1)
    data = document(_statement(said, file, chance), reader=READER)
    # Nothing in it has an address that a check would ask, so there is no need to wait for one.
    report = core.verify(data, fetch=offline({}), now=now, addresses=addresses.verified(user))
    assert report.document is not None
    badge = Badge(
        owner=user,
        identity=parse.identity_key(report.document),
        original=originals.keep(owner=user, data=data, name=_name(said.name, "json"), now=now),
        evidence_file=originals.keep(owner=user, data=file.data, name=file.name, now=now)
        if file
        else None,
        document=data,
        format=report.document.format,
        basis=Basis.LEARNER,
        added_at=now,
    )
    with transaction.atomic():
        return _add(badge, report, now)


def _statement(said: Said, file: File | None, chance: UUID) -> Statement:
    shown = hashlib.sha256(file.data).hexdigest() if file else ""
    words = "\0".join(
        [said.name, said.issuer, str(said.issued_on), str(said.ends_on), said.criteria, said.link]
    )
    return Statement(
        basis=Basis.LEARNER,
        by="",
        id=str(uuid5(chance, f"{words}\0{shown}")),
        name=said.name,
        issuer=said.issuer,
        criteria=said.criteria,
        issued_on=said.issued_on,
        expires_on=said.ends_on,
        url=said.link,
    )


def _add(badge: Badge, report: Report, now: datetime) -> Badge:
    """As an import adds a badge; here no newer or better copy can exist, only the same one."""
    assert report.credential is not None
    same = Badge.objects.filter(owner=badge.owner, identity=badge.identity)
    if (here := same.first()) is not None:
        return here
    verification.read_into(badge=badge, credential=report.credential, proven=False)
    try:
        with transaction.atomic():
            badge.save(force_insert=True)
    except IntegrityError:
        return same.get()
    verification.record(badge=badge, report=report, now=now)
    badge.save()
    audit.record(
        actor=badge.owner, action="badge.stated", target=badge, file=badge.evidence_file is not None
    )
    return badge


# --- Evidence --------------------------------------------------------------------------------


def check_evidence(file: File) -> Kind:
    """What kind of evidence this file is. Raises `NotEvidence`.

    The bytes decide. The ending of the name must agree with them, so that nobody downloads
    something else than what the name promises.
    """
    if len(file.data) > MAX_FILE:
        raise NotEvidence(
            _("This file is larger than 10 MB. Bring a smaller picture or scan of it.")
        )
    if not file.data:
        raise NotEvidence(_("This file is empty. Choose it again."))
    kind = kind_of(file.data)
    ending = file.name.lower().rpartition(".")[2] if "." in file.name else ""
    if kind is None or (kind is Kind.TEXT and ending not in {"", "txt", "md"}):
        raise NotEvidence(_("Bring a PDF, a picture (PNG, JPEG or WebP) or a plain text."))
    if ending and ENDINGS.get(ending) is not kind:
        raise NotEvidence(
            _("This file is not what the end of its name says. Bring a PDF, a picture or a text.")
        )
    if zipfile.is_zipfile(BytesIO(file.data)):
        raise NotEvidence(_("There is an archive inside this file. Bring it without one."))
    return kind


def kind_of(data: bytes) -> Kind | None:
    """What these bytes are; None for what is not taken."""
    if (kind := _started(data)) is not None:
        return kind
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    plain = all(c.isprintable() or c in "\t\n\r\f" or ord(c) > 0x9F for c in text)
    return Kind.TEXT if plain else None


def _started(head: bytes) -> Kind | None:
    """The kind that starts like this; text has no such start."""
    if head.startswith(b"%PDF-"):
        return Kind.PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    return Kind.WEBP if head.startswith(b"RIFF") and head[8:12] == b"WEBP" else None


def download(evidence: Original) -> tuple[str, Stored[bytes]]:
    """The evidence, and what it is called on a disk: its owner's name for it, our ending."""
    file = default_storage.open(str(evidence.file), "rb")
    kind = _started(file.read(16)) or Kind.TEXT
    file.seek(0)
    return _name(evidence.name.rpartition(".")[0] or evidence.name, kind), file


def _name(stem: str, ending: str) -> str:
    return f"{slugify(stem, allow_unicode=True)[:80] or 'badge'}.{ending}"
