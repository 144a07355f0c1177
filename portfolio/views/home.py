"""The front page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Laurel is, for a stranger; the backpack, for somebody signed in."""
    if request.user.is_authenticated:
        return redirect("badges:backpack")
    return render(request, "portfolio/home.html")
