"""The Open Badges 3.0 API: a connected account whose badges are verifiable credentials.

A provider describes itself in an OpenAPI document at `{base}/discovery`. The list of badges is at
`{base}/credentials`, as objects (`credential`) and as signed texts (`compactJwsString`, in the
standard's own example `compactJwsStrings`).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from badges.sources.account import AccountReader, Home, Offer, key, token
from badges.sources.badge_connect import SCOPE_3
from badges.sources.base import Found, text, web

BASE = "/ims/ob/v3p0"
PATH = f"{BASE}/discovery"


def offers(description: Mapping[str, Any], home: Home) -> tuple[Offer, ...]:
    """The API that this document describes. Raises `BadOffer`."""
    info = _object(description.get("info"))
    scheme = _scheme(_object(_object(description.get("components")).get("securitySchemes")))
    flow = _object(_object(scheme.get("flows")).get("authorizationCode"))
    token_url = home.door(flow.get("tokenUrl"))
    scopes = flow.get("scopes")
    name = scheme.get("x-imssf-name") or info.get("title")
    terms = scheme.get("x-imssf-termsOfServiceUrl") or info.get("termsOfService")
    privacy = scheme.get("x-imssf-privacyPolicyUrl") or info.get("x-imssf-privacyPolicyUrl")
    return (
        Offer(
            kind=OpenBadgesApi.name,
            name=home.name(name),
            host=home.host,
            base=str(home.target).partition("?")[0].removesuffix("/discovery"),
            found_at=home.url,
            registration=home.door(scheme.get("x-imssf-registrationUrl")),
            authorization=home.door(flow.get("authorizationUrl")),
            token=token_url,
            refresh=home.door(flow.get("refreshUrl"), required=False) or token_url,
            revocation=home.door(scheme.get("x-imssf-revocationUrl"), required=False),
            scopes=home.scopes(
                scopes if isinstance(scopes, dict | list) else {}, "credential.readonly", SCOPE_3
            ),
            terms=web(terms),
            privacy=web(privacy),
        ),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _scheme(schemes: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one by its name in the standard, or the first that has a code to give."""
    named = _object(schemes.get("OAuth2ACG"))
    if named:
        return named
    usable = (_object(one) for one in schemes.values())
    return next((one for one in usable if _object(one.get("flows")).get("authorizationCode")), {})


class OpenBadgesApi(AccountReader):
    """The badges of an account that speaks the Open Badges 3.0 API."""

    name = "ob3_api"
    title = "Open Badges 3.0"
    path: ClassVar[str] = "credentials"
    lists: ClassVar[tuple[str, ...]] = ("credential", "compactJwsString", "compactJwsStrings")

    def found(self, value: Any, piece: str) -> Found | None:
        signed = token(value)
        if signed is not None:
            jws, claims = signed
            inner = _object(claims.get("vc")) or claims
            own = inner.get("id") or claims.get("jti")
            return Found(key(own, jws), _label(inner), data=jws.encode())
        if not isinstance(value, dict) or not value:
            return None
        return Found(key(value.get("id"), piece), _label(value), data=piece.encode())


def _label(credential: Mapping[str, Any]) -> str:
    subject = credential.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) and subject else subject
    achievement = _object(_object(subject).get("achievement"))
    return text(credential.get("name"), 300) or text(achievement.get("name"), 300)
