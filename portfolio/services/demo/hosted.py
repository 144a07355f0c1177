"""The demo's Open Badges 2.0: assertions, classes and profiles, hosted or signed."""

import json
from collections.abc import Iterator

from cryptography.hazmat.primitives import serialization

from badges.openbadges import proofs
from portfolio.services.demo.bench import Answer, Bench, Json, alignments, picture_url
from portfolio.services.demo.catalogue import AWARDS, ISSUERS, Award, Form, Proof

CONTEXT = "https://w3id.org/openbadges/v2"


def text(bench: Bench, slug: str) -> str:
    """The assertion as its learner got it: JSON, a compact JWS, or its address."""
    award = AWARDS[slug]
    if award.form is Form.LINK:
        return _url(bench, slug)
    assertion = _assertion(bench, slug, award)
    if award.proof is Proof.JWS:
        return proofs.sign_jws(assertion, bench.memory.rsa_key())
    return json.dumps(assertion, ensure_ascii=False, indent=1)


def answers(bench: Bench, name: str) -> Iterator[Answer]:
    """What the issuer of this name publishes about itself and its badges."""
    host = ISSUERS[name].host
    awards = {slug: award for slug, award in AWARDS.items() if award.issuer == name}
    yield _answer(_profile(name, signs=any(a.proof is Proof.JWS for a in awards.values())))
    for slug, award in awards.items():
        yield _answer(_badge_class(slug, award))
        if award.proof is Proof.HOSTED:
            yield _answer(_assertion(bench, slug, award))
        else:
            yield _answer(_key(bench, host))
            yield _answer(
                {"id": f"https://{host}/revoked", "type": "RevocationList", "revokedAssertions": []}
            )


def _answer(document: Json) -> Answer:
    body = json.dumps({"@context": CONTEXT, **document}, ensure_ascii=False, indent=1).encode()
    return Answer(document["id"], body, "application/ld+json")


def _url(bench: Bench, slug: str) -> str:
    return f"https://{ISSUERS[AWARDS[slug].issuer].host}/assertions/{bench.number(slug)}"


def _assertion(bench: Bench, slug: str, award: Award) -> Json:
    host = ISSUERS[award.issuer].host
    identity, salt = bench.hashed(slug, award)
    # Its issuer is gone, but the file still says what it was: see the issuer's absence in `press`.
    alone = award.issuer == "cinderpath"
    signed = {"type": "SignedBadge", "creator": f"https://{host}/key"}
    assertion: Json = {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": _url(bench, slug),
        "recipient": {"type": "email", "hashed": True, "salt": salt, "identity": identity},
        "badge": _badge_class(slug, award, whole=True) if alone else _class_url(slug, award),
        "verification": signed if award.proof is Proof.JWS else {"type": "HostedBadge"},
        "issuedOn": bench.moment(award.issued),
    }
    if award.expires is not None:
        assertion["expires"] = bench.moment(-award.expires)
    if award.evidence:
        name, narrative = award.evidence
        assertion["evidence"] = [{"type": "Evidence", "name": name, "narrative": narrative}]
    return assertion


def _class_url(slug: str, award: Award) -> str:
    return f"https://{ISSUERS[award.issuer].host}/badges/{slug}"


def _badge_class(slug: str, award: Award, *, whole: bool = False) -> Json:
    profile = _profile(award.issuer, signs=False)
    return {
        "type": "BadgeClass",
        "id": _class_url(slug, award),
        "name": award.name,
        "description": award.about,
        "image": picture_url(slug),
        "criteria": {"narrative": award.criteria},
        "issuer": profile if whole else profile["id"],
        "alignment": alignments(award),
        "tags": list(award.tags),
    }


def _profile(name: str, *, signs: bool) -> Json:
    issuer = ISSUERS[name]
    home = f"https://{issuer.host}"
    profile: Json = {
        "type": "Issuer",
        "id": f"{home}/issuer",
        "name": issuer.name,
        "url": f"{home}/",
        "email": f"badges@{issuer.host}",
        "description": issuer.about,
    }
    if signs:
        profile |= {"publicKey": f"{home}/key", "revocationList": f"{home}/revoked"}
    return profile


def _key(bench: Bench, host: str) -> Json:
    pem = (
        bench.memory.rsa_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return {
        "type": "CryptographicKey",
        "id": f"https://{host}/key",
        "owner": f"https://{host}/issuer",
        "publicKeyPem": pem.decode(),
    }
