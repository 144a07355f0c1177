"""Every kind of Data Integrity proof: made elsewhere and read here, and altered in every place.

`vectors/interop` holds our own example, signed by the JavaScript libraries that wallets use
(`bench/sign.mjs` made them), so that two implementations which know nothing of each other have
to agree on every byte. Keys were made for it and thrown away.
"""

import base64
import copy
import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from c14n import Canonicalize  # type: ignore[import-untyped]  # ships with PyLD, untyped
from hypothesis import given, settings
from hypothesis import strategies as st

from badges.openbadges import budget, canonical, cbor, jcs, keys, proofs, selective
from badges.openbadges.errors import BadKey, Unsafe, Unsupported
from badges.openbadges.report import Check, Result
from tests.openbadges import make
from tests.openbadges.make import ED25519, P256, P384, STRANGER, Json, check

INTEROP = Path(__file__).parent / "vectors" / "interop"
NAMES = sorted(path.stem for path in INTEROP.glob("*.json"))


def vector(name: str) -> Json:
    found: Json = json.loads((INTEROP / f"{name}.json").read_text("utf-8"))
    return found


def leaves(node: Any) -> list[tuple[Any, Any]]:
    """Every place of a string that is shown, as its holder and its name there."""
    found: list[tuple[Any, Any]] = []
    for name, inner in list(node.items() if isinstance(node, dict) else enumerate(node)):
        if name in ("@context", "proof", "type"):
            continue
        if isinstance(inner, dict | list):
            found += leaves(inner)
        else:
            found.append((node, name))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_what_other_libraries_sign_is_good_here(name: str) -> None:
    report = check(vector(name))
    assert report.result is Result.VALID
    partly = "sd-2023-derived" in name
    code = "signature.good_in_part" if partly else "signature.good"
    assert report.finding(Check.SIGNATURE).code == code


@pytest.mark.parametrize("name", NAMES)
def test_no_value_can_be_changed_without_breaking_the_signature(name: str) -> None:
    good = vector(name)
    for at in range(len(leaves(good))):
        badge = copy.deepcopy(good)
        node, place = leaves(badge)[at]
        old = node[place]
        node[place] = old + 1 if isinstance(old, float) else f"{old}x"
        assert check(badge).result is not Result.VALID, (place, old)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_can_be_added_to_what_is_signed(name: str) -> None:
    badge = vector(name)
    badge["credentialSubject"]["narrative"] = "And much more."
    assert check(badge).result is Result.INVALID


@pytest.mark.parametrize("option", ["created", "verificationMethod", "nonce", "proofPurpose"])
@pytest.mark.parametrize("name", NAMES)
def test_the_options_of_a_proof_are_signed_too(name: str, option: str) -> None:
    badge = vector(name)
    other = {"verificationMethod": make.METHOD, "proofPurpose": "authentication"}
    badge["proof"][option] = other.get(option, "2026-01-02T03:04:06Z")
    assert check(badge).result is Result.INVALID


# ---------------------------------------------------------------------------------------
# JSON in its one spelling


def test_numbers_are_written_as_javascript_writes_them() -> None:
    """The table of RFC 8785, appendix B, and the corners of the notation."""
    table = {
        0x0000000000000000: "0",
        0x8000000000000000: "0",
        0x0000000000000001: "5e-324",
        0x8000000000000001: "-5e-324",
        0x7FEFFFFFFFFFFFFF: "1.7976931348623157e+308",
        0x4340000000000000: "9007199254740992",
        0xC340000000000000: "-9007199254740992",
        0x4430000000000000: "295147905179352830000",
        0x44B52D02C7E14AF5: "9.999999999999997e+22",
        0x44B52D02C7E14AF6: "1e+23",
        0x444B1AE4D6E2EF4E: "999999999999999700000",
        0x444B1AE4D6E2EF50: "1e+21",
        0x3EB0C6F7A0B5ED8C: "9.999999999999997e-7",
        0x3EB0C6F7A0B5ED8D: "0.000001",
        0x41B3DE4355555555: "333333333.3333333",
        0xBECBF647612F3696: "-0.0000033333333333333333",
        0x43143FF3C1CB0959: "1424953923781206.2",
    }
    for bits, text in table.items():
        (value,) = struct.unpack(">d", bits.to_bytes(8, "big"))
        assert jcs.number(value) == text
    assert [jcs.number(n) for n in (1, 10, 1.0, 1.5, -100, 10**21, 0.1)] == [
        "1", "10", "1", "1.5", "-100", "1e+21", "0.1",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [2**53 + 1, -(2**63) + 1, 10**400, 123456789012345678901])
def test_a_number_without_one_spelling_is_refused(number: int) -> None:
    with pytest.raises(Unsafe):
        jcs.number(number)
    badge = make.unsigned()
    badge["credentialSubject"]["creditsEarned"] = number
    with pytest.raises(Unsafe):
        proofs.sign(badge, ED25519, make.METHOD, make.SIGNED, "eddsa-jcs-2022")


def test_names_are_sorted_as_utf_16_and_text_is_escaped_no_more_than_needed() -> None:
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "ö": 7}
    assert [*json.loads(jcs.dumps(value))] == ["\r", "1", "\x80", "ö", "€", "\U0001f600", "\ufb33"]
    assert jcs.dumps('\x00\x1f\b\t\n\f\r"\\/\x7f\u2028é') == (
        '"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/\x7f\u2028é"'
    )
    assert jcs.dumps([None, True, False, {}, [], ""]) == '[null,true,false,{},[],""]'


doubles = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
plain = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), doubles, words)


@settings(max_examples=200, deadline=None)
@given(st.recursive(plain, lambda x: st.lists(x) | st.dictionaries(st.text("aé€\U0001f600"), x)))
def test_any_document_comes_out_as_a_second_library_writes_it(value: Any) -> None:
    assert jcs.dumps(value) == Canonicalize.canonicalize(value).decode()


# ---------------------------------------------------------------------------------------
# Suites and keys

SUITES = [
    ("eddsa-rdfc-2022", ED25519), ("eddsa-jcs-2022", ED25519), ("ecdsa-rdfc-2019", P256),
    ("ecdsa-rdfc-2019", P384), ("ecdsa-jcs-2019", P256), ("ecdsa-jcs-2019", P384),
]  # fmt: skip


def made(suite: str, key: keys.PrivateKey, **options: Any) -> Json:
    issuer = {"id": keys.did_key(key.public_key()), "type": ["Profile"], "name": "Harbour School"}
    method = keys.did_key_method(key.public_key())
    return proofs.sign(make.unsigned(issuer=issuer), key, method, make.SIGNED, suite, options)


@pytest.mark.parametrize(("suite", "key"), SUITES)
def test_what_we_sign_we_accept(suite: str, key: keys.PrivateKey) -> None:
    assert check(made(suite, key)).result is Result.VALID


@pytest.mark.parametrize(("suite", "key"), SUITES)
def test_another_kind_of_key_is_refused(suite: str, key: keys.PrivateKey) -> None:
    badge = made(suite, key)
    others: list[keys.PrivateKey] = [ED25519, P256, P384, make.RSA, STRANGER]
    for other in others:
        if other is key:
            continue
        with pytest.raises((BadKey, proofs.BadSignature)):
            proofs.verify(badge, badge["proof"], other.public_key())


@pytest.mark.parametrize(
    "change",
    [
        {"cryptosuite": "bbs-2023"},
        {"cryptosuite": None},
        {"cryptosuite": ["eddsa-rdfc-2022"]},
        {"cryptosuite": "Ed25519Signature2020"},
        {"type": "eddsa-rdfc-2022"},
        {"type": ["DataIntegrityProof"]},
        {"type": "RsaSignature2018"},
        {"type": 7},
    ],
)
def test_a_kind_of_proof_that_we_do_not_know_leaves_it_open(change: Json) -> None:
    badge = make.signed()
    badge["proof"] |= change
    report = check(badge)
    assert report.result is Result.UNKNOWN
    assert report.finding(Check.SIGNATURE).code == "signature.suite"


@pytest.mark.parametrize("value", ["", "z", "u", "z0OIl", "mAAAA", 7, None, [], "z" + "2" * 3000])
def test_a_malformed_proof_value_is_no_signature(value: Any) -> None:
    for badge in (
        make.signed(),
        made("eddsa-jcs-2022", ED25519),
        vector("ecdsa-sd-2023-base-none"),
    ):
        badge["proof"]["proofValue"] = value
        assert check(badge).result is Result.INVALID


def test_a_proof_may_bring_the_first_of_the_contexts_and_no_others() -> None:
    badge = made("eddsa-jcs-2022", ED25519)
    assert badge["proof"]["@context"] == badge["@context"]
    for own in ([], [make.VC2], "https://x.example/", [make.OB3, make.VC2], None):
        other = copy.deepcopy(badge)
        other["proof"]["@context"] = own
        assert check(other).result is Result.INVALID


def test_a_control_character_or_an_odd_number_survives_the_plain_suite() -> None:
    badge = make.unsigned(name="A \x01\x7f\u2028 bell")
    badge["credentialSubject"]["creditsEarned"] = 1e-7
    signed = proofs.sign(badge, ED25519, make.METHOD, make.SIGNED, "eddsa-jcs-2022")
    assert check(signed).result is Result.VALID
    text = json.dumps(signed).replace("1e-07", "0.00000010")
    assert check(text).result is Result.VALID


def test_a_vocabulary_of_ones_own_is_no_trick_where_json_is_signed() -> None:
    badge = make.unsigned()
    badge["@context"].append({"honours": "https://school.example/honours"})
    badge["honours"] = "with distinction"
    signed = proofs.sign(badge, ED25519, make.METHOD, make.SIGNED, "eddsa-jcs-2022")
    assert check(signed).result is Result.VALID
    assert check(signed | {"honours": "none"}).result is Result.INVALID


def test_with_p384_blank_nodes_may_be_numbered_by_either_hash() -> None:
    """The suite says SHA-384. Signers that left it at SHA-256 are believed as well."""
    badge = vector("ecdsa-rdfc-2019-p384-blank")
    bare = {name: value for name, value in badge.items() if name != "proof"}
    assert len(canonical.texts(bare, ("sha384", "sha256"))) == 2


# ---------------------------------------------------------------------------------------
# Sets and chains


def first(**options: Any) -> Json:
    return proofs.sign(make.unsigned(), ED25519, make.METHOD, make.SIGNED, options=options)


def further(badge: Json, suite: str = "eddsa-rdfc-2022", **options: Any) -> Json:
    method = keys.did_key_method(STRANGER.public_key())
    return proofs.sign(badge, STRANGER, method, make.SIGNED, suite, options)


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_chain_covers_the_proofs_that_it_builds_on(suite: str) -> None:
    chain = further(further(first(id="urn:x:1"), id="urn:x:2"), suite, previousProof=["urn:x:1"])
    assert check(chain).result is Result.VALID
    both = further(chain, suite, id="urn:x:4", previousProof=["urn:x:1", "urn:x:2"])
    assert check(both).result is Result.VALID
    other = copy.deepcopy(both)
    other["proof"][0] = first(id="urn:x:1", nonce="other")["proof"]
    assert check(other).result is Result.INVALID


def _gone(chain: Json) -> None:
    del chain["proof"][0]


def _forked(chain: Json) -> None:
    chain["proof"].insert(0, first(id="urn:x:1", nonce="twin")["proof"])


def _to_itself(chain: Json) -> None:
    chain["proof"][1] |= {"id": "urn:x:2", "previousProof": "urn:x:2"}


def _in_a_circle(chain: Json) -> None:
    chain["proof"][1]["id"] = "urn:x:2"
    chain["proof"][0]["previousProof"] = "urn:x:2"


def _no_name(chain: Json) -> None:
    chain["proof"][1]["previousProof"] = [{"id": "urn:x:1"}]


def _a_number(chain: Json) -> None:
    chain["proof"][1]["previousProof"] = 7


@pytest.mark.parametrize("change", [_gone, _forked, _to_itself, _in_a_circle, _no_name, _a_number])
def test_a_broken_chain_is_no_signature(change: Callable[[Json], None]) -> None:
    chain = further(first(id="urn:x:1"), previousProof="urn:x:1")
    assert check(chain).result is Result.VALID
    change(chain)
    report = check(chain)
    assert report.result is Result.INVALID
    assert report.finding(Check.SIGNATURE).code in ("signature.signature.chain", "signature.bad")


# ---------------------------------------------------------------------------------------
# Selective disclosure

BASE, PART = vector("ecdsa-sd-2023-base-some"), vector("ecdsa-sd-2023-derived-some")


def test_a_holder_may_leave_out_what_the_issuer_did_not_hold_on_to() -> None:
    whole, part = check(BASE), check(PART)
    assert whole.result is part.result is Result.VALID
    assert whole.credential
    assert part.credential
    assert whole.credential.description
    assert not part.credential.description
    assert "left out" in part.finding(Check.SIGNATURE).detail


def test_what_is_left_out_later_breaks_the_count() -> None:
    badge = copy.deepcopy(PART)
    del badge["credentialSubject"]["achievement"]["criteria"]
    assert check(badge).result is Result.INVALID


def test_a_part_of_one_badge_does_not_fit_another() -> None:
    other = vector("ecdsa-sd-2023-derived-none")
    badge = copy.deepcopy(PART) | {"proof": other["proof"]}
    assert check(badge).result is Result.INVALID


def packed(prefix: bytes, *parts: Any) -> str:
    def item(value: Any) -> bytes:
        if isinstance(value, int):
            return head(0, value)
        if isinstance(value, bytes):
            return head(2, len(value)) + value
        if isinstance(value, str):
            return head(3, len(value.encode())) + value.encode()
        if isinstance(value, dict):
            both = (item(one) for pair in value.items() for one in pair)
            return head(5, len(value)) + b"".join(both)
        return head(4, len(value)) + b"".join(item(one) for one in value)

    def head(kind: int, number: int) -> bytes:
        if number < 24:
            return bytes([kind << 5 | number])
        return bytes([kind << 5 | 25]) + number.to_bytes(2, "big")

    raw = prefix + item(list(parts))
    return "u" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def repacked(**changes: Any) -> Json:
    proof = selective.read(PART["proof"]["proofValue"])
    names = ("base_signature", "badge_key", "signatures", "labels", "mandatory")
    parts = [changes.get(name, getattr(proof, name)) for name in names]
    badge = copy.deepcopy(PART)
    badge["proof"]["proofValue"] = packed(selective.DERIVED, *parts)
    return badge


PROOF = selective.read(PART["proof"]["proofValue"])
assert PROOF.labels is not None and PROOF.mandatory is not None  # noqa: PT018 one fact


def test_a_proof_packed_anew_is_the_same_proof() -> None:
    assert check(repacked()).result is Result.VALID


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": dict.fromkeys(PROOF.labels, next(iter(PROOF.labels.values())))},
        {"labels": {}},
        {"labels": dict.fromkeys(PROOF.labels, b"x" * 32)},
        {"labels": {place: value[:31] for place, value in PROOF.labels.items()}},
        {"mandatory": []},
        {"mandatory": [*PROOF.mandatory, 9_999]},
        {"mandatory": [PROOF.mandatory[0], *PROOF.mandatory]},
        {"mandatory": [b"0"]},
        {"mandatory": 7},
        {"signatures": PROOF.signatures[:-1]},
        {"signatures": [*PROOF.signatures, PROOF.signatures[0]]},
        {"signatures": PROOF.signatures[::-1]},
        {"signatures": [b"\0" * 64 for _ in PROOF.signatures]},
        {"signatures": 7},
        {"base_signature": b"\0" * 64},
        {"base_signature": "text"},
        {"badge_key": PROOF.badge_key[:-1]},
        {"badge_key": keys.P256 + bytes(33)},
        {"badge_key": keys.ED25519 + bytes(33)},
    ],
    ids=repr,
)
def test_a_proof_whose_parts_do_not_fit_is_no_signature(changes: Json) -> None:
    assert check(repacked(**changes)).result is Result.INVALID


@pytest.mark.parametrize("pointer", ["issuer", "/nothing", "/type/9", "/type/x", "/name/0", "/id/"])
def test_a_pointer_to_nothing_is_no_signature(pointer: str) -> None:
    proof = selective.read(BASE["proof"]["proofValue"])
    badge = copy.deepcopy(BASE)
    badge["proof"]["proofValue"] = packed(
        selective.BASE,
        proof.base_signature, proof.badge_key, proof.hmac_key, proof.signatures, [pointer],
    )  # fmt: skip
    assert check(badge).result is Result.INVALID


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00\x00", b"\x41", b"\x18", b"\x1b" + b"\xff" * 8, b"\x9f\xff", b"\xf4", b"\x20",
     b"\x9a\xff\xff\xff\xff", b"\x61\xff", b"\xa2\x00\x00\x00\x00", b"\xa1\x41\x00\x00",
     b"\x81" * 9 + b"\x00", b"\xc1\x00", b"\x5a\xff\xff\xff\xff\x00"],
)  # fmt: skip
def test_hostile_cbor_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        cbor.loads(raw)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_cbor_is_read_or_refused(raw: bytes) -> None:
    for prefix in (selective.BASE, selective.DERIVED, b""):
        with pytest.raises(proofs.BadSignature):
            selective.read("u" + base64.urlsafe_b64encode(prefix + raw).rstrip(b"=").decode())


def test_selective_disclosure_costs_what_it_has_to_and_no_more() -> None:
    with budget.limited(1_000), pytest.raises(Unsupported):
        proofs.verify(BASE, BASE["proof"], keys.from_did(BASE["issuer"]["id"]))
    assert math.isfinite(budget.STEPS)
