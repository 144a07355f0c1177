"""What an export says of a badge, its checks, a link and a source, as plain values.

The names are those of docs/export-format.md. They stay, whatever the columns come to be called.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from badges.models import Badge, Original, Skill, Source, Verification
from portfolio.models import ShareLink

Json = dict[str, Any]


def moment(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def facts(badge: Badge) -> Json:
    """What is known of a badge, for programs and for a person with a text editor."""
    return {
        "id": str(badge.pk),
        "name": badge.name,
        "description": badge.description,
        "criteria": badge.criteria_text,
        "criteria_url": badge.criteria_url,
        "kind": badge.achievement_type,
        "issuer": issuer_of(badge),
        "issued_at": moment(badge.issued_at),
        "expires_at": moment(badge.expires_at),
        "open_badges_version": badge.version,
        "format": badge.format,
        "credential_id": badge.credential_id,
        "skills": [
            skill_of(link.skill) | {"how": link.how}
            for link in badge.skill_links.select_related("skill").order_by(
                "skill__name", "skill__key"
            )
        ],
        "declined_skills": [
            skill_of(no.skill)
            for no in badge.declined_skills.select_related("skill").order_by("skill__key")
        ],
        "tags": list(badge.tags.order_by("key").values_list("name", flat=True)),
        "reflections": [
            {"on": one.on.isoformat(), "text": one.text, "created_at": moment(one.created_at)}
            for one in badge.reflections.order_by("created_at", "pk")
        ],
        "evidence": badge.evidence,
        "alignments": badge.alignments,
        "image_url": badge.image_url,
        "added_at": moment(badge.added_at),
        "source_url": badge.source_url,
        "source": str(badge.source_id) if badge.source_id else "",
        "unlisted_at": moment(badge.unlisted_at),
        "rests_on": badge.basis,
        "stated_by": badge.stated_by,
        "seen_at": moment(badge.seen_at),
        "state": {
            "result": badge.result,
            "trust": badge.trust,
            "recipient": badge.recipient,
            "host": badge.host,
            "checked_at": moment(badge.checked_at),
            "unknown_since": moment(badge.unknown_since),
        },
    }


def skill_of(skill: Skill) -> Json:
    return {"name": skill.name, "url": skill.url, "framework": skill.framework}


def issuer_of(badge: Badge) -> Json:
    if badge.issuer is None:
        return {}
    return {
        "name": badge.issuer.name,
        "identifier": badge.issuer.identifier,
        "url": badge.issuer.url,
    }


def original_of(original: Original | None, name: str) -> Json:
    if original is None:
        return {}
    return {
        "file": name,
        "name": original.name,
        "sha256": original.digest,
        "received_at": moment(original.received_at),
    }


def checks(rows: Iterable[Verification]) -> Iterator[Json]:
    """The checks, those that answered the same one after another told once with all their days.

    A badge that is looked at weekly has five hundred checks after ten years, and nine answers.
    """
    told: Json | None = None
    for row in rows:
        answer = {
            "result": row.result,
            "trust": row.trust,
            "host": row.host,
            "made_here": not row.imported,
            "findings": row.findings,
            "inside": row.parts,
        }
        if told is not None and all(told[key] == value for key, value in answer.items()):
            told["at"].append(moment(row.checked_at))
            continue
        if told is not None:
            yield told
        told = {"at": [moment(row.checked_at)], **answer}
    if told is not None:
        yield told


def link_of(link: ShareLink) -> Json:
    """The terms of a link. Its token and password open doors, and stay out."""
    return {
        "label": link.label,
        "visibility": link.visibility,
        "name_shown": link.name_shown,
        "has_password": link.is_locked,
        "pdf_allowed": link.pdf_allowed,
        "created_at": moment(link.created_at),
        "ends_at": moment(link.ends_at),
        "withdrawn_at": moment(link.withdrawn_at),
    }


def source_of(source: Source) -> Json:
    return {
        "id": str(source.pk),
        "reader": source.reader,
        "title": source.title,
        "url": source.url,
        "answers": source.answers,
        "when_new": source.mode,
        "paused": source.paused,
        "created_at": moment(source.created_at),
        "looked_at": moment(source.looked_at),
    }
