"""Revocation, validity in time, and whose badge it is."""

import base64
import gzip
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from badges.openbadges import keys, proofs, recipient, status
from badges.openbadges.credential import Identity
from badges.openbadges.errors import Unsupported
from badges.openbadges.report import Check, Outcome, Result
from tests.openbadges import make
from tests.openbadges.make import (
    ED25519,
    LEARNER,
    NOW,
    SITE,
    STRANGER,
    Json,
    Web,
    check,
    signed,
    unsigned,
)

LIST = f"{SITE}/status/1"


def entry(index: Any = 7, **changes: Any) -> Json:
    found = {
        "id": f"{LIST}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": index,
        "statusListCredential": LIST,
    }
    return found | changes


def listing(*revoked: int, **changes: Any) -> Json:
    """The body of a status list credential, unsigned."""
    subject = {
        "id": f"{LIST}#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": status.encode(revoked),
    }
    found: Json = {
        "@context": [make.VC2],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": make.DID,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": subject | changes.pop("subject", {}),
    }
    return found | changes


def signed_list(*revoked: int, key: Any = ED25519, **changes: Any) -> Json:
    method = keys.did_key_method(key.public_key())
    return proofs.sign(listing(*revoked, **changes), key, method, make.SIGNED)


def with_list(answer: Any, **put: Any) -> Web:
    web = Web()
    web.put(LIST, answer, **put)
    return web


@pytest.mark.parametrize("index", [0, 7, 8, 131_071, "7"])
def test_one_bit_takes_one_badge_back(index: int | str) -> None:
    badge = signed(credentialStatus=entry(index))
    assert check(badge, with_list(signed_list(int(index)))).result is Result.REVOKED
    assert check(badge, with_list(signed_list(int(index) ^ 1))).result is Result.VALID


STRANGERS = keys.did_key(STRANGER.public_key())


@pytest.mark.parametrize(
    "answer",
    [
        listing(7),
        listing(),
        signed_list() | {"credentialSubject": listing(3)["credentialSubject"]},
        signed_list(issuer=STRANGERS),
        signed_list(type=["VerifiableCredential"]),
        signed_list(validUntil="2026-06-01T00:00:00Z"),
        signed_list(subject={"statusPurpose": "suspension"}),
        signed_list(subject={"encodedList": "uAAAA"}),
        signed_list(subject={"encodedList": "u" + "!" * 20}),
        signed_list(subject={"encodedList": status.encode([], size=8)}) | {},
        "<html>Sign in</html>",
        b"\xff\xfe\x00",
        {},
    ],
)
def test_a_list_that_is_not_genuine_and_in_order_leaves_it_open(answer: Any) -> None:
    badge = signed(credentialStatus=entry(9))
    report = check(badge, with_list(answer))
    assert report.finding(Check.STATUS).outcome is Outcome.UNKNOWN
    assert report.result is Result.UNKNOWN


@pytest.mark.parametrize("code", [404, 410, 500])
def test_a_silent_list_leaves_it_open(code: int) -> None:
    badge = signed(credentialStatus=entry())
    assert check(badge).result is Result.UNKNOWN
    assert check(badge, with_list(signed_list(), status=code)).result is Result.UNKNOWN


def test_a_list_by_somebody_else_counts_where_the_badge_names_it() -> None:
    badge = signed(credentialStatus=entry(7))
    web = with_list(signed_list(7, key=STRANGER, issuer=STRANGERS))
    assert check(badge, web).result is Result.REVOKED


def test_a_list_may_be_a_token() -> None:
    token = proofs.sign_jws(listing(7), ED25519, {"kid": make.METHOD})
    assert check(signed(credentialStatus=entry(7)), with_list(token)).result is Result.REVOKED


@pytest.mark.parametrize("index", [-1, 131_072, 10**13, "x", "²", None, True, 1.5, {}])
def test_an_index_off_the_list_leaves_it_open(index: Any) -> None:
    with pytest.raises(Unsupported):
        status.entry(status.decode(status.encode([])), status.index_of({"statusListIndex": index}))


def test_the_older_kind_of_list_is_read_too() -> None:
    packed = base64.urlsafe_b64encode(gzip.compress(bytes([0x01]) + bytes(100))).decode()
    listed = listing(
        type=["VerifiableCredential", "StatusList2021Credential"],
        subject={"type": "StatusList2021", "encodedList": packed.rstrip("=")},
    )
    listed["@context"] = [
        "https://www.w3.org/2018/credentials/v1",
        "https://w3id.org/vc/status-list/2021/v1",
        "https://w3id.org/security/data-integrity/v2",
    ]
    listed["issuanceDate"] = listed.pop("validFrom")
    badge = unsigned(credentialStatus=entry(7, type="StatusList2021Entry"))
    badge["@context"].insert(1, "https://w3id.org/vc/status-list/2021/v1")
    web = with_list(proofs.sign(listed, ED25519, make.METHOD, make.SIGNED))
    token = proofs.sign_jws(badge, ED25519, {"kid": make.METHOD})
    assert check(token, web).result is Result.REVOKED


def test_of_several_lists_the_worst_counts() -> None:
    other = f"{SITE}/status/2"
    entries = [entry(7), entry(7, id=f"{other}#7", statusListCredential=other)]
    entries[1]["statusPurpose"] = "suspension"
    badge = signed(credentialStatus=entries)
    web = with_list(signed_list())
    assert check(badge, web).result is Result.UNKNOWN
    web.put(other, signed_list(7, subject={"statusPurpose": ["suspension", "message"]}))
    report = check(badge, web)
    assert report.result is Result.REVOKED
    assert "suspended" in report.finding(Check.STATUS).detail


def test_a_list_about_something_else_does_not_matter() -> None:
    badge = signed(credentialStatus=entry(7, statusPurpose="message"))
    assert check(badge).result is Result.VALID


def test_revoked_goes_before_suspended() -> None:
    other = f"{SITE}/status/2"
    first = entry(7, statusPurpose="suspension")
    badge = signed(credentialStatus=[first, entry(7, statusListCredential=other)])
    web = with_list(signed_list(7, subject={"statusPurpose": "suspension"}))
    web.put(other, signed_list())
    suspended = check(badge, web)
    assert suspended.finding(Check.STATUS).code == "status.suspended"
    web.put(other, signed_list(7))
    revoked = check(badge, web)
    assert revoked.finding(Check.STATUS).code == "status.revoked"
    assert suspended.result is revoked.result is Result.REVOKED


def test_a_short_list_is_a_warning_and_no_failure() -> None:
    short = {"encodedList": status.encode([3], size=100_000)}
    web = with_list(signed_list(subject=short))
    report = check(signed(credentialStatus=entry(7)), web)
    assert report.result is Result.VALID
    assert report.finding(Check.STATUS).code == "status.standing_short_list"
    assert report.finding(Check.STATUS).outcome is Outcome.WARNING
    assert check(signed(credentialStatus=entry(3)), web).result is Result.REVOKED
    assert check(signed(credentialStatus=entry(100_000)), web).result is Result.UNKNOWN


MESSAGES = [
    {"status": "0x0", "message": "active"},
    {"status": "0x1", "message": "being renewed"},
    {"status": "nonsense", "message": "?"},
    {"status": "0x3", "message": "copied by mistake"},
]


def wide(value: int) -> Json:
    """A list whose entries are two bits wide; the fourth has this value."""
    at = {8: value >> 1 & 1, 9: value & 1}
    encoded = status.encode([bit for bit, on in at.items() if on], size=status.MIN_BITS * 2)
    return {"encodedList": encoded, "statusPurpose": ["revocation", "message"]}


def test_entries_may_be_wider_than_a_bit_and_say_why() -> None:
    kind = {"statusSize": 2, "statusMessage": MESSAGES}
    badge = signed(credentialStatus=entry(4, **kind))
    assert check(badge, with_list(signed_list(subject=wide(0)))).result is Result.VALID
    report = check(badge, with_list(signed_list(subject=wide(3))))
    assert report.result is Result.REVOKED
    assert "copied by mistake" in report.finding(Check.STATUS).detail


def test_a_message_is_passed_on_and_decides_nothing() -> None:
    kind = {"statusSize": 2, "statusMessage": MESSAGES, "statusPurpose": "message"}
    web = with_list(signed_list(subject=wide(1)))
    alone = check(signed(credentialStatus=entry(4, **kind)), web)
    assert alone.result is Result.VALID
    assert "being renewed" in alone.finding(Check.STATUS).detail
    both = check(signed(credentialStatus=[entry(1, statusSize=2), entry(4, **kind)]), web)
    assert both.finding(Check.STATUS).outcome is Outcome.PASSED
    assert "being renewed" in both.finding(Check.STATUS).detail
    assert check(signed(credentialStatus=entry(4, **kind))).result is Result.VALID


def test_a_list_may_tell_of_a_newer_copy() -> None:
    web = with_list(signed_list(7, subject={"statusPurpose": "refresh"}))
    report = check(signed(credentialStatus=entry(7, statusPurpose="refresh")), web)
    assert report.result is Result.VALID
    assert "newer copy" in report.finding(Check.STATUS).detail


@pytest.mark.parametrize("size", [0, -1, 17, "2", True, 1.5, None, 10**9])
def test_entries_of_an_impossible_width_leave_it_open(size: Any) -> None:
    badge = unsigned(credentialStatus=entry(7, statusSize=size))
    token = proofs.sign_jws(badge, ED25519, {"kid": make.METHOD})
    assert check(token, with_list(signed_list())).result is Result.UNKNOWN


def test_a_status_of_unknown_kind_leaves_it_open() -> None:
    badge = unsigned(credentialStatus={"id": LIST, "type": "VelocityRevocationListJan2021"})
    token = proofs.sign_jws(badge, ED25519, {"kid": make.METHOD})
    assert check(token).result is Result.UNKNOWN


def test_a_bomb_in_a_list_is_not_inflated() -> None:
    bomb = base64.urlsafe_b64encode(gzip.compress(bytes(20_000_000), 1)).decode().rstrip("=")
    with pytest.raises(Unsupported, match="too long"):
        status.decode("u" + bomb)


def test_any_list_reads_back_as_it_was_written() -> None:
    chosen = set(random.Random(1).sample(range(status.MIN_BITS), 500))
    bits = status.decode(status.encode(chosen))
    assert {n for n in range(status.MIN_BITS) if status.entry(bits, n)} == chosen
    assert status.entry(b"\xe4", 1, 2) == 2


@pytest.mark.parametrize(
    ("listed", "result"),
    [
        ({"revokedCredential": []}, Result.VALID),
        ({"revokedCredential": [{"id": "urn:x:other"}]}, Result.VALID),
        ({"revokedCredential": [{"id": unsigned()["id"]}]}, Result.REVOKED),
        ({"revokedCredential": [{"id": unsigned()["id"], "revoked": True}]}, Result.REVOKED),
        ({"revokedCredential": [{"id": unsigned()["id"], "revoked": False}]}, Result.VALID),
        ({"revokedCredential": {"id": unsigned()["id"]}}, Result.REVOKED),
        ({}, Result.UNKNOWN),
        ("<html>", Result.UNKNOWN),
    ],
)
def test_a_list_of_revoked_credentials_is_asked(listed: Any, result: Result) -> None:
    badge = signed(credentialStatus={"id": LIST, "type": "1EdTechRevocationList"})
    assert check(badge, with_list(listed)).result is result


# ---------------------------------------------------------------------------------------
# Time


@pytest.mark.parametrize(
    ("moment", "result"),
    [
        (datetime(2025, 12, 31, tzinfo=UTC), Result.NOT_YET_VALID),
        (datetime(2025, 12, 31, 23, 56, tzinfo=UTC), Result.VALID),
        (datetime(2026, 1, 1, tzinfo=UTC), Result.VALID),
        (datetime(2030, 1, 1, tzinfo=UTC), Result.VALID),
        (datetime(2030, 1, 1, 0, 0, 1, tzinfo=UTC), Result.EXPIRED),
    ],
)
def test_a_badge_counts_in_its_time(moment: datetime, result: Result) -> None:
    badge = signed(validUntil="2030-01-01T00:00:00Z")
    assert check(badge, now=moment).result is result


def test_revoked_goes_before_expired_and_both_are_told() -> None:
    badge = signed(validUntil="2026-02-01T00:00:00Z", credentialStatus=entry(7))
    report = check(badge, with_list(signed_list(7)))
    assert report.result is Result.REVOKED
    assert report.finding(Check.PERIOD).outcome is Outcome.FAILED


def test_a_date_that_cannot_be_understood_leaves_it_open() -> None:
    assert check(signed(validUntil="when the cows come home")).result is Result.UNKNOWN


# ---------------------------------------------------------------------------------------
# Recipient

SPEC = "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"


@pytest.mark.parametrize(
    ("identity", "address", "fits"),
    [
        (Identity("email", SPEC, True, "Kosher"), "a@example.com", True),
        (Identity("email", SPEC.upper(), True, "Kosher"), "a@example.com", True),
        (Identity("email", SPEC, True, "Kosher"), " A@Example.com ", True),
        (Identity("email", SPEC, True, None), "a@example.com", False),
        (Identity("email", recipient.hash("A@b.example"), True, None), "A@b.example", True),
        (Identity("email", "md5$" + "0" * 32, True, ""), "a@example.com", False),
        (Identity("email", "sha256$zz", True, ""), "a@example.com", False),
        (Identity("email", "sha1$" + "0" * 40, True, ""), "a@example.com", False),
        (Identity("email", "A@Example.com", False, None), "a@example.com", True),
        (Identity("email", "mailto:a@example.com", False, None), "a@example.com", True),
        (Identity("url", "https://X.example/me", False, None), "https://x.example/me", True),
        (Identity("did", "did:key:z6MkAbc", False, None), "did:key:z6Mkabc", False),
        # Letters that fold onto others in Unicode are other people's.
        (Identity("email", "kate@example.com", False, None), "\u212aate@example.com", False),
        (Identity("email", "strasse@example.com", False, None), "straße@example.com", False),
        (Identity("email", "info@example.com", False, None), "ınfo@example.com", False),
    ],
)
def test_a_recipient_is_matched_exactly(identity: Identity, address: str, fits: bool) -> None:
    assert (recipient.match([identity], ["other@example.com", address]) == address) is fits


def test_whose_badge_it_is_never_changes_the_result() -> None:
    badge = signed()
    assert check(badge).finding(Check.RECIPIENT).outcome is Outcome.NOT_APPLICABLE
    mine = check(badge, addresses=("x@y.example", LEARNER))
    assert mine.finding(Check.RECIPIENT).outcome is Outcome.PASSED
    theirs = check(badge, addresses=("eve@evil.example",))
    assert theirs.finding(Check.RECIPIENT).outcome is Outcome.FAILED
    assert mine.result is theirs.result is Result.VALID


def test_a_badly_hidden_address_is_told() -> None:
    who = {"type": "email", "hashed": True, "identity": recipient.hash(LEARNER)}
    web = make.hosted_web()
    web.put(make.ASSERTION, make.assertion(recipient=who))
    report = check(make.assertion(), web, addresses=(LEARNER,))
    assert report.finding(Check.RECIPIENT).outcome is Outcome.WARNING


def test_a_recipient_named_by_a_key_alone_cannot_be_compared() -> None:
    badge = unsigned()
    badge["credentialSubject"]["id"] = "did:example:1"
    signed_badge = proofs.sign(badge, ED25519, make.METHOD, make.SIGNED)
    report = check(signed_badge, addresses=(LEARNER,))
    assert report.finding(Check.RECIPIENT).outcome is Outcome.UNKNOWN
    assert (
        check(signed_badge, addresses=("did:example:1",)).finding(Check.RECIPIENT).outcome
        is Outcome.PASSED
    )


def test_an_untidy_badge_is_told_and_stays_valid() -> None:
    badge = unsigned()
    del badge["credentialSubject"]["achievement"]["criteria"]
    report = check(proofs.sign(badge, ED25519, make.METHOD, make.SIGNED))
    assert report.result is Result.VALID
    assert "criteria" in report.finding(Check.SCHEMA).detail
    assert check(signed()).finding(Check.SCHEMA).outcome is Outcome.PASSED


def test_the_clock_is_the_one_that_is_handed_in() -> None:
    report = check(signed(), now=NOW + timedelta(days=1))
    assert report.checked_at == NOW + timedelta(days=1)
