"""A learner's answer to a suggested skill."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from badges.models import Badge
from badges.services import skills


def context(badge: Badge) -> dict[str, Any]:
    """A badge's skills, and those that its name speaks of. Two queries."""
    links = badge.skill_links.select_related("skill").order_by("skill__name")
    return {"badge": badge, "skill_links": links, "suggestions": skills.suggestions(badge)}


@login_required
@require_POST
def confirm(request: SignedInRequest, pk: UUID, skill: UUID) -> HttpResponse:
    """The badge shows this skill."""
    badge = get_object_or_404(Badge.objects.owned_by(request.user), pk=pk)
    try:
        skills.confirm(badge=badge, skill_id=skill, actor=request.user)
    except skills.NotOffered:
        raise Http404 from None
    return _answered(request, badge)


@login_required
@require_POST
def dismiss(request: SignedInRequest, pk: UUID, skill: UUID) -> HttpResponse:
    """It does not, and is not asked about it again."""
    badge = get_object_or_404(Badge.objects.owned_by(request.user), pk=pk)
    try:
        skills.dismiss(badge=badge, skill_id=skill, actor=request.user)
    except skills.NotOffered:
        raise Http404 from None
    return _answered(request, badge)


def _answered(request: SignedInRequest, badge: Badge) -> HttpResponse:
    if request.htmx:
        return render(request, "badges/_skills.html", context(badge))
    return redirect("badges:badge-detail", pk=badge.pk)
