"""Connections kept for the next question, which the other side may close at any moment."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from socket import socket

import pytest

from badges import fetch
from badges.openbadges.errors import Unreachable
from tests.badges.address_bed import Server, reply

HANDS = 32  # as many as an import has


def open_to(server: Server) -> fetch.Policy:
    return fetch.Policy(private=frozenset({("127.0.0.1", server.port)}), total=10, connect=5)


def warm(get: fetch.Fetcher, server: Server, hands: ThreadPoolExecutor, meet: str = "/all") -> None:
    """Have every hand hold a connection at the same time, so that all of them are kept."""
    asked = [hands.submit(get, server.url(meet)) for _ in range(HANDS)]
    assert [one.result().status for one in asked] == [200] * HANDS


def test_a_fetch_survives_whatever_number_of_dead_connections_was_kept() -> None:
    together = threading.Barrier(HANDS)

    def once(connection: socket, path: str) -> None:
        if path == "/all":
            together.wait(5)
        elif connection.fileno() in met:
            raise OSError("hang up instead of answering")
        met.add(connection.fileno())
        reply(connection)

    met: set[int] = set()
    with Server(once) as server, fetch.Fetcher(open_to(server)) as get:
        with ThreadPoolExecutor(HANDS) as hands:
            warm(get, server, hands)
        kept = server.connections
        assert get(server.url("/after")).status == 200
        assert server.connections == kept + 1


def test_every_hand_keeps_its_connection() -> None:
    together = threading.Barrier(HANDS)

    def meet(connection: socket, path: str) -> None:
        together.wait(5)
        reply(connection)

    with Server(meet) as server, fetch.Fetcher(open_to(server)) as get:
        with ThreadPoolExecutor(HANDS) as hands:
            for _ in range(4):
                warm(get, server, hands)
        assert server.connections == HANDS


@pytest.mark.parametrize("patience", [0.0, 0.004])
def test_a_server_that_closes_as_it_likes_loses_no_answer(patience: float) -> None:
    """It answers every question that it takes, and hangs up between two: at times just as the
    next one is on its way."""
    chance = random.Random(7)

    def fickle(connection: socket, path: str) -> None:
        time.sleep(0.001)
        reply(connection, body=b'"%s"' % path.encode())
        if chance.random() < 0.4:
            time.sleep(patience)
            raise OSError("hang up")

    def ask(number: int) -> str:
        try:
            answer = get(server.url(f"/{number}"))
        except Unreachable:
            return "lost"
        return "right" if answer.body == b'"/%d"' % number else "mixed up"

    with (
        Server(fickle) as server,
        fetch.Fetcher(open_to(server)) as get,
        ThreadPoolExecutor(HANDS) as hands,
    ):
        found = Counter(hands.map(ask, range(1500)))
    assert found == {"right": 1500}
