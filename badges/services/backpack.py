"""A learner's badges, narrowed by words and by facets, with how many each choice would leave.

A facet counts what is left by all the others, so that its choices are the ones that lead somewhere.
However many badges there are, and whatever is asked, it is the same few queries.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q

from accounts.models import User
from badges.models import Badge, BadgeQuerySet, Recipient, Result
from badges.models.badge import in_state
from badges.services import search

SOON = {"expiring": 90, "expiring-30": 30, "expiring-7": 7}  # days
STATES = [
    Result.VALID,
    Result.EXPIRED,
    Result.REVOKED,
    Result.SUSPENDED,
    Result.UNKNOWN,
    Result.UNSIGNED,
    Result.INVALID,
    Result.NOT_YET_VALID,
]
OTHER_ADDRESS = "other-address"
UNLISTED = "unlisted"
MAX_CHOICES = 100
MAX_YEARS = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a learner asks of their backpack. An empty field asks nothing."""

    words: str = ""
    state: str = ""
    issuer: UUID | None = None
    skill: UUID | None = None
    source: UUID | None = None
    tag: UUID | None = None
    year: int | None = None

    def __bool__(self) -> bool:
        return self != Wanted()

    def without(self, field: str) -> "Wanted":
        """The same, but for one question."""
        nothing: Any = "" if field in {"words", "state"} else None
        return replace(self, **{field: nothing})


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, and how many badges it would leave."""

    value: str
    words: str
    count: int


def state_is(state: str, now: datetime) -> Q | None:
    """The badges that a value of the facet "state" stands for; None for nonsense."""
    if state in SOON:
        until = now + timedelta(days=SOON[state])
        return Q(result=Result.VALID, expires_at__gt=now, expires_at__lte=until)
    if state == OTHER_ADDRESS:
        return Q(result=Result.VALID, recipient=Recipient.OTHER)
    if state == UNLISTED:
        return Q(unlisted_at__isnull=False)
    return in_state(state, now) if state in STATES else None


def narrowed(*, owner: User, wanted: Wanted, now: datetime) -> tuple[BadgeQuerySet, search.Found]:
    """The badges that fit, newest first, or by how well they fit when words are asked for."""
    badges = _by_facets(Badge.objects.owned_by(owner), wanted, now)
    found = search.find(owner=owner, text=wanted.words)
    return found.among(badges.order_by("-issued_at", "-added_at", "pk")), found


def chosen(*, owner: User, wanted: Wanted, now: datetime) -> list[UUID]:
    """All badges of a search, for what is done with several at once."""
    if wanted.words:
        search.read_words(owner_id=owner.pk)  # "all" must not leave out what was not read yet
    badges, _found = narrowed(owner=owner, wanted=wanted, now=now)
    return list(badges.order_by().values_list("pk", flat=True))


def _by_facets(badges: BadgeQuerySet, wanted: Wanted, now: datetime) -> BadgeQuerySet:
    state = state_is(wanted.state, now)
    if state is not None:
        badges = badges.filter(state)
    if wanted.issuer:
        badges = badges.filter(issuer=wanted.issuer)
    if wanted.skill:
        badges = badges.filter(skill_links__skill=wanted.skill)
    if wanted.source:
        badges = badges.filter(source=wanted.source)
    if wanted.tag:
        badges = badges.filter(taggings__tag=wanted.tag)
    if wanted.year:
        badges = badges.filter(_in_year(wanted.year))
    return badges


def _in_year(year: int) -> Q:
    # A range, unlike the year of a date, is found in the index.
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    return Q(issued_at__gte=start, issued_at__lt=end)


# --- Facets ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facets:
    """The counts of one backpack."""

    owner: User
    wanted: Wanted
    now: datetime
    fits: Q | None

    def others(self, field: str) -> BadgeQuerySet:
        """The badges that all other facets leave."""
        left = self.wanted.without(field)
        badges = _by_facets(Badge.objects.owned_by(self.owner), left, self.now).order_by()
        return badges if self.fits is None else badges.filter(self.fits)

    def related(self, field: str, path: str, name: str) -> list[Choice]:
        """The values of a foreign key or a many-to-many, the most frequent first."""
        rows = (
            self.others(field)
            .filter(**{f"{path}__isnull": False})
            .values_list(path, f"{path}__{name}")
            .annotate(n=Count("pk"))
            .order_by("-n", f"{path}__{name}", path)[:MAX_CHOICES]
        )
        return [Choice(str(pk), words, n) for pk, words, n in rows]

    def states(self) -> list[Choice]:
        """Values and labels come from the caller's language, so only values are told here."""
        values = [*STATES, *SOON, OTHER_ADDRESS, UNLISTED]
        counts = self.others("state").aggregate(
            **{
                f"n{place}": Count("pk", filter=state_is(value, self.now))
                for place, value in enumerate(values)
            }
        )
        found = [Choice(value, "", counts[f"n{place}"]) for place, value in enumerate(values)]
        return [one for one in found if one.count or one.value == self.wanted.state]

    def years(self) -> list[Choice]:
        badges = self.others("year")
        ends = badges.aggregate(first=Min("issued_at"), last=Max("issued_at"))
        if ends["first"] is None:
            return []
        last = ends["last"].year
        years = list(range(last, max(ends["first"].year, last - MAX_YEARS) - 1, -1))
        counts = badges.aggregate(**{f"y{y}": Count("pk", filter=_in_year(y)) for y in years})
        found = [Choice(str(year), str(year), counts[f"y{year}"]) for year in years]
        return [one for one in found if one.count]


def facets(
    *, owner: User, wanted: Wanted, found: search.Found, now: datetime
) -> dict[str, list[Choice]]:
    """Each facet's choices with their counts, for what `narrowed` has `found`: seven queries."""
    every = _Facets(owner, wanted, now, found.fits)
    ways: dict[str, Callable[[], list[Choice]]] = {
        "state": every.states,
        "tag": lambda: every.related("tag", "taggings__tag", "name"),
        "issuer": lambda: every.related("issuer", "issuer", "name"),
        "skill": lambda: every.related("skill", "skill_links__skill", "name"),
        "year": every.years,
        "source": lambda: every.related("source", "source", "title"),
    }
    return {field: count() for field, count in ways.items()}
