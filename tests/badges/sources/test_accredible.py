"""Accredible: links on many hosts, whole wallets, and whatever they may hold tomorrow."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import Fetch, Fetched, offline
from badges.openbadges.report import Check, Outcome, Report, Result
from badges.openbadges.verify import verify
from badges.sources import recognise_link
from badges.sources.accredible import Accredible
from badges.sources.base import Found, Nothing, Skill
from badges.sources.statement import document
from tests.badges.sources.odd import variants
from tests.badges.sources.reading import door, found, seen
from tests.simulators import accredible as simulator
from tests.simulators.base import Mode

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ID = "2b6f0cc9-04d1-4f0e-9a3b-5c7d8e9f0a1b"
API = "https://api.accredible.com/v1"
BADGE = f"{API}/obi/badge_assertions/{ID}"
PAYLOAD = (Path(__file__).parent / "payloads" / "accredible_credential.json").read_bytes()
READER = Accredible({"accredible.test": "accredible.test"})
WALLET = f"https://accredible.test/profile/{simulator.USER}/wallet"


def page(number: int) -> str:
    return f"https://accredible.test/{simulator.credential(number).uuid}"


def told(answers: dict[str, Any]) -> Fetch:
    """Accredible as it answers at these addresses, and at no other."""
    return offline(
        {
            url: Fetched(url, url, 200, "application/json", json.dumps(answer).encode())
            for url, answer in answers.items()
        }
    )


def credential(answer: Any) -> list[Found]:
    """What is found at the link of one credential when this is what its page is told."""
    fetch = told({f"{API}/credential-net/credentials/{ID}": answer})
    return found(Accredible(), f"https://www.credential.net/{ID}", fetch)


def wallet(answer: Any) -> list[Found]:
    fetch = told({f"{API}/credential-net/users/ada/user_wallet": answer})
    return found(Accredible(), "https://www.credential.net/profile/ada", fetch)


# --- Links


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.credential.net/{ID}",
        f"https://www.credential.net/{ID}/",
        f"https://www.credential.net/{ID.upper()}",
        f"HTTP://CREDENTIAL.NET/{ID}#acc.bFvBR3DQ",
        f"https://www.credential.net/{ID}?key=k3y-to-a-private-view",
        f"https://www.credential.net/fr/{ID}",
        f"https://www.credential.net/embed/{ID}",
        f"https://www.credential.net/credentials/{ID}",
        f"https://www.credential.net/{ID}/pdf",
        f"https://google.accredible.com/{ID}",
        f"https://some-school.accredible.com/{ID}",
        f"https://directory-of-somebody.credential.net/{ID}",
        f"https://credentials.databricks.com/{ID}#gs.abc",
        f"https://achieve.snowflake.com/{ID}",
        f"https://skillsoft.digitalbadges.skillsoft.com/{ID}",
        f"{API}/credential-net/credentials/{ID}",
        BADGE,
    ],
)
def test_every_link_of_a_credential_is_known(address: str) -> None:
    one = seen(Accredible(), address)
    assert one is not None
    assert one.words == "Accredible credential"
    assert one.answers == {"host": "api.accredible.com", "credential": ID}
    assert not one.lasting


@pytest.mark.parametrize(
    "address",
    [
        "https://www.credential.net/10203040",
        "https://credential.net/10203040/?key=k3y",
        f"{API}/credential-net/credentials/10203040",
    ],
)
def test_older_links_have_a_number(address: str) -> None:
    one = seen(Accredible(), address)
    assert one is not None
    assert one.answers == {"host": "api.accredible.com", "credential": "10203040"}


@pytest.mark.parametrize(
    "address",
    [
        "https://www.credential.net/profile/ada.l-1",
        "https://www.credential.net/profile/ada.l-1/wallet",
        "https://credential.net/Profile/ada.l-1/wallet?sort=date#top",
        "https://www.credential.net/de/profile/ada.l-1/wallet",
        "https://google.accredible.com/profile/ada.l-1/wallet",
        f"{API}/credential-net/users/ada.l-1/user_wallet",
    ],
)
def test_every_link_of_a_wallet_is_known(address: str) -> None:
    one = seen(Accredible(), address)
    assert one is not None
    assert one.words == "Accredible wallet of ada.l-1"
    assert one.answers == {"host": "api.accredible.com", "user": "ada.l-1"}
    assert one.lasting


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.credential.net.evil.test/{ID}",
        f"https://evilcredential.net/{ID}",
        f"https://evilaccredible.com/{ID}",
        f"https://evil.test/www.credential.net/{ID}",
        f"https://www.credential.net@evil.test/{ID}",
        f"https://x.accredible.com:8443/{ID}",
        f"https://badges.school.example/{ID}",  # a customer's own host, as any other
        f"https://www.credential.net/{ID}0",
        f"https://www.credential.net/group/{ID}",
        "https://www.credential.net/10203040-rope",
        "https://some-school.accredible.com/10203040",
        "https://directory.credential.net/profile/f3c409490600bb5c",
        "https://www.credential.net/profile/",
        "https://www.credential.net/profile/..",
        "https://www.credential.net/profile/a%2fb",
        "https://www.credential.net/",
        "https://[::1",
        ID,
    ],
)
def test_what_only_looks_like_accredible_is_left_alone(address: str) -> None:
    assert seen(Accredible(), address) is None


def test_the_list_of_readers_knows_it() -> None:
    one = recognise_link(f"https://www.credential.net/{ID}")
    assert one is not None
    assert one.reader == "accredible"


def test_a_customers_host_is_known_once_an_administrator_adds_it() -> None:
    one = seen(
        Accredible({"badges.school.example": "api.accredible.com"}),
        f"https://badges.school.example/{ID}",
    )
    assert one is not None
    assert one.answers["host"] == "api.accredible.com"


def test_a_host_that_was_taken_off_the_list_is_not_asked() -> None:
    answers = {"host": "accredible.test", "user": "ada"}
    with pytest.raises(Nothing, match=r"any more"):
        list(Accredible().find(answers, fetch=offline({})))


# --- What it tells


def test_a_credential_as_it_was_captured() -> None:
    [badge] = credential(json.loads(PAYLOAD))
    assert badge.key == ID
    assert badge.label == "Data on Deck"
    assert badge.url == BADGE
    assert badge.image.startswith("https://images.example/badge.png?X-Amz-Expires=")
    assert badge.statement is not None
    assert asdict(badge.statement) == {
        "basis": "platform",
        "by": "Accredible",
        "id": ID,
        "name": "Data on Deck",
        "issuer": "Harbour School",
        "issuer_url": "https://harbour.example/",
        "description": "Holders keep a ship's log that others can read.",
        "criteria": "Keeps a log\nReads a chart",
        "criteria_url": "https://harbour.example/courses/data",
        "issued_on": date(2025, 2, 3),
        "expires_on": date(2027, 2, 3),
        "holder": "Ada Lovelace",
        "url": f"https://www.credential.net/{ID}",
        "image": "",
        "kind": "",
        "licence": "",
        "skills": (asdict(Skill("Record keeping")),),
        "evidence": "",
    }


def test_nothing_private_is_kept() -> None:
    [badge] = credential(json.loads(PAYLOAD))
    for private in ("a**@e", "k3y-to", "c2lnbmVk", "eyJ1c2Vy", "10 December", "help@harbour"):
        assert private not in repr(badge)
    assert "Signature" not in repr(badge.statement)


@pytest.mark.parametrize("look", [credential, wallet])
def test_any_change_is_survived(look: Any) -> None:
    """Each value gone, renamed or of another type: badges come out, or a sentence."""
    answer = json.loads(PAYLOAD)
    if look is wallet:
        answer = {"data": {"name": "Ada Lovelace", "credentials": [answer["data"]]}}
    survived = Counter[bool]()
    for odd in variants(answer):
        try:
            badges = look(odd)
        except OpenBadgesError:
            survived[False] += 1
            continue
        survived[True] += 1
        for badge in badges:
            assert 0 < len(badge.key) <= 300
            assert 0 < len(badge.label) <= 200
            assert badge.url in {"", BADGE}
            assert badge.image.startswith("https://") or not badge.image
            assert badge.url or badge.statement
            if badge.statement:
                assert json.loads(document(badge.statement, reader="accredible"))["name"]
    assert survived[True] > 10 * survived[False]


def test_an_answer_of_another_form_says_so() -> None:
    answers: list[Any] = [[], {"data": []}, {"data": {"credentials": {"a": 1}}}]
    answers += [{"data": {"credentials": ["x"]}}, {"data": {"credentials": [{"x": 1}]}}]
    for answer in answers:
        with pytest.raises(Nothing, match="form that we do not know"):
            wallet(answer)


def test_what_is_marked_as_private_is_not_looked_at() -> None:
    answer = json.loads(PAYLOAD)
    answer["data"]["private"] = True
    with pytest.raises(Nothing, match="Is it public"):
        credential(answer)
    with pytest.raises(Nothing, match="Is it public"):
        wallet({"data": {"credentials": [answer["data"]]}})


# --- Against the simulator


def report(badge: Found, fetch: Fetch) -> Report:
    """The badge, checked as an import would."""
    return verify(fetch(badge.url).body, fetch=fetch, now=NOW, addresses=(simulator.ADA,))


def test_a_whole_wallet_comes_over_and_can_be_checked() -> None:
    results = {
        1: Result.VALID,
        simulator.EXPIRED: Result.EXPIRED,
        simulator.REVOKED: Result.REVOKED,
        simulator.OTHER_ADDRESS: Result.VALID,
    }
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        badges = {badge.key: badge for badge in found(READER, WALLET, fetch)}
        assert len(accredible.requests) == 1
        shown = [one for one in accredible.credentials if not one.private]
        left_out = accredible.credentials[simulator.REVOKED_CERTIFICATE - 1]
        assert list(badges) == [one.uuid for one in shown if one is not left_out]
        for number, result in results.items():
            answer = report(badges[accredible.credentials[number - 1].uuid], fetch)
            assert answer.result is result
            if number == simulator.OTHER_ADDRESS:
                assert answer.finding(Check.RECIPIENT).outcome is Outcome.FAILED


def test_a_wallet_is_as_heavy_as_a_real_one() -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        url = f"https://accredible.test/v1/credential-net/users/{simulator.USER}/user_wallet"
        assert len(fetch(url, max_bytes=5_000_000).body) > 900_000


def test_a_certificate_without_a_badge_is_stated_by_the_platform() -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        [badge] = found(READER, page(simulator.CERTIFICATE), fetch)
        assert badge.url == ""
        assert badge.statement is not None
        assert badge.statement.basis == "platform"
        assert badge.statement.criteria == "Reads a chart\nPlots a course"
        assert simulator.SECRET_KEY not in repr(badge)
        assert simulator.WHO not in repr(badge)


def test_what_was_taken_back_is_never_stated_as_good() -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        [badge] = found(READER, page(simulator.REVOKED), fetch)
        assert badge.statement is None
        assert report(badge, fetch).result is Result.REVOKED
        with pytest.raises(Nothing, match="taken back by its issuer"):
            found(READER, page(simulator.REVOKED_CERTIFICATE), fetch)


def test_a_number_leads_to_the_same_credential() -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        one = accredible.credentials[0]
        by_number = found(READER, f"https://accredible.test/{one.id}", fetch)
        assert by_number == found(READER, page(1), fetch)


def test_links_to_pictures_die_and_new_ones_change_nothing_else() -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        [before] = found(READER, page(1), fetch)
        assert fetch(before.image).body.startswith(b"\x89PNG")
        accredible.signature += 1
        assert fetch(before.image).status == 403
        [after] = found(READER, page(1), fetch)
        assert fetch(after.image).body.startswith(b"\x89PNG")
        assert after.statement == before.statement


def test_a_closed_interface_leaves_the_open_badge_itself() -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        accredible.closed = True
        [badge] = found(READER, page(1), fetch)
        assert badge.key == accredible.credentials[0].uuid
        assert report(badge, fetch).result is Result.VALID
        for address in (page(simulator.CERTIFICATE), "https://accredible.test/10000001", WALLET):
            with pytest.raises(Unreachable, match=r"\(401\)"):
                found(READER, address, fetch)


def test_odd_answers_are_read_all_the_same() -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        [usual] = found(READER, page(1), fetch)
        accredible.mode = Mode.ODD
        assert found(READER, page(1), fetch) == [usual]
        assert len(found(READER, WALLET, fetch)) == len(accredible.credentials) - 2


def test_a_later_look_finds_what_came() -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        before = found(READER, WALLET, fetch)
        accredible.credentials.append(simulator.credential(25))
        after = found(READER, WALLET, fetch)
        assert after[:-1] == before
        assert after[-1].key == simulator.credential(25).uuid


@pytest.mark.parametrize("mode", [Mode.FINE, Mode.SLOW, Mode.DEAD_IMAGES, Mode.ODD])
def test_these_days_everything_comes(mode: Mode) -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        accredible.mode, accredible.delay = mode, 0.05
        assert len(found(READER, WALLET, fetch)) == len(accredible.credentials) - 2


@pytest.mark.parametrize("address", [WALLET, page(1), "https://accredible.test/10000001"])
@pytest.mark.parametrize(
    ("mode", "kind", "words"),
    [
        (Mode.THROTTLED, Unreachable, r"\(429\)"),
        (Mode.REFUSING, Unreachable, r"\(403\)"),
        (Mode.BROKEN, Unreachable, r"\(500\)"),
        (Mode.HTML, Nothing, "web page"),
        (Mode.TRUNCATED, Nothing, "may have changed"),
        (Mode.GONE, Nothing, "Is it public.*Change Privacy"),
    ],
)
def test_these_days_a_sentence_says_why_nothing_comes(
    mode: Mode, kind: type[OpenBadgesError], words: str, address: str
) -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        accredible.mode = mode
        with pytest.raises(kind, match=words):
            found(READER, address, fetch)
        if mode is Mode.THROTTLED:
            assert found(READER, address, fetch)


@pytest.mark.parametrize(
    "address",
    [
        page(simulator.PRIVATE),
        f"https://accredible.test/profile/{simulator.PRIVATE_USER}/wallet",
        "https://accredible.test/profile/nobody",
    ],
)
def test_what_is_private_looks_empty_and_the_sentence_says_where_to_look(address: str) -> None:
    with (
        simulator.Accredible() as accredible,
        door(accredible) as fetch,
        pytest.raises(Nothing, match=r"Is it public.*Change Privacy"),
    ):
        found(READER, address, fetch)


def test_an_empty_wallet_asks_whether_it_is_public() -> None:
    with simulator.Accredible() as accredible, door(accredible) as fetch:
        accredible.mode = Mode.EMPTY
        with pytest.raises(Nothing, match="Is it public"):
            found(READER, WALLET, fetch)
