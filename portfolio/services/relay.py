"""Carries messages between somebody without an account and a learner who can be found.

Theory of operation. A message lies still until its sender opens a link that is mailed to their
address: so each address is proven, and nobody is written to in somebody else's name. That first
mail goes to an address that anybody may have typed, and therefore holds no word of theirs: else
the form would send whatever text to whatever address. After that both sides write through the
site. The learner's address is shown to nobody, unless they choose so in one answer.

Closed, blocked, paused and gone are one and the same answer to a sender, `NotReached`.
"""

import hashlib
import logging
import secrets
import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import addresses, audit, languages, limits, notifications, sealing
from badges.services import bell
from portfolio.models import Conversation, Listing, Message, Sender
from portfolio.services import listing as listings
from portfolio.services import post

logger = logging.getLogger("laurel.relay")

PROVE_WITHIN = timedelta(hours=48)
KEEP = timedelta(days=365)
MAX_TEXT = 4000
DAY = timedelta(days=1)
PER_VISITOR = 10  # first messages an hour, from one line
PER_SENDER = 20  # first messages a day, from one address
PER_LISTING = 30  # proven ones a day, to one person
PER_CONVERSATION = 20  # a day, in each direction


class Gone(Exception):
    """This key opens nothing: used, too old, or never there."""


class NotReached(Exception):
    """This learner cannot be written to, and why is not the sender's business."""


class Ended(Exception):
    """The learner has blocked this conversation."""


# --- Before the address is proven --------------------------------------------------------------


def write(
    *, listing: Listing, name: str, organisation: str, email: str, text: str, visitor: str,
    now: datetime,
) -> None:  # fmt: skip
    """Keep a first message, and ask its sender's mailbox for a yes.

    Raises `limits.TooOften`, and `post.NoMail`, after which nothing was kept.
    """
    limits.hit(key=f"relay:visitor:{visitor}", allowed=PER_VISITOR, per=timedelta(hours=1), now=now)
    key = key_of(email)
    limits.hit(key=f"relay:sender:{_digest(key)[:32]}", allowed=PER_SENDER, per=DAY, now=now)
    proof, reply = secrets.token_urlsafe(20), secrets.token_urlsafe(20)
    with transaction.atomic():
        sender, _new = Sender.objects.get_or_create(key=key, defaults={"created_at": now})
        if sender.closed_at is not None:
            return  # their mailbox stays silent, and so does the page
        conversation = Conversation.objects.create(
            owner=listing.owner,
            sender=sender,
            sender_email=email,
            sender_name=one_line(name),
            organisation=one_line(organisation),
            shown_as=listings.shown_name(listing),
            language=languages.known(get_language()),
            proof_digest=_digest(proof),
            reply_digest=_digest(reply),
            sealed_reply=sealing.seal(reply, purpose=post.SEALED_AS, bound_to=_digest(reply)),
            created_at=now,
            last_at=now,
        )
        Message.objects.create(
            conversation=conversation, text=plain(text), created_at=now, run_after=now
        )
    try:
        post.ask_for_proof(to=email, token=proof)
    except post.NoMail:
        conversation.delete()
        raise


def waiting(*, token: str, now: datetime) -> Conversation:
    """The message that waits behind a mailed link. Raises `Gone`."""
    rows = Conversation.objects.unproven().filter(created_at__gt=now - PROVE_WITHIN)
    found = rows.filter(proof_digest=_digest(token)).select_related("owner", "sender").first()
    if found is None:
        raise Gone
    return found


def prove(*, token: str, now: datetime) -> Conversation:
    """The sender says yes: their message goes to the learner. Works once.

    Raises `Gone`, `NotReached`, and `limits.TooOften`, after which the link still works.
    """
    conversation = waiting(token=token, now=now)
    listing = Listing.objects.found().filter(owner=conversation.owner).first()
    if listing is None or _is_shut(conversation):
        raise NotReached
    limits.hit(key=f"relay:listing:{listing.pk}", allowed=PER_LISTING, per=DAY, now=now)
    with transaction.atomic():
        rows = Conversation.objects.unproven().filter(pk=conversation.pk)
        if not rows.update(proven_at=now, last_at=now):
            raise Gone
        conversation.proven_at = now
        first = conversation.messages.get()
        audit.record(actor=None, action="message.delivered", target=conversation)
        _arrived(conversation, first)
    return conversation


def disown(*, token: str, now: datetime) -> None:
    """Somebody else had typed this address: forget the message. Raises `Gone`."""
    waiting(token=token, now=now).delete()


def _is_shut(conversation: Conversation) -> bool:
    """Closed by the site, or blocked by this learner, in this conversation or an earlier one."""
    blocked = Conversation.objects.filter(
        owner=conversation.owner, sender=conversation.sender, blocked_at__isnull=False
    )
    return (
        Sender.objects.filter(pk=conversation.sender_id, closed_at__isnull=False).exists()
        or not User.objects.filter(pk=conversation.owner_id, is_active=True).exists()
        or blocked.exists()
    )


# --- After that --------------------------------------------------------------------------------


def resolve(*, token: str) -> Conversation:
    """The conversation behind the key in a sender's mails. Raises `Gone`."""
    rows = Conversation.objects.filter(proven_at__isnull=False).select_related("owner", "sender")
    found = rows.filter(reply_digest=_digest(token)).first()
    if found is None:
        raise Gone
    return found


def may_reply(conversation: Conversation) -> bool:
    return not _is_shut(conversation)


def reply(*, conversation: Conversation, text: str, now: datetime) -> None:
    """The sender writes again. Raises `NotReached`, `limits.TooOften`."""
    if _is_shut(conversation):
        raise NotReached
    _count(conversation, "in", now)
    with transaction.atomic():
        message = _add(conversation, text, now, to_learner=True)
        _arrived(conversation, message)


def answer(*, conversation: Conversation, text: str, reveal: bool, now: datetime) -> None:
    """The learner answers. With `reveal` their own address goes along, and only then.

    Raises `Ended`, `NotReached`, `limits.TooOften`.
    """
    if conversation.blocked_at is not None:
        raise Ended
    if conversation.sender.closed_at is not None:
        raise NotReached
    _count(conversation, "out", now)
    own = addresses.verified(conversation.owner) if reveal else []
    email = conversation.owner.email
    shown = (email if email in own else own[0]) if own else ""
    with transaction.atomic():
        message = _add(conversation, text, now, to_learner=False, reply_to=shown)
        audit.record(
            actor=conversation.owner,
            action="message.answered",
            target=conversation,
            address_shown=bool(shown),
        )
        bell.ring(post.TASK, message_id=str(message.pk))


def _count(conversation: Conversation, way: str, now: datetime) -> None:
    key = f"relay:{way}:{conversation.pk}"
    limits.hit(key=key, allowed=PER_CONVERSATION, per=DAY, now=now)


def _add(
    conversation: Conversation, text: str, now: datetime, *, to_learner: bool, reply_to: str = ""
) -> Message:
    Conversation.objects.filter(pk=conversation.pk).update(last_at=now)
    message: Message = Message.objects.create(
        conversation=conversation,
        text=plain(text),
        to_learner=to_learner,
        reply_to=reply_to,
        created_at=now,
        run_after=now,
    )
    return message


def _arrived(conversation: Conversation, message: Message) -> None:
    with languages.spoken_to(conversation.owner):  # a visitor's request, in the visitor's language
        text = _("%(name)s has written to you.") % {"name": conversation.who}
    notifications.notify(
        user=conversation.owner,
        kind="message.arrived",
        text=text,
        url=reverse("portfolio:message-detail", args=[conversation.pk]),
    )
    bell.ring(post.TASK, message_id=str(message.pk))


def seen(*, conversation: Conversation, now: datetime) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(seen_at=now)


def block(*, conversation: Conversation, now: datetime) -> None:
    """Nothing more from this address reaches its learner."""
    if Conversation.objects.filter(pk=conversation.pk, blocked_at=None).update(blocked_at=now):
        audit.record(actor=conversation.owner, action="sender.blocked", target=conversation)


def report(*, conversation: Conversation, now: datetime) -> None:
    """Show the conversation to the site's staff, and block it."""
    with transaction.atomic():
        if Conversation.objects.filter(pk=conversation.pk, reported_at=None).update(
            reported_at=now
        ):
            audit.record(actor=conversation.owner, action="sender.reported", target=conversation)
            logger.warning("Conversation %s was reported; see the desk.", conversation.pk)
        block(conversation=conversation, now=now)


def delete(*, conversation: Conversation, now: datetime) -> None:
    """The learner forgets a conversation. Of one that was blocked, the block stays."""
    with transaction.atomic():
        audit.record(actor=conversation.owner, action="conversation.deleted", target=conversation)
        if conversation.blocked_at is None:
            conversation.delete()
            return
        Conversation.objects.filter(pk=conversation.pk).update(deleted_at=now)
        if conversation.reported_at is None:  # else the staff have yet to read it
            conversation.messages.all().delete()


# --- The site's own say ------------------------------------------------------------------------


def close(*, sender: Sender, actor: User, now: datetime) -> None:
    """Nobody here is written to from this address any more."""
    with transaction.atomic():
        if Sender.objects.filter(pk=sender.pk, closed_at=None).update(closed_at=now):
            Conversation.objects.unproven().filter(sender=sender).delete()
            audit.record(actor=actor, action="sender.closed", target=sender)


def reopen(*, sender: Sender, actor: User) -> None:
    with transaction.atomic():
        if Sender.objects.filter(pk=sender.pk, closed_at__isnull=False).update(closed_at=None):
            audit.record(actor=actor, action="sender.reopened", target=sender)


def tidy(*, now: datetime) -> None:
    """Run hourly: forget what was never proven, what is a year old, and addresses without use."""
    Conversation.objects.unproven().filter(created_at__lt=now - PROVE_WITHIN).delete()
    Conversation.objects.filter(last_at__lt=now - KEEP, blocked_at=None).delete()
    Message.objects.filter(conversation__last_at__lt=now - KEEP).delete()  # the blocks stay
    Sender.objects.filter(
        Q(conversations=None), closed_at=None, created_at__lt=now - PROVE_WITHIN
    ).delete()


# --- Text --------------------------------------------------------------------------------------


def one_line(text: str) -> str:
    """Without line breaks, and without signs that nobody sees or that turn a line around."""
    return " ".join(_visible(text).split())


def plain(text: str) -> str:
    """A message as it is kept: its own lines, nothing invisible, and an end."""
    lines = _visible(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()[:MAX_TEXT]


def _visible(text: str) -> str:
    # Joiners belong to words of Persian and of Indian languages, and to emoji.
    kept = {"\n", "\u200c", "\u200d"}
    return "".join(
        sign if sign in kept or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co"} else " "
        for sign in text
    )


def key_of(email: str) -> str:
    """One mailbox, however it is spelt: `a+b@c.d` is `a@c.d`."""
    local, _at, domain = email.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
