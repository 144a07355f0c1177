"""A platform of our own: a local server that answers as a real one would, well or badly.

    with Credly() as credly:                    a simulator; `tests/simulators/<reader>.py` has each
        Site("sqlite", **sites(credly))         a whole site that reaches it as https://credly.test
        credly.mode = Mode.THROTTLED            and from now on it refuses every first request
        credly.requests                         the paths (with queries) asked so far

A subclass names its `reader` and `host` and says in `answer` what stands at a path. The modes that
are the same everywhere are here; a platform's own oddities (ids that moved, revoked bodies with
200) stand in the subclass, under `Mode.ODD`. Nothing in a simulator is copied from a platform: its
answers have the known shape, and the people and badges in them are made up.
"""

import enum
import json
import struct
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit


class Mode(enum.Enum):
    """How the platform feels today."""

    FINE = "fine"
    SLOW = "slow"  # every answer takes `Simulator.delay` seconds
    THROTTLED = "throttled"  # every first request of a path gets 429 with Retry-After
    REFUSING = "refusing"  # 403 to every program
    HTML = "html"  # a web page in place of every piece of data
    BROKEN = "broken"  # 500 to everything
    TRUNCATED = "truncated"  # data that ends in its middle
    DEAD_IMAGES = "dead images"  # the data is fine, no picture is
    EMPTY = "empty"  # a profile without a badge
    GONE = "gone"  # 404 to everything
    ODD = "odd"  # whatever else this platform is known for


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def data(value: Any, **more: Any) -> Answer:
    return Answer(json.dumps(value).encode(), **more)


def page(html: str, **more: Any) -> Answer:
    return Answer(html.encode(), content_type="text/html; charset=utf-8", **more)


NOT_THERE = Answer(b"not here", 404, "text/plain")


def png(seed: int = 0, size: int = 32) -> bytes:
    """A small whole PNG of one colour; another seed, another colour."""
    colour = bytes((40 + seed * 53 % 200, 60 + seed * 97 % 180, 80 + seed * 31 % 160))
    rows = (b"\0" + colour * size) * size

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


class Simulator:
    """One platform, on a port of this machine."""

    reader: ClassVar[str]
    host: ClassVar[str]  # a name under .test, by which the site reaches it
    delay: float = 1.0
    retry_after: int = 1

    def __init__(self, port: int = 0) -> None:
        self.mode = Mode.FINE
        self.requests: list[str] = []
        self._throttled: set[str] = set()
        self.closing = threading.Event()
        simulator = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer on a kept connection takes 40 ms

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                split = urlsplit(self.path)
                query = {key: values[-1] for key, values in parse_qs(split.query).items()}
                headers = {key.lower(): value for key, value in self.headers.items()}
                asked = Request(self.command, split.path, query, headers, self.rfile.read(length))
                simulator.requests.append(self.path)
                answer = simulator.respond(asked, self.path)
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_POST = do_HEAD = do_DELETE = handle_any

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: a test reads `requests`."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that gave up is what some tests are about."""

        self.server = Quiet(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    # --- What a subclass says

    def answer(self, request: Request) -> Answer:
        """What stands at this path when all is well (or `self.mode` is `Mode.ODD`)."""
        raise NotImplementedError

    # --- How it is reached

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    @property
    def allow(self) -> str:
        """For FETCH_ALLOW."""
        return f"{self.host}=127.0.0.1:{self.port}"

    @property
    def source_host(self) -> str:
        """For SOURCE_HOSTS."""
        return f"{self.reader}:{self.host}"

    # --- How it feels

    def respond(self, request: Request, whole: str) -> Answer:
        if self.mode is Mode.SLOW:
            self.closing.wait(self.delay)
        if self.mode is Mode.REFUSING:
            return page("<h1>Forbidden</h1>", status=403)
        if self.mode is Mode.BROKEN:
            return page("<h1>Internal Server Error</h1>", status=500)
        if self.mode is Mode.GONE:
            return NOT_THERE
        if self.mode is Mode.THROTTLED and whole not in self._throttled:
            self._throttled.add(whole)
            return Answer(b"{}", 429, headers={"Retry-After": str(self.retry_after)})
        found = self.answer(request)
        if self.mode is Mode.DEAD_IMAGES and found.content_type.startswith("image/"):
            return NOT_THERE
        if "json" in found.content_type and found.status == 200:
            if self.mode is Mode.HTML:
                return page("<!doctype html><title>Please enable JavaScript</title><p>Hello.")
            if self.mode is Mode.TRUNCATED:
                return Answer(found.body[: len(found.body) // 2], 200, found.content_type)
        return found

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def sites(*simulators: Simulator) -> dict[str, str]:
    """The variables with which a site reaches these simulators."""
    return {
        "FETCH_ALLOW": ",".join(one.allow for one in simulators),
        "SOURCE_HOSTS": ",".join(one.source_host for one in simulators if one.reader),
    }
