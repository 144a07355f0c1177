"""The sections of a page as plain values: what `pageview.PageView` holds beside its badges."""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.translation import gettext as _

from portfolio.models import Page, Section
from portfolio.services import markdown, words

Kind = Section.Kind
MAX_ITEMS = 20
# A page that nobody has divided looks like this.
DEFAULT = (Kind.SKILLS, Kind.BADGES)


@dataclass(frozen=True, slots=True)
class Theme:
    """How a page looks: values of portfolio.models.page."""

    accent: str = "laurel"
    layout: str = "classic"
    typeface: str = "editorial"

    @property
    def classes(self) -> str:
        return f"accent-{self.accent} layout-{self.layout} type-{self.typeface}"


PLAIN = Theme()


@dataclass(frozen=True, slots=True)
class ItemView:
    """A line that its owner typed: evidence, a step of a timeline, a way to reach them."""

    name: str
    url: str
    text: str
    when: str

    @property
    def label(self) -> str:
        """What the link is called when its owner gave it no name."""
        return self.name or shown_address(self.url) or self.text


@dataclass(frozen=True, slots=True)
class SectionView:
    """A part of a page. `badges` names those of the page's entries that stand in it."""

    key: str
    kind: str
    title: str
    html: str  # safe, of portfolio.services.markdown
    plain: str  # the same words for documents
    arrangement: str
    items: tuple[ItemView, ...] = ()
    badges: tuple[UUID, ...] = ()

    @property
    def heading(self) -> str:
        """Its own heading, or what such a section is called. A text may go without."""
        return self.title or default_heading(self.kind)


def default_heading(kind: str) -> str:
    if kind == Kind.TEXT:
        return ""
    if kind == Kind.CONTACT:
        return _("Get in touch")
    return str(Kind(kind).label)


def theme_of(page: Page) -> Theme:
    # A page that was just made holds the members of its choices, one that was read their values.
    return Theme(str(page.accent), str(page.layout), str(page.typeface))


def sections_of(page: Page) -> Sequence[Section]:
    """The rows in their order. One query."""
    return list(Section.objects.filter(page=page).order_by("position", "pk"))


def arrange(
    rows: Sequence[Section], placed: Iterable[tuple[UUID, UUID | None]]
) -> tuple[SectionView, ...]:
    """Sections with the badges that stand in each. `placed` has (badge, section) in their order.

    A badge without a section, or whose section holds no badges any more, goes to the first that
    does; where there is none, one is made for the eye.
    """
    holders = [row.pk for row in rows if row.kind == Kind.BADGES]
    first = holders[0] if holders else None
    inside: dict[UUID | None, list[UUID]] = {pk: [] for pk in holders}
    for badge, section in placed:
        inside.setdefault(section if section in inside else first, []).append(badge)
    views = [view_of(row, tuple(inside.get(row.pk, ()))) for row in rows]
    if inside.get(None):
        wanted = [Kind.BADGES] if rows else DEFAULT
        views += [_implied(kind, tuple(inside[None])) for kind in wanted]
    return tuple(views)


def only(sections: Iterable[SectionView], badges: Container[UUID]) -> tuple[SectionView, ...]:
    """The same sections with no other badges in them than these."""
    return tuple(
        replace(section, badges=tuple(pk for pk in section.badges if pk in badges))
        for section in sections
    )


def view_of(row: Section, badges: tuple[UUID, ...] = ()) -> SectionView:
    return SectionView(
        key=str(row.pk),
        kind=row.kind,
        title=row.title,
        html=markdown.html(row.text) if row.text else "",
        plain=markdown.plain(row.text) if row.text else "",
        arrangement=row.arrangement,
        items=items_of(row),
        badges=badges,
    )


def _implied(kind: Section.Kind, badges: tuple[UUID, ...]) -> SectionView:
    inside = badges if kind == Kind.BADGES else ()
    return SectionView(
        key=kind.value, kind=kind.value, title="", html="", plain="", arrangement="grid",
        badges=inside,
    )  # fmt: skip


def items_of(row: Section) -> tuple[ItemView, ...]:
    """The stored lines, whatever the column holds."""
    stored = row.items if isinstance(row.items, list) else []
    found = [_item(item) for item in stored[:MAX_ITEMS] if isinstance(item, dict)]
    return tuple(item for item in found if item.name or item.url or item.text)


def _item(stored: dict[str, Any]) -> ItemView:
    said = {key: str(stored.get(key) or "") for key in ("name", "url", "text", "when")}
    return ItemView(**said | {"url": link_address(said["url"])})


def link_address(text: str) -> str:
    """An address that may stand in a link: the web, a mailbox or a telephone. Else nothing."""
    text = text.strip()
    kind, _colon, rest = text.partition(":")
    if kind.lower() in {"mailto", "tel"} and rest and not any(c.isspace() for c in rest):
        return text
    return words.web_address(text)


def typed_address(text: str) -> str:
    """What somebody meant who typed an address without its beginning. Nothing when it is none."""
    text = text.strip()
    if not text or ":" in text.partition("/")[0]:
        return link_address(text)
    if re.fullmatch(r"[^\s@/]+@[^\s@/]+\.[^\s@/]+", text):
        return f"mailto:{text}"
    if re.fullmatch(r"\+?[0-9][0-9 ()./-]{4,}", text):
        return "tel:" + re.sub(r"[^+0-9]", "", text)
    return f"https://{text}" if re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text) else ""


def shown_address(url: str) -> str:
    """An address as a person would write it."""
    if url.lower().startswith(("mailto:", "tel:")):
        return url.partition(":")[2].partition("?")[0]
    parts = urlsplit(url)
    return (parts.netloc.removeprefix("www.") + parts.path.rstrip("/")) if parts.netloc else url
