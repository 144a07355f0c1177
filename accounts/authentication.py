"""How a program proves who it is to the API, and what it may do there."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.services import tokens


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer laurel_…`, never a query string, which would end up in logs."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise AuthenticationFailed(_("Send one token: Authorization: Bearer laurel_…"))
        token = tokens.resolve(key=words[1].decode("latin-1"), now=timezone.now())
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, has ended or was withdrawn."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Laurel"'


class HasScope(BasePermission):
    """Signed in, and with a token only within its scopes.

    A view names its noun in `scope`; reading asks for `noun:read`, anything else `noun:write`.
    A view without a noun may be read with any token, and changed with none.
    """

    message = _("This token does not have the scope for that. Make one that does, in your profile.")

    def has_permission(self, request: Request, view: Any) -> bool:
        if not (request.user and request.user.is_authenticated):
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        noun = getattr(view, "scope", None)
        if noun is None:
            return request.method in SAFE_METHODS
        verb = "read" if request.method in SAFE_METHODS else "write"
        return f"{noun}:{verb}" in request.auth.scopes
