"""The demo's Open Badges 3.0: credentials, DID documents and status lists, signed."""

import base64
import json
from collections.abc import Iterator

from badges.openbadges import keys, proofs, status
from badges.openbadges.v3 import VC2
from portfolio.services.demo.bench import Answer, Bench, Json, alignments, picture, picture_url
from portfolio.services.demo.catalogue import AWARDS, ISSUERS, Award, Issuer, Proof

OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OLDEST = 2000  # days ago: when the issuers began


def text(bench: Bench, slug: str) -> str:
    """The credential as its learner got it: JSON, or a compact JWS."""
    award = AWARDS[slug]
    vc = _credential(bench, slug, award)
    if award.proof is Proof.NONE:
        return json.dumps(vc, ensure_ascii=False, indent=1)
    key, method = bench.memory.key_of(award.issuer), _method(bench, award.issuer)
    if award.proof is Proof.JWT:
        claims = {**vc, "iss": vc["issuer"]["id"], "jti": vc["id"]}
        return proofs.sign_jws(claims, key, {"typ": "vc+jwt", "kid": method})
    signed = proofs.sign(vc, key, method, bench.day(award.issued))
    return json.dumps(signed, ensure_ascii=False, indent=1)


def answers(bench: Bench, name: str) -> Iterator[Answer]:
    """What the issuer of this name publishes: its DID document and its status list."""
    issuer = ISSUERS[name]
    if issuer.did.startswith("web"):
        did = _did(bench, name)
        yield _answer(keys.did_web_url(did), _did_document(bench, name, did))
    listed = {slug: a for slug, a in AWARDS.items() if a.issuer == name and a.listed}
    if listed:
        revoked = [bench.place(slug) for slug, award in listed.items() if award.revoked]
        yield _answer(_list_url(issuer), _status_list(bench, name, revoked))


def _answer(url: str, document: Json) -> Answer:
    body = json.dumps(document, ensure_ascii=False, indent=1).encode()
    return Answer(url, body, "application/json")


def _did(bench: Bench, name: str) -> str:
    issuer = ISSUERS[name]
    if issuer.did == "key":
        return keys.did_key(bench.memory.key_of(name).public_key())
    if not issuer.did:
        return f"https://{issuer.host}/"
    return f"did:web:{issuer.host}{issuer.did.removeprefix('web')}"


def _method(bench: Bench, name: str) -> str:
    if ISSUERS[name].did == "key":
        return keys.did_key_method(bench.memory.key_of(name).public_key())
    return f"{_did(bench, name)}#key-1"


def _did_document(bench: Bench, name: str, did: str) -> Json:
    public = bench.memory.key_of(name).public_key()
    method: Json = {"id": f"{did}#key-1", "controller": did}
    if name == "quillmark":  # tokens and JWKs go together
        method |= {"type": "JsonWebKey", "publicKeyJwk": keys.to_jwk(public)}
        vocabulary = "https://w3id.org/security/jwk/v1"
    else:
        method |= {"type": "Multikey", "publicKeyMultibase": keys.to_multikey(public)}
        vocabulary = "https://w3id.org/security/multikey/v1"
    return {
        "@context": ["https://www.w3.org/ns/did/v1", vocabulary],
        "id": did,
        "verificationMethod": [method],
        "assertionMethod": [method["id"]],
    }


def _credential(bench: Bench, slug: str, award: Award) -> Json:
    issuer = ISSUERS[award.issuer]
    vc: Json = {
        "@context": [VC2, OB3],
        "id": f"urn:uuid:{bench.number(slug)}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award.name,
        "issuer": {
            "id": _did(bench, award.issuer),
            "type": ["Profile"],
            "name": issuer.name,
            "url": f"https://{issuer.host}/",
            "description": issuer.about,
        },
        "validFrom": bench.moment(award.issued),
        "credentialSubject": _subject(bench, slug, award),
    }
    if award.expires is not None:
        vc["validUntil"] = bench.moment(-award.expires)
    if award.evidence:
        name, narrative = award.evidence
        vc["evidence"] = [{"type": ["Evidence"], "name": name, "narrative": narrative}]
    if award.listed:
        place = bench.place(slug)
        vc["credentialStatus"] = {
            "id": f"{_list_url(issuer)}#{place}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(place),
            "statusListCredential": _list_url(issuer),
        }
    return vc


def _subject(bench: Bench, slug: str, award: Award) -> Json:
    identity, salt = bench.hashed(slug, award)
    subject: Json = {
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "identityType": "emailAddress",
                "hashed": True,
                "identityHash": identity,
                "salt": salt,
            }
        ],
        "achievement": _achievement(slug, award),
    }
    if award.credits:
        subject["creditsEarned"] = award.credits
    if award.grade:
        subject["result"] = [{"type": ["Result"], "value": award.grade}]
    return subject


def _achievement(slug: str, award: Award) -> Json:
    achievement: Json = {
        "id": f"https://{ISSUERS[award.issuer].host}/achievements/{slug}",
        "type": ["Achievement"],
        "achievementType": award.kind,
        "name": award.name,
        "description": award.about,
        "criteria": {"narrative": award.criteria},
        "image": {"id": _image(slug, award), "type": "Image"},
        "alignment": [{"type": ["Alignment"], **one} for one in alignments(award)],
    }
    if award.tags:
        achievement["tag"] = list(award.tags)
    if award.credits:
        achievement["creditsAvailable"] = award.credits
    return achievement


def _image(slug: str, award: Award) -> str:
    if award.proof is not Proof.NONE:
        return picture_url(slug)
    # What a person writes on their own has no site that could show its image.
    return "data:image/png;base64," + base64.b64encode(picture(slug)).decode()


def _list_url(issuer: Issuer) -> str:
    return f"https://{issuer.host}/status/1"


def _status_list(bench: Bench, name: str, revoked: list[int]) -> Json:
    url = _list_url(ISSUERS[name])
    vc: Json = {
        "@context": [VC2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": _did(bench, name),
        "validFrom": bench.moment(OLDEST),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": status.encode(revoked),
        },
    }
    return proofs.sign(vc, bench.memory.key_of(name), _method(bench, name), bench.memory.day)
