"""Tables of strangers: encodings, remarks, odd columns, damage and bounds."""

import contextlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges.openbadges.errors import OpenBadgesError
from badges.sources import tables
from tests.simulators.linkedin import NOTES, table

ROWS = [("Knots", "Harbour, College"), ("Two\r\nlines", 'A "quoted" one')]
MEANT = [
    {"name": "Knots", "authority": "Harbour, College"},
    {"name": "Two\nlines", "authority": 'A "quoted" one'},
]
HEAD = ("Name", "Authority")


def rows(data: bytes, *needs: str) -> list[Mapping[str, str]]:
    found = tables.open_table(data, label="a.csv", needs=needs or ("name",))
    assert found is not None
    return [
        {key: value.replace("\r\n", "\n") for key, value in row.items()} for row in found.rows()
    ]


def refusal(data: bytes) -> str:
    with pytest.raises(tables.BadTable) as caught:
        rows(data)
    return caught.value.message


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("notes", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_table_is_read_however_it_was_stored(encoding: str, notes: bool, separator: str) -> None:
    data = table(HEAD, ROWS, encoding=encoding, notes=notes, separator=separator)
    assert rows(data) == MEANT


@pytest.mark.parametrize(
    "head", ["NAME,authority", " Name , AUTHORITY ", "na me,Author-ity", '"Name",Authority,']
)
def test_columns_are_known_in_any_case_and_spacing(head: str) -> None:
    assert rows(f"{head}\nKnots,Harbour\n".encode()) == [{"name": "Knots", "authority": "Harbour"}]


def test_rows_may_be_short_or_long_or_empty() -> None:
    data = b"Name,Authority,,\nKnots\n\n,,,\nSplices,Harbour,x,y,z,more\n  ,\t\n"
    assert rows(data) == [
        {"name": "Knots"},
        {"name": "Splices", "authority": "Harbour"},
    ]


def test_of_two_columns_with_one_name_the_first_filled_counts() -> None:
    assert rows(b"Name,name\nA,B\n,C\n") == [{"name": "A"}, {"name": "C"}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(end: str) -> None:
    data = end.join(["Remark", "Name", "A", "B"]).encode()
    assert [row["name"] for row in rows(data)] == ["A", "B"]


def test_signs_that_no_page_can_show_are_blanks_and_nul_is_nothing() -> None:
    assert rows("Na\0me\nKn\0ots\u202e\x07!\n".encode()) == [{"name": "Knots  !"}]


def test_formulas_are_text() -> None:
    data = table(HEAD, [('=HYPERLINK("javascript:alert(1)")', "+1"), ("@SUM(A1)", "-2")])
    assert [row["name"] for row in rows(data)] == ['=HYPERLINK("javascript:alert(1)")', "@SUM(A1)"]


@pytest.mark.parametrize(
    "data", [b"", b"\n\n\n", b"\xef\xbb\xbf", b"Title,Url\nA,B\n", b"Name"[:3]]
)
def test_without_the_columns_it_is_another_table(data: bytes) -> None:
    assert tables.open_table(data, label="a.csv", needs={"name"}) is None


def test_the_header_is_looked_for_in_the_first_lines_only() -> None:
    assert rows(b"note\n" * (tables.REMARKS - 1) + b"Name\nA\n") == [{"name": "A"}]
    late = b"note\n" * tables.REMARKS + b"Name\nA\n"
    assert tables.open_table(late, label="a.csv", needs={"name"}) is None


def test_a_header_alone_has_no_rows() -> None:
    assert rows(b"Name,Authority\r\n") == []
    assert rows(NOTES.encode() + b"Name") == []


@pytest.mark.parametrize("encoding", ["latin-1", "cp1250", "cp1252", "mac-roman"])
def test_alphabets_of_old_computers_are_refused_in_words(encoding: str) -> None:
    data = table(HEAD, [("Prüfung für Küste", "é")], encoding=encoding)
    assert "not in UTF-8" in refusal(data)
    assert "as you downloaded it" in refusal(data)


def test_half_a_sign_at_the_end_is_damage_and_not_a_crash() -> None:
    assert "not in UTF-8" in refusal(b"\xff\xfeN\0a\0m\0e")
    assert "not in UTF-8" in refusal(b"Name\nA\xc3")


def test_a_quotation_that_never_ends_is_refused_with_its_line() -> None:
    data = b'Remark\nName,Authority\nA,B\n"C,D\n' + b"E,F\n" * 20
    assert "damaged after line" in refusal(data)
    assert "quotation mark" in refusal(b'Name\n"A"x"\n')


def test_a_cell_of_ten_megabytes_is_never_split_into_cells() -> None:
    assert "larger than 2 MB" in refusal(b"Name\n" + b"x" * 10_000_000)
    assert "damaged" in refusal(b"Name\n" + b"x" * 1_000_000)
    assert "larger than 2 MB" in refusal(b"x" * (tables.MAX_BYTES + 1))


def test_five_thousand_rows_are_read_and_no_more() -> None:
    assert len(rows(b"Name\n" + b"A\n" * tables.MAX_ROWS)) == tables.MAX_ROWS
    assert "more than 5000 rows" in refusal(b"Name\n" + b"A\n" * (tables.MAX_ROWS + 1))


@given(st.binary(max_size=300), st.sampled_from([b"Name,Url\n", b"\xff\xfeN\0a\0m\0e\0\n\0", b""]))
def test_any_bytes_are_a_table_or_none_or_refused(data: bytes, head: bytes) -> None:
    with contextlib.suppress(OpenBadgesError):
        found = tables.open_table(head + data, label="a", needs={"name"})
        assert found is None or all(any(row.values()) for row in found.rows())
