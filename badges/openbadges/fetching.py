"""How the core asks for a document by URL, without knowing about networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from badges.openbadges.errors import Unreachable
from badges.openbadges.words import say

JSON_TYPES = "application/ld+json, application/json;q=0.9, application/vc+jwt;q=0.8, */*;q=0.1"
MAX_BYTES = 1024 * 1024

# How old an answer may be, in seconds. A hosted badge is asked for anew each time: its answer is
# the proof. A list on which badges are taken back must not lag, and profiles and keys change
# rarely, but a key that was stolen should not count for a day.
LIST_AGE = 300
DOCUMENT_AGE = 3600


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer. `final_url` is where it came from after any redirect; `retry_after` is how many
    seconds the site asks us to wait, 0 when it does not say (RFC 9110, 10.2.3).

    A list may come in pages: `next_url` is where it goes on (`Link: rel="next"`, RFC 8288), if
    that is on the very site that answered, and `total` is how many things the whole list has
    (`X-Total-Count`), None when it does not say.
    """

    url: str
    final_url: str
    status: int
    content_type: str
    body: bytes
    retry_after: int = 0
    next_url: str = ""
    total: int | None = None


class Fetch(Protocol):
    """Asks for `url` and returns whatever was answered, error statuses included.

    An answer that is `max_age` seconds old will do, should the fetch remember one; with 0 only
    a new one will.

    Raises `Unreachable` when there is no answer: network trouble, policy, or time.
    """

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched: ...


def offline(index: Mapping[str, Fetched]) -> Fetch:
    """A fetch that answers from `index` alone, for tests and for auditors without internet.

    What follows "#" is never sent to a server, so it is left out here as well.
    """
    answers = {url.partition("#")[0]: answer for url, answer in index.items()}

    def fetch(
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        found = answers.get(url.partition("#")[0])
        if found is None:
            message = say("This address is not among the documents that we were given.")
            raise Unreachable(message, url, silent=False)
        if len(found.body) > max_bytes:
            raise Unreachable(say("The document at this address is too large."), url)
        return found

    return fetch
