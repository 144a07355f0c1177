"""Chips and marks for long pages: rendered once, then kept.

A page of five hundred badges shows the same handful of chips thousands of times. The parts are
the design's own, so that the trust ladder looks the same here as everywhere else.
"""

import json
from contextlib import suppress
from datetime import datetime

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy

from badges.models import Badge
from portfolio.models import Section, ShareLink
from portfolio.services import timeline, words
from portfolio.services.pageview import EntryView, PageView
from portfolio.services.sectionview import SectionView, shown_address
from portfolio.templatetags import patterns as cards

register = template.Library()
LONGEST = 64_000  # characters of an original that a page shows


@register.simple_tag
def state_chip(state: str) -> SafeString:
    return cards.part("parts/_state.html", get_language(), (("state", state),))


@register.simple_tag
def entry_chip(entry: EntryView) -> str:
    """As many "verified" as the headline counts, and nothing else in that green."""
    return cards.entry_chip(entry, get_language())


@register.simple_tag
def trust_chip(entry: EntryView) -> str:
    """The rung of the ladder. A badge that fails its checks stands on none."""
    return cards.trust_chip(entry, get_language())


@register.simple_tag
def section_badges(view: PageView, section: SectionView, base: str) -> SafeString:
    """The badges of a section, one after another."""
    return cards.cards(view.of_section(section), section.arrangement, base)


@register.simple_tag
def skill_chips(view: PageView) -> SafeString:
    """The skills of a page, as many as can be taken in."""
    return cards.skill_chips(view.skills[:40])


@register.simple_tag
def check_rows(view: PageView, base: str) -> SafeString:
    """The grid of checks, a row for each badge."""
    return cards.check_rows(view.entries, base)


@register.simple_tag
def years_of(view: PageView, section: SectionView) -> tuple[timeline.Year, ...]:
    return timeline.years(view.entries, section.items)


@register.filter
def address_shown(url: str) -> str:
    """An address as a person would write it."""
    return shown_address(url)


@register.simple_tag
def picture_url(digest: str, size: str = "small") -> str:
    return cards.picture(digest, size)


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
    return cards.part("portfolio/_icon.html", None, (("icon", KIND_ICONS[Section.Kind(kind)]),))


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


@register.filter
def pretty(document: bytes) -> str:
    """A credential as a person can read it: JSON set out, the rest as it is, not too long."""
    text = document.decode("utf-8", "replace")[:LONGEST]
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text
