"""Hostile texts and tables: what a learner's request itself reads must not hold the site up."""

import time

import pytest

from badges import sources
from badges.services import imports, pieces
from badges.sources import linkedin, tables
from tests.badges.conftest import NOW
from tests.badges.test_imports import upload, zipped
from tests.factories import make_user


@pytest.mark.parametrize(
    "text",
    ["a " * 400_000, "{}" * 400_000, "[" + "{}," * 300_000 + "{}]", '{"a":1}\n' * 120_000],
    ids=["words", "objects", "array", "lines"],
)
def test_a_text_of_many_pieces_is_refused_at_once(text: str) -> None:
    started = time.monotonic()
    first = [piece for piece, _n in zip(pieces.split(text), range(300), strict=False)]
    assert len(first) == 300
    assert imports.recognise(text)
    assert time.monotonic() - started < 2


@pytest.mark.django_db
def test_an_import_counts_no_further_than_it_takes() -> None:
    started = time.monotonic()
    with pytest.raises(imports.TooMany):
        imports.start(user=make_user(), uploads=[], text="{}" * 900_000, now=NOW)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("start", [b"", b"\xff\xfe", b"\xfe\xff"])
def test_a_table_of_nothing_but_nul_is_no_table(start: bytes) -> None:
    data = start + b"\0" * 4000
    assert sources.recognise_file("Skills.csv", data) is None
    with_header = start + b"\0\0N\0a\0m\0e\0" + b"\0" * 4000
    tables.open_table(with_header, label="Skills.csv", needs={"name"})


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Skills.csv", "certifications.csv", "badge.json"])
def test_a_file_of_nothing_but_nul_gets_a_row(name: str) -> None:
    job = imports.start(
        user=make_user(), uploads=[upload(b"\xff\xfe" + b"\0" * 4000, name)], text="", now=NOW
    )
    assert job.items.count() == 1


def endless_export(tables: int) -> bytes:
    """A small archive whose tables unfold to sixty thousand rows."""
    head = "Name,Url,Authority,Started On,Finished On,License Number\n"
    rows = "".join(f"N{n},https://x.test/{n},A,Jan 2020,Jan 2021,L{n}\n" for n in range(4900))
    return zipped(*((f"{n}/Certifications.csv", f"{head}{rows}".encode()) for n in range(tables)))


def test_a_long_export_keeps_nobody_waiting() -> None:
    data = endless_export(12)
    started = time.monotonic()
    found = sources.recognise_file("export.zip", data)
    assert time.monotonic() - started < 2
    assert found is not None
    assert (found.reader, found.words) == ("linkedin", "LinkedIn export")
    export = linkedin.read(data)
    assert len(export.rows["certifications"]) == linkedin.MAX_ROWS
    assert [error.message for error in export.troubles] == [
        "This export is too long to be read whole. Bring it in parts."
    ]
