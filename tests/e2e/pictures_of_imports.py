"""Pictures of bringing badges: a preview with every state that a row can have, and the sources.

The profile is a simulated one whose pictures are the demo's, drawn for it.
"""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page, expect

from portfolio.services.demo import bench
from portfolio.services.demo.catalogue import AWARDS, ISSUERS
from tests.credentials import Signer
from tests.simulators import credly
from tests.simulators.base import NOT_THERE, Answer, Request
from tests.site import Site

ADA, PASSWORD = "ada@example.org", "correct horse battery"
MAKE_ADA = f"""
from allauth.account.models import EmailAddress
from accounts.models import User
user = User.objects.create_user("{ADA}", "{PASSWORD}")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
"""
HERE = ("statistics", "sql", "merged")
LATER: dict[str, dict[str, Any]] = {
    "visualising": {},
    "python": {"expires_on": "2031-03-14"},
    "forecasting": {"served": False},
    "english": {"email": "a.lovelace@work.example"},
    "firstaid": {"expires_on": "2025-09-01"},
    "dashboard": {"revoked": "Issued in error", "as_410": False},
}


class Painted(credly.Credly):
    """The simulated platform, with a drawing for each badge."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.badges = [self.drawn(slug) for slug in HERE]

    @staticmethod
    def drawn(slug: str, **changes: Any) -> credly.Badge:
        award = AWARDS[slug]
        number = list(AWARDS).index(slug) + 1
        issuer = ISSUERS[award.issuer].name
        plain = {"name": award.name, "issuer": issuer, "email": ADA}
        return credly.badge(number, **(plain | changes))

    def answer(self, request: Request) -> Answer:
        if request.path.startswith("/images/"):
            one = self.by("template", request.path.split("/")[2])
            if one is None:
                return NOT_THERE
            data = bench.picture(list(AWARDS)[one.number - 1])
            kind = "image/png" if data.startswith(b"\x89PNG") else "image/svg+xml"
            return Answer(data, content_type=kind)
        return super().answer(request)


def unanswered() -> bytes:
    """A good badge whose issuer does not say today whether it still stands."""
    signer = Signer("Harbour College")
    status = signer.status(7) | {"statusListCredential": "https://gone.test/status"}
    return signer.file(1, email=ADA, name="Chart reading", credentialStatus=status)


def prepared(browser: Browser, site: Site, platform: Painted) -> tuple[Any, str]:
    """Somebody who follows a profile and brings it once more after it has changed: their session,
    and the address of what was found."""
    site.manage("shell", "-v", "0", "-c", MAKE_ADA)
    context = browser.new_context(base_url=site.url, locale="en-GB")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(ADA)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form.form button[type=submit]").first.click()
    page.wait_for_url("**/badges/")
    look(page, platform)
    page.locator(".choose-bar button[type=submit]").first.click()
    expect(page.locator("#added")).to_be_visible()
    platform.badges[0].expires_on = "2030-12-31"
    platform.badges += [platform.drawn(slug, **changes) for slug, changes in LATER.items()]
    look(page, platform, **{"badge.json": unanswered(), "notes.txt": b"Not a badge"})
    state, address = context.storage_state(), page.url
    context.close()
    return state, address


def look(page: Page, platform: Painted, **files: bytes) -> None:
    page.goto("/badges/import/")
    page.get_by_label("Links or text").fill(f"{platform.url}/users/{credly.USER}")
    given: list[Any] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        for name, data in files.items()
    ]
    page.set_input_files("input[type=file]", given)
    page.get_by_role("button", name="Look", exact=True).click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("What was found", timeout=60_000)


def visits(page: Page, address: str) -> Iterator[str]:
    """Each page that is worth a picture. `page` is theirs, signed in."""
    page.goto(address)
    yield "preview"
    page.goto("/badges/sources/")
    yield "sources"
