"""An advert read as sentences, each with what its heading and its words say of what is in it.

Theory of operation. A line is a paragraph, a point of a list or a heading. A heading decides what
the lines below it are: needs, wishes, tasks, or the company's talk about itself, in which nothing
is asked of anybody. A line is cut into sentences, a sentence into words and into the parts between
its commas. Phrases, the runs of words that may be a skill's name, never cross a comma; what is
said of them ("is a plus", "no ... needed") does, as far as a list of short parts reaches.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from badges.skills import cues, plain
from badges.skills.cues import Need

MAX_PHRASE = 6  # words
SHORT = 3  # words of a part that is one item of a list
NEAR = 5  # words over which "no" reaches
WORD = re.compile(r"\.net\b|[^\W_]+(?:[.][^\W_]+)*(?:\+\+|\+|#)?", re.I)
JOINT = re.compile(r"[\s_\u2010-\u2015\u2212-]+$|^ ?/ ?$|^'$|^ ?& ?$")
DASH = re.compile(r"^\s+[\u2010-\u2015\u2212-]+\s+$")
SENTENCE = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bz\.b)(?<!\bincl)(?<!\bbzw)[.!?]\s+|;\s*", re.I)
YEARS = re.compile(
    r"(?<!\S)(\d{1,2}|one|two|three|four|five|ten)\+?(?: (?:or more|plus))? "
    r"(?:years?|yrs?|jahren?|ans|años)(?!\S)"
)
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
LEVEL = re.compile(r"[abc][12]")


@dataclass(frozen=True, slots=True)
class Word:
    """`gap` joins it to the word after it within a phrase; None where a phrase ends."""

    text: str
    fold: str
    gap: str | None
    part: int


@dataclass(frozen=True, slots=True)
class Cue:
    start: int
    end: int
    need: Need
    after: bool  # it stands after what it is about


@dataclass(frozen=True)
class Sentence:
    text: str
    words: tuple[Word, ...]
    heading: Need
    folded: str = field(init=False)
    starts: tuple[int, ...] = field(init=False)
    cues: tuple[Cue, ...] = field(init=False)

    def __post_init__(self) -> None:
        starts, at = [], 0
        for word in self.words:
            starts.append(at)
            at += len(word.fold) + 1
        object.__setattr__(self, "folded", " ".join(word.fold for word in self.words))
        object.__setattr__(self, "starts", tuple(starts))
        object.__setattr__(self, "cues", tuple(self._cues()))

    def at(self, offset: int) -> int:
        """The number of the word at an offset of `folded`."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def _cues(self) -> Iterator[Cue]:
        for after, kinds in ((False, cues.BEFORE), (True, cues.AFTER)):
            taken: list[tuple[int, int]] = []
            for need, pattern in kinds:
                for found in pattern.finditer(self.folded):
                    start, end = found.span()
                    if not any(start < e and s < end for s, e in taken):
                        taken.append((start, end))
                        yield Cue(self.at(start), self.at(end - 1) + 1, need, after)

    def need(self, start: int, end: int) -> Need:
        """What is said of the words from `start` to `end`."""
        if any(pattern.search(self.folded) for pattern in cues.TALK):
            return Need.TALK
        before = self._before(start)
        # "No Java needed": what stands after it belongs to the "no".
        own = before if before is Need.NOT else self._after(end) or before or self.heading
        if own is Need.NOT and self._softened(end):
            return Need.NICE
        return own

    def _after(self, end: int) -> Need | None:
        """By "... is a plus", which reaches back over the short items of a list."""
        following = sorted((c for c in self.cues if c.start >= end), key=lambda c: c.start)
        if not following or not following[0].after:
            # What stands before something else ("SQL, ideally Python") says nothing of this.
            return None
        cue = following[0]
        sizes = Counter(word.part for word in self.words)
        here, there = self.words[end - 1].part, self.words[cue.start].part
        between = range(here, there)
        if all(sizes[part] <= SHORT for part in between):
            turned = any(w.fold in cues.TURNS for w in self.words[end : cue.start])
            return None if turned else cue.need
        return None

    def _before(self, start: int) -> Need | None:
        leading = [c for c in self.cues if not c.after and c.end <= start]
        if not leading:
            return None
        cue = max(leading, key=lambda c: c.end)
        between = self.words[cue.end : start]
        if cue.need is not Need.NOT:
            return cue.need
        near = len(between) <= NEAR and self.words[cue.end - 1].part == self.words[start].part
        return None if not near or any(w.fold in cues.TURNS for w in between) else cue.need

    def _softened(self, end: int) -> bool:
        return any(c.start >= end and c.after and c.need is Need.NICE for c in self.cues)

    def part_of(self, at: int) -> str:
        """The part between commas in which a word stands, in lower case."""
        part = self.words[at].part
        return " ".join(word.fold for word in self.words if word.part == part)

    def years(self, at: int) -> int | None:
        found = YEARS.findall(self.part_of(at))
        if len(found) != 1:
            return None
        return NUMBERS.get(found[0]) or int(found[0])

    def level(self, start: int, end: int) -> str:
        """A level of a language, such as B2, that stands right beside it."""
        near = self.words[max(0, start - 2) : end + 2]
        found = [word.text for word in near if LEVEL.fullmatch(word.fold)]
        return found[0].upper() if len(found) == 1 else ""


@dataclass(frozen=True, slots=True)
class Span:
    sentence: int
    start: int
    end: int
    exact: bool = True  # written as the key is; else in the plural, or the other spelling


@dataclass(frozen=True, slots=True)
class Advert:
    sentences: tuple[Sentence, ...]
    languages: frozenset[str]

    def phrases(self) -> dict[str, list[Span]]:
        """Every run of words that may be a skill's name, folded as names are, and where it is."""
        found: dict[str, list[Span]] = {}
        for number, sentence in enumerate(self.sentences):
            for start, end, text in _runs(sentence.words):
                found.setdefault(text, []).append(Span(number, start, end))
                for other in _other_spellings(text):
                    found.setdefault(other, []).append(Span(number, start, end, exact=False))
        return found


def read(text: str) -> Advert:
    """Read an advert. Raises `plain.Unreadable`."""
    sentences: list[Sentence] = []
    heading = Need.PLAIN
    for line in plain.lines(text):
        marked = line.startswith("# ")
        bare = plain.BULLET.sub("", line.removeprefix("# ")).strip("*# ")
        title, rest, found = _heading(bare, marked)
        if title:
            heading = heading if rest else (found or Need.PLAIN)
            bare = rest or bare
        of_line = found if title and rest and found else heading
        for piece in SENTENCE.split(bare):
            words = tuple(_words(piece))
            if words:
                sentences.append(Sentence(piece.strip(), words, of_line))
    if not sentences:
        raise plain.Unreadable("empty")
    return Advert(tuple(sentences), _languages(sentences))


def _heading(line: str, marked: bool) -> tuple[str, str, Need | None]:
    """The line's heading, what follows it on the same line, and what it announces."""
    title, colon, rest = line.partition(":")
    count = len(title.split())
    if count > 8 or (not colon and (count > 6 or line.endswith((".", "!", ",")))):
        return "", "", None
    folded = " ".join(word.fold for word in _words(title))
    known = next((need for need, p in cues.HEADINGS if p.fullmatch(folded)), None)
    if known is None and (rest.strip() or not (colon or marked)):
        return "", "", None
    return title, rest.strip(), known


def _words(text: str) -> Iterator[Word]:
    found = list(WORD.finditer(text))
    part = 0
    for this, following in zip(found, [*found[1:], None], strict=True):
        between = text[this.end() : following.start()] if following else "."
        gap: str | None = None
        if JOINT.search(between) and not DASH.match(between):
            gap = between.replace(" ", "") if "/" in between else _joint(between)
        yield Word(this[0], this[0].casefold(), gap, part)
        part += gap is None and not between.isspace()


def _joint(between: str) -> str:
    return between if between in {"'", "&", " & "} else " "


def _runs(words: tuple[Word, ...]) -> Iterator[tuple[int, int, str]]:
    for start, first in enumerate(words):
        if first.fold in cues.EDGES:
            continue
        text = ""
        for end in range(start + 1, min(start + MAX_PHRASE, len(words)) + 1):
            word = words[end - 1]
            text += word.fold
            if word.fold not in cues.EDGES:
                yield start, end, text
            if word.gap is None:
                break
            text += word.gap


def _other_spellings(text: str) -> Iterator[str]:
    """Singular for plural and the reverse, and the other side of the Atlantic."""
    last = text.rpartition(" ")[2]
    if len(last) > 4 and last.isalpha():
        if last.endswith("kenntnisse") and last == text:
            yield text.removesuffix("kenntnisse")
        elif last.endswith("ies"):
            yield f"{text[:-3]}y"
        elif last.endswith("s") and not last.endswith(("ss", "us", "is", "ics")):
            yield text[:-1]
        else:
            yield f"{text}s"
    if "is" in text or "iz" in text:
        other = re.sub(r"(?<=\w\w)i([sz])(?=e\b|ed\b|es\b|ing\b|ation)", _swapped, text)
        if other != text:
            yield other


def _swapped(found: re.Match[str]) -> str:
    return "iz" if found[1] == "s" else "is"


def _languages(sentences: list[Sentence]) -> frozenset[str]:
    """In which languages it is written; some adverts say everything twice."""
    words = Counter(word.fold for sentence in sentences for word in sentence.words)
    counts = {
        language: sum(words[word] for word in common.split())
        for language, common in _common().items()
    }
    most = max(counts.values())
    if most < 2:
        return frozenset(counts)
    return frozenset(language for language, count in counts.items() if count * 3 > most)


def _common() -> Mapping[str, str]:
    return cues.COMMON
