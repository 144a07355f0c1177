"""Signed badges for tests: real keys, real proofs, nothing to fetch."""

import json
from datetime import UTC, datetime
from typing import Any

from badges.openbadges import bakery, keys, proofs, recipient, status
from badges.openbadges.credential import Version
from badges.openbadges.fetching import Fetched

SIGNED_AT = datetime(2026, 1, 15, tzinfo=UTC)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class Signer:
    """An issuer known by its key alone (did:key)."""

    def __init__(self, name: str = "Harbour College") -> None:
        self.key = keys.generate()
        self.did = keys.did_key(self.key.public_key())
        self.method = keys.did_key_method(self.key.public_key())
        self.name = name

    def credential(self, number: int, *, email: str, **fields: Any) -> dict[str, Any]:
        """An Open Badges 3.0 credential for the holder of `email`, signed."""
        document = {
            "@context": [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            ],
            "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": {"id": self.did, "type": ["Profile"], "name": self.name},
            "validFrom": "2026-01-15T00:00:00Z",
            "name": f"Knots, part {number}",
            "credentialSubject": {
                "type": ["AchievementSubject"],
                "identifier": [
                    {
                        "type": "IdentityObject",
                        "identityType": "emailAddress",
                        "hashed": True,
                        "salt": "s1",
                        "identityHash": recipient.hash(email, "s1"),
                    }
                ],
                "achievement": {
                    "id": f"urn:uuid:10000000-0000-4000-8000-{number:012d}",
                    "type": ["Achievement"],
                    "name": f"Knots, part {number}",
                    "description": "Ties six knots.",
                    "criteria": {"narrative": "Tie six knots before a witness."},
                },
            },
            **fields,
        }
        return proofs.sign(document, self.key, self.method, SIGNED_AT)

    def status(self, place: int, purpose: str = "revocation") -> dict[str, Any]:
        """A `credentialStatus`: where on this issuer's list of that purpose a badge stands."""
        url = f"https://issuer.test/status/{purpose}"
        return {
            "id": f"{url}#{place}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": str(place),
            "statusListCredential": url,
        }

    def status_list(self, *places: int, purpose: str = "revocation") -> Fetched:
        """That list as its site answers, signed, with these places set."""
        url = self.status(0, purpose)["statusListCredential"]
        document = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.did,
            "validFrom": "2026-01-15T00:00:00Z",
            "credentialSubject": {
                "id": f"{url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": status.encode(places),
            },
        }
        body = proofs.sign(document, self.key, self.method, SIGNED_AT)
        return Fetched(url, url, 200, "application/json", json.dumps(body).encode())

    def endorsement(self, of: str, comment: str) -> dict[str, Any]:
        """A signed word about the achievement or badge with the id `of`."""
        document = {
            "@context": [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            ],
            "id": "urn:uuid:20000000-0000-4000-8000-000000000001",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "issuer": {"id": self.did, "type": ["Profile"], "name": self.name},
            "validFrom": "2026-01-15T00:00:00Z",
            "name": "An endorsement",
            "credentialSubject": {
                "id": of,
                "type": ["EndorsementSubject"],
                "endorsementComment": comment,
            },
        }
        return proofs.sign(document, self.key, self.method, SIGNED_AT)

    def file(self, number: int, *, email: str, **fields: Any) -> bytes:
        return json.dumps(self.credential(number, email=email, **fields)).encode()

    def baked(self, number: int, *, email: str, **fields: Any) -> bytes:
        """The same, inside a PNG."""
        text = json.dumps(self.credential(number, email=email, **fields))
        return bakery.bake(PNG, text, Version.OB3)
