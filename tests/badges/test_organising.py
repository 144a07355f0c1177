"""Many badges at once: chosen, tagged, checked, put on a page, removed and put back."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from badges.models import (
    KEPT_ASIDE,
    Badge,
    HistoryEntry,
    PutAside,
    Recipient,
    Result,
    Skill,
    Tag,
    Tagging,
)
from badges.services import housekeeping, organising, search
from portfolio.models import Page
from portfolio.services import pages
from tests.factories import NOW, make_badge, make_issuer, make_page, make_source, make_user

pytestmark = pytest.mark.django_db
HOME = "/badges/"
ACT = "/badges/organise/"
PUT = "/pages/put/"


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def tagged(user: User) -> dict[str, list[str]]:
    return {
        tag.name: sorted(tag.badges.values_list("name", flat=True))
        for tag in Tag.objects.owned_by(user)
    }


# --- Tags ------------------------------------------------------------------------------------


def test_the_ticked_badges_are_tagged_and_untagged(alice: User, client: Client) -> None:
    one, two = make_badge(alice, name="One"), make_badge(alice, name="Two")
    sent = {"badge": [one.pk, two.pk], "action": "tag", "tags": "For Acme, data ,,For  acme"}
    answer = client.post(ACT, sent, follow=True)
    assert "2 badges are now tagged" in answer.content.decode()
    assert tagged(alice) == {"data": ["One", "Two"], "For acme": ["One", "Two"]}
    client.post(ACT, {"badge": [one.pk], "action": "tag", "tags": "DATA"})
    assert tagged(alice) == {"data": ["One", "Two"], "For acme": ["One", "Two"]}
    client.post(ACT, {"badge": [one.pk], "action": "untag", "tags": "Data"})
    assert tagged(alice) == {"data": ["Two"], "For acme": ["One", "Two"]}
    client.post(ACT, {"badge": [one.pk, two.pk], "action": "untag", "tags": "data, for acme"})
    assert tagged(alice) == {}  # a tag without a badge is gone


def test_all_of_a_search_is_every_badge_of_it_and_no_other(alice: User, client: Client) -> None:
    for number in range(65):  # more than a page shows
        make_badge(alice, name=f"Knots {number}")
    make_badge(alice, name="Statistics")
    make_badge(make_user(), name="Knots of another")
    sent = {"all": "1", "asked": "q=knots&view=list", "action": "tag", "tags": "rope"}
    answer = client.post(ACT, sent)
    assert answer["Location"] == "/badges/?q=knots&view=list"
    assert len(tagged(alice)["rope"]) == 65
    assert not Tagging.objects.exclude(badge__owner=alice).exists()


@pytest.mark.parametrize("text", ["", " , ,", "x" * 41, "\0"])
def test_what_is_no_tag_is_refused_in_words(alice: User, client: Client, text: str) -> None:
    badge = make_badge(alice)
    sent = {"badge": [badge.pk], "action": "tag", "tags": text}
    assert "at most 40 letters" in client.post(ACT, sent, follow=True).content.decode()
    assert not Tag.objects.exists()


def test_there_is_an_end_to_tags(alice: User, client: Client) -> None:
    badge = make_badge(alice)
    names = [f"tag {number}" for number in range(organising.MAX_TAGS)]
    organising.tag(owner=alice, badges=[badge.pk], names=names)
    with pytest.raises(organising.TooManyTags):
        organising.tag(owner=alice, badges=[badge.pk], names=["one more"])
    answer = client.post(ACT, {"badge": [badge.pk], "action": "tag", "tags": "more"}, follow=True)
    assert "Take some off first" in answer.content.decode()


def test_a_tag_is_shown_as_it_was_written_and_never_as_markup(alice: User, client: Client) -> None:
    badge = make_badge(alice)
    url = reverse("badges:badge-tags", args=[badge.pk])
    client.post(url, {"tags": "<b>bold</b>", "action": "tag"})
    for page in (HOME, reverse("badges:badge-detail", args=[badge.pk])):
        html = client.get(page).content.decode()
        assert "&lt;b&gt;bold&lt;/b&gt;" in html
        assert "<b>bold" not in html
    client.post(url, {"tags": "<B>bold</B>", "action": "untag"})
    assert not Tag.objects.exists()


@pytest.mark.parametrize("action", ["tag", "untag", "check", "remove"])
def test_somebody_elses_badges_are_never_touched(client: Client, action: str) -> None:
    bob = make_user("bob@example.org")
    theirs = make_badge(bob, document=b"{}")
    organising.tag(owner=bob, badges=[theirs.pk], names=["Mine"])
    client.post(ACT, {"badge": [theirs.pk, "nonsense"], "action": action, "tags": "Mine"})
    theirs.refresh_from_db()
    assert theirs.added_at is not None
    assert theirs.next_check_at is None
    assert tagged(bob) == {"Mine": [theirs.name]}


def test_nonsense_in_the_form_does_nothing(alice: User, client: Client) -> None:
    badge = make_badge(alice)
    assert client.post(ACT, {"badge": [badge.pk]}).status_code == 404
    assert client.post(ACT, {"badge": [badge.pk], "action": "explode"}).status_code == 404
    answer = client.post(ACT, {"action": "remove"}, follow=True)
    assert "Choose some badges first" in answer.content.decode()
    answer = client.post(ACT, {"action": "remove", "asked": "//evil.example/?x=1"})
    assert answer["Location"].startswith("/badges/?")
    assert client.get(ACT).status_code == 405
    assert client.post(ACT, {"all": "1", "asked": "issuer=x&year=99999&state=?"}).status_code == 404
    assert Badge.objects.owned_by(alice).count() == 1


# --- Check again, put on a page --------------------------------------------------------------


def test_chosen_badges_are_checked_again(alice: User, client: Client) -> None:
    badges = [make_badge(alice, document=b"{}") for _ in range(3)]
    sent = {"badge": [badge.pk for badge in badges[:2]], "action": "check"}
    assert "2 badges are being checked" in client.post(ACT, sent, follow=True).content.decode()
    due = Badge.objects.filter(next_check_at__isnull=False)
    assert set(due) == set(badges[:2])


def test_checks_have_a_limit(alice: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organising, "CHECKS_PER_HOUR", 1)
    badges = [make_badge(alice, document=b"{}") for _ in range(2)]
    sent = {"badge": [badge.pk for badge in badges], "action": "check"}
    assert "Go on at" in client.post(ACT, sent, follow=True).content.decode()
    assert not Badge.objects.filter(next_check_at__isnull=False).exists()


def test_chosen_badges_go_on_a_page(alice: User, client: Client) -> None:
    one, two = make_badge(alice), make_badge(alice)
    page = make_page(alice, one)
    answer = client.post(PUT, {"badge": [one.pk, two.pk], "page": page.pk})
    assert answer["Location"] == reverse("portfolio:page-edit", args=[page.pk])
    assert page.entries.count() == 2
    client.post(PUT, {"badge": [two.pk], "page": ""})
    assert Page.objects.owned_by(alice).count() == 2
    assert "Choose some" in client.post(PUT, {"page": page.pk}, follow=True).content.decode()


def test_a_page_of_somebody_else_and_a_full_one_take_nothing(alice: User, client: Client) -> None:
    badge = make_badge(alice)
    theirs = make_page(make_user())
    for page in (theirs.pk, uuid4(), "nonsense"):
        assert client.post(PUT, {"badge": [badge.pk], "page": page}).status_code == 404
    assert theirs.entries.count() == 0
    for number in range(pages.MAX_BADGES + 1):
        make_badge(alice, name=f"Badge {number}")
    answer = client.post(PUT, {"all": "1", "asked": "", "page": ""}, follow=True)
    assert "at most 500 badges" in answer.content.decode()
    assert not Page.objects.owned_by(alice).exists()


# --- Removing, with a way back ---------------------------------------------------------------


def test_removing_takes_off_every_page_and_undo_puts_all_of_it_back(
    alice: User, client: Client
) -> None:
    badges = [make_badge(alice, name=f"Badge {n}") for n in range(3)]
    page = make_page(alice, *badges)
    page.entries.filter(badge=badges[1]).update(note="I led this.")
    organising.tag(owner=alice, badges=[badges[1].pk], names=["Data"])
    was = badges[1].added_at
    answer = client.post(ACT, {"badge": [badges[1].pk], "action": "remove"}, follow=True)
    html = answer.content.decode()
    assert "1 badge is out of your backpack" in html
    assert "Badge 1" not in html
    assert [entry.badge for entry in page.entries.all()] == [badges[0], badges[2]]
    gone = client.get(reverse("badges:badge-detail", args=[badges[1].pk]))
    assert gone.status_code == 404
    batch = PutAside.objects.get().batch
    client.post(reverse("badges:removed-back", args=[batch]))
    assert [(e.badge, e.note) for e in page.entries.all()] == [
        (badges[0], ""), (badges[1], "I led this."), (badges[2], "")
    ]  # fmt: skip
    assert Badge.objects.owned_by(alice).get(pk=badges[1].pk).added_at == was
    assert tagged(alice) == {"Data": ["Badge 1"]}
    assert not PutAside.objects.exists()
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"badge.removed", "badge.put_back"} <= actions


def test_the_undo_is_offered_once_and_the_page_of_removed_ones_keeps_it(
    alice: User, client: Client
) -> None:
    badge = make_badge(alice, name="Knots")
    make_badge(alice)
    client.post(ACT, {"badge": [badge.pk], "action": "remove"})
    assert "data-undo" in client.get(HOME).content.decode()
    later = client.get(HOME).content.decode()
    assert "data-undo" not in later
    assert "1 badge that you removed lately" in later
    assert "Knots" in client.get("/badges/removed/").content.decode()


def removed_by(owner: User, *badges: Badge) -> UUID:
    batch = organising.remove(owner=owner, badges=[badge.pk for badge in badges], now=NOW)
    assert batch is not None
    return batch


def test_after_a_week_it_is_too_late(alice: User, client: Client) -> None:
    batch = removed_by(alice, make_badge(alice, name="Knots"))
    over = timezone.now() - KEPT_ASIDE
    PutAside.objects.update(at=over)
    assert "Nothing here" in client.get("/badges/removed/").content.decode()
    assert client.post(reverse("badges:removed-back", args=[batch])).status_code == 404
    housekeeping.tidy(now=timezone.now())
    assert not Badge.objects.exists()


def test_tidying_leaves_what_may_still_be_put_back(alice: User) -> None:
    badge = make_badge(alice)
    Badge.objects.update(created_at=NOW - timedelta(days=400))
    removed_by(alice, badge)
    housekeeping.tidy(now=NOW + KEPT_ASIDE - timedelta(minutes=1))
    assert Badge.objects.exists()
    housekeeping.tidy(now=NOW + KEPT_ASIDE)
    assert not Badge.objects.exists()


def test_removed_badges_can_be_deleted_at_once(alice: User, client: Client) -> None:
    stays = make_badge(alice)
    batch = removed_by(alice, make_badge(alice))
    client.post(reverse("badges:removed-forget", args=[batch]))
    assert list(Badge.objects.all()) == [stays]


def test_what_an_import_brought_back_is_not_taken_away_again(alice: User) -> None:
    badge = make_badge(alice)
    batch = removed_by(alice, badge)
    Badge.objects.update(added_at=NOW)  # as an import that is accepted does
    assert organising.put_back(owner=alice, batch=batch, now=NOW) == 0
    assert organising.forget(owner=alice, batch=batch) == 0
    housekeeping.tidy(now=NOW + timedelta(days=30))
    assert Badge.objects.owned_by(alice).exists()
    assert not PutAside.objects.exists()
    again = removed_by(alice, badge)
    assert organising.put_back(owner=alice, batch=again, now=NOW) == 1


# --- Facets, attention, timeline -------------------------------------------------------------


def choices(client: Client, query: str, title: str) -> dict[str, int]:
    (facet,) = [f for f in client.get(HOME + query).context["facets"] if f.title == title]
    return {choice.words: choice.count for choice in facet.choices}


def test_facets_count_what_the_others_leave(alice: User, client: Client) -> None:
    school, lab = make_issuer("School"), make_issuer("Lab")
    source = make_source(alice)
    skill = Skill.objects.create(key="k", name="Splicing")
    at = timezone.now().replace(year=2024)
    first = make_badge(alice, name="Knots", issuer=school, source=source)
    second = make_badge(alice, name="Ropes", issuer=school, issued_at=at)
    make_badge(alice, name="Knots again", issuer=lab, result=Result.REVOKED)
    make_badge(make_user(), name="Knots of another", issuer=lab)
    for badge in (first, second):
        badge.skills.add(skill)
    organising.tag(owner=alice, badges=[first.pk], names=["Data"])
    tag = Tag.objects.get()
    assert choices(client, "", "Issuer") == {"School": 2, "Lab": 1}
    assert choices(client, "", "State") == {"Valid": 2, "Revoked": 1}
    assert choices(client, "", "Year") == {"2026": 2, "2024": 1}
    assert choices(client, "", "Skill") == {"Splicing": 2}
    assert choices(client, "", "Your tags") == {"Data": 1}
    assert choices(client, "", "Came from") == {source.title: 1}
    assert choices(client, "?q=knots", "Issuer") == {"School": 1, "Lab": 1}
    narrowed = f"?issuer={school.pk}&state=valid"
    assert choices(client, narrowed, "Issuer") == {"School": 2}
    assert choices(client, narrowed + "&year=2024", "Issuer") == {"School": 1}
    assert choices(client, f"?issuer={lab.pk}", "State") == {"Revoked": 1}
    assert choices(client, f"?tag={tag.pk}", "Year") == {"2026": 1}
    for query, found in (
        (f"?tag={tag.pk}", ["Knots"]), (f"?skill={skill.pk}", ["Knots", "Ropes"]),
        ("?year=2024", ["Ropes"]), (f"?source={source.pk}", ["Knots"]), ("?year=²", None),
    ):  # fmt: skip
        listed = sorted(badge.name for badge in client.get(HOME + query).context["page"])
        assert listed == (found or ["Knots", "Knots again", "Ropes"]), query


def test_what_wants_attention_leads_to_what_it_counts(alice: User, client: Client) -> None:
    now = timezone.now()
    for days in (3, 20, 80, 200):
        make_badge(alice, expires_at=now + timedelta(days=days))
    make_badge(alice, result=Result.REVOKED)
    make_badge(alice, recipient=Recipient.OTHER)
    make_badge(alice, result=Result.UNKNOWN)
    html = client.get(HOME).content.decode()
    for state, count in (
        ("expiring-7", 1), ("expiring-30", 2), ("expiring", 3), ("revoked", 1),
        ("other-address", 1), ("unknown", 1),
    ):  # fmt: skip
        assert f'href="/badges/?state={state}"><strong>{count}</strong>' in html, state
        assert len(client.get(f"{HOME}?state={state}").context["page"]) == count


def test_the_timeline_tells_each_year(alice: User, client: Client) -> None:
    now = timezone.now()
    old, last = now.replace(year=2021, month=5, day=1), now.replace(year=2025, month=5, day=1)
    badge = make_badge(alice, name="First aid", issued_at=old, expires_at=last)
    make_badge(make_user(), name="Of another", issued_at=old)
    for kind, detail in (
        ("changed", {"changes": [{"field": "expires_at", "before": "2023", "after": "2025"}]}),
        ("changed", {"changes": [{"field": "expires_at", "before": "2025", "after": "2023"}]}),
        ("changed", {"changes": [{"field": "name", "before": "a", "after": "b"}]}),
        ("state", {"before": "valid", "after": "revoked", "reason": ""}),
    ):
        HistoryEntry.objects.create(badge=badge, kind=kind, detail=detail, at=last)
    told = client.get(HOME + "?view=timeline").context["timeline"]
    kinds = {year.year: sorted(event.kind for event in year.events) for year in told.years}
    assert kinds == {2025: ["expired", "renewed", "revoked"], 2021: ["earned"]}
    assert told.years[0].counts == {"earned": 0, "renewed": 1, "expired": 1, "revoked": 1}
    html = client.get(HOME + "?view=timeline&q=nothing-like-it").content.decode()
    assert "No badge fits" in html


def test_queries_stay_few_in_every_view(alice: User, client: Client) -> None:
    def cost(query: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(HOME + query).status_code == 200
        return len(seen)

    views = ("", "?view=timeline", "?q=badge&state=valid", "?view=list&year=2026")
    for number in range(3):
        make_badge(alice, name=f"Badge {number}")
    search.sweep()
    few = [cost(view) for view in views]
    for number in range(40):
        badge = make_badge(alice, name=f"Badge {number}", issuer=make_issuer(f"Issuer {number}"))
        organising.tag(owner=alice, badges=[badge.pk], names=[f"tag {number}"])
    search.sweep()
    many = [cost(view) for view in views]
    assert max(many) <= 22
    assert [m - f for f, m in zip(few, many, strict=True)] == [0, 0, 0, 0]


def test_while_typing_only_what_was_found_is_sent(alice: User, client: Client) -> None:
    make_badge(alice, name="Knots")
    headers = {"HX-Request": "true", "HX-Target": "found"}
    answer = client.get(HOME + "?q=kno", headers=headers)
    assert answer.content.decode().lstrip().startswith('<div class="with-sidebar" id="found">')
    assert "HX-Request" in answer["Vary"]
    assert "<html" in client.get(HOME + "?q=kno").content.decode()
