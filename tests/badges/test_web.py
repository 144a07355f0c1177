"""The workers' web: shared answers while they are fresh, and sites left alone while they sleep."""

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from badges import fetch
from badges.models import Badge, HostState, RememberedAnswer, Result
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetched, offline
from badges.services import importing, imports, verification
from badges.services.web import Errand, Resting, Shared, Web
from tests.badges.conftest import NOW, Clock
from tests.badges.documents import HOST, assertion, fetched, hosted
from tests.badges.sources.reading import door
from tests.badges.test_imports import as_json, upload
from tests.factories import make_user
from tests.simulators.base import Answer, Request, Simulator, data

pytestmark = pytest.mark.django_db


class Site:
    """An issuer's site that counts what it is asked, and can fall silent."""

    def __init__(self, answers: dict[str, Fetched]) -> None:
        self.answers, self.asked, self.silent = answers, list[str](), False

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        self.asked.append(url)
        if self.silent:
            raise Unreachable("This address could not be reached.", url)
        return offline(self.answers)(url)


@pytest.fixture
def site() -> Site:
    return Site({f"{HOST}/a": fetched(f"{HOST}/a", {"a": 1})})


def test_an_answer_serves_everybody_while_it_is_fresh(site: Site, clock: Clock) -> None:
    for _ in range(3):
        web = Web(site, clock)
        assert web(f"{HOST}/a", max_age=60).body == b'{"a": 1}'
        web.share()
    assert len(site.asked) == 1
    clock.now += timedelta(seconds=61)
    Web(site, clock)(f"{HOST}/a", max_age=60)
    assert len(site.asked) == 2


def test_who_wants_it_new_gets_it_new(site: Site, clock: Clock) -> None:
    web = Web(site, clock)
    web(f"{HOST}/a", max_age=60)
    web(f"{HOST}/a")
    assert len(site.asked) == 2


def test_another_form_is_another_answer(site: Site, clock: Clock) -> None:
    web = Web(site, clock)
    web(f"{HOST}/a", max_age=60)
    web(f"{HOST}/a", max_age=60, accept="image/png")
    assert len(site.asked) == 2


def test_errors_are_not_remembered(clock: Clock) -> None:
    site = Site({f"{HOST}/a": fetched(f"{HOST}/a", b"", status=404)})
    for _ in range(2):
        assert Web(site, clock)(f"{HOST}/a", max_age=60).status == 404
    assert len(site.asked) == 2
    assert not RememberedAnswer.objects.exists()
    assert not HostState.objects.exists()


def test_a_silent_site_is_asked_less_and_less(site: Site, clock: Clock) -> None:
    site.silent = True
    for _ in range(1000):  # an hour of a thousand badges that are all due
        with pytest.raises(Unreachable):
            Web(site, clock, random.Random(1))(f"{HOST}/a")
        clock.now += timedelta(seconds=3.6)
    assert len(site.asked) <= 12


def test_a_site_that_answers_again_is_forgiven_at_once(site: Site, clock: Clock) -> None:
    site.silent = True
    for _ in range(3):
        with pytest.raises(Unreachable):
            Web(site, clock)(f"{HOST}/a")
    errand = Errand(Web(site, clock))
    with pytest.raises(Resting, match="has not been answering"):
        errand(f"{HOST}/a")
    assert errand.rested_until is not None
    assert errand.rested_until > clock.now
    site.silent = False
    clock.now += timedelta(minutes=2)
    assert Web(site, clock)(f"{HOST}/a").status == 200
    assert not HostState.objects.exists()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_site_that_is_overwhelmed_is_left_alone(clock: Clock, status: int) -> None:
    site = Site({f"{HOST}/a": fetched(f"{HOST}/a", b"", status=status)})
    for _ in range(3):
        assert Web(site, clock)(f"{HOST}/a").status == status
    with pytest.raises(Unreachable):
        Web(site, clock)(f"{HOST}/a")


def test_a_site_that_says_how_long_is_left_alone_for_so_long(clock: Clock) -> None:
    busy = replace(fetched(f"{HOST}/a", b"", status=429), retry_after=600)
    site = Site({f"{HOST}/a": busy})
    assert Web(site, clock)(f"{HOST}/a").status == 429
    clock.now += timedelta(seconds=590)
    with pytest.raises(Resting):
        Web(site, clock)(f"{HOST}/a")
    clock.now += timedelta(seconds=80)
    assert Web(site, clock)(f"{HOST}/a").status == 429
    assert len(site.asked) == 2


def test_a_site_cannot_wish_for_ever(clock: Clock) -> None:
    Web(
        Site({f"{HOST}/a": replace(fetched(f"{HOST}/a", b"", status=503), retry_after=10**9)}),
        clock,
    )(f"{HOST}/a")
    states = HostState.objects.all()
    assert states
    assert all(one.rest_until and one.rest_until <= NOW + timedelta(days=1) for one in states)


def test_one_run_asks_nothing_twice_not_even_what_failed(site: Site, clock: Clock) -> None:
    shared = Shared(Web(site, clock))
    for _ in range(3):
        assert shared(f"{HOST}/a").status == 200
        with pytest.raises(Unreachable):
            shared(f"{HOST}/nothing")
    assert site.asked == [f"{HOST}/a", f"{HOST}/nothing"]


def test_other_sites_do_not_wait(site: Site, clock: Clock) -> None:
    other = "https://other.test/a"
    site.answers[other] = fetched(other, {"b": 2})
    HostState.objects.create(
        host="issuer.test", failures=9, failed_at=NOW, rest_until=NOW + timedelta(hours=1)
    )
    assert Web(site, clock)(other).status == 200


def test_badges_of_a_site_that_is_lost_are_called_unknown_without_asking_it(clock: Clock) -> None:
    ada = make_user("ada@example.org")
    site = Site(hosted(*(assertion(n) for n in range(5))))
    bring(ada, site, clock, 5)
    HostState.objects.update_or_create(
        host="issuer.test",
        defaults={
            "failures": 30,
            "failed_at": NOW,
            "rest_until": NOW + timedelta(minutes=30),
        },
    )
    verification.request_check(badges=Badge.objects.all(), now=NOW)
    site.asked.clear()
    verification.run_due(fetch=site, clock=clock)
    assert site.asked == []
    assert Badge.objects.filter(result=Result.UNKNOWN, unknown_since=NOW).count() == 5


def bring(user: User, site: Site, clock: Clock, count: int) -> None:
    files = [upload(as_json(assertion(n))) for n in range(count)]
    job = imports.start(user=user, uploads=files, text="", now=NOW, adds=True)
    importing.run_import(job_id=job.pk, fetch=site, clock=clock)


def test_badges_of_one_issuer_share_its_documents(clock: Clock) -> None:
    ada = make_user("ada@example.org")
    site = Site(hosted(*(assertion(n) for n in range(10))))
    bring(ada, site, clock, 10)
    assert site.asked.count(f"{HOST}/issuer") == 1
    verification.request_check(badges=Badge.objects.all(), now=NOW)
    site.asked.clear()
    assert verification.run_due(fetch=site, clock=clock) == 10
    assert sorted(site.asked) == sorted(f"{HOST}/assertions/{n}" for n in range(10))


def test_a_sleeping_site_puts_checks_off_and_takes_no_verified_away(clock: Clock) -> None:
    ada = make_user("ada@example.org")
    site = Site(hosted(*(assertion(n) for n in range(10))))
    bring(ada, site, clock, 10)
    HostState.objects.update_or_create(
        host="issuer.test",
        defaults={"failures": 9, "failed_at": NOW, "rest_until": NOW + timedelta(minutes=30)},
    )
    verification.request_check(badges=Badge.objects.all(), now=NOW)
    site.asked.clear()
    verification.run_due(fetch=site, clock=clock)
    assert site.asked == []
    assert Badge.objects.filter(result=Result.VALID).count() == 10
    assert not Badge.objects.due(NOW).exists()
    clock.now += timedelta(hours=1)
    assert verification.run_due(fetch=site, clock=clock) == 10
    assert Badge.objects.filter(checked_at=clock.now).count() == 10


# --- Who may close a site to everybody


class Mischief(Simulator):
    """A site that works, with pages on it that somebody made to harm it."""

    reader, host = "mischief", "shared.test"

    def answer(self, request: Request) -> Answer:
        match request.path:
            case "/large":
                return Answer(b"x" * 3_000_000)
            case "/away":
                return Answer(b"", 302, headers={"Location": "https://gone.test/"})
            case "/round":
                return Answer(b"", 302, headers={"Location": "/round"})
            case "/bomb":
                return Answer(b"no gzip", headers={"Content-Encoding": "gzip"})
            case "/odd":
                return Answer(b"no", headers={"Content-Encoding": "odd"})
            case "/broken":
                return Answer(b"", 500)
            case "/hangs-up":
                raise ConnectionError("without a word")
            case "/silent":
                self.closing.wait(1)
            case "/day":
                return Answer(b"", 429, headers={"Retry-After": "86400"})
        return data({"a": 1})


class Gone(Mischief):
    host = "gone.test"


@pytest.fixture
def shared() -> Iterator[Mischief]:
    with Mischief() as one:
        yield one


@pytest.mark.parametrize("page", ["large", "away", "round", "bomb", "odd"])
def test_a_bad_page_does_not_close_its_site(shared: Mischief, clock: Clock, page: str) -> None:
    with Gone() as gone:
        pass
    with door(shared, gone) as get:
        web = Web(get, clock)
        for number in range(5):
            with pytest.raises(Unreachable):
                web(f"{shared.url}/{page}?{number}")
        assert not HostState.objects.filter(host=shared.host).exists()
        assert web(f"{shared.url}/a").status == 200


@pytest.mark.parametrize(
    "link", ["https://www.credly.com:1234/", "https://www.credly.com:0x1/", "https://10.0.0.1/"]
)
def test_what_we_refuse_to_ask_is_nobodys_silence(clock: Clock, link: str) -> None:
    with fetch.session() as get:
        for _ in range(5):
            with pytest.raises(Unreachable):
                Web(get, clock)(link)
    assert not HostState.objects.exists()


def test_a_closed_port_does_not_close_the_others(site: Site, clock: Clock) -> None:
    site.silent = True
    for _ in range(5):
        with pytest.raises(Unreachable):
            Web(site, clock)(f"{HOST.replace('https', 'http')}/a")
    site.silent = False
    assert Web(site, clock)(f"{HOST}/a").status == 200


def test_a_throttle_counts_against_whoever_answered(clock: Clock) -> None:
    moved = replace(
        fetched(f"{HOST}/a", b"", status=429), retry_after=60, final_url="https://busy.test/a"
    )
    web = Web(Site({f"{HOST}/a": moved, f"{HOST}/b": fetched(f"{HOST}/b", {"b": 1})}), clock)
    assert web(f"{HOST}/a").status == 429
    assert web(f"{HOST}/b").status == 200
    assert all(name.startswith("busy.test ") for name in names_in_trouble())
    assert names_in_trouble()
    with pytest.raises(Resting):
        web("https://busy.test/a")


def names_in_trouble() -> list[str]:
    return list(HostState.objects.values_list("host", flat=True))


def longest_rest() -> datetime:
    return max(one.rest_until or NOW for one in HostState.objects.all())


def test_one_page_cannot_close_a_shared_site_for_a_day(shared: Mischief, clock: Clock) -> None:
    with door(shared) as get:
        Web(get, clock)(f"{shared.url}/day")
        assert longest_rest() - clock.now <= timedelta(hours=1)
        for _ in range(3):
            clock.now = longest_rest()
            Web(get, clock)(f"{shared.url}/day")
        assert longest_rest() - clock.now > timedelta(hours=20)
        # All that is for whoever asked for that page, and for nobody else.
        assert Web(get, clock, asker="bob")(f"{shared.url}/a").status == 200


@pytest.mark.parametrize("page", ["broken", "hangs-up", "silent", "day"])
def test_one_person_closes_no_site_to_another(shared: Mischief, clock: Clock, page: str) -> None:
    with door(shared, total=0.3) as get:
        for number in range(4):
            with suppress(Unreachable):
                Web(get, clock, asker="eve")(f"{shared.url}/{page}?{number}")
        with pytest.raises(Resting):
            Web(get, clock, asker="eve")(f"{shared.url}/a")
        assert Web(get, clock, asker="bob")(f"{shared.url}/a").status == 200
        assert shared.host not in names_in_trouble()


def test_one_page_that_fails_rests_by_itself(shared: Mischief, clock: Clock) -> None:
    with door(shared) as get:
        web = Web(get, clock, asker="eve")
        for _ in range(3):
            assert web(f"{shared.url}/broken").status == 500
        with pytest.raises(Resting):
            web(f"{shared.url}/broken")
        assert web(f"{shared.url}/a").status == 200


def test_a_site_whose_pages_fail_three_people_rests_for_everybody(clock: Clock) -> None:
    site = Site({f"{HOST}/{n}": fetched(f"{HOST}/{n}", b"", status=500) for n in range(1000)})
    for asker in ("ada", "bob", "cleo", "dora"):
        for number in range(100):
            with suppress(Unreachable):
                Web(site, clock, asker=asker)(f"{HOST}/{number}")
    assert len(site.asked) <= 9
    assert "issuer.test" in names_in_trouble()


def test_a_thousand_links_to_a_site_of_errors_are_few_questions(clock: Clock) -> None:
    site = Site({f"{HOST}/{n}": fetched(f"{HOST}/{n}", b"", status=503) for n in range(1000)})
    for number in range(1000):  # in an hour
        with suppress(Unreachable):
            Web(site, clock, random.Random(1), asker="ada")(f"{HOST}/{number}")
        clock.now += timedelta(seconds=3.6)
    assert len(site.asked) <= 12


def test_a_site_that_answers_and_stumbles_is_asked_once_more(site: Site, clock: Clock) -> None:
    class Stumbles(Site):
        def __call__(
            self,
            url: str,
            *,
            accept: str = JSON_TYPES,
            max_bytes: int = MAX_BYTES,
            max_age: float = 0,
        ) -> Fetched:
            self.silent = len(self.asked) == 1
            return super().__call__(url)

    stumbles = Stumbles(site.answers)
    web = Web(stumbles, clock)
    assert [web(f"{HOST}/a").status for _ in range(2)] == [200, 200]
    assert (len(stumbles.asked), web.requests) == (3, 3)
    assert not HostState.objects.exists()
