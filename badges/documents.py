"""A folder of documents that answers in place of the internet: for auditors and for the demo.

`index.json` in it maps addresses to files: `{"url": "file"}`, or an object with `file`, `status`,
`content_type` and `final_url` where the answer was anything but a plain 200.
"""

import json
import mimetypes
from pathlib import Path
from typing import Any

from badges.openbadges.fetching import Fetch, Fetched, offline

INDEX = "index.json"


class BadFolder(Exception):
    """The folder cannot be used; the text says what is wrong with it."""


def read(folder: Path) -> Fetch:
    """A fetch that answers from `folder` alone. Raises `BadFolder`."""
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
    except FileNotFoundError:
        raise BadFolder(f"There is no {INDEX} in {folder}.") from None
    except (OSError, ValueError) as error:
        raise BadFolder(f"{folder / INDEX} cannot be read: {error}") from error
    if not isinstance(index, dict):
        raise BadFolder(f"{folder / INDEX} must map addresses to files.")
    return offline({url: _answer(folder, url, value) for url, value in index.items()})


def _answer(folder: Path, url: str, value: Any) -> Fetched:
    row = {"file": value} if isinstance(value, str) else value
    if not isinstance(row, dict):
        raise BadFolder(f"{INDEX}: the value of {url} must name a file.")
    name = row.get("file", "")
    try:
        body = (folder / name).read_bytes() if name else b""
        status = int(row.get("status", 200))
    except (OSError, TypeError, ValueError) as error:
        raise BadFolder(f"{INDEX}: {url}: {error}") from error
    guessed = mimetypes.guess_type(str(name))[0] or "application/json"
    return Fetched(
        url=url,
        final_url=str(row.get("final_url") or url),
        status=status,
        content_type=str(row.get("content_type") or guessed),
        body=body,
    )
