"""JSON in its one canonical spelling (RFC 8785), as the JCS cryptosuites sign it.

Names are sorted by UTF-16 code units, and numbers are written as JavaScript writes a double. A
whole number that no double can hold has no such spelling: a signer that knows doubles alone
would have signed its neighbour, so it is refused instead of being guessed.
"""

from json.encoder import encode_basestring
from typing import Any

from badges.openbadges.errors import Unsafe
from badges.openbadges.words import say


def dumps(value: Any) -> str:
    """The canonical text of a JSON value without NaN, infinity or lone surrogates."""
    if isinstance(value, dict):
        names = sorted(value, key=_utf_16)
        parts = [f"{encode_basestring(name)}:{dumps(value[name])}" for name in names]
        return "{" + ",".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ",".join([dumps(item) for item in value]) + "]"
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return number(value)


def _utf_16(name: str) -> bytes:
    return name.encode("utf-16-be")


def number(value: int | float) -> str:
    """A number as ECMAScript writes it (RFC 8785, 3.2.2.3). Raises `Unsafe`."""
    try:
        double = float(value)
    except OverflowError:
        double = float("inf")
    if double != value:
        raise Unsafe(
            "number.inexact",
            say("This badge holds a number that cannot be signed in a certain way."),
        )
    if double == 0:
        return "0"
    sign = "-" if double < 0 else ""
    mantissa, _, exponent = repr(abs(double)).partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    # Where the point stands, counted from before the first digit that is not zero.
    point = len(whole) + int(exponent or 0) - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    head = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{head}e{point - 1:+d}"
