"""The whole site, running for real: granian and a Celery worker as programs of their own.

    with Site("sqlite") as site: ...      SQLite and the filesystem broker, as `make run`
    with Site("servers") as site: ...     PostgreSQL and Redis, as a large site

    site.url                              http://localhost:PORT
    site.get("/healthz")                  status, headers and body, without a browser
    site.manage("fsck")                   a command in the site's own environment
    site.shell("print(1)")                what this code prints there
    site.mails(), site.mail(to="a@b.c")   what it sent so far; the newest one to somebody
    site.kill_worker(); site.start_worker()
    site.stop_broker(); site.start_broker()
    site.log()                            the last words of web and worker, for a failing test

Variables of the site go in by name: `Site("sqlite", FETCH_ALLOW=issuer.address)`. Tables and static
files are made once in a test run and copied for each site, so a site costs about two seconds. The
processes of one run share them through the folder LAUREL_TEST_MOULDS.
"""

import atexit
import contextlib
import email
import email.policy
import fcntl
import functools
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
from email.message import EmailMessage
from pathlib import Path
from typing import Literal, NamedTuple

import psycopg

from config.supervisor import web_command, worker_command
from tests.commands import Commands
from tests.servers import ROOT, Postgres, Program, Redis, Server, free_port, wait_for

Backend = Literal["sqlite", "servers"]
BACKENDS: tuple[Backend, ...] = ("sqlite", "servers")


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    text: str


def run(env: dict[str, str], *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if check and done.returncode:
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stderr}")
    return done


def environment(folder: Path, port: int = 8000) -> dict[str, str]:
    """What a site of these tests knows; nothing comes from the developer's shell."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "VAR_DIR": str(folder),
        "PORT": str(port),
        "SECRET_KEY": "only for tests " * 4,
        "LAUREL_TESTING": "1",
        "STATIC_HASHED": "1",
        "LOG_LEVEL": "INFO",
        "LEASE_SECONDS": "5",
        "SWEEP_SECONDS": "1",
    }


# --- Made once in a run ----------------------------------------------------------------------


@functools.cache
def postgres_url() -> str:
    """The cluster that `bin/with-servers` started, or one of this run's own."""
    if given := os.environ.get("LAUREL_TEST_DATABASE_URL"):
        return given
    own = Postgres().__enter__()
    atexit.register(own.__exit__, None, None, None)
    return own.url()


def database_url(name: str) -> str:
    return f"{postgres_url().rpartition('/')[0]}/{name}"


def sql(statement: str) -> None:
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(statement.encode())


@functools.cache
def moulds() -> Path:
    """The folder that `tests.servers` made for the whole run, or one of this process."""
    if given := os.environ.get("LAUREL_TEST_MOULDS"):
        return Path(given)
    folder = Path(tempfile.mkdtemp(prefix="laurel_moulds_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def mould_database() -> str:
    return f"{moulds().name}_mould"


@functools.cache
def mould(backend: Backend) -> Path:
    """A folder prepared like that of `make run`, without the demo: what each site is copied from.

    For the servers the database `mould_database` is what counts; the static files are SQLite's.
    """
    folder = moulds() / backend
    with (moulds() / f"{backend}.lock").open("w") as lock:
        # The first who comes makes it, the others wait.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half = moulds() / f"{backend}.half"
            half.mkdir()
            env = environment(half) | {"DEMO": "0"}
            if backend == "servers":
                sql(f'CREATE DATABASE "{mould_database()}"')
                env |= {"DATABASE_URL": database_url(mould_database()), "STATIC_HASHED": "0"}
            run(env, "-m", "config.prepare")
            half.rename(folder)
    return folder


# --- The site --------------------------------------------------------------------------------


class Site(Server):
    """One running site, with its own database, broker, files and mail."""

    def __init__(self, backend: Backend, *, worker: bool = True, **variables: str) -> None:
        super().__init__()
        self.backend = backend
        self.with_worker = worker
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.database = self.folder.name
        self.redis = Redis() if backend == "servers" else None
        self.env = environment(self.folder, self.port) | variables
        self.web: Program | None = None
        self.worker: Program | None = None
        self.commands: Commands | None = None

    # --- Coming and going

    def start(self) -> None:
        made = mould(self.backend)
        (self.folder / "static").symlink_to(mould("sqlite") / "static")
        if self.redis is None:
            shutil.copy(made / "laurel.sqlite3", self.folder)
        else:
            sql(f'CREATE DATABASE "{self.database}" TEMPLATE "{mould_database()}"')
            self.redis.start()
            self.env["DATABASE_URL"] = database_url(self.database)
            self.env["REDIS_URL"] = self.redis.url
        self.start_web()
        if self.with_worker:
            self.start_worker()

    def stop(self) -> None:
        if self.commands:
            self.commands.stop()
        # Both are told first, then both are waited for.
        for program in (self.worker, self.web):
            if program:
                program.process.terminate()
        for program in (self.worker, self.web):
            if program:
                program.stop()
        if self.redis:
            self.redis.__exit__(None, None, None)
            sql(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')

    def start_web(self) -> None:
        self.web = Program(
            web_command("127.0.0.1", self.port), log=self.folder / "web.log", env=self.env
        )
        self.web.wait_until(self.answers)

    def answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/healthz").status < 500
        return False

    def start_worker(self) -> None:
        """Start it and go on: it takes three seconds until it works."""
        # Prefork beside Redis, threads beside SQLite: what the two set-ups really run.
        pool = "prefork" if self.redis else "threads"
        self.worker = Program(worker_command(pool), log=self.folder / "worker.log", env=self.env)

    def kill_worker(self) -> None:
        """`kill -9` for the worker, its pool and its beat, as an out-of-memory killer would."""
        assert self.worker is not None, "no worker to kill"
        self.worker.kill()
        self.worker = None

    def stop_worker(self) -> None:
        """The polite end of a deployment: what runs is finished first."""
        assert self.worker is not None, "no worker to stop"
        self.worker.stop()
        self.worker = None

    def stop_broker(self) -> None:
        """No message can be sent or received until `start_broker`. A worker may end over it."""
        if self.redis:
            self.redis.kill()
            return
        for name in ("queue", "control"):
            # Root writes into any folder, so a plain file stands in the way.
            (self.folder / name).rename(self.folder / f"{name}.away")
            (self.folder / name).write_text("no broker")

    def start_broker(self) -> None:
        if self.redis:
            self.redis.start()
            return
        for name in ("queue", "control"):
            (self.folder / name).unlink()
            (self.folder / f"{name}.away").rename(self.folder / name)

    # --- Asking it

    def manage(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        if self.commands is None:
            self.commands = Commands(self.env, self.folder / "commands.log")
        done = self.commands.run(words)
        if check and done.returncode:
            raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stderr}")
        return done

    def shell(self, code: str) -> str:
        return self.manage("shell", "-v", "0", "-c", code).stdout

    def get(self, path: str, **headers: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{self.port}", **headers})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read().decode(errors="replace"))
        finally:
            connection.close()

    def mails(self) -> list[EmailMessage]:
        """Every mail so far, oldest first. The file backend ends each with a line of dashes."""
        found = []
        for path in sorted((self.folder / "mail").glob("*.log")):
            for text in path.read_text().split("-" * 79 + "\n"):
                if text.strip():
                    mail = email.message_from_string(text, policy=email.policy.default)
                    assert isinstance(mail, EmailMessage)
                    found.append(mail)
        return found

    def mail(self, *, to: str, subject: str = "", seconds: float = 20) -> EmailMessage:
        """Wait for a mail to this address whose subject holds these words; the newest of them."""

        def fitting() -> list[EmailMessage]:
            return [
                mail for mail in self.mails() if to in mail["To"] and subject in mail["Subject"]
            ]

        wait_for(f"a mail to {to}", lambda: bool(fitting()), seconds)
        return fitting()[-1]

    def log(self) -> str:
        logs = [self.folder / "web.log", self.folder / "worker.log"]
        return "\n".join(f"--- {p.stem}\n{p.read_text()[-4000:]}" for p in logs if p.exists())
