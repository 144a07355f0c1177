"""Goals: a role, an advert or a list of skills, beside what somebody has; and how to close the gap.

What would close it is told from badges that others here hold, and tells nothing of them: an issuer
and a badge's name, which its issuer made public, and only where several people hold it. Which
people, and how many, is told to nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit
from badges.models import BadgeSkill, Basis, How, Recipient, Result, Trust
from badges.services import adverts, registry
from badges.skills import matching, plain
from badges.skills.matching import Answer, Asked, Wanted
from badges.skills.roles import Role
from portfolio.models import Goal, GoalSkill
from portfolio.services.profile import Profile, Proof

MAX_GOALS = 50
HOLDERS = 3  # several: with fewer, a name might point at one person
KNOWN_HOLDERS = 2  # of an issuer in our registry, whose badges are public by name
OFFERED = 3  # badges for one skill


class TooManyGoals(Exception):
    """Their owner has MAX_GOALS already."""


class NothingAsked(Exception):
    """There is no skill in it to work towards."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A badge that would close a gap: what it is called, and who issues it."""

    name: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Step:
    """One skill of a goal. `row` is where it is stored; `proof` is the strongest badge for it, and
    `by` the related skill through which it answers."""

    row: GoalSkill
    answer: Answer
    proof: Proof | None = None
    offers: tuple[Offer, ...] = ()

    @property
    def state(self) -> str:
        return self.answer.state

    @property
    def by(self) -> str:
        return self.answer.related[0].by if self.state == "related" else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A goal beside what its owner has."""

    goal: Goal
    steps: tuple[Step, ...]

    @property
    def have(self) -> list[Step]:
        return [step for step in self.steps if step.state == "covered"]

    @property
    def nearly(self) -> list[Step]:
        return [step for step in self.steps if step.state in {"over", "claimed", "related"}]

    @property
    def missing(self) -> list[Step]:
        return [step for step in self.steps if step.state == "missing"]


# --- Made from -----------------------------------------------------------------------------------


def of_role(*, owner: User, role: Role) -> Goal:
    """A goal with what a role usually asks for."""
    names = [(name, False) for name in role.must] + [(name, True) for name in role.nice]
    found = [adverts.Named(adverts.key_of(name), name, nice) for name, nice in names]
    title = role.title(get_language())
    return _create(owner=owner, title=title, origin=Goal.Origin.ROLE, skills=found)


def of_asked(*, owner: User, title: str, asked: Asked, origin: str) -> Goal:
    """A goal with what an advert asks for, or what was chosen. Raises `NothingAsked`."""
    keys = adverts.keys_of(asked.wanted)
    found = [adverts.Named(keys[one.skill], one.name, one.is_nice) for one in asked.wanted]
    return _create(owner=owner, title=title, origin=origin, skills=found)


def _create(*, owner: User, title: str, origin: str, skills: Sequence[adverts.Named]) -> Goal:
    if not skills:
        raise NothingAsked
    with transaction.atomic():
        if Goal.objects.owned_by(owner).count() >= MAX_GOALS:
            raise TooManyGoals
        goal = Goal.objects.create(owner=owner, title=title[:160], origin=origin)
        unique = {one.key: one for one in skills}
        GoalSkill.objects.bulk_create(
            GoalSkill(goal=goal, key=one.key, name=one.name[:200], nice=one.nice, position=at)
            for at, one in enumerate(unique.values())
        )
        audit.record(actor=owner, action="goal.created", target=goal, origin=origin)
    return goal


def title_of(text: str) -> str:
    """What to call a goal that was made from an advert: its first line that is short enough."""
    for line in plain.lines(text):
        line = plain.BULLET.sub("", line.removeprefix("# ")).strip(" *#:")
        if 3 <= len(line) <= 90:
            return line
    return _("A job")


def delete(*, goal: Goal, actor: User) -> None:
    """Give it up. Badges and skills stay."""
    with transaction.atomic():
        audit.record(actor=actor, action="goal.deleted", target=goal)
        goal.delete()


def take_off(*, skill: GoalSkill, actor: User) -> None:
    """This goal does not need the skill after all."""
    with transaction.atomic():
        audit.record(actor=actor, action="goal.changed", target=skill.goal, without=skill.name)
        skill.delete()


# --- How far -------------------------------------------------------------------------------------


def progress(
    *, goals: Sequence[Goal], profile: Profile, now: datetime, offers: bool = False
) -> list[Progress]:
    """How far somebody is with each goal, for as many queries as for one."""
    rows: dict[UUID, list[GoalSkill]] = {goal.pk: [] for goal in goals}
    for row in GoalSkill.objects.filter(goal__in=goals).order_by("position", "pk"):
        rows[row.goal_id].append(row)
    every = [row for some in rows.values() for row in some]
    wanted = adverts.wanted_of(adverts.Named(row.key, row.name, row.nice) for row in every)
    near = adverts.around(list(wanted.values()))
    proofs = {proof.badge_id: proof for line in profile.every for proof in line.proofs}
    found = []
    for goal in goals:
        asked = [wanted[row.key] for row in rows[goal.pk]]
        answers = matching.compare(asked, profile.held, near)
        gaps = [answer.wanted for answer in answers if answer.state != "covered"]
        told = closing(wanted=gaps, owner=goal.owner_id, now=now) if offers else {}
        steps = (
            Step(row, answer, _proof(answer, proofs), tuple(told.get(answer.wanted.skill, ())))
            for row, answer in zip(rows[goal.pk], answers, strict=True)
        )
        found.append(Progress(goal, tuple(steps)))
    return found


def _proof(answer: Answer, proofs: Mapping[UUID, Proof]) -> Proof | None:
    """The strongest badge that answers, if it is a badge that does."""
    reasons = (*answer.covered, *answer.over, *answer.claimed, *answer.related)
    badges = (reason.held.badge for reason in reasons)
    return next((proofs[badge] for badge in badges if badge is not None), None)


def closing(*, wanted: Iterable[Wanted], owner: UUID, now: datetime) -> dict[UUID, list[Offer]]:
    """For each skill the badges that others hold for it. Two queries."""
    skills = {skill: one.skill for one in wanted for skill in (*one.same, one.skill)}
    rows = (
        BadgeSkill.objects.filter(
            skill__in=skills,
            badge__added_at__isnull=False,
            badge__result=Result.VALID,
            badge__trust__in=[Trust.SIGNED, Trust.HOSTED],
            badge__recipient=Recipient.OWNER,
            badge__basis=Basis.DOCUMENT,
            badge__issuer__isnull=False,
            badge__owner__is_active=True,
        )
        .exclude(how=How.CONFIRMED)
        .exclude(badge__owner=owner)
        .values("skill", "badge__name", "badge__issuer__name", "badge__issuer__identifier")
        .annotate(holders=Count("badge__owner", distinct=True), host=Max("badge__host"))
        .filter(holders__gte=KNOWN_HOLDERS)
        .order_by("-holders", "badge__name")[:200]
    )
    found = list(rows)
    standings = registry.standings([_claim(row) for row in found], now=now)
    offers: dict[UUID, list[Offer]] = {}
    for row, standing in zip(found, standings, strict=True):
        enough = KNOWN_HOLDERS if standing.code == registry.KNOWN else HOLDERS
        some = offers.setdefault(skills[row["skill"]], [])
        offer = Offer(row["badge__name"][:200], row["badge__issuer__name"][:200])
        poses = standing.code == registry.IMPERSONATES
        if row["holders"] >= enough and not poses and offer not in some and len(some) < OFFERED:
            some.append(offer)
    return offers


def _claim(row: Mapping[str, Any]) -> registry.Claim:
    return registry.Claim(
        identifier=row["badge__issuer__identifier"],
        host=row["host"],
        name=row["badge__issuer__name"],
    )
