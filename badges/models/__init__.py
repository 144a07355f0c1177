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
from badges.models.connection import (
    Connection,
    ConnectionQuerySet,
    ConnectionRequest,
    Provider,
)
from badges.models.history import HistoryEntry
from badges.models.imports import ImportItem, ImportJob
from badges.models.inspection import Inspection, InspectionQuerySet
from badges.models.issuer import Issuer
from badges.models.organising import (
    KEPT_ASIDE,
    Evidence,
    PutAside,
    PutAsideQuerySet,
    Reflection,
    Tag,
    Tagging,
    TagQuerySet,
)
from badges.models.registry import KnownIssuer, KnownName
from badges.models.searching import SearchText, SearchWord
from badges.models.skill import BadgeSkill, DeclinedSkill, How, Skill, SkillAlias
from badges.models.source import Source, SourceQuerySet
from badges.models.web import HostState, RememberedAnswer
from badges.models.work import LostClaim, Work, WorkQuerySet

__all__ = [
    "KEPT_ASIDE",
    "Badge",
    "BadgeQuerySet",
    "BadgeSkill",
    "Basis",
    "Connection",
    "ConnectionQuerySet",
    "ConnectionRequest",
    "DeclinedSkill",
    "Evidence",
    "HistoryEntry",
    "HostState",
    "How",
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
    "Provider",
    "PutAside",
    "PutAsideQuerySet",
    "Recipient",
    "Reflection",
    "RememberedAnswer",
    "Result",
    "SearchText",
    "SearchWord",
    "Skill",
    "SkillAlias",
    "Source",
    "SourceQuerySet",
    "SupportingDocument",
    "Tag",
    "TagQuerySet",
    "Tagging",
    "Trust",
    "Verification",
    "Work",
    "WorkQuerySet",
]
