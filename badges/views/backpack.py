"""A learner's badges: all of them, and each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import SignedInRequest
from badges.models import Badge, BadgeQuerySet, Issuer, Original, Picture, Result, Skill
from badges.services import collecting, history, registry, trust, verification
from badges.views import skills

PER_PAGE = 60
EXPIRING = "expiring"
UNLISTED = "unlisted"
STATES = [
    Result.VALID,
    Result.EXPIRED,
    Result.REVOKED,
    Result.SUSPENDED,
    Result.UNKNOWN,
    Result.UNSIGNED,
    Result.INVALID,
    Result.NOT_YET_VALID,
]


def _filtered(request: SignedInRequest, badges: BadgeQuerySet) -> BadgeQuerySet:
    """Narrow by what the address asks for. Nonsense in it narrows nothing."""
    if words := request.GET.get("q", "").replace("\0", "")[:200].strip():
        badges = badges.matching(words)
    state, now = request.GET.get("state", ""), timezone.now()
    if state == EXPIRING:
        badges = badges.expiring(now)
    elif state == UNLISTED:
        badges = badges.filter(unlisted_at__isnull=False)
    elif state in STATES:
        badges = badges.in_state(state, now)
    for name, field in (("issuer", "issuer_id"), ("skill", "skills")):
        try:
            wanted = UUID(request.GET.get(name, ""))
        except ValueError:
            continue
        badges = badges.filter(**{field: wanted})
    return badges


def _with(request: SignedInRequest, **changes: str) -> str:
    """This page's address with some of its questions changed; an empty one is dropped."""
    asked = {key: value for key, value in request.GET.items() if key != "page"} | changes
    return "?" + urlencode({key: value for key, value in asked.items() if value})


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow the list; choosing it again takes it away."""

    words: str
    link: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One question about the badges. Its later choices are folded away."""

    title: str
    choices: list[Choice]

    @property
    def opened(self) -> bool:
        return any(choice.chosen for choice in self.choices[10:])


def _facet(
    request: SignedInRequest, key: str, title: str, options: Iterable[tuple[str, str]]
) -> Facet:
    asked = request.GET.get(key, "")
    return Facet(
        title,
        [
            Choice(words, _with(request, **{key: "" if asked == value else value}), asked == value)
            for value, words in options
        ],
    )


def _facets(request: SignedInRequest) -> list[Facet]:
    mine = Badge.objects.owned_by(request.user)
    issuers = Issuer.objects.filter(badges__in=mine).distinct()[:100]
    skills = Skill.objects.filter(badges__in=mine).distinct()[:100]
    states = [(state.value, str(state.label)) for state in STATES]
    states.insert(1, (EXPIRING, _("Expires within 90 days")))
    if request.GET.get("state") == UNLISTED or mine.filter(unlisted_at__isnull=False).exists():
        states.append((UNLISTED, _("No longer listed")))
    return [
        _facet(request, "state", _("State"), states),
        _facet(request, "issuer", _("Issuer"), [(str(one.pk), str(one)) for one in issuers]),
        _facet(request, "skill", _("Skill"), [(str(one.pk), one.name) for one in skills]),
    ]


@login_required
@require_safe
def backpack(request: SignedInRequest) -> HttpResponse:
    """Search, filters, grid or list. The number of queries does not grow with the badges."""
    mine = Badge.objects.owned_by(request.user)
    found = _filtered(request, mine).for_display()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "total": mine.count(),
        "view": "list" if request.GET.get("view") == "list" else "grid",
        "facets": _facets(request),
        "asked": request.GET,
        "links": {view: _with(request, view=view) for view in ("grid", "list")},
        "kept_fields": [(k, v) for k, v in request.GET.items() if k not in {"q", "page"}],
        "narrowed": any(request.GET.get(key) for key in ("q", "state", "issuer", "skill")),
        "attention": collecting.attention(user=request.user, now=timezone.now()),
        "now": timezone.now(),
    }
    return render(request, "badges/backpack.html", context)


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
    }
    if request.htmx and request.GET.get("part") == "trust":
        return render(request, "badges/_trust_panel.html", context)
    return render(request, "badges/badge.html", context | skills.context(badge))


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
@require_POST
def remove(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take a badge out of the backpack, and off every page."""
    badge = _mine(request, pk)
    collecting.remove(badge=badge, actor=request.user)
    messages.success(request, _("“%(badge)s” has been removed.") % {"badge": badge.name[:200]})
    return redirect("badges:backpack")


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
