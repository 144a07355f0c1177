"""The API as programs meet it: keys and scopes, lists, errors in words, and each operation."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.validation import validate_schema

from accounts import intake
from accounts.models import ApiToken, AuditEvent, Limit, Scope, User
from accounts.services import tokens
from badges.models import Badge, ImportItem, ImportJob, Result
from badges.services import imports, originals
from portfolio.models import Entry, Page, ShareLink
from portfolio.services import choosing, openings, sharing
from tests.factories import (
    make_badge,
    make_import,
    make_link,
    make_page,
    make_token,
    make_user,
)

pytestmark = pytest.mark.django_db

ALL = [scope.value for scope in Scope]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice")


class Program:
    """A program with a key."""

    def __init__(self, user: User, *scopes: str, **fields: Any) -> None:
        self.token, self.key = make_token(user, *(scopes or ALL), **fields)
        self.http = Client(headers={"authorization": f"Bearer {self.key}"})

    def ask(self, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        """The status, and the JSON that came back."""
        sent = {} if data is None else {"data": data, "content_type": "application/json"}
        response = getattr(self.http, method)(f"/api/v1/{path}", **sent)
        return response.status_code, json.loads(response.content) if response.content else None


@pytest.fixture
def program(alice: User) -> Program:
    return Program(alice)


# --- Who is let in ---------------------------------------------------------------------------


def test_nobody_without_a_key_gets_in_and_is_told_how() -> None:
    response = Client().get("/api/v1/me/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="Laurel"'
    assert response.json()["status"] == 401
    assert response.json()["detail"].endswith(".")


def test_a_key_says_whose_it_is_and_nothing_of_their_addresses(program: Program) -> None:
    status, me = program.ask("get", "me/")
    assert status == 200
    assert me["name"] == "Alice"
    assert me["token"]["scopes"] == sorted(ALL)
    assert "alice@example.org" not in json.dumps(me)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer a b",
        "Bearer laurel_wrong",
        "Bearer \u00e9\u00e8",
        "bearer " + "x" * 5000,
    ],
)
def test_a_key_that_is_none_is_refused_in_words(header: str) -> None:
    response = Client(headers={"authorization": header}).get("/api/v1/me/")
    assert response.status_code == 401
    assert response.json()["detail"]


def test_a_revoked_key_opens_nothing(alice: User, program: Program) -> None:
    tokens.revoke(token=program.token, actor=alice, now=timezone.now())
    assert program.ask("get", "me/")[0] == 401


def test_an_ended_key_opens_nothing(alice: User) -> None:
    ended = Program(alice, expires_at=timezone.now() - timedelta(seconds=1))
    assert ended.ask("get", "badges/")[0] == 401


def test_the_key_of_somebody_deactivated_opens_nothing(alice: User, program: Program) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert program.ask("get", "me/")[0] == 401


def test_a_key_in_the_address_is_ignored(program: Program) -> None:
    assert Client().get(f"/api/v1/me/?token={program.key}").status_code == 401


def test_a_key_cannot_open_a_page_meant_for_a_browser(program: Program) -> None:
    assert program.http.get("/me/").status_code == 302
    assert program.http.get("/admin/").status_code == 302


def test_the_use_of_a_key_is_noted_once_a_minute(program: Program) -> None:
    program.ask("get", "me/")
    first = ApiToken.objects.get().last_used_at
    program.ask("get", "me/")
    assert first is not None
    assert ApiToken.objects.get().last_used_at == first


NEEDS = [
    ("get", "badges/", "badges:read"),
    ("get", "badges/{badge}/", "badges:read"),
    ("delete", "badges/{badge}/", "badges:write"),
    ("post", "badges/{badge}/check/", "badges:write"),
    ("get", "badges/{badge}/original/", "badges:read"),
    ("get", "imports/", "badges:read"),
    ("post", "imports/", "badges:write"),
    ("get", "imports/{job}/", "badges:read"),
    ("post", "imports/{job}/retry/", "badges:write"),
    ("get", "pages/", "pages:read"),
    ("post", "pages/", "pages:write"),
    ("get", "pages/{page}/", "pages:read"),
    ("patch", "pages/{page}/", "pages:write"),
    ("delete", "pages/{page}/", "pages:write"),
    ("post", "pages/{page}/entries/", "pages:write"),
    ("put", "pages/{page}/entries/", "pages:write"),
    ("patch", "pages/{page}/entries/{badge}/", "pages:write"),
    ("delete", "pages/{page}/entries/{badge}/", "pages:write"),
    ("get", "links/", "pages:read"),
    ("post", "links/", "pages:write"),
    ("get", "links/{link}/", "pages:read"),
    ("patch", "links/{link}/", "pages:write"),
    ("post", "links/{link}/withdraw/", "pages:write"),
]


@pytest.mark.parametrize(("method", "path", "needed"), NEEDS)
def test_each_operation_wants_its_own_scope_and_no_other(
    method: str, path: str, needed: str, alice: User
) -> None:
    badge = make_badge(alice, document=b"{}")
    page = make_page(alice, badge)
    link, _token = make_link(page)
    job = make_import(alice, ImportItem.State.REFUSED)
    where = path.format(badge=badge.pk, page=page.pk, link=link.pk, job=job.pk)
    others = [scope for scope in ALL if scope != needed]
    status, said = Program(alice, *others).ask(method, where, {} if method != "get" else None)
    assert status == 403
    assert "scope" in said["detail"]
    assert Program(alice, needed).http.generic(
        method.upper(), f"/api/v1/{where}", "{}", "application/json"
    ).status_code not in {401, 403}


def test_the_matrix_of_scopes_names_every_operation() -> None:
    """And the document says the same scopes as the doors keep."""
    document = Client().get("/api/schema/").json()
    told = {
        (method, operation["x-scope"])
        for path in document["paths"].values()
        for method, operation in path.items()
        if "x-scope" in operation
    }
    count = sum(len(path) for path in document["paths"].values())
    assert count == len(NEEDS) + 1  # and `me`, which wants none
    assert told == {(method, scope) for method, _path, scope in NEEDS}


def test_a_browsers_session_may_read(alice: User) -> None:
    browser = Client()
    browser.force_login(alice)
    response = browser.get("/api/v1/me/")
    assert response.status_code == 200
    assert response.json()["token"] is None


def test_a_browsers_session_may_not_write_without_its_csrf_token(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    refused = browser.post("/api/v1/pages/", {"title": "A"}, content_type="application/json")
    assert refused.status_code == 403
    assert not Page.objects.exists()
    browser.get("/me/")
    token = browser.cookies[settings.CSRF_COOKIE_NAME].value
    allowed = browser.post(
        "/api/v1/pages/",
        {"title": "A"},
        content_type="application/json",
        headers={"x-csrftoken": token},
    )
    assert allowed.status_code == 201


def test_answers_belong_in_no_cache(program: Program) -> None:
    assert "no-store" in program.http.get("/api/v1/me/")["Cache-Control"]


def test_the_allowance_of_a_minute_ends_with_a_time_to_come_back(
    alice: User, program: Program
) -> None:
    window = int(timezone.now().timestamp()) // 60 * 60
    for start in (window, window + 60):  # the minute may turn while the test runs
        Limit.objects.create(
            key=f"api:{alice.pk}",
            window=datetime.fromtimestamp(start, tz=UTC),
            count=intake.PER_MINUTE,
        )
    response = program.http.get("/api/v1/me/")
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "Try again in" in response.json()["detail"]
    other = Program(make_user())
    assert other.ask("get", "me/")[0] == 200


# --- Lists and errors ------------------------------------------------------------------------


def test_lists_come_in_parts_whose_addresses_are_the_sites_own(
    alice: User, program: Program
) -> None:
    for number in range(5):
        make_badge(alice, name=f"B{number}")
    response = program.http.get("/api/v1/badges/?limit=2&offset=2", headers={"host": "127.0.0.1"})
    part = response.json()
    assert part["count"] == 5
    assert len(part["results"]) == 2
    assert part["next"] == f"{settings.SITE_URL}/api/v1/badges/?limit=2&offset=4"
    assert part["previous"] == f"{settings.SITE_URL}/api/v1/badges/?limit=2&offset=0"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "offset=-1",
        "offset=99999999999999999999999999",
        "state=vald",
        "issuer=5",
        "q=%00",
        "q=" + "x" * 201,
        "colour=red",
    ],
)
def test_nonsense_in_the_address_is_told_and_not_guessed_at(query: str, program: Program) -> None:
    status, said = program.ask("get", f"badges/?{query}")
    assert status == 400
    assert said["errors"].keys() == {query.partition("=")[0]}
    assert said["detail"].startswith("Please look again at")


@pytest.mark.parametrize(
    "body",
    [
        "{",
        '{"title": NaN}',
        "[" * 100_000,
        "[]",
        '"text"',
        '{"title": "a", "owner": "5"}',
        '{"title": "a", "id": "00000000-0000-4000-8000-000000000000"}',
        '{"title": "' + "x" * 161 + '"}',
        '{"title": "nul \\u0000"}',
        '{"title": "half \\ud800"}',
        '{"title": ["a"]}',
        '{"title": null}',
        '{"title": "a", "hide_expired": "perhaps"}',
        '{"title": ' + "9" * 5000 + "}",
        "\udcff",
    ],
)
def test_bad_input_is_refused_in_words_and_makes_nothing(body: str, program: Program) -> None:
    response = program.http.generic(
        "POST", "/api/v1/pages/", body.encode("utf-8", "surrogateescape"), "application/json"
    )
    assert response.status_code == 400
    said = response.json()
    assert said["status"] == 400
    assert said["detail"]
    assert not Page.objects.exists()


def test_too_large_a_body_is_refused_before_it_is_read(program: Program) -> None:
    response = program.http.post(
        "/api/v1/pages/",
        b"{}",
        content_type="application/json",
        CONTENT_LENGTH=str(intake.MAX_JSON + 1),
    )
    assert response.status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/xml"])
def test_other_kinds_of_content_are_refused(kind: str, program: Program) -> None:
    response = program.http.generic("POST", "/api/v1/pages/", "title=a", kind)
    assert response.status_code == 415
    assert "application/json" in response.json()["detail"]


def test_an_unknown_address_answers_in_the_apis_own_shape(program: Program) -> None:
    for method in ("get", "post", "delete"):
        status, said = program.ask(method, "nothing/here/")
        assert status == 404
        assert "/api/docs/" in said["detail"]


def test_a_wrong_method_is_told(program: Program) -> None:
    status, said = program.ask("delete", "badges/")
    assert status == 405
    assert said["detail"]


# --- Badges ----------------------------------------------------------------------------------


def test_badges_are_narrowed_by_state_issuer_and_words(alice: User, program: Program) -> None:
    good = make_badge(alice, name="Sailing")
    over = make_badge(alice, name="Rowing", expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    make_badge(make_user(), name="Sailing of somebody else")

    def found(query: str) -> list[str]:
        return [row["id"] for row in program.ask("get", f"badges/?{query}")[1]["results"]]

    assert found("state=expired") == [str(over.pk)]
    assert found("state=valid&q=sail") == [str(good.pk)]
    assert set(found(f"issuer={good.issuer_id}")) == {str(good.pk), str(over.pk)}
    assert found("q=nothing+like+it") == []


def test_a_badge_tells_its_state_of_today_and_every_finding(alice: User, program: Program) -> None:
    badge = make_badge(alice, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    status, said = program.ask("get", f"badges/{badge.pk}/")
    assert status == 200
    assert said["state"] == Result.EXPIRED
    assert said["verified"] is False
    assert said["checks"][0]["result"] == Result.VALID
    assert {finding["check"] for finding in said["checks"][0]["findings"]} >= {"signature"}
    assert "alice@example.org" not in json.dumps(said)


def test_a_list_of_badges_costs_the_same_for_five_and_for_fifty(
    alice: User, program: Program
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            program.ask("get", "badges/?limit=100")
        return len(queries)

    program.ask("get", "me/")
    for _ in range(5):
        make_badge(alice)
    few = cost()
    for _ in range(45):
        make_badge(alice)
    assert cost() == few


def test_a_check_is_asked_for(alice: User, program: Program) -> None:
    badge = make_badge(alice, document=b"{}", next_check_at=None)
    status, said = program.ask("post", f"badges/{badge.pk}/check/")
    assert (status, bool(said["detail"])) == (202, True)
    assert program.ask("get", f"badges/{badge.pk}/")[1]["being_checked"] is True


def test_the_original_comes_back_byte_for_byte(alice: User, program: Program) -> None:
    data = b"\x89PNG and the rest \x00\xff"
    kept = originals.keep(owner=alice, data=data, name="a.png", now=NOW)
    badge = make_badge(alice, name="../../etc/passwd\r\nX: y", original=kept, format="png")
    response = program.http.get(f"/api/v1/badges/{badge.pk}/original/")
    assert b"".join(response) == data
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="etcpasswd-x-y.png"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_badge_without_an_original_says_so_by_404(alice: User, program: Program) -> None:
    badge = make_badge(alice)
    assert program.ask("get", f"badges/{badge.pk}/original/")[0] == 404


def test_a_badge_is_removed_and_that_is_written_down(alice: User, program: Program) -> None:
    badge = make_badge(alice)
    assert program.ask("delete", f"badges/{badge.pk}/") == (204, None)
    assert not Badge.objects.exists()
    assert AuditEvent.objects.filter(action="badge.removed", actor=alice).exists()


# --- Imports ---------------------------------------------------------------------------------


def test_links_and_text_start_an_import_that_can_be_followed(program: Program) -> None:
    sent = {"urls": ["https://badges.example/1"], "text": "https://badges.example/2 nonsense"}
    status, job = program.ask("post", "imports/", sent)
    assert status == 202
    assert [item["kind"] for item in job["items"]] == ["url", "url", "text"]
    assert job["progress"]["total"] == 3
    assert job["items"][2]["state"] == "refused"
    assert job["items"][2]["reason"]
    status, again = program.ask("get", f"imports/{job['id']}/")
    assert (status, again["id"]) == (200, job["id"])
    assert program.ask("get", "imports/")[1]["results"][0]["id"] == job["id"]


def test_files_start_an_import_and_bad_ones_keep_their_reason(program: Program) -> None:
    files = [
        SimpleUploadedFile("a.json", b'{"type": "Assertion"}'),
        SimpleUploadedFile("empty.png", b""),
    ]
    response = program.http.post("/api/v1/imports/", {"files": files})
    assert response.status_code == 202
    items = response.json()["items"]
    assert [item["label"] for item in items] == ["a.json", "empty.png"]
    assert items[1]["state"] == "refused"
    assert ImportJob.objects.get().items.first().original is not None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"text": "   "},
        {"urls": []},
        {"urls": ["ftp://x.example/"]},
        {"urls": ["javascript:alert(1)"]},
        {"urls": ["https://a.example/"] * 201},
        {"text": "https://a.example/\n" * 201},
        {"files": ["a"]},
        {"text": 5},
        {"url": "https://a.example/"},
    ],
)
def test_an_import_of_nothing_useful_is_refused(sent: Any, program: Program) -> None:
    status, said = program.ask("post", "imports/", sent)
    if sent == {"text": 5}:  # a number is text too, and its item says that it is no badge
        assert status == 202
        return
    assert status == 400
    assert said["detail"]
    assert not ImportJob.objects.exists()


def test_an_hour_of_imports_has_an_end_and_says_when_it_goes_on(
    alice: User, program: Program
) -> None:
    hour = int(timezone.now().timestamp()) // 3600 * 3600
    for start in (hour, hour + 3600):
        Limit.objects.create(
            key=f"import:{alice.pk}",
            window=datetime.fromtimestamp(start, tz=UTC),
            count=imports.PER_HOUR,
        )
    response = program.http.post("/api/v1/imports/", {"text": "https://badges.example/1"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) >= 1
    assert not ImportJob.objects.exists()


def test_what_failed_is_tried_again(alice: User, program: Program) -> None:
    job = make_import(alice, ImportItem.State.REFUSED, ImportItem.State.ADDED)
    assert program.ask("post", f"imports/{job.pk}/retry/") == (202, {"again": 1})
    assert program.ask("get", f"imports/{job.pk}/")[1]["progress"]["waiting"] == 1


# --- Pages -----------------------------------------------------------------------------------


def test_a_page_is_made_filled_ordered_and_deleted(alice: User, program: Program) -> None:
    first, second = make_badge(alice), make_badge(alice)
    status, page = program.ask("post", "pages/", {"title": "Data"})
    assert (status, page["title"], page["entries"]) == (201, "Data", [])
    where = f"pages/{page['id']}/"
    both = {"badges": [str(first.pk), str(second.pk)]}
    assert len(program.ask("post", f"{where}entries/", both)[1]["entries"]) == 2
    last_first = {"badges": [str(second.pk)]}
    ordered = program.ask("put", f"{where}entries/", last_first)[1]["entries"]
    assert [entry["badge"] for entry in ordered] == [str(second.pk), str(first.pk)]
    noted = program.ask("patch", f"{where}entries/{first.pk}/", {"note": "Proud"})[1]["entries"]
    assert noted[1]["note"] == "Proud"
    assert program.ask("delete", f"{where}entries/{second.pk}/")[0] == 204
    status, changed = program.ask("patch", where, {"line": "Look"})
    assert (status, changed["title"], changed["line"]) == (200, "Data", "Look")
    assert len(program.ask("get", "pages/")[1]["results"]) == 1
    assert program.ask("delete", where)[0] == 204
    assert not Page.objects.exists()


def test_a_strangers_badge_cannot_be_put_on_a_page(alice: User, program: Program) -> None:
    theirs, page = make_badge(make_user()), make_page(alice)
    sent = {"badges": [str(theirs.pk)]}
    for method in ("post", "put"):
        status, said = program.ask(method, f"pages/{page.pk}/entries/", sent)
        assert status == 400
        assert "badges" in said["errors"]
    assert not Entry.objects.exists()


# --- Links -----------------------------------------------------------------------------------


def test_a_link_is_made_and_its_address_told_once(alice: User, program: Program) -> None:
    page = make_page(alice, make_badge(alice))
    status, made = program.ask("post", "links/", {"page": str(page.pk), "label": "Acme"})
    assert status == 201
    assert made["url"] == f"{settings.SITE_URL}/s/{made['token']}/"
    assert sharing.resolve(token=made["token"], now=timezone.now()).pk == ShareLink.objects.get().pk
    shown = program.ask("get", f"links/{made['id']}/")[1]
    assert made["token"] not in json.dumps(shown)
    assert made["token"] not in json.dumps(program.ask("get", f"links/?page={page.pk}")[1])


def test_a_link_shows_a_choice_and_says_how_often_it_was_opened(
    alice: User, program: Program
) -> None:
    one, two = make_badge(alice), make_badge(alice)
    page = make_page(alice, one, two)
    asked = {"page": str(page.pk), "label": "Acme", "badges": [str(two.pk)]}
    status, made = program.ask("post", "links/", asked)
    assert (status, made["own_choice"], made["opened"]) == (201, True, 0)
    link = ShareLink.objects.get()
    assert choosing.chosen(link) == [two.pk]
    openings.count(link=link, now=NOW)
    path = f"links/{link.pk}/"
    assert program.ask("get", path)[1]["opened"] == 1
    assert program.ask("patch", path, {"badges": [str(one.pk), str(uuid4())]})[0] == 200
    assert choosing.chosen(link) == [one.pk]
    assert program.ask("patch", path, {"badges": None})[1]["own_choice"] is False
    assert program.ask("patch", path, {"originals_allowed": True})[1]["originals_allowed"] is True
    assert program.ask("patch", path, {"badges": ["x"]})[0] == 400


def test_terms_of_a_link_change_and_the_rest_stays(alice: User, program: Program) -> None:
    link, token = make_link(make_page(alice), label="Acme")
    ends = (timezone.now() + timedelta(days=3)).isoformat()
    status, said = program.ask("patch", f"links/{link.pk}/", {"ends_at": ends})
    assert (status, said["label"], said["live"]) == (200, "Acme", True)
    assert program.ask("patch", f"links/{link.pk}/", {"password": "open sesame"})[1]["locked"]
    link.refresh_from_db()
    assert "open sesame" not in link.password
    assert not program.ask("patch", f"links/{link.pk}/", {"password": None})[1]["locked"]
    assert sharing.resolve(token=token, now=timezone.now())


@pytest.mark.parametrize(
    "terms",
    [
        {"ends_at": "2020-01-01T00:00:00Z"},
        {"ends_at": "9999-12-31T23:59:59-12:00"},
        {"visibility": "secret"},
        {"password": "short"},
        {"password": "x" * 129},
        {"visibility": "public", "password": "open sesame"},
        {"digest": "0" * 64},
        {"withdrawn_at": None},
    ],
)
def test_terms_that_cannot_be_are_refused(terms: Any, alice: User, program: Program) -> None:
    page = make_page(alice)
    status, said = program.ask("post", "links/", {"page": str(page.pk), "label": "A", **terms})
    assert status == 400
    assert said["errors"].keys() <= terms.keys()
    assert not ShareLink.objects.exists()


def test_a_withdrawn_link_opens_nothing_and_stays_withdrawn(alice: User, program: Program) -> None:
    link, token = make_link(make_page(alice))
    status, said = program.ask("post", f"links/{link.pk}/withdraw/")
    assert (status, said["live"]) == (200, False)
    assert Client().get(reverse("portfolio:shared", args=[token])).status_code == 404
    assert program.ask("patch", f"links/{link.pk}/", {"label": "B"})[1]["live"] is False


def test_a_link_to_a_strangers_page_cannot_be_made(program: Program) -> None:
    page = make_page(make_user())
    assert program.ask("post", "links/", {"page": str(page.pk), "label": "A"})[0] == 404


# --- What it says of itself ------------------------------------------------------------------


def test_every_operation_is_described_with_an_example_and_its_ways_in() -> None:
    document = Client().get("/api/schema/").json()
    names = []
    for path in document["paths"].values():
        for operation in path.values():
            names.append(operation["operationId"])
            assert operation["summary"]
            assert operation["description"]
            assert operation["security"] == [{"token": []}, {"cookieAuth": []}]
            answers = operation["responses"]
            good = next(code for code in answers if code.startswith("2"))
            content = answers[good].get("content", {})
            if "application/json" in content:
                assert content["application/json"].get("examples"), operation["operationId"]
            assert "401" in answers
    assert len(names) == len(set(names))
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["servers"] == [{"url": settings.SITE_URL}]


def test_the_document_is_valid_openapi() -> None:
    validate_schema(Client().get("/api/schema/").json())  # type: ignore[no-untyped-call]


def test_the_page_about_the_api_names_every_operation_and_is_free_of_scripts_within() -> None:
    document = Client().get("/api/schema/").json()
    text = Client().get("/api/docs/").content.decode()
    for path in document["paths"].values():
        for operation in path.values():
            assert f'id="{operation["operationId"]}"' in text
    assert "style=" not in text
    assert "<script>" not in text
    assert Client().get("/api/").status_code == 302
