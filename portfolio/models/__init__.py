"""The nouns: pages, the links and documents made of them, and how all of it is taken along."""

from portfolio.models.card import Card
from portfolio.models.choice import LinkBadge
from portfolio.models.goal import Goal, GoalQuerySet, GoalSkill, OwnSkill, OwnSkillQuerySet
from portfolio.models.handle import Handle, HandleQuerySet
from portfolio.models.link import ShareLink, ShareLinkQuerySet
from portfolio.models.luggage import Export, ExportQuerySet, Restoration, RestorationQuerySet
from portfolio.models.opening import Opening
from portfolio.models.page import (
    Accent,
    Entry,
    Layout,
    Page,
    PageQuerySet,
    Section,
    Step,
    Typeface,
)
from portfolio.models.transcript import Transcript, TranscriptQuerySet

__all__ = [
    "Accent",
    "Card",
    "Entry",
    "Export",
    "ExportQuerySet",
    "Goal",
    "GoalQuerySet",
    "GoalSkill",
    "Handle",
    "HandleQuerySet",
    "Layout",
    "LinkBadge",
    "Opening",
    "OwnSkill",
    "OwnSkillQuerySet",
    "Page",
    "PageQuerySet",
    "Restoration",
    "RestorationQuerySet",
    "Section",
    "ShareLink",
    "ShareLinkQuerySet",
    "Step",
    "Transcript",
    "TranscriptQuerySet",
    "Typeface",
]
