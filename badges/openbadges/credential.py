"""What a badge says, in one shape for every version of the standard."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Format(StrEnum):
    """What carried the credential."""

    JSON = "json"
    JWT = "jwt"
    PNG = "png"
    SVG = "svg"


class Version(StrEnum):
    """Which family of the standard the credential follows."""

    OB2 = "2.0"
    OB3 = "3.0"


@dataclass(frozen=True, slots=True)
class Identity:
    """One way in which the recipient is named.

    `kind` is lower-case (`email`, `url`, `telephone`, `did`, ...). `value` is the plain
    identity or, when `hashed`, `algorithm$hex` over the UTF-8 of identity + salt.
    """

    kind: str
    value: str
    hashed: bool
    salt: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Who issued it. Empty strings where the credential does not say."""

    id: str
    name: str
    url: str
    email: str
    image: str
    description: str


@dataclass(frozen=True, slots=True)
class Alignment:
    """A skill or standard of some framework that the achievement maps to."""

    name: str
    url: str
    description: str
    framework: str
    code: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the recipient did to earn it."""

    name: str
    url: str
    narrative: str
    description: str


@dataclass(frozen=True, slots=True)
class Criteria:
    """What has to be done to earn it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Credential:
    """One awarded badge.

    `image` is an http(s) URL, a `data:` URI or empty. Dates are aware. `id` is the
    credential's own id exactly as it stands, or empty. `results` are short lines such as
    "Final grade: B" for a person to read.
    """

    version: Version
    id: str
    name: str
    description: str
    criteria: Criteria
    image: str
    issuer: Profile
    issued_at: datetime | None
    expires_at: datetime | None
    recipients: tuple[Identity, ...]
    alignments: tuple[Alignment, ...]
    evidence: tuple[Evidence, ...]
    tags: tuple[str, ...]
    achievement_id: str
    achievement_type: str
    language: str
    recipient_name: str = ""
    narrative: str = ""
    credits_earned: float | None = None
    results: tuple[str, ...] = ()
