"""The pages of connected accounts: for whom they open, and every word they may have to say."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from badges.models import Badge, Connection, ConnectionRequest, Source
from badges.models import Provider as KnownProvider
from badges.services import discovering
from tests.badges.connected import now
from tests.factories import make_badge, make_connection, make_import, make_user
from tests.simulators.base import Mode
from tests.simulators.provider import Fault, Provider

pytestmark = pytest.mark.django_db
CONNECT = "/badges/sources/connect/"
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    with Provider() as provider:
        settings.FETCH_ALLOW = [provider.allow]
        yield provider


@pytest.fixture
def browser(ada: User) -> Client:
    return signed_in(ada)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return unescape(response.content.decode())


def way_there(response: Any) -> str:
    """The address at the provider that a page offers."""
    assert response.status_code == 200, text(response)
    found = re.search(r'href="(https://provider\.test/authorize[^"]+)"', response.content.decode())
    assert found, text(response)
    return unescape(found[1])


def ask(browser: Client, provider: Provider, kind: str = "ob3_api") -> str:
    """Name the site, choose a way, and get the address to go to."""
    page = browser.post(CONNECT, {"address": "provider.test"})
    ways = [unescape(way) for way in re.findall(r'name="way" value="([^"]+)"', text(page))]
    chosen = next(way for way in ways if way.startswith(kind))
    return way_there(browser.post(CONNECT, {"address": "provider.test", "way": chosen}))


def connect(browser: Client, provider: Provider, kind: str = "ob3_api") -> Any:
    back = provider.visit(ask(browser, provider, kind))
    return browser.get(back.removeprefix("http://localhost:8000"), follow=True)


# --- The way there


def test_the_form_says_what_it_wants(browser: Client) -> None:
    page = browser.get(CONNECT)
    assert page.status_code == 200
    assert "Address of the site" in text(page)
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_none(browser: Client, method: str) -> None:
    assert getattr(browser, method)(CONNECT).status_code == 405
    back = reverse("badges:connect-return", args=[NOBODYS])
    assert getattr(browser, method)(back).status_code == 405
    assert browser.post(back).status_code == 405


@pytest.mark.parametrize("kind", ["badge_connect", "ob3_api"])
def test_there_and_back(browser: Client, provider: Provider, ada: User, kind: str) -> None:
    page = connect(browser, provider, kind)
    assert page.status_code == 200
    assert "Your account at Northwind Badges (provider.test) is connected" in text(page)
    assert Source.objects.get(owner=ada).reader == kind


def test_several_ways_are_a_choice_and_one_is_none(browser: Client, provider: Provider) -> None:
    page = browser.post(CONNECT, {"address": "https://provider.test/ada"})
    assert "can be connected in several ways" in text(page)
    assert not KnownProvider.objects.exists(), "nothing is asked of anybody before the choice"
    provider.faults = {Fault.ONLY_BC}
    way_there(browser.post(CONNECT, {"address": "https://provider.test/ada"}))


@pytest.mark.parametrize("way", ["", "ob3_api https://evil.test", "x" * 600])
def test_a_way_that_is_not_offered_is_asked_for_again(
    browser: Client, provider: Provider, way: str
) -> None:
    page = browser.post(CONNECT, {"address": "provider.test", "way": way})
    assert "can be connected in several ways" in text(page)


def test_before_leaving_the_page_names_the_host_and_not_only_the_name(
    browser: Client, provider: Provider
) -> None:
    provider.faults = {Fault.ONLY_BC}
    provider.title = "Credly <b>"
    page = browser.post(CONNECT, {"address": "provider.test"})
    words = page.content.decode()
    assert "provider.test calls itself “Credly &lt;b&gt;”" in words
    assert "look that your browser shows <b>provider.test</b>" in words
    assert 'href="https://provider.test/terms"' in words


def test_pages_carry_no_picture_of_the_provider(browser: Client, provider: Provider) -> None:
    provider.faults = {Fault.ONLY_BC}
    assert "logo.png" not in text(browser.post(CONNECT, {"address": "provider.test"}))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Write the address"),
        ("not an address", "This is no web address"),
        ("localhost", "could not be reached"),
        ("x" * 3000, "at most 2000"),
    ],
)
def test_an_address_that_leads_nowhere(
    browser: Client, provider: Provider, address: str, words: str
) -> None:
    page = browser.post(CONNECT, {"address": address})
    assert page.status_code == 422
    assert words in text(page)
    assert provider.requests == []


@pytest.mark.parametrize("mode", [Mode.BROKEN, Mode.HTML, Mode.GONE, Mode.REFUSING])
def test_a_provider_on_a_bad_day(browser: Client, provider: Provider, mode: Mode) -> None:
    provider.mode = mode
    page = browser.post(CONNECT, {"address": "provider.test"})
    assert page.status_code == 422
    assert "provider.test" in text(page)


def test_what_a_provider_says_wrong_is_told_at_the_field(
    browser: Client, provider: Provider
) -> None:
    provider.faults = {Fault.LOOKALIKE}
    page = browser.post(CONNECT, {"address": "provider.test"})
    assert page.status_code == 422
    assert "another site (provider.test.evil.test)" in text(page)


def test_too_many_tries_are_told_with_a_time(
    browser: Client, provider: Provider, ada: User
) -> None:
    for _ in range(discovering.TRIES):
        browser.post(CONNECT, {"address": "localhost"})
    page = browser.post(CONNECT, {"address": "provider.test"})
    assert page.status_code == 422
    assert "a lot in one hour" in text(page)
    assert provider.requests == []


def test_known_providers_are_one_press_away(browser: Client, provider: Provider) -> None:
    connect(browser, provider)
    Connection.objects.all().delete()
    KnownProvider.objects.update(listed=True)
    page = browser.get(CONNECT)
    sent = dict(re.findall(r'type="hidden" name="(address|way)" value="([^"]+)"', text(page)))
    assert way_there(browser.post(CONNECT, sent))
    assert "Northwind Badges" in text(page)


def test_nobody_sees_a_provider_that_somebody_else_brought(
    browser: Client, provider: Provider
) -> None:
    connect(browser, provider)
    other = signed_in(make_user("bob@example.org"))
    assert "Northwind" not in text(other.get(CONNECT))
    assert "Northwind" in text(browser.get(CONNECT))


def test_the_number_of_queries_does_not_grow_with_providers(browser: Client, ada: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(database) as queries:
            assert browser.get(CONNECT).status_code == 200
        return len(queries)

    for _ in range(2):
        make_connection(ada)
    few = cost()
    for _ in range(20):
        make_connection(ada)
    assert cost() == few


# --- The way back


def test_a_no_is_a_page_that_says_so(browser: Client, provider: Provider) -> None:
    back = provider.visit(ask(browser, provider), yes=False)
    page = browser.get(back.removeprefix("http://localhost:8000"))
    assert page.status_code == 400
    assert "You said no at provider.test, so nothing was connected." in text(page)
    assert f'href="{CONNECT}"' in text(page)
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.WRONG_STATE, "did not begin here"),
        (Fault.TOKEN_HTML, "has to mend that"),
        (Fault.TOKEN_BROKEN, "cannot answer at the moment"),
        (Fault.TOKEN_MOVED, "sends us on to another address"),
        (Fault.WRONG_TYPE, "has to mend that"),
    ],
)
def test_what_goes_wrong_is_told(
    browser: Client, provider: Provider, fault: Fault, words: str
) -> None:
    there = ask(browser, provider)
    provider.faults = {fault}
    page = browser.get(provider.visit(there).removeprefix("http://localhost:8000"))
    assert page.status_code == 400
    assert words in text(page)
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"state": "x", "code": "y"},
        {"error": "access_denied"},
        {"error": "<script>alert(1)</script>", "state": "x"},
        {"state": "\0", "code": "\0", "iss": "\0"},
        {"state": ["a", "b"]},
    ],
)
def test_whoever_was_not_sent_is_told_so(browser: Client, told: dict[str, Any]) -> None:
    for provider_id in (NOBODYS, make_connection(make_user()).provider_id):
        page = browser.get(reverse("badges:connect-return", args=[provider_id]), told)
        assert page.status_code == 400
        assert "Nothing was connected" in text(page)
        assert "<script>alert" not in page.content.decode()


def test_the_way_back_of_somebody_else_connects_nothing(
    browser: Client, provider: Provider
) -> None:
    back = provider.visit(ask(browser, provider)).removeprefix("http://localhost:8000")
    bob = signed_in(make_user("bob@example.org"))
    assert bob.get(back).status_code == 400
    assert not Connection.objects.exists()
    assert ConnectionRequest.objects.exists(), "and takes nothing away from its owner"
    assert browser.get(back).status_code == 302


def test_whoever_was_signed_out_meanwhile_signs_in_and_goes_on(
    browser: Client, provider: Provider, ada: User
) -> None:
    back = provider.visit(ask(browser, provider)).removeprefix("http://localhost:8000")
    browser.logout()
    page = browser.get(back)
    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/?next=")
    assert not Connection.objects.exists()
    browser.force_login(ada)
    assert browser.get(back).status_code == 302
    assert Connection.objects.get().owner == ada


def test_reloading_the_way_back_changes_nothing(browser: Client, provider: Provider) -> None:
    back = provider.visit(ask(browser, provider)).removeprefix("http://localhost:8000")
    assert browser.get(back).status_code == 302
    assert browser.get(back).status_code == 400
    assert Connection.objects.count() == provider.alive == 1


def test_the_return_address_comes_from_the_settings_and_not_from_the_request(
    ada: User, provider: Provider, settings: LazySettings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    browser = Client(headers={"host": "evil.test"})
    browser.force_login(ada)
    assert "http%3A%2F%2Flocalhost%3A8000%2Fbadges" in ask(browser, provider)


# --- Letting go


def test_disconnecting_asks_first(browser: Client, provider: Provider, ada: User) -> None:
    connect(browser, provider)
    source = Source.objects.get()
    make_badge(ada, source=source)
    place = reverse("badges:source-disconnect", args=[source.pk])
    page = browser.get(place)
    assert page.status_code == 200
    assert "Disconnect Northwind Badges?" in text(page)
    assert "1 badge came from there" in text(page)
    assert Connection.objects.exists()


@pytest.mark.parametrize("badges", ["keep", "remove"])
def test_the_badges_stay_or_go(browser: Client, provider: Provider, ada: User, badges: str) -> None:
    connect(browser, provider)
    source = Source.objects.get()
    make_badge(ada, source=source)
    make_badge(ada)
    place = reverse("badges:source-disconnect", args=[source.pk])
    page = browser.post(place, {"badges": badges}, follow=True)
    assert "Northwind Badges (provider.test) is disconnected." in text(page)
    assert Badge.objects.count() == (2 if badges == "keep" else 1)
    assert not Source.objects.exists()
    assert provider.alive == 0
    assert browser.get(place).status_code == 404


@pytest.mark.parametrize("badges", ["", "burn"])
def test_neither_keep_nor_remove_is_no_answer(
    browser: Client, provider: Provider, ada: User, badges: str
) -> None:
    connect(browser, provider)
    source = Source.objects.get()
    make_badge(ada, source=source)
    place = reverse("badges:source-disconnect", args=[source.pk])
    assert browser.post(place, {"badges": badges}).status_code == 422
    assert Connection.objects.exists()


def test_a_provider_that_does_not_answer_is_told_of(
    browser: Client, provider: Provider, ada: User
) -> None:
    connect(browser, provider)
    provider.mode = Mode.BROKEN
    place = reverse("badges:source-disconnect", args=[Source.objects.get().pk])
    page = browser.post(place, {"badges": "keep"}, follow=True)
    assert "you can end it in your account there" in text(page)
    assert not Connection.objects.exists()


def test_a_source_without_an_account_has_nothing_to_disconnect(browser: Client, ada: User) -> None:
    source = Source.objects.create(owner=ada, reader="url", answers={}, key="x", title="A page")
    make_import(ada)
    place = reverse("badges:source-disconnect", args=[source.pk])
    assert browser.get(place).status_code == browser.post(place).status_code == 404


def test_strangers_find_nothing_to_disconnect(ada: User) -> None:
    source = make_connection(ada).source
    place = reverse("badges:source-disconnect", args=[source.pk])
    charlie = signed_in(make_user("charlie@example.org"))
    assert charlie.get(place).status_code == charlie.post(place).status_code == 404
    assert Client().get(place).status_code == 302
    assert Connection.objects.exists()


def test_an_account_that_lapsed_can_be_disconnected(
    browser: Client, provider: Provider, ada: User
) -> None:
    connect(browser, provider)
    Connection.objects.update(lapsed_at=now() - timedelta(days=1))
    place = reverse("badges:source-disconnect", args=[Source.objects.get().pk])
    assert browser.post(place, {"badges": "keep"}).status_code == 302
    assert not Connection.objects.exists()
