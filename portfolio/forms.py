"""What a learner fills in to share: a page, a link, a document."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import addresses
from portfolio.models import (
    Accent,
    Layout,
    Listing,
    OpenTo,
    Page,
    Section,
    ShareLink,
    Transcript,
    Typeface,
)
from portfolio.services import handles, relay, sectionview
from portfolio.services import listing as listings
from portfolio.services.listing import Shown, Terms
from portfolio.services.transcripts import Options

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
    """How a document is to look. Its fields are those of `transcripts.Options`."""

    paper = forms.ChoiceField(
        label=_("Paper"),
        choices=Transcript.Paper.choices,
        initial=Transcript.Paper.A4,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(
        label=_("Language"), help_text=_("Of the document. Your own words stay as they are.")
    )
    full_detail = forms.TypedChoiceField(
        label=_("How much"),
        choices=[
            ("full", _("Full details: what each badge was given for, your notes, and the checks")),
            ("line", _("One line for each badge")),
        ],
        initial="full",
        coerce=lambda value: value == "full",
        widget=forms.RadioSelect,
    )
    skills_table = forms.BooleanField(label=_("A table of skills"), required=False, initial=True)
    evidence = forms.BooleanField(
        label=_("Evidence"),
        required=False,
        initial=True,
        help_text=_("Where full details are given."),
    )
    mark_unverified = forms.BooleanField(
        label=_("Mark badges that are not verified"), required=False, initial=True
    )
    originals = forms.BooleanField(
        label=_("Original credentials inside the PDF"),
        required=False,
        initial=True,
        help_text=_(
            "So that anybody can check each badge with its issuer, even without this site. A "
            "credential may hold the e-mail address to which it was issued."
        ),
    )
    mail_when_ready = forms.BooleanField(label=_("Send me a mail when it is ready"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = cast(forms.ChoiceField, self.fields["language"])
        languages.choices = settings.LANGUAGES
        languages.initial = get_language()

    def options(self) -> Options:
        return Options(**self.cleaned_data)


# --- The directory -----------------------------------------------------------------------------


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
