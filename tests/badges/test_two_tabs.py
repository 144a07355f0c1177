"""Two at once: two tabs, a learner and a worker, a worker and another. Nothing is lost between.

What happens in between is made to happen, at the place where it hurts: while a site is being
asked, or while a row is held by a transaction that has not ended yet.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from badges.models import Badge, ImportItem, ImportJob, Result, Source, Work
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched, offline
from badges.services import (
    consistency,
    housekeeping,
    importing,
    imports,
    verification,
)
from badges.services.web import Web
from tests.badges.conftest import NOW, Clock
from tests.badges.documents import assertion, hosted
from tests.badges.test_imports import as_json, upload
from tests.factories import make_user
from tests.people import sign_in

State = ImportItem.State


class Meanwhile:
    """An issuer's sites, and what happens once while they are being asked."""

    def __init__(self, answers: dict[str, Fetched], happens: Callable[[], Any]) -> None:
        self._answers, self._happens, self._done = answers, happens, threading.Event()

    def __call__(
        self,
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        if not self._done.is_set():
            self._done.set()
            self._happens()
        return offline(self._answers)(url)


def offer(user: User, *numbers: int, fetch: Fetch | None = None, **fields: Any) -> ImportJob:
    """An import of these badges that has been looked at."""
    documents = [assertion(number, **fields) for number in numbers]
    job = imports.start(
        user=user, uploads=[upload(as_json(one)) for one in documents], text="", now=NOW
    )
    importing.run_import(job_id=job.pk, fetch=fetch or offline(hosted(*documents)), clock=Clock())
    job.refresh_from_db()
    return job


def names(job: ImportJob) -> list[str]:
    return list(job.items.order_by("position").values_list("state", flat=True))


# --- What was not seen is not refused ---------------------------------------------------------


@pytest.mark.django_db
def test_what_was_found_since_is_not_left_out_unseen() -> None:
    job = offer(make_user("ada@example.org"), 1, 2, 3)
    one, two, three = job.items.order_by("position").values_list("pk", flat=True)
    assert imports.accept(job=job, chosen={one}, shown={one, two}, now=NOW) == 1
    assert names(job) == ["added", "skipped", "offered"]
    assert imports.accept(job=job, chosen={three}, shown={three}, now=NOW) == 1


@pytest.mark.django_db
def test_a_page_says_what_it_shows_and_leaves_out_no_more() -> None:
    ada = make_user("ada@example.org")
    job = offer(ada, 1, 2)
    one, two = job.items.order_by("position").values_list("pk", flat=True)
    browser = sign_in(ada)
    page = browser.get(f"/badges/import/{job.pk}/").content.decode()
    assert f'name="shown" value="{one},{two},"' in page
    browser.post(f"/badges/import/{job.pk}/accept/", {"item": one, "shown": f"{one}"})
    assert names(job) == ["added", "offered"]
    # A form that says nothing of what it showed leaves nothing out.
    browser.post(f"/badges/import/{job.pk}/accept/", {})
    assert names(job) == ["added", "offered"]
    browser.post(f"/badges/import/{job.pk}/accept/", {"shown": f"x,-1,,{two},{9**30}"})
    assert names(job) == ["added", "skipped"]


@pytest.mark.django_db
def test_thousands_can_be_chosen_page_by_page() -> None:
    ada = make_user("ada@example.org")
    job = ImportJob.objects.create(owner=ada, state=Work.State.DONE, finished_at=NOW)
    badges = [
        Badge(owner=ada, identity=f"urn:{n}", name=f"Badge {n}", added_at=None) for n in range(1500)
    ]
    Badge.objects.bulk_create(badges)
    ImportItem.objects.bulk_create(
        ImportItem(
            job=job, position=n, kind="found", label="x", state=State.OFFERED, badge=badge,
            key=f"1:{n}",
        )
        for n, badge in enumerate(badges)
    )  # fmt: skip
    browser = sign_in(ada)
    for _ in range(3):
        page = browser.get(f"/badges/import/{job.pk}/").content.decode()
        given = [part.partition('"')[0] for part in page.split('name="item" value="')[1:]]
        shown = page.partition('name="shown" value="')[2].partition('"')[0]
        answer = browser.post(
            f"/badges/import/{job.pk}/accept/",
            {"item": given, "shown": shown, "csrfmiddlewaretoken": "x", "mode": "add"},
        )
        assert answer.status_code == 302
    assert Badge.objects.owned_by(ada).count() == 1500
    assert set(names(job)) == {"added"}


@pytest.mark.django_db
def test_an_old_offer_that_is_made_again_is_not_tidied_away() -> None:
    ada = make_user("ada@example.org")
    offer(ada, 1)
    Badge.objects.update(created_at=NOW - timedelta(days=40))
    ImportItem.objects.update(created_at=NOW - timedelta(days=40))
    again = offer(ada, 1)
    housekeeping.tidy(now=NOW)
    assert imports.accept(job=again, chosen=None, now=NOW) == 1


# --- Back, and again --------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_added_after_a_taking_back_can_be_taken_back() -> None:
    job = offer(make_user("ada@example.org"), 1, 2)
    one, two = job.items.order_by("position").values_list("pk", flat=True)
    imports.accept(job=job, chosen={one}, shown={one}, now=NOW)
    assert imports.undo(job=ImportJob.objects.get(), now=NOW) == 1
    with pytest.raises(imports.TooLate):  # pressed twice
        imports.undo(job=job, now=NOW)
    later = NOW + timedelta(days=2)
    assert imports.accept(job=job, chosen={two}, shown={two}, now=later) == 1
    assert imports.undo(job=ImportJob.objects.get(), now=later) == 1
    assert names(job) == ["undone", "undone"]


# --- While an issuer is being asked -----------------------------------------------------------


def checked(badge: Badge, answers: dict[str, Fetched], happens: Callable[[], Any]) -> None:
    web = Web(Meanwhile(answers, happens), Clock())
    verification.check(badge=Badge.objects.get(pk=badge.pk), web=web, now=NOW + timedelta(days=1))


def held_by(user: User) -> tuple[Badge, dict[str, Fetched]]:
    job = offer(user, 1)
    imports.accept(job=job, chosen=None, now=NOW)
    return Badge.objects.get(), hosted(assertion(1))


@pytest.mark.django_db
def test_a_badge_removed_while_it_is_checked_stays_removed() -> None:
    badge, answers = held_by(make_user("ada@example.org"))
    checked(badge, answers, lambda: Badge.objects.all().delete())
    assert not Badge.objects.exists()


@pytest.mark.django_db
def test_a_check_does_not_undo_what_was_written_while_it_asked() -> None:
    ada = make_user("ada@example.org")
    badge, answers = held_by(ada)
    source = Source.objects.create(owner=ada, reader="credly", key="1", title="Somewhere")
    now = {"unlisted_at": NOW, "source": source}
    checked(badge, answers, lambda: Badge.objects.update(**now))
    badge.refresh_from_db()
    assert (badge.unlisted_at, badge.source) == (NOW, source)
    assert badge.checked_at == NOW + timedelta(days=1)


@pytest.mark.django_db
def test_an_answer_about_an_older_version_is_not_told_of_the_newer() -> None:
    badge, answers = held_by(make_user("ada@example.org"))
    newer = {"document": b"{}", "name": "Newer", "result": Result.VALID, "checked_at": NOW}
    answers |= hosted(assertion(1, revoked=True))
    checked(badge, answers, lambda: Badge.objects.update(**newer))
    badge.refresh_from_db()
    assert (badge.name, badge.result, badge.checked_at) == ("Newer", Result.VALID, NOW)


# --- While a row is held ----------------------------------------------------------------------


# SQLite lets one writer in at a time, and its database in memory none beside another.
two_connections = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="needs two transactions at once"
)


@contextmanager
def meeting(action: Callable[[], Any]) -> Iterator[None]:
    """What happens inside is not yet committed when `action` begins, and is before it can end."""
    problems: list[BaseException] = []

    def act() -> None:
        try:
            action()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    with transaction.atomic():
        yield
        thread.start()
        thread.join(0.7)
    thread.join(20)
    assert not thread.is_alive()
    assert not problems


@two_connections
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_meets_a_badge_does_not_undo_its_owners_yes() -> None:
    """Else the badge is gone from the backpack, and a month later from the world."""
    ada = make_user("ada@example.org")
    first = offer(ada, 1)
    Badge.objects.update(name="Elder")  # so that the next one finds it changed
    second = imports.start(user=ada, uploads=[upload(as_json(assertion(1)))], text="", now=NOW)

    def work() -> None:
        answers = offline(hosted(assertion(1)))
        importing.run_import(job_id=second.pk, fetch=answers, clock=Clock())

    with meeting(work):
        imports.accept(job=first, chosen=None, now=NOW)
    assert Badge.objects.get().added_at == NOW
    assert names(first) == ["added"]
    assert list(consistency.faults()) == []


@two_connections
@pytest.mark.django_db(transaction=True)
def test_what_one_tab_leaves_another_may_be_adding() -> None:
    ada = make_user("ada@example.org")
    first, second = offer(ada, 1), offer(ada, 1)
    with meeting(lambda: imports.accept(job=first, chosen=set(), now=NOW)):
        imports.accept(job=second, chosen=None, now=NOW)
    assert Badge.objects.get().added_at == NOW


@two_connections
@pytest.mark.django_db(transaction=True)
def test_tidying_takes_nothing_that_is_being_added() -> None:
    job = offer(make_user("ada@example.org"), 1)
    later = NOW + timedelta(days=40)
    with meeting(lambda: housekeeping.tidy(now=later)):
        imports.accept(job=job, chosen=None, now=later)
    assert Badge.objects.get().added_at == later


@two_connections
@pytest.mark.django_db(transaction=True)
def test_taken_back_twice_at_once_is_once() -> None:
    job = offer(make_user("ada@example.org"), 1, 2)
    imports.accept(job=job, chosen=None, now=NOW)
    stale = ImportJob.objects.get()

    def again() -> None:
        with pytest.raises(imports.TooLate):
            imports.undo(job=stale, now=NOW)

    with meeting(again):
        assert imports.undo(job=ImportJob.objects.get(), now=NOW) == 2
    assert names(job) == ["undone", "undone"]
