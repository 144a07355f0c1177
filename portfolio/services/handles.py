"""Public addresses: /p/<name>, for whoever wants one. Off until its owner says so.

A name leads to a share link of its own, so everything that holds for links holds here: terms,
counts, withdrawal, and the answer for what does not open. A name that somebody gives up is kept
from everybody else for a while; its old address leads nowhere, not even to the new one, because
whoever changes their name may have a reason to.
"""

import re
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit
from portfolio.models import Handle, Page, ShareLink
from portfolio.services import sharing

HELD_BACK = timedelta(days=90)
MOST_GIVEN_UP = 5  # held back at once: nobody may lock up every good name
SHORTEST, LONGEST = 3, 30
# Names that speak for the site, are part of an address, or would make a reader believe something.
RESERVED = frozenset(
    """
    about abuse account accounts admin administrator all anonymous api app apps assets auth award
    awards backpack badge badges billing blog bot card careers cert certificate certificates check
    claim claims code codes company contact cookies credential credentials data delete demo
    dev developer developers directory docs document documents download edit email embed employer
    error everyone export exports faq favicon feed feedback file files find git goals guest handle
    handles help home host hostmaster image images imprint import imports index info inside invite
    issuer issuers job jobs js json laurel learner learners legal link links list localhost login
    logout mail mailer me media member members messages mod moderator mail name new news nobody
    none notifications null oembed office official openbadge openbadges organisation
    organisations organization organizations page pages partner partners password pathway pathways
    person phishing ping portfolio portfolios postmaster preview press privacy profile profiles
    public qr readyz register registry report reset robots root rss school search secure security
    service settings share shared shop signin signup site sitemap skill skills source sources spam
    staff static status style support sysadmin system team teams terms test tests transcript
    transcripts trust undefined university update upload user users verified verify void webmaster
    welcome wiki www you
    """.split()  # noqa: SIM905  # a list of two hundred quoted words is no easier to read
)


class Unfit(Exception):
    """No public name; `words` say what is wrong with it and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def normal(text: str) -> str:
    """As it stands in the address: small letters, without the @ that people put before a name."""
    return text.strip().removeprefix("@").lower()


def fit(text: str) -> str:
    """The name that somebody typed; raises Unfit."""
    name = normal(text)
    if not SHORTEST <= len(name) <= LONGEST:
        raise Unfit(
            _("Choose between %(least)s and %(most)s letters.")
            % {"least": SHORTEST, "most": LONGEST}
        )
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise Unfit(
            _("Use the letters a to z, figures, and single hyphens between them: maria-lopez.")
        )
    if not re.search(r"[a-z]", name):
        raise Unfit(_("Use at least one letter: a row of figures looks like a number of ours."))
    if name in RESERVED or name.replace("-", "") in RESERVED:
        raise Unfit(_("This name is kept for the site itself. Choose another one."))
    return name


def held_by(user: User) -> Handle | None:
    return Handle.objects.owned_by(user).held().select_related("link__page").first()


def take(*, user: User, name: str, now: datetime) -> Handle:
    """Give a person this name instead of the one they have; raises Unfit."""
    name = fit(name)
    taken = Unfit(_("Somebody has this name. Choose another one."))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        old = held_by(user)
        if old is not None and old.name == name:
            return old
        there = Handle.objects.select_for_update().filter(name=name).first()
        if there is not None and there.owner_id != user.pk and not _is_free(there, now):
            raise taken
        if there is None or there.owner_id != user.pk:
            _may_change(user, now)
        link = old.link if old is not None else None
        if old is not None:
            Handle.objects.filter(pk=old.pk).update(released_at=now, link=None)
        handle = there or Handle(name=name)
        handle.owner, handle.link = user, link
        handle.taken_at, handle.released_at = now, None
        try:
            with transaction.atomic():
                handle.save()
        except IntegrityError:
            raise taken from None
        audit.record(actor=user, action="handle.taken", target=handle, changed=old is not None)
    return handle


def _may_change(user: User, now: datetime) -> None:
    held_back = Handle.objects.owned_by(user).filter(released_at__gt=now - HELD_BACK)
    if held_back.count() >= MOST_GIVEN_UP:
        raise Unfit(
            _("You gave up %(count)s names of late. Take one of them back, or try later.")
            % {"count": MOST_GIVEN_UP}
        )


def _is_free(handle: Handle, now: datetime) -> bool:
    return handle.released_at is not None and handle.released_at + HELD_BACK <= now


def release(*, handle: Handle, now: datetime) -> None:
    """Give the name up. Its address stops at once."""
    with transaction.atomic():
        close(handle=handle, now=now)
        Handle.objects.filter(pk=handle.pk).update(released_at=now)
        audit.record(actor=handle.owner, action="handle.released", target=handle)


def open_to(*, handle: Handle, page: Page, searchable: bool, now: datetime) -> Handle:
    """Let the address lead to a page; raises sharing.TooManyLinks."""
    kinds = ShareLink.Visibility
    visibility = kinds.PUBLIC if searchable else kinds.UNLISTED
    with transaction.atomic():
        link = ShareLink.objects.live(now).filter(handle=handle, page=page).first()
        if link is not None:
            if link.visibility != visibility:
                link.visibility = visibility
                link.save(update_fields=["visibility"])
            return handle
        close(handle=handle, now=now)
        handle.link = sharing.create(
            page=page, label=_("Public address"), visibility=visibility, now=now
        )
        handle.save(update_fields=["link"])
        audit.record(actor=handle.owner, action="handle.opened", target=handle)
    return handle


def close(*, handle: Handle, now: datetime) -> None:
    """The name is kept and leads nowhere."""
    if handle.link is None:
        return
    with transaction.atomic():
        sharing.withdraw(link=handle.link, actor=handle.owner, now=now)
        handle.link = None
        handle.save(update_fields=["link"])


def token_of(*, name: str, now: datetime) -> str:
    """The token of the link that a public address leads to; raises sharing.LinkGone."""
    handle = Handle.objects.leading(now).select_related("link").filter(name=normal(name)).first()
    token = sharing.token_of(handle.link) if handle and handle.link else None
    if token is None:
        raise sharing.LinkGone
    return token
