"""What the API takes and gives of badges and imports. Every field is named; nothing else leaves."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest import Listing, ListQuery, Strict
from badges.models import Badge, ImportItem, Recipient, Result, Trust, Work
from badges.services.imports import MAX_ITEMS

MAX_TEXT = 2_000_000


class BadgeQuery(ListQuery):
    """How to narrow the list of badges."""

    state = serializers.ChoiceField(
        choices=Result.choices, required=False, help_text=_("The state that a reader sees today")
    )
    issuer = serializers.UUIDField(required=False, help_text=_("An issuer’s id"))
    q = serializers.CharField(
        required=False,
        max_length=200,
        help_text=_("Words that all stand in its name, description, issuer or skills"),
    )


class IssuerOut(serializers.Serializer[Any]):
    """Who a badge says issued it. What was proven of that is in the checks."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    url = serializers.CharField()


class BadgeOut(serializers.Serializer[Badge]):
    """One badge in a list."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    issuer = IssuerOut(allow_null=True)
    issued_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    state = serializers.SerializerMethodField(help_text=_("The state that a reader sees today"))
    verified = serializers.SerializerMethodField(
        help_text=_("Proven, in force, and issued to a confirmed address of yours")
    )
    trust = serializers.ChoiceField(
        choices=Trust.choices, help_text=_("What belief in this badge rests on")
    )
    recipient = serializers.ChoiceField(
        choices=Recipient.choices, help_text=_("Whether the badge names you")
    )
    host = serializers.CharField(help_text=_("Who answered the check, or the key’s owner"))
    checked_at = serializers.DateTimeField(allow_null=True)
    being_checked = serializers.SerializerMethodField()
    picture = serializers.SerializerMethodField(help_text=_("A picture that is safe to show"))
    added_at = serializers.DateTimeField()

    @extend_schema_field(serializers.ChoiceField(choices=Result.choices))
    def get_state(self, badge: Badge) -> str:
        return badge.state(self.context["now"]).value

    def get_verified(self, badge: Badge) -> bool:
        return badge.is_verified(self.context["now"])

    def get_being_checked(self, badge: Badge) -> bool:
        return badge.is_being_checked(self.context["now"])

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_picture(self, badge: Badge) -> str | None:
        if badge.picture_id is None:
            return None
        path = reverse("badges:picture", args=[badge.picture_id, "large"])
        return f"{settings.SITE_URL}{path}"


class BadgeList(Listing):
    """A part of the badges."""

    results = BadgeOut(many=True)


class FindingOut(serializers.Serializer[Any]):
    """The answer to one question of a check."""

    check = serializers.CharField(
        help_text="readable, signature, issuer, recipient, period, status or schema"
    )
    outcome = serializers.CharField(help_text="passed, failed, unknown, warning or not_applicable")
    detail = serializers.CharField(help_text=_("One sentence for a person"))
    code = serializers.CharField(help_text=_("One stable word for a program"))


class CheckOut(serializers.Serializer[Any]):
    """One check of a badge, finding by finding."""

    checked_at = serializers.DateTimeField()
    result = serializers.ChoiceField(choices=Result.choices)
    trust = serializers.ChoiceField(choices=Trust.choices)
    host = serializers.CharField()
    findings = FindingOut(many=True)


class SkillOut(serializers.Serializer[Any]):
    """A skill that a badge points at."""

    name = serializers.CharField()
    url = serializers.CharField()
    framework = serializers.CharField()


class BadgeDetailOut(BadgeOut):
    """A badge with all that was read from it, and its newest checks."""

    description = serializers.CharField()
    criteria_text = serializers.CharField()
    criteria_url = serializers.CharField()
    achievement_type = serializers.CharField()
    version = serializers.CharField(help_text=_("Open Badges version"))
    format = serializers.CharField(help_text="json, jwt, png or svg")
    credential_id = serializers.CharField()
    source_url = serializers.CharField()
    evidence = serializers.ListField(child=serializers.DictField())
    alignments = serializers.ListField(child=serializers.DictField())
    skills = SkillOut(many=True)
    checks = serializers.SerializerMethodField(help_text=_("The newest ten, newest first"))

    @extend_schema_field(CheckOut(many=True))
    def get_checks(self, badge: Badge) -> Any:
        return CheckOut(badge.verifications.own()[:10], many=True).data


class AskedOut(serializers.Serializer[Any]):
    """Work that has been asked for."""

    detail = serializers.CharField()


class ImportIn(Strict):
    """What to bring in: files, pasted text and links, in any mixture."""

    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True),
        required=False,
        max_length=MAX_ITEMS,
        help_text=_("Only in multipart/form-data. PNG, SVG, JSON or JWT, at most 10 MB each."),
    )
    text = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        max_length=MAX_TEXT,
        help_text=_("Links, badges as JSON, signed tokens, one after another"),
    )
    urls = serializers.ListField(
        child=serializers.RegexField(
            r"^https?://\S+$",
            max_length=4000,
            error_messages={"invalid": _("This is not a web address. It starts with https://.")},
        ),
        required=False,
        max_length=MAX_ITEMS,
        help_text=_("Addresses of badges"),
    )


class ItemOut(serializers.Serializer[ImportItem]):
    """One thing that was brought, and what became of it."""

    position = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=ImportItem.Kind.choices)
    label = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes it away
    state = serializers.ChoiceField(choices=ImportItem.State.choices)
    reason = serializers.CharField(help_text=_("Why it was not added, for a person"))
    can_retry = serializers.BooleanField()
    badge = serializers.UUIDField(source="badge_id", allow_null=True)


class ProgressOut(serializers.Serializer[Any]):
    """How far an import is."""

    total = serializers.IntegerField()
    waiting = serializers.IntegerField()
    offered = serializers.IntegerField()
    changed = serializers.IntegerField()
    added = serializers.IntegerField()
    already = serializers.IntegerField()
    refused = serializers.IntegerField()


class ImportOut(serializers.Serializer[Any]):
    """One import. It is over when its state is done or failed."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Work.State.choices)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportDetailOut(ImportOut):
    """One import with its progress and its items."""

    progress = ProgressOut()
    items = ItemOut(many=True)


class ImportList(Listing):
    """A part of the imports, newest first."""

    results = ImportOut(many=True)


class RetriedOut(serializers.Serializer[Any]):
    """How many items are looked at again."""

    again = serializers.IntegerField()
