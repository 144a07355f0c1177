"""The words of OAuth: what we write, and every odd thing that may come back."""

import base64
import contextlib
import json
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges import oauth
from badges.openbadges.errors import OpenBadgesError

SITE = "badges.example"
BACK = "https://laurel.example/back/"
GOOD: dict[str, Any] = {
    "access_token": "acc.ess-1",
    "token_type": "Bearer",
    "expires_in": 3600,
    "refresh_token": "ref~resh",
    "scope": "read offline_access",
}
CLIENT: dict[str, Any] = {
    "client_id": "laurel-1",
    "client_secret": "s3cret",
    "client_secret_expires_at": 0,
    "token_endpoint_auth_method": "client_secret_basic",
    "redirect_uris": [BACK],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


def grant(**changes: Any) -> oauth.Grant:
    answer = {key: value for key, value in {**GOOD, **changes}.items() if value is not ...}
    return oauth.read_grant(json.dumps(answer).encode(), site=SITE)


def client(**changes: Any) -> oauth.Client:
    answer = {key: value for key, value in {**CLIENT, **changes}.items() if value is not ...}
    return oauth.read_client(json.dumps(answer).encode(), site=SITE, redirect_uri=BACK)


# --- What we say


def test_the_challenge_is_the_standards_own() -> None:
    """The example of RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert oauth.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_secrets_are_long_and_never_the_same() -> None:
    made = {oauth.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(secret) for secret in made} == {43}


@pytest.mark.parametrize("endpoint", ["https://a.example/auth", "https://a.example/auth?tenant=7"])
def test_the_address_for_the_person_says_all_that_it_must(endpoint: str) -> None:
    url = oauth.authorization_url(
        endpoint,
        client_id="a&b",
        redirect_uri=BACK,
        scopes=["one", "two"],
        state="s",
        pkce="c",
    )
    assert url.startswith(endpoint)
    asked = parse_qs(urlsplit(url).query)
    asked.pop("tenant", None)
    assert asked == {
        "response_type": ["code"],
        "client_id": ["a&b"],
        "redirect_uri": [BACK],
        "scope": ["one two"],
        "state": ["s"],
        "code_challenge": ["c"],
        "code_challenge_method": ["S256"],
    }


@given(st.text(min_size=1), st.text(min_size=1))
def test_name_and_password_come_apart_again(name: str, secret: str) -> None:
    try:
        header = oauth.client_header(oauth.Client(name, secret))["Authorization"]
    except UnicodeEncodeError:
        return  # half a character: no provider's answer can hold it
    pair = base64.b64decode(header.removeprefix("Basic ")).decode()
    assert [unquote_plus(part) for part in pair.split(":")] == [name, secret]


# --- Keys


def test_a_grant_is_read() -> None:
    expected = oauth.Grant("acc.ess-1", "ref~resh", 3600, ("read", "offline_access"))
    assert grant() == expected
    assert grant(token_type="bearer", more={"x": 1}) == expected


@pytest.mark.parametrize("missing", ["expires_in", "refresh_token", "scope"])
def test_what_may_be_missing_may_be_missing(missing: str) -> None:
    assert grant(**{missing: ...}).access == "acc.ess-1"
    assert grant(**{missing: None}).access == "acc.ess-1"


@pytest.mark.parametrize(
    "token", [..., None, 5, ["a"], {}, True, "", "a b", "a\r\nX: y", "ü", "a\0", "x" * 4097]
)
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_a_token_is_a_visible_text_or_the_answer_is_refused(name: str, token: Any) -> None:
    if name == "refresh_token" and token in (..., None, "", {}):
        assert grant(refresh_token=token).refresh == ""
        return
    with pytest.raises(oauth.BadAnswer, match=name):
        grant(**{name: token})


@pytest.mark.parametrize("kind", [..., None, "", "mac", "DPoP", "N_A", 5, ["bearer"]])
def test_a_token_of_another_kind_is_refused(kind: Any) -> None:
    with pytest.raises(oauth.BadAnswer, match="token_type"):
        grant(token_type=kind)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3600, 3600),
        ("3600", 3600),
        (3600.0, 3600),
        (0, 0),
        (-5, None),
        ("soon", None),
        ([1], None),
        (True, None),
        (1e308, None),
        (10**400, None),
        (10**11, oauth.LONGEST),
        ("٣", None),
    ],
)
def test_a_life_is_a_number_that_a_calendar_can_hold(value: Any, expected: int | None) -> None:
    assert grant(expires_in=value).lasts == expected


@pytest.mark.parametrize("scope", ["", "  ", ["read"], 5, {}])
def test_scopes_that_are_no_text_are_not_said(scope: Any) -> None:
    assert grant(scope=scope).scopes is None


def test_no_and_yes_at_once_is_no() -> None:
    with pytest.raises(oauth.Refusal) as caught:
        grant(error="invalid_grant")
    assert caught.value.code == "invalid_grant"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Sign in</title>",
        b"access_token=a&token_type=bearer",
        b"[]",
        b"null",
        b'"a"',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"access_token": "a", "access_token": "b", "token_type": "bearer"}',
        b'{"access_token": "a"',
    ],
)
def test_what_is_no_answer_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(oauth.BadAnswer, match=r"badges\.example"):
        oauth.read_grant(body, site=SITE)
    with pytest.raises(oauth.BadAnswer, match=r"badges\.example"):
        oauth.read_client(body, site=SITE, redirect_uri=BACK)
    assert oauth.refusal(body, site=SITE).code == ""


@given(st.sampled_from(sorted(GOOD)), JSON)
def test_no_value_of_a_grant_raises_anything_else(name: str, value: Any) -> None:
    try:
        read = grant(**{name: value})
    except OpenBadgesError:
        return
    assert read.access.isprintable()
    assert "\n" not in read.access + read.refresh


# --- Our name there


def test_a_registration_is_read() -> None:
    assert client() == oauth.Client("laurel-1", "s3cret", 0)
    assert client(client_secret_expires_at=1893456000).expires == 1893456000
    assert client(redirect_uris=..., token_endpoint_auth_method=...).id == "laurel-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ...},
        {"client_id": 7},
        {"client_secret": ...},
        {"client_secret": "a\nb"},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": ["client_secret_basic"]},
        {"redirect_uris": ["https://evil.example/"]},
        {"redirect_uris": BACK},
        {"redirect_uris": None},
    ],
)
def test_a_registration_that_is_not_ours_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(oauth.BadAnswer):
        client(**changes)


@given(st.sampled_from(sorted(CLIENT)), JSON)
def test_no_value_of_a_registration_raises_anything_else(name: str, value: Any) -> None:
    with contextlib.suppress(OpenBadgesError):
        client(**{name: value})


# --- No


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("access_denied", "You said no at badges.example"),
        ("invalid_grant", "Connect again"),
        ("server_error", "fault of its own"),
        ("slow_down", "(slow_down)"),
    ],
)
def test_a_refusal_says_what_to_do(code: str, words: str) -> None:
    body = json.dumps({"error": code, "error_description": "<b>Buy now</b>"}).encode()
    refusal = oauth.refusal(body, site=SITE)
    assert refusal.code == code
    assert words in refusal.message
    assert "Buy now" not in refusal.message


@pytest.mark.parametrize("code", ["<script>", "a b", "", "x" * 70, "é", "1"])
def test_a_code_that_is_none_is_not_repeated(code: str) -> None:
    refusal = oauth.told(code, site=SITE)
    assert refusal.code == ""
    assert not code or code not in refusal.message
