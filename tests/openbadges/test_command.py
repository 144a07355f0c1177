"""`verify_badge`: what it prints, how it ends, and that bad input is never a traceback."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.openbadges import make
from tests.openbadges.test_records import record

VECTORS = Path(__file__).parent / "vectors"
AT = "2026-11-23T00:00:00Z"


def run(*arguments: str | Path) -> tuple[str, int]:
    """What the command prints, and its exit status."""
    out = io.StringIO()
    try:
        call_command("verify_badge", *map(str, arguments), stdout=out)
    except SystemExit as stop:
        return out.getvalue(), int(stop.code or 0)
    return out.getvalue(), 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.json").write_text("{}")
    return tmp_path


def save(folder: Path, name: str, badge: Any) -> Path:
    path = folder / name
    path.write_text(badge if isinstance(badge, str) else json.dumps(badge))
    return path


def test_json_tells_every_check_of_every_path(folder: Path) -> None:
    good = save(folder, "good.json", make.signed())
    printed, code = run(good, "--json", "--at", AT, "--documents", folder)
    (one,) = json.loads(printed)
    assert code == 0
    assert list(one) == [
        "path",
        "format",
        "name",
        "issuer",
        "result",
        "checks",
        "unchecked",
        "parts",
    ]
    assert (one["path"], one["format"], one["result"]) == (str(good), "json", "valid")
    assert (one["name"], one["issuer"]) == ("Rope work", "Harbour School")
    assert [check["check"] for check in one["checks"]] == [
        "readable",
        "signature",
        "issuer",
        "recipient",
        "period",
        "status",
        "schema",
    ]
    assert all(set(check) == {"check", "result", "detail"} for check in one["checks"])


def test_the_exit_status_tells_the_worst(folder: Path) -> None:
    good = save(folder, "good.json", make.signed())
    late = save(folder, "late.json", make.signed(validUntil="2026-02-01T00:00:00Z"))
    none = save(folder, "none.json", "hello")
    documents = ("--documents", folder, "--at", AT)
    assert run(good, *documents)[1] == 0
    assert run(good, late, *documents)[1] == 1
    assert run(good, late, none, *documents)[1] == 2


def test_what_cannot_be_opened_is_unreadable(folder: Path) -> None:
    paths: list[str | Path] = [folder / "missing.json", folder, "bad\0name"]
    printed, code = run(*paths, "--json", "--documents", folder)
    assert code == 2
    for one in json.loads(printed):
        assert one["result"] == "unreadable"
        assert one["checks"][0]["detail"].startswith("This file cannot be opened")


def test_addresses_are_compared(folder: Path) -> None:
    good = save(folder, "good.json", make.signed())
    for address, outcome in ((make.LEARNER, "passed"), ("eve@evil.example", "failed")):
        printed, code = run(
            good, "--json", "--at", AT, "--documents", folder, "--email", "x@y.example",
            "--email", address,
        )  # fmt: skip
        (one,) = json.loads(printed)
        assert (one["checks"][3]["result"], one["result"], code) == (outcome, "valid", 0)


def test_a_folder_answers_for_the_web(folder: Path) -> None:
    web = make.hosted_web()
    index: dict[str, Any] = {}
    for number, (url, answer) in enumerate(web.answers.items()):
        (folder / f"{number}.json").write_bytes(answer.body)
        index[url] = f"{number}.json"
    badge = save(folder, "badge.json", make.assertion())

    def result() -> str:
        (folder / "index.json").write_text(json.dumps(index))
        printed, _ = run(badge, "--json", "--at", AT, "--documents", folder)
        return str(json.loads(printed)[0]["result"])

    assert result() == "valid"
    index[make.ASSERTION] = {"file": "0.json", "content_type": "text/html"}
    assert result() == "valid"
    index[make.ASSERTION] = {"status": 410}
    assert result() == "revoked"
    index[make.ASSERTION] = {"file": "0.json", "status": 500}
    assert result() == "unknown"
    del index[make.ASSERTION]
    assert result() == "unknown"


def test_the_vectors_are_a_documents_folder_themselves() -> None:
    badge = VECTORS / "1edtech/ob20/simple.jwt"
    printed, code = run(badge, "--at", AT, "--documents", VECTORS)
    assert code == 0
    assert "VALID" in printed
    assert "Awesome Robotics Badge, issued by An Example Badge Issuer" in printed


def test_a_strangers_name_cannot_steer_the_terminal(folder: Path) -> None:
    badge = make.unsigned()
    badge["credentialSubject"]["achievement"]["name"] = "\x1b[2J\x1b]0;owned\x07"
    printed, _ = run(save(folder, "b.json", badge), "--documents", folder)
    assert "\x1b" not in printed


@pytest.mark.parametrize(
    "index", ["", "[]", "{", '{"https://x.example/": 7}', '{"https://x.example/": "none.json"}']
)
def test_a_bad_folder_is_told_in_one_line(folder: Path, index: str) -> None:
    (folder / "index.json").write_text(index)
    with pytest.raises(CommandError) as caught:
        run("x.json", "--documents", folder)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)


def test_bad_arguments_are_told_in_one_line(folder: Path) -> None:
    with pytest.raises(CommandError, match=r"index\.json"):
        run("x.json", "--documents", folder / "nowhere")
    with pytest.raises(CommandError, match="not a moment"):
        run("x.json", "--at", "yesterday", "--documents", folder)


def test_what_is_inside_is_told_below(folder: Path) -> None:
    whole = save(folder, "record.json", record(make.signed(), make.unsigned(id="urn:uuid:a")))
    printed, code = run(whole, "--at", AT, "--documents", folder)
    assert code == 0
    assert "Achievement of the record\n" in printed
    assert printed.count("VALID") == 3
    values, _ = run(whole, "--json", "--at", AT, "--documents", folder)
    (one,) = json.loads(values)
    assert [(part["role"], part["about"], part["result"]) for part in one["parts"]] == [
        ("achievement", "record", "valid"),
        ("achievement", "record", "valid"),
    ]
    assert one["parts"][0]["parts"] == []
