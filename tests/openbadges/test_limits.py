"""Whatever is handed in: two seconds of processor and a hundred megabytes, at most.

Each input is as full as the limits before it allow, in the shape that costs the most. Time is
that of the processor; memory is the highest that the process stood above where it was.
"""

import base64
import gzip
import json
import sys
import zlib
from collections.abc import Callable
from itertools import count
from types import FrameType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from badges.openbadges import budget, canonical, keys, parse, proofs, rdf, status
from badges.openbadges.budget import TooComplex
from badges.openbadges.errors import BadKey, Unreadable, Unsafe, Unsupported
from badges.openbadges.fetching import Fetched
from badges.openbadges.report import Check, Result
from badges.openbadges.verify import verify
from bench.fuzz import MEGABYTES, SECONDS, measured
from bench.inputs import objects
from tests.openbadges import make
from tests.openbadges.make import ISSUER, Json, Web, check
from tests.openbadges.test_proofs import BASE, packed

Made = tuple[Json | str | bytes, Web]


def tree(width: int) -> list[Json]:
    level = {"type": ["RubricCriterionLevel"], "alignment": [{"type": ["Alignment"]}] * width}
    return [{"type": ["ResultDescription"], "rubricCriterionLevel": [level] * width}] * width


def look_alikes(width: int = 5) -> Json:
    badge = make.unsigned()
    badge["credentialSubject"]["achievement"]["resultDescription"] = tree(width)
    return badge | {"proof": make.signed()["proof"]}


def full(nodes: int = 4_900) -> Json:
    """As many values as a document may have."""
    badge = make.unsigned()
    badge["evidence"] = [
        {"id": f"urn:x:{n}", "type": ["Evidence"], "name": f"n{n}"} for n in range(nodes // 5 - 30)
    ]
    return badge


def alone(badge: Json | str | bytes) -> Made:
    return badge, Web()


def eight_proofs() -> Made:
    badge = full() | {"proof": [make.signed()["proof"]] * 8}
    return alone(badge)


def eight_look_alikes() -> Made:
    badge = look_alikes()
    return alone(badge | {"proof": [badge["proof"]] * 8})


def eight_lists_that_are_badges() -> Made:
    web = Web()
    entries = []
    for n in range(8):
        url = f"https://school.example/status/{n}"
        web.put(url, look_alikes(4) | {"proof": [make.signed()["proof"]] * 8, "id": url})
        entries.append({
            "id": f"{url}#1", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
            "statusListIndex": "1", "statusListCredential": url,
        })  # fmt: skip
    return make.signed(credentialStatus=entries), web


def a_record_of_look_alikes() -> Made:
    record = make.unsigned(type=["VerifiableCredential", "ClrCredential"])
    clr = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
    record["@context"].insert(1, clr)
    children = [look_alikes(3) for _ in range(30)]
    record["credentialSubject"] = {"type": ["ClrSubject"], "verifiableCredential": children}
    return alone(record | {"proof": make.signed()["proof"]})


def a_hundred_endorsements() -> Made:
    inside = make.unsigned(type=["VerifiableCredential", "EndorsementCredential"])
    inside["proof"] = [make.signed()["proof"]] * 8
    return alone(make.unsigned(endorsement=[inside] * 60) | {"proof": make.signed()["proof"]})


def thousands_of_signatures() -> Made:
    key = keys.P256 + b"\2" + bytes(31) + b"\5"
    parts: tuple[Any, ...] = (bytes(64), key, [bytes(64)] * 40_000, {}, [])
    badge = full() | {"issuer": BASE["issuer"]}
    proof = BASE["proof"] | {"proofValue": packed(b"\xd9\x5d\x01", *parts)}
    return alone(badge | {"proof": proof})


def hundreds_of_pointers() -> Made:
    pointers = [f"/evidence/{n}" for n in range(100)] + ["/evidence"] * 100
    parts = (bytes(64), keys.P256 + b"\2" + bytes(31) + b"\5", bytes(32), [bytes(64)], pointers)
    badge = full() | {"issuer": BASE["issuer"]}
    proof = BASE["proof"] | {"proofValue": packed(b"\xd9\x5d\x00", *parts)}
    return alone(badge | {"proof": proof})


def keys_without_end() -> Made:
    web = Web()
    method = make.controller(ISSUER, make.P384.public_key())["assertionMethod"][0]
    methods = [dict(method, id=f"{ISSUER}#{n}") for n in range(900)]
    web.put(ISSUER, {"id": ISSUER, "assertionMethod": methods})
    return make.issued_by(ISSUER), web


def long_plain_text() -> Made:
    badge = make.unsigned(name="\u202e" * 60_000, description="é" * 60_000)
    options = [make.signed()["proof"] | {"cryptosuite": "eddsa-jcs-2022"}] * 8
    return alone(badge | {"proof": options})


def a_token_as_long_as_may_be() -> Made:
    return alone(make.token(make.ED25519, image={"id": "data:image/png;base64," + "A" * 700_000}))


def a_list_that_inflates() -> Made:
    web = Web()
    url = "https://school.example/status/1"
    bomb = base64.urlsafe_b64encode(gzip.compress(bytes(400_000_000), 1)).decode().rstrip("=")
    subject = {
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": "u" + bomb,
    }
    listing = make.unsigned(type=["VerifiableCredential", "BitstringStatusListCredential"])
    del listing["@context"][1]
    listing |= {"id": url, "issuer": make.DID, "credentialSubject": subject}
    token = proofs.sign_jws(listing, make.ED25519, {"kid": make.METHOD})
    web.put(url, token)
    entry = {"id": f"{url}#1", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
             "statusListIndex": "1", "statusListCredential": url}  # fmt: skip
    return make.signed(credentialStatus=entry), web


def a_picture_that_inflates() -> Made:
    bomb = zlib.compress(bytes(200_000_000), 1)
    return alone(make.png((b"iTXt", b"openbadgecredential\0\1\0\0\0" + bomb)))


def a_revocation_list_without_end() -> Made:
    web = Web()
    url = "https://school.example/status/1"
    web.put(url, {"revokedCredential": [f"urn:x:{n}" for n in range(60_000)]})
    entries = [{"id": f"{url}?{n}", "type": "1EdTechRevocationList"} for n in range(8)]
    for n in range(8):
        web.put(f"{url}?{n}", web.answers[url].body)
    return make.signed(credentialStatus=entries), web


def numbers_without_end() -> Made:
    return alone('{"type":"VerifiableCredential","credentialSubject":{"a":[' + "9" * 4_299 + "]}}")


def look_alikes_by_the_hundred() -> Made:
    return alone(look_alikes(8))


def as_many_values_as_may_be() -> Made:
    return alone(full() | {"proof": make.signed()["proof"]})


COSTLY: list[Callable[[], Made]] = [
    look_alikes_by_the_hundred, as_many_values_as_may_be,
    eight_proofs, eight_look_alikes, eight_lists_that_are_badges, a_record_of_look_alikes,
    a_hundred_endorsements, thousands_of_signatures, hundreds_of_pointers, keys_without_end,
    long_plain_text, a_token_as_long_as_may_be, a_list_that_inflates, a_picture_that_inflates,
    a_revocation_list_without_end, numbers_without_end,
]  # fmt: skip


@pytest.mark.parametrize("build", COSTLY, ids=lambda build: build.__name__)
def test_no_input_costs_more_than_two_seconds_and_a_hundred_megabytes(
    build: Callable[[], Made],
) -> None:
    badge, web = build()
    text = json.dumps(badge) if isinstance(badge, dict) else badge
    data = text.encode() if isinstance(text, str) else text
    check(make.signed())  # what is loaded once is loaded
    cost = measured(data, web.fetch)
    assert not cost["wrong"]
    assert cost["s"] < SECONDS
    assert cost["mb"] < MEGABYTES


def test_too_complex_is_unknown_and_never_invalid() -> None:
    report = check(look_alikes(8))
    assert report.result is Result.UNKNOWN
    finding = report.finding(Check.SIGNATURE)
    assert finding.code == "signature.graph.too_complex"
    assert "too complex" in finding.detail


def test_we_do_not_sign_what_nobody_could_check() -> None:
    badge = make.unsigned()
    badge["credentialSubject"]["achievement"]["tag"] = [f"t{n}" for n in range(4_000)]
    with pytest.raises(TooComplex):
        proofs.sign(badge, make.ED25519, make.METHOD, make.SIGNED)


def test_the_largest_real_record_takes_a_fraction_of_the_budget() -> None:
    most = 0
    for one in objects():
        with budget.limited():
            try:
                canonical.texts({name: part for name, part in one.items() if name != "proof"})
            except (Unsafe, Unsupported):
                continue
            purse = budget._PURSE.get()
            assert purse is not None
            most = max(most, budget.STEPS - purse.left)
    assert most < budget.STEPS / 5


def test_work_inside_work_is_counted_once_and_together() -> None:
    with budget.limited(100):
        with budget.limited(10_000):
            budget.spend(60)
        with pytest.raises(TooComplex):
            budget.spend(60)
        assert budget.is_spent()
    budget.spend(10**9)  # nothing is being verified, so nothing is counted


def test_the_same_badge_costs_the_same_steps_each_time() -> None:
    badge = make.signed()
    left = []
    for _ in range(3):
        with budget.limited():
            proofs.verify(badge, badge["proof"], make.ED25519.public_key())
            purse = budget._PURSE.get()
            assert purse is not None
            left.append(purse.left)
    assert len(set(left)) == 1


# ---------------------------------------------------------------------------------------
# Keys


def number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


RSA_N = make.RSA.public_key().public_numbers().n
WEAK_Y = [0, 1, keys.FIELD - 1, keys.EIGHTH, keys.FIELD - keys.EIGHTH, keys.FIELD, keys.FIELD + 1]


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "RSA", "n": number(RSA_N >> 1025), "e": "AQAB"},
        {"kty": "RSA", "n": number((1 << 8192) + 1), "e": "AQAB"},
        {"kty": "RSA", "n": number((1 << 11_000) + 1), "e": "AQAB"},
        {"kty": "RSA", "n": number(RSA_N), "e": "AQ"},
        {"kty": "RSA", "n": number(RSA_N), "e": "Ag"},
        {"kty": "RSA", "n": number(RSA_N), "e": number((1 << 32) + 1)},
        {"kty": "RSA", "n": number(RSA_N), "e": number((1 << 2000) + 1)},
        {"kty": "RSA", "n": number(RSA_N)[:-1] + "!", "e": "AQAB"},
        {"kty": "RSA", "n": number(RSA_N), "e": "AQAB", "key_ops": 7},
        {"kty": "RSA", "n": number(RSA_N), "e": "AQAB", "use": "enc"},
        {"kty": "RSA", "n": number(RSA_N), "e": "AQAB", "alg": "HS256"},
        {"kty": "EC", "crv": "P-256", "x": number(5), "y": number(7)},
        {"kty": "EC", "crv": "secp256k1", "x": number(5), "y": number(7)},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        {"kty": "OKP", "crv": "Ed25519", "x": "A" * 44},
    ],
    ids=map(str, count()),  # some keys are made anew in each process
)
def test_a_key_out_of_bounds_is_no_key(jwk: Json) -> None:
    with pytest.raises((BadKey, Unsupported)):
        keys.from_jwk(jwk)


@pytest.mark.parametrize("y", WEAK_Y)
@pytest.mark.parametrize("sign", [0, 1 << 255])
def test_a_key_for_which_anybody_can_sign_is_no_key(y: int, sign: int) -> None:
    raw = (y | sign).to_bytes(32, "little")
    spelled = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    with pytest.raises(BadKey):
        keys.from_multikey_bytes(keys.ED25519 + raw)
    with pytest.raises(BadKey):
        keys.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": spelled})


def test_the_weak_keys_are_all_points_of_small_order() -> None:
    """Eight times each of them is nothing, which is why anybody can sign for them."""
    p = keys.FIELD
    d = -121665 * pow(121666, -1, p) % p

    def added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
        k = d * one[0] * other[0] * one[1] * other[1]
        x = (one[0] * other[1] + other[0] * one[1]) * pow(1 + k, -1, p) % p
        return x, (one[1] * other[1] + one[0] * other[0]) * pow(1 - k, -1, p) % p

    for y in keys.WEAK:
        square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
        x = pow(square, (p + 3) // 8, p)
        x = x if (x * x - square) % p == 0 else x * pow(2, (p - 1) // 4, p) % p
        assert (x * x - square) % p == 0
        point = (x, y)
        for _ in range(3):
            point = added(point, point)
        assert point == (0, 1)


def test_the_longest_rsa_key_that_we_take_is_quick_to_use() -> None:
    """The work is in checking, with the largest modulus and exponent that count."""
    import time

    public = rsa.RSAPublicNumbers((1 << 32) - 1, (1 << 8191) + (1 << 1000) + 1).public_key()
    key = keys.from_jwk(keys.to_jwk(public))
    token = proofs.read_jws(make.token(make.RSA, jwk=False))
    start = time.process_time()
    with pytest.raises(proofs.BadSignature):
        proofs.verify_jws(proofs.Jws(token.header, token.signed, bytes(1023) + b"\2"), key)
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize("pem", ["-----BEGIN PUBLIC KEY-----\n" + "A" * 50_000, "x" * 9_000, ""])
def test_a_long_pem_is_not_even_read(pem: str) -> None:
    with pytest.raises(BadKey):
        keys.from_pem(pem)


@pytest.mark.parametrize("did", ["did:jwk:" + "A" * 2_000, "did:key:z" + "1" * 3_000])
def test_a_long_did_is_no_key(did: str) -> None:
    with pytest.raises(BadKey):
        keys.from_did(did)


# ---------------------------------------------------------------------------------------
# Signatures in odd encodings, as in Wycheproof

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
L = (1 << 252) + 27742317777372353535851937790883648493


def split(token: str) -> tuple[str, bytes]:
    head, _, tail = token.rpartition(".")
    return head, base64.urlsafe_b64decode(tail + "==")


def joined(head: str, signature: bytes) -> str:
    return head + "." + base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def halves(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


def der(signature: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return encode_dss_signature(*halves(signature))


ECDSA: list[Callable[[bytes], bytes]] = [
    lambda s: b"",
    lambda s: s[:-1],
    lambda s: s + b"\0",
    lambda s: b"\0" + s,
    lambda s: bytes(64),
    lambda s: s[:32] + bytes(32),
    lambda s: bytes(32) + s[32:],
    lambda s: ORDER.to_bytes(32, "big") + s[32:],
    lambda s: s[:32] + ORDER.to_bytes(32, "big"),
    lambda s: b"\xff" * 64,
    lambda s: s[32:] + s[:32],
    lambda s: s[::-1],
    lambda s: bytes(31) + b"\1" + bytes(31) + b"\1",
    lambda s: b"\0" * 16 + s[:32] + b"\0" * 16 + s[32:],
    der,
]


@pytest.mark.parametrize("change", range(len(ECDSA)))
def test_an_ecdsa_signature_has_one_encoding(change: int) -> None:
    head, signature = split(make.token(make.P256))
    assert check(joined(head, signature)).finding(Check.SIGNATURE).code == "signature.good"
    assert check(joined(head, ECDSA[change](signature))).result is Result.INVALID


def test_the_other_root_of_an_ecdsa_signature_counts_as_the_standard_has_it() -> None:
    """FIPS 186-5 lets s and -s both hold; nothing here takes a signature for a name."""
    head, signature = split(make.token(make.P256))
    r, s = halves(signature)
    twin = r.to_bytes(32, "big") + (ORDER - s).to_bytes(32, "big")
    assert check(joined(head, twin)).finding(Check.SIGNATURE).code == "signature.good"


EDDSA: list[Callable[[bytes], bytes]] = [
    lambda s: b"",
    lambda s: s[:-1],
    lambda s: s + b"\0",
    lambda s: bytes(64),
    lambda s: s[:32] + (int.from_bytes(s[32:], "little") + L).to_bytes(32, "little"),
    lambda s: s[:32] + L.to_bytes(32, "little"),
    lambda s: s[:32] + bytes(32),
    lambda s: bytes(32) + s[32:],
    lambda s: b"\1" + bytes(31) + bytes(32),
    lambda s: s[32:] + s[:32],
    lambda s: s[:32] + s[32:63] + bytes([s[63] ^ 0x80]),
]


@pytest.mark.parametrize("change", range(len(EDDSA)))
def test_an_eddsa_signature_has_one_encoding(change: int) -> None:
    head, signature = split(make.token(make.ED25519))
    assert check(joined(head, signature)).finding(Check.SIGNATURE).code == "signature.good"
    assert check(joined(head, EDDSA[change](signature))).result is Result.INVALID


@pytest.mark.parametrize("tail", ["=", "==", "\n", " ", "A", "!", "é"])
def test_a_token_has_one_spelling(tail: str) -> None:
    token = make.token(make.P256)
    head, signature = token.rsplit(".", 1)
    first, _, rest = token.partition(".")
    for other in (f"{head}.{signature}{tail}", f"{first}{tail}.{rest}"):
        if other.strip() != token:
            assert check(other.encode()).result in (Result.INVALID, Result.UNREADABLE)


@pytest.mark.parametrize("text", ["", "a", "a.b", "e30..AAAA", "e30.e30.AAAA.AAAA", "e30.é.AAAA"])
def test_a_token_has_three_parts(text: str) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        proofs.read_jws(text)


@given(st.binary(max_size=40), st.text("AQgwEIZaz09-_+/= \n\x00\x80é", max_size=8))
def test_only_the_one_spelling_of_bytes_is_read(data: bytes, odd: str) -> None:
    encoded = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    assert parse.base64url(encoded) == data
    for other in (encoded + odd, odd + encoded, odd):
        try:
            found = parse.base64url(other)
        except ValueError:
            continue
        assert base64.urlsafe_b64encode(found).rstrip(b"=").decode() == other


# ---------------------------------------------------------------------------------------
# What we rely on in PyLD


def test_vocabularies_are_read_once_for_all_badges_of_a_process() -> None:
    def badge(number: int) -> Json:
        return make.signed(id=f"urn:uuid:0000000{number}-0000-4000-8000-000000000001")

    first, second = badge(1), badge(2)
    check(first)
    assert calls("_create_term_definition", lambda: check(second)) == 0
    assert calls("_expand_object", lambda: check(second)) > 0


def calls(name: str, action: Callable[[], object]) -> int:
    """How often a function of this name ran meanwhile."""
    count = 0

    def watch(frame: FrameType, event: str, _value: object) -> None:
        nonlocal count
        count += event == "call" and frame.f_code.co_name == name

    sys.setprofile(watch)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def test_statements_of_what_is_expanded_are_those_that_pyld_writes() -> None:
    from pyld import jsonld

    options = {
        "base": "",
        "contextResolver": rdf.RESOLVER,
        "documentLoader": rdf.RESOLVER.document_loader,
    }
    seen = 0
    for one in objects():
        try:
            expanded = rdf.expand(one, lambda name: None)
        except (Unsafe, Unsupported):
            continue
        before = json.dumps(expanded)
        assert rdf._dataset(expanded) == jsonld.JsonLdProcessor().to_rdf(expanded, options)
        assert json.dumps(expanded) == before
        seen += 1
    assert seen > 50


def test_what_cannot_be_inflated_in_bounds_is_refused() -> None:
    for size in (status.MAX_BYTES + 1, 50_000_000):
        packed_list = base64.urlsafe_b64encode(gzip.compress(bytes(size), 1)).decode().rstrip("=")
        with pytest.raises(Unsupported):
            status.decode("u" + packed_list)
    for damaged in ("u", "u" + "A" * 50, "uH4sIAAAAAAAA", "", "u=", "\0"):
        with pytest.raises(Unsupported):
            status.decode(damaged)


def test_an_answer_beyond_all_measure_is_not_even_decoded() -> None:
    web = Web()
    web.answers[ISSUER] = Fetched(ISSUER, ISSUER, 200, "application/json", b" " * 90_000_000)
    assert check(make.issued_by(ISSUER), web).result is Result.UNKNOWN
    cost = measured(json.dumps(make.issued_by(ISSUER)).encode(), lambda url, **_: web.answers[url])
    assert cost["mb"] < 5


def test_the_many_answers_of_one_hostile_web_cost_no_more() -> None:
    class Endless(Web):
        def fetch(self, url: str, **options: Any) -> Any:
            self.put(url, full())
            return super().fetch(url, **options)

    web = Endless()
    badge = make.issued_by(ISSUER, credentialStatus=[
        {"id": f"https://x.example/{n}", "type": "1EdTechRevocationList"} for n in range(8)
    ])  # fmt: skip
    report = verify(json.dumps(badge).encode(), fetch=web.fetch, now=make.NOW)
    assert report.result is Result.UNKNOWN
    assert len(web.asked) <= 16
