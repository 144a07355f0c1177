"""A newer copy of a badge, where its issuer offers one (Open Badges 3.0, refresh service).

Asked once, and only when the copy at hand is proven: an address in a badge that nobody signed is
a stranger's wish. The answer counts when it is the same badge of the same issuer, not older, and
as well proven as the first. Anything else changes nothing: the copy at hand is checked as it is.

What the report says is then about the newer copy, while `document` stays what was handed in.
"""

from collections.abc import Sequence
from dataclasses import replace

from badges.openbadges import check_one, dates, parse, v3
from badges.openbadges.controllers import Keyring
from badges.openbadges.errors import Unreachable, Unreadable
from badges.openbadges.report import Check, Finding, Outcome, Report, Trust
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, objects, same_id, types
from badges.openbadges.words import say

KIND = "1EdTechCredentialRefresh"
READABLE = Finding(
    Check.READABLE,
    Outcome.PASSED,
    say(
        "This is a badge that can be read. Its issuer has a "
        "newer copy of it, which is the one that "
        "was checked."
    ),
    "read.refreshed",
)


def refreshed(report: Report, keyring: Keyring, addresses: Sequence[str]) -> Report:
    """The report on the issuer's newer copy of the badge, if there is one; else the same."""
    if report.trust is not Trust.SIGNED or report.document is None:
        return report
    found = _newer(report.document, keyring)
    if found is None:
        return report
    later = check_one.examine(found, keyring, addresses)
    if later.trust is not Trust.SIGNED:
        return report
    findings = (READABLE, *later.findings[1:])
    return replace(later, document=report.document, findings=findings)


def _newer(document: parse.Document, keyring: Keyring) -> parse.Document | None:
    vc = v3.claims(document.payload)
    services = [one for one in objects(vc.get("refreshService")) if KIND in types(one)]
    if not services:
        return None
    try:
        answer = keyring.session.get(id_of(services[0]))
        found = parse.read(answer.body)
    except (Unreachable, Unreadable):
        return None
    if answer.status != 200 or found.version is not document.version or found.hosted_url:
        return None
    same = found.text == document.text
    return None if same or not _supersedes(v3.claims(found.payload), vc) else found


def _supersedes(other: JsonObject, vc: JsonObject) -> bool:
    """The same badge, valid from the same day or a later one (Open Badges 3.0, 1.3)."""
    days = [[dates.parse(day) for day in v3.starts(one)] for one in (other, vc)]
    new, old = ([day for day in one if day is not None] for one in days)
    return (
        same_id(v3.own_id(other), v3.own_id(vc))
        and same_id(v3.issuer_id(other), v3.issuer_id(vc))
        and bool(new)
        and (not old or max(new) >= max(old))
    )
