"""The parts of a page in the editor: its sections, and the badges in them."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from portfolio.forms import SectionForm
from portfolio.models import Entry, Page, Section
from portfolio.services import pages, sections, steps
from portfolio.views.editing import (
    Clash,
    EntryPart,
    Part,
    errors_of,
    my_page,
    not_saved,
    saved,
    seen_by,
    whole,
)

LONGEST_NOTE = 500


P = ParamSpec("P")


class _Gone(Exception):
    """A button of an older tab, for something that has left the page since."""


def _button(
    view: Callable[Concatenate[SignedInRequest, Page, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """A view that gets one of the signed-in person's pages in the place of its id."""

    @functools.wraps(view)
    def pressed(
        request: SignedInRequest, pk: UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        page = my_page(request, pk)
        try:
            return view(request, page, *args, **kwargs)
        except _Gone:
            return _gone(request, page)

    return login_required(require_POST(pressed))


def _section(page: Page, pk: UUID) -> Section:
    found: Section | None = page.sections.filter(pk=pk).first()
    if found is None:
        raise _Gone
    found.page = page
    return found


def _entry(page: Page, pk: int) -> Entry:
    rows = page.entries.select_related("badge").defer("badge__document")
    found: Entry | None = rows.filter(pk=pk).first()
    if found is None:
        raise _Gone
    found.page = page
    return found


def _gone(request: SignedInRequest, page: Page) -> HttpResponse:
    words = _(
        "This is no longer on the page: it was taken away in another tab. Undo brings it back."
    )
    if request.htmx:
        return saved(request, page, said=words, with_parts=True)
    messages.warning(request, words)
    return saved(request, page, anchor="parts")


@_button
def add(request: SignedInRequest, page: Page) -> HttpResponse:
    """A new section of the kind that was chosen."""
    kind = request.POST.get("kind", "")
    if kind not in Section.Kind.values:
        messages.info(request, _("Choose what kind of section it shall be."))
        return saved(request, page, anchor="add-section")
    try:
        section = sections.add(page=page, kind=kind, now=timezone.now())
    except sections.TooManySections:
        words = _("A page holds at most %(count)s sections.") % {"count": sections.MAX_SECTIONS}
        messages.error(request, words)
        return saved(request, page, anchor="add-section")
    return saved(request, page, anchor=f"section-{section.pk}", with_parts=True)


@_button
def edit(request: SignedInRequest, page: Page, section: UUID) -> HttpResponse:
    """The words and lines of one section."""
    row = _section(page, section)
    form, target = SectionForm(request.POST, section=row), f"section-{row.pk}"
    if not form.is_valid():
        clash = Clash(errors=errors_of(form))
    else:
        try:
            sections.edit(section=row, now=timezone.now(), seen=seen_by(request), **form.terms())
        except steps.ChangedElsewhere as error:
            clash = Clash(mark=error.mark, now_there=error.now_there)
        else:
            mark = steps.mark_of(sections.words_of(row))
            return saved(request, page, target=target, mark=mark, anchor=target, said=_("Saved."))
    if request.htmx:
        return not_saved(request, page, target=target, clash=clash)
    mark = steps.mark_of(sections.words_of(get_object_or_404(Section, pk=row.pk)))
    return whole(request, page, part=Part(row, form, mark, [], clash))


@_button
def move(request: SignedInRequest, page: Page, section: UUID) -> HttpResponse:
    row = _section(page, section)
    sections.move(section=row, step=_step(request), now=timezone.now())
    ids = list(page.sections.values_list("pk", flat=True))
    said = _("%(section)s is now part %(place)s of %(count)s.") % {
        "section": row, "place": ids.index(row.pk) + 1, "count": len(ids),
    }  # fmt: skip
    return saved(request, page, anchor=f"section-{row.pk}", said=said, with_parts=True)


@_button
def remove(request: SignedInRequest, page: Page, section: UUID) -> HttpResponse:
    """Off the page, with the badges in it. Undo brings all of it back."""
    row = _section(page, section)
    name = str(row)
    sections.remove(section=row, now=timezone.now())
    said = _("%(section)s is off the page. Its badges stay in your backpack; undo brings it back.")
    return saved(request, page, anchor="parts", said=said % {"section": name}, with_parts=True)


def _step(request: SignedInRequest) -> int:
    return -1 if request.POST.get("step") == "up" else 1


@_button
def order(request: SignedInRequest, page: Page) -> HttpResponse:
    """A whole new order, as dragging makes it: sections and the badges in each, from the top."""
    now = timezone.now()
    wanted_sections: list[UUID] = []
    entries: list[int] = []
    homes: dict[int, UUID] = {}
    for text in request.POST.getlist("at")[: pages.MAX_BADGES + sections.MAX_SECTIONS]:
        if text.isascii() and text.isdecimal() and len(text) < 19:
            entries.append(int(text))
            if wanted_sections:
                homes[int(text)] = wanted_sections[-1]
            continue
        try:
            wanted_sections.append(UUID(text))
        except ValueError:
            continue
    if request.POST.get("what") == "sections":
        sections.order(page=page, sections=wanted_sections, now=now)
    else:
        pages.order(page=page, entries=entries, sections=homes, now=now)
    return saved(request, page, anchor="parts", with_parts=True)


# --- Badges ------------------------------------------------------------------------------------


@_button
def add_badges(request: SignedInRequest, page: Page) -> HttpResponse:
    """Put the ticked badges on the page. Ids that make no sense are nobody's badges."""
    home = next(iter(_uuids(request, "section")), None)
    try:
        count = pages.add(
            page=page, badges=_uuids(request, "badge"), section=home, now=timezone.now()
        )
    except pages.TooManyBadges:
        messages.error(
            request, _("A page holds at most %(count)s badges.") % {"count": pages.MAX_BADGES}
        )
    else:
        if count:
            words = ngettext("%(count)s badge added.", "%(count)s badges added.", count)
            messages.success(request, words % {"count": count})
        else:
            messages.info(request, _("Tick the badges that you want to add."))
    return saved(request, page, anchor=f"section-{home}" if home else "parts")


def _uuids(request: SignedInRequest, name: str) -> list[UUID]:
    found = []
    for text in request.POST.getlist(name)[: pages.MAX_BADGES * 2]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@_button
def move_badge(request: SignedInRequest, page: Page, entry: int) -> HttpResponse:
    row = _entry(page, entry)
    pages.move(entry=row, step=_step(request), now=timezone.now())
    ids = list(page.entries.values_list("pk", flat=True))
    said = _("%(badge)s is now badge %(place)s of %(count)s.") % {
        "badge": row.badge.name[:80], "place": ids.index(row.pk) + 1, "count": len(ids),
    }  # fmt: skip
    return saved(request, page, anchor=f"entry-{row.pk}", said=said, with_parts=True)


@_button
def note(request: SignedInRequest, page: Page, entry: int) -> HttpResponse:
    """What its owner says of a badge."""
    row = _entry(page, entry)
    text = request.POST.get("note", "").replace("\0", "").replace("\r\n", "\n").strip()
    target = f"note-{row.pk}"
    if len(text) > LONGEST_NOTE:
        words = _("Your note is %(count)s characters long. Keep it under %(longest)s.")
        clash = Clash(errors=[words % {"count": len(text), "longest": LONGEST_NOTE}])
    else:
        try:
            pages.note(entry=row, text=text, now=timezone.now(), seen=seen_by(request))
        except steps.ChangedElsewhere as error:
            clash = Clash(mark=error.mark, now_there=error.now_there)
        else:
            mark = steps.mark_of({"note": text})
            return saved(
                request, page, target=target, mark=mark, anchor=f"entry-{row.pk}",
                said=_("Note saved."),
            )  # fmt: skip
    if request.htmx:
        return not_saved(request, page, target=target, clash=clash)
    mark = steps.mark_of({"note": row.note})
    row.note = text
    return whole(request, page, entry=EntryPart(row=row, mark=mark, clash=clash))


@_button
def remove_badge(request: SignedInRequest, page: Page, entry: int) -> HttpResponse:
    """Off this page; the badge stays in the backpack."""
    row = _entry(page, entry)
    pages.remove(entry=row, now=timezone.now())
    said = _("%(badge)s is off the page.") % {"badge": row.badge.name[:80]}
    return saved(request, page, anchor="parts", said=said, with_parts=True)
