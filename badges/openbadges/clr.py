"""Comprehensive Learner Records (CLR 2.0): an envelope round credentials of one learner."""

from dataclasses import replace
from typing import Any

from badges.openbadges import v3
from badges.openbadges.credential import Credential, Kind, Version
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import many, objects, text, types

NOT_ITS_OWN = {"achievement", "verifiableCredential", "association"}


def is_one(vc: JsonObject) -> bool:
    return "ClrCredential" in types(vc)


def children(vc: JsonObject) -> list[Any]:
    """The credentials inside: objects, or tokens as strings."""
    return [
        child
        for who in objects(vc.get("credentialSubject"))
        for child in many(who.get("verifiableCredential"))
    ]


def credential(vc: JsonObject) -> Credential:
    """What the envelope says of itself. The achievements in it are not the record's own."""
    subjects = [
        {name: value for name, value in who.items() if name not in NOT_ITS_OWN}
        for who in objects(vc.get("credentialSubject"))
    ]
    found = v3.credential({**vc, "credentialSubject": subjects})
    return replace(
        found,
        version=Version.CLR2,
        kind=Kind.RECORD,
        name=text(vc.get("name")) or "Learner record",
    )
