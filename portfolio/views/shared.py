"""What an employer opens: a page, its badges, its checks, its PDF. No account, no cookie."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.services import limits
from accounts.visitors import address_of, from_our_page, sorry
from portfolio.models import ShareLink, Transcript
from portfolio.services import cards, choosing, pages, sharing, takeaways, transcripts
from portfolio.views.readers import (
    GRANT,
    count,
    gone,
    has_grant,
    is_public,
    opened,
    with_headers,
)
from portfolio.views.transcripts import pdf_response

WATCH = timedelta(minutes=5)  # how long a page asks how its check is getting on


def _context(link: ShareLink, token: str, now: datetime) -> dict[str, object]:
    return {
        "link": link,
        "view": pages.build(page=link.page, now=now, link=link),
        "base": reverse("portfolio:shared", args=[token]),
        "indexable": is_public(link),
    }


def _since(request: HttpRequest, now: datetime) -> datetime | None:
    """When this reader asked for a check; nothing for nonsense or what is long over."""
    text = request.GET.get("since", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 11):
        return None
    age = now.timestamp() - int(text)
    return now - timedelta(seconds=age) if 0 <= age <= WATCH.total_seconds() else None


@require_safe
@opened
def page(request: HttpRequest, link: ShareLink, token: str, address: str = "") -> HttpResponseBase:
    """Who, what of it is verified, and the badges. Opens no connection, starts no task.

    `address` is the public one, where the link has such: search engines and messages show it.
    """
    now = timezone.now()
    context = _context(link, token, now)
    since = _since(request, now)
    if since is None:
        count(request, link)
    view = context["view"]
    assert isinstance(view, pages.PageView)
    etag = ""
    if is_public(link) and since is None:
        etag = f'"{view.fingerprint()[:40]}-{settings.VERSION}-{get_language()}"'
        unchanged = get_conditional_response(request, etag=etag)
        if unchanged is not None:
            return unchanged
    context |= {
        "since": int(since.timestamp()) if since else None,
        "address": address or settings.SITE_URL + str(context["base"]),
        "card": sharing.card_url(link=link, token=token),
    }
    response = render(request, "portfolio/shared.html", context)
    if since is not None:
        response["Cache-Control"] = "private, no-store"
    elif etag:
        response["ETag"] = etag
    return response


@require_safe
@opened
def badge(request: HttpRequest, link: ShareLink, token: str, pk: UUID) -> HttpResponseBase:
    """One badge: what its holder had to do, the evidence, the issuer, every check."""
    if choosing.hides(link=link, badge=pk):
        return gone(request)
    view = pages.build_badge(page=link.page, badge_id=pk, now=timezone.now())
    if view is None:
        return gone(request)
    context = {
        "link": link,
        "document": takeaways.original(badge=pk) if link.originals_allowed else b"",
        "badge": view,
        "entry": view.entry,
        "base": reverse("portfolio:shared", args=[token]),
        "who": pages.shown_name(link.page, link=link),
        "indexable": is_public(link),
    }
    return render(request, "portfolio/shared_badge.html", context)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@from_our_page
def unlock(request: HttpRequest, token: str) -> HttpResponseBase:
    """Ask for the password. Tells nothing of what is behind it."""
    now = timezone.now()
    try:
        link = sharing.resolve(token=token, now=now)
    except sharing.LinkGone:
        return gone(request)
    here = reverse("portfolio:shared", args=[token])
    if not link.is_locked or (request.method != "POST" and has_grant(request, link)):
        return with_headers(redirect(here), link)
    error, status = "", 200
    if request.method == "POST":
        try:
            grant = sharing.unlock(
                link=link,
                password=request.POST.get("password", "")[:200],
                address=address_of(request),
                now=now,
            )
        except sharing.WrongPassword:
            error, status = _("This is not the password. Check it with whoever sent you here."), 422
        except limits.TooOften as stop:
            error = _("Too many tries. Try again at %(time)s UTC.") % {
                "time": f"{stop.again_at:%H:%M}"
            }
            status = 429
        else:
            response = redirect(here)
            response.set_cookie(
                GRANT,
                grant,
                max_age=sharing.GRANT_FOR,
                path=here,
                secure=settings.HTTPS,
                httponly=True,
                samesite="Lax",
            )
            return with_headers(response, link)
    return with_headers(
        render(request, "portfolio/locked.html", {"error": error}, status=status), link
    )


@csrf_exempt
@require_POST
@from_our_page
@opened
def check(request: HttpRequest, link: ShareLink, token: str) -> HttpResponseBase:
    """Have every badge checked again, then show how far that has come."""
    now = timezone.now()
    try:
        pages.recheck(page=link.page, address=address_of(request), now=now)
    except limits.TooOften as error:
        words = _("These badges were checked a moment ago. You can ask again at %(time)s UTC.") % {
            "time": f"{error.again_at:%H:%M}"
        }
        return sorry(request, words, status=429)
    since = int(now.timestamp())
    return redirect(reverse("portfolio:shared", args=[token]) + f"?since={since}#summary")


@require_safe
@opened
def progress(request: HttpRequest, link: ShareLink, token: str) -> HttpResponseBase:
    """The part of the page that changes while a check runs."""
    now = timezone.now()
    since = _since(request, now)
    context = _context(link, token, now)
    context |= {"since": int(since.timestamp()) if since else None, "swap": True}
    response = render(request, "portfolio/_progress.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@opened
def card(request: HttpRequest, link: ShareLink, token: str) -> HttpResponseBase:
    """The picture that a message shows beside the link. A locked page has none."""
    path = cards.path_of(link)
    try:
        with default_storage.open(path, "rb") as drawn:
            return HttpResponse(drawn.read(), content_type="image/jpeg")
    except (OSError, ValueError):  # not drawn yet, or just now replaced by a newer one
        return gone(request)


# --- The PDF, for readers ----------------------------------------------------------------------


@csrf_exempt
@require_POST
@from_our_page
@opened
def transcript(request: HttpRequest, link: ShareLink, token: str) -> HttpResponseBase:
    """Have the PDF made, and wait for it on its own page."""
    if not link.pdf_allowed:
        return gone(request)
    try:
        row = transcripts.request(
            owner=link.page.owner, page=link.page, link=link, now=timezone.now()
        )
    except limits.TooOften as error:
        words = _("Many documents were made here of late. Try again at %(time)s UTC.") % {
            "time": f"{error.again_at:%H:%M}"
        }
        return sorry(request, words, status=429)
    return redirect("portfolio:shared-document", token, row.pk)


def _taken(link: ShareLink, pk: UUID) -> Transcript:
    if not link.pdf_allowed:
        raise Http404
    through = (
        Transcript.objects.filter(link=link).select_related("page", "signer").defer("snapshot")
    )
    row: Transcript = get_object_or_404(through, pk=pk)
    return row


@require_safe
@opened
def document(request: HttpRequest, link: ShareLink, token: str, pk: UUID) -> HttpResponseBase:
    """Waiting for the PDF, then the PDF."""
    try:
        row = _taken(link, pk)
    except Http404:
        return gone(request)
    base = reverse("portfolio:shared", args=[token])
    context = {"transcript": row, "base": base, "reader": True}
    asked_by_script = request.headers.get("HX-Request") == "true"
    name = "_transcript_state" if asked_by_script else "shared_document"
    response: HttpResponse = render(request, f"portfolio/{name}.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@opened
def file(request: HttpRequest, link: ShareLink, token: str, pk: UUID) -> HttpResponseBase:
    try:
        return pdf_response(request, _taken(link, pk))
    except Http404:
        return gone(request)
