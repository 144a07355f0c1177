"""Open Badges 2.0, signed: a JWS counts when the issuer's own profile names its key.

The key's document has to name the issuer as its owner, too. A key that is not linked from the
profile may fit the signature; it is still nobody's.
"""

from typing import Any

from badges.openbadges import keys, parse, proofs, status, strict_json, v1, v2
from badges.openbadges.check_v3 import BAD, Signed, jws_keys
from badges.openbadges.controllers import Keyring
from badges.openbadges.errors import BadKey, Unreachable, Unreadable, Unsafe, Unsupported
from badges.openbadges.fetching import DOCUMENT_AGE, LIST_AGE
from badges.openbadges.report import Check, Finding, Outcome
from badges.openbadges.session import Session
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.v2_chain import Examined, finding, revoked, walk
from badges.openbadges.values import (
    authority,
    id_of,
    many,
    obj,
    same_id,
    same_origin,
    text,
    web_url,
)
from badges.openbadges.words import say

MAX_KEYS = 5


def examine(document: parse.Document, keyring: Keyring) -> Examined:
    assertion = document.payload
    badge_class, profile, issuer_url, broken = walk(assertion, keyring.session)
    signed, bound = _check_signature(document, issuer_url, profile, keyring)
    host = authority(issuer_url)
    issuer = broken
    if issuer is None and signed.key is None:
        issuer = finding(
            Check.ISSUER,
            Outcome.UNKNOWN,
            "issuer.unproven",
            say("Nothing that we could check shows that it comes from {host}.", host=host),
        )
    elif issuer is None:
        issuer = _bound(host) if bound else _unbound(host)
    return Examined(
        signature=signed.finding,
        issuer=issuer,
        status=_revocation(assertion, profile, keyring.session, known=broken is None),
        assertion=assertion,
        badge_class=badge_class,
        hosted=False,
        host=host,
    )


def _bound(host: str) -> Finding:
    return finding(
        Check.ISSUER,
        Outcome.PASSED,
        "issuer.bound",
        say("{host} publishes the key that signed this badge.", host=host),
    )


def _unbound(host: str) -> Finding:
    return finding(
        Check.ISSUER,
        Outcome.UNKNOWN,
        "issuer.not_listed",
        say(
            "{host} does not list the key that signed this "
            "badge, so somebody else may have made it.",
            host=host,
        ),
    )


def _check_signature(
    document: parse.Document, issuer_url: str, profile: JsonObject, keyring: Keyring
) -> tuple[Signed, bool]:
    """The signature, and whether its key is one that the issuer's profile names."""
    assert document.jws is not None
    try:
        jws = proofs.read_jws(document.jws)
    except (Unreadable, Unsafe) as error:
        return _no_signature(Outcome.FAILED, "signature.malformed", error.message), False
    if jws.header.get("alg") not in proofs.ALGORITHMS:
        return _no_signature(
            Outcome.FAILED,
            "signature.algorithm",
            say(
                "It claims to be signed in a way that anybody could have done, or that no badge is."
            ),
        ), False
    if v1.version_of(document.payload) is not None:
        return _early(jws, text(v2.verification(document.payload).get("url")), issuer_url, keyring)
    creator = id_of(v2.verification(document.payload).get("creator"))
    linked = [one for one in many(profile.get("publicKey")) if id_of(one) or obj(one)]
    if creator:
        linked = [one for one in linked if same_id(id_of(one), creator)]
    reached = False
    for one in linked[:MAX_KEYS]:
        key = _linked_key(one, issuer_url, keyring.session)
        reached = reached or key is not None
        if key is not None and _fits(jws, key):
            return _good(key), True
    if reached:
        return BAD, False
    return _by_others(jws, creator, bool(linked), issuer_url, keyring), False


def _early(jws: proofs.Jws, url: str, issuer_url: str, keyring: Keyring) -> tuple[Signed, bool]:
    """A 1.x signature: its key is the PEM at `verify.url`, the issuer's if on the issuer's site."""
    try:
        answer = keyring.session.get(url, max_age=DOCUMENT_AGE)
        if answer.status != 200:
            raise Unreachable(say("The site answered with an error."), url)
        key = keys.from_pem(strict_json.decode(answer.body))
    except (Unreachable, Unreadable, BadKey, Unsupported):
        return NO_KEY, False
    if not _fits(jws, key):
        return BAD, False
    own = same_origin(url, issuer_url) and same_origin(answer.final_url, url)
    return _good(key), own


def _by_others(
    jws: proofs.Jws, creator: str, named: bool, issuer_url: str, keyring: Keyring
) -> Signed:
    """The signature by a key that the issuer does not name: good mathematics at most."""
    try:
        if creator and not named:
            key = keys.from_method(keyring.session.json(creator, max_age=DOCUMENT_AGE))
            return _good(key) if _fits(jws, key) else BAD
        if not named and (jws.header.get("jwk") or jws.header.get("kid")):
            for key, _ in jws_keys(jws.header, issuer_url, keyring):
                return _good(key) if _fits(jws, key) else BAD
    except (BadKey, Unsupported, Unreachable):
        pass  # said below: there is no key to check with
    return NO_KEY


def _fits(jws: proofs.Jws, key: keys.PublicKey) -> bool:
    try:
        proofs.verify_jws(jws, key)
    except proofs.BadSignature:
        return False
    return True


def _linked_key(value: Any, issuer_url: str, session: Session) -> keys.PublicKey | None:
    """A key that the profile names, if its document points back to the profile."""
    url = id_of(value)
    node = obj(value)
    try:
        if web_url(url) is not None and not node.get("publicKeyPem"):
            node = session.json(url, max_age=DOCUMENT_AGE)
        owner = id_of(node.get("owner"))
        if owner and not same_id(owner, issuer_url):
            return None
        return keys.from_method(node)
    except (Unreachable, BadKey, Unsupported):
        return None


def _revocation(
    assertion: JsonObject, profile: JsonObject, session: Session, *, known: bool
) -> Finding:
    url = id_of(profile.get("revocationList"))
    if not known:
        return finding(
            Check.STATUS,
            Outcome.UNKNOWN,
            "status.unreachable",
            say("Whether its issuer has taken it back could not be found out."),
        )
    if not url:
        return finding(
            Check.STATUS,
            Outcome.NOT_APPLICABLE,
            "status.none",
            say("Its issuer keeps no list on which it could be taken back."),
        )
    try:
        listed = session.json(url, strict_json.REGISTER, max_age=LIST_AGE)
        if v1.version_of(assertion) is None or "revokedAssertions" in listed:
            named, reason = status.revoked_assertion(listed, v2.own_id(assertion))
        else:
            named, reason = v1.taken_back(listed, text(assertion.get("uid")))
    except (Unreachable, Unsupported):
        return finding(
            Check.STATUS,
            Outcome.UNKNOWN,
            "status.unreachable",
            say("The list on which its issuer takes badges back could not be fetched."),
        )
    if named:
        return revoked(reason)
    return finding(
        Check.STATUS, Outcome.PASSED, "status.standing", say("Its issuer has not taken it back.")
    )


def _good(key: keys.PublicKey) -> Signed:
    return Signed(
        finding(
            Check.SIGNATURE,
            Outcome.PASSED,
            "signature.good",
            say("The signature is good: nothing was changed since the badge was signed."),
        ),
        key,
    )


def _no_signature(outcome: Outcome, code: str, detail: str) -> Signed:
    return Signed(finding(Check.SIGNATURE, outcome, code, detail))


NO_KEY = _no_signature(
    Outcome.UNKNOWN,
    "signature.key_unreachable",
    say(
        "The key that signed it could not be fetched from its "
        "issuer, so the signature could not be "
        "checked."
    ),
)
