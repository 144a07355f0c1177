"""Real servers for the tests: PostgreSQL and Redis here, the site itself in `tests/site.py`.

Each is a context manager with a folder and a port of its own on 127.0.0.1, which leaves nothing
behind. `python -m tests.servers COMMAND ...` (or `bin/with-servers`) starts PostgreSQL and Redis,
runs the command with their addresses in LAUREL_TEST_DATABASE_URL and LAUREL_TEST_REDIS_URL, and
stops them. LAUREL_TEST_MOULDS is a folder for what all processes of the run share: `tests/site.py`.

PostgreSQL refuses to run as root, so under root it runs as the user that Debian's package makes.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as place:
        port: int = place.getsockname()[1]
        return port


def wait_for(what: str, ready: Callable[[], bool], seconds: float = 30) -> None:
    """Ask until the answer is yes; say what never came."""
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Program:
    """One program in a process group of its own, with its words in a file."""

    def __init__(
        self,
        command: list[str],
        *,
        log: Path,
        env: dict[str, str] | None = None,
        user: str | None = None,
    ) -> None:
        self.log = log
        if shutil.which("setpriv"):
            # A test run that is killed outright takes its servers along.
            command = ["setpriv", "--pdeathsig", "TERM", "--", *command]
        with log.open("a") as out:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT if user is None else "/",
                env=env,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float = 30) -> None:
        def settled() -> bool:
            return self.process.poll() is not None or ready()

        try:
            wait_for(self.log.stem, settled, seconds)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.tail()}") from None
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.log.stem} did not start:\n{self.tail()}")

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def stop(self, polite: signal.Signals = signal.SIGTERM, seconds: float = 20) -> None:
        self.process.send_signal(polite)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """`kill -9` for the program and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Server:
    """What every server here does: a folder, a start, a stop, and nothing left behind."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"laurel_{type(self).__name__.lower()}_"))

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(Server):
    """An empty cluster on a port of its own, quick instead of durable."""

    def __init__(self) -> None:
        super().__init__()
        self.program: Program | None = None
        self.user = "postgres" if os.geteuid() == 0 else None
        self.port = free_port()

    def url(self, database: str = "postgres") -> str:
        return f"postgres://laurel@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        tools = _postgres_tools()
        data = self.folder / "data"
        if self.user:
            shutil.chown(self.folder, self.user, self.user)
        subprocess.run(
            [
                *(tools / "initdb", "-D", data, "-U", "laurel", "--auth=trust"),
                *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
        )
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "max_connections": "100",
            "dynamic_shared_memory_type": "mmap",  # a bare machine's /dev/shm may be tiny
        }
        self.program = Program(
            [str(tools / "postgres"), "-D", str(data)]
            + [word for key, value in settings.items() for word in ("-c", f"{key}={value}")],
            log=self.folder / "postgres.log",
            user=self.user,
        )
        self.program.wait_until(self.answers)

    def answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url()):
            return True
        return False

    def stop(self) -> None:
        if self.program:
            self.program.stop(signal.SIGINT)  # its fast shutdown: does not wait for clients


def _postgres_tools() -> Path:
    """Debian keeps one folder for each version, outside PATH."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found := shutil.which("initdb"):
        folders.append(Path(found).parent)
    if not folders:
        raise RuntimeError("PostgreSQL is not installed: sudo apt-get install postgresql")
    return max(folders, key=lambda folder: (len(folder.parent.name), folder.parent.name))


class Redis(Server):
    """A Redis with its append-only file, as the deployment guide asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.program: Program | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        if not shutil.which("redis-server"):
            raise RuntimeError("Redis is not installed: sudo apt-get install redis-server")
        self.program = Program(
            [
                *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", str(self.folder), "--appendonly", "yes", "--save", ""),
            ],
            log=self.folder / "redis.log",
        )
        self.program.wait_until(lambda: listens(self.port))

    def stop(self) -> None:
        if self.program:
            self.program.stop()
            self.program = None

    def kill(self) -> None:
        """`kill -9`: what a power cut leaves is what the append-only file holds."""
        if self.program:
            self.program.kill()
            self.program = None


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis, as the variables that hand them to a test run."""
    with (
        Postgres() as postgres,
        Redis() as redis,
        tempfile.TemporaryDirectory(prefix="laurel_moulds_") as moulds,
    ):
        yield {
            "LAUREL_TEST_MOULDS": moulds,
            "LAUREL_TEST_DATABASE_URL": postgres.url(),
            "LAUREL_TEST_REDIS_URL": redis.url,
        }


def main(command: list[str]) -> int:
    with servers() as addresses:
        child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **addresses})
        # Ctrl-C reaches the command as well: let it end its own way, then stop the servers.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
