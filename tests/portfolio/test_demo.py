"""The demo: every badge in the state that it is there to show, told once and then left alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from badges import documents, fetch
from badges.models import Badge, ImportItem
from badges.services import verification
from portfolio.models import Page, ShareLink, Transcript
from portfolio.services import pages, sharing
from portfolio.services.demo import drawing, story
from portfolio.services.demo.arts import ARTS
from portfolio.services.demo.catalogue import AWARDS, ISSUERS, Form
from portfolio.services.demo.memory import Memory
from portfolio.services.demo.script import PAGES

pytestmark = pytest.mark.django_db

VALID = ("valid", "signed", "owner")
HOSTED = ("valid", "hosted", "owner")
STATES = dict.fromkeys(AWARDS, VALID) | {
    "hours": HOSTED,
    "species": HOSTED,
    "firstaid": HOSTED,
    "agile": ("valid", "signed", "other"),
    "dashboard": ("revoked", "signed", "owner"),
    "german": ("expired", "signed", "owner"),
    "camp": ("unknown", "none", "owner"),
    "datanight": ("unsigned", "stated", "owner"),
}


@dataclass(frozen=True, slots=True)
class Told:
    folder: Path
    story: story.Story

    def badge(self, slug: str) -> Badge:
        return Badge.objects.get(name=AWARDS[slug].name)


@pytest.fixture(scope="module")
def told(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Told]:
    """The demo, told once for all these tests in a folder of its own, and rolled back."""
    var = tmp_path_factory.mktemp("demo")
    media = {
        "BACKEND": "config.storage.DurableFileSystemStorage",
        "OPTIONS": {"location": str(var), "base_url": None},
    }
    storages = {**site.STORAGES, "default": media}
    folder = var / "demo"
    with (
        override_settings(STORAGES=storages, VAR=var, DEMO_DOCUMENTS=str(folder / "documents")),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        made = story.tell(folder=folder, now=timezone.now(), clock=timezone.now)
        yield Told(folder, made)
        transaction.set_rollback(True)


def rows() -> dict[str, list[object]]:
    """Every row of every table of ours, by its key."""
    names = ("accounts", "badges", "portfolio", "account")
    models = [model for name in names for model in apps.get_app_config(name).get_models()]
    return {m._meta.label: sorted(m._default_manager.values_list("pk", flat=True)) for m in models}


def files(folder: Path) -> dict[str, tuple[int, int]]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in found}


# --- badges


@pytest.mark.parametrize("slug", AWARDS)
def test_a_badge_is_in_the_state_that_it_is_there_to_show(told: Told, slug: str) -> None:
    badge = told.badge(slug)
    assert (badge.result, badge.trust, badge.recipient) == STATES[slug]
    assert badge.issuer is not None
    assert badge.issuer.name == ISSUERS[AWARDS[slug].issuer].name
    assert badge.criteria_text == AWARDS[slug].criteria
    assert badge.picture is not None
    assert (badge.picture.width, badge.picture.height) == (320, 320)
    assert badge.original is not None
    carried = {Form.PNG: "png", Form.SVG: "svg", Form.LINK: "json", Form.JSON: "json"}
    assert badge.format == carried.get(AWARDS[slug].form, "jwt")
    assert set(AWARDS[slug].skills) <= set(badge.skills.values_list("name", flat=True))


def test_nothing_is_amiss_with_any_badge_but_what_it_is_there_to_show(told: Told) -> None:
    wrong = {
        (slug, found["check"])
        for slug in AWARDS
        for found in told.badge(slug).verifications.get().findings
        if found["outcome"] not in {"passed", "not_applicable"}
    }
    assert wrong == {
        ("agile", "recipient"),
        ("dashboard", "status"),
        ("german", "period"),
        ("datanight", "issuer"),
        *(("camp", check) for check in ("signature", "issuer", "status")),
    }


def test_one_badge_ends_within_sixty_days(told: Told) -> None:
    now = timezone.now()
    soon = Badge.objects.filter(expires_at__gt=now, expires_at__lt=now + timedelta(days=60))
    assert soon.get() == told.badge("firstaid")


def test_the_badges_came_through_the_import_box(told: Told) -> None:
    items = ImportItem.objects.filter(job__owner__email=told.story.email)
    assert {item.state for item in items} == {ImportItem.State.ADDED}
    assert len(items) == len(AWARDS)


def test_checking_again_needs_no_internet_and_finds_the_same(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: pytest.fail("asked a name server"))
    verification.request_check(badges=Badge.objects.all(), now=timezone.now())
    with fetch.session() as get:
        assert verification.run_due(fetch=get, clock=timezone.now) == len(STATES)
    for slug, state in STATES.items():
        badge = told.badge(slug)
        assert (badge.result, badge.trust, badge.recipient) == state
    assert told.badge("statistics").verifications.count() == 2


def test_every_address_of_the_issuers_is_one_that_nobody_can_own(told: Told) -> None:
    index = json.loads((told.folder / "documents" / documents.INDEX).read_text())
    hosts = {url.split("/")[2] for url in index}
    assert len(hosts) > 8
    assert all(host.endswith(".example") for host in hosts)


@pytest.mark.parametrize("slug", ARTS)
def test_a_drawing_holds_nothing_but_shapes(slug: str) -> None:
    drawn = drawing.svg(ARTS[slug])
    assert not any(word in drawn for word in (b"<text", b"<script", b"href", b"<style", b"<image"))
    assert len(drawn) < 30_000
    assert drawing.png(drawn, 64).startswith(b"\x89PNG")


# --- pages, links, the document


def test_one_page_has_a_badge_that_has_lost_its_validity(told: Told) -> None:
    data, beyond = (Page.objects.get(title=one.title) for one in PAGES)
    view = pages.build(page=data, now=timezone.now())
    assert (view.total, view.verified) == (8, 7)
    assert [entry.name for entry in view.entries if entry.lost] == [AWARDS["dashboard"].name]
    assert sum(bool(entry.note) for entry in view.entries) >= 5
    assert pages.build(page=beyond, now=timezone.now()).verified == 5


def test_the_links_open_what_they_promise(told: Told) -> None:
    free, locked, withdrawn = told.story.links
    assert [link.state for link in told.story.links] == ["open", "open", "withdrawn"]
    page = Client().get(free.url)
    assert page.status_code == 200
    assert "Certified Junior Data Analyst" in page.content.decode()
    assert "Species Count Coordinator" not in Client().get(locked.url).content.decode()
    assert Client().get(withdrawn.url).status_code == 404
    link = sharing.resolve(token=locked.url.rstrip("/").split("/")[-1], now=timezone.now())
    assert link.ends_at is not None
    opened = sharing.unlock(
        link=link, password=locked.password, address="192.0.2.1", now=timezone.now()
    )
    assert sharing.is_open(link=link, grant=opened)


def test_the_learner_can_log_in_and_has_two_confirmed_addresses(told: Told) -> None:
    visitor = Client()
    answer = visitor.post(
        "/accounts/login/", {"login": told.story.email, "password": told.story.password}
    )
    assert answer.status_code == 302
    backpack = visitor.get("/badges/").content.decode()
    assert all(award.name in backpack for award in AWARDS.values())
    addresses = visitor.get("/accounts/email/").content.decode()
    assert story.ADDRESSES["school"] in addresses
    assert story.ADDRESSES["old"] not in addresses


def test_the_document_is_rendered(told: Told) -> None:
    row = Transcript.objects.get()
    assert told.story.trouble == ""
    assert row.is_ready
    assert row.code_shown == told.story.document
    with row.file.open("rb") as file:
        assert file.read(5) == b"%PDF-"


def test_nothing_is_left_lying_about(told: Told) -> None:
    out = StringIO()
    call_command("fsck", stdout=out)
    assert out.getvalue() == "No faults.\n"


# --- a second time


def test_telling_it_twice_changes_nothing(told: Told) -> None:
    before, kept = rows(), files(told.folder.parent)
    again = story.tell(folder=told.folder, now=timezone.now(), clock=timezone.now)
    assert again == replace(told.story, made=False)
    assert rows() == before
    assert files(told.folder.parent) == kept


def test_what_a_visitor_threw_away_stays_away(told: Told) -> None:
    told.badge("camp").delete()
    ShareLink.objects.filter(label=told.story.links[0].label).delete()
    again = story.tell(folder=told.folder, now=timezone.now(), clock=timezone.now)
    assert again.badges == len(AWARDS) - 1
    assert len(again.links) == 2


def test_an_interrupted_story_goes_on_where_it_stopped(told: Told) -> None:
    file = told.folder.with_suffix(".json")
    memory = Memory.load(file)
    assert memory is not None
    Page.objects.get(title=PAGES[1].title).delete()
    before = rows()["badges.Badge"]
    try:
        replace(memory, told=False).save(file)
        again = story.tell(folder=told.folder, now=timezone.now(), clock=timezone.now)
        assert Memory.load(file) == memory
    finally:
        memory.save(file)
    assert (again.made, again.pages, len(again.links)) == (True, 2, 3)
    assert again.links[0] == told.story.links[0]
    assert rows()["badges.Badge"] == before


def test_lost_documents_are_written_again_as_they_were(told: Told) -> None:
    index = told.folder / "documents" / documents.INDEX
    before = index.read_bytes()
    index.unlink()
    story.tell(folder=told.folder, now=timezone.now(), clock=timezone.now)
    assert index.read_bytes() == before


def test_a_lost_memory_is_said_instead_of_guessed(told: Told, tmp_path: Path) -> None:
    with pytest.raises(story.Stuck, match=r"demo\.json.*is gone"):
        story.tell(folder=tmp_path / "demo", now=timezone.now(), clock=timezone.now)


# --- the command


def test_the_command_prints_what_a_newcomer_needs(told: Told) -> None:
    out = StringIO()
    call_command("demo", stdout=out)
    said = out.getvalue()
    assert told.story.email in said
    assert told.story.password in said
    assert all(link.url in said for link in told.story.links)
    assert "createsuperuser" in said


def test_the_command_prints_json_for_scripts(told: Told) -> None:
    out = StringIO()
    call_command("demo", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert said["password"] == told.story.password
    assert said["login"].endswith("/accounts/login/")
    assert [link["url"] for link in said["links"]] == [link.url for link in told.story.links]


def test_a_site_that_others_can_reach_gets_no_demo_by_accident(settings: Settings) -> None:
    settings.LOCAL, settings.SITE_URL = False, "https://badges.example.org"
    with pytest.raises(CommandError, match="--force"):
        call_command("demo")


def test_the_memory_is_for_its_owner_alone_and_differs_between_installs(tmp_path: Path) -> None:
    one, other = (Memory.new(timezone.now()) for _ in range(2))
    file = tmp_path / "demo.json"
    one.save(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert Memory.load(file) == one
    assert one.password != other.password
    assert (
        one.key_of("openloom").private_bytes_raw() != other.key_of("openloom").private_bytes_raw()
    )
