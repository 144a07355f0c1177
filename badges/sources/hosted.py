"""Where a hosted badge is at home: the address that its own document gives.

A platform shows one badge at several addresses: a page for people, an old path that leads to a new
one, its copy of what another platform published. A badge can be confirmed at one of them only, the
one by which it calls itself. So a reader asks once and hands that one on.
"""

import hashlib
from typing import Any

from django.utils.translation import gettext as _

from badges.openbadges import parse, v1, v2
from badges.openbadges.fetching import Fetch, Fetched, offline
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, obj, same_page, types, web_url
from badges.sources.base import (
    MAX_ADDRESS,
    MAX_BYTES,
    Found,
    Link,
    Nothing,
    Reader,
    Skill,
    Statement,
    loads,
    text,
    web,
)

MAX_KEY = 250
MAX_LISTED = 100  # skills or pieces of evidence of one badge


def ask(reader: Reader, url: str, *, fetch: Fetch, hidden: str = "") -> Fetched | None:
    """As `Reader.ask`, but None for what the platform took back (410): whoever checks the badge
    says so. `hidden` are the words for what only people who are signed in may see (401)."""
    answer = fetch(url, accept="application/json", max_bytes=MAX_BYTES)
    if answer.status == 410:
        return None
    if answer.status == 401 and hidden:
        raise Nothing(hidden)
    return reader.ask(url, fetch=offline({url: answer}))


def find(reader: Reader, url: str, *, key: str, label: str, fetch: Fetch) -> Found:
    """The badge that this address shows, at its home."""
    return found(reader, ask(reader, url, fetch=fetch), asked=url, key=key, label=label)


def found(reader: Reader, answer: Fetched | None, *, asked: str, key: str, label: str) -> Found:
    """The badge in what was answered, which may say little of it."""
    if answer is None or parse.JWS.fullmatch(answer.body.decode("latin-1").strip()):
        return Found(key=key, label=label, url=asked)
    try:
        badge = obj(loads(answer.body))
    except ValueError:
        badge = obj(reader.ask_json(asked, fetch=offline({asked: answer})))  # says why not
    url = home(badge, asked)
    if not url:
        message = _("%(site)s shows something there that is not a badge. Is the link complete?")
        raise Nothing(message % {"site": reader.title})
    name = text(obj(badge.get("badge")).get("name"), 200)
    return Found(key=key, label=name or label, url=url)


def home(badge: JsonObject, asked: str) -> str:
    """The address by which this document calls itself; "" when it is no badge at all.

    A credential that is signed stands wherever it is found, and is asked for where it was.
    """
    if "VerifiableCredential" in types(badge):
        return asked
    if not v2.looks_like(badge) and badge.get("revoked") is not True:
        return ""
    own = address(id_of(badge))
    if not own and v2.is_hosted(badge):
        own = address(v2.verification(badge).get("url"))
    return asked if not own or same_page(own, asked) else own


def address(value: Any) -> str:
    """A web address as it stands, or "". Not lifted to https: old badges are named by their http
    address, and some of their hosts know no other."""
    found = value.strip() if isinstance(value, str) else ""
    fits = len(found) <= MAX_ADDRESS and web_url(found) is not None and Link.of(found) is not None
    return found if fits else ""


def key_of(name: str) -> str:
    """A name short enough to be kept as a key, and the same from look to look."""
    return name if len(name) <= MAX_KEY else "sha256:" + hashlib.sha256(name.encode()).hexdigest()


def stated(badge: JsonObject, *, id: str, basis: str, by: str) -> Statement | None:
    """What a platform's copy of a badge says: for the day on which its own host is gone.

    None when it does not even name the badge. Whom it was given to is not read: the copy has a
    hash at best, and nobody can confirm it.
    """
    told = v2.credential(v1.translated(badge), {})
    name = text(told.name, 200)
    if not name:
        return None
    skills = [
        Skill(text(one.name, 200), web(one.url), text(one.framework, 200), text(one.code, 100))
        for one in told.alignments[:MAX_LISTED]
    ]
    skills += [Skill(text(tag, 200)) for tag in told.tags[:MAX_LISTED]]
    evidence = (
        web(one.url) or text(one.narrative) or text(one.name) for one in told.evidence[:MAX_LISTED]
    )
    return Statement(
        basis=basis,
        by=by,
        id=id,
        name=name,
        issuer=text(told.issuer.name, 200),
        issuer_url=web(told.issuer.url),
        description=text(told.description),
        criteria=text(told.criteria.text),
        criteria_url=web(told.criteria.url),
        issued_on=told.issued_at.date() if told.issued_at else None,
        expires_on=told.expires_at.date() if told.expires_at else None,
        kind="Badge",
        skills=tuple(skill for skill in skills if skill.name),
        evidence=text("\n".join(line for line in evidence if line)),
    )


def image(badge: JsonObject) -> str:
    """The picture that a copy of a badge names."""
    return web(v2.credential(v1.translated(badge), {}).image)
