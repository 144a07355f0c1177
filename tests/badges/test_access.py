"""Keys to connected accounts: renewed once, by one worker, and shown to one API alone."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction

from accounts.models import AuditEvent, User
from badges.fetch import Fetcher, Policy, Sender
from badges.models import Connection, Source
from badges.models import Provider as KnownProvider
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import Fetch
from badges.services import access, connecting
from badges.services.web import Web
from badges.sources import readers
from tests.badges.connected import connect, door, now
from tests.factories import make_user
from tests.simulators.base import Answer, Mode, Request, Simulator
from tests.simulators.provider import BADGES, Fault, Provider

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("kind", ["badge_connect", "ob3_api"])


@pytest.fixture
def mine(ada: User, provider: Provider, get: Fetcher) -> Connection:
    return connect(ada, provider, get)


def key(connection: Connection) -> str:
    return access.keys_of(Connection.objects.get(pk=connection.pk))[0]


def url(connection: Connection, path: str = "credentials") -> str:
    return f"{connection.provider.base}/{path}"


def authorised(connection: Connection, get: Sender) -> Fetch:
    return access.authorised(source=connection.source, sender=get, clock=now)


class Interrupted:
    """The real door, at which something else happens just before a form goes out."""

    def __init__(self, get: Fetcher, happens: Callable[[], object]) -> None:
        self.get, self.happens = get, happens

    def send(self, method: Any, url: str, **more: Any) -> Any:
        if method == "POST":
            self.happens()
        return self.get.send(method, url, **more)

    def __call__(self, url: str, **more: Any) -> Any:
        return self.get(url, **more)


# --- One look, as the engine takes it


@KINDS
def test_a_look_reads_everything_and_the_next_one_what_is_new(
    ada: User, provider: Provider, get: Fetcher, kind: str
) -> None:
    source = connect(ada, provider, get, kind).source
    Connection.objects.update(connected_at=datetime(2026, 1, 1, tzinfo=UTC))
    at = datetime(2026, 1, 21, 11, tzinfo=UTC)

    def look(at: datetime) -> int:
        asked = Web(access.authorised(source=source, sender=get, clock=now), now)
        answers = access.answers(source=source, now=at)
        found = list(readers()[source.reader].find(answers, fetch=asked))
        access.looked(source=source, at=at, whole=not answers["since"])
        return len(found)

    assert look(at) == BADGES
    assert look(at + timedelta(days=6)) == BADGES - 19  # since 20 January: a day of overlap
    assert look(at + timedelta(days=8)) == BADGES  # a week later, all of it
    assert look(at + timedelta(days=9)) < BADGES


def test_since_moves_on_only_when_a_look_came_to_its_end(mine: Connection) -> None:
    start = now()
    source = mine.source
    assert access.answers(source=source, now=start)["since"] == ""
    assert access.answers(source=source, now=start)["since"] == ""
    access.looked(source=source, at=start, whole=True)
    later = access.answers(source=source, now=start + timedelta(hours=1))
    assert later["since"] == f"{start - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    assert later["base"] == mine.provider.base
    mine.refresh_from_db()
    assert (mine.since, mine.whole_at) == (start, start)
    access.looked(source=source, at=start + timedelta(hours=1), whole=False)
    mine.refresh_from_db()
    assert (mine.since, mine.whole_at) == (start + timedelta(hours=1), start)


def test_a_look_from_before_connecting_anew_moves_nothing(mine: Connection) -> None:
    access.looked(source=mine.source, at=mine.connected_at - timedelta(hours=1), whole=True)
    mine.refresh_from_db()
    assert (mine.since, mine.whole_at) == (None, None)


def test_what_is_asked_with_a_key_is_not_remembered_for_others(
    mine: Connection, get: Fetcher, provider: Provider
) -> None:
    web = Web(authorised(mine, get), now)
    reader = readers()[mine.source.reader]
    list(reader.find(access.answers(source=mine.source, now=now()), fetch=web))
    asked = len(provider.seen)
    list(reader.find(access.answers(source=mine.source, now=now()), fetch=web))
    assert len(provider.seen) == asked + 3


def test_a_source_without_its_account_shows_no_key_and_says_so(
    ada: User, get: Fetcher, mine: Connection
) -> None:
    """Whatever its answers say: what counts is the row that belongs to the source."""
    answers = {"connection": str(mine.pk)}
    other = Source.objects.create(owner=make_user(), reader="ob3_api", answers=answers, key="x")
    assert access.answers(source=other, now=now()) == {"base": "", "since": ""}
    fetch = access.authorised(source=other, sender=get, clock=now)
    assert fetch(url(mine)).status == 401
    access.looked(source=other, at=now(), whole=True)
    with pytest.raises(OpenBadgesError, match="not connected any more"):
        list(readers()["ob3_api"].find(access.answers(source=other, now=now()), fetch=fetch))


# --- To whom a key is shown


class Issuer(Simulator):
    reader = ""
    host = "issuer.test"

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Request] = []

    def answer(self, request: Request) -> Answer:
        self.seen.append(request)
        return Answer(b"{}")


def test_only_the_api_sees_the_key(mine: Connection, provider: Provider) -> None:
    with Issuer() as issuer, door(provider, issuer) as get:
        fetch = authorised(mine, get)
        assert fetch(url(mine)).status == 200
        fetch("https://issuer.test/assertions/1")
        fetch("https://provider.test/assertions/1")
    assert "authorization" not in issuer.seen[0].headers
    by_path = {request.path: request.headers.get("authorization", "") for request in provider.seen}
    assert by_path["/ims/ob/v3p0/credentials"].startswith("Bearer ")
    assert by_path["/assertions/1"] == ""


@pytest.mark.parametrize(
    "address",
    [
        "https://provider.test/ims/ob/v3p0/../../../other",
        "https://provider.test/ims/ob/v3p0/%2e%2e/%2E%2E/other",
        "https://provider.test/ims/ob/v3p0/..%2fother",
        "https://provider.test/ims/ob/v3p0/..%5Cother",
        "https://provider.test/ims/ob/v3p0",
        "https://provider.test/ims/ob/v3p00/credentials",
        "https://provider.test/IMS/OB/V3P0/credentials",
        "https://provider.test:444/ims/ob/v3p0/credentials",
        "http://provider.test/ims/ob/v3p0/credentials",
        "https://provider.test.evil.test/ims/ob/v3p0/credentials",
        "https://evil.test/https://provider.test/ims/ob/v3p0/credentials",
        "https://provider.test@evil.test/ims/ob/v3p0/credentials",
        "not an address",
    ],
)
def test_an_address_that_is_not_inside_the_api_sees_no_key(
    mine: Connection, provider: Provider, address: str
) -> None:
    provider.seen.clear()
    with Issuer() as evil:
        names = dict.fromkeys(("evil.test", "provider.test.evil.test"), ("127.0.0.1", evil.port))
        names["provider.test"] = ("127.0.0.1", provider.port)
        with Fetcher(Policy(stand_ins=names)) as get, suppress(Unreachable):
            authorised(mine, get)(address)
    for request in (*provider.seen, *evil.seen):
        assert "authorization" not in request.headers


def test_the_key_is_shown_under_any_query(mine: Connection, get: Fetcher) -> None:
    answer = authorised(mine, get)(url(mine, "credentials?limit=2&since=../.."))
    assert answer.status == 200


# --- Renewing


def test_a_good_key_is_used_as_it_is(mine: Connection, get: Fetcher, provider: Provider) -> None:
    before = key(mine)
    assert access.token(mine.pk, sender=get, clock=now) == before
    assert provider.renewals == 0


@pytest.mark.parametrize("ahead", [timedelta(minutes=59, seconds=30), timedelta(days=9)])
def test_a_key_about_to_end_is_renewed_before_it_is_used(
    mine: Connection, get: Fetcher, provider: Provider, ahead: timedelta
) -> None:
    before = access.keys_of(mine)
    fresh = access.token(mine.pk, sender=get, clock=lambda: now() + ahead)
    mine.refresh_from_db()
    after = access.keys_of(mine)
    assert fresh == after[0] != before[0]
    assert after[1] != before[1]
    assert provider.renewals == 1
    assert mine.renewing_until is None


def test_a_key_that_is_refused_is_renewed_once_and_the_question_asked_again(
    mine: Connection, get: Fetcher, provider: Provider
) -> None:
    provider.expire()
    assert authorised(mine, get)(url(mine)).status == 200
    assert provider.renewals == 1
    paths = [request.path.rpartition("/")[2] for request in provider.seen[-3:]]
    assert paths == ["credentials", "token", "credentials"]


def test_a_key_may_end_in_the_middle_of_a_list(
    mine: Connection, get: Fetcher, provider: Provider
) -> None:
    reader = readers()["ob3_api"]
    answers = access.answers(source=mine.source, now=now())
    found = []
    for one in reader.find(answers, fetch=authorised(mine, get)):
        found.append(one.key)
        if len(found) in {5, 15}:
            provider.expire()
    assert len(set(found)) == len(found) == BADGES
    assert provider.renewals == 2


def test_a_refresh_token_that_stays_is_used_again(
    mine: Connection, get: Fetcher, provider: Provider
) -> None:
    provider.faults = {Fault.NO_ROTATION}
    for number in range(3):
        provider.expire()
        assert authorised(mine, get)(url(mine)).status == 200
        assert provider.renewals == number + 1


def test_a_second_worker_waits_and_uses_what_the_first_one_got(
    mine: Connection, get: Fetcher, provider: Provider
) -> None:
    provider.expire()
    spent, waited = key(mine), []

    class Waiting(Exception):
        pass

    def pause(seconds: float) -> None:
        waited.append(seconds)
        raise Waiting

    def second() -> None:
        with pytest.raises(Waiting):
            access.token(mine.pk, sender=get, clock=now, spent=spent, pause=pause)

    first = access.token(mine.pk, sender=Interrupted(get, second), clock=now, spent=spent)
    assert waited
    assert access.token(mine.pk, sender=get, clock=now, spent=spent) == first
    assert (provider.renewals, provider.reused, provider.alive) == (1, 0, 1)


def test_a_worker_that_read_too_early_does_not_renew_again(
    mine: Connection, get: Fetcher, provider: Provider
) -> None:
    """Between its look at the row and its claim, another one has come and gone."""
    provider.expire()
    spent, calls = key(mine), 0

    def clock() -> datetime:
        nonlocal calls
        calls += 1
        if calls == 3:  # the last before the claim
            access.token(mine.pk, sender=get, clock=now, spent=spent)
        return now()

    got = access.token(mine.pk, sender=get, clock=clock, spent=spent)
    assert got == key(mine) != spent
    assert (provider.renewals, provider.reused) == (1, 0)


def test_a_worker_that_died_while_renewing_is_not_waited_for_for_ever(
    mine: Connection, get: Fetcher, provider: Provider
) -> None:
    provider.expire()
    Connection.objects.update(renewing_until=now() + access.HOLD, renewals=1)
    spent = key(mine)
    pauses: list[float] = []

    def clock() -> datetime:
        return now() + timedelta(seconds=10 * len(pauses))

    got = access.token(mine.pk, sender=get, clock=clock, spent=spent, pause=pauses.append)
    assert got != spent
    assert len(pauses) == 4


def test_a_worker_that_is_at_it_for_too_long_is_not_waited_for(
    mine: Connection, get: Fetcher
) -> None:
    Connection.objects.update(renewing_until=now() + timedelta(days=1))
    pauses: list[float] = []

    def clock() -> datetime:
        return now() + timedelta(seconds=10 * len(pauses))

    with pytest.raises(Unreachable, match="is being renewed"):
        access.token(mine.pk, sender=get, clock=clock, spent=key(mine), pause=pauses.append)


def test_connecting_anew_wins_over_a_renewal_under_way(
    ada: User, mine: Connection, get: Fetcher, provider: Provider
) -> None:
    spent = key(mine)
    provider.expire()

    def again() -> None:
        if Connection.objects.get().renewals == 1:
            connect(ada, provider, get)

    with pytest.raises(Unreachable, match="connected anew"):
        access.token(mine.pk, sender=Interrupted(get, again), clock=now, spent=spent)
    newest = list(provider.permissions.values())[-1]
    assert [key(mine)] == list(newest.access)


def test_nothing_is_renewed_where_it_might_be_undone(
    mine: Connection, get: Fetcher, provider: Provider
) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        access.token(mine.pk, sender=get, clock=now, spent=key(mine))
    assert provider.renewals == 0


# --- The end of a permission


@pytest.mark.parametrize(
    "how", ["ended there", "never lets in", "no refresh", "key of this site lost", "forgotten"]
)
def test_when_the_door_is_shut_it_is_not_knocked_at_again(
    ada: User, provider: Provider, get: Fetcher, settings: LazySettings, how: str
) -> None:
    if how == "no refresh":
        provider.faults = {Fault.NO_REFRESH}
    mine = connect(ada, provider, get)
    provider.expire()
    if how == "ended there":
        provider.end_everything()
    if how == "never lets in":
        provider.faults = {Fault.NEVER_LETS_IN}
    if how == "key of this site lost":
        settings.SECRET_KEY = "another secret key of fair length " * 2
    if how == "forgotten":
        provider.faults = {Fault.FORGOTTEN}
    for _ in range(3):
        with pytest.raises(access.Lapsed, match=r"provider\.test.* does not let us in any more"):
            authorised(mine, get)(url(mine))
    assert AuditEvent.objects.get(action="account.lapsed").actor is None
    asked = len(provider.seen)
    with pytest.raises(access.Lapsed):
        authorised(mine, get)(url(mine))
    assert len(provider.seen) == asked, "a door that is shut is not knocked at again"


def test_an_account_that_lapsed_can_be_connected_again(
    ada: User, mine: Connection, provider: Provider, get: Fetcher
) -> None:
    provider.end_everything()
    with pytest.raises(access.Lapsed):
        authorised(mine, get)(url(mine))
    again = connect(ada, provider, get)
    assert again.pk == mine.pk
    assert authorised(again, get)(url(again)).status == 200


@pytest.mark.parametrize("fault", [Fault.TOKEN_BROKEN, Fault.TOKEN_HTML, Fault.TOKEN_MOVED])
def test_a_bad_day_ends_no_permission(
    mine: Connection, provider: Provider, get: Fetcher, fault: Fault
) -> None:
    provider.expire()
    provider.faults = {fault}
    with pytest.raises(Unreachable):
        authorised(mine, get)(url(mine))
    mine.refresh_from_db()
    assert (mine.lapsed_at, mine.renewing_until) == (None, None)
    provider.faults = set()
    assert authorised(mine, get)(url(mine)).status == 200
    assert provider.reused == 0


@pytest.mark.parametrize("mode", [Mode.REFUSING, Mode.BROKEN, Mode.THROTTLED, Mode.GONE])
def test_neither_do_the_moods_of_a_site(
    mine: Connection, provider: Provider, get: Fetcher, mode: Mode
) -> None:
    provider.expire()
    provider.mode = mode
    with pytest.raises(Unreachable):
        access.token(mine.pk, sender=get, clock=now, spent=key(mine))
    provider.mode = Mode.FINE
    assert access.token(mine.pk, sender=get, clock=now, spent=key(mine)) == key(mine)


def test_an_account_that_was_disconnected_meanwhile_is_left_alone(
    ada: User, mine: Connection, provider: Provider, get: Fetcher
) -> None:
    fetch = authorised(mine, get)
    connecting.disconnect(source=mine.source, keep_badges=True, sender=get, actor=ada, now=now())
    with pytest.raises(access.Lapsed, match="not connected any more"):
        fetch(url(mine))
    assert KnownProvider.objects.exists()


def test_a_stolen_refresh_token_ends_the_permission_there(
    mine: Connection, provider: Provider, get: Fetcher
) -> None:
    """The simulator's own rule, on which the tests of two workers rest."""
    stolen = access.keys_of(mine)[1]
    access.token(mine.pk, sender=get, clock=now, spent=key(mine))
    answer = access.ask  # as a thief who has our name there as well
    with pytest.raises(Exception, match="Connect again"):
        answer(
            mine.provider,
            "refresh",
            sender=get,
            grant_type="refresh_token",
            refresh_token=stolen,
        )
    assert (provider.reused, provider.alive) == (1, 0)
