"""A learner's skills and goals: told apart, explained, and beside what a role asks for."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from badges.models import Badge, BadgeSkill, How, KnownIssuer, Result, Skill, SkillAlias, Trust
from badges.services import adverts, curating, registry, skill_files
from badges.skills.matching import Asked
from badges.skills.roles import roles
from portfolio.models import Goal, GoalSkill, OwnSkill
from portfolio.services import goals, profile
from portfolio.services.profile import SkillLine
from tests.factories import NOW, make_badge, make_issuer, make_user
from tests.portfolio.test_compare import shows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _list() -> None:
    names = {"SQL", "PostgreSQL", "Python", "First aid", "Teamwork", "Data analysis", "Java"}
    entries = [entry for entry in skill_files.starter() if entry.name in names]
    for _counted in curating.load(entries, curated=True):
        pass


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def read(owner: User) -> profile.Profile:
    return profile.read(owner=owner, now=NOW)


def told(lines: tuple[SkillLine, ...]) -> dict[str, str]:
    return {line.name: line.explained for line in lines}


# --- Skills ------------------------------------------------------------------------------------


def test_proven_skills_are_explained(alice: User) -> None:
    town, harbour = make_issuer("Town Library"), make_issuer("Harbour College")
    old = datetime(2023, 5, 1, tzinfo=UTC)
    shows(make_badge(alice, issuer=town, issued_at=old), "SQL")
    shows(make_badge(alice, issuer=harbour, achievement_type="Certification"), "SQL")
    shows(make_badge(alice, issuer=harbour), "SQL", "Python")
    assert told(read(alice).proven) == {
        "Python": "1 badge, 1 issuer, newest 2026",
        "SQL": "3 badges, 2 issuers, newest 2026, one assessed",
    }


def test_what_is_not_proven_says_why(alice: User) -> None:
    shows(make_badge(alice, expires_at=NOW - timedelta(days=1)), "SQL")
    shows(make_badge(alice, result=Result.UNSIGNED, trust=Trust.STATED), "Python")
    shows(make_badge(alice), "First aid", how=How.CONFIRMED)
    shows(make_badge(alice, result=Result.REVOKED), "Java")
    profile.add(owner=alice, kind="claimed", name="Juggling")
    profile.add(owner=alice, kind="wanted", name="Teamwork")
    found = read(alice)
    assert told(found.proven) == {}
    assert told(found.claimed) == {
        "First aid": "1 badge, 1 issuer, newest 2026, added by you",
        "Juggling": "you say so",
        "Python": "1 badge, 1 issuer, newest 2026, not verified",
        "SQL": "1 badge, 1 issuer, newest 2026, expired",
    }
    assert [line.name for line in found.wanted] == ["Teamwork"]


def test_synonyms_are_one_skill(alice: User) -> None:
    shows(make_badge(alice), "Teamwork")
    shows(make_badge(alice), "working in a team", how=How.NAMED)
    profile.add(owner=alice, kind="claimed", name="Teamarbeit")
    (line,) = read(alice).proven
    assert line.name == "Teamwork"
    assert line.also == {"working in a team"}
    assert line.own is not None
    assert len(line.proofs) == 2


def test_a_wanted_skill_that_a_badge_proves_is_both(alice: User) -> None:
    profile.add(owner=alice, kind="wanted", name="SQL")
    shows(make_badge(alice), "SQL")
    found = read(alice)
    assert [line.name for line in found.proven] == [line.name for line in found.wanted] == ["SQL"]


def test_claiming_what_was_wanted_moves_it(alice: User) -> None:
    one = profile.add(owner=alice, kind="wanted", name="SQL")
    other = profile.add(owner=alice, kind="claimed", key=one.key)
    assert other.pk == one.pk
    assert OwnSkill.objects.get().kind == "claimed"


def test_a_skill_that_staff_merged_is_still_found(alice: User) -> None:
    shows(make_badge(alice), "Structured queries")
    profile.add(owner=alice, kind="wanted", name="Structured queries")
    sql = Skill.objects.get(name="SQL")
    curating.merge(
        keep=sql, others=[Skill.objects.get(name="Structured queries")], actor=make_user()
    )
    assert [line.name for line in read(alice).wanted] == ["SQL"]


def test_badges_of_others_and_offers_prove_nothing(alice: User) -> None:
    shows(make_badge(make_user()), "SQL")
    shows(make_badge(alice, added_at=None), "SQL")
    assert read(alice).every == ()


def test_it_asks_as_often_for_fifty_badges_as_for_five(alice: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(alice)
        return len(queries)

    for _number in range(5):
        shows(make_badge(alice), "SQL", "Python")
    few = cost()
    for _number in range(45):
        shows(make_badge(alice), "SQL", "First aid")
    assert cost() == few <= 5


# --- The page of skills ------------------------------------------------------------------------


def test_a_skill_is_found_by_any_of_its_names_and_added(client: Client, alice: User) -> None:
    page = client.get(reverse("portfolio:skills"), {"q": "erste hil"}).content.decode()
    assert "First aid" in page
    assert "Erste Hilfe" in page
    key = Skill.objects.get(name="First aid").key
    client.post(reverse("portfolio:skill-add"), {"key": key, "kind": "wanted"})
    assert OwnSkill.objects.get(owner=alice).name == "First aid"


def test_a_script_gets_the_found_ones_alone(client: Client) -> None:
    response = client.get(reverse("portfolio:skills"), {"q": "sq"}, headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    assert b"SQL" in response.content


def test_typing_never_shows_what_only_badges_of_others_name(client: Client) -> None:
    shows(make_badge(make_user()), "Secret sauce cooking", how=How.NAMED)
    page = client.get(reverse("portfolio:skills"), {"q": "secret"}).content.decode()
    assert "Secret sauce" not in page
    key = Skill.key_of("", "Secret sauce cooking")
    client.post(reverse("portfolio:skill-add"), {"key": key, "kind": "wanted"})
    assert not OwnSkill.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [{}, {"name": "  "}, {"key": "x" * 64}, {"name": "\0"}, {"key": "\0", "kind": "wanted"}],
)
def test_nonsense_adds_nothing(sent: dict[str, str], client: Client) -> None:
    response = client.post(reverse("portfolio:skill-add"), sent, follow=True)
    assert "Write the name of a skill first." in response.content.decode()
    assert not OwnSkill.objects.exists()


def test_hostile_words_stay_words(client: Client) -> None:
    evil = "<script>alert(1)</script>"
    for kind in ("claimed", "hacked"):
        client.post(reverse("portfolio:skill-add"), {"name": evil + kind, "kind": kind})
    page = client.get(reverse("portfolio:skills"), {"q": evil}).content.decode()
    assert evil not in page
    assert OwnSkill.objects.filter(kind="claimed").count() == 2


def test_there_is_an_end_to_writing_down(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MAX_OWN", 2)
    for name in ("One", "Two"):
        profile.add(owner=alice, kind="claimed", name=name)
    profile.add(owner=alice, kind="wanted", name="Two")
    with pytest.raises(profile.TooManySkills):
        profile.add(owner=alice, kind="claimed", name="Three")


# --- Goals -------------------------------------------------------------------------------------


def progress(goal: Goal, **options: Any) -> goals.Progress:
    (found,) = goals.progress(goals=[goal], profile=read(goal.owner), now=NOW, **options)
    return found


def names(steps: list[goals.Step]) -> list[str]:
    return [step.row.name for step in steps]


def test_a_goal_tells_have_nearly_and_missing(alice: User) -> None:
    shows(make_badge(alice), "SQL")
    shows(make_badge(alice, expires_at=NOW - timedelta(days=1)), "First aid")
    profile.add(owner=alice, kind="claimed", name="Python")
    asked = adverts.wanted(text="SQL, PostgreSQL, first aid, Python, teamwork. Java is a plus.")
    goal = goals.of_asked(owner=alice, title="Job", asked=asked, origin=Goal.Origin.ADVERT)
    found = progress(goal)
    assert names(found.have) == ["SQL"]
    assert [(step.row.name, step.state) for step in found.nearly] == [
        ("PostgreSQL", "related"),
        ("First aid", "over"),
        ("Python", "claimed"),
    ]
    assert names(found.missing) == ["Teamwork", "Java"]
    assert [step.row.nice for step in found.missing] == [False, True]
    assert found.have[0].proof is not None


def gap(owner: User) -> list[tuple[str, str]]:
    wanted = adverts.chosen(skills=[Skill.objects.get(name="SQL").pk])
    asked = Asked(wanted)
    goal = goals.of_asked(owner=owner, title="Job", asked=asked, origin=Goal.Origin.LIST)
    (step,) = progress(goal, offers=True).steps
    return [(offer.name, offer.issuer) for offer in step.offers]


def held_by(count: int, name: str, **fields: Any) -> list[Badge]:
    return [shows(make_badge(make_user(), name=name, **fields), "SQL") for _ in range(count)]


def test_what_closes_the_gap_is_what_several_others_hold(alice: User) -> None:
    held_by(3, "SQL for all")
    held_by(2, "SQL for two")
    shows(make_badge(owner := make_user(), name="Mine twice"), "SQL")
    for _again in range(3):
        shows(make_badge(owner, name="Mine twice"), "SQL")
    assert gap(alice) == [("SQL for all", "Harbour College")]


@pytest.mark.parametrize(
    "fields",
    [
        {"result": Result.UNSIGNED, "trust": Trust.STATED},
        {"result": Result.REVOKED},
        {"added_at": None},
        {"issuer": None},
    ],
)
def test_nothing_private_or_unverified_is_offered(alice: User, fields: dict[str, Any]) -> None:
    held_by(5, "Private", **fields)
    assert gap(alice) == []


def test_a_known_issuer_needs_fewer_holders_and_an_impostor_never_has_enough(alice: User) -> None:
    known = make_issuer("Harbour College")
    entry = KnownIssuer(identifier=known.identifier, name="Harbour College", added_on=NOW.date())
    registry.save(entry=entry, actor=None)
    held_by(2, "SQL for two", issuer=known)
    held_by(1, "For Jane alone", issuer=known)
    fake = make_issuer("Fake")
    type(fake).objects.filter(pk=fake.pk).update(name="Harbour College")
    held_by(4, "SQL by an impostor", issuer=fake)
    assert gap(alice) == [("SQL for two", "Harbour College")]


def test_every_role_is_made_of_skills_of_the_list(client: Client, alice: User) -> None:
    known = {entry.name for entry in skill_files.starter()}
    assert len(roles()) >= 20
    for role in roles().values():
        assert {*role.must, *role.nice} <= known, role.slug
        assert not set(role.must) & set(role.nice), role.slug
        assert {language for language, title in role.titles if title} == {"en", "de", "fr", "es"}
    page = client.post(reverse("portfolio:goal-create"), {"role": "data-analyst"}, follow=True)
    assert "Data analyst" in page.content.decode()
    assert GoalSkill.objects.filter(goal__owner=alice, nice=True).count() == 3


def test_a_goal_of_an_advert_keeps_its_skills_and_not_its_text(client: Client) -> None:
    text = "Data wizard\nHeron Ltd needs SQL. Python is a plus."
    client.post(reverse("portfolio:goal-create"), {"advert": text})
    goal = Goal.objects.get()
    assert (goal.title, goal.origin) == ("Data wizard", "advert")
    assert list(goal.skills.values_list("name", "nice")) == [("SQL", False), ("Python", True)]
    assert "Heron" not in str([list(m.objects.values()) for m in (Goal, GoalSkill)])


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose a role"),
        ({"role": "astronaut"}, "Choose a role"),
        ({"advert": "x" * 20_001}, "longer than"),
        ({"advert": "Come and juggle."}, "no skill"),
        ({"skill": "nonsense"}, "Choose a role"),
    ],
)
def test_a_goal_of_nothing_says_what_to_do(
    client: Client, sent: dict[str, str], words: str
) -> None:
    response = client.post(reverse("portfolio:goal-create"), sent)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Goal.objects.exists()


def test_a_goal_is_trimmed_and_given_up(client: Client) -> None:
    client.post(reverse("portfolio:goal-create"), {"role": "data-analyst"})
    goal = Goal.objects.get()
    row = goal.skills.all()[0]
    client.post(reverse("portfolio:goal-skill-remove", args=[goal.pk, row.pk]))
    assert not GoalSkill.objects.filter(pk=row.pk).exists()
    assert goal.title in client.get(reverse("portfolio:goals")).content.decode()
    client.post(reverse("portfolio:goal-delete", args=[goal.pk]))
    assert not Goal.objects.exists()
    assert client.get(reverse("portfolio:goal", args=[uuid4()])).status_code == 404


def test_the_list_of_goals_costs_for_ten_what_it_costs_for_two(client: Client, alice: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("portfolio:goals"))
        return len(queries)

    for _number in range(2):
        goals.of_role(owner=alice, role=roles()["nurse"])
    few = cost()
    for _number in range(8):
        goals.of_role(owner=alice, role=roles()["cook"])
    assert cost() == few


def test_whoever_leaves_takes_skills_and_goals_along(alice: User) -> None:
    goals.of_role(owner=alice, role=roles()["nurse"])
    profile.add(owner=alice, kind="wanted", name="SQL")
    alice.delete()
    assert not any(m.objects.exists() for m in (Goal, GoalSkill, OwnSkill))
    assert SkillAlias.objects.exists()


def test_a_badge_of_both_lists_is_one_proof(alice: User) -> None:
    badge = shows(make_badge(alice), "Teamwork", "working in a team")
    assert BadgeSkill.objects.filter(badge=badge).count() == 2
    (line,) = read(alice).proven
    assert line.explained.startswith("1 badge, 1 issuer")
