"""How workers ask other sites: each document once while it is fresh, and no site in its sleep.

Ten thousand badges of one university name the same profile, key and status list. Whoever asks
says how old an answer may be, and within that age all workers share one. Of one site a worker
asks only a few things at a time. A site that fails again and again, or that tells us to wait, is
left alone (`manners` has when): for as long as it says, or first for a minute and then longer up to
an hour, with some chance in it, so that its recovery is not met by everybody at once. A badge whose
check would need such a site is put off, not called unknown: else anybody who can make a site fail
could take the "verified" off other people's badges.
"""

import hashlib
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _

from badges.models import RememberedAnswer
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched
from badges.services import manners
from badges.services.manners import Names, Trouble

BYTES_AT_HAND = 32 * 1024 * 1024  # of answers in the worker's own memory
FAILURES_AT_HAND = 1000
TOGETHER = 50  # answers that are written down together
SOON = 5.0  # seconds within which a failure is worth a second try
NEVER = datetime.min.replace(tzinfo=UTC)

Clock = Callable[[], datetime]
T = TypeVar("T")


class Resting(Unreachable):
    """A site is left alone until a certain time."""

    def __init__(self, url: str, until: datetime) -> None:
        message = _("This site has not been answering. We ask it again at %(time)s UTC.")
        super().__init__(message % {"time": f"{until:%H:%M}"}, url)
        self.until = until


def at_once(action: Callable[[], T]) -> T:
    """Do it here and now: for whoever works alone. A crew's `ask` has its scribe do it."""
    return action()


@dataclass(slots=True)
class _Host:
    """What this worker knows of one site."""

    gate: threading.BoundedSemaphore
    troubles: dict[str, Trouble] = field(default_factory=dict)
    known_at: datetime | None = None
    failed: dict[str, float] = field(default_factory=dict)  # by the monotonic clock
    answers: bool = False  # the last time that it was asked
    probe: threading.Lock = field(default_factory=threading.Lock)
    reading: threading.Lock = field(default_factory=threading.Lock)


class Memory:
    """Answers at hand, bounded by their bytes; the longest unused goes first. For many threads."""

    def __init__(self, room: int = BYTES_AT_HAND) -> None:
        self._room = room
        self._kept: OrderedDict[str, tuple[datetime, Fetched]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> tuple[datetime, Fetched] | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, at: datetime, answer: Fetched) -> None:
        with self._lock:
            old = self._kept.pop(key, None)
            self._room += len(old[1].body) + 1000 if old else 0
            self._kept[key] = at, answer
            self._room -= len(answer.body) + 1000
            while self._room < 0 and self._kept:
                _key, (_at, dropped) = self._kept.popitem(last=False)
                self._room += len(dropped.body) + 1000


class Once:
    """Lets one thread do a thing, while those who want the same wait for what it finds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, threading.Lock] = {}

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        with self._lock:
            turn = self._under_way.setdefault(key, threading.Lock())
        with turn:
            try:
                yield
            finally:
                with self._lock:
                    self._under_way.pop(key, None)


@dataclass
class Web:
    """A fetch with a memory and with manners. One object serves one run of one task.

    `ask` runs what touches the database, so that a crew's threads may share one Web. `asker` is
    for whom it asks: what one person's addresses do is not held against everybody's.
    """

    fetch: Fetch
    clock: Clock
    chance: random.Random = field(default_factory=random.SystemRandom)
    ask: Callable[[Callable[[], Any]], Any] = at_once
    asker: str = ""
    not_before: datetime = NEVER  # an answer from before is old, whatever age would do
    requests: int = 0

    def __post_init__(self) -> None:
        self._at_hand = Memory()
        self._once = Once()
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()
        self._wanted: set[str] = set()
        self._to_remember: dict[str, RememberedAnswer] = {}

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        """As `Fetch`; an answer up to `max_age` seconds old is as good as a new one.

        Raises `Resting` where the site is left alone.
        """
        if not max_age:
            return self._visit(url, accept, max_bytes)
        key = hashlib.sha256(f"{accept}\n{url}".encode()).hexdigest()
        with self._once.alone(key):
            known = self._known(key, timedelta(seconds=max_age))
            if known is not None:
                return known
            answer = self._visit(url, accept, max_bytes)
            if answer.status == 200:
                self._remember(key, answer)
            return answer

    # --- Memory

    def _known(self, key: str, age: timedelta) -> Fetched | None:
        oldest = max(self.clock() - age, self.not_before)
        at_hand = self._at_hand.get(key)
        if at_hand is None or at_hand[0] < oldest:
            with self._lock:
                self._wanted.add(key)
            self.ask(lambda: self._look_up(oldest))
            at_hand = self._at_hand.get(key)
        return at_hand[1] if at_hand is not None and at_hand[0] >= oldest else None

    def _look_up(self, oldest: datetime) -> None:
        """Bring to hand what is wanted by now, by whomever: dozens of threads, one query."""
        with self._lock:
            keys, self._wanted = self._wanted, set()
        if not keys:
            return
        for row in RememberedAnswer.objects.filter(pk__in=keys, fetched_at__gte=oldest):
            answer = Fetched(row.url, row.final_url, row.status, row.content_type, bytes(row.body))
            self._at_hand.put(row.pk, row.fetched_at, answer)

    def _remember(self, key: str, answer: Fetched) -> None:
        now = self.clock()
        self._at_hand.put(key, now, answer)
        row = RememberedAnswer(
            key=key,
            url=answer.url,
            final_url=answer.final_url,
            status=answer.status,
            content_type=answer.content_type[:200],
            body=answer.body,
            fetched_at=now,
        )
        with self._lock:
            self._to_remember[key] = row
            enough = len(self._to_remember) >= TOGETHER
        if enough:
            self.ask(self.share)

    def share(self) -> None:
        """Write down for the other workers what was learnt since the last time. Who made this
        object calls it at the end; what is lost with a worker is asked for again."""
        with self._lock:
            rows, self._to_remember = list(self._to_remember.values()), {}
        if rows:
            RememberedAnswer.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["key"],
                update_fields=[
                    "url", "final_url", "status", "content_type", "body", "fetched_at"
                ],
            )  # fmt: skip

    # --- Manners

    def _visit(self, url: str, accept: str, max_bytes: int) -> Fetched:
        names = Names.of(url, self.asker)
        host = self._host(names.site)
        # A site in trouble is asked by one at a time: the first after its rest is a probe. Whether
        # it is in trouble is looked at behind the gate, where many may have queued before it was.
        with host.gate, host.probe if _is_doubtful(host, names) else nullcontext():
            # Looked at behind the gate: those who queued for a site that has just fallen silent
            # must not find that out one after another.
            self._leave_alone(host, names, url)
            began = time.monotonic()
            try:
                answer = self._ask_twice(host, url, accept, max_bytes)
            except Unreachable as error:
                host.answers = False
                if error.silent:
                    self._failed(names, host, began, there=error.reached)
                raise
            if answer.status == 429 or answer.status >= 500:
                # Whoever answered: a site is not to blame for where its links lead.
                blamed = Names.of(answer.final_url, self.asker)
                wish = answer.retry_after
                self._failed(blamed, self._host(blamed.site), began, there=True, wish=wish)
            else:
                self._answered(host, names)
        return answer

    def _leave_alone(self, host: _Host, names: Names, url: str) -> None:
        known = [host.troubles[name] for name in names if name in host.troubles]
        now = self.clock()
        rests = [one for one in known if one.rest_until is not None and one.rest_until > now]
        if rests:
            resting = Resting(url, max(one.rest_until for one in rests if one.rest_until))
            is_lost = any(one.is_lost for one in rests)
            raise Unreachable(resting.message, url) if is_lost else resting

    def _ask_twice(self, host: _Host, url: str, accept: str, max_bytes: int) -> Fetched:
        """A site that has just answered and now does not is asked once more: one lost packet
        would make a good badge an unknown one."""
        with self._lock:
            self.requests += 1
        began = time.monotonic()
        try:
            return self.fetch(url, accept=accept, max_bytes=max_bytes)
        except Unreachable as error:
            worth_it = error.silent and host.answers and time.monotonic() - began < SOON
            if not worth_it:
                raise
        with self._lock:
            self.requests += 1
        time.sleep(self.chance.uniform(0.05, 0.25))
        return self.fetch(url, accept=accept, max_bytes=max_bytes)

    def _host(self, name: str) -> _Host:
        """The site's row as of a few seconds ago: another worker may have found it silent."""
        with self._lock:
            host = self._hosts.setdefault(
                name, _Host(threading.BoundedSemaphore(settings.REQUESTS_PER_HOST))
            )
        # Whoever comes second waits for what the first is told: else three dozen ask a silent site
        # while its row is being read.
        with host.reading:
            now = self.clock()
            if host.known_at is None or abs(now - host.known_at) > timedelta(seconds=2):
                host.troubles = self.ask(lambda: manners.troubles(name))
                host.known_at = now
        return host

    def _answered(self, host: _Host, names: Names) -> None:
        host.answers = True
        over = [name for name in names if name in host.troubles]
        if over:
            host.troubles = {k: v for k, v in host.troubles.items() if k not in over}
            self.ask(lambda: manners.forgive(over))

    def _failed(
        self, names: Names, host: _Host, began: float, *, there: bool, wish: int = 0
    ) -> None:
        name = names.asker if there else names.site
        # Questions that were under way together fail together: that is one failure, not four.
        with self._lock:
            counted = began > host.failed.get(name, 0.0)
            host.failed[name] = time.monotonic()
        if not counted and not wish:
            return
        now, chance = self.clock(), self.chance

        def count() -> dict[str, Trouble]:
            if there:
                return manners.unanswered(names=names, now=now, wish=wish, chance=chance)
            return manners.nobody_there(names=names, now=now, chance=chance)

        host.troubles = host.troubles | self.ask(count)


def _is_doubtful(host: _Host, names: Names) -> bool:
    return names.site in host.troubles or names.asker in host.troubles


class Shared:
    """A fetch for one run in which nothing is asked twice, whether it was answered or not."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._answers = Memory()
        self._once = Once()
        self._failures: dict[str, Unreachable] = {}

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        key = f"{accept}\n{url}"
        with self._once.alone(key):
            known = self._answers.get(key)
            if known is not None:
                return known[1]
            if key in self._failures:
                raise self._failures[key]
            try:
                answer = self._fetch(url, accept=accept, max_bytes=max_bytes, max_age=max_age)
            except Unreachable as error:
                if len(self._failures) > FAILURES_AT_HAND:
                    self._failures.clear()
                self._failures[key] = error
                raise
            self._answers.put(key, NEVER, answer)
            return answer


class Errand:
    """A fetch for one badge: knows afterwards whether a site was left alone, and until when."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self.rested_until: datetime | None = None

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        try:
            return self._fetch(url, accept=accept, max_bytes=max_bytes, max_age=max_age)
        except Resting as rest:
            self.rested_until = max(self.rested_until or rest.until, rest.until)
            raise
