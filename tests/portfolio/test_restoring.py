"""Restoring: only what its owner said yes to, once, in their own name; and hostile exports."""

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Notification, User
from badges import sources
from badges.models import Badge, HistoryEntry, ImportItem, ImportJob, Result, Source, Trust, Work
from badges.services import consistency, imports
from portfolio.models import Entry, Page, Restoration
from portfolio.services import foreign, homecoming, pages, restoring, sharing, unpacking
from tests.badges.documents import unsigned
from tests.badges.sources.test_laurel import ENTRY, MANIFEST, zipped
from tests.factories import make_badge, make_import, make_page, make_user
from tests.portfolio.luggage import CREDLY, NOW, bring, clock, come_home, nobody_answers
from tests.simulators.base import png

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=5)
ODD: list[Any] = [None, True, -1, 1.5, 10**30, "x", "\ud800", "a\0b", "x" * 9000, [], [[]], {}]
ODD += [[None], [{}], {"a": {}}, "2026-02-30T00:00:00Z", "9999-12-31T23:59:59-23:59"]


@pytest.fixture
def ada() -> User:
    return make_user("ada@example.org", name="Ada Lovelace")


def numbered(count: int) -> tuple[list[dict[str, str]], dict[str, bytes]]:
    """Entries for the list, and the parts that they name."""
    entries: list[dict[str, str]] = []
    parts: dict[str, bytes] = {}
    for n in range(1, count + 1):
        entries.append({key: value.replace("1", str(n)) for key, value in ENTRY.items()})
        badge = json.dumps(unsigned(n)).encode()
        parts |= {f"badges/{n}.json": badge, f"documents/{n}.json": badge}
        parts[f"badges/{n}.laurel.json"] = b"{}"
    return entries, parts


def page_of(*ids: str, **changes: Any) -> dict[str, Any]:
    page = {
        "title": "Data analysis",
        "line": "In short.",
        "intro": "",
        "hide_expired": False,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-02-01T00:00:00Z",
        "entries": [{"badge": id, "note": f"Note {id}"} for id in ids],
    }
    return page | changes


def export(
    *told: Any, count: int = 3, records: dict[int, Any] | None = None, **manifest: Any
) -> bytes:
    """An export of unsigned badges with these pages; `records` by the number of the badge."""
    entries, parts = numbered(count)
    names = [f"pages/{n}.json" for n in range(len(told))]
    parts |= {name: json.dumps(page).encode() for name, page in zip(names, told, strict=True)}
    for number, record in (records or {}).items():
        parts[f"badges/{number}.laurel.json"] = json.dumps(record).encode()
    return zipped(MANIFEST | {"badges": entries, "pages": names} | manifest, parts)


def names_on(page: Page) -> list[str]:
    return list(page.entries.values_list("badge__name", flat=True))


def looked_at(user: User, data: bytes) -> ImportJob:
    return bring(user, data, fetch=nobody_answers, adds=False)


def run(job: ImportJob, at: datetime = NOW) -> None:
    restoring.restore(job_id=job.pk, clock=clock(at))


# --- When --------------------------------------------------------------------------------------


def test_nothing_is_restored_before_its_owner_says_yes(ada: User) -> None:
    job = looked_at(ada, export(page_of("1")))
    assert restoring.sweep(now=NOW) == 0
    run(job)
    assert not Page.objects.exists()
    imports.accept(job=job, chosen=None, now=NOW)
    assert restoring.sweep(now=NOW) == 1
    run(job)
    assert restoring.sweep(now=NOW) == 0
    assert names_on(Page.objects.get()) == ["Volunteer, day 1"]


def test_yes_to_none_restores_nothing(ada: User) -> None:
    job = looked_at(ada, export(page_of("1")))
    imports.accept(job=job, chosen=[], now=NOW)
    run(job)
    assert not Page.objects.exists()
    assert not Badge.objects.exists()
    assert restoring.sweep(now=NOW) == 0


def test_a_page_comes_with_those_of_its_badges_that_were_wanted(ada: User) -> None:
    job = looked_at(ada, export(page_of("3", "2", "1")))
    wanted = job.items.filter(badge__name__in=["Volunteer, day 1", "Volunteer, day 3"])
    imports.accept(job=job, chosen=list(wanted.values_list("pk", flat=True)), now=NOW)
    run(job)
    assert names_on(Page.objects.get()) == ["Volunteer, day 3", "Volunteer, day 1"]


def test_badges_that_are_wanted_later_find_their_place(ada: User) -> None:
    job = looked_at(ada, export(page_of("3", "2", "1")))
    late = job.items.get(badge__name="Volunteer, day 2")
    imports.accept(
        job=job, chosen=[i.pk for i in job.items.exclude(pk=late.pk) if i.badge], now=NOW
    )
    run(job)
    data = export(page_of("3", "2", "1"))
    again = looked_at(ada, data)
    imports.accept(job=again, chosen=None, now=SOON)
    run(again, SOON)
    page = Page.objects.get()
    assert names_on(page) == ["Volunteer, day 3", "Volunteer, day 2", "Volunteer, day 1"]
    assert list(page.entries.values_list("position", "note")) == [
        (0, "Note 3"),
        (1, "Note 2"),
        (2, "Note 1"),
    ]


def test_what_one_import_adds_in_two_steps_comes_on_the_page_in_two(ada: User) -> None:
    job = looked_at(ada, export(page_of("2", "1")))
    first, second = job.items.exclude(badge=None).order_by("position")[:2]
    ImportItem.objects.filter(pk=second.pk).update(state="refused")  # a site that was silent
    imports.accept(job=job, chosen=None, now=NOW)
    run(job)
    assert names_on(Page.objects.get()) == ["Volunteer, day 1"]
    ImportItem.objects.filter(pk=second.pk).update(state="offered")
    imports.accept(job=job, chosen=None, now=SOON)
    assert restoring.sweep(now=SOON) == 1
    run(job, SOON)
    assert names_on(Page.objects.get()) == ["Volunteer, day 2", "Volunteer, day 1"]
    assert restoring.sweep(now=SOON) == 0
    assert first.badge is not None


def test_an_export_of_several_files_comes_home_in_any_order(ada: User) -> None:
    """Each file has some of the badges and all of the pages."""
    told = json.dumps(page_of("3", "1", "2")).encode()
    entries, parts = numbered(3)
    parts["pages/1.json"] = told
    files = [
        zipped(MANIFEST | {"badges": [entry], "part": {"number": n, "more": n < 3}}, parts)
        for n, entry in enumerate(entries, 1)
    ]
    together = bring(ada, files[2], files[0], fetch=nobody_answers, adds=False)
    imports.accept(job=together, chosen=None, now=NOW)
    run(together)
    assert names_on(Page.objects.get()) == ["Volunteer, day 3", "Volunteer, day 1"]
    run(come_back(ada, files[1]), SOON)
    assert names_on(Page.objects.get()) == [
        "Volunteer, day 3",
        "Volunteer, day 1",
        "Volunteer, day 2",
    ]


def test_an_order_that_its_owner_made_since_stays(ada: User) -> None:
    job = looked_at(ada, export(page_of("1", "2")))
    imports.accept(job=job, chosen=None, now=NOW)
    run(job)
    page = Page.objects.get()
    pages.move(entry=page.entries.all()[1], step=-1, now=SOON)
    gone = Badge.objects.get(name="Volunteer, day 2")
    Entry.objects.filter(badge=gone).delete()
    make_badge(ada, name="Mine")
    pages.add(page=page, badges=[Badge.objects.get(name="Mine").pk], now=SOON)
    run(come_back(ada, export(page_of("1", "2"))))
    # A page with other badges than the file's is another page: nothing of it is touched.
    assert {tuple(names_on(one)) for one in Page.objects.all()} == {
        ("Volunteer, day 1", "Mine"),
        ("Volunteer, day 1", "Volunteer, day 2"),
    }


def come_back(user: User, data: bytes) -> ImportJob:
    job = looked_at(user, data)
    imports.accept(job=job, chosen=None, now=SOON)
    return job


def test_a_page_that_was_deleted_comes_back_with_a_second_import(ada: User) -> None:
    """Though there is nothing left to say yes to."""
    data = export(page_of("1", "2"))
    come_home(ada, data)
    pages.delete(page=Page.objects.get(), actor=ada)
    job = looked_at(ada, data)
    assert not job.items.filter(state="offered").exists()
    assert restoring.sweep(now=NOW) == 1
    run(job)
    assert len(names_on(Page.objects.get())) == 2


def test_an_import_without_an_export_is_none_of_our_business(ada: User) -> None:
    job = bring(ada, json.dumps(unsigned(1)).encode(), fetch=nobody_answers)
    run(job)
    make_import(ada, ImportItem.State.ADDED)
    assert restoring.sweep(now=NOW) == 0
    assert not Restoration.objects.exists()


# --- Once --------------------------------------------------------------------------------------


def test_a_restoration_that_was_killed_goes_on_where_it_stopped(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = export(page_of("1"), page_of("2", title="Another"), records={1: past(1)})
    job = looked_at(ada, data)
    imports.accept(job=job, chosen=None, now=NOW)
    made: list[int] = []

    class Killed(BaseException):
        pass

    real = homecoming.make_page

    def dies(**how: Any) -> Any:
        if len(made) == 1:
            raise Killed
        made.append(1)
        return real(**how)

    with monkeypatch.context() as patch:
        patch.setattr(homecoming, "make_page", dies)
        with pytest.raises(Killed):
            run(job)
    assert Page.objects.count() == 1
    run(job)  # the lease still stands
    assert Page.objects.count() == 1
    run(job, SOON)
    assert {page.title for page in Page.objects.all()} == {"Data analysis", "Another"}
    assert Badge.objects.get(name="Volunteer, day 1").history.count() == 1
    row = Restoration.objects.get()
    assert (row.state, row.attempts, len(row.made["pages"])) == (Work.State.DONE, 2, 2)


def past(number: int) -> dict[str, Any]:
    return {
        "history": [
            {"at": f"2026-01-0{number}T00:00:00Z", "kind": "listed", "detail": {"source": "X"}}
        ],
        "checks": [
            {"at": ["2026-01-05T00:00:00Z"], "result": "valid", "trust": "signed", "findings": []}
        ],
    }


def test_a_restoration_that_kills_its_workers_is_given_up(ada: User) -> None:
    job = looked_at(ada, export(page_of("1")))
    imports.accept(job=job, chosen=None, now=NOW)
    item = job.items.get(reader="laurel", parent=None)
    row = Restoration.objects.create(item=item, created_at=NOW, run_after=NOW)
    for hours in range(4):
        Restoration.objects.claim(row.pk, now=NOW + timedelta(hours=hours))
    run(job, NOW + timedelta(days=1))
    row.refresh_from_db()
    assert row.state == Work.State.FAILED
    assert Notification.objects.filter(kind="export.not_restored").exists()
    assert restoring.sweep(now=NOW + timedelta(days=2)) == 0


def test_a_lost_file_is_told_and_not_tried_for_ever(ada: User) -> None:
    job = looked_at(ada, export(page_of("1")))
    imports.accept(job=job, chosen=None, now=NOW)
    original = job.items.get(reader="laurel", parent=None).original
    assert original is not None
    default_storage.delete(str(original.file))
    run(job)
    row = Restoration.objects.get()
    assert row.state == Work.State.FAILED
    assert "no longer here" in row.error
    assert Badge.objects.owned_by(ada).count() == 3


@pytest.mark.django_db(transaction=True)
def test_twice_at_once_is_once(ada: User) -> None:
    """Two imports of one export, restored by two workers in the same moment."""
    if connection.vendor == "sqlite":
        pytest.skip("a database in memory locks whole tables, which the site's never does")
    data = export(page_of("1", "2", "3"), page_of("3", title="Other"), records={1: past(1)})
    jobs = [looked_at(ada, data) for _turn in range(2)]
    for job in jobs:
        imports.accept(job=job, chosen=None, now=NOW)
    start, problems = threading.Barrier(2), []

    def work(job: ImportJob) -> None:
        start.wait()
        try:
            run(job)
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    hands = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert problems == []
    assert Page.objects.count() == 2
    assert Entry.objects.count() == 4
    badge = Badge.objects.get(name="Volunteer, day 1")
    assert badge.history.count() == 1
    assert badge.verifications.filter(imported=True).count() == 1
    assert list(consistency.faults()) == []


# --- Taken back --------------------------------------------------------------------------------


def test_an_import_that_is_taken_back_takes_its_pages_along(ada: User) -> None:
    make_page(ada, title="Mine")
    row = come_home(ada, export(page_of("1"), sources=[source()]))
    assert Page.objects.count() == 2
    imports.undo(job=row.item.job, now=SOON)
    assert restoring.sweep(now=SOON) == 1
    run(row.item.job, SOON)
    assert [page.title for page in Page.objects.all()] == ["Mine"]
    assert not Badge.objects.exists()
    assert not Source.objects.exists()
    assert restoring.sweep(now=SOON) == 0
    run(row.item.job, SOON)
    assert Page.objects.count() == 1


def test_a_page_that_was_put_to_use_stays(ada: User) -> None:
    row = come_home(ada, export(page_of("1"), page_of("2", title="Shared"), page_of(title="X")))
    edited, shared = Page.objects.get(title="Data analysis"), Page.objects.get(title="Shared")
    pages.edit(page=edited, title="New", line="", intro="", hide_expired=False, now=SOON)
    sharing.create(page=shared, label="Acme", now=SOON)
    imports.undo(job=row.item.job, now=SOON)
    run(row.item.job, SOON)
    assert {page.title for page in Page.objects.all()} == {"New", "Shared"}


def source(**changes: Any) -> dict[str, Any]:
    told = {
        "id": "s1",
        "reader": "credly",
        "title": "Credly profile ada",
        "url": CREDLY,
        "answers": {"host": "evil.example", "user": "../../admin"},
        "when_new": "add",
        "paused": False,
        "created_at": "2026-01-01T00:00:00Z",
    }
    return told | changes


def test_a_source_comes_back_paused_and_read_anew_from_its_address(ada: User) -> None:
    come_home(ada, export(sources=[source(left_out=["one", *ODD, "two\0"])]))
    found = Source.objects.get()
    assert {"one", "two"} <= set(found.left_out)
    assert all(isinstance(key, str) and key for key in found.left_out)
    assert (found.paused, found.next_look_at, found.mode) == (True, None, "add")
    seen = sources.recognise_link(CREDLY)
    assert seen is not None
    assert found.answers == seen.answers
    assert found.owner == ada


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://www.credly.com.evil.example/users/ada"},
        {"url": "javascript:alert(1)"},
        {"url": "https://www.credly.com/badges/6d9ee7d0-b3d5-4ed4-8d3f-41b6ce4ef6ae"},
        {"url": "https://user:secret@www.credly.com/users/ada"},
        {"reader": "accredible"},
        {"reader": "nobody"},
        *({"url": odd} for odd in ODD),
        *({"reader": odd} for odd in ODD),
    ],
)
def test_a_source_that_is_none_is_left_out(ada: User, changes: dict[str, Any]) -> None:
    row = come_home(ada, export(sources=[source(**changes), *ODD]))
    assert not Source.objects.exists()
    assert row.counts["skipped"] >= 1


# --- Hostile exports ---------------------------------------------------------------------------


def test_old_checks_never_count(ada: User) -> None:
    claims = {
        "at": ["2026-01-01T00:00:00Z", "2026-11-23T11:59:59Z", "2999-01-01T00:00:00Z"],
        "result": "valid",
        "trust": "signed",
        "host": "harvard.edu",
        "made_here": True,
        "findings": [
            {"check": "signature", "outcome": "passed", "detail": "Genuine.", "code": "x"}
        ],
    }
    state = {"result": "valid", "trust": "signed", "recipient": "owner", "host": "harvard.edu"}
    record = {"checks": [claims], "state": state, "rests_on": "document", "name": "PhD"}
    come_home(ada, export(page_of("1"), records={1: record}))
    badge = Badge.objects.get(name="Volunteer, day 1")
    assert badge.verifications.filter(imported=True).count() == 2
    assert not badge.verifications.filter(checked_at__gt=NOW).exists()
    assert (badge.result, badge.trust, badge.host) == (Result.UNSIGNED, Trust.STATED, "")
    assert not badge.is_verified(NOW)
    view = pages.build(page=Page.objects.get(), now=NOW)
    assert view.verified == 0
    assert "Genuine." not in repr(view)
    client = Client()
    client.force_login(ada)
    words = client.get(f"/badges/{badge.pk}/").content.decode()
    assert "Genuine." not in words
    assert "harvard" not in words
    assert list(consistency.faults()) == []


def test_history_from_a_file_says_where_it_is_from(ada: User) -> None:
    come_home(ada, export(records={1: past(1)}))
    badge = Badge.objects.get(name="Volunteer, day 1")
    client = Client()
    client.force_login(ada)
    words = client.get(f"/badges/{badge.pk}/").content.decode()
    assert "Listed again at X" in words
    assert "As told by your export" in words


def test_markup_of_strangers_is_text(ada: User) -> None:
    bad = "<script>alert(1)</script>"
    told = page_of("1", title=bad, line=bad, intro=bad, entries=[{"badge": "1", "note": bad}])
    record = past(1)
    record["history"][0]["detail"]["source"] = bad
    come_home(ada, export(told, records={1: record}))
    client = Client()
    client.force_login(ada)
    page = Page.objects.get()
    badge = Badge.objects.get(name="Volunteer, day 1")
    for address in (f"/pages/{page.pk}/", f"/pages/{page.pk}/preview/", f"/badges/{badge.pk}/"):
        words = client.get(address).content.decode()
        assert bad not in words
        assert "&lt;script&gt;" in words


def test_a_page_holds_only_badges_of_this_owner_and_this_import(ada: User) -> None:
    theirs = make_badge(make_user("bob@example.org"), name="Bob's")
    mine = make_badge(ada, name="Mine, and in no export")
    told = page_of("1", str(theirs.pk), str(mine.pk), theirs.identity, mine.identity)
    come_home(ada, export(told, person={"addresses": ["bob@example.org"]}))
    assert names_on(Page.objects.get()) == ["Volunteer, day 1"]
    assert {page.owner for page in Page.objects.all()} == {ada}
    assert not AuditEvent.objects.filter(actor=theirs.owner).exists()


def test_lengths_are_those_of_the_forms(ada: User) -> None:
    long = "x" * 6000
    told = page_of("1", title=long, line=long, intro=long, entries=[{"badge": "1", "note": long}])
    come_home(ada, export(told))
    page = Page.objects.get()
    assert [len(page.title), len(page.line), len(page.intro)] == [160, 300, 5000]
    assert len(page.entries.get().note) == 500


def test_days_lie_in_the_past(ada: User) -> None:
    record = {"added_at": "2999-01-01T00:00:00Z", "state": {"unknown_since": "1000-01-01T00:00Z"}}
    told = page_of("1", created_at="2999-01-01T00:00:00Z", updated_at="0001-01-01T00:00:00+23:59")
    come_home(ada, export(told, records={1: record, 2: {"added_at": "2020-05-01T00:00:00Z"}}))
    page = Page.objects.get()
    assert (page.created_at, page.updated_at) == (NOW, NOW)
    assert Badge.objects.get(name="Volunteer, day 1").added_at == NOW
    added_at = Badge.objects.get(name="Volunteer, day 2").added_at
    assert added_at is not None
    assert added_at.year == 2020


def whole_record() -> dict[str, Any]:
    """A record with something in each of its places."""
    return {
        "added_at": "2026-01-01T00:00:00Z",
        "source_url": "https://a.example/1",
        "source": "s1",
        "unlisted_at": "2026-01-01T00:00:00Z",
        "rests_on": "learner",
        "state": {"unknown_since": "2026-01-01T00:00:00Z"},
        "original": {"file": "badges/1.json", "name": "a", "sha256": "0" * 64},
        "documents": [
            {
                "url": "https://a.example/class",
                "content_type": "application/json",
                "fetched_at": "2026-01-01T00:00:00Z",
                "file": "documents/1.json",
            }
        ],
        "picture": "",
        "checks": [
            {
                "at": ["2026-01-01T00:00:00Z"],
                "result": "valid",
                "trust": "signed",
                "host": "a.example",
                "findings": [{"check": "status", "outcome": "passed", "detail": "d", "code": "c"}],
            }
        ],
        "history": [
            {
                "at": "2026-01-01T00:00:00Z",
                "kind": kind,
                "detail": {
                    "changes": [
                        {"field": field, "before": "2026-01-01T00:00:00Z", "after": None}
                        for field in ("expires_at", "name", "criteria")
                    ],
                    "before": "valid",
                    "after": "revoked",
                    "reason": "r",
                    "source": "s",
                    "format": "json",
                },
                "document": "documents/2.json",
                "original": {"file": "badges/2.json", "name": "b"},
            }
            for kind in HistoryEntry.Kind.values
        ],
    }


def variants(value: Any) -> list[Callable[[Any], Any]]:
    """For each place in a value, a way to put something else there."""
    ways: list[Callable[[Any], Any]] = [lambda odd: odd]
    if isinstance(value, dict):
        for key, inner in value.items():
            ways += [
                lambda odd, key=key, way=way: value | {key: way(odd)}  # type: ignore[misc]
                for way in variants(inner)
            ]
    elif isinstance(value, list) and value:
        ways += [lambda odd, way=way: [way(odd), *value[1:]] for way in variants(value[0])]  # type: ignore[misc]
    return ways


def brought_home_in_spite_of(ada: User, odd: Callable[[int], Any]) -> None:
    """Each place of a record and of a page has an odd value once, all in one export."""
    records = [way(odd(n)) for n, way in enumerate(variants(whole_record()))]
    told = [way(odd(n)) for n, way in enumerate(variants(page_of("1", "2")))]
    all_records = dict(enumerate(records, 2)) | {1: past(1)}
    row = come_home(ada, export(*told, count=len(records) + 1, records=all_records))
    assert row.state == Work.State.DONE
    assert Badge.objects.owned_by(ada).count() == len(records) + 1
    assert Badge.objects.get(name="Volunteer, day 1").history.count() == 1
    assert list(consistency.faults()) == []
    client = Client()
    client.force_login(ada)
    for badge in Badge.objects.all():
        assert client.get(f"/badges/{badge.pk}/").status_code == 200
    for page in Page.objects.all():
        assert client.get(f"/pages/{page.pk}/preview/").status_code == 200


def test_odd_values_cost_what_they_stand_for_and_nothing_else(ada: User) -> None:
    brought_home_in_spite_of(ada, lambda place: ODD[place % len(ODD)])


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_every_odd_value_in_every_place(ada: User, odd: Any) -> None:
    brought_home_in_spite_of(ada, lambda place: odd)


@pytest.mark.parametrize(
    "detail",
    [
        {"changes": [{"field": "expires_at", "before": "z", "after": "a"}]},
        {"changes": [{"field": "expires_at", "before": 1, "after": "2026-01-01T00:00:00Z"}]},
        {"changes": [{"field": "issued_at", "before": "2026-13-45T00:00:00", "after": None}]},
        {"changes": [{"field": "result", "before": "nonsense", "after": "valid"}]},
        {"changes": [{"field": "nonsense"}, {"before": 1}, 7]},
        {"changes": {"field": "name"}},
    ],
)
def test_changes_that_cannot_be_told_are_not(ada: User, detail: Any) -> None:
    told = {"at": "2026-01-01T00:00:00Z", "kind": "changed", "detail": detail}
    come_home(ada, export(records={1: {"history": [told]}}))
    entry = HistoryEntry.objects.get()
    assert entry.detail == {"changes": []}
    client = Client()
    client.force_login(ada)
    assert client.get(f"/badges/{entry.badge_id}/").status_code == 200


def test_a_small_file_does_not_make_rows_without_end(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [f"2025-01-01T00:{n // 60:02}:{n % 60:02}Z" for n in range(3000)]
    checks = [{"at": days, "result": "valid", "trust": "signed", "findings": []}] * 5
    monkeypatch.setattr(unpacking, "MAX_CHECKS", 40)
    monkeypatch.setattr(unpacking, "MAX_ALL_CHECKS", 50)
    record = {"checks": checks, "history": past(1)["history"] * 2000}
    row = come_home(ada, export(records={1: record, 2: record}))
    assert row.counts["checks"] == 50
    assert row.counts["history"] == 2


def test_nobody_gets_more_pages_than_anybody(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homecoming, "MAX_PAGES", 2)
    row = come_home(ada, export(*[page_of("1", title=f"Page {n}") for n in range(5)]))
    assert Page.objects.count() == 2
    assert row.counts["skipped"] == 3
    assert "3 parts could not be used" in Notification.objects.latest("pk").text


def test_a_picture_comes_back_when_nobody_serves_it_any_more(ada: User) -> None:
    """Made safe like every stranger's picture; what is none is left out."""
    entries, parts = numbered(4)
    parts |= {"pictures/1": png(1), "pictures/2": b"GIF89a" + bytes(40)}
    for number, name in enumerate(["pictures/1", "pictures/2", "pictures/1", "gone"], 1):
        parts[f"badges/{number}.laurel.json"] = json.dumps({"picture": name}).encode()
    come_home(ada, zipped(MANIFEST | {"badges": entries, "pages": []}, parts))
    first, second, third, fourth = Badge.objects.order_by("name")
    assert first.picture is not None
    assert first.picture == third.picture
    with first.picture.source.open("rb") as file:
        assert file.read() == png(1)
    assert (second.picture, fourth.picture) == (None, None)
    assert list(consistency.faults()) == []


def test_an_original_is_taken_only_when_the_badge_is_in_it(ada: User) -> None:
    """Else the bytes behind “download the original” would be whatever the file says."""
    entries, parts = numbered(2)
    record = {"original": {"file": "badges/2.json", "name": "x", "sha256": "0" * 64}}
    parts["badges/1.laurel.json"] = json.dumps(record).encode()
    come_home(ada, zipped(MANIFEST | {"badges": entries, "pages": []}, parts))
    one, two = Badge.objects.order_by("name")
    assert one.original != two.original


def test_foreign_values_are_bounded() -> None:
    assert foreign.words("a\0\ud800b" + "x" * 9, 5) == "abx"
    assert foreign.words(7, 5) == ""
    assert foreign.address("https://a.example/x y") == "https://a.example/x y"
    for bad in ("javascript:x", "//a.example", "https://", "https://[", "https://a\n.example", 7):
        assert foreign.address(bad) == ""
