"""A badge that is put aside for a time is not one that was taken back, wherever it is shown."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification, User
from badges.models import Badge, Inspection, Result
from badges.openbadges.fetching import Fetch, offline
from badges.services import inspections, verification
from portfolio.services import sharing
from tests.credentials import Signer
from tests.factories import make_badge, make_page, make_token

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCHOOL = Signer()
WORDS = "suspended this badge for the time being"
BOTH = [SCHOOL.status(7), SCHOOL.status(7, "suspension")]


def lists(*, revoked: bool = False, suspended: bool = False) -> Fetch:
    answers = (
        SCHOOL.status_list(*[7] * revoked),
        SCHOOL.status_list(*[7] * suspended, purpose="suspension"),
    )
    return offline({one.url: one for one in answers})


@pytest.fixture
def badge(ada: User) -> Badge:
    """A badge that its issuer has suspended, as the check found it."""
    document = SCHOOL.file(1, email=ada.email, credentialStatus=BOTH)
    badge = make_badge(ada, document=document, next_check_at=NOW)
    checked(badge, lists(suspended=True), NOW)
    return badge


def checked(badge: Badge, fetch: Fetch, now: datetime) -> None:
    verification.request_check(badges=Badge.objects.all(), now=now)
    assert verification.run_due(fetch=fetch, clock=lambda: now) == 1
    badge.refresh_from_db()


def test_it_comes_and_goes_and_its_owner_is_told_each_time(badge: Badge) -> None:
    assert badge.result == Result.SUSPENDED
    assert not badge.is_verified(NOW)
    day = timedelta(days=1)
    checked(badge, lists(), NOW + day)
    assert badge.result == Result.VALID
    checked(badge, lists(suspended=True, revoked=True), NOW + 2 * day)
    assert badge.result == Result.REVOKED
    told = [note.text for note in Notification.objects.order_by("pk")]
    states = ("Suspended", "Valid", "Revoked")
    assert len(told) == 3
    assert all(f"is now “{state}”" in text for text, state in zip(told, states, strict=True))


def test_it_is_asked_again_within_a_week(badge: Badge) -> None:
    assert badge.next_check_at is not None
    assert badge.next_check_at - NOW <= timedelta(days=7, hours=1)


def test_its_owner_sees_it_apart(badge: Badge, ada: User) -> None:
    client = Client()
    client.force_login(ada)
    page = client.get(reverse("badges:badge-detail", args=[badge.pk])).content.decode()
    assert WORDS in page
    assert "Suspended" in page
    assert "Revoked" not in page
    home = reverse("badges:backpack")
    everything = client.get(home).content.decode()
    assert "<strong>1</strong> is suspended" in everything
    assert "been revoked" not in everything
    assert badge.name in client.get(f"{home}?state=suspended").content.decode()
    assert badge.name not in client.get(f"{home}?state=revoked").content.decode()


def test_an_employer_sees_it_apart(badge: Badge, ada: User) -> None:
    link = sharing.create(page=make_page(ada, badge), label="Acme", now=timezone.now())
    path = f"/s/{sharing.token_of(link)}/"
    for address in (path, f"{path}badges/{badge.pk}/"):
        page = Client().get(address).content.decode()
        assert WORDS in page
        assert "has revoked" not in page
    assert "0 of 1 verified" in Client().get(path).content.decode()


def test_a_program_sees_it_apart(badge: Badge, ada: User) -> None:
    _token, key = make_token(ada, "badges:read")
    headers = {"Authorization": f"Bearer {key}"}
    (row,) = Client().get("/api/v1/badges/", headers=headers).json()["results"]
    assert row["state"] == "suspended"


@pytest.mark.parametrize(
    ("fetch", "title"),
    [
        (lists(suspended=True), "Suspended by its issuer"),
        (lists(suspended=True, revoked=True), "Taken back by its issuer"),
        (lists(), "Genuine, from whoever holds its key"),
    ],
)
def test_anybody_sees_it_apart(fetch: Fetch, title: str) -> None:
    document = SCHOOL.file(1, email="ada@example.org", credentialStatus=BOTH)
    token = inspections.start(
        file=document, name="x.json", text="", about="", address="192.0.2.1", now=timezone.now()
    )
    inspections.run(inspection_id=Inspection.objects.get().pk, fetch=fetch, clock=timezone.now)
    page = Client().get(f"/verify/{token}/").content.decode()
    assert f"<h1>{title}</h1>" in page
    report = Client().get(f"/verify/{token}/report.json").json()
    suspended = title.startswith("Suspended")
    assert report["suspended"] is suspended
    # The set of results is fixed: programs that know no better treat it as taken back.
    assert (report["result"] == "valid") is title.startswith("Genuine")
    assert report["result"] in {"valid", "revoked"}


def test_inside_a_record_it_is_told_apart(ada: User) -> None:
    child = SCHOOL.credential(1, email=ada.email, credentialStatus=BOTH)
    contexts = [child["@context"][0], "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"]
    record = SCHOOL.file(
        2, email=ada.email,
        **{"@context": [*contexts, child["@context"][1]]},
        type=["VerifiableCredential", "ClrCredential"],
        credentialSubject={
            "id": f"mailto:{ada.email}", "type": ["ClrSubject"], "verifiableCredential": [child],
        },
    )  # fmt: skip
    badge = make_badge(ada, document=record, next_check_at=NOW)
    checked(badge, lists(suspended=True), NOW)
    assert badge.result == Result.VALID
    (part,) = badge.verifications.all()[0].parts
    assert (part["result"], part["suspended"]) == ("revoked", True)
    client = Client()
    client.force_login(ada)
    page = client.get(reverse("badges:badge-detail", args=[badge.pk])).content.decode()
    assert "Suspended" in page
    assert "Revoked" not in page
