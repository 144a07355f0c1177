"""Open Badges 2.0, hosted: an assertion is what its own address answers.

A hosted assertion proves nothing by itself: of the file that a learner brings only its `id` is
believed. That address is asked, and what it answers is the badge. The issuer's profile, at the
top of the chain, says where assertions in its name may live: its own host, unless it names
others.
"""

from dataclasses import replace

from badges.openbadges import v1, v2
from badges.openbadges.controllers import Keyring
from badges.openbadges.errors import Unreachable
from badges.openbadges.report import Check, Finding, Outcome
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.v2_chain import Examined, finding, in_scope, revoked, unproven, walk
from badges.openbadges.values import authority, id_of, same_origin, same_page, text
from badges.openbadges.words import say

COMPARED = ("recipient", "badge", "claim", "issuedOn", "expires", "evidence", "narrative")


def examine(given: JsonObject, url: str, keyring: Keyring) -> Examined:
    host = authority(url)
    try:
        answer = keyring.session.get(url)
    except Unreachable:
        return _unconfirmed(
            given, url, keyring, say("{host} could not be reached to confirm it.", host=host)
        )
    if not same_origin(answer.final_url, url):
        return _unconfirmed(
            given,
            url,
            keyring,
            say("{host} sends us on to another site, which cannot speak for it.", host=host),
        )
    if answer.status == 410:
        return _withdrawn(given, url, keyring, "")
    try:
        body = v1.translated(keyring.session.json(url), url)
    except Unreachable:
        return _unconfirmed(
            given,
            url,
            keyring,
            say("{host} does not show this badge at its address any more.", host=host),
        )
    # A host that moved its badges leads from the old address to the new one: there the badge is
    # at home now, and there its issuer must let it be.
    home = answer.final_url if same_page(v2.own_id(body), answer.final_url) else url
    if body.get("revoked") is True and (not id_of(body) or same_page(id_of(body), home)):
        seen = body if v2.is_award(body) and v2.says_what(body) else given
        return _withdrawn(seen, url, keyring, text(body.get("revocationReason")))
    wrong = _wrong_answer(body, home)
    if wrong is not None:
        return unproven(given, wrong)
    badge_class, profile, issuer_url, issuer = walk(body, keyring.session)
    if issuer is None:
        issuer = in_scope(body, badge_class, profile, issuer_url, home)
    return Examined(
        signature=_confirmed(host, _differences(given, body)),
        issuer=issuer,
        status=finding(
            Check.STATUS,
            Outcome.PASSED,
            "status.standing",
            say("{host} still publishes this badge.", host=host),
        ),
        assertion=body,
        badge_class=badge_class,
        hosted=True,
        host=authority(issuer_url) or host,
    )


def _unconfirmed(given: JsonObject, url: str, keyring: Keyring, detail: str) -> Examined:
    """An assertion that its host does not confirm. What it names is still looked up: bad news
    needs no proof, and an issuer that does not publish there is bad news."""
    found = unproven(given, _unheard(detail))
    badge_class, profile, issuer_url, broken = walk(given, keyring.session)
    if broken is None:
        broken = in_scope(given, badge_class, profile, issuer_url, url)
    failed = broken.outcome is Outcome.FAILED and bool(given)
    return replace(found, badge_class=badge_class, issuer=broken if failed else found.issuer)


def _withdrawn(seen: JsonObject, url: str, keyring: Keyring, reason: str) -> Examined:
    """The host says that it takes the badge back, by 410 Gone or in words. Mostly it says nothing
    else of it any more: that does not make it a badge without an issuer."""
    found = _unconfirmed(seen if v2.says_what(seen) else {}, url, keyring, "")
    signature = _confirmed(authority(url))
    return replace(found, assertion=seen, signature=signature, status=revoked(reason))


def _wrong_answer(body: JsonObject, url: str) -> Finding | None:
    """Why what the host answered is not this badge, if it is not."""
    host = authority(url)
    own = v2.own_id(body)
    if not own:
        return _unheard(
            say("{host} answers at the badge's address with something else.", host=host)
        )
    if not same_page(own, url):
        return finding(
            Check.SIGNATURE,
            Outcome.FAILED,
            "hosted.other_badge",
            say("At the address of this badge {host} shows a different badge.", host=host),
        )
    if not v2.is_award(body):
        return finding(
            Check.SIGNATURE,
            Outcome.FAILED,
            "assertion.kind",
            say("What {host} shows at the badge's address is not an Open Badge.", host=host),
        )
    return None


def _differences(given: JsonObject, body: JsonObject) -> list[str]:
    return [name for name in COMPARED if given and given.get(name) != body.get(name)]


def _confirmed(host: str, differences: list[str] | None = None) -> Finding:
    if differences:
        return finding(
            Check.SIGNATURE,
            Outcome.WARNING,
            "hosted.differs",
            say(
                "{host} confirms this badge, but your file says something else about: "
                "{differences}. What {host} says is what counts and what is shown.",
                host=host,
                differences=", ".join(differences),
            ),
        )
    return finding(
        Check.SIGNATURE,
        Outcome.PASSED,
        "hosted.confirmed",
        say("{host} publishes this very badge.", host=host),
    )


def _unheard(detail: str) -> Finding:
    return finding(Check.SIGNATURE, Outcome.UNKNOWN, "hosted.unreachable", detail)
