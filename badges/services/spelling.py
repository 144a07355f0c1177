"""What a mistyped word may have meant: known words that few changes of letters lead to.

A change is a letter too many, too few, another one, or two that changed places. Short words may
have one, longer ones two. What is typed may be the start of a word, so a known word is compared
by as many letters as were typed as well.
"""

from collections.abc import Sequence

ALTERNATIVES = 5
SHORTEST = 3


def meant(terms: Sequence[str], known: Sequence[str]) -> list[tuple[str, ...]] | None:
    """For each term the known words that it may stand for, the nearest first; itself where some
    known word starts with it. None when there is a term that stands for nothing."""
    found: list[tuple[str, ...]] = []
    for term in terms:
        if any(word.startswith(term) for word in known):
            found.append((term,))
        elif near := _nearest(term, known):
            found.append(near)
        else:
            return None
    return found


def _nearest(term: str, known: Sequence[str]) -> tuple[str, ...]:
    most = 0 if len(term) < SHORTEST else 1 if len(term) < 6 else 2
    if not most:
        return ()
    letters = _letters(term)
    ranked = []
    for word in known:
        if len(word) < len(term) - most:
            continue
        # Most words share too few letters with it: counting bits is far cheaper than comparing.
        if (letters & ~_letters(word[: len(term) + most])).bit_count() > most:
            continue
        whole = distance(term, word, most) if len(word) <= len(term) + most else most + 1
        if whole <= most:
            ranked.append((whole, word[0] != term[0], len(word), word))
        elif len(term) > 3:
            start = min(distance(term, word[:end], most) for end in {len(term), len(term) + 1})
            if start <= most:
                ranked.append((start, word[0] != term[0], len(word), word))
    nearest = min((rank[0] for rank in ranked), default=0)
    return tuple(word for rank, *_rest, word in sorted(ranked) if rank == nearest)[:ALTERNATIVES]


def _letters(word: str) -> int:
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 63)
    return mask


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
