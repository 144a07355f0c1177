"""Chips and marks for long pages: rendered once, then kept.

A page of five hundred badges shows the same handful of chips thousands of times. The parts are
the design's own, so that the trust ladder looks the same here as everywhere else.
"""

import json
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from badges.models import Badge
from portfolio.models import ShareLink
from portfolio.services import words
from portfolio.services.pageview import EntryView

register = template.Library()
LONGEST = 64_000  # characters of an original that a page shows


@lru_cache(maxsize=4096)
def _part(name: str, language: str | None, values: tuple[tuple[str, object], ...]) -> SafeString:
    return render_to_string(name, dict(values))


@register.simple_tag
def state_chip(state: str) -> SafeString:
    return _part("parts/_state.html", get_language(), (("state", state),))


@register.simple_tag
def entry_chip(entry: EntryView) -> str:
    """As many "verified" as the headline counts, and nothing else in that green."""
    if entry.checking:
        return state_chip("checking")
    if entry.state == "valid":
        verified = (("verified", entry.verified),)
        return _part("portfolio/_verified.html", get_language(), verified)
    if entry.state == "unknown" and entry.trust == "none":
        return ""  # the rung says it, with the date
    return state_chip(entry.state)


@register.simple_tag
def trust_chip(entry: EntryView) -> str:
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
    return _part("parts/_trust.html", get_language(), values)


@register.simple_tag
def badge_card(entry: EntryView, base: str) -> SafeString:
    """A badge in the grid. An entry that has not changed looks as it did for the last reader."""
    return _part("portfolio/_badge_card.html", get_language(), (("entry", entry), ("base", base)))


@register.simple_tag
def check_row(entry: EntryView, base: str) -> SafeString:
    """A badge in the grid of checks."""
    return _part("portfolio/_check_row.html", get_language(), (("entry", entry), ("base", base)))


@lru_cache(maxsize=4096)
def _picture(digest: str, size: str) -> str:
    return reverse("badges:picture", args=[digest, size])


@register.simple_tag
def picture_url(digest: str, size: str = "small") -> str:
    return _picture(digest, size)


@register.simple_tag
def badge_state(badge: Badge, now: datetime) -> SafeString:
    return state_chip("checking" if badge.is_being_checked(now) else badge.state(now).value)


@register.simple_tag
def badge_flag(badge: Badge, now: datetime) -> str:
    return words.flag(badge, badge.state(now))


@register.simple_tag
def is_live(link: ShareLink, now: datetime) -> bool:
    return link.is_live(now)


@register.filter
def pretty(document: bytes) -> str:
    """A credential as a person can read it: JSON set out, the rest as it is, not too long."""
    text = document.decode("utf-8", "replace")[:LONGEST]
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text
