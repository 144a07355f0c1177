"""Open Badge Passport: a badge's page, somebody's profile, or a page that somebody made.

A passport keeps badges that others host. Its own interface tells of one badge or page where the
badge lives; the displayer, which it took over from the Mozilla Backpack, tells all public badges
of a person. The interface also tells the holder's e-mail address and name, which are not read.
"""

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges import dates
from badges.openbadges.fetching import Fetch, offline
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import obj, objects
from badges.sources import displayer, hosted
from badges.sources.base import Found, Link, Nothing, Reader, Seen, Skill, Statement, text, web
from badges.sources.mozilla_backpack import SHOWN

MAX_BADGES = 200  # of one page; each is asked for by itself
NUMBER = "([0-9]{1,15})"
BADGE = re.compile(rf"(?:/app)?/(?:obpv1/)?badge/info(?:-embed)?/{NUMBER}(?:/.*)?", re.IGNORECASE)
PROFILE = re.compile(
    rf"(?:/app)?/(?:obpv1/)?(?:user/)?profile/{NUMBER}(?:/embed)?/?", re.IGNORECASE
)
PAGE = re.compile(rf"(?:/app)?/(?:obpv1/)?page/view/{NUMBER}(?:/embed)?/?", re.IGNORECASE)


class OpenBadgePassport(Reader):
    name = "open_badge_passport"
    title = "Open Badge Passport"
    help = gettext_lazy(
        "Paste the link of your profile to bring all of your public badges, of one badge, or of a "
        "page."
    )
    example = "https://openbadgepassport.com/app/profile/12345"
    known_hosts = {
        "openbadgepassport.com": "openbadgepassport.com",
        "www.openbadgepassport.com": "openbadgepassport.com",
    }

    def recognise_link(self, link: Link) -> Seen | None:
        host = link.host
        if host not in self.hosts:
            return None
        if found := BADGE.fullmatch(link.path):
            return self.seen(_("Open Badge Passport badge"), host=host, badge=found[1])
        if found := PAGE.fullmatch(link.path):
            words = _("Open Badge Passport page %(number)s") % {"number": found[1]}
            return self.seen(words, lasting=True, host=host, page=found[1])
        found = PROFILE.fullmatch(link.path)
        if shown := SHOWN.fullmatch(link.path):
            if shown["group"]:
                words = _("Open Badge Passport badges of one group")
                return self.seen(
                    words, lasting=True, host=host, user=shown["user"], group=shown["group"]
                )
            found = shown
        if found is None:
            return None
        words = _("Open Badge Passport profile %(number)s") % {"number": found[1]}
        return self.seen(words, lasting=True, host=host, user=found[1])

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        site = f"https://{self.asked_for(answers)}"
        if "badge" in answers:
            yield self._badge(site, answers["badge"], fetch)
        elif "page" in answers:
            yield from self._page(site, answers["page"], fetch)
        elif "group" in answers:
            yield from displayer.of_group(
                self, site, answers["user"], answers["group"], fetch=fetch
            )
        else:
            yield from displayer.of_user(self, site, answers["user"], fetch=fetch)

    def _told(self, url: str, fetch: Fetch) -> JsonObject:
        hidden = _(
            "Open Badge Passport shows this only to some. Open it there, set its visibility to "
            "public and try again."
        )
        answer = hosted.ask(self, url, fetch=fetch, hidden=hidden)
        return obj(self.ask_json(url, fetch=offline({url: answer}))) if answer else {}

    def _badge(self, site: str, number: str, fetch: Fetch) -> Found:
        told = self._told(f"{site}/app/obpv1/badge/info/{number}", fetch)
        found = _found(told, site, number)
        if found is None:
            raise Nothing(
                _(
                    "Open Badge Passport does not say where this badge comes from. Download its "
                    "picture there and bring that: the badge is inside."
                )
            )
        return found

    def _page(self, site: str, number: str, fetch: Fetch) -> Iterator[Found]:
        told = self._told(f"{site}/app/obpv1/page/view/{number}", fetch)
        if told.get("ask-password") is True:
            raise Nothing(
                _("This page asks for a password. Make it public there for as long as you need.")
            )
        numbers = dict.fromkeys(_on_page(obj(told.get("page")) or told))
        known: set[str] = set()
        for own in list(numbers)[:MAX_BADGES]:
            try:
                found = self._badge(site, own, fetch)
            except Nothing:
                continue  # this one is not public, which says nothing about the others
            if found.key not in known:
                known.add(found.key)
                yield found
        if not known:
            raise Nothing(_("There is no public badge on this page of Open Badge Passport."))


def _on_page(page: JsonObject) -> Iterator[str]:
    """The numbers of the badges in the blocks of a page: one each, or several under a tag."""
    for block in objects(page.get("blocks")):
        shown = [block.get("badge_id")] if block.get("type") == "badge" else []
        shown += [one.get("id") for one in objects(block.get("badges"))]
        yield from (number for number in map(text, shown) if re.fullmatch(NUMBER, number))


def _found(told: JsonObject, site: str, number: str) -> Found | None:
    """One badge by what the passport tells of it."""
    content = told | next(iter(objects(told.get("content"))), {})  # one for each language
    copy = obj(told.get("assertion"))
    url = hosted.address(told.get("assertion_url")) or hosted.home(copy, "")
    key = hosted.key_of(url or f"{site} {number}")
    name = text(content.get("name"), 200)
    picture = text(content.get("image_file"), 1000)
    statement = None
    if name and not told.get("revoked"):
        statement = _statement(content, id=key, name=name, url=f"{site}/app/badge/info/{number}")
    if not url and statement is None:
        return None
    return Found(
        key=key,
        label=name or url,
        url=url,
        statement=statement,
        image=web(picture) or (web(f"{site}/{picture.lstrip('/')}") if picture else ""),
    )


def _statement(content: JsonObject, **known: str) -> Statement:
    issued, expires = (dates.parse(content.get(name)) for name in ("issued_on", "expires_on"))
    return Statement(
        basis="platform",
        by=OpenBadgePassport.title,
        issuer=text(content.get("issuer_content_name"), 200),
        issuer_url=web(content.get("issuer_content_url")),
        description=text(content.get("description")),
        criteria_url=web(content.get("criteria_url")),
        issued_on=issued.date() if issued else None,
        expires_on=expires.date() if expires else None,
        kind="Badge",
        skills=tuple(
            Skill(name=text(one.get("name"), 200), url=web(one.get("url")))
            for one in objects(content.get("alignment"))[:100]
            if text(one.get("name"), 200)
        ),
        **known,
    )
