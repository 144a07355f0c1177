"""Choosing from what was found: row by row, added, left, renewed, followed and taken back."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import override_settings

from accounts.models import Notification, User
from badges import sources
from badges.models import (
    Badge,
    HistoryEntry,
    ImportItem,
    ImportJob,
    Recipient,
    Result,
    Source,
    Work,
)
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched
from badges.services import consistency, following, history, housekeeping, importing, imports, tally
from tests.badges.conftest import NOW, Clock
from tests.badges.sources.reading import door
from tests.simulators import credly as played
from tests.simulators.base import Mode
from tests.simulators.credly import Credly

pytestmark = pytest.mark.django_db
State = ImportItem.State


@pytest.fixture
def credly() -> Iterator[Credly]:
    sources.readers.cache_clear()
    with (
        override_settings(SOURCE_HOSTS={"credly": {"credly.test": "credly.test"}}),
        Credly() as one,
    ):
        one.badges = one.badges[:10]
        yield one
    sources.readers.cache_clear()


@pytest.fixture
def fetch(credly: Credly) -> Iterator[Fetch]:
    with door(credly) as get:
        yield get


def look(user: User, credly: Credly, fetch: Fetch, clock: Clock) -> ImportJob:
    text = f"{credly.url}/users/{played.USER}/badges?identity__email=ada@example.org"
    job = imports.start(user=user, uploads=[], text=text, now=clock())
    return run(job, fetch, clock)


def run(job: ImportJob, fetch: Fetch, clock: Clock) -> ImportJob:
    importing.run_import(job_id=job.pk, fetch=fetch, clock=clock)
    job.refresh_from_db()
    return job


def states(job: ImportJob) -> Counter[str]:
    return Counter(job.items.exclude(parent=None).values_list("state", flat=True))


def everything(user: User) -> list[object]:
    """What must not move when nothing new is brought."""
    badges = Badge.objects.owned_by(user).order_by("pk")
    return [
        *badges.values_list("pk", "added_at", "name", "result", "document"),
        Source.objects.count(),
    ]


def test_a_profile_is_looked_at_and_nothing_is_added(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    job = look(ada, credly, fetch, clock)
    assert job.state == Work.State.DONE
    opened = job.items.get(parent=None)
    assert (opened.state, opened.lasting) == (State.OPENED, True)
    assert "ada@example.org" not in opened.url + opened.label
    # One was taken back so that nothing is left of it but that.
    assert states(job) == {"offered": 9, "refused": 1}
    assert not Badge.objects.owned_by(ada).exists()
    offered = Badge.objects.offered_to(ada)
    assert Counter(offered.values_list("result", flat=True)) == {
        Result.VALID: 6, Result.EXPIRED: 1, Result.REVOKED: 1, Result.UNSIGNED: 1,
    }  # fmt: skip
    assert offered.filter(recipient=Recipient.OTHER).count() == 1
    assert tally.of(job).total == 10
    assert list(consistency.faults()) == []


def test_what_is_chosen_is_added_and_the_rest_is_left(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    job = look(ada, credly, fetch, clock)
    chosen = job.items.filter(state=State.OFFERED)[:4]
    opened = job.items.get(parent=None)
    added = imports.accept(
        job=job, chosen={item.pk for item in chosen}, follow={opened.pk}, now=clock()
    )
    assert added == 4
    assert states(job) == {"added": 4, "skipped": 5, "refused": 1}
    assert Badge.objects.count() == 4
    source = Source.objects.get()
    assert set(source.badges.all()) == set(Badge.objects.owned_by(ada))
    assert source.title == opened.words
    # Again, by a second press of the button: nothing more.
    assert imports.accept(job=job, chosen=None, now=clock()) == 0
    assert Badge.objects.count() == 4
    assert list(consistency.faults()) == []


def test_the_same_profile_twice_changes_nothing(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    imports.accept(job=look(ada, credly, fetch, clock), chosen=None, now=clock())
    before = everything(ada)
    clock.now += timedelta(days=1)
    again = look(ada, credly, fetch, clock)
    assert states(again) == {"already": 9, "refused": 1}
    assert imports.accept(job=again, chosen=None, now=clock()) == 0
    assert everything(ada) == before


def test_the_same_profile_twice_at_once_is_one(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    one, two = look(ada, credly, fetch, clock), look(ada, credly, fetch, clock)
    assert states(one) == states(two) == {"offered": 9, "refused": 1}
    assert imports.accept(job=one, chosen=None, now=clock()) == 9
    assert imports.accept(job=two, chosen=None, now=clock()) == 0
    assert states(two) == {"already": 9, "refused": 1}
    assert Badge.objects.count() == 9


def test_what_one_import_leaves_another_may_still_offer(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    one, two = look(ada, credly, fetch, clock), look(ada, credly, fetch, clock)
    imports.accept(job=one, chosen=set(), now=clock())
    assert Badge.objects.offered_to(ada).count() == 9
    assert imports.accept(job=two, chosen=None, now=clock()) == 9


def test_a_change_since_is_offered_and_taken_on_a_word(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    imports.accept(job=look(ada, credly, fetch, clock), chosen=None, now=clock())
    credly.badges[0].criteria = "Attend ten evenings"
    credly.badges[2].expires_on = "2101-01-01"
    clock.now += timedelta(days=30)
    job = look(ada, credly, fetch, clock)
    changed = job.items.filter(state=State.CHANGED)
    told = [history.sentence(c) for item in changed for c in item.changes]
    assert told == ["Criteria changed.", "Renewed until 1 January 2101."]
    assert not HistoryEntry.objects.filter(kind=HistoryEntry.Kind.CHANGED).exists()
    imports.accept(job=job, chosen={item.pk for item in changed}, now=clock())
    run(job, fetch, clock)
    assert [item.accepted for item in job.items.filter(state=State.CHANGED)] == [True, True]
    badge = Badge.objects.get(name=credly.badges[0].name)
    assert "ten evenings" in badge.criteria_text
    lines = history.told(badge, badge.history.all())
    assert [line.words for line in lines] == ["Changed by its issuer", "Added to the backpack"]
    assert list(consistency.faults()) == []


def test_an_import_is_taken_back_for_a_day(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    job = look(ada, credly, fetch, clock)
    imports.accept(job=job, chosen=None, now=clock())
    job.refresh_from_db()
    clock.now += timedelta(hours=23)
    assert imports.undo(job=job, now=clock()) == 9
    assert not Badge.objects.exists()
    assert states(job) == {"undone": 9, "refused": 1}
    job.refresh_from_db()
    with pytest.raises(imports.TooLate):
        imports.undo(job=job, now=clock())
    later = look(ada, credly, fetch, clock)
    imports.accept(job=later, chosen=None, now=clock())
    later.refresh_from_db()
    with pytest.raises(imports.TooLate):
        imports.undo(job=later, now=clock() + timedelta(days=1))
    assert Badge.objects.owned_by(ada).count() == 9


def test_a_stopped_import_keeps_what_it_found(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    credly.mode = Mode.REFUSING
    job = look(ada, credly, fetch, clock)
    assert job.is_put_off(clock())
    assert imports.stop(job=job, now=clock()) == 1
    job.refresh_from_db()
    assert job.state == Work.State.DONE
    assert "You stopped" in job.items.get().reason
    assert imports.stop(job=job, now=clock()) == 0
    credly.mode = Mode.FINE
    assert not importing.run_import(job_id=job.pk, fetch=fetch, clock=clock)


def test_offers_that_nobody_takes_go_after_a_month(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    job = look(ada, credly, fetch, clock)
    housekeeping.tidy(now=NOW + timedelta(days=29))
    assert Badge.objects.count() == 9
    housekeeping.tidy(now=NOW + timedelta(days=31))
    assert not Badge.objects.exists()
    assert states(job) == {"skipped": 9, "refused": 1}
    assert imports.accept(job=job, chosen=None, now=clock()) == 0


# --- Looked at again -----------------------------------------------------------------------------


def followed(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock, mode: str = Source.Mode.OFFER
) -> Source:
    job = look(ada, credly, fetch, clock)
    opened = job.items.get(parent=None)
    imports.accept(job=job, chosen=None, follow={opened.pk}, mode=mode, now=clock())
    Notification.objects.all().delete()
    return Source.objects.get()


def due_look(source: Source, fetch: Fetch, clock: Clock) -> ImportJob:
    clock.now += timedelta(days=8)
    assert following.sweep(now=clock()) == 1
    job = source.looks.latest("created_at")
    run(job, fetch, clock)
    source.refresh_from_db()
    return job


def test_a_source_is_looked_at_each_week_and_tells_what_is_new(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    source = followed(ada, credly, fetch, clock)
    assert following.sweep(now=clock()) == 0
    due_look(source, fetch, clock)
    assert not Notification.objects.exists()
    credly.badges.append(played.badge(65))
    job = due_look(source, fetch, clock)
    assert states(job)["offered"] == 1
    assert "1 new badge" in Notification.objects.get().text
    assert Badge.objects.owned_by(ada).count() == 9
    assert source.looked_at == clock()
    assert source.next_look_at is not None
    assert source.next_look_at > clock() + timedelta(days=6)


def test_a_source_may_add_by_itself(ada: User, credly: Credly, fetch: Fetch, clock: Clock) -> None:
    source = followed(ada, credly, fetch, clock, Source.Mode.ADD)
    credly.badges.append(played.badge(65))
    credly.badges[0].criteria = "Attend ten evenings"
    due_look(source, fetch, clock)
    assert "1 badge added, 1 changed" in Notification.objects.get().text
    assert source.badges.count() == 10
    badge = Badge.objects.get(name=credly.badges[0].name)
    assert badge.history.get().kind == HistoryEntry.Kind.CHANGED


def test_what_is_gone_from_a_source_is_flagged_and_kept(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    source = followed(ada, credly, fetch, clock)
    lost = credly.badges.pop(0)
    due_look(source, fetch, clock)
    badge = Badge.objects.get(name=lost.name)
    assert badge.unlisted_at == clock()
    assert "1 no longer listed" in Notification.objects.latest("pk").text
    credly.badges.insert(0, lost)
    due_look(source, fetch, clock)
    badge.refresh_from_db()
    assert badge.unlisted_at is None
    kinds = [entry.kind for entry in badge.history.order_by("at")]
    assert kinds == [HistoryEntry.Kind.UNLISTED, HistoryEntry.Kind.LISTED]


def test_a_broken_source_says_so_once_and_loses_nothing(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    source = followed(ada, credly, fetch, clock)
    credly.mode = Mode.GONE
    due_look(source, fetch, clock)
    assert source.broken_since == clock()
    assert "Your badges are safe" in Notification.objects.get().text
    assert Badge.objects.owned_by(ada).count() == 9
    assert not Badge.objects.exclude(unlisted_at=None).exists()
    first = source.broken_since
    due_look(source, fetch, clock)
    assert (source.broken_since, source.failures) == (first, 2)
    assert Notification.objects.count() == 1
    credly.mode = Mode.FINE
    due_look(source, fetch, clock)
    assert not source.broken_since
    assert (source.failures, source.trouble) == (0, "")


def test_two_looks_at_once_are_one(ada: User, credly: Credly, fetch: Fetch, clock: Clock) -> None:
    source = followed(ada, credly, fetch, clock)
    assert following.look(source=source, now=clock()) == following.look(source=source, now=clock())


def test_a_source_is_paused_and_removed_with_or_without_its_badges(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    source = followed(ada, credly, fetch, clock)
    following.pause(source=source, paused=True, now=clock())
    assert following.sweep(now=clock() + timedelta(days=30)) == 0
    following.pause(source=source, paused=False, now=clock())
    assert following.sweep(now=clock()) == 1
    assert following.remove(source=source, keep_badges=True, actor=ada, now=clock()) == 0
    assert Badge.objects.owned_by(ada).count() == 9
    again = followed(ada, credly, fetch, clock)
    Badge.objects.owned_by(ada).update(source=again)
    assert following.remove(source=again, keep_badges=False, actor=ada, now=clock()) == 9
    assert not Badge.objects.exists()


# --- While a source is being looked at -----------------------------------------------------------


def meanwhile(fetch: Fetch, happens: Callable[[], object]) -> Fetch:
    """The same site, and what happens once while it is being asked."""
    left = [happens]

    def get(
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        if left and threading.current_thread() is threading.main_thread():
            left.pop()()
        return fetch(url, accept=accept, max_bytes=max_bytes, max_age=max_age)

    return get


@pytest.mark.parametrize("mode", [Mode.FINE, Mode.REFUSING])
@pytest.mark.parametrize("keep", [True, False])
def test_a_source_removed_while_it_is_looked_at_stays_removed(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock, mode: Mode, keep: bool
) -> None:
    source = followed(ada, credly, fetch, clock)
    before = Badge.objects.count()
    credly.mode = mode
    job = following.look(source=source, now=clock())

    def remove() -> None:
        following.remove(source=source, keep_badges=keep, actor=ada, now=clock())

    run(job, meanwhile(fetch, remove), clock)
    assert not Source.objects.exists()
    assert Badge.objects.count() == (before if keep else 0)
    assert (job.state, job.stopped_at) == (Work.State.DONE, clock())
    assert not job.items.filter(state=State.WAITING).exists()
    assert not importing.run_import(job_id=job.pk, fetch=fetch, clock=clock)
    with pytest.raises(following.Gone):
        following.look(source=source, now=clock())


def test_what_its_owner_says_while_a_source_is_looked_at_is_kept(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    source = followed(ada, credly, fetch, clock)

    def say() -> None:
        following.set_mode(source=source, mode=Source.Mode.ADD)
        following.pause(source=source, paused=True, now=clock())

    run(following.look(source=source, now=clock()), meanwhile(fetch, say), clock)
    source.refresh_from_db()
    assert (source.mode, source.paused) == (Source.Mode.ADD, True)
    assert source.looked_at == clock()


def test_an_old_look_tried_again_misses_nothing_that_is_newer(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    late = credly.badges.pop()
    source = followed(ada, credly, fetch, clock, mode=Source.Mode.ADD)
    old = due_look(source, fetch, clock)
    assert old.items.filter(state=State.REFUSED).update(can_retry=True) == 1
    credly.badges.append(late)
    due_look(source, fetch, clock)
    listed = source.badges.filter(unlisted_at=None).count()
    Notification.objects.all().delete()
    assert imports.retry(job=old, now=clock()) == 1
    run(old, fetch, clock)
    old.items.filter(state=State.REFUSED).delete()
    following.looked(job=old, source=source, now=clock())
    assert source.badges.filter(unlisted_at=None).count() == listed
    assert not Notification.objects.exists()
