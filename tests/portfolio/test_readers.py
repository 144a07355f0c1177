"""What employers open: no account, no cookie, nothing told by a dead link."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from accounts.models import User
from badges.models import Badge, KnownIssuer, Result, Trust
from badges.services import registry
from portfolio.models import Card, Page, ShareLink
from portfolio.services import cards, sharing
from tests.factories import make_badge, make_issuer, make_page, make_user
from tests.portfolio.test_pages import many

pytestmark = pytest.mark.django_db
PASSWORD = "open sesame"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def page(alice: User) -> Page:
    return make_page(alice, make_badge(alice, name="Statistics"), make_badge(alice))


def shared(page: Page, **terms: object) -> tuple[ShareLink, str]:
    """A link that opens now, and its path."""
    given: dict[str, Any] = {"label": "Acme", "now": timezone.now()} | terms
    link = sharing.create(page=page, **given)
    return link, f"/s/{sharing.token_of(link)}/"


def drawn(link: ShareLink) -> str:
    """Have a worker draw the card, and tell where it is."""
    cards.draw(card_id=Card.objects.get(link=link).pk, clock=timezone.now)
    return str(Card.objects.get(link=link).file)


def text(response: object) -> str:
    assert isinstance(response, HttpResponse)
    return response.content.decode()


class Seen(HTMLParser):
    """What a browser would take for a script or a style of ours."""

    def __init__(self, response: object) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.feed(text(response))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not (given.get("src") or "").startswith("/")):
            self.problems.append(tag)
        self.problems += [f"{tag} {a}" for a in given if a == "style" or a.startswith("on")]
        for address in ("href", "src", "action"):
            if (given.get(address) or "").strip().lower().startswith("javascript:"):
                self.problems.append(f"{tag} {address}")


# --- The page ----------------------------------------------------------------------------------


def test_a_reader_sees_who_how_much_and_what(client: Client, page: Page) -> None:
    _link, path = shared(page)
    words = text(client.get(path))
    for expected in ("Alice Adler", page.title, page.line, "2 of 2", "Statistics", "Signature"):
        assert expected in words
    assert page.owner.email not in words


def test_the_name_shown_replaces_the_name(client: Client, page: Page) -> None:
    _link, path = shared(page, name_shown="A. A.")
    badge = page.entries.all()[0].badge_id
    for address in (path, f"{path}badges/{badge}/"):
        assert "A. A." in text(client.get(address))
        assert "Alice" not in text(client.get(address))


def test_an_emptied_page_says_so(client: Client, alice: User) -> None:
    _link, path = shared(make_page(alice))
    assert "Its owner has not put a badge on this page" in text(client.get(path))


def test_a_lost_badge_is_flagged(client: Client, alice: User) -> None:
    _link, path = shared(make_page(alice, make_badge(alice, result=Result.REVOKED)))
    assert "Its issuer has revoked this badge." in text(client.get(path))


def test_one_badge_says_what_had_to_be_done(client: Client, alice: User) -> None:
    badge = make_badge(alice, criteria_text="Bake\n\ntwelve loaves.")
    _link, path = shared(make_page(alice, badge))
    words = text(client.get(f"{path}badges/{badge.pk}/"))
    assert "twelve loaves." in words
    assert words.index("What had to be done") < words.index("Evidence")
    bare = make_badge(alice, criteria_text="")
    page = make_page(alice, bare)
    _link, path = shared(page)
    assert "The issuer gave no criteria." in text(client.get(f"{path}badges/{bare.pk}/"))


def test_a_badge_that_is_not_on_the_page_is_not_there(client: Client, page: Page) -> None:
    _link, path = shared(page)
    off = make_badge(page.owner)
    assert client.get(f"{path}badges/{off.pk}/").status_code == 404


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ settings.SECRET_KEY }}{% debug %}",
    "x" * 5000,
    "\u202eright to left override",
    "العربية עברית हिन्दी ไทย ქართული Հայերեն አማርኛ বাংলা தமிழ் 日本語 한국어",
    "' onmouseover='alert(1)",
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_stay_words(client: Client, words: str) -> None:
    owner = make_user(name=words[:200])
    badge = make_badge(
        owner,
        name=words,
        issuer=make_issuer(words),
        criteria_text=words,
        description=words,
        host=words[:300],
        trust=Trust.HOSTED,
        evidence=[{"name": words, "url": f"https://e.example/{words}", "text": words}],
    )
    page = make_page(owner, badge, title=words[:160], line=words[:300], intro=words)
    page.entries.update(note=words[:500])
    link, path = shared(page, originals_allowed=True)
    drawn(link)
    for address in (path, f"{path}badges/{badge.pk}/", f"{path}embed/"):
        response = client.get(address)
        assert response.status_code == 200
        assert Seen(response).problems == []
    assert client.get(f"{path}card.jpg").status_code == 200


def addresses(page: Page, path: str) -> list[str]:
    badge = page.entries.all()[0].badge_id
    return [path, f"{path}badges/{badge}/", f"{path}progress/", f"{path}?since=1"]


def test_no_inline_style_or_script(client: Client, page: Page) -> None:
    link, path = shared(page)
    _locked, lock = shared(page, password=PASSWORD)
    signed_in = Client()
    signed_in.force_login(page.owner)
    own = ["/pages/", f"/pages/{page.pk}/", f"/pages/{page.pk}/preview/", f"/links/{link.pk}/"]
    answers = [client.get(a) for a in (*addresses(page, path), f"{lock}unlock/", "/s/x/", "/t/")]
    answers += [signed_in.get(a) for a in (*own, "/links/", "/documents/", "/pages/new/")]
    for response in answers:
        assert Seen(response).problems == [], response.request["PATH_INFO"]
        assert "unsafe-inline" not in response["Content-Security-Policy"]


def test_the_card_and_the_addresses_come_from_the_settings(
    client: Client, page: Page, settings: LazySettings
) -> None:
    settings.SITE_URL = "https://badges.example.org"
    settings.ALLOWED_HOSTS = ["evil.example", "testserver"]
    link, path = shared(page)
    drawn(link)
    words = text(client.get(path, headers={"host": "evil.example"}))
    assert f'content="https://badges.example.org{path}"' in words
    assert f'content="https://badges.example.org{path}card.jpg?v=' in words
    assert "evil.example" not in words


def test_the_card_is_a_picture_of_the_right_size(client: Client, page: Page) -> None:
    link, path = shared(page)
    assert client.get(f"{path}card.jpg").status_code == 404
    assert "og:image" not in text(client.get(path))
    drawn(link)
    with Image.open(BytesIO(client.get(f"{path}card.jpg").content)) as card:
        assert card.size == (1200, 630)
    assert "og:image" in text(client.get(path))


@pytest.mark.django_db(transaction=True)
def test_a_withdrawn_link_leaves_no_card_behind(page: Page) -> None:
    link, _path = shared(page)
    file = drawn(link)
    sharing.withdraw(link=link, actor=page.owner, now=timezone.now())
    assert not default_storage.exists(file)
    assert not Card.objects.exists()


# --- Cookies and headers -----------------------------------------------------------------------


def test_no_cookie_is_set_or_looked_at(page: Page) -> None:
    link, path = shared(page)
    plain, signed_in = Client(), Client()
    signed_in.force_login(page.owner)
    for address in addresses(page, path):
        one, two = plain.get(address), signed_in.get(address)
        assert not one.cookies
        assert not two.cookies
        assert "Cookie" not in one.get("Vary", "")
        assert text(one) == text(two)
    for address in (f"{path}check/", f"{path}transcript/"):
        response = plain.post(address)
        assert response.status_code == 302
        assert not response.cookies
    assert link.is_locked is False


def test_an_unlisted_page_is_kept_out_of_caches_logs_and_indexes(
    client: Client, page: Page
) -> None:
    _link, path = shared(page)
    for address in (*addresses(page, path), f"{path}card.jpg", f"{path}embed/"):
        response = client.get(address)
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response["Cache-Control"] == "private, no-store"


def test_a_public_page_may_be_cached_for_a_moment_and_found(client: Client, page: Page) -> None:
    _link, path = shared(page, visibility="public")
    response = client.get(path)
    assert "X-Robots-Tag" not in response
    assert "noindex" not in text(response)
    assert response["Cache-Control"] == "public, max-age=300, stale-while-revalidate=0"
    again = client.get(path, headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304
    Badge.objects.update(result=Result.REVOKED)
    assert client.get(path, headers={"if-none-match": response["ETag"]}).status_code == 200


# --- Dead links --------------------------------------------------------------------------------


def dead_paths(page: Page) -> dict[str, str]:
    now = timezone.now()
    expired = shared(page, ends_at=now - timedelta(seconds=1))[1]
    gone, withdrawn = shared(page)
    sharing.withdraw(link=gone, actor=page.owner, now=now)
    locked_gone, locked = shared(page, password=PASSWORD)
    sharing.withdraw(link=locked_gone, actor=page.owner, now=now)
    public = shared(page, visibility="public", ends_at=now - timedelta(seconds=1))[1]
    left = make_user(name="Bob", is_active=False)
    inactive = shared(make_page(left, make_badge(left)))[1]
    return {
        "unknown": "/s/" + "A" * 27 + "/",
        "expired": expired,
        "withdrawn": withdrawn,
        "locked": locked,
        "public": public,
        "inactive": inactive,
    }


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("get", ""),
        ("get", "badges/00000000-0000-4000-8000-000000000000/"),
        ("get", "unlock/"),
        ("post", "unlock/"),
        ("post", "check/"),
        ("get", "progress/"),
        ("get", "card.jpg"),
        ("get", "embed/"),
        ("get", "take/table/"),
        ("get", "take/resume/"),
        ("get", "take/originals/"),
        ("get", "badges/00000000-0000-4000-8000-000000000000/original/"),
        ("post", "transcript/"),
        ("get", "transcript/00000000-0000-4000-8000-000000000000/"),
        ("get", "transcript/00000000-0000-4000-8000-000000000000/file/"),
    ],
)
def test_dead_links_cannot_be_told_apart(
    client: Client, page: Page, method: str, rest: str
) -> None:
    answers = set()
    queries = set()
    for path in dead_paths(page).values():
        with CaptureQueriesContext(connection) as seen:
            response = getattr(client, method)(path + rest, {"password": PASSWORD})
        answers.add((response.status_code, response.content, str(sorted(response.items()))))
        queries.add(len(seen))
    assert len(answers) == 1
    assert queries == {1}
    assert answers.pop()[0] == 404


@pytest.mark.parametrize("rest", ["check/", "transcript/"])
def test_a_readers_change_is_never_a_get(client: Client, page: Page, rest: str) -> None:
    _link, path = shared(page)
    assert client.get(path + rest).status_code == 405
    assert client.get("/s/unknown/" + rest).status_code == 405


@pytest.mark.parametrize("rest", ["", "progress/", "card.jpg"])
def test_a_readers_page_takes_no_post(client: Client, page: Page, rest: str) -> None:
    _link, path = shared(page)
    assert client.post(path + rest).status_code == 405


# --- Locks -------------------------------------------------------------------------------------


def test_a_locked_page_shows_nothing_before_its_password(client: Client, page: Page) -> None:
    _link, path = shared(page, password=PASSWORD)
    assert client.get(f"{path}card.jpg").status_code == 302
    for address in addresses(page, path):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"] == f"{path}unlock/"
    words = text(client.get(f"{path}unlock/"))
    assert "Alice" not in words
    assert page.title not in words
    assert not client.cookies


def test_the_password_opens_that_page_alone(page: Page) -> None:
    client = Client(enforce_csrf_checks=True)
    _link, path = shared(page, password=PASSWORD)
    _other, elsewhere = shared(page, password=PASSWORD)
    wrong = client.post(f"{path}unlock/", {"password": "nope"})
    assert wrong.status_code == 422
    assert not wrong.cookies
    right = client.post(f"{path}unlock/", {"password": PASSWORD})
    assert right["Location"] == path
    cookie = right.cookies["laurel-open"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (path, True, "Lax")
    assert "Alice Adler" in text(client.get(path))
    assert client.get(elsewhere).status_code == 302
    assert client.get(f"{path}card.jpg").status_code == 404


def test_the_eleventh_try_is_told_to_wait(client: Client, page: Page) -> None:
    _link, path = shared(page, password=PASSWORD)
    for _time in range(10):
        assert client.post(f"{path}unlock/", {"password": "nope"}).status_code == 422
    blocked = client.post(f"{path}unlock/", {"password": PASSWORD})
    assert blocked.status_code == 429
    assert "Too many tries" in text(blocked)


@pytest.mark.parametrize("path", ["", "unlock/"])
def test_an_open_page_asks_for_nothing(client: Client, page: Page, path: str) -> None:
    _link, here = shared(page)
    response = client.get(f"{here}unlock/")
    assert response["Location"] == here


# --- Check this portfolio ----------------------------------------------------------------------


def test_a_reader_has_the_badges_checked_and_can_watch(page: Page) -> None:
    Badge.objects.update(document=b"{}")
    client = Client(enforce_csrf_checks=True)
    _link, path = shared(page)
    response = client.post(f"{path}check/", headers={"sec-fetch-site": "same-origin"})
    assert response.status_code == 302
    assert Badge.objects.filter(next_check_at__lte=timezone.now()).count() == 2
    words = text(client.get(response["Location"]))
    assert "2 of 2 still to go" in words
    assert "hx-get" in words
    part = f"{path}progress/" + re.sub(r"^.*(\?since=\d+).*$", r"\1", response["Location"])
    assert "still to go" in text(client.get(part))
    Badge.objects.update(next_check_at=timezone.now() + timedelta(days=7))
    done = text(client.get(part))
    assert "Everything has been checked again" in done
    assert "hx-get" not in done


@pytest.mark.parametrize("since", ["", "x", "-1", "1", "99999999999", "٣", "1" * 40])
def test_a_made_up_time_of_asking_is_ignored(client: Client, page: Page, since: str) -> None:
    _link, path = shared(page)
    assert "hx-get" not in text(client.get(path, {"since": since}))


@pytest.mark.parametrize("rest", ["check/", "transcript/", "unlock/"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_press_the_buttons(
    client: Client, page: Page, rest: str, site: str
) -> None:
    _link, path = shared(page)
    answer = client.post(path + rest, headers={"sec-fetch-site": site})
    assert answer.status_code == 403
    assert not Badge.objects.filter(next_check_at__lte=timezone.now()).exists()


def test_checking_again_and_again_is_told_to_wait(client: Client, page: Page) -> None:
    _link, path = shared(page)
    for _time in range(6):
        assert client.post(f"{path}check/").status_code == 302
    blocked = client.post(f"{path}check/")
    assert blocked.status_code == 429
    assert "ask again at" in text(blocked)


# --- Price -------------------------------------------------------------------------------------


def test_the_employers_page_costs_the_same_for_10_and_for_500(client: Client, alice: User) -> None:
    counts = {}
    for size in (10, 500):
        page = many(alice, size)
        _link, path = shared(page, badges=list(page.entries.values_list("badge", flat=True)))
        # A person, who is counted, with a link that has a choice of its own: the most it can cost.
        client.get(path, headers={"user-agent": BROWSER})
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path, headers={"user-agent": BROWSER})
        assert text(response).count('class="badge-card') == size
        counts[size] = len(queries)
    print(f"employer's page, queries by badges: {counts}")  # noqa: T201  # asked for in numbers
    assert counts[10] == counts[500] <= 6


# --- Who issued it -----------------------------------------------------------------------------


def test_readers_see_how_an_issuer_stands_to_the_registry(client: Client, alice: User) -> None:
    issuer = make_issuer("Harbour College")
    page = make_page(alice, badge := make_badge(alice, issuer=issuer, host="harbour.example"))
    _link, path = shared(page)
    one = f"{path}badges/{badge.pk}/"
    assert "known issuer" not in text(client.get(path))
    assert "Issuer not in our registry" in text(client.get(one))
    entry = KnownIssuer(identifier=issuer.identifier, name=issuer.name)
    registry.save(entry=entry, actor=None)
    assert "known issuer" in text(client.get(path))
    assert "Known issuer" in text(client.get(one))
    entry.identifier = "did:web:harbour.example"
    registry.save(entry=entry, actor=None)
    assert "Look twice" in text(client.get(path))
    assert "Somebody else’s name?" in text(client.get(one))
