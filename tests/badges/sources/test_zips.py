"""Archives of strangers: what is read, what is refused, and that it stays cheap."""

import contextlib
import random
import stat
import time
import tracemalloc
import zipfile
from io import BytesIO

import pytest

from badges.openbadges.errors import OpenBadgesError
from badges.sources import zips
from tests.simulators.linkedin import flagged, lying, many, packed_as, zipped


def contents(data: bytes) -> dict[str, bytes]:
    return {member.path: member.read() for member in zips.members(data)}


def refusal(data: bytes) -> str:
    with pytest.raises(zips.BadArchive) as caught:
        contents(data)
    return caught.value.message


def test_files_come_out_as_they_went_in_and_folders_do_not() -> None:
    data = zipped({"a/": b"", "a/b.txt": b"one", "c": b"", "d": b"x" * 60_000})
    assert contents(data) == {"a/b.txt": b"one", "c": b"", "d": b"x" * 60_000}
    assert [member.name for member in zips.members(data)] == ["b.txt", "c", "d"]
    assert contents(zipped({})) == {}


def test_what_starts_like_an_archive_is_one() -> None:
    assert zips.is_zip(zipped({"a": b"b"}))
    assert zips.is_zip(zipped({}))
    assert not zips.is_zip(b"")
    assert not zips.is_zip(b"\x89PNG\r\n\x1a\n")


def test_names_are_labels_and_nothing_is_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    names = ["../../etc/evil", "/etc/evil", "C:\\windows\\evil", "a/../../evil", "..\\..\\evil"]
    data = zipped({name: name.encode() for name in names})
    assert [member.name for member in zips.members(data)] == ["evil"] * 5
    assert list(contents(data).values()) == [name.encode() for name in names]


def test_links_and_devices_are_no_files() -> None:
    rows = []
    for kind in (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFREG):
        info = zipfile.ZipInfo(f"kind-{kind}")
        info.external_attr = (kind | 0o777) << 16
        rows.append((info, b"/etc/passwd"))
    assert list(contents(zipped(rows))) == [f"kind-{stat.S_IFREG}"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_two_files() -> None:
    data = zipped([("a", b"one"), ("a", b"two")])
    assert [member.read() for member in zips.members(data)] == [b"one", b"two"]


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    data = zipped({"bomb": b"\0" * 20_000_000})
    assert len(data) < 30_000
    tracemalloc.start()
    assert "“bomb” unfolds to far more than is in it" in refusal(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_bomb_that_lies_about_its_size_is_refused_all_the_same() -> None:
    data = lying(zipped({"bomb": b"\0" * 20_000_000}), size=1000, name=b"bomb")
    assert "damaged" in refusal(data)
    grown = lying(zipped({"small": b"abc"}), size=40_000, name=b"small")
    assert contents(grown) == {"small": b"abc"}
    assert "larger than the 50 MB" in refusal(
        lying(zipped({"small": b"abc"}), size=2**31, name=b"small")
    )


def test_small_files_may_be_packed_tightly() -> None:
    assert contents(zipped({"a": b"\0" * zips.SMALL})) == {"a": b"\0" * zips.SMALL}


def test_all_members_share_one_allowance() -> None:
    dice = random.Random(1)
    block = b"".join(dice.randbytes(512) + bytes(32_256) for _ in range(32))  # of a megabyte
    data = zipped({f"part{number}": block for number in range(60)})
    read = []
    with pytest.raises(zips.BadArchive):
        read = [member.read() for member in zips.members(data)]
    assert read == []
    first = zips.members(data)[:50]
    assert sum(len(member.read()) for member in first) == zips.MAX_BYTES


def test_a_caller_may_allow_less() -> None:
    [member] = zips.members(zipped({"a": b"0123456789"}))
    with pytest.raises(zips.BadArchive):
        member.read(9)
    assert member.read(10) == b"0123456789"


@pytest.mark.parametrize("count", [zips.MAX_MEMBERS + 1, 200_000])
def test_too_many_members_are_counted_and_not_built(count: int) -> None:
    data = many(count, name="a")
    tracemalloc.start()
    start = time.process_time()
    assert "more than 1000 files" in refusal(data)
    assert time.process_time() - start < 1
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_thousand_members_are_fine() -> None:
    data = zipped({str(number): b"" for number in range(zips.MAX_MEMBERS)})
    assert len(zips.members(data)) == zips.MAX_MEMBERS


def test_members_that_share_bytes_are_refused_before_one_is_handed_out() -> None:
    assert "overlap" in refusal(many(2, name="a"))
    assert "overlap" in refusal(many(zips.MAX_MEMBERS, name="a"))


def test_other_archives_may_have_other_limits() -> None:
    data = zipped({"a": b"0123456789", "b": b"0123456789"})
    with pytest.raises(zips.BadArchive, match="more than 1 files"):
        zips.members(data, most=1)
    with pytest.raises(zips.BadArchive, match="more than 1 files"):
        zips.of_file(BytesIO(data), most=1)
    one, other = zips.members(data, allowance=zips.Allowance(19))
    assert one.read() == b"0123456789"
    with pytest.raises(zips.BadArchive, match="more than is read of one archive") as caught:
        other.read()
    assert not isinstance(caught.value, zips.BadMember)  # another one would fare no better
    assert other.read(allowance=zips.Allowance(10)) == b"0123456789"


def test_locked_and_strangely_packed_members_are_refused_in_words() -> None:
    data = zipped({"a\u202e\nb": b"one"})
    assert "locked with a password" in refusal(flagged(data, 1))
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9, 99):
        assert "packed in an unusual way" in refusal(packed_as(data, method))
    assert "“a  b”" in refusal(flagged(data, 0x801))


def test_an_archive_that_is_cut_off_says_so() -> None:
    data = zipped({"a": b"one", "b": b"two" * 1000})
    for length in range(4, len(data)):
        assert "damaged" in refusal(data[:length])


@pytest.mark.parametrize("seed", range(20))
def test_damage_of_any_kind_is_told_in_words(seed: int) -> None:
    dice = random.Random(seed)
    data = zipped({"a/Certifications.csv": b"Name\r\nKnots\r\n" * 50, "b": b"", "c\u00e9": b"x"})
    for _ in range(300):
        broken = bytearray(data)
        for _ in range(dice.randint(1, 8)):
            broken[dice.randrange(4, len(broken))] = dice.randrange(256)
        with contextlib.suppress(OpenBadgesError):
            contents(bytes(broken))
