"""Dates as badges write them: ISO 8601 in many habits, seconds since 1970 in the oldest ones."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

PATTERN = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?)? ?(Z|z|[+-]\d\d:?\d\d)?"
)


def parse(value: Any) -> datetime | None:
    """The moment that `value` names, aware, or None when it names none.

    A date without a time is its first moment, and a time without an offset is UTC.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_seconds(value)
    if not isinstance(value, str):
        return None
    match = PATTERN.fullmatch(value.strip())
    if match is None:
        return None
    day, minutes, seconds, fraction, offset = match.groups()
    offset = "+00:00" if offset in (None, "Z", "z") else offset
    text = f"{day}T{minutes or '00:00'}{seconds or ':00'}.{(fraction or '0')[:6]:0<6}{offset}"
    leap = text.replace(":60.", ":59.")
    try:
        return datetime.fromisoformat(leap).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _from_seconds(seconds: float) -> datetime | None:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None
