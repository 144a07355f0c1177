"""The only door to the internet: guarded, bounded, never to private addresses.

Theory of operation. Whoever imports a badge chooses which addresses this server asks, so
every address is hostile until shown otherwise. Five rules, each kept in one place:

1. **One parser**, in `addresses`. Its parts go to httpcore as parts, never as text.
2. **Check what is dialled.** `_Door` stands where sockets are opened. It resolves the name
   once, refuses unless *every* answer is public, and connects to the very address it checked.
   TLS, the certificate and the Host header keep the name. A name that changes its answer
   between check and use (rebinding) finds no gap between the two.
3. **One clock.** `_Budget` starts once per fetch, and everything draws on it: names, connecting,
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
import ipaddress
import logging
import queue
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Literal, Protocol, Self, runtime_checkable

import certifi
import httpcore
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from badges import answers, documents
from badges.addresses import Address, Refused, Target, parse, redirected, special
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
TOTAL = 15.0  # seconds for one fetch, wherever nobody asked for fewer
FRAMING = 256 * 1024  # headers and chunk framing allowed on top of the body

Resolver = Callable[[str, int], Sequence[str]]
Method = Literal["GET", "POST"]

# ---------------------------------------------------------------------------------------
# Policy

_NOBODYS = (".test", ".example", ".invalid")  # RFC 2606: nobody can own these
_RESERVED = (*_NOBODYS, ".localhost")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a fetch may do. Times are in seconds.

    `private` holds (host, port) pairs that may be reached wherever they are; `stand_ins` maps a
    reserved name to a local server that plays it, in plain HTTP whatever the scheme, so that
    tests can meet issuers called https://issuer.test. Both are empty in production.
    """

    user_agent: str = "Laurel"
    ports: frozenset[int] = frozenset({80, 443})
    private: frozenset[tuple[str, int]] = frozenset()
    stand_ins: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    total: float = TOTAL
    connect: float = 5.0
    redirects: int = 5

    def is_opened(self, target: Target) -> bool:
        return target.host in self.stand_ins or (target.host, target.port) in self.private

    def is_nobodys(self, target: Target) -> bool:
        """A name that leads nowhere, unless it has been given to a server of this machine."""
        return target.host.endswith(_NOBODYS) and not self.is_opened(target)

    def check(self, target: Target) -> None:
        """Refuse what can be refused without asking a name server."""
        if self.is_opened(target):
            return
        if target.port not in self.ports:
            raise Refused(f"port {target.port}")
        if "." not in target.host and ":" not in target.host:
            raise Refused("a name without a dot")


def openings(entries: Iterable[str]) -> tuple[set[tuple[str, int]], dict[str, tuple[str, int]]]:
    """Read FETCH_ALLOW: `host:port` opens that place, `name.test=127.0.0.1:port` plays a name."""
    private: set[tuple[str, int]] = set()
    stand_ins: dict[str, tuple[str, int]] = {}
    for entry in entries:
        name, _, place = entry.strip().lower().rpartition("=")
        try:
            target = parse(f"http://{place}")
        except Refused:
            raise ImproperlyConfigured(f"FETCH_ALLOW: {entry!r} is not host:port.") from None
        if not name:
            private.add((target.host, target.port))
        elif name.endswith(_RESERVED) and target.host in {"127.0.0.1", "::1"}:
            stand_ins[name] = (target.host, target.port)
        else:
            raise ImproperlyConfigured(
                f"FETCH_ALLOW: {entry!r} must give a reserved name (such as issuer.test) "
                "to a server on 127.0.0.1 or [::1]."
            )
    return private, stand_ins


# ---------------------------------------------------------------------------------------
# The clock and the scales


class _Silence(Refused):
    """There was nobody, or nobody in time: what a site that is down looks like."""


class _Budget(threading.local):
    """What is left of one fetch. Per thread, so that threads may share one Fetcher."""

    def __init__(self) -> None:
        self.deadline = 0.0
        self.bytes = 0
        self.dialled = False

    def left(self) -> float:
        """Seconds left, never none."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise _Silence("out of time")
        return seconds

    def spend(self, size: int) -> None:
        self.bytes -= size
        if self.bytes < 0:
            raise Refused("too many bytes on the wire")


class _Stream(httpcore.NetworkStream):
    """A connection whose every step draws on the budget of the thread that takes it."""

    def __init__(
        self, inner: httpcore.NetworkStream, budget: _Budget, connect: float, plain: bool = False
    ) -> None:
        self._inner = inner
        self._budget = budget
        self._connect = connect
        self._plain = plain

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._budget.left())
        self._budget.spend(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._budget.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        if self._plain:
            return self
        seconds = min(self._connect, self._budget.left())
        inner = self._inner.start_tls(ssl_context, server_hostname, seconds)
        return _Stream(inner, self._budget, self._connect)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


# ---------------------------------------------------------------------------------------
# Names

# glibc gives no way to stop a lookup, so each runs in a thread that may be left behind. The
# number left behind at once is what is bounded; a further fetch waits, on its own clock.
_LOOKUPS = threading.BoundedSemaphore(32)


def system_resolver(host: str, port: int) -> list[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in answers]


def _resolve(resolver: Resolver, host: str, port: int, seconds: float) -> Sequence[str]:
    box: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            box.put(resolver(host, port))
        except Exception as problem:
            box.put(problem)
        finally:
            _LOOKUPS.release()

    until = time.monotonic() + seconds
    if not _LOOKUPS.acquire(timeout=seconds):
        raise Refused("too many lookups under way")
    try:
        threading.Thread(target=look_up, daemon=True, name="laurel-lookup").start()
    except RuntimeError:
        _LOOKUPS.release()
        raise Refused("no thread for a lookup") from None
    try:
        answer = box.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        raise _Silence("the name server did not answer") from None
    if isinstance(answer, Exception):
        raise _Silence(f"the name was not found ({type(answer).__name__})")
    return answer


# ---------------------------------------------------------------------------------------
# The door


class _Door(httpcore.NetworkBackend):
    """Opens connections: resolves once, checks every answer, dials what it checked."""

    def __init__(
        self,
        policy: Policy,
        budget: _Budget,
        resolver: Resolver,
        inner: httpcore.NetworkBackend,
    ) -> None:
        self._policy = policy
        self._budget = budget
        self._resolver = resolver
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self._budget.dialled = True
        until = time.monotonic() + min(self._policy.connect, self._budget.left())
        stand_in = self._policy.stand_ins.get(host)
        if stand_in:
            return self._dial(*stand_in, until - time.monotonic(), plain=True)
        # Four, because a dead name may have dozens of dead addresses.
        addresses = self._addresses(host, port, until)[:4]
        problem: Exception = _Silence("the name has no address")
        for position, address in enumerate(addresses):
            # A share each, so that a black hole in front does not starve the next.
            seconds = (until - time.monotonic()) / (len(addresses) - position)
            if seconds <= 0:
                raise _Silence("out of time while connecting")
            try:
                return self._dial(str(address), port, seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failure:
                problem = failure
        raise problem

    def _addresses(self, host: str, port: int, until: float) -> list[Address]:
        try:
            addresses: list[Address] = [ipaddress.ip_address(host)]
        except ValueError:
            seconds = max(0.0, until - time.monotonic())
            answers = _resolve(self._resolver, host, port, seconds)
            try:
                addresses = [ipaddress.ip_address(answer) for answer in dict.fromkeys(answers)]
            except ValueError:
                raise Refused("the name server's answer is no address") from None
        if (host, port) not in self._policy.private:
            for address in addresses:
                why = special(address)
                if why:
                    raise Refused(f"{address} is not public: {why}")
        return addresses

    def _dial(self, address: str, port: int, seconds: float, plain: bool = False) -> _Stream:
        inner = self._inner.connect_tcp(address, port, timeout=seconds)
        return _Stream(inner, self._budget, self._policy.connect, plain)


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
        self._budget = _Budget()
        door = _Door(policy, self._budget, resolver, backend or httpcore.SyncBackend())
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust or _trust(),
            max_connections=32,
            max_keepalive_connections=8,
            keepalive_expiry=5.0,
            network_backend=door,
        )
        # A POST must never be sent twice, so it never meets a kept connection that may be dead.
        self._fresh = httpcore.ConnectionPool(
            ssl_context=trust or _trust(), max_keepalive_connections=0, network_backend=door
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.close()
        self._fresh.close()

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
        self._budget.deadline = started + self._policy.total
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
            reason, silent = str(problem), isinstance(problem, _Silence)
        except (httpcore.TimeoutException, httpcore.NetworkError) as problem:
            reason = f"{type(problem).__name__} {problem}"[:200]
            silent = not isinstance(problem, httpcore.PoolTimeout)
        except (OSError, ValueError) as problem:
            reason = f"{type(problem).__name__} {problem}"[:200]
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as problem:
            reason = type(problem).__name__  # its text quotes the other side's bytes
            silent = isinstance(problem, httpcore.RemoteProtocolError)
        # Only a site that was asked itself may be left alone for its silence: a link that leads
        # from it to nowhere, or to a port that we do not ask, is no fault of it.
        logger.info("%s could not be fetched: %s", place, reason.encode("unicode_escape").decode())
        raise Unreachable(MESSAGE, url, silent=silent and not led_on) from None

    def _exchange(
        self, target: Target, question: _Question
    ) -> tuple[int, Mapping[bytes, bytes], bytes]:
        self._budget.bytes = question.max_bytes + FRAMING
        self._budget.dialled = False
        try:
            return self._ask(target, question)
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
            # A kept connection may be closed by the other side just as we use it again.
            if self._budget.dialled:
                raise
            return self._ask(target, question)

    def _ask(self, target: Target, question: _Question) -> tuple[int, Mapping[bytes, bytes], bytes]:
        request: dict[bytes | str, bytes | str] = {
            "Host": target.authority,
            "User-Agent": self._policy.user_agent,
            "Accept": question.accept,
            "Accept-Encoding": "gzip",
        }
        request.update({name: text.encode("ascii") for name, text in question.headers.items()})
        url = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        pool = self._pool if question.method == "GET" else self._fresh
        extensions = {"timeout": {"pool": self._budget.left()}}
        with pool.stream(
            question.method, url, headers=request, content=question.body, extensions=extensions
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
