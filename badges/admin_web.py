"""What workers remember of other sites, at the staff's desk: answers kept, and sites that rest."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import Inspector, as_text
from accounts.http import SignedInRequest
from accounts.services import audit
from badges.models import HostState, RememberedAnswer


@admin.register(HostState)
class HostStateAdmin(Inspector):
    """Sites that failed lately, and until when they are left alone."""

    list_display = ("host", "failures", "failed_at", "rest_until")
    search_fields = ("host__startswith",)
    ordering = ("-failed_at",)
    actions = ("ask_again",)

    @admin.action(description=gettext_lazy("Ask these sites again now"), permissions=["act"])
    def ask_again(self, request: SignedInRequest, queryset: QuerySet[HostState]) -> None:
        if not self.few_enough(request, queryset):
            return
        hosts = list(queryset.values_list("host", flat=True))
        queryset.delete()
        audit.record(actor=request.user, action="host.rest_ended", hosts=hosts)
        words = ngettext("%(n)s site is asked again.", "%(n)s sites are asked again.", len(hosts))
        self.message_user(request, words % {"n": len(hosts)})


@admin.register(RememberedAnswer)
class RememberedAnswerAdmin(Inspector):
    """Issuers' documents that all workers share while they are fresh."""

    list_display = ("url_shown", "status", "content_type", "fetched_at")
    search_fields = ("url__startswith",)
    search_help_text = gettext_lazy("The start of an address")
    ordering = ("-fetched_at",)
    fields = ("url", "final_url", "status", "content_type", "fetched_at", "body_shown")
    readonly_fields = ("body_shown",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RememberedAnswer]:
        rows: QuerySet[RememberedAnswer] = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and match.url_name == "badges_rememberedanswer_changelist":
            return rows.defer("body")
        return rows

    @admin.display(description=gettext_lazy("address"))
    def url_shown(self, answer: RememberedAnswer) -> str:
        return Truncator(answer.url).chars(80)

    @admin.display(description=gettext_lazy("document"))
    def body_shown(self, answer: RememberedAnswer) -> SafeString:
        return as_text(answer.body)
