"""Moodle: the link of a page leads to the badge beside it, in every edition and folder."""

import json

import pytest

from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import offline
from badges.openbadges.report import Check, Result, Trust
from badges.sources import recognise_link
from badges.sources.base import Nothing
from badges.sources.moodle import Moodle, SignIn
from tests.badges.documents import fetched
from tests.badges.sources.checking import check, tolerated
from tests.badges.sources.odd import variants
from tests.badges.sources.reading import BAD_DAYS, door, found, seen
from tests.simulators import moodle as simulated
from tests.simulators.awards import ADA, Award
from tests.simulators.base import Mode
from tests.simulators.moodle import HASHES

HASH = "7f3b0c1d2e4a5968778695a4b3c2d1e0f0e1d2c3"
EDITIONS = (5, 4, 2)


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        (f"https://moodle.school.example/badges/badge.php?hash={HASH}", ""),
        (f"HTTPS://Moodle.School.Example/badges/badge.php?lang=de&hash={HASH}#main", ""),
        (f"https://school.example/moodle/badges/badge.php?hash={HASH}", "/moodle"),
        (f"https://school.example/e/m//badges/badge.php?hash={HASH}&bake=1", "/e/m"),
        (f"https://school.example/public/badges/badge.php?hash={HASH}", "/public"),
        (f"https://school.example/badges/assertion.php?b={HASH}", ""),
        (f"https://school.example/badges/assertion.php?b={HASH}&obversion=2.1", ""),
        (f"https://school.example/m/badges/json/assertion.php?b={HASH}&obversion=v2p0", "/m"),
        (f"http://school.example:8080/badges/badge.php?hash={HASH}", ""),
    ],
)
def test_a_link_is_known_at_any_host_and_in_any_folder(address: str, folder: str) -> None:
    recognised = recognise_link(address)
    assert recognised is not None
    assert recognised.reader == "moodle"
    assert recognised.answers["folder"] == folder
    assert recognised.answers["badge"] == HASH
    assert recognised.answers.keys() == {"host", "folder", "badge"}
    assert recognised.answers["host"] in recognised.words
    assert not recognised.lasting


@pytest.mark.parametrize(
    "address",
    [
        "https://school.example/badges/badge.php",
        "https://school.example/badges/badge.php?hash=../../etc",
        "https://school.example/badges/badge.php?hash=12",
        f"https://school.example/badges/badge.php?id={HASH}",
        f"https://school.example/badges/badge.php/x?hash={HASH}",
        f"https://school.example/mybadges/badge.php?hash={HASH}",
        "https://school.example/badges/mybadges.php",
        "https://school.example/badges/badgeclass.php?id=7",
    ],
)
def test_other_addresses_are_left_to_others(address: str) -> None:
    assert seen(Moodle(), address) is None


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("folder", ["", "/campus/moodle"])
def test_a_badge_of_any_edition_is_checked_for_real(edition: int, folder: str) -> None:
    simulator = simulated.Moodle(folder=folder, edition=edition)
    with simulator, door(simulator) as fetch:
        [badge] = found(Moodle(), simulator.page_of(HASHES[0]), fetch)
        report = check(badge, fetch)
    assert badge.key == HASHES[0]
    assert badge.url.startswith(f"https://moodle.test{folder}/badges/")
    assert (report.result, report.trust, report.host) == (
        Result.VALID,
        Trust.HOSTED,
        "moodle.test",
    )
    assert report.finding(Check.RECIPIENT).code == "recipient.match"
    assert report.credential is not None
    assert report.credential.name == "Knots and splices"
    assert report.credential.issuer.name == "Harbour College"
    assert [one.url for one in report.credential.evidence] == [simulator.page_of(HASHES[0])]
    if edition >= 4:
        assert [one.code for one in report.credential.alignments] == ["S1"]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("number", "result", "recipient"),
    [
        (1, Result.VALID, "recipient.match"),
        (2, Result.EXPIRED, "recipient.match"),
        (3, Result.REVOKED, None),
        (4, Result.VALID, "recipient.mismatch"),
    ],
)
def test_the_state_of_a_badge_is_told_by_its_site(
    edition: int, number: int, result: Result, recipient: str | None
) -> None:
    simulator = simulated.Moodle(edition=edition)
    with simulator, door(simulator) as fetch:
        [badge] = found(Moodle(), simulator.page_of(HASHES[number]), fetch)
        report = check(badge, fetch)
    assert report.result is result
    if recipient:
        assert report.finding(Check.RECIPIENT).code == recipient


def test_a_badge_from_before_the_site_was_upgraded_still_counts() -> None:
    simulator = simulated.Moodle(edition=4)
    with simulator, door(simulator) as fetch:
        [before] = found(Moodle(), simulator.page_of(HASHES[0]), fetch)
        assert before.url.endswith(f"/badges/assertion.php?b={HASHES[0]}&obversion=2")
        simulator.edition = 5
        [after] = found(Moodle(), simulator.page_of(HASHES[0]), fetch)
        assert after.url.endswith(f"/badges/json/assertion.php?b={HASHES[0]}&obversion=v2p0")
        assert before.key == after.key
        assert check(before, fetch).result is check(after, fetch).result is Result.VALID


def test_the_newest_address_is_found_without_the_old_one() -> None:
    url = f"https://moodle.test/badges/json/assertion.php?b={HASH}&obversion=v2p0"
    body = {"type": "Assertion", "id": url, "badge": {"name": "Knots"}}
    old = f"https://moodle.test/badges/assertion.php?b={HASH}&obversion=2.0"
    fetch = offline({url: fetched(url, body), old: fetched(old, b"", status=404)})
    [badge] = found(Moodle(), f"https://moodle.test/badges/badge.php?hash={HASH}", fetch)
    assert (badge.url, badge.label) == (url, "Knots")


def test_a_new_badge_is_there_at_once_and_a_withdrawn_one_says_so() -> None:
    simulator = simulated.Moodle()
    with simulator, door(simulator) as fetch:
        new = "f" * 40
        [unknown] = found(Moodle(), simulator.page_of(new), fetch)
        assert check(unknown, fetch).result is Result.REVOKED  # all that Moodle lets us know
        simulator.awards.append(Award(new, "Anchoring", salt=simulated.SALT))
        [badge] = found(Moodle(), simulator.page_of(new), fetch)
        assert check(badge, fetch).result is Result.VALID


def test_a_site_behind_its_login_says_what_to_do() -> None:
    simulator = simulated.Moodle(folder="/m")
    simulator.mode = Mode.ODD
    with simulator, door(simulator) as fetch, pytest.raises(SignIn, match="signed in") as caught:
        found(Moodle(), simulator.page_of(HASHES[0]), fetch)
    assert "moodle.test" in caught.value.message
    assert "bring its picture" in caught.value.message


@pytest.mark.parametrize(
    ("body", "final"),
    [
        (simulated.LOGIN.encode(), ""),  # at the same address
        (b"<html>Welcome</html>", "https://idp.example/saml"),
        (b"\n<html>Welcome</html>", "https://moodle.test/auth/oidc/?state=1"),
    ],
)
def test_every_way_of_asking_to_sign_in_is_understood(body: bytes, final: str) -> None:
    index = {}
    for address in (
        f"badges/assertion.php?b={HASH}&obversion=2.0",
        f"badges/json/assertion.php?b={HASH}&obversion=v2p0",
    ):
        url = f"https://moodle.test/{address}"
        answer = fetched(url, body)
        index[url] = type(answer)(url, final or url, 200, "text/html", body)
    with pytest.raises(SignIn):
        found(Moodle(), f"https://moodle.test/badges/badge.php?hash={HASH}", offline(index))
    closed = {url: type(one)(url, url, 401, "text/html", body) for url, one in index.items()}
    with pytest.raises(Nothing, match="signed in"):
        found(Moodle(), f"https://moodle.test/badges/badge.php?hash={HASH}", offline(closed))


@pytest.mark.parametrize(
    ("mode", "error", "words"),
    [*BAD_DAYS, (Mode.GONE, Nothing, "link complete")],
)
def test_a_site_on_a_bad_day_is_told_in_words(
    mode: Mode, error: type[OpenBadgesError], words: str
) -> None:
    simulator = simulated.Moodle()
    simulator.mode = mode
    with simulator, door(simulator) as fetch, pytest.raises(error, match=words):
        found(Moodle(), simulator.page_of(HASHES[0]), fetch)


@pytest.mark.parametrize("mode", [Mode.SLOW, Mode.DEAD_IMAGES, Mode.EMPTY])
def test_slow_answers_and_dead_pictures_do_not_hinder(mode: Mode) -> None:
    simulator = simulated.Moodle()
    simulator.mode, simulator.delay = mode, 0.05
    with simulator, door(simulator) as fetch:
        assert found(Moodle(), simulator.page_of(HASHES[0]), fetch)


@pytest.mark.parametrize("edition", EDITIONS)
def test_whatever_is_wrong_in_an_answer_only_an_error_in_words_comes_out(edition: int) -> None:
    simulator = simulated.Moodle(edition=edition)
    page = simulator.page_of(HASHES[0])
    with simulator, door(simulator) as fetch:
        url = f"https://moodle.test/badges/assertion.php?b={HASHES[0]}&obversion=2.0"
        good = json.loads(fetch(url).body)
    for bad in variants(good):
        fetch = offline({url: fetched(url, json.dumps(bad).encode())})
        for one in tolerated(Moodle(), page, fetch):
            assert one.url.startswith(("https://", "http://"))
            assert one.key == HASHES[0]
            assert ADA not in repr(one)
            assert "badges@harbour" not in repr(one)
