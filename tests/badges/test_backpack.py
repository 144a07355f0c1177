"""The backpack, a badge's page and the import box, for their owner and for everybody else."""

import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from badges.models import Badge, ImportItem, ImportJob, Recipient, Result, Skill, Trust, Work
from badges.services import imports, originals, search
from tests.factories import make_badge, make_issuer, make_user

pytestmark = pytest.mark.django_db
HOME = "/badges/"


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org")


@pytest.fixture
def charlie() -> User:
    return make_user("charlie@example.org")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def pages_of(badge: Badge, job: ImportJob) -> list[tuple[str, str]]:
    """Each address that names something of somebody's, with its method."""
    return [
        ("get", reverse("badges:badge-detail", args=[badge.pk])),
        ("get", reverse("badges:badge-original", args=[badge.pk])),
        ("post", reverse("badges:badge-check", args=[badge.pk])),
        ("post", reverse("badges:badge-remove", args=[badge.pk])),
        ("get", reverse("badges:import-detail", args=[job.pk])),
        ("get", reverse("badges:import-progress", args=[job.pk])),
        ("post", reverse("badges:import-retry", args=[job.pk])),
    ]


def test_strangers_find_nothing_and_visitors_are_asked_in(alice: User, charlie: User) -> None:
    badge = make_badge(alice)
    job = ImportJob.objects.create(owner=alice)
    for method, url in pages_of(badge, job):
        assert getattr(signed_in(charlie), method)(url).status_code == 404, url
        assert getattr(Client(), method)(url).status_code == 302, url
        wrong = "get" if method == "post" else "post"
        assert getattr(signed_in(alice), wrong)(url).status_code == 405, url
    assert Badge.objects.filter(pk=badge.pk).exists()


def test_a_missing_badge_is_missing(alice: User) -> None:
    url = reverse("badges:badge-detail", args=[uuid4()])
    assert signed_in(alice).get(url).status_code == 404
    assert signed_in(alice).get("/badges/not-an-id/").status_code == 404


def test_an_empty_backpack_offers_a_way_in(alice: User) -> None:
    assert "Paste a link" in signed_in(alice).get(HOME).content.decode()


def names(client: Client, query: str) -> list[str]:
    response = client.get(HOME + query)
    assert response.status_code == 200
    return sorted(badge.name for badge in response.context["page"])


def test_search_and_filters_narrow(alice: User, charlie: User) -> None:
    now = timezone.now()
    knots = make_badge(alice, name="Knots", issuer=make_issuer("Harbour College"))
    make_badge(alice, name="Statistics", issuer=make_issuer("City Lab"), result=Result.REVOKED)
    make_badge(alice, name="First aid", expires_at=now - timedelta(days=1))
    make_badge(charlie, name="Knots of another")
    skill = Skill.objects.create(key="k", name="Splicing")
    knots.skills.add(skill)
    client = signed_in(alice)
    assert names(client, "") == ["First aid", "Knots", "Statistics"]
    assert names(client, "?q=knot") == ["Knots"]
    assert names(client, "?q=splic") == ["Knots"]
    assert names(client, "?q=city+stat") == ["Statistics"]
    assert names(client, "?state=revoked") == ["Statistics"]
    assert names(client, "?state=expired") == ["First aid"]
    assert names(client, "?state=valid") == ["Knots"]
    assert names(client, "?state=expiring") == []
    Badge.objects.filter(pk=knots.pk).update(expires_at=now + timedelta(days=80))
    assert names(client, "?state=expiring") == ["Knots"]
    assert names(client, f"?issuer={make_issuer('City Lab').pk}") == ["Statistics"]
    assert names(client, f"?skill={skill.pk}") == ["Knots"]
    assert names(client, "?issuer=nonsense&state=nonsense&page=nonsense&view=list%00") != []
    assert names(client, "?q=%00") == ["First aid", "Knots", "Statistics"]


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_queries_do_not_grow_with_badges(alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    client = signed_in(alice)
    for number in range(10):
        make_badge(alice, name=f"Badge {number}", issuer=make_issuer(f"Issuer {number}"))
    search.sweep()  # reading what is new is what the first search does beside
    few = queries(client, HOME), queries(client, HOME + "?view=list&q=badge")
    for number in range(490):
        make_badge(alice, issuer=make_issuer(f"Issuer {number % 40}"))
    search.sweep()
    many = queries(client, HOME), queries(client, HOME + "?view=list&q=badge")
    with capsys.disabled():
        sys.stdout.write(f"\nbackpack: {few[0]} queries for 10 badges, {many[0]} for 500\n")
    assert few == many


def test_a_badge_says_what_was_checked_and_when(alice: User) -> None:
    badge = make_badge(alice, name="Knots & <b>splices</b>")
    html = signed_in(alice).get(reverse("badges:badge-detail", args=[badge.pk])).content.decode()
    assert "Knots &amp; &lt;b&gt;splices&lt;/b&gt;" in html
    assert "Is it genuine and unchanged?" in html
    assert "Signature checked" in html
    assert "Do the work and show it." in html


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"result": Result.REVOKED}, "on your pages, and says so"),
        ({"result": Result.UNKNOWN, "unknown_since": timezone.now()}, "could not be checked since"),
        ({"recipient": Recipient.OTHER}, "you have not confirmed here"),
        ({"criteria_text": ""}, "gave no criteria"),
        ({"result": Result.UNSIGNED, "trust": Trust.STATED}, "Stated by the learner"),
    ],
)
def test_a_badge_with_trouble_says_so(alice: User, fields: dict[str, object], words: str) -> None:
    badge = make_badge(alice, **fields)
    html = signed_in(alice).get(reverse("badges:badge-detail", args=[badge.pk])).content.decode()
    assert words in html


def test_check_again_makes_the_badge_due(alice: User) -> None:
    badge = make_badge(alice, document=b"{}")
    client = signed_in(alice)
    url = reverse("badges:badge-check", args=[badge.pk])
    assert client.post(url).status_code == 302
    badge.refresh_from_db()
    assert badge.is_being_checked(timezone.now())
    part = client.post(url, headers={"HX-Request": "true"}).content.decode()
    assert "Being checked" in part
    assert "<html" not in part


def test_removing_takes_the_badge_away(alice: User) -> None:
    badge = make_badge(alice)
    assert signed_in(alice).post(reverse("badges:badge-remove", args=[badge.pk])).status_code == 302
    assert not Badge.objects.owned_by(alice).exists()


def test_the_original_comes_back_byte_for_byte(alice: User) -> None:
    data = b'{"a":  1}\r\n'
    kept = originals.keep(owner=alice, data=data, name="a.json", now=timezone.now())
    badge = make_badge(alice, original=kept, name='../../"evil"\r\nname')
    response = signed_in(alice).get(reverse("badges:badge-original", args=[badge.pk]))
    assert b"".join(response.streaming_content) == data  # type: ignore[attr-defined]
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == 'attachment; filename="evil-name.json"'


def test_the_box_takes_files_and_text(alice: User) -> None:
    client = signed_in(alice)
    file = SimpleUploadedFile("badge.json", b"{}")
    response = client.post("/badges/import/", {"file": [file], "text": "https://a.test/1"})
    job = ImportJob.objects.get()
    assert response["Location"] == reverse("badges:import-detail", args=[job.pk])
    assert list(job.items.values_list("kind", "label")) == [
        ("file", "badge.json"),
        ("url", "https://a.test/1"),
    ]
    page = client.get(response["Location"]).content.decode()
    assert "0 of 2 looked at" in page


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Choose a file"), ("   ", "Choose a file"), ("https://a.test/ " * 201, "at most 200")],
)
def test_the_box_says_what_it_wants(alice: User, text: str, words: str) -> None:
    response = signed_in(alice).post("/badges/import/", {"text": text})
    assert response.status_code == 422
    assert words in response.content.decode()


def test_too_much_in_an_hour_is_told_when_to_go_on(alice: User) -> None:
    client = signed_in(alice)
    for _ in range(5):
        client.post("/badges/import/", {"text": "https://a.test/ " * 200})
    response = client.post("/badges/import/", {"text": "https://a.test/"})
    assert response.status_code == 429
    assert "Go on at" in response.content.decode()


def test_a_finished_import_shows_each_reason(alice: User) -> None:
    now = timezone.now()
    job = imports.start(user=alice, uploads=[], text="nonsense", now=now)
    item = ImportItem.objects.get()
    assert item.state == ImportItem.State.REFUSED
    ImportJob.objects.update(state=Work.State.DONE)
    page = signed_in(alice).get(reverse("badges:import-detail", args=[job.pk])).content.decode()
    assert "no link, no badge" in page


def test_nobody_writes_without_a_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    badge = make_badge(alice)
    assert client.post(reverse("badges:badge-remove", args=[badge.pk])).status_code == 403
    assert client.post("/badges/import/", {"text": "https://a.test/"}).status_code == 403
    assert Badge.objects.exists()
