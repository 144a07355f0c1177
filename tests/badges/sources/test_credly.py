"""Credly: every link of it, whole profiles, and whatever its feed may say tomorrow."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import Fetch, Fetched, offline
from badges.openbadges.report import Check, Outcome, Report, Result, Trust
from badges.openbadges.verify import verify
from badges.sources import recognise_link
from badges.sources.base import Found, Nothing, Skill
from badges.sources.credly import MAX_PAGES, Credly
from badges.sources.statement import document
from tests.badges.sources.odd import variants
from tests.badges.sources.reading import door, found, seen
from tests.simulators import credly as simulator
from tests.simulators.base import Answer, Mode, Request, Simulator, data

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ID = "5d1f7a50-3a30-4bd4-9b4e-0f6d2c7e8a11"
PAYLOAD = (Path(__file__).parent / "payloads" / "credly_feed.json").read_bytes()
READER = Credly({"credly.test": "credly.test"})
PROFILE = f"https://credly.test/users/{simulator.USER}/badges"
FEED = "https://www.credly.com/users/ada.lovelace/badges.json?page=1"


def told(body: bytes | Any, url: str = FEED) -> Fetch:
    """Credly as it answers this one feed."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return offline({url: Fetched(url, url, 200, "application/json", raw)})


def profile(body: bytes | Any) -> list[Found]:
    return found(Credly(), "https://www.credly.com/users/ada.lovelace", told(body))


# --- Links


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.credly.com/badges/{ID}",
        f"https://www.credly.com/badges/{ID}/",
        f"https://www.credly.com/badges/{ID}/public_url",
        f"https://www.credly.com/badges/{ID}/linked_in_profile",
        f"https://www.credly.com/badges/{ID}/print",
        f"https://www.credly.com/badges/{ID}/public_url?source=linked_in&email=ada@example.org",
        f"https://www.credly.com/badges/{ID}#top",
        f"http://credly.com//badges/{ID}",
        f"HTTPS://WWW.CREDLY.COM/Badges/{ID.upper()}",
        f"https://www.credly.com./badges/{ID}",
        f"https://www.credly.com:443/badges/{ID}",
        f"https://www.credly.com/fr/badges/{ID}",
        f"https://www.credly.com/pt-BR/badges/{ID}",
        f"https://www.credly.com/earner/earned/badge/{ID}",
        f"https://www.credly.com/earner/earned/share/{ID}",
        f"https://www.credly.com/embedded_badge/{ID}",
        f"https://www.youracclaim.com/badges/{ID}/public_url",
        f"  https://youracclaim.com/badges/{ID}\n",
        f"https://www.credly.com/api/v1/obi/v2/badge_assertions/{ID}",
        f"https://api.credly.com/v1/obi/v2/badge_assertions/{ID}",
        f"https://api.credly.com/api/v1/obi/v2/badge_assertions/{ID}.json",
        f"https://www.youracclaim.com/api/v1/obi/v2/badge_assertions/{ID}",
        f"https://api.youracclaim.com/v1/obi/badge_assertions/{ID}",
    ],
)
def test_every_link_of_a_badge_leads_to_its_credential(address: str) -> None:
    one = seen(Credly(), address)
    assert one is not None
    assert one.words == "Credly badge"
    assert one.answers == {"host": "www.credly.com", "badge": ID}
    assert not one.lasting
    [badge] = Credly().find(one.answers, fetch=offline({}))
    assert badge.url == f"https://www.credly.com/api/v1/obi/v2/badge_assertions/{ID}"
    assert badge.key == ID


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.credly.com/api/v1/obi/v3/open_badge_credentials/{ID}",
        f"https://api.credly.com/v1/obi/v3/open_badge_credentials/{ID.upper()}/?x=1",
    ],
)
def test_a_link_to_the_newer_edition_stays_with_it(address: str) -> None:
    [badge] = found(Credly(), address, offline({}))
    assert badge.url == f"https://www.credly.com/api/v1/obi/v3/open_badge_credentials/{ID}"


@pytest.mark.parametrize(
    ("address", "user"),
    [
        ("https://www.credly.com/users/ada.lovelace", "ada.lovelace"),
        ("https://www.credly.com/users/ada.lovelace/", "ada.lovelace"),
        ("https://www.credly.com/users/ada.lovelace/badges", "ada.lovelace"),
        ("https://www.credly.com/users/ada.lovelace/badges/credly", "ada.lovelace"),
        ("https://www.credly.com/users/ada.lovelace/badges.json?page=3", "ada.lovelace"),
        ("https://www.credly.com/users/ada.lovelace/badges#credly", "ada.lovelace"),
        ("http://credly.com/USERS/ada.lovelace?sort=most_popular&page=2", "ada.lovelace"),
        ("https://www.credly.com/de/users/ada.lovelace", "ada.lovelace"),
        ("https://www.youracclaim.com/users/ada-lovelace/badges", "ada-lovelace"),
        ("https://www.credly.com/users/ada-lovelace.758389b9", "ada-lovelace.758389b9"),
        ("https://www.credly.com/users/ad%C3%A9l", "adél"),
    ],
)
def test_every_link_of_a_profile_is_known(address: str, user: str) -> None:
    one = seen(Credly(), address)
    assert one is not None
    assert one.words == f"Credly profile {user}"
    assert one.answers == {"host": "www.credly.com", "user": user}
    assert one.lasting


@pytest.mark.parametrize(
    "address",
    [
        f"https://credly.com.evil.test/badges/{ID}",
        f"https://notcredly.com/badges/{ID}",
        f"https://evil.test/www.credly.com/badges/{ID}",
        f"https://www.credly.com@evil.test/badges/{ID}",
        f"https://www.credly.com:8443/badges/{ID}",
        f"ftp://www.credly.com/badges/{ID}",
        f"https://www.credly.com/badges/{ID}0",
        f"https://www.credly.com/badges/{ID}-x",
        "https://www.credly.com/badges/rope-work",
        "https://www.credly.com/org/harbour-school/badge/rope-work-associate.1",
        "https://www.credly.com/organizations/harbour-school/badges",
        "https://www.credly.com/users/",
        "https://www.credly.com/users/sign_in",
        "https://www.credly.com/users/..",
        "https://www.credly.com/users/%2e%2e%2fadmin",
        "https://www.credly.com/users/a%00b",
        f"https://www.credly.com/users/{'a' * 101}",
        "https://www.credly.com/",
        "https://www.credly.com/earner/earned",
        "https://[::1",
        "ada.lovelace",
    ],
)
def test_what_only_looks_like_credly_is_left_alone(address: str) -> None:
    assert seen(Credly(), address) is None


def test_the_list_of_readers_knows_it() -> None:
    one = recognise_link("https://www.credly.com/users/ada.lovelace")
    assert one is not None
    assert one.reader == "credly"


def test_a_host_that_was_taken_off_the_list_is_not_asked() -> None:
    answers = {"host": "credly.test", "user": "ada.lovelace"}
    with pytest.raises(Nothing, match=r"any more"):
        list(Credly().find(answers, fetch=offline({})))


# --- What the feed says


def test_an_entry_of_the_feed_as_it_was_captured() -> None:
    [badge] = profile(PAYLOAD)
    image = "https://images.credly.com/images/11111111-2222-4333-8444-555555555555/blob"
    assert badge.key == ID
    assert badge.label == "Rope work: Associate"
    assert badge.url == f"https://www.credly.com/api/v1/obi/v2/badge_assertions/{ID}"
    assert badge.image == image
    assert badge.statement is not None
    told = asdict(badge.statement)
    assert told == {
        "basis": "platform",
        "by": "Credly",
        "id": ID,
        "name": "Rope work: Associate",
        "issuer": "Harbour School",
        "issuer_url": "https://www.credly.com/organizations/harbour-school/badges",
        "description": "Holders tie, splice and whip rope so that it holds at sea.\n\n"
        "Authorized by: Guild of Riggers",
        "criteria": "Attend the evening course.\nPass the exam on the quay.",
        "criteria_url": "https://harbour.example/courses/rope",
        "issued_on": date(2025, 3, 14),
        "expires_on": date(2028, 3, 31),
        "holder": "Ada Lovelace",
        "url": f"https://www.credly.com/badges/{ID}",
        "image": image,
        "kind": "Certification",
        "licence": "",
        "skills": (
            asdict(Skill("Splicing")),
            asdict(Skill("Rigging")),
            asdict(Skill("Able Seafarer", "https://frameworks.example/seafarers/deck-2")),
        ),
        "evidence": "Exam of March 2025",
    }


def test_nothing_private_is_kept_from_the_feed() -> None:
    kept = repr(profile(PAYLOAD))
    for private in ("private@home", "555 0199", "ada.jpg", "Seat 4"):
        assert private not in kept


def test_any_change_of_the_feed_is_survived() -> None:
    """Each value gone, renamed or of another type: badges come out, or a sentence."""
    survived = Counter[bool]()
    for answer in variants(json.loads(PAYLOAD)):
        try:
            badges = profile(answer)
        except OpenBadgesError:
            survived[False] += 1
            continue
        survived[True] += 1
        for badge in badges:
            assert 0 < len(badge.key) <= 300
            assert 0 < len(badge.label) <= 200
            assert badge.url.startswith("https://www.credly.com/api/v1/obi/v2/") or not badge.url
            assert badge.image.startswith("https://") or not badge.image
            assert badge.url or badge.statement
            if badge.statement:
                assert json.loads(document(badge.statement, reader="credly"))["name"]
    # Most of a feed is not needed to find a badge.
    assert survived[True] > 20 * survived[False]


def test_an_answer_that_is_no_feed_says_so() -> None:
    answers: list[Any] = [
        [],
        {"badges": []},
        {"data": {}},
        {"data": ["x"]},
        {"data": [{"name": "x"}]},
    ]
    for answer in answers:
        with pytest.raises(Nothing, match="form that we do not know"):
            profile(answer)


def test_a_badge_that_was_turned_down_is_not_stated() -> None:
    answer = json.loads(PAYLOAD)
    answer["data"][0]["state"] = "rejected"
    [badge] = profile(answer)
    assert badge.statement is None


def test_without_a_word_about_pages_the_next_one_is_tried_until_nothing_is_new() -> None:
    answer = json.loads(PAYLOAD)
    del answer["metadata"]
    asked: list[str] = []

    def fetch(url: str, **how: Any) -> Fetched:
        asked.append(url)
        return Fetched(url, url, 200, "application/json", json.dumps(answer).encode())

    assert len(found(Credly(), "https://www.credly.com/users/ada.lovelace", fetch)) == 1
    assert len(asked) == 2


class Endless(Simulator):
    """A feed that makes up another badge for every page, and always has a next one."""

    reader = "credly"
    host = "credly.test"

    def answer(self, request: Request) -> Answer:
        number = int(request.query["page"])
        entry = {
            "id": f"c1ed0000-0000-4000-8000-{number:012d}",
            "badge_template": {"name": f"Badge {number}"},
        }
        return data({"data": [entry], "metadata": {"next_page_url": "https://credly.test/next"}})


def test_a_feed_without_an_end_ends_here() -> None:
    with Endless() as endless, door(endless) as fetch:
        assert len(found(READER, PROFILE, fetch)) == MAX_PAGES
        assert len(endless.requests) == MAX_PAGES


# --- Against the simulator


def report(badge: Found, fetch: Fetch) -> Report:
    """The badge, checked as an import would."""
    return verify(fetch(badge.url).body, fetch=fetch, now=NOW, addresses=(simulator.ADA,))


def test_a_whole_profile_comes_over_page_by_page() -> None:
    with simulator.Credly() as credly, door(credly) as fetch:
        badges = found(READER, PROFILE, fetch)
        assert [badge.key for badge in badges] == [one.id for one in credly.badges]
        assert [path.partition("?")[2] for path in credly.requests] == [
            "page=1",
            "page=2",
            "page=3",
        ]
        assert all(badge.statement and badge.image for badge in badges)
        # Two issuers have a badge of this name: it takes more than a name to be the same.
        names = Counter(badge.label for badge in badges)
        assert names[simulator.ONE_NAME] == 2


def test_what_the_feed_names_can_be_checked() -> None:
    results = {
        1: Result.VALID,
        simulator.EXPIRED: Result.EXPIRED,
        simulator.REVOKED: Result.REVOKED,
        simulator.REVOKED_WITH_200: Result.REVOKED,
        simulator.OTHER_ADDRESS: Result.VALID,
    }
    with simulator.Credly() as credly, door(credly) as fetch:
        badges = found(READER, PROFILE, fetch)
        for number, result in results.items():
            answer = report(badges[number - 1], fetch)
            assert answer.result is result
            whose = answer.finding(Check.RECIPIENT).outcome
            if number == simulator.OTHER_ADDRESS:
                assert whose is Outcome.FAILED
            elif result is not Result.REVOKED:
                assert whose is Outcome.WARNING  # it fits, though hashed without a salt
        assert fetch(badges[simulator.REVOKED - 1].url).status == 410
        assert fetch(badges[simulator.REVOKED_WITH_200 - 1].url).status == 200
        assert fetch(badges[0].image).body.startswith(b"\x89PNG")


def test_a_badge_without_a_credential_is_stated_by_the_platform() -> None:
    with simulator.Credly() as credly, door(credly) as fetch:
        badge = found(READER, PROFILE, fetch)[simulator.NOT_SERVED - 1]
        assert fetch(badge.url).status == 404
        assert badge.statement is not None
        assert badge.statement.basis == "platform"
        assert Skill("Seafaring", "https://skills.test/seafaring") in badge.statement.skills
        assert simulator.SECRET not in repr(badge)


def test_of_two_parties_the_primary_is_the_issuer() -> None:
    with simulator.Credly() as credly, door(credly) as fetch:
        badge = found(READER, PROFILE, fetch)[simulator.TWO_PARTIES - 1]
        assert badge.statement is not None
        assert badge.statement.issuer == credly.badges[simulator.TWO_PARTIES - 1].issuer
        assert badge.statement.description.endswith("Authorized by: Guild of Riggers")
        assert "Guild" not in badge.statement.criteria


def test_after_a_move_badges_are_found_and_checked_under_their_new_names() -> None:
    with simulator.Credly() as credly, door(credly) as fetch:
        credly.mode = Mode.ODD
        badges = found(READER, PROFILE, fetch)
        assert badges[0].key == credly.badges[0].id
        assert badges[0].statement is not None
        assert badges[0].statement.issuer == f"issued by {credly.badges[0].issuer}"
        assert Skill("Seamanship") in badges[0].statement.skills
        own = json.loads(fetch(badges[0].url).body)["id"]
        assert own.startswith("https://www.credly.test/")
        assert report(badges[0], fetch).result is Result.VALID
        assert fetch(badges[simulator.REVOKED - 1].url).status == 200


def test_one_badge_by_its_page_and_in_both_editions() -> None:
    with simulator.Credly() as credly, door(credly) as fetch:
        own = credly.badges[0].id
        [hosted] = found(READER, f"https://credly.test/badges/{own}/public_url", fetch)
        assert credly.requests == []
        assert report(hosted, fetch).trust is Trust.HOSTED
        newer = f"https://credly.test/api/v1/obi/v3/open_badge_credentials/{own}"
        [signed] = found(READER, newer, fetch)
        answer = report(signed, fetch)
        assert answer.result is Result.VALID
        assert answer.trust is Trust.SIGNED


def test_a_later_look_finds_what_came_and_what_changed() -> None:
    with simulator.Credly() as credly, door(credly) as fetch:
        before = {badge.key: badge for badge in found(READER, PROFILE, fetch)}
        assert {badge.key: badge for badge in found(READER, PROFILE, fetch)} == before
        credly.badges.insert(0, simulator.badge(65))
        credly.badges[1].criteria = "Attend twelve evenings"
        credly.badges[2].revoked = "Issued in error"
        after = {badge.key: badge for badge in found(READER, PROFILE, fetch)}
        assert set(after) - set(before) == {simulator.badge(65).id}
        changed = after[credly.badges[1].id].statement
        assert changed is not None
        assert changed.criteria == "Attend twelve evenings"
        assert report(after[credly.badges[2].id], fetch).result is Result.REVOKED


@pytest.mark.parametrize("mode", [Mode.FINE, Mode.SLOW, Mode.DEAD_IMAGES, Mode.ODD])
def test_these_days_everything_comes(mode: Mode) -> None:
    with simulator.Credly() as credly, door(credly) as fetch:
        credly.mode, credly.delay = mode, 0.05
        assert len(found(READER, PROFILE, fetch)) == len(credly.badges)


@pytest.mark.parametrize(
    ("mode", "kind", "words"),
    [
        (Mode.THROTTLED, Unreachable, r"\(429\)"),
        (Mode.REFUSING, Unreachable, r"\(403\)"),
        (Mode.BROKEN, Unreachable, r"\(500\)"),
        (Mode.HTML, Nothing, "web page"),
        (Mode.TRUNCATED, Nothing, "may have changed"),
        (Mode.EMPTY, Nothing, "Is the profile public.*Privacy & Security"),
        (Mode.GONE, Nothing, "Is the profile public.*Privacy & Security"),
    ],
)
def test_these_days_a_sentence_says_why_nothing_comes(
    mode: Mode, kind: type[OpenBadgesError], words: str
) -> None:
    with simulator.Credly() as credly, door(credly) as fetch:
        credly.mode = mode
        with pytest.raises(kind, match=words):
            found(READER, PROFILE, fetch)


def test_a_throttled_profile_is_there_at_the_next_try() -> None:
    with simulator.Credly() as credly, door(credly) as fetch:
        credly.mode = Mode.THROTTLED
        for _ in range(3):  # a page further each time
            with pytest.raises(Unreachable):
                found(READER, PROFILE, fetch)
        assert len(found(READER, PROFILE, fetch)) == len(credly.badges)


def test_a_profile_that_is_nobodys_asks_whether_it_is_public() -> None:
    with (
        simulator.Credly() as credly,
        door(credly) as fetch,
        pytest.raises(Nothing, match="Is the profile public"),
    ):
        found(READER, "https://credly.test/users/nobody", fetch)


def test_the_page_for_people_is_as_unhelpful_as_the_real_one() -> None:
    with simulator.Credly() as credly, door(credly) as fetch:
        address = f"https://credly.test/badges/{credly.badges[0].id}"
        assert fetch(address, accept="application/json").status == 500
        assert b"og:title" in fetch(address, accept="text/html").body
        unknown = fetch(f"https://credly.test/badges/{ID}", accept="text/html")
        assert unknown.status == 200
        assert b"og:title" not in unknown.body
