"""Badge Connect: a connected account by Open Badges 2.1.

A provider describes itself at `/.well-known/badgeconnect.json`, in a list, since it may run more
than one API. The list of badges is at `{apiBase}/assertions`; each badge is an Open Badges 2.0
assertion, hosted (`assertions`, in older servers `results`) or signed (`signedAssertions`).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from badges.openbadges.errors import Unreachable
from badges.sources import hosted
from badges.sources.account import AccountReader, BadOffer, Home, Offer, host_of, key, token
from badges.sources.base import Found, text, web

PATH = "/.well-known/badgeconnect.json"
SCOPE = "https://purl.imsglobal.org/spec/ob/v2p1/scope/assertion.readonly"
SCOPE_3 = "https://purl.imsglobal.org/spec/ob/v3p0/scope/credential.readonly"
MOST = 20  # APIs of one provider


def offers(manifest: Mapping[str, Any], home: Home) -> tuple[Offer, ...]:
    """The APIs that this manifest describes. Raises `BadOffer` when none can be connected to."""
    described = manifest.get("badgeConnectAPI")
    described = described if isinstance(described, list) else [described]
    found: list[Offer] = []
    problem = BadOffer(_("%(host)s describes no way to connect.") % {"host": home.host})
    for api in described[:MOST]:
        if isinstance(api, dict):
            try:
                found.append(_offer(api, home))
            except BadOffer as error:
                problem = error
    if not found:
        raise problem
    return tuple({offer.base: offer for offer in found}.values())


def _offer(api: Mapping[str, Any], home: Home) -> Offer:
    base = home.door(api.get("apiBase")).rstrip("/")
    # Some list the API of Open Badges 3.0 here as well.
    newer = "/ims/ob/v3p" in base or text(api.get("version")).startswith("v3")
    scopes = api.get("scopesOffered")
    scopes = scopes if isinstance(scopes, list) else []
    read, usual = ("credential.readonly", SCOPE_3) if newer else ("assertion.readonly", SCOPE)
    token_url = home.door(api.get("tokenUrl"))
    return Offer(
        kind="ob3_api" if newer else BadgeConnect.name,
        name=home.name(api.get("name")),
        host=home.host,
        base=base,
        found_at=home.url,
        registration=home.door(api.get("registrationUrl")),
        authorization=home.door(api.get("authorizationUrl")),
        token=token_url,
        refresh=token_url,
        revocation=home.door(api.get("tokenRevocationUrl"), required=False),
        scopes=home.scopes(scopes, read, usual),
        terms=web(api.get("termsOfServiceUrl")),
        privacy=web(api.get("privacyPolicyUrl")),
    )


class BadgeConnect(AccountReader):
    """The badges of an account that speaks Badge Connect."""

    name = "badge_connect"
    title = "Badge Connect"
    path: ClassVar[str] = "assertions"
    lists: ClassVar[tuple[str, ...]] = ("assertions", "signedAssertions", "results")

    def check(self, whole: Mapping[str, Any], url: str) -> None:
        """Every answer is in an envelope, and the envelope may say that there is no answer."""
        status = whole.get("status")
        code = status.get("statusCode") if isinstance(status, dict) else None
        if isinstance(code, int) and not isinstance(code, bool) and code >= 400:
            message = _("%(site)s cannot answer at the moment (%(status)s).")
            raise Unreachable(message % {"site": host_of(url), "status": code}, url)

    def found(self, value: Any, piece: str) -> Found | None:
        if isinstance(value, dict):
            # One that is given and taken in its own wrapping, as when it is sent.
            inner = value.get("assertion") or value.get("signedAssertion")
            if "id" not in value and isinstance(inner, str):
                return self.found(inner, inner)
            return _hosted(value, piece)
        signed = token(value)
        if signed is not None:
            jws, claims = signed
            own = claims.get("id") or claims.get("uid")
            return Found(key(own, jws), _label(claims) or text(own, 300), data=jws.encode())
        address = hosted.address(value)
        return Found(key(address, address), address[:300], url=address) if address else None


def _hosted(assertion: Mapping[str, Any], piece: str) -> Found | None:
    own = assertion.get("id")
    address = hosted.address(own)
    label = _label(assertion) or address[:300]
    if "@context" not in assertion and address:
        # Without it the text is no document of its own; its host has the whole one.
        return Found(key(own, piece), label, url=address)
    if "badge" not in assertion and not address:
        return None
    data = piece.encode()
    return Found(key(own, piece), label, data=data, image=web(assertion.get("image")))


def _label(assertion: Mapping[str, Any]) -> str:
    badge = assertion.get("badge")
    return text(badge.get("name"), 300) if isinstance(badge, dict) else ""
