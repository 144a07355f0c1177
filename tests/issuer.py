"""An issuer's web server for the tests: real HTTP on this machine, told what to answer.

    with Issuer() as issuer:
        url = issuer.put("/badge.json", b"{}", content_type="application/json")
        issuer.put("/gone.json", status=410)
        issuer.put("/slow.json", b"{}", delay=30)
        issuer.requests  # the paths asked so far

Let the site reach it with FETCH_ALLOW: `Site(..., FETCH_ALLOW=issuer.address)`. A name other than
127.0.0.1 comes with `issuer.test=127.0.0.1:PORT`.
"""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


class Issuer:
    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self.closing = threading.Event()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.requests.append(self.path)
                answer = issuer.answers.get(self.path, Answer(b"not here", 404, "text/plain"))
                # Not a sleep: a slow answer must not outlive its test.
                issuer.closing.wait(answer.delay)
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            do_HEAD = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: a test reads `requests`."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that gave up is what some tests are about."""

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.address = f"127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def url(self, path: str) -> str:
        return f"http://{self.address}{path}"

    def put(
        self,
        path: str,
        body: bytes | str | dict[str, Any] = b"",
        *,
        status: int = 200,
        content_type: str = "application/json",
        delay: float = 0.0,
        headers: dict[str, str] | None = None,
    ) -> str:
        """Answer this path so from now on, and return its address."""
        if isinstance(body, dict):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        self.answers[path] = Answer(body, status, content_type, delay, headers or {})
        return self.url(path)

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
