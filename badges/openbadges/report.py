"""What a verification answers: findings in plain words, and the one result they add up to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from badges.openbadges.credential import Credential
from badges.openbadges.fetching import Fetched
from badges.openbadges.parse import Document


class Check(StrEnum):
    """The questions that every verification answers, in the order in which they are shown."""

    READABLE = "readable"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    RECIPIENT = "recipient"
    PERIOD = "period"
    STATUS = "status"
    SCHEMA = "schema"


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WARNING = "warning"
    NOT_APPLICABLE = "not_applicable"


class Result(StrEnum):
    """The state of a badge; declared in the order of precedence, first that applies wins."""

    UNREADABLE = "unreadable"
    INVALID = "invalid"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    UNSIGNED = "unsigned"
    UNKNOWN = "unknown"
    VALID = "valid"


class Trust(StrEnum):
    """What the belief in this badge rests on."""

    SIGNED = "signed"
    HOSTED = "hosted"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one check: one sentence for a recruiter, one stable word for machines."""

    check: Check
    outcome: Outcome
    detail: str
    code: str


class Role(StrEnum):
    """What a part is to the whole."""

    ACHIEVEMENT = "achievement"  # a credential inside a learner record or a file of several
    ENDORSEMENT = "endorsement"


class About(StrEnum):
    """What an endorsement is attached to."""

    BADGE = "badge"
    ACHIEVEMENT = "achievement"
    ISSUER = "issuer"
    CREATOR = "creator"  # who designed the achievement
    SOURCE = "source"  # who assessed it
    FILE = "file"  # an achievement is about nothing: it lies in the file, or in the record
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Part:
    """A credential inside another, with a report of its own.

    No part changes the result of the whole, nor the whole that of a part, except that what is
    not signed by itself says on whose word it rests. `about_id` is the id of what it is about.
    """

    role: Role
    about: About
    about_id: str
    report: "Report"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one verification learnt.

    `findings` holds exactly one finding for each `Check`, in their order. `host` is the DNS
    name that answered for the issuer, or its DID, or empty when nobody was established.
    `documents` are the answers that the verification rests on (hosted assertion, class,
    issuer, keys, status lists), to be kept beside the badge. `parts` are the credentials inside
    it, each judged by itself; `unchecked` says, a sentence each, what was not looked at.

    In the report of an endorsement the recipient check answers whether it is about the thing
    that it is attached to, and one that is not counts as invalid.
    """

    result: Result
    trust: Trust
    findings: tuple[Finding, ...]
    credential: Credential | None
    document: Document | None
    checked_at: datetime
    host: str
    documents: tuple[Fetched, ...]
    parts: tuple[Part, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def is_suspended(self) -> bool:
        """Whether `revoked` means "for the time being": the results are a fixed set, and programs
        that know no more do right to treat it as taken back."""
        status = self.finding(Check.STATUS)
        return self.result is Result.REVOKED and status.code == "status.suspended"

    def finding(self, check: Check) -> Finding:
        """The one finding of this check."""
        return next(found for found in self.findings if found.check is check)


# Nobody signed it: on its own, and inside a record signed by somebody else than its issuer.
UNSIGNED = ("signature.none", "signature.vouched")


def result_of(findings: tuple[Finding, ...]) -> Result:
    """Add the findings up. Recipient and schema never count: a badge can be valid and
    somebody else's, or valid and untidy."""
    by = {finding.check: finding for finding in findings}
    readable, signature, issuer = by[Check.READABLE], by[Check.SIGNATURE], by[Check.ISSUER]
    period, status = by[Check.PERIOD], by[Check.STATUS]
    if readable.outcome is Outcome.FAILED:
        return Result.UNREADABLE
    if Outcome.FAILED in (signature.outcome, issuer.outcome):
        return Result.INVALID
    if status.outcome is Outcome.FAILED:
        return Result.REVOKED
    if period.outcome is Outcome.FAILED:
        early = period.code == "period.not_yet_valid"
        return Result.NOT_YET_VALID if early else Result.EXPIRED
    if signature.code in UNSIGNED:
        return Result.UNSIGNED
    if any(f.outcome is Outcome.UNKNOWN for f in (signature, issuer, period, status)):
        return Result.UNKNOWN
    return Result.VALID
