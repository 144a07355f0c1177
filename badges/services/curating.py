"""The list of skills itself: filled from files, kept by hand, synonyms merged."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.services import audit
from badges.models import BadgeSkill, DeclinedSkill, How, Skill, SkillAlias
from badges.models.skill import folded
from badges.openbadges import frameworks
from badges.services import search
from badges.services.skill_files import Entry, Name
from badges.services.skills import Known, known

BATCH = 500
FIELDS = ["name", "description", "url", "framework", "curated"]


def key_for(text: str) -> str:
    """Under which a name, or an address in its one spelling, is found."""
    if text.strip().lower().startswith(("https://", "http://")):
        found = frameworks.identify(text)
        return Skill.key_of(found.url if found else text, "")
    return Skill.key_of("", text)


# --- Filled from files -----------------------------------------------------------------------


def load(
    entries: Iterable[Entry | None], *, curated: bool = False, main: bool = True
) -> Iterator[Counter[str]]:
    """Bring in a list, 500 at a time; yields what has become of them so far after each time.

    What is here under the same address, or for a curated list the same name, is the same skill.
    `main` says that the list is in the site's own language, so that its names and descriptions
    are the ones to show; any other only adds names. Skills that are kept by hand get names and
    nothing else. Loading the same list twice changes nothing.
    """
    counted: Counter[str] = Counter()
    rest = iter(entries)
    while batch := list(islice(rest, BATCH)):
        with transaction.atomic():
            counted += _load([one for one in batch if one], curated=curated, main=main)
        counted["left out"] += sum(one is None for one in batch)
        yield counted


def _load(entries: list[Entry], *, curated: bool, main: bool) -> Counter[str]:
    keyed = {Skill.key_of(one.url, one.name): one for one in entries}
    here = known(keyed)
    targets = {key: _target(key, one, here) for key, one in keyed.items()}
    rows = Skill.objects.in_bulk([pk for pk in targets.values() if pk])
    new, changed = [], []
    counted: Counter[str] = Counter(read=len(entries))
    for key, one in keyed.items():
        row = rows.get(targets[key] or Skill.id_of(key))
        values = {
            "name": one.name[:200],
            "description": one.description,
            "url": one.url,
            "framework": one.framework,
            "curated": curated,
        }
        if row is None:
            new.append(Skill(pk=Skill.id_of(key), key=key, **values))
        elif main and not row.curated and any(getattr(row, f) != values[f] for f in FIELDS):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    Skill.objects.bulk_create(new, ignore_conflicts=True)
    Skill.objects.bulk_update(changed, FIELDS)
    search.forget_skills(row.pk for row in changed)
    names = _add_names(
        (targets[key] or Skill.id_of(key), name) for key, one in keyed.items() for name in one.names
    )
    return counted + Counter(new=len(new), changed=len(changed), names=names)


def _target(key: str, one: Entry, here: Known) -> UUID | None:
    """The skill that an entry is: by its address, or else by its name among our own."""
    if one.url:
        return here.addressed(key)
    kept = (way.skill for way in here.aliases.get(key, []) if way.curated)
    return here.own.get(key) or next(kept, None)


def _add_names(named: Iterable[tuple[UUID, Name]]) -> int:
    """Write the names that are not there yet; set right which are main ones. Returns how many."""
    wanted: dict[tuple[UUID, str, str], SkillAlias] = {}
    for skill, name in named:
        if folded(name.text):
            made = SkillAlias(
                skill_id=skill,
                key=Skill.key_of("", name.text),
                text=name.text[:500],
                language=name.language,
                preferred=name.preferred,
            )
            # The main name comes first, and others that fold to the same are the same.
            wanted.setdefault((skill, made.key, made.language), made)
    there = SkillAlias.objects.filter(
        skill__in={skill for skill, _key, _language in wanted},
        language__in={language for _skill, _key, language in wanted},
    )
    wrong: dict[bool, list[int]] = {True: [], False: []}
    for pk, skill, key, language, preferred in there.values_list(
        "pk", "skill", "key", "language", "preferred"
    ):
        row = wanted.pop((skill, key, language), None)
        if row is not None and row.preferred != preferred:
            wrong[row.preferred].append(pk)
    for is_preferred, pks in wrong.items():
        if pks:
            SkillAlias.objects.filter(pk__in=pks).update(preferred=is_preferred)
    SkillAlias.objects.bulk_create(wanted.values(), ignore_conflicts=True)
    return len(wanted)


# --- Kept by hand ----------------------------------------------------------------------------


def keep(*, skill: Skill, actor: User) -> Skill:
    """Save what staff wrote of a skill; its name leads to it too. Writes down who did."""
    with transaction.atomic():
        new = skill._state.adding
        if new:
            skill.key = Skill.key_of("", skill.name)
            skill.pk = Skill.id_of(skill.key)
        skill.save(force_insert=new)
        SkillAlias.objects.get_or_create(
            skill=skill,
            key=Skill.key_of("", skill.name),
            language=settings.LANGUAGE_CODE,
            defaults={"text": skill.name, "preferred": True},
        )
        action = "skill.added" if new else "skill.changed"
        audit.record(actor=actor, action=action, target=skill, name=skill.name)
    return skill


def merge(*, keep: Skill, others: Iterable[Skill], actor: User) -> int:
    """Make one skill of several: badges, names and answers move to the one that is kept.

    The others' addresses and names become aliases of it, so that badges which come later find it
    too. Returns how many badges were moved.
    """
    moved = 0
    with transaction.atomic():
        for other in others:
            if other.pk == keep.pk:
                continue
            search.forget_skills([other.pk])
            _move_aliases(keep, other)
            badges = _move_links(keep, other)
            _move_answers(keep, other)
            # An address that others know too says more than one of a single issuer, or none.
            if frameworks.identify(other.url) and not frameworks.identify(keep.url):
                keep.url, keep.framework = other.url, other.framework
                keep.save(update_fields=["url", "framework"])
            audit.record(
                actor=actor,
                action="skill.merged",
                target=keep,
                merged=str(other.pk),
                name=other.name,
                badges=badges,
            )
            other.delete()
            moved += badges
    return moved


def _move_aliases(keep: Skill, other: Skill) -> None:
    ways = {(row.key, row.language): row for row in other.aliases.all()}
    for key, text in (
        (other.key, other.url or other.name),
        (Skill.key_of("", other.name), other.name),
    ):
        if not any(key == way for way, _language in ways):
            ways[key, ""] = SkillAlias(key=key, text=text[:500])
    there = set(keep.aliases.values_list("key", "language"))
    SkillAlias.objects.bulk_create(
        SkillAlias(
            skill=keep, key=row.key, text=row.text, language=row.language, preferred=row.preferred
        )
        for way, row in ways.items()
        if way not in there and row.key != keep.key
    )


def _move_links(keep: Skill, other: Skill) -> int:
    """A badge that has both keeps what its issuer said, of whichever of the two."""
    both = BadgeSkill.objects.filter(skill=keep, badge__skill_links__skill=other)
    said = BadgeSkill.objects.filter(skill=other).exclude(how=How.CONFIRMED)
    both.filter(how=How.CONFIRMED, badge__in=said.values("badge")).update(how=How.ALIAS)
    here = BadgeSkill.objects.filter(skill=keep).values("badge")
    return other.links.exclude(badge__in=here).update(skill=keep)


def _move_answers(keep: Skill, other: Skill) -> None:
    here = DeclinedSkill.objects.filter(skill=keep).values("badge")
    other.declined.exclude(badge__in=here).update(skill=keep)
    # Who has a skill of both, by whatever word, has not declined the one that is left.
    DeclinedSkill.objects.filter(skill=keep, badge__skill_links__skill=keep).delete()
