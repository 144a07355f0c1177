"""What checking a badge costs, beside the peers and the floor, in one run: `make bench`.

First one badge of each kind, from bytes to report, with every document at hand: processor
milliseconds, the median of rounds, in turn with the JavaScript libraries that wallets use on the
very same bytes. Then ten thousand badges of twenty issuers on all cores. A shared machine makes
times worthless and leaves ratios.
"""

import argparse
import json
import multiprocessing
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges.openbadges import keys, proofs, rdf
from badges.openbadges.fetching import Fetch, Fetched, offline
from badges.openbadges.report import Report, Result
from badges.openbadges.verify import verify
from bench import over_http
from bench.over_http import remembering
from tests.openbadges import make
from tests.openbadges.test_status import entry, signed_list, with_list

HERE = Path(__file__).parent
INTEROP = HERE.parent / "tests" / "openbadges" / "vectors" / "interop"
SCRATCH = Path(tempfile.gettempdir()) / f"laurel-bench-{os.getuid()}"
PACKAGES = {
    "@digitalbazaar/vc": "7",
    "@digitalbazaar/data-integrity": "2",
    "@digitalbazaar/eddsa-rdfc-2022-cryptosuite": "1",
    "@digitalbazaar/eddsa-jcs-2022-cryptosuite": "1",
    "@digitalbazaar/ecdsa-rdfc-2019-cryptosuite": "1",
    "@digitalbazaar/ecdsa-jcs-2019-cryptosuite": "1",
    "@digitalbazaar/ecdsa-sd-2023-cryptosuite": "3",
    "@digitalbazaar/ed25519-signature-2020": "5",
    "@digitalbazaar/ed25519-verification-key-2020": "4",
    "@digitalbazaar/ed25519-multikey": "1",
    "@digitalbazaar/ecdsa-multikey": "1",
}
Json = dict[str, Any]


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def milliseconds(action: Callable[[], object], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        action()
    return (time.process_time() - start) / count * 1000


# ---------------------------------------------------------------------------------------
# The badges


def badges() -> dict[str, Json]:
    """One badge for each kind of proof: our example, signed by the JavaScript libraries."""
    files = {
        "eddsa-rdfc-2022": "eddsa-rdfc-2022",
        "eddsa-jcs-2022": "eddsa-jcs-2022",
        "ecdsa-rdfc-2019 P-256": "ecdsa-rdfc-2019-p256",
        "ecdsa-rdfc-2019 P-384": "ecdsa-rdfc-2019-p384",
        "ecdsa-jcs-2019 P-256": "ecdsa-jcs-2019-p256",
        "ecdsa-sd-2023 shown in part": "ecdsa-sd-2023-derived-some",
        "ecdsa-sd-2023 whole": "ecdsa-sd-2023-base-some",
    }
    found: dict[str, Json] = {
        kind: json.loads((INTEROP / f"{file}.json").read_text()) for kind, file in files.items()
    }
    return {
        "eddsa-rdfc-2022": found.pop("eddsa-rdfc-2022"),
        "Ed25519Signature2020": older(),
    } | found


def older() -> Json:
    """The same under the older kind of proof, which our own `sign` does not make."""
    badge = json.loads((INTEROP / "eddsa-rdfc-2022.json").read_text())
    badge["@context"].append("https://w3id.org/security/suites/ed25519-2020/v1")
    badge["issuer"]["id"] = make.DID
    options = {
        "type": "Ed25519Signature2020",
        "created": "2026-01-02T03:04:05Z",
        "verificationMethod": make.METHOD,
        "proofPurpose": "assertionMethod",
    }
    return signed_as(badge, options, make.ED25519)


def signed_as(badge: Json, options: Json, key: Ed25519PrivateKey) -> Json:
    import hashlib

    import base58

    from badges.openbadges import canonical

    bare = {name: value for name, value in badge.items() if name != "proof"}
    texts = (canonical.texts(options | {"@context": bare["@context"]}), canonical.texts(bare))
    data = b"".join(hashlib.sha256(one[0].encode()).digest() for one in texts)
    value = "z" + base58.b58encode(key.sign(data)).decode()
    return bare | {"proof": options | {"proofValue": value}}


# ---------------------------------------------------------------------------------------
# Peers


class Node:
    """The JavaScript libraries in a process of their own, asked for a round at a time."""

    def __init__(self, folder: Path, found: Mapping[str, Json]) -> None:
        file = folder / "badges.json"
        file.write_text(json.dumps(found))
        script = folder / "verify.mjs"
        shutil.copy(HERE / "verify.mjs", script)
        self.process = subprocess.Popen(  # noqa: S603
            [shutil.which("node") or "node", str(script), str(rdf.CONTEXTS), str(file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder,
        )  # fmt: skip
        self.silent: set[str] = set()

    def round(self, kind: str, count: int) -> float | None:
        if kind in self.silent:
            return None
        into, out = self.process.stdin, self.process.stdout
        assert into is not None
        assert out is not None
        answer = self._asked(into, out, kind, count)
        if answer.get("error"):
            say(f"  (JavaScript has no answer for {kind}: {answer['error'][:120]})")
            self.silent.add(kind)
            return None
        return float(answer["ms"])

    @staticmethod
    def _asked(into: IO[str], out: IO[str], kind: str, count: int) -> Json:
        into.write(json.dumps({"kind": kind, "count": count}) + "\n")
        into.flush()
        line = out.readline()
        found: Json = json.loads(line) if line else {"error": "node ended"}
        return found

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def node(found: Mapping[str, Json]) -> Node | None:
    """The libraries, installed into a scratch folder the first time; None without node and npm."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        say("Skipped: the comparison with JavaScript. It needs node and npm on the PATH.")
        return None
    SCRATCH.mkdir(mode=0o700, exist_ok=True)
    package = {"name": "scratch", "version": "1.0.0", "private": True, "type": "module"}
    wanted = json.dumps(package | {"dependencies": PACKAGES})
    manifest = SCRATCH / "package.json"
    if not (SCRATCH / "done").exists() or manifest.read_text() != wanted:
        manifest.write_text(wanted)
        say(f"Installing the JavaScript libraries into {SCRATCH} ...")
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        done = subprocess.run(command, cwd=SCRATCH, check=False, capture_output=True)  # noqa: S603
        if done.returncode:
            say("Skipped: the comparison with JavaScript. npm could not install the libraries.")
            return None
        (SCRATCH / "done").touch()
    return Node(SCRATCH, found)


# ---------------------------------------------------------------------------------------
# One badge


def one_badge(rounds: int, count: int) -> None:
    found = badges()
    peer = node(found)
    say(f"\nOne badge, from bytes to report: processor ms, median of {rounds} rounds of {count}")
    say(f"{'':30}{'here':>8}{'JavaScript':>12}{'times less':>12}")
    nobody = offline({})
    here: dict[str, list[float]] = {kind: [] for kind in found}
    there: dict[str, list[float]] = {kind: [] for kind in found}
    for number in range(rounds + 1):
        for kind, badge in found.items():
            data = json.dumps(badge).encode()
            spent = milliseconds(lambda data=data: good(data, nobody), count)  # type: ignore[misc]
            other = peer.round(kind, count) if peer else None
            if number:  # the first is for warming up
                here[kind].append(spent)
                there[kind] += [other] if other is not None else []
    for kind in found:
        mine = statistics.median(here[kind])
        theirs = statistics.median(there[kind]) if there[kind] else None
        beside = (
            f"{theirs:12.2f}{theirs / mine:12.1f}" if theirs is not None else f"{'-':>12}{'-':>12}"
        )
        say(f"{kind:30}{mine:8.2f}{beside}")
    if peer:
        peer.close()


def listed(rounds: int, count: int) -> None:
    """The same badge on a status list, which is a signed document to be checked like a badge."""
    web = with_list(signed_list())
    files = [
        json.dumps(one).encode() for one in (make.signed(), make.signed(credentialStatus=entry(7)))
    ]
    spent: list[list[float]] = [[], []]
    for _ in range(rounds):
        for at, data in enumerate(files):
            spent[at].append(milliseconds(lambda data=data: good(data, web.fetch), count))  # type: ignore[misc]
    bare, whole = map(statistics.median, spent)
    say(f"\nA small badge by eddsa-rdfc-2022: {bare:.2f} ms, {whole:.2f} with a status list")


def good(data: bytes, fetch: Fetch) -> Report:
    report = verify(data, fetch=fetch, now=make.NOW)
    if report.result is not Result.VALID:
        raise SystemExit(f"the badge to be measured is not valid: {report.findings}")
    return report


def tokens(rounds: int, count: int) -> None:
    """VC-JWT: the bare signature, our reading and checking of a JWS, and the whole report."""
    say("\nVC-JWT: processor ms")
    say(f"{'':30}{'bare':>8}{'JWS':>8}{'ratio':>8}{'whole':>8}{'ratio':>8}")
    for name, key in (("RS256", make.RSA), ("EdDSA", make.ED25519), ("ES256", make.P256)):
        token = make.token(key, issuer={"id": "did:web:school.example"}, jwk=False,
                           headers={"kid": "did:web:school.example#key-1"})  # fmt: skip
        method = {
            "id": "did:web:school.example#key-1",
            "publicKeyJwk": keys.to_jwk(key.public_key()),
        }
        document = {"id": "did:web:school.example", "assertionMethod": [method]}
        web = remembering(Web({"https://school.example/.well-known/did.json": document}))
        public, jws, data = key.public_key(), proofs.read_jws(token), token.encode()
        bare = bare_check(public, jws)
        spent: list[list[float]] = [[], [], []]
        for _ in range(rounds):
            spent[0].append(milliseconds(bare, count * 5))
            spent[1].append(
                milliseconds(lambda: proofs.verify_jws(proofs.read_jws(token), public), count * 5)  # noqa: B023
            )
            spent[2].append(milliseconds(lambda: good(data, web), count))  # noqa: B023
        least, jose, whole = map(statistics.median, spent)
        say(f"{name:30}{least:8.3f}{jose:8.3f}{jose / least:8.2f}{whole:8.3f}{whole / least:8.2f}")


def bare_check(public: keys.PublicKey, jws: proofs.Jws) -> Callable[[], object]:
    """Nothing but the library's own check of ready bytes with a ready key."""
    from badges.openbadges import signatures

    if hasattr(public, "public_numbers") and not hasattr(public, "curve"):
        return lambda: public.verify(  # type: ignore[call-arg]
            jws.signature, jws.signed, padding.PKCS1v15(), hashes.SHA256()
        )
    return lambda: signatures.holds(public, jws.signature, jws.signed)


def hosted(rounds: int, count: int) -> None:
    say("\nHosted 2.0: processor ms and requests")
    site = make.hosted_web()
    data = json.dumps(make.assertion()).encode()
    spent = [milliseconds(lambda: good(data, site.fetch), count) for _ in range(rounds)]
    site.asked.clear()
    good(data, site.fetch)
    contexts = [url for url in site.asked if url == make.OB2]
    name, ms = "assertion, class, issuer in memory", statistics.median(spent)
    say(f"{name:38}{ms:8.2f}   {len(site.asked)} requests, "
        f"{len(contexts)} of them for a context")  # fmt: skip
    for name, one in over_http.measured(good, rounds, count).items():
        say(f"{'  over HTTP, ' + name:38}{one.cpu:8.2f}   {one.requests:.0f} requests, "
            f"{one.wall:.2f} ms by the clock")  # fmt: skip


# ---------------------------------------------------------------------------------------
# Ten thousand


@dataclass
class Web:
    """Documents by address, and how often somebody asked."""

    documents: Mapping[str, Json]
    asked: int = 0

    def __call__(
        self, url: str, *, accept: str = "", max_bytes: int = 0, max_age: float = 0
    ) -> Fetched:
        self.asked += 1
        body = json.dumps(self.documents[url]).encode()
        return Fetched(url, url, 200, "application/json", body)


@dataclass
class Batch:
    """The badges of one issuer, and what its site answers."""

    kind: str
    data: list[bytes] = field(default_factory=list)
    documents: dict[str, Json] = field(default_factory=dict)


def batch(number: int, size: int) -> Batch:
    """Issuer `number` of twenty: eight sign graphs, six sign tokens, six host what they award."""
    kind = "DI" if number < 8 else "JWT" if number < 14 else "hosted"
    found = Batch(kind)
    key = Ed25519PrivateKey.from_private_bytes(bytes([number + 1]) * 32)
    site = f"https://issuer{number}.example"
    did = f"did:web:issuer{number}.example"
    if kind != "hosted":
        found.documents[f"{site}/.well-known/did.json"] = make.controller(did, key.public_key())
    for at in range(size):
        own = f"{site}/badges/{at}"
        if kind == "hosted":
            found.documents[own] = make.assertion(id=own, badge=f"{site}/class")
            found.data.append(json.dumps(found.documents[own]).encode())
            continue
        badge = make.unsigned(id=own, issuer={"id": did, "type": ["Profile"], "name": "School"})
        if kind == "JWT":
            found.data.append(proofs.sign_jws(badge, key, {"kid": f"{did}#key-1"}).encode())
        else:
            signed = proofs.sign(badge, key, f"{did}#key-1", make.SIGNED)
            found.data.append(json.dumps(signed).encode())
    if kind == "hosted":
        issuer = f"{site}/issuer"
        found.documents[issuer] = {"@context": make.OB2, "type": "Issuer", "id": issuer,
                                   "name": "School", "url": site}  # fmt: skip
        found.documents[f"{site}/class"] = {
            "@context": make.OB2, "type": "BadgeClass", "id": f"{site}/class", "name": "Rope work",
            "description": "Knots.", "image": f"{site}/rope.png", "issuer": issuer,
            "criteria": {"narrative": "Shown."},
        }  # fmt: skip
    return found


def checked(one: Batch) -> tuple[str, int, int, float]:
    """Check every badge of one issuer in this process."""
    web = Web(one.documents)
    fetch = remembering(web)
    start = time.process_time()
    for data in one.data:
        good(data, fetch)
    return one.kind, len(one.data), web.asked, time.process_time() - start


def many(total: int, cores: int) -> None:
    say(f"\n{total} badges of 20 issuers, on {cores} cores (being made ...)")
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        batches = pool.starmap(batch, [(number, total // 20) for number in range(20)])
        start = time.monotonic()
        rows = pool.map(checked, batches, chunksize=1)
        wall = time.monotonic() - start
    for kind in ("DI", "JWT", "hosted"):
        some = [row for row in rows if row[0] == kind]
        count, asked = sum(row[1] for row in some), sum(row[2] for row in some)
        ms = sum(row[3] for row in some) / count * 1000
        say(f"{kind:10}{count:7} badges{ms:8.2f} ms each{asked:7} requests")
    count, asked = sum(row[1] for row in rows), sum(row[2] for row in rows)
    used = sum(row[3] for row in rows)
    say(f"{count} badges in {wall:.1f} s, {count / wall:.0f} badges/s, {asked} requests; "
        f"{used:.1f} s of processor, so {used / cores:.1f} s on {cores} idle cores")  # fmt: skip


def machine() -> str:
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            x.partition(":")[2].strip() for x in info.read_text().splitlines() if "model name" in x
        ]
        model = names[0] if names else model
    load = os.getloadavg()[0]
    return (
        f"{model}, {os.cpu_count()} cores (load {load:.1f}), {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=40, help="badges in a round")
    parser.add_argument("--total", type=int, default=10_000)
    options = parser.parse_args()
    say(machine())
    one_badge(options.rounds, options.count)
    listed(options.rounds, options.count)
    tokens(options.rounds, options.count)
    hosted(options.rounds, options.count)
    many(options.total, os.cpu_count() or 1)


if __name__ == "__main__":
    main()
