"""Finds out how accounts at a provider can be connected, from whatever address a person knows."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import limits
from badges import fetch as door
from badges.addresses import Refused, Target, parse
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import Fetch, Fetched
from badges.sources import badge_connect, ob3_api, readers
from badges.sources.account import BadOffer, Home, Offer
from badges.sources.base import loads

TRIES, TRIES_PER = 30, timedelta(hours=1)

Read = Callable[[Mapping[str, Any], Home], tuple[Offer, ...]]


class NoProvider(OpenBadgesError):
    """Nothing at this address can be connected to. The message says what would be read there."""


def discover(*, user: User, address: str, fetch: Fetch, now: datetime) -> tuple[Offer, ...]:
    """What the provider at this address offers. Raises an `OpenBadgesError` or `limits.TooOften`.

    `address` is a host, any page of the site, or the description itself. Each way of connecting
    comes once, the newest standard first.
    """
    start = target_of(address)
    limits.hit(key=f"connect:{user.pk}", allowed=TRIES, per=TRIES_PER, now=now)
    found: dict[tuple[str, str], Offer] = {}
    problem: OpenBadgesError | None = None
    for number, (url, read) in enumerate(_places(start)):
        try:
            answer = fetch(url, accept="application/json")
        except Unreachable:
            if number == 0:  # a site that does not answer is not asked three times
                raise
            continue
        try:
            for offer in read(_description(url, answer), _home(url)):
                found.setdefault((offer.kind, offer.base), offer)
        except NoProvider as error:
            problem = problem or error
        except OpenBadgesError as error:
            problem = error
    if found:
        return tuple(sorted(found.values(), key=lambda offer: offer.kind, reverse=True))
    assert problem is not None
    raise problem


def target_of(address: str) -> Target:
    """The address that somebody wrote, with or without its https. Raises `NoProvider`."""
    written = address.strip()
    if "://" not in written:
        written = f"https://{written}"
    try:
        target = parse(written)
    except Refused:
        raise NoProvider(
            _("This is no web address. It looks like badges.example.org, or like a link.")
        ) from None
    if target.scheme == "http" and not door.is_opened(target):
        return parse(f"https://{target.authority}{target.path}")
    return target


def _places(start: Target) -> Iterator[tuple[str, Read]]:
    """Where a provider describes itself, the likely ones first."""
    origin = f"{start.scheme}://{start.authority}"
    path = start.path.partition("?")[0].rstrip("/")
    if path.endswith(badge_connect.PATH):
        yield str(start), badge_connect.offers
    elif path.endswith(ob3_api.PATH):
        yield str(start), ob3_api.offers
    else:
        yield origin + badge_connect.PATH, badge_connect.offers
        yield origin + ob3_api.PATH, ob3_api.offers
        above = path.removesuffix(ob3_api.BASE)
        if above:
            yield origin + above + ob3_api.PATH, ob3_api.offers


def _home(url: str) -> Home:
    known = readers()
    hosts = {**known[badge_connect.BadgeConnect.name].hosts}
    hosts |= known[ob3_api.OpenBadgesApi.name].hosts
    return Home(url, parse(url), hosts, door.is_opened)


def _description(url: str, answer: Fetched) -> Mapping[str, Any]:
    here, there = parse(url), parse(answer.final_url)
    if answer.status == 429 or answer.status >= 500:
        message = _("%(site)s cannot answer at the moment (%(status)s). Try again later.")
        raise Unreachable(message % {"site": here.authority, "status": answer.status}, url)
    if here.origin != there.origin:
        message = _(
            "%(host)s sends us on to another site (%(other)s). If that is where your account is, "
            "give its address instead."
        )
        raise BadOffer(message % {"host": here.authority, "other": there.authority})
    try:
        found = loads(answer.body)
    except ValueError:
        found = None
    if answer.status != 200 or not isinstance(found, dict):
        message = _(
            "%(host)s does not say that accounts there can be connected. If your badges are "
            "public, paste the link to them in the import box instead."
        )
        raise NoProvider(message % {"host": here.authority})
    return found
