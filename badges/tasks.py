"""What workers are rung for: each task is one call of a verb."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from badges import fetch
from badges.services import following, housekeeping, importing, inspections, search, verification


@shared_task(name="badges.run_import")
def run_import(job_id: str) -> None:
    with fetch.session() as get:
        importing.run_import(job_id=UUID(job_id), fetch=get, clock=timezone.now)


@shared_task(name="badges.sweep_imports")
def sweep_imports() -> None:
    importing.sweep(now=timezone.now())


@shared_task(name="badges.look_again")
def look_again() -> None:
    following.sweep(now=timezone.now())


@shared_task(name="badges.run_inspection")
def run_inspection(inspection_id: str) -> None:
    with fetch.session() as get:
        inspections.run(inspection_id=UUID(inspection_id), fetch=get, clock=timezone.now)


@shared_task(name="badges.sweep_inspections")
def sweep_inspections() -> None:
    inspections.sweep(now=timezone.now())


@shared_task(name="badges.check_due")
def check_due() -> None:
    with fetch.session() as get:
        verification.run_due(fetch=get, clock=timezone.now)


@shared_task(name="badges.read_words")
def read_words(owner_id: str) -> None:
    search.read_words(owner_id=UUID(owner_id))


@shared_task(name="badges.tidy")
def tidy() -> None:
    housekeeping.tidy(now=timezone.now())
