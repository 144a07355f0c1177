"""What the code on a printed document opens: that day beside today."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.services import limits
from accounts.visitors import address_of, sorry
from portfolio.services import transcripts

LOOKS, PER = 60, timedelta(minutes=10)


@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """A box for the code, and the way to its page."""
    code = transcripts.read_code(request.GET.get("code", ""))
    if code:
        return redirect("portfolio:code", code)
    return _private(render(request, "portfolio/code_enter.html"))


@require_safe
def code(request: HttpRequest, code: str) -> HttpResponse:
    """The document's snapshot compared with today, for whoever holds the paper."""
    now = timezone.now()
    try:
        limits.hit(key=f"code:{address_of(request)}", allowed=LOOKS, per=PER, now=now)
        found = transcripts.compare(code=code, now=now)
    except limits.TooOften as error:
        words = _("You have opened many codes. Go on at %(time)s UTC.")
        return sorry(request, words % {"time": f"{error.again_at:%H:%M}"}, status=429)
    except transcripts.CodeUnknown:
        return _private(render(request, "portfolio/code_enter.html", {"wrong": True}, status=404))
    return _private(render(request, "portfolio/code.html", {"found": found, "now": now}))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
