"""Connected accounts at the staff's desk: which providers there are, and who recommends them."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import Inspector, as_text
from accounts.http import SignedInRequest
from accounts.services import audit
from badges.models import Connection, Provider


@admin.register(Provider)
class ProviderAdmin(Inspector):
    """Sites where accounts can be connected. What they call themselves proves nothing."""

    list_display = ("name", "host", "kind", "listed", "people", "registered_at")
    list_filter = ("listed", "kind")
    search_fields = ("host__startswith", "name__istartswith")
    search_help_text = gettext_lazy("The start of a host or of a name, or a whole id")
    ordering = ("name", "host")
    fields = (
        "id",
        "name",
        "host",
        "kind",
        "base",
        "found_at",
        "listed",
        "created_at",
        "registered_at",
        "secret_ends_at",
        "endpoints_shown",
    )
    readonly_fields = ("endpoints_shown",)
    actions = ("recommend", "stop_recommending")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        rows: QuerySet[Provider] = super().get_queryset(request)
        return rows.annotate(people_count=Count("connections"))

    @admin.display(description=gettext_lazy("people"))
    def people(self, provider: Provider) -> int:
        return int(getattr(provider, "people_count", 0))

    @admin.display(description=gettext_lazy("addresses"))
    def endpoints_shown(self, provider: Provider) -> SafeString:
        return as_text(provider.endpoints)

    @admin.action(description=gettext_lazy("Show to everybody"), permissions=["act"])
    def recommend(self, request: SignedInRequest, queryset: QuerySet[Provider]) -> None:
        self._list(request, queryset, listed=True)

    @admin.action(description=gettext_lazy("Stop showing to everybody"), permissions=["act"])
    def stop_recommending(self, request: SignedInRequest, queryset: QuerySet[Provider]) -> None:
        self._list(request, queryset, listed=False)

    def _list(
        self, request: SignedInRequest, queryset: QuerySet[Provider], *, listed: bool
    ) -> None:
        if not self.few_enough(request, queryset):
            return
        action = "provider.listed" if listed else "provider.unlisted"
        changed = 0
        for provider in queryset.exclude(listed=listed):
            changed += Provider.objects.filter(pk=provider.pk).update(listed=listed)
            audit.record(actor=request.user, action=action, target=provider, host=provider.host)
        words = ngettext("%(n)s provider changed.", "%(n)s providers changed.", changed)
        self.message_user(request, words % {"n": changed})


@admin.register(Connection)
class ConnectionAdmin(Inspector):
    """Who has connected what. The keys are shown to nobody."""

    list_display = ("owner", "provider", "connected_at", "since", "lapsed_at")
    list_select_related = ("owner", "provider")
    search_fields = ("owner__email__istartswith", "provider__host__startswith")
    search_help_text = gettext_lazy("The start of its owner’s address or of a host, or a whole id")
    ordering = ("-connected_at",)
    fields = (
        "id",
        "owner",
        "provider",
        "source",
        "scopes",
        "connected_at",
        "expires_at",
        "since",
        "whole_at",
        "renewals",
        "renewing_until",
        "lapsed_at",
    )
