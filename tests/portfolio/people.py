"""People who want to be found, for tests of the directory and of the relay."""

import re
from typing import Any

from django.core import mail

from accounts.models import User
from badges.models import Badge, BadgeSkill, How, Skill, SkillAlias
from portfolio.models import Conversation, Listing
from portfolio.services import listing as listings
from portfolio.services import relay
from portfolio.services.listing import Terms
from tests.factories import NOW, make_badge, make_user


def skill(name: str) -> Skill:
    """A skill that is found by its name."""
    key = Skill.key_of("", name)
    row, new = Skill.objects.get_or_create(
        key=key, defaults={"id": Skill.id_of(key), "name": name, "curated": True}
    )
    if new:
        SkillAlias.objects.create(skill=row, key=key, text=name, language="en", preferred=True)
    return row


def shows(badge: Badge, *names: str, how: str = How.ALIAS) -> Badge:
    for name in names:
        BadgeSkill.objects.create(badge=badge, skill=skill(name), how=how)
    return badge


def listed(
    *names: str, badges: int = 1, owner: User | None = None, appear: bool = True, **terms: Any
) -> Listing:
    """Somebody in the directory, each of whose verified badges shows all of these skills."""
    owner = owner or make_user(name="Ada Lindqvist")
    for _number in range(badges):
        shows(make_badge(owner), *names)
    values: dict[str, Any] = {"headline": "Data analyst in training", "of_age": True} | terms
    row = listings.save(owner=owner, terms=Terms(**values), now=NOW)
    if appear:
        listings.appear(listing=row, now=NOW)
    return Listing.objects.select_related("owner", "page", "link").get(pk=row.pk)


LETTER = "We look for somebody who knows SQL.\nShall we talk?"


def written(row: Listing, **given: Any) -> str:
    """A first message that waits for its proof. Returns the key that was mailed."""
    values: dict[str, Any] = {
        "name": "Grace Example",
        "organisation": "Acme",
        "email": "grace@acme.example",
        "text": LETTER,
        "visitor": "192.0.2.1",
        "now": NOW,
    }
    relay.write(listing=row, **values | given)
    found = re.search(r"/people/messages/([^/\s]+)/", str(mail.outbox[-1].body))
    assert found
    return found[1]


def arrived(row: Listing, **given: Any) -> Conversation:
    """A conversation that has begun."""
    return relay.prove(token=written(row, **given), now=given.get("now", NOW))
