"""What a transcript costs, beside the least that it could: part of `make bench`.

`python -m bench.transcripts [--rounds 3]`. Documents of 1, 12, 120 and 600 badges, each with a
picture of its own, are made by the site's own worker code, database, child process, signature and
all: one line for each badge, with full details, and with the original credentials inside. In the
same minutes the floor (`bench/paper_floor.py`) draws as many rows and nothing else. CPU is that of
the worker and its child together, the child's start included; memory is the child's.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from bench.verify import machine, say

HERE = Path(__file__).parent
COUNTS = (1, 12, 120, 600)
MODES = ("line", "full", "originals")
# Rows to CPU seconds, kB a row and MiB that the site has set itself.
AIMS = {120: (0.75, 5, 100), 600: (4.0, 5, 180)}
Row = dict[str, Any]
# The child as it is, which at its end writes down its peak: that of getrusage counts what the
# worker weighed when it forked.
WEIGHED = """
import runpy
runpy.run_module("portfolio.services.render_child", run_name="__main__")
lines = open("/proc/self/status").read().splitlines()
open({out!r}, "w").write(next(line for line in lines if line.startswith("VmHWM")))
"""


def pictures(folder: Path, count: int) -> list[bytes]:
    """As many different small pictures as there are badges."""
    from PIL import Image, ImageDraw

    found = []
    for number in range(count):
        image = Image.new("RGB", (96, 96), (number * 7 % 256, number * 13 % 256, 120))
        draw = ImageDraw.Draw(image)
        draw.ellipse((8, 8, 88, 88), fill=(255, number % 256, 200), width=4)
        draw.text((30, 40), str(number), fill="black")
        out = BytesIO()
        image.save(out, "JPEG", quality=85)
        found.append(out.getvalue())
        (folder / f"{number}.jpg").write_bytes(out.getvalue())
    return found


# --- The document, in a process of its own -------------------------------------------------------


def fill(count: int, folder: Path) -> Any:
    """A learner with a page of so many checked badges."""
    from django.core.files.base import ContentFile

    from accounts.models import User
    from badges.models import Badge, Issuer, Picture, Recipient, Result, Trust
    from portfolio.models import Entry, Page

    now = datetime.now(UTC)
    owner = User.objects.create_user("learner@learner.example", None, name="Noor Haddad")
    issuers = [
        Issuer.objects.create(key=f"university-{number}", name=f"Example University {number}")
        for number in range(5)
    ]
    page = Page.objects.create(owner=owner, title="Data analysis", line="All of it")
    for number, small in enumerate(pictures(folder, count)):
        picture = Picture(digest=f"{number:064x}", width=96, height=96)
        picture.small.save(f"pictures/{number}.jpg", ContentFile(small), save=False)
        picture.large = picture.small
        picture.save()
        badge = Badge.objects.create(
            owner=owner,
            identity=str(number),
            name=f"Badge number {number}: data analysis",
            criteria_text=(
                "The learner can load, clean, join and plot tabular data and explain the result to "
                "others in writing."
            ),
            issuer=issuers[number % 5],
            issued_at=now,
            checked_at=now,
            result=Result.VALID,
            trust=Trust.SIGNED,
            recipient=Recipient.OWNER,
            picture=picture,
            document=json.dumps({"id": f"urn:uuid:{number:032x}", "proof": "z" * 600}).encode(),
        )
        Entry.objects.create(page=page, badge=badge, position=number)
    return page


def child(count: int, mode: str, folder: Path) -> Row:
    """Make the document twice as a worker does, and tell what the second time took."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from portfolio.models import Transcript
    from portfolio.services import pdf, transcripts

    weighed = folder / "peak"
    pdf.COMMAND = ["-c", WEIGHED.format(out=str(weighed))]
    call_command("migrate", verbosity=0)
    page = fill(count, folder)
    options = transcripts.Options(full_detail=mode != "line", originals=mode == "originals")
    took: Row = {}
    for _time in range(2):  # the first loads what a worker has loaded
        row = transcripts.request(owner=page.owner, page=page, now=timezone.now(), options=options)
        before, start = _cpu(), time.monotonic()
        transcripts.run(transcript_id=row.pk, clock=timezone.now)
        took = {"cpu": _cpu() - before, "wall": time.monotonic() - start}
    made = Transcript.objects.latest("created_at")
    if not made.is_ready:
        raise SystemExit(f"The document of {count} badges was not made: {made.error}")
    peak = int(weighed.read_text().split()[1]) // 1024
    return {**took, "bytes": made.size, "pages": made.pages_count, "mib": peak}


def _cpu() -> float:
    kid = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + kid.ru_utime + kid.ru_stime


# --- Side by side --------------------------------------------------------------------------------


def run(count: int, mode: str) -> Row:
    with tempfile.TemporaryDirectory(prefix="laurel-bench-") as folder:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": folder,
            "SECRET_KEY": "only for measuring " * 4,
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-m", "bench.transcripts", "--child", str(count), mode, folder]
        return _json(command, environment)


def floor(count: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="laurel-bench-") as folder:
        pictures(Path(folder), count)
        command = [sys.executable, str(HERE / "paper_floor.py"), str(count), folder]
        return _json(command, dict(os.environ))


def _json(command: list[str], environment: dict[str, str]) -> Row:
    done = subprocess.run(command, env=environment, check=True, capture_output=True)  # noqa: S603
    row: Row = json.loads(done.stdout)
    return row


def middle(rows: list[Row], what: str) -> float:
    return statistics.median(float(row[what]) for row in rows)


def measure(count: int, rounds: int) -> list[str]:
    """Ours and the floors in turn; the lines to say, and beside an aim whether it was met."""
    ours: dict[str, list[Row]] = {mode: [] for mode in MODES}
    floors: list[Row] = []
    for _round in range(rounds):
        for mode in MODES:
            ours[mode].append(run(count, mode))
        floors.append(floor(count))
    lines = []
    peer = middle(floors, "cpu")
    for mode, rows in ours.items():
        cpu, size, mib = middle(rows, "cpu"), middle(rows, "bytes"), middle(rows, "mib")
        line = (
            f"{count:4} badges, {mode}: {cpu:.2f} CPU s, {middle(rows, 'wall'):.2f} s, "
            f"{size / 1000:.0f} kB ({size / 1000 / count:.1f} a badge), "
            f"{rows[0]['pages']} pages, {mib:.0f} MiB; {cpu / peer:.2f} of a bare table"
        )
        if count in AIMS:
            most, per_row, memory = AIMS[count]
            met = cpu <= most and size / 1000 / count <= per_row and mib <= memory
            line += f"; aim {most} s, {per_row} kB, {memory} MiB: {'met' if met else 'MISSED'}"
        lines.append(line)
    lines.append(
        f"     floor: {peer:.2f} CPU s in a process of its own, "
        f"{middle(floors, 'warm'):.2f} once warm, {middle(floors, 'bytes') / 1000:.0f} kB, "
        f"{middle(floors, 'mib'):.0f} MiB"
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=3, metavar=("COUNT", "MODE", "FOLDER"))
    options = parser.parse_args()
    if options.child:
        count, mode, folder = options.child
        sys.stdout.write(json.dumps(child(int(count), mode, Path(folder))))
        return
    say(machine())
    for count in COUNTS:
        for line in measure(count, options.rounds):
            say(line)


if __name__ == "__main__":
    main()
