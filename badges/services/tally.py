"""How far an import is: a query over its items, never a stored number that can lie."""

from dataclasses import dataclass

from django.db.models import Count

from badges.models import ImportItem, ImportJob


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of items. What was opened is told by what was found in it, and not counted."""

    total: int = 0
    waiting: int = 0
    put_off: int = 0  # of those that wait
    offered: int = 0
    changed: int = 0
    added: int = 0
    already: int = 0
    refused: int = 0
    skipped: int = 0
    undone: int = 0
    left_out: int = 0  # earlier, by their owner

    @property
    def done(self) -> int:
        return self.total - self.waiting


def of(job: ImportJob) -> Progress:
    """Count the items by what became of them."""
    counted = dict.fromkeys(Progress.__dataclass_fields__, 0)
    # Without the order of the items, by which they would be grouped as well.
    rows = job.items.order_by().values("state").annotate(n=Count("pk"), later=Count("next_try_at"))
    for row in rows:
        if row["state"] == ImportItem.State.OPENED:
            continue
        counted[row["state"]] += row["n"]
        counted["total"] += row["n"]
        if row["state"] == ImportItem.State.WAITING:
            counted["put_off"] = row["later"]
    return Progress(**counted)
