"""A shared page beside a job: what counts, what does not, and what its readers may send."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, Limit, User
from badges.models import Badge, BadgeSkill, How, Recipient, Result, Skill, SkillAlias, Trust
from badges.services import curating, skill_files
from badges.skills.matching import Asked
from portfolio.models import Page
from portfolio.services import comparing
from portfolio.views import compare
from tests.factories import NOW, make_badge, make_link, make_page, make_user

pytestmark = pytest.mark.django_db
WANTED = ("SQL", "PostgreSQL", "Databases", "Python", "First aid", "Knots")


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture(autouse=True)
def _some_skills() -> None:
    entries = [entry for entry in skill_files.starter() if entry.name in {*WANTED, "MySQL"}]
    for _counted in curating.load(entries, curated=True):
        pass


def shows(badge: Badge, *names: str, how: str = How.ALIAS) -> Badge:
    for name in names:
        key = Skill.key_of("", name)
        skill, _new = Skill.objects.get_or_create(
            key=key, defaults={"name": name, "pk": Skill.id_of(key)}
        )
        BadgeSkill.objects.create(badge=badge, skill=skill, how=how)
    return badge


def told(page: Page, text: str) -> dict[str, str]:
    """The state of each wanted skill."""
    asked = comparing.asked_for(page=page, text=text)
    return {row.wanted.name: row.state for row in against(page, asked).rows}


def against(page: Page, asked: Asked) -> comparing.Comparison:
    return comparing.compare(page=page, asked=asked, now=NOW)


# --- What counts -----------------------------------------------------------------------------


def test_only_a_verified_badge_in_force_covers_a_skill(alice: User) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "covered"),
        ({"trust": Trust.HOSTED}, "covered"),
        ({"expires_at": NOW - timedelta(days=1)}, "over"),
        ({"result": Result.UNSIGNED, "trust": Trust.STATED}, "claimed"),
        ({"result": Result.UNKNOWN, "trust": Trust.NONE}, "claimed"),
        ({"recipient": Recipient.UNNAMED}, "claimed"),
        ({"result": Result.REVOKED}, "missing"),
        ({"result": Result.INVALID}, "missing"),
        ({"result": Result.SUSPENDED}, "missing"),
    ]
    for fields, state in cases:
        page = make_page(alice, shows(make_badge(alice, **fields), "SQL"))
        assert told(page, "SQL is a must.") == {"SQL": state}, fields


def test_the_holders_own_word_is_said_and_not_proven(alice: User) -> None:
    page = make_page(alice, shows(make_badge(alice), "SQL", how=How.CONFIRMED))
    row = against(page, comparing.asked_for(page=page, text="SQL is a must.")).rows[0]
    assert row.state == "claimed"
    assert "its issuer does not say so" in row.lines[0].why


def test_a_related_skill_is_shown_as_what_it_is(alice: User) -> None:
    page = make_page(alice, shows(make_badge(alice), "PostgreSQL"))
    rows = against(page, comparing.asked_for(page=page, text="SQL, databases and MySQL.")).rows
    assert {row.wanted.name: row.state for row in rows} == dict.fromkeys(
        ("SQL", "Databases", "MySQL"), "related"
    )
    why = {row.wanted.name: row.lines[0].why for row in rows}
    assert why == {
        "SQL": "PostgreSQL falls under SQL.",
        "Databases": "PostgreSQL falls under Databases.",
        "MySQL": "PostgreSQL lies close to MySQL.",
    }


def test_a_line_says_who_says_so(alice: User) -> None:
    named = shows(make_badge(alice, name="One"), "SQL", how=How.NAMED)
    pointed = shows(make_badge(alice, name="Two"), "SQL", how=How.IDENTIFIER)
    page = make_page(alice, named, pointed)
    row = against(page, comparing.asked_for(page=page, text="SQL is a must.")).rows[0]
    assert [line.why for line in row.lines] == [
        "Harbour College says that this badge is about SQL.",
        "Harbour College names SQL on this badge.",
    ]


def test_a_skill_of_another_list_with_the_same_name_is_the_same(alice: User) -> None:
    esco = Skill.objects.create(key="esco", name="SQL", framework="ESCO")
    SkillAlias.objects.create(
        skill=esco, key=Skill.key_of("", "SQL"), text="SQL", language="en", preferred=True
    )
    badge = make_badge(alice)
    BadgeSkill.objects.create(badge=badge, skill=esco, how=How.IDENTIFIER)
    assert told(make_page(alice, badge), "SQL is a must.") == {"SQL": "covered"}


def test_a_skill_that_only_a_badge_knows_is_found_too(alice: User) -> None:
    page = make_page(alice, shows(make_badge(alice), "Rope splicing", how=How.NAMED))
    assert told(page, "You can do rope splicing.") == {"Rope splicing": "covered"}


def test_what_readers_do_not_see_does_not_count(alice: User) -> None:
    badge = shows(make_badge(alice, expires_at=NOW - timedelta(days=1)), "SQL")
    shows(make_badge(alice), "Python")  # on no page
    page = make_page(alice, badge, hide_expired=True)
    assert told(page, "SQL and Python") == {"SQL": "missing", "Python": "missing"}


def test_it_asks_as_often_for_fifty_badges_as_for_five(alice: User) -> None:
    def cost(page: Page) -> int:
        with CaptureQueriesContext(connection) as queries:
            against(page, comparing.asked_for(page=page, text="SQL, Python, first aid"))
        return len(queries)

    page = make_page(alice, *(shows(make_badge(alice), "SQL", "Python") for _ in range(5)))
    few = cost(page)
    page = make_page(alice, *(shows(make_badge(alice), "SQL", "Python") for _ in range(50)))
    assert cost(page) == few <= 9


def test_the_summary_can_be_mailed(alice: User) -> None:
    page = make_page(alice, shows(make_badge(alice, name="SQL Foundations"), "SQL"))
    found = against(page, comparing.asked_for(page=page, text="SQL. Python is a plus."))
    assert comparing.summary(found, address="https://x.example/s/a/") == (
        "Alice Adler, Data analyst: 1 of 2 skills are covered by verified badges.\n\n"
        "Covered:\n- SQL: SQL Foundations, Harbour College, 15 Jan 2026, Signature checked.\n\n"
        "Not shown:\n- Python (nice to have)\n\n"
        "Compared on 23 November 2026 with https://x.example/s/a/"
    )


# --- The page ----------------------------------------------------------------------------------


@pytest.fixture
def token(alice: User) -> str:
    badge = shows(make_badge(alice, name="SQL Foundations"), "SQL")
    return make_link(make_page(alice, badge))[1]


def address(token: str) -> str:
    return reverse("portfolio:shared-compare", args=[token])


def test_an_employer_pastes_an_advert_without_an_account_or_a_cookie(token: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert "Compare with a job" in client.get(address(token)).content.decode()
    response = client.post(address(token), {"advert": "SQL is a must. Ideally first aid."})
    page = response.content.decode()
    assert response.status_code == 200
    assert "1 of 2" in page
    assert "SQL Foundations" in page
    assert "Nice to have" in page
    assert not response.cookies
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"


def test_nothing_of_it_is_kept(token: str, caplog: pytest.LogCaptureFixture) -> None:
    before = AuditEvent.objects.count()
    Client().post(address(token), {"advert": "SQL for our secret project Heron."})
    assert AuditEvent.objects.count() == before
    assert "Heron" not in caplog.text
    assert "Heron" not in str(list(Limit.objects.values()))


def test_skills_can_be_chosen_instead(token: str) -> None:
    ids = [str(Skill.objects.get(name=name).pk) for name in ("SQL", "First aid")]
    page = Client().post(address(token), {"skill": [*ids, "nonsense"], "advert": ""})
    assert "1 of 2" in page.content.decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing to read yet"),
        ("   \n ", "nothing to read yet"),
        ("x" * 20_001, "longer than 20,000 characters"),
        ("\x00\x01\x02PK\x03\x04" + "\ufffd" * 400, "not text that can be read"),
        ("Come and juggle with us on the moon.", "no skill in this text"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(token: str, text: str, words: str) -> None:
    response = Client().post(address(token), {"advert": text})
    assert response.status_code == 422
    assert words in response.content.decode()


def test_hostile_adverts_stay_words(token: str) -> None:
    text = "<script>alert(1)</script><b>SQL</b> is a must <img src=x onerror=alert(1)>"
    page = Client().post(address(token), {"advert": text}).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "1 of 1" in page


def test_another_site_cannot_send_it(token: str) -> None:
    sent = {"advert": "SQL"}
    assert (
        Client().post(address(token), sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code
        == 403
    )


def test_a_script_is_slowed_down(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "PER_ADDRESS", 2)
    answers = [Client().post(address(token), {"advert": "SQL"}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_withdrawn_locked_and_unknown_links_compare_nothing(alice: User) -> None:
    page = make_page(alice, make_badge(alice))
    locked = make_link(page, password="open sesame")[1]
    ended = make_link(page, ends_at=NOW - timedelta(days=300))[1]
    for method in (Client().get, Client().post):
        assert method(address("x" * 27)).status_code == 404
        assert method(address(ended)).status_code == 404
        assert method(address(locked))["Location"].endswith("/unlock/")


def test_a_public_page_that_was_compared_is_not_cached(alice: User) -> None:
    token = make_link(make_page(alice, make_badge(alice)), visibility="public")[1]
    response = Client().post(address(token), {"advert": "SQL"})
    assert response["Cache-Control"] == "private, no-store"
