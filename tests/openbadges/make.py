"""Building badges for the core's tests: issuers with keys, credentials, and a web to ask.

A `Web` is a dictionary of answers. Nothing is mocked: the core is handed a `fetch`, and this is
one that answers from memory.
"""

import copy
import json
import struct
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges.openbadges import keys, proofs
from badges.openbadges.fetching import Fetched, offline
from badges.openbadges.report import Report
from badges.openbadges.verify import verify

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SIGNED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VC1 = "https://www.w3.org/2018/credentials/v1"
VC2 = "https://www.w3.org/ns/credentials/v2"
OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
SITE = "https://school.example"
LEARNER = "ada@learner.example"

# Keys are slow to make, and no test minds who else used one.
ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
P256 = ec.derive_private_key(7, ec.SECP256R1())
P384 = ec.derive_private_key(7, ec.SECP384R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
DID = keys.did_key(ED25519.public_key())
METHOD = keys.did_key_method(ED25519.public_key())

Json = dict[str, Any]


class Web:
    """Addresses and what they answer."""

    def __init__(self) -> None:
        self.answers: dict[str, Fetched] = {}
        self.asked: list[str] = []

    def put(
        self,
        url: str,
        content: Json | str | bytes = b"",
        *,
        status: int = 200,
        content_type: str = "application/json",
        final_url: str = "",
    ) -> None:
        body = json.dumps(content) if isinstance(content, dict) else content
        raw = body.encode() if isinstance(body, str) else body
        self.answers[url] = Fetched(url, final_url or url, status, content_type, raw)

    def fetch(
        self, url: str, *, accept: str = "", max_bytes: int = 1024 * 1024, max_age: float = 0
    ) -> Fetched:
        self.asked.append(url)
        return offline(self.answers)(url, accept=accept, max_bytes=max_bytes)


def check(
    badge: Json | str | bytes,
    web: Web | None = None,
    *,
    now: datetime = NOW,
    addresses: tuple[str, ...] = (),
) -> Report:
    """Verify a badge against a web, which is empty unless given."""
    text = json.dumps(badge) if isinstance(badge, dict) else badge
    data = text.encode() if isinstance(text, str) else text
    return verify(data, fetch=(web or Web()).fetch, now=now, addresses=addresses)


def outcomes(report: Report) -> dict[str, str]:
    return {str(one.check): str(one.outcome) for one in report.findings}


# ---------------------------------------------------------------------------------------
# Open Badges 3.0


def unsigned(**changes: Any) -> Json:
    """A complete credential of the issuer `DID`, not yet signed."""
    found: Json = {
        "@context": [VC2, OB3],
        "id": "urn:uuid:6c1c3d5e-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Rope work",
        "issuer": {"id": DID, "type": ["Profile"], "name": "Harbour School"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "id": f"mailto:{LEARNER}",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://school.example/achievements/rope",
                "type": ["Achievement"],
                "name": "Rope work",
                "description": "Ties twelve knots.",
                "criteria": {"narrative": "Shown before a master."},
                "image": {"id": "https://school.example/rope.png", "type": "Image"},
            },
        },
    }
    return copy.deepcopy(found) | changes


def signed(key: Ed25519PrivateKey = ED25519, method: str | None = None, **changes: Any) -> Json:
    return proofs.sign(
        unsigned(**changes), key, method or keys.did_key_method(key.public_key()), SIGNED
    )


def issued_by(issuer: str, **changes: Any) -> Json:
    """A credential signed with `ED25519` under the issuer's own name for that key."""
    profile = {"id": issuer, "type": ["Profile"], "name": "Harbour School"}
    return signed(method=f"{issuer}#key-1", issuer=profile, **changes)


def controller(issuer: str, key: keys.PublicKey | None = None, **changes: Any) -> Json:
    """The document of an issuer that lists one key for signing."""
    method = {
        "id": f"{issuer}#key-1",
        "type": "Multikey",
        "controller": issuer,
        "publicKeyMultibase": keys.to_multikey(key or ED25519.public_key()),
    }
    return {"id": issuer, "assertionMethod": [method]} | changes


def token(key: keys.PrivateKey = RSA, *, jwk: bool = True, **changes: Any) -> str:
    """A credential as a JWT, its key in the header unless `kid` or nothing is wanted."""
    headers: Json = changes.pop("headers", {})
    if jwk:
        headers = {"jwk": keys.to_jwk(key.public_key())} | headers
    return proofs.sign_jws(unsigned(**changes), key, headers)


# ---------------------------------------------------------------------------------------
# Open Badges 2.0

ASSERTION = f"{SITE}/assertions/1"
CLASS = f"{SITE}/classes/rope"
ISSUER = f"{SITE}/issuer"
KEY = f"{SITE}/key"
OB2 = "https://w3id.org/openbadges/v2"


def assertion(**changes: Any) -> Json:
    found: Json = {
        "@context": OB2,
        "type": "Assertion",
        "id": ASSERTION,
        "recipient": {"type": "email", "hashed": False, "identity": LEARNER},
        "badge": CLASS,
        "issuedOn": "2026-01-01T00:00:00Z",
        "verification": {"type": "HostedBadge"},
    }
    return found | changes


def signed_assertion(key: keys.PrivateKey = RSA, **changes: Any) -> str:
    way = {"type": "SignedBadge", "creator": KEY}
    payload = assertion(**{"id": "urn:uuid:1", "verification": way} | changes)
    return proofs.sign_jws(payload, key)


def hosted_web(**profile: Any) -> Web:
    """The issuer's site: one assertion, its class, the profile and the key."""
    web = Web()
    web.put(ASSERTION, assertion())
    web.put(
        CLASS,
        {
            "@context": OB2,
            "type": "BadgeClass",
            "id": CLASS,
            "name": "Rope work",
            "description": "Ties twelve knots.",
            "image": f"{SITE}/rope.png",
            "criteria": {"narrative": "Shown before a master."},
            "issuer": ISSUER,
        },
    )
    web.put(
        ISSUER,
        {
            "@context": OB2,
            "type": "Issuer",
            "id": ISSUER,
            "name": "Harbour School",
            "url": SITE,
            "publicKey": KEY,
        }
        | profile,
    )
    web.put(KEY, {"@context": OB2, "id": KEY, "owner": ISSUER, "publicKeyPem": pem(RSA)})
    return web


def pem(key: keys.PrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


# ---------------------------------------------------------------------------------------
# Pictures

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">\n  <rect/>\n</svg>\n'


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A one-pixel PNG with extra chunks after its header."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def itxt(text: bytes, keyword: bytes = b"openbadgecredential") -> tuple[bytes, bytes]:
    return b"iTXt", keyword + b"\0\0\0\0\0" + text


def index_of(answers: Mapping[str, Fetched]) -> Json:
    """An `index.json` for `verify_badge --documents`, without the files."""
    return {url: {"status": one.status} for url, one in answers.items()}
