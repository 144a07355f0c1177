"""What the code on a document opens: that day beside today, and whether a file is that document."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from badges.models import Badge, Recipient, Result, Trust
from portfolio.models import Page, ShareLink, Signer, Transcript
from portfolio.services import codes, pages, sharing, signing, transcripts
from tests.factories import make_badge, make_page, make_user
from tests.portfolio.papers import bytes_of, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def page(alice: User) -> Page:
    return make_page(alice, make_badge(alice, name="Statistics"), make_badge(alice))


@pytest.fixture
def link(page: Page) -> ShareLink:
    return sharing.create(page=page, label="Acme", now=timezone.now())


def row_of(page: Page, link: ShareLink | None = None) -> Transcript:
    """A finished document as the code page needs it: its snapshot, without a PDF."""
    now = timezone.now()
    row = transcripts.request(owner=page.owner, page=page, link=link, now=now)
    Transcript.objects.filter(pk=row.pk).update(
        state=Transcript.State.DONE,
        digest="d" * 64,
        snapshot=pages.build(page=page, now=now, link=link).as_json(),
    )
    row.refresh_from_db()
    return row


# --- The code ----------------------------------------------------------------------------------


def change_of(row: Transcript, **changes: object) -> str:
    Badge.objects.filter(entries__page=row.page).update(**changes)
    return codes.compare(code=row.code, now=timezone.now()).rows[0].change


@pytest.fixture
def paper(alice: User) -> Transcript:
    badge = make_badge(alice, expires_at=timezone.now() + timedelta(days=30))
    return row_of(make_page(alice, badge))


def test_a_code_carries_75_bits_and_forgives_a_copyist(paper: Transcript) -> None:
    assert len(set(paper.code) - set(codes.LETTERS)) == 0
    assert 32 ** len(paper.code) >= 2**75
    sloppy = paper.code_shown.lower().replace("0", "o").replace("1", "l")
    assert codes.compare(code=f" {sloppy} ", now=timezone.now()).changed == 0


def test_a_code_shows_that_day_beside_today(paper: Transcript) -> None:
    soon = timezone.now() + timedelta(days=900)
    assert change_of(paper) == "same"
    assert change_of(paper, expires_at=soon) == "renewed"
    assert change_of(paper, result=Result.REVOKED) == "revoked"
    assert change_of(paper, result=Result.VALID, expires_at=timezone.now()) == "expired"
    assert change_of(paper, result=Result.INVALID, trust=Trust.NONE) == "invalid"
    assert change_of(paper, result=Result.UNKNOWN, expires_at=None) == "unknown"
    Badge.objects.all().delete()
    assert codes.compare(code=paper.code, now=timezone.now()).rows[0].change == "gone"


def test_a_badge_that_is_no_longer_this_persons_is_not_the_same(paper: Transcript) -> None:
    assert change_of(paper, recipient=Recipient.OTHER) == "unproven"


def test_a_code_tells_only_what_the_document_said(paper: Transcript, client: Client) -> None:
    assert paper.page is not None
    later = make_badge(paper.owner, name="Won later")
    pages.add(page=paper.page, badges=[later.pk], now=timezone.now())
    Badge.objects.exclude(pk=later.pk).update(name="Renamed since", criteria_text="Secret")
    paper.owner.name = "Another name"
    paper.owner.save()
    words = client.get(f"/t/{paper.code_shown}/").content.decode()
    assert "Alice Adler" in words
    assert paper.digest in words
    for unsaid in ("Won later", "Renamed since", "Secret", "Another name", "alice@"):
        assert unsaid not in words


def test_codes_that_open_nothing_look_alike(page: Page, link: ShareLink, client: Client) -> None:
    withdrawn, deleted = row_of(page, link), row_of(page)
    assert client.get(f"/t/{withdrawn.code}/").status_code == 200
    sharing.withdraw(link=link, actor=page.owner, now=timezone.now())
    transcripts.delete(transcript=deleted, actor=page.owner)
    waiting = transcripts.request(owner=page.owner, page=page, now=timezone.now())
    left = row_of(page)
    User.objects.update(is_active=False)
    wrong = [withdrawn.code, deleted.code, waiting.code, left.code, "0" * 15, "x", "é\u0000" * 9]
    answers = {(a.status_code, a.content) for a in (client.get(f"/t/{code}/") for code in wrong)}
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def test_an_ended_link_does_not_undo_a_copy(page: Page, link: ShareLink) -> None:
    row = row_of(page, link)
    ShareLink.objects.update(ends_at=timezone.now())
    assert codes.compare(code=row.code, now=timezone.now()).rows


def test_codes_cannot_be_tried_without_end(client: Client) -> None:
    for number in range(60):
        assert client.get(f"/t/{number:015d}/").status_code == 404
    blocked = client.get(f"/t/{61:015d}/")
    assert blocked.status_code == 429


def test_a_code_page_is_private_and_sets_no_cookie(paper: Transcript, client: Client) -> None:
    response = client.get(f"/t/{paper.code}/")
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert not response.cookies
    assert client.post(f"/t/{paper.code}/").status_code == 405
    found = client.get("/t/", {"code": paper.code_shown.lower()})
    assert found["Location"] == f"/t/{paper.code}/"
    assert client.get("/t/", {"code": "../../admin"}).status_code == 200


def test_a_reader_sees_the_states_in_their_own_language(paper: Transcript) -> None:
    """The document may be in Arabic and its reader not."""
    said = codes.compare(code=paper.code, now=timezone.now()).rows[0].said
    paper.snapshot["entries"][0]["state_words"] = "\u0635\u0627\u0644\u062d"
    paper.save()
    with translation.override("en"):
        assert codes.compare(code=paper.code, now=timezone.now()).rows[0].said == said


# --- The file ------------------------------------------------------------------------------------


def outcome(data: bytes, code: str = "") -> str:
    return codes.check_file(data=data, code=code).outcome


def test_a_file_is_told_from_every_other(page: Page) -> None:
    row, other = made(page), made(page, full_detail=False)
    data = bytes_of(row)
    assert outcome(data) == outcome(data, row.code) == "same"
    assert codes.check_file(data=data).code == row.code_shown
    assert outcome(data, other.code) == "other"
    assert outcome(data + b"\n%%EOF") == "grown"
    assert outcome(b"%PDF-1.7 something else") == "foreign"
    assert outcome(b"") == "foreign"


def test_one_flipped_byte_is_detected_wherever_it_stands(page: Page) -> None:
    row = made(page, full_detail=False)
    data = bytes_of(row)
    box = range(data.rindex(b"/Contents"), data.rindex(b"/ByteRange"))
    for at in range(20, len(data), len(data) // 24):
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert not codes.check_file(data=flipped, code=row.code).is_good, at
        seal = signing.seal_of(flipped)
        # Of the signature itself not every byte is signed: there the digest alone tells.
        assert at in box or seal is None or not seal.intact, at


def test_a_file_whose_owner_took_it_away_is_told_as_such(page: Page) -> None:
    row = made(page)
    data = bytes_of(row)
    transcripts.delete(transcript=row, actor=page.owner)
    assert outcome(data) == "gone"
    with pytest.raises(codes.CodeUnknown):
        codes.check_file(data=data, code=row.code)


def test_a_signature_of_somebody_else_is_not_ours(page: Page) -> None:
    data = bytes_of(made(page))
    Transcript.objects.all().delete()
    Signer.objects.all().delete()  # as on another site
    assert outcome(data) == "foreign"


@pytest.mark.parametrize(
    "range_",
    [
        "0 5 9 3",
        "0 0 0 0",
        "0 9999999999 9999999999 9999999999",
        "0 1 2 99999999",
        "1 2 3 4",
    ],
)
def test_nonsense_for_a_signature_is_foreign(range_: str) -> None:
    assert outcome(f"%PDF /ByteRange [{range_}] <00ff><zz><>".encode()) == "foreign"


def test_the_box_takes_a_file_without_cookie_and_keeps_nothing(page: Page) -> None:
    row = made(page)
    client = Client(enforce_csrf_checks=True)
    data = bytes_of(row)

    def drop(path: str, data: bytes) -> Any:
        return client.post(path, {"file": SimpleUploadedFile("a.pdf", data, "application/pdf")})

    same = drop(f"/t/{row.code_shown}/check/", data)
    assert "unaltered" in same.content.decode()
    assert row.signer is not None
    assert row.signer.name in same.content.decode()
    assert same["Cache-Control"] == "private, no-store"
    assert not client.cookies
    found = drop("/t/check/", data)
    assert f"/t/{row.code_shown}/" in found.content.decode()
    altered = bytearray(data)
    altered[len(data) // 3] ^= 1
    assert "has been altered" in drop("/t/check/", bytes(altered)).content.decode()
    assert "was not made here" in drop("/t/check/", b"x").content.decode()
    assert client.post("/t/check/").status_code == 422
    assert client.get("/t/check/").status_code == 405
    assert drop(f"/t/{'0' * 15}/check/", data).status_code == 404


def test_another_site_cannot_send_files_here(client: Client) -> None:
    answer = client.post("/t/check/", {}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_what_is_larger_than_any_document_is_not_read(client: Client) -> None:
    answer = client.post("/t/check/", {}, CONTENT_LENGTH=str(10**9))
    assert answer.status_code == 413


def test_the_certificate_can_be_had(page: Page, client: Client) -> None:
    row = made(page)
    assert row.signer is not None
    answer = client.get(f"/t/certificate/{row.signer.digest}.pem")
    assert answer.content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in answer.content
    assert client.get(f"/t/certificate/{'0' * 64}.pem").status_code == 404
    assert hashlib.sha256(bytes_of(row)).hexdigest() == row.digest
