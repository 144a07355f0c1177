"""A learner's badges: all of them, and each of them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import SignedInRequest
from badges.forms import wanted_in
from badges.models import Badge, Original, Picture, PutAside, Tag
from badges.services import collecting, history, registry, search, timeline, trust, verification
from badges.services.backpack import OTHER_ADDRESS, STATES, UNLISTED, Wanted, facets, narrowed
from badges.services.search import Found
from badges.views import showing, skills

PER_PAGE = 60
VIEWS = ("grid", "list", "timeline")


def _with(request: SignedInRequest, **changes: str) -> str:
    """This page's address with some of its questions changed; an empty one is dropped."""
    asked = {key: value for key, value in request.GET.items() if key != "page"} | changes
    return "?" + urlencode({key: value for key, value in asked.items() if value})


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow the list; choosing it again takes it away."""

    words: str
    count: int
    link: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One question about the badges. Its later choices are folded away."""

    title: str
    choices: list[Choice]

    @property
    def opened(self) -> bool:
        return any(choice.chosen for choice in self.choices[8:])


def _state_words() -> dict[str, str]:
    return {str(state.value): str(state.label) for state in STATES} | {
        "expiring": _("Expires within 90 days"),
        "expiring-30": _("Expires within 30 days"),
        "expiring-7": _("Expires within 7 days"),
        "unknown": _("Could not be checked"),
        OTHER_ADDRESS: _("Issued to another address"),
        UNLISTED: _("No longer listed"),
    }


def _facets(request: SignedInRequest, wanted: Wanted, found: Found) -> list[Facet]:
    states = _state_words()
    titles = {
        "state": _("State"),
        "tag": _("Your tags"),
        "issuer": _("Issuer"),
        "skill": _("Skill"),
        "year": _("Year"),
        "source": _("Came from"),
    }
    counted = facets(owner=request.user, wanted=wanted, found=found, now=timezone.now())
    made = []
    for field, options in counted.items():
        asked = request.GET.get(field, "")
        choices = [
            Choice(
                states.get(one.value, one.value) if field == "state" else one.words or "–",
                one.count,
                _with(request, **{field: "" if asked == one.value else one.value}),
                asked == one.value,
            )
            for one in options
        ]
        made.append(Facet(titles[field], choices))
    return made


@login_required
@require_safe
def backpack(request: SignedInRequest) -> HttpResponse:
    """Search, facets; grid, list or timeline. The number of queries does not grow with the badges.

    While somebody types, only what was found is sent.
    """
    now, wanted = timezone.now(), wanted_in(request.GET)
    asked_view = request.GET.get("view", "")
    view = asked_view if asked_view in VIEWS else "grid"
    total = Badge.objects.owned_by(request.user).count()
    if wanted.words:
        search.catch_up(owner=request.user, badges=total)
    badges, found = narrowed(owner=request.user, wanted=wanted, now=now)
    if view == "timeline":
        told = timeline.of(owner=request.user, badges=badges, page=request.GET.get("page"), now=now)
        context: dict[str, Any] = {"timeline": told, "page": told.page}
    else:
        paginator = Paginator(badges.for_display().prefetch_related("tags"), PER_PAGE)
        context = {"page": paginator.get_page(request.GET.get("page"))}
        context["count"] = paginator.count
    made = _facets(request, wanted, found)
    context |= {
        "total": total,
        "view": view,
        "facets": made,
        "chosen": [one for facet in made for one in facet.choices if one.chosen],
        "asked": request.GET,
        "asked_all": request.GET.urlencode(),
        "wanted": wanted,
        "instead": found.instead,
        "links": {name: _with(request, view=name) for name in VIEWS},
        "without_words": _with(request, q=""),
        "kept_fields": [(k, v) for k, v in request.GET.items() if k not in {"q", "page"}],
        "narrowed": bool(wanted),
        "my_tags": Tag.objects.owned_by(request.user),
        "now": now,
    }
    partly = request.htmx and request.htmx.target == "found"
    if not partly:
        context["attention"] = collecting.attention(user=request.user, now=now)
        context["removed"] = _removed(request)
    name = "badges/_found.html" if partly else "badges/backpack.html"
    answer = render(request, name, context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _removed(request: SignedInRequest) -> dict[str, Any]:
    """What was removed lately, and of it what was removed just now."""
    kept = PutAside.objects.owned_by(request.user).kept(timezone.now())
    batch = request.session.pop("removed", "")
    counts = kept.aggregate(all=Count("pk"), now=Count("pk", filter=Q(batch=batch or None)))
    return {"batch": batch, "now": counts["now"], "all": counts["all"]}


def _mine(request: SignedInRequest, pk: UUID) -> Badge:
    badges: QuerySet[Badge] = Badge.objects.owned_by(request.user).select_related(
        "issuer", "picture", "original", "evidence_file", "source"
    )
    return get_object_or_404(badges, pk=pk)


def _context(badge: Badge) -> dict[str, Any]:
    now = timezone.now()
    newest = badge.verifications.own().first()
    return {
        "badge": badge,
        "panel": trust.panel(badge=badge, check=newest, now=now),
        "parts": newest.parts if newest else [],
        "history": history.told(badge, badge.history.defer("document")),
        "standing": registry.of_badges([badge], now=now)[0],
        "now": now,
    }


@login_required
@require_safe
def detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One badge: what it proves, what had to be done, every check and its date."""
    badge = _mine(request, pk)
    context = _context(badge) | {
        "entries": badge.entries.select_related("page"),
        "tags": badge.tags.all(),
        "my_tags": Tag.objects.owned_by(request.user),
    }
    if request.htmx and request.GET.get("part") == "trust":
        return render(request, "badges/_trust_panel.html", context)
    return render(
        request, "badges/badge.html", context | skills.context(badge) | showing.context(badge)
    )


@login_required
@require_POST
def check(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Have the badge checked again, now."""
    badge = _mine(request, pk)
    verification.request_check(
        badges=Badge.objects.owned_by(request.user).filter(pk=badge.pk), now=timezone.now()
    )
    if request.htmx:
        return render(request, "badges/_trust_panel.html", _context(_mine(request, pk)))
    messages.info(request, _("We are checking this badge again. Reload in a moment."))
    return redirect("badges:badge-detail", pk=badge.pk)


@login_required
@require_safe
def original(request: SignedInRequest, pk: UUID) -> FileResponse:
    """The very bytes that came, as a download."""
    badge = _mine(request, pk)
    kept = get_object_or_404(Original, pk=badge.original_id)
    suffix = badge.format if badge.format in {"json", "jwt", "png", "svg", "pdf"} else "bin"
    return FileResponse(
        default_storage.open(str(kept.file), "rb"),
        as_attachment=True,
        filename=f"{slugify(badge.name)[:80] or 'badge'}.{suffix}",
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )


@login_required
@require_safe
def version(request: SignedInRequest, pk: UUID, entry: int) -> HttpResponse:
    """What the badge was before a newer version took its place, as a download."""
    kept = get_object_or_404(_mine(request, pk).history.exclude(document=b""), pk=entry)
    name = slugify(kept.badge.name)[:70] or "badge"
    return HttpResponse(
        bytes(kept.document),
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{kept.at:%Y-%m-%d}.json"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


@require_safe
def picture(request: HttpRequest, digest: str, size: str) -> FileResponse:
    """A badge's picture. Its address is the digest of its source, so it never changes."""
    kept = get_object_or_404(Picture, pk=digest)
    file = kept.small if size == "small" else kept.large
    return FileResponse(
        default_storage.open(str(file), "rb"),
        content_type="image/webp",
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
