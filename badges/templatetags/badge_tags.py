"""What templates ask about a badge."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from badges.models import Badge
from badges.services import trust

register = template.Library()


@register.simple_tag(takes_context=True)
def mark(context: dict[str, Any], badge: Badge) -> dict[str, str]:
    """The badge's chip: `code` for its look, `words` to read."""
    now: datetime = context.get("now") or timezone.now()
    code, words = trust.mark(badge, now)
    return {"code": code, "words": words}


@register.simple_tag(takes_context=True)
def trust_words(context: dict[str, Any], badge: Badge) -> str:
    """The rung of the trust ladder as a sentence."""
    now: datetime = context.get("now") or timezone.now()
    return trust.words(badge, now)
