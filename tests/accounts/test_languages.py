"""Which language a page, a mail and a notice speak, and how it is chosen."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from accounts.services import languages
from badges.openbadges.words import as_json, listed, say
from badges.services.telling import told, told_again
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_page_follows_the_browser_and_sets_no_cookie(client: Client) -> None:
    page = client.get("/verify/", headers={"accept-language": "ar,en;q=0.5"})
    assert '<html lang="ar" dir="rtl">' in page.content.decode()
    assert not page.cookies


def test_a_choice_is_kept_in_this_browser_and_the_rest_of_the_address_stays(client: Client) -> None:
    answer = client.get("/verify/?lang=de&x=1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/verify/?x=1")
    assert '<html lang="de" dir="ltr">' in client.get("/verify/").content.decode()


@pytest.mark.parametrize("path", ["/verify/?lang=xx", "/verify/?lang=", "/verify/?lang=../../etc"])
def test_a_language_that_is_not_spoken_changes_nothing(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert not answer.cookies


def test_a_choice_never_leads_to_another_site(client: Client) -> None:
    answer = client.get("/", PATH_INFO="//evil.test/", QUERY_STRING="lang=de")
    assert answer.headers["Location"] == "/evil.test/"


def test_a_person_chooses_the_language_of_mails_and_pages(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    answer = client.post("/me/", {"name": "Ada", "language": "fr"})
    assert answer.status_code == 302
    assert answer.cookies["django_language"].value == "fr"
    user.refresh_from_db()
    with languages.spoken_to(user):
        assert translation.get_language() == "fr"
    client.post("/me/", {"name": "Ada", "language": ""})
    user.refresh_from_db()
    assert user.language == ""


def test_a_language_that_the_site_gave_up_is_not_spoken() -> None:
    with languages.spoken_to(User(language="tlh")):
        assert translation.get_language() == "en"


DAY = datetime(2026, 3, 2, 23, 0, tzinfo=UTC).date()
SENTENCES = [
    say("It does not expire."),
    say("It expired on {day}.", day=DAY),
    say("Braces {are} kept", are="{day} {0.__class__}"),
    say("{one} {two}", one=say("It expired on {day}.", day=DAY), two=listed(["a", say("b")])),
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_the_core_says_is_told_alike_fresh_and_kept(sentence: str) -> None:
    kept = {"detail": str(sentence), **(as_json(sentence) or {})}
    for language in ("en", "de"):
        with translation.override(language):
            assert told(sentence) == told_again(kept)
    with translation.override("en"):
        assert told(sentence) == str(sentence)


def test_a_day_is_written_as_it_is_there() -> None:
    with translation.override("de"):
        assert "2. März 2026" in told(say("It expired on {day}.", day=DAY))


@pytest.mark.parametrize(
    "kept",
    [
        {"detail": "As it was."},
        {"detail": "As it was.", "say": 7, "with": {}},
        {"detail": "As it was.", "say": "{day}", "with": None},
    ],
)
def test_what_is_kept_without_its_pattern_is_told_as_it_is(kept: dict[str, object]) -> None:
    assert told_again(kept) == "As it was."


def test_a_kept_day_that_is_none_is_no_error() -> None:
    assert told_again({"say": "On {day}.", "with": {"day": {"day": "soon"}}}) == "On ."


@pytest.mark.parametrize("language", ["de", "fr", "es", "ar"])
def test_every_language_is_spoken(client: Client, language: str) -> None:
    english = client.get("/verify/").content.decode()
    page = client.get("/verify/", headers={"accept-language": language}).content.decode()
    assert f'<html lang="{language}"' in page
    assert "Check any badge" in english
    assert "Check any badge" not in page
    with translation.override(language):
        assert told(say("It does not expire.")) != "It does not expire."
        assert "{day}" not in told(say("It expired on {day}.", day=DAY))
