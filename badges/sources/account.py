"""What both kinds of connected account share: what a provider offers, and reading its list.

A provider says in a document of its own where its doors are. Whoever controls that document must
not be able to point a door elsewhere, so all of them stand on one host and behind https, or the
offer is refused (Open Badges 3.0, 7.1; 2.1 has the same rule). An administrator may name a second
host that belongs to a first by SOURCE_HOSTS, as for any platform.

A list is read page by page, and each credential is handed on exactly as it stands in the answer:
what was signed must not be written anew.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn
from urllib.parse import urlencode, urlsplit

from django.utils.translation import gettext as _

from badges.addresses import Refused, Target, parse
from badges.openbadges.errors import OpenBadgesError, Unreachable, Unreadable
from badges.openbadges.fetching import Fetch, Fetched
from badges.openbadges.parse import JWS, jws_claims
from badges.sources.base import MAX_BYTES, Found, Nothing, Reader, loads, text

PER_PAGE = 100
OFFLINE = "offline_access"

Plain = Callable[[Target], bool]


class BadOffer(OpenBadgesError):
    """A provider describes itself in a way that we do not connect to. The message says why."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One API of one provider, every address of it checked. `base` has no slash at its end.

    `name` is what the provider calls itself and proves nothing; `host` is who it is.
    """

    kind: str  # the name of the reader
    name: str
    host: str
    base: str
    found_at: str
    registration: str
    authorization: str
    token: str
    refresh: str
    revocation: str
    scopes: tuple[str, ...]
    terms: str = ""
    privacy: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a provider's own description was found, and which hosts count as that one place."""

    url: str
    target: Target
    hosts: Mapping[str, str]
    plain: Plain

    @property
    def host(self) -> str:
        return self.target.authority

    def door(self, value: Any, *, required: bool = True) -> str:
        """An address of the provider, "" when it may be missing and is."""
        if not required and value in (None, ""):
            return ""
        try:
            if not isinstance(value, str) or "#" in value:
                raise Refused("no address")
            target = parse(value.strip())
        except Refused:
            message = _("%(host)s does not say at which addresses it can be connected to.")
            raise BadOffer(message % {"host": self.host}) from None
        together = {self.host, self.hosts.get(self.host, self.host)}
        if target.authority not in together:
            message = _(
                "%(host)s sends us to another site (%(other)s). For the safety of your account "
                "we connect only where everything is on one."
            )
            raise BadOffer(message % {"host": self.host, "other": target.authority})
        if target.scheme != "https" and not self.plain(target):
            message = _("%(host)s does not protect the connection (https), so we do not connect.")
            raise BadOffer(message % {"host": self.host})
        return str(target)

    def name(self, value: Any) -> str:
        """What the provider calls itself, on one line."""
        return " ".join(text(value, 100).split()) or self.host

    def scopes(self, offered: Collection[Any], read: str, usual: str) -> tuple[str, ...]:
        """What to ask for: to read badges, and to go on doing so; nothing else."""
        if not offered:
            return usual, OFFLINE
        known = [scope for scope in offered if isinstance(scope, str) and " " not in scope]
        reading = [scope for scope in known if scope.endswith(read)]
        if not reading:
            message = _("%(host)s does not let other sites read badges.")
            raise BadOffer(message % {"host": self.host})
        chosen = usual if usual in reading else reading[0][:300]
        return (chosen, OFFLINE) if OFFLINE in known else (chosen,)


class AccountReader(Reader):
    """Reads somebody's list through a fetch that carries their key.

    `answers` are `base`, the address of the API, and `since`, the moment after which badges are
    new, or "" for all of them. Answers are one person's: they are never asked with a `max_age`.
    """

    account = True
    path: ClassVar[str]
    lists: ClassVar[tuple[str, ...]]
    max_pages: ClassVar[int] = 200

    def found(self, value: Any, piece: str) -> Found | None:
        """What one element of a list is; `piece` is its own text. None for what is no badge."""
        raise NotImplementedError

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        base, since = answers.get("base", ""), answers.get("since", "")
        if not base:
            raise Nothing(_("This account is not connected any more."))
        asked = {"limit": str(PER_PAGE), "offset": "0"} | ({"since": since} if since else {})
        url = f"{base}/{self.path}?{urlencode(asked)}"
        urls, keys, read = {url}, set[str](), 0
        for _page in range(self.max_pages):
            answer = self._page(url, fetch)
            before, page = len(keys), list(self._elements(answer, url))
            for value, piece in page:
                found = self.found(value, piece)
                if found is not None and found.key not in keys:
                    keys.add(found.key)
                    yield found
            read += len(page)
            url = answer.next_url
            if not url and answer.total is not None and read < answer.total:
                url = f"{base}/{self.path}?{urlencode(asked | {'offset': str(read)})}"
            # A list that repeats itself has ended, whatever it says.
            if not url or url in urls or len(keys) == before:
                return
            urls.add(url)
        message = _("%(site)s never comes to an end: we stopped after %(count)s badges.")
        raise Nothing(message % {"site": host_of(url), "count": len(keys)})

    def _page(self, url: str, fetch: Fetch) -> Fetched:
        answer = fetch(url, accept="application/json", max_bytes=MAX_BYTES)
        if answer.status == 200:
            return answer
        told = {"site": host_of(url), "status": answer.status}
        if answer.status in {401, 403}:
            message = _(
                "%(site)s does not let us read your badges (%(status)s). Disconnect it, and "
                "connect it again."
            )
            raise OpenBadgesError(message % told)
        if answer.status in {404, 405, 410}:
            message = _("%(site)s has no list of badges any more where it was (%(status)s).")
            raise Nothing(message % told)
        message = _("%(site)s cannot answer at the moment (%(status)s).")
        raise Unreachable(message % told, url)

    def _elements(self, answer: Fetched, url: str) -> Iterator[tuple[Any, str]]:
        try:
            body = answer.body.decode("utf-8-sig")
            whole = loads(answer.body)
            if not isinstance(whole, dict):
                raise ValueError("no object")
            self.check(whole, url)
            yield from pieces(body, self.lists)
        except (ValueError, IndexError, RecursionError):
            _not_data(url)

    def check(self, whole: Mapping[str, Any], url: str) -> None:
        """Raises when an answer with status 200 says that it is none."""


def host_of(url: str) -> str:
    return urlsplit(url).netloc


def _not_data(url: str) -> NoReturn:
    message = _(
        "%(site)s answered with something that is no list of badges. Try again later; if that "
        "does not help, download your badges there and bring the files."
    )
    raise Nothing(message % {"site": host_of(url)}) from None


# --- Pieces of JSON, uncut -------------------------------------------------------------------

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"
_WITHIN = ("results", "result", "data")  # some providers wrap their lists once more


def pieces(body: str, names: Collection[str], *, deeper: bool = True) -> Iterator[tuple[Any, str]]:
    """Every element of these lists of a JSON object, with its text as it stands there.

    `body` is known to be one JSON object. Raises ValueError.
    """
    at = _after(body, 0, "{")
    while body[at] != "}":
        name, at = _DECODER.raw_decode(body, at)
        at = _after(body, at, ":")
        if name in names and body[at] == "[":
            at = _after(body, at, "[")
            while body[at] != "]":
                value, end = _DECODER.raw_decode(body, at)
                yield value, body[at:end]
                at = _comma(body, end)
            at = _skipped(body, at + 1)
        else:
            value, end = _DECODER.raw_decode(body, at)
            if deeper and name in _WITHIN and isinstance(value, dict) and value.keys() & set(names):
                yield from pieces(body[at:end], names, deeper=False)
            elif name in names and value is not None:
                yield value, body[at:end]
            at = end
        at = _comma(body, at)


def _skipped(body: str, at: int) -> int:
    while body[at : at + 1] in tuple(_SPACE):
        at += 1
    return at


def _after(body: str, at: int, mark: str) -> int:
    at = _skipped(body, at)
    if body[at] != mark:
        raise ValueError(mark)
    return _skipped(body, at + 1)


def _comma(body: str, at: int) -> int:
    at = _skipped(body, at)
    return _skipped(body, at + 1) if body[at] == "," else at


# --- What an element is ----------------------------------------------------------------------


def token(value: Any) -> tuple[str, Mapping[str, Any]] | None:
    """A signed badge and what it says, unchecked; None for anything else."""
    if not isinstance(value, str) or not JWS.fullmatch(value.strip()):
        return None
    try:
        return value.strip(), jws_claims(value.strip())
    except Unreadable:
        return None


def key(own: Any, piece: str) -> str:
    """The badge's own id where it has one, else its digest."""
    if isinstance(own, str) and own.strip() and len(own) <= 300 and own.isprintable():
        return own.strip()
    return "sha256:" + hashlib.sha256(piece.encode()).hexdigest()
