"""A page is built by keyboard alone, with a script and without: sections, notes, look, undo."""

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Console, NewPage, fits, learner, on_one
from tests.site import Site

pytestmark = pytest.mark.browser
BADGES = """
from accounts.models import User
from tests.factories import make_badge
user = User.objects.get(email={email!r})
for name in ("Statistics", "Rhetoric", "Rope work"):
    make_badge(user, name=name)
"""


def press(page: Page, what: Locator, key: str = "Enter") -> None:
    """As somebody does who has no mouse: the focus goes there, and a key is pressed."""
    what.focus()
    expect(what).to_be_focused()
    page.keyboard.press(key)


def badges_of(page: Page) -> list[str]:
    return [name.strip() for name in page.locator("#parts [data-entry] h3").all_inner_texts()]


def build(site: Site, page: Page, email: str) -> None:
    """From an empty backpack's owner to a page with a look."""
    learner(site, page, email)
    site.shell(BADGES.format(email=email))
    page.goto("/pages/new/")
    page.get_by_label("Title").fill("Analyst")
    press(page, page.get_by_role("button", name="Make the page"))
    page.wait_for_url("**/pages/*-*/")
    for name in ("Statistics", "Rhetoric", "Rope work"):
        press(page, page.get_by_role("checkbox", name=name), "Space")
    press(page, page.get_by_role("button", name="Add the ticked badges"))
    expect(page.locator("#parts [data-entry]")).to_have_count(3)


@on_one
def test_a_page_is_built_by_keyboard(
    site: Site, page: Page, new_page: NewPage, accessible: Callable[[Page], None], console: Console
) -> None:
    console.expect("409")
    build(site, page, "builder@example.org")
    before = badges_of(page)
    down = page.get_by_role("button", name=f"Move {before[0]} down")
    press(page, down)
    expect(page.locator("#saved-words")).to_contain_text("is now badge 2 of 3")
    assert badges_of(page) == [before[1], before[0], before[2]]
    expect(page.get_by_role("button", name=f"Move {before[0]} down")).to_be_focused()

    press(page, page.get_by_role("button", name="Text Who you are"))
    words = page.locator("#parts textarea[name=text]").last
    words.focus()
    page.keyboard.type("I **count** what counts.")
    expect(page.locator("#saved-words")).to_contain_text("Saved.")
    with page.expect_response("**/look/"):
        press(page, page.get_by_role("radio", name="Plum"), "Space")
    page.reload()
    expect(page.locator("#parts textarea[name=text]").last).to_have_value(
        "I **count** what counts."
    )
    expect(page.get_by_role("radio", name="Plum")).to_be_checked()
    accessible(page)
    fits(page)

    # A second tab goes on; the first is told, and loses nothing.
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("#parts textarea[name=text]").last.fill("The other tab")
    expect(other.locator("#saved-words")).to_contain_text("Saved.")
    expect(page.get_by_text("This page was changed in another tab.")).to_be_visible()
    page.locator("#parts textarea[name=text]").last.fill("Mine")
    keep = page.get_by_role("button", name="Keep what I wrote")
    expect(keep).to_be_visible()
    press(page, keep)
    expect(page.locator("#saved-words")).to_contain_text("Saved.")
    expect(keep).to_have_count(0)
    other.close()

    page.locator("h1").click()
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Undone: section")).to_be_visible()
    press(page, page.get_by_role("link", name="Preview"))
    page.wait_for_url("**/preview/")
    assert page.locator("body.accent-plum").count() == 1
    accessible(page)
    fits(page)


@on_one
def test_the_same_page_is_built_without_a_script(site: Site, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    build(site, page, "plain-builder@example.org")
    before = badges_of(page)
    page.get_by_role("button", name=f"Move {before[0]} down").press("Enter")
    expect(page.get_by_text("is now badge 2 of 3")).to_be_visible()
    assert badges_of(page)[1] == before[0]
    page.get_by_role("button", name="Text Who you are").press("Enter")
    part = page.locator("#parts .part").last
    part.locator("textarea[name=text]").fill("I **count** what counts.")
    part.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.locator("#look").get_by_text("Cover").click()
    page.locator("#look").get_by_role("button", name="Save").press("Enter")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("Undone: the look.")).to_be_visible()
    page.get_by_role("button", name="Do again").press("Enter")
    page.get_by_role("link", name="Preview").press("Enter")
    expect(page.locator("body.layout-cover")).to_have_count(1)
    expect(page.locator("strong", has_text="count")).to_be_visible()


@on_one
def test_every_mix_of_a_theme_reads_well_and_stays_in_its_window(
    site: Site, page: Page, accessible: Callable[[Page], None]
) -> None:
    """The demo's page has sections of every kind."""
    said = site.manage("demo").stdout
    address = next(line.split()[-1] for line in said.splitlines() if "/s/" in line)
    page.goto(address)
    swap = partial(page.evaluate, "(classes) => { document.body.className = classes; }")
    looks = [
        ("laurel", "classic", "editorial"), ("ink", "column", "book"), ("plum", "cover", "modern"),
        ("clay", "cover", "book"), ("teal", "column", "modern"), ("graphite", "classic", "book"),
    ]  # fmt: skip
    for accent, layout, typeface in looks:
        swap(f"portfolio-page accent-{accent} layout-{layout} type-{typeface}")
        accessible(page)
    for width in (320, 390, 768, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        for layout in ("classic", "column", "cover"):
            swap(f"portfolio-page accent-ink layout-{layout} type-editorial")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
