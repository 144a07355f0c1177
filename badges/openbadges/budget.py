"""How much work one verification may cost, whatever it is made of.

Each document has limits of its own. A record of a hundred credentials, each a little below
them, would still take minutes, so what is done for all of them is added up as well. Steps are
counted and not time: the same bytes give the same report on a slow machine. A step is about a
microsecond.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from badges.openbadges.errors import Unsupported

STEPS = 3_000_000  # twice what the most complex single credential may take


@dataclass(slots=True)
class _Purse:
    left: int


_PURSE: ContextVar[_Purse | None] = ContextVar("purse", default=None)


@contextmanager
def limited(steps: int = STEPS) -> Iterator[None]:
    """Count the work done inside, together."""
    token = _PURSE.set(_Purse(steps))
    try:
        yield
    finally:
        _PURSE.reset(token)


def spend(steps: int) -> None:
    """Take `steps` off. Raises `Unsupported` when none are left: nothing can be said then."""
    purse = _PURSE.get()
    if purse is None:
        return
    purse.left -= steps
    if purse.left < 0:
        raise Unsupported(
            "graph.too_much", "There is too much inside this file for all of it to be checked."
        )


def is_spent() -> bool:
    purse = _PURSE.get()
    return purse is not None and purse.left < 0
