"""Every test on both set-ups, and one summary: `make test` runs this.

PostgreSQL and Redis are started once for the whole run and stopped again however it ends. Browser
and slow tests start sites of both kinds themselves.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.servers import ROOT, servers

ON_SERVERS = {"LAUREL_TEST_ON": "servers"}


@dataclass
class Stage:
    name: str
    words: list[str]
    variables: dict[str, str]
    code: int | None = None
    seconds: float = 0.0
    closing: str = "not run"

    def run(self, addresses: dict[str, str]) -> None:
        sys.stdout.write(f"\n=== {self.name}\n")
        sys.stdout.flush()
        began = time.monotonic()
        child = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-rs", "--tb=short", *self.words],
            cwd=ROOT,
            env={**os.environ, **addresses, **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert child.stdout is not None
        # A polite end goes to pytest first, so that its fixtures stop what they started.
        signal.signal(signal.SIGTERM, lambda *_: child.send_signal(signal.SIGINT))
        for line in child.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            self.closing = line.strip(" =\n") or self.closing
        self.code = child.wait()
        self.seconds = time.monotonic() - began


def stages() -> list[Stage]:
    workers = ["-n", str(min(os.cpu_count() or 1, 8))]
    # Stories differ a lot in length: who has none left takes from the other's. Slow tests mostly
    # wait, two of them side by side.
    stories, faults = (["-n", "2", "--dist", how] for how in ("worksteal", "loadgroup"))
    return [
        Stage("unit tests on SQLite", workers, {}),
        Stage("unit tests on PostgreSQL and Redis", workers, ON_SERVERS),
        Stage("browser tests on both", ["-m", "browser", *stories], {}),
        Stage("slow tests on both", ["-m", "slow", *faults], {}),
    ]


def main() -> int:
    todo = stages()
    interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal interrupted
        interrupted = True

    # Ctrl-C reaches pytest too: let it end its own way, then stop the servers.
    signal.signal(signal.SIGINT, interrupt)
    with servers() as addresses:
        for stage in todo:
            stage.run(addresses)
            if interrupted or stage.code == 2:  # pytest's own word for an interruption
                break

    sys.stdout.write("\n=== Summary\n")
    for stage in todo:
        mark = "good" if stage.code == 0 else "BAD "
        sys.stdout.write(f"{mark}  {stage.name:<36} {stage.seconds:6.0f} s  {stage.closing}\n")
    return 0 if all(stage.code == 0 for stage in todo) else 1


if __name__ == "__main__":
    sys.exit(main())
