"""A job of three hundred words beside a shared page, and a learner’s skills by keyboard alone."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewPage, fits, learner, on_one
from tests.site import Site

pytestmark = pytest.mark.browser
SHARE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from badges.models import Badge, BadgeSkill, Issuer, Skill, Verification
from portfolio.services import pages, sharing
now = timezone.now()
who = User.objects.get(email={email!r})
User.objects.filter(pk=who.pk).update(name="Ada Adler")
issuer, _new = Issuer.objects.get_or_create(key="harbour", defaults={{"name": "Harbour College"}})
made = []
for name, skill, ends in (
    ("Python for analysts", "Python", None), ("Ask the data", "SQL", None),
    ("Numbers that hold", "Statistics", None), ("Charts people read", "Data visualisation", None),
    ("First aid 2022", "First aid", now - timedelta(days=9)), ("Large tables", "PostgreSQL", None),
):
    badge = Badge.objects.create(
        owner=who, identity=name, name=name, issuer=issuer, issued_at=now, expires_at=ends,
        result="valid", trust="signed", recipient="owner", checked_at=now, host="harbour.example",
    )
    checks = ("readable", "signature", "issuer", "recipient", "period", "status")
    Verification.objects.create(
        badge=badge, checked_at=now, result="valid", trust="signed",
        findings=[dict(check=one, outcome="passed", detail="Good.") for one in checks],
    )
    BadgeSkill.objects.create(badge=badge, skill=Skill.objects.get(name=skill), how="alias")
    made.append(badge.pk)
page = pages.create(owner=who, title="Data analyst", now=now)
pages.add(page=page, badges=made, now=now)
link = sharing.create(page=page, label="Acme", now=now)
print("token", sharing.token_of(link))
"""
ADVERT = """
Data analyst for the harbour (part time or full time)

Fjord Figures is a leading provider of measurements for ports, with sixty people in three towns.
Since 2009 we have counted ships, tides and containers, and we go to market with nothing that we
have not measured ourselves. Every spring we open our doors to schools, and in summer you will find
us by the water. We are committed to a workplace in which everybody can excel in a team, and our
R&D department is known for its swift response when a sensor falls silent.

What you will do

- You bring the numbers of forty sensors together and turn them into charts that a harbour master
  understands at a glance: data visualisation is half of the job
- You write the queries behind our reports in SQL, and you keep our PostgreSQL tables tidy
- You explain to people without a degree what a forecast can say and what it cannot
- You help to plan new measurements, and you say so when a plan will not give an answer

What you bring

- At least two years of experience with Python
- Solid statistics: you know when a difference is one
- Databases hold no terrors for you
- A valid first aid certificate, because we work beside deep water
- Written and spoken English at level C1
- Project management: you keep three things going without dropping one
- No Java needed, and no driving licence: the train stops at our door

Nice to have

- Docker
- Some machine learning would be a plus
- Norwegian is not required

What we offer

- Thirty days of holiday, a quiet room, and tools that you choose yourself
- Coaching by senior colleagues, free swimming lessons and a boat for the staff
- A contract without an end date, and a salary that we tell you before the first talk

How to apply

Send us the link to your portfolio and three sentences on a number that surprised you. Please
contact our office in writing if you have questions. We look forward to what you have measured.
"""


def shared(site: Site, email: str) -> str:
    return site.shell(SHARE.format(email=email)).split()[-1]


def test_an_employer_sees_in_a_minute_what_is_proven(
    site: Site, page: Page, new_page: NewPage, accessible: Callable[[Page], None]
) -> None:
    email = f"ada{uuid4().hex[:8]}@example.org"
    learner(site, page, email)
    token = shared(site, email)
    assert 280 <= len(ADVERT.split()) <= 420
    for script in (True, False):
        employer = new_page(java_script_enabled=script)
        employer.goto(f"/s/{token}/")
        employer.get_by_role("link", name="Compare with a job").click()
        employer.get_by_label("The advert").fill(ADVERT)
        employer.get_by_role("button", name="Compare", exact=True).click()
        expect(employer.get_by_text("5 of 11", exact=True)).to_be_visible()
        for heading, names in (
            ("Covered", ["Data visualisation", "SQL", "PostgreSQL", "Python", "Statistics"]),
            ("Nearly", ["Databases", "First aid"]),
            ("Not shown", ["English", "Project management", "Docker", "Machine learning"]),
        ):
            part = employer.get_by_role("region", name=heading, exact=True)
            expect(part.get_by_role("heading", level=3)).to_have_text(names)
        covered, nearly = (
            employer.get_by_role("region", name=name, exact=True) for name in ("Covered", "Nearly")
        )
        expect(covered).to_contain_text("Harbour College names Python on this badge.")
        expect(covered).to_contain_text("badges do not tell years")
        expect(nearly).to_contain_text("This badge expired on")
        expect(nearly).to_contain_text("PostgreSQL falls under Databases.")
        expect(employer.get_by_text("Not needed, says the advert: Java, Driving.")).to_be_visible()
        summary = employer.get_by_role("textbox", name="Summary").input_value()
        assert "Ada Adler, Data analyst: 5 of 11 skills are covered" in summary
        assert employer.context.cookies() == []
        if script:
            accessible(employer)
            fits(employer)
    # Without a script skills can be ticked as well.
    employer = new_page(java_script_enabled=False)
    employer.goto(f"/s/{token}/compare/")
    employer.get_by_text("Or choose skills from a list").click()
    employer.get_by_label("SQL", exact=True).check()
    employer.get_by_role("button", name="Compare", exact=True).click()
    expect(employer.get_by_text("1 of 1", exact=True)).to_be_visible()


@on_one
def test_skills_and_a_goal_by_keyboard_alone(
    site: Site, page: Page, accessible: Callable[[Page], None]
) -> None:
    email = f"eve{uuid4().hex[:8]}@example.org"
    learner(site, page, email)
    shared(site, email)
    page.goto("/skills/")
    expect(page.get_by_role("region", name="Proven", exact=True)).to_contain_text(
        "1 badge, 1 issuer, newest"
    )
    page.get_by_label("Which one?").focus()
    page.keyboard.type("erste hi")
    found = page.locator("#found")
    expect(found.get_by_role("button", name="I want this First aid", exact=True)).to_be_visible()
    page.get_by_label("Which one?").fill("")
    page.keyboard.type("docker")
    want = found.get_by_role("button", name="I want this Docker", exact=True)
    expect(want).to_be_visible()
    for _step in range(4):
        page.keyboard.press("Tab")
        if want.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Wanted", exact=True)).to_contain_text("Docker")
    accessible(page)
    fits(page)
    page.get_by_role("link", name="Set a goal").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Data analyst").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Data analyst")).to_be_visible()
    expect(page.get_by_role("region", name="You have this", exact=True)).to_contain_text(
        "Ask the data"
    )
    accessible(page)
    fits(page)
