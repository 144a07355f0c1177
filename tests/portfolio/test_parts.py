"""The doors of the page editor: forms without a script, the answers to one, and hostile input."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from portfolio.models import Page, Section
from portfolio.services import pages, sections, steps
from tests.factories import NOW, make_badge, make_page, make_user

pytestmark = pytest.mark.django_db
SCRIPT = {"hx-request": "true"}
Kind = Section.Kind


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def own(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def page(alice: User) -> Page:
    page = pages.create(owner=alice, title="Data", now=NOW)
    pages.add(page=page, badges=[make_badge(alice, name=n).pk for n in "ab"], now=NOW)
    return page


def mark(words: str, target: str) -> str:
    """What a form shows, as its hidden field says."""
    found = re.search(rf'id="seen-{target}" value="(\w+)"', words)
    assert found, target
    return found[1]


class Seen(HTMLParser):
    """What a browser would make of a page, as far as it could do harm."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: set[str] = set()
        self.pictures: set[str | None] = set()
        self.scripts: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes |= {name for name, _value in attrs}
        self._in_script = tag == "script"
        if tag == "img":
            self.pictures.add(dict(attrs).get("src"))

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


def text(page: Page, **fields: Any) -> Section:
    section = sections.add(page=page, kind=Kind.TEXT, now=NOW)
    return sections.edit(section=section, now=NOW, **{"title": "", "text": ""} | fields)


@pytest.mark.parametrize("kind", Kind.values)
def test_each_kind_of_section_is_added_shown_and_read(own: Client, page: Page, kind: str) -> None:
    answer = own.post(f"/pages/{page.pk}/sections/", {"kind": kind})
    section = page.sections.last()
    assert section is not None
    assert answer["Location"] == f"/pages/{page.pk}/#section-{section.pk}"
    told = {
        "title": "A heading <of> mine", "text": "Some *words*", "arrangement": "list",
        "item-when": ["2024", ""], "item-name": ["A thing", ""],
        "item-url": ["thing.example/x", ""], "item-text": ["In a sentence", ""],
    }  # fmt: skip
    answer = own.post(f"/pages/{page.pk}/sections/{section.pk}/", told)
    assert answer.status_code == 302
    editor = own.get(f"/pages/{page.pk}/").content.decode()
    assert "A heading &lt;of&gt; mine" in editor
    if kind == Kind.BADGES:  # a section without a badge is not shown to readers
        pages.order(page=page, entries=[], sections={page.entries.all()[0].pk: section.pk}, now=NOW)
    words = own.get(f"/pages/{page.pk}/preview/").content.decode()
    if kind != Kind.SKILLS:  # the badges of this test show none
        assert "A heading &lt;of&gt; mine" in words
        assert "<em>words</em>" in words
    if kind in {Kind.EVIDENCE, Kind.TIMELINE, Kind.CONTACT}:
        assert 'href="https://thing.example/x"' in words
        assert "A thing" in words


def test_nonsense_is_no_section(own: Client, page: Page) -> None:
    for kind in ("", "paint-box", "text\0"):
        own.post(f"/pages/{page.pk}/sections/", {"kind": kind})
    assert page.sections.count() == 2


def test_an_address_that_is_none_is_told_and_nothing_is_lost(own: Client, page: Page) -> None:
    section = sections.add(page=page, kind=Kind.CONTACT, now=NOW)
    address = f"/pages/{page.pk}/sections/{section.pk}/"
    told = {
        "title": "Reach me",
        "text": "",
        "item-name": ["X"],
        "item-url": ["javascript:alert(1)"],
    }
    answer = own.post(address, told)
    words = answer.content.decode()
    assert answer.status_code == 422
    assert "is no address" in words
    assert 'value="Reach me"' in words
    answer = own.post(address, told, headers=SCRIPT)
    assert answer.status_code == 422
    assert f'id="clash-section-{section.pk}"' in answer.content.decode()
    section.refresh_from_db()
    assert section.title == ""


def test_too_much_is_refused(own: Client, page: Page) -> None:
    section = text(page)
    address = f"/pages/{page.pk}/sections/{section.pk}/"
    assert own.post(address, {"text": "x" * 5001}).status_code == 422
    assert own.post(address, {"title": "x" * 121}).status_code == 422
    assert own.post(address, {"text": "a\0b"}).status_code == 422
    note = f"/pages/{page.pk}/entries/{page.entries.all()[0].pk}/note/"
    assert own.post(note, {"note": "x" * 501}).status_code == 422


def test_another_tab_is_told_in_words_and_the_choice_is_theirs(own: Client, page: Page) -> None:
    section = text(page, text="At first")
    address = f"/pages/{page.pk}/sections/{section.pk}/"
    seen = mark(own.get(f"/pages/{page.pk}/").content.decode(), f"section-{section.pk}")
    own.post(address, {"text": "The other tab", "seen": seen})
    answer = own.post(address, {"text": "Mine", "seen": seen})
    words = answer.content.decode()
    assert answer.status_code == 409
    assert "changed in another tab" in words
    assert "The other tab" in words
    assert ">\nMine</textarea>" in words
    over = re.search(r'name="over" value="(\w+)"', words)
    assert over
    answer = own.post(address, {"text": "Mine", "seen": seen}, headers=SCRIPT)
    assert answer.status_code == 409
    assert 'data-clash="changed"' in answer.content.decode()
    assert own.post(address, {"text": "Mine", "seen": seen, "over": over[1]}).status_code == 302
    section.refresh_from_db()
    assert section.text == "Mine"


def test_notes_and_the_top_of_the_page_are_told_the_same(own: Client, page: Page) -> None:
    entry = page.entries.all()[0]
    shown = own.get(f"/pages/{page.pk}/").content.decode()
    note, words = mark(shown, f"note-{entry.pk}"), mark(shown, "words")
    address = f"/pages/{page.pk}/entries/{entry.pk}/note/"
    own.post(address, {"note": "One", "seen": note})
    answer = own.post(address, {"note": "Two", "seen": note})
    assert answer.status_code == 409
    assert ">Two</textarea>" in answer.content.decode()
    own.post(f"/pages/{page.pk}/", {"title": "One", "seen": words})
    answer = own.post(f"/pages/{page.pk}/", {"title": "Two", "seen": words})
    assert answer.status_code == 409
    assert 'value="Two"' in answer.content.decode()
    page.refresh_from_db()
    assert page.title == "One"


def test_what_another_tab_took_away_is_told_in_words(own: Client, page: Page) -> None:
    section, entry = text(page), page.entries.all()[0]
    addresses = (f"entries/{entry.pk}/move/", f"sections/{section.pk}/")
    pages.remove(entry=entry, now=NOW)
    sections.remove(section=section, now=NOW)
    for address in addresses:
        answer = own.post(f"/pages/{page.pk}/{address}", {"step": "up"}, follow=True)
        assert answer.status_code == 200
    gone = own.post(f"/pages/{page.pk}/entries/999999/move/", follow=True).content.decode()
    assert "taken away in another tab" in gone


def test_undo_goes_back_and_says_what_it_undid(own: Client, page: Page) -> None:
    text(page, title="Who I am")
    shown = own.get(f"/pages/{page.pk}/").content.decode()
    assert "Undo: section Who I am" in shown
    step = steps.next_undo(page)
    assert step is not None
    answer = own.post(f"/pages/{page.pk}/undo/", {"step": step.pk}, follow=True)
    assert "Undone: section Who I am." in answer.content.decode()
    answer = own.post(f"/pages/{page.pk}/undo/", {"step": step.pk}, follow=True)
    assert "changed in another tab meanwhile" in answer.content.decode()
    answer = own.post(f"/pages/{page.pk}/redo/", follow=True)
    assert "Done again: section Who I am." in answer.content.decode()
    for _time in range(9):
        answer = own.post(f"/pages/{page.pk}/undo/", {"step": "x"}, follow=True)
    assert "nothing left to undo" in answer.content.decode()
    assert not page.entries.exists()


def test_a_script_gets_the_parts_that_changed(own: Client, page: Page) -> None:
    first = page.entries.all()[0]
    moved = own.post(
        f"/pages/{page.pk}/entries/{first.pk}/move/", {"step": "down"}, headers=SCRIPT
    ).content.decode()
    assert "<html" not in moved
    assert "a is now badge 2 of 2." in moved
    assert 'id="parts"' in moved
    saved = own.post(
        f"/pages/{page.pk}/entries/{first.pk}/note/", {"note": "Mine"}, headers=SCRIPT
    ).content.decode()
    assert 'id="parts"' not in saved  # somebody may be typing in another field
    assert mark(saved, f"note-{first.pk}") == steps.mark_of({"note": "Mine"})


def test_the_look_is_one_of_a_few_good_ones(own: Client, page: Page) -> None:
    look = {"layout": "cover", "typeface": "book", "accent": "plum"}
    own.post(f"/pages/{page.pk}/look/", look)
    own.post(f"/pages/{page.pk}/look/", {**look, "accent": "red; background: url(x)"})
    page.refresh_from_db()
    assert (page.layout, page.typeface, page.accent) == ("cover", "book", "plum")
    words = own.get(f"/pages/{page.pk}/preview/").content.decode()
    assert "accent-plum layout-cover type-book" in words
    badge = own.get(f"/pages/{page.pk}/preview/badges/{page.entries.all()[0].badge_id}/")
    assert "accent-plum" in badge.content.decode()


def test_badges_go_into_the_section_that_was_chosen(own: Client, page: Page, alice: User) -> None:
    more = sections.add(page=page, kind=Kind.BADGES, now=NOW)
    badge = make_badge(alice, name="c")
    own.post(f"/pages/{page.pk}/badges/", {"badge": badge.pk, "section": more.pk})
    assert page.entries.get(badge=badge).section == more
    other = make_page(make_user())
    theirs = sections.add(page=other, kind=Kind.BADGES, now=NOW)
    badge = make_badge(alice, name="d")
    own.post(f"/pages/{page.pk}/badges/", {"badge": badge.pk, "section": theirs.pk})
    assert page.entries.get(badge=badge).section != theirs


def test_hostile_words_stay_words(own: Client, alice: User) -> None:
    bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x1fname\x1f"
    page = pages.create(owner=alice, title=bad[:160], now=NOW, line=bad, intro=bad)
    badge = make_badge(alice, name=bad)
    pages.add(page=page, badges=[badge.pk], now=NOW)
    pages.note(entry=page.entries.select_related("badge").get(), text=bad, now=NOW)
    for kind in Kind.values:
        section = sections.add(page=page, kind=kind, now=NOW)
        line = {"name": bad, "url": 'https://a.example/"onx=1', "text": bad, "when": bad[:40]}
        arrangement = "feature"
        sections.edit(
            section=section, title=bad[:100], text=bad, arrangement=arrangement, items=[line],
            now=NOW,
        )  # fmt: skip
    for arrangement in Section.Arrangement.values:
        page.sections.update(arrangement=arrangement)
        for address in (f"/pages/{page.pk}/", f"/pages/{page.pk}/preview/"):
            words = own.get(address).content.decode()
            seen = Seen()
            seen.feed(words)
            assert not {name for name in seen.attributes if name.startswith("on")}
            assert "alert(1)" not in "".join(seen.scripts)
            assert "x" not in seen.pictures
