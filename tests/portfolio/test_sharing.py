"""Share links: sealed, resolved, locked, withdrawn."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.cache import cache

from accounts.models import AuditEvent, User
from accounts.services.limits import TooOften
from portfolio.models import Page, ShareLink
from portfolio.services import sharing
from tests.factories import NOW, make_badge, make_link, make_page, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def page() -> Page:
    alice = make_user("alice@example.org", name="Alice Adler")
    return make_page(alice, make_badge(alice))


def token_of(link: ShareLink) -> str:
    token = sharing.token_of(link)
    assert token is not None
    return token


def test_a_token_carries_160_bits_and_is_kept_only_sealed(page: Page) -> None:
    link, _token = make_link(page)
    token = token_of(link)
    assert len(token) == 27
    stored = " ".join(map(str, ShareLink.objects.values().get(pk=link.pk).values()))
    assert token not in stored
    assert sharing.resolve(token=token, now=NOW) == link


def test_a_sealed_token_opens_for_its_own_link_only(page: Page) -> None:
    one, two = make_link(page)[0], make_link(page)[0]
    two.sealed_token = one.sealed_token
    assert sharing.token_of(two) is None


def test_a_new_secret_key_still_opens_old_seals(page: Page, settings: LazySettings) -> None:
    link, _token = make_link(page)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret key of fair length " * 2
    assert sharing.token_of(link) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert sharing.token_of(link) is not None


def test_links_open_until_they_end(page: Page) -> None:
    link, _token = make_link(page, ends_at=NOW + HOUR)
    token = token_of(link)
    assert sharing.resolve(token=token, now=NOW) == link
    with pytest.raises(sharing.LinkGone):
        sharing.resolve(token=token, now=NOW + HOUR)


@pytest.mark.parametrize("token", ["", "x", "é" * 30, "\0", "\ud800", "a" * 5000])
def test_a_guess_opens_nothing(page: Page, token: str) -> None:
    with pytest.raises(sharing.LinkGone):
        sharing.resolve(token=token, now=NOW)


def test_the_links_of_somebody_who_left_are_gone(page: Page) -> None:
    link, _token = make_link(page)
    User.objects.update(is_active=False)
    with pytest.raises(sharing.LinkGone):
        sharing.resolve(token=token_of(link), now=NOW)


def terms(**changes: object) -> dict[str, object]:
    return {
        "label": "Acme",
        "visibility": "unlisted",
        "name_shown": "",
        "ends_at": None,
        "pdf_allowed": True,
        "originals_allowed": False,
        "now": NOW,
    } | changes


def test_a_later_end_renews_but_a_withdrawn_link_stays_closed(page: Page) -> None:
    link, _token = make_link(page, ends_at=NOW - HOUR)
    stale = ShareLink.objects.get(pk=link.pk)
    sharing.edit(link=link, **terms(ends_at=NOW + HOUR))  # type: ignore[arg-type]  # terms are mixed
    assert sharing.resolve(token=token_of(link), now=NOW)
    sharing.withdraw(link=link, actor=page.owner, now=NOW)
    sharing.edit(link=stale, **terms())  # type: ignore[arg-type]  # terms are mixed
    with pytest.raises(sharing.LinkGone):
        sharing.resolve(token=token_of(link), now=NOW)
    actions = AuditEvent.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["link.created", "link.changed", "link.withdrawn", "link.changed"]


# --- Locks -------------------------------------------------------------------------------------


def test_the_right_password_grants_and_a_new_one_ends_the_grant(page: Page) -> None:
    link, _token = make_link(page, password="open sesame")
    other, _token = make_link(page, password="open sesame")
    grant = sharing.unlock(link=link, password="open sesame", address="192.0.2.1", now=NOW)
    assert sharing.is_open(link=link, grant=grant)
    assert not sharing.is_open(link=other, grant=grant)
    assert not sharing.is_open(link=link, grant=grant + "x")
    assert not sharing.is_open(link=link, grant="")
    sharing.edit(link=link, **terms(password="open barley"))  # type: ignore[arg-type]  # mixed
    assert not sharing.is_open(link=link, grant=grant)


def test_editing_keeps_or_clears_the_password(page: Page) -> None:
    link, _token = make_link(page, password="open sesame")
    before = link.password
    sharing.edit(link=link, **terms())  # type: ignore[arg-type]  # terms are mixed
    assert link.password == before
    sharing.edit(link=link, **terms(password=""))  # type: ignore[arg-type]  # terms are mixed
    assert not link.is_locked


def guess(link: ShareLink, address: str, times: int, password: str = "wrong") -> None:
    for _time in range(times):
        with pytest.raises(sharing.WrongPassword):
            sharing.unlock(link=link, password=password, address=address, now=NOW)


def test_ten_tries_for_a_link_from_wherever_they_come(page: Page) -> None:
    link, _token = make_link(page, password="open sesame")
    for number in range(10):
        guess(link, f"192.0.2.{number}", 1)
    with pytest.raises(TooOften):
        sharing.unlock(link=link, password="open sesame", address="192.0.2.99", now=NOW)
    later = NOW + timedelta(minutes=15)
    assert sharing.unlock(link=link, password="open sesame", address="192.0.2.99", now=later)


def test_ten_tries_for_an_address_on_whichever_link(page: Page) -> None:
    links = [make_link(page, password="open sesame")[0] for _link in range(3)]
    for link in links[:2]:
        guess(link, "192.0.2.1", 5)
    with pytest.raises(TooOften):
        sharing.unlock(link=links[2], password="open sesame", address="192.0.2.1", now=NOW)


def test_a_flushed_cache_gives_no_fresh_tries(page: Page) -> None:
    link, _token = make_link(page, password="open sesame")
    guess(link, "192.0.2.1", 10)
    cache.clear()
    with pytest.raises(TooOften):
        sharing.unlock(link=link, password="open sesame", address="192.0.2.2", now=NOW)
