"""The Mozilla Backpack: what people saved of it, and sites that answer as it did."""

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from badges.openbadges.fetching import Fetch
from badges.openbadges.strict_json import JsonObject
from badges.sources import displayer
from badges.sources.base import Found, Link, Nothing, Reader, Seen, loads

MARKS = (b'"hostedUrl"', b'"assertion"')
SHOWN = re.compile(
    r"/displayer/(?P<user>[0-9]{1,15})/(?:groups|group/(?P<group>[0-9]{1,15}))(?:\.json)?/?",
    re.IGNORECASE,
)
CLOSED = {"backpack.openbadges.org", "beta.openbadges.org"}


class MozillaBackpack(Reader):
    name = "mozilla_backpack"
    title = "Mozilla Backpack"
    help = gettext_lazy(
        "It is closed. Bring the pictures that you downloaded there, or a file that you saved."
    )

    def recognise_link(self, link: Link) -> Seen | None:
        if link.host in CLOSED:
            return self.seen(_("Mozilla Backpack, which is closed"), host=link.host)
        found = SHOWN.fullmatch(link.path)
        if found is None:
            return None
        answers = {"host": link.host, "user": found["user"]}
        if found["group"]:
            answers["group"] = found["group"]
        words = _("public badges on %(host)s") % {"host": link.host}
        return Seen(self.name, answers, words, lasting=True)

    def recognise_file(self, name: str, data: bytes) -> Seen | None:
        count = len(_saved(data))
        if not count:
            return None
        words = ngettext(
            "Mozilla Backpack file with %(count)s badge",
            "Mozilla Backpack file with %(count)s badges",
            count,
        )
        return self.seen(words % {"count": count})

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        host = answers.get("host", "")
        if host in CLOSED:
            raise Nothing(
                _(
                    "The Mozilla Backpack is closed, so its links lead nowhere. Bring the pictures "
                    "of the badges that you downloaded there: each has its badge inside."
                )
            )
        site = f"https://{self.hosts.get(host, host)}"
        if not host:
            yield from displayer.badges(_saved(data), basis="export", by=self.title)
        elif "group" in answers:
            yield from displayer.of_group(
                self, site, answers["user"], answers["group"], fetch=fetch
            )
        else:
            yield from displayer.of_user(self, site, answers["user"], fetch=fetch)


def _saved(data: bytes) -> list[JsonObject]:
    if not any(mark in data for mark in MARKS):
        return []
    try:
        return displayer.saved(loads(data))
    except ValueError:
        return []
