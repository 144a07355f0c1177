"""Exports: everything in one file, whole, the same each time, and nobody else's."""

import hashlib
import io
import json
import random
import re
import tracemalloc
import zipfile
from datetime import timedelta
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification, User
from accounts.services.limits import TooOften
from badges.models import Badge, HistoryEntry, Result, SupportingDocument, Verification
from badges.services import imports, originals
from badges.sources.laurel import Export
from badges.sources.zips import MAX_RATIO, SMALL
from portfolio.models import Export as Row
from portfolio.services import exporting, openings, packing, sharing
from tests.badges.documents import unsigned
from tests.factories import NOW, make_badge, make_link, make_page, make_token, make_user
from tests.portfolio.luggage import packed
from tests.simulators.base import png

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


@pytest.fixture
def own(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def with_file(owner: User, number: int = 1, data: bytes = b"", **fields: Any) -> Badge:
    """A badge that came in a file, as the import leaves it."""
    document = json.dumps(unsigned(number)).encode()
    original = originals.keep(owner=owner, data=data or document, name=f"{number}.json", now=NOW)
    return make_badge(owner, document=document, original=original, **fields)


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def manifest_of(data: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(opened(data).read("laurel.json"))
    return told


def made(owner: User) -> Row:
    now = timezone.now()
    row = exporting.request(owner=owner, now=now)
    exporting.make_export(export_id=row.pk, clock=timezone.now)
    row.refresh_from_db()
    assert row.state == Row.State.DONE, row.error
    return row


def file_of(row: Row, number: int = 1) -> bytes:
    with default_storage.open(row.files[number - 1]["name"], "rb") as file:
        data: bytes = file.read()
    return data


# --- What is in it -----------------------------------------------------------------------------


def test_every_badge_is_in_it_byte_for_byte(alice: User) -> None:
    badge = with_file(alice, 1, png(1) + b"\x00\xff tail", name="Über / <Knots>")
    data = packed(alice)
    (listed,) = manifest_of(data)["badges"]
    assert listed["id"] == str(badge.pk)
    assert listed["original"] == "badges/0001-uber-knots.png"
    assert opened(data).read(listed["original"]) == png(1) + b"\x00\xff tail"
    assert opened(data).read(listed["document"]) == bytes(badge.document)


def test_a_file_that_is_its_own_document_is_in_it_once(alice: User) -> None:
    with_file(alice, name="Knots")
    data = packed(alice)
    (listed,) = manifest_of(data)["badges"]
    assert listed["document"] == listed["original"] == "badges/0001-knots.json"
    assert not [name for name in opened(data).namelist() if name.startswith("documents/")]


def test_what_badges_share_is_in_it_once(alice: User) -> None:
    for number in range(5):
        badge = with_file(alice, number)
        SupportingDocument.objects.create(
            badge=badge, url="https://a.example/issuer", url_digest="x", body=b'{"id": 1}',
            fetched_at=NOW,
        )  # fmt: skip
    archive = opened(packed(alice))
    assert len([name for name in archive.namelist() if name.startswith("documents/")]) == 1
    record = json.loads(archive.read(manifest_of(packed(alice))["badges"][0]["record"]))
    (document,) = record["documents"]
    assert archive.read(document["file"]) == b'{"id": 1}'
    assert document["url"] == "https://a.example/issuer"


def test_checks_that_answered_the_same_are_told_once_with_all_their_days(alice: User) -> None:
    badge = with_file(alice)
    for week in range(1, 400):
        Verification.objects.create(
            badge=badge,
            checked_at=NOW + timedelta(weeks=week),
            result=Result.VALID if week < 300 else Result.REVOKED,
            trust=badge.trust,
            findings=[],
        )
    data = packed(alice)
    record = json.loads(opened(data).read(manifest_of(data)["badges"][0]["record"]))
    assert [(len(told["at"]), told["result"]) for told in record["checks"]] == [
        (1, "valid"),  # of the factory, with findings of its own
        (299, "valid"),
        (100, "revoked"),
    ]


def test_only_ones_own_and_only_what_was_added(alice: User) -> None:
    bob = make_user("bob@example.org", name="Bob Baker")
    with_file(bob, 1, name="Bob's own")
    make_page(bob, title="Bob's page")
    with_file(alice, 2, name="Offered", added_at=None)
    with_file(alice, 3, name="Mine")
    whole = b"".join(opened(packed(alice)).read(name) for name in opened(packed(alice)).namelist())
    assert b"Mine" in whole
    for word in (b"Bob", b"bob@", b"Offered"):
        assert word not in whole


def test_what_a_link_shows_and_how_often_it_was_opened_goes_along(alice: User) -> None:
    badges = [with_file(alice, number) for number in range(2)]
    page = make_page(alice, *badges)
    link, _token = make_link(page, badges=[badges[1].pk], originals_allowed=True)
    for _time in range(2):
        openings.count(link=link, now=NOW)
    make_link(page)
    data = packed(alice)
    chosen, whole = json.loads(opened(data).read(manifest_of(data)["pages"][0]))["links"]
    if chosen["badges"] is None:  # both were made at one moment
        chosen, whole = whole, chosen
    assert chosen["badges"] == [str(badges[1].pk)]
    assert chosen["opened"] == {"2026-11-23": 2}
    assert chosen["originals_allowed"] is True
    assert (whole["badges"], whole["opened"]) == (None, {})


def test_no_secret_is_in_it(alice: User) -> None:
    page = make_page(alice, with_file(alice))
    link, token = make_link(page, password="open sesame", label="Acme")
    _row, key = make_token(alice, "badges:read")
    data = packed(alice)
    archive = opened(data)
    whole = b"".join(archive.read(name) for name in archive.namelist())
    link.refresh_from_db()
    secrets = [token, key, link.digest, link.sealed_token, link.password, alice.password]
    assert [word for word in secrets if word.encode() in whole] == []
    (told,) = json.loads(archive.read(manifest_of(data)["pages"][0]))["links"]
    assert (told["label"], told["has_password"]) == ("Acme", True)
    assert sharing.token_of(link) == token
    assert any("Share links" in sentence for sentence in manifest_of(data)["left_out"])


def test_a_badge_that_was_taken_off_while_packing_is_left_out_of_the_page(alice: User) -> None:
    badges = [with_file(alice, number) for number in range(3)]
    make_page(alice, *badges)
    seen: list[int] = []

    def removes_one() -> None:
        seen.append(1)
        if len(seen) == 2:
            badges[1].delete()

    out = io.BytesIO()
    packing.pack(owner=alice, out=out, now=NOW, alive=removes_one)
    told = manifest_of(out.getvalue())
    assert len(told["badges"]) == 2
    page = json.loads(opened(out.getvalue()).read(told["pages"][0]))
    assert [entry["badge"] for entry in page["entries"]] == [one["id"] for one in told["badges"]]


@pytest.mark.parametrize("what", ["missing", "changed"])
def test_a_damaged_file_costs_itself_and_is_named(alice: User, what: str) -> None:
    bad, good = with_file(alice, 1, png(1)), with_file(alice, 2, png(2))
    assert bad.original is not None
    default_storage.delete(str(bad.original.file))
    if what == "changed":
        default_storage.save(str(bad.original.file), ContentFile(b"rotten"))
    row = made(alice)
    assert (row.badges, row.damaged) == (2, 1)
    told = manifest_of(file_of(row))
    assert told["damaged"] == [
        {"badge": str(bad.pk), "what": "original", "sha256": bad.original.digest}
    ]
    first, second = told["badges"]
    assert first["original"] == ""
    assert first["document"]
    assert second["id"] == str(good.pk)
    assert second["original"]
    client = Client()
    client.force_login(alice)
    assert "1 stored file could not be read" in client.get("/me/export/").content.decode()


def test_the_same_data_give_the_same_bytes(alice: User) -> None:
    badges = [with_file(alice, number, png(number)) for number in range(5)]
    make_page(alice, *badges, created_at=NOW, updated_at=NOW)
    once = packed(alice)
    assert packed(alice) == once
    one, other = opened(once), opened(packed(alice, NOW + timedelta(days=400)))
    assert one.namelist() == other.namelist()
    differ = [name for name in one.namelist() if one.read(name) != other.read(name)]
    assert differ == ["laurel.json", "index.html"]


def test_our_own_reader_takes_every_part_of_our_own_file(alice: User) -> None:
    """Documents may compress so well that they look like bombs."""
    badge = with_file(alice)
    for number, body in enumerate([b" " * 900_000, b"[" + b"0," * 400_000 + b"0]", b"x"]):
        SupportingDocument.objects.create(
            badge=badge, url=f"https://a.example/{number}", url_digest=f"{number}", body=body,
            fetched_at=NOW,
        )  # fmt: skip
    data = packed(alice)
    export = Export(io.BytesIO(data))
    for info in opened(data).infolist():
        assert export.bytes_of(info.filename, 2_000_000) == opened(data).read(info)
        assert info.file_size <= max(info.compress_size * MAX_RATIO, SMALL)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps no half letters")
def test_half_a_letter_of_a_stranger_does_not_cost_the_export(alice: User) -> None:
    make_page(alice, with_file(alice), title="A", intro="fine")
    HistoryEntry.objects.create(badge=Badge.objects.get(), kind="changed", detail={"a": "\udc00"})
    assert len(manifest_of(packed(alice))["badges"]) == 1


@pytest.mark.slow
def test_memory_does_not_grow_with_the_badges(alice: User, tmp_path: Path) -> None:
    """500 badges with pictures of 200 KB: a hundred megabytes in all."""

    def peak() -> int:
        with (tmp_path / "out").open("wb") as out:
            tracemalloc.start()
            packing.pack(owner=alice, out=out, now=NOW)
            highest = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return highest

    chance = random.Random(1)
    packing.pack(owner=alice, out=io.BytesIO(), now=NOW)  # loads what is loaded once
    peaks = []
    for some in (range(20), range(20, 500)):
        for number in some:
            with_file(alice, number, png(number) + chance.randbytes(200_000))
        peaks.append(peak())
    assert (tmp_path / "out").stat().st_size > 100_000_000
    assert peaks[1] - peaks[0] < 8_000_000, peaks


# --- Several files -----------------------------------------------------------------------------


def test_a_large_backpack_is_several_exports(
    own: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PART_BYTES", 50_000)
    chance = random.Random(1)
    badges = [with_file(alice, n, png(n) + chance.randbytes(20_000)) for n in range(8)]
    make_page(alice, *badges)
    row = made(alice)
    assert (row.badges, row.pages, len(row.files)) == (8, 1, 3)
    told = [manifest_of(file_of(row, number)) for number in (1, 2, 3)]
    assert [one["part"] for one in told] == [
        {"number": 1, "more": True},
        {"number": 2, "more": True},
        {"number": 3, "more": False},
    ]
    assert [len(one["badges"]) for one in told] == [3, 3, 2]
    ids = [badge["id"] for one in told for badge in one["badges"]]
    assert sorted(ids) == sorted(str(badge.pk) for badge in badges)
    for number, one in enumerate(told, 1):
        page = json.loads(opened(file_of(row, number)).read(one["pages"][0]))
        assert len(page["entries"]) == 8
    words = own.get("/me/export/").content.decode()
    assert "It comes in 3 files" in words
    assert "Download part 3" in words
    file = own.get(f"/me/export/{row.pk}/3/")
    assert "-3-of-3.zip" in file["Content-Disposition"]
    assert b"".join(file.streaming_content) == file_of(row, 3)  # type: ignore[attr-defined]
    assert own.get(f"/me/export/{row.pk}/4/").status_code == 404


def test_no_part_is_larger_than_the_import_box_takes() -> None:
    assert exporting.PART_BYTES + imports.MAX_FILE < imports.MAX_ARCHIVE


# --- The page for people -----------------------------------------------------------------------


class Looks(HTMLParser):
    """What a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loaded: set[str] = set()
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in {"src", "href", "data", "action", "srcset", "style"}:
                self.loaded.add(value or "")
            if name.startswith("on"):
                self.handlers.append(name)


def test_the_page_inside_runs_nothing_and_asks_nobody(alice: User) -> None:
    bad = '"><script src="https://evil.example/x.js"></script><img src=x onerror=alert(1)>'
    badge = with_file(alice, 1, png(1), name=bad, description=bad)
    page = make_page(alice, badge, title=bad[:160], line=bad, intro=bad)
    page.entries.update(note=bad)
    make_link(page, label=bad[:120])
    archive = opened(packed(alice))
    looks = Looks()
    looks.feed(archive.read("index.html").decode())
    assert not looks.tags & {"script", "iframe", "object", "embed", "form", "base", "style"}
    assert looks.handlers == []
    assert "style.css" in looks.loaded
    assert looks.loaded <= set(archive.namelist())
    assert b"url(" not in archive.read("style.css")
    assert b"@import" not in archive.read("style.css")


def test_the_page_inside_tells_what_a_person_wants_to_know(alice: User) -> None:
    badge = with_file(alice, name="Knots", issuer=None)
    page = make_page(alice, badge, title="For Acme", line="In short.")
    page.entries.update(note="I led it.")
    html = opened(packed(alice)).read("index.html").decode()
    for words in ("Badges of Alice Adler", "Knots", "15 January 2026", "For Acme", "I led it."):
        assert words in html
    assert "What is not in this file" in html


def test_a_hostile_drawing_is_shown_and_never_opened(alice: User) -> None:
    """An image element runs no script; a link to the file would."""
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    with_file(alice, 1, drawing)
    html = opened(packed(alice)).read("index.html").decode()
    assert re.search(r'<img src="badges/[^"]+\.svg"', html)
    assert not re.search(r'<a [^>]*href="badges/', html)


# --- The work ----------------------------------------------------------------------------------


def test_asking_twice_makes_one(alice: User) -> None:
    row = exporting.request(owner=alice, now=NOW)
    assert exporting.request(owner=alice, now=NOW) == row
    exporting.make_export(export_id=row.pk, clock=lambda: NOW)
    exporting.make_export(export_id=row.pk, clock=lambda: NOW)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (Row.State.DONE, 1)
    assert Notification.objects.filter(kind="export.ready").count() == 1
    data, (one,) = file_of(row), row.files
    assert (one["size"], one["digest"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert row.expires_at == NOW + timedelta(days=7)


def test_exports_are_not_made_without_end(alice: User) -> None:
    for _time in range(exporting.PER_DAY):
        made(alice)
    with pytest.raises(TooOften):
        exporting.request(owner=alice, now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_new_export_takes_the_place_of_the_last(alice: User) -> None:
    first, second = made(alice), made(alice)
    old, new = first.files[0]["name"], second.files[0]["name"]
    first.refresh_from_db()
    assert first.files == []
    assert not default_storage.exists(old)
    assert default_storage.exists(new)
    exporting.delete(export=second, actor=alice)
    assert not default_storage.exists(new)


def test_a_dead_workers_export_is_made_by_the_next(alice: User) -> None:
    row = exporting.request(owner=alice, now=NOW)
    assert Row.objects.claim(row.pk, now=NOW) is not None
    default_storage.save(f"exports/{row.pk}-1-1.zip", ContentFile(b"half a file"))
    exporting.make_export(export_id=row.pk, clock=lambda: NOW)
    row.refresh_from_db()
    assert row.state == Row.State.RUNNING  # the lease still stands
    assert exporting.sweep(now=NOW) == 0
    later = NOW + timedelta(minutes=20)
    assert exporting.sweep(now=later) == 1
    exporting.make_export(export_id=row.pk, clock=lambda: later)
    row.refresh_from_db()
    assert row.status(later) == Row.Status.READY
    assert not default_storage.exists(f"exports/{row.pk}-1-1.zip")


def test_a_worker_that_was_overtaken_writes_nothing(alice: User) -> None:
    for number in range(3):
        with_file(alice, number)
    row = exporting.request(owner=alice, now=NOW)
    at = [NOW]

    def slow() -> Any:
        at[0] += timedelta(seconds=20)
        if at[0] > NOW + timedelta(seconds=70):
            Row.objects.filter(pk=row.pk).update(attempts=2)
        return at[0]

    exporting.make_export(export_id=row.pk, clock=slow)
    row.refresh_from_db()
    assert (row.state, row.files) == (Row.State.RUNNING, [])
    assert not default_storage.exists(f"exports/{row.pk}-1-1.zip")
    assert not Notification.objects.exists()


def test_an_export_that_kills_its_workers_is_given_up(alice: User) -> None:
    row = exporting.request(owner=alice, now=NOW)
    for attempt in range(4):
        Row.objects.claim(row.pk, now=NOW + attempt * timedelta(hours=1))
    exporting.make_export(export_id=row.pk, clock=lambda: NOW + timedelta(hours=9))
    row.refresh_from_db()
    assert row.status(NOW) == Row.Status.FAILED
    assert row.error
    assert exporting.request(owner=alice, now=NOW + timedelta(days=1)) != row


@pytest.mark.django_db(transaction=True)
def test_after_a_week_the_file_goes_and_after_a_season_the_row(alice: User) -> None:
    row = made(alice)
    name, now = row.files[0]["name"], timezone.now()
    assert exporting.tidy(now=now + timedelta(days=6)) == 0
    assert default_storage.exists(name)
    assert exporting.tidy(now=now + timedelta(days=8)) == 1
    assert not default_storage.exists(name)
    row.refresh_from_db()
    assert row.status(now) == Row.Status.EXPIRED
    exporting.tidy(now=now + timedelta(days=100))
    assert not Row.objects.exists()


def test_fsck_knows_exports(alice: User) -> None:
    row = made(alice)
    default_storage.delete(row.files[0]["name"])
    with pytest.raises(CommandError):
        call_command("fsck", stdout=(said := StringIO()))
    assert f"export {row.pk}: its file {row.files[0]['name']} is missing" in said.getvalue()


# --- The doors ---------------------------------------------------------------------------------


def test_its_owner_asks_waits_and_downloads(own: Client, alice: User) -> None:
    badge = with_file(alice)
    assert "1 badge, 0 pages" in own.get("/me/export/").content.decode()
    answer = own.post("/me/export/new/")
    assert answer["Location"] == "/me/export/"
    waiting = own.get("/me/export/").content.decode()
    assert "waits for its turn" in waiting
    part = own.get("/me/export/", headers={"hx-request": "true"}).content.decode()
    assert "hx-get" in part
    assert "<html" not in part
    row = Row.objects.get()
    assert own.get(f"/me/export/{row.pk}/1/").status_code == 404
    exporting.make_export(export_id=row.pk, clock=timezone.now)
    ready = own.get("/me/export/").content.decode()
    assert "Download ZIP" in ready
    assert "hx-get" not in ready
    file = own.get(f"/me/export/{row.pk}/1/")
    data = b"".join(file.streaming_content)  # type: ignore[attr-defined]  # a FileResponse
    assert [one["id"] for one in manifest_of(data)["badges"]] == [str(badge.pk)]
    assert file["Content-Disposition"].startswith('attachment; filename="laurel-')
    assert file["Content-Type"] == "application/zip"
    assert file["Cache-Control"] == "private, no-store"
    assert file["X-Content-Type-Options"] == "nosniff"
    assert AuditEvent.objects.filter(action="export.downloaded", actor=alice).count() == 1


def test_the_page_says_what_became_of_it(own: Client, alice: User) -> None:
    row = made(alice)
    Row.objects.filter(pk=row.pk).update(expires_at=NOW - timedelta(days=999))
    assert "has been deleted, as every one is" in own.get("/me/export/").content.decode()
    assert own.get(f"/me/export/{row.pk}/1/").status_code == 404
    Row.objects.filter(pk=row.pk).update(state=Row.State.FAILED, error="It was too much.")
    assert "It was too much." in own.get("/me/export/").content.decode()


def test_too_often_says_when_to_come_back(own: Client, alice: User) -> None:
    for _time in range(exporting.PER_DAY):
        made(alice)
    assert "Go on at" in own.post("/me/export/new/", follow=True).content.decode()


def test_its_owner_deletes_it(own: Client, alice: User) -> None:
    row = made(alice)
    assert "has been deleted" in (
        own.post(f"/me/export/{row.pk}/delete/", follow=True).content.decode()
    )
    assert not Row.objects.exists()


def test_strangers_bad_ids_and_wrong_methods(own: Client, alice: User) -> None:
    row = made(alice)
    charlie = Client()
    charlie.force_login(make_user("charlie@example.org"))
    staff = Client()
    staff.force_login(make_user("staff@example.org", is_staff=True, is_superuser=True))
    for client in (charlie, staff):
        assert client.get(f"/me/export/{row.pk}/1/").status_code == 404
        assert client.post(f"/me/export/{row.pk}/delete/").status_code == 404
        assert str(row.pk) not in client.get("/me/export/").content.decode()
    for pk in (uuid4(), "nonsense"):
        assert own.get(f"/me/export/{pk}/1/").status_code == 404
        assert own.post(f"/me/export/{pk}/delete/").status_code == 404
    assert own.post("/me/export/").status_code == 405
    assert own.get("/me/export/new/").status_code == 405
    assert own.post(f"/me/export/{row.pk}/1/").status_code == 405
    assert own.get(f"/me/export/{row.pk}/delete/").status_code == 405
    for number in (0, 2, 99):
        assert own.get(f"/me/export/{row.pk}/{number}/").status_code == 404
    for path in ("/me/export/", f"/me/export/{row.pk}/1/"):
        assert Client().get(path)["Location"].startswith("/accounts/login/")
    assert Client(enforce_csrf_checks=True).post("/me/export/new/").status_code == 403
    assert Row.objects.count() == 1


def test_the_page_costs_the_same_however_much_there_is(own: Client, alice: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert own.get("/me/export/").status_code == 200
        return len(queries)

    made(alice)
    few = cost()
    for number in range(30):
        with_file(alice, number)
    make_page(alice)
    made(alice)
    assert cost() == few


def test_every_page_of_the_settings_leads_there(own: Client) -> None:
    assert reverse("portfolio:exports") in own.get("/me/").content.decode()
    assert reverse("portfolio:exports") in own.get("/badges/").content.decode()


def test_the_command_writes_the_file(alice: User, tmp_path: Path) -> None:
    with_file(alice)
    out, said = tmp_path / "all.zip", StringIO()
    call_command("export_everything", owner="ALICE@example.org", out=str(out), stdout=said)
    assert len(manifest_of(out.read_bytes())["badges"]) == 1
    assert "1 badges" in said.getvalue()
    assert list(tmp_path.iterdir()) == [out]
    with pytest.raises(CommandError, match="Nobody here"):
        call_command("export_everything", owner="x@example.org", out=str(out))
    with pytest.raises(CommandError, match="Cannot write"):
        call_command("export_everything", owner=alice.email, out=str(tmp_path / "no" / "x.zip"))
