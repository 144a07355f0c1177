"""What templates ask about a badge."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from badges.models import Badge, Result, Trust
from badges.services import telling, trust

register = template.Library()


@register.simple_tag(takes_context=True)
def state_of(context: dict[str, Any], badge: Badge) -> Result:
    """The state that a reader should see at the page's own moment."""
    now: datetime = context.get("now") or timezone.now()
    return badge.state(now)


@register.filter
def told(found: dict[str, Any] | str) -> str:
    """What the core said, in the reader's language."""
    return telling.told(found) if isinstance(found, str) else telling.told_again(found)


@register.simple_tag
def stated_of(badge: Badge | None) -> str:
    """Who states what nobody signed; nothing for every other badge."""
    if not isinstance(badge, Badge) or badge.trust != Trust.EXPORT:
        return ""
    return trust.words(badge)
