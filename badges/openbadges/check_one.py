"""One credential by itself: seven questions, seven findings, one result."""

from collections.abc import Callable, Sequence

from badges.openbadges import check_v2, check_v3, edc, parse, schema, v2, v3, v3_status
from badges.openbadges.check_any import period, whose
from badges.openbadges.controllers import Keyring, host_of
from badges.openbadges.credential import Format, Kind, Version
from badges.openbadges.report import Check, Finding, Outcome, Report, Trust, result_of
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import authority
from badges.openbadges.words import say

READABLE = Finding(
    Check.READABLE, Outcome.PASSED, say("This is a badge that can be read."), "read.good"
)
Heard = Callable[[Finding], None]
NOT_A_PERSON = Finding(
    Check.RECIPIENT,
    Outcome.NOT_APPLICABLE,
    say("An endorsement is about a badge or an issuer, not about a person."),
    "recipient.not_a_person",
)


def examine(
    document: parse.Document,
    keyring: Keyring,
    addresses: Sequence[str],
    heard: Heard = lambda finding: None,
) -> Report:
    """Answer all questions about this document, and none about what is inside it."""
    if document.version is Version.EDC:
        return _european(document, keyring, addresses)
    if document.version.is_assertion:
        return _assertion(document, keyring, addresses, heard)
    return _verifiable(document, keyring, addresses, heard)


def _verifiable(
    document: parse.Document, keyring: Keyring, addresses: Sequence[str], heard: Heard
) -> Report:
    """Open Badges 3.0 and CLR 2.0."""
    vc = v3.claims(document.payload)
    signed = check_v3.signature(document, keyring)
    heard(signed.finding)
    issuer = check_v3.issuer(vc, signed, keyring)
    heard(issuer)
    credential = parse.credential(document)
    endorses = credential.kind is Kind.ENDORSEMENT
    proven = Outcome.PASSED is signed.finding.outcome is issuer.outcome
    findings = (
        READABLE,
        signed.finding,
        issuer,
        NOT_A_PERSON
        if endorses
        else whose(credential.recipients, addresses, credential.recipient_name),
        period(
            v3.starts(vc) + check_v3.claimed(document, "nbf"),
            v3.ends(vc) + check_v3.claimed(document, "exp") + check_v3.proof_ends(signed),
            keyring.now,
        ),
        v3_status.check(vc, signed, keyring, proven=proven),
        schema.check(document.version, vc, {}),
    )
    return Report(
        result=result_of(findings),
        trust=Trust.SIGNED if proven else Trust.NONE,
        findings=findings,
        credential=credential,
        document=document,
        checked_at=keyring.now,
        host=host_of(v3.issuer_id(vc)) if proven else "",
        documents=keyring.session.documents,
    )


def _assertion(
    document: parse.Document, keyring: Keyring, addresses: Sequence[str], heard: Heard
) -> Report:
    """Open Badges up to 2.1."""
    found = check_v2.examine(document, keyring)
    heard(found.signature)
    heard(found.issuer)
    assertion = found.assertion
    if not assertion and found.signature.outcome is not Outcome.FAILED:
        assertion = _pictured(document)
    credential = v2.credential(assertion, keyring.session.bodies) if assertion else None
    expires = assertion.get("expires")
    endorses = v2.is_endorsement(assertion)
    findings = (
        READABLE,
        found.signature,
        found.issuer,
        NOT_A_PERSON if endorses else whose(v2.recipients(assertion), addresses),
        period(
            [assertion["issuedOn"]] if assertion.get("issuedOn") is not None else [],
            [expires] if expires is not None else [],
            keyring.now,
        ),
        found.status,
        schema.check(document.version, assertion, found.badge_class),
    )
    good = found.signature.outcome in (Outcome.PASSED, Outcome.WARNING)
    proven = good and found.issuer.outcome is Outcome.PASSED
    trust = Trust.HOSTED if found.hosted else Trust.SIGNED
    return Report(
        result=result_of(findings),
        trust=trust if proven else Trust.NONE,
        findings=findings,
        credential=credential,
        document=document,
        checked_at=keyring.now,
        host=found.host if proven else "",
        documents=keyring.session.documents,
    )


def _pictured(document: parse.Document) -> JsonObject:
    """What is known of a badge when all that its picture carries is an address which is silent.

    Most badges of the first years are such pictures, and most of their sites are gone: the picture
    and the address are all that is left, and they are kept. A mere link without an answer is no
    badge.
    """
    url = document.hosted_url
    if url is None or document.format not in {Format.PNG, Format.SVG}:
        return {}
    host = f"https://{authority(url)}"
    return {"id": url, "badge": {"issuer": {"id": host, "name": authority(url), "url": host}}}


def _european(document: parse.Document, keyring: Keyring, addresses: Sequence[str]) -> Report:
    """A European Digital Credential: everything is told but whether it is genuine."""
    vc = document.payload
    credential = edc.credential(vc)
    findings = (
        READABLE,
        Finding(
            Check.SIGNATURE,
            Outcome.UNKNOWN,
            say(
                "Its electronic seal is not checked here. The viewer of the European Union for "
                "digital credentials checks it."
            ),
            "signature.seal",
        ),
        Finding(
            Check.ISSUER,
            Outcome.UNKNOWN,
            say("Who issued it is proven by its seal, which is not checked here."),
            "issuer.seal",
        ),
        whose(credential.recipients, addresses, credential.recipient_name),
        period(v3.starts(vc), v3.ends(vc), keyring.now),
        Finding(
            Check.STATUS,
            Outcome.UNKNOWN,
            say("Whether its issuer has taken it back is not checked here."),
            "status.seal",
        ),
        Finding(
            Check.SCHEMA,
            Outcome.NOT_APPLICABLE,
            say("This is a European Digital Credential and not an Open Badge."),
            "schema.european",
        ),
    )
    return Report(
        result=result_of(findings),
        trust=Trust.NONE,
        findings=findings,
        credential=credential,
        document=document,
        checked_at=keyring.now,
        host="",
        documents=(),
    )
