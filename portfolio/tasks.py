"""What workers are rung for: each task is one call of a verb."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from portfolio.services import transcripts


@shared_task(name="portfolio.run_transcript")
def run_transcript(transcript_id: str) -> None:
    transcripts.run(transcript_id=UUID(transcript_id), clock=timezone.now)


@shared_task(name="portfolio.sweep_transcripts")
def sweep_transcripts() -> None:
    transcripts.sweep(now=timezone.now())
