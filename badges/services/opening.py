"""Opens what holds many things: a profile, a collection, an archive becomes items of its import.

What an earlier try found is known by its key and stays as it is. A later page that does not answer
takes nothing from what the earlier ones showed.
"""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from badges import sources
from badges.models import ImportItem, ImportJob, LostClaim
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched
from badges.services import bringing, leaving, originals, unfolding
from badges.services.originals import Kept
from badges.services.web import Clock, Errand
from badges.sources import statement as statements
from badges.sources.base import Found, Nothing

logger = logging.getLogger("laurel.imports")

State = ImportItem.State


@dataclass
class Opener:
    """For one worker's turn at one job. `hold` renews its claim now and then."""

    job: ImportJob
    fetch: Fetch
    clock: Clock
    chance: random.Random
    hold: Callable[[], None]
    left_out: int = 0  # of what the present item holds, beyond what one import takes

    def open(self, item: ImportItem) -> None:
        errand, self.left_out = Errand(self._held_fetch), 0
        try:
            count = self._open(item, errand)
            # An account may well be empty, or have nothing new since the last look.
            if not count and not sources.readers()[item.reader].account:
                raise Nothing(_("There is nothing in it that could be brought over."))
            item.state, item.reason, item.finished_at = State.OPENED, "", self.clock()
            if self.left_out:
                told = _("%(n)s more were left out: bring them in an import of their own.")
                item.reason = told % {"n": self.left_out}
            item.next_try_at = None
        except Unreachable as error:
            self._put_off(item, error, errand)
        except OpenBadgesError as error:
            bringing.refuse(item, error.message, self.clock())
        except (DatabaseError, LostClaim):
            raise
        except Exception:
            # It waits for its next attempt; the third is the last.
            logger.exception("Import item %s failed, attempt %s", item.pk, item.attempts)
            return
        self.save(item)

    def save(self, item: ImportItem) -> None:
        """Write an item down while the claim stands, and not a moment longer."""
        with transaction.atomic():
            self.job.hold(now=self.clock())
            item.save(update_fields=bringing.FIELDS)

    def _put_off(self, item: ImportItem, error: Unreachable, errand: Errand) -> None:
        now = self.clock()
        if item.put_off < len(bringing.BACKOFF):
            until = errand.rested_until
            bringing.postpone(item, error.message, now, self.chance, until=until)
        else:
            bringing.refuse(item, error.message, now, can_retry=True)

    def _held_fetch(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        self.hold()
        return self.fetch(url, accept=accept, max_bytes=max_bytes, max_age=max_age)

    def _open(self, item: ImportItem, fetch: Fetch) -> int:
        """Turn everything found into items; how many there are. What an earlier try found is
        known by its key and stays as it is."""
        reader = sources.readers()[item.reader]
        data = originals.read(item.original) if item.original else b""
        known = set(item.children.values_list("key", flat=True))
        count = len(known)
        batch: list[Found] = []
        try:
            for found in reader.find(item.answers, fetch=fetch, data=data):
                key = f"{item.pk}:{found.key}"[:300]
                if key in known:
                    continue
                known.add(key)
                batch.append(found)
                if len(batch) == 100:
                    count += self._enter(item, batch)
                    batch = []
        finally:
            # A later page that does not answer takes nothing from what the earlier ones showed.
            count += self._enter(item, batch)
        return count

    def _enter(self, item: ImportItem, batch: Sequence[Found]) -> int:
        if not batch:
            return 0
        now = self.clock()
        self.job.hold(now=now)
        last: int = self.job.items.aggregate(last=Max("position"))["last"] or 0
        room = max(0, unfolding.MAX_LINES - last - 1)
        self.left_out += max(0, len(batch) - room)
        written = {
            found.key: originals.write(owner_id=self.job.owner_id, data=found.data, name="")
            for found in batch[:room]
            if found.data
        }
        with transaction.atomic():
            # Held to the end, so that nothing is found any more by an import that was stopped.
            self.job.hold(now=now)
            return self._enter_rows(item, batch[:room], written, last)

    def _enter_rows(
        self, item: ImportItem, batch: Sequence[Found], written: Mapping[str, Kept], last: int
    ) -> int:
        now = self.clock()
        rows = originals.enter(owner_id=self.job.owner_id, kept=list(written.values()), now=now)
        left_out = set(self.job.source.left_out) if self.job.source else set()
        items = [
            ImportItem(
                job=self.job,
                parent=item,
                position=last + number,
                kind=ImportItem.Kind.FOUND,
                label=found.label[:300],
                reader=item.reader,
                answers={"image": found.image} if found.image else {},
                key=f"{item.pk}:{found.key}"[:300],
                url=found.url,
                elsewhere=found.elsewhere,
                statement=statements.as_json(found.statement) if found.statement else None,
                original=rows[written[found.key].digest] if found.key in written else None,
                created_at=now,
            )
            for number, found in enumerate(batch, 1)
        ]
        for one, found in zip(items, batch, strict=True):
            if found.reason:
                bringing.refuse(one, found.reason, now)
            elif leaving.own_key(one) in left_out:
                one.state, one.finished_at = State.LEFT_OUT, now
        ImportItem.objects.bulk_create(items)
        return len(items)
