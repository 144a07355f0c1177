"""What simulated platforms have awarded: badges of a college that is none, to Ada and to Bob."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from badges.openbadges import keys, proofs, recipient
from tests.openbadges.make import ED25519, OB3, VC2

ADA = "ada@example.org"
ADA_AS_TYPED = "Ada@Example.org"  # as a form took it; platforms hash what was typed
BOB = "bob@example.net"
NAMES = (
    "Knots and splices",
    "Reading charts",
    "Tides and currents",
    "Radio on board",
    "First aid afloat",
    "Sail repair",
    "Boat handling",
    "Night watch",
    "Weather for sailors",
    "Cooking at sea",
    "Rigging",
    "Engine room",
)


@dataclass
class Award:
    """One badge of one person. `revoked` is the reason, where there is one."""

    id: str
    name: str
    email: str = ADA
    salt: str = "brine"
    issued: str = "2026-01-15T09:30:00Z"
    expires: str = ""
    revoked: str = ""

    @property
    def recipient(self) -> dict[str, Any]:
        return {
            "type": "email",
            "hashed": True,
            "salt": self.salt,
            "identity": recipient.hash(self.email, self.salt),
        }


def some(ids: list[str], **fields: Any) -> list[Award]:
    """An award for each id: most of them fine, one expired, one taken back, one of Bob's, and one
    under Ada's address as she once typed it."""
    awards = [Award(id, NAMES[number % len(NAMES)], **fields) for number, id in enumerate(ids)]
    awards[1].email = ADA_AS_TYPED
    awards[2].expires = "2026-02-01T00:00:00Z"
    awards[3].revoked = "It was given by mistake."
    awards[4].email = BOB
    return awards


def signed(award: Award, *, id: str, achievement: str, image: str, **more: Any) -> dict[str, Any]:
    """An award in Open Badges 3.0, signed by the college. It names Ada by the same hash, and has
    no `id` for her."""
    credential: dict[str, Any] = {
        "@context": [VC2, OB3, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"],
        "id": id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award.name,
        "issuer": {
            "id": keys.did_key(ED25519.public_key()),
            "type": ["Profile"],
            "name": "Harbour College",
        },
        "validFrom": award.issued,
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": award.recipient["identity"],
                    "identityType": "emailAddress",
                    "salt": award.salt,
                }
            ],
            "achievement": {
                "id": achievement,
                "type": ["Achievement"],
                "name": award.name,
                "description": f"Has shown {award.name.lower()} before a witness.",
                "criteria": {"narrative": "Show it twice."},
                "inLanguage": "en",
                "image": {"id": image, "type": "Image"},
                "tag": ["seamanship"],
            },
        },
        **more,
    }
    if award.expires:
        credential["validUntil"] = award.expires
    at = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    return proofs.sign(credential, ED25519, keys.did_key_method(ED25519.public_key()), at)
