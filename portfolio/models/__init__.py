"""The nouns: pages, the links and documents made of them, and how all of it is taken along."""

from portfolio.models.link import ShareLink, ShareLinkQuerySet
from portfolio.models.listing import ListedSkill, ListedWord, Listing, ListingQuerySet, OpenTo
from portfolio.models.luggage import Export, ExportQuerySet, Restoration, RestorationQuerySet
from portfolio.models.page import Entry, Page, PageQuerySet
from portfolio.models.relay import (
    Conversation,
    ConversationQuerySet,
    Message,
    MessageQuerySet,
    Sender,
)
from portfolio.models.transcript import Transcript, TranscriptQuerySet

__all__ = [
    "Conversation",
    "ConversationQuerySet",
    "Entry",
    "Export",
    "ExportQuerySet",
    "ListedSkill",
    "ListedWord",
    "Listing",
    "ListingQuerySet",
    "Message",
    "MessageQuerySet",
    "OpenTo",
    "Page",
    "PageQuerySet",
    "Restoration",
    "RestorationQuerySet",
    "Sender",
    "ShareLink",
    "ShareLinkQuerySet",
    "Transcript",
    "TranscriptQuerySet",
]
