"""The document itself, read back with tools that did not make it: structure, signature, files."""

import hashlib
import json
import re
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
from django.conf import LazySettings
from django.utils import timezone, translation
from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from accounts.models import User
from badges.models import BadgeSkill, How, Result, Skill, Trust
from portfolio.models import Page
from portfolio.services import paper, sharing, typefaces
from tests.factories import make_badge, make_issuer, make_page, make_user
from tests.portfolio.papers import attachments, bytes_of, made, made_of_all, opened, parsed, read

pytestmark = pytest.mark.django_db
DOCUMENTS = [
    b'{"@context": "https://www.w3.org/ns/credentials/v2", "id": "urn:x"}\n',
    b"eyJhbGciOiJFZERTQSJ9.eyJhIjoxfQ.c2lnbmF0dXJl",
    b"https://college.example/badge/1",
    '{"name": "\u00fc \u6c49"} \x00\x01\r\n'.encode(),
]


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def page(alice: User) -> Page:
    badges = [
        make_badge(alice, name=f"Badge {number}", document=document)
        for number, document in enumerate(DOCUMENTS)
    ]
    return make_page(alice, *badges)


# --- An archivable, readable file ----------------------------------------------------------------


def tree(reader: PdfFileReader) -> list[str]:
    """The names of all elements of the structure, in reading order."""
    names: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                walk(one.get_object() if hasattr(one, "get_object") else one)
        elif isinstance(node, DictionaryObject):
            if "/S" in node:
                names.append(str(node["/S"])[1:])
            if "/K" in node:
                walk(node["/K"])

    walk(reader.root["/StructTreeRoot"])
    return names


def metadata(data: bytes) -> set[tuple[str, str]]:
    root = ET.fromstring(bytes(parsed(data).root["/Metadata"].data))  # our own
    return {(one.tag.rpartition("}")[2], (one.text or "").strip()) for one in root.iter()}


def identification(data: bytes) -> tuple[str, str]:
    """What of PDF/A it says to be."""
    names = "{http://www.aiim.org/pdfa/ns/id/}"
    root = ET.fromstring(bytes(parsed(data).root["/Metadata"].data))  # our own
    (found,) = [one for one in root.iter() if f"{names}part" in one.attrib]
    return found.attrib[f"{names}part"], found.attrib[f"{names}conformance"]


def test_a_document_is_archivable_and_accessible_and_says_so(page: Page) -> None:
    data = bytes_of(made(page, originals=True))
    said = metadata(data)
    assert identification(data) == ("3", "A")
    assert ("li", "Alice Adler: Data analyst") in said
    assert opened(data).count(b"<x:xmpmeta") == 1  # signing leaves them as they are
    assert b"JavaScript" not in opened(data)
    reader = parsed(data)
    assert not reader.encrypted
    root = reader.root
    assert str(root["/Lang"]) == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    (intent,) = root["/OutputIntents"]
    assert str(intent.get_object()["/S"]) == "/GTS_PDFA1"
    # The field of the signature: printable for PDF/A, out of sight for PDF/UA.
    (field,) = root["/AcroForm"]["/Fields"]
    assert int(field.get_object()["/F"]) & 4
    assert int(field.get_object()["/Rect"][2]) < 0


def test_its_tables_and_headings_are_real(page: Page) -> None:
    data = bytes_of(made(page, originals=True))
    names = tree(parsed(data))
    assert names.count("H1") == 1
    assert names.count("H3") == 4
    assert names.count("Table") == 2  # the badges, and the files
    assert names.count("TH") == 5 + 3 + 4 + 4  # of columns, and each row's first
    assert names.count("TD") == 4 * (4 + 2)
    assert "Figure" in names  # the code, which has its words
    with pypdfium2.PdfDocument(data) as document:
        titles = [mark.get_title() for mark in document.get_toc()]
    assert titles[0] == "Alice Adler"
    assert {"Badges", "Details", "Original credentials", "Badge 2"} <= set(titles)


def test_every_font_is_inside(alice: User) -> None:
    names = ["Ünï", "Ελληνικά", "Знак", "شهادة", "עברית", "बैज", "汉字", "データ", "배지"]
    data = bytes_of(made(make_page(alice, *[make_badge(alice, name=name) for name in names])))
    reader = parsed(data)
    things = (ref.get_object() for ref in reader.xrefs.explicit_refs_in_revision(0))
    fonts = [
        thing
        for thing in things
        if isinstance(thing, DictionaryObject) and thing.get("/Type") == "/FontDescriptor"
    ]
    assert len(fonts) >= 8
    assert all({"/FontFile2", "/FontFile3"} & set(font) for font in fonts)
    words = " ".join(read(data))
    assert [name for name in names if name not in words] == []


# --- The originals -------------------------------------------------------------------------------


def test_the_originals_are_inside_byte_for_byte_and_listed(page: Page) -> None:
    data = bytes_of(made(page, originals=True))
    inside = attachments(data)
    assert sorted(inside.values()) == sorted(DOCUMENTS)
    assert set(inside) == {
        "0001-badge-0.json",
        "0002-badge-1.jwt",
        "0003-badge-2.txt",
        "0004-badge-3.json",
    }
    listed = " ".join(read(data)).replace(" ", "")
    for name, document in inside.items():
        assert name in listed
        assert hashlib.sha256(document).hexdigest() in listed
    files = [one.get_object() for one in parsed(data).root["/AF"]]
    assert {str(one["/AFRelationship"]) for one in files} == {"/Source"}
    assert len(files) == 4


def test_what_is_too_large_stays_outside_and_is_counted(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "MAX_ATTACHED", len(DOCUMENTS[0]))
    data = bytes_of(made(page, originals=True))
    assert list(attachments(data).values()) == [DOCUMENTS[0]]
    assert "3 more credentials are too large" in " ".join(read(data))


def test_a_reader_gets_no_original(page: Page) -> None:
    link = sharing.create(page=page, label="Acme", now=timezone.now())
    assert attachments(bytes_of(made(page, link))) == {}


# --- The signature -------------------------------------------------------------------------------


def validated(data: bytes) -> PdfSignatureStatus:
    reader = PdfFileReader(BytesIO(data))
    (signature,) = reader.embedded_signatures
    trust = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    return validate_pdf_signature(signature, signer_validation_context=trust)


def test_the_signature_is_valid_and_covers_everything(page: Page) -> None:
    row = made(page, originals=True)
    status = validated(bytes_of(row))
    assert status.bottom_line
    assert status.intact
    assert status.valid
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert row.signer is not None
    assert status.signing_cert.sha256.hex() == row.signer.digest
    (signature,) = parsed(bytes_of(row)).embedded_signatures
    assert str(signature.sig_object["/SubFilter"]) == "/ETSI.CAdES.detached"


def test_one_flipped_byte_breaks_the_signature(page: Page) -> None:
    data = bytearray(bytes_of(made(page)))
    at = data.index(b"stream") + 20
    data[at] ^= 1
    assert not validated(bytes(data)).intact


# --- What it says --------------------------------------------------------------------------------


@pytest.fixture
def _arabic(settings: LazySettings) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]


@pytest.mark.usefixtures("_arabic")
def test_a_document_in_arabic_reads_back_and_is_signed(alice: User) -> None:
    alice.name = "أليس آدلر"
    alice.save()
    issuer = make_issuer("جامعة الميناء")
    badge = make_badge(alice, name="شهادة في تحليل البيانات", issuer=issuer, document=b"{}")
    row = made(make_page(alice, badge, title="محلل بيانات"), language="ar", originals=True)
    data = bytes_of(row)
    words = " ".join(read(data))
    for expected in ("أليس آدلر", "شهادة في تحليل البيانات", "جامعة", "محلل بيانات"):
        assert expected in words
    with translation.override("ar"):
        month = translation.gettext("January")
    assert month in words  # of 15 January: said in the document's language
    assert str(parsed(data).root["/Lang"]) == "ar"
    assert validated(data).bottom_line
    assert attachments(data) == {"0001-badge.json": b"{}"}
    assert row.language == "ar"


def text_of(page: Page, **chosen: Any) -> str:
    return " ".join(read(bytes_of(made(page, **chosen))))


def test_the_options_say_what_is_in_it(alice: User) -> None:
    evidence = [{"name": "My report", "url": "https://files.example/report", "text": "On tides."}]
    badge = make_badge(alice, name="Tides", evidence=evidence)
    stated = make_badge(alice, name="Stated", trust=Trust.STATED, result=Result.UNSIGNED)
    skill = Skill.objects.create(key="ropes", name="Rope handling")
    BadgeSkill.objects.create(badge=badge, skill=skill, how=How.NAMED)
    page = make_page(alice, badge, stated)
    whole = text_of(page)
    for part in ("Rope handling", "1 badge, 1 issuer", "My report", "https://files.example/report"):
        assert part in whole
    assert "On tides." in whole
    assert "†" in whole
    assert "Not verified" in whole
    assert "My report" not in text_of(page, evidence=False)
    assert "Rope handling" not in text_of(page, skills_table=False)
    assert "†" not in text_of(page, mark_unverified=False)
    line = text_of(page, full_detail=False)
    assert "My report" not in line
    assert "Do the work" not in line
    assert "Tides" in line


def test_the_papers_have_their_sizes(page: Page) -> None:
    for paper_, size in {"A4": (595, 842), "letter": (612, 792)}.items():
        with pypdfium2.PdfDocument(bytes_of(made(page, paper=paper_))) as document:
            assert tuple(round(side) for side in document.get_page_size(0)) == size


def test_all_badges_without_a_page(alice: User) -> None:
    for number in range(3):
        make_badge(alice, name=f"Mine {number}")
    make_badge(make_user(), name="Somebody else's")
    make_badge(alice, name="Only offered", added_at=None)
    row = made_of_all(alice)
    words = " ".join(read(bytes_of(row)))
    assert {f"Mine {number}" for number in range(3)} <= set(re.findall(r"Mine \d", words))
    assert "Somebody else" not in words
    assert "Only offered" not in words
    assert "3 of 3 verified" in words
    assert (row.page, row.title) == (None, "All badges")


# --- Hostile words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u202edesrever\u202c", "desrever"),
        ("\u2066\u2069\u200b\x00\ue000\ufeff", "–"),
        ("🚀 rocket ❤\ufe0f", "□ rocket"),
        ("a\u2028b", "a b"),
        ("\u0645\u200c\u06cc", "\u0645"),
        ("<b>bold</b> &amp; {{ x }} {% y %}", "<b>bold</b> &amp; {{ x }} {% y %}"),
    ],
)
def test_what_cannot_be_printed_does_no_harm(alice: User, name: str, shown: str) -> None:
    data = bytes_of(made(make_page(alice, make_badge(alice, name=name), title="T", line="")))
    words = " ".join(read(data))
    assert shown in words
    assert not set("\u202e\u2066\ue000") & set(words)


def test_ten_thousand_letters_are_all_there_and_none_is_cut_off(alice: User) -> None:
    badge = make_badge(
        alice,
        name="Q" * 3000,
        criteria_text="Z" * 10_000,
        issuer=make_issuer("Y" * 2000),
    )
    data = bytes_of(made(make_page(alice, badge), full_detail=True))
    letters = "".join(read(data))
    assert letters.count("Q") >= 2 * 3000
    assert letters.count("Z") >= 10_000
    assert letters.count("Y") >= 2 * 2000
    with pypdfium2.PdfDocument(data) as document:
        for leaf in document:
            width = leaf.get_width()
            for piece in leaf.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
                left, _bottom, right, _top = piece.get_bounds()
                assert left >= 40
                assert right <= width - 40
            leaf.close()


def test_an_address_can_be_copied_out_of_it(alice: User) -> None:
    url = "https://files.example/" + "a" * 150 + "/report.pdf"
    badge = make_badge(alice, evidence=[{"name": "x", "url": url, "text": ""}])
    words = "".join(read(bytes_of(made(make_page(alice, badge))))).replace(" ", "")
    assert url in words


def test_words_are_made_printable_once() -> None:
    data = {"a": ["x\u0000y", {"b": "\u1681"}], "n": 1, "none": None}  # Ogham is in no face of ours
    clean, faces = typefaces.printable(data)
    assert not any(face.family.endswith(("SC", "KR", "JP")) for face in faces)
    assert clean["a"][0] == "xy"
    assert clean["n"] == 1
    assert json.dumps(clean)
