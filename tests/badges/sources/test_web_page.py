"""Web pages: what they say is found, however they are written, and none takes long."""

import time
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges.sources import web_page
from badges.sources.web_page import MAX_LINES, MAX_PAGE, MAX_TEXT, day_in, read


def test_the_head_speaks_in_tags() -> None:
    page = read(
        b"<!doctype html><TITLE>\n A &amp; B </TITLE><title>second</title>"
        b'<META CONTENT=\'it&#39;s "here"\' PROPERTY=og:title><meta name="og:title" content=no>'
        b'<meta name = "description" content = "two\nlines"/><meta property=og:empty>'
    )
    assert page.title == "A & B"
    assert page.tags["og:title"] == 'it\'s "here"'
    assert page.tags["description"] == "two lines"
    assert page.tags["og:empty"] == ""


def test_text_is_broken_into_lines_where_a_browser_would() -> None:
    page = read(
        b"<body><p>Completed by <b>Ada</b>\n <i>Lovelace</i><br>in May<div>twice"
        b"<script>if (a < b) { '<p>never' }</SCRIPT ><style>p { }</style>"
        b"<!-- <p>hidden --> over</div>1 < 2 &lt;3"
    )
    assert page.lines == ("Completed by Ada Lovelace", "in May", "twice over", "1 < 2 <3")


def test_blocks_are_found_by_their_class() -> None:
    page = read(
        b'<p class="x name y">first <em class=inner>one</em></p><p class=name>second</p>'
        b"<div class=open><span>never closed</span>",
        ("name", "inner", "open", "absent"),
    )
    assert page.blocks == {"name": "first one", "inner": "one"}


def test_what_is_left_open_inside_is_closed_with_it() -> None:
    page = read(b"<div class=a><p>one<p class=b>two<b>three</div>four</b>", ("a", "b"))
    assert page.blocks["b"] == "twothree"
    assert page.blocks["a"].split() == ["one", "twothree"]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("September 8, 2021", date(2021, 9, 8)),
        ("Issued Aug. 6, 2018 by", date(2018, 8, 6)),
        ("on 3 March 2023.", date(2023, 3, 3)),
        ("Mar 1st, 2023", date(2023, 3, 1)),
        ("Issued August 2018", date(2018, 8, 1)),
        ("Room 31, 2021; June 31, 2021; July 4, 2021", date(2021, 7, 4)),
        ("Marvel 8, 2021", None),
        ("Sept 30, 2019 and 1 May 2018", date(2019, 9, 30)),
        ("8. 9. 2021", None),
        ("", None),
    ],
)
def test_days_are_read_as_english_pages_write_them(words: str, day: date | None) -> None:
    assert day_in(words) == day


HOSTILE = [
    "<!--",
    "<!-- >",
    "<![CDATA[",
    "<?",
    "<a ",
    "<a b='",
    '<a b="',
    "<a b=\"'>",
    "<a 'b x='>",
    "</a ",
    "<",
    "<script>",
    "</script",
    "<title>",
    "<a/",
    "<a =",
    "&#9",
    "&amp",
    "\n<p>",
    "<p></div>",
    "<div class=x>",
    "<meta property=og:title content=x>",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_page_takes_no_longer_than_another(unit: str) -> None:
    """Python's own parser needs a minute for 80 kB of some of these."""
    body = (unit * (MAX_PAGE // 4 // len(unit))).encode()
    started = time.process_time()
    page = read(body, ("x",))
    assert time.process_time() - started < 2
    assert len(page.lines) <= MAX_LINES
    assert max(map(len, page.lines), default=0) <= MAX_TEXT


@given(
    st.binary(max_size=2000) | st.text(alphabet="<>/!-='\" abp&#;\n", max_size=400).map(str.encode)
)
@settings(max_examples=300, deadline=None)
def test_nothing_breaks_it(body: bytes) -> None:
    read(body, ("a", "b"))


class Other(HTMLParser):
    """The tags as Python's own parser finds them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: dict[str, str] = {}
        for name, value in attrs:
            found.setdefault(name, " ".join((value or "").split()))
        self.tags.append((tag, found))


NAMES = st.sampled_from(["p", "a", "meta", "h1", "div", "SPAN"])
VALUES = st.text(alphabet="ab &;<>='\"/é", max_size=8)


@st.composite
def tag(draw: st.DrawFn) -> str:
    """A tag as an author may write it, in any of the three ways of quoting."""
    parts = [draw(NAMES)]
    for name in draw(st.lists(st.sampled_from(["class", "Id", "content", "data-x"]), max_size=3)):
        value = draw(VALUES)
        quote = draw(st.sampled_from(["'", '"']))
        parts.append(
            draw(st.sampled_from([name, f"{name}={quote}{value.replace(quote, '')}{quote}"]))
        )
    return "<" + " ".join(parts) + draw(st.sampled_from([">", " >", "/>"]))


@given(st.lists(tag() | st.sampled_from(["text", "</p>", "<!-- c -->"]), max_size=6).map("".join))
@settings(max_examples=300, deadline=None)
def test_sound_pages_are_read_as_pythons_own_parser_reads_them(html: str) -> None:
    other = Other()
    other.feed(html)
    other.close()
    opened = [piece for piece in web_page.pieces(html) if piece.opens]
    assert [(piece.name, dict(piece.attributes)) for piece in opened] == other.tags
