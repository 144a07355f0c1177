"""The directory, for people without an account: look for somebody, and write to them.

No cookie, no session, and nothing that is asked is kept: an advert becomes a list of skills in the
address, and is gone.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.services import limits
from accounts.visitors import View, address_of, from_our_page, keep_private, sorry
from portfolio.forms import AdvertForm, MessageForm, SearchForm, WriteForm
from portfolio.models import OpenTo
from portfolio.services import directory, post, relay

QUESTION = {"skill", "add", "words", "place", "open_to", "verified", "read"}
NOT_REACHED = gettext_lazy("This person cannot be written to through the directory at the moment.")


def counted(view: View) -> View:
    """Give each visitor a number of looks: enough to hire by, too few to copy everybody."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            directory.look(address=address_of(request), now=timezone.now())
        except limits.TooOften as stop:
            words = _("You have looked at many people. You can go on at %(time)s UTC.")
            return sorry(request, words % {"time": _time(stop)}, status=429)
        return view(request, *args, **kwargs)

    return wrapped


def _time(stop: limits.TooOften) -> str:
    return f"{stop.again_at:%H:%M}"


# --- Finding -----------------------------------------------------------------------------------


@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    """The question, and a page of those who answer it best."""
    if not QUESTION & request.GET.keys():
        context = {"form": SearchForm(), "advert": AdvertForm(), "found": None}
        return render(request, "portfolio/directory.html", context)
    response = _found(request)
    keep_private(response)
    return response


@counted
def _found(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    skills, unknown = _skills(request.GET)
    words = request.GET.get("words", "")[:200]
    question = directory.Question(
        skills=skills,
        words=" ".join([words, *unknown]),
        place=request.GET.get("place", "")[:80],
        open_to=request.GET.get("open_to", ""),
        verified_only=bool(request.GET.get("verified")),
    )
    found = directory.search(question=question, number=_number(request.GET), now=now)
    form = SearchForm(
        initial={
            "words": question.words.strip(),
            "place": question.place,
            "open_to": question.open_to if question.open_to in OpenTo.values else "",
            "verified": question.verified_only,
        }
    )
    context = {
        "form": form,
        "advert": AdvertForm(),
        "found": found,
        "asked": [(skill, _without(question, str(skill.pk))) for skill in found.asked],
        "unknown": unknown,
        "read": "read" in request.GET,
        "empty": question.is_empty,
        "earlier": _at(question, found.number - 1) if found.number > 1 else "",
        "later": _at(question, found.number + 1) if found.number < found.pages else "",
    }
    return render(request, "portfolio/directory.html", context)


@csrf_exempt
@require_POST
@from_our_page
@counted
def advert(request: HttpRequest) -> HttpResponseBase:
    """Turn an advert into the skills that it asks for. The advert itself is kept nowhere."""
    form = AdvertForm(request.POST)
    skills: list[UUID] = []
    if form.is_valid():
        skills = directory.wanted_by(form.cleaned_data["advert"])
        if not skills:
            words = _("We found no skill in it that we know. Name some in the field for skills.")
            form.add_error("advert", words)
    if form.errors:
        context = {"form": SearchForm(), "advert": form, "found": None}
        response = render(request, "portfolio/directory.html", context, status=422)
        keep_private(response)
        return response
    pairs = [("skill", str(pk)) for pk in skills]
    return redirect(f"{reverse('portfolio:directory')}?{urlencode([*pairs, ('read', '1')])}")


def _skills(asked: QueryDict) -> tuple[list[UUID], list[str]]:
    """Those that were chosen before, those just named, and the names that mean none."""
    chosen: list[UUID] = []
    for text in asked.getlist("skill")[: directory.MAX_SKILLS]:
        try:
            chosen.append(UUID(text))
        except ValueError:
            continue
    new, unknown = directory.named(asked.get("add", "")[:1000])
    return list(dict.fromkeys([*chosen, *new])), unknown


def _number(asked: QueryDict) -> int:
    text = asked.get("page", "1")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 1


def _address(question: directory.Question, skills: list[str], **more: object) -> str:
    pairs: list[tuple[str, object]] = [("skill", skill) for skill in skills]
    pairs += [
        ("words", question.words.strip()),
        ("place", question.place.strip()),
        ("open_to", question.open_to),
        ("verified", "on" if question.verified_only else ""),
        *more.items(),
    ]
    query = urlencode([(key, value) for key, value in pairs if value])
    return f"{reverse('portfolio:directory')}?{query}" if query else reverse("portfolio:directory")


def _without(question: directory.Question, skill: str) -> str:
    return _address(question, [str(pk) for pk in question.skills if str(pk) != skill])


def _at(question: directory.Question, number: int) -> str:
    return _address(question, [str(pk) for pk in question.skills], page=number)


# --- Writing -----------------------------------------------------------------------------------


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@from_our_page
@counted
def person(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One person, and the form by which to write to them."""
    now = timezone.now()
    try:
        listing = directory.listing_at(pk)
    except directory.NotListed:
        return _gone(request, _("Nobody is listed here"))
    form = WriteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            relay.write(listing=listing, visitor=address_of(request), now=now, **given)
        except limits.TooOften as stop:
            words = _("Many messages came from here. You can write again at %(time)s UTC.")
            form.add_error(None, words % {"time": _time(stop)})
        except post.NoMail:
            form.add_error(None, _("Our mail server does not answer. Try again in a few minutes."))
        else:
            return _private(request, "portfolio/directory_sent.html", {"email": given["email"]})
    card = directory.card_of(listing, now)
    context = {"card": card, "form": form}
    status = 422 if form.errors else 200
    response = render(request, "portfolio/directory_person.html", context, status=status)
    keep_private(response)
    if card.indexed and request.method != "POST":
        del response["X-Robots-Tag"]
    return response


def held(view: Callable[..., HttpResponseBase]) -> View:
    """Say the same to whoever comes with a key that opens nothing."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            response = view(request, token, timezone.now())
        except relay.Gone:
            return _gone(request, _("This link opens nothing"))
        except relay.NotReached:
            return sorry(request, str(NOT_REACHED), status=409)
        except limits.TooOften as stop:
            words = _("This person has got many messages. Try this link again at %(time)s UTC.")
            return sorry(request, words % {"time": _time(stop)}, status=429)
        keep_private(response)
        return response

    return wrapped


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@from_our_page
@held
def prove(request: HttpRequest, token: str, now: datetime) -> HttpResponseBase:
    """Opened from a sender's mailbox. Only the button sends: programs open links, too."""
    if request.method != "POST":
        conversation = relay.waiting(token=token, now=now)
        message = conversation.messages.get()
        context = {"conversation": conversation, "message": message}
        return render(request, "portfolio/directory_prove.html", context)
    if "disown" in request.POST:
        relay.disown(token=token, now=now)
        return render(request, "portfolio/directory_done.html", {"disowned": True})
    conversation = relay.prove(token=token, now=now)
    return render(request, "portfolio/directory_done.html", {"conversation": conversation})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@from_our_page
@held
def reply(request: HttpRequest, token: str, now: datetime) -> HttpResponseBase:
    """A conversation as its sender sees it, reached from a mail."""
    conversation = relay.resolve(token=token)
    form = MessageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        relay.reply(conversation=conversation, text=form.cleaned_data["text"], now=now)
        return redirect("portfolio:directory-reply", token)
    context = {
        "conversation": conversation,
        "messages_so_far": list(conversation.messages.all()),
        "form": form,
        "open": relay.may_reply(conversation),
    }
    status = 422 if form.errors else 200
    return render(request, "portfolio/directory_reply.html", context, status=status)


def _private(request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, name, context)
    keep_private(response)
    return response


def _gone(request: HttpRequest, title: str) -> HttpResponse:
    response = render(request, "portfolio/directory_gone.html", {"title": title}, status=404)
    keep_private(response)
    return response
