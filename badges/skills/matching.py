"""Which skills an advert asks for, and how what somebody has answers it.

Theory of operation. `adverts.read` gives every phrase of an advert; whoever holds the names of
skills says which phrases are names, and of what (`Sense`). `wanted` then decides, in this order:

1. *Longer phrases first*, and no word twice: "project management" is not also "management".
2. *What a phrase means*: our own curated skills before those of loaded lists, the advert's
   language before English, main names before others. Equally good meanings are no meaning.
3. *Traps* (`ambiguous`): "Go to market" is no programming language.
4. *How it is asked for* (`Sentence.need`). What is only talked about is not asked for; what is not
   needed is kept apart. Asked for twice, the stronger word counts.

`compare` puts holdings beside that: a badge covers a skill, or shows a related one (`graph`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from badges.skills import ambiguous
from badges.skills.adverts import Advert, Sentence, Span
from badges.skills.cues import Need

WEIGHTS = {Need.MUST: 1.0, Need.PLAIN: 0.8, Need.NICE: 0.4}
QUOTE = 180  # characters of the sentence in which a skill was found
STRONGER = (Need.MUST, Need.PLAIN, Need.NICE)


@dataclass(frozen=True, slots=True)
class Sense:
    """One skill that a phrase may mean, and how it came by that name."""

    skill: UUID
    name: str
    curated: bool = True
    preferred: bool = True
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One skill that an advert asks for.

    `same` holds further skills that bear the very name (of other frameworks). `years` and `level`
    are what the advert says beside it: no badge is measured by them, because badges do not say.
    """

    skill: UUID
    name: str
    need: Need
    quote: str = ""
    years: int | None = None
    level: str = ""
    same: frozenset[UUID] = frozenset()
    first: int = 0  # where in the advert it stands first

    @property
    def weight(self) -> float:
        return WEIGHTS.get(self.need, 0.0)

    @property
    def is_nice(self) -> bool:
        return self.need is Need.NICE


@dataclass(frozen=True, slots=True)
class Asked:
    """What an advert asks for, in its order, and what it says is not needed."""

    wanted: tuple[Wanted, ...]
    not_needed: tuple[Wanted, ...] = ()

    @property
    def must(self) -> tuple[Wanted, ...]:
        return tuple(one for one in self.wanted if not one.is_nice)

    @property
    def nice(self) -> tuple[Wanted, ...]:
        return tuple(one for one in self.wanted if one.is_nice)


@dataclass(frozen=True, slots=True)
class _Hit:
    span: Span
    phrase: str
    senses: Sequence[Sense]


def wanted(advert: Advert, senses: Mapping[str, Sequence[Sense]]) -> Asked:
    """The skills that an advert asks for, given what each of its phrases may mean."""
    phrases = advert.phrases()
    hits = [
        _Hit(span, phrase, senses[phrase])
        for phrase in senses.keys() & phrases.keys()
        for span in phrases[phrase]
    ]
    hits.sort(key=lambda h: (h.span.start - h.span.end, not h.span.exact, h.phrase))
    taken: dict[int, set[int]] = {}
    found: dict[UUID, Wanted] = {}
    for hit in hits:
        words = taken.setdefault(hit.span.sentence, set())
        place = range(hit.span.start, hit.span.end)
        one = None if not words.isdisjoint(place) else _meant(advert, hit)
        if one is not None:
            words.update(place)
            before = found.get(one.skill)
            found[one.skill] = one if before is None else _both(before, one)
    asked = sorted(found.values(), key=lambda one: one.first)
    return Asked(
        tuple(one for one in asked if one.need in WEIGHTS),
        tuple(one for one in asked if one.need is Need.NOT),
    )


def _meant(advert: Advert, hit: _Hit) -> Wanted | None:
    sense = _sense(advert, hit)
    sentence = advert.sentences[hit.span.sentence]
    if sense is None or not _allowed(sentence, hit):
        return None
    need = sentence.need(hit.span.start, hit.span.end)
    at = hit.span.start
    same = (s.skill for s in hit.senses if s.preferred and s.skill != sense.skill)
    return Wanted(
        skill=sense.skill,
        name=sense.name,
        need=need,
        quote=_quote(sentence.text),
        years=sentence.years(at),
        level=sentence.level(at, hit.span.end),
        same=frozenset(same),
        first=hit.span.sentence * 1000 + at,
    )


def _sense(advert: Advert, hit: _Hit) -> Sense | None:
    """The one best meaning of a phrase in this advert's languages."""
    spoken = advert.languages | {"en", ""}
    single = hit.span.end - hit.span.start == 1
    ranks = {
        sense: (sense.curated, sense.language in advert.languages, sense.preferred)
        for sense in hit.senses
        # Of long lists a single word counts only as a main name: their other names are often
        # words of every day, and few of them are guarded by a trap.
        if sense.language in spoken and (sense.curated or sense.preferred or not single)
        # A plural or another spelling is our own guess, for our own names.
        if hit.span.exact or sense.curated
    }
    if not ranks:
        return None
    best = {sense.skill: sense for sense, rank in ranks.items() if rank == max(ranks.values())}
    if len({sense.name.casefold() for sense in best.values()}) > 1:
        return None
    return min(best.values(), key=lambda sense: str(sense.skill))


def _allowed(sentence: Sentence, hit: _Hit) -> bool:
    words = sentence.words
    span = hit.span
    written = {" ".join(word.text for word in words[span.start : span.end])}
    before = " ".join(word.fold for word in words[: span.start])
    after = " ".join(word.fold for word in words[span.end :])
    bare = " ".join(word.fold for word in words[span.start : span.end])
    return all(
        ambiguous.allowed(phrase, written, before, after, sentence.folded)
        for phrase in {hit.phrase, bare}
    )


def _both(one: Wanted, other: Wanted) -> Wanted:
    """Found twice. "Not needed" is the most particular word; talk is the least."""
    if Need.NOT in {one.need, other.need}:
        return one if one.need is Need.NOT else other
    order = (*STRONGER, Need.TALK)
    best, rest = sorted((one, other), key=lambda w: (order.index(w.need), w.first))
    return replace(
        best,
        years=best.years if best.years is not None else rest.years,
        level=best.level or rest.level,
        same=best.same | rest.same,
        first=min(one.first, other.first),
    )


def _quote(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= QUOTE else f"{text[: QUOTE - 1].rsplit(' ', 1)[0]}…"


# --- Beside what somebody has --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """One badge for one of its skills, as far as comparing must know it.

    `counts` says that it is in force and that somebody stands behind it; `order` puts the
    strongest first.
    """

    skill: UUID
    badge: UUID
    how: str
    counts: bool
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One badge that answers a wanted skill. `by` is the related skill through which it does."""

    held: Held
    by: str = ""
    kind: str = ""  # "narrower", "broader" or "beside"; empty when it is the very skill


@dataclass(frozen=True, slots=True)
class Answer:
    """A wanted skill with the badges that answer it."""

    wanted: Wanted
    covered: tuple[Reason, ...] = ()
    over: tuple[Reason, ...] = ()  # was shown once, by a badge that is not in force now
    related: tuple[Reason, ...] = ()

    @property
    def state(self) -> str:
        if self.covered:
            return "covered"
        return "over" if self.over else "related" if self.related else "missing"


@dataclass(frozen=True, slots=True)
class Nearby:
    """A skill that is related to another: it is a kind of it, or the reverse, or beside it."""

    skill: UUID
    name: str
    kind: str


def compare(
    asked: Iterable[Wanted], held: Iterable[Held], near: Mapping[UUID, Sequence[Nearby]]
) -> list[Answer]:
    """For each wanted skill the badges that show it, did show it, or show something related."""
    by: dict[UUID, list[Held]] = {}
    for one in held:
        by.setdefault(one.skill, []).append(one)
    for some in by.values():
        some.sort(key=lambda h: h.order)
    answers = []
    for want in asked:
        same = [h for skill in (want.skill, *sorted(want.same, key=str)) for h in by.get(skill, [])]
        related = [
            Reason(h, one.name, one.kind)
            for one in near.get(want.skill, ())
            if one.skill not in want.same
            for h in by.get(one.skill, [])
            if h.counts
        ]
        answers.append(
            Answer(
                want,
                covered=tuple(Reason(h) for h in same if h.counts),
                over=tuple(Reason(h) for h in same if not h.counts),
                related=tuple(related),
            )
        )
    return answers
