"""A learner's share links: make, copy, change, withdraw."""

from io import BytesIO
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from portfolio.forms import LinkEditForm, LinkForm
from portfolio.models import Page, ShareLink
from portfolio.services import choosing, openings, pages, placing, sharing


@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Every link, the ones that open first."""
    now = timezone.now()
    links = list(ShareLink.objects.owned_by(request.user).select_related("page").counted())
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
    mine = ShareLink.objects.owned_by(request.user).select_related("page__owner", "card")
    link: ShareLink = get_object_or_404(mine, pk=pk)
    return link


def _address(link: ShareLink) -> tuple[str, str]:
    """The token and the whole address of a link; both empty when it opens nothing or cannot
    be told any more."""
    token = sharing.token_of(link) if link.is_live(timezone.now()) else None
    return (token, sharing.url(token)) if token else ("", "")


@login_required
@require_safe
def made(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The link itself: where it can go, who opened it how often, and its terms."""
    link = _mine(request, pk)
    now = timezone.now()
    token, address = _address(link)
    view = pages.build(page=link.page, now=now, link=link)
    context = {
        "link": link,
        "live": link.is_live(now),
        "view": view,
        "address": address,
        "tally": openings.tally(link=link, now=now),
    }
    if address:
        context |= {
            "card": sharing.card_url(link=link, token=token),
            "mail": placing.mail(view=view, address=address),
            "signature": placing.signature(view=view, address=address),
            "linkedin": placing.linkedin(view=view, address=address),
            "embed": "" if link.is_locked else placing.embed(view=view, token=token),
        }
    response = render(request, "portfolio/link_made.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_safe
def qr(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The QR code of a link, as a drawing that prints at any size."""
    _token, address = _address(_mine(request, pk))
    if not address:
        raise Http404
    out = BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=2, scale=5)
    response = HttpResponse(out.getvalue(), content_type="image/svg+xml")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    if "download" in request.GET:
        response["Content-Disposition"] = 'attachment; filename="qr.svg"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Which badges of the page this link shows, and in which order."""
    link = _mine(request, pk)
    if request.method == "POST":
        badges = _ticked(request) if request.POST.get("what") == "some" else None
        sharing.choose(link=link, badges=badges, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("portfolio:link-made", pk=link.pk)
    everything = pages.build(page=link.page, now=timezone.now())
    places = {badge: place for place, badge in enumerate(choosing.chosen(link), 1)}
    rows = [(entry, places.get(entry.badge_id)) for entry in everything.entries]
    if link.own_choice:
        rows.sort(key=lambda row: row[1] or len(rows) + 1)
    context = {"link": link, "rows": rows, "last": len(rows)}
    return render(request, "portfolio/link_choose.html", context)


def _ticked(request: SignedInRequest) -> list[UUID]:
    """The ticked badges by the numbers beside them, those of one number as they stood."""
    found = []
    for text in request.POST.getlist("badge")[: pages.MAX_BADGES]:
        try:
            badge = UUID(text)
        except ValueError:
            continue
        place = request.POST.get(f"place-{badge}", "")
        known = place.isascii() and place.isdecimal() and len(place) < 6
        found.append((int(place) if known else pages.MAX_BADGES, badge))
    return [badge for _place, badge in sorted(found, key=lambda one: one[0])]


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
        sharing.edit(link=link, now=timezone.now(), **form.terms())
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
