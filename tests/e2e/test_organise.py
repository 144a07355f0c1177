"""Organising a full backpack: five hundred badges by keyboard alone, and without a script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewPage, on_one
from tests.site import Backend, Site

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
FILL = """
from badges.models import Badge, Verification
from tests.factories import make_badge, make_issuer, make_user
who = make_user("{email}")
make_badge(who, name="Knots 0", issuer=make_issuer("Harbour College"))
one = Badge.objects.get(owner=who)
kinds = ("Knots", "Statistics")
Badge.objects.bulk_create(
    Badge(owner=who, identity=f"urn:x:{{n}}", name=f"{{kinds[n % 2]}} {{n}}", issuer=one.issuer,
          issued_at=one.issued_at, result="valid", trust="signed", recipient="owner")
    for n in range(1, {count})
)
said = dict(checked_at=one.checked_at, result="valid", trust="signed", findings=[])
rest = Badge.objects.filter(owner=who, verifications=None)
Verification.objects.bulk_create(Verification(badge=badge, **said) for badge in rest)
"""


def learner(site: Site, page: Page, backend: Backend, name: str, count: int) -> None:
    """Somebody with this many badges, half of them about knots, who has signed in."""
    email = f"{name}-{backend}@example.org"
    site.shell(FILL.format(email=email, count=count))
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/badges/")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus, as somebody without a mouse does."""
    for _press in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")


def test_five_hundred_badges_by_keyboard_alone(
    site: Site, backend: Backend, page: Page, accessible: Callable[[Page], None]
) -> None:
    learner(site, page, backend, "keys", 500)
    tab_to(page, "#q")
    page.keyboard.type("knots")
    status = page.locator(".narrowed [role=status]")
    expect(status).to_have_text("250 badges fit")

    # All of a search, by its one box.
    tab_to(page, "[data-pick-all]")
    page.keyboard.press("Space")
    expect(page.locator("[data-bulk-count]")).to_have_text("250 chosen")
    tab_to(page, "#bulk-tags")
    page.keyboard.type("rope")
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("250 badges are now tagged “rope”.")
    expect(status).to_have_text("250 badges fit")

    # A word with a slip in it finds the others; a range of them goes on a new page.
    tab_to(page, "#q")
    page.keyboard.press("Control+a")
    page.keyboard.type("statsitics")
    expect(status).to_contain_text("this is for statistics")
    tab_to(page, "input[name=badge]")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("[data-bulk-count]")).to_have_text("5 chosen")
    page.keyboard.press("Shift+End")
    expect(page.locator("[data-bulk-count]")).to_have_text("60 chosen")
    accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator("#bulk-tags")).to_be_focused()
    tab_to(page, "[formaction]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pages/*/")
    expect(page.locator(".messages")).to_contain_text("60 badges are new on this page.")

    # Half a backpack away, and back with one key.
    page.goto("/badges/?q=knots&view=list")
    tab_to(page, "[data-pick-all]")
    page.keyboard.press("Space")
    tab_to(page, "button[value=remove]")
    page.keyboard.press("Enter")
    expect(page.locator(".removed-now")).to_contain_text("250 badges are out of your backpack")
    expect(page.locator(".empty h2")).to_have_text("No badge fits")
    tab_to(page, "[data-undo]")
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("250 badges are back.")
    expect(status).to_have_text("250 badges fit")


@on_one
def test_the_same_without_a_script_and_what_is_added_to_a_badge(
    site: Site, backend: Backend, new_page: NewPage, accessible: Callable[[Page], None]
) -> None:
    page = new_page(java_script_enabled=False)
    learner(site, page, backend, "plain", 6)
    page.locator("#q").fill("statstics")
    page.keyboard.press("Enter")
    expect(page.locator(".narrowed [role=status]")).to_contain_text("3 badges fit")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    page.get_by_label("Choose Statistics 1", exact=True).check()
    page.locator("#bulk-tags").fill("Data")
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.locator(".messages")).to_contain_text("1 badge is now tagged")
    page.goto("/badges/")
    page.get_by_role("link", name="Data 1").click()
    page.get_by_role("link", name="Statistics 1").click()

    page.get_by_text("Add evidence of your own").click()
    page.get_by_label("What is it?").fill("My survey")
    page.get_by_label("In your words").fill("Two hundred people answered.")
    page.get_by_role("button", name="Add evidence").click()
    expect(page.locator("#evidence")).to_contain_text("Two hundred people answered.")
    page.get_by_text("Write a note").click()
    page.get_by_role("textbox", name="What I think of it").fill("I would ask fewer questions.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#reflections")).to_contain_text("I would ask fewer questions.")

    scripted = new_page(storage_state=page.context.storage_state())
    address = page.url.partition("#")[0]
    for path in (address, f"{address}shown/add/", f"{address}notes/add/"):
        scripted.goto(path)
        accessible(scripted)
    scripted.goto(address)
    for link in ("#evidence", "#reflections"):
        scripted.locator(link).get_by_role("link", name="Edit").click()
        accessible(scripted)
        scripted.goto(address)
    scripted.get_by_text("Remove this badge").click()
    scripted.get_by_role("button", name="Remove from my backpack").click()
    scripted.get_by_role("link", name="You can put them back for a week.").click()
    expect(scripted.locator("main")).to_contain_text("Statistics 1")
    accessible(scripted)
    scripted.get_by_role("button", name="Put back").click()
    expect(scripted.locator(".messages")).to_contain_text("1 badge is back.")
