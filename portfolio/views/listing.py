"""A learner's own place in the directory: what it says, what it shows, and whether it is there."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from portfolio.forms import ListingForm
from portfolio.models import Listing
from portfolio.services import directory, sharing
from portfolio.services import listing as listings


def _own(request: SignedInRequest) -> Listing | None:
    return Listing.objects.owned_by(request.user).select_related("owner", "page", "link").first()


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest) -> HttpResponse:
    """What it says, who can see it, and the switch."""
    now, listing = timezone.now(), _own(request)
    skills = listings.all_skills(owner=request.user, now=now, stated_too=True)
    data = request.POST if request.method == "POST" else None
    form = ListingForm(data, owner=request.user, listing=listing, skills=skills)
    if request.method == "POST" and form.is_valid():
        appears = request.POST.get("action") == "appear"
        if appears and not form.cleaned_data["of_age"]:
            form.add_error("of_age", _("Only adults can be found. Tick this if you are one."))
        else:
            return _saved(request, form, appears=appears)
    context = {
        "form": form,
        "listing": listing,
        "proven": [one for one in skills if one.verified],
        "stated": [one for one in skills if not one.verified],
        "ticked": form["skills"].value() or [],
        "card": directory.card_of(listing, now) if listing else None,
    }
    return render(request, "portfolio/listing.html", context, status=422 if form.errors else 200)


def _saved(request: SignedInRequest, form: ListingForm, *, appears: bool) -> HttpResponse:
    now = timezone.now()
    try:
        listing = listings.save(owner=request.user, terms=form.terms(), now=now)
        if appears:
            listings.appear(listing=listing, now=now)
    except sharing.TooManyLinks:
        words = _("You have made as many links as one person may. Choose no page, or write to us.")
        messages.error(request, words)
        return redirect("portfolio:listing")
    if appears:
        messages.success(request, _("You can be found from now on."))
        return redirect("portfolio:listing")
    messages.success(request, _("Saved."))
    preview = request.POST.get("action") == "preview"
    return redirect("portfolio:listing-preview" if preview else "portfolio:listing")


@never_cache
@login_required
@require_safe
def preview(request: SignedInRequest) -> HttpResponse:
    """What an employer sees, before or while anybody can."""
    listing = _own(request)
    if listing is None:
        raise Http404
    card = directory.card_of(listing, timezone.now())
    return render(
        request,
        "portfolio/listing_preview.html",
        {"listing": listing, "card": card, "preview": True},
    )


@login_required
@require_POST
def pause(request: SignedInRequest) -> HttpResponse:
    """Gone at once."""
    listing = get_object_or_404(Listing.objects.owned_by(request.user))
    listings.pause(listing=listing, actor=request.user, now=timezone.now())
    messages.success(request, _("You are out of the directory. Nobody finds you there any more."))
    return redirect("portfolio:listing")


@login_required
@require_POST
def delete(request: SignedInRequest) -> HttpResponse:
    listing = get_object_or_404(Listing.objects.owned_by(request.user))
    listings.delete(listing=listing, actor=request.user, now=timezone.now())
    messages.success(request, _("Your entry has been deleted."))
    return redirect("portfolio:listing")
