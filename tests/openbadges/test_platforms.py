"""Open Badges 2.0 as a widespread learning platform writes them: its habits are read as meant."""

import pytest

from badges.openbadges import recipient
from badges.openbadges.report import Check, Result, Trust
from tests.openbadges.make import LEARNER, OB2, Json, Web, check

SITE = "https://campus.example/moodle/badges"
HASH = "7f3b0c1d2e4a5968778695a4b3c2d1e0f0e1d2c3"
SALT = "one salt for the whole site"
ADDRESS = f"{SITE}/json/assertion.php?b={HASH}&obversion=v2p0"
ALIGNMENT = {"targetName": "Fieldwork", "targetUrl": "https://skills.example/fieldwork"}


def badge_class(**changes: object) -> Json:
    found: Json = {
        "@context": OB2,
        "id": f"{SITE}/json/badge.php?id=7&obversion=v2p0",
        "type": "BadgeClass",
        "name": "Field notes",
        "description": "Keeps a field book for a season.",
        "version": "2",
        "@language": "en",
        "image": {
            "id": "https://campus.example/moodle/pluginfile.php/1/badges/badgeimage/7/f3",
            "caption": "A pencil",
        },
        "criteria": {
            "id": f"{SITE}/badgeclass.php?id=7",
            "narrative": "Complete **all** of the following: twelve weeks.",
        },
        "issuer": {
            "name": "Department of Rivers",
            "url": "https://campus.example",
            "email": "badges@campus.example",
            "@context": OB2,
            "id": f"{SITE}/json/issuer.php?obversion=v2p0&badgeid=7",
            "type": "Issuer",
        },
        "tags": ["rivers"],
        "related": [
            {"id": f"{SITE}/json/badge.php?id=8", "version": "2", "@language": "de"},
        ],
        "alignment": [ALIGNMENT],
    }
    return found | changes


def given(**changes: object) -> Json:
    found: Json = {
        "@context": OB2,
        "type": "Assertion",
        "id": ADDRESS,
        "recipient": {
            "type": "email",
            "hashed": True,
            "salt": SALT,
            "identity": recipient.hash(LEARNER, SALT),
        },
        "verify": {"type": "hosted", "url": ADDRESS},
        "issuedOn": "2026-02-03T10:11:12+01:00",
        "badge": badge_class(),
        "evidence": f"{SITE}/badge.php?hash={HASH}",
        "tags": ["rivers"],
    }
    return found | changes


def campus(answer: Json | None = None, about: Json | None = None) -> Web:
    web = Web()
    body = answer or given()
    known = about or badge_class()
    web.put(ADDRESS, body)
    web.put(known["id"], known)
    web.put(known["issuer"]["id"], known["issuer"])
    return web


def test_a_badge_with_everything_inside_it_is_read_and_confirmed() -> None:
    report = check(ADDRESS, campus(), addresses=(LEARNER,))
    assert (report.result, report.trust) == (Result.VALID, Trust.HOSTED)
    assert report.host == "campus.example"
    assert report.finding(Check.RECIPIENT).code == "recipient.match"
    assert report.finding(Check.SCHEMA).code == "schema.complete"
    found = report.credential
    assert found is not None
    assert (found.name, found.issuer.name) == ("Field notes", "Department of Rivers")
    assert found.image.endswith("/badgeimage/7/f3")
    assert found.criteria.url.endswith("badgeclass.php?id=7")
    assert [one.url for one in found.evidence] == [f"{SITE}/badge.php?hash={HASH}"]
    assert str(found.issued_at) == "2026-02-03 09:11:12+00:00"
    assert (found.tags, found.language) == (("rivers",), "en")


@pytest.mark.parametrize("word", ["alignment", "alignments"])
def test_skills_are_read_under_both_of_their_names(word: str) -> None:
    known = badge_class()
    del known["alignment"]
    known[word] = [ALIGNMENT]
    report = check(ADDRESS, campus(given(badge=known), known))
    assert report.credential is not None
    assert [one.name for one in report.credential.alignments] == ["Fieldwork"]


def test_a_class_or_issuer_by_its_address_alone_will_do() -> None:
    bare = given(badge=badge_class()["id"])
    assert check(ADDRESS, campus(bare)).result is Result.VALID
    known = badge_class(criteria=f"{SITE}/badgeclass.php?id=7", image="https://campus.example/7")
    web = campus(given(badge=known), known)
    web.put(known["id"], known | {"issuer": known["issuer"]["id"]})
    assert check(ADDRESS, web).result is Result.VALID


def test_a_class_that_was_switched_off_leaves_it_open_and_named() -> None:
    web = campus()
    web.put(badge_class()["id"], {"error": "not available"}, status=410)
    report = check(ADDRESS, web)
    assert report.result is Result.UNKNOWN
    assert report.credential is not None
    assert report.credential.name == "Field notes"
