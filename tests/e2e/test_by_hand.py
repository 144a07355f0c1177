"""A badge stated by hand, in a real browser, with and without JavaScript."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Console, NewPage, fits, learner, on_one
from tests.site import Site

pytestmark = pytest.mark.browser
PRESSED_FOUR_TIMES = """
const form = document.querySelector("form.form");
const send = () => fetch(form.action, {method: "POST", body: new FormData(form)});
Promise.all([send(), send(), send(), send()]).then((all) => all.map((one) => one.url))
"""
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF"


def fill(page: Page, file: Path) -> None:
    page.get_by_label("What is it called?").fill("First aid & rescue")
    page.get_by_label("Who gave it to you?").fill("Town Library")
    page.get_by_label("Issued").fill("2024-03-01")
    page.get_by_label("What did you have to do for it?").fill("Two days, and a test.")
    page.get_by_label("A link").fill("library.example/courses/1")
    page.get_by_label("A file").set_input_files(file)


def state(page: Page, file: Path) -> None:
    fill(page, file)
    page.get_by_role("button", name="Add it to my backpack").click()


def test_a_badge_is_stated_shown_and_its_file_comes_back(
    site: Site, page: Page, accessible: Callable[[Page], None], console: Console, tmp_path: Path
) -> None:
    learner(site, page, "ada.by.hand@example.org")
    (tmp_path / "My certificate.pdf").write_bytes(PDF)
    (tmp_path / "page.html").write_text("<p>no")
    page.goto("/badges/import/")
    page.get_by_role("link", name="State one by hand").click()
    expect(page.get_by_role("heading", name="State a badge by hand")).to_be_visible()
    accessible(page)
    fits(page)
    console.expect("422")
    state(page, tmp_path / "page.html")
    expect(page.get_by_role("alert")).to_contain_text("choose it again")
    expect(page.get_by_text("Bring a PDF")).to_be_visible()
    expect(page.get_by_label("Issued")).to_have_value("2024-03-01")
    accessible(page)
    fits(page)
    state(page, tmp_path / "My certificate.pdf")
    expect(page.get_by_role("heading", name="First aid & rescue")).to_be_visible()
    expect(page.get_by_text("Stated by the learner").first).to_be_visible()
    accessible(page)
    fits(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download My certificate.pdf").click()
    assert saved.value.suggested_filename == "my-certificate.pdf"
    assert saved.value.path().read_bytes() == PDF
    assert "No faults." in site.manage("fsck").stdout


@on_one
def test_it_works_without_javascript(site: Site, new_page: NewPage, tmp_path: Path) -> None:
    page = new_page(java_script_enabled=False)
    learner(site, page, "grace.by.hand@example.org")
    (tmp_path / "photo.txt").write_text("What stood on the certificate.")
    page.goto("/badges/state/?link=https://gone.example/badge")
    expect(page.get_by_label("A link")).to_have_value("https://gone.example/badge")
    state(page, tmp_path / "photo.txt")
    expect(page.get_by_role("heading", name="First aid & rescue")).to_be_visible()
    expect(page.get_by_text("photo.txt").first).to_be_visible()


def test_a_button_pressed_four_times_at_once_makes_one_badge(
    site: Site, page: Page, tmp_path: Path
) -> None:
    learner(site, page, "dorothy.by.hand@example.org")
    (tmp_path / "a.pdf").write_bytes(PDF)
    page.goto("/badges/state/")
    fill(page, tmp_path / "a.pdf")
    opened = page.evaluate(PRESSED_FOUR_TIMES)
    assert len(opened) == 4
    assert len(set(opened)) == 1
    page.goto("/badges/")
    expect(page.get_by_text("1 badge, yours to show")).to_be_visible()
    assert "No faults." in site.manage("fsck").stdout
