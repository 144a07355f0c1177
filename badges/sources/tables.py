"""Reads tables (CSV) of strangers: bounded, in the encodings that occur, header wherever it is.

A table may start with remarks before its header, name its columns in another case, lack some and
have others without a name; a spreadsheet may have stored it anew with other separators. All that
is read. What cannot be read for certain (an alphabet of an old computer, a quotation mark that is
never closed) is refused in words: half a table, or garbled names, would pass for the whole.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from badges.openbadges.errors import OpenBadgesError
from badges.sources.base import text

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 5000
REMARKS = 40  # lines before the header, at most
SEPARATORS = ",;\t"
WIDE = (b"\xff\xfe", b"\xfe\xff")


class BadTable(OpenBadgesError):
    """This table will not be read. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's text, and where its rows start. `columns` are folded: see `fold`."""

    label: str
    columns: tuple[str, ...]
    body: str
    separator: str
    line: int  # of the header, counted from 1

    def rows(self) -> Iterator[Mapping[str, str]]:
        """Each row by its folded columns, each cell cleaned. Raises `BadTable`.

        Rows without any text are left out; of two columns with one name the first filled counts.
        """
        reader = csv.reader(
            io.StringIO(self.body, newline=""), delimiter=self.separator, strict=True
        )
        count = 0
        while True:
            try:
                cells = next(reader, None)
            except csv.Error:
                raise BadTable(
                    _(
                        "“%(name)s” is damaged after line %(line)s: a quotation mark is missing "
                        "there, or it was cut off. Download it again."
                    )
                    % {"name": self.label, "line": self.line + reader.line_num}
                ) from None
            if cells is None:
                return
            row: dict[str, str] = {}
            for column, cell in zip(self.columns, cells, strict=False):
                if column and not row.get(column):
                    row[column] = text(re.sub(r"\r\n?", "\n", cell))
            if not any(row.values()):
                continue
            count += 1
            if count > MAX_ROWS:
                raise BadTable(
                    _("“%(name)s” has more than %(count)s rows. Bring it in several parts.")
                    % {"name": self.label, "count": MAX_ROWS}
                )
            yield row


def fold(column: str) -> str:
    """A column's name without case, spaces and signs: "Started On" is "startedon"."""
    return "".join(c for c in column.casefold() if c.isalnum())


def open_table(data: bytes, *, label: str, needs: Collection[str]) -> Table | None:
    """The table with all of these folded columns; None when no line names them.

    Raises `BadTable` for what is too large or in an unknown encoding. `label` is shown.
    """
    if len(data) > MAX_BYTES:
        raise BadTable(
            _("“%(name)s” is larger than 2 MB, so it was not read. Bring it in several parts.")
            % {"name": label}
        )
    whole = _decode(data, label)
    lines = io.StringIO(whole, newline="")
    end = 0
    for number in range(1, REMARKS + 1):
        line = lines.readline()
        end += len(line)
        for separator in SEPARATORS if line else "":
            columns = _header(line, separator)
            if set(needs) <= set(columns):
                return Table(label, columns, whole[end:], separator, number)
    return None


def _header(line: str, separator: str) -> tuple[str, ...]:
    cells = next(csv.reader([line[:10_000]], delimiter=separator), [])
    return tuple(fold(cell) for cell in cells)


def _decode(data: bytes, label: str) -> str:
    wide = data.startswith(WIDE)
    try:
        whole = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable(
            _(
                "“%(name)s” is not in UTF-8: another program may have stored it anew, and its "
                "letters would be garbled. Bring the file as you downloaded it."
            )
            % {"name": label}
        ) from None
    # Without its mark, two-byte text reads as UTF-8 with a NUL beside every Latin letter. With
    # its mark, a NUL is a NUL, of which a hostile file may be full.
    if not wide and whole.count("\0") > len(whole) // 4:
        return _decode(WIDE[data[:1] == b"\0"] + data, label)
    return re.sub("\0", "", whole)
