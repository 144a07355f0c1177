"""Turn a stranger's picture into two safe ones: decoded elsewhere, bounded, only pixels kept.

Nothing that was received is ever shown. Decoders and drawing programs are where hostile pictures
do their harm, so they run in `picture_child`, a process with little memory, little time and no
way out; what comes back is fresh WebP without any of the source's metadata. The received bytes
stay untouched wherever the caller keeps them.
"""

import hashlib
import json
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

MAX_BYTES = 5 * 1024 * 1024
RESULT_BYTES = 2 * 1024 * 1024
PIPE_BYTES = 1024 * 1024  # what most pictures fit into, so that both sides wait less often
PICTURES = 200  # drawn by one child before another takes its place
# Of one picture, for a busy machine: the child's own limit is on processor time.
SECONDS = 20.0
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
    large: bytes  # WebP within 320 x 320
    small: bytes  # WebP within 128 x 128
    width: int
    height: int


def make(data: bytes) -> Picture:
    """Make one picture safe, or raise BadPicture."""
    made = make_many([data])[0]
    if isinstance(made, BadPicture):
        raise made
    return made


def make_many(pictures: Sequence[bytes]) -> list[Picture | BadPicture]:
    """Make pictures safe, in their order; a bad one is returned as its BadPicture."""
    with Studio() as studio:
        return [studio.make(data) for data in pictures]


class Studio:
    """Draws one picture after another in a child, whose start costs as much as five of them.

    A context manager, for one thread at a time. The child is started for the first picture, and
    anew after one that broke it.
    """

    def __init__(self) -> None:
        self._child: _Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def make(self, data: bytes) -> Picture | BadPicture:
        """Make this picture safe; a bad one comes back as its BadPicture."""
        if not data:
            return BadPicture(EMPTY)
        if len(data) > MAX_BYTES:
            return BadPicture(TOO_LARGE)
        if self._child is None or not self._child.left:
            self._close()
            self._child = _Child()
        try:
            return self._child.draw(data)
        except (_Broken, OSError):
            self._close()
            return BadPicture(TOO_HEAVY)
        except BaseException:
            self._close()  # half a conversation is no start for the next
            raise

    def _close(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.stop()


class _Broken(Exception):
    """The child ended, took too long, or answers what it should not: it may be taken over."""


class _Child:
    """One process, and the conversation with it: a picture in, its two results out."""

    def __init__(self) -> None:
        self.left = PICTURES
        self._process = subprocess.Popen(  # noqa: S603  # our own file, by our own interpreter
            [sys.executable, "-I", str(_CHILD), str(PICTURES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pipesize=PIPE_BYTES,
            cwd="/",
            env={"LANG": "C.UTF-8"},  # nothing of ours, the secret key least of all
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._sink, self._source = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._sink, False)
        os.set_blocking(self._source, False)

    def stop(self) -> None:
        self._process.kill()
        with self._process:
            pass

    def draw(self, data: bytes) -> Picture | BadPicture:
        """Raises `_Broken` or `OSError` when the child is of no use any more."""
        self.left -= 1
        self._until = time.monotonic() + SECONDS
        self._send(struct.pack(">I", len(data)))
        self._send(data)
        (length,) = struct.unpack(">I", self._receive(4))
        try:
            answer = json.loads(self._receive(min(length, 1000)))
            if "error" in answer:
                return BadPicture(str(answer["error"]))
            sizes = [int(answer[name]) for name in ("large", "small", "width", "height")]
        except (ValueError, TypeError, KeyError) as error:
            raise _Broken from error
        large, small, width, height = sizes
        if not (0 < large <= RESULT_BYTES and 0 < small <= RESULT_BYTES):
            raise _Broken
        return Picture(
            digest=hashlib.sha256(data).hexdigest(),
            large=self._receive(large),
            small=self._receive(small),
            width=width,
            height=height,
        )

    def _send(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            self._wait(self._sink, select.POLLOUT)
            left = left[os.write(self._sink, left) :]

    def _receive(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            self._wait(self._source, select.POLLIN)
            some = os.read(self._source, count - len(received))
            if not some:
                raise _Broken
            received += some
        return bytes(received)

    def _wait(self, file: int, event: int) -> None:
        poll = select.poll()
        poll.register(file, event)
        if not poll.poll(max(0.0, 1000 * (self._until - time.monotonic()))):
            raise _Broken
