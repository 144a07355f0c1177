"""Pages, links, documents and exports, for staff: to look at, and to close a door."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import Inspector, as_text
from accounts.http import SignedInRequest
from portfolio.models import (
    Card,
    Conversation,
    Entry,
    Export,
    Handle,
    Listing,
    Page,
    Restoration,
    Section,
    Sender,
    ShareLink,
    Signer,
    Transcript,
)
from portfolio.services import listing as listings
from portfolio.services import relay, sharing, signing

OWNER_HELP = gettext_lazy("The start of its owner’s address, or a whole id")


@admin.register(Page)
class PageAdmin(Inspector):
    """Pages. Their words are their owner's: staff may read them and not change them."""

    list_display = ("title", "owner", "entry_count", "hide_expired", "updated_at")
    list_select_related = ("owner",)
    search_fields = ("title__istartswith", "owner__email__istartswith")
    search_help_text = gettext_lazy("The start of a title or of an address, or a whole id")
    ordering = ("-updated_at",)
    fields = (
        "id",
        "owner",
        "title",
        "line",
        "intro",
        "hide_expired",
        "layout",
        "typeface",
        "accent",
        "created_at",
        "updated_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Page]:
        rows: QuerySet[Page] = super().get_queryset(request)
        return rows.annotate(entry_count=Count("entries"))

    @admin.display(description=gettext_lazy("badges"))
    def entry_count(self, page: Page) -> int:
        return int(getattr(page, "entry_count", 0))


@admin.register(Entry)
class EntryAdmin(Inspector):
    """Which badge stands where on which page."""

    list_display = ("page", "badge_shown", "position", "note_shown")
    list_select_related = ("page", "badge")
    search_fields = ("page__owner__email__istartswith", "page__title__istartswith")
    search_help_text = gettext_lazy("The start of an owner’s address or of a page’s title")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        rows: QuerySet[Entry] = super().get_queryset(request)
        return rows.defer("badge__document")

    @admin.display(description=gettext_lazy("badge"))
    def badge_shown(self, entry: Entry) -> str:
        return Truncator(entry.badge.name).chars(80)

    @admin.display(description=gettext_lazy("note"))
    def note_shown(self, entry: Entry) -> str:
        return Truncator(entry.note).chars(80)


@admin.register(Section)
class SectionAdmin(Inspector):
    """The parts of pages. Their words are their owner's."""

    list_display = ("page", "kind", "title", "position")
    list_filter = ("kind",)
    list_select_related = ("page",)
    search_fields = ("page__owner__email__istartswith", "page__title__istartswith")
    search_help_text = gettext_lazy("The start of an owner’s address or of a page’s title")
    ordering = ("-id",)


@admin.register(Handle)
class HandleAdmin(Inspector):
    """Public addresses: who has which name, and since when."""

    list_display = ("name", "owner", "taken_at", "released_at")
    list_filter = (("released_at", admin.EmptyFieldListFilter),)
    list_select_related = ("owner",)
    search_fields = ("name__istartswith", "owner__email__istartswith")
    search_help_text = gettext_lazy("The start of a name, or of its owner’s address")
    ordering = ("name",)


@admin.register(ShareLink)
class ShareLinkAdmin(Inspector):
    """Share links. Their tokens and passwords open doors, so staff never see them."""

    list_display = ("label", "owner", "page", "visibility", "locked", "ends_at", "withdrawn_at")
    list_filter = ("visibility", ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("page__owner",)
    search_fields = ("page__owner__email__istartswith", "label__istartswith")
    search_help_text = gettext_lazy("The start of an owner’s address or of a label, or a whole id")
    ordering = ("-created_at",)
    fields = (
        "id",
        "page",
        "label",
        "visibility",
        "name_shown",
        "locked",
        "pdf_allowed",
        "originals_allowed",
        "own_choice",
        "ends_at",
        "created_at",
        "withdrawn_at",
    )
    readonly_fields = ("locked",)
    actions = ("withdraw",)

    @admin.display(description=gettext_lazy("owner"))
    def owner(self, link: ShareLink) -> str:
        return str(link.page.owner)

    @admin.display(description=gettext_lazy("has a password"), boolean=True)
    def locked(self, link: ShareLink) -> bool:
        return link.is_locked

    @admin.action(description=gettext_lazy("Withdraw"), permissions=["act"])
    def withdraw(self, request: SignedInRequest, queryset: QuerySet[ShareLink]) -> None:
        if not self.few_enough(request, queryset):
            return
        open_ones = list(queryset.filter(withdrawn_at=None).select_related("page__owner"))
        for link in open_ones:
            sharing.withdraw(link=link, actor=request.user, now=timezone.now())
        words = ngettext("%(n)s link withdrawn.", "%(n)s links withdrawn.", len(open_ones))
        self.message_user(request, words % {"n": len(open_ones)})


@admin.register(Card)
class CardAdmin(Inspector):
    """Social cards: how the drawing of each went. The picture itself is behind its link."""

    list_display = ("link", "owner", "state", "attempts", "started_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("link__page__owner",)
    search_fields = ("link__page__owner__email__istartswith", "link__label__istartswith")
    search_help_text = gettext_lazy("The start of an owner’s address or of a link’s label")
    ordering = ("-id",)
    fields = ("link", "owner", "state", "attempts", "created_at", "started_at", "finished_at")
    readonly_fields = ("owner",)

    @admin.display(description=gettext_lazy("owner"))
    def owner(self, card: Card) -> str:
        return str(card.link.page.owner)


@admin.register(Transcript)
class TranscriptAdmin(Inspector):
    """Documents that were made: what each said that day, and how its making went."""

    list_display = ("code", "owner", "page", "state", "language", "created_at", "finished_at")
    list_filter = ("state", "paper", "language")
    list_select_related = ("owner", "page")
    search_fields = ("code__startswith", "owner__email__istartswith")
    search_help_text = gettext_lazy("The start of a code or of an owner’s address, or a whole id")
    ordering = ("-created_at",)
    fields = (
        "id",
        "code",
        "owner",
        "page",
        "link",
        "paper",
        "language",
        "full_detail",
        "skills_table",
        "evidence",
        "mark_unverified",
        "originals",
        "mail_when_ready",
        "state",
        "step",
        "attempts",
        "error",
        "digest",
        "size",
        "pages_count",
        "signer",
        "stored_as",
        "created_at",
        "started_at",
        "finished_at",
        "snapshot_shown",
    )
    readonly_fields = ("stored_as", "snapshot_shown")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transcript]:
        rows: QuerySet[Transcript] = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and match.url_name == "portfolio_transcript_changelist":
            return rows.defer("snapshot")
        return rows

    @admin.display(description=gettext_lazy("stored as"))
    def stored_as(self, transcript: Transcript) -> str:
        return str(transcript.file)

    @admin.display(description=gettext_lazy("what it said"))
    def snapshot_shown(self, transcript: Transcript) -> SafeString:
        return as_text(transcript.snapshot)


@admin.register(Export)
class ExportAdmin(Inspector):
    """Who took everything along, and how the making of it went. Staff cannot take the file."""

    list_display = ("owner", "state", "badges", "pages", "created_at", "expires_at")
    list_filter = ("state",)
    list_select_related = ("owner",)
    search_fields = ("owner__email__istartswith",)
    search_help_text = OWNER_HELP
    ordering = ("-created_at",)
    fields = (
        "id",
        "owner",
        "state",
        "attempts",
        "error",
        "badges",
        "pages",
        "damaged",
        "files_shown",
        "created_at",
        "started_at",
        "finished_at",
        "expires_at",
    )
    readonly_fields = ("files_shown",)

    @admin.display(description=gettext_lazy("files"))
    def files_shown(self, export: Export) -> SafeString:
        return as_text(export.files)


@admin.register(Restoration)
class RestorationAdmin(Inspector):
    """Exports that came home: what was made of them, and what was not."""

    list_display = ("owner", "state", "created_at", "finished_at", "undone_at")
    list_filter = ("state",)
    list_select_related = ("item__job__owner",)
    search_fields = ("item__job__owner__email__istartswith",)
    search_help_text = OWNER_HELP
    ordering = ("-created_at",)
    fields = (
        "id",
        "item",
        "owner",
        "state",
        "attempts",
        "error",
        "counts_shown",
        "made_shown",
        "created_at",
        "started_at",
        "finished_at",
        "undone_at",
    )
    readonly_fields = ("owner", "counts_shown", "made_shown")

    @admin.display(description=gettext_lazy("owner"))
    def owner(self, row: Restoration) -> str:
        return str(row.item.job.owner)

    @admin.display(description=gettext_lazy("what came home"))
    def counts_shown(self, row: Restoration) -> SafeString:
        return as_text(row.counts)

    @admin.display(description=gettext_lazy("what was made"))
    def made_shown(self, row: Restoration) -> SafeString:
        return as_text(row.made)


@admin.register(Listing)
class ListingAdmin(Inspector):
    """Who can be found in the directory. Staff may take somebody out; only they come back in."""

    list_display = ("headline", "owner", "listed", "place", "indexed", "listed_at")
    list_filter = ("listed", "indexed")
    list_select_related = ("owner",)
    search_fields = ("owner__email__istartswith", "headline__istartswith")
    search_help_text = gettext_lazy("The start of an address or of a headline")
    fields = (
        "public_id",
        "owner",
        "listed",
        "headline",
        "place",
        "open_to",
        "name_shown",
        "page",
        "stated_too",
        "indexed",
        "of_age_at",
        "created_at",
        "listed_at",
        "proven_badges",
        "refresh_at",
    )
    actions = ("pause",)

    @admin.action(description=gettext_lazy("Take out of the directory"), permissions=["act"])
    def pause(self, request: SignedInRequest, queryset: QuerySet[Listing]) -> None:
        if not self.few_enough(request, queryset):
            return
        there = list(queryset.filter(listed=True).select_related("link", "owner"))
        for listing in there:
            listings.pause(listing=listing, actor=request.user, now=timezone.now())
        words = ngettext("%(n)s person taken out.", "%(n)s people taken out.", len(there))
        self.message_user(request, words % {"n": len(there)})


@admin.register(Sender)
class SenderAdmin(Inspector):
    """Addresses from which people in the directory were written to. Staff may close one."""

    list_display = ("key", "conversation_count", "report_count", "created_at", "closed_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
    search_fields = ("key__istartswith",)
    search_help_text = gettext_lazy("The start of an address, or a whole id")
    ordering = ("-created_at",)
    fields = ("id", "key", "created_at", "closed_at")
    actions = ("close", "reopen")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sender]:
        rows: QuerySet[Sender] = super().get_queryset(request)
        return rows.annotate(
            conversation_count=Count("conversations"),
            report_count=Count("conversations__reported_at"),
        )

    @admin.display(description=gettext_lazy("conversations"))
    def conversation_count(self, sender: Sender) -> int:
        return int(getattr(sender, "conversation_count", 0))

    @admin.display(description=gettext_lazy("reports"))
    def report_count(self, sender: Sender) -> int:
        return int(getattr(sender, "report_count", 0))

    @admin.action(description=gettext_lazy("Close"), permissions=["act"])
    def close(self, request: SignedInRequest, queryset: QuerySet[Sender]) -> None:
        if not self.few_enough(request, queryset):
            return
        open_ones = list(queryset.filter(closed_at=None))
        for sender in open_ones:
            relay.close(sender=sender, actor=request.user, now=timezone.now())
        words = ngettext("%(n)s address closed.", "%(n)s addresses closed.", len(open_ones))
        self.message_user(request, words % {"n": len(open_ones)})

    @admin.action(description=gettext_lazy("Open again"), permissions=["act"])
    def reopen(self, request: SignedInRequest, queryset: QuerySet[Sender]) -> None:
        if not self.few_enough(request, queryset):
            return
        closed = list(queryset.filter(closed_at__isnull=False))
        for sender in closed:
            relay.reopen(sender=sender, actor=request.user)
        words = ngettext("%(n)s address opened.", "%(n)s addresses opened.", len(closed))
        self.message_user(request, words % {"n": len(closed)})


@admin.register(Conversation)
class ConversationAdmin(Inspector):
    """Who wrote to whom. What they wrote is theirs, unless its learner has reported it to us."""

    list_display = ("sender_email", "owner", "proven_at", "reported_at", "blocked_at", "last_at")
    list_filter = (
        ("reported_at", admin.EmptyFieldListFilter),
        ("proven_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("owner",)
    search_fields = ("sender_email__istartswith", "owner__email__istartswith")
    search_help_text = gettext_lazy("The start of an address of either, or a whole id")
    ordering = ("-last_at",)
    fields = (
        "id",
        "owner",
        "sender",
        "sender_email",
        "sender_name",
        "organisation",
        "created_at",
        "proven_at",
        "last_at",
        "blocked_at",
        "reported_at",
        "what_was_written",
    )
    readonly_fields = ("what_was_written",)

    @admin.display(description=gettext_lazy("what was written"))
    def what_was_written(self, conversation: Conversation) -> SafeString:
        if conversation.reported_at is None:
            return as_text([])
        rows = conversation.messages.order_by("created_at", "pk")
        return as_text(
            [
                {"to": "learner" if row.to_learner else "sender", "text": row.text}
                for row in rows[:200]
            ]
        )


@admin.register(Signer)
class SignerAdmin(Inspector):
    """Certificates with which documents were signed. A key is never shown."""

    list_display = ("name", "digest_shown", "key_kept", "created_at", "retired_at")
    search_fields = ("name__istartswith", "digest__startswith")
    search_help_text = gettext_lazy("The start of a name or of a SHA-256")
    fields = ("name", "digest", "key_kept", "certificate", "created_at", "retired_at")
    readonly_fields = ("key_kept",)
    actions = ("retire",)

    @admin.display(description="SHA-256")
    def digest_shown(self, signer: Signer) -> str:
        return f"{signer.digest[:16]}…"

    @admin.display(description=gettext_lazy("key kept here"), boolean=True)
    def key_kept(self, signer: Signer) -> bool:
        return bool(signer.sealed_key)

    @admin.action(
        description=gettext_lazy("Retire: forget the key, and make a new one when it is needed"),
        permissions=["act"],
    )
    def retire(self, request: SignedInRequest, queryset: QuerySet[Signer]) -> None:
        if not self.few_enough(request, queryset):
            return
        rows = list(queryset.filter(retired_at=None))
        for signer in rows:
            signing.retire(signer=signer, actor=request.user, now=timezone.now())
        words = ngettext("%(n)s certificate retired.", "%(n)s certificates retired.", len(rows))
        self.message_user(request, words % {"n": len(rows)})
