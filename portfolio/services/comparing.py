"""What a page shows of the skills that a job asks for, line by line, and why each line counts.

A badge covers a skill when it is verified, in force, and its issuer says so. One that has expired
is told apart; so are a holder's own word and a badge that could not be verified: they are said,
not proven. A badge that was revoked or fails its checks shows nothing. What a related skill proves
is for the reader to judge, so it is shown as what it is. As many queries for five badges as for
five hundred.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from badges.models import BadgeSkill, How, Result, Trust
from badges.services import adverts
from badges.skills import matching
from badges.skills.matching import Answer, Asked, Held, Reason, Standing, Wanted
from portfolio.models import Page, ShareLink
from portfolio.services import pageview, words
from portfolio.services.pageview import EntryView, PageView

SHOWN = 3  # badges of one skill; the strongest come first


@dataclass(frozen=True, slots=True)
class Line:
    """One badge that answers a wanted skill, and why it does."""

    entry: EntryView
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One wanted skill. `state` is covered, over, claimed, related or missing."""

    wanted: Wanted
    state: str
    lines: tuple[Line, ...]
    more: int
    asks: str  # years or a level beside it, which no badge tells


@dataclass(frozen=True, slots=True)
class Comparison:
    """A page beside a job."""

    view: PageView
    rows: tuple[Row, ...]
    not_needed: tuple[Wanted, ...]
    made_at: datetime

    @property
    def covered(self) -> list[Row]:
        return [row for row in self.rows if row.state == "covered"]

    @property
    def nearly(self) -> list[Row]:
        return [row for row in self.rows if row.state in {"over", "claimed", "related"}]

    @property
    def missing(self) -> list[Row]:
        return [row for row in self.rows if row.state == "missing"]

    @property
    def headline(self) -> str:
        counts = {"n": len(self.covered), "count": len(self.rows)}
        return (
            ngettext(
                "%(n)s of %(count)s skill is covered by verified badges",
                "%(n)s of %(count)s skills are covered by verified badges",
                len(self.rows),
            )
            % counts
        )


def asked_for(*, page: Page, text: str, skills: Iterable[UUID] = ()) -> Asked:
    """What an advert asks for, by our list and the names on this page's badges, and what was
    chosen beside it. Raises `adverts.Unreadable`; `why` is "nothing" where no skill was found."""
    picked = adverts.chosen(skills=skills)
    if not text.strip() and picked:
        return Asked(picked)
    links = BadgeSkill.objects.filter(badge__entries__page=page)
    own = dict(links.values_list("skill_id", "skill__name"))
    read = adverts.wanted(text=text, own=own)
    known = {one.skill for one in read.wanted}
    wanted = (*read.wanted, *(one for one in picked if one.skill not in known))
    if not wanted:
        raise adverts.Unreadable("nothing")
    return Asked(wanted, read.not_needed)


def unreadable(problem: adverts.Unreadable) -> str:
    """What to do about an advert that gave nothing."""
    if problem.why == "empty":
        return _("There is nothing to read yet. Paste the advert, or choose skills from the list.")
    if problem.why == "long":
        return _(
            "This is longer than %(count)s characters. Paste only the part that says what the job "
            "asks for."
        ) % {"count": number_format(adverts.MAX_CHARACTERS, force_grouping=True)}
    if problem.why == "nothing":
        return _(
            "We found no skill in this text that we know by name. Choose skills from the list, or "
            "paste the part that says what the job asks for."
        )
    return _(
        "This is not text that can be read. Copy the words of the advert and not its file, or "
        "choose skills from the list."
    )


def compare(
    *, page: Page, asked: Asked, now: datetime, link: ShareLink | None = None
) -> Comparison:
    """Put a page beside what is asked for. What its readers do not see does not count either."""
    view = pageview.build(page=page, now=now, link=link)
    entries = {entry.badge_id: entry for entry in view.entries}
    held = list(_held(page, entries))
    answers = matching.compare(asked.wanted, held, adverts.around(asked.wanted))
    rows = tuple(_row(answer, entries) for answer in answers)
    return Comparison(view=view, rows=rows, not_needed=asked.not_needed, made_at=now)


def _held(page: Page, entries: Mapping[UUID, EntryView]) -> Iterable[Held]:
    links = BadgeSkill.objects.filter(badge__entries__page=page)
    fields = ("badge_id", "skill_id", "skill__name", "how", "badge__issued_at")
    rows = list(links.values_list(*fields))
    ours = adverts.synonyms({skill: name for _badge, skill, name, _how, _issued in rows})
    for badge, skill, _name, how, issued in rows:
        entry = entries.get(badge)
        standing = _standing(entry, how) if entry else None
        if standing is not None:
            # Under our own name for it as well: an advert may use either.
            for one in {skill, ours.get(skill, (skill, ""))[0]}:
                yield Held(one, badge, how, standing, order_of(how, issued))


def _standing(entry: EntryView, how: str) -> Standing | None:
    names_owner = any(f.check == "recipient" and f.outcome == "passed" for f in entry.findings)
    proves = entry.trust in {Trust.SIGNED, Trust.HOSTED} and names_owner
    return standing_of(how=how, state=entry.state, verified=entry.verified, proves=proves)


def standing_of(*, how: str, state: str, verified: bool, proves: bool) -> Standing | None:
    """What a badge in this state is worth for a skill; None when it is worth nothing.

    `proves` says that it would be verified if it were in force.
    """
    if state == Result.EXPIRED:
        return Standing.OVER if proves and how != How.CONFIRMED else None
    if state not in {Result.VALID, Result.UNKNOWN, Result.UNSIGNED}:
        return None
    return Standing.PROVEN if verified and how != How.CONFIRMED else Standing.CLAIMED


def order_of(how: str, at: datetime | None) -> tuple[float, ...]:
    """What the issuer points at before what it only names, and the newest first."""
    rank = (How.IDENTIFIER, How.ALIAS, How.NAMED, How.CONFIRMED).index(How(how))
    return (rank, -(at.timestamp() if at else 0.0))


# --- In words ------------------------------------------------------------------------------------


def _row(answer: Answer, entries: Mapping[UUID, EntryView]) -> Row:
    reasons = (*answer.covered, *answer.over, *answer.claimed, *answer.related)
    lines = tuple(
        Line(
            entries[reason.held.badge], why(answer.wanted.name, reason, entries[reason.held.badge])
        )
        for reason in reasons
        if reason.held.badge is not None
    )
    return Row(
        wanted=answer.wanted,
        state=answer.state,
        lines=lines[:SHOWN],
        more=max(0, len(lines) - SHOWN),
        asks=asks(answer.wanted),
    )


def why(skill: str, reason: Reason, entry: EntryView) -> str:
    """Why a badge answers a wanted skill, as one sentence or two."""
    if reason.by:
        return related(reason.by, skill, reason.kind)
    values = {"issuer": entry.issuer, "skill": skill}
    if reason.held.how == How.CONFIRMED:
        said = _("Its holder says that this badge shows %(skill)s; its issuer does not say so.")
    elif reason.held.how == How.IDENTIFIER:
        said = _("%(issuer)s says that this badge is about %(skill)s.")
    else:
        said = _("%(issuer)s names %(skill)s on this badge.")
    told = said % values
    if reason.held.standing is Standing.OVER:
        return f"{told} {entry.flag}".strip()
    if reason.held.standing is Standing.CLAIMED and not entry.verified:
        return f"{told} {_('The badge itself is not verified.')}"
    return told


def related(name: str, skill: str, kind: str) -> str:
    """How a skill that is shown hangs together with the one that is asked for."""
    values = {"name": name, "skill": skill}
    if kind == "narrower":
        return _("%(name)s falls under %(skill)s.") % values
    if kind == "broader":
        return _("%(skill)s falls under %(name)s, which this badge shows.") % values
    return _("%(name)s lies close to %(skill)s.") % values


def asks(wanted: Wanted) -> str:
    """Years and levels beside a skill: said, so that nobody takes a badge for an answer to it."""
    if wanted.years:
        return ngettext(
            "The advert speaks of %(count)s year; badges do not tell years.",
            "The advert speaks of %(count)s years; badges do not tell years.",
            wanted.years,
        ) % {"count": wanted.years}
    if wanted.level:
        words_ = _("The advert asks for level %(level)s; read on the badge which level it shows.")
        return words_ % {"level": wanted.level}
    return ""


def summary(comparison: Comparison, *, address: str) -> str:
    """The comparison in plain text, to copy into a mail or a file."""
    view = comparison.view
    told = [f"{view.who}, {view.title}: {comparison.headline}."]
    for title, rows in (
        (_("Covered"), comparison.covered),
        (_("Nearly"), comparison.nearly),
        (_("Not shown"), comparison.missing),
    ):
        if rows:
            told += ["", f"{title}:", *(f"- {_told(row)}" for row in rows)]
    day = words.day(comparison.made_at)
    when = _("Compared on %(date)s with %(address)s") % {
        "date": day.words if day else "",
        "address": address,
    }
    return "\n".join([*told, "", when])


def _told(row: Row) -> str:
    nice = f" ({_('nice to have')})" if row.wanted.is_nice else ""
    if not row.lines:
        return f"{row.wanted.name}{nice}"
    line = row.lines[0]
    issued = line.entry.issued.short if line.entry.issued else _("no date")
    badge = f"{line.entry.name}, {line.entry.issuer}, {issued}, {line.entry.trust_words}"
    reason = "" if row.state == "covered" else f" {line.why}"
    return f"{row.wanted.name}{nice}: {badge}.{reason}"
