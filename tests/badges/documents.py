"""Small badges for tests: hosted ones with the documents that vouch for them, and unsigned ones."""

import json
from typing import Any

from badges.openbadges import recipient
from badges.openbadges.fetching import Fetched

HOST = "https://issuer.test"


def fetched(url: str, body: dict[str, Any] | bytes, *, status: int = 200) -> Fetched:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Fetched(
        url=url, final_url=url, status=status, content_type="application/ld+json", body=raw
    )


def assertion(number: int = 1, *, email: str = "ada@example.org", **fields: Any) -> dict[str, Any]:
    """An Open Badges 2.0 assertion that its issuer hosts."""
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"{HOST}/assertions/{number}",
        "badge": f"{HOST}/classes/1",
        "recipient": {
            "type": "email",
            "hashed": True,
            "salt": "s1",
            "identity": recipient.hash(email, "s1"),
        },
        "verification": {"type": "HostedBadge"},
        "issuedOn": "2026-01-15T00:00:00Z",
        **fields,
    }


def hosted(*assertions: dict[str, Any]) -> dict[str, Fetched]:
    """What the issuer's site answers: its profile, one class, and these assertions."""
    profile = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Issuer",
        "id": f"{HOST}/issuer",
        "name": "Harbour College",
        "url": HOST,
        "email": "badges@issuer.test",
    }
    badge_class = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "BadgeClass",
        "id": f"{HOST}/classes/1",
        "name": "Knots and splices",
        "description": "Ties six knots.",
        "image": f"{HOST}/classes/1.png",
        "criteria": {"narrative": "Tie six knots before a witness."},
        "issuer": f"{HOST}/issuer",
        "tags": ["Seamanship"],
    }
    answers = {
        f"{HOST}/issuer": fetched(f"{HOST}/issuer", profile),
        f"{HOST}/classes/1": fetched(f"{HOST}/classes/1", badge_class),
    }
    return answers | {a["id"]: fetched(a["id"], a) for a in assertions}


def unsigned(number: int = 1, **fields: Any) -> dict[str, Any]:
    """An Open Badges 3.0 credential that nobody signed."""
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": f"{HOST}/issuer", "type": ["Profile"], "name": "Harbour College"},
        "validFrom": "2026-01-15T00:00:00Z",
        "name": f"Volunteer, day {number}",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "achievement": {
                "id": f"{HOST}/achievements/{number}",
                "type": ["Achievement"],
                "name": f"Volunteer, day {number}",
                "description": "Helped for a day.",
                "criteria": {"narrative": "Help for a day."},
            },
        },
        **fields,
    }
