"""European Digital Credentials for Learning: shown, while their seal is left to others.

Such a file holds its holder's day of birth, gender, citizenship and national identifiers. What
is taken out of it is a list of what may be, so that none of these gets any further; its pictures
are left as well, because they are drawings of the whole certificate. The seal is a JAdES one of a
qualified trust service, which `verify` does not check and says so.
"""

import base64
import binascii
from typing import Any

from badges.openbadges import dates, v3
from badges.openbadges.credential import (
    Alignment,
    Credential,
    Criteria,
    Identity,
    Profile,
    Version,
)
from badges.openbadges.errors import Unreadable
from badges.openbadges.strict_json import JsonObject, decode, loads_object
from badges.openbadges.values import id_of, many, obj, objects, text, types

MAX_NAMED = 20
MAX_OUTCOMES = 100


def is_one(vc: JsonObject) -> bool:
    return "EuropeanDigitalCredential" in types(vc)


def unsealed(value: JsonObject) -> JsonObject | None:
    """The credential inside a JAdES seal, which is a JWS in its JSON spelling; else None."""
    payload = value.get("payload")
    if not isinstance(payload, str) or not ("signatures" in value or "signature" in value):
        return None
    try:
        if not payload.lstrip().startswith("{"):
            payload = decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        found = loads_object(payload)
    except (Unreadable, binascii.Error, ValueError):
        return None
    return found if is_one(found) else None


def credential(vc: JsonObject) -> Credential:
    """What may be shown: for what, by whom, to whom by name, and when."""
    display = obj(vc.get("displayParameter"))
    language = id_of(display.get("primaryLanguage")) or text(display.get("language"))
    language = language.rpartition("/")[2].lower()[:2]
    who = v3.subject(vc)
    claims = objects(who.get("hasClaim"))
    first = claims[0] if claims else {}
    about = obj(first.get("specifiedBy"))
    issuer = obj(vc.get("issuer"))
    starts = [vc.get("issued"), *v3.starts(vc)]
    ends = [dates.parse(end) for end in v3.ends(vc)]
    return Credential(
        version=Version.EDC,
        id=id_of(vc),
        name=_words(display.get("title"), language) or _words(first.get("title"), language),
        description=_words(display.get("description"), language)
        or _words(first.get("description"), language),
        criteria=Criteria("", ""),
        image="",
        issuer=Profile(
            id=id_of(vc.get("issuer")),
            name=_words(issuer.get("legalName"), language)
            or _words(issuer.get("altLabel"), language),
            url="",
            email="",
            image="",
            description="",
        ),
        issued_at=next((found for found in map(dates.parse, starts) if found), None),
        expires_at=min((end for end in ends if end), default=None),
        recipients=_recipients(who),
        alignments=tuple(_outcomes(claims, language)),
        evidence=(),
        tags=(),
        achievement_id=id_of(first),
        achievement_type=next(iter(sorted(types(first))), ""),
        language=language,
        recipient_name=_name(who, language),
        credits_earned=_credits(about),
        results=tuple(_lines(claims, language)),
    )


def _words(value: Any, language: str) -> str:
    """One text of a map from languages to texts or lists of texts."""
    words = obj(value)
    return text(words.get(language)) or text(words.get("en")) or text(value)


def _name(who: JsonObject, language: str) -> str:
    parts = (_words(who.get(name), language) for name in ("givenName", "familyName"))
    return _words(who.get("fullName"), language) or " ".join(part for part in parts if part)


def _recipients(who: JsonObject) -> tuple[Identity, ...]:
    found = []
    for contact in objects(who.get("contactPoint")):
        for one in many(contact.get("emailAddress")):
            address = (id_of(one) or text(one)).removeprefix("mailto:")
            if "@" in address:
                found.append(Identity("email", address, False, None))
    return tuple(found)


def _outcomes(claims: list[JsonObject], language: str) -> list[Alignment]:
    """What was learnt, with its address in ESCO where it gives one."""
    found = []
    for claim in claims:
        for one in objects(obj(claim.get("specifiedBy")).get("learningOutcome")):
            skill = next(iter(many(one.get("relatedESCOSkill"))), None)
            address = id_of(skill)
            web = address.startswith(("http://", "https://"))
            name = _words(one.get("title"), language) or _words(one.get("prefLabel"), language)
            if name:
                framework = "ESCO" if web else ""
                found.append(Alignment(name, address if web else "", "", framework, ""))
    return found[:MAX_OUTCOMES]


def _credits(about: JsonObject) -> float | None:
    for one in objects(about.get("creditPoint")):
        try:
            return float(text(one.get("point")))
        except ValueError:
            continue
    return None


def _lines(claims: list[JsonObject], language: str) -> list[str]:
    """The level of the first achievement, and the others by name."""
    lines = []
    for claim in claims[:1]:
        level = id_of(obj(claim.get("specifiedBy")).get("eqfLevel")).rpartition("/")[2]
        if level.isdigit():
            lines.append(f"EQF level: {level}")
    for claim in claims[1:MAX_NAMED]:
        name = _words(claim.get("title"), language)
        if name:
            lines.append(f"Also: {name}")
    return lines
