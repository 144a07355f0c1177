"""The questions that need to know Open Badges up to 2.1: which way an assertion can be checked."""

from badges.openbadges import parse, v2, v2_hosted, v2_signed
from badges.openbadges.controllers import Keyring
from badges.openbadges.report import Check, Outcome
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.v2_chain import Examined, finding, unproven
from badges.openbadges.values import types, web_url
from badges.openbadges.words import say


def examine(document: parse.Document, keyring: Keyring) -> Examined:
    """Check an assertion in the way that it says it can be checked."""
    given = document.payload
    if given and not v2.is_award(given):
        return _not_an_assertion(given)
    if document.jws is not None:
        return v2_signed.examine(document, keyring)
    url = document.hosted_url or v2.own_id(given)
    kind = types(v2.verification(given))
    if document.hosted_url is None and (web_url(url) is None or (kind and not v2.is_hosted(given))):
        return unproven(
            given,
            finding(
                Check.SIGNATURE,
                Outcome.NOT_APPLICABLE,
                "signature.none",
                say(
                    "This badge is neither signed nor published anywhere, so anybody could have "
                    "written it."
                ),
            ),
        )
    return v2_hosted.examine(given, url, keyring)


def _not_an_assertion(given: JsonObject) -> Examined:
    return unproven(
        given,
        finding(
            Check.SIGNATURE,
            Outcome.FAILED,
            "assertion.kind",
            say(
                "It looks like an Open Badge, but does not say that it is one in the words of the "
                "standard, so nothing in it can be relied on."
            ),
        ),
    )
