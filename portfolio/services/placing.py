"""Where a link goes from here: an e-mail, the signature under all of them, LinkedIn, a website.

Whatever a learner or an issuer wrote is a value in these addresses and never part of their
structure: each is encoded, and none can add a parameter, a header or an element.
"""

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from portfolio.services.pageview import EntryView, PageView

LINKEDIN = "https://www.linkedin.com/profile/add?"
LONGEST = 200  # characters of a name: a longer address is cut off by some of its readers
WIDTH, HEIGHT = 640, 420  # of an embedded page, until it is told otherwise
SMALLEST = 200


@dataclass(frozen=True, slots=True)
class Profile:
    """One badge, and the address that fills in LinkedIn's own form with it."""

    entry: EntryView
    address: str


def mail(*, view: PageView, address: str) -> str:
    """A letter that only wants to be addressed."""
    words = {
        "subject": f"{view.who}: {view.title}",
        "body": _("Here are my badges, each of them checked:\n\n%(address)s\n")
        % {"address": address},
    }
    return "mailto:?" + urlencode(words, quote_via=quote)


def signature(*, view: PageView, address: str) -> str:
    """A few lines of HTML for under every letter.

    No number of verified badges, which would be wrong one day, and no picture, which would tell
    us who has opened which letter.
    """
    context = {"view": view, "address": address}
    return render_to_string("portfolio/_signature.html", context).strip()


def linkedin(*, view: PageView, address: str) -> tuple[Profile, ...]:
    """For each badge the address of LinkedIn's form, filled in. What was lost is left out."""
    return tuple(
        Profile(entry, LINKEDIN + urlencode(_certificate(entry, address), quote_via=quote))
        for entry in view.entries
        if not entry.lost
    )


def _certificate(entry: EntryView, address: str) -> dict[str, str]:
    values = {
        "startTask": "CERTIFICATION_NAME",
        "name": entry.name[:LONGEST],
        "organizationName": entry.issuer[:LONGEST],
        "certUrl": f"{address}badges/{entry.badge_id}/",
        "certId": str(entry.badge_id),
    }
    for kind, day in (("issue", entry.issued), ("expiration", entry.expires)):
        if day is not None:
            on = date.fromisoformat(day.iso)
            values |= {f"{kind}Year": str(on.year), f"{kind}Month": str(on.month)}
    return values


def embed(*, view: PageView, token: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    """The frame for somebody's own website."""
    return format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" '
        'referrerpolicy="no-referrer" style="border:0;max-width:100%"></iframe>',
        settings.SITE_URL + reverse("portfolio:shared-embed", args=[token]),
        f"{view.who}: {view.title}",
        width,
        height,
    )


def oembed(
    *, view: PageView, token: str, card: str, max_width: int | None, max_height: int | None
) -> dict[str, object]:
    """What a site that knows oEmbed is told about a link; `card` is its picture's address."""
    width, height = _within(WIDTH, max_width), _within(HEIGHT, max_height)
    told: dict[str, object] = {
        "version": "1.0",
        "type": "rich",
        "title": f"{view.who} · {view.title}",
        "author_name": view.who,
        "provider_name": "Laurel",
        "provider_url": settings.SITE_URL + "/",
        "cache_age": 300,
        "html": embed(view=view, token=token, width=width, height=height),
        "width": width,
        "height": height,
    }
    if card and _fits(max_width, 1200) and _fits(max_height, 630):
        told |= {"thumbnail_url": card, "thumbnail_width": 1200, "thumbnail_height": 630}
    return told


def _within(ours: int, most: int | None) -> int:
    return ours if most is None else max(min(ours, most), SMALLEST)


def _fits(most: int | None, size: int) -> bool:
    return most is None or most >= size
