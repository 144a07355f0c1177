"""Chips and marks for long pages: rendered once, then kept.

A page of five hundred badges shows the same handful of chips thousands of times. The parts are
the design's own, so that the trust ladder looks the same here as everywhere else.
"""

from datetime import datetime
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy

from badges.models import Badge
from portfolio.models import Section, ShareLink
from portfolio.services import timeline, words
from portfolio.services.pageview import EntryView, PageView
from portfolio.services.sectionview import SectionView, shown_address

register = template.Library()
CARDS = {"grid": "card", "list": "line", "feature": "feature"}


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
def section_badges(view: PageView, section: SectionView, base: str) -> SafeString:
    """The badges of a section, one after another."""
    name = f"portfolio/_badge_{CARDS.get(section.arrangement, 'card')}.html"
    language = get_language()
    cards = [
        _part(name, language, (("entry", entry), ("base", base)))
        for entry in view.of_section(section)
    ]
    return mark_safe("".join(cards))  # noqa: S308  # of parts that templates rendered


@register.simple_tag
def years_of(view: PageView, section: SectionView) -> tuple[timeline.Year, ...]:
    return timeline.years(view.entries, section.items)


@register.filter
def address_shown(url: str) -> str:
    """An address as a person would write it."""
    return shown_address(url)


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


KIND_ICONS = {
    Section.Kind.TEXT: "pilcrow",
    Section.Kind.BADGES: "award",
    Section.Kind.EVIDENCE: "paperclip",
    Section.Kind.SKILLS: "list-checks",
    Section.Kind.TIMELINE: "calendar-range",
    Section.Kind.CONTACT: "mail",
}
KIND_WORDS = {
    Section.Kind.TEXT: gettext_lazy("Who you are, what you are looking for"),
    Section.Kind.BADGES: gettext_lazy("A choice of your badges, with your notes"),
    Section.Kind.EVIDENCE: gettext_lazy("Work that a reader can open"),
    Section.Kind.SKILLS: gettext_lazy("What your badges prove"),
    Section.Kind.TIMELINE: gettext_lazy("Badges and steps by year"),
    Section.Kind.CONTACT: gettext_lazy("How to reach you"),
}


@register.simple_tag
def kind_icon(kind: str) -> SafeString:
    return _part("portfolio/_icon.html", None, (("icon", KIND_ICONS[Section.Kind(kind)]),))


@register.simple_tag
def kind_words(kind: str) -> str:
    return str(KIND_WORDS[Section.Kind(kind)])


@register.simple_tag
def badge_state(badge: Badge, now: datetime) -> SafeString:
    return state_chip("checking" if badge.is_being_checked(now) else badge.state(now).value)


@register.simple_tag
def badge_flag(badge: Badge, now: datetime) -> str:
    return words.flag(badge, badge.state(now))


@register.simple_tag
def is_live(link: ShareLink, now: datetime) -> bool:
    return link.is_live(now)
