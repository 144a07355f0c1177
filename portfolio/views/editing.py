"""What the views of the page editor have in common: whose page it is, and what they answer.

Each form works alone: it posts, and comes back to its place on a fresh page. A script asks for the
parts that changed instead, and exchanges them by their ids.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import SignedInRequest
from badges.models import Badge
from portfolio.forms import LookForm, PageForm, SectionForm
from portfolio.models import Entry, Page, Section
from portfolio.services import pages, sections, steps

SHOWN = 60  # badges to choose from at once; search finds the others
BLANK_LINES = 2


@dataclass(slots=True)
class Clash:
    """A form that was not saved: wrong, or changed in another tab meanwhile."""

    errors: list[str] = field(default_factory=list)
    mark: str = ""  # of what stands there now, to save over it knowingly
    now_there: dict[str, Any] = field(default_factory=dict)

    @property
    def said_there(self) -> list[str]:
        """What stands there now, as far as it is words."""
        names = ("title", "line", "intro", "text", "note")
        return [self.now_there[name] for name in names if self.now_there.get(name)]


@dataclass(slots=True)
class EntryPart:
    """A badge of the page in the editor."""

    row: Entry
    mark: str
    clash: Clash | None = None

    @property
    def key(self) -> str:
        return str(self.row.pk)


@dataclass(slots=True)
class Part:
    """A section of the page in the editor. Badges that stand in no section have none to edit."""

    section: Section | None
    form: SectionForm | None
    mark: str
    entries: list[EntryPart]
    clash: Clash | None = None

    @property
    def key(self) -> str:
        return str(self.section.pk) if self.section else ""

    @property
    def lines(self) -> list[dict[str, str]]:
        """Its lines, and some to fill in."""
        lines = self.form.lines() if self.form is not None else []
        blank = dict.fromkeys(("name", "url", "text", "when"), "")
        return [*lines, *([blank] * BLANK_LINES)]


def my_page(request: SignedInRequest, pk: UUID) -> Page:
    mine = Page.objects.owned_by(request.user).select_related("owner")
    page: Page = get_object_or_404(mine, pk=pk)
    return page


def parts_of(page: Page) -> list[Part]:
    """The sections in their order, each with its badges, for three queries."""
    rows = list(page.sections.order_by("position", "pk"))
    entries = page.entries.select_related("badge__issuer").defer("badge__document")
    holders = [row.pk for row in rows if row.kind == Section.Kind.BADGES]
    inside: dict[UUID | None, list[EntryPart]] = {}
    for entry in entries:
        home = entry.section_id if entry.section_id in holders else next(iter(holders), None)
        mark = steps.mark_of({"note": entry.note})
        inside.setdefault(home, []).append(EntryPart(row=entry, mark=mark))
    parts = [
        Part(
            section=row,
            form=SectionForm(section=row),
            mark=steps.mark_of(sections.words_of(row)),
            entries=inside.get(row.pk, []),
        )
        for row in rows
    ]
    if inside.get(None):
        parts.append(Part(section=None, form=None, mark="", entries=inside[None]))
    return parts


def bar_of(page: Page) -> dict[str, Any]:
    """What may be undone and done again, and since when all is saved."""
    undo, redo = steps.next_undo(page), steps.next_redo(page)
    return {
        "page": page,
        "now": timezone.now(),
        "undo": undo,
        "undo_words": steps.told(undo) if undo else "",
        "redo": redo,
        "redo_words": steps.told(redo) if redo else "",
    }


def whole(
    request: SignedInRequest,
    page: Page,
    *,
    words: PageForm | None = None,
    words_clash: Clash | None = None,
    part: Part | None = None,
    entry: EntryPart | None = None,
) -> HttpResponse:
    """The editor, with what somebody typed and could not save still in it."""
    asked = request.GET.get("q", "").replace("\0", "")[:200].strip()
    free = Badge.objects.owned_by(request.user).exclude(entries__page=page)
    found = (free.matching(asked) if asked else free).for_display()
    parts = parts_of(page)
    for place, one in enumerate(parts):
        if part is not None and part.key == one.key:
            part.entries = one.entries
            parts[place] = part
        one.entries = [entry if entry and e.row == entry.row else e for e in one.entries]
    there = Page.objects.get(pk=page.pk)
    context = {
        **bar_of(page),
        "parts": parts,
        "form": words or PageForm(instance=page),
        "look": LookForm(initial={name: getattr(there, name) for name in steps.THEME}),
        "words_mark": steps.mark_of(pages.words_of(there)),
        "words_clash": words_clash,
        "kinds": Section.Kind.choices,
        "shelves": [p for p in parts if p.section and p.section.kind == Section.Kind.BADGES],
        "badge_count": sum(len(p.entries) for p in parts),
        "found": list(found[:SHOWN]),
        "found_more": max(found.count() - SHOWN, 0),
        "asked": asked,
        "nothing_owned": not Badge.objects.owned_by(request.user).exists(),
    }
    clash = words_clash or (part and part.clash) or (entry and entry.clash)
    status = 200 if clash is None else 409 if clash.mark else 422
    return render(request, "portfolio/editor.html", context, status=status)


def saved(
    request: SignedInRequest,
    page: Page,
    *,
    target: str = "",
    mark: str = "",
    anchor: str = "",
    said: str = "",
    with_parts: bool = False,
) -> HttpResponse:
    """All went well: to a script what changed, to anybody else the editor at that place."""
    if not request.htmx:
        if said:
            messages.success(request, said)
        return redirect(reverse("portfolio:page-edit", args=[page.pk]) + f"#{anchor}")
    context = {
        **bar_of(page),
        "said": said or _("Saved."),
        "target": target,
        "mark": mark,
        "parts": parts_of(page) if with_parts else None,
    }
    return render(request, "portfolio/editor_changes.html", context)


def not_saved(request: SignedInRequest, page: Page, *, target: str, clash: Clash) -> HttpResponse:
    """To a script: what is wrong, beside the form that it is about."""
    context = {**bar_of(page), "said": _("Not saved."), "target": target, "clash": clash}
    status = 409 if clash.mark else 422
    return render(request, "portfolio/editor_changes.html", context, status=status)


def seen_by(request: SignedInRequest) -> str:
    """The mark of what the form showed, or of what is to be saved over."""
    return (request.POST.get("over") or request.POST.get("seen", ""))[:40]


def errors_of(form: Any) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]
