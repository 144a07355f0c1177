"""The import box, the box of the page that checks any badge, and a badge stated by hand."""

from contextlib import suppress
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.services import by_hand
from badges.services.backpack import Wanted, chosen
from badges.services.imports import MAX_ITEMS, Upload
from badges.sources.base import web

SHOWN = ".pdf,.png,.jpg,.jpeg,.webp,.txt,.md,application/pdf,image/*,text/plain"


class ManyFiles(forms.ClearableFileInput):
    """An ordinary file input that takes any number."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files. Empty ones are let through: their row will say so."""

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [file for file in given if isinstance(file, UploadedFile)]


class ImportForm(forms.Form):
    """Files, text and links, all in one."""

    file = FilesField(label=_("Files"), required=False, widget=ManyFiles(attrs={"multiple": True}))
    text = forms.CharField(
        label=_("Links or text"),
        required=False,
        max_length=2_000_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("Paste links to badges, a badge as JSON, or a signed token."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        files, text = cleaned.get("file") or [], cleaned.get("text") or ""
        if not files and not text.strip():
            raise forms.ValidationError(_("Choose a file, or paste a link or a badge's text."))
        if len(files) > MAX_ITEMS:
            raise forms.ValidationError(
                _("Bring at most %(count)s things at once.") % {"count": MAX_ITEMS}
            )
        return cleaned

    def uploads(self) -> list[Upload]:
        """The files, each to be read only when its turn comes."""
        return [
            Upload(name=file.name or "", size=file.size or 0, read=file.read)
            for file in self.cleaned_data["file"]
        ]


class ConnectForm(forms.Form):
    """Where somebody has an account, and which of its ways to connect when there are several."""

    address = forms.CharField(
        label=_("Address of the site"),
        max_length=2000,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text=_("Such as badges.example.org. Any page of the site will do."),
        error_messages={"required": _("Write the address of the site where your badges are.")},
    )
    way = forms.CharField(required=False, max_length=600, widget=forms.HiddenInput)


class DisconnectForm(forms.Form):
    """What becomes of the badges that came from an account."""

    badges = forms.ChoiceField(
        label=_("The badges that came from there"),
        choices=[
            ("keep", _("Keep them in my backpack")),
            ("remove", _("Remove them, here and on all pages")),
        ],
        initial="keep",
        widget=forms.RadioSelect,
    )


class VerifyForm(forms.Form):
    """One file, or one text or link; and whom it should be about."""

    file = forms.FileField(label=_("File"), required=False, allow_empty_file=True, max_length=1000)
    text = forms.CharField(
        label=_("Link or text"),
        required=False,
        max_length=2_000_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("A link to the badge, the badge as JSON, or a signed token (eyJ…)."),
    )
    about = forms.EmailField(
        label=_("Is it about this address?"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "The e-mail address of whoever showed it to you. It is compared, and not kept."
        ),
    )

    def read(self) -> tuple[bytes | None, str]:
        """The file's bytes and its name; no bytes when none was chosen."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        return (None, "") if file is None else (file.read(), file.name or "")


class StatedForm(forms.Form):
    """A badge that its holder states, and what they show for it: a link, a file, or both."""

    chance = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": _("Open this page again.")}
    )
    name = forms.CharField(
        label=_("What is it called?"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("As it stands on the certificate."),
    )
    issuer = forms.CharField(
        label=_("Who gave it to you?"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("The school, platform, club or company."),
    )
    issued_on = forms.DateField(
        label=_("Issued"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    ends_on = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    criteria = forms.CharField(
        label=_("What did you have to do for it?"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Readers look at this first. Two or three sentences are plenty."),
    )
    link = forms.CharField(
        label=_("A link"),
        required=False,
        max_length=2000,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text=_("A page that names it or shows what you did. Your readers see it."),
    )
    file = forms.FileField(
        label=_("A file"),
        required=False,
        allow_empty_file=True,
        max_length=1000,
        widget=forms.FileInput(attrs={"accept": SHOWN}),
        help_text=_("PDF, PNG, JPEG, WebP or text, up to 10 MB. Only you can download it."),
    )

    def clean_issued_on(self) -> date | None:
        day: date | None = _usual(self.cleaned_data["issued_on"])
        if day is not None and day > timezone.localdate():
            raise ValidationError(_("This day is still to come. Give the day on which you got it."))
        return day

    def clean_ends_on(self) -> date | None:
        return _usual(self.cleaned_data["ends_on"])

    def clean_link(self) -> str:
        return _link(self.cleaned_data["link"])

    def clean_file(self) -> by_hand.File | None:
        return _evidence(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        issued, ends = cleaned.get("issued_on"), cleaned.get("ends_on")
        if issued and ends and ends < issued:
            self.add_error("ends_on", _("It would end before it was issued. Check both days."))
        shown = {"link", "file"}
        if not any(cleaned.get(name) or name in self.errors for name in shown):
            raise ValidationError(
                _("Show something for it: a link, a file (a photo of the certificate), or both.")
            )
        return cleaned

    def said(self) -> by_hand.Said:
        """As `by_hand.state` takes it."""
        names = ("name", "issuer", "issued_on", "ends_on", "criteria", "link")
        return by_hand.Said(**{name: self.cleaned_data[name] for name in names})


def _usual(day: date | None) -> date | None:
    if day is not None and not 1900 <= day.year <= 2199:
        raise ValidationError(_("Check the year."))
    return day


def _link(given: str) -> str:
    """A web address, with or without its https:// ; empty stays empty."""
    given = given.strip()
    if not given:
        return ""
    link = web(given if "://" in given else f"https://{given}")
    try:
        URLValidator(schemes=["https"])(link)
    except ValidationError:
        raise ValidationError(
            _("This is no web address. Copy it from your browser; it starts with https://.")
        ) from None
    return link


def _evidence(upload: "UploadedFile[Any] | None") -> by_hand.File | None:
    if upload is None:
        return None
    # One byte more than is taken says enough about a file that is too large.
    file = by_hand.File(name=upload.name or "", data=upload.read(by_hand.MAX_FILE + 1))
    try:
        by_hand.check_evidence(file)
    except by_hand.NotEvidence as error:
        raise ValidationError(error.message) from None
    return file


# --- What a learner adds to a badge ----------------------------------------------------------


class EvidenceForm(forms.Form):
    """A file, a link or a text that shows what was done."""

    title = forms.CharField(
        label=_("What is it?"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("For example: my final report, a photo of the boat I built."),
    )
    text = forms.CharField(
        label=_("In your words"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What did you do, and what came of it? This may stand alone."),
    )
    url = forms.CharField(
        label=_("A link"),
        required=False,
        max_length=2000,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    file = forms.FileField(
        label=_("A file"),
        required=False,
        allow_empty_file=True,
        max_length=1000,
        widget=forms.FileInput(attrs={"accept": SHOWN}),
        help_text=_("PDF, PNG, JPEG, WebP or text, up to 10 MB. Only you can download it."),
    )

    def clean_url(self) -> str:
        return _link(self.cleaned_data["url"])

    def clean_file(self) -> by_hand.File | None:
        return _evidence(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("url") and cleaned.get("file"):
            raise ValidationError(_("A link and a file are two things: add one after the other."))
        shown = ("file", "url", "text")
        if not any(cleaned.get(name) or name in self.errors for name in shown):
            raise ValidationError(_("Choose a file, paste a link, or write a few sentences."))
        return cleaned


class EvidenceWordsForm(forms.Form):
    """The words about evidence that is there."""

    title = forms.CharField(label=_("What is it?"), max_length=200)
    text = forms.CharField(
        label=_("In your words"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class ReflectionForm(forms.Form):
    """What a learner thinks of a badge, and on which day."""

    on = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    text = forms.CharField(
        label=_("What I think of it"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What was hard, what you would do again. Only you read this."),
    )

    def clean_on(self) -> date | None:
        return _usual(self.cleaned_data["on"])


# --- What a learner asks of the backpack -----------------------------------------------------


def wanted_in(asked: QueryDict) -> Wanted:
    """What the questions of an address ask for. Nonsense in them asks nothing."""

    def named(key: str) -> UUID | None:
        try:
            return UUID(asked.get(key, ""))
        except ValueError:
            return None

    year = asked.get("year", "")[:5]
    return Wanted(
        words=asked.get("q", "").replace("\0", "")[:200].strip(),
        state=asked.get("state", "")[:20],
        issuer=named("issuer"),
        skill=named("skill"),
        source=named("source"),
        tag=named("tag"),
        year=int(year) if year.isascii() and year.isdigit() and 1900 <= int(year) <= 2199 else None,
    )


def chosen_in(sent: QueryDict, *, owner: User, now: datetime) -> list[UUID]:
    """The badges that a form of the backpack is about: the ticked ones, or all of its search."""
    if sent.get("all"):
        return chosen(owner=owner, wanted=wanted_in(QueryDict(sent.get("asked", ""))), now=now)
    found = []
    for text in sent.getlist("badge"):
        with suppress(ValueError):
            found.append(UUID(text))
    return found
