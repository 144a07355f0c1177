"""What the template of a document asks."""

from collections.abc import Mapping
from uuid import UUID

from django import template

register = template.Library()


@register.filter
def picture(pictures: Mapping[str, str], digest: str) -> str:
    """The data URI of a badge's picture, or nothing."""
    return pictures.get(digest, "")


@register.filter
def given_for(criteria: Mapping[UUID, tuple[str, ...]], badge: UUID) -> tuple[str, ...]:
    """The paragraphs of what a badge was given for."""
    return criteria.get(badge, ())
