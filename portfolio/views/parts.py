"""The parts of a page in the editor: its sections, and the badges in them."""

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


def _section(page: Page, pk: UUID) -> Section | None:
    found: Section | None = page.sections.filter(pk=pk).first()
    return found


def _entry(page: Page, pk: int) -> Entry | None:
    rows = page.entries.select_related("badge").defer("badge__document")
    found: Entry | None = rows.filter(pk=pk).first()
    return found


def _gone(request: SignedInRequest, page: Page) -> HttpResponse:
    """A button of an older tab, for something that has left the page since."""
    words = _(
        "This is no longer on the page: it was taken away in another tab. Undo brings it back."
    )
    if request.htmx:
        return saved(request, page, said=words, with_parts=True)
    messages.warning(request, words)
    return saved(request, page, anchor="parts")


@login_required
@require_POST
def add(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A new section of the kind that was chosen."""
    page = my_page(request, pk)
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


@login_required
@require_POST
def edit(request: SignedInRequest, pk: UUID, section: UUID) -> HttpResponse:
    """The words and lines of one section."""
    page = my_page(request, pk)
    row = _section(page, section)
    if row is None:
        return _gone(request, page)
    row.page = page
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


@login_required
@require_POST
def move(request: SignedInRequest, pk: UUID, section: UUID) -> HttpResponse:
    page = my_page(request, pk)
    row = _section(page, section)
    if row is None:
        return _gone(request, page)
    row.page = page
    sections.move(section=row, step=_step(request), now=timezone.now())
    ids = list(page.sections.values_list("pk", flat=True))
    said = _("%(section)s is now part %(place)s of %(count)s.") % {
        "section": row, "place": ids.index(row.pk) + 1, "count": len(ids),
    }  # fmt: skip
    return saved(request, page, anchor=f"section-{row.pk}", said=said, with_parts=True)


@login_required
@require_POST
def remove(request: SignedInRequest, pk: UUID, section: UUID) -> HttpResponse:
    """Off the page, with the badges in it. Undo brings all of it back."""
    page = my_page(request, pk)
    row = _section(page, section)
    if row is None:
        return _gone(request, page)
    row.page = page
    name = str(row)
    sections.remove(section=row, now=timezone.now())
    said = _("%(section)s is off the page. Its badges stay in your backpack; undo brings it back.")
    return saved(request, page, anchor="parts", said=said % {"section": name}, with_parts=True)


def _step(request: SignedInRequest) -> int:
    return -1 if request.POST.get("step") == "up" else 1


@login_required
@require_POST
def order(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A whole new order, as dragging makes it: sections and the badges in each, from the top."""
    page = my_page(request, pk)
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


@login_required
@require_POST
def add_badges(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Put the ticked badges on the page. Ids that make no sense are nobody's badges."""
    page = my_page(request, pk)
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


@login_required
@require_POST
def move_badge(request: SignedInRequest, pk: UUID, entry: int) -> HttpResponse:
    page = my_page(request, pk)
    row = _entry(page, entry)
    if row is None:
        return _gone(request, page)
    row.page = page
    pages.move(entry=row, step=_step(request), now=timezone.now())
    ids = list(page.entries.values_list("pk", flat=True))
    said = _("%(badge)s is now badge %(place)s of %(count)s.") % {
        "badge": row.badge.name[:80], "place": ids.index(row.pk) + 1, "count": len(ids),
    }  # fmt: skip
    return saved(request, page, anchor=f"entry-{row.pk}", said=said, with_parts=True)


@login_required
@require_POST
def note(request: SignedInRequest, pk: UUID, entry: int) -> HttpResponse:
    """What its owner says of a badge."""
    page = my_page(request, pk)
    row = _entry(page, entry)
    if row is None:
        return _gone(request, page)
    row.page = page
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


@login_required
@require_POST
def remove_badge(request: SignedInRequest, pk: UUID, entry: int) -> HttpResponse:
    """Off this page; the badge stays in the backpack."""
    page = my_page(request, pk)
    row = _entry(page, entry)
    if row is None:
        return _gone(request, page)
    row.page = page
    pages.remove(entry=row, now=timezone.now())
    said = _("%(badge)s is off the page.") % {"badge": row.badge.name[:80]}
    return saved(request, page, anchor="parts", said=said, with_parts=True)
