"""Open Badge Passport and the displayer: profiles, pages and badges that others host."""

import json
from typing import Any

import pytest

from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import offline
from badges.openbadges.report import Check, Result
from badges.sources import recognise_link
from badges.sources.base import Nothing
from badges.sources.displayer import MAX_BADGES, MAX_GROUPS
from badges.sources.mozilla_backpack import MozillaBackpack
from badges.sources.open_badge_passport import OpenBadgePassport
from tests.badges.documents import fetched
from tests.badges.sources.checking import check, tolerated
from tests.badges.sources.odd import variants
from tests.badges.sources.reading import BAD_DAYS, door, found, seen
from tests.simulators import open_badge_passport as simulated
from tests.simulators.awards import ADA, Award
from tests.simulators.base import Mode
from tests.simulators.open_badge_factory import OpenBadgeFactory
from tests.simulators.open_badge_passport import GONE, GROUP, INTERNAL, LOCKED, PAGE, Held

SITE = "https://openbadgepassport.test"
PROFILE = f"{SITE}/app/profile/77"


def reader() -> OpenBadgePassport:
    return OpenBadgePassport({"openbadgepassport.test": "openbadgepassport.test"})


def passport(mode: Mode = Mode.FINE) -> simulated.OpenBadgePassport:
    simulator = simulated.OpenBadgePassport()
    simulator.mode, simulator.delay = mode, 0.05
    return simulator


# --- Links -----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["openbadgepassport.com", "www.OpenBadgePassport.com"])
@pytest.mark.parametrize(
    ("path", "answers", "lasting"),
    [
        ("/app/badge/info/1042400", {"badge": "1042400"}, False),
        ("/app/badge/info/1042400/pic/embed?lang=fi", {"badge": "1042400"}, False),
        ("/app/badge/info/1042400/full/embed", {"badge": "1042400"}, False),
        ("/app/profile/77", {"user": "77"}, True),
        ("/app/profile/77/embed", {"user": "77"}, True),
        ("/app/user/profile/77/#badges", {"user": "77"}, True),
        ("/app/page/view/900/", {"page": "900"}, True),
        ("/displayer/77/groups.json", {"user": "77"}, True),
        ("/displayer/77/group/5.json", {"user": "77", "group": "5"}, True),
    ],
)
def test_a_link_is_known_in_every_spelling(
    host: str, path: str, answers: dict[str, str], lasting: bool
) -> None:
    recognised = recognise_link(f"https://{host}{path}")
    assert recognised is not None
    assert recognised.reader == "open_badge_passport"
    assert recognised.answers == {"host": host.lower(), **answers}
    assert recognised.lasting is lasting


@pytest.mark.parametrize(
    "address",
    [
        "https://openbadgepassport.com.evil.test/app/profile/77",
        "https://openbadgepassport.com/app/profile/ada",
        "https://openbadgepassport.com/app/badge/info/",
        "https://openbadgepassport.com/app/gallery/badges",
        "https://openbadgepassport.com/",
    ],
)
def test_other_addresses_are_left_to_others(address: str) -> None:
    assert seen(OpenBadgePassport(), address) is None


# --- Profiles --------------------------------------------------------------------------------


def test_a_profile_brings_every_public_badge_from_where_it_is_hosted() -> None:
    with passport() as simulator, OpenBadgeFactory() as factory:
        with door(simulator, factory) as fetch:
            badges = {one.url: one for one in found(reader(), PROFILE, fetch)}
            reports = {url: check(one, fetch) for url, one in badges.items() if url != GONE}
        assert simulator.requests[:2] == ["/displayer/77/groups.json", "/displayer/77/group/0.json"]
    assert len(badges) == 9  # of eleven, one is private and one for those who have signed in
    assert sorted(str(one.result) for one in reports.values()) == [
        "expired",
        "revoked",
        *["valid"] * 6,
    ]
    mine = [one for one in reports.values() if one.result is not Result.REVOKED]
    assert {one.finding(Check.RECIPIENT).code for one in mine} == {"recipient.match"}


def test_a_badge_whose_host_is_gone_keeps_what_the_passport_says() -> None:
    with passport() as simulator, door(simulator) as fetch:
        [gone] = [one for one in found(reader(), PROFILE, fetch) if one.url == GONE]
        [again] = found(reader(), f"{SITE}/app/badge/info/130", fetch)
    assert gone.key == again.key == GONE
    for one in (gone, again):
        assert one.statement is not None
        assert (one.statement.basis, one.statement.by) == ("platform", "Open Badge Passport")
        assert (one.statement.name, one.statement.issuer) == (
            "Lighthouse keeping",
            "Harbour College",
        )
        assert str(one.statement.issued_on) == "2013-05-06"
        assert one.image == f"{SITE}/file/130.png"
        assert not any(private in repr(one) for private in (ADA, "Lovelace", "badges@harbour"))


def test_a_profile_that_grew_is_seen_to_have_grown() -> None:
    with passport() as simulator, door(simulator) as fetch:
        before = {one.key for one in found(reader(), PROFILE, fetch)}
        simulator.held.append(Held("150", Award("new", "Anchoring", salt="chest")))
        simulator.held[0].award.revoked = "By mistake."
        badges = found(reader(), PROFILE, fetch)
        [new] = [one for one in badges if one.key not in before]
        assert check(new, fetch).result is Result.VALID
        assert check(badges[0], fetch).result is Result.REVOKED


def test_a_group_brings_its_badges_alone() -> None:
    with passport() as simulator, door(simulator) as fetch:
        badges = found(reader(), f"{SITE}/displayer/77/group/{GROUP}.json", fetch)
        assert [one.label for one in badges] == ["Knots and splices", "Reading charts"]
        with pytest.raises(Nothing, match="public"):
            found(reader(), f"{SITE}/displayer/77/group/6.json", fetch)


@pytest.mark.parametrize("address", [PROFILE, f"{SITE}/app/page/view/{PAGE}"])
def test_an_empty_passport_says_so(address: str) -> None:
    with (
        passport(Mode.EMPTY) as simulator,
        door(simulator) as fetch,
        pytest.raises(Nothing, match="public"),
    ):
        found(reader(), address, fetch)


# --- A badge, a page -------------------------------------------------------------------------


def test_the_page_of_a_badge_leads_to_its_host() -> None:
    with passport() as simulator, door(simulator) as fetch:
        [badge] = found(reader(), f"{SITE}/app/badge/info/101/pic/embed", fetch)
        assert badge.url == f"{SITE}/app/obpv1/selfie/_/assertion/101"
        assert check(badge, fetch).result is Result.VALID
    assert badge.statement is not None
    assert [one.url for one in badge.statement.skills] == ["https://skills.example/1"]
    assert not any(private in repr(badge) for private in (ADA, "Lovelace", "badges@harbour"))


def test_a_page_brings_the_public_badges_on_it() -> None:
    with passport() as simulator, door(simulator) as fetch:
        badges = found(reader(), f"{SITE}/app/page/view/{PAGE}", fetch)
    assert [one.label for one in badges] == [
        "Knots and splices",
        "Tides and currents",
        "Lighthouse keeping",
    ]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("badge/info/104", "link complete"),
        ("badge/info/105", "visibility"),
        (f"page/view/{LOCKED}", "password"),
        (f"page/view/{INTERNAL}", "visibility"),
    ],
)
def test_what_is_not_public_says_what_to_do(path: str, words: str) -> None:
    with passport() as simulator, door(simulator) as fetch, pytest.raises(Nothing, match=words):
        found(reader(), f"{SITE}/app/{path}", fetch)


# --- Bad days --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", [PROFILE, f"{SITE}/app/badge/info/101", f"{SITE}/app/page/view/{PAGE}"]
)
@pytest.mark.parametrize(
    ("mode", "error", "words"),
    [*BAD_DAYS, (Mode.GONE, Nothing, "public")],
)
def test_a_platform_on_a_bad_day_is_told_in_words(
    address: str, mode: Mode, error: type[OpenBadgesError], words: str
) -> None:
    with (
        passport(mode) as simulator,
        door(simulator) as fetch,
        pytest.raises(error, match=words),
    ):
        found(reader(), address, fetch)


@pytest.mark.parametrize("mode", [Mode.SLOW, Mode.DEAD_IMAGES])
def test_slow_answers_and_dead_pictures_do_not_hinder(mode: Mode) -> None:
    with passport(mode) as simulator, door(simulator) as fetch:
        assert len(found(reader(), PROFILE, fetch)) == 9


def test_groups_without_end_are_cut() -> None:
    groups = [{"groupId": number} for number in range(1, 200)]
    first = f"{SITE}/displayer/77/groups.json"
    index = {first: fetched(first, {"groups": groups})}
    for number in range(1, 200):
        url = f"{SITE}/displayer/77/group/{number}.json"
        index[url] = fetched(
            url, {"badges": [{"hostedUrl": f"https://x.test/{number}/{n}"} for n in range(99)]}
        )
    asked = []
    answer = offline(index)

    def fetch(url: str, **more: Any) -> Any:
        asked.append(url)
        return answer(url, **more)

    assert len(found(reader(), PROFILE, fetch)) == MAX_BADGES
    assert len(asked) <= MAX_GROUPS + 1


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        (PROFILE, f"{SITE}/displayer/77/groups.json"),
        (PROFILE, f"{SITE}/displayer/77/group/0.json"),
        (f"{SITE}/app/badge/info/101", f"{SITE}/app/obpv1/badge/info/101"),
        (f"{SITE}/app/page/view/{PAGE}", f"{SITE}/app/obpv1/page/view/{PAGE}"),
    ],
)
def test_whatever_is_wrong_in_an_answer_only_an_error_in_words_comes_out(
    address: str, asked: str
) -> None:
    with passport() as simulator, door(simulator) as fetch:
        good = json.loads(fetch(asked).body)
        rest = {
            url: fetch(url)
            for url in (
                f"{SITE}/displayer/77/groups.json",
                f"{SITE}/displayer/77/group/0.json",
                *(f"{SITE}/app/obpv1/badge/info/{number}" for number in (101, 103, 104, 130)),
            )
        }
    if "badges" in good:
        good["badges"] = good["badges"][:2]
    for bad in variants(good):
        fetch = offline(rest | {asked: fetched(asked, json.dumps(bad).encode())})
        for one in tolerated(reader(), address, fetch):
            assert one.url.startswith(("https://", "http://")) or one.statement
            assert len(one.key) <= 300
            assert not any(private in repr(one) for private in (ADA, "Lovelace"))


# --- The Mozilla Backpack --------------------------------------------------------------------


class Backpack(simulated.OpenBadgePassport):
    reader, host = "mozilla_backpack", "backpack.test"


@pytest.mark.parametrize("path", ["groups.json", "group/5.json", "group/5"])
def test_a_displayer_is_known_at_any_host(path: str) -> None:
    recognised = recognise_link(f"https://backpack.test/displayer/77/{path}")
    assert recognised is not None
    assert (recognised.reader, recognised.lasting) == ("mozilla_backpack", True)
    simulator = Backpack()
    simulator.mode = Mode.ODD
    with simulator, door(simulator) as fetch:
        badges = list(MozillaBackpack().find(recognised.answers, fetch=fetch))
        assert [one.label for one in badges] == ["Knots and splices", "Reading charts"]
        with pytest.raises(Nothing, match="public"):
            found(MozillaBackpack(), "https://backpack.test/displayer/99/groups.json", fetch)
    # Without an address there is only what it says.
    assert all(one.url == "" and one.statement is not None for one in badges)


def test_the_backpack_itself_is_known_to_be_closed() -> None:
    address = "https://backpack.openbadges.org/share/cc71ca2cf7aaf763192d151a1591309f/"
    recognised = recognise_link(address)
    assert recognised is not None
    assert recognised.reader == "mozilla_backpack"
    with pytest.raises(Nothing, match="pictures"):
        found(MozillaBackpack(), address, offline({}))


def test_a_host_that_nobody_knows_speaks_for_no_platform() -> None:
    """The backpack's paths may be served by anybody."""
    address = f"{SITE}/displayer/77/groups.json"
    with passport() as simulator, door(simulator) as fetch:
        told = [one.statement for one in found(MozillaBackpack(), address, fetch)]
    said = {(one.basis, one.by) for one in told if one is not None}
    assert said == {("learner", "openbadgepassport.test")}
