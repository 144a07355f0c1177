"""Locks: what a new password ends, what is noted, and how long an identity holds."""

import re

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Notification, User
from accounts.services import people
from tests.factories import make_token, make_user
from tests.people import PASSWORD, confirm_identity, sign_in

pytestmark = pytest.mark.django_db

NEW = "a wholly different staple"


def with_key(key: str) -> Client:
    return Client(headers={"authorization": f"Bearer {key}"})


def test_a_new_password_ends_other_sessions_and_tokens_and_is_told() -> None:
    user = make_user()
    here, there = sign_in(user), sign_in(user)
    _token, key = make_token(user, "badges:read")
    confirm_identity(here)
    sent = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert here.post("/accounts/password/change/", sent).status_code == 302
    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302
    assert with_key(key).get("/api/v1/me/").status_code == 401
    assert AuditEvent.objects.filter(action="user.password_changed", actor=user).exists()
    assert "password" in Notification.objects.get(user=user).text
    assert mail.outbox[-1].to == [user.email]
    assert sign_in(user, NEW).get("/me/").status_code == 200


def test_a_password_reset_ends_every_session_and_works_once() -> None:
    user = make_user()
    there = sign_in(user)
    Client().post("/accounts/password/reset/", {"email": user.email})
    found = re.search(r"https?://\S+", str(mail.outbox[-1].body))
    assert found
    path = found.group().removeprefix(settings.SITE_URL)
    browser = Client()
    form = browser.get(path)["Location"]
    sent = {"password1": NEW, "password2": NEW}
    assert browser.post(form, sent).status_code == 302
    assert there.get("/me/").status_code == 302
    assert browser.get("/me/").status_code == 302  # a mail alone signs nobody in
    again = Client().get(path)
    assert again.status_code == 200  # the page that says the link is used
    assert AuditEvent.objects.filter(action="user.password_reset", actor=user).exists()


def test_the_session_changes_its_key_at_sign_in() -> None:
    browser = Client()
    browser.get("/accounts/login/")
    before = browser.session.session_key
    user = make_user()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert browser.session.session_key != before


def test_signing_out_ends_the_session_on_the_server() -> None:
    browser = sign_in(make_user())
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    browser.post("/accounts/logout/")
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert thief.get("/me/").status_code == 302


def test_sessions_are_listed_and_the_others_can_be_ended() -> None:
    user = make_user()
    here, there = sign_in(user), sign_in(user)
    assert UserSession.objects.filter(user=user).count() == 2
    here.post("/accounts/sessions/", {})
    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302


def test_somebody_deactivated_cannot_sign_in() -> None:
    user = make_user()
    people.deactivate(user=user, actor=make_user(is_staff=True), now=timezone.now())
    browser = Client()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert browser.get("/me/").status_code == 302


def test_nobody_closes_their_own_account_from_the_desk() -> None:
    user = make_user()
    with pytest.raises(people.Yourself):
        people.deactivate(user=user, actor=user, now=timezone.now())
    assert User.objects.get().is_active


def test_adding_a_second_step_wants_the_password_again() -> None:
    browser = sign_in(make_user())
    response = browser.get("/accounts/2fa/totp/activate/")
    assert response.status_code == 302
    assert "/reauthenticate/" in response["Location"]
