"""Does the badge have the parts that the standard requires? Advice, never a verdict.

Half of the badges that platforms issue miss a required part of 3.0 somewhere, so this only ever
informs. It is written as a table of paths, since the official JSON Schemas may not be passed on.
"""

from collections.abc import Callable
from typing import Any

from badges.openbadges import v1
from badges.openbadges.credential import Version
from badges.openbadges.report import Check, Finding, Outcome
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.v2 import is_award, is_endorsement
from badges.openbadges.v3 import BADGE_TYPES, VC1
from badges.openbadges.values import id_of, many, obj, objects, strings, text, types
from badges.openbadges.words import listed, say

MAX_NAMED = 3


def check(version: Version, document: JsonObject, badge_class: JsonObject) -> Finding:
    """One finding about the structure. `badge_class` is the class of a 2.0 assertion, if known."""
    found = _of_v2(document, badge_class) if version.is_assertion else _of_v3(document)
    if not found:
        return Finding(
            Check.SCHEMA,
            Outcome.PASSED,
            say("It has the parts that the Open Badges standard requires."),
            "schema.complete",
        )
    named = listed(found[:MAX_NAMED])
    if len(found) > MAX_NAMED:
        named = say("{named} and more", named=named)
    return Finding(
        Check.SCHEMA,
        Outcome.FAILED,
        say("Not quite what the Open Badges standard asks for: {named}.", named=named),
        "schema.incomplete",
    )


def _of_v3(vc: JsonObject) -> list[str]:
    found: list[str] = []
    first = VC1 in strings(vc.get("@context"))
    of_subject = _kind(vc)
    if of_subject is None:
        found.append(say("it does not call itself an Open Badge"))
    found += _missing(vc, ("id", "credentialSubject", "name" if first else "validFrom"))
    if first and not ("issuanceDate" in vc or "validFrom" in vc):
        found.append(say("no issuanceDate"))
    issuer = vc.get("issuer")
    if not id_of(issuer):
        found.append(say("no issuer"))
    elif isinstance(issuer, dict) and "Profile" not in types(issuer):
        found.append(say("the issuer is not called a Profile"))
    for who in objects(vc.get("credentialSubject")):
        found += (of_subject or _subject)(who)
    return found


def _kind(vc: JsonObject) -> Callable[[JsonObject], list[str]] | None:
    """What its subject has to be, by the type that the credential gives itself."""
    if types(vc) & BADGE_TYPES:
        return _subject
    if "ClrCredential" in types(vc):
        return _record
    return _endorsement if "EndorsementCredential" in types(vc) else None


def _endorsement(who: JsonObject) -> list[str]:
    found = _missing(who, ("id",))
    if "EndorsementSubject" not in types(who):
        found.append(say("what is endorsed is not called an EndorsementSubject"))
    return found


def _record(who: JsonObject) -> list[str]:
    found = _missing(who, ("verifiableCredential",))
    if "ClrSubject" not in types(who):
        found.append(say("the recipient is not called a ClrSubject"))
    if not id_of(who) and not who.get("identifier"):
        found.append(say("nothing says who the recipient is"))
    return found


def _subject(who: JsonObject) -> list[str]:
    found: list[str] = []
    if "AchievementSubject" not in types(who):
        found.append(say("the recipient is not called an AchievementSubject"))
    if not id_of(who) and not who.get("identifier"):
        found.append(say("nothing says who the recipient is"))
    if any("IdentityObject" not in types(one) for one in objects(who.get("identifier"))):
        found.append(say("an identifier is not called an IdentityObject"))
    source = who.get("source")
    if isinstance(source, dict) and "Profile" not in types(source):
        found.append(say("the source is not called a Profile"))
    achievements = objects(who.get("achievement"))
    if not achievements:
        found.append(say("no achievement"))
    for what in achievements:
        found += _missing(what, ("id", "name", "description", "criteria"))
        if "Achievement" not in types(what):
            found.append(say("the achievement is not called an Achievement"))
    return found


def _of_v2(assertion: JsonObject, badge_class: JsonObject) -> list[str]:
    if is_endorsement(assertion):
        return _missing(assertion, ("id", "claim", "issuer", "issuedOn", "verification"))
    found: list[str] = [] if is_award(assertion) else [say("it does not call itself an Assertion")]
    required = ("recipient", "badge") if v1.version_of(assertion) else ("id", "recipient", "badge")
    found += _missing(assertion, (*required, "issuedOn"))
    if not (obj(assertion.get("verification")) or obj(assertion.get("verify"))):
        found.append(say("no verification"))
    recipient = obj(assertion.get("recipient"))
    found += _missing(recipient, ("identity", "type")) if recipient else []
    if badge_class.keys() - {"id"}:
        found += _missing(badge_class, ("name", "description", "image", "criteria", "issuer"))
    return found


def _missing(node: JsonObject, names: tuple[str, ...]) -> list[str]:
    return [say("no {name}", name=name) for name in names if _empty(node.get(name))]


def _empty(value: Any) -> bool:
    return not many(value) or (isinstance(value, str) and not text(value))
