"""How workers ask other sites: each document once while it is fresh, and no site in its sleep.

Ten thousand badges of one university name the same profile, key and status list. Whoever asks
says how old an answer may be, and within that age all workers share one. A site that fails three
times running is left alone, first for a minute and then longer up to an hour, with some chance
in it, so that its recovery is not met by everybody at once. A badge whose check would need such
a site is put off, not called unknown: else anybody who can make a site fail three times could
take the "verified" off other people's badges.
"""

import hashlib
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import F
from django.utils.translation import gettext as _

from badges.models import HostState, RememberedAnswer
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched

PATIENCE = 3  # failures in a row before a site is left alone
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)
AT_HAND = 512  # answers kept in the worker's own memory

Clock = Callable[[], datetime]


class Web:
    """A fetch with a memory and with manners. One object serves one run of one task."""

    def __init__(self, fetch: Fetch, clock: Clock, chance: random.Random | None = None) -> None:
        self._fetch, self._clock = fetch, clock
        self._chance = chance or random.SystemRandom()
        self._at_hand: dict[str, tuple[datetime, Fetched]] = {}
        self.requests = 0
        self.rested = False  # whether something was not asked because its site is left alone

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        """As `Fetch`; an answer up to `max_age` seconds old is as good as a new one."""
        key = hashlib.sha256(f"{accept}\n{url}".encode()).hexdigest()
        known = self._known(key, timedelta(seconds=max_age)) if max_age else None
        if known is not None:
            return known
        answer = self._ask(url, accept, max_bytes)
        if max_age and answer.status == 200:
            self._remember(key, answer)
        return answer

    # --- Memory

    def _known(self, key: str, age: timedelta) -> Fetched | None:
        oldest = self._clock() - age
        if key in self._at_hand and self._at_hand[key][0] >= oldest:
            return self._at_hand[key][1]
        row = RememberedAnswer.objects.filter(pk=key, fetched_at__gte=oldest).first()
        if row is None:
            return None
        answer = Fetched(row.url, row.final_url, row.status, row.content_type, bytes(row.body))
        self._keep(key, row.fetched_at, answer)
        return answer

    def _remember(self, key: str, answer: Fetched) -> None:
        now = self._clock()
        self._keep(key, now, answer)
        RememberedAnswer.objects.update_or_create(
            key=key,
            defaults={
                "url": answer.url,
                "final_url": answer.final_url,
                "status": answer.status,
                "content_type": answer.content_type[:200],
                "body": answer.body,
                "fetched_at": now,
            },
        )

    def _keep(self, key: str, at: datetime, answer: Fetched) -> None:
        if len(self._at_hand) >= AT_HAND:
            self._at_hand.clear()
        self._at_hand[key] = at, answer

    # --- Manners

    def _ask(self, url: str, accept: str, max_bytes: int) -> Fetched:
        host = (urlsplit(url).hostname or "")[:255]
        trouble = HostState.objects.filter(pk=host).first()
        if trouble is not None and trouble.rest_until and trouble.rest_until > self._clock():
            self.rested = True
            message = _("This site has not been answering. We ask it again at %(time)s UTC.")
            raise Unreachable(message % {"time": f"{trouble.rest_until:%H:%M}"}, url)
        self.requests += 1
        try:
            answer = self._fetch(url, accept=accept, max_bytes=max_bytes)
        except Unreachable:
            self._failed(host)
            raise
        if answer.status == 429 or answer.status >= 500:
            self._failed(host)
        elif trouble is not None:
            trouble.delete()
        return answer

    def _failed(self, host: str) -> None:
        now = self._clock()
        state, new = HostState.objects.get_or_create(
            host=host, defaults={"failures": 1, "failed_at": now}
        )
        if new:
            return
        HostState.objects.filter(pk=host).update(failures=F("failures") + 1, failed_at=now)
        failures = state.failures + 1
        if failures >= PATIENCE:
            rest = min(FIRST_REST * 2 ** min(failures - PATIENCE, 10), LONGEST_REST)
            HostState.objects.filter(pk=host).update(
                rest_until=now + rest * self._chance.uniform(0.75, 1.25)
            )
