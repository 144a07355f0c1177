"""What a learner fills in about a page: its words, its look, its parts, its address."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portfolio.models import (
    Accent,
    Layout,
    Page,
    Section,
    Typeface,
)
from portfolio.services import handles, sectionview

MARKS = _("An empty line starts a paragraph. **bold**, *slanted*, - a list, [words](https://…")


class PageForm(forms.ModelForm[Page]):
    class Meta:
        model = Page
        fields = ["title", "line", "intro", "hide_expired"]
        widgets = {
            "line": forms.Textarea(attrs={"rows": 2}),
            "intro": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {
            "title": _("For example: Data analysis, or Teaching in three languages."),
            "intro": MARKS,
            "hide_expired": _("Revoked badges stay visible and say so."),
        }


class LookForm(forms.Form):
    """A few good choices, and no paint box."""

    layout = forms.ChoiceField(label=_("Layout"), choices=Layout.choices, widget=forms.RadioSelect)
    typeface = forms.ChoiceField(
        label=_("Type"), choices=Typeface.choices, widget=forms.RadioSelect
    )
    accent = forms.ChoiceField(label=_("Colour"), choices=Accent.choices, widget=forms.RadioSelect)


class SectionForm(forms.Form):
    """The words of one section, and its lines where its kind has some."""

    title = forms.CharField(label=_("Heading"), max_length=120, required=False)
    text = forms.CharField(
        label=_("Text"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=MARKS,
    )
    arrangement = forms.ChoiceField(
        label=_("How the badges stand"),
        choices=Section.Arrangement.choices,
        required=False,
        widget=forms.RadioSelect,
    )

    WITH_LINES = (Section.Kind.EVIDENCE, Section.Kind.TIMELINE, Section.Kind.CONTACT)

    def __init__(self, data: QueryDict | None = None, *, section: Section) -> None:
        self.section, self.typed = section, data
        words = {name: getattr(section, name) for name in ("title", "text", "arrangement")}
        auto_id = f"id-{section.pk}-%s"
        super().__init__(data, initial=words, auto_id=auto_id, use_required_attribute=False)
        self.has_lines = section.kind in self.WITH_LINES
        if section.kind != Section.Kind.BADGES:
            del self.fields["arrangement"]
        if section.kind != Section.Kind.TEXT:
            self.fields["text"].widget.attrs["rows"] = 3
            self.fields["text"].label = _("A few words before it")
        default = sectionview.default_heading(section.kind)
        if default:
            self.fields["title"].help_text = _("Leave empty for “%(default)s”.") % {
                "default": default
            }

    def lines(self) -> list[dict[str, str]]:
        """What stands in its lines: as typed, or as stored."""
        if self.typed is None:
            return [dict(item) for item in self.section.items if isinstance(item, dict)]
        columns = [self.typed.getlist(f"item-{key}") for key in ("name", "url", "text", "when")]
        longest = min(max(map(len, columns)), sectionview.MAX_ITEMS * 2)
        return [
            {
                key: column[place].replace("\0", "") if place < len(column) else ""
                for key, column in zip(("name", "url", "text", "when"), columns, strict=True)
            }
            for place in range(longest)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lines = self.lines() if self.has_lines else []
        for line in lines:
            typed = line["url"].strip()
            line["url"] = sectionview.typed_address(typed)[:500]
            if typed and not line["url"]:
                self.add_error(
                    None,
                    _("“%(address)s” is no address. %(help)s")
                    % {
                        "address": typed[:80],
                        "help": _("Write https://…, an e-mail address or a telephone number."),
                    },
                )
        cleaned["items"] = lines
        return cleaned

    def terms(self) -> dict[str, Any]:
        """As `sections.edit` takes them."""
        return {**self.cleaned_data, "arrangement": self.cleaned_data.get("arrangement") or None}


class HandleForm(forms.Form):
    """A public address, and where it leads."""

    name = forms.CharField(
        label=_("Public name"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        help_text=_("Small letters, figures and hyphens. It may say who you are; it need not."),
    )
    page = forms.ModelChoiceField(
        label=_("Leads to"),
        queryset=Page.objects.none(),
        required=False,
        empty_label=_("Nowhere: keep the name, show nothing"),
    )
    searchable = forms.BooleanField(
        label=_("Search engines may list it"),
        required=False,
        help_text=_("Then people find you by your name. Leave it off while you are in doubt."),
    )

    def __init__(self, *args: Any, pages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["page"].queryset = pages  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        try:
            return handles.fit(self.cleaned_data["name"])
        except handles.Unfit as error:
            raise forms.ValidationError(error.words) from None
