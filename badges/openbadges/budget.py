"""How much work one verification may cost, whatever it is made of.

Each document has limits of its own. A record of a hundred credentials, each a little below
them, would still take minutes, so what is done for all of them is added up: values made into
statements, values compared, labels tried out, signatures checked. Steps are counted and not
time: the same bytes give the same report on a slow machine. A step is about a microsecond.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from badges.openbadges.errors import Unsupported
from badges.openbadges.words import say

STEPS = 1_200_000  # 1EdTech's largest sample, a record of several credentials, takes 60,000
NODE = 45  # one value of a document, expanded and written as statements
LABEL = 200  # one blank node compared with those that look like it
SIGNATURE = 120


class TooComplex(Unsupported):
    """A document on which we give up. Nothing can be said of it, neither good nor bad."""

    def __init__(self) -> None:
        super().__init__(
            "graph.too_complex",
            say(
                "This is too complex to be checked: doing so would take far longer than for any "
                "real badge."
            ),
        )


@dataclass(slots=True)
class _Purse:
    left: int


_PURSE: ContextVar[_Purse | None] = ContextVar("purse", default=None)


@contextmanager
def limited(steps: int = STEPS) -> Iterator[None]:
    """Count the work done inside, together; inside another count, as part of that."""
    if _PURSE.get() is not None:
        yield
        return
    token = _PURSE.set(_Purse(steps))
    try:
        yield
    finally:
        _PURSE.reset(token)


def spend(steps: int) -> None:
    """Count work before it is done. Raises `TooComplex` when there is none left to spend."""
    purse = _PURSE.get()
    if purse is None:
        return
    purse.left -= steps
    if purse.left < 0:
        raise TooComplex


def is_spent() -> bool:
    purse = _PURSE.get()
    return purse is not None and purse.left < 0
