"""Connected accounts under the engine: what a look brings, what the next does, what is told."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from accounts.models import Notification, User
from badges.fetch import Fetcher
from badges.models import (
    Badge,
    Connection,
    HistoryEntry,
    ImportItem,
    ImportJob,
    Result,
    Source,
    Work,
)
from badges.services import connecting, following, importing
from tests.badges.connected import connect, now
from tests.factories import make_source
from tests.simulators.base import Mode
from tests.simulators.provider import BADGES, Fault, Provider

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("kind", ["badge_connect", "ob3_api"])
State = ImportItem.State
DAY = timedelta(days=1)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        provider.per_page = 100
        # Ten are enough, and an issuer of signed texts is at a name that leads nowhere.
        provider.hidden = set(range(10, BADGES)) | {0, 5}
        yield provider


def look(source: Source, get: Fetcher, later: timedelta = timedelta(0)) -> ImportJob:
    """One look from its bell to its end, or until it is put off."""

    def clock() -> datetime:
        return now() + later

    source.refresh_from_db()
    job = following.look(source=source, now=clock())
    for _ in range(20):
        importing.run_import(job_id=job.pk, fetch=get, clock=clock)
        job.refresh_from_db()
        if job.is_over or job.is_put_off(clock()):
            break
    source.refresh_from_db()
    return job


def states(job: ImportJob) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in job.items.exclude(parent=None).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


@pytest.fixture
def added(ada: User, provider: Provider, get: Fetcher) -> Callable[[str], Source]:
    def bring(kind: str) -> Source:
        source = connect(ada, provider, get, kind).source
        following.set_mode(source=source, mode=Source.Mode.ADD)
        look(source, get)
        return source

    return bring


@KINDS
def test_the_first_look_offers_everything_checked(
    ada: User, provider: Provider, get: Fetcher, kind: str
) -> None:
    source = connect(ada, provider, get, kind).source
    job = look(source, get)
    assert job.state == Work.State.DONE
    assert states(job).get(State.OFFERED, 0) >= 7
    assert Badge.objects.offered_to(ada).filter(result=Result.VALID).count() >= 6
    assert Badge.objects.offered_to(ada).filter(result=Result.EXPIRED).count() == 1
    assert not Badge.objects.owned_by(ada).exists()
    connection = Connection.objects.get()
    assert connection.since == connection.whole_at == job.created_at
    assert source.broken_since is None


@KINDS
def test_what_is_asked_in_checking_goes_without_the_key(
    added: Callable[[str], Source], provider: Provider, kind: str
) -> None:
    added(kind)
    for request in provider.seen:
        is_list = request.path.endswith(("/assertions", "/credentials"))
        assert ("authorization" in request.headers) == (is_list or request.path == "/token")


@KINDS
def test_an_item_keeps_no_key(added: Callable[[str], Source], kind: str) -> None:
    source = added(kind)
    opened = ImportItem.objects.get(parent=None)
    assert set(opened.answers) == {"base", "since"}
    assert set(source.answers) == {"connection"}


@KINDS
def test_the_next_look_is_for_what_is_new_and_calls_nothing_gone(
    added: Callable[[str], Source], provider: Provider, get: Fetcher, kind: str
) -> None:
    source = added(kind)
    held = source.badges.count()
    provider.seen.clear()
    job = look(source, get, later=DAY)
    lists = [request for request in provider.seen if "since" in request.query]
    assert len(lists) == 1
    assert states(job) == {}
    assert (source.failures, source.broken_since) == (0, None)
    assert source.badges.filter(unlisted_at=None).count() == held
    connection = Connection.objects.get()
    assert connection.since == job.created_at
    assert connection.whole_at is not None
    assert connection.whole_at < job.created_at


def test_a_badge_that_is_new_is_found_by_the_next_look(
    added: Callable[[str], Source], provider: Provider, get: Fetcher
) -> None:
    source = added("ob3_api")
    provider.faults = {Fault.IGNORES_SINCE}
    provider.hidden.remove(11)
    job = look(source, get, later=DAY)
    assert states(job)[State.ADDED] == 1


@KINDS
def test_once_a_week_what_is_gone_is_seen(
    added: Callable[[str], Source], provider: Provider, get: Fetcher, kind: str
) -> None:
    provider.hidden.add(4)  # taken back: while its row is red, nothing is called gone
    source = added(kind)
    provider.hidden |= {1, 2}
    look(source, get, later=DAY)
    assert not source.badges.exclude(unlisted_at=None).exists()
    look(source, get, later=8 * DAY)
    lost = source.badges.exclude(unlisted_at=None)
    assert lost.count() == 2
    assert HistoryEntry.objects.filter(kind=HistoryEntry.Kind.UNLISTED).count() == 2


@KINDS
def test_an_account_without_badges_is_no_trouble(
    ada: User, provider: Provider, get: Fetcher, kind: str
) -> None:
    provider.hidden = set(range(BADGES))
    source = connect(ada, provider, get, kind).source
    job = look(source, get)
    assert job.items.get().state == State.OPENED
    assert (source.failures, source.trouble) == (0, "")
    assert not Notification.objects.exists()


def test_a_shut_door_is_told_once_and_connecting_again_mends_it(
    ada: User, added: Callable[[str], Source], provider: Provider, get: Fetcher
) -> None:
    source = added("ob3_api")
    Notification.objects.all().delete()
    provider.end_everything()
    for number in range(3):
        look(source, get, later=number * DAY)
    assert source.broken_since is not None
    assert "does not let us in any more" in source.trouble
    told = Notification.objects.get()
    assert (told.kind, told.user) == ("source.broken", ada)
    assert source.badges.filter(unlisted_at=None).count() == source.badges.count() > 0
    connect(ada, provider, get)
    look(source, get, later=4 * DAY)
    assert (source.failures, source.trouble) == (0, "")
    assert source.broken_since is None


@pytest.mark.parametrize("mode", [Mode.BROKEN, Mode.THROTTLED])
def test_a_bad_day_puts_the_look_off_and_moves_nothing(
    ada: User, provider: Provider, get: Fetcher, mode: Mode
) -> None:
    source = connect(ada, provider, get).source
    provider.mode = mode
    job = look(source, get)
    assert job.state == Work.State.QUEUED
    assert Connection.objects.get().since is None


def test_the_key_may_end_between_two_pages_of_a_look(
    ada: User, provider: Provider, get: Fetcher
) -> None:
    provider.per_page, provider.lifetime = 3, 3600
    source = connect(ada, provider, get).source
    provider.expire()
    assert states(look(source, get))[State.OFFERED] >= 7
    assert provider.renewals == 1


def test_letting_go_in_the_middle_of_a_look_ends_it_in_words(
    ada: User, provider: Provider, get: Fetcher
) -> None:
    source = connect(ada, provider, get).source
    job = following.look(source=source, now=now())
    connecting.disconnect(source=source, keep_badges=True, sender=get, actor=ada, now=now())
    importing.run_import(job_id=job.pk, fetch=get, clock=now)
    job.refresh_from_db()
    assert job.state == Work.State.DONE
    assert job.items.get().state == State.SKIPPED
    assert job.items.get().reason


def test_other_sources_are_read_as_before(ada: User, get: Fetcher) -> None:
    assert following.authorised(None, get, now) is get
    assert following.authorised(make_source(ada), get, now) is get
    assert not following.is_account(make_source(ada, reader="no longer there"))


def test_there_is_a_measure_of_sources(ada: User, provider: Provider, get: Fetcher) -> None:
    for _ in range(following.MAX_SOURCES):
        make_source(ada)
    with pytest.raises(connecting.TooManySources, match="Remove one"):
        connect(ada, provider, get)
