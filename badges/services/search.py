"""Finds a learner's badges by words: whole ones, the starts of words, and mistyped ones.

Theory of operation. Each badge in a backpack has one row of words: of its name, issuer, skills and
tags, of what it is about and what had to be done. They are folded here (no case, no accents, one
form for each letter), with a space before each, so that to look for the start of a word is to look
for a piece of text, which every database does alike. Only the owner's rows are looked at, and all
of them: that is a few milliseconds for ten thousand badges, and does not grow with the site. An
index over everybody's words was measured, and is slower: docs/decisions tells.

When nothing fits, some word may be mistyped. What it may have meant is looked for among the words
of the owner's own badges, by the number of letters that would have to be changed. So no other
learner's words can ever show through.

The rows are a cache. Whoever changes a badge's words calls `forget`; the next search of its owner
reads what is missing, with a worker's help when it is much.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Aggregate, Case, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from accounts.models import User
from badges.models import Badge, BadgeQuerySet, Issuer, SearchText, SearchWord
from badges.services import bell
from badges.services.spelling import meant

TASK = "badges.read_words"

MAX_TERMS = 8
MAX_WORD = 40
MAX_BODY = 6000  # letters of a description, and of criteria
MAX_WORDS = 700  # of one badge
BATCH = 500
AT_ONCE = 1000  # in a request, which takes half a second; the rest is for a worker
MANY = 300  # badges that are told to the next queries one by one
# Signs that make another word of it: C, C++ and C# are three things.
SIGNS = [(re.compile(r"(?<=\w)\+\+"), "plusplus"), (re.compile(r"(?<=\w)#"), "sharp")]
# Written without spaces: each letter is a word, or nothing but a whole line could be found.
UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f])")
ACCENTS = re.compile(r"[\u0300-\u036f]")


def words_of(text: str) -> list[str]:
    """The words of a text, folded, in their order."""
    text = text.casefold()
    for sign, word in SIGNS:
        text = sign.sub(word, text)
    if text.isascii():
        return [word[:MAX_WORD] for word in re.findall(r"[a-z0-9]+", text)]
    text = unicodedata.normalize("NFC", ACCENTS.sub("", unicodedata.normalize("NFKD", text)))
    text = UNSPACED.sub(r" \1 ", text)
    # Vowel signs of many scripts are marks: they belong to their word.
    kept = (c if unicodedata.category(c)[0] in "LNM" else " " for c in text)
    return [word[:MAX_WORD] for word in "".join(kept).casefold().split()]


# --- Looking ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to. `fits` is None when nothing was asked; `instead` are the words that
    were looked for, if they are not the ones that were typed."""

    fits: Q | None = None
    in_name: Case | None = None
    instead: str = ""

    def among(self, badges: BadgeQuerySet) -> BadgeQuerySet:
        """Those of its owner's badges that fit, those whose name does first."""
        if self.fits is None:
            return badges
        fitting = badges.filter(self.fits)
        if self.in_name is None:
            return fitting
        order = ("-in_name", "-issued_at", "-added_at", "pk")
        return fitting.alias(in_name=self.in_name).order_by(*order)


def find(*, owner: User, text: str) -> Found:
    """Which of the owner's badges fit all words of a text. Text without a word asks nothing.

    Costs one query, and one more when nothing fits and some word must be mistyped.
    """
    terms = words_of(text)[:MAX_TERMS]
    if not terms:
        return Found()
    choices = [(term,) for term in terms]
    if fits := _fits(owner, choices):
        # One or two letters fit nearly everything: the newest are as good as any.
        ranked = any(len(term) > 2 for term in terms)
        return Found(fits, _in_name(choices) if ranked else None)
    better = meant(terms, _known(owner))
    fits = _fits(owner, better) if better and better != choices else None
    if better is None or fits is None:
        return Found(Q(pk__in=[]))
    return Found(fits, _in_name(better), " ".join(words[0] for words in better))


def _fits(owner: User, choices: Sequence[Sequence[str]]) -> Q | None:
    """The badges with, for each of the choices, a word that starts with one of it. None: none.

    A list is asked for several times, with its counts; so what fits is found once and told by its
    ids, unless that is too much to tell.
    """
    rows = SearchText.objects.filter(owner=owner)
    for any_of in choices:
        there = Q()
        for word in any_of:
            there |= Q(GreaterThan(StrIndex("words", Value(f" {word}")), 0))
        rows = rows.filter(there)
    hits = list(rows.values_list("badge_id", flat=True)[: MANY + 1])
    if len(hits) > MANY:
        return Q(pk__in=rows.values("badge_id"))
    return Q(pk__in=hits) if hits else None


def _known(owner: User) -> str:
    """The owner's words in one text. As rows of their own they would take far longer to fetch."""
    words = SearchWord.objects.filter(owner=owner).aggregate(all=Joined("text"))
    return f" {words['all'] or ''} "


class Joined(Aggregate):
    """All values in one text, a space between them."""

    output_field = TextField()
    template = "%(function)s(%(expressions)s, ' ')"
    function = "GROUP_CONCAT"

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG")


def _in_name(choices: Sequence[Sequence[str]]) -> Case:
    """How well the name fits: 2 for whole words, 1 for starts of words, 0 for not."""
    whole, start = Q(), Q()
    for any_of in choices:
        whole &= Q(search_text__name__contains=f" {any_of[0]} ")
        start &= Q(search_text__name__contains=f" {any_of[0]}")
    return Case(
        When(whole, then=Value(2)),
        When(start, then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )


# --- Keeping ---------------------------------------------------------------------------------


def forget(badges: Iterable[UUID]) -> None:
    """These badges have other words now: they are read again."""
    SearchText.objects.filter(badge__in=list(badges)).delete()


def read_again(badges: Sequence[UUID]) -> None:
    """Their owner has just changed them, and may look for what is new in the next moment: a few
    are read at once. The old words of the others are no use, so they wait for `catch_up`."""
    forget(badges)
    if len(badges) <= AT_ONCE:
        _enter(list(badges))


def forget_skills(skills: Iterable[UUID]) -> None:
    """They are called something else now."""
    SearchText.objects.filter(badge__skill_links__skill__in=list(skills)).delete()


def forget_issuer(issuer: Issuer) -> None:
    """It is called something else now."""
    SearchText.objects.filter(badge__issuer=issuer).delete()


def tell(owner: UUID) -> None:
    """Badges have come into a backpack: a worker reads them before anybody looks for them."""
    bell.ring(TASK, owner_id=str(owner))


def catch_up(*, owner: User, badges: int | None = None) -> None:
    """Read what the index of a backpack lacks: as much as fits into a request now, the rest by a
    worker. Mostly one query; `badges` saves another: how many are in the backpack."""
    mine = Badge.objects.owned_by(owner)
    lacking = (mine.count() if badges is None else badges) - SearchText.objects.filter(
        owner=owner
    ).count()
    if lacking:
        _read(mine.filter(search_text=None), AT_ONCE)
    if lacking > AT_ONCE:
        tell(owner.pk)


def read_words(*, owner_id: UUID) -> int:
    """Read all that is missing of one owner. Returns how many badges were read."""
    return _read(Badge.objects.filter(owner=owner_id, added_at__isnull=False, search_text=None))


def sweep() -> int:
    """Read what is missing anywhere. Looks at every badge, so it is for an hour's tidying."""
    return _read(Badge.objects.filter(added_at__isnull=False, search_text=None))


def _read(missing: "QuerySet[Badge]", at_most: int | None = None) -> int:
    ids = iter(list(missing.order_by("pk").values_list("pk", flat=True)[:at_most]))
    done = 0
    while batch := list(islice(ids, BATCH)):
        _enter(batch)
        done += len(batch)
    return done


def _enter(pks: list[UUID]) -> None:
    """Read these badges. Two who do it at once, or an owner who removes one, do no harm."""
    rows = (
        Badge.objects.filter(pk__in=pks, added_at__isnull=False)
        .select_related("issuer")
        .only("owner_id", "name", "description", "criteria_text", "issuer__name")
        .prefetch_related("skills", "tags")
    )
    texts, words = [], set()
    for badge in rows:
        name = words_of(badge.name)
        labels = [skill.name for skill in badge.skills.all()] + [t.name for t in badge.tags.all()]
        said = words_of(" ".join([str(badge.issuer.name if badge.issuer else ""), *labels]))
        about = words_of(badge.description[:MAX_BODY] + " " + badge.criteria_text[:MAX_BODY])
        every = list(dict.fromkeys([*name, *said, *about]))[:MAX_WORDS]
        words |= {(badge.owner_id, word) for word in every if len(word) > 2}
        texts.append(
            SearchText(
                badge=badge,
                owner_id=badge.owner_id,
                name=f" {' '.join(name)} ",
                words=f" {' '.join(every)} ",
            )
        )
    with transaction.atomic():
        SearchText.objects.bulk_create(texts, ignore_conflicts=True)
        SearchWord.objects.bulk_create(
            (SearchWord(owner_id=owner, text=word) for owner, word in sorted(words)),
            ignore_conflicts=True,
            batch_size=2000,
        )
