"""A badge’s skills: what its issuer says, and where that is uncertain, what its holder says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, User
from badges.models import Badge, BadgeSkill, DeclinedSkill, How, Skill, SkillAlias
from badges.models.skill import folded
from badges.openbadges import parse
from badges.openbadges.credential import Alignment, Credential
from badges.services import curating, skill_files, skills
from portfolio.services import pageview
from tests.badges.documents import unsigned
from tests.factories import NOW, make_badge, make_page, make_user

pytestmark = pytest.mark.django_db
U = "0abc1d9a-1a2b-4c3d-8e9f-0a1b2c3d4e5f"
ESCO = f"http://data.europa.eu/esco/skill/{U}"


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org")


def credential(
    *alignments: Alignment, tags: tuple[str, ...] = (), language: str = ""
) -> Credential:
    """What a badge with these alignments and tags reads as."""
    read = parse.credential(parse.read(json.dumps(unsigned()).encode()))
    return replace(read, alignments=alignments, tags=tags, language=language)


def aligned(name: str, url: str = "", framework: str = "", code: str = "") -> Alignment:
    return Alignment(name=name, url=url, description="", framework=framework, code=code)


def curated(name: str, *aliases: str, language: str = "en", **fields: Any) -> Skill:
    """A skill as the starter list makes one."""
    names = [skill_files.Name(name, "en", preferred=True)]
    names += [skill_files.Name(alias, language) for alias in aliases]
    entry = skill_files.Entry(name, tuple(names), **fields)
    for _counted in curating.load([entry], curated=True):
        pass
    return Skill.objects.get(key=Skill.key_of("", name))


def linked(badge: Badge) -> list[tuple[str, str]]:
    return list(badge.skill_links.order_by("skill__name").values_list("skill__name", "how"))


def link(owner: User, *alignments: Alignment, **fields: Any) -> Badge:
    badge = make_badge(owner)
    skills.link(badge=badge, credential=credential(*alignments, **fields))
    return badge


# --- What the issuer says --------------------------------------------------------------------


def test_an_identifier_in_any_spelling_is_one_skill(alice: User) -> None:
    one = link(alice, aligned("splice ropes", ESCO))
    other = link(alice, aligned("Spleißen", f"https://data.europa.eu/esco/skill/{U.upper()}/"))
    bare = link(alice, aligned("Splicing", code=U, framework="ESCO"))
    skill = Skill.objects.get()
    assert (skill.name, skill.url, skill.framework) == ("splice ropes", ESCO, "ESCO")
    assert linked(one) == linked(other) == linked(bare) == [("splice ropes", "identifier")]


def test_an_identifier_that_is_known_needs_no_name(alice: User) -> None:
    assert linked(link(alice, aligned("", ESCO))) == []
    link(alice, aligned("splice ropes", ESCO))
    assert linked(link(alice, aligned("", ESCO))) == [("splice ropes", "identifier")]


@pytest.mark.parametrize("name", ["Team work", "TEAM-WORK", " team  work ", "team‑work"])
def test_a_whole_name_finds_its_skill(alice: User, name: str) -> None:
    curated("Teamwork", "team work")
    assert linked(link(alice, aligned(name))) == [("Teamwork", "alias")]
    assert linked(link(alice, tags=(name,))) == [("Teamwork", "alias")]


@pytest.mark.parametrize("name", ["team work skills", "a team work", "eam work", "team", "teamwor"])
def test_a_part_of_a_name_finds_nothing(alice: User, name: str) -> None:
    curated("Teamwork", "team work")
    assert linked(link(alice, tags=(name,))) == [(name, "named")]


def test_the_name_of_an_alignment_elsewhere_finds_ours(alice: User) -> None:
    curated("SQL")
    badge = link(alice, aligned("sql", "https://skills.example/sql", "School register", "7"))
    assert linked(badge) == [("SQL", "alias")]


def test_an_identifier_comes_before_a_name(alice: User) -> None:
    curated("SQL")
    assert linked(link(alice, aligned("SQL", ESCO))) == [("SQL", "identifier")]
    assert Skill.objects.filter(name="SQL").count() == 2


def test_what_resolves_to_nothing_stands_under_the_name_that_its_issuer_gave(alice: User) -> None:
    """Today's badges must not lose their skills because no list knows them."""
    badge = link(
        alice, aligned("Knots", "https://skills.example/knots", "Harbour"), tags=("Seamanship",)
    )
    assert linked(badge) == [("Knots", "named"), ("Seamanship", "named")]
    again = link(alice, aligned("Knots!", "https://skills.example/knots"), tags=("seamanship",))
    assert linked(again) == linked(badge)
    assert Skill.objects.get(name="Knots").url == "https://skills.example/knots"


def test_only_what_a_browser_may_be_sent_to_is_an_address(alice: User) -> None:
    link(alice, aligned("Knots", "javascript:alert(1)"))
    assert Skill.objects.get().url == ""


@pytest.mark.parametrize(
    "address",
    [
        f"http://data.europa.eu/esco/occupation/{U}",
        "https://www.onetonline.org/link/summary/15-1252.00",
        "https://credreg.net/ctdl/terms#Certification",
    ],
)
def test_an_occupation_or_a_term_is_no_skill(alice: User, address: str) -> None:
    curated("Sailing", "sailor")
    assert linked(link(alice, aligned("Sailor", address))) == []
    assert not Skill.objects.filter(url=address).exists()


def test_the_badges_language_decides_between_false_friends(alice: User) -> None:
    curated("Toxicology", "Gift", language="de")
    assert linked(link(alice, tags=("Gift",), language="de-AT")) == [("Toxicology", "alias")]
    assert linked(link(alice, tags=("Gift",), language="en")) == [("Gift", "named")]
    assert linked(link(alice, tags=("Gift",))) == [("Toxicology", "alias")]


def test_english_names_are_met_in_every_language(alice: User) -> None:
    curated("Teamwork", "Teamarbeit", language="de")
    assert linked(link(alice, tags=("Teamwork",), language="de")) == [("Teamwork", "alias")]


def test_a_name_of_several_skills_means_the_curated_one_or_none(alice: User) -> None:
    entries = [
        skill_files.Entry(f"maths {n}", (skill_files.Name("Maths", "en"),), url=f"{ESCO[:-1]}{n}")
        for n in (1, 2)
    ]
    list(curating.load(entries))
    assert linked(link(alice, tags=("maths",))) == [("maths", "named")]
    SkillAlias.objects.filter(skill__name="maths 2").update(preferred=True)
    assert linked(link(alice, tags=("maths",))) == [("maths 2", "alias")]
    curated("Mathematics", "maths")
    assert linked(link(alice, tags=("maths",))) == [("Mathematics", "alias")]


def test_nothing_of_a_badge_is_lost_or_doubled(alice: User) -> None:
    badge = link(alice, aligned("Knots"), aligned("knots", ESCO), tags=("Knots", "KNOTS", " ", "—"))
    assert linked(badge) == [("Knots", "named"), ("knots", "identifier")]


def test_a_badge_has_a_bounded_number_of_skills(alice: User) -> None:
    badge = link(alice, *(aligned(f"Skill {n}") for n in range(80)), tags=("one more",))
    assert badge.skills.count() == skills.MAX_SKILLS


def test_linking_again_follows_what_the_badge_says_now(alice: User) -> None:
    badge = link(alice, aligned("Knots"), tags=("Seamanship",))
    curated("Sailing", "Seamanship")
    skills.link(badge=badge, credential=credential(tags=("Seamanship",)))
    assert linked(badge) == [("Sailing", "alias")]
    skills.link(badge=badge, credential=credential())
    assert linked(badge) == []


def test_names_as_long_as_they_come_are_kept_short(alice: User) -> None:
    badge = link(alice, aligned("x" * 5000, "https://a.example/" + "y" * 9000), tags=("z" * 5000,))
    assert [len(name) for name, _how in linked(badge)] == [200, 200]


# --- What it costs ---------------------------------------------------------------------------


def queries_of(found: list[tuple[Badge, Credential]]) -> int:
    with CaptureQueriesContext(connection) as queries:
        skills.link_many(found)
    return len(queries)


def test_linking_costs_four_queries_whatever_the_badge_says(alice: User) -> None:
    for n in range(5):
        curated(f"Curated {n}", f"alias {n}")
    few = credential(aligned("Knots"))
    every = credential(
        *(aligned(f"Skill {n}", f"https://skills.example/{n}") for n in range(20)),
        *(aligned(f"esco {n}", f"{ESCO[:-2]}{n:02}") for n in range(10)),
        tags=tuple(f"alias {n}" for n in range(5)),
    )
    for said in (few, every):
        badge = make_badge(alice)
        assert queries_of([(badge, said)]) <= 4
        assert queries_of([(badge, said)]) <= 3  # nothing is new any more
    assert queries_of([]) == 0


def test_fifty_badges_cost_what_one_costs(alice: User) -> None:
    curated("Teamwork", "team work")
    found = [
        (
            make_badge(alice),
            credential(aligned(f"Skill {n}"), aligned("Shared", ESCO), tags=("team work",)),
        )
        for n in range(50)
    ]
    assert queries_of(found) <= 4
    for n, (badge, _said) in enumerate(found):
        assert set(linked(badge)) == {
            (f"Skill {n}", "named"),
            ("Shared", "identifier"),
            ("Teamwork", "alias"),
        }


# --- What its holder says --------------------------------------------------------------------


def suggested(owner: User, name: str) -> list[str]:
    return [skill.name for skill in skills.suggestions(make_badge(owner, name=name))]


def test_whole_words_of_a_name_suggest_curated_skills(alice: User) -> None:
    curated("Python", "Python programming")
    curated("Project management")
    curated("Management")
    curated("First aid", "Erste Hilfe", language="de")
    curated("C++")
    curated("Team leading")
    assert suggested(alice, "Introduction to Python") == ["Python"]
    assert suggested(alice, "PYTHON-Programming (level 2)") == ["Python"]
    assert suggested(alice, "Project Management, with C++!") == ["Project management", "C++"]
    assert suggested(alice, "Ersthelfer: Erste Hilfe im Betrieb") == ["First aid"]
    assert suggested(alice, "Pythonic monty-pythons C") == []
    assert suggested(alice, "The team, leading the league") == []
    assert suggested(alice, "") == suggested(alice, "!!! – ???") == []


def test_only_curated_skills_are_suggested(alice: User) -> None:
    link(alice, tags=("Sailing",))
    entry = skill_files.Entry("sail", (skill_files.Name("sail", "en"),), url=ESCO)
    list(curating.load([entry]))
    assert suggested(alice, "Sailing, how to sail") == []


def test_a_name_of_any_length_is_looked_at_for_one_query(alice: User) -> None:
    for n in range(20):
        curated(f"Skill {n}")
    badge = make_badge(alice, name=" and ".join(f"skill {n}" for n in range(900)))
    with CaptureQueriesContext(connection) as queries:
        found = skills.suggestions(badge)
    assert len(queries) == 1
    assert [skill.name for skill in found] == [f"Skill {n}" for n in range(skills.MAX_SUGGESTED)]


@pytest.fixture
def python(alice: User) -> tuple[Badge, Skill]:
    skill = curated("Python", description="Programming in Python.")
    return make_badge(alice, name="Python for data"), skill


def answer(user: User, badge: Badge, skill: Skill, word: str, **headers: str) -> Any:
    client = Client()
    client.force_login(user)
    url = reverse(f"badges:skill-{word}", args=[badge.pk, skill.pk])
    return client.post(url, headers=headers)


def page_of(badge: Badge) -> str:
    client = Client()
    client.force_login(badge.owner)
    return client.get(reverse("badges:badge-detail", args=[badge.pk])).content.decode()


def test_a_suggestion_waits_on_the_badges_page_and_nowhere_else(
    python: tuple[Badge, Skill],
) -> None:
    badge, skill = python
    page = page_of(badge)
    assert "Programming in Python." in page
    assert reverse("badges:skill-confirm", args=[badge.pk, skill.pk]) in page
    assert not badge.skills.exists()


def test_confirming_adds_the_skill_and_says_who_did(python: tuple[Badge, Skill]) -> None:
    badge, skill = python
    response = answer(badge.owner, badge, skill, "confirm")
    assert response["Location"] == reverse("badges:badge-detail", args=[badge.pk])
    assert linked(badge) == [("Python", "confirmed")]
    assert skills.suggestions(badge) == []
    assert "(added by you)" in page_of(badge)
    event = AuditEvent.objects.get(action="skill.confirmed")
    assert (event.actor, event.detail) == (badge.owner, {"skill": str(skill.pk)})
    answer(badge.owner, badge, skill, "confirm")
    assert AuditEvent.objects.filter(action="skill.confirmed").count() == 1


def test_what_was_declined_is_never_asked_again(python: tuple[Badge, Skill]) -> None:
    badge, skill = python
    answer(badge.owner, badge, skill, "dismiss")
    assert linked(badge) == []
    assert skills.suggestions(badge) == []
    assert AuditEvent.objects.get(action="skill.dismissed").target_id == str(badge.pk)
    other = make_badge(badge.owner, name="Python again")
    assert skills.suggestions(other) == [skill]


def test_an_answer_can_be_changed(python: tuple[Badge, Skill]) -> None:
    badge, skill = python
    for word, then in (("dismiss", []), ("confirm", [("Python", "confirmed")]), ("dismiss", [])):
        assert answer(badge.owner, badge, skill, word).status_code == 302
        assert linked(badge) == then
    assert DeclinedSkill.objects.count() == 1


def test_a_script_gets_the_part_alone(python: tuple[Badge, Skill]) -> None:
    badge, skill = python
    part = answer(badge.owner, badge, skill, "confirm", **{"HX-Request": "true"}).content.decode()
    assert 'id="skills"' in part
    assert "<html" not in part
    assert "(added by you)" in part


def test_nobody_adds_a_skill_that_was_not_suggested(python: tuple[Badge, Skill]) -> None:
    badge, skill = python
    other = curated("Leadership")
    charlie = make_user("charlie@example.org")
    for word in ("confirm", "dismiss"):
        assert answer(badge.owner, badge, other, word).status_code == 404
        assert answer(charlie, badge, skill, word).status_code == 404
        assert answer(badge.owner, badge, Skill(pk=uuid4()), word).status_code == 404
    assert not BadgeSkill.objects.exists()
    assert not DeclinedSkill.objects.exists()


def test_what_an_issuer_says_cannot_be_taken_away_by_its_holder(alice: User) -> None:
    curated("Python")
    badge = link(alice, tags=("Python",))
    assert answer(alice, badge, badge.skills.get(), "dismiss").status_code == 404
    assert linked(badge) == [("Python", "alias")]


def test_a_confirmed_skill_outlives_a_new_reading(python: tuple[Badge, Skill]) -> None:
    badge, skill = python
    skills.confirm(badge=badge, skill_id=skill.pk, actor=badge.owner)
    skills.link(badge=badge, credential=credential(tags=("Data",)))
    assert linked(badge) == [("Data", "named"), ("Python", "confirmed")]
    skills.link(badge=badge, credential=credential(tags=("Python",)))
    assert linked(badge) == [("Python", "alias")]


def test_what_its_holder_adds_is_never_shown_as_verified(python: tuple[Badge, Skill]) -> None:
    badge, skill = python
    skills.link(badge=badge, credential=credential(tags=("Data",)))
    skills.confirm(badge=badge, skill_id=skill.pk, actor=badge.owner)
    view = pageview.build(page=make_page(badge.owner, badge), now=NOW)
    assert [(s.name, s.badges, s.verified) for s in view.skills] == [
        ("Data", 1, 1),
        ("Python", 1, 0),
    ]
    (entry,) = view.entries
    assert (entry.skills, entry.claimed) == (("Data",), ("Python",))


# --- Names and keys --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [("Problem-Solving", "problem solving"), ("ＳＱＬ", "sql"), ("l’écoute", "L'ÉCOUTE")],
)
def test_names_that_are_written_differently_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("C", "C++"), ("C#", "C"), ("resume", "résumé")])
def test_names_that_differ_are_two(one: str, other: str) -> None:
    assert folded(one) != folded(other)


# --- The table's way to its model ------------------------------------------------------------


@pytest.fixture
def executor() -> Iterator[MigrationExecutor]:
    """Moves the test's own database, and leaves it as it should be."""
    yield MigrationExecutor(connection)
    back = MigrationExecutor(connection)
    back.migrate(back.loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
def test_badges_keep_their_skills_through_the_change(executor: MigrationExecutor) -> None:
    executor.migrate([("badges", "0005_bringing")])
    # Of people as they are now: only badges went back.
    people = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "accounts"]
    old = executor.loader.project_state([("badges", "0005_bringing"), *people]).apps
    owner = old.get_model("accounts", "User").objects.create(email="a@example.org")
    badge = old.get_model("badges", "Badge").objects.create(owner=owner, identity="i", name="n")
    for key in "ab":
        badge.skills.add(old.get_model("badges", "Skill").objects.create(key=key, name=key))
    MigrationExecutor(connection).migrate([("badges", "0007_skills")])
    rows = BadgeSkill.objects.order_by("skill__name").values_list("badge", "skill__name", "how")
    assert list(rows) == [(badge.pk, "a", How.NAMED), (badge.pk, "b", How.NAMED)]
    MigrationExecutor(connection).migrate([("badges", "0005_bringing")])
    assert badge.skills.count() == 2
