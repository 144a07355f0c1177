"""Putting badges that were chosen in the backpack on a page."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from badges.forms import chosen_in
from portfolio.models import Page
from portfolio.services import pages


@login_required
@require_POST
def put(request: SignedInRequest) -> HttpResponse:
    """Put them on one of the learner's pages, or on a new one, and go there."""
    now = timezone.now()
    page = _page(request)
    badges = chosen_in(request.POST, owner=request.user, now=now)
    if not badges:
        messages.info(request, _("Choose some badges first."))
        return _back(request)
    try:
        with transaction.atomic():  # a page that cannot take them is not made either
            if page is None:
                page = pages.create(owner=request.user, title=_("New page"), now=now)
            count = pages.add(page=page, badges=badges, now=now)
    except pages.TooManyPages:
        words = _("You have %(count)s pages. Delete one first.")
        messages.error(request, words % {"count": pages.MAX_PAGES})
        return _back(request)
    except pages.TooManyBadges:
        words = _("A page holds at most %(count)s badges. Choose fewer.")
        messages.error(request, words % {"count": pages.MAX_BADGES})
        return _back(request)
    words = ngettext(
        "%(count)s badge is new on this page.", "%(count)s badges are new on this page.", count
    )
    messages.success(request, words % {"count": count})
    return redirect("portfolio:page-edit", pk=page.pk)


def _page(request: SignedInRequest) -> Page | None:
    """The page that was chosen; None for a new one. Nonsense is nobody's page."""
    wanted = request.POST.get("page", "")
    if not wanted:
        return None
    try:
        pk = UUID(wanted)
    except ValueError:
        pk = UUID(int=0)
    page: Page = get_object_or_404(
        Page.objects.owned_by(request.user).select_related("owner"), pk=pk
    )
    return page


def _back(request: SignedInRequest) -> HttpResponse:
    asked = QueryDict(request.POST.get("asked", "")[:2000]).urlencode()
    return redirect(reverse("badges:backpack") + (f"?{asked}" if asked else ""))
