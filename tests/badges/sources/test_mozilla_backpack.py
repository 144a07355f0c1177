"""The Mozilla Backpack is gone; what it wrote into a file is still read, and kept when its issuers
are gone too."""

import copy
import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from badges.openbadges import parse
from badges.openbadges.credential import Version
from badges.openbadges.errors import OpenBadgesError
from badges.openbadges.fetching import Fetched
from badges.openbadges.report import Check, Result, Trust
from badges.sources import recognise_file
from badges.sources.base import Found, Nothing
from badges.sources.mozilla_backpack import MAX_BADGES, MozillaBackpack
from tests.badges.sources.odd import variants
from tests.openbadges.make import LEARNER, Json, Web, check

READER = MozillaBackpack()
SITE = "http://school.example"
HASH = hashlib.sha256(f"{LEARNER}pepper".encode()).hexdigest()
EXPORT: Json = json.loads(
    (Path(__file__).parent / "payloads" / "mozilla_backpack.json")
    .read_text()
    # A hash of an address that the tests know.
    .replace("%(hash)s", HASH)
)
GROUP = EXPORT["groups"][0]
BADGE = GROUP["badges"][0]


def fetch(url: str, **how: object) -> Fetched:
    raise AssertionError("a file is read without asking anybody")


def rows(value: Any) -> list[Found]:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(READER.find({}, fetch=fetch, data=data))


@pytest.mark.parametrize(
    "value",
    [EXPORT, EXPORT["groups"], GROUP, [GROUP], GROUP["badges"], {"badges": [BADGE]}, BADGE],
    ids=["whole", "groups", "group", "list of a group", "badges", "a list by name", "one"],
)
def test_every_shape_of_the_export_is_known(value: Any) -> None:
    data = b"\xef\xbb\xbf" + json.dumps(value, indent=1).encode()
    recognised = recognise_file("backpack.json", data)
    assert recognised is not None
    assert (recognised.reader, recognised.answers) == ("mozilla_backpack", {})
    assert recognised.words == "Backpack export backpack.json"
    assert rows(data)[0].label == "Rope work"


@pytest.mark.parametrize(
    "value",
    [
        BADGE["assertion"],
        {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "hostedUrl": SITE},
        {"type": "Collection", "badges": [{"type": "Assertion", "hostedUrl": SITE}]},
        {"badges": [{"type": "Assertion", "assertion": {}}]},
        {"assertion": "somebody said so"},
        {"assertions": [BADGE["assertion"]]},
        {"groups": [1, None, "x"]},
        {"groups": 7, "hostedUrl": "javascript:alert(1)"},
        [],
        "groupId",
    ],
)
def test_other_files_are_left_to_others(value: Any) -> None:
    assert READER.recognise_file("x.json", json.dumps(value).encode()) is None


def test_broken_files_are_left_to_the_core() -> None:
    for data in (b"", b"{", b'{"groupId"', b'["assertion",' * 100_000, b'\xff{"groupId":1}'):
        assert READER.recognise_file("x.json", data) is None


def test_each_badge_comes_with_where_it_lived() -> None:
    first, second, third = rows(EXPORT)
    assert (first.label, second.label) == ("Rope work", "Navigation")
    assert (third.label, third.url, third.image) == (f"{SITE}/assertions/3", third.label, "")
    assert second.image == "https://backpack.example/images/badge/77aa.png"
    kept = json.loads(first.data)
    assert kept["id"] == f"{SITE}/assertions/1"
    assert kept["badge"] == BADGE["assertion"]["badge"]
    assert parse.read(first.data).version is Version.OB05
    assert len({one.key for one in rows(EXPORT)}) == 3


def test_the_same_badge_in_two_groups_is_one() -> None:
    assert rows([GROUP, GROUP]) == rows(GROUP)


def test_a_badge_whose_issuer_is_gone_is_kept_with_all_its_words() -> None:
    for one in rows(EXPORT)[:2]:
        report = check(one.data, Web(), addresses=(LEARNER,))
        assert (report.result, report.trust) == (Result.UNKNOWN, Trust.NONE)
        assert report.credential is not None
        assert (report.credential.name, report.credential.issuer.name) == (
            one.label,
            "Harbour School",
        )
        assert report.finding(Check.RECIPIENT).code == "recipient.match"


def test_a_badge_whose_issuer_still_answers_is_checked() -> None:
    half, later, _ = rows(EXPORT)
    web = Web()
    web.put(f"{SITE}/assertions/1", BADGE["assertion"])
    report = check(half.data, web, addresses=(LEARNER,))
    assert (report.result, report.trust) == (Result.VALID, Trust.HOSTED)
    # The Backpack rewrote what 1.0 said; its host has the last word.
    theirs = copy.deepcopy(GROUP["badges"][1]["assertion"])
    theirs["recipient"] = theirs.pop("_originalRecipient")
    theirs["badge"] = f"{SITE}/classes/way"
    del theirs["issued_on"], theirs["salt"]
    web.put(f"{SITE}/assertions/2", theirs)
    web.put(
        f"{SITE}/classes/way",
        {"name": "Navigation", "description": "", "image": f"{SITE}/way.png", "criteria": SITE}
        | {"issuer": f"{SITE}/issuer"},
    )
    web.put(f"{SITE}/issuer", {"name": "Harbour School", "url": SITE})
    report = check(later.data, web, addresses=(LEARNER,))
    assert (report.result, report.trust) == (Result.VALID, Trust.HOSTED)
    assert report.credential is not None
    assert report.credential.version is Version.OB10


def test_an_address_of_its_own_is_not_replaced() -> None:
    entry = copy.deepcopy(BADGE)
    entry["assertion"]["id"] = f"{SITE}/own"
    [one] = rows(entry)
    assert json.loads(one.data)["id"] == f"{SITE}/own"


def test_a_list_of_groups_without_badges_says_what_is_missing() -> None:
    groups = {"userId": 1, "groups": [{"groupId": 592, "name": "Sailing", "badges": 3}]}
    assert recognise_file("groups.json", json.dumps(groups).encode()) is not None
    with pytest.raises(Nothing, match="of each group"):
        rows(groups)


def test_no_export_is_too_long() -> None:
    many = [BADGE | {"hostedUrl": f"{SITE}/{number}"} for number in range(MAX_BADGES + 5)]
    found = rows({"badges": many})
    assert len(found) == MAX_BADGES + 1
    assert "more than 2000" in found[-1].reason


def nested(depth: int) -> Iterator[bytes]:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        inner = opening * depth + b"1" + closing * depth
        yield json.dumps(BADGE).encode().replace(b'"pepper"', inner)


def test_no_export_is_too_deep() -> None:
    for depth in (10, 900, 960, 980, 990, 1000, 100_000):
        for data in nested(depth):
            with suppress(OpenBadgesError):
                for one in rows(data):
                    assert one.data or one.reason


def test_no_export_is_too_odd() -> None:
    count = 0
    for value in variants({"groups": [{"groupId": 1, "badges": GROUP["badges"][1:2]}]}):
        data = json.dumps(value).encode()
        READER.recognise_file("x.json", data)
        with suppress(OpenBadgesError):
            for one in rows(data):
                assert 0 < len(one.key) <= 300
                assert 0 < len(one.label) <= 300
                assert one.data or one.url or one.reason
                if one.data:
                    check(one.data)
        count += 1
    assert count > 300
