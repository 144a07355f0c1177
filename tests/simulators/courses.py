"""Four course sites with certificates that are pages: one class each, the same learner on all.

    Coursera().certificate                      a link as a learner copies it
    Coursera().answer_with = page(...)          what one test wants to stand there instead

In `Mode.HTML` and `Mode.EMPTY` a page is the shell that a browser would fill, in `Mode.TRUNCATED`
it ends before it says anything. `Mode.ODD` is for what each site is known for.
"""

from tests.simulators.base import NOT_THERE, Answer, Mode, Request, Simulator, data, page

HOLDER = "Ada Lovelace"
COURSE = "Knots & Splices for Sailors"
HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


def document(head: str, body: str = "") -> Answer:
    return page(f"<!DOCTYPE html><html lang=en><head>{head}</head><body>{body}</body></html>")


SHELL = document(
    "<title>Loading</title><script>window.state = {'course': 'no course &lt;b&gt;'}</script>",
    "<div id=root></div><noscript>Please enable JavaScript.</noscript>",
)


def moved(address: str) -> Answer:
    return Answer(b"", 302, "text/html", {"Location": address})


class Courses(Simulator):
    """What the four have in common."""

    answer_with: Answer | None = None

    def answer(self, request: Request) -> Answer:
        if self.answer_with is not None:
            return self.answer_with
        found = self.at(request)
        if found.content_type.startswith("text/html") and found.status == 200:
            if self.mode in {Mode.HTML, Mode.EMPTY}:
                return SHELL
            if self.mode is Mode.TRUNCATED:
                return Answer(found.body[:60], 200, found.content_type)
        return found

    def at(self, request: Request) -> Answer:
        raise NotImplementedError

    @property
    def certificate(self) -> str:
        raise NotImplementedError


class Coursera(Courses):
    """`Mode.ODD`: whatever the code, it leads to the front page."""

    reader = "coursera"
    host = "coursera.test"
    code = "KN0TSPL1CE42"
    longer = "SPEC1AL1ZE77"

    @property
    def certificate(self) -> str:
        return f"{self.url}/account/accomplishments/verify/{self.code}"

    @property
    def share(self) -> str:
        return f"{self.url}/share/{HEX}"

    def at(self, request: Request) -> Answer:
        if request.path == "/" or self.mode is Mode.ODD:
            if request.path != "/":
                return moved(f"{self.url}/")
            return document("<meta property='og:title' content='Coursera | Courses and Degrees'>")
        if request.path == f"/share/{HEX}":
            return moved(f"/account/accomplishments/verify/{self.code}?utm_source=link")
        if request.path == f"/account/accomplishments/specialization/{self.longer}":
            return self.page("Seamanship", "University of the Sea")
        if request.path != f"/account/accomplishments/verify/{self.code}":
            return NOT_THERE
        return self.page(COURSE.replace("&", "&amp;"), "Harbour School")

    @staticmethod
    def page(course: str, by: str) -> Answer:
        return document(
            f'<meta property="og:title" content="Completion Certificate for {course}"/>\n'
            f'<meta content="This certificate verifies my successful completion of {by}&#39;s'
            f' &quot;{course}&quot; on Coursera" property="og:description">',
            f"<h1>{course}</h1><div><p>Completed by <strong>{HOLDER}</strong></p>"
            "<p><strong>September 8, 2021</strong></p><p>12 hours (approximately)</p></div>"
            f"<p>{HOLDER}'s account is verified. Coursera certifies their successful completion"
            f" of <a href='/learn/knots'>{course}</a></p>",
        )


class EdX(Courses):
    """`Mode.ODD`: a certificate without a date, a teacher or a holder."""

    reader = "edx"
    host = "edx.test"

    @property
    def certificate(self) -> str:
        return f"{self.url}/certificates/{HEX}"

    @property
    def programme(self) -> str:
        return f"{self.url}/credentials/{HEX}/"

    def at(self, request: Request) -> Answer:
        name = f'<span class="accomplishment-course-name">{COURSE.replace("&", "&amp;")}</span>'
        if self.mode is Mode.ODD:
            return document("<title>SeaX Certificate | edX</title>", name)
        recipient = f'<strong class="accomplishment-recipient hd-1">{HOLDER}</strong>'
        if request.path == f"/certificates/{HEX}":
            return document(
                "<title>SeaX KN101x Certificate | edX</title>",
                f"<p class=accomplishment-statement-lead>{recipient}\r\n"
                '<span class="accomplishment-summary copy">successfully completed</span>'
                f'<span class="accomplishment-course">KN101x: {name}</span>'
                '<span class="accomplishment-statement-detail copy">a course of study offered by'
                " SeaX, an online learning initiative of Harbour School.</span></p>"
                '<ul><li class="accomplishment-stamp-date"><span class=title>Verified</span>'
                '<span class="copy-micro">Issued August 6, 2018</span></ul>'
                '<dl class="metadata accomplishment-recipient"><dt>Awarded to:<dd>somebody</dl>',
            )
        if request.path == f"/credentials/{HEX}/":
            return document(
                "<title>Certificate | edX</title>",
                f"<p><span>This is to certify that</span> {recipient} completed the programme"
                '<span class="accomplishment-program-name"> Seamanship </span> a series of 4'
                " courses offered by SeaX through edX.</p>"
                '<ul><li class="accomplishment-stamp-date">Issued  August 2018</li></ul>',
            )
        return NOT_THERE


class Udemy(Courses):
    """`Mode.ODD`: its data are for browsers only, so there is nothing but the page."""

    reader = "udemy"
    host = "udemy.test"
    code = "UC-4e63eb7c-b8c4-4c3e-a794-1d8eceac8752"

    @property
    def certificate(self) -> str:
        return f"{self.url}/certificate/{self.code}/"

    def at(self, request: Request) -> Answer:
        if request.path == f"/api-2.0/certificates/{self.code}" and self.mode is Mode.ODD:
            return page("<h1>Just a moment</h1>", status=403)
        if request.path == f"/api-2.0/certificates/{self.code}":
            return data(self.told())
        if request.path == f"/certificate/{self.code}/":
            return document(
                "<meta property=og:title content='Udemy Course Completion Certificate'>",
                f"<p>This certificate above verifies that <a href=/user/ada>{HOLDER}</a>"
                f" successfully completed the course <a>{COURSE.replace('&', '&amp;')}</a> on"
                " 07/26/2021 as taught by Grace Harbour on Udemy.</p>",
            )
        return NOT_THERE

    def told(self) -> dict[str, object]:
        nothing = self.mode is Mode.EMPTY
        return {
            "_class": "certificate",
            "code": self.code,
            "completion_date": "2021-07-26T18:00:00Z",
            "user": {"_class": "user", "title": HOLDER, "email": "ada.private@example.org"},
            "course": {} if nothing else {"id": 7, "title": COURSE, "url": "/course/knots/"},
        }


class LinkedInLearning(Courses):
    """`Mode.ODD`: it asks programs to sign in."""

    reader = "linkedin_learning"
    host = "linkedin-learning.test"
    code = HEX * 2

    @property
    def certificate(self) -> str:
        return f"{self.url}/learning/certificates/{self.code}"

    def at(self, request: Request) -> Answer:
        if request.path == "/authwall":
            return document("<title>Sign Up | LinkedIn</title>")
        if request.path != f"/learning/certificates/{self.code}":
            return NOT_THERE
        if self.mode is Mode.ODD:
            return moved(f"/authwall?session_redirect=%2Flearning%2Fcertificates%2F{self.code}")
        course = COURSE.replace("&", "&amp;")
        return document(
            f"<meta property=og:title content='Certificate of Completion: {course} | LinkedIn'>"
            f"<meta property=og:description content='Earned by {HOLDER} on March 3, 2023.'>"
        )
