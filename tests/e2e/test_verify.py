"""Any badge before a visitor's eyes: a file, a text, a link, without account, cookie or trace."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.credentials import Signer
from tests.e2e.conftest import Console, NewPage, on_one
from tests.e2e.test_story import hosted_badge
from tests.issuer import Issuer
from tests.site import Site

pytestmark = pytest.mark.browser
EMAIL = "ada@example.org"
SELF_MADE = "Genuine, from whoever holds its key"  # as those of `Signer` are


def verdict(page: Page, words: str) -> None:
    expect(page.locator(".verdict h1")).to_have_text(words, timeout=30_000)


def open_box(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Check any badge").first.click()
    expect(page.get_by_role("heading", name="Check any badge")).to_be_visible()


def test_a_file_is_checked_from_the_front_page_on(
    site: Site, page: Page, accessible: Callable[[Page], None], tmp_path: Path, console: Console
) -> None:
    (tmp_path / "knots.png").write_bytes(Signer().baked(1, email=EMAIL))
    page.goto("/verify/")
    accessible(page)
    page.set_input_files("input[type=file]", tmp_path / "knots.png")
    page.get_by_label("Is it about this address?").fill(EMAIL)
    page.get_by_role("button", name="Check").click()
    verdict(page, SELF_MADE)
    expect(page.locator(".finding-passed")).to_have_count(6)
    expect(page.get_by_text("the address that you gave")).to_be_visible()
    page.get_by_text("The document itself").first.click()
    expect(page.locator("pre")).to_contain_text('"name": "Knots, part 1"')
    accessible(page)
    with page.expect_download() as report:
        page.get_by_role("link", name="Report for machines").click()
    assert json.loads(report.value.path().read_bytes())["result"] == "valid"
    address = page.url
    page.get_by_role("button", name="Delete this answer now").click()
    expect(page.get_by_role("heading", name="Check any badge")).to_be_visible()
    console.expect("404")
    page.goto(address)
    expect(page.get_by_role("heading", name="There is no answer here")).to_be_visible()
    accessible(page)
    assert page.context.cookies() == []


@on_one
def test_a_text_that_was_changed_is_called_so(
    site: Site, page: Page, accessible: Callable[[Page], None]
) -> None:
    open_box(page)
    changed = Signer().credential(1, email=EMAIL) | {"name": "Admiral of the fleet"}
    page.get_by_label("Link or text").fill(json.dumps(changed))
    page.get_by_role("button", name="Check").click()
    verdict(page, "Do not rely on this badge")
    accessible(page)


def test_a_link_is_followed_while_the_checks_come_one_by_one(
    site: Site, page: Page, issuer: Issuer, accessible: Callable[[Page], None]
) -> None:
    link = hosted_badge(issuer, "/checked")
    slow = issuer.answers["/checked/class.json"]
    issuer.put("/checked/class.json", slow.body, delay=2)
    open_box(page)
    page.get_by_label("Link or text").fill(link)
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".finding-passed")).to_have_count(1, timeout=15_000)
    expect(page.locator(".finding-waiting")).to_have_count(6)
    accessible(page)
    verdict(page, "Genuine and in force")
    expect(page.get_by_text("Checked with 127.0.0.1").first).to_be_visible()


def test_bad_input_and_silent_sites_are_answered_in_words(
    site: Site, page: Page, issuer: Issuer, accessible: Callable[[Page], None], console: Console
) -> None:
    console.expect("422")
    page.goto("/verify/")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a file")
    accessible(page)
    for link in (issuer.url("/nowhere.json"), "http://127.0.0.1:9/x", "http://169.254.169.254/"):
        page.goto("/verify/")
        page.get_by_label("Link or text").fill(link)
        page.get_by_role("button", name="Check").click()
        verdict(page, "This could not be checked")
        accessible(page)


@on_one
def test_it_works_without_a_script(site: Site, new_page: NewPage, tmp_path: Path) -> None:
    (tmp_path / "knots.json").write_bytes(Signer().file(1, email=EMAIL))
    page = new_page(java_script_enabled=False)
    page.goto("/verify/")
    page.set_input_files("input[type=file]", tmp_path / "knots.json")
    page.get_by_role("button", name="Check").click()
    expect(page).to_have_url(re.compile(r"/verify/\S{20,}/$"))
    for _time in range(40):
        if page.locator(".verdict").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    verdict(page, SELF_MADE)
