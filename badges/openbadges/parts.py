"""The credentials inside a credential: each judged by itself, and what rests on what.

Theory of operation. A learner record is an envelope with credentials of other issuers inside; a
badge carries what others say for it. Each of these is a document of its own and gets a report
of its own. One level is opened: a record inside a record, and what endorses an endorsement, are
told and left. Counters bound the work, and what they leave out is told in a sentence, since
somebody may have put a thousand bad ones before the one that matters.

- A credential *without a signature of its own* inside a signed record is what the signer of the
  record says. When that is the issuer itself, it is as good as signed; when it is somebody
  else, it is hearsay, and the finding names who says it.
- An endorsement has to be about what it is attached to, or about another part of the same badge,
  and is told as about that. Somebody could move a good word from one badge to another otherwise,
  so one about something else is *invalid*, here alone, and whatever becomes of it the badge stays
  what it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from badges.openbadges import budget, check_one, clr, parse, v2, v3
from badges.openbadges.controllers import Keyring, host_of
from badges.openbadges.credential import Credential, Format, Kind, Version
from badges.openbadges.errors import Unreadable
from badges.openbadges.report import (
    UNSIGNED,
    About,
    Check,
    Finding,
    Outcome,
    Part,
    Report,
    Result,
    Role,
    Trust,
    result_of,
)
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, many, obj, objects, same_id, same_page, web_url
from badges.openbadges.words import say

MAX_ACHIEVEMENTS = 100
MAX_ENDORSEMENTS = 16


@dataclass(slots=True)
class _Work:
    """One verification's means, and how many endorsements it will still look at."""

    keyring: Keyring
    addresses: Sequence[str]
    endorsements: int = MAX_ENDORSEMENTS


@dataclass(frozen=True, slots=True)
class _Attached:
    """An endorsement before it is read, and what carries it."""

    about: About
    about_id: str
    value: Any


def added(report: Report, keyring: Keyring, addresses: Sequence[str]) -> Report:
    """The report of a whole, with its parts."""
    return _with_parts(report, _Work(keyring, addresses), top=True)


def beside(
    documents: Sequence[parse.Document], keyring: Keyring, addresses: Sequence[str]
) -> tuple[Part, ...]:
    """The parts of a file that is no credential, but holds several."""
    work = _Work(keyring, addresses)
    found = []
    for document in documents:
        keyring.session.allow_more()
        report = check_one.examine(document, keyring, addresses)
        report = _with_parts(report, work, top=False)
        found.append(Part(Role.ACHIEVEMENT, About.FILE, "", report))
    return tuple(found)


def _with_parts(report: Report, work: _Work, *, top: bool) -> Report:
    if report.document is None or report.credential is None:
        return report
    parts: list[Part] = []
    unchecked: list[str] = []
    vc = v3.claims(report.document.payload)
    kind = report.credential.kind
    if report.document.version is Version.CLR2:
        children = clr.children(vc)
        for one in children[:MAX_ACHIEVEMENTS] if top else []:
            if budget.is_spent():
                break
            parts.append(_child(one, vc, report, work))
        if len(parts) < len(children):
            unchecked.append(_badges_left_out(len(children), len(parts)))
    if report.document.version.is_assertion:
        found = list(_attached_to_assertion(report.document, work))
    else:
        found = list(_attached(vc))
    few = found[: work.endorsements] if kind is not Kind.ENDORSEMENT else []
    few = [] if budget.is_spent() else few
    work.endorsements -= len(few)
    if len(few) < len(found):
        unchecked.append(_endorsements_left_out(len(found), len(few)))
    parts += [_endorsement(one, report, work) for one in few]
    documents = work.keyring.session.documents
    return replace(report, parts=tuple(parts), unchecked=tuple(unchecked), documents=documents)


def _badges_left_out(count: int, checked: int) -> str:
    if not checked:
        return say("The badges inside it were not checked. There are {count}.", count=count)
    return say(
        "It holds {count} badges. Only the first {checked} were checked.",
        count=count,
        checked=checked,
    )


def _endorsements_left_out(count: int, checked: int) -> str:
    if not checked:
        return say("The endorsements inside it were not checked. There are {count}.", count=count)
    return say(
        "It holds {count} endorsements. Only the first {checked} were checked.",
        count=count,
        checked=checked,
    )


def _read(value: Any, work: _Work) -> Report | None:
    """The report on one credential inside another, by itself; None for what is none."""
    work.keyring.session.allow_more()
    try:
        document = parse.embedded(value)
    except Unreadable:
        return None
    return check_one.examine(document, work.keyring, work.addresses)


def _no_credential(work: _Work, role: Role) -> Report:
    what = say("a badge") if role is Role.ACHIEVEMENT else say("an endorsement")
    first = Finding(
        Check.READABLE,
        Outcome.FAILED,
        say("In place of {what} there is something that cannot be read.", what=what),
        "read.part",
    )
    rest = (
        Finding(
            check, Outcome.NOT_APPLICABLE, say("There was nothing to check."), f"{check}.no_badge"
        )
        for check in list(Check)[1:]
    )
    return Report(
        result=Result.UNREADABLE,
        trust=Trust.NONE,
        findings=(first, *rest),
        credential=None,
        document=None,
        checked_at=work.keyring.now,
        host="",
        documents=(),
    )


# ---------------------------------------------------------------------------------------
# Learner records


def _child(value: Any, envelope: JsonObject, outer: Report, work: _Work) -> Part:
    report = _read(value, work)
    if report is None:
        report = _no_credential(work, Role.ACHIEVEMENT)
    else:
        report = _with_parts(_resting(report, outer, v3.issuer_id(envelope)), work, top=False)
    return Part(Role.ACHIEVEMENT, About.RECORD, v3.own_id(envelope), report)


def _resting(report: Report, outer: Report, signer: str) -> Report:
    """The report on an unsigned credential, by what the one who signed round it is worth."""
    if report.finding(Check.SIGNATURE).code not in UNSIGNED:
        return report
    own = report.credential.issuer.id if report.credential else ""
    holds = outer.result in (Result.VALID, Result.UNKNOWN)
    if holds and same_id(own, signer):
        protects = outer.finding(Check.SIGNATURE)
        detail = say(
            "It has no signature of its own. That of the record which contains it covers it."
        )
        if protects.outcome is not Outcome.PASSED:
            detail = say("It has no signature of its own, and that of the record was not proven.")
        signature = replace(protects, detail=detail, code="signature.of_record")
        return _judged(
            report, {Check.SIGNATURE: signature, Check.ISSUER: outer.finding(Check.ISSUER)}, outer
        )
    if holds and outer.result is Result.VALID:
        detail = say(
            "Its issuer did not sign it. {host} says so in a record.",
            host=outer.host or host_of(signer),
        )
    elif holds:
        detail = say(
            "Its issuer did not sign it. It rests on a record of which nobody knows who made it."
        )
    else:
        detail = say("Its issuer did not sign it, and the record that contains it does not count.")
    vouched = Finding(Check.SIGNATURE, Outcome.NOT_APPLICABLE, detail, "signature.vouched")
    return _judged(report, {Check.SIGNATURE: vouched}, None)


def _judged(report: Report, changed: dict[Check, Finding], outer: Report | None) -> Report:
    """The report with some findings replaced, added up again; `outer` lends its standing."""
    findings = tuple(changed.get(one.check, one) for one in report.findings)
    return replace(
        report,
        findings=findings,
        result=result_of(findings),
        trust=outer.trust if outer else report.trust,
        host=outer.host if outer else report.host,
    )


# ---------------------------------------------------------------------------------------
# Endorsements


def _attached(vc: JsonObject) -> Iterator[_Attached]:
    """What endorses a 3.0 credential, its achievements, and each profile in it."""
    yield from _of(About.BADGE, vc, v3.own_id(vc))
    yield from _of(About.ISSUER, obj(vc.get("issuer")))
    for who in objects(vc.get("credentialSubject")):
        yield from _of(About.SOURCE, obj(who.get("source")))
        for what in objects(who.get("achievement")):
            yield from _of(About.ACHIEVEMENT, what)
            yield from _of(About.CREATOR, obj(what.get("creator")))


def _attached_to_assertion(document: parse.Document, work: _Work) -> Iterator[_Attached]:
    """What endorses a 2.0 assertion, its class and its issuer, each in its host's words."""
    bodies = work.keyring.session.bodies
    given = parse.assertion(document, bodies)
    if v2.is_endorsement(given):
        yield from _of(About.BADGE, given)
        return
    badge = v2.resolve(given.get("badge"), bodies)
    issuer = v2.resolve(badge.get("issuer"), bodies)
    yield from _of(About.BADGE, given, v2.own_id(given))
    yield from _of(About.ACHIEVEMENT, badge, id_of(badge) or id_of(given.get("badge")))
    yield from _of(About.ISSUER, issuer, id_of(issuer) or id_of(badge.get("issuer")))


def _of(about: About, node: JsonObject, own: str = "") -> Iterator[_Attached]:
    for name in ("endorsement", "endorsementJwt"):
        for value in many(node.get(name)):
            yield _Attached(about, own or id_of(node), value)


def _endorsement(attached: _Attached, outer: Report, work: _Work) -> Part:
    assert outer.credential is not None
    value = attached.value
    if isinstance(value, str) and web_url(value):
        document = parse.Document(Format.JSON, value, {}, Version.OB2, hosted_url=value)
        work.keyring.session.allow_more()
        report: Report | None = check_one.examine(document, work.keyring, work.addresses)
    else:
        report = _read(value, work)
    if report is None:
        report = _no_credential(work, Role.ENDORSEMENT)
    elif report.credential is None:
        unsaid = say("What it endorses could not be found out.")
        report = _judged(report, {Check.RECIPIENT: _aim(Outcome.UNKNOWN, "unsaid", unsaid)}, None)
    else:
        attached = _aimed(attached, report.credential.achievement_id, outer.credential)
        about = _about(report, attached, outer.credential.issuer.id)
        report = _judged(report, {Check.RECIPIENT: about}, None)
        if about.outcome is Outcome.FAILED:
            report = replace(report, result=Result.INVALID)
    return Part(Role.ENDORSEMENT, attached.about, attached.about_id, report)


def _aimed(attached: _Attached, subject: str, outer: Credential) -> _Attached:
    """The endorsement with what it really endorses, if that is another part of the same badge.

    1EdTech's own samples attach words for an issuer or a class to the award.
    """
    if same_page(subject, attached.about_id):
        return attached
    for about, own in (
        (About.BADGE, outer.id),
        (About.ACHIEVEMENT, outer.achievement_id),
        (About.ISSUER, outer.issuer.id),
    ):
        if same_page(subject, own):
            return replace(attached, about=about, about_id=own)
    return attached


def _about(report: Report, attached: _Attached, issuer: str) -> Finding:
    """Whether this is a word for the very thing that carries it, and not by itself."""
    assert report.credential is not None
    names = {
        About.BADGE: say("this badge"),
        About.ACHIEVEMENT: say("this achievement"),
        About.ISSUER: say("the issuer of this badge"),
        About.CREATOR: say("the author of this achievement"),
        About.SOURCE: say("who assessed this achievement"),
    }
    name = names.get(attached.about, say("this badge"))
    if report.credential.kind is not Kind.ENDORSEMENT:
        return _aim(
            Outcome.FAILED,
            "no_endorsement",
            say("It is attached to {name}, yet endorses nothing.", name=name),
        )
    if not same_page(report.credential.achievement_id, attached.about_id):
        return _aim(
            Outcome.FAILED,
            "endorses_other",
            say("It is attached to {name}, yet endorses something else.", name=name),
        )
    if same_id(report.credential.issuer.id, issuer):
        return _aim(
            Outcome.WARNING,
            "endorses_own",
            say("It endorses {name}, and comes from the issuer of the badge.", name=name),
        )
    return _aim(Outcome.PASSED, "endorses", say("It endorses {name}.", name=name))


def _aim(outcome: Outcome, code: str, detail: str) -> Finding:
    return Finding(Check.RECIPIENT, outcome, detail, f"recipient.{code}")
