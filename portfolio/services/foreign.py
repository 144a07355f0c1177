"""Values out of a stranger's JSON: of the right kind and within bounds, or nothing at all."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.dateparse import parse_datetime

MANY = 200


def words(value: Any, limit: int) -> str:
    """Text as it stands, without what no database keeps, cut at `limit`."""
    if not isinstance(value, str):
        return ""
    return value[:limit].replace("\0", "").encode("utf-8", "ignore").decode()


def moment(value: Any, *, before: datetime) -> datetime | None:
    """A moment that names its zone and has passed, in UTC."""
    try:
        at = parse_datetime(value) if isinstance(value, str) else None
        if at is None or at.tzinfo is None:
            return None
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if datetime(1990, 1, 1, tzinfo=UTC) < at <= before else None


def choice(value: Any, among: Collection[str]) -> str:
    return value if isinstance(value, str) and value in among else ""


def address(value: Any) -> str:
    """A web address that a browser may be sent to."""
    text = words(value, 4000).strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    return text if good and text.isprintable() else ""


def sentence(value: dict[str, Any], deep: int = 6) -> dict[str, Any]:
    """The pattern and the values of a sentence, for telling it in other languages; {} without."""
    pattern, given = words(value.get("say"), 1000), value.get("with")
    if not pattern or not isinstance(given, dict) or not deep:
        return {}
    kept: dict[str, Any] = {}
    for name, one in list(given.items())[:10]:
        if isinstance(one, dict):
            day = words(one.get("day"), 10)
            kept[words(name, 50)] = {"day": day} if day else sentence(one, deep - 1)
        else:
            kept[words(name, 50)] = words(one, 1000)
    return {"say": pattern, "with": kept}


def objects(value: Any, most: int) -> list[dict[str, Any]]:
    return [one for one in value[:most] if isinstance(one, dict)] if isinstance(value, list) else []
