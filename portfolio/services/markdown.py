"""A learner's own words as HTML: a few marks of Markdown, and nothing that could do harm.

The parser makes no HTML out of HTML: tags that somebody types come out as text. What it makes is
then cut down to a short list of elements by a second library that knows nothing of the first.
So one mistake in either is not yet a hole.
"""

import re
from functools import lru_cache
from html import unescape

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# Headings would break the outline of the page and pictures would ask another host.
OFF = ["heading", "lheading", "image", "table", "code", "fence", "html_block", "html_inline", "hr"]
TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "code"}
REL = "noopener noreferrer nofollow ugc"

_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(OFF, ignoreInvalid=True)


@lru_cache(maxsize=512)
def html(text: str) -> SafeString:
    """Safe HTML. Links lead to https:, http: and mailto: only, and say nothing of the page."""
    made = nh3.clean(
        _parser.render(text.replace("\0", "")),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}, "*": set()},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel=REL,
    )
    return mark_safe(made)  # noqa: S308  # cleaned on the line before


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """The same words without marks, for a document, a card or JSON."""
    spaced = re.sub(r"</(p|li|blockquote)>|<br\s*/?>", r"\n", html(text))
    words = unescape(nh3.clean(spaced, tags=set()))
    return re.sub(r"\s*\n\s*", "\n", words).strip()
