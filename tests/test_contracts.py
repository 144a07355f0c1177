"""The layers, and the map that each module draws of itself, are kept by a machine."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SITE_VARIABLES

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "accounts", "badges", "portfolio")
MODULES = sorted(
    path
    for app in APPS
    for path in (ROOT / app).rglob("*.py")
    # A migration is Django's; an empty file says nothing that could be wrong.
    if "migrations" not in path.parts and path.read_text().strip()
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_go_downwards_only() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_says_first_what_it_is_for(path: Path) -> None:
    words = ast.get_docstring(ast.parse(path.read_text()))
    assert words, f"{name(path)} needs a first docstring line: the map is printed from it"
    first = words.splitlines()[0]
    assert first.endswith((".", "?", ":", "!")), f"{name(path)}: one whole sentence, not {first!r}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_is_hidden_in_signals_or_leftovers(path: Path) -> None:
    assert path.name not in {"utils.py", "helpers.py", "signals.py", "mixins.py"}
    imported = {
        alias
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in [node.module or ""]
    }
    assert not any(module.endswith(".signals") for module in imported), name(path)


def variables() -> set[str]:
    """Each NAME of `env.kind("NAME", ...)` in the settings."""
    return {
        str(node.args[0].value)
        for node in ast.walk(ast.parse((ROOT / "config" / "settings.py").read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_every_variable_of_the_site_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert len(variables()) > 20
    assert [name for name in sorted(variables()) if f"`{name}`" not in readme] == []


def test_no_variable_of_the_developer_reaches_the_tests() -> None:
    assert variables() - {"LAUREL_TESTING", "VAR_DIR"} == set(SITE_VARIABLES.split())


def test_the_core_opens_no_address() -> None:
    """import-linter does not see single modules of the standard library, such as this one."""
    for path in (ROOT / "badges" / "openbadges").rglob("*.py"):
        assert "urllib.request" not in path.read_text(), name(path)
