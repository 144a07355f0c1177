"""LinkedIn Learning: the course that a page names, and the titles that name none."""

from datetime import date
from pathlib import Path

import pytest

from badges.openbadges.fetching import Fetched
from badges.sources import recognise_link
from badges.sources.base import Found, Nothing
from badges.sources.linkedin_learning import LinkedInLearning
from tests.badges.sources.reading import found

PAGE = (Path(__file__).parent / "payloads" / "linkedin_learning.html").read_text()
CODE = "0a1b2c3d4e5f60718293a4b5c6d7e8f9" * 2
LINK = f"https://www.linkedin.com/learning/certificates/{CODE}"


def rows(html: str) -> list[Found]:
    """What is found when the certificate's page is this one."""

    def fetch(url: str, **how: object) -> Fetched:
        assert url == LINK
        return Fetched(url, url, 200, "text/html", html.encode())

    return found(LinkedInLearning(), LINK, fetch)


@pytest.mark.parametrize(
    "link",
    [LINK, f"{LINK}/?trk=share_certificate", LINK.replace("www", "fr"), LINK.upper()],
)
def test_a_certificate_is_known_in_every_spelling(link: str) -> None:
    recognised = recognise_link(link)
    assert recognised is not None
    answers = {"host": "www.linkedin.com", "code": CODE}
    assert (recognised.reader, recognised.answers) == ("linkedin_learning", answers)


@pytest.mark.parametrize(
    "link",
    [
        LINK.replace("www.linkedin.com", "linkedin.com.evil.test"),
        LINK.replace("/learning", "/in"),
        LINK[:-1],
    ],
)
def test_what_only_looks_like_one_is_not(link: str) -> None:
    assert recognise_link(link) is None


def test_the_page_names_a_course_and_a_holder() -> None:
    [one] = rows(PAGE)
    assert (one.key, one.label) == (CODE, "Knots & Splices")
    assert one.statement is not None
    assert (one.statement.basis, one.statement.by) == ("page", "LinkedIn Learning")
    assert (one.statement.holder, one.statement.url) == ("Ada Lovelace", LINK)
    assert one.statement.issued_on == date(2023, 3, 3)


@pytest.mark.parametrize(
    ("title", "course"),
    [
        ("Rock Your LinkedIn Profile | LinkedIn Learning", "Rock Your LinkedIn Profile"),
        ("Learning LinkedIn - LinkedIn", "Learning LinkedIn"),
        ("Certificate of completion – Join Tables in SQL", "Join Tables in SQL"),
        ("Sign Language - LinkedIn", "Sign Language"),
    ],
)
def test_a_course_may_be_called_anything(title: str, course: str) -> None:
    assert rows(f"<title>{title}</title>")[0].label == course


@pytest.mark.parametrize(
    "title",
    [
        "LinkedIn Login, Sign in | LinkedIn",
        "Sign In | LinkedIn",
        "Log in or sign up | LinkedIn",
        "Certificate of Completion | LinkedIn Learning",
        "Security Verification | LinkedIn",
        "LinkedIn",
        "Loading",
        "",
    ],
)
def test_titles_of_the_site_itself_name_no_course(title: str) -> None:
    with pytest.raises(Nothing, match="names no course"):
        rows(f"<title>{title}</title>")
