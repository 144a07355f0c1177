"""The whole story: from signing up to the PDF on an employer's desk, in a real browser."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from badges.openbadges import recipient
from tests.credentials import Signer
from tests.e2e.conftest import PASSWORD, Console, NewPage
from tests.issuer import Issuer
from tests.site import Site

pytestmark = pytest.mark.browser
EMAIL = "ada.story@example.org"


def hosted_badge(issuer: Issuer, under: str) -> str:
    """An Open Badges 2.0 badge that its issuer hosts in this folder; its address."""
    profile = issuer.put(
        f"{under}/issuer.json",
        {
            "type": "Issuer",
            "id": issuer.url(f"{under}/issuer.json"),
            "name": "City Lab",
            "url": "https://city-lab.example",
        },
    )
    badge_class = issuer.put(
        f"{under}/class.json",
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "BadgeClass",
            "id": issuer.url(f"{under}/class.json"),
            "name": "Soldering",
            "description": "Solders without a bridge.",
            "criteria": {"narrative": "Solder ten joints."},
            "image": issuer.url(f"{under}/none.png"),
            "issuer": profile,
        },
    )
    return issuer.put(
        f"{under}/badge.json",
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "id": issuer.url(f"{under}/badge.json"),
            "badge": badge_class,
            "recipient": {
                "type": "email",
                "hashed": True,
                "salt": "s",
                "identity": recipient.hash(EMAIL, "s"),
            },
            "verification": {"type": "HostedBadge"},
            "issuedOn": "2026-02-01T00:00:00Z",
        },
    )


def sign_up(site: Site, page: Page, accessible: Callable[[Page], None]) -> None:
    page.goto("/")
    accessible(page)
    page.get_by_role("link", name=re.compile("create", re.I)).first.click()
    accessible(page)
    page.get_by_label(re.compile("^e-?mail", re.I)).fill(EMAIL)
    page.locator("input[type=password]").first.fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    mail = site.mail(to=EMAIL)
    link = re.search(r"http://localhost:\d+/accounts/confirm-email/\S+", mail.get_content())
    assert link, mail.get_content()
    page.goto(link.group())
    accessible(page)
    page.get_by_role("button", name="Yes, confirm it").click()
    expect(page).to_have_url(re.compile("/badges/$"))
    accessible(page)


def import_badges(
    page: Page, issuer: Issuer, folder: Path, accessible: Callable[[Page], None]
) -> None:
    page.get_by_role("link", name="Paste a link").click()
    accessible(page)
    signer = Signer("Harbour College")
    expired = {"validUntil": "2026-03-01T00:00:00Z"}
    files = {
        "knots.png": signer.baked(1, email=EMAIL),
        "splices.json": signer.file(2, email=EMAIL),
        "radio.json": signer.file(3, email=EMAIL, **expired),
        "not-a-badge.json": b'{"hello": "world"}',
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    page.set_input_files("input[type=file]", [folder / name for name in files])
    page.get_by_label("Links or text").fill(hosted_badge(issuer, "/story"))
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("heading", name="What was found")).to_be_visible(timeout=60_000)
    accessible(page)
    page.get_by_role("button", name="Add 4 badges").click()
    expect(page.get_by_role("heading", name="In your backpack")).to_be_visible()
    expect(page.get_by_text("4 badges added")).to_be_visible()
    expect(page.get_by_text("1 not added")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Soldering").click()
    expect(page.get_by_role("heading", name="Soldering")).to_be_visible()
    expect(page.get_by_text("Solder ten joints.")).to_be_visible()
    accessible(page)
    with page.expect_download() as original:
        page.get_by_role("link", name="Download the original").click()
    assert json.loads(original.value.path().read_bytes())["id"] == issuer.url("/story/badge.json")


def make_page(page: Page, accessible: Callable[[Page], None]) -> str:
    """A page of all four badges and a link to it; the link's address."""
    page.goto("/pages/")
    accessible(page)
    page.get_by_role("link", name="Make a page").click()
    page.get_by_label("Title").fill("Boats and boards")
    page.get_by_label("A line for its readers").fill("I tie knots and solder.")
    page.get_by_role("button", name="Make the page").click()
    # `all` takes what is there at that moment, and so must not be asked before the editor is.
    expect(page.get_by_role("checkbox", name=re.compile("Soldering"))).to_be_visible()
    for tick in page.get_by_role("checkbox").all():
        if tick.get_attribute("name") == "badge":
            tick.check()
    accessible(page)
    page.get_by_role("button", name="Add the ticked badges").click()
    expect(page.locator("li.entry")).to_have_count(4)
    first = page.locator("li.entry h3").first.inner_text()
    page.get_by_role("button", name=f"Move {first} down").click()
    expect(page.locator("li.entry h3").nth(1)).to_have_text(first)
    accessible(page)
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_text("Only you see it here.")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Back to the editor").click()
    page.get_by_role("link", name="Share").click()
    page.get_by_label("Who is it for?").fill("Acme, boat builder")
    page.get_by_label("Name shown").fill("Ada Example")
    accessible(page)
    page.get_by_role("button", name="Create link").click()
    accessible(page)
    return page.get_by_label("The link").input_value()


def read_as_employer(
    reader: Page, link: str, issuer: Issuer, accessible: Callable[[Page], None]
) -> str:
    """Open the link, look around, have everything checked again, take the PDF; its text."""
    reader.goto(link)
    expect(reader.get_by_role("heading", name="Ada Example")).to_be_visible()
    expect(reader.locator("#summary")).to_contain_text("3 of 4 verified on")
    accessible(reader)
    reader.get_by_role("link", name="Soldering").first.click()
    expect(reader.get_by_text("Solder ten joints.")).to_be_visible()
    accessible(reader)
    reader.go_back()
    asked = len(issuer.requests)
    reader.get_by_role("button", name="Check this portfolio").click()
    expect(reader.locator("#summary")).to_contain_text("3 of 4 verified on")
    reader.wait_for_timeout(500)
    expect(reader.get_by_text("Being checked")).to_have_count(0, timeout=60_000)
    assert len(issuer.requests) > asked
    reader.get_by_role("button", name="Get the PDF").click()
    expect(reader.get_by_role("link", name="Download PDF")).to_be_visible(timeout=60_000)
    accessible(reader)
    with reader.expect_download() as download:
        reader.get_by_role("link", name="Download PDF").click()
    assert reader.context.cookies() == []
    document = pypdfium2.PdfDocument(download.value.path())
    return "\n".join(sheet.get_textpage().get_text_bounded() for sheet in document)


def test_from_sign_up_to_the_employers_pdf(
    site: Site,
    issuer: Issuer,
    page: Page,
    new_page: NewPage,
    accessible: Callable[[Page], None],
    console: Console,
    tmp_path: Path,
) -> None:
    sign_up(site, page, accessible)
    import_badges(page, issuer, tmp_path, accessible)
    link = make_page(page, accessible)
    text = read_as_employer(new_page(), link, issuer, accessible)
    for words in ("Ada Example", "Boats and boards", "Soldering", "Knots, part 1", "City Lab"):
        assert words in text
    assert re.search(r"3 of 4", text)
    code = re.search(r"/t/(\S+?)/?\s", text)
    assert code, text
    reader = new_page()
    reader.goto(f"/t/{code.group(1).rstrip('/')}/")
    expect(reader.get_by_text("Soldering").first).to_be_visible()
    accessible(reader)
    page.get_by_role("button", name="Withdraw").click()
    console.expect("404")
    reader.goto(link)
    expect(reader.get_by_text("Ada")).to_have_count(0)
    accessible(reader)
    assert "No faults." in site.manage("fsck").stdout
