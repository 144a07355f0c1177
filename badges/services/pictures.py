"""Turn a stranger's picture into two safe ones: decoded elsewhere, bounded, only pixels kept.

Nothing that was received is ever shown. Decoders and drawing programs are where hostile pictures
do their harm, so they run in `picture_child`, a process with little memory, little time and no
way out; what comes back is fresh WebP without any of the source's metadata. The received bytes
stay untouched wherever the caller keeps them.
"""

import hashlib
import json
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 5 * 1024 * 1024
RESULT_BYTES = 2 * 1024 * 1024
BATCH_BYTES = 16 * 1024 * 1024
BATCH_PICTURES = 64
_CHILD = Path(__file__).with_name("picture_child.py")


class BadPicture(Exception):
    """A picture that cannot be shown. `message` is for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


EMPTY = "This picture is empty. Choose a PNG, JPEG, WebP, GIF or SVG file."
TOO_LARGE = "This picture is larger than 5 MB. Make it smaller and try again."
TOO_HEAVY = "This picture takes too much time or memory to open. Save it again as a plain PNG."


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made safe. `digest` names the source; width and height are those of `large`."""

    digest: str  # SHA-256 of the received bytes, in hex
    large: bytes  # WebP within 480 x 480
    small: bytes  # WebP within 160 x 160
    width: int
    height: int


def make(data: bytes) -> Picture:
    """Make one picture safe, or raise BadPicture."""
    made = make_many([data])[0]
    if isinstance(made, BadPicture):
        raise made
    return made


def make_many(pictures: Sequence[bytes]) -> list[Picture | BadPicture]:
    """Make pictures safe, in their order; a bad one is returned as its BadPicture.

    Starting the child costs far more than a badge, so that an import should bring all of its
    pictures at once.
    """
    made: list[Picture | BadPicture] = []
    while len(made) < len(pictures):
        refused = _refuse(pictures[len(made)])
        if refused:
            made.append(refused)
            continue
        batch = _batch(pictures[len(made) :])
        results = _run(batch)
        made.extend(results)
        # The child died of the next one. What follows it gets a child of its own.
        if len(results) < len(batch):
            made.append(BadPicture(TOO_HEAVY))
    return made


def _refuse(data: bytes) -> BadPicture | None:
    if not data:
        return BadPicture(EMPTY)
    return BadPicture(TOO_LARGE) if len(data) > MAX_BYTES else None


def _batch(pictures: Sequence[bytes]) -> list[bytes]:
    batch: list[bytes] = []
    size = 0
    for data in pictures[:BATCH_PICTURES]:
        size += len(data)
        if _refuse(data) or size > BATCH_BYTES:
            break
        batch.append(data)
    return batch


def _run(batch: list[bytes]) -> list[Picture | BadPicture]:
    child = subprocess.Popen(  # noqa: S603  # our own file, by our own interpreter
        [sys.executable, "-I", str(_CHILD), str(len(batch))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"LANG": "C.UTF-8"},  # nothing of ours, the secret key least of all
    )
    with child:
        try:
            # The child's own limit is on processor time; this one is for a busy machine.
            asked = b"".join(struct.pack(">I", len(data)) + data for data in batch)
            answered, _ = child.communicate(asked, timeout=15 + 5 * len(batch))
        except subprocess.TimeoutExpired:
            child.kill()
            answered, _ = child.communicate()
        finally:
            child.kill()
    return list(_results(batch, answered))


def _results(batch: list[bytes], answered: bytes) -> Iterator[Picture | BadPicture]:
    """Read the child's answers, as far as they go and make sense: it may have been taken over."""
    at = 0
    for data in batch:
        try:
            (length,) = struct.unpack_from(">I", answered, at)
            answer = json.loads(answered[at + 4 : at + 4 + min(length, 1000)])
            at += 4 + length
            if "error" in answer:
                yield BadPicture(str(answer["error"]))
                continue
            sizes = [int(answer[name]) for name in ("large", "small", "width", "height")]
        except (struct.error, ValueError, TypeError, KeyError):
            return
        large, small, width, height = sizes
        if not (0 < large <= RESULT_BYTES and 0 < small <= RESULT_BYTES):
            return
        if at + large + small > len(answered):
            return
        yield Picture(
            digest=hashlib.sha256(data).hexdigest(),
            large=answered[at : at + large],
            small=answered[at + large : at + large + small],
            width=width,
            height=height,
        )
        at += large + small
