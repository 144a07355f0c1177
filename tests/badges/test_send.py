"""Sending through the one door: forms and keys go to one site, once, and nowhere else."""

import logging
from collections.abc import Iterator
from socket import socket

import pytest
from pytest_django.fixtures import Settings

from badges import addresses, fetch
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import JSON_TYPES, Fetched, offline
from tests.badges.address_bed import PUBLIC, SPELLINGS, Server, Switchboard, reply
from tests.simulators.base import NOT_THERE, Answer, Mode, Request, Simulator

KEY = {"Authorization": "Bearer sesame"}
FORM = "application/x-www-form-urlencoded"


class Site(Simulator):
    """Answers each path as it is told, and keeps what it was asked."""

    reader = ""
    host = "one.test"

    def __init__(self, **answers: Answer) -> None:
        super().__init__()
        self.answers = {f"/{name}": answer for name, answer in answers.items()}
        self.asked: list[Request] = []

    def answer(self, request: Request) -> Answer:
        self.asked.append(request)
        return self.answers.get(request.path, NOT_THERE)


class Other(Site):
    host = "two.test"


def to(place: str, status: int = 302) -> Answer:
    return Answer(b"moved", status, headers={"Location": place})


def door(*sites: Simulator, **policy: float) -> fetch.Fetcher:
    private, stand_ins = fetch.openings([site.allow for site in sites])
    return fetch.Fetcher(
        fetch.Policy(private=frozenset(private), stand_ins=stand_ins, **policy)  # type: ignore[arg-type]
    )


@pytest.fixture
def one() -> Iterator[Site]:
    with Site(there=Answer(b"{}"), here=to("/there"), away=to("https://two.test/there")) as site:
        yield site


@pytest.fixture
def two() -> Iterator[Other]:
    with Other(there=Answer(b"{}")) as site:
        yield site


# --- What is sent


def test_a_form_arrives_as_it_was_written(one: Site) -> None:
    with door(one) as get:
        answer = get.send(
            "POST", f"{one.url}/there", headers=KEY, body=b"a=1&b=%20", content_type=FORM
        )
    assert (answer.status, answer.body) == (200, b"{}")
    (asked,) = one.asked
    assert (asked.method, asked.body) == ("POST", b"a=1&b=%20")
    assert asked.headers == {
        "host": "one.test",
        "user-agent": "Laurel",
        "accept": JSON_TYPES,
        "accept-encoding": "gzip",
        "authorization": "Bearer sesame",
        "content-type": FORM,
        "content-length": "9",
    }


def test_a_post_without_a_body_says_that_it_has_none(one: Site) -> None:
    with door(one) as get:
        get.send("POST", f"{one.url}/there")
    assert one.asked[0].headers["content-length"] == "0"


def test_a_get_goes_with_its_key_and_without_a_body(one: Site) -> None:
    with door(one) as get:
        get.send("GET", f"{one.url}/there", headers=KEY, body=b"not sent")
    (asked,) = one.asked
    assert asked.headers["authorization"] == "Bearer sesame"
    assert "content-length" not in asked.headers
    assert asked.body == b""


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 429, 500])
def test_any_status_is_an_answer(status: int) -> None:
    with Site(x=Answer(b"words", status, headers={"Retry-After": "7"})) as site, door(site) as get:
        answer = get.send("POST", f"{site.url}/x")
    assert (answer.status, answer.body, answer.retry_after) == (status, b"words", 7)


# --- Where it may go


@pytest.mark.parametrize("status", sorted(fetch.MOVED))
@pytest.mark.parametrize("place", ["/there", "https://two.test/there"])
def test_a_post_follows_no_redirect_and_says_so(
    place: str, status: int, one: Site, two: Other
) -> None:
    one.answers["/moved"] = to(place, status)
    with door(one, two) as get, pytest.raises(Unreachable) as caught:
        get.send("POST", f"{one.url}/moved", headers=KEY, body=b"secret=1")
    assert caught.value.message == fetch.SENT_ON
    assert [request.path for request in one.asked] == ["/moved"]
    assert two.asked == []


def test_a_get_follows_its_own_site_with_the_key(one: Site) -> None:
    with door(one) as get:
        answer = get.send("GET", f"{one.url}/here", headers=KEY)
    assert answer.final_url == "https://one.test/there"
    assert [request.headers["authorization"] for request in one.asked] == ["Bearer sesame"] * 2


@pytest.mark.parametrize(
    "place",
    [
        "https://two.test/there",
        "//two.test/there",
        "https://one.test:8443/there",
        "https://one.test.two.test/there",
        "https://sub.one.test/there",
        "https://ONE.test.:443/there",
        "http://one.test/there",
        "https://one.test@two.test/there",
    ],
)
def test_a_key_never_leaves_its_site(place: str, one: Site, two: Other) -> None:
    one.answers["/away"] = to(place)
    with door(one, two) as get, pytest.raises(Unreachable):
        get.send("GET", f"{one.url}/away", headers=KEY)
    assert [request.path for request in one.asked] == ["/away"]
    assert two.asked == []


def test_a_fetch_without_a_key_still_follows(one: Site, two: Other) -> None:
    with door(one, two) as get:
        assert get(f"{one.url}/away").final_url == "https://two.test/there"
    assert "authorization" not in two.asked[0].headers


def test_a_key_of_one_request_is_not_in_the_next(one: Site) -> None:
    with door(one) as get:
        get.send("GET", f"{one.url}/there", headers=KEY)
        get(f"{one.url}/there")
    assert "authorization" not in one.asked[1].headers


@pytest.mark.parametrize("url", SPELLINGS, ids=ascii)
def test_a_hostile_spelling_opens_no_connection(url: str) -> None:
    board = Switchboard()
    with (
        fetch.Fetcher(fetch.Policy(), resolver=lambda *_: [PUBLIC], backend=board) as get,
        pytest.raises(Unreachable),
    ):
        get.send("POST", url, body=b"secret=1")
    assert board.calls == []


def test_a_name_with_a_private_answer_is_given_nothing() -> None:
    board = Switchboard()
    with (
        fetch.Fetcher(fetch.Policy(), resolver=lambda *_: ["10.0.0.7"], backend=board) as get,
        pytest.raises(Unreachable, match=fetch.MESSAGE),
    ):
        get.send("POST", "https://inside.example/token", body=b"secret=1")
    assert board.calls == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_demos_folder_is_given_nothing(method: fetch.Method) -> None:
    url = "https://issuer.example/x"
    folder = offline({url: Fetched(url, url, 200, "application/json", b"{}")})
    with fetch.Fetcher(fetch.Policy(), reserved=folder) as get:
        assert get(url).status == 200
        with pytest.raises(Unreachable):
            get.send(method, url, headers=KEY)


@pytest.mark.parametrize("value", ["a\r\nX-More: 1", "a\nb", "a\0b", "schlüssel\u2028"])
def test_a_key_that_would_be_two_headers_is_not_sent(value: str, one: Site) -> None:
    with door(one) as get, pytest.raises(Unreachable):
        get.send("GET", f"{one.url}/there", headers={"Authorization": f"Bearer {value}"})
    assert one.asked == []


# --- Once


def test_a_post_meets_no_connection_that_may_be_dead() -> None:
    def answer_and_hang_up(connection: socket, path: str) -> None:
        reply(connection)
        raise OSError("hang up without a word")

    with Server(answer_and_hang_up) as server:
        policy = fetch.Policy(private=frozenset({("127.0.0.1", server.port)}))
        with fetch.Fetcher(policy) as get:
            for _ in range(3):
                assert get.send("POST", server.url()).status == 200
        assert len(server.requests) == server.connections == 3


def test_a_post_whose_answer_is_lost_is_not_sent_again() -> None:
    def swallow(connection: socket, path: str) -> None:
        raise OSError("hang up before answering")

    with Server(swallow) as server:
        policy = fetch.Policy(private=frozenset({("127.0.0.1", server.port)}))
        with fetch.Fetcher(policy) as get, pytest.raises(Unreachable):
            get.send("POST", server.url())
        assert len(server.requests) == 1


# --- The same clock and scales


def test_a_slow_answer_ends_at_the_deadline() -> None:
    with Site(x=Answer(b"{}")) as site, door(site, total=0.3) as get:
        site.mode, site.delay = Mode.SLOW, 5
        with pytest.raises(Unreachable, match=fetch.MESSAGE):
            get.send("POST", f"{site.url}/x")


def test_a_large_answer_is_not_taken() -> None:
    with Site(x=Answer(b"x" * 1001)) as site, door(site) as get:
        assert get.send("POST", f"{site.url}/x", max_bytes=1001).status == 200
        with pytest.raises(Unreachable, match=fetch.MESSAGE):
            get.send("POST", f"{site.url}/x", max_bytes=1000)


def test_the_log_knows_the_site_and_neither_path_nor_key(
    one: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), door(one) as get:
        get.send("GET", f"{one.url}/there?token=hush", headers=KEY)
        with pytest.raises(Unreachable):
            get.send("POST", f"{one.url}/here?token=hush", headers=KEY, body=b"hush")
    assert "one.test" in caplog.text
    assert "hush" not in caplog.text
    assert "sesame" not in caplog.text
    assert "/there" not in caplog.text


# --- Pages of a list


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<https://one.test/x?offset=2>; rel="next"', "https://one.test/x?offset=2"),
        ("</x?offset=2>; rel=next", "https://one.test/x?offset=2"),
        ("<?offset=2>;rel=NEXT", "https://one.test/list?offset=2"),
        ('</a>; rel="last", </b>; title="a, <b>; rel=next"; rel="next last"', "https://one.test/b"),
        ('</a,b;c>; rel="next"', "https://one.test/a,b;c"),
        ('</a>; rel="next", </b>; rel="next"', "https://one.test/a"),
        ('</a>; rel="prev", </b>; rel="first"', ""),
        ("</a>", ""),
        ("/a; rel=next", ""),
        ("<>; rel=next", ""),
        ('<https://two.test/x>; rel="next"', ""),
        ('<//two.test/x>; rel="next"', ""),
        ('<http://one.test/x>; rel="next"', ""),
        ('<https://one.test:444/x>; rel="next"', ""),
        ('<https://one.test@two.test/x>; rel="next"', ""),
        ('<javascript:alert(1)>; rel="next"', ""),
        ('</a b>; rel="next"', ""),
        ('</a>; title="never closed; rel=next', ""),
        ("<" * 4000, ""),
        ('<a>;"' * 1600, ""),
    ],
)
def test_the_next_page_is_on_the_same_site(link: str, expected: str) -> None:
    with Site(list=Answer(b"[]", headers={"Link": link})) as site, door(site) as get:
        assert get(f"{site.url}/list").next_url == expected


def test_links_in_several_headers_are_read_together() -> None:
    head = 'X: y\r\nLink: </a>; rel="prev"\r\nLink: </b>; rel="next"'
    with Server(lambda c, path: reply(c, X=head[3:])) as server:
        policy = fetch.Policy(private=frozenset({("127.0.0.1", server.port)}))
        with fetch.Fetcher(policy) as get:
            assert get(server.url("/list")).next_url == server.url("/b")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("70", 70), (" 0 ", 0), ("", None), ("-1", None), ("1e3", None), ("7" * 10, None)],
)
def test_a_list_may_say_how_long_it_is(value: str, expected: int | None) -> None:
    with Site(list=Answer(headers={"X-Total-Count": value})) as site, door(site) as get:
        assert get(f"{site.url}/list").total == expected


def test_an_answer_without_pages_has_none(one: Site) -> None:
    with door(one) as get:
        answer = get(f"{one.url}/there")
    assert (answer.next_url, answer.total) == ("", None)


# --- Places opened for development


def test_only_a_place_named_in_the_settings_may_do_without_tls(settings: Settings) -> None:
    settings.FETCH_ALLOW = ["localhost:8701", "one.test=127.0.0.1:8702"]
    opened = [
        url
        for url in (
            "http://localhost:8701/x",
            "http://localhost:8702/",
            "http://127.0.0.1:8701/",
            "http://one.test/",
            "http://badges.example/",
        )
        if fetch.is_opened(addresses.parse(url))
    ]
    assert opened == ["http://localhost:8701/x"]
    settings.FETCH_ALLOW = []
    assert not fetch.is_opened(addresses.parse("http://localhost:8701/x"))


def test_a_session_can_be_told_to_be_quick(settings: Settings) -> None:
    with Site(x=Answer(b"{}")) as site:
        settings.FETCH_ALLOW = [site.allow]
        site.mode, site.delay = Mode.SLOW, 5
        with fetch.session(total=0.3) as get, pytest.raises(Unreachable):
            get(f"{site.url}/x")
