"""Rows for tests, made without the network: people, badges, pages, links."""

import itertools
from datetime import UTC, datetime
from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import ApiToken, User
from accounts.services import tokens
from badges.models import (
    Badge,
    Connection,
    ImportItem,
    ImportJob,
    Issuer,
    Provider,
    Recipient,
    Result,
    Source,
    Trust,
    Verification,
    Work,
)
from portfolio.models import Conversation, Entry, Listing, Message, Page, Sender, ShareLink
from portfolio.services import sharing

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_count = itertools.count(1)
FINDINGS = [
    {"check": check, "outcome": "passed", "detail": f"The {check} check passed.", "code": "x.y"}
    for check in ("readable", "signature", "issuer", "recipient", "period", "status", "schema")
]


def make_user(email: str = "", **fields: Any) -> User:
    """Somebody with one verified address and the password `correct horse battery`."""
    user = User.objects.create_user(
        email or f"person{next(_count)}@example.org", "correct horse battery", **fields
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_issuer(name: str = "Harbour College") -> Issuer:
    identifier = f"https://{name.lower().replace(' ', '-')}.example/issuer"
    issuer, _created = Issuer.objects.get_or_create(
        key=Issuer.key_of(identifier, name), defaults={"identifier": identifier, "name": name}
    )
    return issuer


def make_badge(owner: User, **fields: Any) -> Badge:
    """A verified badge of its owner, with one check on record; `fields` change the row."""
    number = next(_count)
    values: dict[str, Any] = {
        "identity": f"urn:test:{number}",
        "name": f"Badge {number}",
        "description": "Shows that something was learnt.",
        "criteria_text": "Do the work and show it.",
        "version": "3.0",
        "format": "json",
        "issued_at": datetime(2026, 1, 15, tzinfo=UTC),
        "result": Result.VALID,
        "trust": Trust.SIGNED,
        "recipient": Recipient.OWNER,
        "host": "did:web:harbour-college.example",
        "checked_at": NOW,
    }
    if "issuer" not in fields:
        values["issuer"] = make_issuer()
    badge = Badge.objects.create(owner=owner, **values | fields)
    Verification.objects.create(
        badge=badge,
        checked_at=NOW,
        result=badge.result,
        trust=badge.trust,
        host=badge.host,
        findings=FINDINGS,
    )
    return badge


def make_page(owner: User, *badges: Badge, **fields: Any) -> Page:
    """A page with these badges in this order."""
    values = {"title": "Data analyst", "line": "What I can do with data."}
    page = Page.objects.create(owner=owner, **values | fields)
    Entry.objects.bulk_create(
        Entry(page=page, badge=badge, position=position) for position, badge in enumerate(badges)
    )
    return page


def make_link(page: Page, **terms: Any) -> tuple[ShareLink, str]:
    """A live link to a page, and its token."""
    link = sharing.create(page=page, now=NOW, **{"label": "Acme, data analyst"} | terms)
    return link, sharing.token_of(link) or ""


def make_import(owner: User, *states: str) -> ImportJob:
    """A finished import with an item in each of these states."""
    job = ImportJob.objects.create(owner=owner, state=Work.State.DONE, finished_at=NOW)
    for position, state in enumerate(states):
        refused = state == ImportItem.State.REFUSED
        ImportItem.objects.create(
            job=job, position=position, kind=ImportItem.Kind.URL, label=f"Thing {position}",
            url="https://badges.example/1", state=state, can_retry=refused,
        )  # fmt: skip
    return job


def make_source(owner: User, **fields: Any) -> Source:
    """A profile that is looked at again each week."""
    answers = {"vanity": f"ada{next(_count)}"}
    values: dict[str, Any] = {
        "reader": "credly",
        "answers": answers,
        "key": Source.key_of("credly", answers),
        "title": "Credly profile ada",
        "next_look_at": NOW,
    }
    return Source.objects.create(owner=owner, **values | fields)


def make_connection(owner: User, **fields: Any) -> Connection:
    """An account at a provider of its own, with keys that open nothing."""
    number = next(_count)
    provider = Provider.objects.create(
        kind="ob3_api",
        host=f"backpack{number}.example",
        base=f"https://backpack{number}.example/ims/ob/v3p0",
        name="Backpack",
        endpoints=dict.fromkeys(("registration", "authorization", "token", "revocation"), ""),
        scopes=["read"],
        client_id="laurel",
        sealed_secret="1.SEALEDSECRET",
    )
    answers = {"connection": str(number)}
    source = Source.objects.create(
        owner=owner,
        reader="ob3_api",
        answers=answers,
        key=Source.key_of("ob3_api", answers),
        title=provider.name,
    )
    values: dict[str, Any] = {
        "sealed_access": "1.SEALEDACCESS",
        "sealed_refresh": "1.SEALEDREFRESH",
        "connected_at": NOW,
    }
    return Connection.objects.create(
        owner=owner, provider=provider, source=source, **values | fields
    )


def make_token(owner: User, *scopes: str, **fields: Any) -> tuple[ApiToken, str]:
    """A living API token, and its key."""
    values = {"name": "Script", "expires_at": None, "now": NOW}
    return tokens.create(user=owner, scopes=scopes, **values | fields)


def make_conversation(listing: Listing, **fields: Any) -> Conversation:
    """Somebody has written to a learner, and their address is proven."""
    number = next(_count)
    email = f"grace{number}@acme.example"
    values: dict[str, Any] = {
        "sender": Sender.objects.create(key=email),
        "sender_email": email,
        "sender_name": "Grace Example",
        "shown_as": "A. L.",
        "proof_digest": f"{number:064x}",
        "reply_digest": f"{number:064x}",
        "sealed_reply": "1.SEALEDREPLY",
        "proven_at": NOW,
    }
    conversation = Conversation.objects.create(owner=listing.owner, **values | fields)
    Message.objects.create(conversation=conversation, text="Would you like to see our harbour?")
    return conversation
