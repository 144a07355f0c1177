"""One page, many readers: three links with three fates, checks anew, a frame in a foreign page."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from badges.openbadges import recipient
from tests.credentials import Signer
from tests.e2e.conftest import Console, NewPage, learner, make_person, on_one
from tests.issuer import Issuer
from tests.site import Backend, Site

pytestmark = pytest.mark.browser
EMAIL = "shares@example.org"
# The test's own browser says that it has no head, and is not counted as a reader.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
MAKE_PAGE = f"""
import time
from django.utils import timezone
from accounts.models import User
from badges.models import Badge
from portfolio.services import pages, sharing
now, ada = timezone.now(), User.objects.get(email="{EMAIL}")
User.objects.filter(pk=ada.pk).update(name="Ada Example")
page = pages.create(owner=ada, title="Boats and boards", line="I tie knots.", now=now)
mine = Badge.objects.owned_by(ada).order_by("name")
for _second in range(60):
    if mine.filter(checked_at__isnull=False).count() == 3:
        break
    time.sleep(1)
pages.add(page=page, badges=[badge.pk for badge in mine], now=now)
link = sharing.create(page=page, label="Everybody", now=now)
print(sharing.token_of(link))
"""


@pytest.fixture(scope="session")
def links() -> dict[Backend, str]:
    """What `shared` made so far on each site."""
    return {}


@pytest.fixture
def shared(
    site: Site,
    issuer: Issuer,
    tmp_path_factory: pytest.TempPathFactory,
    links: dict[Backend, str],
) -> str:
    """Ada's page with two signed badges and a hosted one; the path of a link to it."""
    if site.backend in links:
        return links[site.backend]
    make_person(site, EMAIL)
    folder, signer = tmp_path_factory.mktemp("badges"), Signer()
    for number in (1, 2):
        (folder / f"{number}.png").write_bytes(signer.baked(number, email=EMAIL))
    files = [str(path) for path in sorted(folder.iterdir())]
    # The worker may be quicker than the command, which then says that nothing was added yet.
    site.manage("import_badges", "--owner", EMAIL, *files, hosted(issuer), check=False)
    links[site.backend] = f"/s/{site.shell(MAKE_PAGE).strip()}/"
    return links[site.backend]


def hosted(issuer: Issuer, delay: float = 0) -> str:
    """A badge that its issuer hosts, and takes its time to show; its address."""
    body = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": issuer.url("/shared/badge.json"),
        "badge": {
            "type": "BadgeClass",
            "id": issuer.url("/shared/class.json"),
            "name": "Soldering",
            "description": "Solders without a bridge.",
            "criteria": {"narrative": "Solder ten joints."},
            "issuer": issuer.url("/shared/issuer.json"),
        },
        "recipient": {
            "type": "email",
            "hashed": True,
            "salt": "s",
            "identity": recipient.hash(EMAIL, "s"),
        },
        "verification": {"type": "HostedBadge"},
        "issuedOn": "2026-02-01T00:00:00Z",
    }
    issuer.put("/shared/class.json", body["badge"] | {"@context": body["@context"]})  # type: ignore[operator]  # both are dicts
    profile = {"type": "Issuer", "id": issuer.url("/shared/issuer.json"), "name": "City Lab"}
    issuer.put("/shared/issuer.json", profile | {"@context": body["@context"]})
    return issuer.put("/shared/badge.json", json.dumps(body), delay=delay)


def make_link(page: Page, label: str, **terms: str) -> str:
    """Through the form, as Ada does it; the link's address."""
    page.goto("/pages/")
    page.get_by_role("link", name="Boats and boards").first.click()
    page.get_by_role("link", name="Share").click()
    page.get_by_label("Who is it for?").fill(label)
    for field, words in terms.items():
        page.locator(f"[name={field}]").fill(words)
    page.get_by_role("button", name="Create link").click()
    return page.get_by_label("The link").input_value()


def test_three_links_with_three_fates(
    site: Site,
    shared: str,
    page: Page,
    new_page: NewPage,
    accessible: Callable[[Page], None],
    console: Console,
) -> None:
    learner(site, page, EMAIL)
    chosen = make_link(page, "Acme, boat builder")
    page.get_by_role("link", name="Choose its badges").click()
    accessible(page)
    page.get_by_label("Knots, part 1").first.uncheck()
    page.get_by_role("button", name="Move Soldering up").click()
    expect(page.get_by_role("button", name="Move Soldering up")).to_be_focused()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 badges of the page, chosen for this link")).to_be_visible()
    expect(page.get_by_text("Nobody has opened it yet.")).to_be_visible()
    for place in page.locator("details.place > summary").all():
        place.click()
    accessible(page)
    locked = make_link(page, "Board of the school", password="open sesame")
    ended = make_link(page, "Harbour café")

    reader = new_page(user_agent=PERSON)
    reader.goto(chosen)
    expect(reader.locator(".badge-card h3")).to_have_text(["Soldering", "Knots, part 2"])
    expect(reader.locator("#summary")).to_contain_text("2 of 2 verified")
    reader.goto(locked)
    console.expect("422")
    reader.get_by_label("Password").fill("open barley")
    reader.get_by_role("button", name="Open the page").click()
    expect(reader.get_by_text("This is not the password.")).to_be_visible()
    reader.get_by_label("Password").fill("open sesame")
    reader.get_by_role("button", name="Open the page").click()
    expect(reader.locator(".badge-card")).to_have_count(3)
    reader.goto(ended)
    expect(reader.get_by_role("heading", name="Ada Example")).to_be_visible()

    page.goto("/links/")
    row = page.get_by_role("row", name="Harbour café")
    expect(row).to_contain_text("1 time")
    row.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("row", name="Harbour café")).to_contain_text("Withdrawn")
    accessible(page)
    console.expect("404")
    answer = reader.goto(ended)
    assert answer is not None
    assert answer.status == 404
    expect(reader.get_by_text("Ada")).to_have_count(0)
    # Its owner looks at her own page, which is no opening.
    page.goto(chosen)
    page.goto("/links/")
    expect(page.get_by_role("row", name="Acme, boat builder")).to_contain_text("1 time")


@on_one
def test_an_employer_without_javascript(
    site: Site, shared: str, new_page: NewPage, accessible: Callable[[Page], None]
) -> None:
    reader = new_page(java_script_enabled=False)
    reader.goto(shared)
    expect(reader.locator("#summary")).to_contain_text("3 of 3 verified")
    reader.get_by_role("link", name="Soldering").first.click()
    expect(reader.get_by_text("Solder ten joints.")).to_be_visible()
    headings = reader.get_by_role("heading", level=2).all_inner_texts()
    assert headings.index("What had to be done") < headings.index("Evidence")
    reader.go_back()
    reader.locator("#checks").get_by_role("button", name="Run again").click()
    for _look in range(40):
        if reader.get_by_text("Everything has been checked again").count():
            break
        reader.wait_for_timeout(500)
        reader.goto(reader.url.partition("#")[0])
    expect(reader.get_by_text("Everything has been checked again")).to_be_visible()
    with reader.expect_download() as table:
        reader.locator("#take-away").get_by_role("link", name="Table").click()
    text = Path(table.value.path()).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["Badge"] for row in rows} == {"Knots, part 1", "Knots, part 2", "Soldering"}
    assert reader.context.cookies() == []


def test_an_employer_checks_again_while_one_issuer_is_slow(
    site: Site,
    shared: str,
    issuer: Issuer,
    new_page: NewPage,
    accessible: Callable[[Page], None],
) -> None:
    hosted(issuer, delay=7)
    reader = new_page()
    reader.goto(shared)
    reader.locator("#checks").get_by_role("button", name="Run again").click()
    slow = reader.get_by_role("row", name="Soldering")
    quick = reader.get_by_role("row", name="Knots, part 1")
    # Nothing is pressed from here on: the page follows by itself.
    expect(reader.locator("#progress")).to_contain_text("1 of 3 still to go", timeout=20_000)
    expect(slow).to_contain_text("Being checked")
    expect(quick).not_to_contain_text("Being checked")
    accessible(reader)
    expect(reader.locator("#progress")).to_contain_text("Everything", timeout=40_000)
    expect(slow).not_to_contain_text("Being checked")
    expect(reader.locator("#summary")).to_contain_text("3 of 3 verified")
    hosted(issuer)


@on_one
def test_a_page_inside_a_foreign_page(
    site: Site,
    shared: str,
    new_page: NewPage,
    accessible: Callable[[Page], None],
    console: Console,
) -> None:
    reader = new_page()
    reader.goto(shared)
    asks = reader.locator('link[type="application/json+oembed"]').get_attribute("href")
    told = reader.request.get(str(asks)).json()
    with Issuer() as foreign:
        console.expect(f"left the machine: {foreign.url('/')}")
        console.expect("Failed to execute 'postMessage'")  # of axe, to the frame
        page = (
            f'<!doctype html><html lang="en"><title>Blog</title><main><h1>Blog</h1>{told["html"]}'
        )
        policy = f"default-src 'none'; style-src 'unsafe-inline'; frame-src {site.url}"
        headers = {"Content-Security-Policy": policy}
        foreign.put("/blog", page, content_type="text/html", headers=headers)
        whole = page.replace("embed/", "")
        foreign.put("/whole", whole, content_type="text/html", headers=headers)
        visitor = new_page()
        visitor.goto(foreign.url("/blog"))
        frame = visitor.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Ada Example")).to_be_visible()
        expect(frame.get_by_text("3 of 3 verified")).to_be_visible()
        accessible(visitor)
        assert visitor.context.cookies() == []
        with visitor.context.expect_page() as opened:
            frame.get_by_role("link", name="See every check").click()
        opened.value.wait_for_load_state()
        expect(opened.value.locator("#summary")).to_contain_text("3 of 3")
        # The page itself may stand in nobody's frame.
        console.expect("frame-ancestors|X-Frame-Options|chrome-error|ERR_BLOCKED_BY_RESPONSE")
        visitor.goto(foreign.url("/whole"))
        expect(frame.get_by_role("heading", name="Ada Example")).to_have_count(0)
        assert visitor.context.cookies() == []
