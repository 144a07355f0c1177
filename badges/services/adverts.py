"""Which skills a job advert asks for, by the list of skills that is kept here.

`wanted(text=...)` is the whole of it, and `weights(text=...)` the short form for a search. Nothing
of an advert is stored or logged, and nothing leaves this machine. Two queries for three hundred
words; a few more for the longest advert.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from uuid import UUID

from badges.models import Skill, SkillAlias
from badges.skills import adverts, ambiguous, graph, matching, plain
from badges.skills.cues import Need
from badges.skills.matching import Asked, Nearby, Sense, Wanted

__all__ = ["Asked", "Unreadable", "Wanted", "around", "chosen", "wanted", "weights"]

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


def chosen(*, skills: Iterable[UUID]) -> Asked:
    """The same from skills that somebody picked from the list, each as wanted as the next."""
    rows = list(Skill.objects.filter(pk__in=list(skills)[:MAX_WANTED]).order_by("name"))
    named: dict[str, list[UUID]] = {}
    keys = [Skill.key_of("", row.name) for row in rows]
    found = SkillAlias.objects.filter(key__in=keys, preferred=True).order_by()
    for key, skill in found.values_list("key", "skill_id"):
        named.setdefault(key, []).append(skill)
    return Asked(
        tuple(
            Wanted(
                skill=row.pk,
                name=row.name,
                need=Need.PLAIN,
                same=frozenset(named.get(key, ())) - {row.pk},
                first=at,
            )
            for at, (row, key) in enumerate(zip(rows, keys, strict=True))
        )
    )


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
