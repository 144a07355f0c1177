"""LinkedIn's data exports, made in the tests: whole ones in each language, and hostile ones.

    export("de")                            an archive as a member in Germany gets it
    export("fr", prefix="", bom=True)       the same, as other members get it
    zipped({"a/Skills.csv": b"..."})        any archive
    people and badges are made up

LinkedIn is reached by a file only, so there is no server here.
"""

import csv
import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CERTIFICATIONS = ("Name", "Url", "Authority", "Started On", "Finished On", "License Number")
LEARNING = (
    "Content Title",
    "Content Description",
    "Content Type",
    "Content Last Watched Date (if viewed)",
    "Content Completed At (if completed)",
    "Content Saved",
    "Notes taken on videos (if taken)",
    "",
)
NOTES = (
    'Notes:\r\n"Some of this may be missing, because you, or somebody else, asked us to ""hide"" it'
    ' in your settings. Read more about it in the help."\r\n\r\n'
)
Entry = tuple[str | zipfile.ZipInfo, bytes]
FOLDER = "Basic_LinkedInDataExport_11-23-2026"
PRIVATE = b"FROM,TO,CONTENT\r\nAda,Grace,This is nobody's business\r\n"


@dataclass(frozen=True)
class Language:
    """How LinkedIn writes March 2022, September 2019 and December 2031 for its members."""

    march: str
    september: str
    december: str
    course: str  # the title of a certification, with letters of that language


LANGUAGES: Mapping[str, Language] = {
    "en": Language("Mar 2022", "Sep 2019", "Dec 2031", "Knots & splices, second level"),
    "de": Language("März 2022", "Sept. 2019", "Dez. 2031", "Prüferin für Küstenfunk"),
    "fr": Language("mars 2022", "sept. 2019", "déc. 2031", "Sécurité à l’œuvre"),
    "es": Language("mar. 2022", "sept. 2019", "dic. 2031", "Señalización marítima"),
    "pt": Language("mar. de 2022", "set. de 2019", "dez. de 2031", "Navegação à vela"),
    "it": Language("mar 2022", "set 2019", "dic 2031", "Qualità è sicurezza"),
    "nl": Language("mrt. 2022", "sep. 2019", "dec. 2031", "Reünie op zee"),
    "pl": Language("mar 2022", "wrz 2019", "gru 2031", "Żeglarz jachtowy"),
    "sv": Language("mars 2022", "sep. 2019", "dec. 2031", "Förarintyg för båt"),
    "da": Language("mar. 2022", "sep. 2019", "dec. 2031", "Duelighedsprøve på søen"),
    "tr": Language("Mar 2022", "Eyl 2019", "Ara 2031", "Güvenli denizcilik"),
    "fi": Language("maalisk. 2022", "syysk. 2019", "jouluk. 2031", "Päällikön kirja"),
    "cs": Language("bře 2022", "zář 2019", "pro 2031", "Vůdce plavidla"),
    "ru": Language("март 2022 г.", "сент. 2019 г.", "дек. 2031 г.", "Морская связь"),
    "ar": Language("مارس ٢٠٢٢", "سبتمبر ٢٠١٩", "ديسمبر ٢٠٣١", "السلامة في البحر"),
    "ja": Language("2022年3月", "2019年9月", "2031年12月", "航海の基礎"),
    "zh": Language("2022年3月", "2019年9月", "2031年12月", "航海基础"),
    "ko": Language("2022년 3월", "2019년 9월", "2031년 12월", "항해 기초"),
}


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    bom: bool = False,
    notes: bool = False,
    separator: str = ",",
    encoding: str = "utf-8",
) -> bytes:
    """A CSV file as LinkedIn writes it, or as a spreadsheet makes of it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(columns)
    writer.writerows(rows)
    whole = (NOTES if notes else "") + text.getvalue()
    return whole.encode("utf-8-sig" if bom else encoding)


def certifications(language: str = "en") -> list[Sequence[str]]:
    """Four: with a link and an end, over, without dates or number, and a course of LinkedIn's."""
    said = LANGUAGES[language]
    rows: list[Sequence[str]] = [
        (
            said.course,
            "https://credly.test/badges/0b1c0de0-0000-4000-8000-000000000001",
            "Harbour College",
            said.march,
            said.december,
            "HC-1",
        ),
        ("First aid", "", "City Lab", said.september, said.march, "FA 77"),
        ("Volunteer of the year", "", "Town Library", "", "", ""),
        (
            "Learning to teach",
            "https://www.linkedin.com/learning/certificates/" + "ab" * 32,
            "LinkedIn",
            said.september,
            "",
            "",
        ),
    ]
    return rows


def learning() -> list[Sequence[str]]:
    """A finished course, one that is a certification as well, a path, and what is no badge."""
    done, seen, none = "2021-03-05 16:20 UTC", "2021-03-05 16:19 UTC", "N/A"
    return [
        ("Charts that tell", "For\r\nbeginners.", "Course", seen, done, "N", none, ""),
        ("Learning to teach", "", "Course", seen, "2019-09-02 08:00 UTC", "N", none, ""),
        ("Become a skipper", "Six courses.", "Learning Path", seen, done, "Y", none, ""),
        ("A knot in a minute", "", "Video", seen, done, "N", none, ""),
        ("Given up half-way", "", "Course", seen, none, "N", none, ""),
        ("Saved for later", "", "Course", none, none, "Y", none, ""),
    ]


SKILLS = ["Seamanship", "Statistics", "statistics", "", "Wissenschaftliches Schreiben"]


def export(
    language: str = "en",
    *,
    prefix: str = f"{FOLDER}/",
    bom: bool = False,
    notes: bool = False,
    without: Sequence[str] = (),
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """A whole archive: our three tables among those that are nobody's business."""
    tables = {
        "Connections.csv": NOTES.encode() + b"First Name,Last Name,Email Address\r\n",
        "messages.csv": PRIVATE,
        "Certifications.csv": table(CERTIFICATIONS, certifications(language), bom=bom, notes=notes),
        "Profile.csv": b"First Name,Birth Date\r\nAda,1815-12-10\r\n",
        "Learning.csv": table(LEARNING, learning(), bom=bom, notes=notes),
        "Skills.csv": table(["Name"], [[name] for name in SKILLS], bom=bom, notes=notes),
        "Honors.csv": b"Title,Description,Issued On\r\nPrize,,Mar 2022\r\n",
    }
    kept = {f"{prefix}{name}": data for name, data in tables.items() if name not in without}
    return zipped({**kept, **(more or {})})


def zipped(members: Mapping[str, bytes] | Iterable[Entry]) -> bytes:
    """An archive of these files. Pairs may repeat a name, or come with a ZipInfo."""
    file = io.BytesIO()
    pairs = members.items() if isinstance(members, Mapping) else members
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in pairs:
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def many(count: int, *, name: str = "Certifications.csv") -> bytes:
    """An archive whose list names one and the same member `count` times."""
    one = zipped({name: b"Name\r\nKnots\r\n"})
    at = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    entry = one[at:end]
    entries = entry * count
    # The count in the last record has two bytes; readers go by the length of the list.
    last = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(entries), at, 0
    )
    return one[:at] + entries + last


def lying(data: bytes, *, size: int, name: bytes = b"Certifications.csv") -> bytes:
    """The archive, with another unfolded size in its list for the member of this name."""
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(name))
    return data[: at + 24] + struct.pack("<L", size) + data[at + 28 :]


def flagged(data: bytes, bit: int) -> bytes:
    """The archive, with a flag set on every member: 1 says that it is encrypted."""
    return _each(data, {b"PK\x03\x04": 6, b"PK\x01\x02": 8}, bit)


def packed_as(data: bytes, method: int) -> bytes:
    """The archive, with every member said to be packed by another method."""
    return _each(data, {b"PK\x03\x04": 8, b"PK\x01\x02": 10}, method)


def _each(data: bytes, places: Mapping[bytes, int], value: int) -> bytes:
    changed = bytearray(data)
    for mark, offset in places.items():
        at = data.find(mark)
        while at != -1:
            changed[at + offset : at + offset + 2] = struct.pack("<H", value)
            at = data.find(mark, at + 1)
    return bytes(changed)
