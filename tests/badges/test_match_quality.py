"""How well adverts are read: thirty of them beside what a person marked, and what must not match.

`adverts.txt` was written for this test: each advert with the skills of our own list that a person
would mark in it, by how they are asked for. Precision is how many of the found are right; recall,
how many of the marked are found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from badges.services import adverts, curating, skill_files
from badges.skills import graph
from badges.skills.matching import Wanted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("skill_list")]
ADVERTS = Path(__file__).parent / "adverts.txt"


@dataclass(frozen=True)
class Marked:
    name: str
    text: str
    must: frozenset[str]
    nice: frozenset[str]
    unneeded: frozenset[str]


def marked() -> Iterator[Marked]:
    for piece in ADVERTS.read_text(encoding="utf-8").split("=== ")[1:]:
        name, _newline, rest = piece.partition("\n")
        marks = {"must": frozenset[str](), "nice": frozenset[str](), "not": frozenset[str]()}
        while rest.startswith(tuple(f"{kind}:" for kind in marks)):
            line, _newline, rest = rest.partition("\n")
            kind, _colon, skills = line.partition(":")
            marks[kind] = frozenset(skill.strip() for skill in skills.split(","))
        yield Marked(name, rest, marks["must"], marks["nice"], marks["not"])


ALL = list(marked())


@pytest.fixture
def skill_list() -> None:
    for _counted in curating.load(skill_files.starter(), curated=True):
        pass


def names(found: tuple[Wanted, ...]) -> set[str]:
    return {one.name for one in found}


def test_thirty_adverts_are_read_as_a_person_reads_them() -> None:
    known = {entry.name for entry in skill_files.starter()}
    right = found = wanted = placed = 0
    wrong = []
    for one in ALL:
        assert one.must | one.nice | one.unneeded <= known, one.name
        asked = adverts.wanted(text=one.text)
        got, should = names(asked.wanted), one.must | one.nice
        right += len(got & should)
        found += len(got)
        wanted += len(should)
        placed += len(names(asked.must) & one.must) + len(names(asked.nice) & one.nice)
        wrong.append(f"{one.name}: missed {should - got}, too much {got - should}")
        wrong.append(
            f"   as must {names(asked.must) & one.nice}, as nice {names(asked.nice) & one.must}"
        )
        assert names(asked.not_needed) == one.unneeded, one.name
    precision, recall, apart = right / found, right / wanted, placed / right
    figures = f"precision {precision:.3f}, recall {recall:.3f}, must and nice apart {apart:.3f}"
    assert len(ALL) == 30
    figures = "\n".join([figures, *wrong])
    assert precision >= 0.97, figures
    assert recall >= 0.95, figures
    assert apart >= 0.97, figures


NOT_MEANT = [
    ("You shape how we go to market. Go to market is what we do best.", "Go programming"),
    ("Developers wanted. Go to market with our software, and excel.", "Go programming"),
    ("You excel in a team, and excel at what you do.", "Spreadsheets"),
    ("Excel in a team of developers and analysts.", "Spreadsheets"),
    ("You join our R&D department and its software developers.", "R programming"),
    ("The R & D team works with Python and statistics.", "R programming"),
    ("We add Vitamin C to programming snacks.", "C programming"),
    ("Software people with a class C driving licence.", "C programming"),
    ("The internship starts in Spring, for Java developers: Spring 2027.", "Spring framework"),
    ("Swift response to customers of our app is expected.", "Swift programming"),
    ("Swift, friendly and reliable: that is you.", "Swift programming"),
    ("You polish shoes and floors.", "Polish"),
    ("Our Latin America team is looking for help.", "Latin"),
    ("We supply German companies and the French market.", "German"),
    ("You will be reporting to the head of finance.", "Journalism"),
    ("Please apply in writing.", "Writing"),
    ("A leading company in its field seeks help.", "Leadership"),
    ("JavaScript, and nothing else, is our language.", "Java"),
    ("Word of mouth brings our customers here.", "Word processing"),
    ("Salary 40,000 CAD 50,000 a year.", "Computer-aided design"),
    ("You follow written instructions to the letter.", "Teaching"),
    ("Driving change and driving growth excite you.", "Driving"),
    ("Our nursing home has a garden.", "Nursing"),
    ("We offer free first aid courses to everybody.", "First aid"),
]


def test_what_must_not_match() -> None:
    found = {(text, skill): names(adverts.wanted(text=text).wanted) for text, skill in NOT_MEANT}
    assert [pair for pair, got in found.items() if pair[1] in got] == []


MEANT = [
    ("Developers wanted: Python, Go, Rust.", {"Python", "Go programming", "Rust programming"}),
    ("You know Word and Excel.", {"Word processing", "Spreadsheets"}),
    ("Statistics in R or Python.", {"Statistics", "R programming", "Python"}),
    ("Embedded software in C and C++.", {"C programming", "C++"}),
    ("Java, Spring and Hibernate.", {"Java", "Spring framework"}),
    ("iOS apps in Swift.", {"Swift programming"}),
    ("Fluent Polish is required.", {"Polish"}),
    ("CI/CD, UI design, and ASP.NET", {"DevOps", "User experience design", ".NET development"}),
    ("HTML / CSS", {"HTML and CSS"}),
    ("problem‑solving, Team-Work & time\u00admanagement", {"Problem solving", "Teamwork"}),
    ("PROJECT MANAGEMENT; budgeting", {"Project management", "Budgeting"}),
    ("Organising events and organizing projects", {"Event planning"}),
]


def test_what_must_match() -> None:
    assert {text: names(adverts.wanted(text=text).wanted) for text, _ in MEANT} == dict(MEANT)


HOW: list[tuple[str, set[str], set[str], set[str]]] = [
    ("No Java or PHP needed, but SQL.", {"SQL"}, set(), {"Java", "PHP"}),
    ("Java is not required, Python is.", {"Python"}, set(), {"Java"}),
    ("You don’t need Excel. SQL is essential.", {"SQL"}, set(), {"Spreadsheets"}),
    ("Python required, Java a plus", {"Python"}, {"Java"}, set()),
    ("You know SQL from your daily work, Python is a plus.", {"SQL"}, {"Python"}, set()),
    (
        "Docker, Kubernetes and Linux would be great.",
        set(),
        {"Docker", "Kubernetes", "Linux"},
        set(),
    ),
    ("Python is not essential but an advantage.", set(), {"Python"}, set()),
    ("Not only SQL but also Python.", {"SQL", "Python"}, set(), set()),
    ("Keine Java-Kenntnisse nötig, aber SQL.", {"SQL"}, set(), {"Java"}),
    ("Ideally Python.\nRequirements:\nPython", {"Python"}, set(), set()),
    ("Nice to have: Docker\nSQL is a must.", {"SQL"}, {"Docker"}, set()),
]


def test_how_it_is_asked_for() -> None:
    found = {text: adverts.wanted(text=text) for text, *_rest in HOW}
    assert {
        text: (names(asked.must), names(asked.nice), names(asked.not_needed))
        for text, asked in found.items()
    } == {text: tuple(rest) for text, *rest in HOW}


def test_years_and_levels_stand_beside_what_they_are_about() -> None:
    text = "At least 3 years of Python, and SQL.\nEnglish C1, good Excel"
    found = {one.name: (one.years, one.level) for one in adverts.wanted(text=text).wanted}
    assert found == {
        "Python": (3, ""),
        "SQL": (None, ""),
        "English": (None, "C1"),
        "Spreadsheets": (None, ""),
    }


def test_weights_are_for_searching() -> None:
    found = adverts.weights(text="Python is a must. SQL and Excel. Docker would be a plus.")
    assert sorted(found.values()) == [0.4, 0.8, 0.8, 1.0]


def test_the_graph_speaks_of_skills_that_are_in_the_list() -> None:
    known = {entry.name for entry in skill_files.starter()}
    assert graph.names() <= known
    for name in graph.names():
        assert name not in {edge.name for edge in graph.around(name)}, name
