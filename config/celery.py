"""Celery: a doorbell. The rows are the work; a lost message costs a few seconds, never a job."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("laurel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def add_schedule(sender: Celery, **_: object) -> None:
    """The sweeps pick up what a dead worker or an unreachable broker left behind."""
    every = float(settings.SWEEP_SECONDS)
    for task in (
        "badges.sweep_imports",
        "badges.sweep_inspections",
        "badges.check_due",
        "portfolio.sweep_transcripts",
        "portfolio.sweep_exports",
        "portfolio.sweep_messages",
    ):
        # A sweep that waited longer than its turn is worthless: the next one sees the same rows.
        sender.add_periodic_task(every, sender.signature(task), name=task, expires=every * 2)
    for task in (
        "badges.look_again",
        "portfolio.sweep_restorations",
        "portfolio.sweep_cards",
        "portfolio.refresh_listings",
    ):
        sender.add_periodic_task(60.0, sender.signature(task), name=task)
    for task in ("badges.tidy", "portfolio.tidy"):
        sender.add_periodic_task(3600.0, sender.signature(task), name=task)
