"""Laurel's own export: known by what is in it, read within bounds, whoever made it."""

import io
import json
import random
import struct
import time
import tracemalloc
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest

from badges import sources
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import Fetched
from badges.sources import laurel
from badges.sources.base import Found, Nothing
from badges.sources.laurel import Damaged, Export, Laurel
from tests.badges.documents import unsigned
from tests.openbadges.test_files import document, stream

BADGE = json.dumps(unsigned(1)).encode()
OTHER = json.dumps(unsigned(2), indent=3).encode()
ENTRY = {
    "id": "1",
    "name": "Volunteer, day 1",
    "record": "badges/1.laurel.json",
    "original": "badges/1.json",
    "document": "documents/1.json",
}
MANIFEST = {
    "format": "laurel-export",
    "version": 1,
    "made_at": "2026-11-23T12:00:00Z",
    "badges": [ENTRY],
    "pages": ["pages/1.json"],
}
PARTS = {
    "badges/1.laurel.json": b'{"name": "Volunteer"}',
    "badges/1.json": BADGE,
    "documents/1.json": BADGE,
    "pages/1.json": b"{}",
}


def zipped(
    manifest: Any = MANIFEST, parts: Mapping[str, bytes] = PARTS, *, folder: str = "", **how: Any
) -> bytes:
    """An export of these parts. `manifest` may be bytes that are no list at all."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **{"compression": zipfile.ZIP_DEFLATED} | how) as archive:
        said = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        archive.writestr(f"{folder}laurel.json", said)
        for name, data in parts.items():
            archive.writestr(f"{folder}{name}", data)
    return out.getvalue()


def nobody(url: str, **_how: Any) -> Fetched:
    raise Unreachable("An export asks nobody.", url)


def found(data: bytes) -> list[Found]:
    return list(Laurel().find({}, fetch=nobody, data=data))


# --- Known by what is in it --------------------------------------------------------------------


def test_an_export_is_known_by_its_list_whatever_its_name() -> None:
    seen = sources.recognise_file("holiday.png", zipped())
    assert seen is not None
    assert seen.reader == "laurel"
    assert seen.words == "Laurel export of 2026-11-23 with 1 badges and 1 pages"
    assert not seen.lasting
    assert seen.answers == {}


def test_a_folder_that_was_packed_again_is_known_too() -> None:
    data = zipped(folder="laurel-2026/")
    assert sources.recognise_file("laurel-2026.zip", data) is not None
    assert [one.data for one in found(data)] == [BADGE]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        BADGE,
        zipped(b"{}"),
        zipped(b"[1]"),
        zipped(b"not json"),
        zipped(b'{"a":' * 5000 + b"1" + b"}" * 5000),
        zipped(MANIFEST | {"format": "other"}),
        zipped(MANIFEST | {"version": "1"}),
        zipped(MANIFEST | {"version": True}),
        zipped(MANIFEST | {"version": 0}),
        zipped(folder="a/b/"),
        zipped()[:-30],
        zipped()[10:],
        zipped() + b"tail",
    ],
)
def test_what_is_no_export_is_left_to_others(data: bytes) -> None:
    assert Laurel().recognise_file("laurel.zip", data) is None


def test_two_folders_with_a_list_are_one_too_many() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("a/laurel.json", "b/laurel.json"):
            archive.writestr(name, json.dumps(MANIFEST))
    assert Laurel().recognise_file("", out.getvalue()) is None


def test_a_newer_laurels_export_says_what_to_do() -> None:
    data = zipped(MANIFEST | {"version": 2})
    assert Laurel().recognise_file("", data) is not None
    with pytest.raises(Nothing, match="newer Laurel"):
        found(data)


# --- What is found -----------------------------------------------------------------------------


def test_a_badge_comes_as_it_once_came() -> None:
    spaced = b"\n" + OTHER + b"\r\n"
    entry = ENTRY | {"original": "o", "document": "d"}
    data = zipped(MANIFEST | {"badges": [entry]}, PARTS | {"o": spaced, "d": spaced})
    (one,) = found(data)
    assert (one.key, one.label, one.data) == ("1", "Volunteer, day 1", spaced)


def test_of_a_file_with_several_badges_each_is_handed_out_alone() -> None:
    several = document(stream(BADGE), stream(OTHER))
    entries = [ENTRY | {"id": str(n), "original": "two.pdf", "document": f"d{n}"} for n in range(2)]
    parts = {"two.pdf": several, "d0": BADGE, "d1": OTHER}
    data = zipped(MANIFEST | {"badges": entries}, parts)
    assert [one.data for one in found(data)] == [BADGE, OTHER]


def test_a_part_that_is_lost_costs_that_part_alone() -> None:
    lost = ENTRY | {"id": "2", "original": "gone", "document": "gone"}
    nothing = ENTRY | {"id": "3", "record": "gone", "original": "gone", "document": ""}
    half = ENTRY | {"id": "4", "original": "gone"}
    got = found(zipped(MANIFEST | {"badges": [lost, nothing, half, ENTRY]}))
    assert [one.key for one in got] == ["2", "4", "1"]
    assert [one.data for one in got] == [b"", BADGE, BADGE]
    assert got[0].statement is not None
    assert got[0].statement.basis == "learner"
    assert got[0].statement.name == "Volunteer"


def test_a_damaged_part_is_told_from_its_check_sum() -> None:
    data = bytearray(zipped(compression=zipfile.ZIP_STORED))
    where = data.index(BADGE) + 40
    data[where] ^= 1
    export = Export(io.BytesIO(bytes(data)))
    with pytest.raises(Damaged):
        export.bytes_of("badges/1.json")
    assert export.bytes_of("documents/1.json") == BADGE
    assert [one.data for one in found(bytes(data))] == [BADGE]


def test_of_two_badges_with_one_id_the_first_counts() -> None:
    entries = [ENTRY, ENTRY | {"original": "documents/1.json"}]
    assert len(found(zipped(MANIFEST | {"badges": entries}))) == 1


def test_an_export_without_badges_says_so() -> None:
    with pytest.raises(Nothing, match="no badges"):
        found(zipped(MANIFEST | {"badges": []}))


ODD: list[Any] = [
    None,
    True,
    1,
    1.5,
    -1,
    10**400,
    "x",
    "\ud800",
    "a\0b",
    "x" * 9000,
    [],
    [[]],
    {},
    [None],
    [{}],
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_values_raise_nothing_but_our_own(odd: Any) -> None:
    texts = [json.dumps(MANIFEST | {key: odd}).encode() for key in MANIFEST]
    texts += [json.dumps(MANIFEST | {"badges": [ENTRY | {key: odd}]}).encode() for key in ENTRY]
    records = [{"name": odd}, {"issuer": odd}, {"issuer": {"name": odd}}, {"issued_at": odd}]
    lost = MANIFEST | {"badges": [ENTRY | {"original": "", "document": "gone"}]}
    files = [zipped(text) for text in texts]
    files += [
        zipped(lost, PARTS | {"badges/1.laurel.json": json.dumps(record).encode()})
        for record in records
    ]
    for data in files:
        Laurel().recognise_file("x", data)
        with suppress(OpenBadgesError):
            for one in found(data):
                assert isinstance(one.key, str)
                assert one.key
                assert len(one.key) <= 200


def test_any_flipped_byte_raises_nothing_but_our_own() -> None:
    whole, chance = zipped(), random.Random(4)
    for _turn in range(1500):
        data = bytearray(whole)
        for _flip in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        cut = bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        Laurel().recognise_file("x", cut)
        with suppress(OpenBadgesError):
            found(cut)


# --- Bounds ------------------------------------------------------------------------------------


def test_a_bomb_is_refused_before_it_has_grown() -> None:
    data = zipped(parts=PARTS | {"badges/1.json": b"\0" * 50_000_000})
    assert len(data) < 100_000
    tracemalloc.start()
    started = time.process_time()
    assert [one.data for one in found(data)] == [BADGE]  # its document, which is no bomb
    assert time.process_time() - started < 1
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def lying(size: int) -> bytes:
    """An export that calls a part of ten megabytes `size` bytes large."""
    data = bytearray(zipped(parts={"big": b"\0" * 10_000_000}))
    packed = struct.pack("<L", 10_000_000)
    while (at := data.find(packed)) >= 0:
        data[at : at + 4] = struct.pack("<L", size)
    return bytes(data)


@pytest.mark.parametrize("size", [0, 10, 9_000])
def test_what_a_zip_says_of_its_sizes_is_not_believed(size: int) -> None:
    with pytest.raises(Damaged):
        Export(io.BytesIO(lying(size))).bytes_of("big", 20_000_000)


def test_all_parts_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laurel, "MAX_TOTAL", 5_000)
    monkeypatch.setattr(laurel, "MAX_AGAIN", 5_000)
    chance = random.Random(1)
    parts = {f"p{n}": chance.randbytes(1_000) for n in range(8)}
    export = Export(io.BytesIO(zipped(parts=parts)))
    for _again in range(6):
        export.bytes_of("p0")
    with pytest.raises(Nothing, match="more than Laurel reads"):
        export.bytes_of("p0")
    for number in range(1, 4):
        export.bytes_of(f"p{number}")
    with pytest.raises(Nothing, match="more than Laurel reads"):
        export.bytes_of("p4")


def overlapping() -> bytes:
    """Two names for one and the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("laurel.json", json.dumps(MANIFEST))
        archive.writestr("a", b"x" * 1000)
        again = zipfile.ZipInfo("b")
        first = archive.getinfo("a")
        for name in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
            setattr(again, name, getattr(first, name))
        archive.filelist.append(again)
        archive.NameToInfo["b"] = again
    return out.getvalue()


def doubled() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("laurel.json", json.dumps(MANIFEST))
        with warnings.catch_warnings(action="ignore"):
            archive.writestr("laurel.json", b"{}")
    return out.getvalue()


def with_end(**changes: int) -> bytes:
    """The same with other numbers in its last record."""
    data = zipped()
    names = ("mark", "disk", "first", "here", "count", "directory", "start", "comment")
    values = dict(zip(names, laurel.END.unpack(data[-22:]), strict=True)) | changes
    return data[:-22] + laurel.END.pack(*values.values())


@pytest.mark.parametrize(
    "data",
    [
        overlapping(),
        doubled(),
        with_end(count=0xFFFF),
        with_end(directory=0xFFFFFFFF),
        with_end(directory=20_000_000),
        with_end(start=0xFFFFFFFF),
        with_end(comment=4) + b"abcd",
        zipped()[:-22] + b"PK\x06\x07" + b"\0" * 16 + zipped()[-22:],
    ],
)
def test_an_archive_built_to_mislead_is_refused_whole(data: bytes) -> None:
    with pytest.raises(Nothing):
        Export(io.BytesIO(data))
    assert Laurel().recognise_file("x", data) is None


def test_a_directory_of_millions_is_refused_before_it_is_read() -> None:
    """What is costly is making an object of each name, which nobody does here."""
    name = b"x"
    header = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    )
    directory = (header + name) * 400_000
    end = laurel.END.pack(b"PK\x05\x06", 0, 0, 60_000, 60_000, len(directory), 4, 0)
    data = b"PK\x03\x04" + directory + end
    started = time.process_time()
    with pytest.raises(Nothing):
        Export(io.BytesIO(data))
    assert time.process_time() - started < 0.2


def test_locked_and_strangely_packed_parts_are_damaged_parts() -> None:
    locked = bytearray(zipped())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        where = locked.index(mark, locked.index(mark) + 1) + at
        locked[where] |= 1
    export = Export(io.BytesIO(bytes(locked)))
    with pytest.raises(Damaged):
        export.bytes_of("badges/1.laurel.json")
    for way in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("laurel.json", json.dumps(MANIFEST))
            archive.writestr("a", b"x" * 99, compress_type=way)
        assert Export(io.BytesIO(out.getvalue())).pages == ("pages/1.json",)


def test_names_are_only_names() -> None:
    parts = {"../../etc/passwd": b"one", "/abs": b"two", "c:\\x": b"three", "laurel.json/x": b"4"}
    export = Export(io.BytesIO(zipped(parts=parts)))
    assert export.bytes_of("../../etc/passwd") == b"one"
    with pytest.raises(Damaged):
        export.bytes_of("../laurel.json")


def test_a_small_part_may_be_as_empty_as_it_likes() -> None:
    export = Export(io.BytesIO(zipped(parts={"spaces": b" " * 16_000})))
    assert len(export.bytes_of("spaces")) == 16_000
    assert len(zlib.compress(b" " * 16_000)) * 100 < 16_000
