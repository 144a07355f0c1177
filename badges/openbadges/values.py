"""Taking values out of badge JSON, where almost anything may be one, many, a string or missing."""

from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from badges.openbadges.strict_json import JsonObject

WEB_PORTS = {"http": 80, "https": 443}


def many(value: Any) -> list[Any]:
    """One or many, as a list; None and missing are none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects(value: Any) -> list[JsonObject]:
    return [item for item in many(value) if isinstance(item, dict)]


def strings(value: Any) -> list[str]:
    return [item for item in many(value) if isinstance(item, str)]


def obj(value: Any) -> JsonObject:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str:
    """A string for a person: trimmed; the first of several; of a language map, any."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and value:
        return text(value[0])
    if isinstance(value, dict):
        return text(value.get("@value", next(iter(value.values()), "")))
    return ""


def id_of(value: Any) -> str:
    """The id of something that may be given as an id alone."""
    if isinstance(value, dict):
        value = value.get("id", value.get("@id"))
    return value if isinstance(value, str) else ""


def types(node: JsonObject) -> set[str]:
    return set(strings(node.get("type", node.get("@type"))))


def web_url(value: str) -> SplitResult | None:
    """`value` as the parts of an http(s) URL with a host and no credentials, or None."""
    return _kept_parts(value) if len(value) <= MAX_KEPT else _parts(value)


def _parts(value: str) -> SplitResult | None:
    if not value.isprintable() or any(mark in value for mark in ' \\"<>'):
        return None
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in WEB_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts


def authority(url: str) -> str:
    """Host and port in one spelling (lower case, IDNA, no default port), or ""."""
    return _kept_authority(url) if len(url) <= MAX_KEPT else _authority(url)


def _authority(url: str) -> str:
    parts = web_url(url)
    if parts is None or parts.hostname is None:
        return ""
    try:
        host = parts.hostname.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    port = parts.port
    return host if port is None or port in WEB_PORTS.values() else f"{host}:{port}"


# The badges of one issuer name the same few addresses, each several times in every check.
MAX_KEPT = 500
_kept_parts = lru_cache(maxsize=1024)(_parts)
_kept_authority = lru_cache(maxsize=1024)(_authority)


def same_origin(one: str, other: str) -> bool:
    """Same host and port. http and https of one host count as one: sites move to https, and
    badges keep the ids they were born with."""
    return bool(authority(one)) and authority(one) == authority(other)


def same_id(one: str, other: str) -> bool:
    """The standard's equality of ids: percent-decoded and trimmed (Open Badges 3.0, 1.3)."""
    return bool(one) and normal_id(one) == normal_id(other)


def same_page(one: str, other: str) -> bool:
    """As `same_id`, http and https of one host counted as one: a badge of 2013 says http of
    itself, and its address answers by https today."""
    if same_id(one, other):
        return True
    pages = [normal_id(one).partition("://"), normal_id(other).partition("://")]
    return same_origin(one, other) and pages[0][2] == pages[1][2]


def normal_id(value: str) -> str:
    """An id in the spelling in which ids are compared."""
    value = unquote(value.strip())
    parts = web_url(value)
    if parts is None:
        return value
    return urlunsplit((parts.scheme, authority(value), parts.path or "/", parts.query, ""))
