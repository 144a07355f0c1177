"""Badges, their checks and their imports, for staff: to look at, to check and to retry."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import Inspector, as_text
from accounts.http import SignedInRequest
from accounts.services import audit
from badges.admin_accounts import ConnectionAdmin, ProviderAdmin
from badges.admin_registry import KnownIssuerAdmin
from badges.admin_skills import SkillAdmin
from badges.admin_sources import HistoryEntryAdmin, SourceAdmin
from badges.admin_web import HostStateAdmin, RememberedAnswerAdmin
from badges.models import (
    Badge,
    ImportItem,
    ImportJob,
    Issuer,
    Original,
    Picture,
    SupportingDocument,
    Verification,
)
from badges.services import imports, verification

__all__ = [  # they register themselves
    "ConnectionAdmin",
    "HistoryEntryAdmin",
    "HostStateAdmin",
    "KnownIssuerAdmin",
    "ProviderAdmin",
    "RememberedAnswerAdmin",
    "SkillAdmin",
    "SourceAdmin",
]

BY_OWNER = ("owner__email__istartswith",)
OWNER_HELP = gettext_lazy("The start of its owner’s address, or a whole id")


def short(text: str) -> str:
    """A name of any length, for a cell of a table."""
    return Truncator(text).chars(80)


@admin.register(Badge)
class BadgeAdmin(Inspector):
    """Badges. Their columns are read from the document, so nobody edits them."""

    list_display = ("name_shown", "owner", "issuer_shown", "result", "trust", "checked_at")
    list_filter = ("result", "trust", "recipient")
    list_select_related = ("owner", "issuer")
    search_fields = ("name__istartswith", *BY_OWNER)
    search_help_text = gettext_lazy(
        "The start of a badge’s name or of its owner’s address, or a whole id"
    )
    ordering = ("-added_at",)
    fields = (
        "id",
        "owner",
        "name",
        "issuer",
        "description",
        "criteria_text",
        "criteria_url",
        "achievement_type",
        "issued_at",
        "expires_at",
        "skills_shown",
        "version",
        "format",
        "credential_id",
        "source_url",
        "original",
        "evidence_file",
        "added_at",
        "result",
        "trust",
        "recipient",
        "host",
        "checked_at",
        "unknown_since",
        "next_check_at",
        "check_lease_until",
        "check_attempts",
        "checks",
        "evidence_shown",
        "alignments_shown",
        "document_shown",
    )
    readonly_fields = (
        "skills_shown",
        "checks",
        "evidence_shown",
        "alignments_shown",
        "document_shown",
    )
    actions = ("check_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Badge]:
        rows: QuerySet[Badge] = super().get_queryset(request)
        match = request.resolver_match
        # A list must not read a hundred documents to show a hundred names.
        if match is not None and match.url_name == "badges_badge_changelist":
            return rows.only(
                "name", "owner", "issuer", "result", "trust", "checked_at", "added_at",
                "owner__email", "owner__name", "issuer__name", "issuer__identifier",
            )  # fmt: skip
        return rows

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def name_shown(self, badge: Badge) -> str:
        return short(badge.name)

    @admin.display(description=gettext_lazy("issuer"))
    def issuer_shown(self, badge: Badge) -> str:
        return short(str(badge.issuer)) if badge.issuer else "–"

    @admin.display(description=gettext_lazy("skills"))
    def skills_shown(self, badge: Badge) -> str:
        links = badge.skill_links.select_related("skill").order_by("skill__name")
        return "; ".join(f"{link.skill} ({link.get_how_display()})" for link in links) or "–"

    @admin.display(description=gettext_lazy("checks"))
    def checks(self, badge: Badge) -> SafeString:
        address = reverse("admin:badges_verification_changelist")
        count = badge.verifications.count()
        words = ngettext("%(n)s check", "%(n)s checks", count) % {"n": count}
        return format_html('<a href="{}?badge__id__exact={}">{}</a>', address, badge.pk, words)

    @admin.display(description=gettext_lazy("evidence"))
    def evidence_shown(self, badge: Badge) -> SafeString:
        return as_text(badge.evidence)

    @admin.display(description=gettext_lazy("alignments"))
    def alignments_shown(self, badge: Badge) -> SafeString:
        return as_text(badge.alignments)

    @admin.display(description=gettext_lazy("document"))
    def document_shown(self, badge: Badge) -> SafeString:
        return as_text(badge.document)

    @admin.action(description=gettext_lazy("Check again"), permissions=["act"])
    def check_again(self, request: SignedInRequest, queryset: QuerySet[Badge]) -> None:
        if not self.few_enough(request, queryset):
            return
        for badge in queryset:
            audit.record(actor=request.user, action="badge.check_asked_by_staff", target=badge)
        chosen = Badge.objects.filter(pk__in=[badge.pk for badge in queryset])
        asked = verification.request_check(badges=chosen, now=timezone.now())
        words = ngettext("%(n)s badge is being checked.", "%(n)s badges are being checked.", asked)
        self.message_user(request, words % {"n": asked})


@admin.register(Verification)
class VerificationAdmin(Inspector):
    """Every check of every badge. Written once by the checker, changed by nobody."""

    list_display = ("checked_at", "badge_shown", "result", "trust", "host")
    list_filter = ("result", "trust")
    list_select_related = ("badge",)
    search_fields = ("badge__owner__email__istartswith", "host__istartswith")
    search_help_text = gettext_lazy("The start of an owner’s address or of a host")
    ordering = ("-id",)
    fields = ("badge", "checked_at", "result", "trust", "host", "findings_shown")
    readonly_fields = ("findings_shown",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Verification]:
        rows: QuerySet[Verification] = super().get_queryset(request)
        return rows.defer("badge__document")

    @admin.display(description=gettext_lazy("badge"))
    def badge_shown(self, check: Verification) -> str:
        return short(check.badge.name)

    @admin.display(description=gettext_lazy("findings"))
    def findings_shown(self, check: Verification) -> SafeString:
        return as_text(check.findings)


@admin.register(Issuer)
class IssuerAdmin(Inspector):
    """Who badges say issued them."""

    list_display = ("name_shown", "identifier_shown", "badge_count", "created_at")
    search_fields = ("name__istartswith", "identifier__istartswith")
    search_help_text = gettext_lazy("The start of a name or of an identifier, or a whole id")
    ordering = ("-created_at",)
    fields = ("id", "name", "identifier", "url", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Issuer]:
        rows: QuerySet[Issuer] = super().get_queryset(request)
        return rows.annotate(badge_count=Count("badges"))

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def name_shown(self, issuer: Issuer) -> str:
        return short(issuer.name)

    @admin.display(description=gettext_lazy("identifier"))
    def identifier_shown(self, issuer: Issuer) -> str:
        return short(issuer.identifier)

    @admin.display(description=gettext_lazy("badges"))
    def badge_count(self, issuer: Issuer) -> int:
        return int(getattr(issuer, "badge_count", 0))


@admin.register(Original)
class OriginalAdmin(Inspector):
    """Files as they came. They are downloaded by their owners, not here."""

    list_display = ("name", "owner", "bytes", "digest_shown", "received_at")
    list_select_related = ("owner",)
    search_fields = ("digest__startswith", *BY_OWNER)
    search_help_text = gettext_lazy("The start of a digest or of an owner’s address, or a whole id")
    ordering = ("-received_at",)
    fields = ("id", "owner", "name", "bytes", "digest", "stored_as", "received_at")
    readonly_fields = ("bytes", "stored_as")

    @admin.display(description=gettext_lazy("size"), ordering="size")
    def bytes(self, original: Original) -> str:
        return filesizeformat(original.size)

    @admin.display(description="SHA-256")
    def digest_shown(self, original: Original) -> str:
        return original.digest[:16]

    @admin.display(description=gettext_lazy("stored as"))
    def stored_as(self, original: Original) -> str:
        # The name and not a link: media has no public address.
        return str(original.file)


@admin.register(Picture)
class PictureAdmin(Inspector):
    """Badges' images, made safe to show."""

    list_display = ("digest_shown", "width", "height", "created_at")
    search_fields = ("digest__startswith",)
    search_help_text = gettext_lazy("The start of a digest")
    ordering = ("-created_at",)
    fields = ("digest", "shown", "width", "height", "created_at")
    readonly_fields = ("shown",)

    @admin.display(description="SHA-256")
    def digest_shown(self, picture: Picture) -> str:
        return picture.digest[:16]

    @admin.display(description=gettext_lazy("picture"))
    def shown(self, picture: Picture) -> SafeString:
        address = reverse("badges:picture", args=[picture.pk, "small"])
        return format_html('<img src="{}" alt="" width="96" height="96">', address)


@admin.register(SupportingDocument)
class SupportingDocumentAdmin(Inspector):
    """What checks fetched, kept so that a badge outlives its issuer's site."""

    list_display = ("url_shown", "badge_shown", "content_type", "fetched_at")
    list_select_related = ("badge",)
    search_fields = ("url__startswith",)
    search_help_text = gettext_lazy("The start of an address")
    ordering = ("-id",)
    fields = ("badge", "url", "content_type", "fetched_at", "body_shown")
    readonly_fields = ("body_shown",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportingDocument]:
        rows: QuerySet[SupportingDocument] = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and match.url_name == "badges_supportingdocument_changelist":
            return rows.defer("body", "badge__document")
        return rows

    @admin.display(description=gettext_lazy("address"))
    def url_shown(self, document: SupportingDocument) -> str:
        return short(document.url)

    @admin.display(description=gettext_lazy("badge"))
    def badge_shown(self, document: SupportingDocument) -> str:
        return short(document.badge.name)

    @admin.display(description=gettext_lazy("document"))
    def body_shown(self, document: SupportingDocument) -> SafeString:
        return as_text(document.body)


@admin.register(ImportJob)
class ImportJobAdmin(Inspector):
    """Imports: how far each is, and whether a worker is at it."""

    list_display = ("created_at", "owner", "state", "attempts", "item_count", "finished_at")
    list_filter = ("state",)
    list_select_related = ("owner",)
    search_fields = BY_OWNER
    search_help_text = OWNER_HELP
    ordering = ("-created_at",)
    fields = (
        "id",
        "owner",
        "state",
        "attempts",
        "created_at",
        "run_after",
        "started_at",
        "lease_until",
        "finished_at",
        "items_shown",
    )
    readonly_fields = ("items_shown",)
    actions = ("retry",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportJob]:
        rows: QuerySet[ImportJob] = super().get_queryset(request)
        return rows.annotate(item_count=Count("items"))

    @admin.display(description=gettext_lazy("items"))
    def item_count(self, job: ImportJob) -> int:
        return int(getattr(job, "item_count", 0))

    @admin.display(description=gettext_lazy("items"))
    def items_shown(self, job: ImportJob) -> SafeString:
        address = reverse("admin:badges_importitem_changelist")
        count = self.item_count(job)
        words = ngettext("%(n)s item", "%(n)s items", count) % {"n": count}
        return format_html('<a href="{}?job__id__exact={}">{}</a>', address, job.pk, words)

    @admin.action(description=gettext_lazy("Try again what failed"), permissions=["act"])
    def retry(self, request: SignedInRequest, queryset: QuerySet[ImportJob]) -> None:
        if not self.few_enough(request, queryset):
            return
        again = 0
        for job in queryset.select_related("owner"):
            items = imports.retry(job=job, now=timezone.now())
            audit.record(
                actor=request.user, action="import.retried_by_staff", target=job, items=items
            )
            again += items
        words = ngettext("%(n)s item is tried again.", "%(n)s items are tried again.", again)
        self.message_user(request, words % {"n": again})


@admin.register(ImportItem)
class ImportItemAdmin(Inspector):
    """What was brought, and what became of it."""

    list_display = ("label_shown", "kind", "state", "attempts", "reason", "created_at")
    list_filter = ("state", "kind", "can_retry")
    search_fields = ("job__owner__email__istartswith", "label__istartswith")
    search_help_text = gettext_lazy("The start of an owner’s address or of a label")
    ordering = ("-id",)
    fields = (
        "job",
        "position",
        "kind",
        "label",
        "url",
        "original",
        "state",
        "attempts",
        "reason",
        "can_retry",
        "badge",
        "created_at",
        "finished_at",
    )

    @admin.display(description=gettext_lazy("label"))
    def label_shown(self, item: ImportItem) -> str:
        return short(item.label)
