"""A learner's own words as HTML: the few marks that work, and everything that must not."""

import re

import pytest

from portfolio.services import markdown

ELEMENTS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "code"}
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<p onclick=alert(1)>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#x0A;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](//evil.example/a)",
    "[x](/accounts/logout/)",
    "[x](file:///etc/passwd)",
    "![x](https://spy.example/pixel.gif)",
    '<https://a.example/"onmouseover=alert(1)>',
    "[x](https://a.example 'a\" onclick=alert(1)')",
    "<style>body{display:none}</style>",
    "<iframe src=https://a.example></iframe>",
    "<!-- <b> -->",
    "<form action=/x><button hx-post=/y>z</button></form>",
    "[a]: javascript:alert(1)\n\n[a]",
    "| a |\n|---|\n| <b onclick=x> |",
    "\0<scr\0ipt>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_could_do_harm_comes_out(text: str) -> None:
    html = markdown.html(text)
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= ELEMENTS
    for tag in re.findall(r"<[^>]*>", html):
        assert not re.search(r"\son\w+\s*=|\sstyle\s*=|\shx-|\ssrc\s*=", tag), tag
    for address in re.findall(r'href="([^"]*)"', html):
        assert re.match(r"(https?://|mailto:)", address), address
    assert "\0" not in html


def test_a_few_marks_work() -> None:
    html = markdown.html("**bold** and *slanted*\nnext line\n\n- one\n- two\n\n> said\n\n`code`")
    for piece in ("<strong>bold</strong>", "<em>slanted</em>", "<br", "<li>one</li>"):
        assert piece in html
    assert "<blockquote>" in html
    assert "<code>code</code>" in html


def test_links_say_nothing_of_the_page_and_give_no_credit() -> None:
    html = markdown.html("[notes](https://notes.example/a) [mail](mailto:a@b.example)")
    assert html.count('rel="noopener noreferrer nofollow ugc"') == 2
    assert 'href="https://notes.example/a"' in html


def test_headings_and_pictures_stay_text_and_ask_nobody() -> None:
    assert "<h1" not in markdown.html("# Big\n\nBig\n===")
    assert "<img" not in markdown.html("![x](https://spy.example/pixel.gif)")


def test_without_marks_the_words_are_left() -> None:
    assert markdown.plain("**a** & <b>\n\n- c\n- d") == "a & <b>\nc\nd"


def test_a_long_nest_of_marks_is_no_bomb() -> None:
    for text in ("> " * 2500, "*" * 5000, "[" * 5000, "- " * 2500, "`" * 5000):
        assert markdown.html(text) is not None
