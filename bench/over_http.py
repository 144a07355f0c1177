"""A hosted badge over real sockets: its three documents through the site's own guarded door.

The issuer is a web server in a process of its own, so that only what the check costs is counted.
It speaks plain HTTP: TLS costs another half millisecond for each connection, not for each request.
"""

import json
import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.synchronize import Event
from urllib.parse import urlsplit

from badges.fetch import Fetcher, Policy
from badges.openbadges.fetching import MAX_BYTES, Fetch, Fetched
from tests.openbadges import make

HOST = "school.example"  # a reserved name, played by the server below


def served(place: socket.socket, answers: dict[str, bytes], ready: Event) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = answers.get(self.path, b"")
            head = f"HTTP/1.1 {200 if body else 404} x\r\nContent-Type: application/json\r\n"
            self.wfile.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(place.getsockname(), Handler, bind_and_activate=False)
    server.socket = place
    ready.set()
    server.serve_forever()


@contextmanager
def site() -> Iterator[tuple[str, int]]:
    """The address of a server that publishes `make.hosted_web`."""
    known = make.hosted_web().answers
    answers = {urlsplit(url).path: one.body for url, one in known.items()}
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    with socket.create_server(("127.0.0.1", 0)) as place:
        child = context.Process(target=served, args=(place, answers, ready), daemon=True)
        child.start()
        ready.wait(10)
        try:
            yield place.getsockname()
        finally:
            child.terminate()
            child.join(10)


class Counted:
    """The door, and how often it was gone through."""

    def __init__(self, fetch: Fetch) -> None:
        self.fetch, self.asked = fetch, 0

    def __call__(
        self, url: str, *, accept: str = "", max_bytes: int = MAX_BYTES, max_age: float = 0
    ) -> Fetched:
        self.asked += 1
        return self.fetch(url, accept=accept, max_bytes=max_bytes)


def remembering(inner: Fetch) -> Fetch:
    """As the site does: an answer that may be old is asked for once."""
    kept: dict[str, Fetched] = {}

    def fetch(url: str, *, accept: str = "", max_bytes: int = 0, max_age: float = 0) -> Fetched:
        if max_age and url in kept:
            return kept[url]
        kept[url] = inner(url, max_age=max_age)
        return kept[url]

    return fetch


@dataclass(frozen=True)
class Cost:
    """Of one badge: processor milliseconds, milliseconds by the clock, and requests."""

    cpu: float
    wall: float
    requests: float


def measured(check: Callable[[bytes, Fetch], object], rounds: int, count: int) -> dict[str, Cost]:
    """What a hosted badge costs when all of it is asked for, and when its issuer is known."""
    data = json.dumps(make.assertion()).encode()
    found = {}
    with site() as address, Fetcher(Policy(stand_ins={HOST: address})) as door:
        for name, at_hand in (("all of it asked for", False), ("class and issuer at hand", True)):
            counted = Counted(door)
            fetch = remembering(counted) if at_hand else counted
            check(data, fetch)
            counted.asked = 0
            spent = [timed(lambda fetch=fetch: check(data, fetch), count) for _ in range(rounds)]  # type: ignore[misc]
            cpu, wall = (statistics.median(one[at] for one in spent) for at in (0, 1))
            found[name] = Cost(cpu, wall, counted.asked / rounds / count)
    return found


def timed(action: Callable[[], object], count: int) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(count):
        action()
    used, passed = time.process_time() - cpu, time.perf_counter() - wall
    return used / count * 1000, passed / count * 1000
