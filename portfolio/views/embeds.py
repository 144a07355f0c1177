"""A shared page inside somebody's own website: the frame, and what a site must know to make one."""

from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from accounts.visitors import keep_private
from portfolio.models import ShareLink
from portfolio.services import pages, placing, sharing
from portfolio.views.readers import with_headers

# The one page that may be framed, so it has nothing to press: no form, no script, no cookie.
# It may keep its origin in the sandbox, or its fonts would be a stranger's request: with no script
# to use it, that gives nothing away.
FRAMED = {
    "default-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF],
    "font-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": ["*"],
    "sandbox": ["allow-same-origin", "allow-popups", "allow-popups-to-escape-sandbox"],
}
SHOWN = 12


@csp(FRAMED)  # type: ignore[arg-type]  # its types know of views without arguments only
@xframe_options_exempt
@require_safe
def embed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Who, how much of it is verified, and the first badges. What is locked is never framed."""
    link = _link(token)
    if link is None:
        response = render(request, "portfolio/embed.html", status=404)
        keep_private(response)
        return response
    view = pages.build(page=link.page, now=timezone.now(), link=link)
    context = {
        "view": view,
        "shown": view.entries[:SHOWN],
        "more": max(view.total - SHOWN, 0),
        "address": sharing.url(token),
    }
    return with_headers(render(request, "portfolio/embed.html", context), link)


@require_safe
def oembed(request: HttpRequest) -> HttpResponseBase:
    """What a website asks that was given one of our addresses (oembed.com, version 1.0)."""
    if request.GET.get("format", "json") != "json":
        return _answer({"error": _("Only JSON is spoken here.")}, 501)
    token = _token(request.GET.get("url", ""))
    link = _link(token)
    if link is None:
        return _answer({"error": _("This address opens nothing.")}, 404)
    told = placing.oembed(
        view=pages.build(page=link.page, now=timezone.now(), link=link),
        token=token,
        card=sharing.card_url(link=link, token=token),
        max_width=_number(request, "maxwidth"),
        max_height=_number(request, "maxheight"),
    )
    return _answer(told, 200)


def _link(token: str) -> ShareLink | None:
    """The link that may be shown elsewhere."""
    try:
        link = sharing.resolve(token=token, now=timezone.now())
    except sharing.LinkGone:
        return None
    return None if link.is_locked else link


def _token(address: str) -> str:
    """The token in an address of ours, and nothing for every other address."""
    try:
        ours, asked = urlsplit(settings.SITE_URL), urlsplit(address[:1000])
        match = resolve(asked.path)
    except (ValueError, Resolver404):
        return ""
    same = (ours.scheme, ours.netloc) == (asked.scheme, asked.netloc)
    is_shared = match.view_name.startswith("portfolio:shared")
    return str(match.kwargs["token"]) if same and is_shared else ""


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def _answer(told: dict[str, object], status: int) -> JsonResponse:
    response = JsonResponse(told, status=status)
    keep_private(response)
    # Editors ask from the browser. The answer is the same for everybody, and no cookie was read.
    response["Access-Control-Allow-Origin"] = "*"
    return response
