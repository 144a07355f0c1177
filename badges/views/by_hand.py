"""Stating a badge by hand, and handing its evidence back to its owner."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import SignedInRequest
from accounts.services.limits import TooOften
from badges.forms import StatedForm
from badges.models import Badge, Original
from badges.services import by_hand


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def state(request: SignedInRequest) -> HttpResponse:
    """Ask what the badge is and what shows it; add it. `?link=` fills in what could not be read."""
    if request.method != "POST":
        form = StatedForm(initial={"chance": uuid4(), "link": request.GET.get("link", "")[:2000]})
        return render(request, "badges/by_hand.html", {"form": form})
    form = StatedForm(request.POST, request.FILES)
    status = 422
    if form.is_valid():
        try:
            badge = by_hand.state(
                user=request.user,
                said=form.said(),
                file=form.cleaned_data["file"],
                chance=form.cleaned_data["chance"],
                now=timezone.now(),
            )
        except TooOften as stop:
            status = 429
            words = _("That was a lot in one hour. Go on at %(time)s UTC.")
            form.add_error(None, words % {"time": f"{stop.again_at:%H:%M}"})
        else:
            messages.success(
                request,
                _("“%(badge)s” is in your backpack. Everybody who sees it sees that you stated it.")
                % {"badge": badge.name[:200]},
            )
            return redirect("badges:badge-detail", pk=badge.pk)
    return render(request, "badges/by_hand.html", {"form": form}, status=status)


@login_required
@require_safe
def evidence(request: SignedInRequest, pk: UUID) -> FileResponse:
    """What the owner showed for a badge, byte for byte, as a download and never as a page."""
    badge = get_object_or_404(Badge.objects.owned_by(request.user), pk=pk)
    kept = get_object_or_404(Original, pk=badge.evidence_file_id)
    name, file = by_hand.download(kept)
    return FileResponse(
        file,
        as_attachment=True,
        filename=name,
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )
