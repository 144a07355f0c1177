"""Whoever holds the token: their name, and what the token may do."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiToken, Notification, Scope
from accounts.rest import Problem, person


class TokenOut(serializers.Serializer[ApiToken]):
    """The token that was used."""

    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    expires_at = serializers.DateTimeField(allow_null=True)


class MeOut(serializers.Serializer[Any]):
    """Whoever asks. Addresses stay out of the API: a token may be in another program's hands."""

    id = serializers.UUIDField()
    name = serializers.CharField(help_text=_("As employers read it; may be empty"))
    joined_at = serializers.DateTimeField()
    unread_notifications = serializers.IntegerField()
    token = TokenOut(
        allow_null=True, help_text=_("The token in use, or null in a browser's session")
    )


class Me(APIView):
    """Whoever asks."""

    scope = None  # any token may learn whose it is

    @extend_schema(
        operation_id="me",
        summary=_("Who am I?"),
        description=_("Whose token this is, and what it may do. Works with every token."),
        tags=["me"],
        responses={200: MeOut, 401: Problem},
        examples=[
            OpenApiExample(
                "A token for reading",
                response_only=True,
                status_codes=["200"],
                value={
                    "id": "5b0ad2a4-6f0e-4a43-9f0f-6a4a2c1f0d11",
                    "name": "Ada Moreau",
                    "joined_at": "2026-03-01T09:00:00Z",
                    "unread_notifications": 2,
                    "token": {
                        "name": "Backup script",
                        "scopes": ["badges:read"],
                        "expires_at": "2027-01-31T23:59:59Z",
                    },
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        user = person(request)
        unread = Notification.objects.filter(user=user, read_at=None).count()
        return Response(
            MeOut(
                {
                    "id": user.pk,
                    "name": user.name,
                    "joined_at": user.created_at,
                    "unread_notifications": unread,
                    "token": request.auth if isinstance(request.auth, ApiToken) else None,
                }
            ).data
        )
