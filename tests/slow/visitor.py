"""One process that fetches what it is told: a case per line comes in, how it ended goes out.

It runs inside the bed of hostile hosts, apart from it, so that its memory is the fetcher's own.
`fetch` is the site's door with the settings of a real site; `plain` stands for what people use
who have no such door, and shows that the bed can tell the difference.
"""

import functools
import json
import logging
import os
import re
import ssl
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import httpx

from badges import fetch
from badges.openbadges.errors import Unreachable

reasons: list[str] = []


class Reasons(logging.Handler):
    """What goes to the log alone, for the report of a case that ended wrongly."""

    def emit(self, record: logging.LogRecord) -> None:
        reasons.append(record.getMessage())


def memory(key: str) -> float:
    """A figure of this process in MB: VmRSS is now, VmHWM the most since `forget_peak`."""
    found = re.search(rf"^{key}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)
    assert found is not None
    return int(found[1]) / 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


@functools.cache
def bed_trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ["BED_AUTHORITIES"])


def by_the_door(urls: list[str], trust: bool) -> list[str]:
    ends = []
    door = fetch.Fetcher(fetch.Policy(), trust=bed_trust()) if trust else fetch.session()
    with door as get:
        for url in urls:
            try:
                answer = get(url)
                ends.append("got" if answer.status == 200 else f"status {answer.status}")
            except Unreachable as problem:
                ends.append("refused" if str(problem) == fetch.MESSAGE else str(problem))
    return ends


@functools.cache
def plain_client() -> httpx.Client:
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(verify=False, follow_redirects=True, timeout=1, limits=limits)


@functools.cache
def no_checks() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def by_httpx(url: str) -> str:
    plain_client().get(url)
    return "got"


def by_urllib(url: str) -> str:
    with urllib.request.urlopen(url, timeout=1, context=no_checks()) as answer:
        answer.read()
    return "got"


def by_plain_clients(urls: list[str], trust: bool) -> list[str]:
    """As httpx and urllib would, one after the other."""
    ends = []
    clients: tuple[Callable[[str], str], ...] = (by_httpx, by_urllib)
    for client in clients:
        for url in urls:
            try:
                ends.append(client(url))
            except Exception as problem:  # whatever a client thinks of it: the canaries judge
                ends.append(type(problem).__name__)
    return ends


def visit(line: str) -> dict[str, object]:
    case = json.loads(line)
    reasons.clear()
    go = by_the_door if case["how"] == "fetch" else by_plain_clients
    forget_peak()
    before = memory("VmRSS")
    started = time.monotonic()
    try:
        ends = go(case["urls"], case["trust"])
    except Exception as problem:  # a fault of the door: the report must name it
        ends = [f"{type(problem).__name__}: {problem}"]
    return {
        "ends": ends,
        "why": " / ".join(reasons),
        "seconds": time.monotonic() - started,
        "extra": memory("VmHWM") - before,
    }


def main() -> None:
    log = logging.getLogger("laurel.fetch")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(Reasons())
    fetch.session()  # what the first fetch of a process reads is no case's doing
    bed_trust()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(visit(line)) + "\n")
        sys.stdout.flush()
    # A look-up that never ends is left behind in its thread: not waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
