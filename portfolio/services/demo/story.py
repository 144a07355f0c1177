"""Tells the demo's story once: Mira's account, her badges, her pages, links and a document.

Every step looks first whether it has been done, so a story that was interrupted goes on where it
stopped. Once it has been told to its end nothing is touched again: what a visitor changes or
throws away stays so.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User
from badges import documents
from badges.models import Badge, ImportItem, ImportJob, Work
from badges.openbadges.fetching import Fetch
from badges.services import importing, imports
from portfolio.models import Listing, OpenTo, Page, ShareLink, Transcript
from portfolio.services import listing as listings
from portfolio.services import openings, pages, sections, sharing, transcripts
from portfolio.services.demo.catalogue import AWARDS, Form
from portfolio.services.demo.memory import Memory
from portfolio.services.demo.script import (
    HEADLINE,
    LINKS,
    NAME,
    PAGES,
    PLACE,
    LinkScript,
    PageScript,
)
from portfolio.services.listing import Terms

if TYPE_CHECKING:
    from portfolio.services.demo.press import Piece

Clock = Callable[[], datetime]
ADDRESSES = {
    "main": "demo@laurel.example",
    "school": "mira.solberg@eldvik-school.example",
    "old": "mira@brightparcel.example",  # an address that she has lost
}
VERIFIED = ("main", "school")
PATIENCE = 120  # seconds for a worker that was quicker than we


class Stuck(Exception):
    """The story cannot be told; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Link:
    """One share link as it is printed."""

    label: str
    url: str
    password: str
    state: str


@dataclass(frozen=True, slots=True)
class Story:
    """What there is to say about the demo. `made` when this very call told it."""

    made: bool
    name: str
    email: str
    password: str
    badges: int
    pages: int
    links: tuple[Link, ...]
    document: str  # the code of the transcript, or nothing
    trouble: str


def tell(*, folder: Path, now: datetime, clock: Clock) -> Story:
    """Tell the story, or say what has been told. `folder` keeps what the demo must know again.

    Raises `Stuck`.
    """
    file = folder.with_suffix(".json")
    memory, learner = Memory.load(file), _learner()
    if learner is not None and memory is None:
        raise Stuck(
            f"The demo's learner is here, but {file.name}, which knew the password and the keys, "
            f"is gone. Delete {ADDRESSES['main']} in the admin and run the demo again."
        )
    if learner is None:
        memory = memory.starting(now) if memory else Memory.new(now)
        memory.save(file)
    assert memory is not None
    sites = folder / "documents"
    if memory.told and learner is not None and (sites / documents.INDEX).exists():
        return _summary(learner, memory, now, made=False)
    # Drawing and signing load much that telling what is there can do without.
    from portfolio.services.demo import press
    from portfolio.services.demo.bench import Bench

    bench = Bench(memory, ADDRESSES)
    press.publish(bench, sites)
    learner = learner or _new_learner(memory)
    if not memory.told:
        badges = _import(learner, list(press.pieces(bench)), documents.read(sites), clock)
        trouble = _arrange(learner, badges, memory, clock)
        memory = replace(memory, told=True)
        memory.save(file)
        return replace(_summary(learner, memory, now, made=True), trouble=trouble)
    return _summary(learner, memory, now, made=False)


def _learner() -> User | None:
    return User.objects.filter(email=ADDRESSES["main"]).first()


def _new_learner(memory: Memory) -> User:
    with transaction.atomic():
        learner = User.objects.create_user(ADDRESSES["main"], memory.password, name=NAME)
        for known in VERIFIED:
            EmailAddress.objects.create(
                user=learner, email=ADDRESSES[known], verified=True, primary=known == "main"
            )
    return learner


# --- Badges ----------------------------------------------------------------------------------


def _import(
    learner: User, pieces: "Sequence[Piece]", fetch: Fetch, clock: Clock
) -> Mapping[str, Badge]:
    """Drop everything into the import box, as she would have. Returns the badges by award."""
    job = ImportJob.objects.owned_by(learner).order_by("created_at").first()
    if job is None:
        pasted = {Form.TEXT, Form.LINK}
        uploads = [
            imports.Upload(
                name=piece.file_name, size=len(piece.data), read=partial(bytes, piece.data)
            )
            for piece in pieces
            if piece.form not in pasted
        ]
        text = "\n".join(piece.data.decode() for piece in pieces if piece.form in pasted)
        job = imports.start(user=learner, uploads=uploads, text=text, now=clock(), adds=True)
    importing.run_import(job_id=job.pk, fetch=fetch, clock=clock)
    _wait(job)
    refused = job.items.filter(state=ImportItem.State.REFUSED).first()
    if refused is not None:
        raise Stuck(f"The demo's badge {refused.label} was refused: {refused.reason}")
    by_name = {badge.name: badge for badge in Badge.objects.owned_by(learner)}
    return {slug: by_name[award.name] for slug, award in AWARDS.items()}


def _wait(work: Work) -> None:
    """A worker may have heard the bell before us; then the work is its own."""
    until = time.monotonic() + PATIENCE
    work.refresh_from_db()
    while not work.is_over:
        if time.monotonic() > until:
            raise Stuck("A worker has taken over the demo and does not finish. Run it again later.")
        time.sleep(0.2)
        work.refresh_from_db()


# --- Pages, links, a document ----------------------------------------------------------------


def _arrange(learner: User, badges: Mapping[str, Badge], memory: Memory, clock: Clock) -> str:
    made = {one.title: _page(learner, one, badges, clock) for one in PAGES}
    for link in LINKS:
        _link(made[link.page], link, memory, clock)
    _listing(learner, clock)
    return _document(made[PAGES[0].title], clock)


def _page(learner: User, script: PageScript, badges: Mapping[str, Badge], clock: Clock) -> Page:
    there = Page.objects.owned_by(learner).filter(title=script.title).first()
    if there is not None:
        return there
    with transaction.atomic():
        page = pages.create(
            owner=learner, title=script.title, line=script.line, intro=script.intro, now=clock()
        )
        pages.add(page=page, badges=[badges[slug].pk for slug in script.entries], now=clock())
        for slug, words in script.entries.items():
            if words:
                entry = page.entries.get(badge=badges[slug])
                pages.note(entry=entry, text=words, now=clock())
        _parts(page, script, badges, clock)
    return page


def _parts(page: Page, script: PageScript, badges: Mapping[str, Badge], clock: Clock) -> None:
    """Divide a page as its script says, and give it its look."""
    layout, typeface, accent = script.look
    pages.dress(page=page, layout=layout, typeface=typeface, accent=accent, now=clock())
    first = list(page.sections.all())
    entries = {entry.badge_id: entry.pk for entry in page.entries.all()}
    homes: dict[int, UUID] = {}
    for part in script.parts:
        section = sections.add(page=page, kind=part.kind, now=clock())
        sections.edit(
            section=section,
            title=part.title,
            text=part.text,
            arrangement=part.arrangement,
            items=[dict(line) for line in part.lines],
            now=clock(),
        )
        homes |= {entries[badges[slug].pk]: section.pk for slug in part.awards}
    pages.order(page=page, entries=[], sections=homes, now=clock())
    for section in first:
        sections.remove(section=section, now=clock())
    page.steps.all().delete()


def _link(page: Page, script: LinkScript, memory: Memory, clock: Clock) -> None:
    if page.links.filter(label=script.label).exists():
        return
    with transaction.atomic():
        link = sharing.create(
            page=page,
            label=script.label,
            now=clock(),
            password=memory.link_password if script.locked else "",
            ends_at=clock() + timedelta(days=script.days) if script.days else None,
        )
        for days in script.opened:
            openings.count(link=link, now=clock() - timedelta(days=days))
        if script.withdrawn:
            sharing.withdraw(link=link, actor=page.owner, now=clock())


def _listing(learner: User, clock: Clock) -> None:
    """She wants to be found, by her name and without a page."""
    if Listing.objects.owned_by(learner).exists():
        return
    terms = Terms(
        headline=HEADLINE,
        place=PLACE,
        open_to=[OpenTo.WORK, OpenTo.INTERNSHIP],
        name_shown=Listing.Name.FULL,
        of_age=True,
    )
    with transaction.atomic():
        listings.appear(listing=listings.save(owner=learner, terms=terms, now=clock()), now=clock())


def _document(page: Page, clock: Clock) -> str:
    """Have the page's PDF made. Returns what was wrong, if anything was."""
    row: Transcript | None = page.transcripts.first()
    if row is None:
        row = transcripts.request(owner=page.owner, page=page, now=clock())
    transcripts.run(transcript_id=row.pk, clock=clock)
    row.refresh_from_db()
    if row.state == Work.State.RUNNING:
        _wait(row)
    if row.is_ready:
        return ""
    return (
        "The demo's PDF could not be made. WeasyPrint needs Pango: apt install libpango-1.0-0 "
        "libpangoft2-1.0-0 libharfbuzz-subset0."
    )


# --- What to say -----------------------------------------------------------------------------


def _summary(learner: User, memory: Memory, now: datetime, *, made: bool) -> Story:
    links = ShareLink.objects.owned_by(learner).order_by("created_at", "pk")
    document = Transcript.objects.owned_by(learner).filter(state=Work.State.DONE).first()
    return Story(
        made=made,
        name=learner.name,
        email=learner.email,
        password=memory.password,
        badges=Badge.objects.owned_by(learner).count(),
        pages=Page.objects.owned_by(learner).count(),
        links=tuple(_said(link, memory, now) for link in links),
        document=document.code_shown if document is not None else "",
        trouble="",
    )


def _said(link: ShareLink, memory: Memory, now: datetime) -> Link:
    state = "open" if link.is_live(now) else "withdrawn" if link.withdrawn_at else "ended"
    token = sharing.token_of(link)
    return Link(
        label=link.label,
        url=sharing.url(token) if token else "",
        password=memory.link_password if link.is_locked else "",
        state=state,
    )
