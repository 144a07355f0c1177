"""The questions that every version answers alike: when it counts, and whose it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from badges.openbadges import dates, recipient
from badges.openbadges.credential import Identity
from badges.openbadges.report import Check, Finding, Outcome

SKEW = timedelta(minutes=5)  # clocks of issuers run fast; nobody's badge is early for that


def period(starts: list[Any], ends: list[Any], now: datetime) -> Finding:
    """Whether `now` lies in the time for which the badge was given, both ends included."""
    begin, end = [dates.parse(one) for one in starts], [dates.parse(one) for one in ends]
    past = [moment for moment in end if moment is not None and moment < now]
    if past:
        return _when(Outcome.FAILED, "expired", f"It expired on {_day(min(past))}.")
    early = [moment for moment in begin if moment is not None and moment > now + SKEW]
    if early:
        return _when(
            Outcome.FAILED, "not_yet_valid", f"It only becomes valid on {_day(max(early))}."
        )
    if None in begin or None in end:
        return _when(Outcome.UNKNOWN, "unclear", "One of its dates cannot be understood.")
    known = [moment for moment in end if moment is not None]
    if known:
        return _when(Outcome.PASSED, "current", f"It is valid until {_day(min(known))}.")
    return _when(Outcome.PASSED, "unlimited", "It does not expire.")


def _when(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.PERIOD, outcome, detail, f"period.{code}")


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def whose(identities: Sequence[Identity], addresses: Sequence[str], name: str = "") -> Finding:
    """Whether one of the addresses is the recipient's. `name` is what the badge calls them."""
    if not addresses:
        return _whose(
            Outcome.NOT_APPLICABLE,
            "not_asked",
            "We were given no address to compare its recipient with.",
        )
    if not identities and name:
        return _whose(
            Outcome.UNKNOWN,
            "named_only",
            f"It was awarded to “{name[:100]}”. Whether that is this person cannot be told from "
            "a name.",
        )
    if not identities:
        return _whose(
            Outcome.UNKNOWN,
            "unnamed",
            "The badge does not say whom it was awarded to, so whoever has the file can show it.",
        )
    found = recipient.match(identities, addresses)
    if found is not None:
        naming = [one for one in identities if recipient.match([one], [found])]
        if all(map(recipient.is_weak, naming)):
            return _whose(
                Outcome.WARNING,
                "match_weak",
                f"It was awarded to {found}, though the badge hides the address badly.",
            )
        return _whose(Outcome.PASSED, "match", f"It was awarded to {found}.")
    if not any(recipient.is_comparable(one, addresses) for one in identities):
        return _whose(
            Outcome.UNKNOWN,
            "incomparable",
            "The badge names its recipient in a way that cannot be compared with an address.",
        )
    return _whose(
        Outcome.FAILED, "mismatch", "It was awarded to somebody else than the given addresses."
    )


def _whose(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.RECIPIENT, outcome, detail, f"recipient.{code}")
