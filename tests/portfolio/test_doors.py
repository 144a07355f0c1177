"""Each owner's page, walked by its owner, a stranger, nobody, a bad id and a wrong method."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from portfolio.models import Page, ShareLink, Transcript
from portfolio.services import sharing
from tests.factories import NOW, make_badge, make_page, make_user

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Door:
    """An address of one person's own, and the answer that its owner gets."""

    name: str
    of: str  # whose id stands in it: page, entry, link, transcript
    method: str = "get"
    status: int = 200


DOORS = [
    Door("page-edit", "page"),
    Door("page-edit", "page", "post", 422),
    Door("page-add", "page", "post", 302),
    Door("page-order", "page", "post", 302),
    Door("page-delete", "page"),
    Door("page-delete", "page", "post", 302),
    Door("page-preview", "page"),
    Door("page-preview-badge", "preview-badge"),
    Door("entry-move", "entry", "post", 302),
    Door("entry-note", "entry", "post", 302),
    Door("entry-remove", "entry", "post", 302),
    Door("link-create", "page"),
    Door("link-create", "page", "post", 422),
    Door("link-made", "link"),
    Door("link-edit", "link"),
    Door("link-edit", "link", "post", 422),
    Door("link-choose", "link"),
    Door("link-choose", "link", "post", 302),
    Door("link-qr", "link"),
    Door("link-withdraw", "link", "post", 302),
    Door("transcript-create", "page"),
    Door("transcript-create", "page", "post", 422),
    Door("transcript-detail", "transcript"),
    Door("transcript-file", "transcript", status=404),  # not made yet
    Door("transcript-delete", "transcript", "post", 302),
]
LISTS = ["pages", "page-create", "links", "transcripts"]
POST_ONLY = sorted(
    {d.name for d in DOORS if d.method == "post"} - {d.name for d in DOORS if d.method == "get"}
)


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def page(alice: User) -> Page:
    return make_page(alice, make_badge(alice), make_badge(alice))


@pytest.fixture
def ids(page: Page) -> dict[str, list[object]]:
    entry = page.entries.all()[0]
    link = sharing.create(page=page, label="Acme", now=NOW)
    transcript = Transcript.objects.create(owner=page.owner, page=page, code="0" * 15)
    return {
        "page": [page.pk],
        "preview-badge": [page.pk, entry.badge_id],
        "entry": [page.pk, entry.pk],
        "link": [link.pk],
        "transcript": [transcript.pk],
    }


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def ask(client: Client, door: Door, args: Sequence[object]) -> int:
    address = reverse(f"portfolio:{door.name}", args=args)
    return int(getattr(client, door.method)(address).status_code)


@pytest.mark.parametrize("door", DOORS, ids=lambda d: f"{d.name}-{d.method}")
def test_its_owner_comes_in(alice: User, ids: dict[str, list[object]], door: Door) -> None:
    assert ask(client_of(alice), door, ids[door.of]) == door.status


@pytest.mark.parametrize("door", DOORS, ids=lambda d: f"{d.name}-{d.method}")
def test_a_stranger_finds_nothing(ids: dict[str, list[object]], door: Door) -> None:
    stranger = make_user("charlie@example.org")
    assert ask(client_of(stranger), door, ids[door.of]) == HTTPStatus.NOT_FOUND
    assert Page.objects.count() == 1
    assert not ShareLink.objects.exclude(withdrawn_at=None).exists()
    assert Transcript.objects.count() == 1


@pytest.mark.parametrize("door", DOORS, ids=lambda d: f"{d.name}-{d.method}")
def test_nobody_is_asked_to_sign_in(ids: dict[str, list[object]], door: Door) -> None:
    response = getattr(client_of(None), door.method)(
        reverse(f"portfolio:{door.name}", args=ids[door.of])
    )
    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("door", DOORS, ids=lambda d: f"{d.name}-{d.method}")
def test_an_unknown_id_finds_nothing(alice: User, ids: dict[str, list[object]], door: Door) -> None:
    unknown = [uuid.uuid4() if isinstance(i, uuid.UUID) else 999_999 for i in ids[door.of]]
    assert ask(client_of(alice), door, unknown) == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("name", POST_ONLY)
def test_a_change_is_never_a_get(alice: User, ids: dict[str, list[object]], name: str) -> None:
    door = next(d for d in DOORS if d.name == name)
    assert ask(client_of(alice), Door(name, door.of), ids[door.of]) == 405


@pytest.mark.parametrize("door", DOORS, ids=lambda d: f"{d.name}-{d.method}")
def test_other_methods_are_refused(alice: User, ids: dict[str, list[object]], door: Door) -> None:
    assert ask(client_of(alice), Door(door.name, door.of, "delete"), ids[door.of]) == 405


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_for_people_who_signed_in(alice: User, page: Page, name: str) -> None:
    address = reverse(f"portfolio:{name}")
    assert client_of(alice).get(address).status_code == HTTPStatus.OK
    assert client_of(None).get(address).status_code == HTTPStatus.FOUND
    assert client_of(alice).delete(address).status_code == 405


def test_lists_show_nothing_of_others(page: Page) -> None:
    bob = client_of(make_user("bob@example.org"))
    for name in LISTS:
        assert page.title not in bob.get(reverse(f"portfolio:{name}")).content.decode()


@pytest.mark.parametrize("name", [d.name for d in DOORS if d.method == "post"])
def test_a_post_of_an_owner_needs_the_csrf_token(
    alice: User, ids: dict[str, list[object]], name: str
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    door = next(d for d in DOORS if d.name == name and d.method == "post")
    assert client.post(reverse(f"portfolio:{name}", args=ids[door.of])).status_code == 403
