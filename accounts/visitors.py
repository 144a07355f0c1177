"""What pages for people without an account have in common: no cookie, and privacy.

Such pages look at neither request.user, the session, messages nor the CSRF token: each would set
or read a cookie. Their POSTs are exempt from the CSRF token for that reason. They change nothing
that belongs to anybody, are counted, and must come from our own page as far as the browser tells.
"""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

View = Callable[..., HttpResponseBase]


def from_our_page(view: View) -> View:
    """Refuse a POST that the browser says another site has started."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            return sorry(request, _("Please use the button on the page itself."), status=403)
        return view(request, *args, **kwargs)

    return wrapped


def keep_private(response: HttpResponseBase) -> None:
    """For pages whose address is their key: not for search engines, caches or other sites."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "private, no-store"


def sorry(request: HttpRequest, words: str, status: int) -> HttpResponse:
    response = render(request, "errors/sorry.html", {"words": words}, status=status)
    keep_private(response)
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
