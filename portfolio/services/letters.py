"""The mail that says that a document is ready, for those who asked for it."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.services import languages
from portfolio.models import Transcript

logger = logging.getLogger("laurel.transcripts")


def document_ready(*, transcript: Transcript) -> bool:
    """Tell its owner by mail. A mail server that is down costs the mail and nothing else."""
    path = reverse("portfolio:transcript-detail", args=[transcript.pk])
    with languages.spoken_to(transcript.owner):
        context = {"title": transcript.title, "url": f"{settings.SITE_URL}{path}"}
        subject = render_to_string("portfolio/email/document_ready_subject.txt", context)
        message = render_to_string("portfolio/email/document_ready_message.txt", context)
    try:
        send_mail(" ".join(subject.split()), message, None, [transcript.owner.email])
    except (SMTPException, OSError) as error:
        logger.error(
            "The mail of document %s could not be sent: %s", transcript.pk, type(error).__name__
        )
        return False
    return True
