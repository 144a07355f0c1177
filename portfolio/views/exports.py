"""Take everything with you: ask for the file, wait for it, download it, delete it."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import SignedInRequest
from accounts.services import limits
from badges.models import Badge
from portfolio.models import Export, Page
from portfolio.services import exporting, packing
from portfolio.views.transcripts import too_often


@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """The newest export and how it is getting on."""
    now = timezone.now()
    newest = Export.objects.owned_by(request.user).first()
    context = {
        "export": newest,
        "status": newest.status(now) if newest else "none",
        "badge_count": Badge.objects.owned_by(request.user).count(),
        "page_count": Page.objects.owned_by(request.user).count(),
        "left_out": packing.left_out(),
    }
    name = "_export_state" if request.htmx else "exports"
    return render(request, f"portfolio/{name}.html", context)


@login_required
@require_POST
def create(request: SignedInRequest) -> HttpResponse:
    try:
        exporting.request(owner=request.user, now=timezone.now())
    except limits.TooOften as error:
        messages.warning(request, too_often(error))
    return redirect("portfolio:exports")


def _mine(request: SignedInRequest, pk: UUID) -> Export:
    row: Export = get_object_or_404(Export.objects.owned_by(request.user), pk=pk)
    return row


@login_required
@require_safe
def file(request: SignedInRequest, pk: UUID, number: int) -> FileResponse:
    """One ZIP as a download; 404 while there is none, and after its week."""
    row = _mine(request, pk)
    ready = row.status(timezone.now()) == Export.Status.READY
    if not ready or not 1 <= number <= len(row.files):
        raise Http404
    if request.method == "GET":
        exporting.taken(export=row, actor=request.user)
    stem = f"laurel-{slugify(settings.ALLOWED_HOSTS[0])}-{row.created_at:%Y-%m-%d}"
    part = f"-{number}-of-{len(row.files)}" if len(row.files) > 1 else ""
    return FileResponse(
        default_storage.open(row.files[number - 1]["name"], "rb"),
        as_attachment=True,
        filename=f"{stem}{part}.zip",
        content_type="application/zip",
        headers={
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
        },
    )


@login_required
@require_POST
def delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The file goes before its week is over."""
    exporting.delete(export=_mine(request, pk), actor=request.user)
    messages.success(request, _("The export has been deleted from this site."))
    return redirect("portfolio:exports")
