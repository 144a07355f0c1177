"""A learner is found by an advert, written to, answers, and is gone the moment they pause."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Console, NewPage, fits, learner
from tests.site import Site

pytestmark = pytest.mark.browser
LEARNER, EMPLOYER = "found{}@example.org", "grace{}@acme.example"
HAS_BADGES = """
from django.utils import timezone
from accounts.models import User
from badges.models import Badge, BadgeSkill, SkillAlias, Skill, Verification
who = User.objects.get(email="{email}")
User.objects.filter(pk=who.pk).update(name="Ada Lindqvist")
for number in (1, 2):
    badge = Badge.objects.create(
        owner=who, identity=f"urn:found:{{number}}", name="Queries", result="valid", trust="signed",
        recipient="owner", checked_at=timezone.now(),
    )
    Verification.objects.create(
        badge=badge, checked_at=badge.checked_at, result="valid", trust="signed", findings=[]
    )
    for name in ("SQL", "Statistics"):
        alias = SkillAlias.objects.filter(key=Skill.key_of("", name), skill__curated=True).first()
        BadgeSkill.objects.create(badge=badge, skill=alias.skill, how="alias")
"""
ADVERT = """Data person for our harbour office

What you bring:
- SQL, and some statistics
- a feeling for people

We offer a desk with a view.
"""


def opt_in(page: Page, headline: str, accessible: Callable[[Page], None]) -> None:
    """By keyboard alone."""
    page.goto("/me/directory/")
    expect(page.get_by_text("Off: nobody finds you.")).to_be_visible()
    page.get_by_label("Headline").focus()
    page.keyboard.type(headline)
    page.get_by_label("I am 18 or older").focus()
    page.keyboard.press("Space")
    accessible(page)
    fits(page)
    page.get_by_role("button", name="Appear in the directory").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You can be found.", exact=True)).to_be_visible()
    page.get_by_role("link", name="See it as an employer").click()
    expect(page.get_by_text("SQL: 2 verified badges")).to_be_visible()
    expect(page.get_by_text("Lindqvist")).to_have_count(0)
    accessible(page)


def find_and_write(
    page: Page, headline: str, address: str, accessible: Callable[[Page], None]
) -> str:
    """Without an account, and without JavaScript. Returns the person's address."""
    page.goto("/people/")
    accessible(page)
    page.get_by_label("The advert").fill(ADVERT)
    page.get_by_role("button", name="Find people for it").click()
    person = page.get_by_role("article").filter(has_text=headline)
    expect(person.get_by_text("2 of 2 asked for")).to_be_visible()
    accessible(page)
    fits(page)
    person.get_by_role("link", name=headline).first.click()
    where = page.url
    page.get_by_label("Your name").fill("Grace Example")
    page.get_by_label("Organisation").fill("Acme")
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_label("Your message").fill("Would you like to see our harbour?")
    accessible(page)
    fits(page)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    return where


def in_mail(site: Site, to: str, subject: str) -> str:
    """The address in the newest such mail, without its host."""
    text = site.mail(to=to, subject=subject).get_content()
    found = re.search(r"https?://\S+/(?:people|me)/\S+", text)
    assert found, text
    return urlsplit(found[0]).path


def test_found_by_an_advert_written_to_and_gone_at_once(
    site: Site,
    page: Page,
    new_page: NewPage,
    accessible: Callable[[Page], None],
    console: Console,
) -> None:
    console.expect("404")
    me, them = LEARNER.format(site.port), EMPLOYER.format(site.port)
    headline = f"Analyst by the sea {site.port}"
    learner(site, page, me)
    site.shell(HAS_BADGES.format(email=me))
    opt_in(page, headline, accessible)

    employer = new_page(java_script_enabled=False)
    # axe needs scripts: the same pages are looked at with them.
    person = find_and_write(employer, headline, them, lambda _page: None)
    scripted = new_page()
    find_and_write(scripted, headline, f"other-{them}", accessible)
    employer.goto(in_mail(site, them, "Your message waits"))
    expect(employer.get_by_text("Would you like to see our harbour?")).to_be_visible()
    employer.get_by_role("button", name="Send it").click()
    expect(employer.get_by_role("heading", name="Your message is on its way")).to_be_visible()

    page.goto(in_mail(site, me, "Somebody found you"))
    expect(page.get_by_text("Would you like to see our harbour?")).to_be_visible()
    accessible(page)
    fits(page)
    page.get_by_label("Your message").fill("Gladly, on Tuesday.")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Your answer is on its way.")).to_be_visible()
    answer = site.mail(to=them, subject="An answer")
    assert me not in str(answer)
    assert "Lindqvist" not in str(answer)
    scripted.goto(in_mail(site, them, "An answer"))
    expect(scripted.get_by_text("Gladly, on Tuesday.")).to_be_visible()
    accessible(scripted)
    fits(scripted)

    page.goto("/me/directory/")
    page.get_by_role("button", name="Pause at once").click()
    expect(page.get_by_text("Paused: nobody finds you.")).to_be_visible()
    employer.goto(person)
    expect(employer.get_by_role("heading", name="Nobody is listed here")).to_be_visible()
    employer.goto(f"/people/?words={headline.replace(' ', '+')}")
    expect(employer.get_by_role("heading", name="Nobody answers to this")).to_be_visible()
    assert employer.context.cookies() == []
