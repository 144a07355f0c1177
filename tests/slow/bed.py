"""The bed of hostile hosts: an internet of the test's own, where every address answers.

`python -m tests.slow.bed` is started in a new network namespace, and in a new mount namespace if it
can be (`test_hostile_hosts` does it), so it may do what it likes to both: nobody else sees it.

1. The kernel is told that *every* address, IPv4 and IPv6, is this machine's. Whatever a fetch
   dials, somebody is there: a public host that is played, or else a canary. A few public
   addresses drop what they get.
2. The real resolver of the C library asks our own name server: by files of ours with `--mounts`,
   else (in a chroot, where no mounts can be had) by its old address, which leads here as well.
3. A `Watch` sees each connection that is tried, to any port, before anybody accepts it.

First the canaries are contacted directly; then the site's door visits every case; then plain
clients visit a share of the same ones, to show how many of them bite. The report is JSON.
"""

import contextlib
import ipaddress
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.servers import ROOT
from tests.slow import hostile_cases
from tests.slow.hostile_cases import FORBIDDEN4, FORBIDDEN6, NAME_SERVER, SITE, Case
from tests.slow.hostile_hosts import PORTS, Hosts, NameServer, Tls, bomb
from tests.slow.watch import Watch

Row = dict[str, Any]
LINK_LOCAL = ipaddress.ip_network("fe80::/10")
HARMLESS = {"public hosts", "bad TLS", "too much"}  # nothing forbidden is at their end
SHARE = 5


def lay_roads() -> None:
    def ip(words: str) -> None:
        subprocess.run(["ip", *words.split()], check=True, stdout=sys.stderr)

    ip("link set lo up")
    ip("route add local default dev lo")
    ip("-6 route add local default dev lo table local")


def take_over_names(folder: Path) -> None:
    """Point the C library's resolver at our name server, and close the ways around it.

    Needs mounts of our own.
    """
    files = {
        "/etc/resolv.conf": f"nameserver {NAME_SERVER}\n",
        "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "/etc/nsswitch.conf": "hosts: files dns\n",  # systemd's resolver is outside this network
    }
    for place, text in files.items():
        # A bare machine may lack the last one, and then means the same.
        if Path(place).exists() or "nsswitch" not in place:
            ours = folder / Path(place).name
            ours.write_text(text)
            mount("--bind", str(ours), place)
    if Path("/run/nscd").is_dir():
        mount("-t", "tmpfs", "none", "/run/nscd")


def name_servers() -> list[str]:
    """Where the C library will ask. Whatever a machine's file says, it leads to this bed."""
    with contextlib.suppress(FileNotFoundError):
        lines = Path("/etc/resolv.conf").read_text().splitlines()
        words = [line.split() for line in lines]
        found = [pair[1] for pair in words if len(pair) > 1 and pair[0] == "nameserver"]
        if found:
            return found[:3]  # it takes no more
    return ["127.0.0.1"]


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, stdout=sys.stderr)


class Visitor:
    """The process that fetches; see `visitor`."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.slow.visitor"],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def visit(self, how: str, urls: Iterable[str], trust: bool = False) -> Row:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = json.dumps({"how": how, "urls": list(urls), "trust": trust})
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        answer: Row = json.loads(self._process.stdout.readline())
        return answer

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate(timeout=10)


class Bed:
    """The hosts, the watch, and what was found out so far."""

    def __init__(self, folder: Path) -> None:
        tls = Tls(folder)
        servers = name_servers()
        self.names = NameServer(servers)
        self.hosts = Hosts(tls)
        self.watch = Watch(servers)
        self.variables = {"BED_AUTHORITIES": str(tls.authorities)}
        place = f"http://{hostile_cases.PROXY}:{hostile_cases.PROXY_PORT}"
        words = "http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY"
        self.with_proxies = self.variables | dict.fromkeys(words.split(), place)

    def canaries(self) -> int:
        """How many connections the canaries have counted, once all of them have."""
        count = -1
        while count != self.hosts.connections:
            count = self.hosts.connections
            time.sleep(0.2)
        return count

    def contact(self) -> Row:
        """Dial every forbidden address directly: what the watch and the canaries saw of it."""
        report: Row = {"tried": 0, "seen": 0, "unreached": []}
        for address, port in zip((*FORBIDDEN4, *FORBIDDEN6), cycle(PORTS), strict=False):
            zone = "%lo" if ipaddress.ip_address(address) in LINK_LOCAL else ""
            report["tried"] += 1
            with (
                contextlib.suppress(OSError),
                socket.create_connection((address + zone, port), 1) as connection,
            ):
                connection.sendall(b"GET / HTTP/1.1\r\nHost: canary\r\n\r\n")
                connection.recv(1000)
            if self.watch.seen():
                report["seen"] += 1
            else:
                report["unreached"].append(address)
        with contextlib.suppress(OSError):
            socket.create_connection(("10.1.2.3", 12345), 1)
        report["closed port"] = self.watch.seen()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            datagram.sendto(b"?", ("10.1.2.3", 53))
        report["datagram"] = self.watch.seen()
        report["counted"] = self.canaries()
        report["requests"] = self.hosts.requests
        return report

    def visit_all(self) -> list[Row]:
        slow, quick = list(hostile_cases.slow()), hostile_cases.quick()
        with ThreadPoolExecutor(len(slow)) as pool:
            # They only wait, so the others need not wait for them.
            waiting = [pool.submit(self._visit_alone, case) for case in slow]
            with Visitor(self.variables) as visitor:
                rows = [self._visit(visitor, case) for case in quick]
            with Visitor(self.with_proxies) as visitor:
                rows += [self._visit(visitor, case) for case in hostile_cases.proxied()]
            return rows + [one.result() for one in waiting]

    def _visit_alone(self, case: Case) -> Row:
        with Visitor(self.variables) as visitor:
            return self._visit(visitor, case)

    def _visit(self, visitor: Visitor, case: Case) -> Row:
        row = visitor.visit("fetch", case.urls, case.trust)
        ends = row["ends"]
        if case.end == "either":
            right = ends in (["got"], ["refused"])
        else:
            right = ends == [*["got"] * (len(case.urls) - 1), case.end]
        row |= {"group": case.group, "name": case.name, "right": right}
        return row | {"touched": self.watch.seen()}

    def bite(self) -> Row:
        """A share of the cases by plain clients: which of them reach what they must not."""
        quick = [case for case in hostile_cases.quick() if case.group not in HARMLESS]
        # Prime to the number of spellings, so that each of them is in it.
        sample = [case for number, case in enumerate(quick) if number % SHARE == 0]
        bites: dict[str, list[bool]] = {}
        for variables, cases in (
            (self.variables, sample),
            (self.with_proxies, list(hostile_cases.proxied())),
        ):
            with Visitor(variables) as visitor:
                for case in cases:
                    visitor.visit("plain", case.urls)
                    bites.setdefault(case.group, []).append(bool(self.watch.seen()))
        with Visitor(self.variables) as visitor:
            big = visitor.visit("plain", [f"http://{SITE}/body/chunked"])
        return {"groups": bites, "extra": big["extra"]}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="laurel_bed_") as name:
        folder = Path(name)
        lay_roads()
        if "--mounts" in sys.argv:
            take_over_names(folder)
        bed = Bed(folder)
        report: Row = {"contact": bed.contact()}
        for encoding in ("gzip", "deflate", "gzip, gzip"):
            bomb(encoding)  # made beforehand, so that no visitor waits for it
        questions, connections = bed.names.questions, bed.canaries()
        requests = bed.hosts.requests
        bed.watch.lost()
        report["cases"] = bed.visit_all()
        report["questions"] = bed.names.questions - questions
        report["connections"] = bed.canaries() - connections
        report["requests"] = bed.hosts.requests - requests
        report["lost"] = bed.watch.lost()
        report["plain"] = bed.bite()
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main()
