"""LinkedIn: certifications, finished courses and skills of a member's data export.

The export is a ZIP with a table for each kind of thing, messages and contacts among them. The
tables named here are found by name, and nothing else in the archive is opened. A table may also
be brought without its archive.

What stands there is what the member once typed, so it makes statements, not proofs. Where a row
has a link it goes along: the platform behind it may prove more.

- `Finished On` of a certification is the day on which it ends, and not that of completion.
- Dates are in the member's language, and mostly name a month. See `dates`.
- A course counts when LinkedIn says that it was completed, and a video does not. A course that is
  among LinkedIn's own certifications as well is told once, as the one with the link.
- Skills are no badges. They are counted here, and `skills` reads them for whoever wants them.
- Honours are left out: they name no issuer and have no link, so nobody could be asked.
"""

import functools
import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import Fetch
from badges.sources import dates, tables, zips
from badges.sources.base import Found, Nothing, Reader, Seen, Statement, web

CERTIFICATIONS, LEARNING, SKILLS = "certifications", "learning", "skills"
# The columns without which a table of that name is something else.
NEEDED = {CERTIFICATIONS: {"name"}, LEARNING: {"contenttitle"}, SKILLS: {"name"}}
# A table whose file has another name has to show more.
TELLING = (
    (LEARNING, {"contenttitle", "contenttype"}),
    (CERTIFICATIONS, {"name", "authority"}),
    (CERTIFICATIONS, {"name", "licensenumber"}),
)
# "Certifications.csv", and as a browser names the second download of it.
NAMED = re.compile(r"(certifications|learning|skills)(\s*\(\d+\)|_\d+)?\.csv", re.IGNORECASE)
# By two of these an export is known that has none of ours. They are never opened.
OTHERS = {"profile.csv", "positions.csv", "connections.csv", "education.csv", "registration.csv"}
MAX_ROWS = 10_000  # of all tables; nobody has earned as much
COUNTED = 500  # rows that are counted before a worker reads the whole
MAX_TABLES = 12  # opened of one archive, however often it repeats a name
HEAD = 64 * 1024  # of a file, to tell what it is
# Content that is no course. A kind that we do not know, in whatever language, is taken for one.
PIECES = {"video", "article", "audio", "book", "chapter", "document", "event", "webpage"}
PATHS = {"learningpath", "path"}
# Anything but a day says that it was not completed: LinkedIn writes "N/A" there.
COMPLETED = ("contentcompletedat", "contentcompletedatifcompleted")
BARE_ADDRESS = re.compile(r"([\w-]+\.)+[a-z]{2,}(/|$)", re.IGNORECASE)
PRIVATE = re.compile(r"identity|e-?mail", re.IGNORECASE)

Row = Mapping[str, str]


class LinkedIn(Reader):
    """A file only: LinkedIn shows no program what is on a profile."""

    name: ClassVar[str] = "linkedin"
    title: ClassVar[str] = "LinkedIn"
    help = gettext_lazy(
        "On LinkedIn, open Settings, Data privacy, Get a copy of your data, and drop the archive "
        "here. Only your certifications, courses and skills are read. Messages and contacts are "
        "never opened."
    )

    def recognise_file(self, name: str, data: bytes) -> Seen | None:
        """An archive by the names of its members, a table by its name or its header."""
        if zips.is_zip(data):
            return self.seen(_words(data)) if _is_export(data) else None
        kind = _kind_of(name, data)
        return self.seen(_words(data, kind), kind=kind) if kind else None

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        """What can be read first; then, if a table could not be, why."""
        export = read(data, answers.get("kind", ""))
        found = [*export.certifications(), *export.courses()]
        yield from found
        if export.troubles:
            raise export.troubles[0]
        if found:
            return
        if names := export.skills():
            raise Nothing(
                ngettext(
                    "There is %(count)s skill in this export, and no certification or completed "
                    "course. Skills are no badges.",
                    "There are %(count)s skills in this export, and no certification or completed "
                    "course. Skills are no badges.",
                    len(names),
                )
                % {"count": len(names)}
            )
        raise Nothing(
            _(
                "There is no certification and no completed course in this export. Ask LinkedIn "
                "for the larger archive: the quick one may leave them out."
            )
        )


def skills(data: bytes) -> list[str]:
    """The skills in an export or in its table of skills, in their order, each once."""
    return read(data, SKILLS).skills()


@dataclass(slots=True)
class Export:
    """The rows of each table, and what kept a table from being read."""

    rows: dict[str, list[Row]] = field(
        default_factory=lambda: {CERTIFICATIONS: [], LEARNING: [], SKILLS: []}
    )
    troubles: list[OpenBadgesError] = field(default_factory=list)

    def certifications(self) -> list[Found]:
        """One for each; a row that is there twice is one."""
        told: dict[str, Found] = {}
        for row in self.rows[CERTIFICATIONS]:
            found = _certification(row)
            if found is None:
                continue
            first = told.setdefault(found.key, found)
            if first.elsewhere != found.elsewhere:
                # The same words with another link are another certification.
                found = _certification(row, apart=True) or found
                told.setdefault(found.key, found)
        return list(told.values())

    def courses(self) -> list[Found]:
        """Each completed course that is not among LinkedIn's own certifications already."""
        here = {
            _line(row, "name").casefold()
            for row in self.rows[CERTIFICATIONS]
            if row.get("authority", "").casefold().startswith("linkedin")
        }
        found = (_course(row) for row in self.rows[LEARNING])
        return list(
            {one.key: one for one in found if one and one.label.casefold() not in here}.values()
        )

    def skills(self) -> list[str]:
        """The names, in their order, each once."""
        told: dict[str, str] = {}
        for row in self.rows[SKILLS]:
            if name := _line(row, "name")[:200]:
                told.setdefault(name.casefold(), name)
        return list(told.values())


def read(data: bytes, kind: str = "", *, most: int = MAX_ROWS) -> Export:
    """All tables of an archive, or the one table of this kind. Raises nothing.

    No more than `most` rows are read of all of them together; what is left out is a trouble.
    """
    export = Export()
    try:
        for found, label, content in _tables(data, kind):
            room = most - sum(map(len, export.rows.values()))
            try:
                table = tables.open_table(content(), label=label, needs=NEEDED[found])
                rows = table.rows() if table else iter(())
                export.rows[found] += itertools.islice(rows, room)
                if next(rows, None) is not None:
                    raise Nothing(_("This export is too long to be read whole. Bring it in parts."))
            except Nothing as error:
                export.troubles.append(error)
                break
            except OpenBadgesError as error:  # the other tables are still good
                export.troubles.append(error)
    except OpenBadgesError as error:
        export.troubles.append(error)
    return export


def _tables(data: bytes, kind: str) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    """The kind of each table, its name to be shown, and a way to its bytes."""
    if not zips.is_zip(data):
        if kind in NEEDED:
            yield kind, f"{kind.title()}.csv", lambda: data
        return
    named = ((member, NAMED.fullmatch(member.name)) for member in zips.members(data))
    ours = ((member, match[1].lower()) for member, match in named if match)
    for member, found in itertools.islice(ours, MAX_TABLES):
        yield found, member.label, functools.partial(member.read, tables.MAX_BYTES)


def _is_export(data: bytes) -> bool:
    try:
        names = {member.name.lower() for member in zips.members(data)}
    except zips.BadArchive:
        return False  # whoever reads archives says what is wrong with this one
    return any(map(NAMED.fullmatch, names)) or len(names & OTHERS) > 1


def _kind_of(name: str, data: bytes) -> str:
    """Which table this file is, or "". Its name tells, and without a telling name its header."""
    named = NAMED.fullmatch(name.replace("\\", "/").rpartition("/")[2].strip())
    telling = [(named[1].lower(), NEEDED[named[1].lower()])] if named else TELLING
    head = data if len(data) <= HEAD else data[:HEAD].rpartition(b"\n")[0]
    for kind, needs in telling:
        try:
            if tables.open_table(head, label=name, needs=needs) is not None:
                return kind
        except tables.BadTable:
            return kind if named else ""  # `find` repeats why it cannot be read
    return ""


def _words(data: bytes, kind: str = "") -> str:
    """What was recognised, with the numbers of what is in it where that is quickly told: whoever
    brings it waits for these words, with two hundred files perhaps."""
    export = read(data, kind, most=COUNTED)
    if any(isinstance(error, Nothing) for error in export.troubles):
        return _("LinkedIn export")
    certifications, courses = len(export.certifications()), len(export.courses())
    skills = len(export.skills())
    counts = [
        ngettext("%(n)s certification", "%(n)s certifications", certifications)
        % {"n": certifications},
        ngettext("%(n)s completed course", "%(n)s completed courses", courses) % {"n": courses},
        ngettext("%(n)s skill, which is no badge", "%(n)s skills, which are no badges", skills)
        % {"n": skills},
    ]
    told = [
        words
        for words, number in zip(counts, (certifications, courses, skills), strict=True)
        if number
    ]
    return _("LinkedIn export") + (f": {', '.join(told)}" if told else "")


def _certification(row: Row, *, apart: bool = False) -> Found | None:
    name, issuer = _line(row, "name"), _line(row, "authority")
    link = _link(row.get("url", ""))
    if not name and not link:
        return None
    begun, ends = row.get("startedon", ""), row.get("finishedon", "")
    issued, until = dates.read(begun), dates.read(ends)
    licence = _line(row, "licensenumber")[:300]
    issued_on = issued.first if issued else None
    expires_on = until.last if until else None
    if issued_on and expires_on and expires_on < issued_on:
        expires_on = None  # the two dates contradict each other: only the start is believed
    # The day as read and not as written: an export in another language is of the same badges.
    told = issued_on.isoformat() if issued_on else begun
    key = _key(CERTIFICATIONS, name, issuer, licence, told, link if apart else "")
    return Found(
        key=key,
        label=name or link,
        elsewhere=link,
        statement=Statement(
            basis="export",
            by="LinkedIn",
            id=key,
            name=name or link,
            issuer=issuer or _("Issuer not named"),
            issued_on=issued_on,
            expires_on=expires_on,
            url=link,
            kind="Certification",
            licence=licence,
        ),
    )


def _course(row: Row) -> Found | None:
    title = _line(row, "contenttitle")
    kind = tables.fold(row.get("contenttype", ""))
    completed = next((row[column] for column in COMPLETED if row.get(column)), "")
    day = dates.read(completed)
    if not title or day is None or kind in PIECES:
        return None
    key = _key(LEARNING, title, day.first.isoformat())
    return Found(
        key=key,
        label=title,
        statement=Statement(
            basis="export",
            by="LinkedIn",
            id=key,
            name=title,
            issuer="LinkedIn Learning",
            description=row.get("contentdescription", ""),
            issued_on=day.first,
            kind="LearningProgram" if kind in PATHS else "Course",
        ),
    )


def _key(kind: str, *parts: str) -> str:
    """The export has no identifiers, so what a member hardly ever changes has to be one."""
    text = "\0".join(part.casefold() for part in parts)
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _line(row: Row, column: str) -> str:
    """A cell on one line: LinkedIn keeps the line breaks that somebody pasted."""
    return " ".join(row.get(column, "").split())


def _link(cell: str) -> str:
    """The https address in a cell, or "". People leave the scheme out, so a bare host will do.

    Some platforms put the holder's e-mail address into the links they hand out. It goes.
    """
    address = web("https://" + cell if BARE_ADDRESS.match(cell) else cell)
    head, mark, rest = address.partition("?")
    query, hash_, fragment = rest.partition("#")
    if not PRIVATE.search(query):
        return address
    kept = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if not PRIVATE.search(k)]
    return head + (mark + urlencode(kept) if kept else "") + hash_ + fragment
