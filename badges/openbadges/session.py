"""One verification's view of the outside: each address asked once, a few addresses at most."""

from dataclasses import dataclass, field

from badges.openbadges.errors import Unreachable, Unreadable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched
from badges.openbadges.strict_json import CREDENTIAL, JsonObject, Limits, decode, loads_object
from badges.openbadges.values import web_url
from badges.openbadges.words import say

MAX_FETCHES = 16  # a badge names few documents; one made to name hundreds is an attack
MORE_PER_PART = 4  # a credential inside another mostly needs what was fetched already
MAX_WITH_PARTS = 48


@dataclass(slots=True)
class Session:
    """Remembers answers and failures, so that every check sees the same world."""

    fetch: Fetch
    answers: dict[str, Fetched] = field(default_factory=dict)
    failures: dict[str, Unreachable] = field(default_factory=dict)
    allowed: int = MAX_FETCHES

    def allow_more(self) -> None:
        """A few documents more, for one credential inside the one that is checked."""
        self.allowed = min(self.allowed + MORE_PER_PART, MAX_WITH_PARTS)

    def get(self, url: str, *, accept: str = JSON_TYPES, max_age: float = 0) -> Fetched:
        """The answer at `url`, whatever its status. Raises `Unreachable`."""
        url = url.partition("#")[0]
        if url in self.answers:
            return self.answers[url]
        if url in self.failures:
            raise self.failures[url]
        if web_url(url) is None:
            raise Unreachable(say("This is not an address on the web."), url)
        if len(self.answers) + len(self.failures) >= self.allowed:
            raise Unreachable(say("This badge points to more documents than any real badge."), url)
        try:
            answer = self.fetch(url, accept=accept, max_age=max_age)
            if len(answer.body) > MAX_BYTES:  # whoever fetches should have stopped there
                raise Unreachable(say("The document at this address is too large."), url)
            self.answers[url] = answer
        except Unreachable as error:
            self.failures[url] = error
            raise
        return self.answers[url]

    def json(self, url: str, limits: Limits = CREDENTIAL, *, max_age: float = 0) -> JsonObject:
        """The JSON object at `url`. Raises `Unreachable` when there is none to be had."""
        answer = self.get(url, max_age=max_age)
        if answer.status != 200:
            raise Unreachable(
                say("The site answered with an error ({status}).", status=answer.status), url
            )
        try:
            return loads_object(decode(answer.body), limits)
        except Unreadable:
            raise Unreachable(
                say("The site answered with something else than data."), url
            ) from None

    @property
    def documents(self) -> tuple[Fetched, ...]:
        return tuple(self.answers.values())

    @property
    def bodies(self) -> dict[str, bytes]:
        """What was fetched well, by the address that was asked."""
        return {url: one.body for url, one in self.answers.items() if one.status == 200}
