"""Public addresses: off until asked for, changed, given up, kept from others, and read."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User
from portfolio.models import Handle, Page, ShareLink
from portfolio.services import handles, sharing
from tests.factories import NOW, make_badge, make_link, make_page, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def page(alice: User) -> Page:
    return make_page(alice, make_badge(alice, name="Statistics"))


@pytest.fixture
def own(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def take(user: User, name: str, days: int = 0) -> Handle:
    return handles.take(user=user, name=name, now=NOW + days * DAY)


@pytest.mark.parametrize(
    "name",
    ["", "ab", "a" * 31, "ada lovelace", "ada_l", "-ada", "ada-", "a--da", "аda", "adä", "ada/x",
     "12345", "admin", "Admin", "ad-min", "laurel", "verified", "support", "..", "ada\0l", "ada\n"],
)  # fmt: skip
def test_what_is_no_name_is_refused_with_a_way_out(alice: User, name: str) -> None:
    if name == "ada\n":  # a stray line end is nobody's fault
        assert handles.fit(name) == "ada"
        return
    with pytest.raises(handles.Unfit) as error:
        take(alice, name)
    assert error.value.words
    assert not Handle.objects.exists()


def test_a_name_is_taken_once_and_looks_the_same_in_all_letters(alice: User) -> None:
    assert take(alice, " @Ada-Lovelace ").name == "ada-lovelace"
    with pytest.raises(handles.Unfit, match="Somebody has this name"):
        take(make_user(), "ADA-LOVELACE")
    assert take(alice, "ada-lovelace") == Handle.objects.get()


def test_a_new_name_is_kept_and_leads_nowhere(alice: User) -> None:
    take(alice, "ada")
    assert Client().get("/p/ada/").status_code == 404


def test_it_opens_stays_out_of_search_engines_and_sets_no_cookie(alice: User, page: Page) -> None:
    handle = take(alice, "ada")
    handles.open_to(handle=handle, page=page, searchable=False, now=timezone.now())
    response = Client().get("/p/ada/")
    words = response.content.decode()
    assert response.status_code == 200
    assert "Alice Adler" in words
    assert "Statistics" in words
    assert 'content="noindex, nofollow"' in words
    assert "noindex" in response["X-Robots-Tag"]
    assert not response.cookies
    assert Client().get("/p/ADA/")["Location"] == "/p/ada/"


def test_search_engines_are_let_in_when_its_owner_says_so(alice: User, page: Page) -> None:
    handle = take(alice, "ada")
    handles.open_to(handle=handle, page=page, searchable=True, now=timezone.now())
    response = Client().get("/p/ada/")
    assert "noindex" not in response.content.decode()
    assert '<link rel="canonical" href="http://localhost:8000/p/ada/">' in response.content.decode()
    link = Handle.objects.get().link
    handles.open_to(handle=handle, page=page, searchable=False, now=timezone.now())
    assert Handle.objects.get().link == link
    assert "noindex" in Client().get("/p/ada/").content.decode()


def test_unknown_off_and_given_up_are_one_answer(alice: User, page: Page) -> None:
    handle = take(alice, "ada")
    handles.open_to(handle=handle, page=page, searchable=False, now=timezone.now())
    off = take(make_user(), "bob-off")
    assert off.link is None
    handles.release(handle=handle, now=timezone.now())
    answers = {Client().get(f"/p/{n}/").content for n in ("ada", "bob-off", "nobody-at-all", "x.y")}
    assert len(answers) == 1
    assert not ShareLink.objects.live(timezone.now()).exists()


def test_another_page_gets_another_link_and_the_old_one_dies(alice: User, page: Page) -> None:
    handle = take(alice, "ada")
    handles.open_to(handle=handle, page=page, searchable=False, now=NOW)
    old = handle.link
    other = make_page(alice, title="Other")
    handles.open_to(handle=handle, page=other, searchable=False, now=NOW)
    assert old is not None
    old.refresh_from_db()
    assert old.withdrawn_at is not None
    assert handle.link is not None
    assert handle.link.page == other


def test_a_withdrawn_link_or_a_deleted_page_closes_the_address(alice: User, page: Page) -> None:
    handle = take(alice, "ada")
    handles.open_to(handle=handle, page=page, searchable=False, now=timezone.now())
    assert handle.link is not None
    sharing.withdraw(link=handle.link, actor=alice, now=timezone.now())
    assert Client().get("/p/ada/").status_code == 404
    handles.open_to(handle=handle, page=page, searchable=False, now=timezone.now())
    assert Client().get("/p/ada/").status_code == 200
    page.delete()
    assert Client().get("/p/ada/").status_code == 404
    assert Handle.objects.get().released_at is None


def test_a_change_moves_the_page_and_keeps_the_old_name_from_others(
    alice: User, page: Page
) -> None:
    handles.open_to(handle=take(alice, "ada"), page=page, searchable=False, now=timezone.now())
    take(alice, "ada-adler")
    assert Client().get("/p/ada-adler/").status_code == 200
    assert Client().get("/p/ada/").status_code == 404  # not even a way to the new one
    bob = make_user()
    with pytest.raises(handles.Unfit):
        take(bob, "ada", days=89)
    assert take(alice, "ada", days=89).name == "ada"
    take(alice, "ada-adler", days=89)
    assert take(bob, "ada", days=180).owner == bob


def test_nobody_locks_up_every_good_name(alice: User) -> None:
    for name in ("one-a", "two-b", "three-c", "four-d", "five-e", "six-f"):
        take(alice, name)
    with pytest.raises(handles.Unfit, match="gave up 5 names"):
        take(alice, "seven-g")
    assert take(alice, "two-b").name == "two-b"  # back to one of one's own
    assert Handle.objects.owned_by(alice).held().count() == 1


def test_the_page_that_sets_it_up(own: Client, alice: User, page: Page) -> None:
    assert "leads nowhere" not in own.get("/pages/address/").content.decode()
    own.post("/pages/address/", {"name": "Ada", "page": "", "searchable": ""})
    assert "leads nowhere" in own.get("/pages/address/").content.decode()
    own.post("/pages/address/", {"name": "ada", "page": str(page.pk)})
    words = own.get("/pages/address/").content.decode()
    assert 'value="http://localhost:8000/p/ada/"' in words
    own.post("/pages/address/release/")
    assert Client().get("/p/ada/").status_code == 404
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"handle.taken", "handle.opened", "handle.released"} <= actions


def test_the_page_that_sets_it_up_says_what_is_wrong(own: Client, alice: User) -> None:
    take(make_user(), "taken-one")
    theirs = make_page(make_user(), title="Not hers")
    for name in ("admin", "taken-one", "ä"):
        response = own.post("/pages/address/", {"name": name})
        assert response.status_code == 422
        assert "errorlist" in response.content.decode()
    response = own.post("/pages/address/", {"name": "ada", "page": str(theirs.pk)})
    assert response.status_code == 422
    assert not Handle.objects.owned_by(alice).exists()


def test_erasing_a_person_erases_their_names(alice: User, page: Page) -> None:
    handles.open_to(handle=take(alice, "ada"), page=page, searchable=False, now=NOW)
    alice.delete()
    assert not Handle.objects.exists()


def test_a_link_of_somebody_else_is_not_reached_through_a_name(alice: User) -> None:
    make_link(make_page(make_user()))
    take(alice, "ada")
    with pytest.raises(sharing.LinkGone):
        handles.token_of(name="ada", now=NOW)
