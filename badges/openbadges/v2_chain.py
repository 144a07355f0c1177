"""Open Badges 2.0: from an assertion up to its issuer, and what the issuer allows.

Assertion to class, class to issuer, each fetched from its own address. A redirect to another
site breaks the chain, because open redirects exist on the most respectable hosts. What a report
calls the issuer is the host that answered, never the name that a page gives itself.
"""

from dataclasses import dataclass
from typing import Any

from badges.openbadges import v1, v2
from badges.openbadges.credential import Version
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import DOCUMENT_AGE
from badges.openbadges.report import Check, Finding, Outcome
from badges.openbadges.session import Session
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import authority, id_of, normal_id, obj, same_origin, strings, web_url
from badges.openbadges.words import say


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


def walk(
    assertion: JsonObject, session: Session
) -> tuple[JsonObject, JsonObject, str, Finding | None]:
    """Class, issuer profile and the issuer's address; or the finding that says what is missing.

    An endorsement has no class between itself and its issuer. A 0.5 issuer has no document: it
    is the origin that it names.
    """
    if v2.is_endorsement(assertion):
        badge_class: JsonObject = {"issuer": assertion.get("issuer")}
    else:
        badge_class, _, broken = _step(assertion.get("badge"), session, say("description"))
        if broken is not None:
            return badge_class, {}, "", broken
        origin = v1.origin_of(badge_class)
        if origin and v1.version_of(assertion) is Version.OB05:
            return badge_class, obj(badge_class.get("issuer")), origin, None
    issuer = badge_class.get("issuer")
    issuer_url = id_of(issuer)
    if not issuer:
        return (
            badge_class,
            {},
            "",
            finding(
                Check.ISSUER,
                Outcome.FAILED,
                "issuer.missing",
                say("The badge does not say who issued it."),
            ),
        )
    if web_url(issuer_url) is None:
        return badge_class, obj(issuer), "", _not_on_web()
    profile, issuer_url, broken = _step(issuer, session, say("issuer"))
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
            finding(
                Check.ISSUER,
                Outcome.FAILED,
                "issuer.missing",
                say("The badge does not say what it was awarded for, or by whom."),
            ),
        )
    host = authority(url)
    try:
        found = session.json(url, max_age=DOCUMENT_AGE)
        if not same_origin(session.get(url).final_url, url):
            raise Unreachable(say("The site sends us on to another site."), url)
    except Unreachable:
        return (
            obj(value),
            url,
            finding(
                Check.ISSUER,
                Outcome.UNKNOWN,
                "issuer.unreachable",
                say(
                    "{host}, which holds the badge's {what}, could not be reached.",
                    host=host,
                    what=what,
                ),
            ),
        )
    own = id_of(found)
    if own and web_url(own) is None:
        return found, url, _not_on_web()
    if own and not same_origin(own, url):
        return (
            found,
            url,
            finding(
                Check.ISSUER,
                Outcome.UNKNOWN,
                "issuer.other",
                say(
                    "The page at {host} speaks for {authority}, which is another site.",
                    host=host,
                    authority=authority(own),
                ),
            ),
        )
    return found, url, None


def in_scope(
    body: JsonObject, badge_class: JsonObject, profile: JsonObject, issuer_url: str, url: str
) -> Finding:
    """Whether the issuer lets badges in its name live at this address."""
    host = authority(issuer_url)
    class_url = id_of(body.get("badge"))
    policy = obj(profile.get("verification"))
    own_class = not web_url(class_url) or same_origin(class_url, issuer_url)
    if _allowed(url, issuer_url, policy) and (own_class or _allowed(class_url, issuer_url, policy)):
        return finding(
            Check.ISSUER,
            Outcome.PASSED,
            "issuer.bound",
            say(
                "{host} is the issuer, and lets its badges be published where this one is.",
                host=host,
            ),
        )
    return finding(
        Check.ISSUER,
        Outcome.FAILED,
        "issuer.scope",
        say(
            "{host} does not publish its badges at {authority}, so somebody else made this one.",
            host=host,
            authority=authority(url),
        ),
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


def _not_on_web() -> Finding:
    return finding(
        Check.ISSUER,
        Outcome.UNKNOWN,
        "issuer.not_on_web",
        say("The issuer is not named by an address on the web, so nobody can be asked."),
    )


def revoked(reason: str) -> Finding:
    because = say(" Reason given: “{reason}”.", reason=reason[:200]) if reason else ""
    return finding(
        Check.STATUS,
        Outcome.FAILED,
        "status.revoked",
        say("Its issuer has taken back this badge.{because}", because=because),
    )


def unproven(assertion: JsonObject, signature: Finding) -> Examined:
    """An assertion that its host or signer did not confirm; all else is left open."""
    return Examined(
        signature=signature,
        issuer=finding(
            Check.ISSUER,
            Outcome.UNKNOWN,
            "issuer.unproven",
            say("Nothing that we could check shows who made it."),
        ),
        status=finding(
            Check.STATUS,
            Outcome.UNKNOWN,
            "status.unproven",
            say("Whether its issuer has taken it back could not be found out."),
        ),
        assertion=assertion,
        badge_class=obj(assertion.get("badge")),
        hosted=False,
        host="",
    )


def finding(check: Check, outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(check, outcome, detail, code)
