"""The nouns: credentials, who issued them, and the work of bringing them in."""

from badges.models.badge import (
    Badge,
    BadgeQuerySet,
    Basis,
    Original,
    Picture,
    Recipient,
    Result,
    SupportingDocument,
    Trust,
    Verification,
)
from badges.models.history import HistoryEntry
from badges.models.imports import ImportItem, ImportJob
from badges.models.inspection import Inspection, InspectionQuerySet
from badges.models.issuer import Issuer
from badges.models.registry import KnownIssuer, KnownName
from badges.models.skill import Skill
from badges.models.source import Source, SourceQuerySet
from badges.models.web import HostState, RememberedAnswer
from badges.models.work import LostClaim, Work, WorkQuerySet

__all__ = [
    "Badge",
    "BadgeQuerySet",
    "Basis",
    "HistoryEntry",
    "HostState",
    "ImportItem",
    "ImportJob",
    "Inspection",
    "InspectionQuerySet",
    "Issuer",
    "KnownIssuer",
    "KnownName",
    "LostClaim",
    "Original",
    "Picture",
    "Recipient",
    "RememberedAnswer",
    "Result",
    "Skill",
    "Source",
    "SourceQuerySet",
    "SupportingDocument",
    "Trust",
    "Verification",
    "Work",
    "WorkQuerySet",
]
