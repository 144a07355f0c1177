"""What every part of the API does alike: strict input, lists, errors in words."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import (
    ParseError,
    Throttled,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.intake import TooLarge
from accounts.models import User
from accounts.services import limits

# --- In --------------------------------------------------------------------------------------


class Strict(serializers.Serializer[Any]):
    """Input whose unknown fields are refused: a slip of the pen must not pass for success."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = sorted(str(name)[:60] for name in set(data) - known)
            if unknown:
                raise ValidationError({name: [_("There is no such field.")] for name in unknown})
        return super().to_internal_value(data)


class ListQuery(Strict):
    """Which part of a list is asked for."""

    limit = serializers.IntegerField(
        min_value=1, max_value=100, default=50, help_text=gettext_lazy("How many rows, at most 100")
    )
    offset = serializers.IntegerField(
        min_value=0, max_value=1_000_000, default=0, help_text=gettext_lazy("How many to leave out")
    )


def given(serializer: type[Strict], data: Any, **options: Any) -> dict[str, Any]:
    """What came in, checked. Raises ValidationError, which `explain` puts into words."""
    form = serializer(data=data, **options)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def person(request: Request) -> User:
    """Whoever asks. HasScope has let nobody else through."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    return user


# --- Out -------------------------------------------------------------------------------------


class Listing(serializers.Serializer[Any]):
    """A part of a list. Subclasses say what its `results` are."""

    count = serializers.IntegerField(help_text=gettext_lazy("How many rows there are in all"))
    next = serializers.URLField(allow_null=True, help_text=gettext_lazy("The next part, if any"))
    previous = serializers.URLField(
        allow_null=True, help_text=gettext_lazy("The part before, if any")
    )


class Problem(serializers.Serializer[Any]):
    """What went wrong, in one sentence, and per field where fields were at fault."""

    status = serializers.IntegerField()
    detail = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # Not an attribute of the class: `errors` is a property of every serializer.
        texts = serializers.ListField(child=serializers.CharField())
        return {
            **super().get_fields(),
            "errors": serializers.DictField(child=texts, required=False),
        }


def listed(
    request: Request,
    *,
    rows: QuerySet[Any],
    query: Mapping[str, Any],
    serializer: type[serializers.Serializer[Any]],
    **context: Any,
) -> Response:
    """One part of `rows`, with the addresses of its neighbours, at SITE_URL and not at Host."""
    limit, offset, count = query["limit"], query["offset"], rows.count()

    def at(start: int) -> str:
        words = {k: v for k, v in request.query_params.items() if k not in {"limit", "offset"}}
        rest = urlencode({**words, "limit": limit, "offset": start})
        return f"{settings.SITE_URL}{request.path}?{rest}"

    results = serializer(rows[offset : offset + limit], many=True, context=context).data
    return Response(
        {
            "count": count,
            "next": at(offset + limit) if offset + limit < count else None,
            "previous": at(max(0, offset - limit)) if offset else None,
            "results": results,
        }
    )


# --- Errors ----------------------------------------------------------------------------------


def _in_our_words(exc: Exception) -> Exception:
    if isinstance(exc, RequestDataTooBig):
        return TooLarge()
    if isinstance(exc, SuspiciousOperation):  # too many files or fields in one form
        return ParseError(_("This request holds more files or fields than one may."))
    if isinstance(exc, limits.TooOften):
        return Throttled(wait=max(1, (exc.again_at - timezone.now()).total_seconds()))
    return exc


def _sentence(exc: Exception, detail: Any) -> str:
    if isinstance(exc, Throttled):
        wait = {"seconds": int(getattr(exc, "wait", None) or 60)}
        return _("That was too often. Try again in %(seconds)s seconds.") % wait
    if isinstance(exc, Http404):
        return _("There is nothing at this address, or it is not yours.")
    if isinstance(exc, UnsupportedMediaType):
        return _("Send application/json, or multipart/form-data where files are taken.")
    return str(detail)


def _flat(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Field by field, however deeply DRF has nested what it found."""
    found: dict[str, list[str]] = {}
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            here = f"{path}.{name}" if path else str(name)
            found.update(_flat(inner, here))
    elif isinstance(detail, list) and any(isinstance(part, Mapping) for part in detail):
        for index, inner in enumerate(detail):
            found.update(_flat(inner, f"{path}[{index}]"))
    elif detail:
        found[path] = [str(part) for part in (detail if isinstance(detail, list) else [detail])]
    return found


def explain(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal in one shape: `status`, `detail` as a sentence, `errors` by field."""
    exc = _in_our_words(exc)
    response = exception_handler(exc, context)
    if response is None:
        return None
    body: dict[str, Any] = {"status": response.status_code}
    if isinstance(exc, ValidationError):
        errors = {
            ("" if name == "non_field_errors" else name.removesuffix(".non_field_errors")): said
            for name, said in _flat(exc.detail).items()
        }
        general = errors.pop("", None)
        if general:
            body["detail"] = " ".join(general)
        else:
            body["detail"] = _("Please look again at: %(fields)s.") % {"fields": ", ".join(errors)}
        if errors:
            body["errors"] = errors
    else:
        found = response.data.get("detail", "") if isinstance(response.data, dict) else ""
        body["detail"] = _sentence(exc, found)
    response.data = body
    return response
