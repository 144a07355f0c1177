"""The icons of templates: the lucide library's own tag, which draws each icon once.

Its tag builds an icon from XML each time, for a tenth of a millisecond. A page has a hundred of
them and a dozen different ones. Settings give templates this library under the name of the other.
"""

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags import lucide as drawn

register = template.Library()


@lru_cache(maxsize=512)
def _drawn(name: str, size: int | None, told: tuple[tuple[str, object], ...]) -> SafeString:
    svg = drawn.lucide(name, size=size, **dict(told))
    return mark_safe(svg)  # noqa: S308  # the library's own markup


@register.simple_tag
def lucide(name: str, *, size: int | None = 24, **told: object) -> SafeString:
    return _drawn(name, size, tuple(sorted(told.items())))
