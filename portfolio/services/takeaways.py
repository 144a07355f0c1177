"""What a reader takes along beside the PDF: a table, a résumé for machines, and the originals.

The table and the résumé are made from the page's frozen object and say what the page says. The
originals are the credentials themselves, byte for byte, so that anybody can check them without us.

A presentation in the sense of the standard holds verifiable credentials and nothing else, so
older badges, which are assertions, stand behind it under their own contexts. It carries no proof of
ours: nobody has shown us that they hold the keys, and a signature would look as if they had.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import TypeGuard
from uuid import UUID

from django.utils.translation import gettext as _

from badges.models import Badge, BadgeQuerySet, Basis
from badges.openbadges.credential import Version
from portfolio.services.pageview import EntryView, PageView
from portfolio.services.words import Day

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
V2 = "https://www.w3.org/ns/credentials/v2"
OPENING = '[{"@context":["' + V2 + '"],"type":["VerifiablePresentation"],"verifiableCredential":['
# What a platform or a learner says of a badge is a document too, and no credential.
CREDENTIAL = {"basis": Basis.DOCUMENT}
JWT = re.compile(rb"[\w-]+\.[\w-]+\.[\w-]+")
ASSERTIONS = [version.value for version in Version if version.is_assertion]


# --- A table ---------------------------------------------------------------------------------


def table(*, view: PageView, address: str) -> str:
    """One line for each badge, as a spreadsheet reads it."""
    out = io.StringIO()
    out.write("\ufeff")  # without it one well-known spreadsheet takes UTF-8 for something else
    lines = csv.writer(out)
    lines.writerow(
        (
            _("Badge"), _("Issuer"), _("Issued"), _("Ends"), _("State"), _("Verified"),
            _("Rests on"), _("Checked"), _("Skills"), _("Note"), _("Address"),
        )
    )  # fmt: skip
    for entry in view.entries:
        lines.writerow([cell(value) for value in _line(entry, address)])
    return out.getvalue()


def _line(entry: EntryView, address: str) -> tuple[str, ...]:
    return (
        entry.name,
        entry.issuer,
        entry.issued.iso if entry.issued else "",
        entry.expires.iso if entry.expires else "",
        entry.state_words,
        _("yes") if entry.verified else _("no"),
        entry.trust_words,
        entry.checked.iso if entry.checked else "",
        ", ".join(entry.skills),
        entry.note,
        f"{address}badges/{entry.badge_id}/",
    )


def cell(text: str) -> str:
    """Text that no spreadsheet runs: what looks like a formula gets an apostrophe in front.

    Looked at behind spaces and invisible marks as well, which some programs take off first.
    """
    text = text.replace("\0", "")
    bare = "".join(letter for letter in text[:80] if letter.isprintable() and letter != "\ufeff")
    runs = text.startswith(FORMULA) or bare.lstrip().startswith(FORMULA)
    return f"'{text}" if runs else text


# --- A résumé --------------------------------------------------------------------------------


def resume(*, view: PageView, address: str) -> dict[str, object]:
    """The page as JSON Resume. What is no longer in force is no certificate any more."""
    summary = "\n\n".join(filter(None, (view.line, *view.intro)))
    return {
        "$schema": (
            "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"
        ),
        "basics": {
            "name": view.who,
            "label": view.title,
            "summary": summary,
            "url": address,
        },
        "certificates": [
            {
                "name": entry.name,
                "issuer": entry.issuer,
                **({"date": entry.issued.iso} if _has_year(entry.issued) else {}),
                "url": f"{address}badges/{entry.badge_id}/",
            }
            for entry in view.entries
            if not entry.lost
        ],
        "skills": [
            {"name": skill.name, "keywords": _proofs(view, skill.name)}
            for skill in view.skills
            if skill.verified
        ],
        "meta": {"canonical": address, "lastModified": view.made_at.isoformat()},
    }


def _has_year(day: Day | None) -> TypeGuard[Day]:
    """The format knows the years 1000 to 2999; a badge may name any."""
    return day is not None and "1000" <= day.iso[:4] <= "2999"


def _proofs(view: PageView, skill: str) -> list[str]:
    """The badges that show a skill, so that it is not a word alone."""
    return [entry.name for entry in view.entries if entry.verified and skill in entry.skills]


# --- The originals ---------------------------------------------------------------------------


def originals(*, view: PageView) -> Iterator[str]:
    """Every credential behind the page as it came, piece by piece: an array in JSON-LD.

    JSON is copied as text and not written anew, because some signatures are over these very
    characters.
    """
    ours = Badge.objects.filter(pk__in=[entry.badge_id for entry in view.entries], **CREDENTIAL)
    ours = ours.order_by("pk")
    yield OPENING
    between = ""
    for text in _embedded(ours.exclude(version__in=ASSERTIONS)):
        yield between + text
        between = ","
    yield "]}"
    for text in _embedded(ours.filter(version__in=ASSERTIONS)):
        yield "," + text
    yield "]\n"


def _embedded(badges: BadgeQuerySet) -> Iterator[str]:
    """Each as one JSON object: itself, or around a signed text what the standard puts there."""
    for held in badges.values_list("document", flat=True).iterator(chunk_size=20):
        document = bytes(held)
        text = as_json(document)
        if text is not None:
            yield text
        elif JWT.fullmatch(document):
            yield json.dumps(
                {
                    "@context": V2,
                    "id": f"data:application/vc+jwt,{document.decode()}",
                    "type": "EnvelopedVerifiableCredential",
                }
            )


def as_json(document: bytes) -> str | None:
    """The text of a document that is one JSON object, as it is; None for every other."""
    try:
        text = document.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return text.strip() if isinstance(value, dict) else None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


def original(*, badge: UUID) -> bytes:
    """One credential's own bytes; empty when nobody ever had it."""
    held = Badge.objects.filter(pk=badge, **CREDENTIAL).values_list("document", flat=True).first()
    return bytes(held or b"")
