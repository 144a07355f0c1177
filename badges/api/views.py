"""Badges and imports over the API: the same services as behind the pages."""

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.rest import ListQuery, Problem, given, listed, person
from badges.api import serializers as shapes
from badges.models import Badge, ImportJob, Original
from badges.services import collecting, imports, search, tally, verification

A_BADGE = {
    "id": "0f0c1d1e-5a0f-4c6e-8d7b-4b5a3b6f2a01",
    "name": "Data analysis, foundations",
    "issuer": {
        "id": "8a0f6f0e-2a53-4f3b-9d8e-0b9b7a0f7c11",
        "name": "Example College",
        "url": "https://college.example",
    },
    "issued_at": "2026-03-04T00:00:00Z",
    "expires_at": None,
    "state": "valid",
    "verified": True,
    "trust": "signed",
    "recipient": "owner",
    "host": "college.example",
    "checked_at": "2026-11-20T08:15:00Z",
    "being_checked": False,
    "picture": "https://laurel.example/badges/pictures/2c26b46b/large/",
    "added_at": "2026-03-05T10:00:00Z",
}
AN_ITEM = {
    "position": 1,
    "kind": "url",
    "label": "https://badges.example/42",
    "state": "refused",
    "reason": "This address could not be reached.",
    "can_retry": True,
    "badge": None,
}
AN_IMPORT = {
    "id": "3f9b9a60-5c1c-4d22-8a53-0b3a5a0ad9c2",
    "state": "done",
    "created_at": "2026-11-20T08:14:00Z",
    "finished_at": "2026-11-20T08:14:03Z",
    "progress": {"total": 2, "waiting": 0, "added": 1, "already": 0, "refused": 1},
    "items": [
        {
            "position": 0,
            "kind": "file",
            "label": "data-analysis.png",
            "state": "added",
            "reason": "",
            "can_retry": False,
            "badge": A_BADGE["id"],
        },
        AN_ITEM,
    ],
}


class Badges(APIView):
    """The badges of whoever asks."""

    scope = "badges"

    @extend_schema(
        operation_id="badges_list",
        summary=gettext_lazy("List badges"),
        description=gettext_lazy(
            "Your badges, the newest first. Narrow them by state, issuer or words."
        ),
        tags=["badges"],
        parameters=[shapes.BadgeQuery],
        responses={200: shapes.BadgeList, 400: Problem, 401: Problem},
        examples=[
            OpenApiExample(
                "One badge",
                response_only=True,
                status_codes=["200"],
                value={"count": 1, "next": None, "previous": None, "results": [A_BADGE]},
            )
        ],
    )
    def get(self, request: Request) -> Response:
        query, now = given(shapes.BadgeQuery, request.query_params), timezone.now()
        badges = Badge.objects.owned_by(person(request)).for_display()
        if "state" in query:
            badges = badges.in_state(query["state"], now)
        if "issuer" in query:
            badges = badges.filter(issuer=query["issuer"])
        if "q" in query:
            owner = person(request)
            search.catch_up(owner=owner)
            badges = search.find(owner=owner, text=query["q"]).among(badges)
        return listed(request, rows=badges, query=query, serializer=shapes.BadgeOut, now=now)


def _badge(request: Request, pk: UUID) -> Badge:
    badges = Badge.objects.owned_by(person(request)).for_display()
    return get_object_or_404(badges.prefetch_related("skills"), pk=pk)


class BadgeDetail(APIView):
    """One badge."""

    scope = "badges"

    @extend_schema(
        operation_id="badges_read",
        summary=gettext_lazy("Read a badge"),
        description=gettext_lazy(
            "All that was read from the badge, and its newest checks with every finding in words."
        ),
        tags=["badges"],
        responses={200: shapes.BadgeDetailOut, 401: Problem, 404: Problem},
        examples=[
            OpenApiExample(
                "A badge that was checked",
                response_only=True,
                status_codes=["200"],
                value={
                    **A_BADGE,
                    "description": "Cleans, joins and explains tabular data.",
                    "criteria_text": "Three projects, assessed by two teachers.",
                    "criteria_url": "https://college.example/criteria/1",
                    "achievement_type": "MicroCredential",
                    "version": "3.0",
                    "format": "png",
                    "credential_id": "https://college.example/credentials/77",
                    "source_url": "",
                    "evidence": [],
                    "alignments": [],
                    "skills": [{"name": "SQL", "url": "", "framework": ""}],
                    "checks": [
                        {
                            "checked_at": "2026-11-20T08:15:00Z",
                            "result": "valid",
                            "trust": "signed",
                            "host": "college.example",
                            "findings": [
                                {
                                    "check": "signature",
                                    "outcome": "passed",
                                    "detail": "The badge is exactly as it was signed.",
                                    "code": "signature.good",
                                }
                            ],
                        }
                    ],
                },
            )
        ],
    )
    def get(self, request: Request, pk: UUID) -> Response:
        badge = _badge(request, pk)
        return Response(shapes.BadgeDetailOut(badge, context={"now": timezone.now()}).data)

    @extend_schema(
        operation_id="badges_remove",
        summary=gettext_lazy("Remove a badge"),
        description=gettext_lazy("The badge leaves your backpack and every page that shows it."),
        tags=["badges"],
        responses={204: None, 401: Problem, 403: Problem, 404: Problem},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        collecting.remove(badge=_badge(request, pk), actor=person(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class BadgeCheck(APIView):
    """Having one badge checked."""

    scope = "badges"

    @extend_schema(
        operation_id="badges_check",
        summary=gettext_lazy("Check a badge again"),
        description=gettext_lazy(
            "Asks for a check as soon as a worker is free. Read the badge until its being_checked "
            "is false."
        ),
        tags=["badges"],
        request=None,
        responses={202: shapes.AskedOut, 401: Problem, 403: Problem, 404: Problem, 429: Problem},
        examples=[
            OpenApiExample(
                "Asked",
                response_only=True,
                status_codes=["202"],
                value={"detail": "This badge is being checked."},
            )
        ],
    )
    def post(self, request: Request, pk: UUID) -> Response:
        badge = _badge(request, pk)
        verification.request_check(
            badges=Badge.objects.owned_by(person(request)).filter(pk=badge.pk), now=timezone.now()
        )
        return Response({"detail": _("This badge is being checked.")}, status=202)


class BadgeOriginal(APIView):
    """The bytes that came."""

    scope = "badges"

    @extend_schema(
        operation_id="badges_original",
        summary=gettext_lazy("Download the original"),
        description=gettext_lazy("The very bytes that were imported: the image or the document."),
        tags=["badges"],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            401: Problem,
            404: Problem,
        },
    )
    def get(self, request: Request, pk: UUID) -> FileResponse:
        badge = _badge(request, pk)
        kept = get_object_or_404(Original, pk=badge.original_id)
        suffix = badge.format if badge.format in {"json", "jwt", "png", "svg", "pdf"} else "bin"
        return FileResponse(
            default_storage.open(str(kept.file), "rb"),
            as_attachment=True,
            filename=f"{slugify(badge.name)[:80] or 'badge'}.{suffix}",
            content_type="application/octet-stream",
            headers={"X-Content-Type-Options": "nosniff"},
        )


class Imports(APIView):
    """The imports of whoever asks."""

    scope = "badges"

    @extend_schema(
        operation_id="imports_list",
        summary=gettext_lazy("List imports"),
        description=gettext_lazy("Your imports of the last 90 days, the newest first."),
        tags=["imports"],
        parameters=[ListQuery],
        responses={200: shapes.ImportList, 400: Problem, 401: Problem},
        examples=[
            OpenApiExample(
                "One import",
                response_only=True,
                status_codes=["200"],
                value={
                    "count": 1,
                    "next": None,
                    "previous": None,
                    "results": [
                        {k: v for k, v in AN_IMPORT.items() if k not in {"progress", "items"}}
                    ],
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        query = given(ListQuery, request.query_params)
        jobs = ImportJob.objects.owned_by(person(request))
        return listed(request, rows=jobs, query=query, serializer=shapes.ImportOut)

    @extend_schema(
        operation_id="imports_start",
        summary=gettext_lazy("Start an import"),
        description=gettext_lazy(
            "Files as multipart/form-data, or text and links as JSON. The answer comes at once; "
            "read the import until its state is “done”. Each item says what became of it."
        ),
        tags=["imports"],
        request={"multipart/form-data": shapes.ImportIn, "application/json": shapes.ImportIn},
        responses={
            202: shapes.ImportDetailOut,
            400: Problem,
            401: Problem,
            403: Problem,
            413: Problem,
            429: Problem,
        },
        examples=[
            OpenApiExample(
                "A link",
                request_only=True,
                media_type="application/json",
                value={"urls": ["https://badges.example/42"]},
            ),
            OpenApiExample(
                "Taken in",
                response_only=True,
                status_codes=["202"],
                value={
                    **AN_IMPORT,
                    "state": "queued",
                    "finished_at": None,
                    "progress": {"total": 1, "waiting": 1, "added": 0, "already": 0, "refused": 0},
                    "items": [{**AN_ITEM, "state": "waiting", "reason": "", "can_retry": False}],
                },
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        asked = given(shapes.ImportIn, request.data)
        text = "\n".join([*asked.get("urls", []), asked.get("text", "")])
        try:
            job = imports.start(
                user=person(request),
                uploads=[
                    imports.Upload(name=file.name or "", size=file.size or 0, read=file.read)
                    for file in asked.get("files", [])
                ],
                text=text,
                now=timezone.now(),
                adds=True,
            )
        except imports.NothingToImport:
            raise ValidationError(_("Send a file, some text, or a link.")) from None
        except imports.TooMany:
            raise ValidationError(
                _("Bring at most %(count)s things at once.") % {"count": imports.MAX_ITEMS}
            ) from None
        return Response(_detail(job), status=202)


def _detail(job: ImportJob) -> Any:
    return shapes.ImportDetailOut(
        {
            "id": job.pk,
            "state": job.state,
            "created_at": job.created_at,
            "finished_at": job.finished_at,
            "progress": tally.of(job),
            "items": job.items.all(),
        }
    ).data


def _job(request: Request, pk: UUID) -> ImportJob:
    job: ImportJob = get_object_or_404(ImportJob.objects.owned_by(person(request)), pk=pk)
    return job


class ImportDetail(APIView):
    """One import."""

    scope = "badges"

    @extend_schema(
        operation_id="imports_read",
        summary=gettext_lazy("Follow an import"),
        description=gettext_lazy("How far it is, and what became of each thing that was brought."),
        tags=["imports"],
        responses={200: shapes.ImportDetailOut, 401: Problem, 404: Problem},
        examples=[
            OpenApiExample(
                "An import that is over",
                response_only=True,
                status_codes=["200"],
                value=AN_IMPORT,
            )
        ],
    )
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(_detail(_job(request, pk)))


class ImportRetry(APIView):
    """Trying once more."""

    scope = "badges"

    @extend_schema(
        operation_id="imports_retry",
        summary=gettext_lazy("Try again"),
        description=gettext_lazy(
            "Looks again at the items that could not be read, where can_retry is true."
        ),
        tags=["imports"],
        request=None,
        responses={202: shapes.RetriedOut, 401: Problem, 403: Problem, 404: Problem},
        examples=[
            OpenApiExample("One item", response_only=True, status_codes=["202"], value={"again": 1})
        ],
    )
    def post(self, request: Request, pk: UUID) -> Response:
        again = imports.retry(job=_job(request, pk), now=timezone.now())
        return Response({"again": again}, status=202)
