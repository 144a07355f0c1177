"""What templates ask about a badge."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils import timezone
from django.utils.safestring import SafeString

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


class Once(template.Node):
    """What stands inside, drawn once on a page for each value of its key."""

    def __init__(self, key: Sequence[FilterExpression], nodelist: NodeList) -> None:
        self.key, self.nodelist = key, nodelist

    def render(self, context: Context) -> SafeString:
        kept: Any = context.render_context
        drawn: dict[tuple[Any, ...], SafeString] = kept.setdefault(self, {})
        key = tuple(one.resolve(context) for one in self.key)
        if key not in drawn:
            drawn[key] = self.nodelist.render(context)
        return drawn[key]


@register.tag
def once(parser: Parser, token: Token) -> Once:
    """`{% once item.look %}…{% endonce %}`, in a loop of many rows that look alike.

    The key has to hold all that the inside depends on. It is forgotten with the page.
    """
    key = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(key, nodelist)
