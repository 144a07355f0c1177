"""What a clever holder or a hostile issuer may try, and that it gains nothing.

First the additions which leave an unscreened signature intact, then forged keys and headers,
then documents made to exhaust the machine.
"""

import base64
import copy
import json
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from badges.openbadges import canonical, keys, proofs
from badges.openbadges.budget import TooComplex
from badges.openbadges.errors import Unsafe
from badges.openbadges.report import Check, Result, Trust
from tests.openbadges import make
from tests.openbadges.make import ED25519, RSA, STRANGER, Json, Web, check, chunk, png, signed

LIST = {"id": "https://school.example/status", "type": "1EdTechRevocationList"}


def undefined_property(badge: Json) -> None:
    badge["honours"] = "with distinction"


def undefined_property_of_the_recipient(badge: Json) -> None:
    badge["credentialSubject"]["achievementName"] = "Doctor of Medicine"


def undefined_type(badge: Json) -> None:
    badge["type"].append("DoctorateCredential")


def relative_image(badge: Json) -> None:
    badge["image"] = {"id": "rope.png", "type": "Image"}


def malformed_image(badge: Json) -> None:
    badge["credentialSubject"]["image"] = {"id": "https://x.example/a b.png"}


def date_spelled_in_full(badge: Json) -> None:
    del badge["validUntil"]
    badge["https://www.w3.org/2018/credentials#validUntil"] = "2025-01-01T00:00:00Z"


def alias_in_a_context_of_ones_own(badge: Json) -> None:
    alias = {"@id": "https://www.w3.org/2018/credentials#credentialStatus", "@type": "@id"}
    badge["@context"].append({"hidden": alias})
    badge["hidden"] = badge.pop("credentialStatus")


def status_moved_to_a_twin(badge: Json) -> None:
    twin = {"id": badge["id"], "credentialStatus": badge.pop("credentialStatus")}
    badge["credentialSubject"]["achievement"]["related"] = [twin]


def inner_context(badge: Json) -> None:
    badge["credentialSubject"]["@context"] = ["https://w3id.org/security/data-integrity/v2"]


def context_object_inside(badge: Json) -> None:
    badge["credentialSubject"]["achievement"]["@context"] = {"nom": "https://schema.org/name"}


def context_nullified(badge: Json) -> None:
    badge["credentialSubject"]["achievement"]["@context"] = None


def property_by_its_type(badge: Json) -> None:
    who = badge["credentialSubject"]
    who["Achievement"] = who.pop("achievement")


def keyword(badge: Json) -> None:
    badge["@included"] = [{"id": "https://x.example/", "type": ["Achievement"]}]


def blank_label(badge: Json) -> None:
    badge["credentialSubject"]["achievement"]["creator"] = {"id": "_:b0", "type": ["Profile"]}


def new_date(badge: Json) -> None:
    badge["validUntil"] = "2099-01-01T00:00:00Z"


def new_name(badge: Json) -> None:
    badge["name"] = "Doctor of Medicine"


def two_issuers(badge: Json) -> None:
    badge["issuer"] = [badge["issuer"], {"id": "https://famous.example", "type": ["Profile"]}]


def endless_proof(badge: Json) -> None:
    badge["proof"]["nonce"] = "x"


def proof_of_other_kind(badge: Json) -> None:
    badge["proof"]["proofPurpose"] = "authentication"


def second_proof_broken(badge: Json) -> None:
    other = copy.deepcopy(badge["proof"])
    other["created"] = "2026-02-02T00:00:00Z"
    badge["proof"] = [badge["proof"], other]


MUTATIONS: list[Callable[[Json], None]] = [
    undefined_property,
    undefined_property_of_the_recipient,
    undefined_type,
    relative_image,
    malformed_image,
    date_spelled_in_full,
    alias_in_a_context_of_ones_own,
    status_moved_to_a_twin,
    inner_context,
    context_object_inside,
    context_nullified,
    property_by_its_type,
    keyword,
    blank_label,
    new_date,
    new_name,
    two_issuers,
    endless_proof,
    proof_of_other_kind,
    second_proof_broken,
]


@pytest.mark.parametrize("change", MUTATIONS, ids=lambda change: change.__name__)
def test_no_change_to_a_signed_badge_goes_unnoticed(change: Callable[[Json], None]) -> None:
    web = Web()
    web.put(LIST["id"], {"revokedCredential": []})
    badge = signed(credentialStatus=LIST, validUntil="2030-01-01T00:00:00Z")
    assert check(badge, web).result is Result.VALID
    change(badge)
    report = check(badge, web)
    assert report.result is Result.INVALID
    assert report.trust is Trust.NONE


def test_an_unknown_vocabulary_is_not_fetched_and_leaves_the_badge_open() -> None:
    badge = signed()
    badge["@context"].append("https://evil.example/context.json")
    web = Web()
    assert check(badge, web).result is Result.UNKNOWN
    assert web.asked == []


def test_we_never_sign_what_we_would_refuse() -> None:
    with pytest.raises(Unsafe):
        signed(honours="with distinction")


def test_no_pinned_context_gives_a_second_name_to_what_decides_validity() -> None:
    """Two properties of one meaning would let a holder rename what we look for."""
    decisive = {"validUntil", "expirationDate", "validFrom", "issuanceDate"} | {
        "credentialStatus",
        "issuer",
        "credentialSubject",
        "statusListIndex",
        "statusListCredential",
        "statusPurpose",
    }
    from badges.openbadges.rdf import RESOLVER

    meanings: dict[str, set[str]] = {}
    for document in RESOLVER.documents.values():
        _collect(document["@context"], {}, meanings)
    for names in meanings.values():
        lower = {name for name in names if name[:1].islower()}
        assert not (lower & decisive) or len(lower) == 1, lower


def _collect(context: Any, prefixes: Json, found: dict[str, set[str]]) -> None:
    if isinstance(context, list):
        for one in context:
            _collect(one, prefixes, found)
    if not isinstance(context, dict):
        return
    known = prefixes | {k: v for k, v in context.items() if isinstance(v, str)}
    for name, term in context.items():
        iri = term.get("@id") if isinstance(term, dict) else term
        if name.startswith("@") or not isinstance(iri, str) or iri.startswith("@"):
            continue
        head, _, tail = iri.partition(":")
        found.setdefault(known.get(head, head + ":") + tail, set()).add(name)
        if isinstance(term, dict):
            _collect(term.get("@context"), known, found)


# ---------------------------------------------------------------------------------------
# Keys and headers


def test_a_strangers_key_under_a_famous_name_is_not_the_famous_issuers() -> None:
    famous = {"id": "https://famous.example/issuer", "type": ["Profile"], "name": "Famous"}
    report = check(signed(STRANGER, issuer=famous))
    assert report.result is Result.UNKNOWN
    assert report.host == ""
    assert report.trust is Trust.NONE


def test_a_strangers_key_for_another_did_is_not_the_issuers() -> None:
    report = check(signed(STRANGER))
    assert report.result is Result.UNKNOWN
    assert report.finding(Check.ISSUER).code == "issuer.unbound"


def test_a_key_written_after_the_hash_of_a_foreign_address_proves_nothing() -> None:
    issuer = "https://famous.example/issuer"
    method = f"{issuer}#{keys.to_multikey(STRANGER.public_key())}"
    badge = signed(STRANGER, method, issuer={"id": issuer, "type": ["Profile"]})
    web = Web()
    assert check(badge, web).result is Result.UNKNOWN
    web.put(issuer, make.controller(issuer))
    report = check(badge, web)
    assert report.result is Result.UNKNOWN
    assert report.finding(Check.ISSUER).code == "issuer.not_listed"


def forge(header: Json, payload: Json, signature: bytes = b"") -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head, body = part(json.dumps(header).encode()), part(json.dumps(payload).encode())
    return f"{head}.{body}.{part(signature)}"


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "", "HS256", "hs512"])
@pytest.mark.parametrize("signature", [b"", b"x" * 64])
def test_an_algorithm_that_anybody_could_use_is_refused(algorithm: str, signature: bytes) -> None:
    token = forge(
        {"alg": algorithm, "jwk": keys.to_jwk(RSA.public_key())}, make.unsigned(), signature
    )
    assert check(token).result is Result.INVALID


def test_the_public_key_is_never_taken_for_a_shared_secret() -> None:
    import hashlib
    import hmac

    header = {"alg": "HS256", "typ": "JWT", "kid": f"{make.ISSUER}#key-1"}
    unsigned = forge(header, make.unsigned()).rpartition(".")[0]
    mac = hmac.new(make.pem(RSA).encode(), unsigned.encode(), hashlib.sha256).digest()
    token = unsigned + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    assert check(token, make.hosted_web()).result is Result.INVALID


def test_an_algorithm_that_does_not_fit_the_key_is_refused() -> None:
    token = make.token(ED25519)
    header = {"alg": "RS256", "jwk": keys.to_jwk(ED25519.public_key())}
    swapped = forge(header, {}).split(".")[0] + "." + token.split(".", 1)[1]
    assert check(swapped).result is Result.INVALID


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
    ],
)
def test_headers_that_change_how_a_token_is_read_are_refused(header: Json) -> None:
    assert check(make.token(headers=header)).result is Result.INVALID


def test_a_key_in_the_header_is_nobodys_until_the_issuer_lists_it() -> None:
    issuer = {"id": make.ISSUER, "type": ["Profile"], "name": "Harbour School"}
    token = make.token(issuer=issuer)
    web = Web()
    assert check(token, web).result is Result.UNKNOWN
    web.put(make.ISSUER, {"id": make.ISSUER, "jwks": {"keys": [keys.to_jwk(RSA.public_key())]}})
    assert check(token, web).result is Result.VALID


def test_a_key_on_another_site_is_not_the_issuers() -> None:
    issuer = {"id": make.ISSUER, "type": ["Profile"], "name": "Harbour School"}
    web = Web()
    web.put("https://evil.example/key", keys.to_jwk(RSA.public_key()))
    token = make.token(jwk=False, headers={"kid": "https://evil.example/key"}, issuer=issuer)
    report = check(token, web)
    assert report.result is Result.UNKNOWN
    assert report.finding(Check.SIGNATURE).outcome == "passed"


def test_a_header_that_gives_the_private_key_away_is_refused() -> None:
    jwk = keys.to_jwk(RSA.public_key()) | {"d": "AQAB"}
    assert check(make.token(jwk=False, headers={"jwk": jwk})).result is Result.INVALID


def test_a_short_rsa_key_is_refused() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    assert check(make.token(weak)).result is Result.INVALID


def test_a_second_spelling_of_a_token_is_refused() -> None:
    token = make.token()
    assert check(token).finding(Check.SIGNATURE).outcome == "passed"
    assert check(token + "=").result is not Result.VALID
    head, body, signature = token.split(".")
    assert check(f"{head}.{body}.{signature}A").result is Result.INVALID
    assert check(f"{head}=.{body}.{signature}").result is Result.UNREADABLE


# ---------------------------------------------------------------------------------------
# Exhaustion


def twins() -> Json:
    """Blank nodes that cannot be told apart, side by side."""
    return make.unsigned(evidence=[{"type": ["Evidence"], "narrative": "x"} for _ in range(400)])


def many_tags() -> Json:
    """Thousands of values of one property, each compared with each."""
    badge = make.unsigned()
    badge["credentialSubject"]["achievement"]["tag"] = [f"tag {n}" for n in range(4_000)]
    return badge


def many_mentions() -> Json:
    """The same, spread over many nodes which are all one thing."""
    badge = make.unsigned()
    badge["evidence"] = [
        {"id": "https://x.example/1", "type": ["Evidence"], "name": f"{n}"} for n in range(700)
    ]
    return badge


def identical_tree() -> Json:
    """Five times five times five identical nodes, all with terms of Open Badges."""
    level = {"type": ["RubricCriterionLevel"], "alignment": [{"type": ["Alignment"]}] * 5}
    description = {"type": ["ResultDescription"], "rubricCriterionLevel": [level] * 5}
    badge = make.unsigned()
    badge["credentialSubject"]["achievement"]["resultDescription"] = [description] * 5
    return badge


@pytest.mark.parametrize("build", [identical_tree, twins, many_tags, many_mentions])
def test_a_graph_made_to_take_for_ever_is_given_up_in_time(build: Callable[[], Json]) -> None:
    badge = build()
    badge["proof"] = signed()["proof"]
    start = time.process_time()
    report = check(badge)
    assert time.process_time() - start < 2
    assert report.result in (Result.INVALID, Result.UNKNOWN)
    if report.result is Result.UNKNOWN:
        assert report.finding(Check.SIGNATURE).code == "signature.graph.too_complex"


def test_a_poison_graph_of_blank_nodes_is_given_up_in_time() -> None:
    from badges.openbadges import rdf

    nodes = 9
    expanded = [
        {
            "@id": f"_:n{i}",
            "https://x.example/p": [{"@id": f"_:n{j}"} for j in range(nodes) if j != i],
        }
        for i in range(nodes)
    ]
    start = time.process_time()
    with pytest.raises(TooComplex):
        rdf.canonical(expanded)
    assert time.process_time() - start < 2


def test_a_long_chain_of_blank_nodes_is_given_up_in_time() -> None:
    from badges.openbadges import rdf

    expanded = [
        {"@id": f"_:n{i}", "https://x.example/p": [{"@id": f"_:n{(i + 1) % 300}"}]}
        for i in range(300)
    ]
    start = time.process_time()
    with pytest.raises(TooComplex):
        rdf.canonical(expanded)
    assert time.process_time() - start < 2


def test_depth_is_limited_before_anything_recurses() -> None:
    badge = make.unsigned()
    inner: Json = {"id": "https://x.example/"}
    for _ in range(40):
        inner = {"type": ["Profile"], "parentOrg": inner}
    with pytest.raises(TooComplex):
        canonical.screen(badge | {"issuer": inner})


def test_a_compressed_chunk_that_inflates_without_end_is_refused() -> None:
    bomb = zlib.compress(bytes(20_000_000))
    for kind, data in (
        (b"iTXt", b"openbadgecredential\0\1\0\0\0" + bomb),
        (b"zTXt", b"openbadges\0\0" + bomb),
    ):
        start = time.process_time()
        report = check(png((kind, data)))
        assert time.process_time() - start < 0.5
        assert report.result is Result.UNREADABLE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "json.too_complex"),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, "json.too_complex"),
        ("[" * 40 + "]" * 40, "json.too_complex"),
        ('{"type":"Assertion","type":"VerifiableCredential"}', "json.duplicate"),
        ('{"type":["VerifiableCredential"],"credentialSubject":{"a":1,"a":2}}', "json.duplicate"),
        ('{"type":"VerifiableCredential","a":NaN}', "json.syntax"),
        ('{"type":"VerifiableCredential","a":1e999}', "json.syntax"),
        ('{"type":"VerifiableCredential","a":' + "9" * 5000 + "}", "json.syntax"),
        ('{"type":"VerifiableCredential","name":"a\\u0000b"}', "json.characters"),
        ('{"type":"VerifiableCredential","name":"a\\ud800b"}', "json.characters"),
        ('{"type":"VerifiableCredential","a":[' + "1," * 6_000 + "1]}", "json.too_complex"),
        ('{"type":"VerifiableCredential","name":"' + "x" * 70_000 + '"}', "json.too_complex"),
        ('{"type":"VerifiableCredential"', "json.syntax"),
        ('{"type":"VerifiableCredential","name":"' + "x" * 1_100_000 + '"}', "json.too_big"),
    ],
    ids=lambda value: value[:40],
)
def test_hostile_json_is_refused_with_its_reason(text: str, code: str) -> None:
    report = check(text)
    assert report.result is Result.UNREADABLE
    assert report.finding(Check.READABLE).code == f"read.{code}"


def test_fifty_megabytes_are_refused_at_once() -> None:
    data = b"{" + b" " * 50_000_000
    start = time.process_time()
    assert check(data).result is Result.UNREADABLE
    assert time.process_time() - start < 0.1


def test_a_badge_that_names_hundreds_of_documents_is_asked_for_few() -> None:
    entries = [
        {"id": f"https://school.example/{n}", "type": "1EdTechRevocationList"} for n in range(200)
    ]
    web = Web()
    assert check(signed(credentialStatus=entries), web).result is Result.UNKNOWN
    assert len(web.asked) <= 16


def test_a_token_whose_signature_is_good_but_payload_is_hostile_is_refused() -> None:
    token = proofs.sign_jws({"type": "VerifiableCredential", "name": "a\0b"}, ED25519)
    assert check(token).result is Result.UNREADABLE


def test_the_first_of_two_badges_in_one_picture_counts() -> None:
    first, second = json.dumps(signed()), json.dumps(signed(STRANGER))
    picture = png(make.itxt(first.encode()), make.itxt(second.encode()))
    assert check(picture).result is Result.VALID
    assert chunk(*make.itxt(second.encode())) in picture
