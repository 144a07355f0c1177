"""LinkedIn's export: whole archives in many languages, single tables, and hostile ones."""

import contextlib
import random
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

import pytest
from django.test import override_settings

from accounts.models import User
from badges.models import Badge, Trust
from badges.openbadges import verify as core
from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched, offline
from badges.openbadges.report import Result
from badges.services import consistency, importing, imports
from badges.sources import linkedin, readers, recognise_file, tables, zips
from badges.sources.base import Found, Nothing, Statement
from badges.sources.linkedin import LinkedIn
from badges.sources.statement import document
from tests.badges.sources.reading import door
from tests.factories import make_user
from tests.simulators.credly import Credly
from tests.simulators.linkedin import (
    CERTIFICATIONS,
    FOLDER,
    LANGUAGES,
    LEARNING,
    PRIVATE,
    SKILLS,
    Entry,
    certifications,
    export,
    flagged,
    learning,
    lying,
    many,
    table,
    zipped,
)

NOBODY = offline({})
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
READER = LinkedIn()
OLD = table(CERTIFICATIONS, [("Prüfung",)], encoding="latin-1")
CREDLY = "https://credly.test/badges/0b1c0de0-0000-4000-8000-000000000001"


def found(data: bytes, name: str = "export.zip") -> list[Found]:
    seen = READER.recognise_file(name, data)
    assert seen is not None, f"{name} was not recognised"
    assert all(isinstance(value, str) for value in seen.answers.values())
    return list(READER.find(seen.answers, fetch=NOBODY, data=data))


def stated(data: bytes, name: str = "export.zip") -> list[Statement]:
    statements = [one.statement for one in found(data, name)]
    return [one for one in statements if one is not None]


def one(*cells: str) -> Found:
    """What a single row of certifications says."""
    (only,) = found(table(CERTIFICATIONS, [cells]), "Certifications.csv")
    return only


def statement(*cells: str) -> Statement:
    said = one(*cells).statement
    assert said is not None
    return said


def trouble(data: bytes, name: str = "export.zip") -> str:
    with pytest.raises(OpenBadgesError) as caught:
        found(data, name)
    return caught.value.message


# --- Whole exports


@pytest.mark.parametrize("bom", [False, True])
@pytest.mark.parametrize("notes", [False, True])
@pytest.mark.parametrize("prefix", ["", f"{FOLDER}/", "a/b/c/", "../../", "data\\"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_export_is_read_in_each_language(
    language: str, prefix: str, notes: bool, bom: bool
) -> None:
    said = LANGUAGES[language]
    march, september = date(2022, 3, 1), date(2019, 9, 1)
    finished, end = date(2021, 3, 5), date(2031, 12, 31)
    kinds = ["Certification"] * 4 + ["Course", "LearningProgram"]
    all_of_it = stated(export(language, prefix=prefix, notes=notes, bom=bom))
    assert [(s.name, s.issuer, s.issued_on, s.expires_on, s.licence) for s in all_of_it] == [
        (said.course, "Harbour College", march, end, "HC-1"),
        ("First aid", "City Lab", september, date(2022, 3, 31), "FA 77"),
        ("Volunteer of the year", "Town Library", None, None, ""),
        ("Learning to teach", "LinkedIn", september, None, ""),
        ("Charts that tell", "LinkedIn Learning", finished, None, ""),
        ("Become a skipper", "LinkedIn Learning", finished, None, ""),
    ]
    assert [s.kind for s in all_of_it] == kinds
    assert {(s.basis, s.by, s.holder) for s in all_of_it} == {("export", "LinkedIn", "")}
    assert all_of_it[4].description == "For\nbeginners."


def test_links_are_handed_on_to_whoever_can_read_them() -> None:
    rows = found(export())
    assert [row.elsewhere for row in rows[:4]] == [
        CREDLY, "", "", "https://www.linkedin.com/learning/certificates/" + "ab" * 32,
    ]  # fmt: skip
    assert rows[0].statement is not None
    assert rows[0].statement.url == CREDLY
    assert {row.url for row in rows} == {""}
    assert {row.data for row in rows} == {b""}


def test_exports_in_two_languages_are_of_the_same_badges() -> None:
    """Otherwise everything would come in again when a member changes their language."""
    keys = {
        language: [
            row.key for row in found(export(language)) if row.label != LANGUAGES[language].course
        ]
        for language in LANGUAGES
    }
    assert len(set(map(tuple, keys.values()))) == 1
    everything = [row.key for row in found(export())]
    assert len(set(everything)) == len(everything)
    assert everything == [row.key for row in found(export(bom=True, notes=True, prefix=""))]


def test_a_statement_becomes_a_document_that_the_core_reads() -> None:
    for said in stated(export("tr")):
        data = document(said, reader="linkedin")
        report = core.verify(data, fetch=NOBODY, now=datetime(2022, 1, 1, tzinfo=UTC))
        assert report.credential is not None
        assert report.result in {Result.UNSIGNED, Result.NOT_YET_VALID}
        assert report.credential.name == said.name
        assert report.credential.issuer.name == said.issuer
        assert document(said, reader="linkedin") == data


# --- Nobody's business


class Counting(zipfile.ZipFile):
    """Notes which members are opened."""

    opened: list[str] = []

    def open(self, name, *rest, **more):  # type: ignore[no-untyped-def]
        self.opened.append(name.filename if isinstance(name, zipfile.ZipInfo) else name)
        return super().open(name, *rest, **more)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setattr(zipfile, "ZipFile", Counting)
    Counting.opened.clear()
    yield Counting.opened
    Counting.opened.clear()


def test_only_the_named_members_are_ever_opened(opened: list[str]) -> None:
    data = export(
        more={"x/Email Addresses.csv": PRIVATE, "Certifications.csv/messages.csv": PRIVATE}
    )
    opened.clear()  # making it opens them all
    found(data)
    assert set(opened) == {
        f"{FOLDER}/{name}.csv" for name in ("Certifications", "Learning", "Skills")
    }


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_other_members_may_be_as_hostile_as_they_like() -> None:
    link = zipfile.ZipInfo("Certifications.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    hostile: list[Entry] = [
        ("messages.csv", b"\0" * 30_000_000),
        ("inner.zip", zipped({"Certifications.csv": b"Name\nFrom inside\n"})),
        ("../../Profile.csv", PRIVATE),
        (link, b"/etc/passwd"),
        ("__MACOSX/._Certifications.csv", b"\0\5\x16\7"),
        ("Certifications.csv.exe", b"Name\nEvil\n"),
        ("Learning.csv", b""),
        (f"{FOLDER}/Certifications.csv", table(CERTIFICATIONS, certifications())),
    ]
    assert [row.label for row in found(zipped(hostile))] == [row[0] for row in certifications()]


def test_nothing_of_the_other_tables_is_told() -> None:
    told = repr(found(export())) + repr(READER.recognise_file("a.zip", export()))
    for private in ("Ada", "Grace", "1815", "nobody", "Prize"):
        assert private not in told


# --- What is recognised


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (table(CERTIFICATIONS, []), "Certifications.csv", "certifications"),
        (table(CERTIFICATIONS, []), "certifications (2).CSV", "certifications"),
        (table(CERTIFICATIONS, []), "my badges.csv", "certifications"),
        (table(["Name", "License Number"], []), "x", "certifications"),
        (table(["name"], []), "Certifications_1.csv", "certifications"),
        (table(CERTIFICATIONS, certifications() * 500), "big.csv", "certifications"),
        (table(LEARNING, []), "Learning.csv", "learning"),
        (table(LEARNING, [], notes=True, bom=True), "x.csv", "learning"),
        (table(["Name"], []), "some/folder/Skills.csv", "skills"),
        (OLD, "Certifications.csv", "certifications"),
    ],
)
def test_single_tables_are_recognised(data: bytes, name: str, kind: str) -> None:
    seen = READER.recognise_file(name, data)
    assert seen is not None
    assert (seen.reader, seen.answers, seen.lasting) == ("linkedin", {"kind": kind}, False)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "Certifications.csv"),
        (b"{}", "Certifications.csv"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "badge.png"),
        (b'{"name": "a", "authority": "b"}', "badge.json"),
        (table(["Name"], [["Seamanship"]]), "names.csv"),
        (table(["Title", "Url", "Started On", "Finished On"], []), "Projects.csv"),
        (table(["Company Name", "Title", "Started On", "Finished On"], []), "Positions.csv"),
        (OLD, "other.csv"),
        (zipped({"badge.json": b"{}", "Certifications.csv.txt": b"Name"}), "badges.zip"),
        (zipped({"Connections.csv": b"", "a.json": b"{}"}), "badges.zip"),
        (zipped({}), "Certifications.zip"),
        (export()[:-30], "cut-off.zip"),
        (many(2000), "many.zip"),
        (b"PK\x03\x04" + bytes(200), "no.zip"),
    ],
)
def test_other_things_are_left_to_others(data: bytes, name: str) -> None:
    assert READER.recognise_file(name, data) is None


def test_the_list_of_readers_knows_it() -> None:
    seen = recognise_file("Basic_LinkedInDataExport.zip", export())
    assert seen is not None
    assert seen.reader == "linkedin"


def test_what_is_in_it_is_said_in_numbers() -> None:
    seen = READER.recognise_file("a.zip", export())
    assert seen is not None
    assert seen.words == (
        "LinkedIn export: 4 certifications, 2 completed courses, 3 skills, which are no badges"
    )
    seen = READER.recognise_file("a.zip", export(without=["Learning.csv", "Skills.csv"]))
    assert seen is not None
    assert seen.words == "LinkedIn export: 4 certifications"


# --- Rows


@pytest.mark.parametrize(
    ("cell", "link"),
    [
        (CREDLY, CREDLY),
        ("http://coursera.test/verify/ABC", "https://coursera.test/verify/ABC"),
        ("HTTPS://Coursera.TEST/verify/ABC", "HTTPS://Coursera.TEST/verify/ABC"),
        ("www.coursera.test/verify/ABC", "https://www.coursera.test/verify/ABC"),
        ("a.test/x?identity__email=ada%40example.org&v=2&empty=#top", "https://a.test/x?v=2&empty=#top"),
        ("https://a.test/x?e-mail=ada@example.org#top", "https://a.test/x#top"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("JaVaScRiPt://a.test/%0aalert(1)", ""),
        ("data:text/html,<script>", ""),
        ("ftp://a.test/x", ""),
        ("//a.test/x", ""),
        ("https://a.test/one two", ""),
        ("https://ada:secret@a.test/", ""),
        ("https://a.test:port/", ""),
        ("https://", ""),
        ("see my profile", ""),
        ('=HYPERLINK("https://a.test")', ""),
        ("N/A", ""),
    ],
)  # fmt: skip
def test_only_https_links_are_kept(cell: str, link: str) -> None:
    row = one("Knots", cell, "Harbour College", "", "", "")
    assert row.statement is not None
    assert (row.elsewhere, row.statement.url) == (link, link)


def test_finished_on_is_the_day_on_which_it_ends() -> None:
    said = statement("Knots", "", "Harbour", "Mar 2022", "Mar 2022", "")
    assert (said.issued_on, said.expires_on) == (date(2022, 3, 1), date(2022, 3, 31))
    said = statement("Knots", "", "Harbour", "2019", "2020", "")
    assert (said.issued_on, said.expires_on) == (date(2019, 1, 1), date(2020, 12, 31))
    said = statement("Knots", "", "Harbour", "Mar 2022", "Feb 2022", "")
    assert (said.issued_on, said.expires_on) == (date(2022, 3, 1), None)
    said = statement("Knots", "", "Harbour", "some day", "N/A", "")
    assert (said.issued_on, said.expires_on) == (None, None)


def test_odd_cells_do_no_harm() -> None:
    said = statement(' =2+3\0 \u202e"x"\r\n y ', "", "\t", "1", "2", "x" * 9999)
    assert said.name == '=2+3 "x" y'
    assert said.issuer == "Issuer not named"
    assert len(said.licence) == 300
    assert one("", CREDLY).label == CREDLY
    assert "no certification" in trouble(
        table(CERTIFICATIONS, [("", "x"), (" ",)]), "Certifications.csv"
    )


def test_the_same_row_twice_is_one_badge_and_another_year_is_another() -> None:
    rows = [
        ("First aid", "", "City Lab", "Mar 2020", "", ""),
        ("First aid", "", "City Lab", "Mar 2020", "Mar 2022", ""),
        ("first aid", "", "CITY LAB", "03/2020", "", ""),
        ("First aid", "", "City Lab", "Mar 2022", "", ""),
        ("Badge", "https://a.test/1", "City Lab", "", "", ""),
        ("Badge", "https://a.test/2", "City Lab", "", "", ""),
        ("Badge", "https://a.test/1", "City Lab", "", "", ""),
    ]
    rows_found = found(table(CERTIFICATIONS, rows), "Certifications.csv")
    assert [(row.label, row.elsewhere[-2:]) for row in rows_found] == [
        ("First aid", ""), ("First aid", ""), ("Badge", "/1"), ("Badge", "/2"),
    ]  # fmt: skip
    assert len({row.key for row in rows_found}) == 4
    twice = zipped(
        {
            "a/Certifications.csv": table(CERTIFICATIONS, rows),
            "Certifications.csv": table(CERTIFICATIONS, rows),
        }
    )
    assert found(twice) == rows_found


def test_columns_may_be_missing_renamed_and_added() -> None:
    whole = dict(zip(CERTIFICATIONS, certifications()[0], strict=True))
    for missing in CERTIFICATIONS[1:]:
        kept = {key: value for key, value in whole.items() if key != missing}
        (row,) = found(table([*kept], [[*kept.values()]]), "Certifications.csv")
        assert row.label == whole["Name"]
    renamed = [f" {name.upper().replace(' ', '_')} " for name in CERTIFICATIONS]
    shuffled = [*renamed[::-1], "", "Name of pet"]
    cells = [*certifications()[0][::-1], "x", "y"]
    assert found(table(shuffled, [cells]), "Certifications.csv")[0] == found(export())[0]


def test_only_completed_courses_are_badges() -> None:
    assert [row.label for row in found(table(LEARNING, learning()), "Learning.csv")] == [
        "Charts that tell",
        "Learning to teach",  # in the whole export it is a certification already
        "Become a skipper",
    ]
    odd = [
        ("X", "", kind, "", when, "", "", "")
        for kind in ("Kurs", "")
        for when in ("2020-01-01 1:00 UTC", "k. A.")
    ]
    assert [row.label for row in found(table(LEARNING, odd), "Learning.csv")] == ["X"]


def test_skills_are_counted_and_read_for_others() -> None:
    names = ["Seamanship", "Statistics", "Wissenschaftliches Schreiben"]
    assert linkedin.skills(export()) == names
    assert linkedin.skills(table(["Name"], [[name] for name in SKILLS], bom=True)) == names
    assert linkedin.skills(export(without=["Skills.csv"])) == []
    assert linkedin.skills(b"no table") == []
    words = trouble(export(without=["Certifications.csv", "Learning.csv"]))
    assert words.startswith("There are 3 skills in this export, and no certification")


# --- Nothing there, and trouble


def test_an_export_without_badges_says_what_to_do() -> None:
    ours = ["Certifications.csv", "Learning.csv", "Skills.csv"]
    assert "Ask LinkedIn for the larger archive" in trouble(
        export(without=ours, more={"Positions.csv": b""})
    )
    empty = export(
        without=ours, more={"Certifications.csv": b"", "Learning.csv": b"\xef\xbb\xbf\r\n"}
    )
    assert "no certification and no completed course" in trouble(empty)
    assert "no certification" in trouble(table(CERTIFICATIONS, []), "Certifications.csv")


def test_a_broken_table_does_not_keep_the_others_out() -> None:
    broken = export(without=["Certifications.csv"], more={"Certifications.csv": b'Name,Url\n"Kn'})
    seen = READER.recognise_file("a.zip", broken)
    assert seen is not None
    rows = READER.find(seen.answers, fetch=NOBODY, data=broken)
    assert [next(rows).label, next(rows).label, next(rows).label] == [
        "Charts that tell", "Learning to teach", "Become a skipper",
    ]  # fmt: skip
    with pytest.raises(tables.BadTable, match=r"“Certifications\.csv” is damaged after line"):
        next(rows)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped({"Certifications.csv": b"Name\n" + b"A" * 20_000_000}), "larger than the 2 MB"),
        (zipped({"Skills.csv": random.Random(1).randbytes(3_000_000)}), "larger than the 2 MB"),
        (lying(zipped({"Certifications.csv": b"Name\n" * 9999}), size=10), "damaged"),
        (lying(export(), size=2**32 - 1), "larger than the 2 MB"),
        (flagged(export(), 1), "locked with a password"),
        (zipped({"Certifications.csv": b'Name\n"A\n' * 20, "a": b""}), "damaged after"),
        (zipped({"Certifications.csv": b"Name\n" + b"A\n" * 5001}), "more than 5000 rows"),
        (zipped({"Certifications.csv": OLD}), "not in UTF-8"),
    ],
)  # fmt: skip
def test_hostile_exports_are_refused_in_words(data: bytes, words: str) -> None:
    assert words in trouble(data)


def test_no_more_than_a_dozen_tables_are_opened(opened: list[str]) -> None:
    data = zipped({f"{n}/Certifications.csv": b"Name\nA%d\n" % n for n in range(900)})
    opened.clear()
    found(data)
    assert len(opened) == 2 * linkedin.MAX_TABLES  # once to recognise it, once to read it


@pytest.mark.parametrize("answers", [{}, {"kind": ""}, {"kind": "profile"}, {"other": "1"}])
def test_answers_of_another_day_are_no_crash(answers: Mapping[str, str]) -> None:
    with pytest.raises(Nothing):
        list(READER.find(answers, fetch=NOBODY, data=table(CERTIFICATIONS, certifications())))
    assert len(list(READER.find(answers, fetch=NOBODY, data=export()))) == 6


@pytest.mark.parametrize("seed", range(10))
def test_damaged_exports_raise_nothing_else(seed: int) -> None:
    dice = random.Random(seed)
    for whole in (export("ja"), table(CERTIFICATIONS, certifications("ar"), notes=True)):
        for _ in range(60):
            broken = bytearray(whole)
            for _ in range(dice.randint(1, 6)):
                broken[dice.randrange(len(broken))] = dice.randrange(256)
            data = bytes(broken[: dice.choice([None, dice.randrange(len(broken))])])
            with contextlib.suppress(OpenBadgesError):
                if seen := READER.recognise_file("Certifications.csv", data):
                    list(READER.find(seen.answers, fetch=NOBODY, data=data))


# --- Through the engine


@pytest.fixture
def hosts() -> Iterator[None]:
    """As an administrator says that there is another Credly."""
    readers.cache_clear()
    with override_settings(SOURCE_HOSTS={"credly": {"credly.test": "credly.test"}}):
        yield
    readers.cache_clear()


def nothing_there(
    url: str, *, accept: str = JSON_TYPES, max_bytes: int = MAX_BYTES, max_age: float = 0
) -> Fetched:
    """The pages that rows link to are gone for good, so that no row waits for one."""
    return Fetched(url, url, 404, "text/plain", b"")


def bring(user: User, data: bytes, fetch: Fetch = nothing_there) -> dict[str, str]:
    """Import this export; each row's name and what became of it."""
    upload = imports.Upload(name="export.zip", size=len(data), read=lambda: data)
    job = imports.start(user=user, uploads=[upload], text="", now=NOW, adds=True)
    importing.run_import(job_id=job.pk, fetch=fetch, clock=lambda: NOW)
    assert list(consistency.faults()) == []
    return dict(job.items.exclude(parent=None).values_list("label", "state"))


@pytest.mark.django_db
def test_an_export_comes_in_as_an_export_and_only_once() -> None:
    ada = make_user("ada@example.org")
    three = table(CERTIFICATIONS, certifications("fr")[1:])
    first = export("fr", without=["Certifications.csv"], more={"Certifications.csv": three})
    assert list(bring(ada, first).values()) == ["added"] * 5
    rows = Badge.objects.values_list("trust", "basis", "stated_by", "result").distinct()
    assert set(rows) == {
        ("export", "export", "LinkedIn", "unsigned"),
        ("export", "export", "LinkedIn", "expired"),
    }
    # Half a year later, in another language, with one certification more.
    again = bring(ada, export("pl"))
    assert Counter(again.values()) == {"already": 5, "added": 1}
    assert again[LANGUAGES["pl"].course] == "added"
    assert Badge.objects.count() == 6


@pytest.mark.django_db
def test_a_row_with_a_link_to_its_platform_rises(hosts: None) -> None:
    ada = make_user("ada@example.org")
    with Credly() as credly, door(credly) as fetch:
        badge = credly.badges[0]
        gone = f"{credly.url}/badges/00000000-0000-4000-8000-000000000000"
        rows = [
            ("As LinkedIn calls it", f"{credly.url}/badges/{badge.id}/public_url", "Guild"),
            ("Gone from there", gone, "Guild"),
        ]
        bring(ada, zipped({"Certifications.csv": table(CERTIFICATIONS, rows)}), fetch)
    assert Badge.objects.get(trust=Trust.HOSTED).name == badge.name
    assert Badge.objects.get(trust=Trust.EXPORT).name == "Gone from there"


@pytest.mark.django_db
def test_a_broken_table_in_an_export_is_told_and_the_rest_comes_in() -> None:
    ada = make_user("ada@example.org")
    data = export(without=["Certifications.csv"], more={"Certifications.csv": b'Name\n"Kn'})
    upload = imports.Upload(name="export.zip", size=len(data), read=lambda: data)
    job = imports.start(user=ada, uploads=[upload], text="", now=NOW, adds=True)
    importing.run_import(job_id=job.pk, fetch=NOBODY, clock=lambda: NOW)
    whole = job.items.get(parent=None)
    assert whole.state == "refused"
    assert "“Certifications.csv” is damaged" in whole.reason
    assert Badge.objects.count() == 3


def test_the_limits_are_those_of_the_security_page() -> None:
    assert (tables.MAX_ROWS, tables.MAX_BYTES) == (5000, 2 * 1024 * 1024)
    assert (zips.MAX_MEMBERS, zips.MAX_BYTES, zips.MAX_RATIO) == (1000, 50 * 1024 * 1024, 100)
