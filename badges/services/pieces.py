"""Takes a pasted text apart: links, badges as JSON and signed tokens, each exactly as it stands."""

import json
import re
from collections.abc import Iterator

LINK = re.compile(r"https?://", re.IGNORECASE)
# An address that somebody typed as people say it: "credly.com/users/ada".
BARE = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?/\S*", re.IGNORECASE)


# What may stand between two pieces, and between two objects of an array.
GAP = re.compile(r"[\s,;\ufeff]*")
INNER_GAP = re.compile(r"[\s,]*")
WORD = re.compile(r"\S+")
DECODER = json.JSONDecoder()


def split(text: str) -> Iterator[str]:
    """The pieces of a pasted text: JSON values, tokens and links, each exactly as it stands.

    It walks the text by numbers and never cuts off what is left: of a text of a million pieces
    that would copy it a million times.
    """
    at = _after(GAP, text, 0)
    while at < len(text):
        if text[at] in "{[":
            end = _json_end(text, at)
            yield from _elements(text, at, end) if text[at] == "[" else [text[at:end]]
        else:
            found = WORD.match(text, at)
            assert found is not None  # a gap ends before a sign that is no space
            end, piece = found.end(), found.group()
            yield f"https://{piece}" if BARE.fullmatch(piece) else piece
        at = _after(GAP, text, end)


def _after(gap: re.Pattern[str], text: str, at: int) -> int:
    found = gap.match(text, at)
    return found.end() if found else at


def _json_end(text: str, at: int) -> int:
    try:
        return DECODER.raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        # Broken JSON is one piece, and its row will say what is wrong.
        return len(text.rstrip())


def _elements(text: str, at: int, end: int) -> Iterator[str]:
    """The objects of a JSON array, as they stand: a signature may depend on every byte."""
    inner = _after(INNER_GAP, text, at + 1)
    if text[inner : inner + 1] != "{" or inner >= end:
        yield text[at:end]
        return
    while inner < end and text[inner] == "{":
        try:
            after = DECODER.raw_decode(text, inner)[1]
        except (ValueError, RecursionError):
            yield text[inner:end]
            return
        yield text[inner:after]
        inner = _after(INNER_GAP, text, after)
