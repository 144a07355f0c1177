"""A learner's pages: make one, say what it is for, choose how it looks, see it as readers do."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from portfolio.forms import LookForm, PageForm
from portfolio.models import Page
from portfolio.services import handles, pages, steps
from portfolio.views.editing import (
    Clash,
    errors_of,
    my_page,
    not_saved,
    saved,
    seen_by,
    whole,
)


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
    context = {"pages": mine, "handle": handles.held_by(request.user)}
    return render(request, "portfolio/pages.html", context)


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


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page in its parts, and the badges to choose from; a post saves the words at its top."""
    page = my_page(request, pk)
    if request.method != "POST":
        return whole(request, page)
    form = PageForm(request.POST, instance=page)
    if not form.is_valid():
        clash = Clash(errors=errors_of(form))
    else:
        try:
            pages.edit(page=page, now=timezone.now(), seen=seen_by(request), **form.cleaned_data)
        except steps.ChangedElsewhere as error:
            clash = Clash(mark=error.mark, now_there=error.now_there)
        else:
            mark = steps.mark_of(pages.words_of(page))
            return saved(request, page, target="words", mark=mark, anchor="words", said=_("Saved."))
    if request.htmx:
        return not_saved(request, page, target="words", clash=clash)
    return whole(request, page, words=form, words_clash=clash)


@login_required
@require_POST
def look(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Another layout, type or colour. What is not among the choices changes nothing."""
    page = my_page(request, pk)
    form = LookForm(request.POST)
    if form.is_valid():
        pages.dress(page=page, now=timezone.now(), **form.cleaned_data)
    return saved(request, page, anchor="look", said=_("Saved."))


@login_required
@require_POST
def undo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Back before the last change."""
    page = my_page(request, pk)
    try:
        step = steps.undo(page=page, step=_number(request), now=timezone.now())
    except steps.NothingThere:
        messages.info(request, _("There is nothing left to undo."))
    except steps.ChangedElsewhere:
        messages.warning(request, _changed_meanwhile())
    else:
        messages.success(request, _("Undone: %(what)s.") % {"what": steps.told(step)})
    return redirect("portfolio:page-edit", pk=page.pk)


@login_required
@require_POST
def redo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Forward again."""
    page = my_page(request, pk)
    try:
        step = steps.redo(page=page, step=_number(request), now=timezone.now())
    except steps.NothingThere:
        messages.info(request, _("There is nothing to do again."))
    except steps.ChangedElsewhere:
        messages.warning(request, _changed_meanwhile())
    else:
        messages.success(request, _("Done again: %(what)s.") % {"what": steps.told(step)})
    return redirect("portfolio:page-edit", pk=page.pk)


def _number(request: SignedInRequest) -> int | None:
    text = request.POST.get("step", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _changed_meanwhile() -> str:
    return _(
        "This page was changed in another tab meanwhile, so nothing was undone. Here is how it "
        "stands now; the button goes back before the newest change."
    )


@login_required
@require_safe
def preview(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The page as its readers see it."""
    page = my_page(request, pk)
    view = pages.build(page=page, now=timezone.now())
    context = {"view": view, "base": request.path, "preview": True, "page": page}
    return _private(render(request, "portfolio/shared.html", context))


@login_required
@require_safe
def preview_badge(request: SignedInRequest, pk: UUID, badge: UUID) -> HttpResponse:
    page = my_page(request, pk)
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
    page = my_page(request, pk)
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
