"""Open Badges 0.5, 1.0 and 1.1: the same facts in the words of 2.0.

What learners still hold of these is mostly a PNG with an address inside. The documents are
*translated*, so that the checks and the pages of 2.0 serve them too: nothing is added to what
they say, and their own words stay beside the new ones. Three things differ in kind:

- 0.5 has no documents but the assertion. Class and issuer are inside it, the issuer is nothing
  but an origin, and that origin must be where the assertion is published;
- 1.x calls the address of a hosted assertion `verify.url`, and only 1.1 knows `id`;
- a signed 1.x assertion names the address of its key, which must be on the issuer's own site.
"""

from typing import Any
from urllib.parse import urljoin

from badges.openbadges.credential import Version
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, obj, strings, text, types, web_url

CONTEXT = "openbadges/v1"
HASHED = ("sha256$", "md5$")


def version_of(value: JsonObject) -> Version | None:
    """Which of the early editions this assertion follows; None when it follows none of them."""
    if "verification" in value or not ("badge" in value and "recipient" in value):
        return None
    context = value.get("@context")
    if context is not None:
        early = any(CONTEXT in one for one in strings(context))
        return Version.OB11 if early else None
    badge = obj(value.get("badge"))
    if isinstance(value["recipient"], str) or "issued_on" in value or origin_of(badge):
        return Version.OB05 if badge else None
    return Version.OB10 if obj(value.get("verify")) else None


def origin_of(badge: JsonObject) -> str:
    """Who issued a 0.5 badge: an origin, which is all that there is to an issuer."""
    return text(obj(badge.get("issuer")).get("origin"))


def translated(value: JsonObject, url: str = "") -> JsonObject:
    """An early assertion with the names of 2.0 added; anything else as it is.

    `url` is the address at which it was found, which a 0.5 assertion does not say itself.
    """
    version = version_of(value)
    if version is None:
        return value
    found = dict(value)
    for name, given in (("issuedOn", "issued_on"), ("expires", "expires")):
        moment = value.get(name, value.get(given))
        if moment is not None:
            found[name] = _seconds(moment)
    if version is Version.OB05:
        return found | _half(value, url)
    way = obj(value.get("verify"))
    if types(way) & {"hosted"} and web_url(id_of(value)) is None:
        found["id"] = text(way.get("url"))
    return found


def _half(value: JsonObject, url: str) -> JsonObject:
    """What is different in 0.5."""
    found: JsonObject = {}
    who = value["recipient"]
    if isinstance(who, str):
        found["recipient"] = {
            "type": "email",
            "identity": who,
            "hashed": who.lower().startswith(HASHED),
            "salt": value.get("salt"),
        }
    badge, origin = obj(value["badge"]), origin_of(obj(value["badge"]))
    issuer = obj(badge.get("issuer"))
    found["badge"] = badge | {
        "image": _absolute(origin, badge.get("image")),
        "criteria": _absolute(origin, badge.get("criteria")),
        "issuer": issuer | {"id": origin, "url": origin, "email": issuer.get("contact")},
    }
    if value.get("evidence"):
        found["evidence"] = _absolute(origin, value["evidence"])
    if url:
        found |= {"id": url, "verify": {"type": "hosted", "url": url}}
    return found


def taken_back(listed: JsonObject, uid: str) -> tuple[bool, str]:
    """Whether a 1.x list, an object of uid and reason, names this assertion; and the reason."""
    return uid in listed, text(listed.get(uid))


def _absolute(origin: str, address: Any) -> str:
    words = text(address)
    try:
        joined = urljoin(origin + "/", words)
    except ValueError:
        return ""
    return joined if web_url(joined) else ""


def _seconds(moment: Any) -> Any:
    """Seconds since 1970 as a number, which some issuers wrote as a string."""
    if isinstance(moment, str) and moment.isascii() and moment.isdigit() and 8 < len(moment) < 12:
        return int(moment)
    return moment
