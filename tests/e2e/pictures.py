"""Pictures of the main pages with the demo's data, at two widths, in the light and in the dark.

`make pictures` runs this: all of them go to var/pictures, those of the README to docs/pictures.
"""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e import pictures_of_checks, pictures_of_imports
from tests.e2e.conftest import BROWSERS, QUIET
from tests.servers import ROOT
from tests.site import Site

SIZES = ((390, 844), (1280, 860))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
README = {"preview-1280-light", "backpack-1280-light", "badge-1280-light", "reader-390-dark"}
UUID = r"[0-9a-f]{8}-[0-9a-f-]{27}"


def told(words: str, label: str) -> str:
    """The value behind a label in what the demo prints."""
    found = re.search(rf"^\s*{label}\s+(\S+)", words, re.MULTILINE)
    assert found, f"the demo does not say its {label}:\n{words}"
    return found[1]


def link(page: Page, pattern: str) -> str:
    """The first address on this page that looks like this."""
    for anchor in page.locator("a[href]").all():
        address = anchor.get_attribute("href") or ""
        if re.fullmatch(pattern, address):
            return address
    raise AssertionError(f"{page.url} has no link to {pattern}")


def log_in(page: Page, words: str) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(told(words, "E-mail"))
    page.locator("input[name=password]").fill(told(words, "Password"))
    page.locator("form.form button[type=submit]").first.click()
    page.wait_for_url("**/badges/")


def tour(page: Page, words: str) -> Iterator[str]:
    """Go from page to page, and name each one that is worth a picture."""
    shared = told(words, "Shared")
    page.goto("/")
    yield "home"
    page.goto("/accounts/signup/")
    yield "sign-up"
    page.goto(shared)
    yield "reader"
    page.goto(link(page, rf"/s/[^/]+/badges/{UUID}/"))
    yield "reader-badge"
    page.goto("/people/")
    yield "directory"
    page.goto("/people/?add=sql,python,statistics")
    yield "directory-found"
    page.locator(".people a").first.click()
    yield "directory-person"
    log_in(page, words)
    yield "backpack"
    page.goto(link(page, rf"/badges/{UUID}/"))
    yield "badge"
    page.goto("/badges/import/")
    yield "import"
    page.goto(link(page, rf"/badges/import/{UUID}/"))
    yield "import-done"
    page.goto("/pages/")
    yield "pages"
    page.goto(link(page, rf"/pages/{UUID}/"))
    yield "page-edit"
    page.goto("/links/")
    yield "links"
    page.goto(link(page, rf"/links/{UUID}/"))
    yield "link-made"
    page.goto(link(page, rf"/links/{UUID}/badges/"))
    yield "link-choose"
    page.goto("/documents/")
    yield "documents"
    page.goto("/me/")
    yield "profile"
    page.goto("/me/directory/")
    yield "listing"
    page.goto("/me/messages/")
    yield "messages"
    page.goto("/me/export/")
    yield "export"


def checks(browser: Browser, site: Site, words: str) -> list[tuple[str, str]]:
    """Addresses of answers of /verify, each with its name. They stand for an hour."""
    context = browser.new_context(base_url=site.url, locale="en-GB")
    page = context.new_page()
    log_in(page, words)
    badges = pictures_of_checks.given(page)
    context.close()
    found = pictures_of_checks.checked(browser, site.url, badges)
    return [("verify", "/verify/"), *((f"verify-{state}", url) for state, url in found)]


def visits(page: Page, addresses: list[tuple[str, str]]) -> Iterator[str]:
    for name, address in addresses:
        page.goto(address)
        yield name


def shoot(
    browser: Browser,
    site: Site,
    folder: Path,
    pages: Callable[[Page], Iterator[str]],
    session: Any = None,
) -> None:
    for width, height in SIZES:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            locale="en-GB",
            storage_state=session,
        )
        page = context.new_page()
        for name in pages(page):
            for scheme in SCHEMES:
                # Loaded anew: colours fade when the scheme changes under a page.
                page.emulate_media(color_scheme=scheme)
                page.reload(wait_until="networkidle")
                picture = f"{name}-{width}-{scheme}"
                page.screenshot(path=folder / f"{picture}.png", full_page=picture not in README)
        context.close()


def main() -> None:
    folder, chosen = ROOT / "var" / "pictures", ROOT / "docs" / "pictures"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    chosen.mkdir(parents=True, exist_ok=True)
    browser_path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with (
        pictures_of_checks.lists() as allowed,
        pictures_of_imports.Painted() as platform,
        Site(
            "sqlite",
            FETCH_ALLOW=f"{allowed},{platform.allow}",
            SOURCE_HOSTS=platform.source_host,
        ) as site,
        sync_playwright() as playwright,
    ):
        words = site.manage("demo").stdout
        browser = playwright.chromium.launch(executable_path=browser_path, args=QUIET.split())
        answers = checks(browser, site, words)
        shoot(browser, site, folder, lambda page: visits(page, answers))
        shoot(browser, site, folder, lambda page: tour(page, words))
        session, found = pictures_of_imports.prepared(browser, site, platform)
        shoot(browser, site, folder, lambda page: pictures_of_imports.visits(page, found), session)
        browser.close()
    for name in sorted(README):
        # 256 colours are enough for a page and a third of the bytes.
        with Image.open(folder / f"{name}.png") as picture:
            picture.convert("RGB").quantize(256).save(chosen / f"{name}.png", optimize=True)
    sys.stdout.write(f"{len(list(folder.iterdir()))} pictures in {folder.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
