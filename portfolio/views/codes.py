"""What the code on a printed document opens: that day beside today, and whether a file is it."""

from datetime import timedelta

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.services import limits
from accounts.visitors import address_of, from_our_page, keep_private, sorry
from portfolio.models import Signer
from portfolio.services import codes

LOOKS, FILES, PER = 60, 30, timedelta(minutes=10)
MAX_FILE = 64 * 1024 * 1024  # as large as a document that we make can be, and its signature
MAX_BODY = MAX_FILE + 1024 * 1024


@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """A box for the code, one for the file, and the way to its page."""
    code = codes.read_code(request.GET.get("code", ""))
    if code:
        return redirect("portfolio:code", code)
    return _private(render(request, "portfolio/code_enter.html"))


@require_safe
def code(request: HttpRequest, code: str) -> HttpResponse:
    """The document's snapshot compared with today, for whoever holds the paper."""
    now = timezone.now()
    try:
        limits.hit(key=f"code:{address_of(request)}", allowed=LOOKS, per=PER, now=now)
        found = codes.compare(code=code, now=now)
    except limits.TooOften as error:
        return _too_often(request, error)
    except codes.CodeUnknown:
        return _unknown(request)
    return _private(render(request, "portfolio/code.html", {"found": found, "now": now}))


@csrf_exempt
@require_POST
@from_our_page
def check(request: HttpRequest, code: str = "") -> HttpResponseBase:
    """Say whether a PDF is the document of this code, or which one it is. Nothing is kept."""
    now = timezone.now()
    try:
        limits.hit(key=f"code-file:{address_of(request)}", allowed=FILES, per=PER, now=now)
        data = _file(request)
        checked = codes.check_file(data=data, code=code) if data else None
    except limits.TooOften as error:
        return _too_often(request, error)
    except codes.CodeUnknown:
        return _unknown(request)
    except _TooLarge:
        return sorry(request, _("This is larger than any document of ours, so it is none."), 413)
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return sorry(
            request, _("What you sent did not arrive in one piece. Please try again."), 400
        )
    status = 200 if checked else 422
    context = {"checked": checked, "code": code}
    return _private(render(request, "portfolio/code_checked.html", context, status=status))


class _TooLarge(Exception):
    """More bytes than any document has, known before any is read."""


def _file(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BODY:
        raise _TooLarge
    given = request.FILES.get("file")
    return b"" if given is None else given.read()


@require_safe
def certificate(request: HttpRequest, digest: str) -> HttpResponse:
    """A certificate of this site, for a PDF reader that is to trust it."""
    signer: Signer = get_object_or_404(Signer, digest=digest)
    return HttpResponse(
        signer.certificate,
        content_type="application/x-pem-file",
        headers={"Content-Disposition": f'attachment; filename="laurel-{digest[:8]}.pem"'},
    )


def _too_often(request: HttpRequest, error: limits.TooOften) -> HttpResponse:
    words = _("You have opened many codes. Go on at %(time)s UTC.")
    return sorry(request, words % {"time": f"{error.again_at:%H:%M}"}, status=429)


def _unknown(request: HttpRequest) -> HttpResponse:
    return _private(render(request, "portfolio/code_enter.html", {"wrong": True}, status=404))


def _private(response: HttpResponse) -> HttpResponse:
    keep_private(response)
    return response
