"""What a learner fills in to share a page: a link, a document."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portfolio.models import (
    ShareLink,
    Transcript,
)


class LinkForm(forms.Form):
    """The terms of one link. Nothing here names its page: that stands in the address."""

    label = forms.CharField(
        label=_("Who is it for?"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("For you alone, for example “Acme, data analyst”."),
    )
    visibility = forms.ChoiceField(
        label=_("Who may find it"),
        choices=ShareLink.Visibility.choices,
        initial=ShareLink.Visibility.UNLISTED,
        widget=forms.RadioSelect,
    )
    name_shown = forms.CharField(
        label=_("Name shown"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("Leave empty to show the name of your profile."),
    )
    ends_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The last day on which it opens. Leave empty for no end."),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        min_length=6,
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Readers must type it. Send it by another way than the link."),
    )
    pdf_allowed = forms.BooleanField(
        label=_("Readers may take a PDF with them"), required=False, initial=True
    )
    originals_allowed = forms.BooleanField(
        label=_("Readers may take the original badges"),
        required=False,
        help_text=_(
            "With them they can check everything without us. An original may name you, and the "
            "e-mail address that it was issued to."
        ),
    )

    def clean_ends_on(self) -> datetime | None:
        """The end of that day where the site is."""
        day = self.cleaned_data["ends_on"]
        if day is None:
            return None
        if day < timezone.localdate():
            raise forms.ValidationError(_("This day is over. Choose today or a later one."))
        return timezone.make_aware(datetime.combine(day, time.max))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        public = cleaned.get("visibility") == ShareLink.Visibility.PUBLIC
        if public and self.will_be_locked(cleaned):
            self.add_error(
                "password", _("A public page cannot have a password. Choose one of the two.")
            )
        return cleaned

    def will_be_locked(self, cleaned: dict[str, Any]) -> bool:
        return bool(cleaned.get("password"))

    def terms(self) -> dict[str, Any]:
        """As `sharing.create` takes them."""
        terms = dict(self.cleaned_data)
        terms["ends_at"] = terms.pop("ends_on")
        return terms


class LinkEditForm(LinkForm):
    """The terms of a link that is out already."""

    no_password = forms.BooleanField(label=_("Open without a password from now on"), required=False)

    def __init__(self, *args: Any, link: ShareLink, **kwargs: Any) -> None:
        self.link = link
        ends_on = timezone.localtime(link.ends_at).date() if link.ends_at else None
        kwargs["initial"] = {
            "label": link.label,
            "visibility": link.visibility,
            "name_shown": link.name_shown,
            "ends_on": ends_on,
            "pdf_allowed": link.pdf_allowed,
            "originals_allowed": link.originals_allowed,
        }
        super().__init__(*args, **kwargs)
        if link.is_locked:
            self.fields["password"].label = _("New password")
            self.fields["password"].help_text = _("Leave empty to keep the one it has.")
        else:
            del self.fields["no_password"]

    def will_be_locked(self, cleaned: dict[str, Any]) -> bool:
        return bool(cleaned.get("password")) or (
            self.link.is_locked and not cleaned.get("no_password")
        )

    def terms(self) -> dict[str, Any]:
        """As `sharing.edit` takes them."""
        terms = super().terms()
        cleared = terms.pop("no_password", False)
        if not terms["password"]:
            terms["password"] = "" if cleared else None
        return terms


class TranscriptForm(forms.Form):
    paper = forms.ChoiceField(
        label=_("Paper"),
        choices=Transcript.Paper.choices,
        initial=Transcript.Paper.A4,
        widget=forms.RadioSelect,
    )
    full_detail = forms.BooleanField(
        label=_("With full details"),
        required=False,
        initial=True,
        help_text=_("After the table: what each badge was given for, your notes, and the checks."),
    )
