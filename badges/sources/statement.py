"""Turns what a platform states into a document: an Open Badges 3.0 credential without a proof.

So a statement is kept, shown, exported and read again by the same code as every badge, and says
of itself that nobody signed it.
"""

import json
import uuid
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any

from badges.openbadges.strict_json import JsonObject
from badges.sources.base import Skill, Statement

CONTEXTS = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]


def document(statement: Statement, *, reader: str) -> bytes:
    """The statement as JSON. The same statement always gives the same bytes."""
    name = f"laurel:{reader}:{statement.id}"
    achievement: JsonObject = {
        "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name + ':achievement')}",
        "type": ["Achievement"],
        "name": statement.name,
        "description": statement.description,
        "criteria": _kept({"narrative": statement.criteria, "id": statement.criteria_url}),
        "achievementType": statement.kind,
        "image": _image(statement.image),
        "alignment": [
            _kept(
                {
                    "type": ["Alignment"],
                    "targetName": skill.name,
                    "targetUrl": skill.url,
                    "targetFramework": skill.framework,
                    "targetCode": skill.code,
                }
            )
            for skill in statement.skills
            if skill.url
        ],
        "tag": [skill.name for skill in statement.skills if not skill.url],
    }
    subject = {
        "type": ["AchievementSubject"],
        "identifier": _holder(statement.holder),
        "achievement": _kept(achievement),
        "licenseNumber": statement.licence,
    }
    evidence = {"type": ["Evidence"], "id": statement.url, "narrative": statement.evidence}
    credential: JsonObject = {
        "@context": CONTEXTS,
        "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "name": statement.name,
        "issuer": _issuer(statement),
        "validFrom": _moment(statement.issued_on),
        "validUntil": _moment(statement.expires_on, end=True),
        "credentialSubject": _kept(subject),
        "evidence": [evidence] if statement.url or statement.evidence else [],
    }
    return json.dumps(_kept(credential), ensure_ascii=False, indent=1).encode()


def _kept(node: dict[str, Any]) -> JsonObject:
    return {key: value for key, value in node.items() if value not in ("", None, [], {})}


def _issuer(statement: Statement) -> JsonObject:
    who = statement.issuer_url or "urn:uuid:" + str(
        uuid.uuid5(uuid.NAMESPACE_URL, f"laurel:issuer:{statement.issuer.casefold()}")
    )
    return _kept({"id": who, "type": ["Profile"], "name": statement.issuer})


def _image(url: str) -> JsonObject:
    return {"id": url, "type": "Image"} if url else {}


def _holder(name: str) -> list[JsonObject]:
    if not name:
        return []
    return [
        {"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}
    ]


def _moment(day: date | None, *, end: bool = False) -> str:
    if day is None:
        return ""
    at = datetime.combine(day, time(23, 59, 59) if end else time(), UTC)
    return at.isoformat().replace("+00:00", "Z")


def as_json(statement: Statement) -> JsonObject:
    """The statement as plain values, for a row."""
    values = asdict(statement)
    for name in ("issued_on", "expires_on"):
        values[name] = values[name].isoformat() if values[name] else None
    return values


def of_json(values: JsonObject) -> Statement:
    """The statement that `as_json` wrote."""
    days = {
        name: date.fromisoformat(values[name]) if values[name] else None
        for name in ("issued_on", "expires_on")
    }
    skills = tuple(Skill(**skill) for skill in values["skills"])
    return Statement(**{**values, **days, "skills": skills})
