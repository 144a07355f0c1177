"""The environment makes the site, and nonsense stops it with a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent


def start(folder: Path, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own, with these variables alone."""
    return subprocess.run(
        [sys.executable, "-c", f"from config import settings as s\n{code}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("SITE_URL", "badges.example.org", "SITE_URL must look like https://"),
        ("SITE_URL", "https://example.org/badges", "SITE_URL must look like https://"),
        ("DEBUG", "perhaps", "DEBUG"),
        ("PORT", "eight thousand", "PORT"),
        ("DATABASE_URL", "mysql://localhost/laurel", "DATABASE_URL must be"),
        ("DATABASE_URL", "nonsense", "makes no sense"),
        ("REDIS_URL", "http://localhost", "REDIS_URL must start with"),
        ("SECRET_KEY", "short", "SECRET_KEY must have at least"),
        ("FETCH_ALLOW", "127.0.0.1:9000", "FETCH_ALLOW opens private addresses"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL must be"),
        ("LEASE_SECONDS", "1", "LEASE_SECONDS must be"),
        ("SWEEP_SECONDS", "0", "SWEEP_SECONDS"),
        ("TIME_ZONE", "Moon/Base", "TIME_ZONE"),
    ],
)
def test_nonsense_stops_the_start_with_a_sentence(
    tmp_path: Path, variable: str, value: str, says: str
) -> None:
    done = start(tmp_path, **{variable: value})
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert says in last
    assert "ImproperlyConfigured" in last


def test_without_any_variable_the_site_is_whole(tmp_path: Path) -> None:
    done = start(tmp_path, "print(s.DATABASES['default']['ENGINE'], s.DEBUG, s.CELERY_BROKER_URL)")
    assert done.stdout.split() == ["django.db.backends.sqlite3", "False", "filesystem://localhost"]


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = start(tmp_path, "print(s.SECRET_KEY)").stdout
    assert len(first.strip()) >= 32
    assert start(tmp_path, "print(s.SECRET_KEY)").stdout == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_several_machines_must_be_told_their_key(tmp_path: Path) -> None:
    done = start(tmp_path, REDIS_URL="redis://localhost")
    assert "SECRET_KEY is needed" in done.stderr


def test_over_https_cookies_are_tied_to_the_host(tmp_path: Path) -> None:
    done = start(
        tmp_path,
        "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)",
        SITE_URL="https://laurel.example",
    )
    assert done.stdout.split() == ["__Host-session", "True", "True"]


def test_the_tests_touch_nothing_of_the_developer() -> None:
    assert settings.TESTING
    assert not Path(settings.VAR).is_relative_to(ROOT)
    assert Path(settings.MEDIA_ROOT).is_relative_to(settings.VAR)
