"""The social card: drawn by a worker when a page says something new, and gone with its link."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from badges.models import Badge, Result
from portfolio import tasks
from portfolio.models import Card, Page, ShareLink
from portfolio.services import card_art, cards, pages, sharing
from tests.factories import NOW, make_badge, make_link, make_page, make_user

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def page() -> Page:
    alice = make_user("alice@example.org", name="Alice Adler")
    return make_page(alice, *(make_badge(alice) for _number in range(7)), updated_at=NOW)


def draw(link: ShareLink, at: datetime = NOW) -> Card:
    cards.draw(card_id=Card.objects.get(link=link).pk, clock=lambda: at)
    return Card.objects.get(link=link)


def test_a_new_link_asks_for_its_card_and_a_worker_draws_it(page: Page) -> None:
    link, _token = make_link(page)
    asked = Card.objects.get(link=link)
    assert (asked.state, str(asked.file)) == (Card.State.QUEUED, "")
    tasks.draw_card(str(asked.pk))
    card = Card.objects.get(link=link)
    assert card.state == Card.State.DONE
    with default_storage.open(str(card.file)) as file, Image.open(file) as drawn:
        assert (drawn.size, drawn.format) == ((1200, 630), "JPEG")
    # Rung twice, a worker finds nothing to do.
    tasks.draw_card(str(asked.pk))
    assert Card.objects.get(link=link).started_at == card.started_at


def test_a_card_speaks_the_language_of_its_owner(page: Page) -> None:
    link, _token = make_link(page)
    english = draw(link).fingerprint
    User.objects.update(language="de")
    cards.ask(link=link, now=NOW)
    assert draw(link).fingerprint != english


def test_no_request_draws(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    link, token = make_link(page)

    def never(view: object) -> bytes:
        raise AssertionError("a request has drawn a card")

    monkeypatch.setattr(card_art, "draw", never)
    client = Client()
    client.force_login(page.owner)
    for path in (f"/s/{token}/", f"/s/{token}/card.jpg", f"/links/{link.pk}/", "/links/"):
        client.get(path)
    assert Card.objects.get(link=link).state == Card.State.QUEUED


def test_the_sweep_finds_what_has_changed_and_nothing_else(page: Page) -> None:
    link, _token = make_link(page)
    first = draw(link, NOW + MINUTE)
    assert cards.sweep(now=NOW + 2 * MINUTE) == 0
    Page.objects.update(title="Another title", updated_at=NOW + 2 * MINUTE)
    assert cards.sweep(now=NOW + 3 * MINUTE) == 1
    second = draw(link, NOW + 3 * MINUTE)
    assert second.fingerprint != first.fingerprint
    assert not default_storage.exists(str(first.file))
    Badge.objects.update(result=Result.REVOKED, checked_at=NOW + 4 * MINUTE)
    assert cards.sweep(now=NOW + 5 * MINUTE) == 1
    third = draw(link, NOW + 5 * MINUTE)
    assert third.fingerprint != second.fingerprint
    # A date that passes changes no row: it is found within hours.
    assert cards.sweep(now=NOW + 6 * MINUTE) == 0
    later = NOW + 6 * MINUTE + cards.LOOK_AGAIN
    assert cards.sweep(now=later) == 1
    assert str(draw(link, later).file) == str(third.file)


def test_a_locked_or_dead_link_has_no_card(page: Page) -> None:
    _locked, token = make_link(page, password="open sesame")
    assert not Card.objects.exists()
    assert cards.sweep(now=NOW) == 0
    link, _token = make_link(page)
    file = str(draw(link).file)
    terms = {name: getattr(link, name) for name in sharing.TERMS}
    sharing.edit(link=link, now=NOW, password="open sesame", **terms)
    assert not Card.objects.exists()
    assert file
    ending, _token = make_link(page, ends_at=NOW + MINUTE)
    cards.draw(card_id=Card.objects.get(link=ending).pk, clock=lambda: NOW + 2 * MINUTE)
    assert not Card.objects.exists()
    assert Client().get(f"/s/{token}/card.jpg").status_code == 302


def test_a_drawing_that_kills_its_worker_is_given_up(page: Page) -> None:
    link, _token = make_link(page)
    card = Card.objects.get(link=link)
    now = NOW
    for _time in range(Card.MAX_ATTEMPTS):
        assert Card.objects.claim(card.pk, now=now) is not None
        now += timedelta(hours=1)
    assert draw(link, now).state == Card.State.FAILED
    assert cards.sweep(now=now) == 0
    cards.ask(link=link, now=now)
    assert draw(link, now).state == Card.State.DONE


def test_a_worker_that_was_thought_dead_leaves_nothing(page: Page) -> None:
    link, _token = make_link(page)
    card = Card.objects.get(link=link)

    def slow() -> datetime:
        # Between its claim and its end somebody asks anew.
        if Card.objects.filter(pk=card.pk, state=Card.State.RUNNING).exists():
            cards.ask(link=link, now=NOW)
        return NOW

    cards.draw(card_id=card.pk, clock=slow)
    assert Card.objects.get(pk=card.pk).state == Card.State.QUEUED
    assert default_storage.listdir(f"cards/{link.pk}")[1] == []


@pytest.mark.parametrize("size", [0, 1, 3, 5, 6, 40])
def test_every_page_has_a_card(page: Page, size: int) -> None:
    owner = make_user(name="W" * 150)
    badges = [make_badge(owner, name="é") for _number in range(size)]
    few = make_page(owner, *badges, title="M" * 160)
    with Image.open(BytesIO(card_art.draw(pages.build(page=few, now=timezone.now())))) as drawn:
        assert drawn.size == (1200, 630)
        # The margin stays free, however long the words are.
        darkest, _lightest = drawn.crop((1130, 100, 1200, 300)).convert("L").getextrema()
        assert darkest > 200  # type: ignore[operator]  # one band has one number
