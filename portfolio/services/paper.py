"""What a transcript says, as plain data: `templates/pdf/transcript.html` adds no word.

Everything here is said in the language that is active, which is the document's.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language, get_language_bidi, ngettext, npgettext, pgettext
from django.utils.translation import gettext as _

from badges.models import Badge
from portfolio.models import Section, Transcript
from portfolio.services import words
from portfolio.services.pageview import EntryView, Evidence, PageView, evidence_of
from portfolio.services.sectionview import ItemView, SectionView
from portfolio.services.typefaces import said

MAX_ATTACHED = 24 * 1024 * 1024  # bytes of credentials in one document
LONG_NAME = 60  # letters, beyond which a name is set smaller
KINDS = {"json": "application/json", "jwt": "application/jwt", "txt": "text/plain"}
Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Detail:
    """What stands about a badge below the table."""

    paragraphs: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """A credential inside the PDF, byte for byte as it came."""

    badge: str
    name: str
    mime: str
    digest: str
    data: bytes


def details_of(badges: Sequence[UUID]) -> Mapping[UUID, Detail]:
    """What each badge was given for, in full: a document must not cut it short."""
    rows = Badge.objects.filter(pk__in=badges).values_list(
        "pk", "criteria_text", "description", "evidence"
    )
    return {
        pk: Detail(words.paragraphs(criteria or about), evidence_of(evidence))
        for pk, criteria, about, evidence in rows
    }


def originals_of(view: PageView) -> tuple[tuple[Attached, ...], int]:
    """The credentials of these badges, and how many found no room. Equal ones are told apart."""
    named = {entry.badge_id: entry.name for entry in view.entries}
    rows = Badge.objects.filter(pk__in=named).exclude(document=b"")
    documents = dict(rows.values_list("pk", "document"))
    found: list[Attached] = []
    room, left_out = MAX_ATTACHED, 0
    for number, (pk, name) in enumerate(named.items(), 1):
        data = bytes(documents.get(pk, b""))
        if len(data) > room:
            left_out += 1
        elif data:
            room -= len(data)
            found.append(_attached(number, name, data))
    return tuple(found), left_out


def _attached(number: int, name: str, data: bytes) -> Attached:
    start = data[:64].lstrip()[:8]
    kind = "json" if start[:1] in {b"{", b"["} else "txt" if start[:4] == b"http" else "jwt"
    stem = slugify(name)[:50].strip("-") or "badge"
    return Attached(
        badge=name,
        name=f"{number:04}-{stem}.{kind}",
        mime=KINDS[kind],
        digest=hashlib.sha256(data).hexdigest(),
        data=data,
    )


def document(
    *,
    view: PageView,
    row: Transcript,
    details: Mapping[UUID, Detail],
    attached: Sequence[Attached],
    left_out: int,
    thumbs: Mapping[str, str],
    signer: str,
) -> Data:
    """The whole of it. `thumbs` are the files of the pictures, by digest."""
    address = settings.SITE_URL + reverse("portfolio:code", args=[row.code_shown])
    shown = address.split("://", 1)[1].rstrip("/")
    made = words.day(view.made_at)
    unverified = row.mark_unverified and any(not entry.verified for entry in view.entries)
    return {
        "lang": (get_language() or "en").split("-")[0],
        "rtl": get_language_bidi(),
        "paper": "letter" if row.paper == Transcript.Paper.LETTER else "A4",
        "brand": "Laurel",
        "title": f"{view.who}: {view.title}",
        "who": said(view.who),
        "who_plain": view.who,
        "who_long": len(view.who) > LONG_NAME,
        "page_title": said(view.title),
        "line": said(view.line) if view.line else None,
        "intro": [said(paragraph) for paragraph in view.intro],
        "headline": view.headline,
        "made": _("Made on %(day)s. A dated copy: what has changed since stands behind the code.")
        % {"day": made.words if made else ""},
        "address": shown,
        "host": shown.split("/", 1)[0],
        "code": row.code_shown,
        "page_of": _page_of(),
        "labels": _labels(),
        "parts": _parts(view, mark=row.mark_unverified),
        "empty": not view.entries,
        "legend": _("Not verified: the last column says why.") if unverified else None,
        "skills": _skills(view) if row.skills_table else [],
        "details": [
            _detail(entry, details.get(entry.badge_id), thumbs, evidence=row.evidence)
            for entry in view.entries
            if row.full_detail
        ],
        "attached": [_listed(one) for one in attached],
        "not_attached": _left_out(left_out),
        "checking": _how_to_check(shown, signer),
    }


def _labels() -> Data:
    return {
        "qr": _("QR code of the address below"),
        "compare": _("Compare with today:"),
        "picture": _("Picture of the badge"),
        "none": _("There is no badge on this page."),
        "badge": _("Badge"),
        "issuer": _("Issuer"),
        "issued": _("Issued"),
        "expires": _("Expires"),
        "trust": _("Trust"),
        "skills": _("Skills"),
        "skill": _("Skill"),
        "shown_by": _("Shown by"),
        "verified": _("Verified"),
        "newest": _("Newest"),
        "details": _("Details"),
        "evidence": _("Evidence"),
        "attached": _("Original credentials"),
        "attached_intro": _(
            "These files are inside this PDF, exactly as they were received. A PDF reader shows "
            "them as attachments, and anybody can check each one with its issuer."
        ),
        "file": _("File"),
        "checking": _("How to check this document"),
    }


def _page_of() -> list[Data]:
    """The words of the foot, with the numbers that only the layout knows between them."""
    # Translators: keep {page} and {pages} as they are.
    pieces = re.split(r"(\{pages?\})", _("Page {page} of {pages}"))
    return [
        {"counter": piece.strip("{}")} if piece.startswith("{") else {"words": piece}
        for piece in pieces
        if piece
    ]


def _parts(view: PageView, *, mark: bool) -> list[Data]:
    """The page's sections in their order. The skills have a table of their own."""
    if not view.sections:
        rows = [_row(entry, mark=mark) for entry in view.entries]
        return (
            [{"heading": said(_("Badges")), "paragraphs": [], "lines": [], "rows": rows}]
            if rows
            else []
        )
    parts = [
        _part(section, [_row(entry, mark=mark) for entry in view.of_section(section)])
        for section in view.sections
        if section.kind != Section.Kind.SKILLS
    ]
    return [part for part in parts if part["rows"] or part["lines"] or part["paragraphs"]]


def _part(section: SectionView, rows: list[Data]) -> Data:
    return {
        "heading": said(section.heading) if section.heading else None,
        "paragraphs": [said(one) for one in words.paragraphs(section.plain)],
        "lines": [_item(item) for item in section.items],
        "rows": rows,
    }


def _item(item: ItemView) -> Data:
    return {
        "when": said(item.when) if item.when else None,
        "name": said(item.name) if item.name else None,
        "text": said(item.text) if item.text else None,
        "url": said(item.url) if item.url and item.url != item.name else None,
    }


def _row(entry: EntryView, *, mark: bool) -> Data:
    state, tone = _state(entry)
    return {
        "name": said(entry.name),
        "issuer": said(entry.issuer),
        "issued": entry.issued.short if entry.issued else "–",
        "expires": entry.expires.short if entry.expires else _("never"),
        "state": state,
        "tone": tone,
        "trust": said(entry.trust_words),
        "marked": mark and not entry.verified,
    }


def _state(entry: EntryView) -> tuple[str | None, str]:
    if entry.verified:
        return _("Verified."), "good"
    if entry.state == "valid" or (entry.state == "unknown" and entry.trust == "none"):
        return None, "open"  # the rung of the ladder says it all
    return f"{entry.state_words}.", "bad" if entry.lost else "open"


def _skills(view: PageView) -> list[Data]:
    lines = []
    for skill in view.skills:
        shown_by = [e for e in view.entries if skill.name in (*e.skills, *e.claimed)]
        issuers = len({entry.issuer for entry in shown_by})
        proven = [e for e in shown_by if e.verified and skill.name in e.skills]
        newest = max((e.issued for e in proven if e.issued), key=lambda day: day.iso, default=None)
        badges = ngettext("%(n)s badge", "%(n)s badges", skill.badges) % {"n": skill.badges}
        by = ngettext("%(n)s issuer", "%(n)s issuers", issuers) % {"n": issuers}
        lines.append(
            {
                "name": said(skill.name),
                "shown_by": f"{badges}, {by}",
                "verified": str(skill.verified) if skill.verified else "–",
                "newest": newest.words if newest else "–",
            }
        )
    return lines


def _detail(
    entry: EntryView, detail: Detail | None, thumbs: Mapping[str, str], *, evidence: bool
) -> Data:
    _words, tone = _state(entry)
    pieces = [entry.issuer, entry.issued.words if entry.issued else ""]
    if entry.state != "unknown" or entry.trust != "none":
        pieces.append(entry.state_words)
    pieces.append(entry.trust_words)
    return {
        "name": said(entry.name),
        "thumb": thumbs.get(entry.image),
        "meta": [said(piece) for piece in pieces if piece],
        "flag": entry.flag or None,
        "tone": tone if entry.lost else "open",
        "paragraphs": [said(one) for one in detail.paragraphs] if detail else [],
        "note": said(entry.note) if entry.note else None,
        "evidence": [_evidence(one) for one in detail.evidence] if detail and evidence else [],
        "checks": f"{entry.checks_said}.",
    }


def _evidence(one: Evidence) -> Data:
    return {
        "name": said(one.name),
        "url": said(one.url) if one.url and one.url != one.name else None,
        "paragraphs": [said(paragraph) for paragraph in one.text],
    }


def _listed(one: Attached) -> Data:
    return {
        "badge": said(one.badge),
        "name": one.name,
        "about": pgettext("a file inside a PDF", "The original credential of “%(badge)s”")
        % {"badge": one.badge[:200]},
        "digest": one.digest,
    }


def _left_out(count: int) -> str | None:
    if not count:
        return None
    return npgettext(
        "credentials inside a PDF",
        "%(n)s more credential is too large to be inside this PDF.",
        "%(n)s more credentials are too large to be inside this PDF.",
        count,
    ) % {"n": count}


def _how_to_check(shown: str, signer: str) -> list[str]:
    return [
        _(
            "Open %(address)s or scan the code on the first page: it shows what this document said "
            "beside what is true today, and tells whether a PDF that you drop there is this one, "
            "unaltered."
        )
        % {"address": shown},
        _(
            "The PDF is signed electronically (PAdES) by %(signer)s. Any change after signing "
            "breaks the signature, which a PDF reader shows."
        )
        % {"signer": signer},
        _(
            "“Verified” means that %(host)s has checked the badge’s own signature or asked the "
            "issuing platform, that the badge is in force, and that it was issued to this person."
        )
        % {"host": shown.split("/", 1)[0]},
    ]
