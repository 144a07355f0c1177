"""What a reader is: it knows one platform, and yields what is found there.

A reader stores nothing and asks the network only through the `fetch` that it is given. It turns
what a person pasted or dropped into `Seen` (what it is, in words, and what `find` needs to know),
and later, in a worker, into one `Found` after another. Everything that it reads is a stranger's:
keys may be missing, renamed or of another type, and none of that may raise anything but
`OpenBadgesError`.

Rules for every reader:

- The address that is asked is built here, from an identifier that was checked, and never the one
  that was pasted. The exception is `link`, which reads any address there is.
- `answers` are plain strings and hold nothing secret and nothing that was not asked for: no
  `?identity__email=`, no token.
- `key` is the platform's own identifier of a badge. It stays the same from look to look.
- What has a credential is found by its `url` or as `data`. Only what has none is a `Statement`,
  and both may be given: then the statement is used when there is no credential to be had.
- What the platform tells beyond the badges (birth dates, addresses, contacts) is not read.

`Unreachable` says that asking again later may help; any other `OpenBadgesError` that it will not.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import Fetch, Fetched

MAX_BYTES = 5 * 1024 * 1024  # of one page of a platform's answer
MAX_ADDRESS = 4000
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class Nothing(OpenBadgesError):
    """There is nothing here that could be brought over. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody pasted or dropped was recognised as.

    `words` is a noun phrase for the page ("Credly profile ada.lovelace"). `lasting` says that more
    badges may appear there later, so that it can be looked at again.
    """

    reader: str
    answers: Mapping[str, str]
    words: str
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill as a platform names it, with its address in a framework where there is one."""

    name: str
    url: str = ""
    framework: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a platform or a person says about an achievement that comes without a credential.

    `basis` is one of the values of `badges.models.Basis`: platform, page, export or learner.
    `by` is the platform's name for people. `id` is its own identifier of this achievement, or a
    text that stays the same from look to look. `holder` is a name as the platform writes it.
    """

    basis: str
    by: str
    id: str
    name: str
    issuer: str
    issuer_url: str = ""
    description: str = ""
    criteria: str = ""
    criteria_url: str = ""
    issued_on: date | None = None
    expires_on: date | None = None
    holder: str = ""
    url: str = ""
    image: str = ""
    kind: str = ""  # an AchievementType of Open Badges 3.0, such as Course or Certification
    licence: str = ""
    skills: tuple[Skill, ...] = ()
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing found: an address of a credential, a credential, or what a platform states.

    `elsewhere` is a link found beside it that another reader may understand better: a row of an
    export that names a page of another platform. `image` shows the badge when the credential
    itself names no picture. `reason` says in words why this one cannot be brought over; there is
    nothing else to it then, and its row says so beside the others.
    """

    key: str
    label: str
    url: str = ""
    data: bytes = b""
    elsewhere: str = ""
    statement: Statement | None = None
    image: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A pasted address, taken apart. `host` is in lower case, without a port that is usual."""

    text: str
    host: str
    path: str
    query: str
    parts: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, text: str) -> "Link | None":
        """The parts of a web address, or None for what is none."""
        try:
            split: SplitResult = urlsplit(text.strip())
            port = split.port
        except ValueError:
            return None
        host = (split.hostname or "").lower().rstrip(".")
        if split.scheme not in {"http", "https"} or not host or split.username is not None:
            return None
        if port not in {None, 80, 443}:
            host = f"{host}:{port}"
        parts = tuple(part for part in split.path.split("/") if part)
        return cls(text.strip(), host, split.path, split.query, parts)

    @property
    def plain_path(self) -> str:
        """The path without what a slash too many leaves empty."""
        return "".join(f"/{part}" for part in self.parts)


class Reader:
    """One platform or kind of file. Subclasses set the names and answer the three questions.

    `hosts` maps the hosts that people see to the host that answers programs; an administrator
    adds to it by SOURCE_HOSTS, and so do the simulators of the tests.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[Any] = ""  # for the tile: what to paste or drop, and where to find it
    example: ClassVar[str] = ""  # an address as it looks
    known_hosts: ClassVar[Mapping[str, str]] = {}
    keeps_link: ClassVar[bool] = True  # False where the address itself is a key to what is there
    account: ClassVar[bool] = False  # True where somebody's key is needed: see services.access

    def __init__(self, hosts: Mapping[str, str] | None = None) -> None:
        self.hosts = {**self.known_hosts, **(hosts or {})}

    def recognise_link(self, link: Link) -> Seen | None:
        """What this address is, if it is one of ours. Asks nobody."""
        return None

    def recognise_file(self, name: str, data: bytes) -> Seen | None:
        """What this file is, if it is one of ours. `name` is a label and proves nothing."""
        return None

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        """Everything that is there, one after another. `data` is the file, for files."""
        raise NotImplementedError

    def link_kept(self, link: Link) -> str:
        """What of a pasted address is kept, to be opened again by its owner: no query, in which
        platforms put people's addresses, and nothing where the address is a secret."""
        return f"https://{link.host}{link.path}" if self.keeps_link else ""

    def host_of(self, answers: Mapping[str, str]) -> str:
        """The host that was recognised, as long as it is one of ours: the list may have changed
        since."""
        host = answers.get("host", "")
        if host not in self.hosts.values():
            message = _("This site does not read badges from %(host)s any more.")
            raise Nothing(message % {"host": host})
        return host

    def asked_for(self, answers: Mapping[str, str]) -> str:
        """The host that answers for the one that was pasted, as long as that is one of ours."""
        pasted = answers.get("host", "")
        if pasted not in self.hosts:
            message = _("This site does not read badges from %(host)s any more.")
            raise Nothing(message % {"host": pasted})
        return self.hosts[pasted]

    def said_by(self, host: str) -> tuple[str, str]:
        """The basis of what this host states, and by whom it is.

        Some readers know a platform by the form of its addresses, at whatever host. Anybody can
        have a host with such addresses, a learner too, so one that is not known as the
        platform's makes nothing more than a learner's word, and never in the platform's name.
        """
        if host in self.hosts or host in self.hosts.values():
            return "platform", self.title
        return "learner", host

    def seen(self, words: str, *, lasting: bool = False, **answers: str) -> Seen:
        return Seen(self.name, answers, words, lasting)

    def ask(
        self,
        url: str,
        *,
        fetch: Fetch,
        max_age: float = 0,
        missing: str = "",
        accept: str = "application/json",
    ) -> Fetched:
        """A platform's page, in whatever form. Errors are told in words; `missing` are those
        for a page that is not there, where the platform has a switch to name."""
        answer = fetch(url, accept=accept, max_bytes=MAX_BYTES, max_age=max_age)
        if answer.status in {401, 403, 429} or answer.status >= 500:
            message = _("%(site)s refuses to answer programs at the moment (%(status)s).")
            raise Unreachable(message % {"site": self.title, "status": answer.status}, url)
        if answer.status in {404, 410}:
            message = _("%(site)s shows nothing there. Is it public, and is the link complete?")
            raise Nothing(missing or message % {"site": self.title})
        if answer.status != 200:
            message = _("%(site)s answered with an error (%(status)s).")
            raise Unreachable(message % {"site": self.title, "status": answer.status}, url)
        return answer

    def ask_json(self, url: str, *, fetch: Fetch, max_age: float = 0, missing: str = "") -> Any:
        """What a platform answers, as JSON; in words why not."""
        answer = self.ask(url, fetch=fetch, max_age=max_age, missing=missing)
        try:
            return loads(answer.body)
        except ValueError:
            message = _(
                "%(site)s answered with a web page where its data should be. It may have changed; "
                "until we follow, download your badges there and bring the files."
            )
            raise Nothing(message % {"site": self.title}) from None


def in_new_form(site: str) -> str:
    """For what a platform answers that none of its readers has seen before."""
    message = _(
        "%(site)s answered in a form that we do not know yet. Until we follow, download your "
        "badges there and bring the files."
    )
    return message % {"site": site}


def loads(body: bytes) -> Any:
    """JSON of a platform, bounded in depth. Raises ValueError."""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("nested too deep") from None


def day(value: Any) -> date | None:
    """The day of an ISO date or date-time, or None for what is none."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None


def text(value: Any, limit: int = 5000) -> str:
    """A stranger's text on one line of bounded length, "" for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    kept = "".join(c if c.isprintable() or c in "\n\t" else " " for c in str(value))
    return kept.strip()[:limit]


def web(value: Any) -> str:
    """An https address (http is lifted to it), or "" for anything else.

    One with a space or a line break inside is none. A parser would close the gap, and lead to
    another place than the words that stand there.
    """
    address = text(value, MAX_ADDRESS + 1)
    if len(address) > MAX_ADDRESS or len(address.split()) != 1:
        return ""
    if address.lower().startswith("http://"):
        address = "https://" + address[7:]
    return address if address.lower().startswith("https://") and Link.of(address) else ""
