"""Mails of the relay: the one that proves an address, and each message to whom it is for.

A message is a row of work. A mail server that is down for an hour costs an hour; the worker tries
again, later each time. Only the mail that proves an address is sent while its writer waits: if it
cannot be, they are told so and nothing is kept.

Every mail is plain text. What a person wrote stands in it behind `>`, so that nothing they write
can pass for the site's own words. Only addresses that were checked go into a header.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.services import languages, notifications, sealing
from badges.services import bell
from portfolio.models import Conversation, Message

logger = logging.getLogger("laurel.post")

Clock = Callable[[], datetime]
TASK = "portfolio.deliver_message"
MAX_ATTEMPTS = 6  # the last one after half an hour
AT_ONCE = 50
SEALED_AS = "relay reply"


class NoMail(Exception):
    """The mail server does not take our mail at this moment."""


def ask_for_proof(*, to: str, token: str) -> None:
    """Mail the link by which a sender's address is proven. Raises `NoMail`.

    Not a word of what was typed into the form: the address may be somebody else's.
    """
    url = settings.SITE_URL + reverse("portfolio:directory-prove", args=[token])
    try:
        _mail("proof", {"url": url, "site": settings.SITE_URL}, to).send()
    except (SMTPException, OSError) as error:
        logger.error("The mail that proves an address failed: %s", type(error).__name__)
        raise NoMail from error


def deliver(*, message_id: UUID, clock: Clock) -> None:
    """Mail one message, if nobody else is at it."""
    message: Message | None = Message.objects.claim(message_id, now=clock())
    if message is None:
        return
    conversation = Conversation.objects.select_related("owner").get(pk=message.conversation_id)
    try:
        _letter(message, conversation).send()
    except (SMTPException, OSError) as error:
        logger.error("Message %s could not be mailed: %s", message.pk, type(error).__name__)
        if message.attempts < MAX_ATTEMPTS:
            message.release(run_after=clock() + timedelta(minutes=2 ** (message.attempts - 1)))
        elif message.finish(state=Message.State.FAILED, now=clock()):
            _give_up(message, conversation)
        return
    message.finish(state=Message.State.DONE, now=clock())


def sweep(*, now: datetime) -> int:
    """Ring for every message that still waits for its mail."""
    waiting = list(Message.objects.waiting(now).values_list("pk", flat=True)[:AT_ONCE])
    for pk in waiting:
        bell.ring(TASK, message_id=str(pk))
    return len(waiting)


def _letter(message: Message, conversation: Conversation) -> EmailMessage:
    context = {
        "conversation": conversation,
        "quoted": "\n".join(f"> {line}" for line in message.text.split("\n")),
        "site": settings.SITE_URL,
    }
    if message.to_learner:
        page = reverse("portfolio:message-detail", args=[conversation.pk])
        context["url"] = settings.SITE_URL + page
        with languages.spoken_to(conversation.owner):
            return _mail("arrived", context, conversation.owner.email)
    key = _reply_key(conversation)
    page = reverse("portfolio:directory-reply", args=[key]) if key else ""
    context |= {"url": settings.SITE_URL + page if page else "", "reply_to": message.reply_to}
    with translation.override(conversation.language or settings.LANGUAGE_CODE):
        mail = _mail("answer", context, conversation.sender_email)
    if message.reply_to:
        mail.reply_to = [message.reply_to]
    return mail


def _mail(name: str, context: dict[str, object], to: str) -> EmailMessage:
    subject = render_to_string(f"portfolio/email/{name}_subject.txt", context)
    body = render_to_string(f"portfolio/email/{name}_message.txt", context)
    return EmailMessage(" ".join(subject.split()), body, None, [to])


def _give_up(message: Message, conversation: Conversation) -> None:
    if message.to_learner:
        return  # it is among their messages all the same
    with languages.spoken_to(conversation.owner):
        text = _("Your answer to %(name)s could not be mailed.") % {"name": conversation.who}
    notifications.notify(
        user=conversation.owner,
        kind="message.failed",
        text=text,
        url=reverse("portfolio:message-detail", args=[conversation.pk]),
    )


def _reply_key(conversation: Conversation) -> str | None:
    return sealing.unseal(
        conversation.sealed_reply, purpose=SEALED_AS, bound_to=conversation.reply_digest
    )
