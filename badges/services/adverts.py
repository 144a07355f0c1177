"""Which skills a job advert asks for, by the list of skills that is kept here.

`wanted(text=...)` is the whole of it, and `weights(text=...)` the short form for a search. Nothing
of an advert is stored or logged, and nothing leaves this machine. Two queries for three hundred
words; a few more for the longest advert.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Lower

from badges.models import Skill, SkillAlias
from badges.services.skills import known
from badges.skills import adverts, ambiguous, graph, matching, plain
from badges.skills.cues import Need
from badges.skills.matching import Asked, Nearby, Sense, Wanted

Unreadable = plain.Unreadable
MAX_CHARACTERS = plain.MAX_CHARACTERS
BATCH = 5000  # keys that one query looks up
MAX_WANTED = 60  # of one advert; who asks for more has pasted a list of everything


def wanted(*, text: str, own: Mapping[UUID, str] | None = None) -> Asked:
    """The skills that an advert asks for, in its order. Raises `Unreadable`.

    `own` are skills, by their names, that are looked for beside those of the list: those which
    only the badges at hand know of.
    """
    advert = adverts.read(text)
    asked = matching.wanted(advert, _senses(advert.phrases(), own or {}))
    return Asked(asked.wanted[:MAX_WANTED], asked.not_needed)


def weights(*, text: str) -> dict[UUID, float]:
    """Wanted skills with how much each matters: 1 is a must, 0.4 nice to have."""
    found: dict[UUID, float] = {}
    for one in wanted(text=text).wanted:
        for skill in (one.skill, *one.same):
            found[skill] = max(found.get(skill, 0.0), one.weight)
    return found


@dataclass(frozen=True, slots=True)
class Named:
    """A skill by its key and the name it had when it was written down."""

    key: str
    name: str
    nice: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A skill that was looked for, and the other name by which it was found."""

    key: str
    name: str
    also: str = ""


def rows_of(skills: Iterable[Named]) -> dict[str, UUID]:
    """Which skill each key leads to now. One query.

    Words that are in no list stand for themselves: a badge may yet bring their row.
    """
    items = list(skills)
    here = known(one.key for one in items)
    return {
        one.key: here.own.get(one.key) or here.named(one.key, "") or Skill.id_of(one.key)
        for one in items
    }


def wanted_of(skills: Iterable[Named]) -> dict[str, Wanted]:
    """What was written down as wanted, by its key. Two queries."""
    items = list(skills)
    rows = rows_of(items)
    names = known(key_of(one.name) for one in items).aliases
    return {
        one.key: Wanted(
            skill=rows[one.key],
            name=one.name,
            need=Need.NICE if one.nice else Need.PLAIN,
            same=frozenset(way.skill for way in names.get(key_of(one.name), ()) if way.preferred)
            - {rows[one.key]},
            first=at,
        )
        for at, one in enumerate(items)
    }


def key_of(name: str) -> str:
    """Under which a skill is written down that is known by its name alone."""
    return Skill.key_of("", name)


def keys_of(wanted: Iterable[Wanted]) -> dict[UUID, str]:
    """Under which keys wanted skills are written down."""
    found = Skill.objects.filter(pk__in=[one.skill for one in wanted])
    return dict(found.values_list("pk", "key"))


def chosen(*, skills: Iterable[UUID]) -> tuple[Wanted, ...]:
    """The same from skills that somebody picked from the list, each as wanted as the next."""
    rows = Skill.objects.filter(pk__in=list(skills)[:MAX_WANTED]).order_by(Lower("name"))
    named = (Named(key, name) for key, name in rows.values_list("key", "name"))
    return tuple(wanted_of(named).values())


def listed() -> list[tuple[UUID, str]]:
    """The skills to choose from: those that are kept by hand, because thousands are no choice."""
    rows = Skill.objects.filter(curated=True).order_by(Lower("name"))
    return list(rows.values_list("pk", "name"))


def find(*, text: str, limit: int = 12) -> list[Found]:
    """Skills of the list whose name, or another of their names, has a word that begins so."""
    text = " ".join(text.replace("\0", "").split())[:100]
    if len(text) < 2:
        return []
    begins = Q(text__istartswith=text) | Q(text__icontains=f" {text}")
    rows = (
        SkillAlias.objects.filter(begins)
        .exclude(text__istartswith="http")
        .order_by("-skill__curated", "-preferred", "text")
        .values_list("skill__key", "skill__name", "text")[: limit * 8]
    )
    found: dict[str, Found] = {}
    for key, name, text in rows:
        found.setdefault(key, Found(key, name, "" if text.casefold() == name.casefold() else text))
    return list(found.values())[:limit]


def synonyms(skills: Mapping[UUID, str]) -> dict[UUID, tuple[UUID, str]]:
    """Which of our own skills each of these is, by its whole name. One query."""
    keys = {skill: Skill.key_of("", name) for skill, name in skills.items()}
    rows = SkillAlias.objects.filter(key__in=set(keys.values()), skill__curated=True).order_by()
    ways: dict[str, dict[UUID, str]] = {}
    for key, skill, name in rows.values_list("key", "skill_id", "skill__name"):
        ways.setdefault(key, {})[skill] = name
    found = {skill: ways.get(key, {}) for skill, key in keys.items()}
    return {skill: next(iter(own.items())) for skill, own in found.items() if len(own) == 1}


# --- What phrases mean -------------------------------------------------------------------------


def _senses(phrases: Iterable[str], own: Mapping[UUID, str]) -> dict[str, list[Sense]]:
    """What each phrase may mean, for one query per five thousand phrases."""
    keys = {_key(ambiguous.BARE.get(phrase, phrase)): phrase for phrase in phrases}
    found: dict[str, list[Sense]] = {}
    for skill, name in own.items():
        if phrase := keys.get(Skill.key_of("", name)):
            found.setdefault(phrase, []).append(Sense(skill, name, curated=False, language=""))
    every = list(keys)
    for start in range(0, len(every), BATCH):
        rows = SkillAlias.objects.filter(key__in=every[start : start + BATCH]).order_by()
        for key, skill, name, curated, preferred, language in rows.values_list(
            "key", "skill_id", "skill__name", "skill__curated", "preferred", "language"
        ):
            sense = Sense(skill, name, curated, preferred, language)
            found.setdefault(keys[key], []).append(sense)
    return found


def _key(phrase: str) -> str:
    """As `Skill.key_of` makes it of a name, for one that is folded already."""
    return sha256(f"name:{phrase}".encode("utf-8", "replace")).hexdigest()


# --- What is related -----------------------------------------------------------------------------


def around(wanted: Sequence[Wanted]) -> dict[UUID, list[Nearby]]:
    """For each wanted skill those that are related to it, by the rows they are here. One query.

    All names of the graph are looked up together: staff may have renamed or merged any of them.
    """
    by_key = {Skill.key_of("", name): name for name in graph.names()}
    rows: dict[str, list[UUID]] = {name: [Skill.id_of(key)] for key, name in by_key.items()}
    of: dict[UUID, str] = {ids[0]: name for name, ids in rows.items()}
    aliases = SkillAlias.objects.filter(key__in=by_key).order_by("-skill__curated")
    for key, skill, curated, preferred in aliases.values_list(
        "key", "skill_id", "skill__curated", "preferred"
    ):
        if curated or preferred:
            rows[by_key[key]].append(skill)
            of.setdefault(skill, by_key[key])
    return {
        one.skill: [
            Nearby(skill, edge.name, edge.kind)
            for edge in graph.around(of[one.skill])
            for skill in dict.fromkeys(rows[edge.name])
        ]
        for one in wanted
        if one.skill in of
    }
