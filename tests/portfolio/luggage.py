"""A learner with a life behind her, for the tests of taking it along: 37 badges of every make and
state, three pages, notes, changes, an older version, places that are looked at. And a way to see
all of it as plain values, to be compared with what comes home.
"""

import functools
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.db.models import Model

from accounts.models import User
from badges.models import (
    Badge,
    HistoryEntry,
    ImportJob,
    Issuer,
    Original,
    Picture,
    Skill,
    SkillAlias,
    Source,
    SupportingDocument,
    Verification,
    Work,
)
from badges.openbadges.bakery import bake
from badges.openbadges.credential import Version
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched, offline
from badges.services import (
    by_hand,
    housekeeping,
    importing,
    imports,
    organising,
    originals,
    showing,
    skills,
    verification,
)
from badges.services.web import Web
from badges.sources import statement
from badges.sources.base import Skill as Named
from badges.sources.base import Statement
from portfolio.models import Page, Restoration
from portfolio.services import packing, restoring
from tests.badges.documents import HOST, assertion, fetched, hosted
from tests.credentials import PNG, Signer
from tests.factories import make_link, make_page, make_user
from tests.openbadges import make, test_early
from tests.openbadges.test_files import document, stream
from tests.simulators.base import png

EMAIL = "ada@example.org"
OLD_EMAIL = make.LEARNER  # of the badges made by tests.openbadges
THEN = datetime(2026, 2, 10, 9, 30, 15, 123456, tzinfo=UTC)
LATER = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CREDLY = "https://www.credly.com/users/ada/badges"
ANSWERS = {"host": "www.credly.com", "user": "ada"}
signer = Signer()


def nobody_answers(
    url: str,
    *,
    accept: str = JSON_TYPES,
    max_bytes: int = MAX_BYTES,
    max_age: float = 0,
) -> Fetched:
    raise Unreachable("This address could not be reached.", url)


def clock(at: datetime) -> Callable[[], datetime]:
    return lambda: at


# --- The badges --------------------------------------------------------------------------------


def signed(number: int, **fields: Any) -> bytes:
    return signer.file(number, email=EMAIL, **fields)


def stated(number: int, basis: str = "learner") -> bytes:
    said = Statement(
        basis=basis,
        by="Credly",
        id=f"s{number}",
        name=f"Stated {number}",
        issuer="Harbour College",
        skills=(Named("Knots"), Named("Ropes", "https://skills.example/ropes", "ESCO")),
    )
    return statement.document(said, reader="hand")


def files() -> list[bytes]:
    """The files that she once dropped into the box."""
    text = signed(40).decode()
    two = [signed(41), signed(42)]
    live = [json.dumps(assertion(n)).encode() for n in range(1, 7)]
    return [
        *[signed(n) for n in range(1, 9)],
        json.dumps(signer.credential(9, email=EMAIL), indent=7).encode() + b"\r\n\n",
        *[signer.baked(n, email=EMAIL) for n in range(10, 16)],
        bake(make.SVG, signed(16).decode(), Version.OB3),
        bake(make.SVG, signed(17).decode(), Version.OB3),
        *[
            make.token(
                make.ED25519, headers={"kid": make.METHOD}, jwk=False, id=f"urn:x:{n}"
            ).encode()
            for n in range(3)
        ],
        document(stream(text.encode())),
        document(stream(two[0]), stream(two[1])),
        *live[:4],
        bake(PNG, live[4].decode(), Version.OB2),
        bake(png(3), live[5].decode(), Version.OB2),
        bake(png(4), f"{HOST}/assertions/7", Version.OB2),
        f"{HOST}/assertions/9".encode(),
        signed(20, validUntil="2026-02-01T00:00:00Z"),
        signed(21, validUntil="2026-03-01T00:00:00Z"),
        json.dumps(assertion(8)).encode(),
        json.dumps(test_early.half()).encode(),
        json.dumps(test_early.one()).encode(),
        stated(1),
        stated(2),
        stated(3, "platform"),
    ]


COUNT = 40
BADGE_PICTURE = png(9)


def world() -> Fetch:
    """The sites of her issuers, while they were there. What they do not have is not found."""
    answers = hosted(*[assertion(n) for n in (*range(1, 8), 9)])
    answers |= test_early.one_web().answers
    gone = assertion(8) | {"revoked": True, "revocationReason": "Given by mistake."}
    address = f"{HOST}/classes/1.png"
    picture = Fetched(address, address, 200, "image/png", BADGE_PICTURE)
    known = offline(answers | {gone["id"]: fetched(gone["id"], gone), address: picture})

    def fetch(
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        try:
            return known(url, accept=accept, max_bytes=max_bytes, max_age=max_age)
        except Unreachable:
            return Fetched(url, url, 404, "text/plain", b"")

    return fetch


def bring(
    user: User, *data: bytes, fetch: Fetch, at: datetime = NOW, adds: bool = True
) -> ImportJob:
    """Through the import box, to the end."""
    uploads = [
        imports.Upload(name=f"file {n}", size=len(one), read=lambda one=one: one)  # type: ignore[misc]
        for n, one in enumerate(data)
    ]
    job = imports.start(user=user, uploads=uploads, text="", now=at, adds=adds)
    for _turn in range(20):
        if importing.run_import(job_id=job.pk, fetch=fetch, clock=clock(at)):
            break
    job.refresh_from_db()
    assert job.state == Work.State.DONE
    return job


def make_ada(email: str = EMAIL, **fields: Any) -> User:
    ada = make_user(email, **{"name": "Ada Lovelace"} | fields)
    curate()
    for old in {EMAIL, OLD_EMAIL} - {email}:
        EmailAddress.objects.create(user=ada, email=old, verified=True)
    return ada


def make_life() -> User:
    """Ada with all that she has."""
    ada = make_ada()
    bring(ada, *files(), fetch=world(), at=THEN)
    assert Badge.objects.owned_by(ada).count() == COUNT - 1
    for days in range(3):
        for badge in Badge.objects.owned_by(ada).filter(trust="hosted"):
            # Their issuer falls silent, and stays so.
            web = Web(nobody_answers if days else world(), clock(LATER))
            verification.check(badge=badge, web=web, now=LATER + timedelta(days=days))
    _past(ada)
    _word_of(ada)
    badges = list(Badge.objects.owned_by(ada).order_by("identity"))
    source = Source.objects.create(
        owner=ada,
        reader="credly",
        answers=ANSWERS,
        key=Source.key_of("credly", ANSWERS),
        title="Credly profile ada",
        url=CREDLY,
        created_at=THEN,
    )
    Badge.objects.filter(pk__in=[badge.pk for badge in badges[:3]]).update(source=source)
    made = {"created_at": THEN, "updated_at": LATER}
    first = make_page(ada, *badges[:20], title="Data analysis", line="In short.", **made)
    intro = "One.\r\n\r\nTwo <b>&</b> three."
    make_page(ada, *badges[10:30][::-1], title="Teaching", intro=intro, **made)
    make_page(ada, hide_expired=True, title="Empty for now", line="", **made)
    for number, entry in enumerate(first.entries.all()[:9]):
        first.entries.filter(pk=entry.pk).update(note=f"I led part {number}.\nWith joy: ünïcödé 🎓")
    make_link(first, label="Acme, data analyst", password="open sesame")
    return ada


def curate() -> list[Skill]:
    """Skills that every site suggests where a badge's name speaks of them."""
    made = []
    for name in ("Knots", "Splices"):
        key = Skill.key_of("", name)
        skill, _new = Skill.objects.get_or_create(
            key=key, defaults={"pk": Skill.id_of(key), "name": name}
        )
        Skill.objects.filter(pk=skill.pk).update(curated=True)
        SkillAlias.objects.get_or_create(skill=skill, key=key, defaults={"text": name})
        made.append(skill)
    return made


def _word_of(ada: User) -> None:
    """What rests on her own word: a badge with its evidence, and what her badges show."""
    said = by_hand.Said(name="First aid", issuer="Harbour guild", issued_on=date(2026, 1, 5))
    evidence = by_hand.File("certificate.png", png(11))
    chance = UUID("00000000-0000-4000-8000-000000000001")
    by_hand.state(user=ada, said=said, file=evidence, chance=chance, now=LATER)
    knots, splices = curate()
    first, second = Badge.objects.owned_by(ada).order_by("identity")[:2]
    organising.tag(owner=ada, badges=[first.pk, second.pk], names=["For Acme", "Ünïcödé 🎓"])
    organising.tag(owner=ada, badges=[first.pk], names=["alone"])
    photo = by_hand.File("boat.png", png(12))
    showing.add(badge=first, title="The boat", text="It floats.", file=photo, now=LATER)
    showing.add(badge=first, title="Report", url="https://ada.example/report", now=LATER)
    showing.add(badge=second, title="In short", text="Two\n\nparagraphs.", now=LATER)
    showing.reflect(badge=first, text="Hard, and worth it.", on=date(2026, 3, 2), now=LATER)
    for badge in Badge.objects.filter(owner=ada, name="Knots and splices")[:3]:
        skills.confirm(badge=badge, skill_id=knots.pk, actor=ada)
        skills.dismiss(badge=badge, skill_id=splices.pk, actor=ada)


def _past(ada: User) -> None:
    """What happened to her badges."""
    badges = list(Badge.objects.owned_by(ada).order_by("identity"))
    older = originals.keep(
        owner=ada, data=signed(1, name="An older version"), name="v1.json", now=THEN
    )
    ends = {"before": "Do it", "after": "Do it twice"}
    later = "2030-01-01T00:00:00+00:00"
    rows: list[tuple[str, Any]] = [
        ("changed", {"changes": [{"field": "criteria"}, {"field": "name", **ends}]}),
        ("changed", {"changes": [{"field": "expires_at", "before": None, "after": later}]}),
        ("state", {"before": "valid", "after": "revoked", "reason": "Given by mistake."}),
        ("unlisted", {"source": "Credly profile ada"}),
        ("listed", {"source": "Credly profile ada"}),
    ]
    for number, (kind, detail) in enumerate(rows):
        HistoryEntry.objects.create(
            badge=badges[number], at=LATER + timedelta(hours=number), kind=kind, detail=detail
        )
    HistoryEntry.objects.create(
        badge=badges[0],
        at=LATER,
        kind=HistoryEntry.Kind.SUPERSEDED,
        detail={"changes": [{"field": "name", **ends}], "format": "json"},
        document=originals.read(older),
        original=older,
    )


# --- Seeing all of it --------------------------------------------------------------------------


def life_of(user: User) -> dict[str, Any]:
    """All that must come home, by what makes a badge the same one."""
    badges = Badge.objects.owned_by(user).select_related("original", "source")
    return {
        "badges": {badge.identity: _badge(badge) for badge in badges},
        "history": {badge.identity: _history(badge) for badge in badges},
        "checks": {badge.identity: _checks(badge) for badge in badges},
        "documents": {badge.identity: _documents(badge) for badge in badges},
        "pages": sorted((_page(page) for page in Page.objects.owned_by(user)), key=str),
        "sources": [
            (one.reader, one.title, one.url, one.answers)
            for one in Source.objects.owned_by(user).order_by("created_at")
        ],
    }


def _badge(badge: Badge) -> dict[str, Any]:
    return {
        "name": badge.name,
        "description": badge.description,
        "criteria": badge.criteria_text,
        "issuer": str(badge.issuer),
        "issued_at": badge.issued_at,
        "expires_at": badge.expires_at,
        "version": badge.version,
        "format": badge.format,
        "document": bytes(badge.document),
        "original": originals.read(badge.original) if badge.original else None,
        "added_at": badge.added_at,
        "skills": sorted((link.skill.name, link.how) for link in badge.skill_links.all()),
        "declined": sorted(no.skill.name for no in badge.declined_skills.all()),
        "basis is hers": badge.basis == "learner",
        "evidence": originals.read(badge.evidence_file) if badge.evidence_file else None,
        "tags": sorted(badge.tags.values_list("name", flat=True)),
        "shown": sorted(
            (
                one.kind,
                one.title,
                one.text,
                one.url,
                one.created_at,
                one.file and originals.read(one.file),
            )
            for one in badge.own_evidence.all()
        ),
        "thoughts": sorted(badge.reflections.values_list("on", "text", "created_at")),
        "has picture": badge.picture_id,
        "source": badge.source.title if badge.source else "",
    }


def _history(badge: Badge) -> list[Any]:
    return [
        (
            one.at,
            one.kind,
            one.detail,
            bytes(one.document),
            one.original and originals.read(one.original),
        )
        for one in badge.history.order_by("at", "pk")
    ]


def _checks(badge: Badge) -> list[Any]:
    return [
        (one.checked_at, one.result, one.trust, one.host, one.findings)
        for one in badge.verifications.order_by("checked_at", "pk")
    ]


def _documents(badge: Badge) -> dict[str, bytes]:
    return {row.url: bytes(row.body) for row in badge.supporting.all()}


def _page(page: Page) -> Any:
    entries = page.entries.select_related("badge")
    return (
        page.title,
        page.line,
        page.intro,
        page.hide_expired,
        page.created_at,
        page.updated_at,
        [(entry.badge.identity, entry.note) for entry in entries],
    )


# --- There and back ----------------------------------------------------------------------------


@functools.cache
def life() -> tuple[dict[str, Any], bytes]:
    """Ada's life as plain values and as her export; the site is empty afterwards.

    Made once for all tests: each of them starts from an empty site, as the first one does.
    """
    ada = make_life()
    made = life_of(ada), packed(ada)
    wipe()
    return made


def packed(user: User, at: datetime = NOW) -> bytes:
    out = io.BytesIO()
    packing.pack(owner=user, out=out, now=at)
    return out.getvalue()


def wipe() -> None:
    """An empty site. Only for tests with a folder of their own."""
    models: list[type[Model]] = [Page, ImportJob, HistoryEntry, SupportingDocument, Verification]
    models += [Badge, Original, Source, EmailAddress, User, Picture, Issuer, Skill]
    for model in models:
        model._default_manager.all().delete()
    for folder in ("originals", "pictures"):
        for name in list(housekeeping.files_under(folder)):
            default_storage.delete(name)


def come_home(
    user: User, data: bytes, *, fetch: Fetch = nobody_answers, at: datetime = NOW
) -> Restoration:
    """An import of this export, looked at, accepted whole, and restored."""
    job = bring(user, data, fetch=fetch, at=at, adds=False)
    imports.accept(job=job, chosen=None, now=at)
    restoring.restore(job_id=job.pk, clock=clock(at))
    row: Restoration = Restoration.objects.get(item__job=job)
    assert row.state == Restoration.State.DONE, row.error
    return row
