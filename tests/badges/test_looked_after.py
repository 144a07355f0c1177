"""What a look at a source leaves alone: what was not wanted, and what it did not bring."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import Notification, User
from badges import sources
from badges.models import Badge, Basis, HistoryEntry, ImportItem, ImportJob, Result, Source, Trust
from badges.openbadges.fetching import Fetch
from badges.services import collecting, consistency, following, importing, imports, tally
from badges.sources.base import Nothing
from tests.badges.conftest import Clock
from tests.badges.sources.reading import door
from tests.badges.test_imports import nobody_answers, upload
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
        one.badges = [played.badge(number) for number in (1, 2, 3, 4)]
        yield one
    sources.readers.cache_clear()


@pytest.fixture
def fetch(credly: Credly) -> Iterator[Fetch]:
    with door(credly) as get:
        yield get


def brought(user: User, credly: Credly, fetch: Fetch, clock: Clock) -> ImportJob:
    text = f"{credly.url}/users/{played.USER}/badges"
    return run(imports.start(user=user, uploads=[], text=text, now=clock()), fetch, clock)


def run(job: ImportJob, fetch: Fetch, clock: Clock) -> ImportJob:
    importing.run_import(job_id=job.pk, fetch=fetch, clock=clock)
    job.refresh_from_db()
    return job


def followed(user: User, credly: Credly, fetch: Fetch, clock: Clock, leave: int = 0) -> Source:
    """The profile, followed, without the first `leave` of its badges."""
    job = brought(user, credly, fetch, clock)
    opened = job.items.get(parent=None)
    items = set(job.items.filter(state=State.OFFERED).values_list("pk", flat=True)[leave:])
    imports.accept(job=job, chosen=items, shown=None, follow={opened.pk}, now=clock())
    Notification.objects.all().delete()
    return Source.objects.get()


def look(source: Source, fetch: Fetch, clock: Clock) -> ImportJob:
    clock.now += timedelta(days=8)
    job = run(following.look(source=source, now=clock()), fetch, clock)
    source.refresh_from_db()
    return job


def states(job: ImportJob) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in job.items.exclude(parent=None).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


# --- Left out


def test_what_was_left_out_is_not_offered_again(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    source = followed(ada, credly, fetch, clock, leave=1)
    assert len(source.left_out) == 1
    credly.requests.clear()
    job = look(source, fetch, clock)
    assert states(job) == {"left_out": 1, "already": 3}
    assert not Notification.objects.exists()
    assert tally.of(job).left_out == 1
    assert not any(credly.badges[0].id in path for path in credly.requests)
    assert list(consistency.faults()) == []


def test_what_was_left_out_can_be_had_after_all(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock, client: Client
) -> None:
    source = followed(ada, credly, fetch, clock, leave=2)
    job = look(source, fetch, clock)
    client.force_login(ada)
    address = reverse("badges:import-detail", args=[job.pk])
    page = client.get(address).content.decode()
    assert "Left out earlier" in page
    assert credly.badges[0].name in page
    wanted = job.items.filter(state=State.LEFT_OUT).first()
    assert wanted is not None
    client.post(reverse("badges:import-accept", args=[job.pk]), {"item": wanted.pk})
    run(job, fetch, clock)
    source.refresh_from_db()
    assert states(job) == {"left_out": 1, "already": 2, "added": 1}
    assert source.badges.filter(added_at__isnull=False).count() == 3
    assert len(source.left_out) == 1
    assert states(look(source, fetch, clock)) == {"left_out": 1, "already": 3}


def test_what_was_let_go_or_taken_back_does_not_come_again(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    source = followed(ada, credly, fetch, clock)
    following.set_mode(source=source, mode=Source.Mode.ADD)
    badge = Badge.objects.get(name=credly.badges[0].name)
    collecting.remove(badge=badge, actor=ada)
    credly.badges.append(played.badge(65))
    source.refresh_from_db()
    job = look(source, fetch, clock)
    assert states(job) == {"left_out": 1, "already": 3, "added": 1}
    imports.undo(job=job, now=clock())
    assert states(look(source, fetch, clock)) == {"left_out": 2, "already": 3}


def test_leaving_out_without_following_remembers_nothing(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    job = brought(ada, credly, fetch, clock)
    imports.accept(job=job, chosen=set(), now=clock())
    assert not Source.objects.exists()
    assert states(brought(ada, credly, fetch, clock)) == {"offered": 4}


# --- No longer listed


def test_a_row_that_is_refused_for_good_hides_no_loss(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    credly.badges.append(played.badge(6, revoked="Issued in error"))  # 410, from the start
    source = followed(ada, credly, fetch, clock)
    lost = credly.badges.pop(0)
    assert states(look(source, fetch, clock)) == {"refused": 1, "already": 3}
    assert [badge.name for badge in source.badges.exclude(unlisted_at=None)] == [lost.name]


def test_a_badge_whose_row_is_refused_is_listed_all_the_same(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    source = followed(ada, credly, fetch, clock)
    credly.badges[0].revoked = "Issued in error"
    assert states(look(source, fetch, clock)) == {"refused": 1, "already": 3}
    assert not source.badges.exclude(unlisted_at=None).exists()


def test_a_row_that_cannot_be_read_for_now_may_be_any(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    source = followed(ada, credly, fetch, clock)
    credly.badges.pop(0)
    job = following.look(source=source, now=clock())
    run(job, fetch, clock)
    Badge.objects.update(unlisted_at=None)
    HistoryEntry.objects.all().delete()
    job.items.filter(position=2).update(state=State.REFUSED, can_retry=True)
    following.looked(job=job, source=source, now=clock())
    assert not HistoryEntry.objects.exists()


# --- Looked at now


@pytest.mark.parametrize("asked", [True, False])
def test_a_look_on_demand_asks_anew(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock, asked: bool
) -> None:
    source = followed(ada, credly, fetch, clock)
    credly.badges[0].criteria = "Attend ten evenings"
    clock.now += timedelta(minutes=20)
    credly.requests.clear()
    job = following.look(source=source, now=clock(), actor=ada if asked else None)
    run(job, fetch, clock)
    assert states(job) == ({"changed": 1, "already": 3} if asked else {"already": 4})
    assert len(credly.requests) == len(set(credly.requests)), "each document once"


# --- What a source brought


def test_dropping_a_source_drops_only_what_it_brought(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    own = f"{credly.url}/api/v1/obi/v2/badge_assertions/{credly.badges[0].id}"
    job = imports.start(user=ada, uploads=[], text=own, now=clock(), adds=True)
    run(job, fetch, clock)
    mine = Badge.objects.get()
    source = followed(ada, credly, fetch, clock)
    look(source, fetch, clock)
    assert source.badges.count() == 3
    assert following.remove(source=source, keep_badges=False, actor=ada, now=clock()) == 3
    assert Badge.objects.get() == mine


def test_what_a_profile_brought_before_it_was_followed_is_its_own(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    imports.accept(job=brought(ada, credly, fetch, clock), chosen=None, now=clock())
    source = followed(ada, credly, fetch, clock)
    assert source.badges.count() == 4


# --- Told


def test_a_revoked_badge_without_details_names_its_issuer(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    credly.badges = [played.badge(7, revoked="The exam was not sat", as_410=False)]
    brought(ada, credly, fetch, clock)
    badge = Badge.objects.get()
    assert badge.result == Result.REVOKED
    assert badge.issuer is not None
    assert (badge.name, badge.issuer.name) == (credly.badges[0].name, credly.badges[0].issuer)


def test_a_statement_that_came_home_counts_again_when_its_platform_says_so(
    ada: User, credly: Credly, fetch: Fetch, clock: Clock
) -> None:
    credly.badges = [played.badge(8, served=False)]
    imports.accept(job=brought(ada, credly, fetch, clock), chosen=None, now=clock())
    badge = Badge.objects.get()
    assert (badge.basis, badge.trust) == (Basis.PLATFORM, Trust.EXPORT)
    copy = bytes(badge.document)
    badge.delete()
    # Anybody may have written the file: it is the learner's word.
    run(
        imports.start(user=ada, uploads=[upload(copy)], text="", now=clock(), adds=True),
        fetch,
        clock,
    )
    badge = Badge.objects.get()
    assert (badge.basis, badge.trust) == (Basis.DOCUMENT, Trust.STATED)
    job = brought(ada, credly, fetch, clock)
    assert states(job) == {"already": 1}
    assert "platform says so" in job.items.exclude(parent=None).get().reason
    badge.refresh_from_db()
    assert (badge.basis, badge.trust) == (Basis.PLATFORM, Trust.EXPORT)
    assert badge.stated_by == "Credly"


# --- Hosts that an administrator takes off the list


@pytest.mark.parametrize(
    ("reader", "answers"),
    [
        ("open_badge_factory", {"path": "/v1/assertion/" + "0" * 40}),
        ("open_badge_passport", {"user": "1"}),
        ("open_badge_passport", {"badge": "1"}),
    ],
)
def test_a_host_that_was_taken_off_the_list_is_not_asked(
    reader: str, answers: dict[str, str]
) -> None:
    kind = type(sources.readers()[reader])
    with pytest.raises(Nothing, match=r"does not read badges from school\.example any more"):
        list(kind().find({"host": "school.example", **answers}, fetch=nobody_answers))


# --- By command


def test_the_command_stays_until_all_is_done(
    ada: User, credly: Credly, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One turn is not always the last one: a worker may have had it, or time ran out."""
    settings.FETCH_ALLOW, settings.IMPORT_WIDTH = credly.allow.split(","), 1
    monkeypatch.setattr(importing, "SLICE", 0.1)
    credly.mode, credly.delay = Mode.SLOW, 0.1
    credly.badges = credly.badges[:2]
    own = [f"{credly.url}/api/v1/obi/v2/badge_assertions/{one.id}" for one in credly.badges]
    out = StringIO()
    call_command("import_badges", "--owner", ada.email, *own, stdout=out)
    assert [line.split()[0] for line in out.getvalue().splitlines()] == ["added"] * 2
