"""Real credentials of 1EdTech, DCC and W3C, with the result that each must have.

`vectors/expected.json` is the table: what the reference says, what we say with every check, and
where the two differ, why. Where the complete collection lies beside the checkout, that is run
as well, so that a vector which may not be copied here is still tested.
"""

import hashlib
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from badges.openbadges import keys, parse, proofs, rdf
from badges.openbadges.canonical import texts
from badges.openbadges.fetching import Fetched, offline
from badges.openbadges.verify import verify

HERE = Path(__file__).parent / "vectors"
COLLECTION = Path(__file__).parents[3] / "shared" / "vectors"
CLOCK = datetime(2026, 11, 23, tzinfo=UTC)
EXPECTED: list[dict[str, Any]] = json.loads((HERE / "expected.json").read_text("utf-8"))
MANIFEST: list[dict[str, str]] = json.loads((HERE / "manifest.json").read_text("utf-8"))
# What the reference calls valid with a warning is valid; we have finer words for invalid.
SAME = {
    "valid": {"valid"},
    "warning": {"valid"},
    "invalid": {"invalid", "expired", "revoked"},
    "expired": {"expired"},
    "revoked": {"revoked"},
}


@cache
def documents() -> dict[str, Fetched]:
    index: dict[str, str] = json.loads((HERE / "index.json").read_text("utf-8"))
    return {
        url: Fetched(url, url, 200, "application/json", (HERE / file).read_bytes())
        for url, file in index.items()
    }


def where(file: str) -> Path | None:
    return next((p for p in (HERE / file, COLLECTION / file) if p.exists()), None)


def name(row: dict[str, Any]) -> str:
    return f"{row['file']} (hosted)" if row.get("hosted") else str(row["file"])


@pytest.mark.parametrize("row", EXPECTED, ids=name)
def test_a_real_credential_has_the_result_written_down_for_it(row: dict[str, Any]) -> None:
    path = where(row["file"])
    if path is None:
        pytest.skip("not copied here: it names a real person")
    data = path.read_bytes()
    answers = dict(documents())
    if row.get("hosted"):  # the same, when its own address answers with it
        document = parse.read(data)
        url = str(document.payload["id"])
        answers[url] = Fetched(url, url, 200, "application/json", document.text.encode())
    report = verify(data, fetch=offline(answers), now=CLOCK)
    found = {str(one.check): str(one.outcome) for one in report.findings}
    assert (str(report.result), found | {"recipient": ""}) == (
        row["result"],
        row["checks"] | {"recipient": ""},
    )
    if "parts" in row:
        parts = [f"{one.role} of the {one.about}: {one.report.result}" for one in report.parts]
        assert parts == row["parts"]


def test_every_difference_from_the_reference_has_its_reason() -> None:
    for row in EXPECTED:
        reference = row["reference"]
        if reference in SAME and row["result"] not in SAME[reference]:
            assert len(row["why"]) > 40, row["file"]
        if reference == "signature passes":
            assert row["checks"]["signature"] == "passed", row["file"]


def test_the_copied_vectors_are_unchanged() -> None:
    for row in MANIFEST:
        raw = (HERE / row["file"]).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == row["sha256"], row["file"]


SUITES = [
    ("w3c-eddsa/TestVectors/eddsa-rdfc-2022", "DataInt"),
    ("w3c-eddsa/TestVectors/Ed25519Signature2020", "EdSig"),
    ("w3c-ecdsa/TestVectors/ecdsa-rdfc-2019-p256", "ECDSAP256"),
]


@pytest.mark.parametrize(("folder", "suffix"), SUITES)
def test_every_step_of_the_w3c_suites_comes_out_as_published(folder: str, suffix: str) -> None:
    def published(kind: str) -> str:
        return (HERE / folder / f"{kind}{suffix}.txt").read_text("utf-8")

    document = json.loads((HERE / folder / f"signed{suffix}.json").read_text("utf-8"))
    options = json.loads((HERE / folder / f"proofConfig{suffix}.json").read_text("utf-8"))
    bare = {key: value for key, value in document.items() if key != "proof"}
    assert texts(bare)[0].strip() == published("canonDoc").strip()
    assert texts(options)[0].strip() == published("proofCanon").strip()
    assert hashlib.sha256(texts(bare)[0].encode()).hexdigest() == published("docHash").strip()
    key = keys.from_did(document["proof"]["verificationMethod"].partition("#")[0])
    proofs.verify(document, document["proof"], key)


def test_the_contexts_are_those_that_were_vendored() -> None:
    rows = json.loads((rdf.CONTEXTS / "index.json").read_text("utf-8"))
    assert {row["file"] for row in rows} == {p.name for p in rdf.CONTEXTS.glob("*.jsonld")}
    for row in rows:
        raw = (rdf.CONTEXTS / row["file"]).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == row["sha256"]
        assert row["licence"]
        assert row["package"]


@pytest.mark.skipif(not COLLECTION.exists(), reason="the complete collection is not here")
def test_the_table_names_every_entry_of_the_complete_collection() -> None:
    manifest = json.loads((COLLECTION / "manifest.json").read_text("utf-8"))
    entries = [entry["file"] for entry in manifest["entries"]]
    assert len(entries) == 185
    assert set(entries) == {row["file"] for row in EXPECTED}
