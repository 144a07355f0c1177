"""What is done with several badges at once, and taken back."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.http import SignedInRequest
from accounts.services.limits import TooOften
from badges.forms import chosen_in
from badges.models import KEPT_ASIDE, Badge, PutAside
from badges.services import organising


def _back(request: SignedInRequest) -> HttpResponse:
    """To the list as it was asked for, whatever the form says: never to another page."""
    asked = QueryDict(request.POST.get("asked", "")[:2000]).urlencode()
    return redirect(reverse("badges:backpack") + (f"?{asked}" if asked else ""))


@login_required
@require_POST
def organise(request: SignedInRequest) -> HttpResponse:
    """Tag, untag, check again or remove the chosen badges, as the pressed button says."""
    ways: dict[str, Callable[[SignedInRequest, list[UUID]], None]] = {
        "tag": _tag, "untag": _untag, "check": _check, "remove": _remove
    }  # fmt: skip
    way = ways.get(request.POST.get("action", ""))
    if way is None:
        raise Http404
    badges = chosen_in(request.POST, owner=request.user, now=timezone.now())
    if badges:
        way(request, badges)
    else:
        messages.info(request, _("Choose some badges first."))
    return _back(request)


def _tag(request: SignedInRequest, badges: list[UUID]) -> None:
    try:
        names = organising.names_in(request.POST.get("tags", ""))
        count = organising.tag(owner=request.user, badges=badges, names=names)
    except organising.NoTag:
        _no_tag(request)
    except organising.TooManyTags:
        words = _("You have %(most)s tags, which is all there can be. Take some off first.")
        messages.error(request, words % {"most": organising.MAX_TAGS})
    else:
        words = ngettext(
            "%(count)s badge is now tagged “%(tags)s”.",
            "%(count)s badges are now tagged “%(tags)s”.",
            count,
        )
        messages.success(request, words % {"count": count, "tags": ", ".join(names)})


def _untag(request: SignedInRequest, badges: list[UUID]) -> None:
    try:
        names = organising.names_in(request.POST.get("tags", ""))
    except organising.NoTag:
        _no_tag(request)
        return
    count = organising.untag(owner=request.user, badges=badges, names=names)
    words = ngettext(
        "“%(tags)s” is off %(count)s badge.", "“%(tags)s” is off %(count)s badges.", count
    )
    messages.success(request, words % {"count": count, "tags": ", ".join(names)})


def _no_tag(request: SignedInRequest) -> None:
    words = _("Write a tag of at most %(most)s letters; several are parted by commas.")
    messages.error(request, words % {"most": organising.MAX_NAME})


def _check(request: SignedInRequest, badges: list[UUID]) -> None:
    try:
        count = organising.check_again(owner=request.user, badges=badges, now=timezone.now())
    except TooOften as stop:
        words = _("That was a lot of checks in one hour. Go on at %(time)s UTC.")
        messages.error(request, words % {"time": f"{stop.again_at:%H:%M}"})
        return
    if count:
        words = ngettext(
            "%(count)s badge is being checked again.",
            "%(count)s badges are being checked again.",
            count,
        )
        messages.info(request, words % {"count": count})
    else:
        messages.info(request, _("They are being checked already, or rest on your word alone."))


def _remove(request: SignedInRequest, badges: list[UUID]) -> None:
    batch = organising.remove(owner=request.user, badges=badges, now=timezone.now())
    request.session["removed"] = str(batch or "")


# --- What was removed ------------------------------------------------------------------------


@login_required
@require_safe
def removed(request: SignedInRequest) -> HttpResponse:
    """What may still be put back, by the press of a button that took it away."""
    rows = PutAside.objects.owned_by(request.user).kept(timezone.now()).select_related("badge")
    batches: dict[UUID, list[PutAside]] = {}
    for row in rows.defer("badge__document"):
        batches.setdefault(row.batch, []).append(row)
    context = {"batches": list(batches.items()), "days": KEPT_ASIDE.days}
    return render(request, "badges/removed.html", context)


def _batch(request: SignedInRequest, batch: UUID) -> UUID:
    kept = PutAside.objects.owned_by(request.user).kept(timezone.now()).filter(batch=batch)
    if not kept.exists():
        raise Http404
    return batch


@login_required
@require_POST
def put_back(request: SignedInRequest, batch: UUID) -> HttpResponse:
    """Undo one removal."""
    count = organising.put_back(
        owner=request.user, batch=_batch(request, batch), now=timezone.now()
    )
    request.session.pop("removed", None)
    words = ngettext("%(count)s badge is back.", "%(count)s badges are back.", count)
    messages.success(request, words % {"count": count})
    return _back(request)


@login_required
@require_POST
def forget(request: SignedInRequest, batch: UUID) -> HttpResponse:
    """Delete one removal's badges for good."""
    count = organising.forget(owner=request.user, batch=_batch(request, batch))
    request.session.pop("removed", None)
    words = ngettext(
        "%(count)s badge is gone for good.", "%(count)s badges are gone for good.", count
    )
    messages.success(request, words % {"count": count})
    return redirect("badges:removed")


# --- One badge -------------------------------------------------------------------------------


@login_required
@require_POST
def remove(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take a badge out of the backpack, and off every page."""
    badge = get_object_or_404(Badge.objects.owned_by(request.user), pk=pk)
    _remove(request, [badge.pk])
    return redirect("badges:backpack")


@login_required
@require_POST
def tags(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Put tags on one badge, or take one off it."""
    badge = get_object_or_404(Badge.objects.owned_by(request.user), pk=pk)
    (_untag if request.POST.get("action") == "untag" else _tag)(request, [badge.pk])
    return redirect(reverse("badges:badge-detail", args=[badge.pk]) + "#tags")
