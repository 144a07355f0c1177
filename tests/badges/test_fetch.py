"""The one door to the internet: what it lets through, what it stops, and when."""

import gzip
import ipaddress
import logging
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from badges import addresses, fetch
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import Fetched
from tests.badges.address_bed import (
    NAMES,
    PUBLIC,
    SPELLINGS,
    Authority,
    Server,
    Switchboard,
    reply,
    silent,
)

KIB = 1024
TOTAL = 0.5

Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers that stop with the test."""
    started: list[Server] = []

    def start(*arguments: object, **options: object) -> Server:
        server = Server(*arguments, **options)  # type: ignore[arg-type]  # passed on as they came
        started.append(server)
        return server

    yield start
    for server in started:
        server.__exit__()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(Path(tmp_path_factory.mktemp("authority")))


def public(*answers: str) -> fetch.Resolver:
    return lambda host, port: answers or (PUBLIC,)


def policy(*private: Server | int, total: float = TOTAL, redirects: int = 5) -> fetch.Policy:
    ports = [item.port if isinstance(item, Server) else item for item in private]
    return fetch.Policy(
        private=frozenset(("127.0.0.1", port) for port in ports),
        total=total,
        connect=0.3,
        redirects=redirects,
    )


def local(server: Server, path: str = "/", max_bytes: int = 64 * KIB) -> Fetched:
    """Fetch from a server that the policy opens."""
    with fetch.Fetcher(policy(server)) as get:
        return get(server.url(path), max_bytes=max_bytes)


def refused(server: Server, path: str = "/", max_bytes: int = 64 * KIB) -> float:
    """Fetch what must not come; returns the seconds it took."""
    started = time.monotonic()
    with pytest.raises(Unreachable, match=fetch.MESSAGE):
        local(server, path, max_bytes)
    return time.monotonic() - started


# --- addresses


@pytest.mark.parametrize("url", SPELLINGS, ids=ascii)
def test_a_hostile_spelling_opens_no_connection(url: str) -> None:
    board = Switchboard()
    with (
        fetch.Fetcher(policy(), resolver=public(), backend=board) as get,
        pytest.raises(Unreachable),
    ):
        get(url)
    assert board.calls == []


@pytest.mark.parametrize(("url", "answers"), NAMES)
def test_a_name_with_any_answer_that_is_not_public_opens_no_connection(
    url: str, answers: tuple[str, ...]
) -> None:
    board = Switchboard()

    def resolver(host: str, port: int) -> tuple[str, ...]:
        return answers

    with (
        fetch.Fetcher(policy(), resolver=resolver, backend=board) as get,
        pytest.raises(Unreachable),
    ):
        get(url)
    assert board.calls == []


def test_a_public_name_is_dialled_by_the_address_that_was_checked(serve: Serve) -> None:
    server = serve(lambda connection, path: reply(connection))
    board = Switchboard(server.port)
    with fetch.Fetcher(policy(), resolver=public(), backend=board) as get:
        found = get("http://Issuer.test/badge?id=1#part")
    assert board.calls == [(PUBLIC, 80)]
    assert server.requests[0].startswith("GET /badge?id=1 HTTP/1.1\r\nHost: issuer.test\r\n")
    assert found.final_url == found.url == "http://Issuer.test/badge?id=1#part"


def test_a_name_that_changes_its_answer_finds_no_gap(serve: Serve) -> None:
    server = serve(lambda connection, path: reply(connection, Connection="close"))
    board = Switchboard(server.port)
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    with fetch.Fetcher(policy(), resolver=lambda *_: next(answers), backend=board) as get:
        get("http://rebind.example/")
        with pytest.raises(Unreachable):
            get("http://rebind.example/")
    assert board.calls == [(PUBLIC, 80)]


def test_a_black_hole_in_front_does_not_hide_the_address_behind(serve: Serve) -> None:
    server = serve(lambda connection, path: reply(connection))
    board = Switchboard(server.port, dead=["2606:4700::1111"])
    resolver = public("2606:4700::1111", PUBLIC)
    with fetch.Fetcher(policy(), resolver=resolver, backend=board) as get:
        assert get("http://issuer.test/").status == 200
    assert board.calls == [("2606:4700::1111", 80), (PUBLIC, 80)]


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::200e"]
)
def test_ordinary_hosts_are_public(address: str) -> None:
    assert addresses.special(ipaddress.ip_address(address)) == ""


@given(st.ip_addresses())
def test_the_table_is_never_laxer_than_the_standard_library(address: addresses.Address) -> None:
    if not address.is_global:
        assert addresses.special(address)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Bücher.example/ü?q=ß#x", "https://xn--bcher-kva.example/%C3%BC?q=%C3%9F"),
        ("https://issuer.test:443/%7Ea%2fb", "https://issuer.test/%7Ea%2fb"),
        ("http://issuer.test?x=1", "http://issuer.test/?x=1"),
        ("https://a_b.example:8443/@me", "https://a_b.example:8443/@me"),
        ("http://[2606:4700:0::1111]/", "http://[2606:4700::1111]/"),
        ("https://xn--a.example/", "https://xn--a.example/"),
    ],
)
def test_good_addresses_are_read_and_written(url: str, expected: str) -> None:
    assert str(addresses.parse(url)) == expected


# --- what comes back


@pytest.mark.parametrize("status", [200, 204, 300, 400, 404, 410, 418, 429, 500, 503])
def test_any_status_is_an_answer(serve: Serve, status: int) -> None:
    body = b"" if status == 204 else b"gone"
    server = serve(lambda connection, path: reply(connection, status, body))
    found = local(server)
    assert (found.status, found.body) == (status, body)


def test_html_is_returned_for_its_caller_to_judge(serve: Serve) -> None:
    kind = "text/html; charset=utf-8"
    server = serve(lambda connection, path: reply(connection, body=b"<p>", Content_Type=kind))
    assert local(server).content_type == kind


def test_the_request_says_who_asks_and_carries_nothing_else(serve: Serve) -> None:
    server = serve(lambda connection, path: reply(connection, Set_Cookie="a=b"))
    with fetch.Fetcher(policy(server)) as get:
        get(server.url(), accept="image/*")
        get(server.url(), accept="image/*")
    for request in server.requests:
        assert request.split("\r\n") == [
            "GET / HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}",
            "User-Agent: Laurel",
            "Accept: image/*",
            "Accept-Encoding: gzip",
            "",
            "",
        ]


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_in_the_environment_is_ignored(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    proxy = serve(lambda connection, path: reply(connection))
    monkeypatch.setenv(name, proxy.url())
    local(serve(lambda connection, path: reply(connection)))
    assert proxy.requests == []


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_a_compressed_body_is_opened(serve: Serve, compress: Callable[[bytes], bytes]) -> None:
    encoding = "gzip" if compress is gzip.compress else "deflate"
    body = compress(b"x" * 5000)
    server = serve(lambda connection, path: reply(connection, body=body, Content_Encoding=encoding))
    assert local(server).body == b"x" * 5000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"x"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x"))),
        ("gzip", b"not gzip at all"),
        ("gzip", gzip.compress(b"x" * 5000)[:-9]),
        ("gzip", gzip.compress(b"x") + b"tail"),
    ],
    ids=["unknown", "twice", "none", "cut off", "more behind"],  # gzip writes the time
)
def test_a_body_in_an_odd_coding_is_refused(serve: Serve, encoding: str, body: bytes) -> None:
    refused(serve(lambda c, path: reply(c, body=body, Content_Encoding=encoding)))


# --- sizes


def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(serve: Serve) -> None:
    server = serve(lambda c, path: reply(c, body=b"x" * int(path[1:])))
    assert len(local(server, "/1000", max_bytes=1000).body) == 1000
    refused(server, "/1001", max_bytes=1000)


def test_a_huge_body_is_cut_off_early(serve: Serve) -> None:
    sent = 0

    def pour(connection: socket, path: str) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 400 * KIB * KIB:
            sent += connection.send(b"x" * 64 * KIB)

    assert refused(serve(pour)) < TOTAL
    assert sent < 20 * KIB * KIB  # what the kernel's buffers hold, and no more


def test_a_bomb_is_not_blown_up(serve: Serve) -> None:
    bomb = gzip.compress(bytes(50 * KIB * KIB))
    server = serve(lambda c, path: reply(c, body=bomb, Content_Encoding="gzip"))
    assert refused(server, max_bytes=KIB * KIB) < TOTAL


def endless_chunks(connection: socket, path: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall((b"1;" + b"e" * 8000 + b"\r\nx\r\n") * 8)


def endless_hints(connection: socket, path: str) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: <" + b"x" * 8000 + b">\r\n\r\n")


def endless_header(connection: socket, path: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"x" * 64 * KIB)


@pytest.mark.parametrize("handler", [endless_chunks, endless_hints, endless_header])
def test_bytes_around_the_body_count_too(
    serve: Serve, handler: Callable[[socket, str], None]
) -> None:
    assert refused(serve(handler), max_bytes=KIB) < TOTAL


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"",
    ],
)
def test_what_is_not_http_is_refused(serve: Serve, answer: bytes) -> None:
    def speak(connection: socket, path: str) -> None:
        connection.sendall(answer)
        raise OSError("hang up")

    assert refused(serve(speak)) < TOTAL


# --- time


def drip_header(connection: socket, path: str) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 4000:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def drip_body(connection: socket, path: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
    for _ in range(4000):
        connection.sendall(b"x")
        time.sleep(0.02)


def drip_redirects(connection: socket, path: str) -> None:
    time.sleep(0.2)
    reply(connection, 302, Location="/again")


@pytest.mark.parametrize("handler", [drip_header, drip_body, drip_redirects])
def test_a_slow_drip_ends_at_the_deadline(
    serve: Serve, handler: Callable[[socket, str], None]
) -> None:
    assert TOTAL - 0.1 < refused(serve(handler)) < TOTAL + 4


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_never_answers_ends_at_the_deadline(scheme: str) -> None:
    started = time.monotonic()
    with silent() as port, fetch.Fetcher(policy(port)) as get, pytest.raises(Unreachable):
        get(f"{scheme}://127.0.0.1:{port}/")
    assert time.monotonic() - started < TOTAL + 4


def test_a_closed_port_fails_at_once() -> None:
    with silent() as port:
        pass
    started = time.monotonic()
    with fetch.Fetcher(policy(port)) as get, pytest.raises(Unreachable):
        get(f"http://127.0.0.1:{port}/")
    assert time.monotonic() - started < TOTAL


def test_lookups_that_hang_are_left_behind_and_bounded() -> None:
    release = threading.Event()
    running = 0

    def hang(host: str, port: int) -> list[str]:
        nonlocal running
        running += 1
        release.wait(10)
        return [PUBLIC]

    def ask() -> None:
        with (
            fetch.Fetcher(policy(), resolver=hang, backend=board) as get,
            pytest.raises(Unreachable),
        ):
            get("http://issuer.test/")

    board = Switchboard()
    threads = [threading.Thread(target=ask) for _ in range(40)]
    started = time.monotonic()
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - started < TOTAL + 4
        assert running == 32
        assert board.calls == []
    finally:
        release.set()


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    def missing(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with fetch.Fetcher(policy(), resolver=missing) as get, pytest.raises(Unreachable):
        get("https://missing.example/")


# --- redirects


def test_five_redirects_are_followed_and_six_are_not(serve: Serve) -> None:
    def step(connection: socket, path: str) -> None:
        left = int(path[1:])
        if left:
            reply(connection, 302, b"moved", Location=f"/{left - 1}")
        else:
            reply(connection, body=b"arrived")

    server = serve(step)
    found = local(server, "/5")
    assert (found.body, found.final_url) == (b"arrived", server.url("/0"))
    refused(server, "/6")


def test_a_redirect_loop_ends(serve: Serve) -> None:
    server = serve(lambda connection, path: reply(connection, 301, Location=path))
    refused(server)
    assert len(server.requests) == 6


def test_a_redirect_to_a_private_place_opens_no_connection(serve: Serve) -> None:
    inner = serve(lambda connection, path: reply(connection))
    outer = serve(lambda connection, path: reply(connection, 302, Location=inner.url()))
    refused(outer)
    assert inner.connections == 0


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "http://user:password@127.0.0.1/",
        "/a\tb",
        "\\\\127.0.0.1\\",
        "//localhost/",
        "http://[::1",
        "data:,x",
        "\xff",
    ],
)
def test_a_redirect_is_read_as_strictly_as_an_address(serve: Serve, location: str) -> None:
    def send(connection: socket, path: str) -> None:
        if path != "/":
            reply(connection)
        head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(head.encode("latin-1"))

    server = serve(send)
    refused(server)
    assert len(server.requests) == 1


def test_a_redirect_status_without_a_place_is_an_answer(serve: Serve) -> None:
    server = serve(lambda connection, path: reply(connection, 302, b"nowhere"))
    assert local(server).body == b"nowhere"


# --- TLS


def secure(server: Server, authority: Authority, url: str) -> Fetched:
    board = Switchboard(server.port)
    with fetch.Fetcher(policy(), resolver=public(), backend=board, trust=authority.client) as get:
        return get(url)


def test_the_certificate_is_checked_against_the_name_not_the_address(
    serve: Serve, authority: Authority
) -> None:
    context = authority.server("issuer.test")
    asked: list[str | None] = []
    context.sni_callback = lambda connection, name, _: asked.append(name)
    server = serve(lambda connection, path: reply(connection), context)
    assert secure(server, authority, "https://issuer.test/").status == 200
    assert asked == ["issuer.test"]
    assert "Host: issuer.test\r\n" in server.requests[0]


def test_a_certificate_for_another_name_is_refused(serve: Serve, authority: Authority) -> None:
    server = serve(lambda connection, path: reply(connection), authority.server("other.test"))
    with pytest.raises(Unreachable):
        secure(server, authority, "https://issuer.test/")
    assert server.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(
    serve: Serve, authority: Authority, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path)
    server = serve(lambda connection, path: reply(connection), stranger.server("issuer.test"))
    with pytest.raises(Unreachable):
        secure(server, authority, "https://issuer.test/")
    assert server.requests == []


def test_a_redirect_from_https_to_http_is_refused(serve: Serve, authority: Authority) -> None:
    context = authority.server("issuer.test")
    server = serve(
        lambda connection, path: reply(connection, 302, Location="http://issuer.test/"), context
    )
    with pytest.raises(Unreachable):
        secure(server, authority, "https://issuer.test/")
    assert server.connections == 1


# --- kept connections


def test_a_session_keeps_its_connection(serve: Serve) -> None:
    server = serve(lambda connection, path: reply(connection))
    with fetch.Fetcher(policy(server)) as get:
        for _ in range(5):
            get(server.url())
    assert (len(server.requests), server.connections) == (5, 1)


def test_a_kept_connection_that_breaks_is_dialled_again_once(serve: Serve) -> None:
    def once_each(connection: socket, path: str) -> None:
        if path == "/breaks" and server.connections == 1:
            raise OSError("hang up instead of answering")
        reply(connection)

    server = serve(once_each)
    with fetch.Fetcher(policy(server)) as get:
        get(server.url())
        assert get(server.url("/breaks")).status == 200
    assert server.connections == 2


def test_the_clock_starts_anew_for_each_fetch_of_a_session(serve: Serve) -> None:
    def slow(connection: socket, path: str) -> None:
        time.sleep(0.2)
        reply(connection)

    server = serve(slow)
    with fetch.Fetcher(policy(server)) as get:
        for _ in range(4):
            get(server.url())


def test_threads_that_share_a_fetcher_have_clocks_of_their_own(serve: Serve) -> None:
    def slow(connection: socket, path: str) -> None:
        time.sleep(0.3)
        reply(connection)

    def ask() -> None:
        answers.append(get(server.url()).status)

    server = serve(slow)
    answers: list[int] = []
    with fetch.Fetcher(policy(server)) as get:
        first = threading.Thread(target=ask)
        first.start()
        time.sleep(0.25)
        second = threading.Thread(target=ask)  # would outlive the first one's deadline
        second.start()
        first.join()
        second.join()
    assert answers == [200, 200]


# --- what people and logs are told


def test_the_log_has_the_reason_and_neither_path_nor_query(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "laurel.fetch")
    target = serve(lambda connection, path: reply(connection, 302, Location="http://10.0.0.9/key"))
    refused(target, "/secret-path?token=secret-token")
    for url in ("http://user:secret@issuer.test/", "http://issuer.test/\nsecret"):
        with fetch.Fetcher(policy()) as get, pytest.raises(Unreachable, match=fetch.MESSAGE):
            get(url)
    lines = [record.getMessage() for record in caplog.records if record.name == "laurel.fetch"]
    assert lines == [
        "http://10.0.0.9 could not be fetched: 10.0.0.9 is not public: private",
        "an unreadable address could not be fetched: not a plain http or https URL",
        "an unreadable address could not be fetched: a character that no URL has",
    ]


# --- settings


def test_the_site_reaches_no_private_place_by_default(serve: Serve, settings: Settings) -> None:
    settings.FETCH_ALLOW = []
    server = serve(lambda connection, path: reply(connection))
    with pytest.raises(Unreachable):
        fetch.fetch(server.url())
    assert server.connections == 0


def test_a_place_opened_by_the_settings_is_reached(serve: Serve, settings: Settings) -> None:
    server = serve(lambda connection, path: reply(connection))
    settings.FETCH_ALLOW = [f"127.0.0.1:{server.port}", f"issuer.test=127.0.0.1:{server.port}"]
    settings.SITE_URL = "https://laurel.example"
    assert fetch.fetch(server.url()).status == 200
    assert fetch.fetch("https://issuer.test/badge").status == 200
    assert f"User-Agent: Laurel/{settings.VERSION} (+https://laurel.example)" in server.requests[0]
    assert "Host: issuer.test\r\n" in server.requests[1]


@pytest.mark.parametrize(
    "entry",
    [
        "127.0.0.1:port",
        "http://127.0.0.1:80",
        "issuer.org=127.0.0.1:8701",
        "issuer.test=10.0.0.1:8701",
        "issuer.test=",
        "*",
        "",
    ],
)
def test_an_opening_that_cannot_be_meant_is_refused_loudly(entry: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="FETCH_ALLOW"):
        fetch.openings([entry])


# --- the demo's documents


@pytest.fixture
def demo(tmp_path: Path, settings: Settings) -> Path:
    (tmp_path / "profile.json").write_text('{"name": "Quill"}')
    (tmp_path / "index.json").write_text('{"https://quill.example/profile": "profile.json"}')
    settings.DEMO_DOCUMENTS = str(tmp_path)
    return tmp_path


def test_names_that_nobody_can_own_are_answered_from_the_demos_folder(demo: Path) -> None:
    answer = fetch.fetch("https://quill.example/profile#me")
    assert (answer.status, answer.body) == (200, b'{"name": "Quill"}')


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("url", ["https://quill.example/other", "https://gone.invalid/"])
def test_what_the_demo_does_not_have_is_unreachable_like_anything(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: pytest.fail("asked a name server"))
    with pytest.raises(Unreachable, match=fetch.MESSAGE):
        fetch.fetch(url)


def test_other_names_are_never_answered_from_the_demos_folder(demo: Path) -> None:
    (demo / "index.json").write_text('{"http://127.0.0.1/": "profile.json"}')
    with pytest.raises(Unreachable):
        fetch.fetch("http://127.0.0.1/")


@pytest.mark.usefixtures("demo")
def test_a_server_that_plays_a_reserved_name_goes_before_the_demo(
    serve: Serve, settings: Settings
) -> None:
    server = serve(lambda connection, path: reply(connection))
    settings.FETCH_ALLOW = [f"quill.example=127.0.0.1:{server.port}"]
    assert fetch.fetch("https://quill.example/profile").status == 200
    assert server.connections == 1


@pytest.mark.parametrize("broken", ["[]", "{", '{"https://quill.example/": "missing.json"}'])
def test_a_broken_folder_of_the_demo_stops_nothing(demo: Path, broken: str) -> None:
    (demo / "index.json").write_text(broken)
    with fetch.session():
        assert fetch.demo_documents() is None


def test_a_site_without_a_demo_has_no_such_folder(demo: Path, settings: Settings) -> None:
    (demo / "index.json").unlink()
    assert fetch.demo_documents() is None
    settings.DEMO_DOCUMENTS = ""
    assert fetch.demo_documents() is None
