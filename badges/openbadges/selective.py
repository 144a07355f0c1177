"""Badges of which the holder may show a part (ecdsa-sd-2023): both forms of their proof, checked.

Theory of operation (Data Integrity ECDSA Cryptosuites, 3.4 to 3.7). The issuer makes a key for
this one badge. Every statement that may be left out is signed alone with that key; the others
are hashed together, and the issuer's own key signs that hash, the options of the proof and the
badge's key. So what is shown can be checked without what is not. Blank nodes get names by a
keyed hash, because numbers would tell how many were left out.

A *derived* proof comes with what a holder chose to show: it lists the names of its blank nodes
and which statements are of the second kind. A *base* proof goes from issuer to holder: it brings
the key of that hash instead and names the second kind by JSON pointers, so both have to be worked
out from the document here. Which statements a pointer stands for is found by giving every node an
address, cutting the document down, and seeing which statements are left.

Whoever may leave things out may leave out the day on which the badge ends, unless the issuer
forbade it. So the report says that parts may be missing.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from badges.openbadges import budget, canonical, cbor, keys
from badges.openbadges.errors import BadKey, Unsupported
from badges.openbadges.parse import base64url
from badges.openbadges.signatures import BadSignature, holds
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.words import say

BASE, DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"
STATEMENT = re.compile(r'(\S+) (<[^>]*>) (".*"\S*|\S+) \.\n')
ADDRESS = "urn:laurel:node:"
MAX_POINTERS = 200


@dataclass(frozen=True, slots=True)
class Proof:
    """The parts of a `proofValue`, of one form or the other."""

    base_signature: bytes
    badge_key: bytes
    signatures: list[bytes]
    labels: dict[int, bytes] | None = None
    mandatory: list[int] | None = None
    hmac_key: bytes = b""
    pointers: list[str] | None = None


def is_derived(value: str) -> bool:
    """Whether a holder has already chosen what to show."""
    return value.startswith("u2V0B")


def verify(document: JsonObject, options: JsonObject, value: str, key: keys.PublicKey) -> bool:
    """Whether all that `document` says was signed by the holder of `key`."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadKey(say("This signature needs a P-256 key."))
    proof = read(value)
    badge_key = keys.from_multikey_bytes(proof.badge_key)
    if not isinstance(badge_key, ec.EllipticCurvePublicKey):
        raise BadKey(say("This signature needs a P-256 key."))
    budget.spend(budget.SIGNATURE * (1 + len(proof.signatures)))
    head = [hashlib.sha256(text.encode()).digest() for text in canonical.texts(options)]
    split = _of_base if proof.pointers is not None else _of_derived
    for mandatory, others in split(document, proof):
        together = hashlib.sha256("".join(mandatory).encode()).digest()
        if len(others) == len(proof.signatures) and any(
            holds(key, proof.base_signature, one + proof.badge_key + together) for one in head
        ):
            return all(
                holds(badge_key, signature, statement.encode())
                for signature, statement in zip(proof.signatures, others, strict=True)
            )
    return False


def read(value: str) -> Proof:
    """Take a `proofValue` apart. Raises `BadSignature` when it is malformed."""
    try:
        raw = base64url(value[1:]) if value.startswith("u") else b""
        parts = cbor.loads(raw[3:])
        if raw[:3] == DERIVED:
            first, key, signatures, labels, mandatory = parts
            if not isinstance(labels, dict) or not _whole_numbers(mandatory):
                raise ValueError("malformed")
            if len(set(labels.values())) != len(labels) or not _bytes(labels.values(), 32):
                # Two nodes under one name would borrow each other's signed statements.
                raise ValueError("not one to one")
            found = Proof(first, key, signatures, labels=labels, mandatory=mandatory)
        elif raw[:3] == BASE:
            first, key, secret, signatures, pointers = parts
            if not all(isinstance(one, str) for one in pointers) or not _bytes([secret], 32):
                raise ValueError("malformed")
            found = Proof(first, key, signatures, hmac_key=secret, pointers=pointers)
        else:
            raise ValueError("neither form")
        if not _bytes([first, *signatures], 64) or not _bytes([key], 35):
            raise ValueError("malformed")
    except (ValueError, TypeError):
        raise BadSignature from None
    return found


def _bytes(values: Iterable[Any], size: int) -> bool:
    return all(isinstance(one, bytes) and len(one) == size for one in values)


def _whole_numbers(values: Any) -> bool:
    return (
        isinstance(values, list)
        and all(isinstance(one, int) for one in values)
        and len(set(values)) == len(values)
    )


# ---------------------------------------------------------------------------------------
# Which statements stand together, and in which order

Split = list[tuple[list[str], list[str]]]


def _of_derived(document: JsonObject, proof: Proof) -> Split:
    labels, mandatory = proof.labels or {}, set(proof.mandatory or [])
    names = {f"_:c14n{number}": _name(value) for number, value in labels.items()}
    found: Split = []
    for text in canonical.texts(document):
        lines = sorted(_renamed(text, names))
        if mandatory and max(mandatory) >= len(lines):
            raise BadSignature
        found.append(_parted(lines, mandatory))
    return found


def _of_base(document: JsonObject, proof: Proof) -> Split:
    from badges.openbadges import rdf

    if len(proof.pointers or []) > MAX_POINTERS:
        raise Unsupported("signature.suite", say("This badge is signed in a way unknown to us."))
    addressed = _addressed(document, [0])
    chosen = _selection(addressed, proof.pointers or [])
    plain = canonical.expansions(document)
    shown = canonical.expansions(chosen) if chosen is not None else [[]]
    found: Split = []
    forms = zip(plain, canonical.expansions(addressed), strict=True)
    for place, (expanded, with_addresses) in enumerate(forms):
        part = shown[min(place, len(shown) - 1)]
        text, labels = rdf.labelled(with_addresses, ADDRESS)
        if text != rdf.canonical(expanded) or not all(
            label.startswith(ADDRESS) for label in labels
        ):
            raise Unsupported(
                "signature.suite", say("This badge is signed in a way unknown to us.")
            )
        names = {
            label: _name(hmac.digest(proof.hmac_key, label[2:].encode(), "sha256"))
            for label in labels.values()
        }
        addresses = {f"<{address}>": names[label] for address, label in labels.items()}
        wanted = {
            line
            for statement in rdf.statements(part)
            for line in _renamed(statement, addresses, "<")
        }
        for form in (rdf.escaped, str):  # as in `canonical.texts`
            lines = sorted(_renamed(form(text), names))
            inside = {form(line) for line in wanted}
            found.append(_parted(lines, {at for at, line in enumerate(lines) if line in inside}))
    return found


def _name(value: bytes) -> str:
    return "_:u" + base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _renamed(text: str, names: Mapping[str, str], mark: str = "_:") -> list[str]:
    """The statements of `text` with other names for the nodes that begin with `mark`.

    Literals are never touched, whatever they look like. Every blank node needs a name.
    """
    found = []
    end = 0
    for match in STATEMENT.finditer(text):
        if match.start() != end:
            break
        end = match.end()
        who, what, whom = match.groups()
        if mark == "_:" and any(one[:2] == mark and one not in names for one in (who, whom)):
            raise BadSignature
        found.append(f"{names.get(who, who)} {what} {names.get(whom, whom)} .\n")
    if end != len(text):
        raise Unsupported("graph.several", say("This badge wraps others in a way unknown to us."))
    return found


def _parted(lines: Sequence[str], inside: set[int]) -> tuple[list[str], list[str]]:
    return (
        [line for at, line in enumerate(lines) if at in inside],
        [line for at, line in enumerate(lines) if at not in inside],
    )


# ---------------------------------------------------------------------------------------
# Cutting a document down to what JSON pointers name


def _addressed(value: Any, counter: list[int]) -> Any:
    """A copy in which every node has an address. Whether this changed the meaning of anything
    else is found out by comparing the two canonical texts."""
    if isinstance(value, list):
        return [_addressed(item, counter) for item in value]
    if not isinstance(value, dict) or "@value" in value:
        return value
    found = {
        name: item if name == "@context" else _addressed(item, counter)
        for name, item in value.items()
    }
    if "id" not in found:
        counter[0] += 1
        found["id"] = f"{ADDRESS}{counter[0]}"
    return found


def _selection(document: JsonObject, pointers: Sequence[str]) -> JsonObject | None:
    """What the pointers name, with the ids and types of what holds it (4.1, selectJsonLd)."""
    if not pointers:
        return None
    chosen = _outline(document)
    for pointer in dict.fromkeys(pointers):
        _select(document, chosen, _path(pointer))
    chosen["@context"] = document.get("@context")
    found: JsonObject = _closed(chosen)
    return found


def _path(pointer: str) -> list[str]:
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise BadSignature
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def _select(value: Any, chosen: dict[Any, Any], path: Sequence[str]) -> None:
    """Copy what `path` leads to from `value` to `chosen`. Lists are kept as {place: item}."""
    if not path:
        chosen.update(_open(value))
        return
    name: Any = path[0]
    if isinstance(value, list):
        if not name.isdecimal() or not name.isascii() or len(name) > 6 or int(name) >= len(value):
            raise BadSignature
        name = int(name)
    elif not isinstance(value, dict) or name not in value:
        raise BadSignature
    inner = value[name]
    if not isinstance(inner, dict | list):
        if len(path) > 1:
            raise BadSignature
        chosen[name] = inner
        return
    if name not in chosen:
        chosen[name] = _outline(inner)
    elif not isinstance(chosen[name], dict):
        chosen[name] = _open(inner)  # types are there already, all of them
    _select(inner, chosen[name], path[1:])


class _List(dict[Any, Any]):
    """A list with holes."""


def _outline(value: Any) -> dict[Any, Any]:
    if isinstance(value, list):
        return _List()
    return {name: value[name] for name in ("@context", "id", "type") if name in value}


def _open(value: Any) -> dict[Any, Any]:
    """A whole value in the form that `_select` fills."""
    items = enumerate(value) if isinstance(value, list) else value.items()
    found = _List() if isinstance(value, list) else {}
    for name, item in items:
        whole = isinstance(item, dict | list) and name != "@context"
        found[name] = _open(item) if whole else item
    return found


def _closed(chosen: Any) -> Any:
    if isinstance(chosen, _List):
        return [_closed(chosen[place]) for place in sorted(chosen)]
    if isinstance(chosen, dict):
        return {
            name: item if name == "@context" else _closed(item) for name, item in chosen.items()
        }
    return chosen
