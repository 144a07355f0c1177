"""The living style page, for developers: every component on one page, while DEBUG is on."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from badges.models import Result, Trust

BADGES = [
    {
        "name": "Data analysis with open data",
        "issuer": "Northfield University",
        "picture": "img/examples/data.svg",
        "state": "valid",
        "trust": "signed",
    },
    {
        "name": "Climate literacy for people in a hurry, with a name that needs two lines or more",
        "issuer": "Harbour City Library",
        "picture": "img/examples/climate.svg",
        "state": "valid",
        "trust": "hosted",
    },
    {
        "name": "First aid at work",
        "issuer": "St. Elmo Rescue School",
        "picture": "img/examples/first-aid.svg",
        "state": "expired",
        "trust": "signed",
    },
    {
        "name": "Академічне письмо",
        "issuer": "Σχολή Γραφής",
        "picture": "",
        "state": "unknown",
        "trust": "none",
    },
]
FINDINGS = [
    ("passed", "Signature", "Signed by the issuer’s key; not a letter has changed since."),
    ("failed", "Revocation", "The issuer’s list names this badge."),
    ("warning", "Recipient", "It names an address that is not verified here."),
    ("unknown", "Issuer", "Its site did not answer."),
    ("not_applicable", "Expiry", "It has no end date."),
]


class ExampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(help_text="As employers should read it.")
    about = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    ends_on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)
    page = forms.ChoiceField(choices=[("1", "Data analyst"), ("2", "Everything")])
    scopes = forms.MultipleChoiceField(
        choices=[("read", "See badges"), ("write", "Import badges")],
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose as few as will do.",
    )
    pdf = forms.BooleanField(
        label="Readers may take a PDF along", required=False, help_text="A dated copy."
    )


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """Half of the form is wrong on purpose, to show what errors look like."""
    context = {
        "states": [*Result.values, "checking"],
        "trusts": Trust.values,
        "badges": BADGES,
        "findings": FINDINGS,
        "form": ExampleForm({"about": "Three badges that show what I can do.", "page": "1"}),
        "now": timezone.now(),
    }
    return render(request, "portfolio/style.html", context)
