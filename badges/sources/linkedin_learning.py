"""LinkedIn Learning: the page of one certificate.

What the page looks like is written down nowhere, and LinkedIn shows it to programs on good days
only. So its title counts when LinkedIn's own words stand round it, and what is left without them
is the course, unless it is the invitation to sign in.
"""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.sources.base import Link, Seen
from badges.sources.course_page import Certificate, CoursePage
from badges.sources.web_page import Page, day_in

CODE = re.compile(r"[0-9a-f]{64}")
AROUND = re.compile(
    r"( [|–-] |^)linkedin( learning)?$|^(course )?certificate of completion( for|[:|–-]| [|–-])? ?",
    re.IGNORECASE,
)
NO_COURSE = re.compile(
    r"|(linkedin )?(sign|log) ?(in|up)(( or|,| to) .*)?|join linkedin.*|security verification",
    re.IGNORECASE,
)
HOLDER = re.compile(
    r"(?:completed|earned|awarded)(?: by| to) (.{1,200}?)(?: on |[.,]|$)", re.IGNORECASE
)


class LinkedInLearning(CoursePage):
    name = "linkedin_learning"
    title = "LinkedIn Learning"
    help = gettext_lazy("The link of a certificate: under “Learning history”, share it by link.")
    example = "https://www.linkedin.com/learning/certificates/0123…"
    known_hosts = {"linkedin.com": "www.linkedin.com", "www.linkedin.com": "www.linkedin.com"}

    def recognise_link(self, link: Link) -> Seen | None:
        match [self.home(link), *(part.lower() for part in link.parts)]:
            case [host, "learning", "certificates", code] if host and CODE.fullmatch(code):
                return self.seen(_("LinkedIn Learning certificate"), host=host, code=code)
        return None

    def path(self, answers: Mapping[str, str]) -> str:
        return f"/learning/certificates/{answers['code']}"

    def read(self, page: Page) -> Certificate | None:
        title = page.tags.get("og:title") or page.title
        course = AROUND.sub("", AROUND.sub("", title))
        if course == title or NO_COURSE.fullmatch(course):
            return None
        about = page.tags.get("og:description", "")
        holder = HOLDER.search(about)
        return Certificate(course, "", holder[1] if holder else "", day_in(about))
