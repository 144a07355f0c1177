"""Signing in, what a person may say about themselves, and the tokens they make."""

from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Scope
from accounts.services import addresses


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """Knows an address however it is spelt, and so counts wrong guesses in one place."""

    def clean_login(self) -> str:
        login = str(super().clean_login())
        # An address that we would not keep will simply not be found.
        with suppress(ValidationError):
            login = addresses.spelt(login)
        return login


class ProfileForm(forms.Form):
    """The name that readers see, and the language of mails."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        required=False,
        help_text=_("As employers should read it. Each share link may show another one."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As my browser asks")), *settings.LANGUAGES],
        help_text=_("Of your pages, and of the mails that we send you."),
    )

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        if not name.isprintable():
            raise ValidationError(_("A name has no invisible control characters. Type it again."))
        return name


class TokenForm(forms.Form):
    """A new token for the API."""

    name = forms.CharField(
        label=_("What is it for?"),
        max_length=100,
        help_text=_("For you alone, to recognise it by: “Backup script on my laptop”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that this token may do.")},
    )
    ends_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        help_text=_("The last day on which it works. Leave empty for a token without an end."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_ends_on(self) -> date | None:
        day: date | None = self.cleaned_data["ends_on"]
        if day is not None and day < self.today:
            raise ValidationError(_("This day has passed. Choose today or a later day."))
        if day is not None and day.year > self.today.year + 10:
            raise ValidationError(_("Choose a day within the next ten years."))
        return day

    def expires_at(self) -> datetime | None:
        """The very end of the last day."""
        day: date | None = self.cleaned_data["ends_on"]
        return datetime.combine(day, time.max, tzinfo=UTC) if day else None
