"""A public address: choose it, let it lead to a page, give it up; and what its readers open."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from portfolio.forms import HandleForm
from portfolio.models import Page, ShareLink
from portfolio.services import handles, sharing
from portfolio.views import shared
from portfolio.views.readers import gone


def address_of(name: str) -> str:
    """The whole public address, from the settings and never from a request."""
    return settings.SITE_URL + reverse("portfolio:profile", args=[name])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest) -> HttpResponse:
    """Off by default: a name leads nowhere until a page is chosen for it."""
    now = timezone.now()
    handle = handles.held_by(request.user)
    leads = handle.link if handle and handle.link and handle.link.is_live(now) else None
    form = HandleForm(
        request.POST if request.method == "POST" else None,
        pages=Page.objects.owned_by(request.user),
        initial={
            "name": handle.name if handle else "",
            "page": leads.page_id if leads else None,
            "searchable": bool(leads and leads.visibility == ShareLink.Visibility.PUBLIC),
        },
    )
    if request.method == "POST" and form.is_valid() and _save(request, form):
        return redirect("portfolio:public-address")
    context = {
        "form": form,
        "handle": handle,
        "link": leads,
        "address": address_of(handle.name) if handle else "",
        "start": address_of("x").removesuffix("x/"),
        "held_back": handles.HELD_BACK.days,
    }
    status = 422 if form.errors else 200
    return render(request, "portfolio/editor_address.html", context, status=status)


def _save(request: SignedInRequest, form: HandleForm) -> bool:
    now, said = timezone.now(), form.cleaned_data
    try:
        handle = handles.take(user=request.user, name=said["name"], now=now)
        if said["page"] is None:
            handles.close(handle=handle, now=now)
            messages.success(request, _("The name is yours. It leads nowhere for now."))
        else:
            searchable = said["searchable"]
            handles.open_to(handle=handle, page=said["page"], searchable=searchable, now=now)
            messages.success(request, _("Your public address is open."))
    except handles.Unfit as error:
        form.add_error("name", error.words)
        return False
    except sharing.TooManyLinks:
        form.add_error(None, _("You have as many links as one person may have."))
        return False
    return True


@login_required
@require_POST
def release(request: SignedInRequest) -> HttpResponse:
    """Give the name up."""
    handle = handles.held_by(request.user)
    if handle is not None:
        handles.release(handle=handle, now=timezone.now())
        messages.success(
            request,
            _("“%(name)s” leads nowhere now. For %(days)s days only you can take it back.")
            % {"name": handle.name, "days": handles.HELD_BACK.days},
        )
    return redirect("portfolio:public-address")


@require_safe
def profile(request: HttpRequest, name: str) -> HttpResponseBase:
    """The page that a public name leads to: one answer for unknown, given up and switched off."""
    try:
        token = handles.token_of(name=name, now=timezone.now())
    except sharing.LinkGone:
        return gone(request)
    if name != handles.normal(name):
        return redirect("portfolio:profile", handles.normal(name), permanent=False)
    return shared.page(request, token=token, address=address_of(name))
