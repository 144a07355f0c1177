"""Files of the Mozilla Backpack, which is gone, and links to its children, which live.

A group has badges, and a badge is an assertion with the address where it was hosted and the
address of a picture. Of 0.5 and 1.0 the assertion does not say where it lives, so that address is
put into it as its `id`: the issuer can then be asked, and when it no longer answers, the badge is
kept with what the Backpack knew of it. The file itself stays as it came, in the originals.

For 1.x the Backpack spelled the recipient as 0.5 did and filled in the class. That is left as it
is: the host's own words count as soon as it has any, and until then these are all there are.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.fetching import Fetch
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import obj, objects
from badges.sources import displayer, hosted
from badges.sources.base import Found, Link, Nothing, Reader, Seen, loads, text, web

SHOWN = re.compile(
    r"/displayer/(?P<user>[0-9]{1,15})/(?:groups|group/(?P<group>[0-9]{1,15}))(?:\.json)?/?",
    re.IGNORECASE,
)
CLOSED = {"backpack.openbadges.org", "beta.openbadges.org"}
MAX_BADGES = 2000
MAX_DEPTH = 4
MARKS = (b'"assertion"', b'"hostedUrl"', b'"groupId"', b'"groups"')


class MozillaBackpack(Reader):
    name = "mozilla_backpack"
    title = "Mozilla Backpack"
    help = gettext_lazy(
        "It is closed. Bring the pictures that you downloaded there, or a file that you saved."
    )

    def recognise_link(self, link: Link) -> Seen | None:
        if link.host in CLOSED:
            return self.seen(_("Mozilla Backpack, which is closed"), host=link.host)
        found = SHOWN.fullmatch(link.path)
        if found is None:
            return None
        answers = {"host": link.host, "user": found["user"]}
        if found["group"]:
            answers["group"] = found["group"]
        words = _("public badges on %(host)s") % {"host": link.host}
        return Seen(self.name, answers, words, lasting=True)

    def recognise_file(self, name: str, data: bytes) -> Seen | None:
        if data.lstrip()[:1] not in (b"{", b"[", b"\xef") or not any(m in data for m in MARKS):
            return None
        value = _loaded(data)
        if not is_group(value) and next(entries(value), None) is None:
            return None  # somebody else's JSON
        return self.seen((_("Backpack export %(name)s") % {"name": text(name, 200)}).strip())

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        host = answers.get("host", "")
        if host in CLOSED:
            raise Nothing(
                _(
                    "The Mozilla Backpack is closed, so its links lead nowhere. Bring the pictures "
                    "of the badges that you downloaded there: each has its badge inside."
                )
            )
        site = f"https://{self.hosts.get(host, host)}"
        if not host:
            yield from _in_file(data)
        elif "group" in answers:
            yield from displayer.of_group(
                self, site, answers["user"], answers["group"], fetch=fetch
            )
        else:
            yield from displayer.of_user(self, site, answers["user"], fetch=fetch)


def _in_file(data: bytes) -> Iterator[Found]:
    known: set[str] = set()
    for entry in entries(_loaded(data)):
        if len(known) >= MAX_BADGES:
            message = _("This export holds more than %(count)s badges. The rest was not read.")
            yield Found("rest", "…", reason=message % {"count": MAX_BADGES})
            return
        found = one(entry)
        if found.key not in known:
            known.add(found.key)
            yield found
    if not known:
        raise Nothing(
            _(
                "This file lists groups of badges, but not the badges in them. Bring the file "
                "of each group as well, or the badges' pictures."
            )
        )


def is_group(value: Any) -> bool:
    """Whether this is a list of groups that tells only how many badges each of them has."""
    groups = obj(value).get("groups", value)
    return any("groupId" in group for group in objects(groups))


def entries(value: Any, depth: int = 0) -> Iterator[JsonObject]:
    """The badges in a group, in a list of groups, in a list of badges, or one by itself."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for inner in value:
            yield from entries(inner, depth + 1)
    elif isinstance(value, dict):
        if is_entry(value):
            yield value
        elif not value.keys() & {"@context", "type"}:  # a collection of another platform
            for name in ("groups", "badges"):
                if isinstance(value.get(name), list):
                    yield from entries(value[name], depth + 1)


def is_entry(value: JsonObject) -> bool:
    """A badge as the displayer shows it: an assertion or where it is, beside other things."""
    if value.keys() & {"@context", "type", "badge", "recipient"}:
        return False
    return bool(obj(value.get("assertion")) or hosted.address(value.get("hostedUrl")))


def one(entry: JsonObject) -> Found:
    """What is known of one badge."""
    assertion = obj(entry.get("assertion"))
    badge = obj(assertion.get("badge"))
    places = (entry.get("hostedUrl"), obj(assertion.get("verify")).get("url"))
    home = next(filter(None, map(hosted.address, places)), "")
    label = text(badge.get("name"), 300) or home[:300] or _("without a name")
    image = web(entry.get("imageUrl"))
    if not assertion:
        return Found(key=_key(home), label=label, url=home, image=image)
    if home and not hosted.address(assertion.get("id")):
        way = {"type": "hosted", "url": home}
        assertion = {"verify": way} | assertion | {"id": home}
    try:
        document = json.dumps(assertion, ensure_ascii=False, sort_keys=True)
    except RecursionError:
        return Found(
            _key(home), label, reason=_("This badge has far more parts than any real one.")
        )
    content = document.encode("utf-8", "surrogatepass")
    return Found(key=_key(home or document), label=label, data=content, image=image)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _loaded(data: bytes) -> Any:
    try:
        return loads(data)
    except ValueError:
        return None
