"""The profile and the tokens made there."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, AuditEvent, Notification
from accounts.services import notifications, tokens
from tests.factories import make_token, make_user
from tests.people import confirm_identity, sign_in

pytestmark = pytest.mark.django_db


def test_the_profile_shows_news_addresses_and_the_ways_to_everything() -> None:
    user = make_user("ada@example.org", name="Ada")
    notifications.notify(user=user, kind="x", text="Something <new>", url="/badges/")
    text = sign_in(user).get("/me/").content.decode()
    assert "Something &lt;new&gt;" in text
    for path in ("/accounts/email/", "/accounts/2fa/", "/accounts/sessions/", "/me/tokens/"):
        assert f'href="{path}"' in text


def test_news_are_marked_as_read_by_a_post_and_only_ones_own() -> None:
    user, other = make_user(), make_user()
    for person in (user, other):
        notifications.notify(user=person, kind="x", text="New")
    browser = sign_in(user)
    assert browser.get("/me/read/").status_code == 405
    assert browser.post("/me/read/").status_code == 302
    assert Notification.objects.get(read_at=None).user == other


def test_a_name_is_saved_in_any_script_and_tidied() -> None:
    user = make_user()
    browser = sign_in(user)
    browser.post("/me/", {"name": "  Ада  Лавлейс 张伟 "})
    user.refresh_from_db()
    assert user.name == "Ада Лавлейс 张伟"


@pytest.mark.parametrize("name", ["x" * 201, "a\x00b", "a\u202eb", "a\u200bb"])
def test_a_name_with_what_nobody_can_see_is_refused_in_words(name: str) -> None:
    user = make_user(name="Ada")
    response = sign_in(user).post("/me/", {"name": name})
    assert response.status_code == 422
    user.refresh_from_db()
    assert user.name == "Ada"


def test_private_pages_belong_in_no_cache() -> None:
    browser = sign_in(make_user())
    for path in ("/me/", "/me/tokens/"):
        assert "no-store" in browser.get(path)["Cache-Control"]


def test_a_token_wants_the_password_again_is_shown_once_and_works() -> None:
    user = make_user()
    browser = sign_in(user)
    assert "/reauthenticate/" in browser.get("/me/tokens/new/")["Location"]
    confirm_identity(browser)
    ends = (timezone.now() + timedelta(days=30)).date().isoformat()
    sent = {"name": "Backup", "scopes": ["badges:read"], "ends_on": ends}
    response = browser.post("/me/tokens/new/", sent)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    key = response.context["key"]
    assert key in response.content.decode()
    program = Client(headers={"authorization": f"Bearer {key}"})
    assert program.get("/api/v1/badges/").status_code == 200
    assert program.get("/api/v1/pages/").status_code == 403
    listed = browser.get("/me/tokens/").content.decode()
    assert key not in listed
    assert "Backup" in listed
    token = ApiToken.objects.get()
    assert key not in f"{token.digest} {token.hint}"
    assert AuditEvent.objects.get(action="token.created").detail == {"scopes": ["badges:read"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\x00"},
        {"scopes": []},
        {"scopes": ["badges:everything"]},
        {"ends_on": "2020-01-01"},
        {"ends_on": "soon"},
        {"ends_on": "9999-12-31"},
    ],
)
def test_a_token_that_makes_no_sense_is_refused_in_words(wrong: dict[str, object]) -> None:
    browser = sign_in(make_user())
    confirm_identity(browser)
    sent = {"name": "Backup", "scopes": ["badges:read"], "ends_on": "", **wrong}
    response = browser.post("/me/tokens/new/", sent)
    assert response.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_ends_with_its_last_day() -> None:
    user, browser = make_user(), Client()
    browser = sign_in(user)
    confirm_identity(browser)
    today = timezone.now().date().isoformat()
    browser.post("/me/tokens/new/", {"name": "A", "scopes": ["badges:read"], "ends_on": today})
    token = ApiToken.objects.get()
    assert token.expires_at is not None
    assert token.expires_at.time().hour == 23


def test_a_token_is_withdrawn_once_and_moves_to_those_that_ended() -> None:
    user = make_user()
    token, key = make_token(user, "badges:read")
    browser = sign_in(user)
    where = f"/me/tokens/{token.pk}/revoke/"
    assert browser.get(where).status_code == 405
    browser.post(where)
    browser.post(where)
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1
    assert browser.get("/me/tokens/").context["live"].count() == 0
    program = Client(headers={"authorization": f"Bearer {key}"})
    assert program.get("/api/v1/me/").status_code == 401


def test_one_person_holds_so_many_tokens_and_no_more() -> None:
    user = make_user()
    for _ in range(tokens.MAX_LIVE):
        make_token(user, "badges:read")
    browser = sign_in(user)
    confirm_identity(browser)
    response = browser.post("/me/tokens/new/", {"name": "A", "scopes": ["badges:read"]})
    assert response.status_code == 422
    assert "Withdraw one first" in response.content.decode()
    assert ApiToken.objects.count() == tokens.MAX_LIVE
