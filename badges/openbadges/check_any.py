"""The questions that every version answers alike: when it counts, and whose it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from badges.openbadges import dates, recipient
from badges.openbadges.credential import Identity
from badges.openbadges.report import Check, Finding, Outcome
from badges.openbadges.words import say

SKEW = timedelta(minutes=5)  # clocks of issuers run fast; nobody's badge is early for that


def period(starts: list[Any], ends: list[Any], now: datetime) -> Finding:
    """Whether `now` lies in the time for which the badge was given, both ends included."""
    begin, end = [dates.parse(one) for one in starts], [dates.parse(one) for one in ends]
    past = [moment for moment in end if moment is not None and moment < now]
    if past:
        return _when(Outcome.FAILED, "expired", say("It expired on {day}.", day=min(past).date()))
    early = [moment for moment in begin if moment is not None and moment > now + SKEW]
    if early:
        return _when(
            Outcome.FAILED,
            "not_yet_valid",
            say("It only becomes valid on {day}.", day=max(early).date()),
        )
    if None in begin or None in end:
        return _when(Outcome.UNKNOWN, "unclear", say("One of its dates cannot be understood."))
    known = [moment for moment in end if moment is not None]
    if known:
        return _when(
            Outcome.PASSED, "current", say("It is valid until {day}.", day=min(known).date())
        )
    return _when(Outcome.PASSED, "unlimited", say("It does not expire."))


def _when(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.PERIOD, outcome, detail, f"period.{code}")


def whose(identities: Sequence[Identity], addresses: Sequence[str], name: str = "") -> Finding:
    """Whether one of the addresses is the recipient's. `name` is what the badge calls them."""
    if not addresses:
        return _whose(
            Outcome.NOT_APPLICABLE,
            "not_asked",
            say("We were given no address to compare its recipient with."),
        )
    if not identities and name:
        return _whose(
            Outcome.UNKNOWN,
            "named_only",
            say(
                "It was awarded to “{name}”. Whether that is this "
                "person cannot be told from a name.",
                name=name[:100],
            ),
        )
    if not identities:
        return _whose(
            Outcome.UNKNOWN,
            "unnamed",
            say(
                "The badge does not say whom it was awarded to, "
                "so whoever has the file can show it."
            ),
        )
    found = recipient.match(identities, addresses)
    if found is not None:
        naming = [one for one in identities if recipient.match([one], [found])]
        if all(map(recipient.is_weak, naming)):
            return _whose(
                Outcome.WARNING,
                "match_weak",
                say(
                    "It was awarded to {found}, though the badge hides the address badly.",
                    found=found,
                ),
            )
        return _whose(Outcome.PASSED, "match", say("It was awarded to {found}.", found=found))
    if not any(recipient.is_comparable(one, addresses) for one in identities):
        return _whose(
            Outcome.UNKNOWN,
            "incomparable",
            say("The badge names its recipient in a way that cannot be compared with an address."),
        )
    return _whose(
        Outcome.FAILED, "mismatch", say("It was awarded to somebody else than the given addresses.")
    )


def _whose(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.RECIPIENT, outcome, detail, f"recipient.{code}")
