"""Badgr and its forks: links of every spelling lead to badges that are checked for real."""

import json
from dataclasses import replace

import pytest

from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import offline
from badges.openbadges.report import Check, Result, Trust
from badges.sources import recognise_link
from badges.sources.badgr import MAX_BADGES, Badgr
from badges.sources.base import Nothing
from tests.badges.documents import fetched
from tests.badges.sources.checking import check, tolerated
from tests.badges.sources.odd import variants
from tests.badges.sources.reading import BAD_DAYS, door, found, seen
from tests.simulators import badgr as simulated
from tests.simulators.awards import ADA, Award
from tests.simulators.badgr import COLLECTION, HIDDEN, IDS, SLUG
from tests.simulators.base import Answer, Mode, Request, Simulator, page

ID = "TyCya8kbRvSjs-ZZzw9p2A"
UUID = "0b6f2f0a-5a7e-4d1c-9b57-1f2e3d4c5b6a"
SHARED = "3F9A0C5B7D1E42688A6B4C2D0E1F3A5B"
BADGE = f"https://badgr.test/public/assertions/{IDS[0]}"
PUBLIC = f"https://badgr.test/public/collections/{COLLECTION}"


def reader() -> Badgr:
    return Badgr({"badgr.test": "badgr.test"})


def badgr(mode: Mode = Mode.FINE) -> simulated.Badgr:
    simulator = simulated.Badgr()
    simulator.mode = mode
    return simulator


# --- Links -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (f"https://badgr.com/public/assertions/{ID}", "badgr.com"),
        (f"HTTPS://Badgr.Com/public/assertions/{ID}/", "badgr.com"),
        (f"http://badgr.com:80/public/assertions/{ID}", "badgr.com"),
        (f"https://api.badgr.io/public/assertions/{ID}.json?v=2_0", "api.badgr.io"),
        (f"https://api.badgr.io/public/assertions/{ID}/image", "api.badgr.io"),
        (f"https://api.badgr.io/public/assertions/{ID}/baked", "api.badgr.io"),
        (f"https://eu.badgr.com/public/assertions/{ID}?embedVersion=2#top", "eu.badgr.com"),
        (f"https://badges.parchment.com/public/assertions/{ID}", "badges.parchment.com"),
        (f"https://campus.badges.parchment.eu/public/assertions/{ID}", None),
        (f"https://openbadges.education/public/assertions/{ID}", "openbadges.education"),
        (f"https://www.edubadges.nl/public/assertions/{ID}", "www.edubadges.nl"),
        (f"https://badges.school.example/public/assertions/{ID}", "badges.school.example"),
        (f"https://badges.school.example/public/assertions/{UUID}", "badges.school.example"),
    ],
)
def test_a_link_to_a_badge_is_known_at_any_host(address: str, host: str | None) -> None:
    recognised = recognise_link(address)
    assert recognised is not None
    assert recognised.reader == "badgr"
    assert recognised.answers["badge"] in {ID, UUID}
    assert recognised.answers["host"] == (host or "campus.badges.parchment.eu")
    assert recognised.answers["host"] in recognised.words
    assert not recognised.lasting


def test_what_follows_a_link_is_forgotten_but_for_the_edition() -> None:
    link = f"https://badgr.com/public/assertions/{ID}?identity__email=ada%40example.org"
    recognised = seen(Badgr(), f"{link}&action=download&v=3_0&utm_source=url_copy")
    assert recognised is not None
    assert recognised.answers == {"host": "badgr.com", "badge": ID, "edition": "3_0"}
    assert "example.org" not in repr(recognised)


@pytest.mark.parametrize(
    "address",
    [
        f"https://badgr.com/public/collections/{SHARED}",
        f"https://badgr.com/public/collections/{SHARED}/embed",
        f"https://api.ca.badgr.io/public/collections/{SHARED}.json?v=2_0",
        f"https://api.badgr.io/share/collection/{SHARED}",
        f"https://api.badgr.io/earner/collections/my-badges/{SHARED}/embed",
        f"https://learn.fork.example/public/collections/{SHARED}?expand=badges",
    ],
)
def test_a_link_to_a_collection_is_looked_at_again(address: str) -> None:
    recognised = recognise_link(address)
    assert recognised is not None
    assert (recognised.reader, recognised.lasting) == ("badgr", True)
    assert recognised.answers["collection"] == SHARED.lower()


@pytest.mark.parametrize(
    "address",
    [
        "https://badgr.com/public/assertions/",
        "https://badgr.com/public/badges/TyCya8kbRvSjs-ZZzw9p2A",
        "https://badgr.com/backpack/badges/TyCya8kbRvSjs-ZZzw9p2A",
        "https://badgr.com/public/collections/short",
        "https://blog.example/public/assertions/opinion",
        "https://blog.example/de/public/assertions/TyCya8kbRvSjs-ZZzw9p2A",
        "https://blog.example/public/credentials/TyCya8kbRvSjs-ZZzw9p2A",
        f"https://ada@badgr.com/public/assertions/{ID}",
        f"ftp://badgr.com/public/assertions/{ID}",
        "badgr.com",
    ],
)
def test_other_addresses_are_left_to_others(address: str) -> None:
    assert seen(Badgr(), address) is None


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("badgr.com", "api.badgr.io"),
        ("www.badgr.com", "api.badgr.io"),
        ("ca.badgr.com", "api.ca.badgr.io"),
        ("au.badgr.io", "api.au.badgr.io"),
        ("badges.parchment.eu", "api.eu.badgr.io"),
        ("campus.badges.parchment.com", "api.badgr.io"),
        ("badgr.com.evil.test", "badgr.com.evil.test"),
        ("evilbadgr.com", "evilbadgr.com"),
        ("badgr.com.", "api.badgr.io"),
    ],
)
def test_only_the_hosts_of_a_site_answer_for_it(host: str, asked: str) -> None:
    """A name that looks like Badgr's is asked at itself, and never taken for Badgr."""
    body = {"type": "Assertion", "id": f"https://{asked}/public/assertions/{ID}"}
    url = f"https://{asked}/public/assertions/{ID}"
    [badge] = found(
        Badgr(), f"https://{host}/public/assertions/{ID}", offline({url: fetched(url, body)})
    )
    assert badge.url == url


# --- One badge -------------------------------------------------------------------------------


def test_a_badge_is_brought_by_the_address_that_programs_ask() -> None:
    with badgr() as simulator, door(simulator) as fetch:
        [badge] = found(reader(), BADGE + "?identity__email=ada@example.org", fetch)
        assert (badge.key, badge.url) == (IDS[0], BADGE)
        report = check(badge, fetch)
        assert not any("identity__email" in path for path in simulator.requests)
    assert (report.result, report.trust, report.host) == (Result.VALID, Trust.HOSTED, "badgr.test")
    assert report.finding(Check.RECIPIENT).code == "recipient.match"
    assert report.credential is not None
    assert report.credential.name == "Knots and splices"


@pytest.mark.parametrize(
    ("number", "result", "recipient"),
    [
        (1, Result.VALID, "recipient.match"),
        (2, Result.EXPIRED, "recipient.match"),
        (3, Result.REVOKED, None),
        (4, Result.VALID, "recipient.mismatch"),
    ],
)
def test_the_state_of_a_badge_is_told_by_its_host(
    number: int, result: Result, recipient: str | None
) -> None:
    with badgr() as simulator, door(simulator) as fetch:
        [badge] = found(reader(), f"https://badgr.test/public/assertions/{IDS[number]}", fetch)
        report = check(badge, fetch)
    assert report.result is result
    if recipient:
        assert report.finding(Check.RECIPIENT).code == recipient
    else:
        assert "by mistake" in report.finding(Check.STATUS).detail


@pytest.mark.parametrize(
    ("path", "home"),
    [
        (f"/public/assertions/{SLUG}", f"/public/assertions/{IDS[0]}"),  # named anew
        (f"/public/assertions/{IDS[5]}", f"/elsewhere/{IDS[5]}"),  # brought from elsewhere
        (f"/public/assertions/{IDS[0]}?v=3_0", f"/public/assertions/{IDS[0]}?v=3_0"),
        (f"/public/credentials/{IDS[0]}", f"/public/credentials/{IDS[0]}"),
    ],
)
def test_a_badge_is_checked_where_it_is_at_home(path: str, home: str) -> None:
    with badgr() as simulator, door(simulator) as fetch:
        [badge] = found(reader(), f"https://badgr.test{path}", fetch)
        assert badge.url == f"https://badgr.test{home}"
        report = check(badge, fetch)
    assert report.result is Result.VALID
    assert report.finding(Check.RECIPIENT).code == "recipient.match"


def test_a_page_of_a_signed_badge_leads_to_it_under_either_path() -> None:
    here, there = (
        f"https://api.badgr.io/public/{kind}/{ID}" for kind in ("credentials", "assertions")
    )
    badge = {"type": ["VerifiableCredential", "OpenBadgeCredential"], "id": "urn:uuid:1"}
    page = (
        f"https://campus.badges.parchment.com/public/credentials/{ID}?identity__email=a@b.example"
    )
    for url, other in ((here, there), (there, here)):
        answers = {url: fetched(url, badge), other: fetched(other, b"", status=404)}
        [one] = found(Badgr(), page, offline(answers))
        assert one.url == url


class FrontOfFork(Simulator):
    """What people see of a fork: a page, whatever is asked."""

    reader, host = "", "learn.fork.test"

    def answer(self, request: Request) -> Answer:
        return page("<!doctype html><title>Learn</title>")


class Fork(simulated.Badgr):
    host = "api.learn.fork.test"


def test_a_fork_is_asked_at_its_own_host_and_beside_it() -> None:
    with FrontOfFork() as front, Fork() as fork, door(front, fork) as fetch:
        for host in ("learn.fork.test", "api.learn.fork.test"):
            [badge] = found(Badgr(), f"https://{host}/public/assertions/{IDS[0]}", fetch)
            assert badge.url == f"https://api.learn.fork.test/public/assertions/{IDS[0]}"
            assert check(badge, fetch).result is Result.VALID
        badges = found(Badgr(), f"https://learn.fork.test/public/collections/{COLLECTION}", fetch)
        assert len(badges) == 11


def test_a_fork_with_nothing_beside_it_is_told_by_what_it_showed() -> None:
    url = f"https://learn.fork.test/public/assertions/{IDS[0]}"
    with pytest.raises(Nothing, match="web page"):
        found(Badgr(), url, offline({url: fetched(url, b"<!doctype html>")}))
    with pytest.raises(Unreachable):
        found(Badgr(), url, offline({}))


def test_a_bot_or_a_browser_would_not_have_got_the_badge() -> None:
    """The simulator negotiates as the platform does, or the tests above would prove little."""
    with badgr() as simulator, door(simulator) as fetch:
        assert fetch(BADGE, accept="text/html").body.startswith(b"<!doctype html>")
        assert fetch(f"{BADGE}.json", accept="text/html").body.startswith(b"{")


# --- A collection ----------------------------------------------------------------------------


def test_a_public_collection_brings_all_of_its_badges() -> None:
    with badgr() as simulator, door(simulator) as fetch:
        badges = found(reader(), PUBLIC, fetch)
        assert len(simulator.requests) == 1
        assert len({one.key for one in badges}) == len(badges) == 11  # revoked ones are left out
        assert [one.label for one in badges[:2]] == ["Knots and splices", "Reading charts"]
        assert badges[0].image == f"https://badgr.test/public/badges/c-{IDS[0]}/image"
        reports = [check(one, fetch) for one in badges]
    assert {report.result for report in reports} == {Result.VALID, Result.EXPIRED}
    assert [one.finding(Check.RECIPIENT).code for one in reports].count("recipient.mismatch") == 1
    assert "Lovelace" not in repr(badges)


def test_a_badge_from_elsewhere_comes_with_what_its_collection_says() -> None:
    with badgr() as simulator, door(simulator) as fetch:
        simulator.brought[IDS[5]] = "http://long-gone.example/assertions/1"
        badges = {one.url: one for one in found(reader(), PUBLIC, fetch)}
    copied = badges["http://long-gone.example/assertions/1"].statement
    assert copied is not None
    assert (copied.basis, copied.by, copied.name) == ("platform", "Badgr", "Sail repair")
    assert copied.issuer == "Harbour College"
    assert str(copied.issued_on) == "2026-01-15"
    assert [skill.name for skill in copied.skills] == ["seamanship"]
    assert all(one.statement is None for url, one in badges.items() if "badgr.test" in url)
    assert "badges@harbour.example" not in repr(badges)


def test_a_host_that_nobody_knows_does_not_speak_for_badgr() -> None:
    """Anybody can serve these paths from a machine of their own."""
    with badgr() as simulator, door(simulator) as fetch:
        simulator.brought[IDS[5]] = "http://long-gone.example/assertions/1"
        badges = {one.url: one for one in found(Badgr(), PUBLIC, fetch)}
    copied = badges["http://long-gone.example/assertions/1"].statement
    assert copied is not None
    assert (copied.basis, copied.by) == ("learner", "badgr.test")


def test_a_collection_that_grew_is_seen_to_have_grown() -> None:
    with badgr() as simulator, door(simulator) as fetch:
        before = {one.key for one in found(reader(), PUBLIC, fetch)}
        simulator.awards.append(Award("99Qx7LkTRsW4aZ_p-eVb9g", "Anchoring"))
        simulator.collections[COLLECTION].append("99Qx7LkTRsW4aZ_p-eVb9g")
        simulator.awards[0].expires = "2026-03-01T00:00:00Z"
        after = {one.key for one in found(reader(), PUBLIC, fetch)}
    assert before < after
    assert len(after - before) == 1


def test_a_careless_answer_is_read_as_far_as_it_goes() -> None:
    with badgr(Mode.ODD) as simulator, door(simulator) as fetch:
        badges = found(reader(), PUBLIC, fetch)
        assert [one.url.rpartition("/")[2] for one in badges] == [IDS[0], IDS[1], IDS[3], IDS[6]]
        results = [check(one, fetch).result for one in badges]
    assert results == [Result.VALID, Result.VALID, Result.REVOKED, Result.VALID]


def test_a_collection_without_end_is_cut_and_repeats_nothing() -> None:
    url = f"{PUBLIC}?expand=badges.badge&expand=badges.badge.issuer"
    entries = [{"id": f"https://badgr.test/public/assertions/{n // 2}"} for n in range(5000)]
    fetch = offline({url: fetched(url, {"badges": entries})})
    assert len(found(reader(), PUBLIC, fetch)) == MAX_BADGES // 2


@pytest.mark.parametrize("shared", [HIDDEN, COLLECTION])
def test_what_is_not_public_or_empty_says_so(shared: str) -> None:
    address = f"https://badgr.test/public/collections/{shared}"
    with (
        badgr(Mode.EMPTY) as simulator,
        door(simulator) as fetch,
        pytest.raises(Nothing, match=r"public|empty"),
    ):
        found(reader(), address, fetch)


# --- Bad days --------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [BADGE, PUBLIC])
@pytest.mark.parametrize(
    ("mode", "error", "words"),
    [*BAD_DAYS, (Mode.GONE, Nothing, "public")],
)
def test_a_platform_on_a_bad_day_is_told_in_words(
    address: str, mode: Mode, error: type[OpenBadgesError], words: str
) -> None:
    with badgr(mode) as simulator, door(simulator) as fetch, pytest.raises(error, match=words):
        found(reader(), address, fetch)


@pytest.mark.parametrize("mode", [Mode.SLOW, Mode.DEAD_IMAGES])
def test_slow_answers_and_dead_pictures_do_not_hinder(mode: Mode) -> None:
    with badgr(mode) as simulator, door(simulator) as fetch:
        simulator.delay = 0.1
        assert found(reader(), BADGE, fetch)


def test_after_a_while_it_answers_again() -> None:
    with badgr(Mode.THROTTLED) as simulator, door(simulator) as fetch:
        with pytest.raises(Unreachable):
            found(reader(), BADGE, fetch)
        assert found(reader(), BADGE, fetch)


def test_whatever_is_wrong_in_an_answer_only_an_error_in_words_comes_out() -> None:
    with badgr() as simulator, door(simulator) as fetch:
        url = f"{PUBLIC}?expand=badges.badge&expand=badges.badge.issuer"
        whole = json.loads(fetch(url, accept="application/json").body)
        plain = json.loads(fetch(BADGE, accept="application/json").body)
    whole["badges"] = [
        whole["badges"][0],
        whole["badges"][5] | {"id": "https://long-gone.example/1"},
    ]
    for address, at, good in ((PUBLIC, url, whole), (BADGE, BADGE, plain)):
        for bad in variants(good):
            answer = replace(fetched(at, b""), body=json.dumps(bad).encode())
            for one in tolerated(reader(), address, offline({at: answer})):
                assert one.url.startswith(("https://", "http://"))
                assert ADA not in repr(one)
                assert len(one.key) <= 300
