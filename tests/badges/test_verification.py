"""Checks over time: due, claimed once, written down, told when the answer changes."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Notification, User
from badges.models import Badge, HostState, Recipient, Result, Trust, Verification
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched, offline
from badges.services import consistency, importing, imports, verification
from portfolio.services import sharing
from tests.badges.conftest import NOW, Clock
from tests.badges.documents import HOST, assertion, fetched, hosted
from tests.badges.test_imports import as_json, nobody_answers, upload
from tests.credentials import Signer
from tests.factories import make_badge, make_page, make_user

pytestmark = pytest.mark.django_db


def bring(user: User, fetch: Fetch, number: int = 1) -> Badge:
    """A hosted badge, imported while its issuer answers as `fetch` does."""
    files = [upload(as_json(assertion(number)))]
    job = imports.start(user=user, uploads=files, text="", now=NOW, adds=True)
    importing.run_import(job_id=job.pk, fetch=fetch, clock=Clock())
    Notification.objects.all().delete()
    badge = job.items.get().badge
    assert badge is not None
    return badge


def later(days: float) -> Clock:
    clock = Clock()
    clock.now = NOW + timedelta(days=days)
    return clock


GOOD = offline(hosted(assertion(1)))


def revoking() -> Fetch:
    answers = hosted(assertion(1))
    url = f"{HOST}/assertions/1"
    body = {"id": url, "revoked": True, "revocationReason": "Issued in error"}
    return offline(answers | {url: fetched(url, body, status=410)})


def test_a_valid_badge_is_next_checked_in_a_week(ada: User) -> None:
    badge = bring(ada, GOOD)
    assert badge.next_check_at is not None
    wait = badge.next_check_at - NOW
    assert timedelta(days=7) <= wait <= timedelta(days=7, hours=1)
    assert verification.run_due(fetch=GOOD, clock=later(6.9)) == 0
    assert verification.run_due(fetch=GOOD, clock=later(7.1)) == 1
    assert badge.verifications.count() == 2


def waits(badge: Badge, fetch: Fetch, days: float) -> list[float]:
    """How many days it was left alone each time, when asked whenever it was due."""
    Badge.objects.update(created_at=NOW)
    clock, found = Clock(), []
    while clock.now < NOW + timedelta(days=days):
        badge.refresh_from_db()
        assert badge.next_check_at is not None
        found.append((badge.next_check_at - clock.now) / timedelta(days=1))
        clock.now = badge.next_check_at
        assert verification.run_due(fetch=fetch, clock=clock) == 1
    return found


def test_a_badge_that_never_changes_is_asked_less_and_less(ada: User) -> None:
    found = waits(bring(ada, GOOD), GOOD, 400)
    assert all(7 <= wait <= 7.1 for wait in found[:8])
    assert sorted(found) == found
    assert all(28 <= wait <= 28.1 for wait in found[-4:])


def test_after_a_change_it_is_asked_weekly_again(ada: User) -> None:
    badge = bring(ada, GOOD)
    waits(badge, GOOD, 300)
    Verification.objects.filter(pk=badge.verifications.latest("checked_at").pk).update(
        result=Result.REVOKED
    )
    again = later(350)
    verification.run_due(fetch=GOOD, clock=again)
    badge.refresh_from_db()
    assert badge.next_check_at is not None
    assert timedelta(days=7) <= badge.next_check_at - again.now <= timedelta(days=7, hours=1)


def test_a_badge_that_is_about_to_end_is_asked_sooner_and_at_its_end(ada: User) -> None:
    end = NOW + timedelta(days=10)
    ending = assertion(1, expires=end.isoformat())
    fetch = offline(hosted(ending))
    badge = make_badge(ada, document=as_json(ending), next_check_at=NOW, expires_at=end)
    assert verification.run_due(fetch=fetch, clock=Clock()) == 1
    found = waits(badge, fetch, 9.99)
    assert found[0] < 5.1
    assert found[1] < 2.6
    assert all(wait < 1.3 for wait in found[2:])
    assert sum(found) == pytest.approx(10)


def test_a_badge_that_has_ended_may_be_renewed_soon_or_never(ada: User) -> None:
    end = NOW - timedelta(hours=1)
    ended = assertion(1, expires=end.isoformat())
    fetch = offline(hosted(ended))
    badge = make_badge(ada, document=as_json(ended), next_check_at=NOW, expires_at=end)
    assert verification.run_due(fetch=fetch, clock=Clock()) == 1
    found = waits(badge, fetch, 200)
    assert found[0] < 1.1
    assert sorted(found) == found
    assert 30 <= found[-1] <= 30.1


def test_a_badge_that_begins_is_asked_that_day(ada: User) -> None:
    begins = NOW + timedelta(days=3)
    document = Signer().file(1, email=ada.email, validFrom=begins.isoformat())
    badge = make_badge(ada, document=document, next_check_at=NOW)
    assert verification.run_due(fetch=nobody_answers, clock=Clock()) == 1
    badge.refresh_from_db()
    assert (badge.result, badge.next_check_at) == (Result.NOT_YET_VALID, begins)
    assert verification.run_due(fetch=nobody_answers, clock=later(3.01)) == 1
    badge.refresh_from_db()
    assert badge.result == Result.VALID


def test_a_silent_issuer_is_asked_hourly_at_first_and_weekly_in_the_end(ada: User) -> None:
    badge = bring(ada, GOOD)
    verification.run_due(fetch=nobody_answers, clock=later(8))
    badge.refresh_from_db()
    assert badge.next_check_at is not None
    assert badge.next_check_at - later(8).now <= timedelta(hours=2)
    for days in (9, 10, 20, 40):
        HostState.objects.all().delete()
        verification.run_due(fetch=nobody_answers, clock=later(days))
    badge.refresh_from_db()
    assert timedelta(days=7) <= badge.next_check_at - later(40).now <= timedelta(days=7, hours=1)
    assert badge.unknown_since == later(8).now


def test_the_end_of_a_badge_is_told_to_its_owner_once(ada: User) -> None:
    end = NOW + timedelta(days=3)
    ending = assertion(1, expires=end.isoformat())
    fetch = offline(hosted(ending))
    badge = make_badge(ada, document=as_json(ending), next_check_at=NOW, expires_at=end)
    for days in (0, 2, 3.01, 5, 40):
        verification.run_due(fetch=fetch, clock=later(days))
    badge.refresh_from_db()
    assert badge.result == Result.EXPIRED
    told = [n.text for n in Notification.objects.filter(kind="badge.state_changed")]
    assert told == ["Knots and splices was “Valid” and is now “Expired”."]
    assert badge.history.filter(kind="state").count() == 1


def test_a_revocation_is_found_told_and_on_the_record(ada: User) -> None:
    badge = bring(ada, GOOD)
    verification.run_due(fetch=revoking(), clock=later(8))
    badge.refresh_from_db()
    assert badge.result == Result.REVOKED
    assert badge.name == "Knots and splices"
    note = Notification.objects.get()
    assert note.text == "Knots and splices was “Valid” and is now “Revoked”."
    event = AuditEvent.objects.get(action="badge.state_changed")
    assert event.detail == {"before": "valid", "after": "revoked"}


def test_a_silent_issuer_is_unknown_since_and_the_copy_stays(ada: User) -> None:
    badge = bring(ada, GOOD)
    for days in (8, 8.2, 12):
        verification.run_due(fetch=nobody_answers, clock=later(days))
    badge.refresh_from_db()
    assert badge.result == Result.UNKNOWN
    assert badge.unknown_since == NOW + timedelta(days=8)
    assert badge.name == "Knots and splices"
    assert badge.issuer is not None
    assert Notification.objects.count() == 1
    verification.run_due(fetch=GOOD, clock=later(14))
    badge.refresh_from_db()
    assert badge.result == Result.VALID
    assert badge.unknown_since is None
    assert list(consistency.faults()) == []


def test_nothing_changed_means_nothing_is_told(ada: User) -> None:
    bring(ada, GOOD)
    verification.run_due(fetch=GOOD, clock=later(8))
    assert not Notification.objects.exists()


def test_a_newly_confirmed_address_makes_the_badge_due(ada: User) -> None:
    other = make_user("other@example.org")
    badge = bring(other, GOOD)
    assert badge.recipient == Recipient.OTHER
    EmailAddress.objects.filter(user=ada).update(user=other, primary=False)
    other.addresses_changed_at = NOW + timedelta(hours=1)
    other.save()
    assert verification.run_due(fetch=GOOD, clock=later(0.1)) == 1
    badge.refresh_from_db()
    assert badge.recipient == Recipient.OWNER
    assert verification.run_due(fetch=GOOD, clock=later(0.2)) == 0


def test_asking_twice_checks_once(ada: User) -> None:
    badge = bring(ada, GOOD)
    mine = Badge.objects.owned_by(ada)
    assert verification.request_check(badges=mine, now=NOW) == 1
    assert verification.request_check(badges=mine, now=NOW) == 0
    assert verification.run_due(fetch=GOOD, clock=Clock()) == 1
    assert verification.run_due(fetch=GOOD, clock=Clock()) == 0
    assert badge.verifications.count() == 2


def test_a_badge_without_a_document_is_never_due(ada: User) -> None:
    make_badge(ada, trust=Trust.STATED, result=Result.UNSIGNED)
    assert verification.request_check(badges=Badge.objects.all(), now=NOW) == 0


def test_two_workers_do_not_check_the_same_badge(ada: User) -> None:
    badge = bring(ada, GOOD)
    verification.request_check(badges=Badge.objects.all(), now=NOW)

    def meanwhile(
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        assert verification.run_due(fetch=GOOD, clock=Clock()) == 0
        return GOOD(url, accept=accept, max_bytes=max_bytes)

    assert verification.run_due(fetch=meanwhile, clock=Clock()) == 1
    assert badge.verifications.count() == 2


def test_a_damaged_document_is_told_and_stops_no_other(ada: User) -> None:
    bad = bring(ada, GOOD)
    Badge.objects.filter(pk=bad.pk).update(document=b"\xff" * 10)
    good = bring(make_user("b@example.org"), GOOD)
    verification.request_check(badges=Badge.objects.all(), now=NOW)
    assert verification.run_due(fetch=GOOD, clock=Clock()) == 2
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.result == Result.VALID
    assert bad.result == Result.UNREADABLE
    assert bad.name == "Knots and splices"


def test_a_date_that_has_passed_needs_no_check(ada: User) -> None:
    badge = make_badge(ada, expires_at=NOW + timedelta(days=1))
    assert badge.state(NOW) == Result.VALID
    assert badge.state(NOW + timedelta(days=2)) == Result.EXPIRED
    assert not badge.is_verified(NOW + timedelta(days=2))
    gone = make_badge(ada, expires_at=NOW, result=Result.REVOKED)
    assert gone.state(NOW) == Result.REVOKED


def test_each_check_is_a_row_that_stays(ada: User) -> None:
    badge = bring(ada, GOOD)
    verification.run_due(fetch=revoking(), clock=later(8))
    rows = list(Verification.objects.filter(badge=badge).values_list("result", flat=True))
    assert rows == ["revoked", "valid"]
    findings = badge.verifications.latest("checked_at").findings
    assert {f["check"] for f in findings} == {
        "readable",
        "signature",
        "issuer",
        "recipient",
        "period",
        "status",
        "schema",
    }


def test_an_endorsement_is_checked_for_itself_and_shown_to_readers(ada: User) -> None:
    partner = Signer("City Lab").endorsement(
        "urn:uuid:00000000-0000-4000-8000-000000000001", "We accept it for our first year."
    )
    data = Signer().file(1, email=ada.email, endorsement=[partner])
    job = imports.start(user=ada, uploads=[upload(data)], text="", now=NOW, adds=True)
    importing.run_import(job_id=job.pk, fetch=nobody_answers, clock=Clock())
    badge = Badge.objects.get()
    assert badge.result == Result.VALID
    (part,) = badge.verifications.get().parts
    assert (part["role"], part["issuer"], part["result"]) == ("endorsement", "City Lab", "valid")
    link = sharing.create(page=make_page(ada, badge), label="Acme", now=timezone.now())
    html = Client().get(f"/s/{sharing.token_of(link)}/badges/{badge.pk}/").content.decode()
    assert "What is inside" in html
    assert "City Lab" in html
    assert ada.email not in html
