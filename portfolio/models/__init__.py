"""The nouns: pages, the links and documents made of them, and how all of it is taken along."""

from portfolio.models.goal import Goal, GoalQuerySet, GoalSkill, OwnSkill, OwnSkillQuerySet
from portfolio.models.link import ShareLink, ShareLinkQuerySet
from portfolio.models.luggage import Export, ExportQuerySet, Restoration, RestorationQuerySet
from portfolio.models.page import Entry, Page, PageQuerySet
from portfolio.models.transcript import Transcript, TranscriptQuerySet

__all__ = [
    "Entry",
    "Export",
    "ExportQuerySet",
    "Goal",
    "GoalQuerySet",
    "GoalSkill",
    "OwnSkill",
    "OwnSkillQuerySet",
    "Page",
    "PageQuerySet",
    "Restoration",
    "RestorationQuerySet",
    "ShareLink",
    "ShareLinkQuerySet",
    "Transcript",
    "TranscriptQuerySet",
]
