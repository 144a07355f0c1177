"""The questions that need to know Open Badges 2.0: is it what its host says, or rightly signed?

Theory of operation. A *hosted* assertion proves nothing by itself: of the file that a learner
brings only its `id` is believed. That address is asked, and what it answers is the badge. Then
the chain is walked upwards: assertion to class, class to issuer, each fetched from its own
address. The issuer's profile, at the top, says where assertions in its name may live (its own
host, unless it names others). A redirect to another site breaks the chain, because open
redirects exist on the most respectable hosts.

A *signed* assertion is a JWS. Its key counts when the issuer's profile, fetched as above, names
the key, and the key's document names the issuer as its owner.

What a report calls the issuer is the host that answered, never the name that a page gives
itself.
"""

from dataclasses import dataclass, replace
from typing import Any

from badges.openbadges import keys, parse, proofs, status, strict_json, v2
from badges.openbadges.check_v3 import BAD, Signed, jws_keys
from badges.openbadges.controllers import Keyring
from badges.openbadges.errors import BadKey, Unreachable, Unreadable, Unsafe, Unsupported
from badges.openbadges.report import Check, Finding, Outcome
from badges.openbadges.session import Session
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import (
    authority,
    id_of,
    many,
    normal_id,
    obj,
    same_id,
    same_origin,
    strings,
    text,
    types,
    web_url,
)

MAX_KEYS = 5
COMPARED = ("recipient", "badge", "issuedOn", "expires", "evidence", "narrative")


@dataclass(frozen=True, slots=True)
class Examined:
    """The findings of one assertion, with what they were made on."""

    signature: Finding
    issuer: Finding
    status: Finding
    assertion: JsonObject
    badge_class: JsonObject
    hosted: bool
    host: str


def examine(document: parse.Document, keyring: Keyring) -> Examined:
    """Check an assertion in the way that it says it can be checked."""
    given = document.payload
    if given and not v2.is_assertion(given):
        return _not_an_assertion(given)
    if document.jws is not None:
        return _signed(document, keyring)
    url = document.hosted_url or v2.own_id(given)
    kind = types(v2.verification(given))
    if document.hosted_url is None and (web_url(url) is None or (kind and not v2.is_hosted(given))):
        return _unproven(
            given,
            _finding(
                Check.SIGNATURE,
                Outcome.NOT_APPLICABLE,
                "signature.none",
                "This badge is neither signed nor published anywhere, so anybody could have "
                "written it.",
            ),
        )
    return _hosted(given, url, keyring)


def _not_an_assertion(given: JsonObject) -> Examined:
    if not given.get("@context") and v2.verification(given):
        return _unproven(
            given,
            _finding(
                Check.SIGNATURE,
                Outcome.UNKNOWN,
                "assertion.older",
                "This badge follows an early version of Open Badges that we cannot check yet.",
            ),
        )
    return _unproven(
        given,
        _finding(
            Check.SIGNATURE,
            Outcome.FAILED,
            "assertion.kind",
            "It looks like an Open Badge, but does not say that it is one in the words of the "
            "standard, so nothing in it can be relied on.",
        ),
    )


# ---------------------------------------------------------------------------------------
# Hosted


def _hosted(given: JsonObject, url: str, keyring: Keyring) -> Examined:
    host = authority(url)
    try:
        answer = keyring.session.get(url)
    except Unreachable:
        return _unconfirmed(given, url, keyring, f"{host} could not be reached to confirm it.")
    if not same_origin(answer.final_url, url):
        return _unconfirmed(
            given, url, keyring, f"{host} sends us on to another site, which cannot speak for it."
        )
    if answer.status == 410:
        return replace(_unproven(given, _confirmed(host)), status=_revoked(""), host=host)
    try:
        body = keyring.session.json(url)
    except Unreachable:
        return _unconfirmed(
            given, url, keyring, f"{host} does not show this badge at its address any more."
        )
    if body.get("revoked") is True and (not id_of(body) or same_id(id_of(body), url)):
        seen = body if v2.is_assertion(body) else given
        reason = text(body.get("revocationReason"))
        return replace(_unproven(seen, _confirmed(host)), status=_revoked(reason), host=host)
    wrong = _wrong_answer(body, url)
    if wrong is not None:
        return _unproven(given, wrong)
    badge_class, profile, issuer_url, finding = _chain(body, keyring.session)
    if finding is None:
        finding = _in_scope(body, badge_class, profile, issuer_url, url)
    return Examined(
        signature=_confirmed(host, _differences(given, body)),
        issuer=finding,
        status=_finding(
            Check.STATUS, Outcome.PASSED, "status.standing", f"{host} still publishes this badge."
        ),
        assertion=body,
        badge_class=badge_class,
        hosted=True,
        host=authority(issuer_url) or host,
    )


def _unconfirmed(given: JsonObject, url: str, keyring: Keyring, detail: str) -> Examined:
    """An assertion that its host does not confirm. What it names is still looked up: bad news
    needs no proof, and an issuer that does not publish there is bad news."""
    found = _unproven(given, _unheard(detail))
    badge_class, profile, issuer_url, broken = _chain(given, keyring.session)
    if broken is None:
        broken = _in_scope(given, badge_class, profile, issuer_url, url)
    failed = broken.outcome is Outcome.FAILED and bool(given)
    return replace(found, badge_class=badge_class, issuer=broken if failed else found.issuer)


def _wrong_answer(body: JsonObject, url: str) -> Finding | None:
    """Why what the host answered is not this badge, if it is not."""
    host = authority(url)
    own = v2.own_id(body)
    if not own:
        return _unheard(f"{host} answers at the badge's address with something else.")
    if not same_id(own, url):
        return _finding(
            Check.SIGNATURE,
            Outcome.FAILED,
            "hosted.other_badge",
            f"At the address of this badge {host} shows a different badge.",
        )
    if not v2.is_assertion(body):
        return _finding(
            Check.SIGNATURE,
            Outcome.FAILED,
            "assertion.kind",
            f"What {host} shows at the badge's address is not an Open Badge.",
        )
    return None


def _differences(given: JsonObject, body: JsonObject) -> list[str]:
    return [name for name in COMPARED if given and given.get(name) != body.get(name)]


def _confirmed(host: str, differences: list[str] | None = None) -> Finding:
    if differences:
        return _finding(
            Check.SIGNATURE,
            Outcome.WARNING,
            "hosted.differs",
            f"{host} confirms this badge, but your file says something else about: "
            f"{', '.join(differences)}. What {host} says is what counts and what is shown.",
        )
    return _finding(
        Check.SIGNATURE, Outcome.PASSED, "hosted.confirmed", f"{host} publishes this very badge."
    )


def _unheard(detail: str) -> Finding:
    return _finding(Check.SIGNATURE, Outcome.UNKNOWN, "hosted.unreachable", detail)


def _in_scope(
    body: JsonObject, badge_class: JsonObject, profile: JsonObject, issuer_url: str, url: str
) -> Finding:
    """Whether the issuer lets badges in its name live at this address."""
    host = authority(issuer_url)
    class_url = id_of(body.get("badge"))
    policy = obj(profile.get("verification"))
    own_class = not web_url(class_url) or same_origin(class_url, issuer_url)
    if _allowed(url, issuer_url, policy) and (own_class or _allowed(class_url, issuer_url, policy)):
        return _finding(
            Check.ISSUER,
            Outcome.PASSED,
            "issuer.bound",
            f"{host} is the issuer, and lets its badges be published where this one is.",
        )
    return _finding(
        Check.ISSUER,
        Outcome.FAILED,
        "issuer.scope",
        f"{host} does not publish its badges at {authority(url)}, so somebody else made this one.",
    )


def _allowed(url: str, issuer_url: str, policy: JsonObject) -> bool:
    """`allowedOrigins` are host names, `startsWith` are addresses; both count where given.

    Compared as parsed addresses: "https://school.example" is a beginning of
    "https://school.example.evil.test" to a string, not to a browser.
    """
    origins, beginnings = policy.get("allowedOrigins"), policy.get("startsWith")
    if origins is None and beginnings is None:
        return same_origin(url, issuer_url)
    fits = True
    if origins is not None:
        fits = authority(url) in {_host(origin) for origin in strings(origins)}
    if beginnings is not None:
        fits = fits and any(_begins(url, beginning) for beginning in strings(beginnings))
    return fits


def _host(origin: str) -> str:
    return authority(origin if "://" in origin else f"https://{origin}")


def _begins(url: str, beginning: str) -> bool:
    if not same_origin(url, beginning):
        return False
    one, other = web_url(normal_id(url)), web_url(normal_id(beginning))
    if one is None or other is None or "/.." in one.path:
        return False
    if other.query:
        return one.path == other.path and one.query.startswith(other.query)
    whole = other.path if other.path.endswith("/") else other.path + "/"
    return one.path == other.path or one.path.startswith(whole)


# ---------------------------------------------------------------------------------------
# Signed


def _signed(document: parse.Document, keyring: Keyring) -> Examined:
    assertion = document.payload
    badge_class, profile, issuer_url, broken = _chain(assertion, keyring.session)
    signed, bound = _check_signature(document, issuer_url, profile, keyring)
    host = authority(issuer_url)
    issuer = broken
    if issuer is None and signed.key is None:
        issuer = _finding(
            Check.ISSUER,
            Outcome.UNKNOWN,
            "issuer.unproven",
            f"Nothing that we could check shows that it comes from {host}.",
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
    return _finding(
        Check.ISSUER,
        Outcome.PASSED,
        "issuer.bound",
        f"{host} publishes the key that signed this badge.",
    )


def _unbound(host: str) -> Finding:
    return _finding(
        Check.ISSUER,
        Outcome.UNKNOWN,
        "issuer.not_listed",
        f"{host} does not list the key that signed this badge, so somebody else may have made it.",
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
            "It claims to be signed in a way that anybody could have done, or that no badge is.",
        ), False
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


def _by_others(
    jws: proofs.Jws, creator: str, named: bool, issuer_url: str, keyring: Keyring
) -> Signed:
    """The signature by a key that the issuer does not name: good mathematics at most."""
    try:
        if creator and not named:
            key = keys.from_method(keyring.session.json(creator))
            return _good(key) if _fits(jws, key) else BAD
        if not named and (jws.header.get("jwk") or jws.header.get("kid")):
            for key, _ in jws_keys(jws.header, issuer_url, keyring):
                return _good(key) if _fits(jws, key) else BAD
    except (BadKey, Unsupported, Unreachable):
        pass  # said below: there is no key to check with
    return _no_signature(
        Outcome.UNKNOWN,
        "signature.key_unreachable",
        "The key that signed it could not be fetched from its issuer, so the signature could not "
        "be checked.",
    )


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
            node = session.json(url)
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
        return _finding(
            Check.STATUS,
            Outcome.UNKNOWN,
            "status.unreachable",
            "Whether its issuer has taken it back could not be found out.",
        )
    if not url:
        return _finding(
            Check.STATUS,
            Outcome.NOT_APPLICABLE,
            "status.none",
            "Its issuer keeps no list on which it could be taken back.",
        )
    try:
        listed = session.json(url, strict_json.REGISTER)
        revoked, reason = status.revoked_assertion(listed, v2.own_id(assertion))
    except (Unreachable, Unsupported):
        return _finding(
            Check.STATUS,
            Outcome.UNKNOWN,
            "status.unreachable",
            "The list on which its issuer takes badges back could not be fetched.",
        )
    if revoked:
        return _revoked(reason)
    return _finding(
        Check.STATUS, Outcome.PASSED, "status.standing", "Its issuer has not taken it back."
    )


def _good(key: keys.PublicKey) -> Signed:
    finding = _finding(
        Check.SIGNATURE,
        Outcome.PASSED,
        "signature.good",
        "The signature is good: nothing was changed since the badge was signed.",
    )
    return Signed(finding, key)


def _no_signature(outcome: Outcome, code: str, detail: str) -> Signed:
    return Signed(_finding(Check.SIGNATURE, outcome, code, detail))


# ---------------------------------------------------------------------------------------
# Both


def _chain(
    assertion: JsonObject, session: Session
) -> tuple[JsonObject, JsonObject, str, Finding | None]:
    """Class, issuer profile and the issuer's address; or the finding that says what is missing."""
    badge_class, _, broken = _step(assertion.get("badge"), session, "description")
    if broken is not None:
        return badge_class, {}, "", broken
    issuer = badge_class.get("issuer")
    issuer_url = id_of(issuer)
    if not issuer:
        return (
            badge_class,
            {},
            "",
            _finding(
                Check.ISSUER,
                Outcome.FAILED,
                "issuer.missing",
                "The badge does not say who issued it.",
            ),
        )
    if web_url(issuer_url) is None:
        return badge_class, obj(issuer), "", _not_on_web()
    profile, issuer_url, broken = _step(issuer, session, "issuer")
    return badge_class, profile, issuer_url, broken


def _step(value: Any, session: Session, what: str) -> tuple[JsonObject, str, Finding | None]:
    """One link of the chain, fetched from its own address; an embedded one without an address
    is as good as what embeds it."""
    url = id_of(value)
    if web_url(url) is None:
        if isinstance(value, dict) and value.keys() - {"id"}:
            return value, url, None
        return (
            {},
            url,
            _finding(
                Check.ISSUER,
                Outcome.FAILED,
                "issuer.missing",
                "The badge does not say what it was awarded for, or by whom.",
            ),
        )
    host = authority(url)
    try:
        found = session.json(url)
        if not same_origin(session.get(url).final_url, url):
            raise Unreachable("The site sends us on to another site.", url)
    except Unreachable:
        return (
            obj(value),
            url,
            _finding(
                Check.ISSUER,
                Outcome.UNKNOWN,
                "issuer.unreachable",
                f"{host}, which holds the badge's {what}, could not be reached.",
            ),
        )
    own = id_of(found)
    if own and web_url(own) is None:
        return found, url, _not_on_web()
    if own and not same_origin(own, url):
        return (
            found,
            url,
            _finding(
                Check.ISSUER,
                Outcome.UNKNOWN,
                "issuer.other",
                f"The page at {host} speaks for {authority(own)}, which is another site.",
            ),
        )
    return found, url, None


def _not_on_web() -> Finding:
    return _finding(
        Check.ISSUER,
        Outcome.UNKNOWN,
        "issuer.not_on_web",
        "The issuer is not named by an address on the web, so nobody can be asked.",
    )


def _revoked(reason: str) -> Finding:
    because = f" Reason given: {reason[:200]}" if reason else ""
    return _finding(
        Check.STATUS,
        Outcome.FAILED,
        "status.revoked",
        f"Its issuer has taken back this badge.{because}",
    )


def _unproven(assertion: JsonObject, signature: Finding) -> Examined:
    """An assertion that its host or signer did not confirm; all else is left open."""
    return Examined(
        signature=signature,
        issuer=_finding(
            Check.ISSUER,
            Outcome.UNKNOWN,
            "issuer.unproven",
            "Nothing that we could check shows who made it.",
        ),
        status=_finding(
            Check.STATUS,
            Outcome.UNKNOWN,
            "status.unproven",
            "Whether its issuer has taken it back could not be found out.",
        ),
        assertion=assertion,
        badge_class=obj(assertion.get("badge")),
        hosted=False,
        host="",
    )


def _finding(check: Check, outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(check, outcome, detail, code)
