"""Every page that can be reached, as a visitor, a learner and staff: axe, policy, console, width.

The walk starts at the pages below and follows links, one page for each name in the URLconf. What
no walk reaches has to stand in ELSEWHERE with its reason, so that a new page cannot be forgotten.
"""

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from playwright.sync_api import Page

from tests.e2e.conftest import PASSWORD, Console, NewPage
from tests.site import Backend, Site

pytestmark = pytest.mark.browser

STAFF = "staff@example.org"
MAKE_STAFF = f"""
from allauth.account.models import EmailAddress
from accounts.models import User
boss = User.objects.create_superuser("{STAFF}", "{PASSWORD}")
EmailAddress.objects.create(user=boss, email=boss.email, verified=True, primary=True)
"""
FOLLOW = f"""
from django.utils import timezone
from accounts.models import User
from badges.services import following
following.follow(
    user=User.objects.exclude(email="{STAFF}").get(), reader="credly", answers={{"user": "ada"}},
    title="Credly profile ada", url="https://credly.test/users/ada", mode="offer",
    now=timezone.now(),
)
"""
OUTSIDE = ("admin", "api-", "javascript-catalog", "portfolio:style")  # walked or tested apart
# Pages that no link leads to, each tried where its story is told.
ELSEWHERE = {
    "account_confirm_email": "reached from a mail: test_story",
    "account_reset_password_from_key": "reached from a mail",
    "account_reset_password_from_key_done": "after setting a new password",
    "account_reset_password_done": "after asking for one",
    "account_email_verification_sent": "after signing up: test_story",
    "account_inactive": "for a closed account",
    "account_confirm_login_code": "login by code is off",
    "account_request_login_code": "login by code is off",
    "account_set_password": "for accounts without a password",
    "account_reauthenticate": "before a change that matters",
    "account_logout": "walked last, by hand",
    "mfa_authenticate": "during a login with two steps",
    "mfa_reauthenticate": "before a change, with two steps",
    "mfa_reauthenticate_webauthn": "JSON for a script",
    "mfa_trust": "trusting a browser is off",
    "mfa_deactivate_totp": "needs a TOTP key",
    "mfa_view_recovery_codes": "needs a second step",
    "mfa_generate_recovery_codes": "needs a second step",
    "mfa_download_recovery_codes": "a file",
    "mfa_edit_webauthn": "needs a passkey",
    "mfa_remove_webauthn": "needs a passkey",
    "mfa_signup_webauthn": "sign-up by passkey is off",
    "mfa_login_webauthn": "JSON for a script",
    "mfa_list_webauthn": "behind a recent password",
    "mfa_add_webauthn": "behind a recent password",
    "mfa_activate_totp": "behind a recent password",
    "accounts:token-create": "behind a recent password",
    "portfolio:profile": "off until somebody wants it: tests/portfolio/test_handles",
    "portfolio:directory-prove": "reached from a mail: test_directory",
    "portfolio:directory-reply": "reached from a mail: test_directory",
    "portfolio:message-detail": "test_directory",
    "portfolio:shared-document": "test_story",
    "portfolio:shared-progress": "a part of a page",
    "portfolio:shared-card": "a picture",
    "portfolio:shared-take": "a file",
    "portfolio:shared-original": "a file",
    "portfolio:shared-embed": "in a frame of another site: test_share",
    "portfolio:oembed": "for machines",
    "portfolio:link-qr": "a picture",
    "portfolio:shared-file": "a file",
    "portfolio:goal": "needs a goal: test_match",
    "portfolio:transcript-file": "a file",
    "portfolio:export-file": "a file",
    "badges:badge-original": "a file",
    "badges:badge-version": "a file",
    "badges:badge-evidence": "a file",
    "badges:evidence-file": "a file",
    "badges:evidence-add": "where a form that was refused is shown again: test_organise",
    "badges:evidence-edit": "needs evidence of one's own: test_organise",
    "badges:reflection-add": "where a form that was refused is shown again: test_organise",
    "badges:reflection-edit": "needs a reflection: test_organise",
    "badges:removed": "needs a badge that was removed: test_organise",
    "badges:picture": "a picture",
    "api": "a redirect to the API's page",
    "api-schema": "for machines",
    "verify:result": "test_verify",
    "verify:progress": "a part of a page",
    "verify:picture": "a picture",
    "verify:report": "a file",
    "favicon": "a picture",
    "healthz": "for machines",
    "readyz": "for machines",
    "badges:import-progress": "a part of a page",
    "badges:connect-return": "where a provider sends people back: test_connect",
    "badges:source-disconnect": "needs an account at a provider: test_connect",
}


@pytest.fixture(scope="module", params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """The pages are the same on both; one walk is enough."""
    name: Backend = request.param
    return name


@pytest.fixture(scope="module")
def site(backend: Backend) -> Iterator[Site]:
    with Site(backend, REQUIRE_STAFF_MFA="0") as site:
        site.manage("demo")
        site.shell(MAKE_STAFF)
        site.shell(FOLLOW)
        yield site


def name_of(path: str) -> str:
    return resolve(urlsplit(path).path).view_name


def patterns_of(
    patterns: list[URLPattern | URLResolver], space: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every named address of the site, with its name."""
    for one in patterns:
        if isinstance(one, URLResolver):
            inside = f"{space}{one.namespace}:" if one.namespace else space
            yield from patterns_of(one.url_patterns, inside)
        elif one.name:
            yield space + one.name, one


class Walk:
    """One visitor who follows every link to a page they have not seen."""

    def __init__(
        self, page: Page, accessible: Callable[[Page], None], widths: tuple[int, ...]
    ) -> None:
        self.page, self.accessible, self.widths = page, accessible, widths
        self.seen: dict[str, str] = {}

    def from_(self, *starts: str, within: Callable[[str], bool] = lambda name: True) -> None:
        waiting = list(starts)
        while waiting:
            path = waiting.pop(0)
            try:
                name = name_of(path)
            except Exception:  # a link to a file of static/
                continue
            if name in self.seen or name in ELSEWHERE or not within(name):
                continue
            self.seen[name] = path
            self.look(path)
            waiting += self.links()

    def links(self) -> list[str]:
        found: list[str] = self.page.eval_on_selector_all(
            "a[href]", "all => all.filter(a => a.origin === location.origin).map(a => a.href)"
        )
        return [link.partition("#")[0].replace(self.origin, "") for link in found]

    @property
    def origin(self) -> str:
        parts = urlsplit(self.page.url)
        return f"{parts.scheme}://{parts.netloc}"

    def look(self, path: str) -> None:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        self.seen.setdefault(name_of(answer.url), path)  # a locked link leads on to its password
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        for width in self.widths:
            self.page.set_viewport_size({"width": width, "height": 900})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} px wide at {width}"
        self.accessible(self.page)


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()


@pytest.mark.parametrize("widths", [(1280,), (320, 390)], ids=["desk", "phone"])
def test_every_page_is_accessible_silent_and_fits(
    site: Site,
    new_page: NewPage,
    accessible: Callable[[Page], None],
    console: Console,
    widths: tuple[int, ...],
) -> None:
    demo = json.loads(site.manage("demo", "--json").stdout)
    link = urlsplit(demo["links"][0]["url"]).path
    locked = urlsplit(demo["links"][1]["url"]).path

    visitor = Walk(new_page(), accessible, widths)
    code = f"/t/{demo['document']}/"
    visitor.from_("/people/?words=data", "/", link, code, "/verify/", "/t/")
    visitor.from_("/accounts/password/reset/")
    visitor.look("/people/")
    visitor.look(locked)

    learner = Walk(new_page(), accessible, widths)
    sign_in(learner.page, demo["email"], demo["password"])
    learner.from_("/badges/", "/pages/", "/links/", "/documents/", "/me/", "/accounts/email/")
    learner.look("/badges/?view=list&q=data&state=valid")
    learner.look("/badges/?q=nothing-like-it")
    learner.look("/badges/?view=timeline")
    learner.look("/accounts/logout/")

    seen = set(visitor.seen) | set(learner.seen)
    missed = [
        name
        for name, pattern in patterns_of(get_resolver().url_patterns)
        if name not in seen
        and name not in ELSEWHERE
        and not name.startswith(OUTSIDE)
        and not only_posts(learner.page, name, pattern)
    ]
    assert missed == []


def only_posts(page: Page, name: str, pattern: URLPattern) -> bool:
    """Whether the address refuses a GET: then it is the end of a form, and no page."""
    samples = {"uuid": str(uuid4()), "int": "1", "str": "x"}
    wanted = {
        key: samples.get(type(one).__name__.removesuffix("Converter").lower(), "x")
        for key, one in pattern.pattern.converters.items()
    }
    return page.request.get(reverse(name, kwargs=wanted)).status == 405


def test_the_staffs_desk_is_silent_and_keeps_the_policy(
    site: Site, new_page: NewPage, console: Console
) -> None:
    page = new_page()
    sign_in(page, STAFF, PASSWORD)
    page.goto("/admin/")
    models = page.eval_on_selector_all("th a", "all => all.map(a => a.pathname)")
    assert len(models) > 12
    for path in models:
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        first = page.locator("#result_list tbody th a").first
        if first.count():
            href = first.get_attribute("href")
            assert href
            shown = page.goto(href)
            assert shown is not None
            assert shown.ok, href
