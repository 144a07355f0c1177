"""Days, states and trust in the words that every reader of a page sees."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from badges.models import Badge, Recipient, Result
from badges.services import trust as ladder
from badges.services.registry import IMPERSONATES, Standing

# The checks in the order in which they are shown. SCHEMA is left out: an untidy document is
# its issuer's affair and says nothing about the badge.
CHECKS = {
    "readable": gettext_lazy("Readable"),
    "signature": gettext_lazy("Signature"),
    "issuer": gettext_lazy("Issuer"),
    "recipient": gettext_lazy("This person"),
    "period": gettext_lazy("In date"),
    "status": gettext_lazy("In force"),
}
OUTCOMES = {
    "passed": gettext_lazy("Passed"),
    "failed": gettext_lazy("Failed"),
    "unknown": gettext_lazy("Unknown"),
    "warning": gettext_lazy("Take note"),
    "not_applicable": gettext_lazy("Not needed"),
}


@dataclass(frozen=True, slots=True)
class Day:
    """A date twice: for machines and for people."""

    iso: str
    words: str
    short: str


# A page shows the same few words hundreds of times, and looking one up costs more than reading it.


def day(at: datetime | None) -> Day | None:
    return None if at is None else day_in(at, timezone.get_current_timezone(), get_language())


@lru_cache(maxsize=4096)
def day_in(at: datetime, zone: tzinfo, language: str | None) -> Day:
    """The day of a moment, for whoever asks often and knows where and in which language."""
    try:
        local = at.astimezone(zone)
    except OverflowError:  # a badge may end on the last day of the year 9999
        local = at.astimezone(UTC)
    return _day(local.date(), language)


@lru_cache(maxsize=4096)
def _day(local: date, language: str | None) -> Day:
    return Day(
        iso=local.isoformat(),
        words=date_format(local, "DATE_FORMAT"),
        short=date_format(local, "SHORT_DATE_FORMAT"),
    )


@lru_cache(maxsize=64)
def check_labels(language: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((check, str(label)) for check, label in CHECKS.items())


@lru_cache(maxsize=64)
def outcome_words(language: str | None) -> dict[str, str]:
    return {outcome: str(words) for outcome, words in OUTCOMES.items()}


@lru_cache(maxsize=64)
def state_words(state: Result, language: str | None) -> str:
    return str(state.label)


def trust(badge: Badge, language: str | None = None) -> str:
    """The rung of the trust ladder, with its date, for text that has no chips."""
    said = (badge.result, badge.trust, badge.basis, badge.host, badge.stated_by)
    return _trust(
        said, _quarter(badge.checked_at), _quarter(badge.seen_at), language or get_language()
    )


def _quarter(at: datetime | None) -> datetime | None:
    # Precise enough for a date in any zone, and the same for badges that were checked together.
    return at and at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


@lru_cache(maxsize=4096)
def _trust(
    said: tuple[str, ...], checked_at: datetime | None, seen_at: datetime | None, _lang: str | None
) -> str:
    names = ("result", "trust", "basis", "host", "stated_by")
    told = dict(zip(names, said, strict=True))
    badge = Badge(**told, checked_at=checked_at, seen_at=seen_at)
    checked = day(badge.checked_at)
    if checked is None:
        return _("Not checked yet")
    if badge.result in {Result.INVALID, Result.UNREADABLE}:
        return _("Failed its check on %(date)s") % {"date": checked.words}
    return ladder.words(badge)


def flag(badge: Badge, state: Result) -> str:
    """What a reader must know before they count on this badge; empty when there is nothing."""
    if state == Result.VALID and badge.recipient == Recipient.OWNER:
        return ""
    if state == Result.REVOKED:
        return _("Its issuer has revoked this badge.")
    if state == Result.SUSPENDED:
        return _("Its issuer has suspended this badge for the time being.")
    if state == Result.EXPIRED:
        ended = day(badge.expires_at)
        if ended is None:
            return _("This badge has expired.")
        return _("This badge expired on %(date)s.") % {"date": ended.words}
    if state == Result.NOT_YET_VALID:
        return _("This badge is not in force yet.")
    if state in {Result.INVALID, Result.UNREADABLE}:
        return _("This badge does not pass its checks.")
    if state == Result.UNKNOWN and badge.unknown_since is not None:
        since = day(badge.unknown_since)
        return _("Could not be fully checked since %(date)s; shown as last received.") % {
            "date": since.words if since else ""
        }
    if state == Result.VALID and badge.recipient == Recipient.OTHER:
        return _("Issued to an address that this person has not shown to be theirs.")
    if state == Result.VALID and badge.recipient == Recipient.UNNAMED:
        return _("Genuine, but it names nobody that could be compared.")
    return ""


def name_flag(standing: Standing | None) -> str:
    """A warning where an issuer bears a known issuer's name; empty everywhere else."""
    if standing is None or standing.code != IMPERSONATES:
        return ""
    return _("Its issuer bears the name of another one that is known. Look twice at who it is.")


def recipient(badge: Badge, language: str | None = None) -> str:
    """Said by us and not by the finding, which may name an e-mail address."""
    return _recipient(badge.recipient, language or get_language())


@lru_cache(maxsize=64)
def _recipient(recipient: str, language: str | None) -> str:
    if recipient == Recipient.OWNER:
        return _("Issued to an address that this person has shown to be theirs.")
    if recipient == Recipient.OTHER:
        return _("Issued to an address that this person has not shown to be theirs.")
    return _("The badge names nobody that could be compared.")


def web_address(text: str) -> str:
    """The address when it may stand in a link, else nothing: badges bring javascript: too."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    return text.strip() if parts.scheme in {"http", "https"} and parts.netloc else ""


def paragraphs(text: str) -> tuple[str, ...]:
    pieces = text.replace("\r\n", "\n").split("\n\n")
    return tuple(piece.strip() for piece in pieces if piece.strip())
