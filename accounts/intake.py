"""How much the API reads in one request, and how many requests in a minute.

Apart from `rest`, because DRF loads these while its own views are still being defined.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.services import limits

if TYPE_CHECKING:
    from rest_framework.views import APIView

MAX_JSON = 4 * 1024 * 1024
MAX_MULTIPART = 64 * 1024 * 1024
PER_MINUTE = 600
PER_MINUTE_ANONYMOUS = 60


class TooLarge(APIException):
    """More bytes than an address of the API reads."""

    status_code = 413
    default_detail = gettext_lazy("This request is too large. Send it in smaller pieces.")
    default_code = "too_large"


def _refuse_larger_than(limit: int, parser_context: Mapping[str, Any] | None) -> None:
    request = (parser_context or {}).get("request")
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0) if request is not None else 0
    except ValueError:
        length = 0
    if length > limit:
        raise TooLarge


class Json(JSONParser):
    """JSON within a bound, known before a byte of it is read."""

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        _refuse_larger_than(MAX_JSON, parser_context)
        try:
            return super().parse(stream, media_type, dict(parser_context or {}))
        except RecursionError:
            raise ParseError(_("This JSON is nested too deeply.")) from None


class Multipart(MultiPartParser):
    """Files within a bound, known before a byte of them is read."""

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        _refuse_larger_than(MAX_MULTIPART, parser_context)
        return super().parse(stream, media_type, dict(parser_context or {}))


class Allowance(BaseThrottle):
    """So many requests a minute for a person, however many keys they hold.

    Counted in rows, like every other allowance: no restart hands out a fresh one.
    """

    again_at: datetime | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if request.user is not None and request.user.is_authenticated:
            key, allowed = f"api:{request.user.pk}", PER_MINUTE
        else:
            key, allowed = f"api:{self.get_ident(request)}", PER_MINUTE_ANONYMOUS
        try:
            limits.hit(key=key, allowed=allowed, per=timedelta(minutes=1), now=timezone.now())
        except limits.TooOften as spent:
            self.again_at = spent.again_at
            return False
        return True

    def wait(self) -> float | None:
        if self.again_at is None:
            return None
        return max(1.0, (self.again_at - timezone.now()).total_seconds())
