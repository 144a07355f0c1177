"""The search: who is found, in which order, at what price, and what a card never says."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services import limits
from badges.models import Badge, Result
from portfolio.models import Listing
from portfolio.services import directory
from portfolio.services.directory import Card, Found, Question
from tests.factories import NOW, make_badge, make_page, make_user
from tests.portfolio.people import listed, shows, skill

pytestmark = pytest.mark.django_db


def find(*names: str, number: int = 1, **more: Any) -> Found:
    question = Question(skills=[skill(name).pk for name in names], **more)
    return directory.search(question=question, number=number, now=NOW)


def headlines(found: Found) -> list[str]:
    return [card.headline for card in found.cards]


def test_more_of_what_was_asked_comes_first_and_proven_before_stated() -> None:
    listed("SQL", headline="one")
    listed("SQL", "Python", headline="two")
    listed("SQL", "Python", badges=3, headline="two, often")
    owner = make_user()
    shows(make_badge(owner, result=Result.UNSIGNED, trust="stated"), "SQL", "Python", "Go")
    listed("SQL", owner=owner, stated_too=True, headline="one proven, two stated")
    listed("Rust", headline="other")
    found = find("SQL", "Python", "Go")
    assert headlines(found) == ["two, often", "two", "one proven, two stated", "one"]
    assert found.total == 4


def test_a_card_says_each_skill_with_its_badges() -> None:
    listed("SQL", "Python", badges=2, place="Lisbon", open_to=["work", "studies"])
    (card,) = find("SQL").cards
    assert [(one.name, one.verified) for one in card.matched] == [("SQL", 2)]
    assert [(one.name, one.verified) for one in card.others] == [("Python", 2)]
    assert (card.who, card.place) == ("A. L.", "Lisbon")
    assert card.open_to == ("A job", "Studies or training")


def test_a_card_holds_no_address_and_no_hidden_name() -> None:
    owner = make_user("ada.lindqvist@example.org", name="Ada Lindqvist")
    listed("SQL", owner=owner, page=make_page(owner, make_badge(owner)))
    (card,) = find("SQL").cards
    assert isinstance(card, Card)
    said = repr(card).casefold()
    assert "lindqvist" not in said
    assert "@" not in said
    assert card.page_url


def test_only_the_verified_on_request() -> None:
    owner = make_user()
    shows(make_badge(owner, result=Result.UNSIGNED, trust="stated"), "SQL")
    listed(owner=owner, badges=0, stated_too=True, headline="stated")
    listed("SQL", headline="proven")
    assert headlines(find("SQL")) == ["proven", "stated"]
    assert headlines(find("SQL", verified_only=True)) == ["proven"]
    assert headlines(find(words="stated", verified_only=True)) == []


def test_a_badge_revoked_since_the_rows_were_made_counts_no_more() -> None:
    listed("SQL", badges=2, headline="twice")
    listed("SQL", headline="once")
    once = Badge.objects.get(owner__listing__headline="once")
    twice = Badge.objects.filter(owner__listing__headline="twice").first()
    Badge.objects.filter(pk__in=[once.pk, twice.pk]).update(  # type: ignore[union-attr]
        result=Result.REVOKED
    )
    (card,) = find("SQL").cards
    assert [(card.headline, one.verified) for one in card.matched] == [("twice", 1)]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ({"words": "analyst"}, ["Data analyst in training"]),
        ({"words": "ANAL data"}, ["Data analyst in training"]),
        ({"words": "sql"}, ["Data analyst in training"]),
        ({"words": "analyst baker"}, []),
        ({"place": "lis"}, ["Data analyst in training"]),
        ({"place": "porto"}, ["Baker of Lisbon"]),
        ({"words": "lisbon"}, ["Baker of Lisbon", "Data analyst in training"]),
        ({"open_to": "work"}, ["Data analyst in training"]),
        ({"open_to": "nonsense"}, []),
        ({"words": "100%_ \\ ' \x00 \U0010ffff"}, []),
        ({"words": "lisbon*"}, ["Baker of Lisbon", "Data analyst in training"]),
        ({"words": "open:work"}, []),
    ],
)
def test_words_place_and_wishes_narrow_the_search(
    question: dict[str, str], names: list[str]
) -> None:
    listed("SQL", place="Lisbon", open_to=["work"])
    listed("Bread", headline="Baker of Lisbon", place="Porto")
    found = directory.search(question=Question(**question), number=1, now=NOW)  # type: ignore[arg-type]
    assert sorted(headlines(found)) == names


def test_words_narrow_a_search_by_skills() -> None:
    listed("SQL", place="Lisbon", headline="south")
    listed("SQL", place="Oslo", headline="north")
    assert headlines(find("SQL", place="oslo")) == ["north"]


def test_no_question_has_no_answer() -> None:
    listed("SQL")
    found = directory.search(question=Question(), number=1, now=NOW)
    assert (found.cards, found.total) == ((), 0)
    unknown = Question(skills=[listed("Go").public_id])
    assert directory.search(question=unknown, number=1, now=NOW).cards == ()


def test_the_queries_do_not_grow_with_what_is_found() -> None:
    costs = []
    for more in (2, 12):
        for _number in range(more):
            owner = make_user(name="Ada")
            listed("SQL", "Python", owner=owner, page=make_page(owner), badges=2)
        with CaptureQueriesContext(connection) as queries:
            cards = find("SQL", "Python").cards
        assert len(cards) == Listing.objects.count()
        costs.append(len(queries) - 2)  # the test's own look-up of two skills
    assert costs == [5, 5]


def test_pages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PER_PAGE", 2)
    monkeypatch.setattr(directory, "MAX_FOUND", 4)
    for number in range(6):
        listed("SQL", headline=f"person {number}")
    first, last = find("SQL"), find("SQL", number=99)
    assert (first.total, first.at_least, first.pages) == (4, True, 2)
    assert headlines(first) == ["person 5", "person 4"]
    assert (last.number, headlines(last)) == (2, ["person 3", "person 2"])


def test_names_lead_to_skills_and_the_rest_to_words() -> None:
    sql, python = skill("SQL"), skill("Python")
    found, unknown = directory.named("sql; Python, python,, Blarney , ")
    assert (found, unknown) == ([sql.pk, python.pk], ["Blarney"])
    assert len(directory.named(",".join(str(n) for n in range(500)))[1]) == directory.MAX_SKILLS


def test_a_visitor_has_so_many_looks() -> None:
    for _number in range(directory.LOOKS[0][0]):
        directory.look(address="192.0.2.1", now=NOW)
    with pytest.raises(limits.TooOften):
        directory.look(address="192.0.2.1", now=NOW)
    directory.look(address="192.0.2.2", now=NOW)
    directory.look(address="192.0.2.1", now=NOW + timedelta(minutes=10))
