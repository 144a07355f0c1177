"""Every address that names somebody's thing: its owner gets in, nobody else does.

The addresses are read from the URLconf, so a new one is tried without being added here; only a
new kind of thing has to be introduced in `whose`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import ApiToken, User
from badges.models import (
    Badge,
    BadgeSkill,
    Connection,
    DeclinedSkill,
    Evidence,
    HistoryEntry,
    ImportItem,
    ImportJob,
    PutAside,
    Reflection,
    Skill,
    SkillAlias,
    Source,
    Tagging,
)
from badges.services import organising, showing
from portfolio.models import (
    Conversation,
    Entry,
    Export,
    Goal,
    GoalSkill,
    Handle,
    LinkBadge,
    Listing,
    Opening,
    OwnSkill,
    Page,
    Section,
    ShareLink,
    Transcript,
)
from tests.factories import (
    NOW,
    make_badge,
    make_connection,
    make_conversation,
    make_import,
    make_link,
    make_page,
    make_source,
    make_token,
    make_user,
)

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
NOBODYS_ID = "00000000-0000-4000-8000-000000000000"
NOBODYS_NUMBER = 999_999
NUMBERS = {"entry", "number"}
OURS = {"accounts", "badges", "portfolio"}
# Read by people without an account; each has tests of its own.
OPEN = {
    "badges:picture",
    # Names a provider, which belongs to nobody here: test_connect_pages.
    "badges:connect-return",
    "portfolio:home",
    "portfolio:codes",
    "portfolio:oembed",
    "portfolio:code",
    "portfolio:code-check",
    "portfolio:codes-check",
    "portfolio:certificate",
    "portfolio:profile",
    "api",
    "api-docs",
    "api-schema",
    "api-nothing",
    "healthz",
    "readyz",
}


def is_open(name: str) -> bool:
    return name in OPEN or name.startswith(("portfolio:shared", "portfolio:directory"))


def routes() -> Iterator[tuple[str, frozenset[str]]]:
    """Each of our routes, with the names of its parameters."""

    def walk(
        patterns: list[URLPattern | URLResolver], space: str, above: frozenset[str]
    ) -> Iterator[tuple[str, frozenset[str]]]:
        for pattern in patterns:
            names = above | frozenset(pattern.pattern.regex.groupindex)
            if isinstance(pattern, URLResolver):
                inner = pattern.namespace or space
                if inner in OURS or (not inner and "api" in str(pattern.pattern)):
                    yield from walk(pattern.url_patterns, inner, names)
            elif pattern.name and (space or pattern.name.startswith("api")):
                yield (f"{space}:{pattern.name}" if space else pattern.name), names

    yield from walk(get_resolver().url_patterns, "", frozenset())


ROUTES = sorted({(name, params) for name, params in routes() if not is_open(name)})
NAMED = [(name, params) for name, params in ROUTES if params]
BARE = [name for name, params in ROUTES if not params]


@dataclass
class Things:
    """One of each, all of them Alice's."""

    badge: Badge
    job: ImportJob
    page: Page
    entry: Entry
    section: Section
    link: ShareLink
    document: Transcript
    export: Export
    token: ApiToken
    source: Source
    version: HistoryEntry
    skill: Skill
    connection: Connection
    evidence: Evidence
    reflection: Reflection
    removed: PutAside
    goal: Goal
    goal_skill: GoalSkill
    own_skill: OwnSkill
    conversation: Conversation

    def whose(self, name: str, params: frozenset[str]) -> dict[str, Any]:
        """What to put into an address, by its name."""
        kinds = {
            "accounts:token": ("token_id", self.token),
            "api-badge": ("pk", self.badge),
            "api-import": ("pk", self.job),
            "api-page": ("pk", self.page),
            "api-entr": ("pk", self.page),
            "api-link": ("pk", self.link),
            "badges:badge": ("pk", self.badge),
            "badges:import": ("pk", self.job),
            "badges:source": ("pk", self.source),
            "badges:skill": ("pk", self.badge),
            "badges:evidence": ("pk", self.badge),
            "badges:reflection": ("pk", self.badge),
            "badges:removed": ("batch", self.removed),
            "badges:source-disconnect": ("pk", self.connection.source),
            "portfolio:page": ("pk", self.page),
            "portfolio:entry": ("pk", self.page),
            "portfolio:link-create": ("pk", self.page),
            "portfolio:transcript-create": ("pk", self.page),
            "portfolio:link": ("pk", self.link),
            "portfolio:transcript": ("pk", self.document),
            "portfolio:export": ("pk", self.export),
            "portfolio:goal": ("pk", self.goal),
            "portfolio:own-skill": ("pk", self.own_skill),
            "portfolio:message": ("pk", self.conversation),
        }
        prefix = max((p for p in kinds if name.startswith(p)), key=len, default=None)
        assert prefix, f"Say in `whose` what the address {name} is about."
        parameter, thing = kinds[prefix]
        # A removal is named by a number of its own, which several badges share.
        named = thing.batch if isinstance(thing, PutAside) else thing.pk
        values: dict[str, Any] = {parameter: named}
        if "entry" in params:
            numbered = {
                "badges:badge-version": self.version,
                "portfolio:goal-skill-remove": self.goal_skill,
            }
            values["entry"] = numbered.get(name, self.entry).pk
        if "section" in params:
            values["section"] = self.section.pk
        if "badge" in params:
            values["badge"] = self.badge.pk
        if "number" in params:
            values["number"] = 1
        if "evidence" in params:
            values["evidence"] = self.evidence.pk
        if "reflection" in params:
            values["reflection"] = self.reflection.pk
        if "skill" in params:
            values["skill"] = self.skill.pk
        assert set(values) == params, f"Say in `whose` what fills {name}."
        return values


@pytest.fixture
def things() -> Things:
    alice = make_user("alice@example.org")
    badge = make_badge(alice, document=b"{}")
    page = make_page(alice, badge)
    link, _token = make_link(page)
    token, _key = make_token(alice, "badges:read")
    goal = Goal.objects.create(owner=alice, title="Sailor", origin=Goal.Origin.LIST)
    return Things(
        goal=goal,
        goal_skill=GoalSkill.objects.create(goal=goal, key="k", name="Knots", position=0),
        own_skill=OwnSkill.objects.create(owner=alice, kind="wanted", key="k", name="Knots"),
        badge=badge,
        job=make_import(alice, ImportItem.State.REFUSED),
        page=page,
        entry=Entry.objects.get(page=page),
        section=Section.objects.create(page=page, kind="text", position=0),
        link=link,
        document=Transcript.objects.create(owner=alice, page=page, code="AAAAABBBBBCCCCC"),
        export=Export.objects.create(owner=alice),
        token=token,
        source=make_source(alice),
        version=HistoryEntry.objects.create(
            badge=badge, kind=HistoryEntry.Kind.SUPERSEDED, document=b"{}"
        ),
        skill=suggested_by(badge),
        connection=make_connection(alice),
        evidence=showing.add(badge=badge, title="Boat", text="It floats.", now=NOW),
        reflection=showing.reflect(badge=badge, text="Hard.", on=NOW.date(), now=NOW),
        removed=removed_by(alice),
        conversation=make_conversation(
            Listing.objects.create(owner=alice, headline="Analyst", listed=True)
        ),
    )


def removed_by(owner: User) -> PutAside:
    """A badge that its owner removed a moment ago."""
    badge = make_badge(owner)
    organising.remove(owner=owner, badges=[badge.pk], now=timezone.now())
    return PutAside.objects.get(badge=badge)


def suggested_by(badge: Badge) -> Skill:
    """A skill that waits for an answer, so that only whose badge it is can stand in the way."""
    skill = Skill.objects.create(key=Skill.key_of("", badge.name), name=badge.name, curated=True)
    SkillAlias.objects.create(skill=skill, key=skill.key, text=skill.name)
    return skill


def snapshot() -> list[Any]:
    """Every row that a stranger might have changed."""
    models = (
        Badge, BadgeSkill, DeclinedSkill, ImportJob, ImportItem, Page, Section, Entry, Handle,
        ShareLink, Transcript, ApiToken, Connection, Source, Export, LinkBadge, Opening,
        Evidence, Reflection, PutAside, Tagging, Goal, GoalSkill, OwnSkill, Listing, Conversation,
    )  # fmt: skip
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_the_walk_finds_the_addresses() -> None:
    names = {name for name, _params in ROUTES}
    assert {"badges:badge-detail", "portfolio:page-edit", "api-badge", "accounts:profile"} <= names
    assert len(NAMED) > 30


@pytest.mark.parametrize(("name", "params"), NAMED, ids=[name for name, _ in NAMED])
def test_a_stranger_finds_nothing_and_changes_nothing(
    name: str, params: frozenset[str], things: Things
) -> None:
    charlie = Client()
    charlie.force_login(make_user("charlie@example.org"))
    before, values = snapshot(), things.whose(name, params)
    url = reverse(name, kwargs=values)
    answers = {method: getattr(charlie, method)(url).status_code for method in METHODS}
    assert set(answers.values()) <= {404, 405}, answers
    assert 404 in answers.values()
    assert snapshot() == before
    nobodys = {key: NOBODYS_NUMBER if key in NUMBERS else NOBODYS_ID for key in values}
    of_nobody = reverse(name, kwargs=nobodys)
    method = next(method for method, status in answers.items() if status == 404)
    # Not even the words may tell a thing of somebody else's from a thing that is not.
    there, not_there = getattr(charlie, method)(url), getattr(charlie, method)(of_nobody)
    assert there.content.replace(url.encode(), b"") == not_there.content.replace(
        of_nobody.encode(), b""
    )


@pytest.mark.parametrize(("name", "params"), NAMED, ids=[name for name, _ in NAMED])
def test_somebody_without_an_account_is_asked_to_sign_in(
    name: str, params: frozenset[str], things: Things
) -> None:
    before, url = snapshot(), reverse(name, kwargs=things.whose(name, params))
    for method in METHODS:
        response = getattr(Client(), method)(url)
        if name.startswith("api-"):
            assert response.status_code == 401
            assert response["WWW-Authenticate"].startswith("Bearer")
        else:
            assert response.status_code in {302, 405}, method
            if response.status_code == 302:
                assert response["Location"].startswith("/accounts/login/?next=")
    assert snapshot() == before


@pytest.mark.parametrize(("name", "params"), NAMED, ids=[name for name, _ in NAMED])
def test_its_owner_is_let_in(name: str, params: frozenset[str], things: Things) -> None:
    """Without this, a matrix full of 404 would only prove that the ids are wrong."""
    alice = Client()
    alice.force_login(things.page.owner)
    missing = {
        "badges:badge-original",
        "badges:badge-evidence",
        "badges:evidence-file",
        "api-badge-original",
        "portfolio:transcript-file",
        "portfolio:export-file",
    }
    url = reverse(name, kwargs=things.whose(name, params))
    expected = {404} if name in missing else {200, 302, 405}  # no file was stored for these
    assert alice.get(url).status_code in expected


@pytest.mark.parametrize("name", BARE)
def test_lists_and_forms_want_somebody_signed_in(name: str) -> None:
    response = Client().get(reverse(name))
    if name.startswith("api-"):
        assert response.status_code == 401
    else:
        assert response.status_code in {302, 405}
