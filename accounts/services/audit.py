"""The record of what people did."""

from collections.abc import Sequence
from typing import Any

from django.db import models

from accounts.models import AuditEvent, User


def record(
    *, actor: User | None, action: str, target: models.Model | None = None, **detail: Any
) -> AuditEvent:
    """Write one line: `action` is noun.past_tense, `detail` holds no secret and no address."""
    return AuditEvent.objects.create(
        actor=actor,
        action=action,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        detail=detail,
    )


def record_many(
    *, actor: User | None, action: str, targets: Sequence[tuple[models.Model, dict[str, Any]]]
) -> None:
    """Write one line for each target, in one query."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            actor=actor,
            action=action,
            target_type=target._meta.label_lower,
            target_id=str(target.pk),
            detail=detail,
        )
        for target, detail in targets
    )
