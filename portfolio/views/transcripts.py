"""A learner's documents: ask for one, wait for it, take it, delete it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from accounts.services import limits
from badges.models import Badge
from portfolio.forms import TranscriptForm
from portfolio.models import Page, Transcript
from portfolio.services import pages, transcripts

PER_PAGE = 50


@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    rows = Transcript.objects.owned_by(request.user).select_related("page", "link", "owner")
    page = Paginator(rows.defer("snapshot"), PER_PAGE).get_page(request.GET.get("page"))
    mine = Page.objects.owned_by(request.user)[:50]
    return render(
        request,
        "portfolio/transcripts.html",
        {"page": page, "pages": mine, "now": timezone.now()},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Choose how the PDF of a page is to look, and have it made."""
    mine = Page.objects.owned_by(request.user).select_related("owner")
    page: Page = get_object_or_404(mine, pk=pk)
    return _ask(request, page)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create_of_all(request: SignedInRequest) -> HttpResponse:
    """The same of all badges, without a page."""
    return _ask(request, None)


def _ask(request: SignedInRequest, page: Page | None) -> HttpResponse:
    form = TranscriptForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            row = transcripts.request(
                owner=request.user, page=page, now=timezone.now(), options=form.options()
            )
        except limits.TooOften as error:
            form.add_error(None, too_often(error))
            status = 429
        except pages.TooManyBadges:
            words = _("A document holds %(most)s badges at most. Choose them on a page first.")
            form.add_error(None, words % {"most": pages.MAX_BADGES})
            status = 422
        else:
            return redirect("portfolio:transcript-detail", pk=row.pk)
    elif form.errors:
        status = 422
    if page is None:
        counts = {"count": Badge.objects.owned_by(request.user).count()}
    else:
        counts = {"count": page.entries.count()}
    context = {"form": form, "page": page, **counts}
    return render(request, "portfolio/transcript_create.html", context, status=status)


def too_often(error: limits.TooOften) -> str:
    return _("That was a lot in one hour. Go on at %(time)s UTC.") % {
        "time": f"{error.again_at:%H:%M}"
    }


def _mine(request: SignedInRequest, pk: UUID) -> Transcript:
    mine = Transcript.objects.owned_by(request.user).select_related(
        "page", "link", "owner", "signer"
    )
    row: Transcript = get_object_or_404(mine.defer("snapshot"), pk=pk)
    return row


@login_required
@require_safe
def detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """How the document is getting on, and then the document."""
    row = _mine(request, pk)
    name = "_transcript_state" if request.htmx else "transcript"
    return render(request, f"portfolio/{name}.html", {"transcript": row})


@login_required
@require_safe
def file(request: SignedInRequest, pk: UUID) -> FileResponse:
    return pdf_response(request, _mine(request, pk))


def pdf_response(request: HttpRequest, row: Transcript) -> FileResponse:
    """The PDF as a download; 404 while there is none."""
    if not row.is_ready:
        raise Http404
    name = slugify(f"{row.title[:60]} {row.created_at:%Y-%m-%d}") or "laurel"
    return FileResponse(
        default_storage.open(str(row.file), "rb"),
        as_attachment=True,
        filename=f"{name}.pdf",
        content_type="application/pdf",
        headers={"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"},
    )


@login_required
@require_POST
def delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The file goes, and its code answers no more."""
    transcripts.delete(transcript=_mine(request, pk), actor=request.user)
    messages.success(request, _("The document has been deleted, and its code opens nothing."))
    return redirect("portfolio:transcripts")
