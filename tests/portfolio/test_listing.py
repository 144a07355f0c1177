"""A place in the directory: off by default, gone at once, and never more than was chosen."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import AuditEvent
from accounts.services import people
from badges.models import Badge, How, Recipient, Result, Trust
from portfolio.models import ListedSkill, ListedWord, Listing, ShareLink
from portfolio.services import directory, sharing
from portfolio.services import listing as listings
from portfolio.services.listing import Terms
from tests.factories import NOW, make_badge, make_page, make_user
from tests.portfolio.luggage import packed
from tests.portfolio.people import arrived, listed, shows, skill, written

pytestmark = pytest.mark.django_db


def rows(listing: Listing) -> dict[str, int]:
    return dict(ListedSkill.objects.filter(listing=listing).values_list("skill__name", "verified"))


def test_nobody_is_listed_before_they_say_so() -> None:
    listing = listed("SQL", appear=False)
    assert not listing.listed
    assert rows(listing) == {}
    with pytest.raises(directory.NotListed):
        directory.person(public_id=listing.public_id, now=NOW)


def test_only_somebody_of_age_appears() -> None:
    listing = listed("SQL", appear=False, of_age=False)
    with pytest.raises(listings.NotReady):
        listings.appear(listing=listing, now=NOW)
    assert not Listing.objects.found().exists()


def test_a_listing_has_rows_for_its_skills_and_words() -> None:
    listing = listed("SQL", "Data analysis", badges=2, place="Lisbon", open_to=["work"])
    assert rows(listing) == {"SQL": 2, "Data analysis": 2}
    words = set(ListedWord.objects.values_list("word", flat=True))
    assert {"sql", "analyst", "lisbon", "place:lisbon", "open:work"} <= words


@pytest.mark.parametrize(
    "fields",
    [
        {"result": Result.REVOKED},
        {"result": Result.UNKNOWN},
        {"trust": Trust.EXPORT},
        {"recipient": Recipient.OTHER},
        {"expires_at": NOW - timedelta(seconds=1)},
        {"added_at": None},
    ],
)
def test_only_verified_badges_count(fields: dict[str, Any]) -> None:
    owner = make_user()
    badge = shows(make_badge(owner, **fields), "SQL")
    assert badge.is_verified(NOW) == (fields == {"added_at": None})
    assert listings.proven([owner.pk], NOW) == {}


def test_what_a_holder_adds_to_a_badge_proves_nothing() -> None:
    owner = make_user()
    shows(make_badge(owner), "Leadership", how=How.CONFIRMED)
    listing = listed("SQL", owner=owner)
    assert rows(listing) == {"SQL": 1}
    listings.save(owner=owner, terms=Terms(headline="x", stated_too=True), now=NOW)
    assert rows(listing) == {"SQL": 1, "Leadership": 0}


def test_hidden_skills_are_found_by_nothing() -> None:
    listing = listed("SQL", "Recovery", hidden=[skill("Recovery").pk])
    assert rows(listing) == {"SQL": 1}
    assert not ListedWord.objects.filter(word="recovery").exists()
    card = directory.person(public_id=listing.public_id, now=NOW)
    assert [one.name for one in card.others] == ["SQL"]


def test_pausing_takes_everything_away_at_once() -> None:
    owner = make_user(name="Ada Lindqvist")
    page = make_page(owner, shows(make_badge(owner), "SQL"))
    listing = listed("SQL", owner=owner, page=page)
    url = listings.page_url(listing, NOW)
    assert sharing.resolve(token=url.rstrip("/").rpartition("/")[2], now=NOW).page == page
    listings.pause(listing=listing, actor=owner, now=NOW)
    assert not ListedSkill.objects.exists()
    assert not ListedWord.objects.exists()
    with pytest.raises(directory.NotListed):
        directory.person(public_id=listing.public_id, now=NOW)
    with pytest.raises(sharing.LinkGone):
        sharing.resolve(token=url.rstrip("/").rpartition("/")[2], now=NOW)
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"listing.appeared", "listing.paused"} <= actions
    listings.appear(listing=listing, now=NOW)
    again = Listing.objects.select_related("link").get()
    assert listings.page_url(again, NOW) not in {"", url}


def test_a_paused_listing_stays_away_when_it_is_saved_or_swept() -> None:
    listing = listed("SQL")
    listings.pause(listing=listing, actor=listing.owner, now=NOW)
    listings.save(owner=listing.owner, terms=Terms(headline="Other"), now=NOW)
    listings.refresh(listing=listing, now=NOW)
    listings.sweep(now=NOW + timedelta(days=1))
    assert not ListedSkill.objects.exists()


def test_a_closed_account_is_found_no_more_and_its_rows_go() -> None:
    listing = listed("SQL")
    people.deactivate(user=listing.owner, actor=make_user(is_staff=True), now=NOW)
    question = directory.Question(skills=[skill("SQL").pk])
    assert directory.search(question=question, number=1, now=NOW).cards == ()
    listings.sweep(now=NOW + timedelta(hours=1))
    assert not ListedSkill.objects.exists()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lindqvist", "A. L."),
        ("Jean-Luc de la Tour Martin", "J. L. D. L."),
        ("  山田 太郎 ", "山. 太."),
        ("", "A learner"),
    ],
)
def test_initials_tell_no_more(name: str, shown: str) -> None:
    listing = listed(owner=make_user("secret@example.org", name=name), badges=0)
    assert listings.shown_name(listing) == shown
    Listing.objects.update(name_shown=Listing.Name.FULL)
    listing.refresh_from_db()
    assert listings.shown_name(listing) == (name.strip() or "A learner")


def test_the_page_shows_no_more_of_the_name_than_the_listing() -> None:
    owner = make_user(name="Ada Lindqvist")
    page = make_page(owner, make_badge(owner))
    listing = listed(owner=owner, page=page)
    assert listing.link is not None
    assert listing.link.name_shown == "A. L."
    assert listing.link.visibility == ShareLink.Visibility.UNLISTED
    first = listing.link.pk
    terms = Terms(headline="x", page=page, name_shown=Listing.Name.FULL, indexed=True)
    listings.save(owner=owner, terms=terms, now=NOW)
    listing = Listing.objects.select_related("link").get()
    assert listing.link is not None
    assert listing.link.name_shown == "Ada Lindqvist"
    assert listing.link.visibility == ShareLink.Visibility.PUBLIC
    assert not ShareLink.objects.get(pk=first).is_live(NOW)


def test_a_new_name_takes_the_old_one_off_the_page() -> None:
    owner = make_user(name="Old Name")
    page = make_page(owner, make_badge(owner))
    listing = listed(owner=owner, page=page, name_shown=Listing.Name.FULL)
    old = listings.page_url(listing, NOW)
    people.rename(user=owner, name="New Name")
    listings.sweep(now=NOW + listings.EVERY)
    listing = Listing.objects.select_related("link").get()
    assert listing.link is not None
    assert listing.link.name_shown == "New Name"
    assert listings.page_url(listing, NOW) not in {"", old}
    sharing.withdraw(link=listing.link, actor=owner, now=NOW)
    listings.sweep(now=NOW + listings.EVERY * 2)
    assert listings.page_url(Listing.objects.select_related("link").get(), NOW) == ""


def test_who_has_too_many_links_loses_the_page_and_stays_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner = make_user(name="Old Name")
    listing = listed("SQL", owner=owner, page=make_page(owner, make_badge(owner)))
    monkeypatch.setattr(sharing, "MAX_LINKS", 1)
    people.rename(user=owner, name="New Person")
    assert listings.sweep(now=NOW + listings.EVERY) == 1
    assert Listing.objects.get().link is None
    assert rows(listing) == {"SQL": 1}


def test_the_sweep_follows_the_badges_and_comes_when_one_ends() -> None:
    listing = listed("SQL", badges=2)
    listing.refresh_from_db()
    assert listing.refresh_at == NOW + listings.EVERY
    Badge.objects.filter(pk=Badge.objects.first().pk).update(  # type: ignore[union-attr]
        expires_at=NOW + listings.EVERY + timedelta(minutes=1)
    )
    assert listings.sweep(now=NOW) == 0
    assert listings.sweep(now=NOW + listings.EVERY) == 1
    listing.refresh_from_db()
    assert listing.refresh_at == NOW + listings.EVERY + timedelta(minutes=1)
    assert listings.sweep(now=listing.refresh_at) == 1
    assert rows(listing) == {"SQL": 1}


def test_erasing_a_person_erases_their_listing() -> None:
    listing = listed("SQL")
    listing.owner.badges.all().delete()
    listing.owner.delete()
    assert not Listing.objects.exists()
    assert not ListedSkill.objects.exists()
    assert not ListedWord.objects.exists()


def test_deleting_it_keeps_nothing() -> None:
    listing = listed("SQL", hidden=[skill("Go").pk])
    listings.delete(listing=listing, actor=listing.owner, now=NOW)
    assert not Listing.objects.exists()
    assert not ListedSkill.objects.exists()


def test_an_export_holds_what_was_said_and_written_and_nobodys_keys() -> None:
    listing = listed("SQL", "Go", hidden=[skill("Go").pk], place="Lisbon")
    conversation = arrived(listing)
    written(listing, email="unproven@acme.example")
    data = packed(listing.owner)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        front = json.loads(archive.read("laurel.json"))
        told = archive.read(front["conversations"]).decode()
    assert front["directory"]["headline"] == listing.headline
    assert [one["name"] for one in front["directory"]["hidden_skills"]] == ["Go"]
    (one,) = json.loads(told)["conversations"]
    assert (one["name"], one["messages"][0]["mine"]) == ("Grace Example", False)
    for secret in (conversation.sealed_reply, conversation.reply_digest, "unproven@"):
        assert secret not in told


def test_an_export_without_the_directory_says_nothing_of_it() -> None:
    with zipfile.ZipFile(io.BytesIO(packed(make_user()))) as archive:
        front = json.loads(archive.read("laurel.json"))
        assert (front["directory"], front["conversations"]) == ({}, "")
        assert "conversations.json" not in archive.namelist()
