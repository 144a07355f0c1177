"""Rings for a worker. The rows are the work: a bell that nobody hears costs one sweep."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger("laurel.bell")


def ring(task: str, **kwargs: str) -> None:
    """Ask a worker to run `task` once the current transaction has been committed.

    With the broker down this costs under a second and a line in the log; the sweep finds the
    row as soon as there is a broker again.
    """
    transaction.on_commit(partial(_publish, task, kwargs))


def _publish(task: str, kwargs: dict[str, str]) -> None:
    try:
        current_app.send_task(task, kwargs=kwargs)
    except (OperationalError, OSError) as error:
        logger.warning("No broker for %s, the sweep will find it: %s", task, error)
