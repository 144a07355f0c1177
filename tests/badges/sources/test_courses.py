"""Course sites whose certificates are pages: what these name is kept, and called what it is."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges.openbadges import parse
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import Fetch, Fetched
from badges.sources import READERS, recognise_link, statement
from badges.sources.base import Nothing, Statement
from badges.sources.course_page import CoursePage
from badges.sources.coursera import Coursera
from badges.sources.edx import EdX
from badges.sources.linkedin_learning import LinkedInLearning
from badges.sources.udemy import Udemy
from tests.badges.sources.odd import variants
from tests.badges.sources.reading import door, found, seen
from tests.simulators import courses
from tests.simulators.base import Mode, page
from tests.simulators.courses import COURSE, HEX, HOLDER, Courses

PAIRS: list[tuple[type[Courses], type[CoursePage]]] = [
    (courses.Coursera, Coursera),
    (courses.EdX, EdX),
    (courses.Udemy, Udemy),
    (courses.LinkedInLearning, LinkedInLearning),
]
CODE = "KN0TSPL1CE42"
UC = "UC-4e63eb7c-b8c4-4c3e-a794-1d8eceac8752"
COURSERA = "https://www.coursera.org"


class Site:
    """One platform, its reader, and a way to reach it."""

    def __init__(self, simulator: Courses, kind: type[CoursePage], fetch: Fetch) -> None:
        self.simulator, self.fetch = simulator, fetch
        self.reader = kind({simulator.host: simulator.host})

    def statement(self, link: str = "") -> Statement:
        [one] = found(self.reader, link or self.simulator.certificate, self.fetch)
        assert one.statement is not None
        assert (one.url, one.data, one.reason) == ("", b"", "")
        return one.statement


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def start(stack: ExitStack, pair: tuple[type[Courses], type[CoursePage]]) -> Site:
    simulator = stack.enter_context(pair[0]())
    return Site(simulator, pair[1], stack.enter_context(door(simulator)))


@pytest.fixture(params=PAIRS, ids=lambda pair: pair[0].reader)
def site(request: pytest.FixtureRequest, stack: ExitStack) -> Site:
    return start(stack, request.param)


@pytest.fixture
def coursera(stack: ExitStack) -> Site:
    return start(stack, PAIRS[0])


@pytest.fixture
def edx(stack: ExitStack) -> Site:
    return start(stack, PAIRS[1])


@pytest.fixture
def udemy(stack: ExitStack) -> Site:
    return start(stack, PAIRS[2])


# --- Links


@pytest.mark.parametrize(
    ("link", "reader", "code"),
    [
        (f"{COURSERA}/account/accomplishments/verify/{CODE}", "coursera", CODE),
        (f"{COURSERA}/account/accomplishments/verify/{CODE}/?utm_source=x", "coursera", CODE),
        (f"{COURSERA}/account/accomplishments/records/{CODE}", "coursera", CODE),
        (f"{COURSERA}/account/accomplishments/certificate/{CODE}", "coursera", CODE),
        (f"HTTP://COURSERA.org/Verify/{CODE.lower()}#top", "coursera", CODE),
        (f"https://de.coursera.org/verify/{CODE}", "coursera", CODE),
        (f"https://coursera.org/share/{HEX.upper()}", "coursera", HEX),
        (f"{COURSERA}/account/accomplishments/specialization/{CODE}", "coursera", CODE),
        (f"{COURSERA}/account/accomplishments/specialization/certificate/{CODE}", "coursera", CODE),
        (f"{COURSERA}/verify/professional-cert/{CODE}", "coursera", CODE),
        (f"https://courses.edx.org/certificates/{HEX}", "edx", HEX),
        (f"https://COURSES.edx.org/certificates/{HEX.upper()}/?lang=es", "edx", HEX),
        (f"https://credentials.edx.org/credentials/{HEX}/", "edx", HEX),
        (f"https://www.udemy.com/certificate/{UC}/", "udemy", UC),
        (f"https://udemy.com/certificate/{UC.lower()}/pdf/?x=1", "udemy", UC),
        ("https://www.udemy.com/certificate/uc-uohzkcag", "udemy", "UC-UOHZKCAG"),
        (f"https://ude.my/{UC}", "udemy", UC),
    ],
)
def test_a_certificate_is_known_in_every_spelling(link: str, reader: str, code: str) -> None:
    recognised = recognise_link(link)
    assert recognised is not None
    assert (recognised.reader, recognised.answers["code"]) == (reader, code)
    assert not recognised.lasting
    assert "utm" not in repr(recognised)


@pytest.mark.parametrize(
    "link",
    [
        f"https://www.coursera.org.evil.test/verify/{CODE}",
        f"https://evilcoursera.org/verify/{CODE}",
        f"https://www.coursera.org@evil.test/verify/{CODE}",
        f"{COURSERA}:444/verify/{CODE}",
        f"{COURSERA}/learn/{CODE}",
        f"{COURSERA}/verify/{CODE}%2F..",
        f"{COURSERA}/account/accomplishments/certificate",
        f"{COURSERA}/account/accomplishments/specialization",
        f"{COURSERA}/verify/../../{CODE}",
        f"{COURSERA}/share/{HEX}00",
        f"https://courses.edx.org.evil.test/certificates/{HEX}",
        f"https://courses.edx.org/certificates/{HEX[:-1]}g",
        f"https://courses.edx.org/courses/{HEX}",
        f"https://www.edx.org.evil.test/certificates/{HEX}",
        f"https://www.udemy.com/course/{UC}/",
        "https://www.udemy.com/certificate/",
        "https://www.udemy.com/certificate/UC-../",
        f"https://ude.my.evil.test/{UC}",
        COURSERA,
    ],
)
def test_what_only_looks_like_one_is_not(link: str) -> None:
    assert recognise_link(link) is None


PARTS = st.sampled_from(
    "account accomplishments verify share certificates learning users api certificate transcript"
    f" records programs %00 .. İ {CODE} {UC} {HEX} {HEX}{HEX}".split(" ")
)
HOSTS = st.sampled_from([host for kind in READERS for host in kind.known_hosts] or ["a.test"])


@given(HOSTS, st.lists(PARTS | st.text(max_size=5), max_size=6).map("/".join))
def test_no_link_is_too_odd(host: str, path: str) -> None:
    recognised = recognise_link(f"https://{host}/{path}")
    if recognised is not None:
        assert recognised.words
        assert all(isinstance(answer, str) for answer in recognised.answers.values())


# --- What is read


def test_a_course_and_its_holder_as_the_page_names_them(site: Site) -> None:
    read = site.statement()
    assert (read.name, read.holder) == (COURSE, HOLDER)
    assert (read.basis, read.by) == ("page", site.reader.title)
    assert read.url == site.simulator.certificate
    assert read.kind == "CertificateOfCompletion"
    credential = parse.credential(parse.read(statement.document(read, reader=site.reader.name)))
    assert (credential.name, credential.evidence[0].url) == (COURSE, read.url)


def test_what_each_of_them_says_beside_it(stack: ExitStack) -> None:
    read = {pair[0].reader: start(stack, pair).statement() for pair in PAIRS}
    assert {name: (one.issuer, one.issued_on) for name, one in read.items()} == {
        "coursera": ("Harbour School", date(2021, 9, 8)),
        "edx": ("SeaX", date(2018, 8, 6)),
        "udemy": ("Udemy", date(2021, 7, 26)),
        "linkedin_learning": ("LinkedIn Learning", date(2023, 3, 3)),
    }
    assert read["udemy"].criteria_url == "https://udemy.test/course/knots/"
    assert "private" not in repr(read)


def test_longer_programmes_are_read_too(coursera: Site, edx: Site) -> None:
    link = f"{coursera.simulator.url}/account/accomplishments/specialization/SPEC1AL1ZE77"
    assert coursera.statement(link).issuer == "University of the Sea"
    assert isinstance(edx.simulator, courses.EdX)
    programme = edx.statement(edx.simulator.programme)
    assert (programme.name, programme.issuer) == ("Seamanship", "SeaX")
    assert programme.issued_on == date(2018, 8, 1)


def test_a_link_for_sharing_is_the_certificate_that_it_leads_to(coursera: Site) -> None:
    assert isinstance(coursera.simulator, courses.Coursera)
    assert coursera.statement(coursera.simulator.share) == coursera.statement()


def test_udemy_is_read_from_its_page_when_it_refuses_programs(udemy: Site) -> None:
    told = udemy.statement()
    assert len(udemy.simulator.requests) == 1
    udemy.simulator.mode = Mode.ODD
    shown = udemy.statement()
    assert (shown.id, shown.name, shown.holder) == (told.id, told.name, told.holder)
    assert shown.issued_on == told.issued_on


def test_a_page_with_nothing_but_a_course_is_enough(edx: Site) -> None:
    edx.simulator.mode = Mode.ODD
    read = edx.statement()
    assert (read.name, read.issuer, read.holder, read.issued_on) == (COURSE, "edX", "", None)


@pytest.mark.parametrize("rest", ["", "/csv"])
def test_a_record_with_grades_is_not_read(edx: Site, rest: str) -> None:
    link = f"{edx.simulator.url}/records/programs/shared/{HEX}{rest}"
    with pytest.raises(Nothing, match="certificate instead"):
        found(edx.reader, link, edx.fetch)
    assert edx.simulator.requests == []


# --- What is not


@pytest.mark.parametrize("mode", [Mode.HTML, Mode.EMPTY, Mode.TRUNCATED])
def test_a_page_that_names_no_course_gives_nothing(site: Site, mode: Mode) -> None:
    if isinstance(site.simulator, courses.Udemy) and mode is Mode.TRUNCATED:
        site.simulator.answer_with = page("<p>This certificate above verif")
    site.simulator.mode = mode
    with pytest.raises(Nothing, match="names no course"):
        found(site.reader, site.simulator.certificate, site.fetch)


@pytest.mark.parametrize("mode", [Mode.REFUSING, Mode.BROKEN])
def test_a_site_that_refuses_programs_may_be_asked_again(site: Site, mode: Mode) -> None:
    site.simulator.mode = mode
    with pytest.raises(Unreachable, match="at the moment"):
        found(site.reader, site.simulator.certificate, site.fetch)


@pytest.mark.parametrize("mode", [Mode.SLOW, Mode.DEAD_IMAGES, Mode.THROTTLED])
def test_these_moods_change_nothing_in_the_end(site: Site, mode: Mode) -> None:
    site.simulator.mode, site.simulator.delay = mode, 0.05
    if mode is Mode.THROTTLED:
        with pytest.raises(Unreachable):
            found(site.reader, site.simulator.certificate, site.fetch)
    assert site.statement().name == COURSE


def test_a_certificate_that_is_gone_is_told(site: Site) -> None:
    site.simulator.mode = Mode.GONE
    with pytest.raises(Nothing, match="shows nothing there"):
        found(site.reader, site.simulator.certificate, site.fetch)


@pytest.mark.parametrize("pair", [PAIRS[0], PAIRS[3]], ids=lambda pair: pair[0].reader)
def test_being_sent_to_the_front_page_is_no_certificate(
    stack: ExitStack, pair: tuple[type[Courses], type[CoursePage]]
) -> None:
    site = start(stack, pair)
    site.simulator.mode = Mode.ODD
    with pytest.raises(Nothing, match="names no course"):
        found(site.reader, site.simulator.certificate, site.fetch)


def test_nobody_else_speaks_for_the_platform(coursera: Site, stack: ExitStack) -> None:
    """Sent on to another site, another certificate or another course page: none counts."""
    mine, other = coursera.simulator, stack.enter_context(courses.EdX())
    fetch = stack.enter_context(door(mine, other))
    forged = courses.Coursera.page("Everything", "Everybody")
    other.answer_with = forged
    for address in (
        f"{other.url}/account/accomplishments/verify/{CODE}",
        f"/account/accomplishments/specialization/{courses.Coursera.longer}",
        f"/learn/{CODE}",
    ):
        mine.answer_with = courses.moved(address)
        with pytest.raises(OpenBadgesError):
            found(coursera.reader, mine.certificate, fetch)


def test_a_site_that_is_read_no_more_is_not_asked(site: Site) -> None:
    answers = {"host": "evil.test", "code": CODE, "kind": "verify"}
    with pytest.raises(Nothing):
        list(site.reader.find(answers, fetch=site.fetch))


def test_no_data_are_too_odd(udemy: Site) -> None:
    assert isinstance(udemy.simulator, courses.Udemy)
    told = udemy.simulator.told()
    recognised = seen(udemy.reader, udemy.simulator.certificate)
    assert recognised is not None
    for value in variants(told):
        body = json.dumps(value).encode()

        def fetch(url: str, body: bytes = body, **how: object) -> Fetched:
            return Fetched(url, url, 200, "application/json", body)

        with suppress(OpenBadgesError):
            for one in udemy.reader.find(recognised.answers, fetch=fetch):
                assert one.statement is not None
                assert 0 < len(one.label) <= 500
                statement.document(one.statement, reader="udemy")


@pytest.mark.parametrize(
    "words",
    [
        "verifies that x successfully completed the course ",
        "a course of study offered by ",
        "completion of x's “",
        "Completed by ",
        "earned by ",
        "Coursera certifies their successful completion of ",
        "May May 1 1 ",
    ],
)
def test_no_page_takes_long_to_read(site: Site, words: str) -> None:
    long = words * (200_000 // len(words))
    lines = "<p>".join([words * 40] * 500)
    head = "".join(
        f"<meta property=og:{name} content='{long}'>" for name in ("title", "description")
    )
    html = f"<head>{head}<title>{long}</title></head><p>{lines}<p>{long}"
    recognised = seen(site.reader, site.simulator.certificate)
    assert recognised is not None

    def fetch(url: str, **how: object) -> Fetched:
        return Fetched(url, url, 200, "text/html", html.encode())

    started = time.process_time()
    with suppress(OpenBadgesError):
        list(site.reader.find(recognised.answers, fetch=fetch))
    assert time.process_time() - started < 2
