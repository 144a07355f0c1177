"""A learner's skills: what their badges prove, what they only say, and what they want to learn.

A skill is proven by a verified badge in force whose issuer says so; everything else is said. Rows
of several lists that bear a name of one of our own skills are shown as that one. As many queries
for ten badges as for ten thousand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.services import audit
from badges.models import Badge, BadgeSkill, How, Recipient, Skill, Trust
from badges.services import adverts
from badges.skills import graph
from badges.skills.matching import Held, Standing
from portfolio.models import OwnSkill
from portfolio.services import words
from portfolio.services.comparing import order_of, standing_of
from portfolio.services.words import Day

MAX_OWN = 200
SHOWN = 6  # badges of one skill; the page of the backpack shows the rest
# What an issuer calls an examination, by its kind in Open Badges.
ASSESSED = {
    *("Assessment", "Certification", "License", "ApprenticeshipCertificate"),
    *("JourneymanCertificate", "MasterCertificate"),
}


class TooManySkills(Exception):
    """Its owner has written down MAX_OWN skills already."""


class NoName(Exception):
    """A skill needs a name, or a key that leads to one."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One badge behind a skill."""

    badge_id: UUID
    name: str
    issuer: str
    issued: Day | None
    how: str
    standing: Standing
    state: str
    assessed: bool
    order: tuple[float, ...]

    @property
    def verified(self) -> bool:
        return self.standing is Standing.PROVEN


@dataclass(slots=True)
class SkillLine:
    """One skill with what stands behind it. `own` is the row by which its holder says it."""

    skill: UUID
    name: str
    also: set[str] = field(default_factory=set)
    proofs: list[Proof] = field(default_factory=list)
    own: OwnSkill | None = None

    @property
    def proven(self) -> list[Proof]:
        return [proof for proof in self.proofs if proof.verified]

    @property
    def is_wanted(self) -> bool:
        return self.own is not None and self.own.kind == OwnSkill.Kind.WANTED

    @property
    def shown(self) -> list[Proof]:
        return (self.proven or self.proofs)[:SHOWN]

    @property
    def explained(self) -> str:
        """ "3 badges, 2 issuers, newest 2025, one assessed"."""
        proofs = self.proven or self.proofs
        if not proofs:
            return _("you say so")
        issuers = len({proof.issuer for proof in proofs})
        badges = len({proof.badge_id for proof in proofs})
        told = [
            ngettext("%(n)s badge", "%(n)s badges", badges) % {"n": badges},
            ngettext("%(n)s issuer", "%(n)s issuers", issuers) % {"n": issuers},
        ]
        years = [proof.issued.iso[:4] for proof in proofs if proof.issued]
        if years:
            told.append(_("newest %(year)s") % {"year": max(years)})
        if assessed := len({proof.badge_id for proof in proofs if proof.assessed}):
            told.append(ngettext("one assessed", "%(n)s assessed", assessed) % {"n": assessed})
        if not self.proven:
            told.append(self._why_not())
        return ", ".join(told)

    def _why_not(self) -> str:
        if any(proof.standing is Standing.OVER for proof in self.proofs):
            return _("expired")
        if all(proof.how == How.CONFIRMED for proof in self.proofs):
            return _("added by you")
        return _("not verified")


@dataclass(frozen=True, slots=True)
class Profile:
    """The three lists. A skill is in the first that it belongs to."""

    proven: tuple[SkillLine, ...]
    claimed: tuple[SkillLine, ...]
    wanted: tuple[SkillLine, ...]
    held: tuple[Held, ...]

    @property
    def every(self) -> tuple[SkillLine, ...]:
        return (*self.proven, *self.claimed, *self.wanted)


def read(*, owner: User, now: datetime) -> Profile:
    """All skills of one learner."""
    lines: dict[UUID, SkillLine] = {}
    for skill, name, proof in _proofs(owner, now):
        lines.setdefault(skill, SkillLine(skill, name)).proofs.append(proof)
    own = list(OwnSkill.objects.owned_by(owner).order_by("name", "pk"))
    here = adverts.rows_of(adverts.Named(row.key, row.name) for row in own)
    for row in own:
        skill = here[row.key]
        lines.setdefault(skill, SkillLine(skill, row.name)).own = row
    merged = _merged(lines)
    every = sorted(merged.values(), key=lambda line: line.name.casefold())
    return Profile(
        proven=tuple(line for line in every if line.proven),
        claimed=tuple(line for line in every if not line.proven and not line.is_wanted),
        wanted=tuple(line for line in every if line.is_wanted),
        # By the rows that badges carry, and by our own name for them: a goal may know either.
        held=tuple(
            held
            for found in (lines, merged)
            for skill, line in found.items()
            for held in _held(skill, line)
        ),
    )


def _held(skill: UUID, line: SkillLine) -> Iterator[Held]:
    for proof in line.proofs:
        yield Held(skill, proof.badge_id, proof.how, proof.standing, proof.order)
    if line.own is not None and not line.is_wanted:
        yield Held(skill, None, How.CONFIRMED, Standing.CLAIMED)


FIELDS = (
    *("badge_id", "skill_id", "skill__name", "how", "badge__name", "badge__issuer__name"),
    *("badge__issuer__identifier", "badge__issued_at", "badge__expires_at", "badge__result"),
    *("badge__trust", "badge__recipient", "badge__achievement_type"),
)


def _proofs(owner: User, now: datetime) -> Iterator[tuple[UUID, str, Proof]]:
    links = BadgeSkill.objects.filter(badge__owner=owner, badge__added_at__isnull=False)
    for (
        badge_id, skill, skill_name, how, name, issuer, identifier, issued, expires, result,
        trust, recipient, kind,
    ) in links.values_list(*FIELDS):  # fmt: skip
        # The row's own rules, on the columns that are needed of ten thousand badges.
        badge = Badge(
            result=result, trust=trust, recipient=recipient, expires_at=expires, issued_at=issued
        )
        state = badge.state(now)
        standing = standing_of(
            how=how,
            state=state,
            verified=badge.is_verified(now),
            proves=badge.trust in {Trust.SIGNED, Trust.HOSTED}
            and badge.recipient == Recipient.OWNER,
        )
        if standing is not None:
            yield (
                skill,
                skill_name,
                Proof(
                    badge_id=badge_id,
                    name=name,
                    issuer=issuer or identifier or _("Issuer not named"),
                    issued=words.day(issued),
                    how=how,
                    standing=standing,
                    state=state.value,
                    assessed=kind.removeprefix("ext:") in ASSESSED,
                    order=order_of(how, issued),
                ),
            )


def _merged(lines: Mapping[UUID, SkillLine]) -> dict[UUID, SkillLine]:
    """One line for rows that mean the same, under our own name for it."""
    targets = adverts.synonyms({skill: line.name for skill, line in lines.items()})
    found: dict[UUID, SkillLine] = {}
    for skill, line in lines.items():
        target, name = targets.get(skill, (skill, line.name))
        kept = found.setdefault(target, SkillLine(target, name))
        kept.proofs += line.proofs
        kept.own = line.own or kept.own
        if line.name != name:
            kept.also.add(line.name)
    for line in found.values():
        line.proofs.sort(key=lambda proof: proof.order)
    return found


# --- What its holder adds ------------------------------------------------------------------------


def add(*, owner: User, kind: str, key: str = "", name: str = "") -> OwnSkill:
    """Write down a skill, by the key of one in the list or by words of one's own.

    One that is written down already moves to the other kind. Raises `NoName`, `TooManySkills`.
    """
    name = " ".join(name.replace("\0", "").split())[:200]
    key = key.replace("\0", "")
    if key:
        # Of the list alone: rows that badges brought are nobody else's to see.
        found = Skill.objects.filter(key=key, aliases__isnull=False).first()
        name = found.name if found else ""
    else:
        key = Skill.key_of("", name)
    if not name:
        raise NoName
    with transaction.atomic():
        mine = OwnSkill.objects.owned_by(owner)
        if not mine.filter(key=key).exists() and mine.count() >= MAX_OWN:
            raise TooManySkills
        row, _new = OwnSkill.objects.update_or_create(
            owner=owner, key=key, defaults={"kind": kind, "name": name}
        )
        audit.record(actor=owner, action="skill.stated", target=row, kind=kind)
    return row


def remove(*, skill: OwnSkill, actor: User) -> None:
    """Take it off again. Badges are not touched by it."""
    with transaction.atomic():
        audit.record(actor=actor, action="skill.unstated", target=skill)
        skill.delete()


def suggested(profile: Profile, *, limit: int = 8) -> list[str]:
    """Skills that lie beside proven ones and are not on the profile, to want next."""
    there = {line.name for line in profile.every}
    near = (edge.name for line in profile.proven for edge in graph.around(line.name))
    return list(islice(dict.fromkeys(name for name in near if name not in there), limit))
