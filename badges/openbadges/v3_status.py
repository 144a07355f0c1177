"""Open Badges 3.0: has the issuer taken the badge back? Every list that it names is asked."""

from dataclasses import replace

from badges.openbadges import dates, parse, status, strict_json, v3
from badges.openbadges.check_v3 import Signed, signature
from badges.openbadges.controllers import Bond, Keyring
from badges.openbadges.errors import Unreachable, Unreadable, Unsafe, Unsupported
from badges.openbadges.fetching import LIST_AGE
from badges.openbadges.keys import same
from badges.openbadges.report import Check, Finding, Outcome
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, many, objects, same_id, strings, text, types
from badges.openbadges.words import listed, say

MAX_STATUSES = 8
TAKEN_BACK = {"revocation": say("taken back"), "suspension": say("suspended")}
LIST_TYPES = {
    "BitstringStatusListEntry": {"BitstringStatusListCredential"},
    "StatusList2021Entry": {"StatusList2021Credential", "BitstringStatusListCredential"},
}
ORDER = ("revoked", "suspended"), (Outcome.UNKNOWN, Outcome.WARNING, Outcome.PASSED)


def check(vc: JsonObject, signed: Signed, keyring: Keyring, *, proven: bool) -> Finding:
    """Ask every list that the badge names. Revoked on one is revoked, and goes before suspended;
    a list that cannot be asked leaves it open, never "still valid". What a list says besides,
    for people to read, is passed on.

    Unless the badge is proven it is not its issuer who named that list, and the finding does not
    say so.
    """
    entries = many(vc.get("credentialStatus"))
    if not entries:
        return _status(
            Outcome.NOT_APPLICABLE,
            "none",
            say("Its issuer keeps no list on which it could be taken back."),
        )
    if len(entries) > MAX_STATUSES or len(objects(entries)) != len(entries):
        return _status(
            Outcome.UNKNOWN, "malformed", say("Where it could be taken back is not clear.")
        )
    found = [_one_status(vc, entry, signed, keyring) for entry in entries]
    said = [one.detail for one in found if one.code == "status.message"]
    worst = _worst(found)
    if not proven and worst.outcome in (Outcome.PASSED, Outcome.WARNING):
        worst = replace(worst, detail=say("The list that it names does not hold it as taken back."))
    if worst.outcome in (Outcome.PASSED, Outcome.WARNING) and said:
        both = say("{one} {other}", one=worst.detail, other=listed(said, " "))
        worst = replace(worst, detail=both)
    return worst


def _worst(found: list[Finding]) -> Finding:
    codes, outcomes = ORDER
    for code in codes:
        for one in found:
            if one.code == f"status.{code}":
                return one
    for outcome in outcomes:
        for one in found:
            if one.outcome is outcome:
                return one
    return found[0]


def _one_status(vc: JsonObject, entry: JsonObject, signed: Signed, keyring: Keyring) -> Finding:
    kinds = types(entry)
    try:
        if "1EdTechRevocationList" in kinds:
            return _revocation_list(vc, entry, keyring)
        for kind in LIST_TYPES.keys() & kinds:
            return _bitstring(entry, LIST_TYPES[kind], vc, signed, keyring)
    except Unreachable:
        return _status(
            Outcome.UNKNOWN,
            "unreachable",
            say("The list on which its issuer takes badges back could not be fetched."),
        )
    except (Unsupported, Unsafe) as error:
        return _status(Outcome.UNKNOWN, "unusable", error.message)
    return _status(
        Outcome.UNKNOWN,
        "unsupported",
        say("Its issuer takes badges back in a way that we cannot check yet."),
    )


def _revocation_list(vc: JsonObject, entry: JsonObject, keyring: Keyring) -> Finding:
    url = id_of(entry)
    listed = keyring.session.json(url, strict_json.REGISTER, max_age=LIST_AGE)
    revoked, reason = status.revocation(listed, v3.own_id(vc))
    return _taken_back(say("taken back"), reason) if revoked else _standing()


def _bitstring(
    entry: JsonObject, wanted: set[str], vc: JsonObject, signed: Signed, keyring: Keyring
) -> Finding:
    purpose = text(entry.get("statusPurpose")) or "revocation"
    if purpose not in TAKEN_BACK:
        return _told(entry, wanted, vc, signed, keyring)
    value, long_enough = _value(entry, purpose, wanted, vc, signed, keyring)
    if value:
        return _taken_back(TAKEN_BACK[purpose], status.message(entry, value))
    return _standing() if long_enough else _standing_on_a_short_list()


def _value(
    entry: JsonObject,
    purpose: str,
    wanted: set[str],
    vc: JsonObject,
    signed: Signed,
    keyring: Keyring,
) -> tuple[int, bool]:
    """What the list says of this badge, and whether it is as long as lists should be."""
    listing = _trusted_list(text(entry.get("statusListCredential")), vc, signed, keyring)
    subject = v3.subject(listing)
    purposes = strings(subject.get("statusPurpose")) or [purpose]
    if not types(listing) & wanted or purpose not in purposes:
        raise Unsupported(
            "status.kind", say("The issuer's list of withdrawn badges is of another kind.")
        )
    bits = status.decode(text(subject.get("encodedList")))
    size = status.size_of(entry)
    return (
        status.entry(bits, status.index_of(entry), size),
        len(bits) * 8 // size >= status.MIN_BITS,
    )


def _told(
    entry: JsonObject, wanted: set[str], vc: JsonObject, signed: Signed, keyring: Keyring
) -> Finding:
    """A list that takes nothing back, but may say something (Bitstring Status List 1.0, 2.1)."""
    nothing = _status(
        Outcome.NOT_APPLICABLE, "other_purpose", say("Its status list says nothing about validity.")
    )
    purpose = text(entry.get("statusPurpose"))
    try:
        value, _ = _value(entry, purpose, wanted, vc, signed, keyring)
    except (Unreachable, Unsupported, Unsafe):
        return nothing
    if purpose == "refresh" and value:
        newer = say("Its issuer has a newer copy of this badge.")
        return _status(Outcome.NOT_APPLICABLE, "message", newer)
    note = status.message(entry, value)
    if not note:
        return nothing
    sentence = say("Its issuer notes: “{note}”.", note=note[:200])
    return _status(Outcome.NOT_APPLICABLE, "message", sentence)


def _trusted_list(url: str, vc: JsonObject, signed: Signed, keyring: Keyring) -> JsonObject:
    """The status list at `url`, once its own signature, issuer and period are good.

    The badge names the address in its signed part, so a list there needs no common issuer with
    it; it has to be genuine. When its issuer cannot be reached, the same issuer's same key as
    on the badge is as good: the two stand or fall together.
    """
    answer = keyring.session.get(url, max_age=LIST_AGE)
    if answer.status != 200:
        raise Unreachable(say("The site answered with an error."), url)
    try:
        document = parse.read(answer.body)
    except Unreadable as error:
        raise Unsupported("status.not_a_list", error.message) from None
    listing = v3.claims(document.payload)
    own = signature(document, keyring)
    if own.finding.outcome is not Outcome.PASSED or own.key is None:
        raise Unsupported(
            "status.unsigned", say("The issuer's list of withdrawn badges is not genuine.")
        )
    together = (
        signed.key is not None
        and same_id(v3.issuer_id(listing), v3.issuer_id(vc))
        and same(own.key, signed.key)
    )
    bond = keyring.bond(own.key, own.method, issuer=v3.issuer_id(listing))
    if bond is not Bond.BOUND and not (bond is Bond.UNREACHABLE and together):
        raise Unsupported(
            "status.issuer", say("Nothing shows who made the issuer's list of withdrawn badges.")
        )
    ended = [dates.parse(end) for end in v3.ends(listing)]
    if any(end is None or end < keyring.now for end in ended):
        raise Unsupported(
            "status.old", say("The issuer's list of withdrawn badges is out of date.")
        )
    return listing


def _taken_back(how: str, reason: str) -> Finding:
    because = say(" Reason given: “{reason}”.", reason=reason[:200]) if reason else ""
    if how == "suspended":
        detail = say(
            "Its issuer has suspended this badge for the time being.{because}", because=because
        )
        return _status(Outcome.FAILED, "suspended", detail)
    return _status(
        Outcome.FAILED,
        "revoked",
        say("Its issuer has {how} this badge.{because}", how=how, because=because),
    )


def _standing() -> Finding:
    return _status(Outcome.PASSED, "standing", say("Its issuer has not taken it back."))


def _standing_on_a_short_list() -> Finding:
    return _status(
        Outcome.WARNING,
        "standing_short_list",
        say(
            "Its issuer has not taken it back. The list is shorter than the standard asks, so who "
            "keeps it may notice whose badge is being checked."
        ),
    )


def _status(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.STATUS, outcome, detail, f"status.{code}")
