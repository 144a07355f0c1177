"""A platform's answer as it might be tomorrow: each of its values gone, renamed or replaced."""

import copy
from collections.abc import Iterator
from typing import Any

VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**40,
    float("nan"),
    "",
    " ",
    "\ud800\0\u202e",
    "x" * 50_000,
    "javascript:alert(1)",
    "https://[::1",
    "9999-99-99",
    [],
    {},
    [[[]]],
    ["", None, 7, {"name": None}],
    {"": "", "id": {"id": []}, "name": ["a"], "url": 1},
)


def variants(answer: Any) -> Iterator[Any]:
    """Copies of `answer`, one change in each."""
    for path in _places(answer):
        for value in VALUES:
            yield _changed(answer, path, value)
        if path and isinstance(path[-1], str):
            yield _changed(answer, path, None, rename="")
            yield _changed(answer, path, None, rename=f"{path[-1]}?")


def _places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(node, dict):
        inside: list[tuple[str | int, Any]] = list(node.items())
    else:
        inside = list(enumerate(node)) if isinstance(node, list) else []
    for key, value in inside:
        yield from _places(value, (*path, key))


def _changed(
    answer: Any, path: tuple[str | int, ...], value: Any, *, rename: str | None = None
) -> Any:
    if not path:
        return value
    made = copy.deepcopy(answer)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    if rename is None:
        holder[path[-1]] = value
    else:
        kept = holder.pop(path[-1])
        if rename:
            holder[rename] = kept
    return made
