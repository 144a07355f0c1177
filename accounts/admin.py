"""People, their keys and the audit trail, for staff: everything to see, little to change."""

import json
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.http import SignedInRequest
from accounts.models import ApiToken, AuditEvent, Limit, Notification, User
from accounts.services import audit, people, tokens

MOST_COUNTED = 10_000
MOST_AT_ONCE = 200

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    Rows = QuerySet[Any]
    AnyPaginator = Paginator[Any]
else:
    ModelAdmin, AnyPaginator = admin.ModelAdmin, Paginator


class Bounded(AnyPaginator):
    """Stops counting where nobody turns pages any more: a full count reads the whole table."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows.order_by()[: MOST_COUNTED + 1].count()
        return counted


def as_text(value: Any, limit: int = 20_000) -> SafeString:
    """A document or a JSON value, escaped and bounded, in the writing of a machine."""
    if isinstance(value, bytes | memoryview):
        text = bytes(value[:limit]).decode("utf-8", "replace")
    else:
        text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return format_html("<pre>{}</pre>", text[:limit] + ("…" if len(text) > limit else ""))


class Inspector(ModelAdmin):
    """Rows to look at. What staff may do to them is an action, which is written down."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    paginator = Bounded
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whoever could change such rows may use the actions on them."""
        return super().has_change_permission(request)

    def get_search_results(
        self, request: HttpRequest, queryset: "Rows", search_term: str
    ) -> "tuple[Rows, bool]":
        """An id finds its row by the index, whatever else is searched."""
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        if self.opts.pk is not None and self.opts.pk.get_internal_type() == "UUIDField":
            return queryset.filter(pk=wanted), False
        return super().get_search_results(request, queryset, search_term)

    def few_enough(self, request: HttpRequest, queryset: "Rows") -> bool:
        """Each act is one line of the audit trail: a hundred thousand at once would drown it."""
        if queryset.count() <= MOST_AT_ONCE:
            return True
        words = _("Choose at most %(count)s rows at once.") % {"count": MOST_AT_ONCE}
        self.message_user(request, words, messages.ERROR)
        return False


@admin.register(User)
class UserAdmin(Inspector):
    """People. Accounts are made by signing up; the first staff by `manage.py createsuperuser`."""

    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "created_at")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email__istartswith", "name__istartswith")
    search_help_text = gettext_lazy("The start of an address or a name, or a whole id")
    ordering = ("-created_at",)
    filter_horizontal = ("groups", "user_permissions")
    fields = (
        "id",
        "email",
        "name",
        "is_active",
        "is_staff",
        "is_superuser",
        "groups",
        "user_permissions",
        "created_at",
        "last_login",
        "addresses_changed_at",
    )
    readonly_fields = (
        "id",
        "email",
        "is_active",
        "created_at",
        "last_login",
        "addresses_changed_at",
    )
    actions = ("deactivate", "reactivate")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not _is_superuser(request):
            return False
        return self.has_act_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only superusers hand out rights: staff could otherwise promote themselves."""
        rights = ("is_staff", "is_superuser", "groups", "user_permissions")
        fixed = tuple(self.readonly_fields)
        return fixed if _is_superuser(request) else fixed + rights

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "user_permissions":
            model = db_field.remote_field.model
            kwargs["queryset"] = model.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        actor = request.user if isinstance(request.user, User) else None
        audit.record(
            actor=actor, action="user.changed_by_staff", target=obj, fields=form.changed_data
        )

    @admin.action(
        description=gettext_lazy("Deactivate: close sessions and tokens"), permissions=["act"]
    )
    def deactivate(self, request: SignedInRequest, queryset: "QuerySet[User]") -> None:
        if not self.few_enough(request, queryset):
            return
        done = 0
        for user in queryset:
            if user.is_superuser and not request.user.is_superuser:
                words = _("Only a superuser may deactivate %(who)s.") % {"who": user.email}
                self.message_user(request, words, messages.ERROR)
                continue
            try:
                people.deactivate(user=user, actor=request.user, now=timezone.now())
            except people.Yourself:
                words = _("You cannot deactivate your own account.")
                self.message_user(request, words, messages.ERROR)
                continue
            done += 1
        words = ngettext("%(n)s account deactivated.", "%(n)s accounts deactivated.", done)
        self.message_user(request, words % {"n": done})

    @admin.action(description=gettext_lazy("Let in again"), permissions=["act"])
    def reactivate(self, request: SignedInRequest, queryset: "QuerySet[User]") -> None:
        if not self.few_enough(request, queryset):
            return
        asleep = list(queryset.filter(is_active=False))
        for user in asleep:
            people.reactivate(user=user, actor=request.user)
        words = ngettext("%(n)s account opened.", "%(n)s accounts opened.", len(asleep))
        self.message_user(request, words % {"n": len(asleep)})


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


@admin.register(AuditEvent)
class AuditEventAdmin(Inspector):
    """Who did what, and when. Nobody changes it, here least of all."""

    class Noun(admin.SimpleListFilter):
        """By the noun before the dot. A fixed list: asking the table would read all of it."""

        title = gettext_lazy("what it was about")
        parameter_name = "noun"

        def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
            nouns = "address badge export import link mfa page registry token transcript user"
            return [(noun, noun) for noun in nouns.split()]

        def queryset(self, request: Any, queryset: "Rows") -> "Rows":
            return (
                queryset.filter(action__startswith=f"{self.value()}.") if self.value() else queryset
            )

    list_display = ("at", "action", "actor", "target_type", "target_id")
    list_filter = (Noun,)
    list_select_related = ("actor",)
    search_fields = ("target_id__exact", "action__startswith", "actor__email__istartswith")
    search_help_text = gettext_lazy(
        "A whole id, or the start of an action or of an actor’s address"
    )
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    fields = ("at", "action", "actor", "target_type", "target_id", "detail_shown")
    readonly_fields = ("detail_shown",)

    @admin.display(description=gettext_lazy("detail"))
    def detail_shown(self, event: AuditEvent) -> SafeString:
        return as_text(event.detail)


@admin.register(ApiToken)
class ApiTokenAdmin(Inspector):
    """Tokens: whose, for what, and whether they still work. Their digest stays out of sight."""

    list_display = ("name", "hint", "user", "last_used_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("hint__startswith", "user__email__istartswith")
    search_help_text = gettext_lazy("The start of a token, or of its owner’s address")
    ordering = ("-created_at",)
    fields = (
        "id",
        "user",
        "name",
        "hint",
        "scopes",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    actions = ("revoke",)

    @admin.action(description=gettext_lazy("Revoke"), permissions=["act"])
    def revoke(self, request: SignedInRequest, queryset: "QuerySet[ApiToken]") -> None:
        if not self.few_enough(request, queryset):
            return
        now = timezone.now()
        done = sum(tokens.revoke(token=row, actor=request.user, now=now) for row in queryset)
        words = ngettext("%(n)s token revoked.", "%(n)s tokens revoked.", done)
        self.message_user(request, words % {"n": done})


@admin.register(Notification)
class NotificationAdmin(Inspector):
    """What people were told."""

    list_display = ("created_at", "user", "kind", "text", "read_at")
    list_filter = (("read_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("user__email__istartswith", "kind__startswith")
    search_help_text = gettext_lazy("The start of an address or of a kind")


@admin.register(Limit)
class LimitAdmin(Inspector):
    """Allowances that are being used up."""

    list_display = ("key", "window", "count")
    search_fields = ("key__startswith",)
    search_help_text = gettext_lazy("The start of a key")
    actions = ("forget",)

    @admin.action(description=gettext_lazy("Give a fresh allowance"), permissions=["act"])
    def forget(self, request: SignedInRequest, queryset: "QuerySet[Limit]") -> None:
        if not self.few_enough(request, queryset):
            return
        for row in queryset:
            audit.record(actor=request.user, action="limit.forgotten", target=row, count=row.count)
        done = queryset.delete()[0]
        words = ngettext("%(n)s allowance is fresh.", "%(n)s allowances are fresh.", done)
        self.message_user(request, words % {"n": done})


# allauth's own pages for these would let staff read second-step secrets and session keys, and
# mark any address as confirmed. Its modules come first, so that there is something to replace.
for theirs in (allauth.account.admin, allauth.mfa.admin, allauth.usersessions.admin):
    assert theirs.admin.site is not None
for model in (EmailAddress, Authenticator, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(EmailAddress)
class EmailAddressAdmin(Inspector):
    """Which addresses are whose, and which are confirmed. Only their owner can confirm one."""

    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified", "primary")
    list_select_related = ("user",)
    search_fields = ("email__istartswith",)
    search_help_text = gettext_lazy("The start of an address")


@admin.register(Authenticator)
class AuthenticatorAdmin(Inspector):
    """Second steps: that they are there, never what they are."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email__istartswith",)
    search_help_text = gettext_lazy("The start of an address")
    fields = ("user", "type", "created_at", "last_used_at")


@admin.register(UserSession)
class UserSessionAdmin(Inspector):
    """Where somebody is signed in."""

    list_display = ("user", "ip", "user_agent", "created_at", "last_seen_at")
    list_select_related = ("user",)
    search_fields = ("user__email__istartswith", "ip__exact")
    search_help_text = gettext_lazy("The start of an address, or a whole IP address")
    fields = ("user", "ip", "user_agent", "created_at", "last_seen_at")
    actions = ("end",)

    @admin.action(description=gettext_lazy("Sign out"), permissions=["act"])
    def end(self, request: SignedInRequest, queryset: "QuerySet[UserSession]") -> None:
        if not self.few_enough(request, queryset):
            return
        sessions = list(queryset.select_related("user"))
        for session in sessions:
            audit.record(actor=request.user, action="user.signed_out_by_staff", target=session.user)
            session.end()
        words = ngettext("%(n)s session ended.", "%(n)s sessions ended.", len(sessions))
        self.message_user(request, words % {"n": len(sessions)})
