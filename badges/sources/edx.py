"""edX, and other sites that run Open edX: the page of a certificate of a course or a programme.

The page is made by the site's own server, and its blocks carry the same classes everywhere. A
programme's *record* lists every grade, which is nobody's business here: it is not read.
"""

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.fetching import Fetch
from badges.sources.base import Found, Link, Nothing, Seen
from badges.sources.course_page import Certificate, CoursePage
from badges.sources.web_page import Page, day_in

CODE = re.compile(r"[0-9a-f]{32}")
OFFERED_BY = re.compile(r"(?:course of study|courses) offered by (.{1,200}?)(?:,| through |\.?$)")


class EdX(CoursePage):
    name = "edx"
    title = "edX"
    help = gettext_lazy(
        "The link of a certificate: on edX open your profile, then “View certificate”."
    )
    example = "https://courses.edx.org/certificates/0123456789abcdef0123456789abcdef"
    known_hosts = {
        "courses.edx.org": "courses.edx.org",
        "credentials.edx.org": "credentials.edx.org",
    }
    classes = (
        "accomplishment-course-name",
        "accomplishment-program-name",
        "accomplishment-recipient",
        "accomplishment-stamp-date",
        "accomplishment-date",
    )

    def recognise_link(self, link: Link) -> Seen | None:
        match [self.home(link), *(part.lower() for part in link.parts)]:
            case ["", *_rest]:
                return None
            case [host, "certificates" | "credentials" as kind, code] if CODE.fullmatch(code):
                return self.seen(_("edX certificate"), host=host, code=code, kind=kind)
            case [host, "records", "programs", _id, *_rest]:
                return self.seen(_("edX programme record"), host=host, code="", kind="record")
        return None

    def path(self, answers: Mapping[str, str]) -> str:
        slash = "/" if answers.get("kind") == "credentials" else ""
        return f"/{answers['kind']}/{answers['code']}{slash}"

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        if answers.get("kind") == "record":
            raise Nothing(
                _(
                    "This is a record with all your grades, which Laurel does not read. Bring the "
                    "link of the programme's certificate instead."
                )
            )
        yield from super().find(answers, fetch=fetch)

    def read(self, page: Page) -> Certificate | None:
        block = page.blocks.get
        course = block("accomplishment-course-name") or block("accomplishment-program-name")
        if not course:
            return None
        offered = next((found for line in page.lines if (found := OFFERED_BY.search(line))), None)
        stamp = block("accomplishment-stamp-date") or block("accomplishment-date") or ""
        return Certificate(
            course=course,
            provider=offered[1] if offered else "",
            holder=block("accomplishment-recipient", ""),
            issued_on=day_in(stamp),
        )
