"""Many hands, one pen: work side by side of which only one thread touches the database.

Waiting for other sites is most of an import, so a crew of threads does the waiting. Rows are
another matter: a connection for each thread would exhaust a database, and would see nothing of a
transaction that somebody else has open. So whoever made the crew stays its scribe. A hand that
needs a row asks for it with `ask`, and the scribe looks it up between two results.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Question:
    """Something that a hand wants done by the scribe, and the answer when it is there."""

    action: Callable[[], Any]
    done: threading.Event = field(default_factory=threading.Event)
    answer: Any = None
    problem: BaseException | None = None

    def settle(self) -> None:
        try:
            self.answer = self.action()
        except BaseException as problem:
            self.problem = problem  # it is the asker's, and raised there
        self.done.set()


@dataclass(frozen=True, slots=True)
class _Result(Generic[T]):
    value: T | None
    problem: BaseException | None


class Dismissed(BaseException):
    """The crew was sent home: whatever a hand was at is of no use any more."""


class Crew(Generic[T]):
    """A context manager. Its tasks return T; `next` hands their results out as they come."""

    def __init__(self, width: int) -> None:
        self._tasks: queue.SimpleQueue[Callable[[], T] | None] = queue.SimpleQueue()
        self._inbox: queue.SimpleQueue[_Question | _Result[T]] = queue.SimpleQueue()
        self._scribe = threading.get_ident()
        self._closed = False
        self.under_way = 0
        self._hands = [
            threading.Thread(target=self._work, daemon=True, name=f"laurel-hand-{n}")
            for n in range(width)
        ]

    def __enter__(self) -> Self:
        try:
            for hand in self._hands:
                hand.start()
        except RuntimeError:  # the machine has no thread left
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Send everybody home. What was not begun is dropped; what waits for a row gives up."""
        self._closed = True
        for _hand in self._hands:
            self._tasks.put(None)
        for hand in self._hands:
            while hand.is_alive():
                self._turn_away()
                hand.join(0.02)

    def submit(self, task: Callable[[], T]) -> None:
        """Have some hand do this, when one is free."""
        self.under_way += 1
        self._tasks.put(task)

    def next(self, seconds: float) -> T | None:
        """The next result, whichever it is, or None when none came in this time. What its task
        raised is raised here."""
        until = time.monotonic() + seconds
        while True:
            try:
                got = self._inbox.get(timeout=max(until - time.monotonic(), 0.001))
            except queue.Empty:
                return None
            if isinstance(got, _Question):
                got.settle()
                continue
            self.under_way -= 1
            if got.problem is not None:
                raise got.problem
            return got.value

    def ask(self, action: Callable[[], T]) -> T:
        """Have the scribe do this and wait for its answer. The scribe itself does it at once."""
        if threading.get_ident() == self._scribe:
            return action()
        question = _Question(action)
        self._inbox.put(question)
        while not question.done.wait(1):
            if self._closed:
                raise Dismissed
        if question.problem is not None:
            raise question.problem
        answer: T = question.answer
        return answer

    def _turn_away(self) -> None:
        while True:
            try:
                got = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(got, _Question):
                got.problem = Dismissed()
                got.done.set()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            if self._closed:
                continue
            try:
                self._inbox.put(_Result(task(), None))
            except BaseException as problem:
                self._inbox.put(_Result(None, problem))
