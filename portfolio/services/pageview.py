"""One object for every reader: the page, the PDF, the card and the JSON are all made from it.

Building it costs the same number of queries for ten badges and for five hundred. It holds plain
values only, so nothing that renders it can ask the database for more.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.base import ModelState
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from badges.models import Badge, BadgeSkill, How, Issuer, Result, Verification
from badges.services import registry
from badges.services import trust as ladder
from badges.services.registry import Standing
from badges.services.telling import told_again
from portfolio.models import Entry, Layout, Page, Section, ShareLink
from portfolio.services import choosing, markdown, sectionview, words
from portfolio.services.sectionview import SectionView, Theme
from portfolio.services.words import Day

AnyRow = TypeVar("AnyRow", Badge, Issuer)
SIDE = {Section.Kind.SKILLS, Section.Kind.CONTACT}
SHORT = 240  # characters of the criteria on a card
ALWAYS = datetime.min.replace(tzinfo=UTC)
LOST = {
    *(Result.REVOKED, Result.SUSPENDED, Result.EXPIRED),
    *(Result.INVALID, Result.UNREADABLE),
}


@dataclass(frozen=True, slots=True)
class FindingView:
    check: str
    label: str
    outcome: str
    outcome_words: str
    detail: str

    @property
    def question(self) -> str:
        """The check as the trust panel asks it, here as on every other page."""
        return str(ladder.QUESTIONS[self.check])


@dataclass(frozen=True, slots=True)
class Evidence:
    name: str
    url: str
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """One badge as its readers see it."""

    badge_id: UUID
    name: str
    issuer: str
    image: str  # digest of the picture, or nothing
    issued: Day | None
    expires: Day | None
    state: str
    state_words: str
    trust: str
    trust_words: str
    host: str
    checked: Day | None
    checked_at: datetime | None
    unknown_since: datetime | None
    verified: bool
    checking: bool
    flag: str
    lost: bool  # it was worth something once and is not now
    note: str
    short: str
    findings: tuple[FindingView, ...]
    skills: tuple[str, ...]
    claimed: tuple[str, ...] = ()  # skills that its holder added: no check of ours is about them
    standing: Standing | None = None
    evidence: tuple[Evidence, ...] = ()  # read only where a section of the page shows it

    @property
    def checks_said(self) -> str:
        """The checks in one line, those of one outcome together."""
        by: dict[str, list[str]] = {}
        for finding in self.findings:
            by.setdefault(finding.outcome_words, []).append(finding.label)
        return ". ".join(f"{said}: {', '.join(labels)}" for said, labels in by.items())


@dataclass(frozen=True, slots=True)
class SkillView:
    name: str
    badges: int
    verified: int


@dataclass(frozen=True, slots=True)
class PageView:
    """What a page says at one moment.

    `verified_on` is the day of the *oldest* newest check among the verified badges, and
    `same_day` says whether it holds for all of them: "verified on" must never promise a fresher
    look than the stalest one behind the number.
    """

    page_id: UUID
    who: str
    title: str
    line: str
    intro: tuple[str, ...]
    entries: tuple[EntryView, ...]
    hidden: int
    verified: int
    verified_on: Day | None
    same_day: bool
    skills: tuple[SkillView, ...]
    made_at: datetime
    sections: tuple[SectionView, ...] = ()
    theme: Theme = sectionview.PLAIN
    intro_html: str = ""

    def of_section(self, section: SectionView) -> tuple[EntryView, ...]:
        """The entries that stand in a section, in the order of the page's entries."""
        inside = set(section.badges)
        return tuple(entry for entry in self.entries if entry.badge_id in inside)

    @property
    def main_sections(self) -> tuple[SectionView, ...]:
        return tuple(one for one in self.sections if one not in self.side_sections)

    @property
    def side_sections(self) -> tuple[SectionView, ...]:
        """What stands beside the rest, in the layout that has two columns."""
        if self.theme.layout != Layout.COLUMN:
            return ()
        return tuple(one for one in self.sections if one.kind in SIDE)

    @property
    def total(self) -> int:
        return len(self.entries)

    @property
    def checking(self) -> int:
        return sum(entry.checking for entry in self.entries)

    @property
    def headline(self) -> str:
        """ "n of m verified on DATE", as honest as the data is."""
        values: dict[str, object] = {"n": self.verified, "m": self.total}
        if self.verified_on is None:
            return _("%(n)s of %(m)s verified") % values
        values = {**values, "date": self.verified_on.words}
        if self.same_day:
            return _("%(n)s of %(m)s verified on %(date)s") % values
        return _("%(n)s of %(m)s verified on %(date)s or later") % values

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values: what a transcript keeps of the day."""
        data = asdict(self)
        plain: dict[str, Any] = json.loads(json.dumps(data, default=_plain))
        return plain

    def fingerprint(self) -> str:
        """Equal for as long as a reader would see the same page."""
        return hashlib.sha256(repr(replace(self, made_at=ALWAYS)).encode()).hexdigest()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def build(*, page: Page, now: datetime, name: str = "", link: ShareLink | None = None) -> PageView:
    """Read a page with its badges. `name` (or the link's own) stands for the owner's name."""
    parts = sectionview.sections_of(page)
    with_evidence = any(part.kind == Section.Kind.EVIDENCE for part in parts)
    rows = _entries(page, with_evidence, link)
    sections = sectionview.arrange(parts, ((row.badge_id, row.section_id) for row in rows))
    found = {row.badge_id: row for row in rows}
    rows = [found[badge] for section in sections for badge in section.badges]
    skills = skills_of(Q(badge__entries__page=page))
    standings = registry.of_badges([row.badge for row in rows], now=now)
    views = [
        _entry(row, now, skills.get(row.badge_id, NO_SKILLS), standing)
        for row, standing in zip(rows, standings, strict=True)
    ]
    shown = tuple(v for v in views if not (page.hide_expired and v.state == Result.EXPIRED))
    days = [v.checked_at for v in shown if v.verified and v.checked_at is not None]
    oldest, newest = (words.day(min(days)), words.day(max(days))) if days else (None, None)
    return PageView(
        page_id=page.pk,
        who=shown_name(page, name, link),
        title=page.title,
        line=page.line,
        intro=words.paragraphs(page.intro),
        entries=shown,
        hidden=len(views) - len(shown),
        verified=sum(v.verified for v in shown),
        verified_on=oldest,
        same_day=oldest == newest,
        skills=count_skills(shown),
        made_at=now,
        sections=sectionview.only(sections, {v.badge_id for v in shown}),
        theme=sectionview.theme_of(page),
        intro_html=markdown.html(page.intro) if page.intro else "",
    )


def shown_name(page: Page, name: str = "", link: ShareLink | None = None) -> str:
    """Never the e-mail address, which User.__str__ falls back to."""
    return name or (link.name_shown if link else "") or page.owner.name or _("A learner")


def newest(badge: str, what: str) -> Subquery:
    """A column of our newest check of the badge that `badge` names."""
    checks = Verification.objects.own().filter(badge=OuterRef(badge))
    checks = checks.order_by("-checked_at", "-id")
    return Subquery(checks.values(what)[:1])


@dataclass(frozen=True, slots=True)
class Row:
    """A badge on the page, as it was read: in one query, and without what a model would cost."""

    badge: Badge
    badge_id: UUID
    section_id: UUID | None
    note: str
    findings: Any
    criteria: str
    about: str


def _entries(page: Page, with_evidence: bool, link: ShareLink | None = None) -> list[Row]:
    columns = (*COLUMNS, "evidence") if with_evidence else COLUMNS
    issuers: dict[tuple[str, str], Issuer] = {}
    rows = choosing.shown(_query(columns).filter(page=page), link=link)
    return [_row(values, columns, issuers) for values in rows]


@lru_cache(maxsize=2)
def _query(columns: tuple[str, ...]) -> QuerySet[Entry, tuple[Any, ...]]:
    """The query as far as it is the same for every page: to put it together costs a millisecond."""
    # Criteria may hold 64 KiB each: a card needs their beginning. So may evidence.
    return (
        Entry.objects.annotate(
            found=newest("badge", "findings"),
            criteria=Left("badge__criteria_text", SHORT * 2),
            about=Left("badge__description", SHORT * 2),
        )
        .order_by("position", "pk")
        .values_list(
            *("badge_id", "section_id", "note", "found", "criteria", "about", *ISSUER),
            *(f"badge__{name}" for name in columns),
        )
    )


def _row(
    values: tuple[Any, ...], columns: Sequence[str], issuers: dict[tuple[str, str], Issuer]
) -> Row:
    badge_id, section, note, found, criteria, about, has_issuer, name, identifier = values[:9]
    issuer = None
    if has_issuer is not None:
        issuer = issuers.setdefault(
            (name, identifier), _bare(Issuer, name=name, identifier=identifier)
        )
    badge = _bare(Badge, id=badge_id, **dict(zip(columns, values[9:], strict=True)))
    badge._state.fields_cache["issuer"] = issuer
    return Row(badge, badge_id, section, note, found, criteria or "", about or "")


def _bare(kind: type[AnyRow], **columns: Any) -> AnyRow:
    """A row to read and never to save: what Model.__init__ does for fifty of them costs more than
    the query. What it lacks is deferred, as after only()."""
    row = kind.__new__(kind)
    row._state = ModelState()
    row.__dict__.update(columns)
    return row


ISSUER = ("badge__issuer_id", "badge__issuer__name", "badge__issuer__identifier")
COLUMNS = (
    "name",
    "picture_id",
    "issued_at",
    "expires_at",
    "result",
    "trust",
    "basis",
    "stated_by",
    "seen_at",
    "recipient",
    "host",
    "checked_at",
    "unknown_since",
    "next_check_at",
)


@dataclass(frozen=True, slots=True)
class Skills:
    """What its issuer says that a badge shows, and what its holder adds to that."""

    said: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()


NO_SKILLS = Skills()


def skills_of(where: Q) -> Mapping[UUID, Skills]:
    links = BadgeSkill.objects.filter(where).order_by("skill__name")
    claimed: dict[UUID, dict[str, bool]] = {}
    for badge, name, how in links.values_list("badge", "skill__name", "how"):
        names = claimed.setdefault(badge, {})
        # Two skills may bear one name: what the issuer says of either counts.
        names[name] = names.get(name, True) and how == How.CONFIRMED
    return {
        badge: Skills(
            said=tuple(name for name, is_claim in names.items() if not is_claim),
            claimed=tuple(name for name, is_claim in names.items() if is_claim),
        )
        for badge, names in claimed.items()
    }


def _entry(row: Row, now: datetime, skills: Skills, standing: Standing | None) -> EntryView:
    return entry_view(
        row.badge,
        now,
        note=row.note,
        short=row.criteria or row.about,
        findings=row.findings,
        skills=skills,
        standing=standing,
        evidence=evidence_of(row.badge.__dict__.get("evidence")),
    )


def entry_view(
    badge: Badge,
    now: datetime,
    *,
    note: str,
    short: str,
    findings: Any,
    skills: Skills,
    standing: Standing | None,
    evidence: tuple[Evidence, ...] = (),
) -> EntryView:
    state = badge.state(now)
    language, zone = get_language(), timezone.get_current_timezone()

    def day(at: datetime | None) -> Day | None:
        return None if at is None else words.day_in(at, zone, language)

    return EntryView(
        badge_id=badge.pk,
        name=badge.name,
        issuer=str(badge.issuer) if badge.issuer else _("Issuer not named"),
        image=badge.picture_id or "",
        issued=day(badge.issued_at),
        expires=day(badge.expires_at),
        state=state.value,
        state_words=words.state_words(state, language),
        trust=badge.trust,
        trust_words=words.trust(badge, language),
        host=badge.host,
        checked=day(badge.checked_at),
        checked_at=badge.checked_at,
        unknown_since=badge.unknown_since,
        verified=badge.is_verified(now),
        checking=badge.is_being_checked(now),
        flag=words.flag(badge, state) or words.name_flag(standing),
        lost=state in LOST,
        note=note,
        short=_shortened(short),
        findings=finding_views(badge, findings, state, language),
        skills=skills.said,
        claimed=skills.claimed,
        standing=standing,
        evidence=evidence,
    )


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHORT else f"{text[: SHORT - 1].rstrip()}…"


def finding_views(
    badge: Badge, findings: Any, state: Result, language: str | None = None
) -> tuple[FindingView, ...]:
    """One finding for each check, in their order, whatever the stored list holds."""
    stored = {f.get("check"): f for f in findings or [] if isinstance(f, dict)}
    language = language or get_language()
    outcomes = words.outcome_words(language)
    views = []
    for check, label in words.check_labels(language):
        found = stored.get(check, {})
        outcome = found.get("outcome", "unknown")
        outcome = outcome if outcome in outcomes else "unknown"
        said = found.get("detail")
        if isinstance(said, str) and not found.get("say"):
            detail = _detail(said, language)
        else:
            detail = told_again(found) or _("Not checked yet.")
        if check == "recipient" and found:
            detail = words.recipient(badge, language)
        if check == "period" and state == Result.EXPIRED:
            # The date may have passed since the check: what is true today is shown.
            outcome, detail = "failed", words.flag(badge, state)
        views.append(_finding(check, label, outcome, outcomes[outcome], detail))
    return tuple(views)


# Most checks say the same of most badges.
_finding = lru_cache(maxsize=4096)(FindingView)


@lru_cache(maxsize=4096)
def _detail(said: str, _language: str | None) -> str:
    return told_again({"detail": said}) or _("Not checked yet.")


def count_skills(entries: tuple[EntryView, ...]) -> tuple[SkillView, ...]:
    every = Counter(name for entry in entries for name in (*entry.skills, *entry.claimed))
    proven = Counter(name for entry in entries if entry.verified for name in entry.skills)
    views = [SkillView(name, count, proven[name]) for name, count in every.items()]
    return tuple(sorted(views, key=lambda s: (-s.verified, -s.badges, s.name.casefold())))


@dataclass(frozen=True, slots=True)
class BadgeView:
    """One badge of a page in full."""

    entry: EntryView
    description: tuple[str, ...]
    criteria: tuple[str, ...]
    criteria_url: str
    evidence: tuple[Evidence, ...]
    issuer_url: str
    kind: str
    parts: tuple[Mapping[str, Any], ...]  # endorsements and the like, as the newest check left them
    theme: Theme = sectionview.PLAIN


def build_badge(*, page: Page, badge_id: UUID, now: datetime) -> BadgeView | None:
    """One badge of this page, or None when it is not on it or is hidden from its readers."""
    rows = Entry.objects.filter(page=page, badge=badge_id).select_related("badge__issuer")
    row = rows.annotate(
        findings=newest("badge", "findings"), parts=newest("badge", "parts")
    ).first()
    if row is None:
        return None
    badge = row.badge
    if page.hide_expired and badge.state(now) == Result.EXPIRED:
        return None
    skills = skills_of(Q(badge=badge.pk)).get(badge.pk, NO_SKILLS)
    (standing,) = registry.of_badges([badge], now=now)
    entry = entry_view(
        badge,
        now,
        note=row.note,
        short="",
        findings=row.findings,
        skills=skills,
        standing=standing,
    )
    return BadgeView(
        entry=entry,
        description=words.paragraphs(badge.description),
        criteria=words.paragraphs(badge.criteria_text),
        criteria_url=words.web_address(badge.criteria_url),
        evidence=evidence_of(badge.evidence),
        issuer_url=words.web_address(badge.issuer.url) if badge.issuer else "",
        kind=badge.achievement_type,
        parts=tuple(row.parts or ()),
        theme=sectionview.theme_of(page),
    )


def evidence_of(stored: Any) -> tuple[Evidence, ...]:
    found = []
    for item in stored if isinstance(stored, list) else []:
        if not isinstance(item, dict):
            continue
        url = words.web_address(str(item.get("url") or ""))
        text = words.paragraphs(str(item.get("text") or ""))
        name = str(item.get("name") or "") or url
        if name or text:
            found.append(Evidence(name=name, url=url, text=text))
    return tuple(found)
