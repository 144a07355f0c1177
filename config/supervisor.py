"""The whole site under one command: web and worker, kept alive together and stopped together.

Run as `python -m config.supervisor` (`make run` does). It is for one machine; a larger site lets
systemd do this, with the same two commands (see docs/deploy.md).
"""

import contextlib
import fcntl
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("VAR_DIR") or ROOT / "var")
PATIENCE = 20  # seconds between the polite signal and the other one
STEADY = 30  # a child that lived this long starts its back-off anew


def web_command(host: str, port: int) -> list[str]:
    threads = min(8, 2 * (os.cpu_count() or 1) + 1)
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", host, "--port", str(port), "--workers", "1"),
        *("--blocking-threads", str(threads), "--log-level", "warning", "config.wsgi:application"),
    ]


def worker_command(pool: str = "threads") -> list[str]:
    # A bare machine's only user is root. The warning is about pickle, which we do not accept.
    calm = ("-W", "ignore:You're running the worker with superuser")
    return [
        *(sys.executable, *calm, "-m", "celery", "--quiet", "-A", "config", "worker", "--beat"),
        *("--pool", pool, "--concurrency", "2", "--without-gossip", "--without-mingle"),
        *("--loglevel", "WARNING"),
    ]


def start(command: list[str]) -> subprocess.Popen[str]:
    """Start a program as the leader of its own group, which dies with us even on `kill -9`."""
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "TERM", "--", *command]
    return subprocess.Popen(  # noqa: S603 - the two commands above, nothing from outside
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def kill_group(process: subprocess.Popen[str]) -> None:
    """End whatever a program left behind: a lone beat would go on ringing beside the next one."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def say(name: str, line: str) -> None:
    sys.stdout.write(f"{name:<6} | {line.rstrip()}\n")
    sys.stdout.flush()


@dataclass
class Child:
    """One program that has to run, started again when it ends, later each time."""

    name: str
    command: list[str]
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0

    def tend(self) -> None:
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.process, self.started = start(self.command), now
                threading.Thread(target=self.relay, args=(self.process,), daemon=True).start()
        elif (code := self.process.poll()) is not None:
            kill_group(self.process)
            self.process = None
            self.failures = 1 if now - self.started > STEADY else self.failures + 1
            pause = min(2 ** (self.failures - 1), 30)
            self.due = now + pause
            say(self.name, f"ended with code {code}; starting it again in {pause} s")

    def relay(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                say(self.name, line)

    def stop(self, until: float) -> None:
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(until - time.monotonic(), 0.1))
        kill_group(self.process)
        self.process.wait()


def answers(host: str, port: int) -> bool:
    """Any answer but an error of ours will do: a proxy in front may ask for other names."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return answer.status < 500
    finally:
        connection.close()


def place() -> tuple[str, int]:
    """Where to listen, or an end with one line that says what to change."""
    host, asked = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not asked.isdecimal() or not 1 <= int(asked) <= 65535:
        sys.exit(f"PORT must be a number from 1 to 65535. It is {asked!r}.")
    try:
        socket.create_server((host, int(asked))).close()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        sys.exit(
            f"Cannot listen on {host}, port {asked}: {reason}. Try another: make run PORT=8001"
        )
    return host, int(asked)


def only_one() -> TextIO:
    """Keep the returned file open: two sites on one folder would take each other's messages."""
    VAR.mkdir(parents=True, exist_ok=True)
    lock = (VAR / "supervisor.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Laurel already runs on {VAR}. Stop it first, or set VAR_DIR to another folder.")
    return lock


def welcome(port: int) -> str:
    address = os.environ.get("SITE_URL") or f"http://localhost:{port}"
    demo = VAR / "demo.txt"
    words = demo.read_text().rstrip() if demo.exists() else ""
    return f"\nLaurel is at {address} (Ctrl-C stops it)\n{words}\n\n"


def main() -> None:
    host, port = place()
    lock = only_one()
    prepared = subprocess.run([sys.executable, "-m", "config.prepare"], cwd=ROOT)
    if prepared.returncode:
        sys.exit(prepared.returncode)
    place()  # preparing takes a while; granian would share the port with whoever came meanwhile

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    children = [Child("web", web_command(host, port)), Child("worker", worker_command())]
    welcomed = False
    while not stopping.wait(0.2):
        for child in children:
            child.tend()
        if not welcomed and answers("127.0.0.1" if host == "0.0.0.0" else host, port):  # noqa: S104
            sys.stdout.write(welcome(port))
            sys.stdout.flush()
            welcomed = True

    for child in children:
        if child.process is not None:
            child.process.terminate()
    until = time.monotonic() + PATIENCE
    for child in children:
        child.stop(until)
    lock.close()


if __name__ == "__main__":
    main()
