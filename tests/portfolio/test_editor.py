"""The learner's side in use: a page from nothing to a link, as forms without a script do it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from badges.models import Result
from portfolio.models import Page, ShareLink
from portfolio.services import sharing
from tests.factories import make_badge, make_page, make_user
from tests.portfolio.test_pages import many, names

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def own(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def text(client: Client, address: str) -> str:
    response = client.get(address, follow=True)
    assert response.status_code == 200
    return response.content.decode()


# --- Pages -------------------------------------------------------------------------------------


def test_a_page_is_made_filled_and_seen(own: Client, alice: User) -> None:
    badges = [make_badge(alice, name=f"Badge {letter}") for letter in "xyz"]
    made = own.post("/pages/new/", {"title": "For Acme", "line": "In short"})
    page = Page.objects.get()
    assert made["Location"] == f"/pages/{page.pk}/"
    own.post(f"/pages/{page.pk}/badges/", {"badge": [b.pk for b in badges] + ["nonsense"]})
    assert names(page) == ["Badge x", "Badge y", "Badge z"]
    last = page.entries.all()[2]
    own.post(f"/pages/{page.pk}/entries/{last.pk}/move/", {"step": "up"})
    assert names(page) == ["Badge x", "Badge z", "Badge y"]
    own.post(f"/pages/{page.pk}/entries/{last.pk}/note/", {"note": " I led it. "})
    preview = text(own, f"/pages/{page.pk}/preview/")
    assert "I led it." in preview
    assert "Only you see it here." in preview
    assert 'method="post"' not in preview
    own.post(f"/pages/{page.pk}/entries/{last.pk}/remove/")
    assert names(page) == ["Badge x", "Badge y"]


@pytest.mark.parametrize("wrong", [{}, {"title": " "}, {"title": "x" * 161}, {"title": "a\0b"}])
def test_a_page_needs_a_fair_title(own: Client, wrong: dict[str, str]) -> None:
    response = own.post("/pages/new/", wrong)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert not Page.objects.exists()


def test_a_note_that_is_too_long_changes_nothing(own: Client, alice: User) -> None:
    page = make_page(alice, make_badge(alice))
    entry = page.entries.get()
    address = f"/pages/{page.pk}/entries/{entry.pk}/note/"
    assert (
        "Keep it under 500" in own.post(address, {"note": "x" * 501}, follow=True).content.decode()
    )
    own.post(address, {"note": "a\0b"})
    entry.refresh_from_db()
    assert entry.note == "ab"


def test_dragging_sends_a_whole_order_and_gets_the_list_back(own: Client, alice: User) -> None:
    page = make_page(alice, *[make_badge(alice, name=letter) for letter in "abc"])
    ids = [entry.pk for entry in page.entries.all()][::-1]
    response = own.post(
        f"/pages/{page.pk}/order/",
        {"at": [*ids, "x", "٣", "9" * 40]},
        headers={"hx-request": "true"},
    )
    assert names(page) == ["c", "b", "a"]
    words = response.content.decode()
    assert words.index(f"entry-{ids[0]}") < words.index(f"entry-{ids[2]}")
    assert "<html" not in words


def test_the_chooser_finds_ones_other_badges(own: Client, alice: User) -> None:
    page = make_page(alice, make_badge(alice, name="On the page already"))
    make_badge(alice, name="Statistics")
    make_badge(alice, name="Baking")
    make_badge(make_user(), name="Statistics of a stranger")
    words = text(own, f"/pages/{page.pk}/?q=statist")
    found = words[words.index("pick-list") :]
    assert "Statistics" in found
    assert "Baking" not in found
    assert "stranger" not in words
    assert "matches" in text(own, f"/pages/{page.pk}/?q=zebra%00")


def test_a_badge_that_lost_its_validity_is_flagged_in_place(own: Client, alice: User) -> None:
    page = make_page(alice, make_badge(alice, result=Result.REVOKED))
    assert "Its issuer has revoked this badge." in text(own, f"/pages/{page.pk}/")


def test_deleting_says_what_goes_with_the_page(own: Client, alice: User) -> None:
    page = make_page(alice, make_badge(alice))
    sharing.create(page=page, label="Acme", now=timezone.now())
    assert "1 link will open nothing" in text(own, f"/pages/{page.pk}/delete/")
    own.post(f"/pages/{page.pk}/delete/")
    assert not Page.objects.exists()
    assert alice.badges.count() == 1


def test_the_editor_costs_the_same_for_10_and_for_500(own: Client, alice: User) -> None:
    counts = {}
    for size in (10, 500):
        page = many(alice, size)
        own.get(f"/pages/{page.pk}/")
        with CaptureQueriesContext(connection) as queries:
            own.get(f"/pages/{page.pk}/")
        counts[size] = len(queries)
    print(f"editor, queries by badges: {counts}")  # noqa: T201  # asked for in numbers
    assert counts[10] == counts[500]


# --- Links -------------------------------------------------------------------------------------


def terms(**changes: object) -> dict[str, object]:
    return {"label": "Acme", "visibility": "unlisted", "pdf_allowed": "on"} | changes


def test_a_link_is_made_copied_and_withdrawn(own: Client, alice: User) -> None:
    page = make_page(alice, make_badge(alice))
    made = own.post(f"/pages/{page.pk}/link/", terms())
    link = ShareLink.objects.get()
    assert made["Location"] == f"/links/{link.pk}/"
    words = text(own, made["Location"])
    address = f"http://localhost:8000/s/{sharing.token_of(link)}/"
    assert f'value="{address}"' in words
    assert "/qr.svg" in words
    assert "Data%20analyst&amp;body=" in words
    assert own.get(made["Location"])["Cache-Control"] == "private, no-store"
    assert Client().get(address.removeprefix("http://localhost:8000")).status_code == 200
    own.post(f"/links/{link.pk}/withdraw/")
    assert "Withdrawn" in text(own, "/links/")
    assert address not in text(own, f"/links/{link.pk}/")
    assert "stays closed" in text(own, f"/links/{link.pk}/edit/")


def test_a_link_ends_with_its_last_day(own: Client, alice: User) -> None:
    page = make_page(alice, make_badge(alice))
    today = timezone.localdate()
    own.post(f"/pages/{page.pk}/link/", terms(ends_on=today.isoformat()))
    link = ShareLink.objects.get()
    assert link.ends_at is not None
    assert timezone.localtime(link.ends_at).date() == today
    assert link.is_live(timezone.now())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"label": ""}, "required"),
        ({"label": "x" * 121}, "at most 120"),
        ({"visibility": "everybody"}, "valid choice"),
        ({"ends_on": "yesterday"}, "valid date"),
        ({"ends_on": "2020-01-01"}, "This day is over"),
        ({"password": "abc"}, "at least 6"),
        ({"password": "open sesame", "visibility": "public"}, "Choose one of the two"),
    ],
)
def test_nonsense_terms_are_explained(
    own: Client, alice: User, wrong: dict[str, str], said: str
) -> None:
    page = make_page(alice, make_badge(alice))
    response = own.post(f"/pages/{page.pk}/link/", terms(**wrong))
    assert response.status_code == 422
    assert said in re.sub(r"\s+", " ", response.content.decode())
    assert not ShareLink.objects.exists()


def test_a_page_with_nothing_verified_warns_and_allows(own: Client, alice: User) -> None:
    empty, stated = make_page(alice), make_page(alice, make_badge(alice, result=Result.UNSIGNED))
    assert "There is no badge on this page yet." in text(own, f"/pages/{empty.pk}/link/")
    assert "Nothing on this page is verified." in text(own, f"/pages/{stated.pk}/link/")
    assert own.post(f"/pages/{stated.pk}/link/", terms()).status_code == 302


def test_terms_of_a_link_can_change(own: Client, alice: User) -> None:
    page = make_page(alice, make_badge(alice))
    own.post(f"/pages/{page.pk}/link/", terms(password="open sesame"))
    link = ShareLink.objects.get()
    edit = f"/links/{link.pk}/edit/"
    own.post(edit, terms(label="Beta"))
    link.refresh_from_db()
    assert (link.label, link.is_locked) == ("Beta", True)
    assert own.post(edit, terms(visibility="public")).status_code == 422
    own.post(edit, terms(visibility="public", no_password="on"))
    link.refresh_from_db()
    assert (link.visibility, link.is_locked) == ("public", False)


def test_an_ended_link_is_renewed(own: Client, alice: User) -> None:
    page = make_page(alice, make_badge(alice))
    yesterday = timezone.now() - timedelta(days=1)
    link = sharing.create(page=page, label="Acme", ends_at=yesterday, now=yesterday)
    path = f"/s/{sharing.token_of(link)}/"
    assert Client().get(path).status_code == 404
    assert "Renew" in text(own, "/links/")
    own.post(f"/links/{link.pk}/edit/", terms(ends_on=""))
    assert Client().get(path).status_code == 200


def test_lists_cost_the_same_however_long(own: Client, alice: User) -> None:
    page = make_page(alice, make_badge(alice))
    counts = []
    for _round in range(2):
        for _link in range(10):
            sharing.create(page=page, label="Acme", now=timezone.now())
            make_page(alice, make_badge(alice))
        with CaptureQueriesContext(connection) as queries:
            for address in ("/pages/", "/links/", "/documents/"):
                own.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]
