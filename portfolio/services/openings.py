"""How often a link was opened: one number for each day, and nothing about who it was."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import DatabaseError
from django.db.models import F, Max, Sum
from django.utils import timezone

from portfolio.models import Opening, ShareLink

logger = logging.getLogger("laurel.openings")

DAYS = 30  # that a learner is shown one by one


@dataclass(frozen=True, slots=True)
class Bar:
    """One day in a drawing that is 60 high, ten wide for each day."""

    day: date
    times: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What there is to know of a link's readers."""

    times: int
    last: date | None
    days: tuple[tuple[date, int], ...]  # the last DAYS days, the oldest first

    @property
    def most(self) -> int:
        return max((times for _day, times in self.days), default=0)

    @property
    def bars(self) -> tuple[Bar, ...]:
        """A day without a reader is a line, so that the days can be counted."""
        found = []
        for at, (day, times) in enumerate(self.days):
            height = max(round(56 * times / max(self.most, 1)), 6) if times else 2
            found.append(Bar(day, times, x=10 * at + 1, y=60 - height, height=height))
        return tuple(found)


def count(*, link: ShareLink, now: datetime) -> None:
    """One more today. A number that cannot be written must not cost a reader the page."""
    today = Opening.objects.filter(link=link, day=timezone.localdate(now))
    try:
        if today.update(times=F("times") + 1):
            return
        # Two first readers at once: both make the row, one of them in vain, and both count.
        row = Opening(link=link, day=timezone.localdate(now))
        Opening.objects.bulk_create([row], ignore_conflicts=True)
        today.update(times=F("times") + 1)
    except DatabaseError as error:
        logger.warning("An opening was not counted: %s", error)


def tally(*, link: ShareLink, now: datetime) -> Tally:
    mine = Opening.objects.filter(link=link)
    every = mine.aggregate(times=Sum("times"), last=Max("day"))
    first = timezone.localdate(now) - timedelta(days=DAYS - 1)
    known = dict(mine.filter(day__gte=first).values_list("day", "times"))
    days = (first + timedelta(days=number) for number in range(DAYS))
    return Tally(
        times=every["times"] or 0,
        last=every["last"],
        days=tuple((day, known.get(day, 0)) for day in days),
    )
