"""The few words of OAuth 2.0 that we speak to a provider: written and read here, sent elsewhere.

Pure, so that every odd answer can be tried without a server. It is what Open Badges 2.1 and 3.0
ask of a client and no more: registration by itself (RFC 7591), a code with PKCE S256 (RFC 6749,
RFC 7636), the client's name and password in a header, refresh, and taking back (RFC 7009).

What a provider answers is a stranger's. A token goes into a header of ours later, so it is a short
text of visible characters or it is none; a life is a number of seconds that a calendar can hold;
an answer that says "no" and "yes" at once says "no".
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.utils.translation import gettext as _

from badges.openbadges.errors import OpenBadgesError

FORM = "application/x-www-form-urlencoded"
LONGEST = 366 * 86400  # seconds that an access token is believed to live

_VISIBLE = re.compile(r"[\x21-\x7e]{1,4096}")
_CODE = re.compile(r"[a-z][a-z0-9_.-]{0,60}", re.IGNORECASE)


class BadAnswer(OpenBadgesError):
    """The provider does not keep to the standard. The message says where, for whoever runs it."""


class Refusal(OpenBadgesError):
    """The provider says no. `code` is its own word for why (RFC 6749, 5.2)."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Client:
    """What we are called at a provider. `expires` is in seconds since 1970, 0 for never."""

    id: str
    secret: str
    expires: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """Keys to somebody's account. `lasts` is in seconds, `scopes` None when nothing is said."""

    access: str
    refresh: str = ""
    lasts: int | None = None
    scopes: tuple[str, ...] | None = None


# --- What we say -----------------------------------------------------------------------------


def new_secret() -> str:
    """256 random bits, as `state` and as a code verifier (RFC 7636, 4.1 wants 43 characters)."""
    return secrets.token_urlsafe(32)


def challenge(verifier: str) -> str:
    """What is shown of a verifier at first: its SHA-256 (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorization_url(
    endpoint: str,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: Iterable[str],
    state: str,
    pkce: str,
) -> str:
    """Where the person goes to say yes. An endpoint may have a query of its own."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": pkce,
        "code_challenge_method": "S256",
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def client_header(client: Client) -> dict[str, str]:
    """`client_secret_basic`: both parts are form-encoded before they are joined (2.3.1)."""
    pair = f"{quote_plus(client.id)}:{quote_plus(client.secret)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# --- What we are told ------------------------------------------------------------------------


def read_client(body: bytes, *, site: str, redirect_uri: str) -> Client:
    """The answer to a registration (RFC 7591, 3.2.1)."""
    answer = _object(body, site)
    client_id, secret = _token(answer, "client_id", site), _token(answer, "client_secret", site)
    method = answer.get("token_endpoint_auth_method", "client_secret_basic")
    echoed = answer.get("redirect_uris", [redirect_uri])
    if method != "client_secret_basic" or not isinstance(echoed, list):
        raise _odd(site, "token_endpoint_auth_method, redirect_uris")
    if redirect_uri not in echoed:
        raise _odd(site, "redirect_uris")
    expires = _seconds(answer.get("client_secret_expires_at"))
    return Client(client_id, secret, expires or 0)


def read_grant(body: bytes, *, site: str) -> Grant:
    """The answer of a token endpoint (RFC 6749, 5.1)."""
    answer = _object(body, site)
    if "error" in answer:
        raise refusal(body, site=site)
    kind = answer.get("token_type")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise _odd(site, "token_type")
    refresh = _token(answer, "refresh_token", site) if answer.get("refresh_token") else ""
    scope = answer.get("scope")
    scopes = tuple(scope.split()[:50]) if isinstance(scope, str) and scope.strip() else None
    lasts = _seconds(answer.get("expires_in"))
    lasts = None if lasts is None else min(lasts, LONGEST)
    return Grant(_token(answer, "access_token", site), refresh, lasts, scopes)


def refusal(body: bytes, *, site: str) -> Refusal:
    """Why a provider refuses, in words where its code is a known one. Never raises."""
    try:
        code = _object(body, site).get("error")
    except BadAnswer:
        code = ""
    return told(code if isinstance(code, str) else "", site=site)


def told(code: str, *, site: str) -> Refusal:
    """What an error code means to the person who waits (RFC 6749, 4.1.2.1 and 5.2)."""
    code = code if _CODE.fullmatch(code) else ""
    words = {
        "access_denied": _("You said no at %(site)s, so nothing was connected."),
        "invalid_grant": _("%(site)s does not know this permission any more. Connect again."),
        "invalid_client": _("%(site)s does not know this site any more. Connect again."),
        "unauthorized_client": _("%(site)s does not know this site any more. Connect again."),
        "invalid_scope": _("%(site)s does not let other sites read badges."),
        "temporarily_unavailable": _("%(site)s is busy. Try again in a few minutes."),
        "server_error": _("%(site)s had a fault of its own. Try again later."),
    }
    fallback = _("%(site)s refused, and did not say why in a way that we know. Try again later.")
    message = words.get(code, fallback) % {"site": site}
    if code and code not in words:
        message = f"{message} ({code})"
    return Refusal(message, code)


def _object(body: bytes, site: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _odd(site, "JSON")
    return answer


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name that stands there twice")
    return found


def _token(answer: Mapping[str, Any], name: str, site: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value):
        raise _odd(site, name)
    return value


def _seconds(value: Any) -> int | None:
    """Providers write numbers as numbers, as text, and with a point behind."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value.strip(), re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 1e12 else None


def _odd(site: str, where: str) -> BadAnswer:
    message = _(
        "%(site)s answers in a way that the standard does not know (%(where)s). Whoever runs it "
        "has to mend that; until then, download your badges there and bring the files."
    )
    return BadAnswer(message % {"site": site, "where": where})
