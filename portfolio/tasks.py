"""What workers are rung for: each task is one call of a verb."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from portfolio.services import cards, exporting, listing, post, relay, restoring, transcripts


@shared_task(name="portfolio.run_transcript")
def run_transcript(transcript_id: str) -> None:
    transcripts.run(transcript_id=UUID(transcript_id), clock=timezone.now)


@shared_task(name="portfolio.sweep_transcripts")
def sweep_transcripts() -> None:
    transcripts.sweep(now=timezone.now())


@shared_task(name="portfolio.draw_card")
def draw_card(card_id: str) -> None:
    cards.draw(card_id=int(card_id), clock=timezone.now)


@shared_task(name="portfolio.sweep_cards")
def sweep_cards() -> None:
    cards.sweep(now=timezone.now())


@shared_task(name="portfolio.make_export")
def make_export(export_id: str) -> None:
    exporting.make_export(export_id=UUID(export_id), clock=timezone.now)


@shared_task(name="portfolio.sweep_exports")
def sweep_exports() -> None:
    exporting.sweep(now=timezone.now())


@shared_task(name="portfolio.restore")
def restore(job_id: str) -> None:
    restoring.restore(job_id=UUID(job_id), clock=timezone.now)


@shared_task(name="portfolio.sweep_restorations")
def sweep_restorations() -> None:
    restoring.sweep(now=timezone.now())


@shared_task(name="portfolio.tidy")
def tidy() -> None:
    exporting.tidy(now=timezone.now())
    relay.tidy(now=timezone.now())


@shared_task(name="portfolio.deliver_message")
def deliver_message(message_id: str) -> None:
    post.deliver(message_id=UUID(message_id), clock=timezone.now)


@shared_task(name="portfolio.sweep_messages")
def sweep_messages() -> None:
    post.sweep(now=timezone.now())


@shared_task(name="portfolio.refresh_listings")
def refresh_listings() -> None:
    listing.sweep(now=timezone.now())
