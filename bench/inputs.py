"""Hostile inputs for the verifier, each made from a seed and a number and so repeatable.

Most begin as a real badge. Bytes are flipped, cut and doubled; JSON is torn apart and put
together wrongly; and what results is signed again now and then, baked into a picture or wrapped
in a token, so that it comes past the first checks to the later ones.
"""

import base64
import contextlib
import json
import random
import string
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges.openbadges import bakery, keys, proofs
from badges.openbadges.credential import Version
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import MAX_BYTES, Fetch, Fetched
from tests.openbadges import make

VECTORS = Path(__file__).parents[1] / "tests" / "openbadges" / "vectors"
COLLECTION = Path(__file__).parents[2] / "shared" / "vectors"
KEYS: list[Ed25519PrivateKey | ec.EllipticCurvePrivateKey] = [make.ED25519, make.P256, make.P384]
Json = dict[str, Any]

NAMES = [
    "id", "type", "@context", "@id", "@type", "@value", "@graph", "@included", "@reverse",
    "proof", "issuer", "credentialSubject", "credentialStatus", "achievement", "verification",
    "badge", "recipient", "validUntil", "vc", "sub", "exp", "endorsement", "endorsementJwt",
    "verifiableCredential", "refreshService", "previousProof", "proofValue", "evidence", "image",
    "result", "alignment", "statusListIndex", "statusSize", "encodedList", "publicKey",
    "assertionMethod",
]  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 2**53 + 1, 2**63, -(10**30), 10**300, 1e308, 5e-324, "", " ",
    "\u202e", "é\u0301", "\U0001f600" * 9, "a" * 5_000, "x" * 60_000, "_:b0", "#", "https://", [],
    {}, [[]], [{}], [None], "https://[::1]:0/%2e%2e", "http://a@b/", "did:web:..", "did:key:z6Mk",
    "did:jwk:e30", "data:,", "urn:uuid:", "2026-02-30T25:61:61Z", "9" * 4_000, "z" + "1" * 1_900,
    "u2V0BhVhA", "eyJhbGciOiJub25lIn0.e30.", "%00", "\x7f", "AchievementCredential", "@none",
]  # fmt: skip


@cache
def corpus() -> tuple[bytes, ...]:
    """Every badge, picture, list and key document among the vectors."""
    found = {path.read_bytes() for path in _files(VECTORS)}
    found |= {path.read_bytes() for path in _files(COLLECTION)}
    made = [
        make.signed(credentialStatus={"type": "1EdTechRevocationList", "id": make.ISSUER}),
        make.issued_by(make.ISSUER), make.assertion(), make.unsigned(),
    ]  # fmt: skip
    found |= {json.dumps(one).encode() for one in made}
    return tuple(sorted(found))


def _files(folder: Path) -> list[Path]:
    kept = {".json", ".png", ".svg", ".jwt", ".1ob", ".jws", ".jsonld"}
    table = {"expected.json", "index.json", "manifest.json"}
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in kept and path.name not in table and path.stat().st_size < 300_000
    ]


@cache
def objects() -> tuple[Json, ...]:
    """The same as JSON, where it is JSON."""
    found = []
    for raw in corpus():
        try:
            value = json.loads(raw)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return tuple(found)


def made(seed: int, number: int) -> tuple[bytes, Fetch]:
    """Input `number` of this seed, with a web that answers as oddly as the input is."""
    rng = random.Random(f"{seed}:{number}")
    kind = rng.choices([_bytes, _json, _signed, _bomb], [2, 5, 6, 1])[0]
    return kind(rng), web(rng)


def web(rng: random.Random) -> Fetch:
    pool = objects()
    wild = rng.random() < 0.5

    def fetch(url: str, *, accept: str = "", max_bytes: int = 0, max_age: float = 0) -> Fetched:
        fate = rng.random()
        if fate < 0.3:
            raise Unreachable("no", url)
        if wild or fate < 0.4:
            body = torn(rng, rng.choice(pool)) if fate < 0.8 else rng.choice(corpus())
        else:
            issuer = url.partition("#")[0]
            body = json.dumps(make.controller(issuer, publicKey=issuer)).encode()
        if len(body) > MAX_BYTES:
            raise Unreachable("too large", url)  # as every fetch has to
        status = 200 if fate < 0.95 else rng.choice([204, 404, 410, 500])
        return Fetched(url, url, status, "application/json", body)

    return fetch


# ---------------------------------------------------------------------------------------
# Bytes


def _bytes(rng: random.Random) -> bytes:
    return shaken(rng, rng.choice(corpus()))


def shaken(rng: random.Random, data: bytes) -> bytes:
    """A few bytes flipped, cut out, doubled, moved or taken from another badge."""
    raw = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 30])):
        if not raw:
            break
        at = rng.randrange(len(raw))
        length = rng.choice([1, 2, 4, 16, 200])
        way = rng.randrange(6)
        if way == 0:
            raw[at] ^= 1 << rng.randrange(8)
        elif way == 1:
            del raw[at : at + length]
        elif way == 2:
            raw[at:at] = raw[at : at + length] * rng.choice([1, 2, 50])
        elif way == 3:
            raw[at : at + length] = rng.randbytes(length)
        elif way == 4:
            del raw[at:]
        else:
            other = rng.choice(corpus())
            start = rng.randrange(len(other) or 1)
            raw[at:at] = other[start : start + 300]
    return bytes(raw[:2_000_000])


# ---------------------------------------------------------------------------------------
# JSON


def _json(rng: random.Random) -> bytes:
    return worn(rng, torn(rng, rng.choice(objects())))


def torn(rng: random.Random, value: Json) -> bytes:
    return written(rng, changed(rng, value))


def changed(rng: random.Random, value: Json) -> Any:
    """A copy with a few places replaced, renamed, removed, repeated or wrapped."""
    root: Any = json.loads(json.dumps(value))
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        spots = places(root)
        if not spots or len(spots) > 2_500:  # full, and it would only grow from here
            break
        node, name = rng.choice(spots)
        _change(rng, node, name)
    return root


def _change(rng: random.Random, node: Any, name: Any) -> None:
    old = node[name]
    way = rng.randrange(8)
    if way == 0:
        node[name] = odd(rng)
    elif way == 1 and isinstance(node, dict):
        other = rng.choice([*NAMES, f"https://x.example/{name}", f"@{name}", name.upper(), ""])
        node[other] = node.pop(name)
    elif way == 2:
        del node[name]
    elif way == 3:
        # What an input costs to make must not be taken for what it costs to check.
        times = rng.choice([2, 2, 9, 60, 700])
        node[name] = [old] * (times if times * len(str(old)) < MAX_BYTES else 2)
    elif way == 4:
        shapes: list[Any] = [
            [old], {"id": old}, {"@value": old}, {"@value": old, "@language": "en"},
            {"type": ["Profile"], "id": old}, str(old)[:500], [old, odd(rng)],
        ]  # fmt: skip
        node[name] = rng.choice(shapes)
    elif way == 5:
        _, (other, place) = 0, rng.choice(places(rng.choice(objects())))
        node[name] = json.loads(json.dumps(other[place]))
    elif way == 6 and isinstance(node, dict):
        node[rng.choice(NAMES)] = odd(rng)
    else:
        node[name] = nested(rng, old)


def places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    stack = [value]
    while stack and len(found) < 3_000:
        node = stack.pop()
        names = node if isinstance(node, dict) else range(len(node))
        for name in list(names):
            found.append((node, name))
            if isinstance(node[name], dict | list):
                stack.append(node[name])
    return found


def odd(rng: random.Random) -> Any:
    if rng.random() < 0.1:
        return "".join(rng.choices(string.printable + "é\u2028\ud7ff", k=rng.randrange(40)))
    return rng.choice(ODD)


def nested(rng: random.Random, inner: Any) -> Any:
    name = rng.choice(NAMES)
    for _ in range(rng.choice([3, 15, 31, 40, 300])):
        inner = [inner] if rng.random() < 0.3 else {name: inner}
    return inner


def written(rng: random.Random, value: Any) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    except (RecursionError, ValueError):
        text = "{" * 500
    fate = rng.random()
    if fate < 0.05:
        text = text.replace('"id":', '"id": "urn:x", "id":', 1)
    elif fate < 0.08:
        text = text.replace("true", rng.choice(["NaN", "1e999", "Infinity", "-0", "1e-999"]), 1)
    elif fate < 0.1:
        text = text.replace("a", "\\ud800", 1)
    return text.encode("utf-8", "surrogatepass")


# ---------------------------------------------------------------------------------------
# Signed again, and dressed up


def _signed(rng: random.Random) -> bytes:
    """A changed badge under a good signature of its own, in any of the ways of signing."""
    value = changed(rng, rng.choice([one for one in objects() if "credentialSubject" in one]))
    if not isinstance(value, dict):
        return written(rng, value)
    key = rng.choice(KEYS)
    issuer = rng.choice([keys.did_key(key.public_key()), make.ISSUER, "did:web:school.example"])
    if rng.random() < 0.8:
        old = value.get("issuer")
        value["issuer"] = {**old, "id": issuer} if isinstance(old, dict) else issuer
    method = f"{issuer}#key-1" if issuer[:7] != "did:key" else keys.did_key_method(key.public_key())
    if rng.random() < 0.3:
        payload: Json = {"vc": value, "iss": issuer} if rng.random() < 0.3 else value
        try:
            return proofs.sign_jws(payload, key, {"kid": method}).encode()
        except (ValueError, RecursionError):
            return written(rng, value)
    kind = "eddsa" if isinstance(key, Ed25519PrivateKey) else "ecdsa"
    year = "2022" if kind == "eddsa" else "2019"
    suite = f"{kind}-{rng.choice(['rdfc', 'jcs', 'jcs'])}-{year}"
    try:
        if rng.random() < 0.9:
            value.pop("proof", None)
        value = proofs.sign(value, key, method, make.SIGNED, suite)
    except (OpenBadgesError, RecursionError, ValueError, TypeError):
        pass  # what cannot be signed is a fine input as it is
    return worn(rng, written(rng, value))


def worn(rng: random.Random, text: bytes) -> bytes:
    """The text as it is, or in one of the clothes that badges wear."""
    fate = rng.random()
    if fate < 0.75:
        return text
    if fate < 0.85:
        return make.png(make.itxt(text, rng.choice([b"openbadges", b"openbadgecredential"])))
    if fate < 0.92:
        try:
            return bakery.bake(make.SVG, text.decode(), rng.choice([Version.OB2, Version.OB3]))
        except (OpenBadgesError, UnicodeDecodeError):
            return text
    if fate < 0.96:
        parts = (b'{"alg":"RS256"}', text, rng.randbytes(9))
        return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return shaken(rng, text)


# ---------------------------------------------------------------------------------------
# Made to exhaust


def _bomb(rng: random.Random) -> bytes:
    """A signed-looking badge as full as the limits allow, in shapes that cost the most."""
    badge = make.unsigned()
    what = badge["credentialSubject"]["achievement"]
    count = rng.choice([5, 12, 40, 300, 1_200])
    shape: Callable[[], Any] = rng.choice(
        [
            lambda: what.update(tag=[f"t{n}" for n in range(count * 4)]),
            lambda: badge.update(evidence=[{"type": ["Evidence"], "narrative": "x"}] * count),
            lambda: badge.update(
                evidence=[{"id": f"urn:x:{n % 7}", "type": ["Evidence"]} for n in range(count)]
            ),
            lambda: what.update(resultDescription=_tree(rng, rng.choice([3, 5, 8]), 3)),
            lambda: what.update(related=[{"type": ["Related"], "id": "urn:x:1"}] * count),
            lambda: badge["issuer"].update(parentOrg=nested(rng, {"type": ["Profile"]})),
            lambda: badge.update(endorsement=[make.unsigned()] * min(count, 60)),
            lambda: badge.update(
                credentialStatus=[{"type": "1EdTechRevocationList", "id": f"https://x.example/{n}"}
                                  for n in range(count)]
            ),
            lambda: badge.update(name="\u202e" * count * 50),
        ]
    )  # fmt: skip
    shape()
    proof = make.signed()["proof"]
    badge["proof"] = [proof] * rng.choice([1, 1, 2, 8, 9])
    if rng.random() < 0.4:
        with contextlib.suppress(OpenBadgesError):
            badge = proofs.sign(badge | {"proof": []}, make.ED25519, make.METHOD, make.SIGNED)
    return worn(rng, json.dumps(badge).encode())


def _tree(rng: random.Random, width: int, depth: int) -> Any:
    kinds = ["ResultDescription", "RubricCriterionLevel", "Alignment"]
    names = ["rubricCriterionLevel", "alignment", "x"]
    if depth == 0:
        return []
    node: Json = {"type": [kinds[3 - depth]]}
    if depth > 1:
        node[names[3 - depth]] = _tree(rng, width, depth - 1)
    return [node] * width
