"""What every page for readers has in common: who may come in, and which headers go out.

Readers have no account here and get no cookie, except the one that remembers an opened lock.
What holds for every page without an account stands in accounts.visitors.

An opening is counted when a person's browser opened the page. Programs that fetch an address to
show a preview of it, and its owner, are left out as far as the request itself tells; what it tells
is forgotten with it.
"""

import re
from functools import wraps
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.visitors import View, keep_private
from portfolio.models import ShareLink
from portfolio.services import openings, sharing

GRANT = "__Secure-laurel-open" if settings.HTTPS else "laurel-open"
MACHINES = re.compile(
    r"bot|crawl|spider|slurp|preview|scan|fetch|monitor|archiv|headless|lighthouse|http|whatsapp"
    r"|facebookexternal|telegram|skype|teams|outlook|embed|validator|python|curl|wget|java/|ruby"
    r"|axios|okhttp|safelinks|proofpoint|mimecast|barracuda|googleimageproxy|phantom|puppeteer",
    re.IGNORECASE,
)
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


def count(request: HttpRequest, link: ShareLink) -> None:
    """One more opening, if a person did it who is not the page's owner."""
    if is_person(request) and not is_owner(request, link):
        openings.count(link=link, now=timezone.now())


def is_person(request: HttpRequest) -> bool:
    """Whether a browser opens this for somebody to see, as far as its own words go."""
    words = request.headers.get("User-Agent", "")
    if request.method != "GET" or not words.startswith("Mozilla/") or MACHINES.search(words):
        return False
    if "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")):
        return False
    # Browsers say these where the connection is safe, and programs that imitate them forget to.
    how = (request.headers.get("Sec-Fetch-Mode"), request.headers.get("Sec-Fetch-Dest"))
    return how in {(None, None), ("navigate", "document")}


def is_owner(request: HttpRequest, link: ShareLink) -> bool:
    """Whether the owner is looking at their own page.

    The session is read on the side: through `request.session` the answer would vary by cookie, and
    a stale one would be answered with a cookie. It decides nothing but a number.
    """
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if not key:
        return False
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key=key)
    return bool(store.load().get(SESSION_KEY) == str(link.page.owner_id))
