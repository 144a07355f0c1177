"""Takes a pasted text apart: links, badges as JSON and signed tokens, each exactly as it stands."""

import json
import re
from collections.abc import Iterator

LINK = re.compile(r"https?://", re.IGNORECASE)
# An address that somebody typed as people say it: "credly.com/users/ada".
BARE = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?/\S*", re.IGNORECASE)


def split(text: str) -> Iterator[str]:
    """The pieces of a pasted text: JSON values, tokens and links, each exactly as it stands."""
    rest = text.strip().lstrip("\ufeff").strip()
    while rest:
        if rest[0] in "{[":
            piece, rest = _json_piece(rest)
            yield from _elements(piece) if piece.startswith("[") else [piece]
        else:
            found = re.match(r"\S+", rest)
            piece = found.group() if found else rest
            rest = rest[len(piece) :]
            yield f"https://{piece}" if BARE.fullmatch(piece) else piece
        rest = rest.lstrip(" \t\r\n,;\ufeff")


def _json_piece(text: str) -> tuple[str, str]:
    try:
        end = json.JSONDecoder().raw_decode(text)[1]
    except (ValueError, RecursionError):
        return text, ""  # broken JSON is one piece, and its row will say what is wrong
    return text[:end], text[end:]


def _elements(array: str) -> Iterator[str]:
    """The objects of a JSON array, as they stand: a signature may depend on every byte."""
    rest = array[1:].lstrip()
    if not rest.startswith("{"):
        yield array
        return
    decoder = json.JSONDecoder()
    while rest.startswith("{"):
        try:
            end = decoder.raw_decode(rest)[1]
        except (ValueError, RecursionError):
            yield rest
            return
        yield rest[:end]
        rest = rest[end:].lstrip(" \t\r\n,")
