"""Open Badge Factory: the pages and the data of badges that were issued with it.

A link ends in `.html` for people; without it, programs get the badge. Those of 2.0 are hosted at
`v1/assertion`, those of 3.0 are signed and lie at `obv3/credentials`. Nothing there lists all
badges of a person: Open Badge Passport does.
"""

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.fetching import Fetch
from badges.sources import hosted
from badges.sources.base import Found, Link, Reader, Seen

BADGE = re.compile(
    r"/(?P<kind>v1/assertion|obv3/credentials)/(?P<own>[0-9a-f]{40})(?:\.(?:html|json|png|pdf))?/?",
    re.IGNORECASE,
)


class OpenBadgeFactory(Reader):
    name = "open_badge_factory"
    title = "Open Badge Factory"
    help = gettext_lazy("Paste the link of a badge's page, with .html at its end or without.")
    example = "https://openbadgefactory.com/v1/assertion/0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"
    known_hosts = {
        "openbadgefactory.com": "openbadgefactory.com",
        "www.openbadgefactory.com": "openbadgefactory.com",
    }

    def recognise_link(self, link: Link) -> Seen | None:
        found = BADGE.fullmatch(link.path)
        if found is None or link.host not in self.hosts:
            return None
        kind, own = found["kind"].lower(), found["own"].lower()
        return self.seen(_("Open Badge Factory badge"), host=link.host, path=f"/{kind}/{own}")

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        path = answers["path"]
        url = f"https://{self.asked_for(answers)}{path}"
        label = _("Open Badge Factory badge")
        yield hosted.find(self, url, key=hosted.key_of(path), label=label, fetch=fetch)
