"""Keys to connected accounts: opened, renewed by one worker at a time, and shown to one API alone.

    answers = access.answers(source=source, now=started)
    with fetch.session() as get:
        asked = Web(access.authorised(source=source, sender=get, clock=clock), clock)
        for found in reader.find(answers, fetch=asked): ...
    access.looked(source=source, at=started, whole=not answers["since"])

`authorised` stands below `Web`, so that manners and back-off hold for a connected account as for
any site. Its answers are one person's: nothing above it may remember them (readers of accounts
never give a `max_age`).

A provider that gives out a new refresh token each time takes the second use of an old one for
theft, and closes the account to us. So renewing is a claim on the row, made by one conditional
UPDATE, and no database transaction is open while the provider is being asked: with SQLite that
would stop the whole site for as long as a stranger likes to wait.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.services import audit, sealing
from badges import oauth
from badges.addresses import Refused, Target, parse
from badges.fetch import Sender
from badges.models import Connection, Provider, Source
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched

Clock = Callable[[], datetime]

SEALED_AS = "key to an account"
HOLD = timedelta(seconds=40)  # for one renewal: longer than a fetch may take
EARLY = timedelta(seconds=60)  # a key about to end is renewed before it is used
OVERLAP = timedelta(days=1)  # clocks differ, and some providers know days only
# `since` counts by the day of issue: what was dated back or taken back is seen in a whole look.
WHOLE_EVERY = timedelta(days=7)
ENDED = {"invalid_grant", "invalid_client", "unauthorized_client"}
MOST = 64 * 1024  # bytes of an answer about keys


class Lapsed(OpenBadgesError):
    """The provider does not let us in any more: only its owner can connect the account again."""


# --- Seals -----------------------------------------------------------------------------------


def sealed(secret: str, *, row: UUID | str, column: str) -> str:
    return sealing.seal(secret, purpose=SEALED_AS, bound_to=f"{row} {column}") if secret else ""


def opened(text: str, *, row: UUID | str, column: str) -> str:
    """The secret, "" when there is none or this site's key has changed since."""
    return sealing.unseal(text, purpose=SEALED_AS, bound_to=f"{row} {column}") or ""


def keys_of(connection: Connection) -> tuple[str, str]:
    """The access and the refresh token."""
    return (
        opened(connection.sealed_access, row=connection.pk, column="access"),
        opened(connection.sealed_refresh, row=connection.pk, column="refresh"),
    )


def fields_of(grant: oauth.Grant, *, row: UUID, now: datetime) -> dict[str, Any]:
    """The columns of a connection that a grant fills."""
    lasts = None if grant.lasts is None else now + timedelta(seconds=grant.lasts)
    fields: dict[str, Any] = {
        "sealed_access": sealed(grant.access, row=row, column="access"),
        "expires_at": lasts,
        "renewing_until": None,
    }
    if grant.refresh:  # a provider that does not change it does not say it again
        fields["sealed_refresh"] = sealed(grant.refresh, row=row, column="refresh")
    if grant.scopes is not None:
        fields["scopes"] = list(grant.scopes)
    return fields


def client_of(provider: Provider) -> oauth.Client | None:
    """What we are called there, None when that has to be made anew."""
    secret = opened(provider.sealed_secret, row=provider.pk, column="secret")
    return oauth.Client(provider.client_id, secret) if provider.client_id and secret else None


# --- Asking for keys -------------------------------------------------------------------------


def ask(provider: Provider, endpoint: str, *, sender: Sender, **fields: str) -> Fetched:
    """Send a form to one of the provider's endpoints, under our name there.

    Raises `Refusal` for a plain no, and `Unreachable` when asking again later may help.
    """
    client, site = client_of(provider), provider.host
    if client is None:
        raise oauth.told("invalid_client", site=site)
    url = provider.endpoints[endpoint]
    answer = sender.send(
        "POST",
        url,
        headers=oauth.client_header(client),
        body=oauth.form(**fields),
        content_type=oauth.FORM,
        accept="application/json",
        max_bytes=MOST,
    )
    if answer.status in {200, 201}:
        return answer
    if answer.status == 429 or answer.status >= 500:
        message = _("%(site)s cannot answer at the moment (%(status)s). Try again later.")
        raise Unreachable(message % {"site": site, "status": answer.status}, url)
    refusal = oauth.refusal(answer.body, site=site)
    if refusal.code == "invalid_client":
        # Forgotten there, so it is made anew when somebody next connects.
        Provider.objects.filter(pk=provider.pk, client_id=client.id).update(client_id="")
    raise refusal


def token(
    connection_id: UUID,
    *,
    sender: Sender,
    clock: Clock,
    spent: str = "",
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """An access token that is good for now, and is not `spent`, which the provider refused.

    Raises `Lapsed` when there can be none, `Unreachable` when asking again later may help.
    """
    patience = clock() + HOLD
    while True:
        connection = _read(connection_id)
        access, refresh = keys_of(connection)
        if connection.lapsed_at is not None:
            raise _lapsed(connection)
        ending = connection.expires_at is not None and clock() >= connection.expires_at - EARLY
        if access and access != spent and not (ending and refresh):
            return access
        if not refresh:
            raise lapse(connection, now=clock())
        if _claim(connection, clock()):
            return _renew(connection, refresh=refresh, sender=sender, clock=clock)
        if clock() > patience:
            message = _("The key to your account at %(site)s is being renewed. Try again later.")
            site = connection.provider
            raise Unreachable(message % {"site": site}, site.endpoints["refresh"])
        pause(0.2)


def _read(connection_id: UUID) -> Connection:
    found = Connection.objects.select_related("provider").filter(pk=connection_id).first()
    if found is None:
        raise Lapsed(_("This account is not connected any more."))
    return found


def _claim(connection: Connection, now: datetime) -> bool:
    """Take the right to use the refresh token. The seal stands in the condition: whoever read it
    before another worker stored a new one must not come and use up the new one's turn."""
    free = Q(renewing_until=None) | Q(renewing_until__lt=now)
    rows = Connection.objects.filter(
        free,
        pk=connection.pk,
        renewals=connection.renewals,
        sealed_refresh=connection.sealed_refresh,
        sealed_access=connection.sealed_access,
    )
    # Durable: were this or the new keys undone with what surrounds them, the refresh token would
    # be used twice. So nobody may ask for a key inside a transaction.
    with transaction.atomic(durable=True):
        taken = rows.update(renewals=F("renewals") + 1, renewing_until=now + HOLD)
    connection.renewals += 1
    return bool(taken)


def _renew(connection: Connection, *, refresh: str, sender: Sender, clock: Clock) -> str:
    mine = Connection.objects.filter(pk=connection.pk, renewals=connection.renewals)
    site, url = connection.provider.host, connection.provider.endpoints["refresh"]
    try:
        answer = ask(
            connection.provider,
            "refresh",
            sender=sender,
            grant_type="refresh_token",
            refresh_token=refresh,
        )
        grant = oauth.read_grant(answer.body, site=site)
    except oauth.Refusal as refusal:
        mine.update(renewing_until=None)
        if refusal.code in ENDED:
            raise lapse(connection, now=clock()) from None
        raise Unreachable(refusal.message, url) from None
    except oauth.BadAnswer as problem:
        mine.update(renewing_until=None)
        raise Unreachable(problem.message, url) from None
    except Unreachable:
        mine.update(renewing_until=None)
        raise
    with transaction.atomic(durable=True):
        kept = mine.update(**fields_of(grant, row=connection.pk, now=clock()))
    if not kept:
        raise Unreachable(_("This account has just been connected anew. Try again."), url)
    return grant.access


def lapse(connection: Connection, *, now: datetime) -> Lapsed:
    """Note once that the provider has shut the door, and return the error that says so: the look
    that meets it tells the owner."""
    with transaction.atomic():
        rows = Connection.objects.filter(pk=connection.pk, lapsed_at=None)
        if rows.update(lapsed_at=now, renewing_until=None):
            audit.record(actor=None, action="account.lapsed", target=connection)
    return _lapsed(connection)


def _lapsed(connection: Connection) -> Lapsed:
    message = _(
        "%(site)s does not let us in any more. Connect it again to get new badges; those that "
        "you have stay."
    )
    return Lapsed(message % {"site": connection.provider})


# --- What a look at a source needs -----------------------------------------------------------


def answers(*, source: Source, now: datetime) -> dict[str, str]:
    """What the reader of a connected account needs to know.

    With an empty `since` everything is listed, and what is not listed is gone; with a moment in
    it only what is new is, and what is missing means nothing.
    """
    connection = _of(source)
    if connection is None:
        return {"base": "", "since": ""}
    last, since = connection.whole_at, ""
    if last is not None and connection.since is not None and now - last < WHOLE_EVERY:
        since = f"{connection.since - OVERLAP:%Y-%m-%dT%H:%M:%SZ}"
    return {"base": connection.provider.base, "since": since}


def looked(*, source: Source, at: datetime, whole: bool) -> None:
    """A look that began at `at` came to its end, with nothing left unread."""
    fields = {"since": at} | ({"whole_at": at} if whole else {})
    # Not one that began before the account was connected anew: it may be another account now.
    Connection.objects.filter(source=source, connected_at__lte=at).update(**fields)


def _of(source: Source) -> Connection | None:
    return Connection.objects.select_related("provider").filter(source=source).first()


def authorised(*, source: Source, sender: Sender, clock: Clock) -> Fetch:
    """A fetch that shows the key of this account to its own API, and to nobody else."""
    connection = _of(source)
    if connection is None:
        return sender
    return _Authorised(connection, parse(connection.provider.base), sender, clock)


@dataclass(slots=True)
class _Authorised:
    connection: Connection
    base: Target
    sender: Sender
    clock: Clock
    key: str = ""

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        if not self._is_for(url):
            return self.sender(url, accept=accept, max_bytes=max_bytes, max_age=max_age)
        if not self.key:
            self.key = token(self.connection.pk, sender=self.sender, clock=self.clock)
        answer = self._send(url, accept, max_bytes)
        if answer.status != 401:
            return answer
        self.key = token(self.connection.pk, sender=self.sender, clock=self.clock, spent=self.key)
        answer = self._send(url, accept, max_bytes)
        if answer.status == 401:
            raise lapse(self.connection, now=self.clock())
        return answer

    def _send(self, url: str, accept: str, max_bytes: int) -> Fetched:
        headers: Mapping[str, str] = oauth.bearer(self.key)
        return self.sender.send("GET", url, headers=headers, accept=accept, max_bytes=max_bytes)

    def _is_for(self, url: str) -> bool:
        """Whether this address is inside the API, however it is spelt."""
        try:
            target = parse(url)
        except Refused:
            return False
        path = target.path.partition("?")[0].lower()
        steps = path.replace("%2e", ".").replace("%2f", "/").replace("%5c", "/").split("/")
        inside = target.path.startswith(self.base.path.rstrip("/") + "/")
        return target.origin == self.base.origin and inside and not {".", ".."} & set(steps)
