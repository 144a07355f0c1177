"""Check any badge, for people without an account. Sets no cookie and looks at none."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.services.limits import TooOften
from accounts.visitors import address_of, from_our_page, keep_private
from badges.forms import VerifyForm
from badges.models import Inspection
from badges.openbadges import parse
from badges.openbadges.controllers import CARRIES_ITS_KEY
from badges.openbadges.errors import Unreadable
from badges.services import inspections, trust
from badges.services.imports import MAX_FILE
from badges.services.registry import IMPERSONATES, KNOWN, Standing
from badges.services.telling import told, told_again

MAX_BODY = MAX_FILE + 4 * 1024 * 1024  # a file, or a text, and what surrounds them
View = Callable[..., HttpResponseBase]


# --- The box ---------------------------------------------------------------------------------


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@from_our_page
def start(request: HttpRequest) -> HttpResponseBase:
    """Say what is checked; take one badge."""
    if request.method != "POST":
        return render(request, "badges/verify.html", {"form": VerifyForm()})
    try:
        form = _taken(request)
    except _TooLarge:
        words = _("This is larger than 10 MB. A badge is never that large.")
        return _again(request, VerifyForm(), words, 413)
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        words = _("What you sent did not arrive in one piece. Please try again.")
        return _again(request, VerifyForm(), words, 400)
    if not form.is_valid():
        return _again(request, form, "", 422)
    file, name = form.read()
    try:
        token = inspections.start(
            file=file,
            name=name,
            text=form.cleaned_data["text"],
            about=form.cleaned_data["about"],
            address=address_of(request),
            now=timezone.now(),
        )
    except inspections.Refused as error:
        return _again(request, form, told(error.message), 422)
    except inspections.Busy:
        words = _("Many badges are being checked at this moment. Try again in a few minutes.")
        return _again(request, form, words, 429)
    except TooOften as stop:
        words = _("You have had many badges checked. Go on at %(time)s UTC.")
        return _again(request, form, words % {"time": f"{stop.again_at:%H:%M}"}, 429)
    response = redirect("verify:result", token)
    keep_private(response)
    return response


class _TooLarge(Exception):
    """More bytes than the box takes, known before any is read."""


def _taken(request: HttpRequest) -> VerifyForm:
    # Without a length nothing of the body is read, so this one number is enough.
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BODY:
        raise _TooLarge
    return VerifyForm(request.POST, request.FILES)


def _again(request: HttpRequest, form: VerifyForm, words: str, status: int) -> HttpResponse:
    context = {"form": form, "words": words}
    response = render(request, "badges/verify.html", context, status=status)
    keep_private(response)
    return response


# --- The result ------------------------------------------------------------------------------


def opened(view: View) -> View:
    """Give the view its inspection. Never there, deleted and too old are one and the same."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            row = inspections.resolve(token=token, now=timezone.now())
        except inspections.Gone:
            response: HttpResponseBase = render(request, "badges/verify_gone.html", status=404)
        else:
            response = view(request, row, token)
        keep_private(response)
        return response

    return wrapped


@require_safe
@opened
def result(request: HttpRequest, row: Inspection, token: str) -> HttpResponse:
    """The answers so far; asks for more until there are all."""
    return render(request, "badges/verify_result.html", _context(row, token))


@require_safe
@opened
def progress(request: HttpRequest, row: Inspection, token: str) -> HttpResponse:
    """The part of it that changes."""
    return render(request, "badges/_verify_result.html", _context(row, token))


@require_safe
@opened
def picture(request: HttpRequest, row: Inspection, token: str) -> HttpResponse:
    """The badge's picture, made safe, for as long as the row is there."""
    if not row.picture:
        return HttpResponse(status=404)
    return HttpResponse(
        bytes(row.picture),
        content_type="image/webp",
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


@require_safe
@opened
def report(request: HttpRequest, row: Inspection, token: str) -> HttpResponse:
    """All of it for machines, as a file."""
    if not row.report:
        return render(request, "badges/verify_gone.html", status=404)
    return HttpResponse(
        json.dumps(row.report, indent=2, ensure_ascii=False) + "\n",
        content_type="application/json",
        headers={
            "Content-Disposition": 'attachment; filename="laurel-report.json"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@csrf_exempt
@require_POST
@from_our_page
@opened
def forget(request: HttpRequest, row: Inspection, token: str) -> HttpResponse:
    """Delete it now instead of within the hour."""
    inspections.forget(inspection=row)
    return redirect("verify:start")


# --- Words -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer in one breath. `tone` is a class of notices."""

    tone: str
    icon: str
    title: str
    words: str


# By result: tone, icon, title, which check explains it, and words for when that says nothing.
VERDICTS = {
    "valid": (
        "good",
        "circle-check",
        gettext_lazy("Genuine and in force"),
        "",
        gettext_lazy("It is what its issuer issued, it is in date, and it has not been revoked."),
    ),
    "expired": (
        "warn",
        "calendar-x",
        gettext_lazy("Expired"),
        "period",
        gettext_lazy("It was given for a time that is over."),
    ),
    "revoked": (
        "bad",
        "ban",
        gettext_lazy("Taken back by its issuer"),
        "status",
        gettext_lazy("Whoever issued this badge has revoked it."),
    ),
    "suspended": (
        "warn",
        "circle-pause",
        gettext_lazy("Suspended by its issuer"),
        "status",
        gettext_lazy("It does not count for the time being."),
    ),
    "not_yet_valid": (
        "warn",
        "calendar-clock",
        gettext_lazy("Not in force yet"),
        "period",
        gettext_lazy("It is given for a time that has not begun."),
    ),
    "invalid": (
        "bad",
        "octagon-x",
        gettext_lazy("Do not rely on this badge"),
        "failed",
        gettext_lazy("It was changed after it was issued, or not issued by whoever it names."),
    ),
    "unsigned": (
        "warn",
        "shield-off",
        gettext_lazy("Nobody vouches for it"),
        "",
        gettext_lazy("It is not signed, and no issuer confirms it. Anybody can write such a file."),
    ),
    "unknown": (
        "info",
        "circle-question-mark",
        gettext_lazy("Could not be fully checked"),
        "unknown",
        gettext_lazy("Try again later, or ask its issuer."),
    ),
}
LOST = {"revoked", "suspended", "expired", "invalid"}
DECIDING = ("signature", "issuer", "period", "status")


def _verdict(row: Inspection) -> Verdict:
    if row.error:
        return Verdict("warn", "file-x", _("This could not be checked"), row.error)
    by = {found["check"]: found for found in row.findings}
    if row.result == "valid":
        return _good(row, by)
    tone, icon, title, reason, words = VERDICTS.get(row.result, VERDICTS["unknown"])
    if reason in {"failed", "unknown"}:
        reason = next((check for check in DECIDING if by[check]["outcome"] == reason), "")
    said = told_again(by[reason]) if reason else str(words)
    if row.result == "unknown" and reason == "issuer" and by["signature"]["outcome"] == "passed":
        said = _("%(reason)s Ask the issuer before you count on it.") % {"reason": said}
        return Verdict("warn", "key-round", _("Signed, but by whom is not shown"), said)
    if row.result == "unknown":
        said = _("%(reason)s That is no verdict against it: ask its issuer, or try later.") % {
            "reason": said
        }
    elif row.host and not row.host.startswith(CARRIES_ITS_KEY) and row.result != "invalid":
        said = _("%(reason)s It was issued by %(host)s.") % {"reason": said, "host": row.host}
    return Verdict(tone, icon, str(title), said)


def _good(row: Inspection, by: dict[str, dict[str, str]]) -> Verdict:
    """Valid, with the three ways in which that is not the whole story."""
    standing = Standing(**row.report["registry"])
    if standing.code == IMPERSONATES:
        return Verdict(
            "warn",
            "triangle-alert",
            _("Look twice at who issued it"),
            _(
                "It is unchanged and in force, but its issuer bears the name of another one. Read "
                "below who issued it before you count on it."
            ),
        )
    if by["recipient"]["outcome"] == "failed":
        return Verdict(
            "warn",
            "mail-question-mark",
            _("Genuine, but somebody else’s"),
            _("It is what its issuer issued, but it was not issued to the address you gave."),
        )
    # Anybody can make a key and call it a university.
    if by["issuer"]["code"] == "issuer.self_certified" and standing.code != KNOWN:
        return Verdict(
            "info",
            "key-round",
            _("Genuine, from whoever holds its key"),
            _(
                "It is unchanged, in date and not revoked. The name of its issuer is the issuer’s "
                "own word: compare the identifier below with one that you know to be theirs."
            ),
        )
    tone, icon, title, _reason, words = VERDICTS["valid"]
    who = standing.entry if row.host.startswith(CARRIES_ITS_KEY) else row.host
    said = _("%(who)s issued it, it is in date, and it has not been revoked.")
    return Verdict(tone, icon, str(title), said % {"who": who} if who else str(words))


def _context(row: Inspection, token: str) -> dict[str, Any]:
    context: dict[str, Any] = {"inspection": row, "token": token, "lines": _lines(row)}
    if not row.is_over:
        return context
    context["verdict"] = _verdict(row)
    if row.error:
        return context
    facts = row.facts
    return context | {
        "facts": facts,
        "issuer": facts.get("issuer", {}),
        "issued_at": _moment(facts.get("issued_at", "")),
        "expires_at": _moment(facts.get("expires_at", "")),
        "standing": Standing(**row.report["registry"]),
        "document": _pretty(row),
        "cut": facts["length"] > len(row.document),
        # What a badge says of itself is only said, until somebody is established who issued it.
        "doubtful": not row.host,
        "lost": row.result in LOST,
    }


def _lines(row: Inspection) -> list[trust.Line]:
    """A line for each question, answered or not, in their order."""
    known = {line.check: line for line in trust.lines(row.findings)}
    waiting = _("Waiting for the answer.")
    return [
        known.get(check) or trust.Line(check, str(question), "waiting", waiting)
        for check, question in trust.QUESTIONS.items()
    ]


def _moment(text: str) -> datetime | None:
    return parse_datetime(text) if text else None


def _pretty(row: Inspection) -> str:
    """The document with air in it, for eyes; of a token what it says, then the token itself."""
    try:
        if parse.JWS.fullmatch(row.document):
            said = json.dumps(parse.jws_claims(row.document), indent=2, ensure_ascii=False)
            return f"{said}\n\n{row.document}"
        return json.dumps(json.loads(row.document), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError, Unreadable):
        return row.document
