"""Connecting an account: finding the way, going there, coming back, letting go."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import LazySettings

from accounts.models import AuditEvent, User
from accounts.services.limits import TooOften
from badges import oauth, sources
from badges.fetch import Fetcher, Policy
from badges.models import (
    Badge,
    Connection,
    ConnectionRequest,
    Source,
)
from badges.models import (
    Provider as KnownProvider,
)
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.services import access, connecting, discovering
from badges.sources.account import BadOffer
from tests.badges.connected import come_back, connect, door, now, offer, parts
from tests.factories import make_badge, make_user
from tests.servers import free_port
from tests.simulators.base import Answer, Mode, Request, Simulator
from tests.simulators.provider import BC, OB3, SCOPES, Fault, Provider

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("kind", ["badge_connect", "ob3_api"])


def discover(ada: User, get: Fetcher, address: str) -> list[tuple[str, str]]:
    found = discovering.discover(user=ada, address=address, fetch=get, now=now())
    return [(one.kind, one.base) for one in found]


def begin(ada: User, provider: Provider, get: Fetcher, kind: str = "ob3_api") -> str:
    chosen = offer(ada, provider, get, kind)
    return connecting.begin(user=ada, offer=chosen, sender=get, now=now())


# --- Finding the way


@pytest.mark.parametrize(
    "address",
    [
        "provider.test",
        " Provider.TEST/ ",
        "https://provider.test",
        "http://provider.test/",
        "https://provider.test/backpack/ada?tab=badges#top",
        "https://provider.test/ims/ob/v3p0",
        "https://provider.test/ims/ob/v3p0/",
    ],
)
def test_any_address_of_the_site_will_do(ada: User, get: Fetcher, address: str) -> None:
    assert discover(ada, get, address) == [
        ("ob3_api", f"https://provider.test{OB3}"),
        ("badge_connect", f"https://provider.test{BC}"),
    ]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://provider.test/.well-known/badgeconnect.json", "badge_connect"),
        ("https://provider.test/ims/ob/v3p0/discovery", "ob3_api"),
    ],
)
def test_the_description_itself_is_taken_at_its_word(
    ada: User, get: Fetcher, provider: Provider, address: str, kind: str
) -> None:
    assert [one[0] for one in discover(ada, get, address)] == [kind]
    assert provider.requests == [urlsplit(address).path]


@pytest.mark.parametrize(
    ("fault", "kind"), [(Fault.ONLY_BC, "badge_connect"), (Fault.ONLY_OB3, "ob3_api")]
)
def test_one_way_is_enough(
    ada: User, get: Fetcher, provider: Provider, fault: Fault, kind: str
) -> None:
    provider.faults = {fault}
    assert [one[0] for one in discover(ada, get, "provider.test")] == [kind]


@pytest.mark.parametrize(
    "address",
    ["", "   ", "ada@provider.test", "my badges", "ftp://provider.test", "https://", "a" * 5000,
     "https://user:pw@provider.test/", "javascript:alert(1)", "127.1", "provider.test\\@evil.test"],
)  # fmt: skip
def test_what_is_no_address_is_told_so_and_asks_nobody(
    ada: User, get: Fetcher, provider: Provider, address: str
) -> None:
    with pytest.raises(discovering.NoProvider, match="no web address"):
        discover(ada, get, address)
    assert provider.requests == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "localhost", "[::1]", "intranet"])
def test_nothing_inside_is_asked(ada: User, get: Fetcher, address: str) -> None:
    with pytest.raises(Unreachable):
        discover(ada, get, address)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (Mode.GONE, "does not say that accounts there can be connected"),
        (Mode.HTML, "does not say that accounts there can be connected"),
        (Mode.TRUNCATED, "does not say that accounts there can be connected"),
        (Mode.REFUSING, "does not say that accounts there can be connected"),
        (Mode.BROKEN, "cannot answer at the moment (500)"),
        (Mode.THROTTLED, "cannot answer at the moment (429)"),
    ],
)
def test_a_site_that_does_not_describe_itself(
    ada: User, get: Fetcher, provider: Provider, mode: Mode, words: str
) -> None:
    provider.mode = mode
    with pytest.raises(OpenBadgesError) as caught:
        discover(ada, get, "provider.test")
    assert words in caught.value.message
    assert "provider.test" in caught.value.message


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.MIXED_HOSTS, "another site (keys.test)"),
        (Fault.LOOKALIKE, "another site (provider.test.evil.test)"),
        (Fault.NO_TLS, "https"),
        (Fault.NO_ADDRESSES, "at which addresses"),
        (Fault.NO_READING, "does not let other sites read badges"),
    ],
)
def test_a_description_that_cannot_be_trusted(
    ada: User, get: Fetcher, provider: Provider, fault: Fault, words: str
) -> None:
    provider.faults = {fault}
    with pytest.raises(BadOffer) as caught:
        discover(ada, get, "provider.test")
    assert words in caught.value.message
    assert not KnownProvider.objects.exists()


class Elsewhere(Simulator):
    reader = ""
    host = "elsewhere.test"

    def answer(self, request: Request) -> Answer:
        return Answer(json.dumps({"badgeConnectAPI": []}).encode())


def test_a_description_that_has_moved_to_another_site_is_not_followed(
    ada: User, provider: Provider, settings: LazySettings
) -> None:
    provider.faults = {Fault.MOVED, Fault.ONLY_BC}
    with Elsewhere() as other, door(provider, other) as get:
        settings.FETCH_ALLOW = [provider.allow, other.allow]
        with pytest.raises(BadOffer, match=r"another site \(elsewhere\.test\)"):
            discover(ada, get, "provider.test")


def test_an_administrator_may_join_two_hosts(
    ada: User, get: Fetcher, provider: Provider, settings: LazySettings
) -> None:
    provider.faults = {Fault.MIXED_HOSTS}
    settings.SOURCE_HOSTS = {"badge_connect": {"provider.test": "keys.test"}}
    sources.readers.cache_clear()
    try:
        assert len(discover(ada, get, "provider.test")) == 2
    finally:
        sources.readers.cache_clear()


def test_looking_around_has_its_measure(ada: User, get: Fetcher, provider: Provider) -> None:
    for _ in range(discovering.TRIES):
        discover(ada, get, "https://provider.test/ims/ob/v3p0/discovery")
    with pytest.raises(TooOften):
        discover(ada, get, "provider.test")
    assert len(provider.requests) == discovering.TRIES


# --- Going there


@KINDS
def test_the_address_there_says_what_the_standard_asks_for(
    ada: User, get: Fetcher, provider: Provider, kind: str
) -> None:
    there = begin(ada, provider, get, kind)
    asked = dict(parse_qsl(urlsplit(there).query))
    known = KnownProvider.objects.get()
    assert there.startswith("https://provider.test/authorize?")
    assert asked["scope"] == f"{SCOPES[BC if kind == 'badge_connect' else OB3]} offline_access"
    assert asked["redirect_uri"] == (
        f"http://localhost:8000/badges/sources/connect/return/{known.pk}/"
    )
    assert asked["code_challenge_method"] == "S256"
    assert asked["client_id"] == known.client_id
    assert {len(asked["state"]), len(asked["code_challenge"])} == {43}


def test_neither_state_nor_verifier_nor_secret_can_be_read_in_the_tables(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    there = begin(ada, provider, get)
    asked = dict(parse_qsl(urlsplit(there).query))
    (client,) = provider.clients.values()
    tables = str([list(model.objects.values()) for model in (KnownProvider, ConnectionRequest)])
    assert asked["state"] not in tables
    assert client["client_secret"] not in tables
    request = ConnectionRequest.objects.get()
    verifier = access.opened(request.sealed_verifier, row=request.digest, column="verifier")
    assert oauth.challenge(verifier) == asked["code_challenge"]
    assert verifier not in tables


def test_everybody_goes_by_one_registration(ada: User, get: Fetcher, provider: Provider) -> None:
    begin(ada, provider, get)
    begin(make_user(), provider, get)
    assert len(provider.clients) == 1
    (client,) = provider.clients.values()
    assert client["software_version"]
    assert client["grant_types"] == ["authorization_code", "refresh_token"]
    assert client["scope"] == f"{SCOPES[OB3]} offline_access"


def test_each_way_of_one_site_is_registered_apart(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    begin(ada, provider, get, "ob3_api")
    begin(ada, provider, get, "badge_connect")
    assert len(provider.clients) == KnownProvider.objects.count() == 2


@pytest.mark.parametrize("why", ["ended", "moved", "unsealed", "forgotten"])
def test_a_registration_that_does_not_hold_is_made_anew(
    ada: User, get: Fetcher, provider: Provider, settings: LazySettings, why: str
) -> None:
    if why == "ended":
        provider.faults = {Fault.SECRET_ENDS}
    begin(ada, provider, get)
    provider.faults = set()
    if why == "moved":
        settings.SITE_URL = "https://laurel.example"
    if why == "unsealed":
        settings.SECRET_KEY = "another secret key of fair length " * 2
    if why == "forgotten":
        KnownProvider.objects.update(client_id="")
    later = now() + timedelta(minutes=2 if why == "ended" else 0)
    chosen = offer(ada, provider, get)
    there = connecting.begin(user=ada, offer=chosen, sender=get, now=later)
    assert len(provider.clients) == 2
    assert provider.visit(there)


def test_of_two_registrations_at_once_one_counts(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    chosen = offer(ada, provider, get)
    first: list[str] = []

    class Interrupted:
        """The real door, at which somebody else is served first."""

        def send(self, method: Any, url: str, **more: Any) -> Any:
            answer = get.send(method, url, **more)
            if not first:
                first.append("")
                first[0] = connecting.begin(user=make_user(), offer=chosen, sender=get, now=now())
            return answer

        def __call__(self, url: str, **more: Any) -> Any:
            return get(url, **more)

    second = connecting.begin(user=ada, offer=chosen, sender=Interrupted(), now=now())
    assert len(provider.clients) == 2
    ids = {dict(parse_qsl(urlsplit(url).query))["client_id"] for url in (first[0], second)}
    assert ids == {KnownProvider.objects.get().client_id}
    assert come_back(ada, provider.visit(second), get)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.REGISTRATION_REFUSED, "does not take in other sites by itself (access_denied)"),
        (Fault.REGISTRATION_OTHER, "(redirect_uris)"),
        (Fault.REGISTRATION_BARE, "(client_secret)"),
    ],
)
def test_a_registration_that_fails_sends_nobody_anywhere(
    ada: User, get: Fetcher, provider: Provider, fault: Fault, words: str
) -> None:
    provider.faults = {fault}
    with pytest.raises(OpenBadgesError) as caught:
        begin(ada, provider, get)
    assert words in caught.value.message
    assert not ConnectionRequest.objects.exists()


# --- Coming back


@KINDS
def test_a_yes_makes_a_source_with_sealed_keys(
    ada: User, get: Fetcher, provider: Provider, kind: str
) -> None:
    connection = connect(ada, provider, get, kind)
    source = connection.source
    assert (source.owner, source.reader, source.title) == (ada, kind, "Northwind Badges")
    assert source.answers == {"connection": str(connection.pk)}
    assert source.next_look_at is not None
    assert source.url == "https://provider.test"
    short, long = access.keys_of(connection)
    (permission,) = provider.permissions.values()
    assert ([short], long) == (list(permission.access), permission.refresh)
    tables = str([list(model.objects.values()) for model in (Connection, Source, AuditEvent)])
    assert short not in tables
    assert long not in tables
    assert connection.expires_at is not None
    assert AuditEvent.objects.get(action="account.connected").actor == ada
    assert not ConnectionRequest.objects.exists()


def test_seals_do_not_open_in_another_row(ada: User, get: Fetcher, provider: Provider) -> None:
    one = connect(ada, provider, get)
    two = connect(make_user(), provider, get)
    two.sealed_access, two.sealed_refresh = one.sealed_access, one.sealed_refresh
    assert access.keys_of(two) == ("", "")
    one.sealed_access, one.sealed_refresh = one.sealed_refresh, one.sealed_access
    assert access.keys_of(one) == ("", "")


def test_a_no_is_told_as_a_no(ada: User, get: Fetcher, provider: Provider) -> None:
    back = provider.visit(begin(ada, provider, get), yes=False)
    with pytest.raises(oauth.Refusal, match=r"You said no at provider\.test"):
        come_back(ada, back, get)
    assert not Connection.objects.exists()
    assert not ConnectionRequest.objects.exists()


def test_a_way_back_works_once(ada: User, get: Fetcher, provider: Provider) -> None:
    back = provider.visit(begin(ada, provider, get))
    come_back(ada, back, get)
    with pytest.raises(connecting.NotOurs, match="used before"):
        come_back(ada, back, get)
    # The code was not shown a second time either: the provider would end the permission over it.
    assert provider.alive == 1
    assert Connection.objects.count() == 1


def test_a_way_back_that_failed_cannot_be_tried_again(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    back = provider.visit(begin(ada, provider, get))
    provider.faults = {Fault.TOKEN_BROKEN}
    with pytest.raises(Unreachable):
        come_back(ada, back, get)
    provider.faults = set()
    with pytest.raises(connecting.NotOurs):
        come_back(ada, back, get)


def test_the_way_back_is_for_the_person_who_went(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    """Else Mallory could have Ada's browser finish what Mallory began, or the other way round."""
    back = provider.visit(begin(ada, provider, get))
    with pytest.raises(connecting.NotOurs):
        come_back(make_user("mallory@example.org"), back, get)
    assert come_back(ada, back, get).owner == ada


def test_a_code_is_never_taken_to_another_provider(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    back = provider.visit(begin(ada, provider, get, "ob3_api"))
    begin(ada, provider, get, "badge_connect")
    _id, told = parts(back)
    other = KnownProvider.objects.get(kind="badge_connect")
    seen = len(provider.seen)
    with pytest.raises(connecting.NotOurs):
        connecting.complete(user=ada, provider_id=other.pk, told=told, sender=get, now=now())
    assert len(provider.seen) == seen


@pytest.mark.parametrize("late", [timedelta(minutes=10), timedelta(days=1)])
def test_a_way_back_ends_after_ten_minutes(
    ada: User, get: Fetcher, provider: Provider, late: timedelta
) -> None:
    provider_id, told = parts(provider.visit(begin(ada, provider, get)))
    with pytest.raises(connecting.NotOurs, match="ten minutes"):
        connecting.complete(
            user=ada, provider_id=provider_id, told=told, sender=get, now=now() + late
        )
    assert not Connection.objects.exists()


@pytest.mark.parametrize("state", ["", "x", "x" * 43, "\ud800", "\0", "ü"])
def test_an_unknown_state_is_refused_and_nobody_is_asked(
    ada: User, get: Fetcher, provider: Provider, state: str
) -> None:
    provider_id, told = parts(provider.visit(begin(ada, provider, get)))
    seen = len(provider.seen)
    with pytest.raises(connecting.NotOurs):
        connecting.complete(
            user=ada, provider_id=provider_id, told={**told, "state": state}, sender=get, now=now()
        )
    assert len(provider.seen) == seen


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault.WRONG_STATE, connecting.NotOurs, "did not begin"),
        (Fault.WRONG_ISSUER, connecting.NotOurs, "not from provider.test"),
        (Fault.NO_CODE, connecting.NotOurs, "not from provider.test"),
        (Fault.TOKEN_MOVED, Unreachable, "another address"),
        (Fault.TOKEN_HTML, oauth.BadAnswer, "(JSON)"),
        (Fault.TOKEN_BROKEN, Unreachable, "cannot answer at the moment (500)"),
        (Fault.WRONG_TYPE, oauth.BadAnswer, "(token_type)"),
        (Fault.SCOPE_TAKEN, oauth.Refusal, "does not let other sites read badges"),
        (Fault.FORGOTTEN, oauth.Refusal, "does not know this site any more"),
    ],
)
def test_what_goes_wrong_over_there_is_told_in_words(
    ada: User,
    get: Fetcher,
    provider: Provider,
    fault: Fault,
    error: type[OpenBadgesError],
    words: str,
) -> None:
    there = begin(ada, provider, get)
    provider.faults = {fault}
    with pytest.raises(error) as caught:
        come_back(ada, provider.visit(there), get)
    assert words in caught.value.message
    assert "<b>" not in caught.value.message
    assert not Connection.objects.exists()
    assert not Source.objects.exists()


def test_a_code_with_another_verifier_is_refused_there(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    back = provider.visit(begin(ada, provider, get))
    request = ConnectionRequest.objects.get()
    other = access.sealed(oauth.new_secret(), row=request.digest, column="verifier")
    ConnectionRequest.objects.update(sealed_verifier=other)
    with pytest.raises(oauth.Refusal, match="Connect again"):
        come_back(ada, back, get)


def test_after_being_forgotten_the_next_try_introduces_us_anew(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    back = provider.visit(begin(ada, provider, get))
    provider.faults = {Fault.FORGOTTEN}
    with pytest.raises(oauth.Refusal):
        come_back(ada, back, get)
    provider.faults = set()
    assert connect(ada, provider, get)
    assert len(provider.clients) == 2


@pytest.mark.parametrize("fault", [Fault.NAMES_ISSUER, Fault.NO_REFRESH, Fault.NO_LIFE])
def test_what_a_provider_may_do(ada: User, get: Fetcher, provider: Provider, fault: Fault) -> None:
    provider.faults = {fault}
    connection = connect(ada, provider, get)
    assert (connection.sealed_refresh == "") == (fault is Fault.NO_REFRESH)
    assert (connection.expires_at is None) == (fault is Fault.NO_LIFE)


def test_connecting_again_renews_the_same_source(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    first = connect(ada, provider, get)
    access.looked(source=first.source, at=now(), whole=True)
    Connection.objects.update(lapsed_at=now())
    Source.objects.update(failures=3, broken_since=now(), trouble="shut", paused=True)
    second = connect(ada, provider, get)
    assert (second.pk, second.source_id) == (first.pk, first.source_id)
    assert Connection.objects.count() == Source.objects.count() == 1
    assert access.keys_of(second) != access.keys_of(first)
    assert (second.lapsed_at, second.since, second.whole_at) == (None, None, None)
    source = Source.objects.get()
    assert (source.failures, source.broken_since, source.trouble) == (0, None, "")
    assert not source.paused


def test_two_people_have_two_connections(ada: User, get: Fetcher, provider: Provider) -> None:
    bob = make_user("bob@example.org")
    assert connect(ada, provider, get).pk != connect(bob, provider, get).pk
    assert [one.owner for one in Connection.objects.owned_by(bob)] == [bob]
    assert KnownProvider.objects.count() == 1


# --- Letting go


@pytest.mark.parametrize("keep", [True, False])
def test_disconnecting_forgets_the_keys_and_keeps_or_drops_the_badges(
    ada: User, get: Fetcher, provider: Provider, keep: bool
) -> None:
    connection = connect(ada, provider, get)
    own = make_badge(ada)
    make_badge(ada, source=connection.source)
    make_badge(ada, source=connection.source, added_at=None)
    told = connecting.disconnect(
        source=connection.source, keep_badges=keep, sender=get, actor=ada, now=now()
    )
    assert told
    assert provider.alive == 0
    assert not Connection.objects.exists()
    assert not Source.objects.exists()
    assert Badge.objects.count() == (3 if keep else 1)
    assert own in Badge.objects.all()
    event = AuditEvent.objects.get(action="account.disconnected")
    assert event.detail == {"host": "provider.test"}


@pytest.mark.parametrize("fault", [Fault.NO_REVOCATION, Fault.REVOCATION_BROKEN, Fault.FORGOTTEN])
def test_keys_are_gone_here_even_if_they_cannot_be_taken_back_there(
    ada: User, get: Fetcher, provider: Provider, fault: Fault
) -> None:
    if fault is Fault.NO_REVOCATION:
        provider.faults = {fault}
    connection = connect(ada, provider, get)
    provider.faults = {fault}
    told = connecting.disconnect(
        source=connection.source, keep_badges=True, sender=get, actor=ada, now=now()
    )
    assert not told
    assert not Connection.objects.exists()


def test_disconnecting_works_while_the_provider_is_gone(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    source = connect(ada, provider, get).source
    gone = Policy(stand_ins={"provider.test": ("127.0.0.1", free_port())})
    with Fetcher(gone) as nobody:
        told = connecting.disconnect(
            source=source, keep_badges=True, sender=nobody, actor=ada, now=now()
        )
    assert not told
    assert not Connection.objects.exists()


def test_one_persons_goodbye_is_not_the_others(ada: User, get: Fetcher, provider: Provider) -> None:
    connection = connect(ada, provider, get)
    bobs = connect(make_user("bob@example.org"), provider, get)
    connecting.disconnect(
        source=connection.source, keep_badges=False, sender=get, actor=ada, now=now()
    )
    assert Connection.objects.get() == bobs
    assert access.token(bobs.pk, sender=get, clock=now)


# --- Who is shown, and who is forgotten


def test_only_staff_put_a_provider_before_everybody(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    connect(ada, provider, get)
    bob = make_user("bob@example.org")
    assert [one.host for one in connecting.known_to(ada)] == ["provider.test"]
    assert list(connecting.known_to(bob)) == []
    KnownProvider.objects.update(listed=True)
    assert [one.host for one in connecting.known_to(bob)] == ["provider.test"]


def test_tidying_forgets_who_never_came_back_and_who_is_not_used(
    ada: User, get: Fetcher, provider: Provider
) -> None:
    connect(ada, provider, get, "ob3_api")
    begin(ada, provider, get, "badge_connect")
    connecting.tidy(now=now())
    assert ConnectionRequest.objects.count() == 1
    connecting.tidy(now=now() + connecting.ON_THEIR_WAY)
    assert not ConnectionRequest.objects.exists()
    assert KnownProvider.objects.count() == 2
    KnownProvider.objects.update(created_at=now() - timedelta(days=31))
    connecting.tidy(now=now())
    assert KnownProvider.objects.get().kind == "ob3_api"


def test_whoever_leaves_takes_the_keys_along(ada: User, get: Fetcher, provider: Provider) -> None:
    connect(ada, provider, get)
    ada.delete()
    assert not Connection.objects.exists()
