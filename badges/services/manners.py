"""Whom workers leave alone, for how long, and on whose word.

A site is everybody's: whoever can put it to rest takes checks and imports away from all who need
it. So what is concluded reaches no further than what was seen.

- *Nobody was there* (no name, no connection, no TLS): said of the site, and believed by all after
  three times in a row. Nobody but the site's own people can bring that about.
- *An error, or no answer to a question that was taken*: said of that page, which rests by itself
  for the person who asked for it. Three such pages in a row and the site rests for that person.
  Only when it rests for three people at once does it rest for everybody: with one account and a
  few broken addresses of a site that many share, nobody closes it to others.
- *A wish* (`Retry-After`): kept in full by whoever heard it, and by all once three have.

Each is a row of `HostState`, named by the site, by the site and the page, or by the site and who
asked. One good answer forgives all three.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import F, Q

from badges.models import HostState

PATIENCE = 3  # failures in a row before a site is left alone
WITNESSES = 3  # people for whom a site has to rest before it does for all
LOST = 24  # and before its badges are called unknown: most of a day, more than a bad morning
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)
LONGEST_WISH = timedelta(days=1)  # of a site that says how long to wait


@dataclass(frozen=True, slots=True)
class Names:
    """Under which names a question is known: its site, who asks it, and its page, asked by them."""

    site: str
    asker: str
    page: str

    @classmethod
    def of(cls, url: str, asker: str) -> "Names":
        site = site_of(url)
        page = _short(f"{asker} {url.partition('#')[0]}")
        return cls(site, f"{site[:200]} by {_short(asker)}", f"{site[:200]} page {page}")

    def __iter__(self) -> Iterator[str]:
        return iter((self.site, self.asker, self.page))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def site_of(url: str) -> str:
    """What is left alone as a whole: a host, and its port where that is not the usual one. Else
    a port at which nobody ever answers could be used to close a site that many need."""
    try:
        split = urlsplit(url)
        host, port = split.hostname or "", split.port
    except ValueError:
        return ""
    port = port or (80 if split.scheme.lower() == "http" else 443)
    return (host if port == 443 else f"{host}:{port}")[:255]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is known against one name."""

    failures: int
    rest_until: datetime | None

    @property
    def is_lost(self) -> bool:
        return self.failures >= LOST


def troubles(site: str) -> dict[str, Trouble]:
    """All that is known against a site, its pages and its askers, by name: one query."""
    rows = HostState.objects.filter(Q(pk=site) | Q(pk__startswith=f"{site[:200]} "))[:1000]
    return {row.pk: Trouble(row.failures, row.rest_until) for row in rows}


def forgive(names: list[str]) -> None:
    """It answered."""
    HostState.objects.filter(pk__in=names).delete()


def nobody_there(*, names: Names, now: datetime, chance: random.Random) -> dict[str, Trouble]:
    """The site could not be spoken to. Returns what is known now."""
    return {names.site: _count(names.site, now, 0, chance)}


def unanswered(
    *, names: Names, now: datetime, wish: int, chance: random.Random
) -> dict[str, Trouble]:
    """Somebody was there, and this question came to nothing; `wish` is for how many seconds the
    site wants to be left alone. Returns what is known now."""
    found = {names.page: _count(names.page, now, wish, chance)}
    person = HostState.objects.filter(pk=names.asker).first()
    # A page that goes on failing says nothing new of its site, until the site is in doubt itself.
    in_doubt = person is not None and person.failures >= PATIENCE
    if found[names.page].failures == 1 or in_doubt or wish:
        found[names.asker] = _count(names.asker, now, wish, chance)
        everybody = HostState.objects.filter(pk=names.site).first()
        resting = HostState.objects.filter(
            pk__startswith=f"{names.site[:200]} by ", rest_until__gt=now
        )
        if (everybody and everybody.failures >= PATIENCE) or resting.count() >= WITNESSES:
            found[names.site] = _count(names.site, now, wish, chance, least=PATIENCE)
    return found


def _count(name: str, now: datetime, wish: int, chance: random.Random, least: int = 1) -> Trouble:
    state, _new = HostState.objects.get_or_create(
        host=name, defaults={"failures": 0, "failed_at": now}
    )
    more = max(1, least - state.failures)
    failures, rest_until = state.failures + more, state.rest_until
    if failures >= PATIENCE or wish:
        rest = min(FIRST_REST * 2 ** min(max(failures - PATIENCE, 0), 10), LONGEST_REST)
        rest *= chance.uniform(0.75, 1.25)
        if wish:
            # To be closed for a day takes a site that says so again and again.
            most = LONGEST_WISH if failures >= PATIENCE else LONGEST_REST
            rest = min(timedelta(seconds=wish * chance.uniform(1, 1.1)), most)
        rest_until = now + rest
    HostState.objects.filter(pk=name).update(
        failures=F("failures") + more, failed_at=now, rest_until=rest_until
    )
    return Trouble(failures, rest_until)
