"""A learner's skills: proven, claimed and wanted, and where they add their own."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import SignedInRequest
from badges.services import adverts
from portfolio.models import OwnSkill
from portfolio.services import profile


@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """The three lists, and the box that finds a skill to add."""
    words = request.GET.get("q", "").replace("\0", "")[:100].strip()
    found = adverts.find(text=words)
    listed = any(one.name.casefold() == words.casefold() for one in found)
    context: dict[str, object] = {"words": words, "found": found, "listed": listed}
    if request.htmx:
        return render(request, "portfolio/_skills_found.html", context)
    mine = profile.read(owner=request.user, now=timezone.now())
    context |= {"profile": mine, "next": profile.suggested(mine)}
    return render(request, "portfolio/skills.html", context)


@login_required
@require_POST
def add(request: SignedInRequest) -> HttpResponse:
    """Write down a skill of the list, by its key, or words of one's own."""
    kind = request.POST.get("kind", "")
    if kind not in OwnSkill.Kind.values:
        kind = OwnSkill.Kind.CLAIMED
    key, name = request.POST.get("key", "")[:64], request.POST.get("name", "")
    try:
        skill = profile.add(owner=request.user, kind=kind, key=key, name=name)
    except profile.NoName:
        messages.error(request, _("Write the name of a skill first."))
    except profile.TooManySkills:
        words = _("You have written down %(count)s skills. Remove one first.")
        messages.error(request, words % {"count": profile.MAX_OWN})
    else:
        wanted = kind == OwnSkill.Kind.WANTED
        said = _("“%(name)s” is wanted now.") if wanted else _("“%(name)s” is claimed now.")
        messages.success(request, said % {"name": skill.name})
    return redirect("portfolio:skills")


@login_required
@require_POST
def remove(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take off what was written down."""
    skill = get_object_or_404(OwnSkill.objects.owned_by(request.user), pk=pk)
    profile.remove(skill=skill, actor=request.user)
    messages.success(request, _("“%(name)s” is removed.") % {"name": skill.name})
    return redirect("portfolio:skills")
