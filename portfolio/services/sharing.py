"""Share links: a door to one page on its owner's terms.

Unknown, expired and withdrawn links, and those of people who have left, are one and the same
answer. So is their cost: the conditions stand in the one query that looks for the link.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from accounts.services import audit, limits, sealing
from portfolio.models import Page, ShareLink
from portfolio.services import cards, choosing

TRIES = 10
TRIES_PER = timedelta(minutes=15)
GRANT_FOR = timedelta(hours=12)
TERMS = ["label", "visibility", "name_shown", "ends_at", "pdf_allowed", "originals_allowed"]
SEALED_AS = "share token"
MAX_LINKS = 500  # live and dead ones of one person


class LinkGone(Exception):
    """No link opens here. Whether one ever did is nobody's business."""


class WrongPassword(Exception):
    """The link is locked and this does not open it."""


class TooManyLinks(Exception):
    """Its owner has MAX_LINKS links already."""


def create(
    *,
    page: Page,
    label: str,
    now: datetime,
    visibility: str = ShareLink.Visibility.UNLISTED,
    name_shown: str = "",
    password: str = "",
    ends_at: datetime | None = None,
    pdf_allowed: bool = True,
    originals_allowed: bool = False,
    badges: Sequence[UUID] | None = None,
) -> ShareLink:
    """A new door to a page. `badges`: what it shows of the page, in order; None shows all."""
    if ShareLink.objects.owned_by(page.owner).count() >= MAX_LINKS:
        raise TooManyLinks
    token = secrets.token_urlsafe(20)
    digest = digest_of(token)
    with transaction.atomic():
        link = ShareLink.objects.create(
            page=page,
            label=label,
            digest=digest,
            sealed_token=sealing.seal(token, purpose=SEALED_AS, bound_to=digest),
            visibility=visibility,
            name_shown=name_shown,
            password=make_password(password) if password else "",
            ends_at=ends_at,
            pdf_allowed=pdf_allowed,
            originals_allowed=originals_allowed,
            created_at=now,
        )
        audit.record(actor=page.owner, action="link.created", target=link, locked=link.is_locked)
        if badges is not None:
            choosing.choose(link=link, badges=badges)
        cards.ask(link=link, now=now)
    return link


def edit(
    *,
    link: ShareLink,
    label: str,
    visibility: str,
    name_shown: str,
    ends_at: datetime | None,
    pdf_allowed: bool,
    originals_allowed: bool,
    now: datetime,
    password: str | None = None,
) -> ShareLink:
    """Change the terms; a later end renews. `password`: None keeps it, "" takes it away.

    A withdrawn link stays withdrawn: its owner has said no, and a reader must not find that
    undone by a change of label.
    """
    link.label, link.visibility, link.name_shown = label, visibility, name_shown
    link.ends_at = ends_at
    link.pdf_allowed, link.originals_allowed = pdf_allowed, originals_allowed
    if password is not None:
        link.password = make_password(password) if password else ""
    with transaction.atomic():
        # Field by field: a link withdrawn a moment ago must not be opened again by an older copy.
        link.save(update_fields=[*TERMS, "password"])
        audit.record(
            actor=link.page.owner, action="link.changed", target=link, locked=link.is_locked
        )
        cards.ask(link=link, now=now)
    return link


def choose(*, link: ShareLink, badges: Sequence[UUID] | None, now: datetime) -> None:
    """Show these badges of the page in this order, or all of it; and on the card as well."""
    with transaction.atomic():
        choosing.choose(link=link, badges=badges)
        cards.ask(link=link, now=now)


def withdraw(*, link: ShareLink, actor: User, now: datetime) -> None:
    """Close the door for good."""
    with transaction.atomic():
        if ShareLink.objects.filter(pk=link.pk, withdrawn_at=None).update(withdrawn_at=now):
            audit.record(actor=actor, action="link.withdrawn", target=link)
        cards.forget([link.pk])


def resolve(*, token: str, now: datetime) -> ShareLink:
    """The live link behind a token, with its page and owner; raises LinkGone."""
    links = ShareLink.objects.live(now).select_related("page__owner", "card")
    link = links.filter(digest=digest_of(token)).first()
    if link is None:
        raise LinkGone
    return link


def digest_of(token: str) -> str:
    # A token of 160 random bits needs no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def token_of(link: ShareLink) -> str | None:
    """The token again, for its owner. None when the site's secret has changed since."""
    return sealing.unseal(link.sealed_token, purpose=SEALED_AS, bound_to=link.digest)


def url(token: str) -> str:
    """The whole address of a shared page, from the settings and never from a request."""
    return settings.SITE_URL + reverse("portfolio:shared", args=[token])


def card_url(*, link: ShareLink, token: str) -> str:
    """Where a link's card is; empty while there is none.

    A new one has an address of its own, since whoever shows it keeps it by its address.
    """
    if not cards.path_of(link):
        return ""
    return f"{url(token)}card.jpg?v={link.card.fingerprint[:12]}"


# --- Locked links ----------------------------------------------------------------------------


def unlock(*, link: ShareLink, password: str, address: str, now: datetime) -> str:
    """Return a grant for this link; raises WrongPassword or limits.TooOften.

    Tries are counted before the password is looked at, for the link and for the address they
    come from: neither many addresses on one link nor one address on many links gets further.
    """
    for key in (f"unlock:link:{link.pk}", f"unlock:address:{address}"):
        limits.hit(key=key, allowed=TRIES, per=TRIES_PER, now=now)
    if not check_password(password, link.password):
        raise WrongPassword
    return signing.dumps(_lock(link), salt="portfolio.unlock")


def is_open(*, link: ShareLink, grant: str) -> bool:
    """Whether this reader may come in. A changed password ends every grant."""
    if not link.is_locked:
        return True
    try:
        held = signing.loads(grant, salt="portfolio.unlock", max_age=GRANT_FOR)
    except signing.BadSignature:
        return False
    return isinstance(held, str) and hmac.compare_digest(held, _lock(link))


def _lock(link: ShareLink) -> str:
    return hashlib.sha256(f"{link.pk}:{link.password}".encode()).hexdigest()
