"""What a reader takes along beside the PDF: a table, a résumé, the originals."""

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from portfolio.models import ShareLink
from portfolio.services import choosing, pages, sharing, takeaways
from portfolio.views.readers import gone, opened

KINDS = {
    "table": ("csv", "text/csv; charset=utf-8"),
    "resume": ("json", "application/json"),
    "originals": ("jsonld", "application/ld+json"),
}


@require_safe
@opened
def take(request: HttpRequest, link: ShareLink, token: str, kind: str) -> HttpResponseBase:
    """One file. It says what the page says at this moment."""
    if kind not in KINDS or (kind == "originals" and not link.originals_allowed):
        return gone(request)
    view = pages.build(page=link.page, now=timezone.now(), link=link)
    address = sharing.url(token)
    suffix, content_type = KINDS[kind]
    response: HttpResponseBase
    if kind == "originals":
        response = StreamingHttpResponse(takeaways.originals(view=view))
    elif kind == "table":
        response = HttpResponse(takeaways.table(view=view, address=address))
    else:
        resume = takeaways.resume(view=view, address=address)
        response = HttpResponse(json.dumps(resume, ensure_ascii=False, indent=2) + "\n")
    name = slugify(f"{view.who} {view.title}")[:80] or "badges"
    return _as_file(response, f"{name}.{suffix}", content_type)


@require_safe
@opened
def original(request: HttpRequest, link: ShareLink, token: str, pk: UUID) -> HttpResponseBase:
    """One credential's own bytes."""
    if not link.originals_allowed or choosing.hides(link=link, badge=pk):
        return gone(request)
    view = pages.build_badge(page=link.page, badge_id=pk, now=timezone.now())
    data = takeaways.original(badge=pk) if view is not None else b""
    if view is None or not data:
        return gone(request)
    suffix = "jwt" if data.startswith(b"eyJ") else "json"
    name = slugify(view.entry.name)[:80] or "badge"
    return _as_file(HttpResponse(data), f"{name}.{suffix}", "application/octet-stream")


def _as_file(response: HttpResponseBase, name: str, content_type: str) -> HttpResponseBase:
    response["Content-Type"] = content_type
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
