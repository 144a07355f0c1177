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


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one verification learnt.

    `findings` holds exactly one finding for each `Check`, in their order. `host` is the DNS
    name that answered for the issuer, or its DID, or empty when nobody was established.
    `documents` are the answers that the verification rests on (hosted assertion, class,
    issuer, keys, status lists), to be kept beside the badge.
    """

    result: Result
    trust: Trust
    findings: tuple[Finding, ...]
    credential: Credential | None
    document: Document | None
    checked_at: datetime
    host: str
    documents: tuple[Fetched, ...]

    def finding(self, check: Check) -> Finding:
        """The one finding of this check."""
        return next(found for found in self.findings if found.check is check)


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
    if signature.code == "signature.none":
        return Result.UNSIGNED
    if any(f.outcome is Outcome.UNKNOWN for f in (signature, issuer, period, status)):
        return Result.UNKNOWN
    return Result.VALID
