"""Goals: what one works towards, what of it is there or missing, and what would close the gap."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from badges.services import adverts
from badges.skills.matching import Asked
from badges.skills.roles import roles
from portfolio.models import Goal, GoalSkill
from portfolio.services import comparing, goals, profile
from portfolio.views.compare import posted_ids


@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """All goals, each with how far it is."""
    now = timezone.now()
    mine = list(Goal.objects.owned_by(request.user))
    found = goals.progress(goals=mine, profile=profile.read(owner=request.user, now=now), now=now)
    return render(request, "portfolio/goals.html", {"goals": found})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: SignedInRequest) -> HttpResponse:
    """Make one of a role, an advert, or a list. One form, so that it works without a script."""
    context: dict[str, object] = {}
    status = 200
    if request.method == "POST":
        try:
            goal = _made(request)
        except adverts.Unreadable as problem:
            context["error"], status = comparing.unreadable(problem), 422
        except goals.NothingAsked:
            context["error"], status = _("Choose a role, paste an advert or tick skills."), 422
        except goals.TooManyGoals:
            words = _("You have %(count)s goals. Delete one first.")
            context["error"], status = words % {"count": goals.MAX_GOALS}, 422
        else:
            return redirect("portfolio:goal", pk=goal.pk)
        context |= {
            "role": request.POST.get("role", ""),
            "advert": request.POST.get("advert", "")[: adverts.MAX_CHARACTERS],
            "title": request.POST.get("title", "")[:160],
            "chosen": set(posted_ids(request.POST.getlist("skill"))),
        }
    language = get_language()
    titles = [(slug, role.title(language), role.must) for slug, role in roles().items()]
    context |= {
        "roles": sorted(titles, key=lambda one: one[1].casefold()),
        "skills": adverts.listed(),
        "limit": number_format(adverts.MAX_CHARACTERS, force_grouping=True),
    }
    return render(request, "portfolio/goal_create.html", context, status=status)


def _made(request: SignedInRequest) -> Goal:
    post, owner = request.POST, request.user
    title = " ".join(post.get("title", "").replace("\0", "").split())[:160]
    if role := roles().get(post.get("role", "")):
        return goals.of_role(owner=owner, role=role)
    picked = adverts.chosen(skills=posted_ids(post.getlist("skill")))
    if text := post.get("advert", "").strip():
        asked = adverts.wanted(text=text)
        known = {one.skill for one in asked.wanted}
        asked = Asked((*asked.wanted, *(one for one in picked if one.skill not in known)))
        if not asked.wanted:
            raise adverts.Unreadable("nothing")
        title = title or goals.title_of(text)
        return goals.of_asked(owner=owner, title=title, asked=asked, origin=Goal.Origin.ADVERT)
    title = title or _("My own list")
    return goals.of_asked(owner=owner, title=title, asked=Asked(picked), origin=Goal.Origin.LIST)


def _mine(request: SignedInRequest, pk: UUID) -> Goal:
    goal: Goal = get_object_or_404(Goal.objects.owned_by(request.user), pk=pk)
    return goal


@login_required
@require_safe
def detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One goal: have, nearly, missing, and which badges would close the gap."""
    goal, now = _mine(request, pk), timezone.now()
    mine = profile.read(owner=request.user, now=now)
    (found,) = goals.progress(goals=[goal], profile=mine, now=now, offers=True)
    return render(request, "portfolio/goal.html", {"goal": goal, "progress": found})


@login_required
@require_POST
def delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    goal = _mine(request, pk)
    goals.delete(goal=goal, actor=request.user)
    messages.success(request, _("The goal “%(title)s” is deleted.") % {"title": goal.title})
    return redirect("portfolio:goals")


@login_required
@require_POST
def take_off(request: SignedInRequest, pk: UUID, entry: int) -> HttpResponse:
    """This goal does not need the skill."""
    rows = GoalSkill.objects.filter(goal__owner=request.user, goal=pk).select_related("goal")
    goals.take_off(skill=get_object_or_404(rows, pk=entry), actor=request.user)
    return redirect("portfolio:goal", pk=pk)
