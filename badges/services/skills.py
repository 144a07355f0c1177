"""Which skills a badge shows: what its issuer points at and names, and what its holder confirmed.

Theory of operation. Alignments and tags stay on the badge as they came. Each of them leads to one
skill at most, by the first of these that answers:

1. *Its address or code in a framework that is known* (`openbadges.frameworks`). Is there no row
   for it yet, one is made from the badge's own words; a list that is loaded later fills it in.
2. *Its whole name*, which is an alias of one skill in the badge's language or in English. Curated
   skills come first, then the badge's own language, then main names; a name that still leads to
   several leads to none.
3. Itself: a row under the name that the issuer gave, without a framework.

Never a part of a name. What a badge's name only speaks of is a suggestion, worked out when its
page is shown and kept nowhere: its holder confirms it, which makes it a link, or declines it,
which is remembered. Links of the first kind are made anew each time; the holder's stay.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value

from accounts.models import User
from accounts.services import audit
from badges.models import Badge, BadgeSkill, DeclinedSkill, How, Skill, SkillAlias
from badges.models.skill import folded
from badges.openbadges import frameworks
from badges.openbadges.credential import Alignment, Credential
from badges.services import search

MAX_SKILLS = 50  # of one badge
MAX_SUGGESTED = 5
MAX_PHRASE = 5  # words
MAX_WORDS = 40  # of a name that are looked at


class NotOffered(Exception):
    """This skill was not suggested for this badge."""


# --- What the issuer says --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """One alignment or tag: the keys that may lead to its skill, and the row if none does.

    `identified` says that its address belongs to a known framework, whose word comes before the
    name. `row` is None for what has an address and no words.
    """

    address: str
    name: str
    identified: bool
    row: Skill | None


@dataclass(frozen=True, slots=True)
class _Way:
    """One alias that was found: where it leads, and how much it counts."""

    skill: UUID
    curated: bool
    language: str
    preferred: bool


@dataclass(slots=True)
class Known:
    """What is here already, by key: aliases, and skills under their own keys."""

    aliases: dict[str, list[_Way]] = field(default_factory=dict)
    own: dict[str, UUID] = field(default_factory=dict)

    def named(self, key: str, language: str) -> UUID | None:
        """The one skill that a name means; None when it means none, or several equally well.

        On a badge that says its language, words of others are false friends ("Gift" is poison in
        German). Only English ones are met everywhere.
        """
        spoken = {language, "en", ""} if language else None
        ranks = {
            way: (way.curated, way.language == language, way.preferred)
            for way in self.aliases.get(key, [])
            if spoken is None or way.language in spoken
        }
        best = {way.skill for way, rank in ranks.items() if rank == max(ranks.values())}
        return best.pop() if len(best) == 1 else None

    def addressed(self, key: str) -> UUID | None:
        """The skill with this address; an alias says that staff merged it into another."""
        ways = self.aliases.get(key)
        return ways[0].skill if ways else self.own.get(key)


def known(keys: Iterable[str]) -> Known:
    """Everything that these keys lead to, for one query."""
    wanted = set(keys)
    found = Known()
    if not wanted:
        return found
    none = Value("", output_field=CharField())
    aliases = SkillAlias.objects.filter(key__in=wanted).order_by()
    skills = Skill.objects.filter(key__in=wanted).order_by()
    rows = aliases.values_list(
        "key", "skill_id", "skill__curated", "language", "preferred", Value(1)
    ).union(skills.values_list("key", "pk", "curated", none, "curated", Value(0)), all=True)
    for key, skill, curated, language, preferred, is_alias in rows:
        if is_alias:
            way = _Way(skill, bool(curated), language, bool(preferred))
            found.aliases.setdefault(key, []).append(way)
        else:
            found.own[key] = skill
    return found


def link(*, badge: Badge, credential: Credential) -> None:
    """Tie a saved badge to the skills that its credential points at and names."""
    link_many([(badge, credential)])


def link_many(found: Sequence[tuple[Badge, Credential]]) -> None:
    """The same for many badges, in as few queries as for one."""
    said = [(badge, credential.language, _said(credential)) for badge, credential in found]
    here = known(
        key for _badge, _language, all_said in said for one in all_said for key in _keys(one)
    )
    links: dict[tuple[UUID, UUID], BadgeSkill] = {}
    new: dict[str, Skill] = {}
    for badge, language, all_said in said:
        for one in all_said:
            skill, how = _resolve(one, here, language.partition("-")[0].lower())
            if skill is None and one.row is not None:
                skill = new.setdefault(one.row.key, one.row).pk
            if skill is not None:
                made = BadgeSkill(badge_id=badge.pk, skill_id=skill, how=how)
                links.setdefault((badge.pk, skill), made)
    with transaction.atomic(savepoint=False):
        # In one order, so that two workers with the same new skills wait and do not deadlock.
        Skill.objects.bulk_create([new[key] for key in sorted(new)], ignore_conflicts=True)
        old = BadgeSkill.objects.filter(badge__in=[badge for badge, _credential in found])
        old.exclude(how=How.CONFIRMED).delete()
        # What a holder confirmed and an issuer now says counts as said by the issuer.
        BadgeSkill.objects.bulk_create(
            links.values(),
            update_conflicts=True,
            unique_fields=["badge", "skill"],
            update_fields=["how"],
        )


def _said(credential: Credential) -> list[_Said]:
    """Each alignment and tag once, without those that point at something else than a skill."""
    found: dict[tuple[str, str], _Said] = {}
    for one in chain(map(_of_alignment, credential.alignments), map(_of_name, credential.tags)):
        if one is not None:
            found.setdefault((one.address, one.name), one)
        if len(found) == MAX_SKILLS:
            break
    return list(found.values())


def _keys(one: _Said) -> tuple[str, ...]:
    return tuple(filter(None, (one.address, one.name)))


def _of_alignment(alignment: Alignment) -> _Said | None:
    found = frameworks.identify(alignment.url, code=alignment.code, framework=alignment.framework)
    if found is not None and found.kind is not frameworks.Kind.SKILL:
        return None
    address = found.url if found else alignment.url.strip()
    if not address:
        return _of_name(alignment.name)
    said = _of_name(alignment.name)
    key = Skill.key_of(address, "")
    row = None
    if said is not None:
        row = _row(
            key,
            alignment.name,
            # Only what a browser may be sent to.
            url=address if address.lower().startswith(("https://", "http://")) else "",
            framework=(found.framework.value if found else alignment.framework)[:200],
        )
    return _Said(key, said.name if said else "", found is not None, row)


def _of_name(name: str) -> _Said | None:
    if not folded(name):
        return None
    key = Skill.key_of("", name)
    return _Said("", key, False, _row(key, name))


def _row(key: str, name: str, **fields: str) -> Skill:
    return Skill(pk=Skill.id_of(key), key=key, name=" ".join(name.split())[:200], **fields)


def _resolve(one: _Said, here: Known, language: str) -> tuple[UUID | None, How]:
    if one.address in here.aliases or one.identified:
        return here.addressed(one.address), How.IDENTIFIER
    if skill := here.named(one.name, language):
        return skill, How.ALIAS
    return here.own.get(one.address or one.name), How.NAMED


# --- What its holder says --------------------------------------------------------------------


def suggestions(badge: Badge) -> list[Skill]:
    """Curated skills of which the badge's name speaks, in its order. One query.

    The name alone: criteria name the tools and topics of a course, and much else beside.
    """
    phrases = _phrases(badge.name)
    mine = Q(badge=badge.pk, skill=OuterRef("skill"))
    answered = Exists(BadgeSkill.objects.filter(mine)) | Exists(DeclinedSkill.objects.filter(mine))
    rows = (
        SkillAlias.objects.filter(key__in=phrases, skill__curated=True)
        .annotate(answered=answered)
        .select_related("skill")
    )
    meant: dict[str, dict[Skill, bool]] = {}
    for row in rows:
        meant.setdefault(row.key, {})[row.skill] = row.answered
    taken: set[int] = set()
    offered: dict[Skill, int] = {}
    # Longer phrases first: “project management” is not also “management”.
    spans = [(start - end, start, end, key) for key in meant for start, end in phrases[key]]
    for _length, start, end, key in sorted(spans):
        if taken.isdisjoint(range(start, end)) and len(meant[key]) == 1:
            taken.update(range(start, end))
            skill, is_answered = next(iter(meant[key].items()))
            if not is_answered:
                offered.setdefault(skill, start)
    return sorted(offered, key=offered.__getitem__)[:MAX_SUGGESTED]


def _phrases(name: str) -> Mapping[str, list[tuple[int, int]]]:
    """The key of every run of whole words of a name, and where it stands. None crosses a comma."""
    found: dict[str, list[tuple[int, int]]] = {}
    position = 0
    for part in re.split(r"[/|,;:!?()\[\]{}\"“”„«»…·•]+|\s[&–—-]\s", name[:500]):
        words = [word.strip(".'") for word in folded(part).split()][: MAX_WORDS - position]
        for start in range(len(words)):
            for end in range(start + 1, min(start + MAX_PHRASE, len(words)) + 1):
                key = Skill.key_of("", " ".join(words[start:end]))
                found.setdefault(key, []).append((position + start, position + end))
        position += len(words)
    return found


def confirm(*, badge: Badge, skill_id: UUID, actor: User) -> None:
    """The holder says that the badge shows this skill. Raises `NotOffered`."""
    with transaction.atomic():
        skill = _offered(badge, skill_id)
        _link, new = BadgeSkill.objects.get_or_create(
            badge=badge, skill=skill, defaults={"how": How.CONFIRMED}
        )
        DeclinedSkill.objects.filter(badge=badge, skill=skill).delete()
        search.forget([badge.pk])
        if new:
            audit.record(actor=actor, action="skill.confirmed", target=badge, skill=str(skill.pk))


def dismiss(*, badge: Badge, skill_id: UUID, actor: User) -> None:
    """The holder says that it does not, perhaps after having confirmed it. Raises `NotOffered`."""
    with transaction.atomic():
        skill = _offered(badge, skill_id)
        BadgeSkill.objects.filter(badge=badge, skill=skill, how=How.CONFIRMED).delete()
        search.forget([badge.pk])
        _row, new = DeclinedSkill.objects.get_or_create(badge=badge, skill=skill)
        if new:
            audit.record(actor=actor, action="skill.dismissed", target=badge, skill=str(skill.pk))


def _offered(badge: Badge, skill_id: UUID) -> Skill:
    """A skill that is suggested, or that was and got its answer: answers may be changed."""
    for skill in suggestions(badge):
        if skill.pk == skill_id:
            return skill
    answered: QuerySet[Skill] = Skill.objects.filter(
        Q(links__badge=badge, links__how=How.CONFIRMED) | Q(declined__badge=badge), pk=skill_id
    )
    found = answered.first()
    if found is None:
        raise NotOffered
    return found
