"""The site's one door, in an internet of the test's own where every forbidden address answers.

What is inside is told in `bed`; the addresses are in `hostile_cases`. The bed needs a network
namespace: root's, or one that the kernel lets users make. Where neither is to be had this fails
and says so, unless LAUREL_NO_NAMESPACES=1 admits it.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from tests.servers import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bed")]  # one bed for all of them

SECONDS = 15.0
GRAIN = 1.0  # how late a busy machine may wake a process
MB = 100
# What the kernel itself will not dial: broadcast and multicast.
UNDIALABLE = {
    *("127.255.255.255", "255.255.255.255", "224.0.0.0", "239.255.255.255", "::ffff:ffff:ffff"),
    *("::ffff:255.255.255.255", "ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
}
# The last is for root in a chroot, where the kernel gives no mounts of one's own.
WAYS_IN = (
    ["unshare", "--net", "--mount"],
    ["unshare", "--user", "--map-root-user", "--net", "--mount"],
    ["unshare", "--net"],
)

Report = dict[str, Any]


def way_in(path: str) -> list[str]:
    if os.environ.get("LAUREL_NO_NAMESPACES") == "1":
        pytest.skip("LAUREL_NO_NAMESPACES=1: no namespace to make a bed of hostile hosts in")
    for program in ("unshare", "mount", "ip"):
        if not shutil.which(program, path=path):
            pytest.fail(f"{program} is missing: sudo apt-get install util-linux mount iproute2")
    words = ""
    for way in WAYS_IN:
        tried = subprocess.run([*way, "true"], capture_output=True, text=True)
        if tried.returncode == 0:
            return way
        words = tried.stderr.strip()
    pytest.fail(
        "This machine does not let the test make a network namespace of its own, so the bed of "
        f"hostile hosts cannot be built ({words}). Run the tests as root or allow user "
        "namespaces; LAUREL_NO_NAMESPACES=1 leaves this test out."
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    way = way_in(path)
    run = subprocess.run(
        [*way, sys.executable, "-m", "tests.slow.bed", *(["--mounts"] if "--mount" in way else [])],
        cwd=ROOT,
        # A real site's settings, with nothing of this shell's nor of the other tests'.
        env={
            "PATH": path,
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(tmp_path_factory.mktemp("bed")),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SITE_URL": "https://laurel.example",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "VAR_DIR": str(tmp_path_factory.mktemp("var")),
        },
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, f"The bed of hostile hosts fell over:\n{run.stderr[-4000:]}"
    read: Report = json.loads(run.stdout)
    return read


def told(rows: list[Report]) -> str:
    """A few of the rows that are wrong, in full."""
    return "\n".join(json.dumps(row) for row in rows[:10]) + f"\n{len(rows)} in all"


def test_the_canaries_count_when_they_are_contacted(report: Report) -> None:
    contact = report["contact"]
    assert set(contact["unreached"]) <= UNDIALABLE
    assert contact["seen"] == contact["tried"] - len(contact["unreached"]) >= 80
    assert contact["counted"] == contact["seen"]
    assert contact["requests"] >= 60  # the others are on port 443, where TLS comes first
    assert contact["closed port"] == ["10.1.2.3 port 12345"]
    assert contact["datagram"] == ["10.1.2.3 udp 53"]


def test_plain_clients_reach_what_is_forbidden(report: Report) -> None:
    groups = report["plain"]["groups"]
    assert [group for group, bites in groups.items() if not any(bites)] == []
    assert sum(map(sum, groups.values())) >= 300
    assert report["plain"]["extra"] > 3 * MB


def test_no_request_and_no_connection_reaches_a_forbidden_address(report: Report) -> None:
    touched = [row for row in report["cases"] if row["touched"]]
    assert not touched, told(touched)
    assert (report["connections"], report["requests"]) == (0, 0)
    assert report["lost"] == 0  # nothing escaped the watch
    assert report["questions"] > 0  # the C library did ask our name server


def test_each_case_ends_as_it_should(report: Report) -> None:
    assert len(report["cases"]) >= 60
    wrong = [row for row in report["cases"] if not row["right"]]
    assert not wrong, told(wrong)


def test_each_case_ends_in_time_and_within_its_memory(
    report: Report, record_property: Callable[[str, object], None]
) -> None:
    record_property("table", table(report))
    late = [row for row in report["cases"] if row["seconds"] > SECONDS + GRAIN]
    assert not late, told(late)
    fat = [row for row in report["cases"] if row["extra"] > MB]
    assert not fat, told(fat)
    slow = {row["name"]: row["seconds"] for row in report["cases"] if row["group"] == "slow"}
    assert slow["slow/body"] > SECONDS - GRAIN  # the figures of production, not a test's


def table(report: Report) -> str:
    groups = defaultdict(list)
    for row in report["cases"]:
        groups[row["group"]].append(row)
    lines = ["", f"{'hostile hosts':<30}cases  touched  slowest s  extra MB  plain clients bite"]
    for name, rows in [*groups.items(), ("all", report["cases"])]:
        bites = report["plain"]["groups"].get(name, [])
        if name == "all":
            bites = [bite for some in report["plain"]["groups"].values() for bite in some]
        touched = sum(len(row["touched"]) for row in rows)
        slowest, extra = (max(row[key] for row in rows) for key in ("seconds", "extra"))
        share = f"{sum(bites)} of {len(bites)}" if bites else "-"
        lines.append(
            f"{name:<30}{len(rows):>5}{touched:>9}{slowest:>11.2f}{extra:>10.1f}{share:>20}"
        )
    return "\n".join(lines) + "\n"
