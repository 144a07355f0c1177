"""A learner's share links: make, copy, change, withdraw."""

from urllib.parse import quote, urlencode
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from portfolio.forms import LinkEditForm, LinkForm
from portfolio.models import Page, ShareLink
from portfolio.services import pages, sharing


@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Every link, the ones that open first."""
    now = timezone.now()
    links = list(ShareLink.objects.owned_by(request.user).select_related("page"))
    context = {
        "links": sorted(links, key=lambda link: not link.is_live(now)),
        "pages": Page.objects.owned_by(request.user)[:50],
        "now": now,
    }
    return render(request, "portfolio/links.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: SignedInRequest, pk: UUID) -> HttpResponse:
    mine = Page.objects.owned_by(request.user).select_related("owner")
    page: Page = get_object_or_404(mine, pk=pk)
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            link = sharing.create(page=page, now=timezone.now(), **form.terms())
        except sharing.TooManyLinks:
            form.add_error(
                None,
                _("You have made %(count)s links. Change one of them instead.")
                % {"count": sharing.MAX_LINKS},
            )
        else:
            return redirect("portfolio:link-made", pk=link.pk)
    view = pages.build(page=page, now=timezone.now())
    context = {"form": form, "page": page, "view": view}
    status = 422 if form.errors else 200
    return render(request, "portfolio/link_create.html", context, status=status)


def _mine(request: SignedInRequest, pk: UUID) -> ShareLink:
    mine = ShareLink.objects.owned_by(request.user).select_related("page__owner")
    link: ShareLink = get_object_or_404(mine, pk=pk)
    return link


@login_required
@require_safe
def made(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The link itself: copy it, show it, mail it."""
    link = _mine(request, pk)
    now = timezone.now()
    token = sharing.token_of(link)
    address = sharing.url(token) if token and link.is_live(now) else ""
    context = {
        "link": link,
        "live": link.is_live(now),
        "address": address,
        "qr": segno.make(address, error="m").svg_data_uri(border=2, scale=5) if address else "",
        "mail": _mail(link, address) if address else "",
    }
    response = render(request, "portfolio/link_made.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _mail(link: ShareLink, address: str) -> str:
    words = {
        "subject": link.page.title,
        "body": _("Here are my badges, each of them checked:\n\n%(address)s\n")
        % {"address": address},
    }
    return "mailto:?" + urlencode(words, quote_via=quote)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Change the terms, or give it more time."""
    link = _mine(request, pk)
    if link.withdrawn_at is not None:
        messages.info(request, _("A withdrawn link stays closed. Make a new one instead."))
        return redirect("portfolio:link-made", pk=link.pk)
    form = LinkEditForm(request.POST if request.method == "POST" else None, link=link)
    if request.method == "POST" and form.is_valid():
        sharing.edit(link=link, **form.terms())
        messages.success(request, _("Saved."))
        return redirect("portfolio:link-made", pk=link.pk)
    status = 422 if form.errors else 200
    return render(request, "portfolio/link_edit.html", {"form": form, "link": link}, status=status)


@login_required
@require_POST
def withdraw(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """From now on it opens nothing."""
    link = _mine(request, pk)
    sharing.withdraw(link=link, actor=request.user, now=timezone.now())
    messages.success(request, _("“%(label)s” opens nothing any more.") % {"label": link.label})
    return redirect("portfolio:links")
