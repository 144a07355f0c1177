"""Reading a badge: from whatever bytes arrive to one document, and to what it says."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from badges.openbadges import bakery, strict_json, v2, v3
from badges.openbadges.credential import Credential, Format, Version
from badges.openbadges.errors import Unreadable
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import many, normal_id, same_id, strings, types, web_url

MAX_FILE = bakery.MAX_IMAGE
JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")

# What people choose by mistake, by the first bytes.
OTHER_FILES = {
    b"\xff\xd8\xff": "a JPEG photograph",
    b"GIF8": "a GIF picture",
    b"RIFF": "a WebP picture or a sound",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an Office document",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A credential as it came.

    `text` is the credential exactly: JSON text, a compact JWS, or a URL. `payload` is the JSON
    or the claims of the JWS. When all that came was the address of a hosted assertion,
    `hosted_url` is set and `payload` is empty: the verifier fetches it.
    """

    format: Format
    text: str
    payload: JsonObject
    version: Version
    jws: str | None = None
    hosted_url: str | None = None


def read(data: bytes) -> Document:
    """Recognise and unwrap `data` by its content; names and types of files are not trusted.

    Raises `Unreadable`, whose `code` says why and whose `message` says what to do.
    """
    if not data.strip():
        raise Unreadable("file.empty", "This file is empty.")
    if len(data) > MAX_FILE:
        raise Unreadable("file.too_big", "This file is larger than 10 MB. Badges are much smaller.")
    if data.startswith(bakery.PNG_SIGNATURE):
        return _from_text(bakery.unbake(data), Format.PNG)
    for magic, kind in OTHER_FILES.items():
        if data.startswith(magic):
            raise Unreadable(
                "file.other_kind",
                f"This is {kind}, which cannot carry a badge. Choose the badge's PNG, SVG or JSON.",
            )
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise Unreadable(
            "file.web_page",
            "This is a web page, not a badge. Choose the badge's picture or its JSON file.",
        )
    if start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")):
        return _from_text(bakery.unbake(data), Format.SVG)
    return _from_text(strict_json.decode(data), Format.JSON)


def credential(document: Document, supporting: Mapping[str, bytes] | None = None) -> Credential:
    """What the document says. `supporting` holds fetched documents by URL: an Open Badges 2.0
    assertion names its class and issuer by address, and a hosted one is what its host says.
    """
    found = supporting or {}
    if document.version is Version.OB2:
        return v2.credential(_hosted_copy(document, found), found)
    return v3.credential(v3.claims(document.payload))


def identity_key(document: Document) -> str:
    """What makes two copies the same badge: the credential's id with its issuer's (Open Badges
    3.0, 1.3), or the digest of the text when it has none. At most 255 characters."""
    if document.version is Version.OB2:
        own = document.hosted_url or v2.own_id(document.payload)
        key = normal_id(own)
    else:
        claims = v3.claims(document.payload)
        own, issuer = v3.own_id(claims), v3.issuer_id(claims)
        key = f"{normal_id(issuer)} {normal_id(own)}" if own else ""
    if not own or len(key) > 255:
        return "sha256:" + hashlib.sha256((key if own else document.text).encode()).hexdigest()
    return key


def _hosted_copy(document: Document, supporting: Mapping[str, bytes]) -> JsonObject:
    """The host's own words about this very assertion, when they are at hand."""
    url = document.hosted_url or ("" if document.jws else v2.own_id(document.payload))
    try:
        copy = strict_json.loads_object(strict_json.decode(supporting.get(url, b"")))
    except Unreadable:
        return document.payload
    return copy if v2.is_assertion(copy) and same_id(v2.own_id(copy), url) else document.payload


def _from_text(text: str, format: Format) -> Document:
    bare = text.strip()
    if len(bare) > strict_json.MAX_TEXT:
        raise Unreadable("json.too_big", "This badge is larger than 1 MB, so it was not read.")
    if bare.startswith('"') and bare.endswith('"'):
        bare = bare[1:-1]
    if JWS.fullmatch(bare):
        claims = jws_claims(bare)
        carrier = Format.JWT if format is Format.JSON else format
        return Document(carrier, bare, claims, _version(v3.claims(claims)), jws=bare)
    if bare.startswith(("http://", "https://")) and web_url(bare):
        return Document(format, bare, {}, Version.OB2, hosted_url=bare)
    if not bare.startswith(("{", "[")):
        raise Unreadable(
            "text.no_badge",
            "This is not a badge. A badge is a PNG or SVG picture, a JSON file, a signed text "
            "that starts with eyJ, or the web address of one.",
        )
    value = strict_json.loads(text)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise Unreadable("json.not_object", "This file holds data, but not one badge.")
    return _from_object(value, text, format)


def _from_object(value: JsonObject, text: str, format: Format) -> Document:
    enveloped = value.get("id")
    if "EnvelopedVerifiableCredential" in types(value) and isinstance(enveloped, str):
        _, _, token = enveloped.partition(",")
        if JWS.fullmatch(token):
            claims = jws_claims(token)
            return Document(format, text, claims, _version(v3.claims(claims)), jws=token)
    return Document(format, text, value, _version(value))


def jws_claims(token: str) -> JsonObject:
    """The claims of a compact JWS, unchecked."""
    try:
        return strict_json.loads_object(strict_json.decode(base64url(token.split(".")[1])))
    except ValueError:
        raise Unreadable("jwt.damaged", "The text of this badge is damaged.") from None


def base64url(text: str) -> bytes:
    """Strict base64url without padding; one spelling per value. Raises ValueError."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(text[:40]) from error
    if base64.urlsafe_b64encode(data).rstrip(b"=") != text.encode("ascii", "replace"):
        raise ValueError(text[:40])
    return data


def _version(value: JsonObject) -> Version:
    if v3.looks_like(value):
        return Version.OB3
    if v2.looks_like(value):
        return Version.OB2
    raise _not_an_award(value)


def _not_an_award(value: JsonObject) -> Unreadable:
    kinds: Any = {kind.lower() for kind in types(value)}
    if "verifiablepresentation" in kinds:
        return Unreadable(
            "json.presentation",
            "This is a presentation that wraps badges. Take the badges out of it first.",
        )
    contexts = " ".join(strings(many(value.get("@context")))).lower()
    if kinds & v2.PARTS or kinds & v3.PARTS or "openbadge" in contexts:
        return Unreadable(
            "json.not_awarded",
            "This describes a badge, an issuer or a part of one. It was not awarded to anybody, "
            "so there is nothing to check.",
        )
    return Unreadable("json.not_a_badge", "This file holds data, but not a badge.")
