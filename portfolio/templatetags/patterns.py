"""Cards and rows of a page, drawn from templates that are read once and then only filled in.

A page of fifty badges is fifty times the same few lines of HTML, and rendering a template fifty
times costs ten times what all else on the page does. So a template is rendered once for each shape
that a badge can have (with a note or without, with dates or without, ...), with a mark wherever a
word of the badge goes. Cut at these marks it is a pattern, and a badge fills it with its words,
each escaped. Templates stay templates: whoever changes one need not know of this file, unless they
want a new word in it.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape
from types import SimpleNamespace

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from portfolio.services.pageview import EntryView, SkillView

MARK = "\x1f"  # it stands in patterns only: what fills them is never looked through again
KINDS = {"grid": "card", "list": "line", "feature": "feature"}
PICTURES = {"grid": "small", "list": "small", "feature": "large"}
SKILLS = 6

Pattern = tuple[tuple[str, ...], tuple[str, ...]]  # what is always there, and what goes between
Shape = tuple[object, ...]


@lru_cache(maxsize=4096)
def part(name: str, language: str | None, values: tuple[tuple[str, object], ...]) -> SafeString:
    """A small template with few different values: rendered once, then kept."""
    return render_to_string(name, dict(values))


def hole(name: str) -> SafeString:
    return mark_safe(f"{MARK}{name}{MARK}")  # noqa: S308  # a mark and a word of ours


def cut(html: str) -> Pattern:
    pieces = re.split(f"{MARK}([a-z0-9_]+){MARK}", html)
    return tuple(pieces[::2]), tuple(pieces[1::2])


def fill(pattern: Pattern, values: Mapping[str, str]) -> str:
    """The words between the pieces. What is no SafeString is escaped."""
    pieces, names = pattern
    out = [pieces[0]]
    for name, piece in zip(names, pieces[1:], strict=True):
        value = values[name]
        out.append(value if isinstance(value, SafeString) else escape(value))
        out.append(piece)
    return "".join(out)


# --- Chips ---------------------------------------------------------------------------------------


def entry_chip(entry: EntryView, language: str | None) -> str:
    """As many "verified" as the headline counts, and nothing else in that green."""
    if entry.checking:
        return part("parts/_state.html", language, (("state", "checking"),))
    if entry.state == "valid":
        return part("portfolio/_verified.html", language, (("verified", entry.verified),))
    if entry.state == "unknown" and entry.trust == "none":
        return ""  # the rung says it, with the date
    return part("parts/_state.html", language, (("state", entry.state),))


def trust_chip(entry: EntryView, language: str | None) -> str:
    """The rung of the ladder. A badge that fails its checks stands on none."""
    if entry.state in {"invalid", "unreadable"}:
        return ""
    values = (
        ("trust", entry.trust),
        ("host", entry.host),
        ("date", entry.checked_at.date() if entry.checked_at else None),
        ("since", entry.unknown_since.date() if entry.unknown_since else None),
        ("said", entry.trust_words if entry.trust == "export" else ""),
    )
    return part("parts/_trust.html", language, values)


@lru_cache(maxsize=8)
def _picture(size: str) -> tuple[str, str]:
    before, _mark, after = reverse("badges:picture", args=["0" * 64, size]).partition("0" * 64)
    return before, after


def picture(digest: str, size: str) -> str:
    """The address of a picture, without asking the URLconf each time."""
    before, after = _picture(size)
    return f"{before}{digest}{after}"


# --- Cards ---------------------------------------------------------------------------------------


def cards(entries: Iterable[EntryView], arrangement: str, base: str) -> SafeString:
    """The badges of a section as it arranges them, one after another."""
    language = get_language()
    kind = arrangement if arrangement in KINDS else "grid"
    drawn = [_card(entry, kind, base, language) for entry in entries]
    return mark_safe("".join(drawn))  # noqa: S308  # templates of ours, filled with escaped words


def _card(entry: EntryView, kind: str, base: str, language: str | None) -> str:
    issued, expires = entry.issued, entry.expires
    flag = entry.flag if entry.state != "unknown" else ""
    known = entry.standing is not None and entry.standing.code == "known"
    skills = entry.skills[:SKILLS] if kind == "feature" else ()
    shape = (
        *(bool(entry.image), issued is not None, expires is not None, bool(entry.note)),
        *(bool(flag), entry.lost, known, bool(entry.short), len(skills)),
    )
    values = {
        "name": entry.name,
        "issuer": entry.issuer,
        "note": entry.note,
        "flag": flag,
        "short": entry.short,
        "address": f"{base}badges/{entry.badge_id}/",
        "image": picture(entry.image, PICTURES[kind]),
        "verified": mark_safe(entry_chip(entry, language)),  # noqa: S308  # a template's own
        "rung": mark_safe(trust_chip(entry, language)),  # noqa: S308  # the same
        **{f"skill{place}": skill for place, skill in enumerate(skills)},
    }
    if issued is not None:
        values |= {"issued_iso": issued.iso, "issued": issued.words, "issued_short": issued.short}
    if expires is not None:
        values |= {"expires_iso": expires.iso, "expires": expires.words}
    return fill(_card_pattern(kind, language, shape), values)


@lru_cache(maxsize=1024)
def _card_pattern(kind: str, language: str | None, shape: tuple[bool | int, ...]) -> Pattern:
    image, issued, expires, note, flag, lost, known, short, skills = shape
    names = {"name", "issuer", "address", "verified", "rung"}
    holes = {name: hole(name) for name in names}
    optional = {"image": image, "note": note, "flag": flag, "short": short}
    holes |= {name: hole(name) for name, there in optional.items() if there}
    context: dict[str, object] = {**holes, "lost": lost, "known": known}
    if issued:
        context["issued"] = _day_holes("issued")
    if expires:
        context["expires"] = _day_holes("expires")
    context["skills"] = [hole(f"skill{place}") for place in range(skills)]
    return cut(render_to_string(f"portfolio/_badge_{KINDS[kind]}.html", context))


def _day_holes(name: str) -> SimpleNamespace:
    return SimpleNamespace(iso=hole(f"{name}_iso"), words=hole(name), short=hole(f"{name}_short"))


# --- Skills --------------------------------------------------------------------------------------


def skill_chips(skills: Iterable[SkillView]) -> SafeString:
    """A chip for each skill, those of verified badges with their mark."""
    language = get_language()
    drawn = []
    for skill in skills:
        pattern = _skill_pattern(language, skill.verified > 0, skill.badges > 1)
        drawn.append(fill(pattern, {"name": skill.name, "badges": str(skill.badges)}))
    return mark_safe("".join(drawn))  # noqa: S308  # templates of ours, filled with escaped words


@lru_cache(maxsize=64)
def _skill_pattern(language: str | None, verified: bool, several: bool) -> Pattern:
    context = {"name": hole("name"), "badges": hole("badges"), "several": several}
    return cut(render_to_string("portfolio/_skill_chip.html", context | {"verified": verified}))


# --- Checks --------------------------------------------------------------------------------------


def check_rows(entries: Iterable[EntryView], base: str) -> SafeString:
    """A row for each badge in the grid of checks."""
    language = get_language()
    drawn = [_check_row(entry, base, language) for entry in entries]
    return mark_safe("".join(drawn))  # noqa: S308  # templates of ours, filled with escaped words


def _check_row(entry: EntryView, base: str, language: str | None) -> str:
    marks = tuple((f.outcome, f.label, f.outcome_words) for f in entry.findings)
    checked = entry.checked
    values = {"name": entry.name, "address": f"{base}badges/{entry.badge_id}/"}
    if checked is not None:
        values |= {"iso": checked.iso, "words": checked.words}
    return fill(_check_pattern(language, marks, entry.checking, checked is not None), values)


@lru_cache(maxsize=1024)
def _check_pattern(
    language: str | None, marks: tuple[tuple[str, str, str], ...], checking: bool, checked: bool
) -> Pattern:
    context = {
        "name": hole("name"),
        "address": hole("address"),
        "marks": [{"outcome": o, "label": label, "words": said} for o, label, said in marks],
        "checking": checking,
        "checked": {"iso": hole("iso"), "words": hole("words")} if checked else None,
    }
    return cut(render_to_string("portfolio/_check_row.html", context))
