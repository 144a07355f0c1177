"""Fifty thousand hostile inputs, each within its limits: `make fuzz`, or `make fuzz N=1000 SEED=2`.

A child process takes the inputs one after another, under hard limits of the kernel, and writes
down what each cost: processor time, and by how much it raised the memory at its highest. Should
one kill it, the next child goes on behind it. What breaks a limit, ends in a fault of ours or
kills the child is kept in a folder, and the run has failed.

A tenth of the inputs comes from hypothesis instead, which looks for the odd value of a type.
With `--engine atheris` (from PyPI, where it can be installed) coverage guides the mutations.
"""

import argparse
import contextlib
import importlib
import json
import logging
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from badges.openbadges.credential import Version
from badges.openbadges.fetching import Fetch
from badges.openbadges.parse import credential, identity_key
from badges.openbadges.plain import as_values
from badges.openbadges.report import Check
from badges.openbadges.verify import verify
from bench import inputs
from tests.openbadges import make

SECONDS, MEGABYTES = 2.0, 100.0  # what one input may cost
HARD_SECONDS, HARD_BYTES = 120, 1_500_000_000  # where the kernel ends it, by any clock
CHUNK = 2_000
Row = dict[str, Any]


def judged(data: bytes, fetch: Fetch) -> tuple[str, str]:
    """The result of this input, and what is wrong with the answer, or ""."""
    report = verify(data, fetch=fetch, now=make.NOW, addresses=(make.LEARNER,))
    if [one.check for one in report.findings] != list(Check):
        return "", "not one finding for each check"
    for one in report.findings:
        if one.code.endswith(".fault"):
            return "", f"a fault of ours: {one.code}"
        if not one.detail.endswith("."):
            return "", f"no sentence: {one.detail!r}"
    json.dumps(as_values(report))
    if report.document is not None and report.document.version is not Version.EDC:
        identity_key(report.document)
        credential(report.document, {one.url: one.body for one in report.documents})
    return str(report.result), ""


def measured(data: bytes, fetch: Fetch, number: int = -1) -> Row:
    """Seconds of processor, megabytes above what there was, the result and what is wrong."""
    before = _rewound()
    start = time.process_time()
    try:
        result, wrong = judged(data, fetch)
    except Exception as error:  # whatever it is, it is what we are looking for
        result, wrong = "", f"{type(error).__name__}: {error}"[:300]
    seconds = time.process_time() - start
    megabytes = (_memory("VmHWM") - before) / 1024
    if not wrong and seconds > SECONDS:
        wrong = f"too slow: {seconds:.2f} s"
    if not wrong and megabytes > MEGABYTES:
        wrong = f"too large: {megabytes:.0f} MB"
    told = {"input": number, "bytes": len(data), "s": seconds, "mb": megabytes}
    return told | {"result": result, "wrong": wrong}


def _rewound() -> int:
    """Set the high-water mark of memory back to what is in use, where the system lets us."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


# ---------------------------------------------------------------------------------------
# The child


def child(seed: int, start: int, count: int, progress: Path) -> None:
    """Take inputs `start` to `start + count`, one line of JSON for each that is worth telling."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (HARD_BYTES, HARD_BYTES))
    logging.disable(logging.CRITICAL)
    verify(json.dumps(make.signed()).encode(), fetch=make.Web().fetch, now=make.NOW)  # warm
    for number in range(start, start + count):
        progress.write_text(str(number))
        signal.alarm(HARD_SECONDS)
        data, fetch = inputs.made(seed, number)
        sys.stdout.write(json.dumps(measured(data, fetch, number)) + "\n")
    sys.stdout.flush()


def parent(seed: int, count: int, kept: Path) -> int:
    rows: list[Row] = []
    for start in range(0, count, CHUNK):
        rows += _chunk(seed, start, min(CHUNK, count - start), kept)
        sys.stdout.write(f"\r{len(rows)} of {count} ")
        sys.stdout.flush()
    _table(rows)
    failed = [row for row in rows if row["wrong"]]
    for row in failed:
        if row["input"] >= 0:
            path = kept / f"{seed}-{row['input']}.bin"
            path.write_bytes(inputs.made(seed, row["input"])[0])
            sys.stdout.write(f"  input {row['input']}: {row['wrong']}, kept as {path}\n")
    return len(failed)


def _chunk(seed: int, start: int, count: int, kept: Path) -> list[Row]:
    rows: list[Row] = []
    end = start + count
    progress = kept / "at"
    while start < end:
        command = [sys.executable, "-m", "bench.fuzz", "--seed", str(seed), "--child"]
        command += [str(start), str(end - start), str(progress)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        rows += [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode == 0:
            break
        at = int(progress.read_text())
        wrong = f"killed the child ({done.returncode}) {done.stderr[-300:]}"
        row = {"input": at, "bytes": 0, "s": 0.0, "mb": 0.0, "result": "", "wrong": wrong}
        rows.append(row)
        start = at + 1
    return rows


def _table(rows: list[Row]) -> None:
    times = sorted(row["s"] * 1_000 for row in rows)
    sizes = sorted(row["mb"] for row in rows)
    results = Counter(row["result"] for row in rows)
    told = ", ".join(f"{count} {result}" for result, count in results.most_common())
    sys.stdout.write(f"\r{len(rows)} inputs: {told}\n")
    for name, values, unit in (("processor", times, "ms"), ("memory", sizes, "MB")):
        middle, most = values[len(values) // 2], values[int(len(values) * 0.999)]
        sys.stdout.write(
            f"  {name:<9} median {middle:.2f} {unit}, one in a thousand takes {most:.1f} {unit}, "
            f"the worst {values[-1]:.1f} {unit}\n"
        )
    for name, key in (("slowest", "s"), ("largest", "mb")):
        worst = sorted(rows, key=lambda row: -row[key])[:3]
        told = ", ".join(
            f"input {row['input']} ({row['bytes']} bytes, {row['s']:.3f} s, {row['mb']:.1f} MB)"
            for row in worst
        )
        sys.stdout.write(f"  {name}: {told}\n")


# ---------------------------------------------------------------------------------------
# Other engines


def by_hypothesis(seed: int, count: int) -> int:
    """`count` inputs of the strategies that the tests use."""
    from hypothesis import HealthCheck, given, settings
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    from tests.openbadges.test_never_raises import FORMS, places, value

    costs: list[Row] = []

    @seeded(seed)
    @settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(
        st.sampled_from(FORMS), st.integers(0, 200), value, st.binary(max_size=40), st.booleans()
    )
    def run(form: Any, place: int, odd: Any, junk: bytes, raw: bool) -> None:
        badge = json.loads(json.dumps(form))
        spots = places(badge)
        node, name = spots[place % len(spots)]
        node[name] = odd
        data = junk if raw else json.dumps(badge).encode()
        answer = json.dumps(odd).encode()
        web = make.Web()
        for url in (make.ISSUER, make.ASSERTION, make.CLASS, make.KEY):
            web.put(url, answer if raw else json.dumps(make.controller(make.ISSUER)))
        costs.append(measured(data, web.fetch))
        assert not costs[-1]["wrong"], costs[-1]["wrong"]

    run()
    sys.stdout.write("hypothesis: ")
    _table(costs)
    return 0


def by_atheris(seconds: int) -> int:
    """Let coverage guide the mutations of the corpus for some time. Ends at the first crash.

    Watching the coverage is measured with the rest, so the figures are upper bounds. The library
    ends its process as it likes, so it gets one of its own, which writes down what it has seen.
    """
    with tempfile.TemporaryDirectory(prefix="laurel-fuzz-") as name:
        folder, seen = Path(name), Path(name) / "seen"
        corpus = folder / "corpus"
        corpus.mkdir()
        for number, raw in enumerate(inputs.corpus()):
            (corpus / str(number)).write_bytes(raw)
        command = [sys.executable, "-m", "bench.fuzz", "--engine", "atheris"]
        command += ["--seconds", str(seconds), "--guided", str(corpus), str(seen)]
        done = subprocess.run(command, check=False)  # noqa: S603
        rows = [json.loads(line) for line in seen.read_text().splitlines()]
        sys.stdout.write(f"atheris, {len(rows) / seconds:.0f} inputs a second: ")
        _table(rows)
        return done.returncode


def guided(seconds: int, corpus: str, seen: str) -> None:
    atheris: Any = importlib.import_module("atheris")  # optional, and only for some systems
    number = 0

    def one(data: bytes) -> None:
        nonlocal number
        web = inputs.web(random.Random(zlib.crc32(data)))
        row = measured(data, web, number)
        file.write(json.dumps(row) + "\n")
        number += 1
        if row["wrong"]:
            raise RuntimeError(row["wrong"])

    with Path(seen).open("w", buffering=1) as file:
        atheris.instrument_all()
        options = [f"-max_total_time={seconds}", "-max_len=60000", "-rss_limit_mb=1500"]
        options.append(f"-artifact_prefix={tempfile.gettempdir()}/laurel-")  # what broke it
        atheris.Setup([sys.argv[0], *options, corpus], one)
        atheris.Fuzz()


def main() -> Iterator[int]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=["own", "atheris"], default="own")
    parser.add_argument("--seconds", type=int, default=60, help="for atheris")
    parser.add_argument("--child", nargs=3, metavar=("START", "COUNT", "PROGRESS"))
    parser.add_argument("--guided", nargs=2, metavar=("CORPUS", "SEEN"))
    options = parser.parse_args()
    if options.child:
        start, count, progress = options.child
        child(options.seed, int(start), int(count), Path(progress))
        return
    logging.disable(logging.CRITICAL)
    if options.guided:
        guided(options.seconds, *options.guided)
        return
    if options.engine == "atheris":
        yield by_atheris(options.seconds)
        return
    kept = Path(tempfile.mkdtemp(prefix="laurel-fuzz-"))
    tenth = options.count // 10
    yield parent(options.seed, options.count - tenth, kept)
    yield by_hypothesis(options.seed, tenth)


if __name__ == "__main__":
    sys.exit(1 if sum(main()) else 0)
