"""What a mistyped word may have meant: known words that few changes of letters lead to.

A change is a letter too many, too few, another one, or two that changed places. Short words may
have one, longer ones two. What is typed may be the start of a word, so a known word is compared
by as many letters as were typed as well.

Comparing letter by letter is slow, and a backpack may know twenty thousand words: so one change is
tried before two, and two cheap questions come first. Every change spoils at most two pieces of a
word that is cut up, so of three pieces one must be there whole after one change, of five after
two; and it brings in at most one new letter.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

ALTERNATIVES = 5
SHORTEST, LONG = 3, 6


def meant(terms: Sequence[str], known: str) -> list[tuple[str, ...]] | None:
    """For each term the known words that it may stand for, the nearest first; itself where some
    known word starts with it. None when there is a term that stands for nothing.

    `known` are the words in one text, a space before and after each.
    """
    found: list[tuple[str, ...]] = []
    for term in terms:
        near = (term,) if f" {term}" in known else _nearest(term, known.split())
        if not near:
            return None
        found.append(near)
    return found


def _nearest(term: str, known: Sequence[str]) -> tuple[str, ...]:
    most = 0 if len(term) < SHORTEST else 1 if len(term) < LONG else 2
    for changes in range(1, most + 1):
        ranked = sorted(
            (word[0] != term[0], abs(len(word) - len(term)), word)
            for word in _possible(term, known, changes)
            if _is_near(term, word, changes)
        )
        if ranked:
            return tuple(word for *_rank, word in ranked[:ALTERNATIVES])
    return ()


def _possible(term: str, known: Sequence[str], changes: int) -> Iterator[str]:
    """Known words for which it is worth to look at each letter."""
    count = min(2 * changes + 1, len(term))
    ends = [place * len(term) // count for place in range(count + 1)]
    pieces = [term[start:end] for start, end in pairwise(ends)]
    letters, shortest = frozenset(term), len(term) - changes
    for word in known:
        if len(word) < shortest or len(letters.difference(word)) > changes:
            continue
        # The start alone: what comes after it was not typed yet.
        if len(set(word[:shortest]) - letters) > changes:
            continue
        start = word[: len(term) + changes]
        if any(piece in start for piece in pieces):
            yield word


def _is_near(term: str, word: str, changes: int) -> bool:
    if distance(term, word[: len(term) + changes + 1], changes) <= changes:
        return True
    # A start with letters too few or too many is no likelier than another word.
    return len(term) > SHORTEST and any(
        distance(term, word[:end], changes) <= changes for end in (len(term), len(term) + 1)
    )


def distance(one: str, other: str, most: int) -> int:
    """How many changes lead from one word to the other; more than `most` is `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, above = above, row
    return min(above[-1], most + 1)
