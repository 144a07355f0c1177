"""Whatever the bytes and whatever the web answers, there is a report."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from badges.openbadges.bakery import bake
from badges.openbadges.credential import Version
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import Fetched
from badges.openbadges.parse import credential, identity_key
from badges.openbadges.proofs import sign_jws
from badges.openbadges.report import Check, Report
from badges.openbadges.verify import verify
from tests.openbadges import make
from tests.openbadges.test_early import half
from tests.openbadges.test_early import one as early
from tests.openbadges.test_endorsements import given as good_word
from tests.openbadges.test_endorsements import said
from tests.openbadges.test_european import european
from tests.openbadges.test_files import document, stream, wrapped
from tests.openbadges.test_records import record

few = settings(max_examples=25, deadline=None)
leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
value = st.recursive(
    leaf | st.sampled_from([make.ASSERTION, make.DID, make.ISSUER, "", "urn:x", {}, [], [[]]]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


def sound(data: bytes, answer: bytes = b"{}") -> None:
    def fetch(url: str, *, accept: str = "", max_bytes: int = 0, max_age: float = 0) -> Fetched:
        if len(url) % 5 == 0:
            raise Unreachable("no", url)
        return Fetched(url, url, 200, "application/json", answer)

    report = verify(data, fetch=fetch, now=make.NOW, addresses=(make.LEARNER,))
    assert isinstance(report, Report)
    assert [one.check for one in report.findings] == list(Check)
    for one in report.findings:
        assert not one.code.endswith(".fault"), "verification broke down"
        assert one.detail.endswith(".")
    for part in report.parts:
        assert [one.check for one in part.report.findings] == list(Check)
    if report.document is not None:
        identity_key(report.document)
        credential(report.document, {one.url: one.body for one in report.documents})


@few
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    sound(data)
    sound(b"\x89PNG\r\n\x1a\n" + data)
    sound(b"<svg " + data)
    sound(make.png(make.itxt(data)))
    sound(make.png((b"tEXt", b"openbadges\0" + data)))
    sound(b"%PDF-1.7\n" + data)
    sound(
        document(stream(data), b"7 0 obj<</Type/EmbeddedFile/Filter/FlateDecode>>stream\n" + data)
    )


@few
@given(st.binary(min_size=1, max_size=4), st.integers(0, 5_000), st.sampled_from(range(5)))
def test_damaged_badges(junk: bytes, at: int, which: int) -> None:
    text = json.dumps(make.signed())
    whole = [
        text.encode(),
        make.token().encode(),
        bake(make.png(), text, Version.OB3),
        bake(make.SVG, text, Version.OB3),
        document(stream(text.encode())),
    ][which]
    at %= len(whole)
    sound(whole[:at] + junk + whole[at + len(junk) :])
    sound(whole[:at])


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every place in a document that something else could stand in."""
    found: list[tuple[Any, Any]] = []
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for name, inner in list(items):
        found.append((node, name))
        if isinstance(inner, dict | list):
            found += places(inner)
    return found


FORMS: list[Any] = [
    make.signed(credentialStatus=[{"type": "1EdTechRevocationList", "id": make.ISSUER}]),
    make.issued_by(make.ISSUER, evidence=[{"id": "https://x.example/", "type": ["Evidence"]}]),
    make.assertion(),
    make.assertion(verification={"type": "signed", "creator": make.KEY}),
    make.assertion(endorsement=[make.ISSUER, said(), make.token()]),
    half(),
    early(),
    record(make.signed(), make.unsigned(id="urn:uuid:a"), make.token()),
    make.signed(endorsement=[good_word()], endorsementJwt=[make.token()]),
    european(),
    wrapped(make.signed(), make.token()),
]


@few
@given(st.sampled_from(FORMS), st.integers(0, 400), value, st.booleans())
def test_odd_values_in_any_place(form: Any, place: int, odd: Any, tokenised: bool) -> None:
    badge = copy.deepcopy(form)
    spots = places(badge)
    node, name = spots[place % len(spots)]
    node[name] = odd
    text = json.dumps(badge)
    sound(text.encode())
    if tokenised:
        sound(sign_jws(badge, make.ED25519, {"kid": make.ISSUER}).encode())


@few
@given(st.sampled_from(FORMS), value, st.binary(max_size=30))
def test_odd_answers_from_the_web(form: Any, odd: Any, junk: bytes) -> None:
    for answer in (json.dumps(odd).encode(), junk):
        sound(json.dumps(form).encode(), answer)
        sound(make.signed_assertion().encode(), answer)
    profile = make.controller(make.ISSUER) | {"assertionMethod": odd, "publicKey": odd}
    sound(json.dumps(form).encode(), json.dumps(profile).encode())
