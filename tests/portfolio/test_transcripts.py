"""Transcripts: made once, whole, with nothing clipped, and by whom."""

import hashlib
import json
import re
import socket
import zipfile
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pypdfium2
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notification, User
from accounts.services.limits import TooOften
from portfolio.models import Page, ShareLink, Transcript
from portfolio.services import codes, pages, pdf, sharing, transcripts, typefaces
from tests.factories import NOW, make_badge, make_issuer, make_page, make_user
from tests.portfolio.papers import bytes_of, made, opened, read
from tests.portfolio.test_pages import many

pytestmark = pytest.mark.django_db
CHOICES = {"paper": "A4", "language": "en", "full_detail": "full"}
SCRIPTS = [
    "Latin Ünïcödé",
    "Ελληνικά σήμα",
    "Кириллица знак",
    "עברית תג",
    "العربية شارة",
    "हिन्दी बैज",
    "ภาษาไทย ตรา",
    "ქართული ნიშანი",
    "Հայերեն նշան",
    "አማርኛ ምልክት",
    "বাংলা ব্যাজ",
    "தமிழ் சின்னம்",
    "汉字证书",
    "データ分析 修了証",
    "한국어 배지",
]


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def page(alice: User) -> Page:
    return make_page(alice, make_badge(alice, name="Statistics"), make_badge(alice))


@pytest.fixture
def link(page: Page) -> ShareLink:
    return sharing.create(page=page, label="Acme", now=timezone.now())


# --- The document ------------------------------------------------------------------------------


def test_a_document_says_what_the_page_says(page: Page) -> None:
    row = made(page)
    data = bytes_of(row)
    words = read(data)
    first = words[0]
    for expected in ("Alice Adler", page.title, page.line, "2 of 2 verified", "Statistics"):
        assert expected in first
    assert "Harbour College" in first
    assert "15 Jan 2026" in first
    assert row.code_shown in first.replace("- ", "-")
    assert "localhost:8000/t/" in first
    for number, text in enumerate(words, 1):
        assert f"Page {number} of {len(words)}" in text
    assert row.digest == hashlib.sha256(data).hexdigest()
    assert str(row.file) == f"transcripts/{row.pk}.pdf"
    assert page.owner.email not in " ".join(words)


def test_a_document_is_tagged_and_named_and_carries_its_fonts(page: Page) -> None:
    data = bytes_of(made(page))
    with pypdfium2.PdfDocument(data) as document:
        assert document.is_tagged()
        assert document.get_metadata_value("Title") == "Alice Adler: Data analyst"
    inside = opened(data)
    assert b"pdfaid" in inside
    assert b"/Lang (en)" in inside
    with pypdfium2.PdfDocument(data) as document:
        fonts = pypdfium2.raw.FPDFFont_GetIsEmbedded
        leaf = document[0]
        embedded = {
            fonts(pypdfium2.raw.FPDFTextObj_GetFont(piece.raw))
            for piece in leaf.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
        }
        leaf.close()
    assert embedded == {1}


def test_a_short_document_has_the_table_alone(page: Page) -> None:
    assert "Details" not in " ".join(read(bytes_of(made(page, full_detail=False))))


def test_nothing_is_clipped_of_a_name_of_5000_letters(alice: User) -> None:
    name = " ".join(f"w{number:04d}" for number in range(833))
    words = " ".join(read(bytes_of(made(make_page(alice, make_badge(alice, name=name))))))
    found = re.findall(r"w\d{4}", words)
    assert len(found) == 2 * 833  # once in the table and once in the details
    unbroken = make_page(alice, make_badge(alice, name="§" * 5000))
    assert "".join(read(bytes_of(made(unbroken)))).count("§") == 2 * 5000


def test_ten_scripts_and_more_read_back_as_they_are(alice: User) -> None:
    row = made(make_page(alice, *[make_badge(alice, name=name) for name in SCRIPTS]))
    words = " ".join(read(bytes_of(row)))
    assert [name for name in SCRIPTS if name not in words] == []


def test_markup_of_strangers_is_text(alice: User, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("do not embed")
    url = secret.as_uri()
    words = f'<link rel=attachment href="{url}"><img src="{url}"></style><td colspan=100000>&amp;'
    badge = make_badge(alice, name=words, criteria_text=words, issuer=make_issuer(words))
    page = make_page(alice, badge, title=words[:160], line=words[:300], intro=words)
    data = bytes_of(made(page))
    assert b"do not embed" not in opened(data)
    assert b"/EmbeddedFile" not in opened(data)
    assert "<link rel=attachment" in " ".join(read(data))


@pytest.mark.parametrize(
    "asks",
    [
        '<link rel="attachment" href="{url}">',
        '<a rel="attachment" href="{url}">x</a>',
        '<img src="{url}" alt="x">',
        '<link rel="stylesheet" href="{url}">',
        '<object data="{url}">x</object>',
        "<style>p {{ background: url({url}) }} @import url({url});</style>",
    ],
)
def test_the_setter_opens_no_file_and_no_connection(tmp_path: Path, asks: str) -> None:
    """Even if our own template asked for it."""
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>leaked</text></svg>')
    with socket.create_server(("127.0.0.1", 0)) as server:
        web = f"http://127.0.0.1:{server.getsockname()[1]}/secret.svg"
        asked = asks.format(url=secret.as_uri()) + asks.format(url=web)
        data = render_html(f"<title>t</title><p>Before {asked} after</p>")
        server.settimeout(0)
        with pytest.raises(BlockingIOError):  # nobody knocked
            server.accept()
    assert "Before" in " ".join(read(data))
    assert b"leaked" not in opened(data)
    assert b"/EmbeddedFile" not in opened(data)


def test_a_face_that_is_not_there_makes_no_document_of_boxes() -> None:
    style = '@font-face { font-family: x; src: url("font:../../secret") } p { font-family: x }'
    with pytest.raises(pdf.RenderFailed) as stopped:
        render_html(f"<style>{style}</style><p>Before")
    assert not stopped.value.hopeless


FACE = (
    '<style>@font-face { font-family: i; src: url("font:i.ttf") } html { font-family: i }</style>'
)


def render_html(html: str, before: str = "") -> bytes:
    """The real child with other HTML, and limits of its own."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("document.html", FACE + html)
        packed.write(typefaces.FONTS / "Inter_400Regular.ttf", "faces/i.ttf")
        packed.writestr("told.json", json.dumps({"made_at": NOW.isoformat(), "attached": []}))
    code = (
        "import sys; from portfolio.services import render_child as r;"
        f"{before or 'pass'}; r.limit();"
        "sys.stdout.buffer.write(r.render(sys.stdin.buffer.read()))"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "COMMAND", ["-c", code])
        return pdf.render(out.getvalue())


def test_a_layout_without_end_is_stopped() -> None:
    endless = "<table><tr>" + "<td colspan=100000>x" * 5
    with pytest.raises(pdf.RenderFailed) as stopped:
        render_html(endless, before="r.CPU_SECONDS = 3")
    assert stopped.value.hopeless


def test_a_layout_that_eats_memory_is_stopped() -> None:
    with pytest.raises(pdf.RenderFailed) as stopped:
        render_html("<p>x</p>" * 200_000, before="r.MEMORY = 300 * 1024 * 1024")
    assert stopped.value.hopeless


@pytest.mark.parametrize(
    ("ending", "state", "attempts"),
    [
        ("os.kill(os.getpid(), signal.SIGXCPU)", "failed", 1),
        ("raise MemoryError", "failed", 1),
        ("os.kill(os.getpid(), signal.SIGKILL)", "failed", 3),
        ("sys.exit(3)", "failed", 3),
        ("print('not a PDF')", "failed", 3),
    ],
)
def test_only_bad_luck_is_tried_again(
    page: Page, monkeypatch: pytest.MonkeyPatch, ending: str, state: str, attempts: int
) -> None:
    monkeypatch.setattr(pdf, "COMMAND", ["-c", f"import os, signal, sys; {ending}"])
    row = transcripts.request(owner=page.owner, page=page, now=NOW)
    for turn in range(5):
        transcripts.run(transcript_id=row.pk, clock=lambda: NOW + turn * timedelta(minutes=1))  # noqa: B023
    row.refresh_from_db()
    assert (row.state, row.attempts) == (state, attempts)
    assert row.error


def test_the_child_gets_none_of_the_sites_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os, sys; sys.stdout.write('%PDF-' + repr(dict(os.environ)))"
    monkeypatch.setattr(pdf, "COMMAND", ["-c", code])
    assert b"SECRET" not in pdf.render(b"")
    assert b"DATABASE" not in pdf.render(b"")


# --- The work ----------------------------------------------------------------------------------


def test_running_twice_makes_one_document(page: Page) -> None:
    row = made(page)
    transcripts.run(transcript_id=row.pk, clock=timezone.now)
    again = Transcript.objects.get()
    assert (again.digest, again.attempts) == (row.digest, 1)
    assert Notification.objects.count() == 1


def test_a_dead_workers_document_is_made_by_the_next(page: Page) -> None:
    row = transcripts.request(owner=page.owner, page=page, now=NOW)
    assert Transcript.objects.claim(row.pk, now=NOW) is not None
    default_storage.save(f"transcripts/{row.pk}.pdf", ContentFile(b"half a file"))
    transcripts.run(transcript_id=row.pk, clock=lambda: NOW)
    row.refresh_from_db()
    assert row.state == Transcript.State.RUNNING  # the lease still stands
    later = NOW + timedelta(minutes=20)
    transcripts.run(transcript_id=row.pk, clock=lambda: later)
    row.refresh_from_db()
    assert row.is_ready
    assert not default_storage.exists(f"transcripts/{row.pk}.pdf")  # of the dead one


def test_a_document_that_kills_its_workers_is_given_up(page: Page) -> None:
    row = transcripts.request(owner=page.owner, page=page, now=NOW)
    for attempt in range(4):
        Transcript.objects.claim(row.pk, now=NOW + attempt * timedelta(hours=1))
    transcripts.run(transcript_id=row.pk, clock=lambda: NOW + timedelta(hours=9))
    row.refresh_from_db()
    assert row.state == Transcript.State.FAILED
    assert row.error


def test_the_sweep_rings_for_what_waits(page: Page) -> None:
    transcripts.request(owner=page.owner, page=page, now=NOW)
    assert transcripts.sweep(now=NOW) == 1
    made(page)
    assert transcripts.sweep(now=timezone.now()) == 1


def test_a_reader_gets_the_document_that_is_there_until_something_changes(
    page: Page, link: ShareLink
) -> None:
    row = made(page, link)
    assert transcripts.request(owner=page.owner, page=page, link=link, now=timezone.now()) == row
    pages.edit(page=page, title="New", line="", intro="", hide_expired=False, now=timezone.now())
    assert transcripts.request(owner=page.owner, page=page, link=link, now=timezone.now()) != row


def test_documents_are_not_made_without_end(page: Page) -> None:
    for _time in range(20):
        transcripts.request(owner=page.owner, page=page, now=NOW)
    with pytest.raises(TooOften):
        transcripts.request(owner=page.owner, page=page, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_deleted_document_leaves_no_file(page: Page) -> None:
    row, other = made(page), made(page)
    transcripts.delete(transcript=row, actor=page.owner)
    assert not default_storage.exists(f"transcripts/{row.pk}.pdf")
    pages.delete(page=page, actor=page.owner)
    assert not default_storage.exists(str(other.file))


# --- The doors ---------------------------------------------------------------------------------


def test_its_owner_asks_waits_and_downloads(page: Page) -> None:
    client = Client()
    client.force_login(page.owner)
    answer = client.post(f"/pages/{page.pk}/transcript/", CHOICES | {"paper": "letter"})
    waiting = client.get(answer["Location"])
    assert "waits for its turn" in waiting.content.decode()
    part = client.get(answer["Location"], headers={"hx-request": "true"}).content.decode()
    assert "hx-get" in part
    assert "<html" not in part
    row = Transcript.objects.get()
    transcripts.run(transcript_id=row.pk, clock=timezone.now)
    assert "Download PDF" in client.get(answer["Location"]).content.decode()
    file = client.get(f"{answer['Location']}file/")
    data = b"".join(file.streaming_content)  # type: ignore[attr-defined]  # a FileResponse
    assert data.startswith(b"%PDF-")
    assert file["Content-Disposition"].startswith("attachment")
    assert file["Cache-Control"] == "private, no-store"
    assert row.code_shown in client.get("/documents/").content.decode()


def test_a_reader_takes_the_pdf_through_the_link(page: Page, link: ShareLink) -> None:
    client = Client(enforce_csrf_checks=True)
    path = f"/s/{sharing.token_of(link)}/"
    answer = client.post(f"{path}transcript/")
    assert "waits for its turn" in client.get(answer["Location"]).content.decode()
    assert client.get(f"{answer['Location']}file/").status_code == 404
    row = Transcript.objects.get()
    assert row.link == link
    transcripts.run(transcript_id=row.pk, clock=timezone.now)
    assert "Download PDF" in client.get(answer["Location"]).content.decode()
    file = client.get(f"{answer['Location']}file/")
    assert b"".join(file.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    assert not client.cookies
    other = sharing.create(page=page, label="Other", now=timezone.now())
    elsewhere = f"/s/{sharing.token_of(other)}/transcript/{row.pk}/"
    assert client.get(elsewhere).status_code == 404
    assert client.get(f"{elsewhere}file/").status_code == 404


def test_no_pdf_where_its_owner_allows_none(page: Page) -> None:
    link = sharing.create(page=page, label="No", pdf_allowed=False, now=timezone.now())
    path = f"/s/{sharing.token_of(link)}/"
    client = Client()
    assert "Get the PDF" not in client.get(path).content.decode()
    assert client.post(f"{path}transcript/").status_code == 404
    assert not Transcript.objects.exists()


def test_the_command_writes_the_file(page: Page, tmp_path: Path) -> None:
    out, said = tmp_path / "page.pdf", StringIO()
    call_command("transcript", page=str(page.pk), out=str(out), stdout=said)
    assert "Statistics" in " ".join(read(out.read_bytes()))
    assert hashlib.sha256(out.read_bytes()).hexdigest() in said.getvalue()


@pytest.mark.parametrize("wrong", ["x", "00000000-0000-4000-8000-000000000000"])
def test_the_command_says_what_is_wrong(page: Page, tmp_path: Path, wrong: str) -> None:
    with pytest.raises(CommandError, match="page"):
        call_command("transcript", page=wrong, out=str(tmp_path / "x.pdf"))
    with pytest.raises(CommandError, match="folder"):
        call_command("transcript", page=str(page.pk), out=str(tmp_path / "no" / "x.pdf"))


def test_what_a_badge_was_given_for_is_never_cut_short(alice: User) -> None:
    long = "\n\n".join(
        f"Paragraph {n}: " + "tied a knot before a witness. " * 12 for n in range(30)
    )
    page = make_page(alice, make_badge(alice, criteria_text=long + "\n\nThe very last word."))
    text = " ".join(" ".join(read(bytes_of(made(page)))).split())
    assert "Paragraph 17" in text
    assert "The very last word." in text


@pytest.mark.slow
def test_five_hundred_badges_fit_in_the_limits(alice: User) -> None:
    row = made(many(alice, 500))
    words = " ".join(read(bytes_of(row)))
    assert {f"Badge {number}" for number in range(499)} <= set(re.findall(r"Badge \d+", words))
    with CaptureQueriesContext(connection) as queries:
        assert codes.compare(code=row.code, now=timezone.now()).changed == 0
    assert len(queries) <= 4
