"""A shared page beside a job: paste its advert, or choose skills. No account, and nothing kept.

What is posted is read, answered in the same response, and forgotten. It is never logged.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.services import limits
from accounts.visitors import address_of, from_our_page
from badges.services import adverts
from portfolio.models import ShareLink
from portfolio.services import comparing, pages, sharing
from portfolio.views.readers import is_public, opened

# One advert costs some milliseconds; these keep a script from making that a load.
PER_ADDRESS, PER_LINK, PER = 60, 600, timedelta(minutes=10)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@from_our_page
@opened
def compare(request: HttpRequest, link: ShareLink, token: str) -> HttpResponseBase:
    """The form, and below a posted one its answer. Withdrawn and locked links never get here."""
    context: dict[str, object] = {
        "link": link,
        "base": reverse("portfolio:shared", args=[token]),
        "who": pages.shown_name(link.page, link=link),
        "title": link.page.title,
        "indexable": is_public(link),
        "limit": number_format(adverts.MAX_CHARACTERS, force_grouping=True),
    }
    status = 200
    if request.method == "POST":
        text, ids = request.POST.get("advert", ""), posted_ids(request.POST.getlist("skill"))
        context |= {"advert": text[: adverts.MAX_CHARACTERS], "chosen": set(ids)}
        try:
            for key, allowed in (
                (f"compare:address:{address_of(request)}", PER_ADDRESS),
                (f"compare:link:{link.pk}", PER_LINK),
            ):
                limits.hit(key=key, allowed=allowed, per=PER, now=timezone.now())
            asked = comparing.asked_for(page=link.page, text=text, skills=ids)
        except limits.TooOften as stop:
            status = 429
            context["error"] = _("Many jobs were compared just now. Try again at %(time)s UTC.") % {
                "time": f"{stop.again_at:%H:%M}"
            }
        except adverts.Unreadable as problem:
            status = 422
            context["error"] = comparing.unreadable(problem)
        else:
            found = comparing.compare(page=link.page, asked=asked, now=timezone.now(), link=link)
            context["comparison"] = found
            context["summary"] = comparing.summary(found, address=sharing.url(token))
    context["skills"] = adverts.listed()
    response = render(request, "portfolio/compare.html", context, status=status)
    if request.method == "POST":
        response["Cache-Control"] = "private, no-store"
    return response


def posted_ids(values: Iterable[str]) -> list[UUID]:
    """The ids among what was posted. Nonsense is no skill."""
    found = []
    for value in values:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found
