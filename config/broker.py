"""Celery's filesystem broker, with messages that appear whole.

kombu writes a message under its final name and locks it meanwhile, but reads without asking for
the lock: a worker that looks at the wrong moment takes an empty file, and ends over it. Here a
message gets its name once it is written.
"""

import contextlib
import json
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    # kombu's base classes disagree with each other about this signature.
    def _put(self, queue: str, message: Any, **_: Any) -> None:  # type: ignore[override]
        # kombu serves the names of a queue in their order, so the name starts with the time.
        name = f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        part = Path(self.data_folder_out) / f"{name}.part"
        try:
            part.write_text(dumps(message))
            part.rename(part.with_suffix(""))
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise ChannelError(f"Cannot put a message into {self.data_folder_out}") from error

    def _queue_bind(self, *binding: Any, **words: Any) -> None:
        # The same look at a file that another process has only begun to write.
        for _ in range(20):
            with contextlib.suppress(json.JSONDecodeError):
                super()._queue_bind(*binding, **words)
                return
            time.sleep(0.05)
        raise ChannelError(f"Cannot read the table of {binding[0]}")


class Transport(filesystem.Transport):
    Channel = Channel
