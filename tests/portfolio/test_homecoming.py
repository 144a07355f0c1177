"""The proof that nothing is lost: a whole life packed, brought to an empty site, and back again."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import Notification
from badges.models import Badge, HostState, Recipient, Result, Trust, Verification
from badges.services import consistency, verification
from badges.services.web import Web
from portfolio.models import Page, ShareLink
from portfolio.services import restoring
from tests.factories import make_user
from tests.portfolio.luggage import (
    COUNT,
    NOW,
    bring,
    clock,
    come_home,
    life,
    life_of,
    make_ada,
    make_life,
    packed,
    world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> None:
    """A folder of its own, so that fsck finds no file of another test."""
    options = {"location": str(tmp_path), "base_url": None}
    default = {**settings.STORAGES["default"], "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": default}


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What did not come home. More than there was is no loss: the new site's own first check."""
    found = []
    for key, values in before["badges"].items():
        there = after["badges"].get(key, {})
        found += [f"{key}: {name}" for name, v in values.items() if there.get(name) != v]
        for kind in ("history", "checks"):
            lost = [one for one in before[kind][key] if one not in after[kind].get(key, [])]
            found += [f"{key}: {kind} {one}" for one in lost]
        if before["documents"][key].items() - after["documents"].get(key, {}).items():
            found.append(f"{key}: documents")
    found += [f"page {page[0]}" for page in before["pages"] if page not in after["pages"]]
    kinds = ("sources", "own skills", "goals")
    return found + [kind for kind in kinds if before[kind] != after[kind]]


def test_a_life_comes_home_whole() -> None:
    before, data = life()
    home = make_ada("ada@new.example", name="Another name")
    come_home(home, data)
    after = life_of(home)
    assert len(after["badges"]) == len(before["badges"]) == COUNT
    assert differences(before, after) == []
    assert len(after["pages"]) == 3
    assert list(consistency.faults()) == []
    said = io.StringIO()
    call_command("fsck", stdout=said)
    assert "No faults." in said.getvalue()
    home.refresh_from_db()
    assert home.name == "Another name"
    assert ShareLink.objects.count() == 0
    assert "3 pages are back" in Notification.objects.filter(kind="export.restored").get().text


def test_the_life_that_was_packed_is_a_varied_one() -> None:
    ada = make_life()
    badges = Badge.objects.owned_by(ada)
    assert {badge.state(NOW) for badge in badges} >= {
        Result.VALID,
        Result.EXPIRED,
        Result.REVOKED,
        Result.UNKNOWN,
        Result.UNSIGNED,
    }
    assert set(badges.values_list("format", flat=True)) == {"json", "jwt", "png", "svg", "pdf"}
    versions = set(badges.values_list("version", flat=True))
    assert versions == {"0.5", "1.0", "2.0", "3.0"}
    assert {"signed", "hosted", "stated"} <= set(
        Verification.objects.values_list("trust", flat=True)
    )
    assert any(bytes(badge.document).startswith(b"https://") for badge in badges)


def test_coming_home_twice_changes_nothing() -> None:
    _before, data = life()
    home = make_ada("ada@new.example")
    come_home(home, data)
    once, counts = life_of(home), rows()
    row = come_home(home, data)
    assert life_of(home) == once
    assert rows() == counts
    assert row.counts["pages"] == row.counts["notes"] == row.counts["checks"] == 0
    last = Notification.objects.filter(kind="export.restored").order_by("-pk")[0]
    assert last.text == "All that your export holds is here."
    restoring.restore(job_id=row.item.job_id, clock=clock(NOW))
    assert rows() == counts


def rows() -> list[int]:
    models = (Badge, Verification, Page)
    history = sum(badge.history.count() for badge in Badge.objects.all())
    return [model._default_manager.count() for model in models] + [history]


def test_an_export_where_it_was_made_changes_nothing() -> None:
    ada = make_life()
    before, counts = life_of(ada), rows()
    come_home(ada, packed(ada))
    assert life_of(ada) == before
    assert rows() == counts


def test_a_dead_issuers_badge_reads_and_does_not_shine() -> None:
    """Its old checks said "valid". They were made elsewhere, if they were made at all."""
    _before, data = life()
    home = make_ada("ada@new.example")
    come_home(home, data)
    hosted = [badge for badge in Badge.objects.owned_by(home) if badge.name == "Knots and splices"]
    assert len(hosted) == 9
    for badge in hosted:
        assert badge.verifications.filter(imported=True, result=Result.VALID).exists() or (
            badge.verifications.filter(imported=True, result=Result.REVOKED).exists()
        )
        assert badge.verifications.own().count() == 1
        assert (badge.result, badge.trust) == (Result.UNKNOWN, Trust.NONE)
        assert not badge.is_verified(NOW)
        assert badge.issuer is not None
        assert badge.issuer.name == "Harbour College"


def test_once_the_issuer_answers_again_it_is_verified() -> None:
    _before, data = life()
    home = make_ada("ada@new.example")
    come_home(home, data)
    badge = Badge.objects.owned_by(home).get(identity="https://issuer.test/assertions/9")
    assert badge.next_check_at is not None
    assert badge.next_check_at <= NOW
    HostState.objects.all().delete()  # the site had been left alone for a while
    verification.check(badge=badge, web=Web(world(), clock(NOW)), now=NOW)
    badge.refresh_from_db()
    assert badge.is_verified(NOW)


def test_with_living_issuers_everything_is_verified_here() -> None:
    before, data = life()
    home = make_ada("ada@new.example")
    come_home(home, data, fetch=world())
    assert differences(before, life_of(home)) == []
    hosted = Badge.objects.owned_by(home).filter(trust=Trust.HOSTED, result=Result.VALID)
    assert hosted.count() == 9
    assert list(consistency.faults()) == []


def test_a_stranger_with_somebody_elses_export_gets_nobodys_badges() -> None:
    _before, data = life()
    charlie = make_user("charlie@example.org")
    come_home(charlie, data, fetch=world())
    badges = Badge.objects.owned_by(charlie)
    assert badges.count() == COUNT
    assert not badges.filter(recipient=Recipient.OWNER).exists()
    assert not any(badge.is_verified(NOW) for badge in badges)
    assert {page.owner for page in Page.objects.all()} == {charlie}


def test_what_was_chosen_once_is_ticked_when_it_comes_home() -> None:
    """Revoked badges and those of lost addresses too: pages hold them, and say what they are."""
    _before, data = life()
    home = make_user("ada@new.example")
    job = bring(home, data, fetch=world(), adds=False)
    client = Client()
    client.force_login(home)
    words = client.get(f"/badges/import/{job.pk}/").content.decode()
    boxes = re.findall(r'<input type="checkbox" name="item"[^>]*>', words)
    assert len(boxes) == COUNT
    assert all(" checked" in box for box in boxes)
    assert "For another address" in words
