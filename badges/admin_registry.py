"""The registry of issuers, for staff: to keep, to search, and to bring in as a table."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.admin import Inspector, ModelAdmin
from accounts.models import User
from badges.models import KnownIssuer
from badges.services import registry, registry_csv

SHOWN = 500  # rows of a preview; all of them are counted


class KnownIssuerForm(forms.ModelForm[KnownIssuer]):
    """An entry, its identifier in the one spelling in which it is looked up."""

    class Meta:
        model = KnownIssuer
        fields = (
            "identifier",
            "name",
            "other_names",
            "note",
            "source",
            "url",
            "added_on",
            "valid_until",
            "withdrawn",
        )

    def clean_identifier(self) -> str:
        return registry.normal(self.cleaned_data["identifier"])


class TableForm(forms.Form):
    """A file to look at first, or the text of one that has been looked at."""

    file = forms.FileField(label=gettext_lazy("CSV file"), required=False)
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def table(self) -> str:
        file = self.cleaned_data["file"]
        if file is not None and file.size > registry_csv.MAX_BYTES:
            raise registry_csv.BadTable(_("This file is larger than 2 MB. Split it."))
        text: str = self.cleaned_data["text"]
        return registry_csv.decode(file.read()) if file is not None else text


@admin.register(KnownIssuer)
class KnownIssuerAdmin(Inspector):
    """Issuers that somebody has looked at. An entry that should not count is withdrawn."""

    form = KnownIssuerForm
    list_display = ("name", "identifier", "source", "added_on", "valid_until", "withdrawn")
    list_filter = ("withdrawn",)
    search_fields = ("name__icontains", "identifier__istartswith", "other_names__icontains")
    search_help_text = gettext_lazy("A part of a name, or the start of an identifier")
    ordering = ("name", "identifier")
    change_list_template = "badges/admin/registry.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return ModelAdmin.has_change_permission(self, request, obj)

    def save_model(
        self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool
    ) -> None:
        registry.save(entry=obj, actor=_staff(request))

    def get_urls(self) -> list[URLPattern]:
        desk = self.admin_site.admin_view
        own = [
            path("import/", desk(self.bring_in), name="badges_knownissuer_import"),
            path("export/", desk(self.export), name="badges_knownissuer_export"),
        ]
        return own + super().get_urls()

    def bring_in(self, request: HttpRequest) -> HttpResponseBase:
        """Look at a table row by row; bring it in when it has been looked at."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        return _bring_in(request, self.admin_site.each_context(request))

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """All of it as a table."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _export(request)


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_http_methods(["GET", "HEAD", "POST"])
def _bring_in(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    context |= {"title": _("Bring in a table"), "form": TableForm(), "opts": KnownIssuer._meta}
    status = 200
    if request.method == "POST":
        form = context["form"] = TableForm(request.POST, request.FILES)
        try:
            if not form.is_valid():
                raise registry_csv.BadTable(_("Choose a CSV file."))
            text = form.table()
            if not text.strip():
                raise registry_csv.BadTable(_("Choose a CSV file that is not empty."))
            if "confirmed" in request.POST:
                counted = registry_csv.bring_in(text=text, actor=_staff(request))
                words = _("%(new)s new, %(changed)s changed, %(refused)s refused.")
                messages.success(request, words % {name: counted[name] for name in FATES})
                return redirect(reverse("admin:badges_knownissuer_changelist"))
            rows = registry_csv.read(text)
            context |= _preview(rows, text)
        except (registry_csv.BadTable, ValidationError) as error:
            form.add_error(None, getattr(error, "message", str(error)))
            status = 422
    return TemplateResponse(request, "badges/admin/registry_import.html", context, status=status)


FATES = (registry_csv.NEW, registry_csv.CHANGED, registry_csv.SAME, registry_csv.REFUSED)


def _preview(rows: list[registry_csv.Row], text: str) -> dict[str, Any]:
    # What is refused comes first: it is what somebody may want to mend before going on.
    ordered = sorted(rows, key=lambda row: (row.fate != registry_csv.REFUSED, row.line))
    counted = {fate: sum(row.fate == fate for row in rows) for fate in FATES}
    return {
        "rows": ordered[:SHOWN],
        "left_out": max(0, len(rows) - SHOWN),
        "counted": counted,
        "useful": counted[registry_csv.NEW] + counted[registry_csv.CHANGED],
        "text": text,
    }


@require_safe
def _export(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        registry_csv.write(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="known-issuers.csv"'},
    )
