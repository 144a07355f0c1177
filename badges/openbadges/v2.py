"""Open Badges 2.0: what an assertion says with its class and issuer, or an endorsement."""

from collections.abc import Mapping
from typing import Any

from badges.openbadges import dates, v1
from badges.openbadges.credential import (
    Alignment,
    Credential,
    Criteria,
    Evidence,
    Identity,
    Kind,
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
    "https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld",
}
PARTS = {"badgeclass", "issuer", "profile", "criteria", "evidence", "cryptographickey"} | {
    "revocationlist",
    "endorsement",
    "extension",
}


def looks_like(value: JsonObject) -> bool:
    """Whether this is an assertion or endorsement, or at least means to be one: see `is_award`."""
    if types(value) & {"Assertion", "Endorsement"}:
        return True
    return "badge" in value and "recipient" in value


def is_award(value: JsonObject) -> bool:
    """Whether it says of itself, in the words of the standard, that it is an assertion or an
    endorsement: the two things that somebody gave, and that can be checked.

    A context written out in place is allowed in 2.0, and nothing here is read through it.
    """
    if v1.version_of(value) is not None:
        return True
    contexts = many(value.get("@context"))
    known = any(isinstance(c, dict) or (isinstance(c, str) and c in CONTEXTS) for c in contexts)
    return known and bool(types(value) & {"Assertion", "Endorsement"})


def is_endorsement(value: JsonObject) -> bool:
    return "Endorsement" in types(value) and "Assertion" not in types(value)


def says_what(value: JsonObject) -> bool:
    """Whether it says what was awarded. Platforms cut what they took back down to its id."""
    return bool(value.get("badge") or value.get("claim"))


def version_of(value: JsonObject) -> Version:
    """The edition that an assertion or endorsement follows."""
    later = any("ob_v2p1" in context for context in strings(many(value.get("@context"))))
    return v1.version_of(value) or (Version.OB21 if later else Version.OB2)


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
    if is_endorsement(assertion):
        return _endorsement(assertion, supporting)
    badge = resolve(assertion.get("badge"), supporting)
    criteria = badge.get("criteria")
    return Credential(
        version=version_of(assertion),
        id=own_id(assertion),
        name=text(badge.get("name")),
        description=text(badge.get("description")),
        criteria=_criteria(
            resolve(criteria, supporting) if isinstance(criteria, dict) else criteria
        ),
        image=_image(badge.get("image")) or _image(assertion.get("image")),
        issuer=_issuer(badge.get("issuer"), supporting),
        issued_at=dates.parse(assertion.get("issuedOn")),
        expires_at=dates.parse(assertion.get("expires")),
        recipients=recipients(assertion),
        alignments=tuple(_alignment(a) for a in objects(_aligned(badge))),
        evidence=tuple(_evidence(e) for e in many(assertion.get("evidence"))),
        tags=tuple(tag.strip() for tag in strings(badge.get("tags")) if tag.strip()),
        achievement_id=id_of(badge) or id_of(assertion.get("badge")),
        achievement_type="",
        language=text(badge.get("@language")) or text(assertion.get("@language")),
        narrative=text(assertion.get("narrative")),
    )


def _endorsement(given: JsonObject, supporting: Mapping[str, bytes]) -> Credential:
    claim = obj(given.get("claim"))
    return Credential(
        version=version_of(given),
        kind=Kind.ENDORSEMENT,
        id=own_id(given),
        name=text(given.get("name")) or "Endorsement",
        description=text(given.get("description")),
        criteria=Criteria("", ""),
        image="",
        issuer=_issuer(given.get("issuer"), supporting),
        issued_at=dates.parse(given.get("issuedOn")),
        expires_at=dates.parse(given.get("expires")),
        recipients=(),
        alignments=(),
        evidence=(),
        tags=(),
        achievement_id=id_of(claim),
        achievement_type="",
        language=text(given.get("@language")),
        narrative=text(claim.get("endorsementComment")),
    )


def _issuer(value: Any, supporting: Mapping[str, bytes]) -> Profile:
    issuer = resolve(value, supporting)
    return Profile(
        id=id_of(issuer) or id_of(value),  # the profiles of 1.x do not name themselves
        name=text(issuer.get("name")),
        url=text(issuer.get("url")),
        email=text(issuer.get("email")),
        image=_image(issuer.get("image")),
        description=text(issuer.get("description")),
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


def _aligned(badge: JsonObject) -> Any:
    """What a class is aligned to; Moodle up to 4 has the plural, which no standard knows."""
    return badge.get("alignment", badge.get("alignments"))


def _alignment(value: JsonObject) -> Alignment:
    return Alignment(
        name=text(value.get("targetName")) or text(value.get("name")),  # 1.x had the short ones
        url=text(value.get("targetUrl")) or text(value.get("url")),
        description=text(value.get("targetDescription")) or text(value.get("description")),
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
