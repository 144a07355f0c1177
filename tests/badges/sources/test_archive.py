"""Archives: what is in them is found, what cannot be read is told, and traps are refused."""

import io
import json
import random
import struct
import tracemalloc
import zipfile
from contextlib import suppress

import pytest

from badges.openbadges import parse
from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import Fetched
from badges.sources import recognise_file, zips
from badges.sources.archive import Archive
from badges.sources.base import Found, Nothing
from tests.badges.documents import unsigned
from tests.openbadges.make import itxt, png

READER = Archive()
ONE, TWO = json.dumps(unsigned(1)).encode(), json.dumps(unsigned(2)).encode()


def fetch(url: str, **how: object) -> Fetched:
    raise AssertionError("a file is read without asking anybody")


def packed(*members: tuple[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def rows(data: bytes) -> list[Found]:
    return list(READER.find({}, fetch=fetch, data=data))


def reason(data: bytes) -> str:
    [one] = rows(data)
    assert not one.data
    return one.reason


def marked(data: bytes, *, local: tuple[int, int], central: tuple[int, int], how: str) -> bytes:
    """The archive with one number of its first entry changed in both places where it stands."""
    changed = bytearray(data)
    struct.pack_into(how, changed, data.index(b"PK\x03\x04") + local[0], local[1])
    struct.pack_into(how, changed, data.index(b"PK\x01\x02") + central[0], central[1])
    return bytes(changed)


def test_everything_in_it_is_found_under_its_name() -> None:
    baked = png(itxt(TWO))
    data = packed(("2019/knots.json", ONE), ("baked.png", baked), ("notes.txt", b"no badge"))
    recognised = recognise_file("all.zip", data)
    assert recognised is not None
    assert (recognised.reader, recognised.words) == ("archive", "ZIP archive all.zip")
    found = rows(data)
    assert [(one.label, one.data) for one in found] == [
        ("2019/knots.json", ONE),
        ("baked.png", baked),
        ("notes.txt", b"no badge"),
    ]
    assert parse.read(found[1].data).text == TWO.decode()
    assert len({one.key for one in found}) == 3


def test_an_export_of_the_backpack_inside_is_opened() -> None:
    badge = {"hostedUrl": "https://school.example/1", "assertion": {"badge": {"name": "Knots"}}}
    export = {
        "groups": [{"groupId": 1, "badges": [badge, badge | {"hostedUrl": "https://b.example"}]}]
    }
    groups = {"groups": [{"groupId": 1, "badges": 2}]}
    members = [("a.json", export), ("b.json", groups), ("c.json", unsigned(1))]
    found = rows(packed(*((name, json.dumps(value).encode()) for name, value in members)))
    assert [one.label for one in found] == ["Knots", "Knots", "b.json", "c.json"]
    assert "groups of badges" in found[2].reason


def test_the_same_file_keeps_its_key_wherever_it_lies() -> None:
    [one], [other] = rows(packed(("a.json", ONE))), rows(packed(("b/c.json", ONE)))
    assert one.key == other.key


@pytest.mark.parametrize("data", [b"", ONE, b"%PDF-1.7", b"Rar!\x1a\x07", b"\x1f\x8b\x08", png()])
def test_other_files_are_left_to_others(data: bytes) -> None:
    assert READER.recognise_file("x.zip", data) is None


def test_what_a_system_adds_is_passed_over() -> None:
    data = packed(
        ("badges/", b""),
        ("__MACOSX/badges/._one.json", b"x"),
        ("__MACOSX\\._one.json", b"x"),
        (".DS_Store", b"x"),
        ("badges/.hidden/one.json", b"x"),
        ("badges/Thumbs.db", b"x"),
        ("badges/one.json", ONE),
    )
    assert [one.label for one in rows(data)] == ["badges/one.json"]


def test_names_are_labels_and_nothing_else() -> None:
    names = ["../../etc/passwd", "/root/x", "C:\\x", "a\u202egnp.exe", "x" * 500, "\n"]
    found = rows(packed(*((name, ONE + name.encode()) for name in names)))
    assert all(one.data for one in found)
    assert all(0 < len(one.label) <= 300 and one.label.isprintable() for one in found)


def test_one_bad_file_does_not_spoil_the_others() -> None:
    stored = packed(("bad.json", ONE), ("good.json", TWO), how=zipfile.ZIP_STORED)
    at = stored.index(ONE)
    bad, good = rows(stored[: at + 5] + b"#" + stored[at + 6 :])
    assert "in this archive is damaged" in bad.reason
    assert good.data == TWO


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (packed(("inner.zip", packed(("one.json", ONE)))), "archive inside an archive"),
        (packed(("empty.json", b"")), "empty"),
        (packed(("zeros.json", b"0" * 1_000_000)), "far more"),
        (packed(("large.json", random.Random(1).randbytes(10_500_000))), "larger than the 10 MB"),
        (packed(("one.json", ONE), how=zipfile.ZIP_BZIP2), "unusual"),
        (packed(("one.json", ONE), how=zipfile.ZIP_LZMA), "unusual"),
        (marked(packed(("x", ONE)), local=(6, 1), central=(8, 1), how="<H"), "password"),
        (marked(packed(("x", ONE)), local=(8, 99), central=(10, 99), how="<H"), "unusual"),
    ],
    ids=["nested", "empty", "ratio", "large", "bzip2", "lzma", "locked", "unknown"],
)
def test_a_file_that_is_not_unpacked_says_why(data: bytes, words: str) -> None:
    assert words in reason(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (packed(), "empty"),
        (packed((".DS_Store", b"x")), "empty"),
        (packed(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")), "Office"),
        (packed(("mimetype", b"application/epub+zip"), ("a.xhtml", b"<x/>")), "book"),
        (packed(("one.json", ONE))[:-30], "damaged"),
        (packed(("one.json", ONE))[:60], "damaged"),
        (b"PK\x03\x04" + b"\0" * 100, "damaged"),
    ],
)
def test_an_archive_that_is_none_says_so(data: bytes, words: str) -> None:
    with pytest.raises((Nothing, zips.BadArchive), match=words):
        rows(data)


def overlapping(count: int) -> bytes:
    """Many entries over the same bytes: each looks sound by itself."""
    content = b"x" * 2000
    whole = packed(("a", content), how=zipfile.ZIP_STORED)
    start = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    central, told = whole[start:end] * count, min(count, 0xFFFF)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, told, told, len(central), start, 0)
    return whole[:start] + central + tail


def test_entries_that_share_bytes_are_refused() -> None:
    assert len(rows(overlapping(1))) == 1
    with pytest.raises(zips.BadArchive, match="overlap"):
        rows(overlapping(2))
    with pytest.raises(zips.BadArchive, match="overlap"):
        rows(overlapping(zips.MAX_MEMBERS))


def test_too_many_files_are_refused_without_building_a_list_of_them() -> None:
    data = overlapping(100_000)
    tracemalloc.start()
    try:
        with pytest.raises(zips.BadArchive, match="more than 1000 files"):
            rows(data)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_what_is_declared_too_large_together_is_refused() -> None:
    content = b"".join(b"%d\n" % (number % 40) for number in range(300_000))
    members = [(f"{number}.txt", content) for number in range(70)]
    with pytest.raises(Nothing, match="larger than 50 MB"):
        rows(packed(*members))


def test_an_entry_that_lies_about_its_size_costs_no_more_than_it_says() -> None:
    data = packed(("bomb.json", b"0" * 9_000_000))
    lied = marked(data, local=(22, 4096), central=(24, 4096), how="<L")
    tracemalloc.start()
    try:
        assert "damaged" in reason(lied)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_no_archive_is_too_odd() -> None:
    """Bytes changed, cut out and put in at random: rows or words come out, never another error."""
    chance = random.Random(20240501)
    sound = packed(("one.json", ONE), ("b/two.png", png(itxt(TWO))), ("c.txt", b"x"))
    for _ in range(3000):
        data = bytearray(sound)
        for _change in range(chance.randint(1, 6)):
            at = chance.randrange(len(data))
            how = chance.randrange(3)
            if how == 0:
                data[at] = chance.choice((0, 1, 0x50, 0xFF, chance.randrange(256)))
            elif how == 1:
                del data[at : at + chance.randint(1, 40)]
            else:
                data[at:at] = chance.randbytes(chance.randint(1, 12))
        with suppress(OpenBadgesError):
            for one in rows(bytes(data)):
                assert bool(one.data) != bool(one.reason)
                assert one.label
