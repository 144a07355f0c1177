"""Searching one's own badges: whole words, starts of words, mistyped ones; and nobody else's."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from badges.models import Badge, SearchText, SearchWord, Skill
from badges.services import organising, search, skills, spelling
from tests.factories import NOW, make_badge, make_issuer, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org")


def names(user: User, text: str) -> list[str]:
    search.catch_up(owner=user)
    found = search.find(owner=user, text=text)
    return [badge.name for badge in found.among(Badge.objects.owned_by(user))]


@pytest.mark.parametrize(
    "text",
    [
        "Statistics",
        "stat",
        "STATISTICS data",
        "data stat",
        "harbour",
        "survey",
        "three examiners",
        "splic",
        "for acme",
        "statsitics",
        "statstic",
        "statisitc",
        "splicnig",
        "harbor",
        "statustucs",
        "statisti with dta",
    ],
)
def test_a_badge_is_found_by_its_words(alice: User, text: str) -> None:
    badge = make_badge(
        alice,
        name="Statistics with Real Data",
        issuer=make_issuer("Harbour College"),
        description="Plan a survey.",
        criteria_text="Talk to three examiners.",
    )
    make_badge(
        alice, name="First Aid", issuer=make_issuer("Red Tower"), description="", criteria_text=""
    )
    badge.skills.add(Skill.objects.create(key="k", name="Splicing"))
    organising.tag(owner=alice, badges=[badge.pk], names=["For Acme"])
    assert names(alice, text) == ["Statistics with Real Data"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Programming in C++", "c++"),
        ("Programming in C#", "C#"),
        ("Öffentliche Schlüssel", "offentliche schlussel"),
        ("Öffentliche Schlüssel", "ÖFFENTL"),
        ("Straße und Weg", "strasse"),
        ("Ελληνικά για όλους", "ελληνικα"),
        ("データ分析入門", "分析"),
        ("العربية للمبتدئين", "العربية"),
        ("हिन्दी भाषा", "हिन्दी"),
        ("E-Learning 2.0", "e-learning"),
        ("O’Brien’s “Sea” school", "o'brien"),
        ("İstanbul Rehberi", "istanbul"),
    ],
)
def test_words_of_many_languages_are_found(alice: User, name: str, text: str) -> None:
    make_badge(alice, name=name)
    make_badge(alice, name="Something else")
    assert names(alice, text) == [name]


def test_names_come_before_what_only_speaks_of_it_and_whole_words_first(alice: User) -> None:
    make_badge(alice, name="Knots", issued_at=NOW)
    make_badge(alice, name="Ropes", description="All about art.", issued_at=NOW)
    make_badge(alice, name="Artisan bread")
    make_badge(alice, name="Art history")
    assert names(alice, "art") == ["Art history", "Artisan bread", "Ropes"]


def test_what_was_looked_for_instead_is_told(alice: User) -> None:
    make_badge(alice, name="Statistics")
    search.catch_up(owner=alice)
    assert search.find(owner=alice, text="statsitics").instead == "statistics"
    assert search.find(owner=alice, text="statistics").instead == ""
    assert search.find(owner=alice, text="xylophone").instead == ""


def test_nobody_finds_what_is_another_ones_nor_its_words(alice: User) -> None:
    bob = make_user()
    make_badge(alice, name="Secret handshake")
    make_badge(bob, name="Knots")
    assert names(bob, "secret") == []
    assert names(bob, "secrte") == []
    assert search.find(owner=bob, text="secrte").instead == ""


@pytest.mark.parametrize(
    "text",
    ["'", '"', "' | 'x", '" OR "a', "a & b", "NEAR(a b)", "words:x", "-knots", "*", "\\",
     "x" * 5000, "' ) ; DROP TABLE badges_badge; --", "a\0b", "🎓", "\ud800", "%", "_", "(((", ":*",
     "^a"],
)  # fmt: skip
def test_no_text_is_an_operator_or_breaks_anything(alice: User, text: str) -> None:
    make_badge(alice, name="Knots")
    assert names(alice, text) in ([], ["Knots"])
    assert names(alice, "knots") == ["Knots"]


@pytest.mark.parametrize("text", ["", "   ", "…", "“”", "🎓"])
def test_text_without_a_word_narrows_nothing(alice: User, text: str) -> None:
    make_badge(alice, name="Knots")
    assert names(alice, text) == ["Knots"]


def test_what_changes_is_found_by_its_new_words_alone(alice: User) -> None:
    badge = make_badge(alice, name="Knots")
    assert names(alice, "knots") == ["Knots"]
    Badge.objects.filter(pk=badge.pk).update(name="Splices")
    search.forget([badge.pk])
    assert names(alice, "knots") == []
    assert names(alice, "splices") == ["Splices"]
    organising.tag(owner=alice, badges=[badge.pk], names=["Summer"])
    assert names(alice, "summer") == ["Splices"]
    organising.untag(owner=alice, badges=[badge.pk], names=["Summer"])
    assert names(alice, "summer") == []


def test_a_skill_that_is_confirmed_is_found(alice: User) -> None:
    from tests.test_strangers import suggested_by

    badge = make_badge(alice, name="Rope splicing", issuer=None)
    assert names(alice, "rope") == ["Rope splicing"]
    skill = suggested_by(badge)
    skills.confirm(badge=badge, skill_id=skill.pk, actor=alice)
    assert not SearchText.objects.exists()
    assert names(alice, skill.name) == ["Rope splicing"]


def test_what_is_removed_is_not_found_until_it_is_back(alice: User) -> None:
    badge = make_badge(alice, name="Knots")
    assert names(alice, "knots") == ["Knots"]
    batch = organising.remove(owner=alice, badges=[badge.pk], now=NOW)
    assert batch
    assert names(alice, "knots") == []
    organising.put_back(owner=alice, batch=batch, now=NOW)
    assert names(alice, "knots") == ["Knots"]


def test_erasing_somebody_leaves_none_of_their_words(alice: User) -> None:
    make_badge(alice, name="Knots")
    search.sweep()
    assert SearchWord.objects.exists()
    alice.delete()
    assert not SearchWord.objects.exists()
    assert not SearchText.objects.exists()


def test_a_worker_reads_what_is_too_much_for_a_request(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "AT_ONCE", 2)
    for number in range(5):
        make_badge(alice, name=f"Knots {number}")
    search.catch_up(owner=alice)
    assert SearchText.objects.count() == 2
    assert search.read_words(owner_id=alice.pk) == 3
    assert search.read_words(owner_id=alice.pk) == 0
    assert len(names(alice, "knots")) == 5


def test_searching_costs_two_queries_and_four_when_mistyped(alice: User) -> None:
    make_badge(alice, name="Knots")
    search.catch_up(owner=alice)
    for text, most in (("knots", 2), ("kntos", 4), ("xylophone", 3)):
        with CaptureQueriesContext(connection) as seen:
            list(search.find(owner=alice, text=text).among(Badge.objects.owned_by(alice)))
        assert len(seen) <= most, text


# --- Spelling --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "changes"),
    [
        ("", "", 0), ("knots", "knots", 0), ("knots", "knot", 1), ("knots", "knotts", 1),
        ("knots", "knits", 1), ("knots", "kntos", 1), ("knots", "nkost", 2), ("knots", "ropes", 3),
        ("ab", "ba", 1), ("abcd", "badc", 2),
    ],
)  # fmt: skip
def test_changes_are_counted(one: str, other: str, changes: int) -> None:
    assert spelling.distance(one, other, 2) == min(changes, 3)
    assert spelling.distance(other, one, 2) == min(changes, 3)


def test_a_word_that_is_one_change_away_is_always_thought_of() -> None:
    letters = "abcdeghiorstuxyz"
    for word in ("knots", "statistics", "harbour", "data"):
        wrong = {word[:at] + word[at + 1 :] for at in range(len(word))}
        wrong |= {word[:at] + one + word[at:] for at in range(len(word)) for one in letters}
        wrong |= {word[:at] + one + word[at + 1 :] for at in range(len(word)) for one in letters}
        wrong |= {word[:a] + word[a + 1] + word[a] + word[a + 2 :] for a in range(len(word) - 1)}
        for typed in wrong - {word[: len(word) - 1]}:
            found = spelling.meant([typed], f" {word} quixotic ")
            assert found in ([(word,)], [(typed,)]), (word, typed)


def test_two_changes_of_a_long_word_are_thought_of_and_of_a_short_one_not() -> None:
    known = " programming database leadership knots "
    for typed, meant in (
        ("progaming", "programming"), ("databse", "database"), ("ledershpi", "leadership"),
        ("porgramminng", "programming"), ("progrmm", "programming"),
    ):  # fmt: skip
        assert spelling.meant([typed], known) == [(meant,)], typed
    assert spelling.meant(["kxoxs"], known) is None
    assert spelling.meant(["xy"], known) is None
    assert spelling.meant(["knots", "xylophone"], known) is None
