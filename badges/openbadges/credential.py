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
    PDF = "pdf"


class Version(StrEnum):
    """Which edition of which standard the credential follows. Plain numbers are Open Badges."""

    OB05 = "0.5"
    OB10 = "1.0"
    OB11 = "1.1"
    OB2 = "2.0"
    OB21 = "2.1"
    OB3 = "3.0"
    CLR2 = "CLR 2.0"
    EDC = "EDC"

    @property
    def is_assertion(self) -> bool:
        """Whether it is an assertion, which leads to a class and an issuer, each a document."""
        return self in (Version.OB05, Version.OB10, Version.OB11, Version.OB2, Version.OB21)


class Kind(StrEnum):
    """What the credential is to the one who holds it."""

    BADGE = "badge"
    RECORD = "record"  # a learner record: an envelope with other credentials inside
    ENDORSEMENT = "endorsement"  # somebody's word for a badge, an achievement or an issuer


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
    """One awarded badge, or the record or endorsement that stands in its place.

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
    kind: Kind = Kind.BADGE
