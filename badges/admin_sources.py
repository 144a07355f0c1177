"""What learners follow and what happened to their badges, for staff: to look at, not to change."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.admin import Inspector, as_text
from badges.models import HistoryEntry, Source


@admin.register(Source)
class SourceAdmin(Inspector):
    """Sources: who follows what, and how the looks went."""

    list_display = ("title", "owner", "reader", "looked_at", "next_look_at", "broken_since")
    list_filter = ("reader", "paused", "mode")
    list_select_related = ("owner",)
    search_fields = ("owner__email__istartswith", "title__istartswith")
    search_help_text = gettext_lazy("The start of an owner’s address or of a name")
    ordering = ("-created_at",)
    fields = (
        "id",
        "owner",
        "reader",
        "title",
        "url",
        "mode",
        "paused",
        "created_at",
        "looked_at",
        "next_look_at",
        "failures",
        "broken_since",
        "trouble",
    )


@admin.register(HistoryEntry)
class HistoryEntryAdmin(Inspector):
    """What happened to badges."""

    list_display = ("at", "badge", "kind")
    list_filter = ("kind",)
    list_select_related = ("badge",)
    search_fields = ("badge__owner__email__istartswith", "=badge__id")
    search_help_text = gettext_lazy("The start of an owner’s address, or a badge’s whole id")
    ordering = ("-id",)
    fields = ("badge", "at", "kind", "detail_shown", "original")
    readonly_fields = ("detail_shown",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[HistoryEntry]:
        rows: QuerySet[HistoryEntry] = super().get_queryset(request)
        return rows.defer("badge__document", "document")

    @admin.display(description=gettext_lazy("details"))
    def detail_shown(self, entry: HistoryEntry) -> SafeString:
        return as_text(entry.detail)
