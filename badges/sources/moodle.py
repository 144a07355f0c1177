"""Moodle, at whatever host and in whatever folder a school has put it.

A learner has the link of the page about the badge; the badge itself is beside it, under the same
hash. Its address changed twice: up to Moodle 4 `badges/assertion.php` gives it, calling itself by
another spelling of the edition that was asked for; later ones lead from there to
`badges/json/assertion.php`. So what is handed on is the address by which the badge calls itself.

Many Moodles show nothing to anybody who has not signed in. They answer with their page for signing
in, often at another host, and with a status that says that all is well.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.fetching import Fetch, Fetched
from badges.openbadges.values import same_origin
from badges.sources import hosted
from badges.sources.base import Found, Link, Nothing, Reader, Seen

FOLDER = r"(?P<folder>(?:/[\w.~%-]+)*?)"
PAGE = re.compile(FOLDER + r"/badges/badge\.php", re.ASCII)
BADGE = re.compile(FOLDER + r"/badges/(?:json/)?assertion\.php", re.ASCII)
HASH = re.compile(r"[0-9a-z]{16,64}", re.IGNORECASE)
ADDRESSES = (
    "/badges/assertion.php?b={hash}&obversion=2.0",
    "/badges/json/assertion.php?b={hash}&obversion=v2p0",
)
SIGN_IN = re.compile(r"/(?:login|auth|enrol)\b", re.IGNORECASE)


class SignIn(Nothing):
    """Only people who have signed in are shown this."""


class Moodle(Reader):
    name = "moodle"
    title = "Moodle"
    help = gettext_lazy(
        "Paste the link of a badge's page. If your Moodle shows it only after signing in, download "
        "the badge there and bring its picture: the badge is inside."
    )
    example = "https://moodle.school.example/badges/badge.php?hash=0f1e2d3c4b5a69788796a5b4c3d2e1f0"

    def recognise_link(self, link: Link) -> Seen | None:
        path = re.sub(r"/{2,}", "/", link.path)
        for shape, question in ((PAGE, "hash"), (BADGE, "b")):
            found = shape.fullmatch(path)
            own = parse_qs(link.query).get(question, [""])[-1]
            if found and HASH.fullmatch(own):
                return self.seen(
                    _words(link.host), host=link.host, folder=found["folder"], badge=own
                )
        return None

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        host = answers["host"]
        site = f"https://{self.hosts.get(host, host)}{answers['folder']}"
        refusals: list[Nothing] = []
        for address in ADDRESSES:
            url = site + address.format(hash=answers["badge"])
            try:
                found = self._at(url, host, answers["badge"], fetch)
            except Nothing as error:
                refusals.append(error)
            else:
                yield found
                return
        raise next((one for one in refusals if isinstance(one, SignIn)), refusals[0])

    def _at(self, url: str, host: str, own: str, fetch: Fetch) -> Found:
        hidden = _(
            "%(host)s shows this badge only to people who have signed in. Sign in there, "
            "download the badge and bring its picture: the badge is inside."
        ) % {"host": host}
        answer = hosted.ask(self, url, fetch=fetch, hidden=hidden)
        if answer is not None and _asks_to_sign_in(answer, url):
            raise SignIn(hidden)
        return hosted.found(self, answer, asked=url, key=own, label=_words(host))


def _asks_to_sign_in(answer: Fetched, url: str) -> bool:
    if answer.body.lstrip()[:1] != b"<":
        return False
    led_away = not same_origin(answer.final_url, url)
    path = urlsplit(answer.final_url).path
    return led_away or bool(SIGN_IN.search(path)) or b'type="password"' in answer.body


def _words(host: str) -> str:
    return _("Moodle badge on %(host)s") % {"host": host}
