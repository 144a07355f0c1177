"""Tells what the core says in the language of whoever reads it.

The core's sentences are English, and are kept as such. Each keeps the pattern that it was made
from where it holds values; without values, it is its own pattern.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from badges.openbadges.words import Said

# Not `str.format`: a kept pattern is not worth more trust than the row that it stands in.
_NAME = re.compile(r"\{(\w+)\}")


def told(sentence: str) -> str:
    """A sentence of the core, fresh from it, in the language of now."""
    if isinstance(sentence, Said) and sentence.values:
        return _filled(sentence.pattern, sentence.values, _value)
    return _(sentence) if sentence else ""


def told_again(found: Mapping[str, Any]) -> str:
    """The `detail` of a kept finding in the language of now; its English where all else fails."""
    pattern, values = found.get("say"), found.get("with")
    if isinstance(pattern, str) and pattern and isinstance(values, Mapping):
        return _filled(pattern, values, _kept_value)
    return told(str(found.get("detail") or ""))


def _filled(pattern: str, values: Mapping[str, Any], shown: Callable[[Any], str]) -> str:
    return _NAME.sub(lambda name: shown(values.get(name[1], "")), _(pattern))


def _value(value: Any) -> str:
    return date_format(value, "DATE_FORMAT") if isinstance(value, date) else _nested(value)


def _nested(value: str) -> str:
    """A sentence inside another is told, too; a name or an address is not looked up."""
    return told(value) if isinstance(value, Said) else value


def _kept_value(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    try:
        return date_format(date.fromisoformat(str(value["day"])), "DATE_FORMAT")
    except (KeyError, ValueError):
        return told_again(value)
