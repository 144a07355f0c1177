"""Badgr and whatever is made of it: Canvas Credentials, Parchment and every fork.

People see the badges at one host, programs at another: `badgr.com` shows what `api.badgr.io` says.
Forks live at hosts that nobody can list, but all of them have the same paths; there the very host
of the link is asked, and the host that forks put beside it when it shows people only a page.

Links are pasted with the holder's e-mail address in them (`?identity__email=`). Nothing that
follows the path is kept but the edition of the standard.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qs

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import Fetch
from badges.openbadges.values import authority, id_of, obj
from badges.sources import hosted
from badges.sources.base import UUID, Found, Link, Nothing, Reader, Seen, text

T = TypeVar("T")

MAX_BADGES = 1000  # of one collection
EXPANDED = "expand=badges.badge&expand=badges.badge.issuer"
ENTITY = re.compile(rf"[A-Za-z0-9_-]{{22}}|{UUID.pattern}", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")  # older badges have names, on hosts that we know
SHARED = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
EDITION = re.compile(r"[0-9]_[0-9]")
REGIONS = ("eu", "ca", "au")


def _known() -> dict[str, str]:
    found = {
        "badgr.com": "api.badgr.io",
        "badgr.io": "api.badgr.io",
        "api.badgr.io": "api.badgr.io",
        "badges.parchment.com": "api.badgr.io",
        "test.badgr.com": "api.test.badgr.com",
        "test.badges.parchment.com": "api.test.badgr.com",
        "api.test.badgr.com": "api.test.badgr.com",
        "openbadges.education": "api.openbadges.education",
        "api.openbadges.education": "api.openbadges.education",
        "edubadges.nl": "api.edubadges.nl",
        "api.edubadges.nl": "api.edubadges.nl",
    }
    for region in REGIONS:
        api = f"api.{region}.badgr.io"
        pages = (f"{region}.badgr.com", f"{region}.badgr.io", f"badges.parchment.{region}")
        found |= dict.fromkeys((*pages, api), api)
    return found


class Badgr(Reader):
    name = "badgr"
    title = "Badgr"
    help = gettext_lazy(
        "Canvas Credentials, Parchment and other sites made of Badgr: paste the link of a badge, "
        "or of a public collection to bring all of its badges."
    )
    example = "https://badgr.com/public/collections/3f9a0c5b7d1e42688a6b4c2d0e1f3a5b"
    known_hosts = _known()

    def recognise_link(self, link: Link) -> Seen | None:
        known = bool(self._api(link.host))
        is_id = (NAME if known else ENTITY).fullmatch
        match [part.removesuffix(".json") for part in link.parts]:
            case ["public", "assertions", own, *_rest] if is_id(own):
                return self._badge_seen(link.host, badge=own, **_edition(link))
            case ["public", "credentials", own, *_rest] if known and is_id(own):
                return self._badge_seen(link.host, credential=own)
            case ["public", "collections", shared, *_rest] if SHARED.fullmatch(shared):
                return self._collection_seen(link.host, shared)
            case ["share", "collection", shared, *_rest] if known and SHARED.fullmatch(shared):
                return self._collection_seen(link.host, shared)
            case ["earner", "collections", _number, shared, *_rest] if known and SHARED.fullmatch(
                shared
            ):
                return self._collection_seen(link.host, shared)
        return None

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        host = answers["host"]
        label = _words(host)
        if "collection" in answers:
            yield from self._collection(host, answers["collection"], label, fetch)
        elif "credential" in answers:
            yield self._credential(host, answers["credential"], label, fetch)
        else:
            own = answers["badge"]
            query = f"?v={answers['edition']}" if "edition" in answers else ""
            yield self._badge(host, f"/public/assertions/{own}{query}", own, label, fetch)

    def _badge_seen(self, host: str, **which: str) -> Seen:
        return Seen(self.name, {"host": host, **which}, _words(host))

    def _collection_seen(self, host: str, shared: str) -> Seen:
        words = _("public Badgr collection on %(host)s") % {"host": host}
        return self.seen(words, lasting=True, host=host, collection=shared.lower())

    # --- Hosts -----------------------------------------------------------------------------------

    def _api(self, host: str) -> str:
        """The host that answers for a host we know, or for an organisation's name under it."""
        name = host
        while name:
            if name in self.hosts:
                return self.hosts[name]
            name = name.partition(".")[2]
        return ""

    def _apis(self, host: str) -> tuple[str, ...]:
        """The hosts that may answer for this one, the likelier first."""
        known = self._api(host)
        if known:
            return (known,)
        bare = host.removeprefix("www.")
        return (host,) if bare.startswith("api.") else (host, f"api.{bare}")

    def _first(self, host: str, look: Callable[[str], T]) -> T:
        """What the first host has that has anything."""
        refused: Nothing | None = None
        for api in self._apis(host):
            try:
                return look(api)
            except Nothing as error:
                refused = refused or error
            except Unreachable:
                # That nobody is at a host which was guessed tells nothing.
                if refused is None:
                    raise
        assert refused is not None
        raise refused

    # --- What is there ---------------------------------------------------------------------------

    def _badge(self, host: str, path: str, own: str, label: str, fetch: Fetch) -> Found:
        def look(api: str) -> Found:
            return hosted.find(self, f"https://{api}{path}", key=own, label=label, fetch=fetch)

        return self._first(host, look)

    def _credential(self, host: str, own: str, label: str, fetch: Fetch) -> Found:
        """Pages of signed badges have another path; what programs get may have the common one."""
        try:
            return self._badge(host, f"/public/credentials/{own}", own, label, fetch)
        except Nothing:
            return self._badge(host, f"/public/assertions/{own}", own, label, fetch)

    def _collection(self, host: str, shared: str, label: str, fetch: Fetch) -> Iterator[Found]:
        hidden = _(
            "%(host)s shows no such collection. Is it public? Open it there, switch on sharing, "
            "and paste the link that it gives you."
        ) % {"host": host}

        def look(api: str) -> tuple[str, Any]:
            url = f"https://{api}/public/collections/{shared}?{EXPANDED}"
            return api, self.ask_json(url, fetch=fetch, missing=hidden)

        api, shown = self._first(host, look)
        entries = obj(shown).get("badges")
        if not isinstance(entries, list):
            message = _("%(host)s shows something there that is not a collection of badges.")
            raise Nothing(message % {"host": api})
        known: set[str] = set()
        for entry in entries[:MAX_BADGES]:
            found = self._entry(entry, api, label)
            if found is not None and found.key not in known:
                known.add(found.key)
                yield found
        if not known:
            raise Nothing(
                _("This collection is empty. Put badges into it at %(host)s and try again.")
                % {"host": host}
            )

    def _entry(self, entry: Any, api: str, label: str) -> Found | None:
        """One badge of a collection, which may be its address alone, or another platform's."""
        badge = obj(entry)
        entity = text(badge.get("entityId"))
        url = hosted.address(id_of(entry))
        if not url and NAME.fullmatch(entity):
            url = f"https://{api}/public/assertions/{entity}"
        if not url:
            return None
        key = hosted.key_of(url)
        # What was brought to Badgr from elsewhere may have outlived the site that it came from.
        copied = authority(url) != authority(f"https://{api}")
        basis, by = self.said_by(api)
        copy = hosted.stated(badge, id=key, basis=basis, by=by) if copied else None
        return Found(
            key=key,
            label=text(obj(badge.get("badge")).get("name"), 200) or label,
            url=url,
            statement=copy,
            image=hosted.image(badge),
        )


def _words(host: str) -> str:
    return _("Badgr badge on %(host)s") % {"host": host}


def _edition(link: Link) -> dict[str, str]:
    asked = parse_qs(link.query).get("v", [""])[-1]
    return {"edition": asked} if EDITION.fullmatch(asked) else {}
