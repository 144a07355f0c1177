"""The import box, and how an import is getting on."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from accounts.services.limits import TooOften
from badges.forms import ImportForm
from badges.models import ImportJob
from badges.services import imports


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedInRequest) -> HttpResponse:
    """Show the box; take what is dropped into it."""
    if request.method != "POST":
        recent = ImportJob.objects.owned_by(request.user)[:5]
        return render(request, "badges/import.html", {"form": ImportForm(), "recent": recent})
    form = ImportForm(request.POST, request.FILES)
    status = 422
    if form.is_valid():
        try:
            job = imports.start(
                user=request.user,
                uploads=form.uploads(),
                text=form.cleaned_data["text"],
                now=timezone.now(),
            )
        except imports.NothingToImport:
            form.add_error(None, _("Choose a file, or paste a link or a badge's text."))
        except imports.TooMany:
            form.add_error(
                None, _("Bring at most %(count)s things at once.") % {"count": imports.MAX_ITEMS}
            )
        except TooOften as error:
            status = 429
            form.add_error(
                None,
                _("That was a lot in one hour. Go on at %(time)s UTC.")
                % {"time": f"{error.again_at:%H:%M}"},
            )
        else:
            return redirect("badges:import-detail", pk=job.pk)
    return render(request, "badges/import.html", {"form": form}, status=status)


def _mine(request: SignedInRequest, pk: UUID) -> ImportJob:
    job: ImportJob = get_object_or_404(ImportJob.objects.owned_by(request.user), pk=pk)
    return job


def _render(request: SignedInRequest, job: ImportJob, template: str) -> HttpResponse:
    items = job.items.select_related("badge__issuer", "badge__picture").defer("badge__document")
    progress = imports.progress(job)
    context = {
        "job": job,
        "items": items,
        "progress": progress,
        "can_retry": any(item.can_retry for item in items),
    }
    return render(request, template, context)


@login_required
@require_safe
def detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Every piece of one import and what became of it."""
    return _render(request, _mine(request, pk), "badges/import_detail.html")


@login_required
@require_safe
def progress(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The part that the page polls until the import is over."""
    return _render(request, _mine(request, pk), "badges/_import_progress.html")


@login_required
@require_POST
def retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Look again at the pieces that could not be read."""
    job = _mine(request, pk)
    if not imports.retry(job=job, now=timezone.now()):
        messages.info(request, _("Nothing in this import can be tried again."))
    return redirect("badges:import-detail", pk=job.pk)
