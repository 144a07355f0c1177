"""Open Badges 3.0 on Verifiable Credentials 1.1 and 2.0: what a credential says."""

from datetime import datetime
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
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, many, obj, objects, strings, text, types

VC1 = "https://www.w3.org/2018/credentials/v1"
VC2 = "https://www.w3.org/ns/credentials/v2"
BADGE_TYPES = {"OpenBadgeCredential", "AchievementCredential"}
PARTS = {"achievement", "achievementsubject", "endorsementsubject", "alignment", "result"}
EMAIL_KINDS = {"emailaddress": "email", "email": "email"}


def looks_like(value: JsonObject) -> bool:
    """Whether this is a verifiable credential. Whether it is a *badge* is for the schema check:
    a signature protects any credential alike."""
    credential_types = BADGE_TYPES | {"VerifiableCredential"}
    return bool(types(value) & credential_types) or "credentialSubject" in value


def claims(payload: JsonObject) -> JsonObject:
    """The credential itself. A VC 1.1 JWT wraps it in `vc`, and may give some of its properties
    only as registered claims (VC Data Model 1.1, 6.3.1)."""
    inner = payload.get("vc")
    if not isinstance(inner, dict):
        return payload
    found = dict(inner)
    issuer = payload.get("iss")
    if isinstance(issuer, str):
        if isinstance(found.get("issuer"), dict):
            found["issuer"] = {"id": issuer, **found["issuer"]}
        else:
            found.setdefault("issuer", issuer)
    if isinstance(payload.get("jti"), str):
        found.setdefault("id", payload["jti"])
    subject = payload.get("sub")
    if isinstance(subject, str) and isinstance(found.get("credentialSubject"), dict):
        found["credentialSubject"] = {"id": subject, **found["credentialSubject"]}
    for claim, name in (("nbf", "issuanceDate"), ("exp", "expirationDate")):
        moment = dates.parse(payload.get(claim))
        if moment is not None and "validFrom" not in found and "validUntil" not in found:
            found.setdefault(name, moment.isoformat())
    return found


def own_id(vc: JsonObject) -> str:
    return id_of(vc)


def issuer_id(vc: JsonObject) -> str:
    """The id of the one issuer, or "" when there is none or several."""
    return id_of(vc.get("issuer"))


def subject(vc: JsonObject) -> JsonObject:
    return next(iter(objects(vc.get("credentialSubject"))), {})


def starts(vc: JsonObject) -> list[Any]:
    """Every date before which it does not count, in either data model's spelling."""
    return [vc[name] for name in ("validFrom", "issuanceDate") if vc.get(name) is not None]


def ends(vc: JsonObject) -> list[Any]:
    """Every date after which it no longer counts, in either data model's spelling."""
    return [vc[name] for name in ("validUntil", "expirationDate") if vc.get(name) is not None]


def credential(vc: JsonObject) -> Credential:
    """What the credential says, as far as it is an Open Badge."""
    who = subject(vc)
    what = next(iter(objects(who.get("achievement"))), {})
    criteria = next(iter(objects(what.get("criteria"))), {})
    return Credential(
        version=Version.OB3,
        id=own_id(vc),
        name=text(what.get("name")) or text(vc.get("name")),
        description=text(what.get("description")) or text(vc.get("description")),
        criteria=Criteria(text(criteria.get("narrative")), _web(id_of(criteria))),
        image=_image(vc.get("image")) or _image(who.get("image")) or _image(what.get("image")),
        issuer=_issuer(vc.get("issuer")),
        issued_at=_first([vc.get("awardedDate"), *starts(vc)]),
        expires_at=min((d for d in map(dates.parse, ends(vc)) if d), default=None),
        recipients=recipients(vc),
        alignments=tuple(_alignment(a) for a in objects(what.get("alignment"))),
        evidence=tuple(_evidence(e) for e in objects(vc.get("evidence"))),
        tags=tuple(tag.strip() for tag in strings(what.get("tag")) if tag.strip()),
        achievement_id=id_of(what),
        achievement_type=text(what.get("achievementType")),
        language=text(what.get("inLanguage")) or text(vc.get("inLanguage")),
        recipient_name=text(who.get("name")),
        narrative=text(who.get("narrative")),
        credits_earned=_number(who.get("creditsEarned")),
        results=_results(who, what),
    )


def recipients(vc: JsonObject) -> tuple[Identity, ...]:
    """The subject's id and every identifier of it."""
    found: list[Identity] = []
    for who in objects(vc.get("credentialSubject")):
        own = id_of(who)
        if own.lower().startswith("mailto:"):
            found.append(Identity("email", own[7:], False, None))
        elif own:
            found.append(Identity("did" if own.startswith("did:") else "url", own, False, None))
        for one in objects(who.get("identifier")):
            value = text(one.get("identityHash"))
            kind = text(one.get("identityType")).lower()
            salt = one.get("salt")
            if value:
                found.append(
                    Identity(
                        kind=EMAIL_KINDS.get(kind, kind),
                        value=value,
                        hashed=one.get("hashed") is True,
                        salt=salt if isinstance(salt, str) else None,
                    )
                )
    return tuple(found)


def _first(values: list[Any]) -> datetime | None:
    return next((moment for moment in map(dates.parse, values) if moment), None)


def _issuer(value: Any) -> Profile:
    node = obj(value)
    return Profile(
        id=id_of(value),
        name=text(node.get("name")),
        url=_web(text(node.get("url"))),
        email=text(node.get("email")),
        image=_image(node.get("image")),
        description=text(node.get("description")),
    )


def _image(value: Any) -> str:
    address = id_of(next(iter(many(value)), None))
    return address if address.startswith(("http://", "https://", "data:image/")) else ""


def _web(address: str) -> str:
    return address if address.startswith(("http://", "https://")) else ""


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _alignment(value: JsonObject) -> Alignment:
    return Alignment(
        name=text(value.get("targetName")),
        url=_web(text(value.get("targetUrl"))),
        description=text(value.get("targetDescription")),
        framework=text(value.get("targetFramework")),
        code=text(value.get("targetCode")),
    )


def _evidence(value: JsonObject) -> Evidence:
    return Evidence(
        name=text(value.get("name")),
        url=_web(id_of(value)),
        narrative=text(value.get("narrative")),
        description=text(value.get("description")),
    )


def _results(who: JsonObject, what: JsonObject) -> tuple[str, ...]:
    """Results as lines for a person; ids of levels and descriptions are looked up."""
    named = {id_of(d): d for d in objects(what.get("resultDescription")) if id_of(d)}
    lines = []
    for result in objects(who.get("result")):
        about = named.get(text(result.get("resultDescription")), {})
        levels = {id_of(level): level for level in objects(about.get("rubricCriterionLevel"))}
        level = levels.get(text(result.get("achievedLevel")), {})
        value = text(result.get("value")) or text(level.get("name")) or text(result.get("status"))
        name = text(about.get("name")) or "Result"
        if value:
            lines.append(f"{name}: {value}")
    return tuple(lines)
