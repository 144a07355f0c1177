"""What a reader takes along: a table that runs nowhere, a résumé that fits, the very originals."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client

from accounts.models import User
from badges.models import Badge, BadgeSkill, Basis, How, Result, Skill
from portfolio.models import Page
from portfolio.services import takeaways
from portfolio.views.takeaways import KINDS
from tests.factories import make_badge, make_issuer, make_link, make_page, make_user

pytestmark = pytest.mark.django_db
FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", "  =1+1",
    "\u200b=1", "\ufeff=1", "＝1+1", "＋1", "－1", "＠1", "|calc", "%0A=1", "\u00a0=1", "\x00=1",
    '=HYPERLINK("https://e.example","here")', "=\u202e1", "-2+3+cmd|' /C calc'!D2",
]  # fmt: skip
# Of JSON Resume what ours uses: which names stand where. The words themselves are free, but a day.
RESUME = {
    "basics": {"name", "label", "summary", "url"},
    "certificates": {"name", "issuer", "date", "url"},
    "skills": {"name", "keywords"},
    "meta": {"canonical", "lastModified"},
}
DAY = re.compile(r"[1-2][0-9]{3}-[0-1][0-9]-[0-3][0-9]")


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


def take(page: Page, kind: str, **terms: Any) -> HttpResponse | StreamingHttpResponse:
    _link, token = make_link(page, **terms)
    response = Client().get(f"/s/{token}/take/{kind}/")
    assert isinstance(response, HttpResponse | StreamingHttpResponse)
    return response


def body(response: HttpResponse | StreamingHttpResponse) -> str:
    assert response.status_code == 200
    return b"".join(response).decode()


# --- The table ---------------------------------------------------------------------------------


@pytest.mark.parametrize("words", FORMULAS, ids=range(len(FORMULAS)))
def test_no_cell_is_run_by_a_spreadsheet(alice: User, words: str) -> None:
    assert takeaways.cell(words).startswith("'")
    stored = words.replace("\0", "")  # no database keeps this letter
    badge = make_badge(alice, name=stored, issuer=make_issuer(stored))
    page = make_page(alice, badge)
    page.entries.update(note=stored)
    text = body(take(page, "table"))
    assert text.startswith("\ufeff")
    head, line = csv.reader(io.StringIO(text[1:], newline=""))
    told = dict(zip(head, line, strict=True))
    for column in ("Badge", "Issuer", "Note"):
        assert told[column].startswith("'"), column


def test_honest_words_are_left_alone() -> None:
    for words in ("Badge 1", "C++ = fun", "a-b", "", "100 %", "'quoted'"):
        assert takeaways.cell(words) == words


def test_the_table_says_what_the_page_says(alice: User) -> None:
    ended = datetime(2026, 3, 1, tzinfo=UTC)
    badges = [make_badge(alice), make_badge(alice, name="Old", expires_at=ended)]
    response = take(make_page(alice, *badges), "table")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    name = "alice-adler-data-analyst.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    rows = list(csv.DictReader(io.StringIO(body(response)[1:])))
    assert [(row["State"], row["Verified"]) for row in rows] == [
        ("Valid", "yes"),
        ("Expired", "no"),
    ]
    assert rows[1]["Ends"] == "2026-03-01"
    assert "alice@example.org" not in str(rows)


# --- The résumé --------------------------------------------------------------------------------


def test_the_resume_is_valid_and_holds_what_is_in_force(alice: User) -> None:
    fine = make_badge(alice, name="Welding")
    odd = make_badge(alice, name="Ancient", issued_at=datetime(1, 1, 2, tzinfo=UTC))
    gone = make_badge(alice, name="Revoked one", result=Result.REVOKED)
    for badge, skill in ((fine, "Metal work"), (gone, "Lying")):
        row = Skill.objects.create(key=Skill.key_of("", skill), name=skill)
        BadgeSkill.objects.create(badge=badge, skill=row, how=How.NAMED)
    page = make_page(alice, fine, odd, gone, intro="First.\n\nSecond.")
    told = json.loads(body(take(page, "resume")))
    for part, names in RESUME.items():
        for one in told[part] if isinstance(told[part], list) else [told[part]]:
            assert set(one) <= names
            assert DAY.fullmatch(one.get("date", "2026-01-01"))
            assert one.get("url", "http://").startswith("http://")
    assert set(told) == {"$schema", *RESUME}
    assert [one["name"] for one in told["certificates"]] == ["Welding", "Ancient"]
    assert told["certificates"][0]["date"] == "2026-01-15"
    assert "date" not in told["certificates"][1]
    assert told["skills"] == [{"name": "Metal work", "keywords": ["Welding"]}]
    assert told["basics"]["name"] == "Alice Adler"
    assert "example.org" not in json.dumps(told)


# --- The originals -----------------------------------------------------------------------------

# Spaces, an order and a number that no program would write in just this way.
ODD = b'{ "id":"urn:uuid:1",\n  "type": ["VerifiableCredential"], "score": 1.50e1, "a":"\\u00e9" }'
TOKEN = b"eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl"
ASSERTION = b'{"@context":"https://w3id.org/openbadges/v2","type":"Assertion"}'


def test_the_originals_are_in_it_letter_for_letter(alice: User) -> None:
    page = make_page(
        alice,
        make_badge(alice, document=ODD),
        make_badge(alice, document=b"\xef\xbb\xbf" + ODD),
        make_badge(alice, document=TOKEN),
        make_badge(alice, document=ASSERTION, version="2.0"),
        make_badge(alice),
        make_badge(alice, document=b'{"what": "a platform says"}', basis=Basis.PLATFORM),
        make_badge(alice, document=b'{"x": NaN}'),
        make_badge(alice, document=b"<html>"),
    )
    response = take(page, "originals", originals_allowed=True)
    assert response["Content-Type"] == "application/ld+json"
    text = body(response)
    assert text.count(ODD.decode()) == 2
    presentation, *assertions = json.loads(text)
    held = presentation["verifiableCredential"]
    assert [json.loads(ODD)] * 2 == [one for one in held if one.get("id") == "urn:uuid:1"]
    (envelope,) = (one for one in held if one["type"] == "EnvelopedVerifiableCredential")
    assert envelope["id"] == f"data:application/vc+jwt,{TOKEN.decode()}"
    assert len(held) == 3
    assert assertions == [json.loads(ASSERTION)]
    assert "proof" not in presentation


def test_the_originals_of_nothing_are_an_empty_list(alice: User) -> None:
    told = json.loads(body(take(make_page(alice), "originals", originals_allowed=True)))
    assert [one["verifiableCredential"] for one in told] == [[]]


def test_one_original_comes_byte_for_byte(alice: User) -> None:
    badge = make_badge(alice, document=b"\xef\xbb\xbf" + ODD, name="<b>../../Wéird")
    _link, token = make_link(make_page(alice, badge), originals_allowed=True)
    response = Client().get(f"/s/{token}/badges/{badge.pk}/original/")
    assert response.content == b"\xef\xbb\xbf" + ODD
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == 'attachment; filename="bweird.json"'
    words = Client().get(f"/s/{token}/badges/{badge.pk}/").content.decode()
    assert "urn:uuid:1" in words


def test_originals_are_the_owners_to_give(alice: User) -> None:
    badge = make_badge(alice, document=b'{"recipient": "alice@example.org"}')
    _link, token = make_link(page := make_page(alice, badge))
    client = Client()
    assert client.get(f"/s/{token}/take/originals/").status_code == 404
    assert client.get(f"/s/{token}/badges/{badge.pk}/original/").status_code == 404
    for path in ("", f"badges/{badge.pk}/"):
        assert "alice@example.org" not in client.get(f"/s/{token}/{path}").content.decode()
    assert "originals" not in client.get(f"/s/{token}/").content.decode()
    assert "take/originals" in client.get(f"/s/{make_link(page, originals_allowed=True)[1]}/").text


@pytest.mark.parametrize("kind", ["", "x", "pdf", "table.csv", "originals-"])
def test_there_is_nothing_else_to_take(alice: User, kind: str) -> None:
    _link, token = make_link(make_page(alice), originals_allowed=True)
    assert Client().get(f"/s/{token}/take/{kind}/").status_code == 404


def test_taking_along_costs_the_same_for_many(
    alice: User, django_assert_max_num_queries: Any
) -> None:
    page = make_page(alice, *(make_badge(alice, document=ODD) for _number in range(60)))
    _link, token = make_link(page, originals_allowed=True)
    for kind in KINDS:
        with django_assert_max_num_queries(8):
            response = Client().get(f"/s/{token}/take/{kind}/")
            assert isinstance(response, HttpResponse | StreamingHttpResponse)
            body(response)
    assert Badge.objects.count() == 60
