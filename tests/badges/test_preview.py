"""The preview: every row in one group, ticks that make sense, and a page that polls little."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.http import AFTER_CONFIRMING
from accounts.models import User
from badges.models import Badge, Basis, ImportItem, ImportJob, Recipient, Result, Trust, Work
from badges.services import preview, tally, trust
from tests.factories import make_badge, make_user
from tests.people import sign_in

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
State = ImportItem.State
CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "new"),
    ({"recipient": Recipient.UNNAMED, "result": Result.UNSIGNED}, "new"),
    ({"recipient": Recipient.OTHER}, "other"),
    ({"result": Result.UNKNOWN}, "unchecked"),
    ({"expires_at": NOW - timedelta(days=1)}, "expired"),
    ({"result": Result.REVOKED, "recipient": Recipient.OTHER}, "revoked"),
    ({"result": Result.INVALID}, "invalid"),
    ({"expires_at": NOW - timedelta(days=1), "recipient": Recipient.OTHER}, "other"),
]


def job_of(owner: User, *badges: Badge, **fields: Any) -> ImportJob:
    """An import that has found these, and is over unless `fields` say otherwise."""
    job = ImportJob.objects.create(owner=owner, **({"state": Work.State.DONE} | fields))
    for position, badge in enumerate(badges):
        ImportItem.objects.create(
            job=job, position=position, kind="found", label=badge.name, badge=badge,
            state=State.OFFERED,
        )  # fmt: skip
    return job


def offered(owner: User, **fields: Any) -> Badge:
    return make_badge(owner, **({"added_at": None} | fields))


@pytest.mark.parametrize(("fields", "key"), CASES)
def test_a_row_stands_in_the_group_of_what_is_first_to_know(
    ada: User, fields: dict[str, Any], key: str
) -> None:
    job = job_of(ada, offered(ada, **fields))
    (group,) = preview.groups(job.items.select_related("badge"), NOW)
    assert group.key == key
    assert group.ticked == (key in {"new", "unchecked", "expired"})


def test_numbers_come_with_the_place_of_their_rows_and_none_is_nought(ada: User) -> None:
    job = job_of(ada, offered(ada), offered(ada, recipient=Recipient.OTHER))
    groups = preview.groups(job.items.select_related("badge"), NOW)
    facts = preview.facts(tally.of(job), groups)
    assert [(fact.words, fact.place) for fact in facts] == [
        ("1 new", "new"),
        ("1 for another address", "other"),
    ]


def page(user: User, job: ImportJob, name: str = "detail", **asked: str) -> Any:
    return sign_in(user).get(reverse(f"badges:import-{name}", args=[job.pk]), asked)


def test_a_page_with_rows_to_choose_from_polls_its_live_part_alone(ada: User) -> None:
    later = NOW + timedelta(hours=1)
    waits = {"state": Work.State.QUEUED, "run_after": later}
    job = job_of(ada, offered(ada), offered(ada), **waits)
    answer = page(ada, job, "progress", stage="waiting", shown="1")
    assert "HX-Retarget" not in answer
    assert b"<form" not in answer.content
    assert b"Show 1 more" in answer.content


def test_what_ends_without_rows_on_show_comes_as_a_whole(ada: User) -> None:
    answer = page(ada, job_of(ada, offered(ada)), "progress", stage="working", shown="0")
    assert answer["HX-Retarget"] == "#import"
    assert b'name="item"' in answer.content


def test_polling_ends_with_the_work(ada: User) -> None:
    answer = page(ada, job_of(ada, offered(ada)), "progress", stage="waiting", shown="1")
    assert answer.status_code == 286


def test_nonsense_in_what_is_asked_does_no_harm(ada: User) -> None:
    job = job_of(ada, offered(ada))
    for shown in ("-1", "x", "9" * 40, "٣"):
        assert page(ada, job, "progress", stage="?", shown=shown).status_code in {200, 286}


def test_an_address_to_confirm_leads_back_to_the_import(ada: User) -> None:
    job = job_of(ada, offered(ada, recipient=Recipient.OTHER))
    browser = sign_in(ada)
    answer = browser.post(reverse("badges:import-address", args=[job.pk]))
    assert answer["Location"] == reverse("account_email")
    assert browser.session[AFTER_CONFIRMING] == reverse("badges:import-detail", args=[job.pk])


@pytest.mark.parametrize("name", ["detail", "progress", "address", "accept", "retry", "stop"])
def test_an_import_is_its_owners_alone(ada: User, name: str) -> None:
    job = job_of(ada, offered(ada))
    path = reverse(f"badges:import-{name}", args=[job.pk])
    stranger = sign_in(make_user("charlie@example.org"))
    ask = stranger.get if name in {"detail", "progress"} else stranger.post
    assert ask(path).status_code == 404
    assert Client().get(path).status_code in {302, 405}


def test_queries_do_not_grow_with_rows(ada: User, django_assert_max_num_queries: Any) -> None:
    browser = sign_in(ada)
    few = job_of(ada, offered(ada))
    many = job_of(ada, *(offered(ada) for _ in range(30)))
    counts = []
    for job in (few, many):
        with django_assert_max_num_queries(40) as seen:
            browser.get(reverse("badges:import-detail", args=[job.pk]))
        counts.append(len(seen.captured_queries))
    assert counts[0] == counts[1]


def test_an_offered_badge_is_due_once_its_owners_addresses_change(ada: User) -> None:
    badge = offered(ada, next_check_at=NOW - timedelta(days=1), checked_at=NOW, document=b"{}")
    assert not Badge.objects.due(NOW).filter(pk=badge.pk).exists()
    User.objects.filter(pk=ada.pk).update(addresses_changed_at=NOW + timedelta(seconds=1))
    assert Badge.objects.due(NOW).filter(pk=badge.pk).exists()


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        (Basis.EXPORT, "Stated by LinkedIn’s export"),
        (Basis.PLATFORM, "LinkedIn’s site says so, seen on 3 November 2026"),
        (Basis.PAGE, "LinkedIn’s page names this course, seen on 3 November 2026"),
    ],
)
def test_a_statement_says_whose_it_is(ada: User, basis: Basis, words: str) -> None:
    badge = make_badge(
        ada, trust=Trust.EXPORT, basis=basis, stated_by="LinkedIn",
        seen_at=datetime(2026, 11, 3, tzinfo=UTC), result=Result.UNSIGNED,
    )  # fmt: skip
    assert trust.words(badge) == words
    assert trust.mark(badge, NOW) == ("stated", "Stated by LinkedIn")


def test_a_badge_that_is_listed_no_more_asks_for_attention(ada: User) -> None:
    make_badge(ada, unlisted_at=NOW)
    browser = sign_in(ada)
    assert "no longer listed where it came from" in browser.get("/badges/").content.decode()
    assert "1 badge fits" in browser.get("/badges/?state=unlisted").content.decode()


@pytest.mark.parametrize("state", [State.OFFERED, State.ALREADY])
def test_what_rows_share_is_drawn_once_however_many_there_are(ada: User, state: State) -> None:
    """Seven hundred rows with six templates each took seconds."""
    drawn = []
    for count in (2, 12):
        job = job_of(ada, *(offered(ada) for _ in range(count)))
        job.items.update(state=state)
        answer = page(ada, job)
        assert answer.content.count(b'class="badge-row') == count
        drawn.append(len(answer.templates))
    assert drawn[0] == drawn[1]


def test_rows_that_differ_are_not_drawn_alike(ada: User) -> None:
    trusts = [Trust.SIGNED, Trust.HOSTED]
    badges = [offered(ada, trust=one, host=f"{one}.example") for one in trusts]
    said = page(ada, job_of(ada, *badges)).content.decode()
    assert "Signature checked" in said
    assert "Checked with hosted.example" in said
    days = [offered(ada, issued_at=datetime(2026, month, 3, tzinfo=UTC)) for month in (4, 5)]
    said = page(ada, job_of(ada, *days)).content.decode()
    assert "3 Apr 2026" in said
    assert "3 May 2026" in said
