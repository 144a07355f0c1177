"""The places where a learner's badges come from, looked at again and again."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from accounts.services.limits import TooOften
from badges import sources as readers
from badges.models import Source
from badges.services import following


def _mine(request: SignedInRequest, pk: UUID) -> Source:
    return get_object_or_404(Source.objects.owned_by(request.user), pk=pk)


@login_required
@require_safe
def sources(request: SignedInRequest) -> HttpResponse:
    """Every source: when it was looked at, when it will be, what is wrong with it."""
    held = Count("badges", filter=Q(badges__added_at__isnull=False))
    mine = Source.objects.owned_by(request.user).annotate(held=held)
    rows = [(source, readers.readers().get(source.reader)) for source in mine]
    context = {"sources": rows, "modes": Source.Mode.choices}
    return render(request, "badges/sources.html", context)


@login_required
@require_POST
def look(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Look at it now."""
    source = _mine(request, pk)
    try:
        job = following.look(source=source, now=timezone.now(), actor=request.user)
    except following.Gone:
        raise Http404 from None
    except TooOften as error:
        messages.error(
            request,
            _("You have looked often enough for now. Look again at %(time)s UTC.")
            % {"time": f"{error.again_at:%H:%M}"},
        )
        return redirect("badges:sources")
    return redirect("badges:import-detail", pk=job.pk)


@login_required
@require_POST
def change(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Pause it or go on, and say what becomes of new badges."""
    source = _mine(request, pk)
    if request.POST.get("mode") in Source.Mode.values:
        following.set_mode(source=source, mode=request.POST["mode"])
        messages.success(request, _("Saved."))
    if request.POST.get("paused") in {"yes", "no"}:
        paused = request.POST["paused"] == "yes"
        following.pause(source=source, paused=paused, now=timezone.now())
    return redirect("badges:sources")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask what becomes of its badges, then follow it no more."""
    source = _mine(request, pk)
    if following.is_account(source):
        return redirect("badges:source-disconnect", pk=source.pk)
    if request.method != "POST":
        count = source.badges.filter(added_at__isnull=False).count()
        return render(request, "badges/source_remove.html", {"source": source, "count": count})
    keep = request.POST.get("badges") != "drop"
    following.remove(source=source, keep_badges=keep, actor=request.user, now=timezone.now())
    messages.success(request, _("“%(source)s” is not looked at any more.") % {"source": source})
    return redirect("badges:sources")
