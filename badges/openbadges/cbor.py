"""Just enough CBOR (RFC 8949) to read the proofs of ecdsa-sd-2023: no floats, nothing endless."""

from typing import Any

MAX_DEPTH = 4
BYTE_ARRAY = 64  # the tag that some encoders put before bytes
LENGTHS = {24: 1, 25: 2, 26: 4}


def loads(data: bytes) -> Any:
    """The one value that `data` holds. Raises `ValueError` for anything else."""
    value, end = _item(data, 0, 0)
    if end != len(data):
        raise ValueError("more than one value")
    return value


def _item(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > MAX_DEPTH:
        raise ValueError("too deep")
    kind, number, at = _head(data, at)
    if kind == 0:
        return number, at
    if kind in (2, 3):
        raw = data[at : at + number]
        if len(raw) != number:
            raise ValueError("cut off")
        return (raw if kind == 2 else raw.decode("utf-8")), at + number
    if kind == 6 and number == BYTE_ARRAY:
        return _item(data, at, depth + 1)
    if kind not in (4, 5) or number > len(data):
        raise ValueError("not used here")
    items = []
    for _ in range(number if kind == 4 else 2 * number):
        item, at = _item(data, at, depth + 1)
        items.append(item)
    if kind == 4:
        return items, at
    return _unique(items), at


def _unique(items: list[Any]) -> dict[int, Any]:
    names = items[::2]
    if not all(isinstance(name, int) for name in names) or len(set(names)) != len(names):
        raise ValueError("bad map")
    return dict(zip(names, items[1::2], strict=True))


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type, its number, and where what follows begins."""
    if at >= len(data):
        raise ValueError("cut off")
    kind, short = data[at] >> 5, data[at] & 31
    if short < 24:
        return kind, short, at + 1
    if short not in LENGTHS or at + 1 + LENGTHS[short] > len(data):
        raise ValueError("bad length")
    end = at + 1 + LENGTHS[short]
    return kind, int.from_bytes(data[at + 1 : end], "big"), end
