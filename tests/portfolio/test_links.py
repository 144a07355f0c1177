"""What one link shows of its page, and how often it was opened."""

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from badges.models import Badge
from portfolio.models import LinkBadge, Opening, Page, ShareLink
from portfolio.services import choosing, openings, pages, sharing
from tests.factories import NOW, make_badge, make_link, make_page, make_user

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def badges(alice: User) -> list[Badge]:
    return [make_badge(alice, name=name) for name in ("Welding", "Weaving", "Wiring")]


@pytest.fixture
def page(alice: User, badges: list[Badge]) -> Page:
    return make_page(alice, *badges)


def names(page: Page, link: ShareLink) -> list[str]:
    return [entry.name for entry in pages.build(page=page, now=NOW, link=link).entries]


def ids(badges: Sequence[Badge]) -> list[UUID]:
    return [badge.pk for badge in badges]


# --- What it shows -----------------------------------------------------------------------------


def test_links_to_one_page_show_what_each_was_made_for(page: Page, badges: list[Badge]) -> None:
    welding, weaving, wiring = badges
    whole, _token = make_link(page)
    two, _token = make_link(page, badges=ids([wiring, welding]))
    none, _token = make_link(page, badges=[])
    assert names(page, whole) == ["Welding", "Weaving", "Wiring"]
    assert names(page, two) == ["Wiring", "Welding"]
    assert names(page, none) == []
    sharing.choose(link=two, badges=[weaving.pk], now=NOW)
    assert names(page, two) == ["Weaving"]
    sharing.choose(link=two, badges=None, now=NOW)
    assert names(page, two) == names(page, whole)


def test_a_choice_shows_nothing_that_the_page_does_not(page: Page, badges: list[Badge]) -> None:
    elsewhere = make_badge(page.owner)
    bobs = make_badge(make_user())
    link, _token = make_link(page, badges=[elsewhere.pk, bobs.pk, uuid4(), *ids(badges[:2])])
    assert names(page, link) == ["Welding", "Weaving"]
    pages.remove(entry=page.entries.get(badge=badges[0]), now=NOW)
    assert names(page, link) == ["Weaving"]
    # The last one gone, the link is empty: it must not open up to the whole page by itself.
    pages.remove(entry=page.entries.get(badge=badges[1]), now=NOW)
    assert names(page, link) == []


def test_numbers_say_what_the_choice_says(page: Page, badges: list[Badge]) -> None:
    link, _token = make_link(page, badges=[badges[0].pk])
    view = pages.build(page=page, now=NOW, link=link)
    assert (view.total, view.verified, view.hidden) == (1, 1, 0)


def test_what_a_link_does_not_show_is_not_behind_it(page: Page, badges: list[Badge]) -> None:
    Badge.objects.update(document=b'{"id": "urn:x"}')
    link, token = make_link(page, badges=[badges[0].pk], originals_allowed=True)
    client = Client()
    for badge, status in ((badges[0], 200), (badges[1], 404)):
        for rest in ("", "original/"):
            answer = client.get(f"/s/{token}/badges/{badge.pk}/{rest}")
            assert answer.status_code == status
    assert choosing.hides(link=link, badge=badges[1].pk)


def test_its_owner_chooses_by_ticks_and_numbers(page: Page, badges: list[Badge]) -> None:
    link, _token = make_link(page)
    client = Client()
    client.force_login(page.owner)
    path = f"/links/{link.pk}/badges/"
    ticks = re.findall(r'name="(?:what|badge)"[^>]* checked>', client.get(path).text)
    assert len(ticks) == 4  # the whole page, and its three badges
    sent: dict[str, object] = {"what": "some", "badge": [str(b.pk) for b in badges[:2]]}
    sent |= {f"place-{badges[0].pk}": "9", f"place-{badges[1].pk}": "2"}
    assert client.post(path, sent).status_code == 302
    link.refresh_from_db()
    assert names(page, link) == ["Weaving", "Welding"]
    assert "2 badges of the page" in client.get(f"/links/{link.pk}/").content.decode()
    client.post(path, sent | {"what": "all"})
    link.refresh_from_db()
    assert len(names(page, link)) == 3


@pytest.mark.parametrize("place", ["", "x", "-1", "1e9", "٣", "9" * 40])
def test_nonsense_numbers_leave_the_order(page: Page, badges: list[Badge], place: str) -> None:
    link, _token = make_link(page)
    client = Client()
    client.force_login(page.owner)
    sent: dict[str, object] = {"what": "some", "badge": [*(str(b.pk) for b in badges), "x", ""]}
    sent |= {f"place-{badge.pk}": place for badge in badges}
    assert client.post(f"/links/{link.pk}/badges/", sent).status_code == 302
    link.refresh_from_db()
    assert names(page, link) == ["Welding", "Weaving", "Wiring"]


def test_a_choice_goes_with_its_badge_and_its_link(page: Page, badges: list[Badge]) -> None:
    link, _token = make_link(page, badges=ids(badges))
    badges[0].entries.all().delete()
    badges[0].delete()
    assert LinkBadge.objects.count() == 2
    link.delete()
    assert not LinkBadge.objects.exists()


# --- Openings ----------------------------------------------------------------------------------


def opened(token: str, client: Client | None = None, path: str = "", **headers: str) -> None:
    given = {"user_agent": BROWSER} | headers
    asked = {name.replace("_", "-"): value for name, value in given.items()}
    (client or Client()).get(f"/s/{token}/{path}", headers=asked)


def times(link: ShareLink) -> int:
    return openings.tally(link=link, now=timezone.now()).times


def test_a_browser_that_opens_the_page_is_counted_and_nothing_is_kept(page: Page) -> None:
    link, token = make_link(page)
    client = Client()
    for _time in range(3):
        opened(token, client, sec_fetch_mode="navigate", sec_fetch_dest="document")
    assert times(link) == 3
    assert not client.cookies
    (row,) = Opening.objects.values()
    assert set(row) == {"id", "link_id", "day", "times"}
    assert row["day"] == timezone.localdate()


MACHINES = [
    "",
    "curl/8.5.0",
    "python-requests/2.32",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
]


@pytest.mark.parametrize("words", MACHINES)
def test_programs_are_not_counted(page: Page, words: str) -> None:
    link, token = make_link(page)
    opened(token, user_agent=words)
    assert times(link) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"sec_fetch_mode": "cors", "sec_fetch_dest": "empty"},
        {"sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
    ],
)
def test_what_nobody_sees_is_not_counted(page: Page, headers: dict[str, str]) -> None:
    link, token = make_link(page)
    opened(token, None, "", **headers)
    assert times(link) == 0


def test_its_owner_is_not_counted_and_somebody_else_with_an_account_is(page: Page) -> None:
    link, token = make_link(page)
    mine, bobs = Client(), Client()
    mine.force_login(page.owner)
    bobs.force_login(make_user("bob@example.org"))
    opened(token, mine)
    assert times(link) == 0
    opened(token, bobs)
    assert times(link) == 1
    mine.cookies["sessionid"] = "nonsense"
    opened(token, mine)
    assert times(link) == 2


def test_only_the_page_itself_counts_once_its_lock_is_open(page: Page) -> None:
    link, token = make_link(page, password="open sesame")
    client = Client()
    opened(token, client)
    assert times(link) == 0
    client.post(f"/s/{token}/unlock/", {"password": "open sesame"})
    for path in ("badges/", "progress/", "take/table/", "embed/", f"?since={NOW:%s}"):
        opened(token, client, path)
    before = times(link)
    opened(token, client)
    assert times(link) == before + 1 <= 2


def test_days_are_told_apart_and_a_dead_link_counts_nothing(page: Page) -> None:
    link, token = make_link(page)
    for days in (0, 0, 1, 29, 30, 400):
        openings.count(link=link, now=NOW - timedelta(days=days))
    tally = openings.tally(link=link, now=NOW)
    assert (tally.times, tally.last, tally.most) == (6, NOW.date(), 2)
    assert [n for _day, n in tally.days] == [1, *[0] * 27, 1, 2]
    assert len(tally.bars) == openings.DAYS
    sharing.withdraw(link=link, actor=page.owner, now=NOW)
    opened(token)
    assert openings.tally(link=link, now=NOW).times == 6


def test_the_list_of_links_says_how_often_without_more_queries(page: Page, alice: User) -> None:
    client = Client()
    client.force_login(alice)
    link, _token = make_link(page)
    openings.count(link=link, now=NOW)
    words = client.get("/links/").content.decode()
    assert "1 time" in words
    openings.count(link=link, now=NOW)
    assert "2 times" in client.get("/links/").content.decode()
