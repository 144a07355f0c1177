"""What the template of a document asks."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def picture(pictures: Mapping[str, str], digest: str) -> str:
    """The data URI of a badge's picture, or nothing."""
    return pictures.get(digest, "")
