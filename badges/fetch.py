"""The only door to the internet: guarded, bounded, never to private addresses.

Theory of operation. Whoever imports a badge chooses which addresses this server asks, so
every address is hostile until shown otherwise. Five rules, each kept in one place:

1. **One parser**, in `addresses`. Its parts go to httpcore as parts, never as text.
2. **Check what is dialled.** `dialling.Door` stands where sockets are opened. It resolves the name
   once, refuses unless *every* answer is public, and connects to the very address it checked.
   TLS, the certificate and the Host header keep the name. A name that changes its answer
   between check and use (rebinding) finds no gap between the two.
3. **One clock.** `Budget` starts once per fetch, and everything draws on it: names, connecting,
   TLS, each read, each redirect. A timeout per read would let a slow drip last for ever.
4. **Two scales.** Bytes are counted as they leave the socket (headers and chunk framing too),
   and again as they are inflated (by `answers`), before they are kept.
5. **Redirects by hand**, each treated as a new address. No cookie, no proxy taken from the
   environment, nothing kept between two sessions.

What is sent along (a form, somebody's key to their account) is for one site alone: `send` follows
no redirect to another, and none at all for a POST.

Addresses under names that nobody can own (RFC 2606) may be answered from a folder instead, see
`demo_documents`: the demo's issuers live there, and no name server is asked for them.

Every failure is the same `Unreachable` with the same sentence: answers that differ would turn
this site into a scanner of its own network. The reason is for the log, `laurel.fetch`, which
names host and port but never a path or a query, since those carry tokens.
"""

import functools
import logging
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Literal, Protocol, Self, runtime_checkable

import certifi
import httpcore
from django.conf import settings

from badges import answers, documents
from badges.addresses import Refused, Target, parse, redirected
from badges.dialling import (
    TOTAL,
    Budget,
    Door,
    Kept,
    Policy,
    Resolver,
    Silence,
    openings,
    system_resolver,
)
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched

logger = logging.getLogger("laurel.fetch")
# At debug level the library writes out whole headers, and redirects carry tokens.
logging.getLogger("httpcore").setLevel(logging.INFO)

MESSAGE = (
    "This address could not be reached. Check that it is a public web address that answers "
    "in a browser, and try again later."
)
SENT_ON = (
    "This site sends us on to another address, and what we had to give was for this one alone. "
    "Whoever runs it has to put the right address into what it publishes."
)
MOVED = frozenset({301, 302, 303, 307, 308})
KEPT = 5.0  # seconds that a connection waits for the next question
FRAMING = 256 * 1024  # headers and chunk framing allowed on top of the body

Method = Literal["GET", "POST"]

__all__ = [
    "MESSAGE", "MOVED", "SENT_ON", "TOTAL", "Fetcher", "Method", "Policy", "Resolver", "Sender",
    "demo_documents", "fetch", "is_opened", "openings", "session", "system_resolver",
]  # fmt: skip


# ---------------------------------------------------------------------------------------
# The fetcher


@runtime_checkable
class Sender(Fetch, Protocol):
    """A fetch that can also send: a form, or a request that somebody's key goes with."""

    def send(
        self,
        method: Method,
        url: str,
        *,
        headers: Mapping[str, str] = ...,
        body: bytes = ...,
        content_type: str = ...,
        accept: str = ...,
        max_bytes: int = ...,
    ) -> Fetched: ...


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, wherever it is asked. `bound` is what no other site may be asked."""

    accept: str
    max_bytes: int
    method: Method = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    bound: bool = False


@functools.cache
def _trust() -> ssl.SSLContext:
    # Reading the authorities takes 20 ms, far more than a fetch on a kept connection.
    return ssl.create_default_context(cafile=certifi.where())


class Fetcher:
    """Fetches under a policy; a context manager which keeps connections for its own life.

    Keep one for the badges of one import: the documents of a badge mostly share a host, and
    TLS is most of the cost. Threads may share it.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        resolver: Resolver = system_resolver,
        backend: httpcore.NetworkBackend | None = None,
        trust: ssl.SSLContext | None = None,
        reserved: Fetch | None = None,
    ) -> None:
        self._policy = policy
        self._reserved = reserved
        self._budget = Budget()
        self._door = Door(policy, self._budget, resolver, backend or httpcore.SyncBackend())
        self._trust = trust or _trust()
        self._kept = Kept(policy.connections)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kept.close()

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        """Get one document, whatever its HTTP status; raise Unreachable when there is none.

        Remembers nothing, so `max_age` is left to who wraps it.
        """
        return self._answer(url, _Question(accept, max_bytes))

    def send(
        self,
        method: Method,
        url: str,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: bytes = b"",
        content_type: str = "",
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
    ) -> Fetched:
        """Ask with more than an address: headers that are this site's alone, and a body.

        A POST is sent once and follows no redirect; a GET follows those that stay on the site.
        Any other raises Unreachable, with words of its own: it is the site that must mend it.
        """
        if content_type:
            headers = {**headers, "Content-Type": content_type}
        sent = body if method == "POST" else None
        question = _Question(accept, max_bytes, method, headers, sent, bound=True)
        return self._answer(url, question)

    def _answer(self, url: str, question: _Question) -> Fetched:
        started = time.monotonic()
        self._budget.deadline, self._budget.reached = started + self._policy.total, False
        place, silent, led_on = "an unreadable address", False, False
        try:
            target = parse(url)
            origin = target.origin
            if self._reserved and self._policy.is_nobodys(target):
                return _from_folder(self._reserved, url, question)
            for hop in range(self._policy.redirects + 1):
                place = f"{target.scheme}://{target.authority}"
                self._policy.check(target)
                status, headers, body = self._exchange(target, question)
                if status not in MOVED or b"location" not in headers:
                    took = round(1000 * (time.monotonic() - started))
                    logger.debug("%s answered %d in %d ms", place, status, took)
                    final = str(target) if hop else url
                    return answers.fetched(url, final, status, headers, body)
                target = _moved(target, headers[b"location"], question, url)
                led_on = target.origin != origin
            raise Refused("too many redirects")
        except (Refused, zlib.error) as problem:
            reason, silent = str(problem), isinstance(problem, Silence)
        except (httpcore.TimeoutException, httpcore.NetworkError) as problem:
            reason = f"{type(problem).__name__} {problem}"[:200]
            silent = True
        except (OSError, ValueError) as problem:
            reason = f"{type(problem).__name__} {problem}"[:200]
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as problem:
            reason = type(problem).__name__  # its text quotes the other side's bytes
            silent = isinstance(problem, httpcore.RemoteProtocolError)
        # Only a site that was asked itself may be left alone for its silence: a link that leads
        # from it to nowhere, or to a port that we do not ask, is no fault of it.
        logger.info("%s could not be fetched: %s", place, reason.encode("unicode_escape").decode())
        silent = silent and not led_on
        raise Unreachable(MESSAGE, url, silent=silent, reached=self._budget.reached) from None

    def _exchange(
        self, target: Target, question: _Question
    ) -> tuple[int, Mapping[bytes, bytes], bytes]:
        self._budget.bytes = question.max_bytes + FRAMING
        self._budget.reached = False
        url = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        # A POST must never be sent twice, so it never meets a kept connection that may be dead.
        kept = self._kept.take(url.origin) if question.method == "GET" else None
        if kept is not None:
            try:
                return self._ask(kept, url, target, question)
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
                # It may be closed by the other side just as we use it again, and the next one that
                # was kept may be as dead: this time nothing but a new one will do.
                self._budget.bytes = question.max_bytes + FRAMING
        new = httpcore.HTTPConnection(
            url.origin, self._trust, keepalive_expiry=KEPT, network_backend=self._door
        )
        return self._ask(new, url, target, question)

    def _ask(
        self,
        connection: httpcore.HTTPConnection,
        url: httpcore.URL,
        target: Target,
        question: _Question,
    ) -> tuple[int, Mapping[bytes, bytes], bytes]:
        request: dict[bytes | str, bytes | str] = {
            "Host": target.authority,
            "User-Agent": self._policy.user_agent,
            "Accept": question.accept,
            "Accept-Encoding": "gzip",
        }
        request.update({name: text.encode("ascii") for name, text in question.headers.items()})
        self._budget.left()
        try:
            with connection.stream(
                question.method, url, headers=request, content=question.body
            ) as response:
                if response.status < 200:
                    raise Refused(f"status {response.status}")
                headers: dict[bytes, bytes] = {}
                for name, value in response.headers:
                    key = name.lower()
                    # Joined as HTTP says, so that a second encoding or length cannot hide.
                    headers[key] = headers[key] + b", " + value if key in headers else value
                moved = response.status in MOVED and b"location" in headers
                chunks = response.iter_stream()
                body = b"" if moved else answers.body(chunks, headers, question.max_bytes)
        finally:
            self._kept.give(url.origin, connection)
        return response.status, headers, body


def _moved(source: Target, location: bytes, question: _Question, url: str) -> Target:
    target = redirected(source, location)
    if question.bound and (question.method != "GET" or target.origin != source.origin):
        logger.info("%s://%s sends on what was for it alone", source.scheme, source.authority)
        raise Unreachable(SENT_ON, url, silent=False)
    return target


def _from_folder(folder: Fetch, url: str, question: _Question) -> Fetched:
    if question.bound:
        raise Refused("a reserved name, and nobody there to be given anything")
    try:
        return folder(url, max_bytes=question.max_bytes)
    except Unreachable:
        raise Refused("a reserved name, and the demo has no such document") from None


# ---------------------------------------------------------------------------------------
# What the rest of the site calls


@functools.lru_cache(maxsize=1)
def _read_folder(folder: str, changed: int) -> Fetch:
    return documents.read(Path(folder))


def demo_documents() -> Fetch | None:
    """What the demo's issuers answer, when this site has a demo. Read again after a change."""
    if not settings.DEMO_DOCUMENTS:
        return None
    try:
        changed = (Path(settings.DEMO_DOCUMENTS) / documents.INDEX).stat().st_mtime_ns
        return _read_folder(settings.DEMO_DOCUMENTS, changed)
    except FileNotFoundError:
        return None
    except (OSError, documents.BadFolder) as problem:
        logger.warning("The demo's documents cannot be used: %s", problem)
        return None


def session(*, total: float = TOTAL) -> Fetcher:
    """A Fetcher under the site's settings: `with fetch.session() as get: ...`.

    `total` is how many seconds one fetch may take: fewer where a person is waiting for the page.
    """
    private, stand_ins = openings(settings.FETCH_ALLOW)
    return Fetcher(
        Policy(
            user_agent=f"Laurel/{settings.VERSION} (+{settings.SITE_URL})",
            private=frozenset(private),
            stand_ins=stand_ins,
            total=total,
            connections=max(32, settings.IMPORT_WIDTH),
        ),
        reserved=demo_documents(),
    )


def is_opened(target: Target) -> bool:
    """Whether FETCH_ALLOW opens this very place: a server of this machine, which has no TLS."""
    return (target.host, target.port) in openings(settings.FETCH_ALLOW)[0]


def fetch(
    url: str,
    *,
    accept: str = JSON_TYPES,
    max_bytes: int = MAX_BYTES,
    max_age: float = 0,
) -> Fetched:
    """Get one document under the site's settings. See Fetcher."""
    with session() as get:
        return get(url, accept=accept, max_bytes=max_bytes)
