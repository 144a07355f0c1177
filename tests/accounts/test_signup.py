"""Coming in: signing up, confirming, signing in, and what a stranger can learn from it."""

import re
import smtplib
from typing import Any
from urllib.parse import urljoin

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django import Settings

from accounts.adapters import AccountAdapter
from accounts.models import AuditEvent, User
from accounts.services.addresses import spelt
from tests.factories import make_user
from tests.people import PASSWORD, confirm_identity, sign_in

pytestmark = pytest.mark.django_db


def sign_up(email: str, password: str = PASSWORD) -> tuple[Client, Any]:
    browser = Client()
    return browser, browser.post("/accounts/signup/", {"email": email, "password1": password})


def link_in_mail(number: int = -1) -> str:
    found = re.search(r"https?://\S+", str(mail.outbox[number].body))
    assert found, mail.outbox[number].body
    return found.group()


def path_of(link: str) -> str:
    assert link.startswith(settings.SITE_URL + "/")
    return link.removeprefix(settings.SITE_URL)


def test_a_person_signs_up_confirms_and_is_in() -> None:
    browser, response = sign_up("Ada@Example.org")
    assert response.status_code == 302
    assert browser.get("/me/").status_code == 302  # not before the address is confirmed
    confirm = path_of(link_in_mail())
    assert browser.get(confirm).status_code == 200
    assert not EmailAddress.objects.get().verified  # opening a link changes nothing: scanners do
    assert browser.post(confirm).status_code == 302
    user = User.objects.get()
    assert user.email == "ada@example.org"
    assert EmailAddress.objects.get().verified
    assert user.addresses_changed_at is not None
    assert sign_in(user).get("/me/").status_code == 200
    assert AuditEvent.objects.filter(action="user.signed_in", actor=user).exists()
    assert AuditEvent.objects.filter(action="address.confirmed", actor=user).exists()


def test_no_address_is_written_into_the_audit_trail() -> None:
    sign_up("ada@example.org")
    Client().post(path_of(link_in_mail()))
    for event in AuditEvent.objects.all():
        assert "ada@" not in str(event.detail)


@pytest.mark.parametrize("spelling", ["ada@example.org", "ADA@EXAMPLE.ORG", " Ada@Example.Org "])
def test_an_address_that_is_taken_looks_like_one_that_is_not(spelling: str) -> None:
    make_user("ada@example.org")
    _browser, known = sign_up(spelling)
    _browser, unknown = sign_up("new@example.org")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert User.objects.filter(email__iexact="ada@example.org").count() == 1
    assert {tuple(message.to) for message in mail.outbox} == {
        ("ada@example.org",),
        ("new@example.org",),
    }


def test_asking_for_a_new_password_tells_nobody_who_has_an_account() -> None:
    make_user("ada@example.org")
    answers = [
        Client().post("/accounts/password/reset/", {"email": email})
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0]["Location"] == answers[1]["Location"]


def test_a_wrong_password_and_a_wrong_address_read_the_same() -> None:
    make_user("ada@example.org")

    def told(email: str) -> str:
        text = Client().post("/accounts/login/", {"login": email, "password": "wrong wrong"})
        body = text.content.decode()
        body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)
        return body.replace(email, "")

    assert told("ada@example.org") == told("nobody@example.org")


def test_five_wrong_guesses_shut_the_door_however_the_address_is_spelt() -> None:
    user = make_user("ada@xn--bcher-kva.example")
    spellings = [
        "ada@bücher.example",
        "ADA@BÜCHER.example",
        "ada@xn--bcher-kva.example",
        "Ada@Bücher.Example",
        "ada@XN--BCHER-KVA.example",
    ]
    for email in spellings:
        Client().post("/accounts/login/", {"login": email, "password": "wrong wrong"})
    sent = {"login": user.email, "password": PASSWORD}
    response = Client().post("/accounts/login/", sent)
    assert response.status_code == 200
    assert "too many" in response.content.decode().lower()


def test_an_address_in_another_script_signs_in_as_it_was_typed() -> None:
    sign_up("ada@bücher.example")
    assert mail.outbox[-1].to == ["ada@xn--bcher-kva.example"]
    Client().post(path_of(link_in_mail()))
    browser = Client()
    sent = {"login": "Ada@bücher.example", "password": PASSWORD}
    assert browser.post("/accounts/login/", sent).status_code == 302
    assert browser.get("/me/").status_code == 200


@pytest.mark.parametrize(
    "email",
    [
        "аda@example.org",  # a Cyrillic letter
        "gmaıl@example.org",
        "ada@exa mple.org",
        "ada@-example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org,eve@example.org",
        "ada@" + "ü" * 240 + ".example",
        "ada",
        "\0ada@example.org",
    ],
)
def test_addresses_that_could_pass_for_another_are_refused(email: str) -> None:
    _browser, response = sign_up(email)
    assert response.status_code == 200
    assert not User.objects.exists()
    assert not mail.outbox


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("ada+b@gmaıl.com", "ada+b@xn--gmal-nza.com"),
        ("ada@STRASSE.example", "ada@strasse.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@ｅxample.org", "ada@example.org"),
    ],
)
def test_each_address_has_one_spelling(typed: str, kept: str) -> None:
    assert spelt(typed) == kept


def test_a_letter_that_lower_cases_to_another_is_written_to_as_that_other() -> None:
    """The Kelvin sign becomes a plain k, and only whoever reads that mail can confirm."""
    sign_up("ada\u212a@example.org")
    assert User.objects.get().email == "adak@example.org"
    assert mail.outbox[-1].to == ["adak@example.org"]


def test_an_address_too_long_for_mail_is_refused() -> None:
    with pytest.raises(ValidationError):
        spelt("a" * 64 + "@" + "b" * 200 + ".example")


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "1234567890123", "ada.moreau@ex"],
)
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    _browser, response = sign_up("ada.moreau@example.org", password)
    assert response.status_code == 200
    assert not User.objects.exists()


def test_a_long_password_of_any_letters_is_welcome() -> None:
    _browser, response = sign_up("ada@example.org", "pässwort mit Leerzeichen 🔑 " * 6)
    assert response.status_code == 302


HOSTILE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "http:///evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\x00//evil.example",
    "/\t/evil.example",
    "https://localhost@evil.example/",
    "///evil.example",
    "%2f%2fevil.example",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_signing_in_never_leads_off_the_site(target: str) -> None:
    user = make_user()
    sent = {"login": user.email, "password": PASSWORD, "next": target}
    response = Client().post("/accounts/login/", sent)
    assert response.status_code == 302
    where = urljoin(settings.SITE_URL + "/accounts/login/", response["Location"])
    assert where.startswith(settings.SITE_URL + "/")
    assert not response["Location"].startswith(("//", "/\\"))


def test_signing_in_leads_on_to_where_one_wanted_to_be() -> None:
    user = make_user()
    sent = {"login": user.email, "password": PASSWORD, "next": "/me/tokens/"}
    assert Client().post("/accounts/login/", sent)["Location"] == "/me/tokens/"


def test_links_in_mails_never_follow_the_host_header(settings: Settings) -> None:
    make_user("ada@example.org")
    settings.ALLOWED_HOSTS = ["*"]
    evil = Client(headers={"host": "evil.example"})
    for email in ("new@example.org", "ada@example.org"):
        evil.post("/accounts/signup/", {"email": email, "password1": PASSWORD})
    for email in ("ada@example.org", "nobody@example.org"):
        evil.post("/accounts/password/reset/", {"email": email})
    assert len(mail.outbox) == 4
    for message in mail.outbox:
        assert "evil.example" not in f"{message.subject} {message.body} {message.from_email}"
        assert settings.SITE_URL in str(message.body)


def test_a_mail_server_that_is_down_is_said_and_loses_nothing(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_signup.Down"
    browser, response = sign_up("ada@example.org")
    assert response.status_code == 302
    assert User.objects.filter(email="ada@example.org").exists()
    assert "could not send you a mail" in browser.get(response["Location"]).content.decode()


class Down:
    """A mail server that is not there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPServerDisconnected


def test_a_site_may_close_its_door(settings: Settings) -> None:
    settings.SIGNUP_OPEN = False
    sign_up("ada@example.org")
    assert not User.objects.exists()


def test_somebody_elses_confirmed_address_cannot_be_added_and_that_is_not_told() -> None:
    make_user("taken@example.org")
    user = make_user("ada@example.org")
    browser = sign_in(user)
    confirm_identity(browser)
    answers = [
        browser.post("/accounts/email/", {"action_add": "", "email": email})
        for email in ("taken@example.org", "free@example.org")
    ]
    assert answers[0].status_code == answers[1].status_code == 302
    assert not EmailAddress.objects.filter(email="taken@example.org", verified=True, user=user)


def test_adding_and_removing_an_address_wants_the_password_again_and_is_noted() -> None:
    user = make_user("ada@example.org")
    EmailAddress.objects.create(user=user, email="old@example.org", verified=True)
    browser = sign_in(user)
    sent = {"action_remove": "", "email": "old@example.org"}
    response = browser.post("/accounts/email/", sent)
    assert "/reauthenticate/" in response["Location"]
    assert EmailAddress.objects.filter(email="old@example.org").exists()
    browser = sign_in(user)
    confirm_identity(browser)
    browser.post("/accounts/email/", sent)
    assert not EmailAddress.objects.filter(email="old@example.org").exists()
    user.refresh_from_db()
    assert user.addresses_changed_at is not None
    assert AuditEvent.objects.filter(action="address.removed", actor=user).exists()
    assert mail.outbox[-1].to == ["ada@example.org"]


def test_the_adapter_keeps_no_address_that_it_cannot_spell() -> None:
    with pytest.raises(ValidationError):
        AccountAdapter().clean_email("аda@example.org")
