"""Accredible (credential.net and its customers' own hosts): one credential, or a whole wallet.

Both are read from the interface that its own pages use, which nobody promised: should it close,
a link with a UUID still leads to the Open Badges 2.0 credential of the same identifier. Two
things it tells are not kept: links to images carry a signature that dies within days, and links
to courses carry one that names the holder. Neither may become part of a statement, which has to
be the same at every look.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import Fetch
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import many, obj
from badges.sources.base import (
    UUID,
    Found,
    Link,
    Nothing,
    Reader,
    Seen,
    Skill,
    Statement,
    day,
    in_new_form,
    text,
    web,
)

API = "api.accredible.com"
# Customers choose names under these two; all others are in `known_hosts` or unknown.
OWN_HOSTS = (".accredible.com", ".credential.net")

_LOCALE = r"^(?:/[a-z]{2}(?:-[a-z]{2,4})?)?"
_BEFORE = (
    r"(?:/(?:embed|credentials?|v1/credential-net/credentials|v1/obi/(?:v2/)?badge_assertions))?"
)
BY_UUID = re.compile(rf"{_LOCALE}{_BEFORE}/({UUID.pattern})(?![\w-])", re.IGNORECASE)
BY_NUMBER = re.compile(rf"{_LOCALE}{_BEFORE}/([0-9]{{1,15}})(?![\w-])", re.IGNORECASE)
WALLET = re.compile(_LOCALE + r"/(?:profile|(?:v1/credential-net/)?users)/([^/]+)", re.IGNORECASE)
NAME = re.compile(r"[\w~+@-][\w.~+@-]{0,99}")


class Accredible(Reader):
    name = "accredible"
    title = "Accredible"
    help = gettext_lazy(
        "Paste the link of a credential (credential.net/...) or of your whole wallet."
    )
    example = "https://www.credential.net/profile/your-name/wallet"
    known_hosts = dict.fromkeys(
        (
            "www.credential.net",
            "credential.net",
            "api.accredible.com",
            "google.accredible.com",
            "credentials.databricks.com",
            "achieve.snowflake.com",
            "skillsoft.digitalbadges.skillsoft.com",
        ),
        API,
    )

    def recognise_link(self, link: Link) -> Seen | None:
        path = link.plain_path
        host = self.hosts.get(link.host, "")
        by_uuid = BY_UUID.match(path)
        if by_uuid and (host or link.host.endswith(OWN_HOSTS)):
            return self.seen(
                _("Accredible credential"), host=host or API, credential=by_uuid[1].lower()
            )
        if not host:
            return None
        if by_number := BY_NUMBER.match(path):
            return self.seen(_("Accredible credential"), host=host, credential=by_number[1])
        wallet = WALLET.match(path)
        user = unquote(wallet[1]) if wallet else ""
        if not NAME.fullmatch(user):
            return None
        words = _("Accredible wallet of %(name)s") % {"name": user}
        return self.seen(words, lasting=True, host=host, user=user)

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        host = self.host_of(answers)
        if "user" in answers:
            yield from self._wallet(host, answers["user"], fetch)
        else:
            yield self._credential(host, answers["credential"], fetch)

    def _wallet(self, host: str, user: str, fetch: Fetch) -> Iterator[Found]:
        url = f"https://{host}/v1/credential-net/users/{quote(user, safe='')}/user_wallet"
        wallet = self._told(url, fetch)
        entries = wallet.get("credentials") or []
        if not isinstance(entries, list):
            raise Nothing(in_new_form(Accredible.title))
        known: set[str] = set()
        withheld = 0
        for entry in map(obj, entries):
            found = _found(entry, host)
            withheld += entry.get("private") is True or bool(entry.get("revoked_at"))
            if found is not None and found.key not in known:
                known.add(found.key)
                yield found
        if not known:
            raise Nothing(in_new_form(Accredible.title) if len(entries) > withheld else _hidden())

    def _credential(self, host: str, own: str, fetch: Fetch) -> Found:
        try:
            entry = self._told(f"https://{host}/v1/credential-net/credentials/{own}", fetch)
            found = _found(entry, host)
            if found is None:
                raise Nothing(_why_not(entry))
            return found
        except OpenBadgesError:
            address = _assertion(host, own)
            if not UUID.fullmatch(own) or not self._is_served(address, fetch):
                raise
            return Found(key=own, label=_("Accredible credential"), url=address)

    def _told(self, url: str, fetch: Fetch) -> JsonObject:
        answer = self.ask_json(url, fetch=fetch, missing=_hidden())
        if not isinstance(answer, dict) or not isinstance(answer.get("data", {}), dict):
            raise Nothing(in_new_form(Accredible.title))
        return obj(answer.get("data"))

    def _is_served(self, address: str, fetch: Fetch) -> bool:
        try:
            return "badge" in obj(self.ask_json(address, fetch=fetch))
        except OpenBadgesError:
            return False


def _hidden() -> str:
    return _(
        "Accredible shows nothing there. Is it public? Sign in at credential.net, open the "
        "credential, and switch it on under “Change Privacy”."
    )


def _why_not(entry: JsonObject) -> str:
    if entry.get("revoked_at"):
        return _("Accredible says that this credential was taken back by its issuer.")
    return (
        in_new_form(Accredible.title) if entry and entry.get("private") is not True else _hidden()
    )


def _assertion(host: str, own: str) -> str:
    return f"https://{host}/v1/obi/badge_assertions/{own}"


def _found(entry: JsonObject, host: str) -> Found | None:
    """One credential as the platform tells it; None for what is private, or names nothing.

    One that was taken back is left to its own word (which says so): a statement could not.
    """
    if entry.get("private") is True:
        return None
    uuid = text(entry.get("uuid"), 100).lower()
    uuid = uuid if UUID.fullmatch(uuid) else ""
    group = obj(entry.get("group"))
    name = text(entry.get("name"), 200) or text(group.get("course_name"), 200)
    key = uuid or text(entry.get("id"), 50) or f"{name} {text(entry.get('issued_on'), 10)}"
    # That there is an Open Badge is said by its address; the address itself is made here.
    is_badge = bool(uuid and text(entry.get("badge_assertion_url")))
    statement = None
    if name and not entry.get("revoked_at"):
        statement = _statement(entry, group, id=key, name=name)
    if statement is None and not (is_badge and name):
        return None
    return Found(
        key=key,
        label=name,
        url=_assertion(host, uuid) if is_badge else "",
        statement=statement,
        image=_image(entry),
    )


def _statement(entry: JsonObject, group: JsonObject, **known: str) -> Statement:
    issuer = obj(entry.get("issuer"))
    outcomes = many(entry.get("learning_outcomes")) or many(group.get("learning_outcomes"))
    skills = many(entry.get("skills")) or many(group.get("skills"))
    names = [text(one.get("name") if isinstance(one, dict) else one, 200) for one in skills[:100]]
    return Statement(
        basis="platform",
        by=Accredible.title,
        issuer=text(issuer.get("name"), 200),
        issuer_url=_bare(issuer.get("url")),
        description=text(entry.get("description")) or text(group.get("course_description")),
        criteria="\n".join(filter(None, (text(one, 1000) for one in outcomes[:100]))),
        criteria_url=_bare(entry.get("course_link")),
        issued_on=day(entry.get("issued_on")),
        expires_on=day(entry.get("expired_on")),
        holder=text(obj(entry.get("recipient")).get("name"), 200),
        url=_bare(entry.get("url")),
        skills=tuple(Skill(name=one) for one in names if one),
        **known,
    )


def _bare(value: object) -> str:
    """An address without what follows "?": keys to what is private, and signed words about its
    holder, stand there."""
    return re.split(r"[?#]", web(value), maxsplit=1)[0]


def _image(entry: JsonObject) -> str:
    """The newest link to a picture: it is for now, and for nothing that is kept."""
    badge = obj(entry.get("badge"))
    return (
        web(entry.get("badge_image"))
        or web(obj(badge.get("image")).get("preview"))
        or web(obj(obj(entry.get("group")).get("badge_design")).get("rasterized_content_url"))
        or web(entry.get("opengraph_image"))
    )
