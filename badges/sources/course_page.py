"""Certificates that are no Open Badges but a page for people, on one of the large course sites.

Such a page is worth this much and no more: on the day it was looked at, the platform's own site
named this course and this holder. The name is kept as the page writes it, to be shown and
compared; alone it proves nothing, since many people share one.

A platform is a subclass that knows its links (`recognise_link`), where the certificate stands
(`path`), and how its page says what it says (`read`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext as _

from badges.openbadges.fetching import Fetch
from badges.sources import web_page
from badges.sources.base import Found, Link, Nothing, Reader, Statement, text
from badges.sources.web_page import Page

LOCALE = re.compile(r"[a-z]{2}(-[a-z]{2,4})?\.")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate's page says. `provider` is who gave the course, if not the platform."""

    course: str
    provider: str = ""
    holder: str = ""
    issued_on: date | None = None
    course_url: str = ""


class CoursePage(Reader):
    """A platform whose certificates are pages. `answers` are the host, a code, and what the
    subclass adds."""

    classes: ClassVar[tuple[str, ...]] = ()  # of the blocks that `read` looks into

    def path(self, answers: Mapping[str, str]) -> str:
        """Where the certificate stands on its host."""
        raise NotImplementedError

    def read(self, page: Page) -> Certificate | None:
        """What the page says; None when it names no course."""
        raise NotImplementedError

    def home(self, link: Link) -> str:
        """The host that answers for this link's, be it the one for readers of another language."""
        plain = LOCALE.sub("", link.host, count=1)
        asked = self.hosts.get(link.host) or self.hosts.get(plain)
        return asked or (link.host if link.host in self.hosts.values() else "")

    def address(self, answers: Mapping[str, str]) -> str:
        return f"https://{answers['host']}{self.path(answers)}"

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        self.host_of(answers)  # raises where the site is read no more
        found, answers = self.look(answers, fetch=fetch)
        course = text(found.course, 500) if found else ""
        if not found or not course:
            message = _(
                "%(site)s shows a page there, but it names no course. Check the link in a private "
                "window of your browser; if the certificate is there, bring it as a file instead."
            )
            raise Nothing(message % {"site": self.title})
        statement = Statement(
            basis="page",
            by=self.title,
            id=answers["code"],
            name=course,
            issuer=text(found.provider, 300) or self.title,
            criteria_url=found.course_url,
            issued_on=found.issued_on,
            holder=text(found.holder, 300),
            url=self.address(answers),
            kind="CertificateOfCompletion",
        )
        yield Found(key=answers["code"], label=course, statement=statement)

    def look(
        self, answers: Mapping[str, str], *, fetch: Fetch
    ) -> tuple[Certificate | None, Mapping[str, str]]:
        """The certificate, and the answers that lead to it without a detour.

        Wherever the site sends us, it has to be a certificate of its own, and the one asked for;
        only a link that was made for sharing may stand for another.
        """
        answer = self.ask(self.address(answers), fetch=fetch, accept=web_page.ACCEPT)
        final = Link.of(answer.final_url)
        seen = self.recognise_link(final) if final else None
        if seen is None or answers["code"] not in {seen.answers["code"], answers.get("share")}:
            return None, answers
        return self.read(web_page.read(answer.body, self.classes)), seen.answers
