"""Reading badges: from whatever bytes arrive to documents, and to what each of them says."""

import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from badges.openbadges import bakery, clr, edc, endorsements, pdf, strict_json, v1, v2, v3
from badges.openbadges.credential import Credential, Format, Version
from badges.openbadges.errors import Unreadable
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import (
    id_of,
    many,
    normal_id,
    obj,
    objects,
    same_origin,
    same_page,
    strings,
    types,
    web_url,
)
from badges.openbadges.words import say

MAX_FILE = bakery.MAX_IMAGE
MAX_DOCUMENTS = 100  # in one file; what is more is counted and told
JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")

# base64url as base64, of which the letters that only base64 has are letters of neither.
TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/!!!")
LAST = {2: b"AQgw", 3: b"AEIMQUYcgkosw048"}

# How platforms answer a question for somebody's badges (Open Badges 3.0 API, 2.1 Badge Connect).
ANSWERS = ("credential", "compactJwsString", "compactJwsStrings", "assertions", "signedAssertions")
# What people choose by mistake, by the first bytes.
OTHER_FILES = {
    b"\xff\xd8\xff": say("a JPEG photograph"),
    b"GIF8": say("a GIF picture"),
    b"RIFF": say("a WebP picture or a sound"),
    b"PK\x03\x04": say("a ZIP archive or an Office document"),
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


@dataclass(frozen=True, slots=True)
class File:
    """What one file holds: mostly one credential, sometimes several beside each other.

    `unread` are pieces that turned out to be none, each with the reason. `unchecked` says in
    sentences what was not looked at.
    """

    documents: tuple[Document, ...]
    unread: tuple[Unreadable, ...] = ()
    unchecked: tuple[str, ...] = ()


def read(data: bytes) -> Document:
    """The one credential in `data`. Raises `Unreadable`, also when there are several."""
    found = read_file(data)
    if len(found.documents) + len(found.unread) > 1:
        raise Unreadable(
            "file.several",
            say("This file holds several badges. Give them one by one."),
        )
    return found.documents[0]


def read_file(data: bytes) -> File:
    """Recognise and unwrap `data` by its content; names and types of files are not trusted.

    Raises `Unreadable`, whose `code` says why and whose `message` says what to do, when nothing
    in it is a credential.
    """
    if len(data) > MAX_FILE:
        raise Unreadable(
            "file.too_big", say("This file is larger than 10 MB. Badges are much smaller.")
        )
    if not data.strip():
        raise Unreadable("file.empty", say("This file is empty."))
    if data.startswith(bakery.PNG_SIGNATURE):
        return _from_text(bakery.unbake(data), Format.PNG)
    if data.startswith(pdf.MAGIC):
        return _from_pdf(data)
    for magic, kind in OTHER_FILES.items():
        if data.startswith(magic):
            raise Unreadable(
                "file.other_kind",
                say(
                    "This is {kind}, which cannot carry a badge. "
                    "Choose the badge's PNG, SVG or JSON.",
                    kind=kind,
                ),
            )
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise Unreadable(
            "file.web_page",
            say("This is a web page, not a badge. Choose the badge's picture or its JSON file."),
        )
    if start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")):
        return _from_text(bakery.unbake(data), Format.SVG)
    return _from_text(strict_json.decode(data), Format.JSON)


def credential(document: Document, supporting: Mapping[str, bytes] | None = None) -> Credential:
    """What the document says. `supporting` holds fetched documents by URL: an Open Badges 2.0
    assertion names its class and issuer by address, and a hosted one is what its host says.
    """
    found = supporting or {}
    if document.version.is_assertion:
        return v2.credential(assertion(document, found), found)
    claims = v3.claims(document.payload)
    if document.version is Version.EDC:
        return edc.credential(claims)
    if document.version is Version.CLR2:
        return clr.credential(claims)
    if endorsements.is_one(claims):
        return endorsements.credential(claims)
    return v3.credential(claims)


def identity_key(document: Document) -> str:
    """What makes two copies the same badge: the credential's id with its issuer's (Open Badges
    3.0, 1.3), or the digest of the text when it has none. At most 255 characters."""
    if document.version.is_assertion:
        own = document.hosted_url or v2.own_id(document.payload)
        # A `uid` of 1.x is unique to its issuer only; its class leads there.
        within = "" if ":" in own else id_of(document.payload.get("badge"))
        key = f"{normal_id(within)} {normal_id(own)}".strip()
    else:
        claims = v3.claims(document.payload)
        own, issuer = v3.own_id(claims), v3.issuer_id(claims)
        key = f"{normal_id(issuer)} {normal_id(own)}" if own else ""
    if not own or len(key) > 255:
        return "sha256:" + hashlib.sha256((key if own else document.text).encode()).hexdigest()
    return key


def assertion(document: Document, supporting: Mapping[str, bytes]) -> JsonObject:
    """An assertion in its host's own words, when they are at hand; else as it came."""
    url = document.hosted_url or ("" if document.jws else v2.own_id(document.payload))
    try:
        copy = strict_json.loads_object(strict_json.decode(supporting.get(url, b"")))
        copy = v1.translated(copy, url)
        if not v2.says_what(copy):
            return document.payload
    except Unreadable:
        return document.payload
    own = v2.own_id(copy)
    # An address alone may lead on to where its host keeps the badge now.
    fits = same_page(own, url) or (document.hosted_url is not None and same_origin(own, url))
    return copy if v2.is_award(copy) and fits else document.payload


def _from_pdf(data: bytes) -> File:
    """The credentials attached to a PDF. Whatever else is attached is somebody's business."""
    attached, left_out = pdf.attachments(data)
    found: list[Document] = []
    for content in attached:
        try:
            inner = read_file(content) if not content.startswith(pdf.MAGIC) else None
        except Unreadable:
            continue
        if inner is not None:
            found += [replace(one, format=Format.PDF) for one in inner.documents]
    if not found and pdf.is_locked(data):
        raise Unreadable(
            "pdf.locked",
            say("This PDF is locked, so nothing can be taken out. Save a copy without a password."),
        )
    if not found:
        raise Unreadable(
            "pdf.no_badge",
            say(
                "This PDF has no badge attached that we can read. "
                "Choose the badge's picture or file."
            ),
        )
    unchecked = [left_out] if left_out else []
    if len(found) > MAX_DOCUMENTS:
        unchecked.append(_left_out(len(found)))
    return File(tuple(found[:MAX_DOCUMENTS]), (), tuple(unchecked))


def _from_text(text: str, format: Format) -> File:
    bare = text.strip()
    if len(bare) > strict_json.MAX_TEXT:
        raise Unreadable("json.too_big", say("This badge is larger than 1 MB, so it was not read."))
    if bare.startswith('"') and bare.endswith('"'):
        bare = bare[1:-1]
    if JWS.fullmatch(bare):
        claims = jws_claims(bare)
        if "vp" in claims:
            return _from_value(claims["vp"], text, format)
        return File((_from_jws(bare, claims, format),))
    if bare.startswith(("http://", "https://")) and web_url(bare):
        return File((Document(format, bare, {}, Version.OB2, hosted_url=bare),))
    if not bare.startswith(("{", "[")):
        raise Unreadable(
            "text.no_badge",
            say(
                "This is not a badge. A badge is a PNG or SVG picture, a JSON file, a signed text "
                "that starts with eyJ, or the web address of one."
            ),
        )
    return _from_value(strict_json.loads(text), text, format)


def _from_value(value: Any, text: str, format: Format) -> File:
    """One credential, or what several came in."""
    pieces, unchecked = several(value)
    if pieces is None and isinstance(value, dict):
        return File((_from_object(value, text, format),))
    if not pieces:
        raise Unreadable("json.not_object", say("This file holds data, but not one badge."))
    if len(pieces) == 1 and not unchecked and isinstance(value, list):
        return File((embedded(pieces[0], text, format),))
    if len(pieces) > MAX_DOCUMENTS:
        unchecked = (*unchecked, _left_out(len(pieces)))
    documents: list[Document] = []
    unread: list[Unreadable] = []
    for piece in pieces[:MAX_DOCUMENTS]:
        try:
            documents.append(embedded(piece, "", format))
        except Unreadable as error:
            unread.append(error)
    if not documents:
        raise unread[0]
    return File(tuple(documents), tuple(unread), unchecked)


def several(value: Any) -> tuple[list[Any] | None, tuple[str, ...]]:
    """The credentials that a list, a presentation or a platform's answer holds, and what is not
    checked about its wrapping; None when `value` is no such wrapping."""
    if isinstance(value, list):
        return value, ()
    node = obj(value)
    if "VerifiablePresentation" in types(node):
        proof = (say("Who presented these badges was not checked."),) if node.get("proof") else ()
        return many(node.get("verifiableCredential")), proof
    answered = [many(node[name]) for name in ANSWERS if name in node]
    if answered and not node.keys() & {"type", "@type", "credentialSubject"}:
        return [one for some in answered for one in some], ()
    return None, ()


def _left_out(count: int) -> str:
    return say(
        "This file holds {count} badges. Only the first {max_documents} were checked.",
        count=count,
        max_documents=MAX_DOCUMENTS,
    )


def embedded(value: Any, text: str = "", format: Format = Format.JSON) -> Document:
    """A credential inside another document: an object, or a token as a string."""
    if isinstance(value, str) and JWS.fullmatch(value.strip()):
        token = value.strip()
        return _from_jws(token, jws_claims(token), format)
    if not isinstance(value, dict):
        raise Unreadable("json.not_object", say("In place of a badge there is something else."))
    return _from_object(value, text or json.dumps(value, ensure_ascii=False), format)


def _from_jws(token: str, claims: JsonObject, format: Format) -> Document:
    carrier = Format.JWT if format is Format.JSON else format
    claims = v1.translated(claims)
    return Document(carrier, token, claims, _version(v3.claims(claims)), jws=token)


def _from_object(value: JsonObject, text: str, format: Format) -> Document:
    enveloped = value.get("id")
    if "EnvelopedVerifiableCredential" in types(value) and isinstance(enveloped, str):
        _, _, token = enveloped.partition(",")
        if JWS.fullmatch(token):
            return replace(_from_jws(token, jws_claims(token), format), format=format, text=text)
    sealed = edc.unsealed(value)
    if sealed is not None:
        return Document(format, text, sealed, Version.EDC)
    graph = objects(value.get("@graph"))
    if len(graph) == 1 and not value.keys() - {"@context", "@graph"}:
        value = {"@context": value.get("@context"), **graph[0]}
    value = v1.translated(value)
    return Document(format, text, value, _version(value))


def jws_claims(token: str) -> JsonObject:
    """The claims of a compact JWS, unchecked."""
    try:
        return strict_json.loads_object(strict_json.decode(base64url(token.split(".")[1])))
    except ValueError:
        raise Unreadable("jwt.damaged", say("The text of this badge is damaged.")) from None


def base64url(text: str) -> bytes:
    """Strict base64url without padding; one spelling per value. Raises ValueError."""
    letters = text.encode("ascii").translate(TO_BASE64)
    rest = len(letters) % 4
    # What is over in the last letter has to be zero, or many spellings would mean the same.
    if rest == 1 or (rest and letters[-1] not in LAST[rest]):
        raise ValueError(text[:40])
    return binascii.a2b_base64(letters + b"=" * (-rest % 4), strict_mode=True)


def _version(value: JsonObject) -> Version:
    if edc.is_one(value):
        return Version.EDC
    if clr.is_one(value):
        return Version.CLR2
    if v3.looks_like(value):
        return Version.OB3
    if v2.looks_like(value):
        return v2.version_of(value)
    raise _not_an_award(value)


def _not_an_award(value: JsonObject) -> Unreadable:
    kinds: Any = {kind.lower() for kind in types(value)}
    contexts = " ".join(strings(many(value.get("@context")))).lower()
    if kinds & v2.PARTS or kinds & v3.PARTS or "openbadge" in contexts:
        return Unreadable(
            "json.not_awarded",
            say(
                "This describes a badge, an issuer or a part of "
                "one. It was not awarded to anybody, "
                "so there is nothing to check."
            ),
        )
    return Unreadable("json.not_a_badge", say("This file holds data, but not a badge."))
