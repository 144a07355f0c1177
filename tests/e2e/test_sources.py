"""Every platform as its learners meet it: well at the first try, at its worst at the second.

The stories stand in `tests/simulators/stories.py`, a row each. Each ends with its import taken
back, so that any of them may come first. After them: what only one platform needs to show.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.conftest import PASSWORD, Console, NewPage, learner, on_one
from tests.simulators.base import Mode, Simulator
from tests.simulators.courses import Coursera, EdX
from tests.simulators.credly import USER, Credly, badge
from tests.simulators.stories import ADA, STORIES, Story
from tests.site import BACKENDS, Backend, Site

pytestmark = pytest.mark.browser
LOOK, WORK, LEAVE = "look@example.org", "work@example.org", "leave@example.org"
Check = Callable[[Page], None]


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    name: Backend = getattr(request, "param", "sqlite")
    return name


@pytest.fixture
def credly(simulators: dict[type[Simulator], Any]) -> Iterator[Credly]:
    """Credly, put back afterwards as every other story expects it."""
    one: Credly = simulators[Credly]
    kept = list(one.badges)
    yield one
    one.mode, one.badges = Mode.FINE, kept


def bring(page: Page, story: Story, simulator: Any, *, worst: bool = False) -> None:
    """Put it into the box, read what it is taken for, and look."""
    page.goto("/badges/import/")
    files = story.worst_files() if worst else story.files()
    if files:
        drop(page, files)
        expect(page.locator("[data-files]")).to_contain_text(next(iter(files)))
    else:
        page.get_by_label("Links or text").fill(story.link(simulator))
        expect(page.locator("#recognised")).to_contain_text(story.seen)
    look(page)


def drop(page: Page, files: Mapping[str, bytes]) -> None:
    given: list[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        for name, data in files.items()
    ]
    page.set_input_files("input[type=file]", given)


def look(page: Page) -> None:
    page.get_by_role("button", name="Look", exact=True).click()
    looked_at(page)


def looked_at(page: Page) -> None:
    expect(page.locator("h1")).not_to_have_text("Reading and checking", timeout=60_000)
    expect(page.locator("h1")).not_to_have_text("Bring your badges")


def headline(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def row(page: Page, name: str) -> Locator:
    return page.locator(".badge-row", has=page.get_by_text(name, exact=True)).first


def add(page: Page) -> None:
    """Add what is ticked, and look there no more."""
    for tick in page.locator("[name=follow]").all():
        tick.uncheck()
    page.locator(".choose-bar button[type=submit]").first.click()
    page.wait_for_url("**/import/*/")
    expect(page.locator("#added")).to_be_visible()


def take_back(page: Page) -> None:
    page.get_by_text("Take this import back").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#undone")).to_be_visible()


CASES = [
    pytest.param(backend, story, id=f"{story.name}, {backend}")
    for backend in BACKENDS
    for story in STORIES
    if backend in story.on
]


@pytest.mark.parametrize(("backend", "story"), CASES, indirect=["backend"])
def test_a_platform_at_its_best_and_at_its_worst(
    story: Story, site: Site, page: Page, simulators: dict[type[Simulator], Any], console: Console
) -> None:
    simulator = simulators[story.platform] if story.platform else None
    learner(site, page, ADA)
    bring(page, story, simulator)
    headline(page, "What was found")
    for group, count in story.groups.items():
        expect(page.locator(f"#{group} .badge-row")).to_have_count(count)
    assert page.locator("section.group").count() == len(story.groups)
    expect(row(page, story.badge)).to_contain_text(story.chip)
    ticked = page.locator("[name=item]:checked").count()
    add(page)
    headline(page, "In your backpack")
    expect(page.locator("#added .badge-row")).to_have_count(ticked)
    take_back(page)
    expect(page.locator("#undone .badge-row")).to_have_count(ticked)
    if simulator is not None:
        simulator.mode = story.worst
    try:
        bring(page, story, simulator, worst=True)
        expect(page.locator("main")).to_contain_text(story.told)
    finally:
        if simulator is not None:
            simulator.mode = Mode.FINE


def profile(one: Credly) -> str:
    return f"{one.url}/users/{USER}"


def test_a_site_that_asks_for_patience_disturbs_nobody_who_chooses(
    site: Site, page: Page, credly: Credly, accessible: Check, console: Console
) -> None:
    """One thing is here, another waits: ticks and focus stay while the page asks how it goes."""
    learner(site, page, "late@example.org")
    credly.mode = Mode.REFUSING
    page.goto("/badges/import/")
    page.get_by_label("Links or text").fill(profile(credly))
    zipped = next(story for story in STORIES if story.name == "badges in a ZIP").files()
    drop(page, zipped)
    look(page)
    headline(page, "What was found")
    waiting = page.locator("#waiting")
    expect(waiting).to_contain_text("refuses to answer programs at the moment (403)")
    expect(waiting).to_contain_text(re.compile(r"Next try at \d\d:\d\d UTC"))
    accessible(page)
    first = page.locator("[name=item]").first
    first.uncheck()
    first.focus()
    place = first.bounding_box()
    with page.expect_response("**/progress/**"):
        pass
    with page.expect_response("**/progress/**"):
        pass
    expect(first).not_to_be_checked()
    expect(first).to_be_focused()
    assert first.bounding_box() == place
    credly.mode = Mode.FINE
    page.get_by_role("button", name="Try now").click()
    looked_at(page)
    expect(row(page, "Chart reading, part 1")).to_be_visible(timeout=30_000)
    expect(page.locator("#waiting")).to_have_count(0)


def test_a_source_is_looked_at_again_and_every_change_is_told(
    site: Site, page: Page, credly: Credly, accessible: Check, console: Console
) -> None:
    learner(site, page, LOOK)
    credly.badges = [badge(number, email=LOOK) for number in range(100, 106)]
    page.goto("/badges/import/")
    page.get_by_label("Links or text").fill(profile(credly))
    look(page)
    page.get_by_role("button", name="Add 6 badges").click()
    headline(page, "In your backpack")
    page.goto("/badges/sources/")
    accessible(page)
    expect(page.locator(".source")).to_contain_text("6 badges")
    # The world goes on.
    credly.badges.insert(0, badge(106, email=LOOK))
    credly.badges[1].expires_on = "2031-05-05"
    credly.badges.pop()
    page.get_by_role("button", name="Look now").click()
    looked_at(page)
    headline(page, "What was found")
    expect(page.locator("#new .badge-row")).to_have_count(1)
    expect(page.locator("#changed .badge-row")).to_contain_text("It now ends on 5 May 2031.")
    expect(page.locator("#already .badge-row")).to_have_count(4)
    accessible(page)
    page.get_by_role("button", name="Add 2 badges").click()
    looked_at(page)
    headline(page, "In your backpack")
    page.locator("#changed a").first.click()
    expect(page.locator(".timeline")).to_contain_text("Changed by its issuer")
    page.goto("/badges/")
    page.get_by_role("link", name="1 is no longer listed where it came from").click()
    page.locator(".badge-name a").first.click()
    expect(page.locator("main")).to_contain_text("lists this badge no more")
    accessible(page)
    credly.mode = Mode.GONE
    page.goto("/badges/sources/")
    page.get_by_role("button", name="Look now").click()
    looked_at(page)
    page.goto("/badges/sources/")
    expect(page.locator(".source")).to_contain_text("Not read since")
    accessible(page)
    page.get_by_role("link", name="Remove").click()
    accessible(page)
    page.get_by_label("Remove them, from my pages too").check()
    page.get_by_role("button", name="Remove the source").click()
    expect(page.get_by_text("No sources yet")).to_be_visible()
    page.goto("/badges/")
    expect(page.get_by_role("link", name="Paste a link")).to_be_visible()


def test_what_was_left_out_is_folded_away_and_can_still_be_had(
    site: Site, page: Page, credly: Credly, accessible: Check, console: Console
) -> None:
    learner(site, page, LEAVE)
    credly.badges = [badge(number, email=LEAVE) for number in range(300, 304)]
    page.goto("/badges/import/")
    page.get_by_label("Links or text").fill(profile(credly))
    look(page)
    for name in ("Chart reading, part 301", "Signal flags, part 302"):
        page.locator("label", has_text=name).click()
    page.get_by_role("button", name="Add 2 badges").click()
    headline(page, "In your backpack")
    page.goto("/badges/sources/")
    page.get_by_role("button", name="Look now").click()
    looked_at(page)
    headline(page, "Nothing new")
    left = page.locator("#left_out")
    expect(left.locator(".badge-row")).to_have_count(2)
    expect(left.locator(".badge-row").first).to_be_hidden()
    left.get_by_text("Show them").click()
    accessible(page)
    left.locator("label", has_text="Chart reading, part 301").click()
    left.get_by_role("button", name="Add the ticked badges").click()
    looked_at(page)
    headline(page, "In your backpack")
    expect(page.locator("#added .badge-row")).to_contain_text("part 301")
    expect(left.locator(".badge-row")).to_have_count(1)


def test_a_badge_for_another_address_counts_once_that_is_confirmed(
    site: Site, page: Page, credly: Credly, accessible: Check, console: Console
) -> None:
    other = "ada.at.work@example.com"
    learner(site, page, WORK)
    credly.badges = [badge(200, email=WORK), badge(201, email=other)]
    page.goto("/badges/import/")
    page.get_by_label("Links or text").fill(profile(credly))
    look(page)
    expect(page.locator("#other .badge-row")).to_have_count(1)
    expect(page.locator("#other [name=item]")).not_to_be_checked()
    accessible(page)
    page.get_by_role("button", name="Confirm that address").click()
    page.locator("#add-address ~ form input[type=email]").fill(other)
    page.get_by_role("button", name="Add an address").click()
    page.locator("input[type=password]").fill(PASSWORD)  # a lock is changed: is it really Ada?
    page.locator("main form button[type=submit]").first.click()
    mail = site.mail(to=other)
    link = re.search(r"http://localhost:\d+/accounts/confirm-email/\S+", mail.get_content())
    assert link, mail.get_content()
    page.goto(link.group())
    page.get_by_role("button", name="Yes, confirm it").click()
    headline(page, "What was found")
    expect(page.locator("#new .badge-row")).to_have_count(2, timeout=30_000)
    expect(page.locator("#other")).to_have_count(0)
    page.get_by_role("button", name="Add 2 badges").click()
    headline(page, "In your backpack")


@on_one
def test_it_all_works_with_a_keyboard_alone(
    site: Site, page: Page, simulators: dict[type[Simulator], Any], console: Console
) -> None:
    learner(site, page, "keys@example.org")
    page.goto("/badges/import/")
    page.get_by_label("Links or text").focus()
    page.keyboard.type(simulators[Coursera].certificate)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    looked_at(page)
    tick = page.locator("[name=item]")
    tick.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Add none of them")).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Add 1 badge")).to_be_focused()
    page.keyboard.press("Enter")
    headline(page, "In your backpack")


@on_one
def test_it_all_works_without_scripts(
    site: Site, new_page: NewPage, simulators: dict[type[Simulator], Any], console: Console
) -> None:
    page = new_page(java_script_enabled=False)
    learner(site, page, "plain@example.org")
    page.goto("/badges/import/")
    page.get_by_label("Links or text").fill(simulators[EdX].certificate)
    page.get_by_role("button", name="Look", exact=True).click()
    for _try in range(100):
        if page.locator("#choose").count() or page.locator("#refused").count():
            break
        page.wait_for_timeout(200)
        page.get_by_role("link", name="See how far it is").click()
    page.get_by_role("button", name="Add the ticked badges").click()
    headline(page, "In your backpack")
