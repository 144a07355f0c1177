"""What is filled in to be found, to look for people, and to write to them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import addresses
from portfolio.models import (
    Listing,
    OpenTo,
    Page,
)
from portfolio.services import listing as listings
from portfolio.services import relay
from portfolio.services.listing import Shown, Terms


class ListingForm(forms.Form):
    """How a learner appears in the directory."""

    headline = forms.CharField(
        label=_("Headline"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("What you would like to be found for, such as “Data analyst in training”."),
    )
    place = forms.CharField(
        label=_("Place"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
        help_text=_("As roughly as you like: a town, a region, or “anywhere”."),
    )
    open_to = forms.MultipleChoiceField(
        label=_("Open to"),
        choices=OpenTo.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    name_shown = forms.ChoiceField(
        label=_("Name shown"), choices=Listing.Name.choices, widget=forms.RadioSelect
    )
    page = forms.ModelChoiceField(
        label=_("A page to lead to"),
        queryset=Page.objects.none(),
        required=False,
        empty_label=_("None: skills and counts alone"),
        help_text=_(
            "Whoever finds you may then open it, with the badges on it. It gets a link of its own, "
            "which closes when you pause."
        ),
    )
    skills = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    stated_too = forms.BooleanField(
        label=_("Also show skills that no verified badge shows"),
        required=False,
        help_text=_("They are marked as stated, and come after proven ones."),
    )
    indexed = forms.BooleanField(
        label=_("Search engines may show me"),
        required=False,
        help_text=_("What a search engine has once seen can stay there for months."),
    )
    of_age = forms.BooleanField(
        label=_("I am 18 or older"),
        required=False,
        help_text=_(
            "Strangers can write to everybody in the directory, so it is for adults. If you are "
            "younger, send links to those who should see your badges: that has no age."
        ),
    )

    def __init__(
        self, *args: Any, owner: User, listing: Listing | None, skills: Sequence[Shown], **kw: Any
    ) -> None:
        self.offered = {str(one.skill): one for one in skills}
        hidden = set(listing.hidden_skills.values_list("pk", flat=True)) if listing else set()
        self.hidden_elsewhere = [pk for pk in hidden if str(pk) not in self.offered]
        kw["initial"] = _initial(listing) | {
            "skills": [key for key, one in self.offered.items() if one.skill not in hidden]
        }
        super().__init__(*args, **kw)
        self.fields["page"].queryset = Page.objects.owned_by(owner)  # type: ignore[attr-defined]
        self.fields["name_shown"].choices = [  # type: ignore[attr-defined]
            (choice, _named(str(Listing.Name(choice).label), owner, choice))
            for choice in Listing.Name.values
        ]
        self.fields["skills"].choices = [  # type: ignore[attr-defined]
            (key, one.name) for key, one in self.offered.items()
        ]

    def terms(self) -> Terms:
        """As `listing.save` takes them. What is hidden and not offered today stays hidden."""
        given = dict(self.cleaned_data)
        ticked = set(given.pop("skills"))
        hidden: list[UUID] = [one.skill for key, one in self.offered.items() if key not in ticked]
        return Terms(**given, hidden=[*self.hidden_elsewhere, *hidden])


def _named(label: str, owner: User, choice: str) -> str:
    """A choice with what it comes to."""
    return f"{label}: {listings.name_as(owner.name, choice)}"


def _initial(listing: Listing | None) -> dict[str, Any]:
    if listing is None:
        return {"name_shown": Listing.Name.INITIALS}
    return {
        "headline": listing.headline,
        "place": listing.place,
        "open_to": listing.open_to,
        "name_shown": listing.name_shown,
        "page": listing.page_id,
        "stated_too": listing.stated_too,
        "indexed": listing.indexed,
        "of_age": listing.of_age_at is not None,
    }


class SearchForm(forms.Form):
    """What an employer asks for, but for the skills that were chosen already."""

    add = forms.CharField(
        label=_("Skills"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("One or several, with commas between them."),
    )
    words = forms.CharField(label=_("Words"), max_length=200, required=False)
    place = forms.CharField(label=_("Place"), max_length=80, required=False)
    open_to = forms.ChoiceField(
        label=_("Open to"), choices=[("", _("Anything")), *OpenTo.choices], required=False
    )
    verified = forms.BooleanField(label=_("Verified skills only"), required=False)


class AdvertForm(forms.Form):
    advert = forms.CharField(
        label=_("The advert"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Paste the advert, or at least its requirements.")},
    )


class MessageForm(forms.Form):
    """One more message of a conversation."""

    text = forms.CharField(
        label=_("Your message"),
        max_length=relay.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Plain text, up to 4,000 letters. Links are shown as text."),
    )

    def clean_text(self) -> str:
        text = relay.plain(self.cleaned_data["text"])
        if not text:
            raise ValidationError(_("There is nothing in it that can be read."))
        return text


class WriteForm(MessageForm):
    """The first message to somebody, from somebody without an account."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_(
            "We mail a link to it; your message goes out once you have opened that. The person "
            "you write to sees this address."
        ),
    )
    field_order = ("name", "organisation", "email", "text")

    def clean_name(self) -> str:
        name = relay.one_line(self.cleaned_data["name"])
        if not name:
            raise ValidationError(_("Write a name that can be read."))
        return name

    def clean_organisation(self) -> str:
        return relay.one_line(self.cleaned_data["organisation"])

    def clean_email(self) -> str:
        return addresses.spelt(self.cleaned_data["email"])


class AnswerForm(MessageForm):
    """A learner's answer, and whether their address goes along."""

    reply = forms.ChoiceField(
        label=_("How they can write back"),
        choices=[
            ("relay", _("Through this site: they do not see my address")),
            ("own", _("By mail: they see my address")),
        ],
        initial="relay",
        widget=forms.RadioSelect,
    )
    field_order = ("text", "reply")
