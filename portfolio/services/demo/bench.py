"""What both kinds of papers need: dates, identifiers, pictures, the recipient and the skills."""

import functools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from badges.openbadges import recipient
from portfolio.services.demo import drawing
from portfolio.services.demo.arts import ARTS
from portfolio.services.demo.catalogue import AWARDS, ISSUERS, Award, Form
from portfolio.services.demo.memory import Memory

Json = dict[str, Any]
REGISTER = "Common Skills Register"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an issuer's site says at one address."""

    url: str
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Bench:
    """`addresses` are the learner's, by the name under which an award knows them."""

    memory: Memory
    addresses: Mapping[str, str]

    def day(self, days_ago: int) -> datetime:
        """A working hour of that day."""
        day = self.memory.day.astimezone(UTC) - timedelta(days=days_ago)
        return day.replace(hour=9 + days_ago % 8, minute=days_ago * 7 % 60, second=0, microsecond=0)

    def moment(self, days_ago: int) -> str:
        """The same, as badges write it."""
        return f"{self.day(days_ago):%Y-%m-%dT%H:%M:%SZ}"

    def number(self, slug: str) -> uuid.UUID:
        return uuid.UUID(bytes=self.memory.derive(f"id {slug}"), version=4)

    def place(self, slug: str) -> int:
        """Where a badge stands on its issuer's status list."""
        return int.from_bytes(self.memory.derive(f"place {slug}", 2)) * 2

    def hashed(self, slug: str, award: Award) -> tuple[str, str]:
        """The recipient's address as a hash, and its salt."""
        salt = self.memory.derive(f"salt {slug}", 8).hex()
        return recipient.hash(self.addresses[award.to], salt), salt


@functools.cache
def picture(slug: str) -> bytes:
    """The badge's image, in the form that suits how it came."""
    drawn = drawing.svg(ARTS[slug])
    return drawn if AWARDS[slug].form is Form.SVG else drawing.png(drawn)


def picture_url(slug: str) -> str:
    ending = "svg" if AWARDS[slug].form is Form.SVG else "png"
    return f"https://{ISSUERS[AWARDS[slug].issuer].host}/images/{slug}.{ending}"


def alignments(award: Award) -> list[Json]:
    """The skills, each at its address in a register; the caller names their type."""
    return [
        {
            "targetName": skill,
            "targetUrl": f"https://skills.example/skill/{_code(skill)}",
            "targetFramework": REGISTER,
            "targetCode": _code(skill),
        }
        for skill in award.skills
    ]


def _code(skill: str) -> str:
    return skill.lower().replace(" ", "-")
