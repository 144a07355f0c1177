"""The mail that says that an import is done, for those who did not wait for it.

Whoever has the page open asks it every few seconds and needs no mail. That somebody looks is worth
remembering for moments only, so it stands in the cache and in no row.
"""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.cache import cache
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from badges.models import ImportJob

logger = logging.getLogger("laurel.imports")

LONG = timedelta(minutes=1)  # nobody leaves for less
WATCHES = 20  # seconds: longer than the pause between two questions of an open page


def watched(*, job: ImportJob) -> None:
    """Somebody has the page of this import before them."""
    cache.set(_key(job), True, WATCHES)


def import_done(*, job: ImportJob, offered: int, now: datetime) -> bool:
    """Tell the learner by mail, when it took long and nobody watched. True when it was sent.

    A mail server that is down costs the mail and nothing else.
    """
    if now - job.created_at < LONG or cache.get(_key(job)):
        return False
    path = reverse("badges:import-detail", args=[job.pk])
    context = {"count": offered, "url": f"{settings.SITE_URL}{path}"}
    subject = render_to_string("badges/email/import_done_subject.txt", context)
    try:
        send_mail(
            " ".join(subject.split()),
            render_to_string("badges/email/import_done_message.txt", context),
            None,
            [job.owner.email],
        )
    except (SMTPException, OSError) as error:
        logger.error("The mail of import %s could not be sent: %s", job.pk, type(error).__name__)
        return False
    return True


def _key(job: ImportJob) -> str:
    return f"import-watched:{job.pk}"
