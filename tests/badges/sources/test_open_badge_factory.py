"""Open Badge Factory: every spelling of a badge's link leads to its data."""

import json

import pytest

from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import offline
from badges.openbadges.report import Check, Result, Trust
from badges.sources import recognise_link
from badges.sources.base import Nothing
from badges.sources.open_badge_factory import OpenBadgeFactory
from tests.badges.documents import fetched
from tests.badges.sources.checking import check, tolerated
from tests.badges.sources.odd import variants
from tests.badges.sources.reading import BAD_DAYS, door, found, seen
from tests.simulators import open_badge_factory as simulated
from tests.simulators.awards import ADA, Award
from tests.simulators.base import Mode
from tests.simulators.open_badge_factory import SHAS, SIGNED_SHAS

SHA = "e6fc9dcc549b9b9f4ab73df5ab9bb77f052dfa44"
HOSTED = f"https://openbadgefactory.test/v1/assertion/{SHAS[0]}"
SIGNED = f"https://openbadgefactory.test/obv3/credentials/{SIGNED_SHAS[0]}"


def reader() -> OpenBadgeFactory:
    return OpenBadgeFactory({"openbadgefactory.test": "openbadgefactory.test"})


def factory(mode: Mode = Mode.FINE) -> simulated.OpenBadgeFactory:
    simulator = simulated.OpenBadgeFactory()
    simulator.mode, simulator.delay = mode, 0.05
    return simulator


@pytest.mark.parametrize("host", ["openbadgefactory.com", "www.OpenBadgeFactory.com"])
@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (f"/v1/assertion/{SHA}", f"/v1/assertion/{SHA}"),
        (f"/v1/assertion/{SHA}.html", f"/v1/assertion/{SHA}"),
        (f"/v1/assertion/{SHA.upper()}.json?v=2.0", f"/v1/assertion/{SHA}"),
        (f"/obv3/credentials/{SHA}/", f"/obv3/credentials/{SHA}"),
        (f"/obv3/credentials/{SHA}.html?lang=en#top", f"/obv3/credentials/{SHA}"),
    ],
)
def test_a_link_is_known_in_every_spelling(host: str, path: str, kept: str) -> None:
    recognised = recognise_link(f"https://{host}{path}")
    assert recognised is not None
    assert recognised.reader == "open_badge_factory"
    assert recognised.answers == {"host": host.lower(), "path": kept}
    assert not recognised.lasting


@pytest.mark.parametrize(
    "address",
    [
        f"https://openbadgefactory.com.evil.test/v1/assertion/{SHA}",
        f"https://evilopenbadgefactory.com/v1/assertion/{SHA}",
        f"https://openbadgefactory.com/v1/assertion/{SHA[:39]}",
        f"https://openbadgefactory.com/v1/assertion/{SHA}/more",
        "https://openbadgefactory.com/v1/badge/_/T5EFYFaNXGXaD13/criteria.html",
        "https://openbadgefactory.com/",
    ],
)
def test_other_addresses_are_left_to_others(address: str) -> None:
    assert seen(OpenBadgeFactory(), address) is None


@pytest.mark.parametrize(
    ("address", "trust"), [(f"{HOSTED}.html", Trust.HOSTED), (f"{SIGNED}.html", Trust.SIGNED)]
)
def test_the_page_of_a_badge_leads_to_the_badge(address: str, trust: Trust) -> None:
    with factory() as simulator, door(simulator) as fetch:
        [badge] = found(reader(), address, fetch)
        assert badge.url == address.removesuffix(".html")
        report = check(badge, fetch)
    assert (report.result, report.trust) == (Result.VALID, trust)
    assert report.finding(Check.RECIPIENT).code == "recipient.match"
    assert report.credential is not None
    assert (report.credential.name, report.credential.issuer.name) == (
        "Knots and splices",
        "Harbour College",
    )


@pytest.mark.parametrize(
    ("number", "result", "recipient"),
    [
        (1, Result.VALID, "recipient.match"),
        (2, Result.EXPIRED, "recipient.match"),
        (3, Result.REVOKED, None),
        (4, Result.VALID, "recipient.mismatch"),
    ],
)
def test_the_state_of_a_badge_is_told_by_the_factory(
    number: int, result: Result, recipient: str | None
) -> None:
    with factory() as simulator, door(simulator) as fetch:
        for path in (f"v1/assertion/{SHAS[number]}", f"obv3/credentials/{SIGNED_SHAS[number]}"):
            [badge] = found(reader(), f"https://openbadgefactory.test/{path}", fetch)
            report = check(badge, fetch)
            assert report.result is result
            if recipient:
                assert report.finding(Check.RECIPIENT).code == recipient


def test_a_badge_is_checked_where_it_says_it_is() -> None:
    with factory(Mode.ODD) as simulator, door(simulator) as fetch:
        [badge] = found(reader(), HOSTED, fetch)
        assert badge.url == f"{HOSTED}?v=2.0"
        assert check(badge, fetch).result is Result.VALID


def test_a_signed_text_is_as_good_as_data() -> None:
    token = b"eyJhbGciOiJub25lIn0.e30.c2ln"
    [badge] = found(reader(), SIGNED, offline({SIGNED: fetched(SIGNED, token)}))
    assert badge.url == SIGNED


def test_a_badge_that_was_just_issued_is_there() -> None:
    address = f"https://openbadgefactory.test/v1/assertion/{SHA}"
    with factory() as simulator, door(simulator) as fetch:
        with pytest.raises(Nothing, match="link complete"):
            found(reader(), address, fetch)
        simulator.awards.append(Award(SHA, "Anchoring"))
        [badge] = found(reader(), address, fetch)
        assert check(badge, fetch).result is Result.VALID


@pytest.mark.parametrize("address", [HOSTED, SIGNED])
@pytest.mark.parametrize(
    ("mode", "error", "words"),
    [*BAD_DAYS, (Mode.GONE, Nothing, "link complete")],
)
def test_a_platform_on_a_bad_day_is_told_in_words(
    address: str, mode: Mode, error: type[OpenBadgesError], words: str
) -> None:
    with (
        factory(mode) as simulator,
        door(simulator) as fetch,
        pytest.raises(error, match=words),
    ):
        found(reader(), address, fetch)


@pytest.mark.parametrize("mode", [Mode.SLOW, Mode.DEAD_IMAGES, Mode.EMPTY])
def test_slow_answers_and_dead_pictures_do_not_hinder(mode: Mode) -> None:
    with factory(mode) as simulator, door(simulator) as fetch:
        assert found(reader(), HOSTED, fetch)


@pytest.mark.parametrize("address", [HOSTED, SIGNED])
def test_whatever_is_wrong_in_an_answer_only_an_error_in_words_comes_out(address: str) -> None:
    with factory() as simulator, door(simulator) as fetch:
        good = json.loads(fetch(address).body)
    for bad in variants(good):
        fetch = offline({address: fetched(address, json.dumps(bad).encode())})
        for one in tolerated(reader(), address, fetch):
            assert one.url.startswith(("https://", "http://"))
            assert ADA not in repr(one)
