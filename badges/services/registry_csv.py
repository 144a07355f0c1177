"""The registry as a table: read row by row with reasons before anything changes, and written out.

A cell that starts like a formula would be run by a spreadsheet, so on the way out it gets an
apostrophe in front, which is taken off again on the way in.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit
from badges.models import KnownIssuer
from badges.services import registry

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 5000
COLUMNS = (
    "identifier",
    "name",
    "other_names",
    "note",
    "source",
    "url",
    "added_on",
    "valid_until",
    "withdrawn",
)
NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
YES, NO = {"yes", "true", "1", "x"}, {"", "no", "false", "0"}


class BadTable(Exception):
    """The file as a whole cannot be read. `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Row:
    """What one line of the table would do, and why not when it would do nothing."""

    line: int
    identifier: str
    name: str
    fate: str
    reason: str
    entry: KnownIssuer | None


# --- In --------------------------------------------------------------------------------------


def decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise BadTable(_("This file is larger than 2 MB. Split it."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable(_("This file is not UTF-8. Save it as “CSV UTF-8”.")) from None


def read(text: str) -> list[Row]:
    """What each line would do. Writes nothing; one query."""
    lines = list(_lines(text))
    known = {
        entry.identifier: entry
        for start in range(0, len(lines), 500)
        for entry in KnownIssuer.objects.filter(
            identifier__in=[key for _n, _cells, key, _why in lines[start : start + 500] if key]
        )
    }
    seen: dict[str, int] = {}
    rows = []
    for number, cells, key, why in lines:
        if not why and key in seen:
            why = _("This identifier stands in line %(line)s already.") % {"line": seen[key]}
        if why:
            shown = (cells.get("identifier", "")[:200], cells.get("name", "")[:200])
            rows.append(Row(number, *shown, REFUSED, why, None))
            continue
        seen[key] = number
        rows.append(_row(number, cells, key, known.get(key)))
    return rows


def _lines(text: str) -> Iterator[tuple[int, dict[str, str], str, str]]:
    """Line number, cells by column, normal identifier, and what is wrong with it."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise BadTable(_("This file is larger than 2 MB. Split it."))
    if "\0" in text:
        raise BadTable(_("This file is not a table in plain text."))
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().lower().replace(" ", "_") for cell in next(reader, [])]
        if "identifier" not in header or "name" not in header:
            raise BadTable(_("The first line must name the columns: identifier and name at least."))
        for count, cells in enumerate(reader):
            if count >= MAX_ROWS:
                raise BadTable(_("More than 5,000 rows. Split the file."))
            if any(cell.strip() for cell in cells):
                given = {
                    column: _bare(cell)
                    for column, cell in zip(header, cells, strict=False)
                    if column in COLUMNS
                }
                yield reader.line_num, given, *_key(given.get("identifier", ""))
    except csv.Error as error:
        words = _("Line %(line)s cannot be read as a table: %(error)s.")
        raise BadTable(words % {"line": reader.line_num, "error": error}) from None


def _key(identifier: str) -> tuple[str, str]:
    try:
        return registry.normal(identifier), ""
    except ValidationError as error:
        return "", " ".join(error.messages)


def _bare(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*FORMULA, "'")) else cell


def _row(number: int, cells: dict[str, str], key: str, known: KnownIssuer | None) -> Row:
    entry = known or KnownIssuer(identifier=key)
    before = _values(entry)
    try:
        for column in cells.keys() - {"identifier"}:
            setattr(entry, column, _read_cell(column, cells[column]))
        # Neither asks the database: that the identifier is unique has been seen to already.
        entry.clean_fields()
    except ValidationError as error:
        return Row(number, key, cells.get("name", "")[:200], REFUSED, _said(error), None)
    if known is None:
        return Row(number, key, entry.name, NEW, "", entry)
    changed = [column for column, value in _values(entry).items() if value != before[column]]
    if not changed:
        return Row(number, key, entry.name, SAME, "", None)
    words = _("Changes %(columns)s.") % {"columns": ", ".join(changed)}
    return Row(number, key, entry.name, CHANGED, words, entry)


def _values(entry: KnownIssuer) -> dict[str, object]:
    return {column: getattr(entry, column) for column in COLUMNS}


def _said(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(f"{name}: {' '.join(words)}" for name, words in error.message_dict.items())


def _read_cell(column: str, cell: str) -> object:
    if column == "withdrawn":
        if cell.lower() not in YES | NO:
            raise ValidationError(_("withdrawn: write yes or no."))
        return cell.lower() in YES
    if column in {"added_on", "valid_until"}:
        return _day(column, cell)
    if column == "other_names":
        return "\n".join(name.strip() for name in cell.replace("|", "\n").splitlines())
    return cell


def _day(column: str, cell: str) -> date | None:
    if not cell:
        return timezone.localdate() if column == "added_on" else None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        words = _("%(column)s: write the day like 2027-01-31.")
        raise ValidationError(words % {"column": column}) from None


def bring_in(*, text: str, actor: User) -> Counter[str]:
    """Do what `read` has shown, all or nothing. Returns how many rows met which fate."""
    with transaction.atomic():
        rows = read(text)
        new = [row.entry for row in rows if row.fate == NEW and row.entry]
        changed = [row.entry for row in rows if row.fate == CHANGED and row.entry]
        KnownIssuer.objects.bulk_create(new, batch_size=200)
        fields = [column for column in COLUMNS if column != "identifier"]
        KnownIssuer.objects.bulk_update(changed, fields, batch_size=50)
        # Read again: not every database tells a bulk insert's keys.
        keys = [entry.identifier for entry in [*new, *changed]]
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            registry.write_names(KnownIssuer.objects.filter(identifier__in=part))
        counted = Counter(row.fate for row in rows)
        audit.record(actor=actor, action="registry.imported", rows=dict(counted))
    return counted


# --- Out -------------------------------------------------------------------------------------


def write() -> Iterator[str]:
    """The whole registry, line by line, with a mark by which spreadsheets know UTF-8."""
    yield "\ufeff" + _line(list(COLUMNS))
    for entry in KnownIssuer.objects.order_by("identifier").iterator(chunk_size=500):
        yield _line([_cell(value) for value in _values(entry).values()])


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date | datetime):
        return value.isoformat()
    text = "" if value is None else str(value).replace("\r\n", "\n").replace("\n", " | ")
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
