"""What every page for readers has in common: who may come in, and which headers go out.

Readers have no account here and get no cookie, except the one that remembers an opened lock.
What holds for every page without an account stands in accounts.visitors.
"""

from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.visitors import View, keep_private
from portfolio.models import ShareLink
from portfolio.services import sharing

GRANT = "__Secure-laurel-open" if settings.HTTPS else "laurel-open"
PUBLIC = "public, max-age=300, stale-while-revalidate=0"


def opened(view: View) -> View:
    """Give the view its link, if the token opens one and the lock, if there is one, is open."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        try:
            link = sharing.resolve(token=token, now=timezone.now())
        except sharing.LinkGone:
            return gone(request)
        if link.is_locked and not has_grant(request, link):
            return with_headers(redirect("portfolio:shared-unlock", token), link)
        return with_headers(view(request, link, token, **kwargs), link)

    return wrapped


def has_grant(request: HttpRequest, link: ShareLink) -> bool:
    return sharing.is_open(link=link, grant=request.COOKIES.get(GRANT, ""))


def is_public(link: ShareLink) -> bool:
    return link.visibility == ShareLink.Visibility.PUBLIC and not link.is_locked


def with_headers(response: HttpResponseBase, link: ShareLink) -> HttpResponseBase:
    # Even a public page sends no referrer: its address is nobody's business elsewhere.
    response["Referrer-Policy"] = "no-referrer"
    if is_public(link):
        response.headers.setdefault("Cache-Control", PUBLIC)
    else:
        keep_private(response)
    return response


def gone(request: HttpRequest) -> HttpResponse:
    """One page for whatever does not open: it tells nothing, not even whether there was a link."""
    response = render(request, "portfolio/gone.html", status=404)
    keep_private(response)
    return response
