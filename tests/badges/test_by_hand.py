"""Badges that their holder states: what is taken, what every page says, and who gets the file."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.services import limits
from badges.models import Badge, Basis, Original, Result, Trust, Verification
from badges.openbadges import parse
from badges.openbadges.fetching import offline
from badges.services import by_hand, collecting, consistency, housekeeping, originals, verification
from badges.services.by_hand import File, Kind, NotEvidence, Said
from badges.services.web import Web
from tests.badges.conftest import Clock
from tests.factories import make_link, make_page, make_user
from tests.simulators.base import png
from tests.simulators.linkedin import zipped

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CHANCE = UUID("00000000-0000-4000-8000-000000000007")
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF"
JPEG = b"\xff\xd8\xff\xe0" + bytes(40) + b"\xff\xd9"
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + bytes(24)
TEXT = "Zeugnis für Küstenfunk\r\n\tgut\n".encode()
SAID = Said(
    name="First aid & rescue",
    issuer="Town Library",
    issued_on=date(2024, 3, 1),
    ends_on=date(2030, 2, 28),
    criteria="Two days, and a test.",
    link="https://library.example/courses/1",
)
FIELDS = {
    "name": "First aid & rescue",
    "issuer": "Town Library",
    "issued_on": "2024-03-01",
    "ends_on": "2030-02-28",
    "criteria": "Two days, and a test.",
    "link": "https://library.example/courses/1",
}


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards() -> Iterator[None]:
    yield
    assert list(consistency.faults()) == []


def state(user: User, *, file: File | None = None, chance: UUID = CHANCE, **fields: Any) -> Badge:
    said = Said(**{name: getattr(SAID, name) for name in SAID.__slots__} | fields)
    return by_hand.state(user=user, said=said, file=file, chance=chance, now=NOW)


def post(client: Client, file: tuple[str, bytes] | None = None, **fields: str) -> Any:
    form: dict[str, Any] = {"chance": str(uuid4()), **FIELDS, **fields}
    if file is not None:
        form["file"] = SimpleUploadedFile(*file)
    return client.post(reverse("badges:badge-state"), form)


# --- The badge


def test_a_stated_badge_says_so_everywhere(alice: User) -> None:
    badge = state(alice)
    badge.refresh_from_db()
    assert (badge.name, str(badge.issuer)) == ("First aid & rescue", "Town Library")
    assert badge.issued_at == datetime(2024, 3, 1, tzinfo=UTC)
    assert badge.expires_at == datetime(2030, 2, 28, 23, 59, 59, tzinfo=UTC)
    assert badge.criteria_text == "Two days, and a test."
    assert [piece["url"] for piece in badge.evidence] == ["https://library.example/courses/1"]
    assert (badge.result, badge.trust, badge.basis) == (
        Result.UNSIGNED,
        Trust.STATED,
        Basis.LEARNER,
    )
    assert (badge.added_at, badge.stated_by, badge.host) == (NOW, "", "")
    assert not badge.is_verified(NOW)
    check = Verification.objects.get()
    assert (check.badge, check.checked_at, check.trust) == (badge, NOW, Trust.STATED)
    assert "comes from “Town Library”." in str(check.findings)
    assert AuditEvent.objects.get(action="badge.stated").detail == {"file": False}


def test_what_was_never_stated_is_no_fault_of_its_holder(alice: User) -> None:
    badge = state(alice, criteria="", link="")

    def schema() -> dict[str, str]:
        newest = Verification.objects.latest("checked_at", "pk")
        [found] = [one for one in newest.findings if one["check"] == "schema"]
        return {"outcome": found["outcome"], "code": found["code"]}

    assert schema() == {"outcome": "not_applicable", "code": "schema.stated"}
    web = Web(offline({}), lambda: NOW)
    verification.check(badge=badge, web=web, now=NOW + timedelta(days=30))
    assert Verification.objects.count() == 2
    assert schema() == {"outcome": "not_applicable", "code": "schema.stated"}
    # The same document from anybody else is judged by the standard, as every badge is.
    Badge.objects.update(basis=Basis.DOCUMENT)
    verification.check(badge=badge, web=web, now=NOW + timedelta(days=60))
    assert schema() == {"outcome": "failed", "code": "schema.incomplete"}


def test_its_document_is_its_original_and_reads_back(alice: User) -> None:
    badge = state(alice, file=File("scan.pdf", PDF))
    assert badge.original is not None
    assert badge.evidence_file is not None
    assert originals.read(badge.original) == bytes(badge.document)
    assert badge.original.name == "first-aid-rescue.json"
    assert parse.identity_key(parse.read(bytes(badge.document))) == badge.identity
    assert originals.read(badge.evidence_file) == PDF
    # What the file is called, and that there is one, is its owner's business.
    assert b"scan" not in bytes(badge.document)


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"issued_on": None, "ends_on": None}, Result.UNSIGNED),
        ({"ends_on": date(2024, 3, 1)}, Result.EXPIRED),
        ({"issued_on": date(2026, 11, 25)}, Result.NOT_YET_VALID),
        ({"criteria": "", "link": ""}, Result.UNSIGNED),
        ({"name": '"}\\\u202e</script>\x07', "criteria": "a\r\nb" * 999}, Result.UNSIGNED),
    ],
)
def test_whatever_is_stated_stays_stated(
    alice: User, fields: dict[str, Any], result: Result
) -> None:
    badge = state(alice, **fields)
    assert (badge.result, badge.trust) == (result, Trust.STATED)
    assert badge.name == fields.get("name", SAID.name)


def test_the_schedule_changes_nothing_about_that(alice: User) -> None:
    badge = state(alice)
    clock = Clock()
    clock.now = NOW + timedelta(days=365 * 4)
    assert verification.run_due(fetch=offline({}), clock=clock) == 1
    badge.refresh_from_db()
    assert (badge.result, badge.trust, badge.basis) == (Result.EXPIRED, Trust.STATED, Basis.LEARNER)


def test_a_button_pressed_twice_makes_one_badge(alice: User) -> None:
    first = state(alice, file=File("a.pdf", PDF))
    assert state(alice, file=File("a.pdf", PDF)) == first
    assert Verification.objects.count() == 1
    others = [
        state(alice),  # gone back to, and changed: that is another
        state(alice, name="First aid and rescue"),
        state(alice, issued_on=None),
        state(alice, chance=uuid4()),
        state(make_user()),  # somebody else's
    ]
    assert len({first.pk, *(badge.pk for badge in others)}) == 6


def test_so_many_an_hour(alice: User) -> None:
    for _ in range(by_hand.PER_HOUR):
        state(alice)
    with pytest.raises(limits.TooOften):
        state(alice)


# --- Evidence


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.pdf", PDF, Kind.PDF),
        ("A.PDF", PDF, Kind.PDF),
        ("a.png", png(), Kind.PNG),
        ("a.jpg", JPEG, Kind.JPEG),
        ("a.jpeg", JPEG, Kind.JPEG),
        ("a.webp", WEBP, Kind.WEBP),
        ("a.txt", TEXT, Kind.TEXT),
        ("a.md", b"\xef\xbb\xbf" + TEXT, Kind.TEXT),
        ("no ending", PDF, Kind.PDF),
        ("", TEXT, Kind.TEXT),
        ("a.txt", "\u200fעברית \u202e".encode(), Kind.TEXT),
        ("a.pdf", PDF + b"x" * (by_hand.MAX_FILE - len(PDF)), Kind.PDF),
    ],
)
def test_evidence_is_known_by_its_bytes(name: str, data: bytes, kind: Kind) -> None:
    assert by_hand.check_evidence(File(name, data)) is kind


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.pdf", b"", "is empty"),
        ("a.pdf", PDF + b"x" * by_hand.MAX_FILE, "larger than 10 MB"),
        ("a.html", b"<script>alert(1)</script>", "Bring a PDF"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Bring a PDF"),
        ("a.js", b"alert(1)", "Bring a PDF"),
        ("a.exe", b"MZ\x90\0", "Bring a PDF"),
        ("a.pdf", b"MZ\x90\0", "Bring a PDF"),
        ("a.txt", b"MZ\x90\0", "Bring a PDF"),
        ("a.txt", b"a\0b", "Bring a PDF"),
        ("a.txt", "Größe".encode("latin-1"), "Bring a PDF"),
        ("a.gif", b"GIF89a", "Bring a PDF"),
        ("a.html", PDF, "not what the end of its name says"),
        ("a.pdf.exe", PDF, "not what the end of its name says"),
        ("a.png", JPEG, "not what the end of its name says"),
        ("a.txt", PDF, "not what the end of its name says"),
        ("a.pdf", PDF + zipped({"a": b"b"}), "an archive inside"),
        ("a.png", png() + zipped({"a": b"b"}), "an archive inside"),
        ("a.zip", zipped({"a": b"b"}), "Bring a PDF"),
    ],
)
def test_other_files_are_refused_in_words(alice: User, name: str, data: bytes, words: str) -> None:
    with pytest.raises(NotEvidence, match=words):
        state(alice, file=File(name, data))
    assert not Badge.objects.exists()
    assert not Original.objects.exists()


def test_tidying_keeps_the_evidence_for_as_long_as_the_badge_is_there(alice: User) -> None:
    badge = state(alice, file=File("scan.pdf", PDF))
    much_later = NOW + timedelta(days=400)
    housekeeping.tidy(now=much_later)
    assert Original.objects.count() == 2
    badge.refresh_from_db()
    assert badge.evidence_file is not None
    assert originals.read(badge.evidence_file) == PDF
    collecting.remove(badge=badge, actor=alice)
    housekeeping.tidy(now=much_later)
    assert not Original.objects.exists()
    assert list(housekeeping.files_under(f"originals/{alice.pk}")) == []


def test_somebody_elses_evidence_is_a_fault(alice: User) -> None:
    badge = state(alice)
    strange = originals.keep(owner=make_user(), data=PDF, name="a.pdf", now=NOW)
    Badge.objects.update(evidence_file=strange)
    assert list(consistency.faults()) == [f"badge {badge.pk}: its evidence is somebody else's"]
    Badge.objects.update(evidence_file=None)


# --- The pages


def test_the_form_asks_and_adds(client: Client, alice: User) -> None:
    page = client.get(reverse("badges:badge-state"))
    html = page.content.decode()
    assert "Stated by the learner" in html
    assert 'enctype="multipart/form-data"' in html
    response = post(client, ("My scan.pdf", PDF))
    badge = Badge.objects.get()
    assert badge.owner == alice
    assert response["Location"] == reverse("badges:badge-detail", args=[badge.pk])
    html = client.get(response["Location"]).content.decode()
    for words in ("Stated by the learner", "First aid &amp; rescue", "My scan.pdf", "22\xa0bytes"):
        assert words in html, words
    assert "that you stated it" in html
    assert reverse("badges:badge-evidence", args=[badge.pk]) in html


def test_two_visits_to_the_form_are_two_chances(client: Client) -> None:
    chances = {
        client.get(reverse("badges:badge-state")).context["form"]["chance"].value()
        for _ in range(2)
    }
    assert len(chances) == 2


def test_a_link_that_could_not_be_read_is_filled_in(client: Client) -> None:
    page = client.get(reverse("badges:badge-state"), {"link": 'https://a.example/"><b>'})
    assert 'value="https://a.example/&quot;&gt;&lt;b&gt;"' in page.content.decode()


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": " \t"}, "name", "required"),
        ({"name": "x" * 301}, "name", "at most 300"),
        ({"name": "a\0b"}, "name", "Null characters"),
        ({"issuer": ""}, "issuer", "required"),
        ({"criteria": "x" * 5001}, "criteria", "at most 5000"),
        ({"issued_on": "soon"}, "issued_on", "valid date"),
        ({"issued_on": "0001-01-01"}, "issued_on", "Check the year"),
        ({"issued_on": "2999-01-01"}, "issued_on", "Check the year"),
        ({"issued_on": "2100-01-01"}, "issued_on", "still to come"),
        ({"ends_on": "2024-02-29"}, "ends_on", "end before it was issued"),
        ({"ends_on": "9999-12-31"}, "ends_on", "Check the year"),
        ({"link": "javascript:alert(1)"}, "link", "no web address"),
        ({"link": "ftp://a.example/"}, "link", "no web address"),
        ({"link": "https://ada:secret@a.example/"}, "link", "no web address"),
        ({"link": "//a.example/x"}, "link", "no web address"),
        ({"link": "my certificate"}, "link", "no web address"),
        ({"link": "https://a.example/\n<b>"}, "link", "no web address"),
        ({"link": "https://a.example/" + "x" * 2000}, "link", "at most 2000"),
        ({"chance": "7"}, "chance", "valid UUID"),
        ({"chance": ""}, "chance", "Open this page again"),
        ({"link": ""}, "__all__", "Show something for it"),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_is_right(
    client: Client, fields: dict[str, str], field: str, words: str
) -> None:
    response = post(client, None, **fields)
    assert response.status_code == 422
    form = response.context["form"]
    assert set(form.errors) == {field}
    html = response.content.decode()
    assert words in html
    assert "Town Library" in html or field == "issuer"
    assert not Badge.objects.exists()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (("a.html", b"<p>"), "Bring a PDF"),
        (("a.pdf", b""), "This file is empty"),
        (("a.pdf", PDF + b"x" * by_hand.MAX_FILE), "larger than 10 MB"),
    ],
)
def test_a_file_that_is_not_taken_is_told_beside_it(
    client: Client, file: tuple[str, bytes], words: str
) -> None:
    response = post(client, file, link="")
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"file"}
    assert words in response.content.decode()
    assert not Original.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://library.example/1", "https://library.example/1"),
        (" library.example/1 ", "https://library.example/1"),
        ("https://bücher.example/1?a=b#c", "https://bücher.example/1?a=b#c"),
    ],
)
def test_links_become_https(client: Client, given: str, kept: str) -> None:
    assert post(client, link=given).status_code == 302
    assert Badge.objects.get().evidence[0]["url"] == kept


def test_a_file_alone_is_enough_and_so_is_the_least(client: Client) -> None:
    file = ("a.txt", TEXT)
    assert post(client, file, issued_on="", ends_on="", criteria="", link="").status_code == 302
    badge = Badge.objects.get()
    assert (badge.issued_at, badge.expires_at, badge.evidence) == (None, None, [])


def test_too_much_in_an_hour_is_told_when_to_go_on(client: Client, alice: User) -> None:
    limits.hit(
        key=f"state:{alice.pk}",
        allowed=by_hand.PER_HOUR,
        per=timedelta(hours=1),
        now=timezone.now(),
        cost=by_hand.PER_HOUR,
    )
    response = post(client)
    assert response.status_code == 429
    assert "Go on at" in response.content.decode()


# --- Who gets in


def test_strangers_find_nothing_and_visitors_are_asked_in(client: Client, alice: User) -> None:
    badge = state(alice, file=File("scan.pdf", PDF))
    url = reverse("badges:badge-evidence", args=[badge.pk])
    charlie = Client()
    charlie.force_login(make_user("charlie@example.org"))
    assert charlie.get(url).status_code == 404
    assert Client().get(url).status_code == 302
    assert client.post(url).status_code == 405
    assert client.put(reverse("badges:badge-state")).status_code == 405
    assert Client().get(reverse("badges:badge-state")).status_code == 302
    assert Client().post(reverse("badges:badge-state"), FIELDS).status_code == 302
    assert client.get(reverse("badges:badge-evidence", args=[uuid4()])).status_code == 404
    assert client.get(reverse("badges:badge-evidence", args=[state(alice).pk])).status_code == 404
    assert Badge.objects.count() == 2


def test_nobody_states_without_a_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert post(client).status_code == 403
    assert not Badge.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "saved"),
    [
        ('../../"ev\r\nil".pdf', PDF, "ev-il.pdf"),
        ("Zeugnis Größe.PNG", png(), "zeugnis-gr%C3%B6%C3%9Fe.png"),
        ("....", TEXT, "badge.txt"),
        ("", JPEG, "badge.jpg"),
    ],
)
def test_the_evidence_comes_back_byte_for_byte_as_a_download(
    client: Client, alice: User, name: str, data: bytes, saved: str
) -> None:
    badge = state(alice, file=None)
    badge.evidence_file = originals.keep(owner=alice, data=data, name=name, now=NOW)
    badge.save()
    response = client.get(reverse("badges:badge-evidence", args=[badge.pk]))
    assert b"".join(response.streaming_content) == data  # type: ignore[attr-defined]
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    disposition = response["Content-Disposition"]
    assert disposition.startswith("attachment; filename")
    assert saved in disposition


def test_readers_of_a_page_see_who_stated_it_and_no_file(alice: User) -> None:
    badge = state(alice, file=File("secret scan.pdf", PDF))
    _link, token = make_link(make_page(alice, badge))
    reader = Client()
    for url in (
        reverse("portfolio:shared", args=[token]),
        reverse("portfolio:shared-badge", args=[token, badge.pk]),
    ):
        html = reader.get(url).content.decode()
        assert "Stated by the learner" in html, url
        assert "secret scan" not in html
        assert reverse("badges:badge-evidence", args=[badge.pk]) not in html
