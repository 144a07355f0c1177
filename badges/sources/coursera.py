"""Coursera: the page of one certificate, of a course, a specialization or a longer programme.

The head of the page names the course and who gives it, the text beneath who completed it and
when. Many of these learners hold a badge for the same course elsewhere, which says more.
"""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.sources.base import Link, Seen
from badges.sources.course_page import Certificate, CoursePage
from badges.sources.web_page import Page, day_in, without_days

CODE = re.compile(r"[A-Z0-9]{10,14}")
SHARED = re.compile(r"[0-9a-f]{32}")
LONGER = ("specialization", "professional-cert")
WORDS = {"account", "accomplishments", "verify", "certificate", "records", "pdf", *LONGER}

CERTIFICATE_FOR = re.compile(r"certificate for (.+)", re.IGNORECASE)
COMPLETION_OF = re.compile(r"completion of (.{1,200}?)[’']s [\"“](.{1,300}?)[\"”]", re.IGNORECASE)
CERTIFIES = re.compile(r"coursera certifies their successful completion of (.+)", re.IGNORECASE)
COMPLETED_BY = re.compile(r"completed by (.+)", re.IGNORECASE)


class Coursera(CoursePage):
    name = "coursera"
    title = "Coursera"
    help = gettext_lazy(
        "The link of a certificate: on Coursera open Accomplishments, then “Share certificate”."
    )
    example = "https://www.coursera.org/account/accomplishments/verify/ABCD1234EFGH"
    known_hosts = {"coursera.org": "www.coursera.org", "www.coursera.org": "www.coursera.org"}

    def recognise_link(self, link: Link) -> Seen | None:
        host = self.home(link)
        if not host or not link.parts:
            return None
        *words, code = (part.lower() for part in link.parts)
        if words == ["share"] and SHARED.fullmatch(code):
            return self.seen(_("Coursera certificate"), host=host, code=code, share=code)
        ours = words[:1] == ["verify"] or words[:2] == ["account", "accomplishments"]
        if not ours or not WORDS.issuperset(words) or code in WORDS:
            return None
        if not CODE.fullmatch(code.upper()):
            return None
        kind = next((one for one in LONGER if one in words), "verify")
        seen = _("Coursera certificate %(code)s") % {"code": code.upper()}
        return self.seen(seen, host=host, code=code.upper(), kind=kind)

    def path(self, answers: Mapping[str, str]) -> str:
        if "share" in answers:
            return f"/share/{answers['share']}"
        return f"/account/accomplishments/{answers['kind']}/{answers['code']}"

    def read(self, page: Page) -> Certificate | None:
        about = COMPLETION_OF.search(page.tags.get("og:description", ""))
        title = CERTIFICATE_FOR.search(page.tags.get("og:title", ""))
        said = next((found for line in page.lines if (found := CERTIFIES.search(line))), None)
        course = (title and title[1]) or (about and about[2]) or (said and said[1])
        if not course:
            return None
        holder, issued_on = "", None
        for at, line in enumerate(page.lines):
            if found := COMPLETED_BY.match(line):
                # The day may stand on the same line or on one of the next.
                holder = without_days(found[1])
                issued_on = day_in(" ".join(page.lines[at : at + 4]))
                break
        return Certificate(course, about[1] if about else "", holder, issued_on)
