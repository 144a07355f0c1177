"""Connecting an account in a real browser: there, back with a yes and a no, and letting go."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Console, NewPage, learner, on_one
from tests.simulators.provider import Fault, Provider
from tests.site import Backend, Site

pytestmark = pytest.mark.browser

ADA = "ada@example.org"
SOURCE = "from badges.models import Source; print('id=' + str(Source.objects.get().pk))"


@pytest.fixture(scope="module", params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """The database has no part in this story; its rows are tested on both elsewhere."""
    name: Backend = request.param
    return name


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """Where a browser can go: http, on a port of this machine."""
    with Provider(local=True) as provider:
        yield provider


@pytest.fixture(scope="module")
def site(backend: Backend, provider: Provider) -> Iterator[Site]:
    with Site(backend, worker=False, FETCH_ALLOW=provider.allow) as site:
        yield site


def looked_at(page: Page, accessible: Callable[[Page], None]) -> None:
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width != 320:
            accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})


def go_there(page: Page, provider: Provider) -> None:
    page.goto("/badges/sources/connect/")
    page.get_by_label("Address of the site").fill(provider.origin)
    page.get_by_role("button", name="Look there").click()


def test_an_account_is_connected_and_let_go_again(
    site: Site,
    page: Page,
    provider: Provider,
    console: Console,
    accessible: Callable[[Page], None],
) -> None:
    provider.faults = set()
    learner(site, page, ADA)
    page.goto("/badges/sources/connect/")
    looked_at(page, accessible)
    go_there(page, provider)

    expect(page.get_by_role("heading", level=1)).to_contain_text("in several ways")
    looked_at(page, accessible)
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(f"localhost:{provider.port}")
    expect(page.get_by_text("Northwind Badges")).to_be_visible()
    looked_at(page, accessible)
    page.get_by_role("link", name=re.compile("Go to localhost")).click()

    expect(page).to_have_url(re.compile(rf"^{provider.origin}/authorize\?"))
    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_text("Northwind Badges (localhost:")).to_be_visible()
    assert page.url.startswith(site.url)
    assert provider.alive == 1
    page.go_back()
    page.go_forward()

    source = site.shell(SOURCE).partition("id=")[2].strip()
    page.goto(f"/badges/sources/{source}/disconnect/")
    looked_at(page, accessible)
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("is disconnected.")).to_be_visible()
    assert provider.alive == 0


def test_a_no_leads_back_to_words(
    site: Site,
    new_page: NewPage,
    provider: Provider,
    console: Console,
    accessible: Callable[[Page], None],
) -> None:
    provider.faults = {Fault.ONLY_BC}
    console.expect("400")
    page = new_page()
    learner(site, page, ADA)
    go_there(page, provider)
    page.get_by_role("link", name=re.compile("Go to localhost")).click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("You said no at localhost")).to_be_visible()
    looked_at(page, accessible)
    page.get_by_role("link", name="Begin again").click()
    expect(page.get_by_label("Address of the site")).to_be_visible()


@on_one
def test_words_stand_at_the_field_when_there_is_nothing(
    site: Site,
    new_page: NewPage,
    provider: Provider,
    console: Console,
    accessible: Callable[[Page], None],
) -> None:
    provider.faults = {Fault.ONLY_BC, Fault.ONLY_OB3}
    console.expect("422")
    page = new_page(java_script_enabled=True, color_scheme="dark")
    learner(site, page, ADA)
    go_there(page, provider)
    expect(page.get_by_text("does not say that accounts there can be connected")).to_be_visible()
    looked_at(page, accessible)
