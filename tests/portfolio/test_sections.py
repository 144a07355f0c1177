"""Sections, steps and notes of a page: what each change does, and that each can be undone."""

import importlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from badges.services import organising
from portfolio.models import Entry, Page, Section, Step
from portfolio.services import pages, sections, steps, timeline
from portfolio.services.sectionview import ItemView, link_address, shown_address, typed_address
from tests.factories import NOW, make_badge, make_page, make_user
from tests.portfolio.test_pages import many

pytestmark = pytest.mark.django_db
Kind = Section.Kind
SOON = timedelta(seconds=10)
LATER = timedelta(minutes=5)


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def page(alice: User) -> Page:
    """Skills, then a, b and c in one section of badges."""
    page = pages.create(owner=alice, title="Data", now=NOW)
    badges = [make_badge(alice, name=letter) for letter in "abc"]
    pages.add(page=page, badges=[badge.pk for badge in badges], now=NOW)
    return page


def add(page: Page, kind: str = Kind.TEXT, title: str = "") -> Section:
    section = sections.add(page=page, kind=kind, now=NOW)
    return sections.edit(section=section, title=title, text="", now=NOW)


def read(page: Page) -> list[tuple[str, str]]:
    """What its readers see: each section with the names of the badges in it."""
    view = pages.build(page=Page.objects.get(pk=page.pk), now=NOW)
    return [
        (section.heading, "".join(entry.name for entry in view.of_section(section)))
        for section in view.sections
    ]


def entry(page: Page, name: str) -> Entry:
    return page.entries.select_related("badge", "page__owner").get(badge__name=name)


# --- Sections ----------------------------------------------------------------------------------


def test_a_new_page_has_its_skills_and_its_badges(page: Page) -> None:
    assert read(page) == [("Skills", ""), ("Badges", "abc")]


def test_sections_are_added_filled_moved_and_taken_away(page: Page) -> None:
    text = add(page, title="Who I am")
    sections.edit(section=text, title="Who I am", text="I **count** things.", now=NOW)
    sections.move(section=text, step=-1, now=NOW)
    sections.move(section=text, step=-1, now=NOW)
    sections.move(section=text, step=-1, now=NOW)  # it is at the top already
    assert [name for name, _badges in read(page)] == ["Who I am", "Skills", "Badges"]
    view = pages.build(page=page, now=NOW)
    assert view.sections[0].html == "<p>I <strong>count</strong> things.</p>\n"
    assert view.sections[0].plain == "I count things."
    sections.remove(section=text, now=NOW)
    assert [name for name, _badges in read(page)] == ["Skills", "Badges"]


def test_a_section_goes_with_its_badges_and_they_stay_in_the_backpack(page: Page) -> None:
    sections.remove(section=page.sections.get(kind=Kind.BADGES), now=NOW)
    assert read(page) == [("Skills", "")]
    assert page.owner.badges.count() == 3


def test_a_page_holds_no_end_of_sections(page: Page) -> None:
    for _number in range(sections.MAX_SECTIONS - 2):
        add(page)
    with pytest.raises(sections.TooManySections):
        add(page)


def test_badges_wander_from_section_to_section_by_buttons(page: Page) -> None:
    add(page, Kind.BADGES, "More")
    pages.move(entry=entry(page, "c"), step=1, now=NOW)
    pages.move(entry=entry(page, "b"), step=1, now=NOW)
    assert read(page)[1:] == [("Badges", "a"), ("More", "bc")]
    pages.move(entry=entry(page, "c"), step=1, now=NOW)  # the end of the page
    pages.move(entry=entry(page, "b"), step=-1, now=NOW)
    pages.move(entry=entry(page, "b"), step=-1, now=NOW)
    pages.move(entry=entry(page, "b"), step=-1, now=NOW)  # its beginning
    assert read(page)[1:] == [("Badges", "ba"), ("More", "c")]


def test_dragging_orders_badges_across_sections(page: Page) -> None:
    more = add(page, Kind.BADGES, "More")
    first = page.sections.get(kind=Kind.BADGES, title="")
    ids = {name: entry(page, name).pk for name in "abc"}
    homes = {ids["a"]: more.pk, ids["b"]: first.pk, ids["c"]: more.pk, 999_999: more.pk}
    order = [ids["b"], ids["c"], ids["a"], 999_999]
    pages.order(page=page, entries=order, sections=homes, now=NOW)
    assert read(page)[1:] == [("Badges", "b"), ("More", "ca")]
    text = add(page)
    pages.order(page=page, entries=[ids["b"]], sections={ids["b"]: text.pk}, now=NOW)
    assert read(page)[1] == ("Badges", "b")  # a text holds no badges


def test_the_flat_order_follows_the_sections(page: Page) -> None:
    """Documents, cards and the API know no sections: they read what a reader reads."""
    more = add(page, Kind.BADGES, "More")
    pages.order(
        page=page,
        entries=[entry(page, name).pk for name in "abc"],
        sections={entry(page, "c").pk: more.pk},
        now=NOW,
    )
    sections.order(page=page, sections=[more.pk, uuid4()], now=NOW)
    names = [e.badge.name for e in page.entries.select_related("badge")]
    view = pages.build(page=page, now=NOW)
    assert names == [e.name for e in view.entries] == ["c", "a", "b"]


def test_badges_of_no_section_stand_in_the_first_that_holds_some(alice: User) -> None:
    page = make_page(alice, make_badge(alice, name="a"))
    assert read(page) == [("Skills", ""), ("Badges", "a")]
    assert not page.sections.exists()  # looking changes nothing
    text = add(page, title="Words")
    assert read(page) == [("Skills", ""), ("Badges", "a"), ("Words", "")]
    assert entry(page, "a").section is not None
    Section.objects.exclude(pk=text.pk).update(kind=Kind.TEXT)
    assert read(page)[-1] == ("Badges", "a")


def test_hidden_badges_are_in_no_section(page: Page) -> None:
    badge = page.owner.badges.get(name="b")
    badge.expires_at = NOW - LATER
    badge.save()
    Page.objects.update(hide_expired=True)
    assert read(page)[1] == ("Badges", "ac")
    view = pages.build(page=Page.objects.get(), now=NOW)
    assert badge.pk not in {pk for section in view.sections for pk in section.badges}


def test_the_lines_of_a_section_are_kept_clean(page: Page) -> None:
    section = sections.add(page=page, kind=Kind.EVIDENCE, now=NOW)
    lines = [
        {"name": " Chart ", "url": "https://a.example/c"},
        {"when": "2024"},
        {"text": "x" * 600},
    ]
    sections.edit(section=section, title="", text="", items=lines, now=NOW)
    section.refresh_from_db()
    assert [item["name"] for item in section.items] == ["Chart", ""]
    assert len(section.items[1]["text"]) == 500
    section.items = [{"name": "x", "url": "javascript:alert(1)"}, "nonsense", {"url": 3}, None]
    section.save()
    (item, *_rest) = pages.build(page=page, now=NOW).sections[-1].items
    assert item == ItemView(name="x", url="", text="", when="")


def test_evidence_is_read_only_where_a_section_shows_it(page: Page) -> None:
    page.owner.badges.filter(name="a").update(
        evidence=[{"name": "Chart", "url": "https://a.example/c", "text": "Look."}]
    )
    assert pages.build(page=page, now=NOW).entries[0].evidence == ()
    add(page, Kind.EVIDENCE)
    (found,) = pages.build(page=page, now=NOW).entries[0].evidence
    assert (found.name, found.url) == ("Chart", "https://a.example/c")


def test_sections_cost_no_query_each(page: Page) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            pages.build(page=page, now=NOW)
        return len(captured)

    before = queries()
    for kind in Kind.values * 3:
        add(page, kind)
    assert queries() == before <= 4


def test_old_pages_become_what_they_looked_like(alice: User) -> None:
    old = [make_page(alice, make_badge(alice, name=f"badge {n}")) for n in range(3)]
    made = pages.create(owner=alice, title="New", now=NOW)
    migration = importlib.import_module("portfolio.migrations.0005_badges_in_sections")
    for _time in range(2):
        migration.make_sections(apps, None)
    for page in old:
        kinds = list(page.sections.values_list("kind", flat=True))
        assert kinds == [Kind.SKILLS, Kind.BADGES]
        assert page.entries.get().section == page.sections.last()
    assert made.sections.count() == 2


# --- Undo --------------------------------------------------------------------------------------


def test_everything_can_be_undone_and_done_again(page: Page, alice: User) -> None:
    """A long story, back to its beginning step by step, and forward to its end again."""
    states = [steps.content_of(page)]

    def did() -> None:
        states.append(steps.content_of(page))

    text = sections.add(page=page, kind=Kind.TEXT, now=NOW)
    did()
    sections.edit(section=text, title="Me", text="Words", now=NOW)
    did()
    pages.note(entry=entry(page, "a"), text="I led it.", now=NOW)
    did()
    pages.move(entry=entry(page, "a"), step=1, now=NOW)
    did()
    pages.dress(page=page, accent="plum", layout="cover", typeface="book", now=NOW)
    did()
    pages.edit(page=page, title="New", line="L", intro="I", hide_expired=True, now=NOW)
    did()
    pages.remove(entry=entry(page, "b"), now=NOW)
    did()
    sections.remove(section=page.sections.get(kind=Kind.BADGES), now=NOW)
    did()
    pages.add(page=page, badges=[make_badge(alice, name="d").pk], now=NOW)
    did()
    sections.move(section=text, step=-1, now=NOW)
    did()
    for state in states[-2::-1]:
        steps.undo(page=page, step=None, now=NOW)
        assert steps.content_of(page) == state
    for state in states[1:]:
        steps.redo(page=page, step=None, now=NOW)
        assert steps.content_of(page) == state
    with pytest.raises(steps.NothingThere):
        steps.redo(page=page, step=None, now=NOW)


def test_a_new_change_ends_what_could_be_done_again(page: Page) -> None:
    add(page, title="One")
    steps.undo(page=page, step=None, now=NOW)
    assert steps.next_redo(page) is not None
    sections.add(page=page, kind=Kind.SKILLS, now=NOW)
    assert steps.next_redo(page) is None


def test_typing_for_a_while_is_one_step(page: Page) -> None:
    text = sections.add(page=page, kind=Kind.TEXT, now=NOW)
    count = page.steps.count()
    for number, words in enumerate(("I", "I co", "I count")):
        sections.edit(section=text, title="", text=words, now=NOW + number * SOON)
    assert page.steps.count() == count + 1
    sections.edit(section=text, title="", text="I count.", now=NOW + LATER)
    assert page.steps.count() == count + 2
    steps.undo(page=page, step=None, now=NOW)
    steps.undo(page=page, step=None, now=NOW)
    text.refresh_from_db()
    assert text.text == ""


def test_what_changes_nothing_leaves_no_step(page: Page) -> None:
    count = page.steps.count()
    pages.move(entry=entry(page, "a"), step=-1, now=NOW)
    pages.note(entry=entry(page, "a"), text="", now=NOW)
    pages.add(page=page, badges=[], now=NOW)
    assert page.steps.count() == count


def test_so_many_steps_are_kept_and_no_more(page: Page) -> None:
    for _turn in range(steps.KEPT + 5):
        sections.move(section=page.sections.last() or add(page), step=-1, now=NOW)
    assert page.steps.count() == steps.KEPT


def test_a_badge_that_is_put_aside_keeps_its_place_through_an_undo(page: Page, alice: User) -> None:
    add(page, Kind.TEXT, "Hello")
    aside = entry(page, "b").badge
    batch = organising.remove(owner=alice, badges=[aside.pk], now=NOW)
    assert batch is not None
    assert "ac" in dict(read(page)).values()
    steps.undo(page=page, step=None, now=NOW)
    steps.undo(page=page, step=None, now=NOW)
    organising.put_back(owner=alice, batch=batch, now=NOW)
    assert Entry.objects.filter(page=page, badge=aside).exists()


def test_undo_from_an_older_tab_changes_nothing(page: Page) -> None:
    add(page, title="One")
    shown = steps.next_undo(page)
    add(page, title="Two")
    before = steps.content_of(page)
    assert shown is not None
    with pytest.raises(steps.ChangedElsewhere):
        steps.undo(page=page, step=shown.pk, now=NOW)
    assert steps.content_of(page) == before


def test_a_badge_that_left_the_backpack_does_not_come_back(page: Page, alice: User) -> None:
    pages.remove(entry=entry(page, "b"), now=NOW)
    alice.badges.get(name="b").delete()
    steps.undo(page=page, step=None, now=NOW)
    assert read(page)[1] == ("Badges", "ac")


def test_steps_go_with_their_page(page: Page, alice: User) -> None:
    assert page.steps.exists()
    pages.delete(page=page, actor=alice)
    assert not Step.objects.exists()


def test_every_step_has_words(page: Page) -> None:
    for action in steps.WORDS_OF:
        assert steps.told(Step(page=page, action=action, about="100 % sure")).strip()
    assert steps.told(Step(page=page, action="unheard.of")) == "unheard.of"


# --- Two tabs ----------------------------------------------------------------------------------


def test_who_saves_over_what_they_never_saw_is_asked(page: Page) -> None:
    text = sections.add(page=page, kind=Kind.TEXT, now=NOW)
    seen = steps.mark_of(sections.words_of(text))
    sections.edit(section=text, title="", text="The other tab", now=NOW, seen=seen)
    with pytest.raises(steps.ChangedElsewhere) as clash:
        sections.edit(section=text, title="", text="Mine", now=NOW, seen=seen)
    assert clash.value.now_there["text"] == "The other tab"
    text.refresh_from_db()
    assert text.text == "The other tab"
    sections.edit(section=text, title="", text="Mine", now=NOW, seen=clash.value.mark)
    text.refresh_from_db()
    assert text.text == "Mine"


def test_the_same_words_from_two_tabs_are_no_quarrel(page: Page) -> None:
    seen = steps.mark_of(pages.words_of(page))
    words: dict[str, Any] = {"title": "New", "line": "", "intro": "", "hide_expired": False}
    for _tab in range(2):
        pages.edit(page=page, now=NOW, seen=seen, **words)
    with pytest.raises(steps.ChangedElsewhere):
        pages.edit(page=page, now=NOW, seen=seen, **{**words, "title": "Other"})


def test_a_note_is_kept_apart_from_the_rest(page: Page) -> None:
    seen = steps.mark_of({"note": ""})
    add(page, title="Something else changes")
    pages.note(entry=entry(page, "a"), text="I led it.", now=NOW, seen=seen)
    with pytest.raises(steps.ChangedElsewhere):
        pages.note(entry=entry(page, "a"), text="We led it.", now=NOW, seen=seen)
    assert entry(page, "a").note == "I led it."


# --- Small things ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("you@example.org", "mailto:you@example.org"),
        ("mailto:you@example.org", "mailto:you@example.org"),
        ("+49 (0)30 123-456", "tel:+49030123456"),
        ("tel:+4930123456", "tel:+4930123456"),
        ("notes.example.org/a", "https://notes.example.org/a"),
        ("https://notes.example.org", "https://notes.example.org"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//evil.example", ""),
        ("just words", ""),
        ("", ""),
        ("mailto:", ""),
        ("https://", ""),
    ],
)
def test_addresses_as_people_type_them(typed: str, address: str) -> None:
    assert typed_address(typed) == address
    assert link_address(address) == address


def test_addresses_are_shown_without_their_machinery() -> None:
    assert shown_address("mailto:you@example.org?subject=x") == "you@example.org"
    assert shown_address("https://www.notes.example.org/a/") == "notes.example.org/a"
    assert shown_address("tel:+4930123456") == "+4930123456"


def test_a_timeline_has_the_newest_year_first_and_what_has_none_last(page: Page) -> None:
    view = pages.build(page=page, now=NOW)
    own = [
        ItemView(name="Museum", url="", text="", when="from March 2024"),
        ItemView(name="Always", url="", text="", when="since school"),
    ]
    years = timeline.years(view.entries, own)
    assert [year.name for year in years] == ["2026", "2024", ""]
    assert [moment.entry.name for moment in years[0].moments if moment.entry] == ["a", "b", "c"]


def test_a_change_on_a_full_page_stays_quick(alice: User) -> None:
    page = many(alice, 500)
    row = page.entries.select_related("badge", "page__owner")[250]
    pages.move(entry=row, step=1, now=NOW)
    steps.undo(page=page, step=None, now=NOW)
    assert page.entries.count() == 500
