"""What the template of a document asks."""

from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def own(said: dict[str, Any], rtl: bool) -> SafeString:
    """Somebody's own words in their own direction: a Hebrew title stays whole on an English page.

    Han next to kana is Japanese, whose forms of it are not the Chinese ones.
    """
    text = conditional_escape(said["text"])
    if said["rtl"] == rtl and not said["kana"]:
        return text
    direction = "rtl" if said["rtl"] else "ltr"
    lang = mark_safe(' lang="ja"') if said["kana"] else ""
    return format_html('<bdi dir="{}"{}>{}</bdi>', direction, lang, text)
