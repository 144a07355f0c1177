"""Connect an account elsewhere, come back from there, and let it go again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import SignedInRequest
from accounts.services.limits import TooOften
from badges import fetch
from badges.forms import ConnectForm, DisconnectForm
from badges.models import Badge, Connection, Source
from badges.openbadges.errors import OpenBadgesError
from badges.services import connecting, discovering, following, telling
from badges.sources.account import Offer

PATIENCE = 8  # seconds for one answer while somebody waits
TILES = 24


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedInRequest) -> HttpResponse:
    """Ask where the account is; then say what connecting means, and give the way there."""
    form = ConnectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _found(request, form)
        except OpenBadgesError as error:
            form.add_error("address", telling.told(error.message))
        except TooOften as error:
            words = _("That was a lot in one hour. Go on at %(time)s UTC.")
            form.add_error(None, words % {"time": f"{error.again_at:%H:%M}"})
    providers = connecting.known_to(request.user)[:TILES]
    context = {"form": form, "providers": providers}
    return render(request, "badges/connect.html", context, status=422 if form.errors else 200)


def _found(request: SignedInRequest, form: ConnectForm) -> HttpResponse:
    now, asked = timezone.now(), form.cleaned_data
    with fetch.session(total=PATIENCE) as get:
        offers = discovering.discover(
            user=request.user, address=asked["address"], fetch=get, now=now
        )
        ways = {_way(offer): offer for offer in offers}
        chosen = offers[0] if len(offers) == 1 else ways.get(asked["way"])
        context: dict[str, Any] = {"address": asked["address"], "host": offers[0].host}
        if chosen is None:
            return render(request, "badges/connect_choose.html", context | {"ways": ways})
        # The way there is a link and no redirect: the site's policy lets no form lead off it, and
        # whoever is about to sign in somewhere should read first where that is.
        there = connecting.begin(user=request.user, offer=chosen, sender=get, now=now)
    context |= {"offer": chosen, "there": there}
    return render(request, "badges/connect_go.html", context)


def _way(offer: Offer) -> str:
    return f"{offer.kind} {offer.base}"


@never_cache
@login_required
@require_safe
def back(request: SignedInRequest, provider: UUID) -> HttpResponse:
    """Where a provider sends people back to, with a yes or with a no."""
    told = {
        key: request.GET[key] for key in ("state", "code", "error", "iss") if key in request.GET
    }
    try:
        with fetch.session(total=PATIENCE) as get:
            connection = connecting.complete(
                user=request.user,
                provider_id=provider,
                told=told,
                sender=get,
                now=timezone.now(),
            )
    except OpenBadgesError as error:
        context = {"words": telling.told(error.message)}
        return render(request, "badges/connect_failed.html", context, status=400)
    words = _("Your account at %(provider)s is connected. We are looking at what is there.")
    messages.success(request, words % {"provider": connection.provider})
    job = following.look(source=connection.source, now=timezone.now())
    return redirect("badges:import-detail", pk=job.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask what becomes of the badges, and forget the account."""
    mine = Source.objects.owned_by(request.user).filter(connection__isnull=False)
    source: Source = get_object_or_404(mine, pk=pk)
    form = DisconnectForm(request.POST if request.method == "POST" else None)
    provider = Connection.objects.select_related("provider").get(source=source).provider
    if request.method == "POST" and form.is_valid():
        with fetch.session(total=PATIENCE) as get:
            told = connecting.disconnect(
                source=source,
                keep_badges=form.cleaned_data["badges"] == "keep",
                sender=get,
                actor=request.user,
                now=timezone.now(),
            )
        words = _("%(provider)s is disconnected.")
        if not told:
            words = _(
                "%(provider)s is disconnected, and we have forgotten the key. It did not say that "
                "it has forgotten it too: you can end it in your account there."
            )
        messages.success(request, words % {"provider": provider})
        return redirect("badges:sources")
    context = {
        "form": form,
        "source": source,
        "provider": provider,
        "badges": Badge.objects.owned_by(request.user).filter(source=source).count(),
    }
    status = 422 if form.errors else 200
    return render(request, "badges/disconnect.html", context, status=status)
