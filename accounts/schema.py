"""What the OpenAPI document says of our tokens and their scopes."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry
from rest_framework.permissions import SAFE_METHODS

from accounts.models import Scope


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its base
    """How the OpenAPI document describes our tokens."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        scopes = "; ".join(f"`{scope.value}`: {scope.label.lower()}" for scope in Scope)
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "laurel_…",
            "description": f"A token made in your profile, within its scopes. {scopes}.",
        }


class Schema(AutoSchema):
    """Adds to each operation the scope that HasScope will ask for."""

    def get_operation(
        self,
        path: str,
        path_regex: str,
        path_prefix: str,
        method: str,
        registry: ComponentRegistry,
    ) -> Any:
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        noun = getattr(self.view, "scope", None)
        if operation is not None and noun is not None:
            verb = "read" if method.upper() in SAFE_METHODS else "write"
            operation["x-scope"] = f"{noun}:{verb}"
        return operation
