"""The site starts on both set-ups, and serves as production does."""

import re

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import on_one
from tests.site import Site

pytestmark = pytest.mark.browser


def test_the_front_page_answers_with_its_policy(site: Site) -> None:
    answer = site.get("/")
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_site_says_that_it_is_well(site: Site) -> None:
    answer = site.get("/healthz")
    assert (answer.status, answer.text) == (200, "ok")
    assert "Set-Cookie" not in answer.headers


@on_one
def test_styles_have_hashed_names_and_stay_for_ever(site: Site) -> None:
    styles = re.findall(r'href="(/static/css/[^"]+\.css)"', site.get("/").text)
    assert styles
    for style in styles:
        assert re.search(r"\.[0-9a-f]{12}\.css$", style)
        answer = site.get(style)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_browser_shows_the_front_page_in_silence(site: Site, page: Page) -> None:
    answer = page.goto("/")
    assert answer is not None
    assert answer.ok
    assert page.title()


def test_an_unknown_address_is_answered_in_words(site: Site) -> None:
    answer = site.get("/no-such-page")
    assert answer.status == 404
    assert "Traceback" not in answer.text
