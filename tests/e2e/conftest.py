"""A real browser before the real site, on both set-ups, that fails on any word in its console.

    pytestmark = pytest.mark.browser

    def test_a_story(site: Site, page: Page) -> None:       # once on SQLite, once on the servers
        learner(site, page, "story@example.org")            # somebody new, signed in
        page.goto("/badges/")

    accessible(page)      axe, in the light and in the dark
    fits(page)            nothing is wider than a phone's window, or a desk's
    console.expect("404") a message that this test provokes on purpose
    @on_one               a story of the page alone, which no database or broker can change
    new_page(...)         another visitor: a context without the first one's cookies
    issuer, simulators    what the site can reach: put things at addresses of your own

One process has one site of each kind for all its stories, so each story makes people of its own.
Under CSP no script tag can be added to a page: use `page.evaluate`.
"""

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.issuer import Issuer
from tests.simulators.base import Simulator, sites
from tests.simulators.stories import PLATFORMS
from tests.site import BACKENDS, Backend, Site

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
QUIET = (
    "--no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking"
    " --disable-component-update --disable-sync --no-first-run"
)
VIOLATIONS = """
addEventListener('securitypolicyviolation', (event) => console.error(
  `CSP: ${event.violatedDirective} blocked ${event.blockedURI || 'inline'} ${event.sample}`));
"""
# Half-way from light to dark, every contrast is wrong; and Chromium leaves some inherited colours
# of the old scheme standing until their styles are made anew.
SETTLED = """
document.body.hidden = true;
void document.body.offsetHeight;
document.body.hidden = false;
new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))
  .then(() => Promise.all(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().iterations !== Infinity)
    .map((one) => one.finished.catch(() => null))))
  .then(() => true)
"""
PASSWORD = "correct horse battery"  # of everybody here
expect.set_options(timeout=10_000)


def where(said: ConsoleMessage) -> str:
    return f"({said.location['url']})"


class Console:
    """What browsers said in this test, and what they asked of other machines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.expected: list[str] = []

    def expect(self, pattern: str) -> None:
        self.expected.append(pattern)

    def listen(self, context: BrowserContext) -> None:
        context.add_init_script(VIOLATIONS)
        context.on(
            "console", lambda said: self.lines.append(f"{said.type}: {said.text} {where(said)}")
        )
        context.on("weberror", lambda error: self.lines.append(f"exception: {error.error}"))
        context.on("request", lambda request: self._watch(request.url))

    def _watch(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "localhost":
            self.lines.append(f"left the machine: {url}")

    def unexpected(self) -> list[str]:
        return [line for line in self.lines if not any(re.search(p, line) for p in self.expected)]


class NewPage(Protocol):
    def __call__(self, **options: Any) -> Page: ...


on_one = pytest.mark.parametrize("backend", ["sqlite"], indirect=True, scope="session")


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    name: Backend = request.param
    return name


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="session")
def simulators() -> Iterator[dict[type[Simulator], Any]]:
    with contextlib.ExitStack() as running:
        yield {kind: running.enter_context(kind()) for kind in PLATFORMS}


@pytest.fixture(scope="session")
def site_on(
    issuer: Issuer, simulators: dict[type[Simulator], Any]
) -> Iterator[Callable[[Backend], Site]]:
    """The site of each set-up, started when first asked for and kept: stories come in any order,
    and a site that was stopped between two of them would cost more than both."""
    reached = sites(*simulators.values())
    allowed = f"{reached['FETCH_ALLOW']},{issuer.address}"
    started: dict[Backend, Site] = {}
    with contextlib.ExitStack() as running:

        def on(backend: Backend) -> Site:
            if backend not in started:
                site = Site(backend, FETCH_ALLOW=allowed, SOURCE_HOSTS=reached["SOURCE_HOSTS"])
                started[backend] = running.enter_context(site)
            return started[backend]

        yield on


@pytest.fixture
def site(backend: Backend, site_on: Callable[[Backend], Site]) -> Site:
    return site_on(backend)


PERSON = """
from allauth.account.models import EmailAddress
from django.test import Client
from accounts.models import User
user = User.objects.filter(email={email!r}).first()
if user is None:
    user = User.objects.create_user({email!r}, {password!r})
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
browser = Client()
browser.force_login(user)
print("session=" + browser.cookies["sessionid"].value)
"""


def make_person(site: Site, email: str) -> str:
    """Somebody with an account, made when new; a session of theirs."""
    said = site.shell(PERSON.format(email=email, password=PASSWORD))
    return said.partition("session=")[2].strip()


def learner(site: Site, page: Page, email: str) -> None:
    """The same, signed in without the form, which has stories of its own."""
    session = make_person(site, email)
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])


def fits(page: Page) -> None:
    """Nothing is wider than the window, on a phone or on a desk."""
    for width, height in ((390, 844), (1280, 860)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert path, "No browser: sudo apt-get install chromium-headless-shell libatomic1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET.split())
        yield browser
        browser.close()


@pytest.fixture
def console() -> Iterator[Console]:
    console = Console()
    yield console
    if said := console.unexpected():
        pytest.fail("The console was not silent:\n" + "\n".join(said))


@pytest.fixture
def new_page(site: Site, browser: Browser, console: Console) -> Iterator[NewPage]:
    """Another visitor; options go to Browser.new_context, such as color_scheme="dark"."""
    contexts = []

    def make(**options: Any) -> Page:
        context = browser.new_context(**({"base_url": site.url, "locale": "en-GB"} | options))
        context.set_default_timeout(15_000)
        console.listen(context)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


# What a change of colours alone can break: the rest is judged once, in the light.
OF_COLOURS = ("color-contrast", "link-in-text-block")
IN_THE_DARK = {"runOnly": {"type": "rule", "values": OF_COLOURS}}
SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (
    ("light", {}),
    ("dark", IN_THE_DARK),
)


def axe(page: Page, **options: Any) -> AxeResults:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    asked = json.dumps({"resultTypes": ["violations"]} | options)
    return AxeResults(page.evaluate(f"axe.run({asked})"))


@pytest.fixture
def accessible(backend: Backend) -> Callable[[Page], None]:
    """Fails with what axe says of this page, in the light and in the dark.

    No page looks at what it stands on, so axe is asked once: on SQLite.
    """

    def check(page: Page) -> None:
        if backend == "servers":
            return
        for scheme, options in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(SETTLED)
            results = axe(page, **options)
            assert results.violations_count == 0, (
                f"{page.url}, {scheme}:\n{results.generate_report()}"
            )
        page.emulate_media(color_scheme="light")

    return check


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each of two processes begins with one of the two long walks, and none waits for it alone at
    the end: xdist gives the first half of the list to one, the second to the other."""
    long = [item for item in items if item.name.startswith("test_every_page_is")]
    rest = [item for item in items if item not in long]
    half = len(rest) // 2
    items[:] = [*long[:1], *rest[:half], *long[1:], *rest[half:]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failing story shows its last picture's place and the site's last words."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        site, page = item.funcargs.get("site"), item.funcargs.get("page")
        if isinstance(site, Site):
            report.sections.append(("site", site.log()))
        if isinstance(page, Page) and not page.is_closed():
            path = item.config.rootpath / "var" / "failures" / f"{item.name}.png"
            page.screenshot(path=path, full_page=True)
            report.sections.append(("picture", str(path)))
    return report
