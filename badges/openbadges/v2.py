"""Open Badges 2.0: what an assertion, with its class and issuer, says."""

from collections.abc import Mapping
from typing import Any

from badges.openbadges import dates
from badges.openbadges.credential import (
    Alignment,
    Credential,
    Criteria,
    Evidence,
    Identity,
    Profile,
    Version,
)
from badges.openbadges.errors import Unreadable
from badges.openbadges.strict_json import JsonObject, decode, loads_object
from badges.openbadges.values import id_of, many, obj, objects, strings, text, types

CONTEXTS = {
    "https://w3id.org/openbadges/v2",
    "https://w3id.org/openbadges/v2/",
    "http://w3id.org/openbadges/v2",
    "https://openbadgespec.org/v2/context.json",
    "https://purl.imsglobal.org/spec/ob/v2p0/context.json",
    "https://w3id.org/openbadges/v1",
}
PARTS = {"badgeclass", "issuer", "profile", "criteria", "evidence", "cryptographickey"} | {
    "revocationlist",
    "endorsement",
    "extension",
}


def looks_like(value: JsonObject) -> bool:
    """Whether this is an assertion, or at least means to be one: see `is_assertion`."""
    return "Assertion" in types(value) or ("badge" in value and "recipient" in value)


def is_assertion(value: JsonObject) -> bool:
    """Whether it says of itself, in the words of the standard, that it is an assertion.

    A context written out in place is allowed in 2.0, and nothing here is read through it.
    """
    contexts = many(value.get("@context"))
    known = any(isinstance(c, dict) or (isinstance(c, str) and c in CONTEXTS) for c in contexts)
    return known and "Assertion" in types(value)


def own_id(value: JsonObject) -> str:
    """The id of an assertion; 1.x called it `uid`."""
    return id_of(value) or text(value.get("uid"))


def verification(value: JsonObject) -> JsonObject:
    """How the assertion says it can be checked; 1.x called it `verify`."""
    return obj(value.get("verification")) or obj(value.get("verify"))


def is_hosted(value: JsonObject) -> bool:
    return bool(types(verification(value)) & {"hosted", "HostedBadge"})


def credential(assertion: JsonObject, supporting: Mapping[str, bytes]) -> Credential:
    """One shape from three documents, of which any may be missing."""
    badge = resolve(assertion.get("badge"), supporting)
    issuer = resolve(badge.get("issuer"), supporting)
    criteria = badge.get("criteria")
    return Credential(
        version=Version.OB2,
        id=own_id(assertion),
        name=text(badge.get("name")),
        description=text(badge.get("description")),
        criteria=_criteria(
            resolve(criteria, supporting) if isinstance(criteria, dict) else criteria
        ),
        image=_image(badge.get("image")) or _image(assertion.get("image")),
        issuer=Profile(
            id=id_of(issuer),
            name=text(issuer.get("name")),
            url=text(issuer.get("url")),
            email=text(issuer.get("email")),
            image=_image(issuer.get("image")),
            description=text(issuer.get("description")),
        ),
        issued_at=dates.parse(assertion.get("issuedOn")),
        expires_at=dates.parse(assertion.get("expires")),
        recipients=recipients(assertion),
        alignments=tuple(_alignment(a) for a in objects(badge.get("alignment"))),
        evidence=tuple(_evidence(e) for e in many(assertion.get("evidence"))),
        tags=tuple(tag.strip() for tag in strings(badge.get("tags")) if tag.strip()),
        achievement_id=id_of(badge) or id_of(assertion.get("badge")),
        achievement_type="",
        language=text(badge.get("@language")) or text(assertion.get("@language")),
        narrative=text(assertion.get("narrative")),
    )


def recipients(assertion: JsonObject) -> tuple[Identity, ...]:
    return tuple(
        Identity(
            kind=text(one.get("type")).lower() or "email",
            value=text(one.get("identity")),
            hashed=one.get("hashed") is True or one.get("hashed") == "true",
            salt=one["salt"] if isinstance(one.get("salt"), str) else None,
        )
        for one in objects(assertion.get("recipient"))
        if text(one.get("identity"))
    )


def resolve(value: Any, supporting: Mapping[str, bytes]) -> JsonObject:
    """An embedded object, or the fetched document of its id. What was fetched goes first:
    an embedded copy is only what the holder of the file says that its author says."""
    url = id_of(value)
    if url in supporting:
        try:
            return loads_object(decode(supporting[url]))
        except Unreadable:
            return {"id": url}
    return value if isinstance(value, dict) else {"id": url} if url else {}


def _criteria(value: Any) -> Criteria:
    if isinstance(value, dict):
        address = id_of(value)
        return Criteria(text(value.get("narrative")), address if "://" in address else "")
    words = text(value)
    return Criteria("", words) if words.startswith(("http://", "https://")) else Criteria(words, "")


def _image(value: Any) -> str:
    address = id_of(value[0] if isinstance(value, list) and value else value)
    return address if address.startswith(("http://", "https://", "data:image/")) else ""


def _alignment(value: JsonObject) -> Alignment:
    return Alignment(
        name=text(value.get("targetName")),
        url=text(value.get("targetUrl")),
        description=text(value.get("targetDescription")),
        framework=text(value.get("targetFramework")),
        code=text(value.get("targetCode")),
    )


def _evidence(value: Any) -> Evidence:
    node = value if isinstance(value, dict) else {"id": value}
    address = id_of(node)
    return Evidence(
        name=text(node.get("name")),
        url=address if address.startswith(("http://", "https://")) else "",
        narrative=text(node.get("narrative")),
        description=text(node.get("description")),
    )
