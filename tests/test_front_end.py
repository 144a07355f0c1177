"""The frame of the site: vendored files unchanged, no inline code, every account page dressed."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
STYLES = sorted((settings.BASE_DIR / "static" / "css").rglob("*.css"))
# The PDF is printed by our own renderer, which has no content policy.
PAGES = [path for path in TEMPLATES if "pdf" not in path.parts and "emails" not in path.parts]
INLINE = re.compile(r"""\sstyle\s*=|<style[\s>]|\son[a-z]+\s*=\s*["']|javascript:""", re.IGNORECASE)
SCRIPT = re.compile(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))", re.IGNORECASE)

STRANGERS = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_email_verification_sent",
    "account_inactive",
    "account_reset_password_from_key_done",
]
SIGNED_IN = [
    "account_email",
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_list_webauthn",
    "usersessions_list",
]


def name_of(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


def test_vendored_files_are_the_ones_in_the_manifest() -> None:
    manifest = json.loads((settings.BASE_DIR / "static/vendor/manifest.json").read_text())
    listed: dict[str, str] = {}
    for package in manifest["packages"]:
        assert all(package[key] for key in ("name", "version", "licence"))
        for file in package["files"]:
            listed[file["path"]] = file["sha256"]
    for path, digest in listed.items():
        assert hashlib.sha256((settings.BASE_DIR / path).read_bytes()).hexdigest() == digest, path
    for folder in ("static/fonts", "portfolio/assets/fonts"):
        for found in (settings.BASE_DIR / folder).iterdir():
            assert name_of(found) in listed, f"{found.name} is not in the manifest"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_templates_hold_no_inline_code(path: Path) -> None:
    text = path.read_text()
    assert not INLINE.search(text)
    assert not SCRIPT.search(text)


@pytest.mark.parametrize("path", STYLES, ids=name_of)
def test_style_sheets_ask_no_other_host(path: Path) -> None:
    text = path.read_text()
    assert "@import" not in text
    assert "//" not in "".join(re.findall(r"url\(([^)]*)\)", text))


@pytest.mark.django_db
@pytest.mark.parametrize("name", STRANGERS)
def test_the_doors_open_in_our_clothes(client: Client, name: str) -> None:
    check(client, reverse(name))


@pytest.mark.django_db
@pytest.mark.parametrize("name", SIGNED_IN)
def test_the_settings_open_in_our_clothes(client: Client, name: str) -> None:
    user = User.objects.create_user("noor@example.org", "correct horse battery")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)
    check(client, reverse(name))


def check(client: Client, address: str) -> None:
    answer = client.get(address)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="site-header"' in html
    assert len(re.findall(r"<h1[\s>]", html)) == 1
    assert not INLINE.search(html)
    assert not SCRIPT.search(html)


@pytest.mark.django_db
def test_a_used_confirmation_link_says_what_to_do(client: Client) -> None:
    answer = client.get(reverse("account_confirm_email", args=["no-such-key"]))
    assert "This link no longer works" in answer.content.decode()


@pytest.mark.django_db
def test_the_addresses_page_marks_what_is_verified(client: Client) -> None:
    user = User.objects.create_user("noor@example.org", "correct horse battery")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    EmailAddress.objects.create(user=user, email="noor@school.example")
    client.force_login(user)
    html = client.get(reverse("account_email")).content.decode()
    assert html.count("Not verified yet") == 1
    assert "ten years" in html


@pytest.mark.parametrize("name", ["400", "403", "404", "429", "500", "csrf"])
def test_error_pages_need_neither_person_nor_database(name: str) -> None:
    html = render_to_string(f"errors/{name}.html", request=RequestFactory().get("/"))
    assert re.search(r"<h1>[^<]+</h1>", html)


@pytest.mark.django_db
def test_the_front_page_says_what_laurel_is_and_sets_no_cookie(client: Client) -> None:
    answer = client.get("/")
    html = answer.content.decode()
    assert reverse("account_signup") in html
    assert reverse("account_login") in html
    assert not answer.cookies


@pytest.mark.parametrize(
    ("trust", "words"),
    [
        ("signed", "Signature checked"),
        ("hosted", "Checked with badges.example"),
        ("export", "Stated by a platform’s export"),
        ("stated", "Stated by the learner"),
        ("none", "Could not be checked"),
    ],
)
def test_each_rung_of_trust_has_an_icon_and_words(trust: str, words: str) -> None:
    html = render_to_string("parts/_trust.html", {"trust": trust, "host": "badges.example"})
    assert words in html
    assert html.count("<svg") == 1
