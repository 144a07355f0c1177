"""The import box, and the box of the page that checks any badge."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from badges.services.imports import MAX_ITEMS, Upload


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
