"""What Mira made of her badges: two pages with her own words, and three links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NAME = "Mira Solberg"
DATA, BEYOND = "Data analyst, entry level", "Beyond the classroom"


@dataclass(frozen=True, slots=True)
class PartScript:
    """A section of a page, with the awards that stand in it."""

    kind: str
    title: str = ""
    text: str = ""
    arrangement: str = "grid"
    lines: Sequence[Mapping[str, str]] = ()
    awards: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PageScript:
    """A page; `entries` maps awards, in their order, to her note on each."""

    title: str
    line: str
    intro: str
    entries: Mapping[str, str]
    look: tuple[str, str, str] = ("classic", "editorial", "laurel")
    parts: Sequence[PartScript] = ()


@dataclass(frozen=True, slots=True)
class LinkScript:
    label: str
    page: str
    locked: bool = False
    days: int = 0
    withdrawn: bool = False
    opened: tuple[int, ...] = ()  # so many days ago, once each


PAGES = (
    PageScript(
        DATA,
        "I turn untidy tables into answers that people act on.",
        "I came to data by way of a school newspaper that wanted a source for every number. "
        "Since then I have cleaned ticket data for a town, forecast parcels for a warehouse and "
        "passed the guild’s first examination.\n\nWhat I look for: a team that shows its work, "
        "and questions that matter to somebody.",
        {
            "analyst": "The examination that I am proudest of: six hours, one slide.",
            "statistics": "Ask me about the bus lanes.",
            "visualising": "",
            "sql": "I use this every day.",
            "python": "The Monday report still runs without me.",
            "forecasting": "My error was on a screen for everyone to see. I would do it again.",
            "dashboard": "I did not hand in the yearly proof in time. It is on my desk.",
            "english": "",
        },
        parts=(
            PartScript(
                "badges",
                "Proudest of",
                arrangement="feature",
                awards=("analyst", "statistics"),
            ),
            PartScript("skills"),
            PartScript(
                "badges",
                "Also earned",
                awards=("visualising", "sql", "python", "forecasting", "dashboard", "english"),
            ),
            PartScript(
                "text",
                "How I work",
                "I start with the question that somebody has to decide, and stop when they can. "
                "That means:\n\n- the numbers **and** where they came from\n- one chart, not "
                "nine\n- a note on what I do *not* know",
            ),
            PartScript(
                "evidence",
                lines=(
                    {
                        "name": "Ferry delays, three summers",
                        "url": "https://mira.example/notebooks/ferries",
                        "text": "Every step, from the raw tables to the chart on the quay.",
                    },
                ),
            ),
            PartScript(
                "timeline",
                lines=(
                    {
                        "when": "August 2024",
                        "name": "Weekends at the harbour museum",
                        "text": "Counted visitors, then wrote the program that counts them.",
                    },
                ),
            ),
            PartScript(
                "contact",
                lines=(
                    {"name": "E-mail", "url": "mailto:mira@mira.example"},
                    {"name": "Notebooks", "url": "https://mira.example/notebooks"},
                ),
            ),
        ),
    ),
    PageScript(
        BEYOND,
        "What I did when nobody gave marks for it.",
        "Weekends on the shore, Saturdays with children and one stubborn robot.",
        {
            "species": "Sixty-one species, fourteen people, one spreadsheet.",
            "hours": "Half of them in sleet.",
            "mentor": "I learned more than they did.",
            "debate": "We lost the final, with grace.",
            "robotics": "",
        },
        look=("cover", "modern", "teal"),
        parts=(
            PartScript(
                "badges",
                arrangement="list",
                awards=("species", "hours", "mentor", "debate", "robotics"),
            ),
            PartScript("skills"),
        ),
    ),
)

HEADLINE, PLACE = "Data analyst who shows her work", "Bergen and around"

LINKS = (
    LinkScript("Fjord Analytics, junior analyst", DATA, opened=(12, 9, 9, 3, 2, 2, 2)),
    LinkScript("Lanternfield scholarship board", BEYOND, locked=True, days=60),
    LinkScript("Harbour café, weekend job", BEYOND, withdrawn=True),
)
