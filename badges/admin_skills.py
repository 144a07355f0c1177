"""The list of skills, for staff: to search, to keep by hand, and to merge synonyms."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import Inspector, ModelAdmin
from accounts.http import SignedInRequest
from accounts.models import User
from badges.models import Skill, SkillAlias
from badges.models.skill import folded
from badges.services import curating

FEWEST = 2
MOST_MERGED = 20


class SkillForm(forms.ModelForm[Skill]):
    """A skill as staff write it: what they touch is kept by hand from then on."""

    class Meta:
        model = Skill
        fields = ("name", "description", "curated")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "curated" in self.fields:
            self.fields["curated"].initial = True

    def clean_name(self) -> str:
        name: str = " ".join(self.cleaned_data["name"].split())
        if not folded(name):
            raise ValidationError(_("Give a name of letters, digits or signs."))
        taken = Skill.objects.filter(key=Skill.key_of("", name)).exclude(pk=self.instance.pk)
        if self.instance._state.adding and taken.exists():
            raise ValidationError(_("There is a skill of this name already."))
        return name


class AliasForm(forms.ModelForm[SkillAlias]):
    """Another name, or an address in whichever spelling."""

    class Meta:
        model = SkillAlias
        fields = ("text", "language", "preferred")

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].strip()
        if not folded(text):
            raise ValidationError(_("Give a name of letters, digits or signs."))
        return text

    def clean_language(self) -> str:
        language: str = self.cleaned_data["language"]
        return language.strip().lower()

    def clean(self) -> dict[str, Any]:
        text = self.cleaned_data.get("text", "")
        self.instance.key = curating.key_for(text)
        if text.lower().startswith(("https://", "http://")):
            others = SkillAlias.objects.filter(key=self.instance.key)
            if others.exclude(skill=self.instance.skill_id).exists():
                raise ValidationError(
                    _("This address leads to another skill. Merge the two instead.")
                )
        return self.cleaned_data


class AliasFormSet(BaseInlineFormSet[SkillAlias, Skill, "ModelForm[SkillAlias]"]):
    """Each name once: two that differ in case or dashes alone are one."""

    def clean(self) -> None:
        super().clean()
        seen: set[tuple[str, str]] = set()
        for form in self.forms:
            if not form.cleaned_data or form in self.deleted_forms:
                continue
            way = (form.instance.key, form.cleaned_data.get("language", ""))
            if way in seen:
                raise ValidationError(
                    _("“%(text)s” stands here twice.") % {"text": form.cleaned_data.get("text", "")}
                )
            seen.add(way)


class AliasInline(admin.TabularInline[SkillAlias, Skill]):
    """What else leads to this skill."""

    model = SkillAlias
    form = AliasForm
    formset = AliasFormSet
    extra = 1


@admin.register(Skill)
class SkillAdmin(Inspector):
    """Skills that badges point at, and those that are suggested."""

    form = SkillForm
    list_display = ("name", "framework", "curated", "badge_count", "url_shown")
    list_filter = ("curated", "framework")
    search_fields = ("name__istartswith", "aliases__text__istartswith")
    search_help_text = gettext_lazy("The start of a name in any language, or a whole id")
    fields = ("id", "name", "description", "curated", "framework", "url")
    readonly_fields = ("id", "framework", "url")
    inlines = (AliasInline,)
    ordering = ("name",)
    actions = ("merge",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return ModelAdmin.has_change_permission(self, request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Skill]:
        rows: QuerySet[Skill] = super().get_queryset(request)
        return rows.annotate(badge_count=Count("links", distinct=True))

    def save_model(
        self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool
    ) -> None:
        curating.keep(skill=obj, actor=_staff(request))

    @admin.display(description=gettext_lazy("badges"))
    def badge_count(self, skill: Skill) -> int:
        return int(getattr(skill, "badge_count", 0))

    @admin.display(description=gettext_lazy("address"))
    def url_shown(self, skill: Skill) -> str:
        return Truncator(skill.url).chars(80)

    @admin.action(description=gettext_lazy("Merge synonyms into one"), permissions=["act"])
    def merge(self, request: SignedInRequest, queryset: QuerySet[Skill]) -> HttpResponse | None:
        """Ask which one stays, then merge the others into it."""
        chosen = list(queryset[: MOST_MERGED + 1])
        if not FEWEST <= len(chosen) <= MOST_MERGED:
            words = _("Choose 2 to %(most)s skills that mean the same.") % {"most": MOST_MERGED}
            self.message_user(request, words, messages.ERROR)
            return None
        stays = [skill for skill in chosen if str(skill.pk) == request.POST.get("keep")]
        if stays:
            moved = curating.merge(keep=stays[0], others=chosen, actor=_staff(request))
            words = ngettext(
                "Merged into “%(name)s”; %(n)s badge moved.",
                "Merged into “%(name)s”; %(n)s badges moved.",
                moved,
            )
            self.message_user(request, words % {"name": stays[0].name, "n": moved})
            return None
        # What is kept by hand has the better name, and what most badges have the better claim.
        chosen.sort(key=lambda skill: (not skill.curated, -self.badge_count(skill)))
        context = self.admin_site.each_context(request) | {
            "title": _("Which one stays?"),
            "opts": Skill._meta,
            "skills": [(skill, self.badge_count(skill)) for skill in chosen],
        }
        return TemplateResponse(request, "badges/admin/skills_merge.html", context)


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
