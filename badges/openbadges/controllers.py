"""Whose key is this? Finding the key that a signature names, and whether its issuer lists it.

Theory of operation. Anybody can make a key and write any issuer beside it. A key counts as the
issuer's only when the issuer's own identifier leads to it:

- did:key and did:jwk: the identifier *is* the key;
- did:web: the document at the address that the DID stands for lists the key for signing;
- https: the document at the issuer's own address lists it, or the key is published as a bare
  key document on the issuer's own site and names nobody else as its owner.

The text behind "#" in a verification method often repeats the key. It is used to test the
signature when the address does not answer, but it proves nothing about whose key it is, nor
does a key inside a JWT header or a key on somebody else's site.

A key that its issuer has withdrawn (`revoked` or `expires` has passed) vouches for nothing any
more, whatever day the signature bears: whoever has stolen a key writes any day. A key that was
replaced and is still listed goes on counting.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from badges.openbadges import dates, keys
from badges.openbadges.errors import BadKey, Unreachable, Unsupported
from badges.openbadges.fetching import DOCUMENT_AGE
from badges.openbadges.keys import PublicKey
from badges.openbadges.session import Session
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import (
    authority,
    id_of,
    many,
    obj,
    same_id,
    same_origin,
    strings,
    text,
    web_url,
)
from badges.openbadges.words import say

CARRIES_ITS_KEY = ("did:key:", "did:jwk:")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
LIKE_A_KEY = ("z6Mk", "zDn", "z82")  # how Multikeys of the kinds that we know begin
MAX_KEYS = 100  # listed by one document; each costs time to read
PURPOSES = {"authentication", "keyAgreement", "capabilityInvocation", "capabilityDelegation"}


class Bond(Enum):
    """How a key and an issuer stand to each other."""

    BOUND = auto()
    UNREACHABLE = auto()  # the issuer's document could not be had
    NOT_LISTED = auto()  # it was had, and does not list the key
    WITHDRAWN = auto()  # it lists the key as one that no longer counts
    FOREIGN = auto()  # the key belongs to somebody else, and the issuer has no way to list it
    UNSUPPORTED = auto()  # an identifier of a kind that we cannot follow


@dataclass(frozen=True, slots=True)
class Entry:
    """One key as a document lists it."""

    id: str
    key: PublicKey
    controller: str
    withdrawn: bool


class Keyring:
    """Resolves keys and bonds for one verification at one moment."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self._read: dict[str, list[Entry]] = {}

    def key_of(self, method: Any) -> PublicKey:
        """The key that a verification method (a URL, a DID URL or an object) names.

        Raises `BadKey` when it names none, `Unsupported` for identifiers that we cannot
        follow, `Unreachable` when its document could not be had.
        """
        if isinstance(method, dict):
            return keys.from_method(method)
        method = text(method)
        base, _, fragment = method.partition("#")
        if base.startswith(CARRIES_ITS_KEY):
            return keys.from_did(base)
        if not SCHEME.match(base):
            raise BadKey(say("The signature does not say which key made it."))
        try:
            listed = {entry.id: entry for entry in self.entries(base)}
        except (Unreachable, Unsupported):
            if fragment.startswith(LIKE_A_KEY):
                return _spelled_out(fragment)
            raise
        if method in listed:
            return listed[method].key
        if len(listed) == 1 and not fragment:
            return next(iter(listed.values())).key
        if fragment.startswith(LIKE_A_KEY):
            return _spelled_out(fragment)
        raise Unreachable(say("The key that signed it is not published where it should be."), base)

    def named(self, issuer: str, name: str) -> PublicKey:
        """The issuer's key of this bare name, as JWT headers like to give it."""
        for entry in self.entries(issuer):
            if entry.id in (name, issuer + name, f"{issuer}#{name}"):
                return entry.key
        raise Unreachable(say("The key that signed it is not published by its issuer."), issuer)

    def bond(self, key: PublicKey, method: Any, *, issuer: str) -> Bond:
        """Whether `issuer` stands behind `key`, which `method` named."""
        if issuer.startswith(CARRIES_ITS_KEY):
            try:
                own = keys.from_did(issuer.partition("#")[0])
            except (BadKey, Unsupported):
                return Bond.UNSUPPORTED
            return Bond.BOUND if keys.same(own, key) else Bond.FOREIGN
        if not issuer.startswith("did:web:") and web_url(issuer) is None:
            return Bond.UNSUPPORTED
        try:
            listed = self.entries(issuer)
        except (BadKey, Unsupported):
            return Bond.UNSUPPORTED
        except Unreachable:
            listed = None
        named = [entry for entry in listed or () if _is_own(entry, key, issuer)]
        if named:
            # One key under two names, of which one is withdrawn, is one key that is withdrawn.
            return Bond.WITHDRAWN if any(entry.withdrawn for entry in named) else Bond.BOUND
        if not listed and self._beside(key, method, issuer):
            return Bond.BOUND
        return Bond.UNREACHABLE if listed is None else Bond.NOT_LISTED

    def entries(self, controller: str) -> list[Entry]:
        """The signing keys that the document of `controller` (a did:web or URL) lists.

        Raises `Unreachable`, also for a document that speaks of somebody else, and `Unsupported`
        for one that lists more keys than anybody has.
        """
        if controller not in self._read:
            self._read[controller] = self._entries(controller)
        return self._read[controller]

    def _entries(self, controller: str) -> list[Entry]:
        if controller.startswith(CARRIES_ITS_KEY):
            return [Entry(controller, keys.from_did(controller), controller, False)]
        if controller.startswith("did:web:"):
            document = self._document(keys.did_web_url(controller))
            if id_of(document) != controller:
                raise Unreachable(say("The document there is somebody else's."), controller)
            return list(self._listed(document, controller, strict=True))
        if web_url(controller) is None:
            raise Unsupported(
                "key.did", say("This badge is signed by a kind of issuer unknown to us.")
            )
        document = self._document(controller)
        if web_url(id_of(document)) is not None and not same_origin(id_of(document), controller):
            raise Unreachable(say("The document there is somebody else's."), controller)
        return list(self._listed(document, controller, strict=False))

    def _document(self, url: str) -> JsonObject:
        document = self.session.json(url, max_age=DOCUMENT_AGE)
        if not same_origin(self.session.get(url).final_url, url):
            raise Unreachable(say("The site sends us on to another site."), url)
        return document

    def _beside(self, key: PublicKey, method: Any, issuer: str) -> bool:
        """Whether `method` is a bare key document on the issuer's own site.

        Open Badges 3.0 lets `kid` be the address of a JWK and asks for no list of keys. Holding
        an address on the issuer's site is taken for the issuer's word, unless the document is
        somebody's profile or names another owner. A did:web issuer must list its keys.
        """
        if not isinstance(method, str) or not same_origin(method, issuer):
            return False
        try:
            document = self._document(method)
            found = keys.from_method(document)
        except (Unreachable, BadKey, Unsupported):
            return False
        owner = id_of(document.get("controller")) or id_of(document.get("owner"))
        return keys.same(found, key) and (not owner or same_id(owner, issuer))

    def _listed(self, document: JsonObject, controller: str, *, strict: bool) -> Iterator[Entry]:
        """Keys for signing: `assertionMethod`, by value or by name. A web profile that sorts
        its keys by no purpose at all lets all of them sign; a DID document never does."""
        pool = [*many(document.get("verificationMethod")), *many(document.get("publicKey"))]
        by_id = {_absolute(id_of(one), controller): one for one in pool if isinstance(one, dict)}
        if "assertionMethod" in document:
            chosen = many(document["assertionMethod"])
        elif strict or PURPOSES & document.keys():
            chosen = []
        else:
            chosen = pool
        jwks = [] if strict else many(obj(document.get("jwks")).get("keys"))
        jwks += [] if strict else many(document.get("keys"))
        if len(chosen) + len(pool) + len(jwks) > MAX_KEYS:
            raise Unsupported("key.too_many", say("The issuer lists more keys than anybody has."))
        for one in chosen:
            name = _absolute(id_of(one), controller)
            node = one if isinstance(one, dict) else by_id.get(name)
            if node is None and not strict and same_origin(name, controller):
                node = self._linked(name)
            yield from self._entry(node, name)
        if not strict:
            for jwk in jwks:
                yield from self._entry(obj(jwk), f"{controller}#{text(obj(jwk).get('kid'))}")
            yield from self._entry(document, id_of(document) or controller)

    def _linked(self, url: str) -> JsonObject | None:
        try:
            return self._document(url)
        except Unreachable:
            return None

    def _entry(self, node: JsonObject | None, name: str) -> Iterator[Entry]:
        if not node:
            return
        try:
            key = keys.from_method(node)
        except (BadKey, Unsupported):
            return
        owners = strings(node.get("controller")) + strings(node.get("owner"))
        ended = [dates.parse(node[end]) for end in ("revoked", "expires") if node.get(end)]
        withdrawn = any(moment is None or moment <= self.now for moment in ended)
        yield Entry(name, key, owners[0] if owners else "", withdrawn)


def host_of(identifier: str) -> str:
    """What a label calls an identifier: the DNS name of a web address or did:web, else itself."""
    if identifier.startswith("did:web:"):
        try:
            return authority(keys.did_web_url(identifier)) or identifier
        except BadKey:
            return identifier
    return authority(identifier) or identifier


def _is_own(entry: Entry, key: PublicKey, issuer: str) -> bool:
    """This key, and not listed as somebody else's."""
    owner = entry.controller
    return keys.same(entry.key, key) and (not owner or owner == issuer or same_id(owner, issuer))


def _spelled_out(fragment: str) -> PublicKey:
    """A key whose name is the key itself. One that begins like a key has to be one."""
    try:
        return keys.from_multikey(fragment)
    except Unsupported:
        raise BadKey(say("The signature names a key that cannot be one.")) from None


def _absolute(name: str, controller: str) -> str:
    return controller + name if name.startswith("#") else name
