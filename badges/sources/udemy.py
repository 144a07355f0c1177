"""Udemy: one certificate, from its data where the site gives them to programs, else its page."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import Fetch
from badges.openbadges.values import obj
from badges.sources.base import UUID, Link, Seen, day, text
from badges.sources.course_page import Certificate, CoursePage
from badges.sources.web_page import Page

COURSE = re.compile(r"/course/[\w/-]+")
SHORT = re.compile(r"[A-Z0-9]{8}")
FIELDS = (
    "fields[certificate]=code,completion_date,user,course&fields[user]=title"
    "&fields[course]=id,title,url"
)
VERIFIES = re.compile(
    r"verifies that (.{1,200}?) successfully completed the course (.{1,300}?)"
    r" on (\d\d)/(\d\d)/(\d{4})\b"
)


class Udemy(CoursePage):
    name = "udemy"
    title = "Udemy"
    help = gettext_lazy("The link of a certificate, which Udemy prints on it as “Certificate url”.")
    example = "https://www.udemy.com/certificate/UC-01234567-89ab-cdef-0123-456789abcdef/"
    known_hosts = {
        "udemy.com": "www.udemy.com",
        "www.udemy.com": "www.udemy.com",
        "ude.my": "www.udemy.com",
    }

    def recognise_link(self, link: Link) -> Seen | None:
        host = self.home(link)
        words = [part.lower() for part in link.parts]
        if not host or not words or (words[:1] != ["certificate"] and link.host != "ude.my"):
            return None
        prefix, _dash, rest = words[:2][-1].partition("-")
        if prefix != "uc" or not (UUID.fullmatch(rest) or SHORT.fullmatch(rest.upper())):
            return None
        code = "UC-" + (rest if UUID.fullmatch(rest) else rest.upper())
        return self.seen(_("Udemy certificate %(code)s") % {"code": code}, host=host, code=code)

    def path(self, answers: Mapping[str, str]) -> str:
        return f"/certificate/{answers['code']}/"

    def look(
        self, answers: Mapping[str, str], *, fetch: Fetch
    ) -> tuple[Certificate | None, Mapping[str, str]]:
        data = f"https://{answers['host']}/api-2.0/certificates/{answers['code']}?{FIELDS}"
        try:
            found = told(self.ask_json(data, fetch=fetch), answers)
        except OpenBadgesError:
            found = None  # mostly it refuses programs; the page is for everybody
        return (found, answers) if found else super().look(answers, fetch=fetch)

    def read(self, page: Page) -> Certificate | None:
        for words in (page.tags.get("og:description", ""), *page.lines):
            if found := VERIFIES.search(words):
                holder, course, month, number, year = found.groups()
                return Certificate(course, "", holder, day(f"{year}-{month}-{number}"))
        return None


def told(answer: Any, answers: Mapping[str, str]) -> Certificate | None:
    """The certificate in Udemy's data, when it is this one and names a course."""
    data = obj(answer)
    course, user = obj(data.get("course")), obj(data.get("user"))
    if text(data.get("code")).lower() != answers["code"].lower() or not text(course.get("title")):
        return None
    path = text(course.get("url"), 500)
    return Certificate(
        course=text(course["title"]),
        holder=text(user.get("title")) or text(user.get("display_name")),
        issued_on=day(data.get("completion_date")),
        course_url=f"https://{answers['host']}{path}" if COURSE.fullmatch(path) else "",
    )
