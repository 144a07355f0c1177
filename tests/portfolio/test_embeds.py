"""A shared page in somebody else's: what frames it, what it is told, where addresses lead."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from badges.models import Result
from portfolio.models import Card, Page
from portfolio.services import cards, pages, placing, sharing
from tests.factories import NOW, make_badge, make_issuer, make_link, make_page, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def page(alice: User) -> Page:
    return make_page(alice, *(make_badge(alice, name=f"Knot {number}") for number in range(14)))


# --- The frame ---------------------------------------------------------------------------------


def test_the_frame_may_stand_anywhere_and_do_nothing(page: Page) -> None:
    _link, token = make_link(page)
    client = Client()
    answer = client.get(f"/s/{token}/embed/")
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "form-action 'none'" in policy
    assert "sandbox allow-same-origin allow-popups" in policy
    assert "script" not in policy
    assert "X-Frame-Options" not in answer
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    words = answer.text
    assert "<script" not in words
    assert "<form" not in words
    assert words.count("embed-picture") == 12
    assert "2 more badges" in words
    assert f'href="http://localhost:8000/s/{token}/"' in words


def test_every_other_page_stays_out_of_frames(page: Page) -> None:
    _link, token = make_link(page)
    for path in ("/", f"/s/{token}/", f"/s/{token}/take/table/", "/oembed/", "/s/x/"):
        answer = Client().get(path)
        assert answer["X-Frame-Options"] == "DENY", path
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], path


def test_what_is_locked_is_never_framed_and_looks_like_nothing(page: Page) -> None:
    locked = make_link(page, password="open sesame")[1]
    gone, withdrawn = make_link(page)
    sharing.withdraw(link=gone, actor=page.owner, now=NOW)
    answers = set()
    for token in (locked, withdrawn, "A" * 27):
        for path in (f"/s/{token}/embed/", asked(token)):
            answer = Client().get(path)
            answers.add((path[:3], answer.status_code, answer.content, str(sorted(answer.items()))))
    assert {status for _path, status, *_rest in answers} == {404}
    assert len(answers) == 2


# --- oEmbed ------------------------------------------------------------------------------------


def asked(token: str, **more: str) -> str:
    address = quote(f"http://localhost:8000/s/{token}/", safe="")
    return f"/oembed/?url={address}" + "".join(f"&{key}={value}" for key, value in more.items())


def test_a_page_says_where_to_ask_and_is_told(page: Page) -> None:
    link, token = make_link(page)
    cards.draw(card_id=Card.objects.get(link=link).pk, clock=timezone.now)
    found = re.search(r'json\+oembed" href="([^"]+)"', Client().get(f"/s/{token}/").text)
    assert found
    answer = Client().get(unescape(found[1]))
    told = answer.json()
    assert (told["version"], told["type"], told["title"]) == (
        "1.0",
        "rich",
        "Alice Adler · Data analyst",
    )
    assert f'src="http://localhost:8000/s/{token}/embed/"' in told["html"]
    assert told["thumbnail_url"].startswith(f"http://localhost:8000/s/{token}/card.jpg")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("most", "size"),
    [({}, (640, 420)), ({"maxwidth": "300", "maxheight": "250"}, (300, 250)),
     ({"maxwidth": "1"}, (200, 420)), ({"maxwidth": "-5", "maxheight": "x"}, (640, 420)),
     ({"maxwidth": "99999999999"}, (640, 420))],
)  # fmt: skip
def test_a_frame_is_as_large_as_there_is_room(
    page: Page, most: dict[str, str], size: tuple[int, int]
) -> None:
    _link, token = make_link(page)
    told = Client().get(asked(token, **most)).json()
    assert (told["width"], told["height"]) == size
    assert f'width="{size[0]}"' in told["html"]


@pytest.mark.parametrize(
    "address",
    ["", "x", "http://[", "//", "https://evil.example/s/{token}/", "http://localhost:8000/",
     "http://localhost:8000@evil.example/s/{token}/", "javascript:alert(1)",
     "http://localhost:8000/badges/", "http://localhost:8000/s/{token}x/", "\x00", "a" * 9000],
    ids=range(12),
)  # fmt: skip
def test_no_other_address_is_answered(page: Page, address: str) -> None:
    _link, token = make_link(page)
    answer = Client().get("/oembed/", {"url": address.format(token=token)})
    assert answer.status_code == 404
    assert answer.json() == {"error": "This address opens nothing."}


def test_xml_is_not_spoken(page: Page) -> None:
    _link, token = make_link(page)
    assert Client().get(asked(token, format="xml")).status_code == 501


# --- Where else it goes ------------------------------------------------------------------------

HOSTILE = [
    'A&B=C#D?E%20"><script>alert(1)</script>',
    "x\r\nBcc: all@example.org",
    "&certUrl=https://evil.example",
    "</textarea><script>alert(1)</script>",
    "العربية 日本語 🏅",
    "n" * 5000,
]


def view_of(words: str, **fields: Any) -> tuple[pages.PageView, str, Page]:
    owner = make_user(name=words[:200])
    badge = make_badge(owner, name=words, issuer=make_issuer(words), **fields)
    page = make_page(owner, badge, title=words[:160])
    link, token = make_link(page)
    return pages.build(page=page, now=NOW, link=link), sharing.url(token), page


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_linkedins_form_gets_values_and_nothing_more(words: str) -> None:
    view, address, page = view_of(words, expires_at=NOW)
    (one,) = placing.linkedin(view=view, address=address) or (None,)
    # An expired badge is not offered; the same one in force is.
    assert one is None
    page.entries.get().badge.__class__.objects.update(expires_at=None)
    view = pages.build(page=page, now=NOW)
    (one,) = placing.linkedin(view=view, address=address)
    assert one is not None
    parts = urlsplit(one.address)
    assert (parts.scheme, parts.netloc, parts.path) == (
        "https",
        "www.linkedin.com",
        "/profile/add",
    )
    assert parts.fragment == ""
    values = parse_qsl(parts.query, strict_parsing=True)
    assert [key for key, _value in values] == [
        "startTask", "name", "organizationName", "certUrl", "certId", "issueYear", "issueMonth",
    ]  # fmt: skip
    told = dict(values)
    assert told["name"] == words[:200]
    assert told["certUrl"] == f"{address}badges/{view.entries[0].badge_id}/"
    assert (told["issueYear"], told["issueMonth"]) == ("2026", "1")


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_mail_signature_and_frame_keep_words_as_words(words: str) -> None:
    view, address, page = view_of(words)
    mail = placing.mail(view=view, address=address)
    assert "\n" not in mail
    assert set(parse_qs(urlsplit(mail).query)) == {"subject", "body"}
    for code in (
        placing.signature(view=view, address=address),
        placing.embed(view=view, token="t"),
    ):
        assert "<script" not in code
        assert len(re.findall(r"<(?:iframe|p)\b", code)) == 1
    client = Client()
    client.force_login(page.owner)
    shown = client.get(f"/links/{page.links.get().pk}/").text
    assert "<script>alert" not in shown
    areas = re.findall(r"<textarea[^>]*>(.*?)</textarea>", shown, re.DOTALL)
    assert [unescape(area).strip() for area in areas] == [
        placing.signature(view=view, address=address),
        placing.embed(view=view, token=address.rstrip("/").rpartition("/")[2]),
    ]


def test_what_was_lost_is_not_offered_to_linkedin(alice: User) -> None:
    page = make_page(alice, make_badge(alice), make_badge(alice, result=Result.REVOKED))
    view = pages.build(page=page, now=NOW)
    assert len(placing.linkedin(view=view, address="http://localhost:8000/s/t/")) == 1


def test_a_dead_link_goes_nowhere(page: Page, settings: LazySettings) -> None:
    link, token = make_link(page)
    client = Client()
    client.force_login(page.owner)
    answer = client.get(f"/links/{link.pk}/qr.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Content-Security-Policy"]
    assert "attachment" in client.get(f"/links/{link.pk}/qr.svg?download")["Content-Disposition"]
    sharing.withdraw(link=link, actor=page.owner, now=NOW)
    assert client.get(f"/links/{link.pk}/qr.svg").status_code == 404
    shown = client.get(f"/links/{link.pk}/").text
    assert token not in shown
    assert "linkedin.com" not in shown
