"""What the demo must know again next time: its password and the keys of its issuers."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@dataclass(frozen=True, slots=True)
class Memory:
    """`made_at` is the day from which all dates of the story count; `told` says it is complete."""

    password: str
    link_password: str
    seed: str
    pem: str
    made_at: str
    told: bool = False

    @classmethod
    def new(cls, now: datetime) -> Self:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return cls(
            password=_sayable(8),
            link_password=_sayable(4),
            seed=secrets.token_hex(32),
            pem=pem.decode(),
            made_at=now.isoformat(),
        )

    @classmethod
    def load(cls, file: Path) -> Self | None:
        """What was kept, or None when there is nothing that can be used."""
        try:
            return cls(**json.loads(file.read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def save(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(asdict(self), out, indent=1)
        draft.replace(file)

    def starting(self, now: datetime) -> Self:
        """The same keys and passwords, for a story that begins today."""
        return replace(self, made_at=now.isoformat(), told=False)

    @property
    def day(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    def derive(self, purpose: str, length: int = 16) -> bytes:
        """Bytes that are the same each time, and different on each install."""
        kdf = HKDF(SHA256(), length=length, salt=None, info=f"laurel demo {purpose}".encode())
        return kdf.derive(bytes.fromhex(self.seed))

    def key_of(self, issuer: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.derive(f"key {issuer}", 32))

    def rsa_key(self) -> rsa.RSAPrivateKey:
        found = serialization.load_pem_private_key(self.pem.encode(), password=None)
        assert isinstance(found, rsa.RSAPrivateKey)
        return found


def _sayable(syllables: int) -> str:
    """A password that can be read out and typed: 5.9 bits a syllable."""
    parts = [secrets.choice("bdfghjklmnprtvz") + secrets.choice("aeiou") for _ in range(syllables)]
    words = ["".join(parts[at : at + 2]) for at in range(0, syllables, 2)]
    return "-".join([*words, str(secrets.randbelow(9000) + 1000)])
