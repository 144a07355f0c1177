"""Lists of skills, read line by line: ESCO's and O*NET's files, and the one that Laurel brings.

The files are told apart by their columns and never by their names, because people rename them.
Nothing is kept in memory but the line at hand and the identifiers that were seen.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import TextIO

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from badges.openbadges import frameworks
from badges.openbadges.frameworks import Framework, Kind

STARTER = Path(__file__).resolve().parent.parent / "skills" / "starter.json"
MAX_NAMES = 200  # of one skill in one language
ESCO_COLUMNS = {"concepttype", "concepturi", "preferredlabel", "altlabels"}
ESCO_SKILLS = {"KnowledgeSkillCompetence", "SkillGroup"}
ONET_FILES = (
    "Content Model Reference",
    "Technology Skills",
    "Skills",
    "Knowledge",
    "Abilities",
    "Work Activities",
)


class BadList(Exception):
    """The file cannot be read as a list of skills. `message` says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Name:
    """What a skill is called in one language; the preferred one is its main name there."""

    text: str
    language: str
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One skill of a list. Without an address it is known by its name."""

    name: str
    names: tuple[Name, ...]
    description: str = ""
    url: str = ""
    framework: str = ""


# --- Laurel's own ----------------------------------------------------------------------------


def starter() -> Iterator[Entry]:
    """Everyday skills, each with what it is called in four languages."""
    for one in json.loads(STARTER.read_text(encoding="utf-8")):
        names = [Name(one["name"], "en", preferred=True)]
        for language in ("en", "de", "fr", "es"):
            others = one.get(language, [])
            # In another language than the name's own the first one is the main one.
            names += [
                Name(text, language, preferred=not at and language != "en")
                for at, text in enumerate(others)
            ]
        yield Entry(one["name"], tuple(names), one["about"])


# --- ESCO ------------------------------------------------------------------------------------


def esco(path: Path, language: str) -> Iterator[Entry | None]:
    """The skills of ESCO's `skills_LANGUAGE.csv`. None for a line that holds none."""
    with _rows(path) as rows:
        columns = next(rows, {}).keys()
        if not columns >= ESCO_COLUMNS:
            missing = ", ".join(sorted(ESCO_COLUMNS - columns))
            raise BadList(
                _("This is not ESCO’s skills_en.csv: it has no columns %(columns)s.")
                % {"columns": missing}
            )
        for at, row in enumerate(rows):
            if at == 0 and row["concepttype"] not in ESCO_SKILLS:
                raise BadList(
                    _("This is ESCO’s list of “%(kind)s”. The list of skills is skills_en.csv.")
                    % {"kind": row["concepttype"][:40]}
                )
            yield _esco_entry(row, language)


def _esco_entry(row: dict[str, str], language: str) -> Entry | None:
    found = frameworks.identify(row["concepturi"])
    name = row["preferredlabel"]
    retired = row.get("status", "").lower() not in {"", "released"}
    if found is None or found.framework is not Framework.ESCO or not name or retired:
        return None
    others = "\n".join((row["altlabels"], row.get("hiddenlabels", ""))).splitlines()
    names = [Name(name, language, preferred=True)]
    names += [Name(text.strip(), language) for text in others[:MAX_NAMES] if text.strip()]
    about = row.get("description", "") or row.get("definition", "")
    return Entry(name, tuple(names), _sentence(about), found.url, found.framework.value)


def language_of(path: Path) -> str:
    """Of an ESCO file, by its name: `skills_de.csv`."""
    found = re.search(r"_([a-z]{2})\.csv$", path.name.lower())
    if found is None:
        raise BadList(
            _("The name of this file does not say its language. Add it, such as --language de.")
        )
    return found[1]


# --- O*NET -----------------------------------------------------------------------------------


def onet(path: Path) -> Iterator[Entry | None]:
    """The skills, knowledge, abilities, activities and tools of O*NET's text files, or a folder."""
    if path.is_dir():
        files = [
            file
            for name in ONET_FILES
            for file in (path / f"{name}.txt", path / f"{name}.csv")
            if file.is_file()
        ]
        if not files:
            raise BadList(
                _("There is none of O*NET’s files here. Look for the folder with %(name)s.")
                % {"name": "“Content Model Reference.txt”"}
            )
        for file in files:
            yield from onet(file)
        return
    with _rows(path) as rows:
        columns = next(rows, {}).keys()
        if columns >= {"element id", "element name"}:
            yield from _elements(rows)
        elif columns >= {"example", "commodity title"}:
            yield from _tools(rows)
        else:
            raise BadList(
                _(
                    "This is none of O*NET’s files of skills: it has neither the columns Element "
                    "ID and Element Name, nor Example and Commodity Title."
                )
            )


def _elements(rows: Iterable[dict[str, str]]) -> Iterator[Entry | None]:
    """Elements without others below them: headings such as “Process” are not skills.

    An outline is in order, so that an element's first child is the line after it.
    """
    seen: set[str] = set()
    before: dict[str, str] = {}
    for row in chain(rows, [{}]):
        code = before.get("element id", "")
        if code and code not in seen and not row.get("element id", "").startswith(f"{code}."):
            seen.add(code)
            yield _element(before)
        before = row


def _element(row: dict[str, str]) -> Entry | None:
    name = row["element name"]
    found = frameworks.identify("", code=row["element id"], framework=Framework.ONET.value)
    if found is None or found.kind is not Kind.SKILL or not name:
        return None
    names = (Name(name, "en", preferred=True),)
    about = _sentence(row.get("description", ""))
    return Entry(name, names, about, found.url, found.framework.value)


def _tools(rows: Iterable[dict[str, str]]) -> Iterator[Entry | None]:
    seen: set[str] = set()
    for row in rows:
        name = row["example"]
        found = frameworks.technology(name)
        if not name or found.url in seen:
            continue
        seen.add(found.url)
        names = (Name(name, "en", preferred=True),)
        yield Entry(name, names, row["commodity title"], found.url, found.framework.value)


# --- Tables ----------------------------------------------------------------------------------


@contextmanager
def _rows(path: Path) -> Iterator[Iterator[dict[str, str]]]:
    """A table's rows by column, in lower case; the first one only says which columns there are."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith((b"PK", b"\xd0\xcf")):
            raise BadList(
                _("This is a ZIP or a spreadsheet. Unpack it, or take the text version (CSV).")
            )
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield _read(lines)
    except UnicodeDecodeError:
        raise BadList(_("This file is not UTF-8. Download it again and do not edit it.")) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadList(_("The file cannot be opened: %(why)s.") % {"why": reason}) from None


def _read(lines: TextIO) -> Iterator[dict[str, str]]:
    tabs = "\t" in lines.readline(65_536)
    lines.seek(0)
    # What O*NET parts by tabs has no quotes round it, but inches and nicknames within.
    reader = (
        csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(lines)
    )
    try:
        header = [cell.strip().lower().replace("_", " ") for cell in next(reader, [])]
        yield dict.fromkeys(header, "")
        for cells in reader:
            if any(cells):
                pairs = zip_longest(header, cells[: len(header)], fillvalue="")
                yield {name: cell.replace("\0", "").strip() for name, cell in pairs}
    except csv.Error as error:
        words = _("Line %(line)s cannot be read as a table: %(error)s.")
        raise BadList(words % {"line": reader.line_num, "error": error}) from None


def _sentence(text: str) -> str:
    return Truncator(" ".join(text.split())).chars(300)
