"""Own skills and goals in an export, and back from one: what is told of them, and made of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from badges.models import Skill
from portfolio.models import Goal, GoalSkill, OwnSkill, Restoration
from portfolio.services import foreign, records
from portfolio.services.goals import MAX_GOALS
from portfolio.services.profile import MAX_OWN

Json = dict[str, Any]
MAX_SKILLS = 60  # of one goal


def told(owner: User) -> Json:
    """What stands of them at the front of an export. Four queries."""
    mine = list(OwnSkill.objects.owned_by(owner).order_by("added_at", "pk"))
    goals = list(Goal.objects.owned_by(owner).order_by("created_at", "pk"))
    steps = list(GoalSkill.objects.filter(goal__in=goals).order_by("position", "pk"))
    keys = {row.key for row in mine} | {row.key for row in steps}
    rows = {skill.key: skill for skill in Skill.objects.filter(key__in=keys)}
    return {
        "own_skills": [
            _skill(row.key, row.name, rows)
            | {"kind": row.kind, "added_at": records.moment(row.added_at)}
            for row in mine
        ],
        "goals": [
            {
                "title": goal.title,
                "made_from": goal.origin,
                "created_at": records.moment(goal.created_at),
                "skills": [
                    _skill(step.key, step.name, rows) | {"nice_to_have": step.nice}
                    for step in steps
                    if step.goal_id == goal.pk
                ],
            }
            for goal in goals
        ],
    }


def _skill(key: str, name: str, rows: Mapping[str, Skill]) -> Json:
    row = rows.get(key)
    return {"name": name, "url": row.url if row else "", "framework": row.framework if row else ""}


def _key(told: Json) -> tuple[str, str]:
    """The key and the name of a skill that a file names; no key when it names none."""
    name = " ".join(foreign.words(told.get("name"), 200).split())
    return (Skill.key_of(foreign.words(told.get("url"), 2000), name), name) if name else ("", "")


def bring_skills(*, row: Restoration, owner: User, told: Iterable[Json], now: datetime) -> int:
    """Write down what a file says, beside what is here. Returns how many are new."""
    found: dict[str, OwnSkill] = {}
    for one in told:
        key, name = _key(one)
        kind = foreign.choice(one.get("kind"), OwnSkill.Kind.values)
        if key and kind:
            at = foreign.moment(one.get("added_at"), before=now) or now
            found.setdefault(key, OwnSkill(owner=owner, kind=kind, key=key, name=name, added_at=at))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)
        here = set(OwnSkill.objects.owned_by(owner).values_list("key", flat=True))
        new = [one for key, one in found.items() if key not in here][: MAX_OWN - len(here)]
        OwnSkill.objects.bulk_create(new)
        _made(row, "own_skills", [str(one.pk) for one in new])
    return len(new)


def bring_goal(*, row: Restoration, owner: User, told: Json, now: datetime) -> bool | None:
    """Make a goal, or find it. Returns whether it is new; None when nothing can be made of it."""
    title = foreign.words(told.get("title"), 160).strip()
    skills: dict[str, tuple[str, bool]] = {}
    for one in foreign.objects(told.get("skills"), MAX_SKILLS):
        key, name = _key(one)
        if key:
            skills.setdefault(key, (name, one.get("nice_to_have") is True))
    if not title or not skills:
        return None
    origin = foreign.choice(told.get("made_from"), Goal.Origin.values) or Goal.Origin.LIST
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)
        mine = Goal.objects.owned_by(owner)
        same = mine.filter(title=title).prefetch_related("skills")
        if any({step.key for step in goal.skills.all()} == set(skills) for goal in same):
            return False
        if mine.count() >= MAX_GOALS:
            return None
        at = foreign.moment(told.get("created_at"), before=now) or now
        goal = Goal.objects.create(owner=owner, title=title, origin=origin, created_at=at)
        GoalSkill.objects.bulk_create(
            GoalSkill(goal=goal, key=key, name=name, nice=nice, position=at_)
            for at_, (key, (name, nice)) in enumerate(skills.items())
        )
        _made(row, "goals", [str(goal.pk)])
    return True


def _made(row: Restoration, kind: str, ids: list[str]) -> None:
    row.refresh_from_db(fields=["made"])
    row.made.setdefault(kind, []).extend(ids)
    row.save(update_fields=["made"])


def take_back(*, row: Restoration, owner: User) -> None:
    """Remove what an import made that is taken back."""
    OwnSkill.objects.owned_by(owner).filter(pk__in=row.made.get("own_skills", [])).delete()
    Goal.objects.owned_by(owner).filter(pk__in=row.made.get("goals", [])).delete()
