"""A learner's own evidence for a badge, and what they think of it: theirs alone, and bounded."""

import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from badges.models import Badge, Evidence, Original, Reflection
from badges.services import by_hand, consistency, housekeeping, showing
from tests.factories import NOW, make_badge, make_user

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org")


@pytest.fixture
def badge(alice: User) -> Badge:
    return make_badge(alice, name="Knots")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def add(client: Client, badge: Badge, **sent: Any) -> Any:
    return client.post(reverse("badges:evidence-add", args=[badge.pk]), sent)


def page(client: Client, badge: Badge) -> str:
    return client.get(reverse("badges:badge-detail", args=[badge.pk])).content.decode()


# --- Evidence --------------------------------------------------------------------------------


def test_a_file_a_link_and_a_text_are_shown(client: Client, badge: Badge) -> None:
    file = SimpleUploadedFile("boat.png", PNG)
    add(client, badge, title="The boat I built", file=file, text="It floats.")
    add(client, badge, url="example.org/report")
    add(client, badge, text="I tied <b>two hundred</b> knots.")
    kinds = list(badge.own_evidence.order_by("kind").values_list("kind", "title", "url"))
    assert kinds == [
        ("file", "The boat I built", ""),
        ("link", "example.org/report", "https://example.org/report"),
        ("text", "I tied <b>two hundred</b> knots.", ""),
    ]
    html = page(client, badge)
    assert "The boat I built" in html
    assert 'href="https://example.org/report"' in html
    assert "&lt;b&gt;two hundred&lt;/b&gt;" in html


def test_the_file_comes_back_byte_for_byte_and_only_as_a_download(
    client: Client, badge: Badge
) -> None:
    add(client, badge, title="Boat", file=SimpleUploadedFile('a"\r\nb.png', PNG))
    row = badge.own_evidence.get()
    answer = client.get(reverse("badges:evidence-file", args=[badge.pk, row.pk]))
    assert b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.svg", b"<svg onload='alert(1)'/>"),
        ("picture.png", b"<html></html>"),
        ("program.exe", b"MZ\x90\x00"),
        ("empty.pdf", b""),
        ("large.txt", b"a" * (by_hand.MAX_FILE + 1)),
    ],
)
def test_what_is_no_evidence_is_refused_in_words(
    client: Client, badge: Badge, name: str, data: bytes
) -> None:
    answer = add(client, badge, title="x", file=SimpleUploadedFile(name, data))
    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()
    assert not Evidence.objects.exists()
    assert not Original.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"title": "Only a title"},
        {"url": "javascript:alert(1)"},
        {"url": "ftp://example.org/"},
        {"url": "https://"},
        {"text": "x" * 5001},
        {"title": "x" * 201, "text": "y"},
    ],
)
def test_a_form_that_shows_nothing_says_what_it_wants(
    client: Client, badge: Badge, sent: dict[str, str]
) -> None:
    assert add(client, badge, **sent).status_code == 422
    assert not Evidence.objects.exists()


def test_a_link_and_a_file_at_once_are_two_things(client: Client, badge: Badge) -> None:
    file = SimpleUploadedFile("a.png", PNG)
    answer = add(client, badge, url="https://example.org/", file=file)
    assert "one after the other" in answer.content.decode()


def test_there_is_an_end_to_evidence(client: Client, badge: Badge) -> None:
    for number in range(showing.MAX_EVIDENCE):
        showing.add(badge=badge, title=f"{number}", text="x", now=NOW)
    answer = add(client, badge, text="one more")
    assert answer.status_code == 422
    assert "Take one away first" in answer.content.decode()
    assert badge.own_evidence.count() == showing.MAX_EVIDENCE


def test_files_have_a_limit_by_the_hour(
    client: Client, badge: Badge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "FILES_PER_HOUR", 0)
    answer = add(client, badge, title="x", file=SimpleUploadedFile("a.png", PNG))
    assert answer.status_code == 429
    assert add(client, badge, text="words are free").status_code == 302


def test_words_about_evidence_change_and_it_can_be_taken_away(client: Client, badge: Badge) -> None:
    showing.add(badge=badge, title="Old", text="Old", url="https://example.org/", now=NOW)
    row = badge.own_evidence.get()
    url = reverse("badges:evidence-edit", args=[badge.pk, row.pk])
    assert client.get(url).status_code == 200
    client.post(url, {"title": "New", "text": ""})
    row.refresh_from_db()
    assert (row.title, row.text, row.url) == ("New", "", "https://example.org/")
    assert client.post(url, {"title": ""}).status_code == 422
    client.post(reverse("badges:evidence-remove", args=[badge.pk, row.pk]))
    assert not Evidence.objects.exists()


def test_text_cannot_become_empty(client: Client, badge: Badge) -> None:
    row = showing.add(badge=badge, title="T", text="What I did", now=NOW)
    url = reverse("badges:evidence-edit", args=[badge.pk, row.pk])
    assert client.post(url, {"title": "T", "text": ""}).status_code == 422


def test_a_file_goes_once_nothing_names_it(client: Client, badge: Badge, alice: User) -> None:
    file = by_hand.File("a.png", PNG)
    one = showing.add(badge=badge, title="a", file=file, now=NOW)
    two = showing.add(badge=make_badge(alice), title="b", file=file, now=NOW)
    assert one.file == two.file
    later = NOW.replace(year=2027)
    showing.remove(evidence=one, actor=alice)
    housekeeping.tidy(now=later)
    assert Original.objects.count() == 1
    showing.remove(evidence=two, actor=alice)
    housekeeping.tidy(now=later)
    assert not Original.objects.exists()


def test_evidence_of_somebody_else_is_a_fault(badge: Badge) -> None:
    showing.add(badge=badge, title="a", file=by_hand.File("a.png", PNG), now=NOW)
    before = list(consistency.faults())
    Original.objects.update(owner=make_user())
    assert any("somebody else" in fault for fault in set(consistency.faults()) - set(before))


# --- Reflections -----------------------------------------------------------------------------


def test_a_reflection_is_kept_changed_and_taken_away(client: Client, badge: Badge) -> None:
    url = reverse("badges:reflection-add", args=[badge.pk])
    assert client.get(url).status_code == 200
    client.post(url, {"on": "2026-03-02", "text": "Harder than I thought.\n\nWorth it."})
    row = Reflection.objects.get()
    assert (row.on, row.badge) == (date(2026, 3, 2), badge)
    assert "<p>Worth it.</p>" in page(client, badge)
    edit = reverse("badges:reflection-edit", args=[badge.pk, row.pk])
    assert "Harder than I thought." in client.get(edit).content.decode()
    client.post(edit, {"on": "2026-03-03", "text": "Easy."})
    row.refresh_from_db()
    assert (row.on, row.text) == (date(2026, 3, 3), "Easy.")
    client.post(reverse("badges:reflection-remove", args=[badge.pk, row.pk]))
    assert not Reflection.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [{}, {"text": "x"}, {"on": "2026-01-01"}, {"on": "0026-01-01", "text": "x"},
     {"on": "2026-01-01", "text": "x" * 5001}],
)  # fmt: skip
def test_half_a_reflection_is_none(client: Client, badge: Badge, sent: dict[str, str]) -> None:
    url = reverse("badges:reflection-add", args=[badge.pk])
    assert client.post(url, sent).status_code == 422
    assert not Reflection.objects.exists()


def test_there_is_an_end_to_reflections(
    client: Client, badge: Badge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "MAX_REFLECTIONS", 1)
    url = reverse("badges:reflection-add", args=[badge.pk])
    sent = {"on": "2026-01-01", "text": "x"}
    assert client.post(url, sent).status_code == 302
    assert client.post(url, sent).status_code == 422


def test_one_badges_things_cannot_be_had_through_another(
    client: Client, badge: Badge, alice: User
) -> None:
    other = make_badge(alice)
    row = showing.add(badge=badge, title="T", text="x", now=NOW)
    note = showing.reflect(badge=badge, text="x", on=date(2026, 1, 1), now=NOW)
    for name, pk in (("evidence-edit", row.pk), ("reflection-edit", note.pk)):
        assert client.get(reverse(f"badges:{name}", args=[other.pk, pk])).status_code == 404


def test_what_was_done_comes_before_all_else(client: Client, badge: Badge) -> None:
    html = page(client, badge)
    order = ["What had to be done", "What the badge says of itself", ">Evidence<", ">History<"]
    assert [html.index(words) for words in order] == sorted(html.index(words) for words in order)


def test_no_two_fields_of_the_page_share_an_id(client: Client, badge: Badge) -> None:
    ids = re.findall(r' id="([^"]+)"', page(client, badge))
    assert len(ids) == len(set(ids))
