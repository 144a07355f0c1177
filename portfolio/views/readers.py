"""What every page for readers has in common: who may come in, and which headers go out.

Readers have no account here and get no cookie, except the one that remembers an opened lock.
Nothing below looks at request.user, the session, messages or the CSRF token: each would set or
read a cookie. POSTs of readers are exempt from the CSRF token for that reason. They change
nothing that belongs to anybody, are counted, and must come from our own page as far as the
browser tells.
"""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from portfolio.models import ShareLink
from portfolio.services import sharing

View = Callable[..., HttpResponseBase]

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
        _keep_private(response)
    return response


def _keep_private(response: HttpResponseBase) -> None:
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "private, no-store"


def gone(request: HttpRequest) -> HttpResponse:
    """One page for whatever does not open: it tells nothing, not even whether there was a link."""
    response = render(request, "portfolio/gone.html", status=404)
    _keep_private(response)
    return response


def from_our_page(view: View) -> View:
    """Refuse a POST that the browser says another site has started."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            return sorry(request, _("Please use the button on the page itself."), status=403)
        return view(request, token, **kwargs)

    return wrapped


def sorry(request: HttpRequest, words: str, status: int) -> HttpResponse:
    response = render(request, "portfolio/sorry.html", {"words": words}, status=status)
    _keep_private(response)
    return response


def address_of(request: HttpRequest) -> str:
    """Where a request comes from, as coarse as one household's line: for counting tries.

    Behind a proxy only the entry that the proxy itself has added is believed.
    """
    text = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY:
        text = request.headers.get("X-Forwarded-For", text).rsplit(",", 1)[-1].strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
