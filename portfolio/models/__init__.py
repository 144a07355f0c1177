"""The nouns: pages, the links and documents made of them, and how all of it is taken along."""

from portfolio.models.card import Card
from portfolio.models.choice import LinkBadge
from portfolio.models.goal import Goal, GoalQuerySet, GoalSkill, OwnSkill, OwnSkillQuerySet
from portfolio.models.handle import Handle, HandleQuerySet
from portfolio.models.link import ShareLink, ShareLinkQuerySet
from portfolio.models.listing import ListedSkill, ListedWord, Listing, ListingQuerySet, OpenTo
from portfolio.models.luggage import Export, ExportQuerySet, Restoration, RestorationQuerySet
from portfolio.models.opening import Opening
from portfolio.models.page import Accent, Entry, Layout, Page, PageQuerySet, Section, Step, Typeface
from portfolio.models.relay import (
    Conversation,
    ConversationQuerySet,
    Message,
    MessageQuerySet,
    Sender,
)
from portfolio.models.signer import Signer, SignerQuerySet
from portfolio.models.transcript import Transcript, TranscriptQuerySet

__all__ = [
    "Accent",
    "Card",
    "Conversation",
    "ConversationQuerySet",
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
    "ListedSkill",
    "ListedWord",
    "Listing",
    "ListingQuerySet",
    "Message",
    "MessageQuerySet",
    "OpenTo",
    "Opening",
    "OwnSkill",
    "OwnSkillQuerySet",
    "Page",
    "PageQuerySet",
    "Restoration",
    "RestorationQuerySet",
    "Section",
    "Sender",
    "ShareLink",
    "ShareLinkQuerySet",
    "Signer",
    "SignerQuerySet",
    "Step",
    "Transcript",
    "TranscriptQuerySet",
    "Typeface",
]
