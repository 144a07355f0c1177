"""A learner's own evidence for a badge, and what they think of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from accounts.services.limits import TooOften
from badges.forms import EvidenceForm, EvidenceWordsForm, ReflectionForm
from badges.models import Badge, Evidence, Original, Reflection
from badges.services import by_hand, showing


def context(badge: Badge) -> dict[str, Any]:
    """What a badge's page shows of it. Two queries."""
    return {
        "own_evidence": badge.own_evidence.select_related("file"),
        "evidence_form": EvidenceForm(auto_id="evidence_%s"),
        "reflections": badge.reflections.all(),
        "reflection_form": ReflectionForm(initial={"on": timezone.localdate()}, auto_id="note_%s"),
    }


def _badge(request: SignedInRequest, pk: UUID) -> Badge:
    mine = Badge.objects.owned_by(request.user).select_related("owner").defer("document")
    return get_object_or_404(mine, pk=pk)


def _evidence(request: SignedInRequest, pk: UUID, evidence: UUID) -> Evidence:
    mine = Evidence.objects.filter(badge__in=Badge.objects.owned_by(request.user), badge=pk)
    return get_object_or_404(mine.select_related("badge"), pk=evidence)


def _reflection(request: SignedInRequest, pk: UUID, reflection: UUID) -> Reflection:
    mine = Reflection.objects.filter(badge__in=Badge.objects.owned_by(request.user), badge=pk)
    return get_object_or_404(mine.select_related("badge"), pk=reflection)


def _to(badge: UUID, part: str) -> HttpResponse:
    return redirect(reverse("badges:badge-detail", args=[badge]) + f"#{part}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_evidence(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show a file, a link or a text for a badge."""
    badge = _badge(request, pk)
    form = EvidenceForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        try:
            showing.add(badge=badge, now=timezone.now(), **form.cleaned_data)
        except showing.TooMuch as much:
            words = _("A badge holds %(most)s pieces of evidence. Take one away first.")
            form.add_error(None, words % {"most": much.most})
        except TooOften as stop:
            status = 429
            words = _("That was a lot in one hour. Go on at %(time)s UTC.")
            form.add_error(None, words % {"time": f"{stop.again_at:%H:%M}"})
        else:
            messages.success(request, _("Added."))
            return _to(badge.pk, "evidence")
    told = {"badge": badge, "form": form}
    return render(request, "badges/evidence_add.html", told, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_evidence(request: SignedInRequest, pk: UUID, evidence: UUID) -> HttpResponse:
    """Change the words about it."""
    row = _evidence(request, pk, evidence)
    initial = {"title": row.title, "text": row.text}
    form = EvidenceWordsForm(request.POST if request.method == "POST" else None, initial=initial)
    form.fields["text"].required = row.kind == Evidence.Kind.TEXT
    if form.is_valid():
        showing.edit(evidence=row, **form.cleaned_data)
        return _to(pk, "evidence")
    told = {"badge": row.badge, "evidence": row, "form": form}
    return render(request, "badges/evidence_edit.html", told, status=422 if form.errors else 200)


@login_required
@require_POST
def remove_evidence(request: SignedInRequest, pk: UUID, evidence: UUID) -> HttpResponse:
    showing.remove(evidence=_evidence(request, pk, evidence), actor=request.user)
    return _to(pk, "evidence")


@login_required
@require_safe
def evidence_file(request: SignedInRequest, pk: UUID, evidence: UUID) -> FileResponse:
    """The file, byte for byte, as a download and never as a page."""
    kept = get_object_or_404(Original, pk=_evidence(request, pk, evidence).file_id)
    name, file = by_hand.download(kept)
    return FileResponse(
        file,
        as_attachment=True,
        filename=name,
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_reflection(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Write down what one thinks of a badge."""
    badge = _badge(request, pk)
    initial = {"on": timezone.localdate()}
    form = ReflectionForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            showing.reflect(badge=badge, now=timezone.now(), **form.cleaned_data)
        except showing.TooMuch as much:
            words = _("A badge holds %(most)s notes. Take one away first.")
            form.add_error(None, words % {"most": much.most})
        else:
            return _to(badge.pk, "reflections")
    told = {"badge": badge, "form": form}
    return render(request, "badges/reflection.html", told, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_reflection(request: SignedInRequest, pk: UUID, reflection: UUID) -> HttpResponse:
    row = _reflection(request, pk, reflection)
    initial = {"on": row.on, "text": row.text}
    form = ReflectionForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        showing.rethink(reflection=row, now=timezone.now(), **form.cleaned_data)
        return _to(pk, "reflections")
    told = {"badge": row.badge, "reflection": row, "form": form}
    return render(request, "badges/reflection.html", told, status=422 if form.errors else 200)


@login_required
@require_POST
def remove_reflection(request: SignedInRequest, pk: UUID, reflection: UUID) -> HttpResponse:
    _reflection(request, pk, reflection).delete()
    return _to(pk, "reflections")
