"""Connects an account elsewhere, and lets it go: what a person does. `access` is for workers.

`discovering` finds out what a provider offers. We register there once for the whole site, remember
that this very person is on their way, and send them off (`begin`). They come back with a code,
which is exchanged for keys (`complete`). Each provider has a return address of its own, so that one
provider's code can never be taken to another.
"""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit
from badges import oauth
from badges.addresses import Refused, parse
from badges.fetch import Sender
from badges.models import Connection, ConnectionRequest, Provider, Source
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.services import access, following
from badges.sources.account import Offer

ON_THEIR_WAY = timedelta(minutes=10)
UNUSED = timedelta(days=30)
SOFTWARE_ID = "5b6c7c0e-0d6f-4a3e-9a5e-0f6d2f1c8e11"  # the same for every Laurel
LAST_DAY = 253_402_214_400  # the end of 9999, in seconds since 1970


class TooManySources(OpenBadgesError):
    """This person follows as many sources as one person may."""


class NotOurs(OpenBadgesError):
    """Somebody came back whom we did not send, or too late, or for the second time."""


def known_to(user: User) -> "QuerySet[Provider]":
    """The providers that staff recommend, and those where this learner has been."""
    return Provider.objects.filter(Q(listed=True) | Q(connections__owner=user)).distinct()


# --- Going there -----------------------------------------------------------------------------


def return_address(provider: Provider) -> str:
    """Where this provider sends people back: from the settings and never from a request."""
    return settings.SITE_URL + reverse("badges:connect-return", args=[provider.pk])


def begin(*, user: User, offer: Offer, sender: Sender, now: datetime) -> str:
    """The address at the provider where this person says yes. Registers us there if need be."""
    provider = _provider(offer)
    known = Connection.objects.filter(owner=user, provider=provider).exists()
    if not known and Source.objects.owned_by(user).count() >= following.MAX_SOURCES:
        message = _("You follow %(count)s sources already. Remove one of them first.")
        raise TooManySources(message % {"count": following.MAX_SOURCES})
    provider = _register(provider, sender, now)
    client = access.client_of(provider)
    if client is None:  # the key of this site changed a moment ago
        raise oauth.told("invalid_client", site=provider.host)
    state, verifier = oauth.new_secret(), oauth.new_secret()
    digest = _digest(state)
    ConnectionRequest.objects.create(
        digest=digest,
        owner=user,
        provider=provider,
        sealed_verifier=access.sealed(verifier, row=digest, column="verifier"),
        ends_at=now + ON_THEIR_WAY,
    )
    return oauth.authorization_url(
        provider.endpoints["authorization"],
        client_id=client.id,
        redirect_uri=return_address(provider),
        scopes=provider.scopes,
        state=state,
        pkce=oauth.challenge(verifier),
    )


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()


def _provider(offer: Offer) -> Provider:
    provider, _new = Provider.objects.update_or_create(
        kind=offer.kind,
        base=offer.base,
        defaults={
            "host": offer.host,
            "found_at": offer.found_at,
            "name": offer.name,
            "terms_url": offer.terms,
            "privacy_url": offer.privacy,
            "scopes": list(offer.scopes),
            "endpoints": {
                "registration": offer.registration,
                "authorization": offer.authorization,
                "token": offer.token,
                "refresh": offer.refresh,
                "revocation": offer.revocation,
            },
        },
    )
    return provider


def _register(provider: Provider, sender: Sender, now: datetime) -> Provider:
    back = return_address(provider)
    if provider.is_registered(back, now) and access.client_of(provider) is not None:
        return provider
    client = _registration(provider, back, sender)
    ends = min(client.expires, LAST_DAY)
    # Of two people who come first at once, one registration stays, and both go by it.
    Provider.objects.filter(pk=provider.pk, registered_at=provider.registered_at).update(
        client_id=client.id,
        sealed_secret=access.sealed(client.secret, row=provider.pk, column="secret"),
        secret_ends_at=datetime.fromtimestamp(ends, UTC) if ends else None,
        redirect_uri=back,
        registered_at=now,
    )
    provider.refresh_from_db()
    return provider


def _registration(provider: Provider, back: str, sender: Sender) -> oauth.Client:
    """Introduce this site (RFC 7591). The standard asks for each of these."""
    site, url = settings.SITE_URL, provider.endpoints["registration"]
    about = {
        "client_name": "Laurel",
        "client_uri": site,
        "logo_uri": f"{site}/static/img/icon-512.png",
        "tos_uri": f"{site}/",
        "policy_uri": f"{site}/",
        "software_id": SOFTWARE_ID,
        "software_version": settings.VERSION,
        "redirect_uris": [back],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": " ".join(provider.scopes),
    }
    answer = sender.send(
        "POST",
        url,
        body=json.dumps(about).encode(),
        content_type="application/json",
        accept="application/json",
        max_bytes=access.MOST,
    )
    if answer.status == 429 or answer.status >= 500:
        message = _("%(site)s cannot answer at the moment (%(status)s). Try again later.")
        raise Unreachable(message % {"site": provider.host, "status": answer.status}, url)
    if answer.status not in {200, 201}:
        code = oauth.refusal(answer.body, site=provider.host).code
        message = _("%(site)s does not take in other sites by itself (%(why)s).")
        told = {"site": provider.host, "why": code or answer.status}
        raise oauth.Refusal(message % told, code)
    return oauth.read_client(answer.body, site=provider.host, redirect_uri=back)


# --- Coming back -----------------------------------------------------------------------------


def complete(
    *, user: User, provider_id: UUID, told: Mapping[str, str], sender: Sender, now: datetime
) -> Connection:
    """Take up what the provider told in the address that it sent this person back to.

    Raises `NotOurs`, `oauth.Refusal` (they said no, or the provider does), or another
    `OpenBadgesError`.
    """
    provider, verifier = _expected(user, provider_id, told.get("state", ""), now)
    if "error" in told:
        raise oauth.told(told["error"], site=provider.host)
    if not _is_from(provider, told.get("iss", "")) or not told.get("code"):
        raise NotOurs(
            _("What came back is not from %(site)s. Nothing was connected.")
            % {"site": provider.host}
        )
    answer = access.ask(
        provider,
        "token",
        sender=sender,
        grant_type="authorization_code",
        code=told["code"],
        redirect_uri=return_address(provider),
        code_verifier=verifier,
    )
    grant = oauth.read_grant(answer.body, site=provider.host)
    if grant.scopes is not None and provider.scopes[0] not in grant.scopes:
        raise oauth.told("invalid_scope", site=provider.host)
    return _keep(user, provider, grant, now)


def _expected(user: User, provider_id: UUID, state: str, now: datetime) -> tuple[Provider, str]:
    """Whom we sent where, once: the row goes before anything else is looked at."""
    waiting = ConnectionRequest.objects.filter(
        digest=_digest(state), owner=user, provider_id=provider_id
    )
    request = waiting.select_related("provider").first()
    if request is None or not waiting.delete()[0] or request.ends_at <= now:
        raise NotOurs(
            _(
                "This way back was used before, is older than ten minutes, or did not begin "
                "here. Nothing was connected; begin again."
            )
        )
    verifier = access.opened(request.sealed_verifier, row=request.digest, column="verifier")
    return request.provider, verifier


def _is_from(provider: Provider, issuer: str) -> bool:
    """Whether an answer that names its sender (RFC 9207) names this provider."""
    if not issuer:
        return True
    try:
        here = parse(provider.endpoints["authorization"])
        return parse(issuer).origin == here.origin
    except Refused:
        return False


def _keep(user: User, provider: Provider, grant: oauth.Grant, now: datetime) -> Connection:
    row = uuid4()
    with contextlib.suppress(IntegrityError), transaction.atomic():
        answers = {"connection": str(row)}
        source = Source.objects.create(
            owner=user,
            reader=provider.kind,
            answers=answers,
            key=Source.key_of(provider.kind, answers),
            title=provider.name,
            url=f"https://{provider.host}",
            created_at=now,
            next_look_at=now,
        )
        connection = Connection.objects.create(
            id=row,
            owner=user,
            provider=provider,
            source=source,
            connected_at=now,
            **{"scopes": provider.scopes, **access.fields_of(grant, row=row, now=now)},
        )
        audit.record(actor=user, action="account.connected", target=connection, host=provider.host)
        return connection
    return _renewed(user, provider, grant, now)


def _renewed(user: User, provider: Provider, grant: oauth.Grant, now: datetime) -> Connection:
    """Connected before: new keys for the same source, which is looked at as a whole again, since
    another account may be behind it now."""
    with transaction.atomic():
        connection = Connection.objects.select_related("source").get(owner=user, provider=provider)
        fields = {"sealed_refresh": "", **access.fields_of(grant, row=connection.pk, now=now)}
        Connection.objects.filter(pk=connection.pk).update(
            **fields,
            # Whoever is renewing the old keys right now must not store over the new ones.
            renewals=connection.renewals + 1,
            connected_at=now,
            lapsed_at=None,
            since=None,
            whole_at=None,
        )
        Source.objects.filter(pk=connection.source_id).update(
            next_look_at=now, paused=False, failures=0, broken_since=None, trouble=""
        )
        audit.record(
            actor=user, action="account.connected_again", target=connection, host=provider.host
        )
    connection.refresh_from_db()
    return connection


# --- Letting go ------------------------------------------------------------------------------


def disconnect(
    *, source: Source, keep_badges: bool, sender: Sender, actor: User, now: datetime
) -> bool:
    """Forget the keys and the source, and its badges unless they are to stay.

    The keys are gone here before the provider is told to forget them there. Returns whether it
    said that it did: if not, the learner can still end it in their account.
    """
    connection = Connection.objects.select_related("provider").get(source=source)
    provider, keys = connection.provider, access.keys_of(connection)
    with transaction.atomic():
        audit.record(
            actor=actor, action="account.disconnected", target=connection, host=provider.host
        )
        # The connection goes with it.
        following.remove(source=source, keep_badges=keep_badges, actor=actor, now=now)
    return _take_back(provider, keys, sender)


def _take_back(provider: Provider, keys: tuple[str, str], sender: Sender) -> bool:
    """Have the keys end at the provider as well (RFC 7009), the longer-lived first."""
    if not provider.endpoints.get("revocation"):
        return False
    short, long = keys
    told = False
    for key, kind in ((long, "refresh_token"), (short, "access_token")):
        if key:
            try:
                access.ask(provider, "revocation", sender=sender, token=key, token_type_hint=kind)
                told = True
            except OpenBadgesError:
                return False
    return told


def tidy(*, now: datetime) -> None:
    """Forget who never came back, and providers that nobody uses."""
    ConnectionRequest.objects.filter(ends_at__lt=now).delete()
    Provider.objects.filter(
        connections=None, requests=None, listed=False, created_at__lt=now - UNUSED
    ).delete()
