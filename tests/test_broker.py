"""The filesystem broker hands over whole messages, however many write and read at once."""

import multiprocessing
import queue
from pathlib import Path

import pytest
from kombu import Connection

from config.settings import REDIS_URL

pytestmark = pytest.mark.skipif(bool(REDIS_URL), reason="the broker is Redis here")
WRITERS, EACH = 2, 300


def connect(folder: Path) -> Connection:
    for name in ("queue", "control"):
        (folder / name).mkdir(exist_ok=True)
    return Connection(
        "filesystem://localhost",
        transport="config.broker:Transport",
        transport_options={
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / "queue"),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.001,
        },
    )


def write(folder: Path, number: int) -> None:
    with connect(folder) as connection, connection.SimpleQueue("bell") as bell:
        for turn in range(EACH):
            bell.put({"id": number * EACH + turn})


def test_every_message_arrives_whole_and_once(tmp_path: Path) -> None:
    start = multiprocessing.get_context("fork").Process
    writers = [start(target=write, args=(tmp_path, number)) for number in range(WRITERS)]
    got: list[int] = []
    with connect(tmp_path) as connection, connection.SimpleQueue("bell") as bell:
        for writer in writers:
            writer.start()
        while len(got) < WRITERS * EACH:
            message = bell.get(timeout=20)
            got.append(message.payload["id"])
            message.ack()
        for writer in writers:
            writer.join()
        with pytest.raises(queue.Empty):
            bell.get(timeout=0.1)
    assert sorted(got) == list(range(WRITERS * EACH))
    assert list((tmp_path / "queue").iterdir()) == []


def test_the_site_uses_it() -> None:
    from config.celery import app

    with app.connection_for_write() as connection:
        assert connection.transport_cls == "config.broker:Transport"
