"""Opens connections for `fetch`: whom it may dial, how long, and how much may come back.

The second, third and fourth of the rules that `fetch` lists stand here: `Door` resolves a name
once, checks every answer and connects to the very address that it checked; `Budget` is the one
clock and the scale on the wire. `Kept` holds connections between two questions.
"""

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore
from django.core.exceptions import ImproperlyConfigured

from badges.addresses import Address, Refused, Target, parse, special

TOTAL = 15.0  # seconds for one fetch, wherever nobody asked for fewer

Resolver = Callable[[str, int], Sequence[str]]

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
    connections: int = 32  # kept for the next question, of all who share a fetcher

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


class Silence(Refused):
    """There was nobody, or nobody in time: what a site that is down looks like."""


class Budget(threading.local):
    """What is left of one fetch. Per thread, so that threads may share one Fetcher."""

    def __init__(self) -> None:
        self.deadline = 0.0
        self.bytes = 0
        self.reached = False  # somebody took the question

    def left(self) -> float:
        """Seconds left, never none."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise Silence("out of time")
        return seconds

    def spend(self, size: int) -> None:
        self.bytes -= size
        if self.bytes < 0:
            raise Refused("too many bytes on the wire")


class Stream(httpcore.NetworkStream):
    """A connection whose every step draws on the budget of the thread that takes it."""

    def __init__(
        self, inner: httpcore.NetworkStream, budget: Budget, connect: float, plain: bool = False
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
        self._budget.reached = True

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
        return Stream(inner, self._budget, self._connect)

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
        raise Silence("the name server did not answer") from None
    if isinstance(answer, Exception):
        raise Silence(f"the name was not found ({type(answer).__name__})")
    return answer


# ---------------------------------------------------------------------------------------
# The door


class Door(httpcore.NetworkBackend):
    """Opens connections: resolves once, checks every answer, dials what it checked."""

    def __init__(
        self,
        policy: Policy,
        budget: Budget,
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
        until = time.monotonic() + min(self._policy.connect, self._budget.left())
        stand_in = self._policy.stand_ins.get(host)
        if stand_in:
            return self._dial(*stand_in, until - time.monotonic(), plain=True)
        # Four, because a dead name may have dozens of dead addresses.
        addresses = self._addresses(host, port, until)[:4]
        problem: Exception = Silence("the name has no address")
        for position, address in enumerate(addresses):
            # A share each, so that a black hole in front does not starve the next.
            seconds = (until - time.monotonic()) / (len(addresses) - position)
            if seconds <= 0:
                raise Silence("out of time while connecting")
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

    def _dial(self, address: str, port: int, seconds: float, plain: bool = False) -> Stream:
        inner = self._inner.connect_tcp(address, port, timeout=seconds)
        return Stream(inner, self._budget, self._policy.connect, plain)


# ---------------------------------------------------------------------------------------
# What is kept


class Kept:
    """Connections that wait for the next question: the longest idle goes when there are too many.

    The library's own pool asks every connection it has for its state at every question, which with
    three dozen hands costs more than the question; here only the one that is taken is asked.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._idle: list[tuple[httpcore.Origin, httpcore.HTTPConnection]] = []

    def take(self, origin: httpcore.Origin) -> httpcore.HTTPConnection | None:
        """The last one used that leads there and was not closed since, for the caller alone."""
        while (found := self._last(origin)) is not None:
            if not found.has_expired():
                return found
            found.close()
        return None

    def give(self, origin: httpcore.Origin, connection: httpcore.HTTPConnection) -> None:
        """Keep it if another question may follow on it, or close it."""
        too_many = None
        if connection.is_available():
            with self._lock:
                self._idle.append((origin, connection))
                too_many = self._idle.pop(0)[1] if len(self._idle) > self._most else None
        else:
            connection.close()
        if too_many is not None:
            too_many.close()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _origin, connection in idle:
            connection.close()

    def _last(self, origin: httpcore.Origin) -> httpcore.HTTPConnection | None:
        with self._lock:
            for position in range(len(self._idle) - 1, -1, -1):
                if self._idle[position][0] == origin:
                    return self._idle.pop(position)[1]
        return None
