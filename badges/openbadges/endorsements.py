"""Endorsements of Open Badges 3.0: what somebody says for a badge, an achievement or an issuer."""

from dataclasses import replace

from badges.openbadges import v3
from badges.openbadges.credential import Credential, Kind
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, text, types


def is_one(vc: JsonObject) -> bool:
    return "EndorsementCredential" in types(vc) and not types(vc) & v3.BADGE_TYPES


def credential(vc: JsonObject) -> Credential:
    """The endorser is the issuer, and the thing endorsed stands where an achievement would."""
    said = v3.subject(vc)
    return replace(
        v3.credential(vc),
        kind=Kind.ENDORSEMENT,
        name=text(vc.get("name")) or "Endorsement",
        achievement_id=id_of(said),
        recipients=(),
        narrative=text(said.get("endorsementComment")),
    )
