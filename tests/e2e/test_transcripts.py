"""A learner has a PDF made; a registrar looks it up by its code and drops the file."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.credentials import Signer
from tests.e2e.conftest import NewPage
from tests.e2e.test_by_hand import fits, learner
from tests.e2e.test_exports import bring
from tests.portfolio.papers import attachments, read
from tests.site import Site

pytestmark = pytest.mark.browser
EMAIL = "registers@example.org"


def make_one(
    site: Site, page: Page, folder: Path, accessible: Callable[[Page], None]
) -> tuple[Path, str]:
    """Choose, wait, download; the file and the code that is printed on it."""
    page.goto("/documents/")
    page.get_by_role("link", name="Make a PDF").click()
    expect(page.get_by_text("Of everything in your backpack: 2 badges.")).to_be_visible()
    expect(page.get_by_label("Original credentials inside the PDF")).to_be_checked()
    accessible(page)
    fits(page)
    page.get_by_label("Send me a mail when it is ready").check()
    page.get_by_role("button", name="Make PDF").click()
    ready = page.get_by_role("link", name="Download PDF")
    expect(ready).to_be_visible(timeout=60_000)  # without a reload: the page asks
    accessible(page)
    fits(page)
    code = page.locator("dd.mono").first.inner_text()
    with page.expect_download() as started:
        ready.click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    page.goto("/documents/")
    expect(page.get_by_role("link", name="All badges").first).to_be_attached()
    accessible(page)
    fits(page)
    return path, code


def test_a_document_is_made_and_looked_up_and_its_file_checked(
    site: Site,
    page: Page,
    new_page: NewPage,
    accessible: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    learner(site, page, EMAIL)
    signer = Signer("Harbour College")
    files = []
    for number in (1, 2):
        files.append(tmp_path / f"{number}.png")
        files[-1].write_bytes(signer.baked(number, email=EMAIL))
    bring(site, EMAIL, *files)
    path, code = make_one(site, page, tmp_path, accessible)
    data = path.read_bytes()
    assert re.fullmatch(r"all-badges-\d{4}-\d\d-\d\d\.pdf", path.name)
    assert code in "".join(read(data)).replace(" ", "")
    assert len(attachments(data)) == 2

    registrar = new_page()
    registrar.goto("/t/")
    accessible(registrar)
    fits(registrar)
    registrar.get_by_label("Code").fill(code.lower())
    registrar.get_by_role("button", name="Compare").click()
    expect(registrar.get_by_text("Everything that the document says still holds")).to_be_visible()
    accessible(registrar)
    fits(registrar)
    registrar.locator("input[type=file]").set_input_files(path)
    registrar.get_by_role("button", name="Check this file").click()
    expect(registrar.get_by_text("this is the document, unaltered")).to_be_visible()
    accessible(registrar)
    fits(registrar)

    altered = tmp_path / "altered.pdf"
    altered.write_bytes(data[:9000] + bytes([data[9000] ^ 1]) + data[9001:])
    registrar.goto("/t/")
    registrar.locator("input[type=file]").set_input_files(altered)
    registrar.get_by_role("button", name="Check this file").click()
    expect(registrar.get_by_text("this file has been altered")).to_be_visible()
    accessible(registrar)
    assert not registrar.context.cookies()
