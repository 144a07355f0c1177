"""The import box, what was found, and what became of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import AFTER_CONFIRMING, SignedInRequest
from accounts.services.limits import TooOften
from badges import sources
from badges.forms import ImportForm
from badges.models import ImportItem, ImportJob, Source
from badges.services import following, imports, letters, preview, tally

State = ImportItem.State
ROWS = 1000  # of one import that a page shows; what is more is told of
# Of those, rows to choose from. Each is a field of a form, and of these Django takes a thousand.
CHOICES = 700
MAX_SHOWN = 20 * CHOICES  # characters
# Of badges, what no row shows: the more of it, the longer its reading takes.
UNSHOWN = [f"badge__{name}" for name in ("alignments", "criteria_text", "description", "evidence")]
STOP_POLLING = 286  # a status of htmx's own


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedInRequest) -> HttpResponse:
    """Show the box; take what is dropped into it."""
    if request.method != "POST":
        return _box(request, ImportForm(initial={"text": request.GET.get("text", "")[:4000]}))
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
    return _box(request, form, status)


def _box(request: SignedInRequest, form: ImportForm, status: int = 200) -> HttpResponse:
    jobs = ImportJob.objects.owned_by(request.user)
    # Looks at a source are told of where they brought something.
    asked = Q(source=None) | Q(items__state__in=[State.OFFERED, State.ADDED, State.CHANGED])
    context = {
        "form": form,
        "recent": jobs.filter(asked).distinct()[:5],
        "readers": [reader for reader in sources.readers().values() if reader.help],
        "followed": Source.objects.owned_by(request.user).count(),
    }
    return render(request, "badges/import.html", context, status=status)


@login_required
@require_POST
def recognise(request: SignedInRequest) -> HttpResponse:
    """What the text in the box seems to be, while it is being typed."""
    text = request.POST.get("text", "").replace("\0", "")
    return render(request, "badges/_recognised.html", {"guesses": imports.recognise(text)})


def _mine(request: SignedInRequest, pk: UUID) -> ImportJob:
    job: ImportJob = get_object_or_404(ImportJob.objects.owned_by(request.user), pk=pk)
    return job


def _context(job: ImportJob) -> dict[str, Any]:
    now = timezone.now()
    waits = job.is_put_off(now)
    items = _items(job, is_working=not job.is_over and not waits)
    changed_at = job.owner.addresses_changed_at
    for item in items:
        item.told = preview.told(item)  # type: ignore[attr-defined]
        item.ticked = preview.is_ticked(item)  # type: ignore[attr-defined]
        _dress(item)
    counts, offered = tally.of(job), preview.groups(items, now)
    shown = sum(len(group.rows) for group in offered) if job.is_over or waits else 0
    opened = [item for item in items if item.state == State.OPENED]
    return {
        "job": job,
        "now": now,
        "stage": "over" if job.is_over else "waiting" if waits else "working",
        "progress": counts,
        "headline": preview.headline(job, counts, offers=bool(shown), waits=waits),
        "facts": preview.facts(counts, offered),
        "groups": offered if shown else [],
        "shown": shown,
        "is_compared": any(
            item.badge is not None and preview.is_compared_anew(item.badge, changed_at)
            for group in offered
            for item in group.rows
        ),
        "opened": opened,
        "lasting": [item for item in opened if item.lasting and job.source_id is None],
        "waiting": [item for item in items if item.state == State.WAITING],
        "settled": preview.settled(items),
        "left_out": preview.left_out(items),
        "more": max(0, counts.total - sum(item.state != State.OPENED for item in items)),
        "can_retry": any(item.can_retry for item in items),
        "can_undo": job.can_be_undone(now) and (counts.added or counts.changed),
    }


def _dress(item: ImportItem) -> None:
    """Give a row what its template would ask for hundreds of times over."""
    badge = item.badge
    if badge is None:
        return
    item.look, item.days = preview.look(badge), preview.days(badge)  # type: ignore[attr-defined]
    name = badge.name
    item.name = Truncator(name).chars(160) if len(name) > 160 else name  # type: ignore[attr-defined]
    if badge.picture_id:
        url = reverse("badges:picture", args=[badge.picture_id, "small"])
        item.picture = url  # type: ignore[attr-defined]


def _items(job: ImportJob, *, is_working: bool) -> list[ImportItem]:
    """The rows that a page shows: while a worker is at them none but what was opened, afterwards
    those that can be chosen first, wherever they stand. What is chosen makes room for the next.
    """
    rows = job.items.select_related("badge__issuer", "badge__picture").defer(
        "badge__document", "statement", *UNSHOWN
    )
    if is_working:
        return list(rows.filter(state=State.OPENED)[:ROWS])
    is_open = Q(state__in=[State.OFFERED, State.CHANGED], accepted=False, badge__isnull=False)
    choose = list(rows.filter(is_open)[:CHOICES])
    return choose + list(rows.exclude(is_open)[: ROWS - len(choose)])


@login_required
@require_safe
def detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What was found, to choose from, and what became of the rest."""
    job = _mine(request, pk)
    letters.watched(job=job)
    return render(request, "badges/import_detail.html", _context(job))


@login_required
@require_safe
def progress(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The part that the page polls: how far it is, and the whole only when there is more to see.

    A page that has rows to choose from keeps them as they are, ticks and all: what was found
    since is offered, and shown when its reader asks for it.
    """
    job = _mine(request, pk)
    letters.watched(job=job)
    context = _context(job)
    asked = request.GET
    is_same = asked.get("stage") == context["stage"] or asked.get("shown", "0") != "0"
    is_compared = "compared" not in asked or context["is_compared"]
    if "whole" not in asked and is_same and is_compared:
        since = context["shown"] - int(next(iter(_numbers([asked.get("shown", "")])), 0))
        part = render(request, "badges/_import_live.html", context | {"since": max(0, since)})
        is_last = context["stage"] == "over" and not context["is_compared"]
        part.status_code = STOP_POLLING if is_last else 200
        return part
    whole = render(request, "badges/_import_progress.html", context | {"is_part": True})
    whole["HX-Retarget"], whole["HX-Reswap"] = "#import", "outerHTML"
    return whole


@login_required
@require_POST
def address(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Go and confirm the address of somebody's badge, and come back here."""
    job = _mine(request, pk)
    request.session[AFTER_CONFIRMING] = reverse("badges:import-detail", args=[job.pk])
    messages.info(
        request,
        _("Add the address and open the link that we mail to it. That brings you back."),
    )
    return redirect("account_email")


@login_required
@require_POST
def accept(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Add what was chosen."""
    job = _mine(request, pk)
    mode = request.POST.get("mode", "")
    try:
        imports.accept(
            job=job,
            chosen=_numbers(request.POST.getlist("item")),
            shown=_numbers(request.POST.get("shown", "")[:MAX_SHOWN].split(",")),
            follow=_numbers(request.POST.getlist("follow")),
            mode=mode if mode in Source.Mode.values else Source.Mode.OFFER,
            now=timezone.now(),
        )
    except following.TooMany:
        messages.error(
            request,
            _("You follow %(count)s sources, which is all that one person may. Remove one first.")
            % {"count": following.MAX_SOURCES},
        )
    return redirect("badges:import-detail", pk=job.pk)


def _numbers(values: list[str]) -> set[int]:
    return {int(v) for v in values if v.isascii() and v.isdecimal() and len(v) < 19}


@login_required
@require_POST
def retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Look again at the pieces that could not be read."""
    job = _mine(request, pk)
    if not imports.retry(job=job, now=timezone.now()):
        messages.info(request, _("Nothing in this import can be tried again."))
    return redirect("badges:import-detail", pk=job.pk)


@login_required
@require_POST
def stop(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Look at nothing more; what was found so far stays to be chosen."""
    job = _mine(request, pk)
    imports.stop(job=job, now=timezone.now())
    return redirect("badges:import-detail", pk=job.pk)


@login_required
@require_POST
def undo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take back what this import added."""
    job = _mine(request, pk)
    try:
        count = imports.undo(job=job, now=timezone.now())
    except imports.TooLate:
        job.refresh_from_db()
        if job.undone_at is None:  # else the button was pressed twice
            messages.error(request, _("This import can be taken back for a day, and that is over."))
    else:
        words = ngettext("%(count)s badge taken back.", "%(count)s badges taken back.", count)
        messages.success(request, words % {"count": count})
    return redirect("badges:import-detail", pk=job.pk)
