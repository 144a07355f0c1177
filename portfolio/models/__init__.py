"""The nouns: pages, the links and documents made of them, and how all of it is taken along."""

from portfolio.models.card import Card
from portfolio.models.choice import LinkBadge
from portfolio.models.link import ShareLink, ShareLinkQuerySet
from portfolio.models.luggage import Export, ExportQuerySet, Restoration, RestorationQuerySet
from portfolio.models.opening import Opening
from portfolio.models.page import Entry, Page, PageQuerySet
from portfolio.models.transcript import Transcript, TranscriptQuerySet

__all__ = [
    "Card",
    "Entry",
    "Export",
    "ExportQuerySet",
    "LinkBadge",
    "Opening",
    "Page",
    "PageQuerySet",
    "Restoration",
    "RestorationQuerySet",
    "ShareLink",
    "ShareLinkQuerySet",
    "Transcript",
    "TranscriptQuerySet",
]
