"""A learner's pages: choose badges, put them in order, say what they mean."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from badges.models import Badge
from portfolio.forms import PageForm
from portfolio.models import Entry, Page
from portfolio.services import pages

SHOWN = 60  # badges to choose from at once; search finds the others


@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """All pages, and what each holds."""
    now = timezone.now()
    live = Q(links__withdrawn_at=None) & (Q(links__ends_at=None) | Q(links__ends_at__gt=now))
    mine = Page.objects.owned_by(request.user).annotate(
        badges=Count("entries", distinct=True),
        open_links=Count("links", filter=live & Q(links__isnull=False), distinct=True),
    )
    return render(request, "portfolio/pages.html", {"pages": mine})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: SignedInRequest) -> HttpResponse:
    form = PageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            page = pages.create(owner=request.user, now=timezone.now(), **form.cleaned_data)
        except pages.TooManyPages:
            form.add_error(
                None, _("You have %(count)s pages. Delete one first.") % {"count": pages.MAX_PAGES}
            )
        else:
            return redirect("portfolio:page-edit", pk=page.pk)
    status = 422 if form.errors else 200
    return render(request, "portfolio/page_create.html", {"form": form}, status=status)


def _mine(request: SignedInRequest, pk: UUID) -> Page:
    mine = Page.objects.owned_by(request.user).select_related("owner")
    page: Page = get_object_or_404(mine, pk=pk)
    return page


def _entry(request: SignedInRequest, pk: UUID, entry: int) -> Entry:
    mine = Entry.objects.filter(page__owner=request.user, page=pk).select_related("page__owner")
    return get_object_or_404(mine, pk=entry)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page's words above, its badges in order, and the ones to choose from."""
    page = _mine(request, pk)
    form = PageForm(request.POST if request.method == "POST" else None, instance=page)
    if request.method == "POST" and form.is_valid():
        pages.edit(page=page, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("portfolio:page-edit", pk=page.pk)
    words = request.GET.get("q", "").replace("\0", "")[:200].strip()
    free = Badge.objects.owned_by(request.user).exclude(entries__page=page)
    found = (free.matching(words) if words else free).for_display()
    listed = _entries(page)
    context = {
        **listed,
        "form": form,
        "found": list(found[:SHOWN]),
        "found_more": max(found.count() - SHOWN, 0),
        "words": words,
        "nothing_owned": not listed["entries"] and not Badge.objects.owned_by(page.owner).exists(),
    }
    status = 422 if form.errors else 200
    return render(request, "portfolio/page_edit.html", context, status=status)


def _entries(page: Page) -> dict[str, object]:
    entries = page.entries.select_related("badge__issuer").defer("badge__document")
    return {"page": page, "entries": list(entries), "now": timezone.now()}


def _changed(request: SignedInRequest, page: Page, anchor: str = "badges") -> HttpResponse:
    """Back to the editor, or the list alone to a script that asked."""
    if request.htmx:
        return render(request, "portfolio/_entries.html", _entries(page))
    return redirect(reverse("portfolio:page-edit", args=[page.pk]) + f"#{anchor}")


@login_required
@require_POST
def add(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Put the ticked badges on the page. Ids that make no sense are nobody's badges."""
    page = _mine(request, pk)
    try:
        count = pages.add(page=page, badges=_uuids(request), now=timezone.now())
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
    return redirect(reverse("portfolio:page-edit", args=[page.pk]) + "#badges")


def _uuids(request: SignedInRequest) -> list[UUID]:
    found = []
    for text in request.POST.getlist("badge")[: pages.MAX_BADGES * 2]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@login_required
@require_POST
def order(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """A whole new order, as dragging makes it."""
    page = _mine(request, pk)
    given = request.POST.getlist("entry")[: pages.MAX_BADGES]
    wanted = [int(text) for text in given if text.isascii() and text.isdecimal() and len(text) < 19]
    pages.order(page=page, entries=wanted, now=timezone.now())
    return _changed(request, page)


@login_required
@require_POST
def move(request: SignedInRequest, pk: UUID, entry: int) -> HttpResponse:
    row = _entry(request, pk, entry)
    step = -1 if request.POST.get("step") == "up" else 1
    pages.move(entry=row, step=step, now=timezone.now())
    return _changed(request, row.page, f"entry-{row.pk}")


@login_required
@require_POST
def note(request: SignedInRequest, pk: UUID, entry: int) -> HttpResponse:
    row = _entry(request, pk, entry)
    text = request.POST.get("note", "").replace("\0", "").strip()
    longest = 500
    if len(text) > longest:
        messages.error(
            request,
            _("Your note is %(count)s characters long. Keep it under %(longest)s.")
            % {"count": len(text), "longest": longest},
        )
    else:
        pages.note(entry=row, text=text, now=timezone.now())
        messages.success(request, _("Note saved."))
    return redirect(reverse("portfolio:page-edit", args=[pk]) + f"#entry-{row.pk}")


@login_required
@require_POST
def remove(request: SignedInRequest, pk: UUID, entry: int) -> HttpResponse:
    """Off this page; the badge stays in the backpack."""
    row = _entry(request, pk, entry)
    pages.remove(entry=row, now=timezone.now())
    return _changed(request, row.page)


@login_required
@require_safe
def preview(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page as its readers see it."""
    page = _mine(request, pk)
    view = pages.build(page=page, now=timezone.now())
    context = {"view": view, "base": request.path, "preview": True, "page": page}
    return _private(render(request, "portfolio/shared.html", context))


@login_required
@require_safe
def preview_badge(request: SignedInRequest, pk: UUID, badge: UUID) -> HttpResponse:
    page = _mine(request, pk)
    view = pages.build_badge(page=page, badge_id=badge, now=timezone.now())
    if view is None:
        return redirect("portfolio:page-preview", pk=page.pk)
    context = {
        "badge": view,
        "entry": view.entry,
        "base": reverse("portfolio:page-preview", args=[page.pk]),
        "who": pages.shown_name(page),
        "preview": True,
        "page": page,
    }
    return _private(render(request, "portfolio/shared_badge.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask once, and say what goes with it."""
    page = _mine(request, pk)
    if request.method == "POST":
        pages.delete(page=page, actor=request.user)
        messages.success(request, _("“%(page)s” has been deleted.") % {"page": page.title})
        return redirect("portfolio:pages")
    context = {
        "page": page,
        "links": page.links.filter(withdrawn_at=None).count(),
        "documents": page.transcripts.count(),
    }
    return render(request, "portfolio/page_delete.html", context)
