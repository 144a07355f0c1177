"""Credly, once Acclaim: one badge by any of its links, or every badge of a public profile.

The feed of a profile is what Credly's own pages are made of, and nobody promised it. Each of its
entries has the identifier under which Credly also serves the badge as an Open Badges 2.0
credential: that is what is brought over. What the feed says beside it goes along as a statement,
for badges whose credential Credly does not serve.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from urllib.parse import quote, unquote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.fetching import Fetch
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import many, obj, objects
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

MAX_PAGES = 200  # of 48 badges each: more than anybody earned, fewer than for ever

_LOCALE = r"^(?:/[a-z]{2}(?:-[a-z]{2,4})?)?"
_ID = rf"({UUID.pattern})(?![\w-])"
# The page for everybody (with any suffix), what its holder sees after signing in, the frame for
# other sites, and the credential itself, whose old hosts had shorter paths.
BADGE = re.compile(
    _LOCALE + r"/(?:badges|earner/earned/(?:badge|share)|embedded_badge"
    r"|(?:api/)?v1/obi/(?:v2/)?badge_assertions)/" + _ID,
    re.IGNORECASE,
)
CREDENTIAL = re.compile(
    r"^/(?:api/)?v1/obi/v3/open_badge_credentials/" + _ID,
    re.IGNORECASE,
)
PROFILE = re.compile(_LOCALE + r"/users/([^/]+)", re.IGNORECASE)
NAME = re.compile(r"[\w~+@-][\w.~+@-]{0,99}")
NOBODY = {"sign_in", "sign_up", "sign_out", "password", "confirmation", "edit"}

# What its holder turned down, and what was taken back, is not stated by the feed any more.
WITHDRAWN = {"rejected", "revoked"}


class Credly(Reader):
    name = "credly"
    title = "Credly"
    help = gettext_lazy(
        "Paste the link of your public profile to bring all of its badges, or of one badge."
    )
    example = "https://www.credly.com/users/your-name"
    known_hosts = dict.fromkeys(
        (
            "www.credly.com",
            "credly.com",
            "api.credly.com",
            "www.youracclaim.com",
            "youracclaim.com",
            "api.youracclaim.com",
        ),
        "www.credly.com",
    )

    def recognise_link(self, link: Link) -> Seen | None:
        host = self.hosts.get(link.host)
        if host is None:
            return None
        path = link.plain_path
        if found := BADGE.match(path):
            return self.seen(_("Credly badge"), host=host, badge=found[1].lower())
        if found := CREDENTIAL.match(path):
            return self.seen(_("Credly badge"), host=host, credential=found[1].lower())
        found = PROFILE.match(path)
        user = unquote(found[1]) if found else ""
        if not NAME.fullmatch(user) or user.lower() in NOBODY:
            return None
        words = _("Credly profile %(name)s") % {"name": user}
        return self.seen(words, lasting=True, host=host, user=user)

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        host = self.host_of(answers)
        if "user" in answers:
            yield from self._profile(host, answers["user"], fetch)
        elif "credential" in answers:
            # The same badge under the same identifier, in the edition that was asked for.
            own = answers["credential"]
            yield Found(
                key=own,
                label=_("Credly badge"),
                url=f"https://{host}/api/v1/obi/v3/open_badge_credentials/{own}",
            )
        else:
            own = answers["badge"]
            yield Found(key=own, label=_("Credly badge"), url=_assertion(host, own))

    def _profile(self, host: str, user: str, fetch: Fetch) -> Iterator[Found]:
        known: set[str] = set()
        heard = 0
        for number in range(1, MAX_PAGES + 1):
            page = self._page(host, user, number, fetch)
            before = len(known)
            for entry in page["data"]:
                heard += 1
                found = _found(obj(entry), host)
                if found is not None and found.key not in known:
                    known.add(found.key)
                    yield found
            # A feed that repeats itself has no next page, whatever it says.
            if len(known) == before or _is_last(obj(page.get("metadata")), number):
                break
        if not known:
            raise Nothing(in_new_form(Credly.title) if heard else _hidden())

    def _page(self, host: str, user: str, number: int, fetch: Fetch) -> JsonObject:
        url = f"https://{host}/users/{quote(user, safe='')}/badges.json?page={number}"
        page = self.ask_json(url, fetch=fetch, missing=_hidden())
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            raise Nothing(in_new_form(Credly.title))
        return page


def _hidden() -> str:
    return _(
        "Credly shows no badges on this profile. Is the profile public? On Credly, open Settings, "
        "then Privacy & Security, and switch on “Allow my profile to be publicly visible”. Each "
        "badge can be made public on its own page."
    )


def _is_last(metadata: JsonObject, number: int) -> bool:
    if "next_page_url" in metadata:
        return not metadata["next_page_url"]
    total = metadata.get("total_pages")
    # Without a word about pages the next one is asked for: it is empty, or says the same again.
    return isinstance(total, int) and number >= total


def _assertion(host: str, own: str) -> str:
    return f"https://{host}/api/v1/obi/v2/badge_assertions/{own}"


def _found(entry: JsonObject, host: str) -> Found | None:
    """One entry of the feed; None for what names no badge."""
    own = text(entry.get("id"), 100).lower()
    is_served = bool(UUID.fullmatch(own))
    template = obj(entry.get("badge_template"))
    name = text(template.get("name"), 200)
    key = own or f"{name} {text(entry.get('issued_at_date'), 10)}"
    image = _image(entry) or _image(template)
    statement = None
    if name and text(entry.get("state")).lower() not in WITHDRAWN:
        page = f"https://{host}/badges/{own}" if is_served else ""
        statement = _statement(entry, template, id=key, name=name, url=page, image=image)
    if statement is None and not is_served:
        return None
    return Found(
        key=key,
        label=name or _("Credly badge"),
        url=_assertion(host, own) if is_served else "",
        statement=statement,
        image=image,
    )


def _statement(entry: JsonObject, template: JsonObject, **known: str) -> Statement:
    issuer, address, beside = _parties(entry, template)
    description = text(template.get("description"))
    activities = objects(template.get("badge_template_activities"))
    category = text(template.get("type_category")).lower()
    return Statement(
        basis="platform",
        by=Credly.title,
        issuer=issuer,
        issuer_url=address,
        description="\n\n".join(part for part in (description, *beside) if part),
        criteria=_lines(text(one.get("title"), 1000) for one in activities),
        criteria_url=web(template.get("global_activity_url")) or web(template.get("url")),
        issued_on=day(entry.get("issued_at_date")) or day(entry.get("issued_at")),
        expires_on=day(entry.get("expires_at_date")) or day(entry.get("expires_at")),
        holder=text(entry.get("issued_to"), 200),
        kind="Certification" if category == "certification" else "Badge",
        skills=_skills(template),
        evidence=_lines(
            text(one.get("title"), 500) or text(one.get("name"), 500)
            for one in objects(entry.get("evidence"))
        ),
        **known,
    )


def _parties(entry: JsonObject, template: JsonObject) -> tuple[str, str, list[str]]:
    """The issuer's name and address, and a line about each party beside it.

    A badge has one issuer in every edition of the standard: here the party that Credly calls
    primary. Who stood beside it ("Authorized by: ...") is told in the description. Criteria say
    what the holder had to do, and another party's name is nothing that anybody did.
    """
    issuer = obj(entry.get("issuer")) or obj(template.get("issuer"))
    parties = [one for one in objects(issuer.get("entities")) if text(_entity(one).get("name"))]
    parties.sort(key=lambda one: one.get("primary") is not True)  # stable: else the first stays
    if not parties:
        return text(issuer.get("summary"), 200), "", []
    first = _entity(parties[0])
    beside = [
        f"{text(one.get('label'), 100) or 'With'}: {text(_entity(one).get('name'), 200)}"
        for one in parties[1:10]
    ]
    address = web(first.get("vanity_url")) or web(first.get("url"))
    return text(first.get("name"), 200), address, beside


def _entity(party: JsonObject) -> JsonObject:
    return obj(party.get("entity"))


def _skills(template: JsonObject) -> tuple[Skill, ...]:
    """Skills are Credly's own words, alignments name a framework's by its address."""
    told = [
        Skill(name=text(one.get("name") if isinstance(one, dict) else one, 200))
        for one in many(template.get("skills"))[:100]
    ]
    told += [
        Skill(name=text(one.get("name"), 200), url=web(one.get("url")))
        for one in objects(template.get("alignments"))[:100]
    ]
    return tuple(skill for skill in told if skill.name)


def _image(node: JsonObject) -> str:
    return web(node.get("image_url")) or web(obj(node.get("image")).get("url"))


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(line for line in islice(texts, 100) if line)
