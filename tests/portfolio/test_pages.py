"""What a page says: counted honestly, flagged instead of dropped, at a fixed price."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.services.limits import TooOften
from badges.models import Badge, Recipient, Result, Skill, Trust, Verification
from portfolio.models import Page
from portfolio.services import pages
from tests.factories import NOW, make_badge, make_page, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.org", name="Alice Adler")


def names(page: Page) -> list[str]:
    return [entry.badge.name for entry in page.entries.select_related("badge")]


def build(page: Page, now: datetime = NOW, **more: Any) -> pages.PageView:
    return pages.build(page=Page.objects.get(pk=page.pk), now=now, **more)


# --- Choosing and ordering ---------------------------------------------------------------------


def test_badges_are_added_at_the_end_once_and_only_ones_own(alice: User) -> None:
    mine = [make_badge(alice, name=name) for name in "abc"]
    other = make_badge(make_user())
    page = make_page(alice, mine[0])
    ids = [mine[2].pk, other.pk, mine[2].pk, mine[0].pk, mine[1].pk]
    assert pages.add(page=page, badges=ids, now=NOW) == 2
    assert names(page) == ["a", "c", "b"]


def test_a_page_does_not_grow_without_end(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_BADGES", 2)
    page = make_page(alice, make_badge(alice), make_badge(alice))
    with pytest.raises(pages.TooManyBadges):
        pages.add(page=page, badges=[make_badge(alice).pk], now=NOW)
    assert page.entries.count() == 2


def test_a_badge_moves_up_and_down_and_stops_at_the_edge(alice: User) -> None:
    page = make_page(alice, *[make_badge(alice, name=name) for name in "abc"])
    last = page.entries.all()[2]
    for step, order in ((-1, "acb"), (-1, "cab"), (-1, "cab"), (1, "acb"), (1, "abc"), (1, "abc")):
        pages.move(entry=last, step=step, now=NOW)
        assert "".join(names(page)) == order


def test_an_order_may_name_some_and_nonsense(alice: User) -> None:
    page = make_page(alice, *[make_badge(alice, name=name) for name in "abcd"])
    foreign = make_page(alice, make_badge(alice)).entries.get()
    _a, b, _c, d = page.entries.all()
    pages.order(page=page, entries=[d.pk, foreign.pk, b.pk, d.pk, 99], now=NOW)
    assert "".join(names(page)) == "dbac"


def test_a_change_is_noted_on_the_page(alice: User) -> None:
    page = make_page(alice, make_badge(alice))
    later = NOW + DAY
    pages.note(entry=page.entries.get(), text="I led it.", now=later)
    page.refresh_from_db()
    assert page.updated_at == later
    assert build(page).entries[0].note == "I led it."
    pages.remove(entry=page.entries.get(), now=later)
    assert Badge.objects.count() == 1
    assert build(page).total == 0


def test_making_and_deleting_a_page_are_on_record(alice: User) -> None:
    page = pages.create(owner=alice, title="One", now=NOW)
    pages.delete(page=page, actor=alice)
    actions = AuditEvent.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["page.created", "page.deleted"]


# --- Counting ----------------------------------------------------------------------------------


def test_verified_means_proven_in_force_and_this_persons_own(alice: User) -> None:
    good = make_badge(alice)
    hosted = make_badge(alice, trust=Trust.HOSTED)
    others = [
        make_badge(alice, result=Result.REVOKED),
        make_badge(alice, expires_at=NOW - DAY),
        make_badge(alice, result=Result.UNKNOWN, trust=Trust.NONE, unknown_since=NOW),
        make_badge(alice, result=Result.UNSIGNED, trust=Trust.STATED),
        make_badge(alice, recipient=Recipient.OTHER),
        make_badge(alice, recipient=Recipient.UNNAMED),
        make_badge(alice, result=Result.INVALID, trust=Trust.NONE),
    ]
    view = build(make_page(alice, good, hosted, *others))
    assert (view.verified, view.total) == (2, 9)
    assert [entry.verified for entry in view.entries] == [True, True, *[False] * 7]
    assert all(entry.flag for entry in view.entries[2:5])
    assert all(entry.flag for entry in view.entries[6:])


def test_the_date_never_promises_a_fresher_look_than_the_stalest(alice: User) -> None:
    old = make_badge(alice, checked_at=NOW - 20 * DAY)
    new = make_badge(alice, checked_at=NOW)
    revoked = make_badge(alice, checked_at=NOW - 90 * DAY, result=Result.REVOKED)
    view = build(make_page(alice, old, new, revoked))
    assert view.headline == "2 of 3 verified on 3 November 2026 or later"
    assert build(make_page(alice, new)).headline == "1 of 1 verified on 23 November 2026"
    assert build(make_page(alice, revoked)).headline == "0 of 1 verified"


def test_time_alone_makes_a_badge_expire_on_a_page(alice: User) -> None:
    page = make_page(alice, make_badge(alice, expires_at=NOW + DAY))
    assert build(page).verified == 1
    entry = build(page, NOW + 2 * DAY).entries[0]
    assert (entry.state, entry.verified, entry.lost) == ("expired", False, True)
    assert "24 November 2026" in entry.flag
    period = next(f for f in entry.findings if f.check == "period")
    assert period.outcome == "failed"


def test_hiding_expired_badges_hides_nothing_else(alice: User) -> None:
    expired = make_badge(alice, expires_at=NOW - DAY)
    revoked = make_badge(alice, result=Result.REVOKED, expires_at=NOW - DAY)
    invalid = make_badge(alice, result=Result.INVALID)
    page = make_page(alice, expired, revoked, invalid, hide_expired=True)
    view = build(page)
    assert [entry.state for entry in view.entries] == ["revoked", "invalid"]
    assert (view.hidden, view.total) == (1, 2)
    assert pages.build_badge(page=page, badge_id=expired.pk, now=NOW) is None
    assert pages.build_badge(page=page, badge_id=revoked.pk, now=NOW) is not None


def test_skills_are_counted_and_proven_ones_come_first(alice: User) -> None:
    proven, stated = make_badge(alice), make_badge(alice, result=Result.UNSIGNED)
    for badge, words in ((proven, ["Python"]), (stated, ["Python", "Baking"])):
        for word in words:
            skill, _new = Skill.objects.get_or_create(
                key=Skill.key_of("", word), defaults={"name": word}
            )
            badge.skills.add(skill)
    view = build(make_page(alice, stated, proven))
    assert [(s.name, s.badges, s.verified) for s in view.skills] == [
        ("Python", 2, 1),
        ("Baking", 1, 0),
    ]


# --- Words -------------------------------------------------------------------------------------


def test_the_newest_check_speaks(alice: User) -> None:
    badge = make_badge(alice)
    Verification.objects.create(
        badge=badge,
        checked_at=NOW - DAY,
        result=Result.INVALID,
        trust=Trust.NONE,
        findings=[{"check": "signature", "outcome": "failed", "detail": "Old.", "code": "x"}],
    )
    findings = build(make_page(alice, badge)).entries[0].findings
    assert [f.check for f in findings] == [
        "readable",
        "signature",
        "issuer",
        "recipient",
        "period",
        "status",
    ]
    assert {f.outcome for f in findings} == {"passed"}


@pytest.mark.parametrize("stored", [[], None, "x", [1, {}], [{"check": "issuer", "outcome": 7}]])
def test_a_check_of_any_shape_can_be_shown(alice: User, stored: Any) -> None:
    badge = make_badge(alice)
    badge.verifications.update(findings=stored if stored is not None else [])
    findings = build(make_page(alice, badge)).entries[0].findings
    assert len(findings) == 6
    assert {f.outcome for f in findings} == {"unknown"}


def test_no_address_of_the_owner_leaks(alice: User) -> None:
    badge = make_badge(alice)
    badge.verifications.update(
        findings=[
            {
                "check": "recipient",
                "outcome": "passed",
                "detail": f"Issued to {alice.email}.",
                "code": "recipient.ok",
            }
        ]
    )
    alice.name = ""
    alice.save()
    page = make_page(alice, badge)
    assert alice.email not in repr(build(page))
    assert alice.email not in repr(pages.build_badge(page=page, badge_id=badge.pk, now=NOW))
    assert build(page).who == "A learner"
    assert build(page, name="A. A.").who == "A. A."


@pytest.mark.parametrize(
    "at",
    [datetime(9999, 12, 31, 23, 59, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)],
)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
def test_the_ends_of_time_can_be_shown(alice: User, at: datetime, zone: str) -> None:
    with timezone.override(zone):
        view = build(make_page(alice, make_badge(alice, issued_at=at, expires_at=at)))
    assert view.entries[0].expires is not None


def test_only_web_addresses_become_links(alice: User) -> None:
    bad = "javascript:alert(1)"
    badge = make_badge(
        alice,
        criteria_url=bad,
        evidence=[
            {"name": "Bad", "url": bad, "text": ""},
            {"name": "Good", "url": "https://example.org/x", "text": "Seen."},
            {"url": None, "name": None},
            "nonsense",
        ],
    )
    view = pages.build_badge(page=make_page(alice, badge), badge_id=badge.pk, now=NOW)
    assert view is not None
    assert view.criteria_url == ""
    assert [(e.name, e.url) for e in view.evidence] == [
        ("Bad", ""),
        ("Good", "https://example.org/x"),
    ]


def test_a_fingerprint_changes_with_what_a_reader_sees_and_only_then(alice: User) -> None:
    badge = make_badge(alice)
    page = make_page(alice, badge)
    before = build(page).fingerprint()
    assert build(page, NOW + timedelta(minutes=5)).fingerprint() == before
    badge.result = Result.REVOKED
    badge.save()
    assert build(page).fingerprint() != before


def test_readers_cannot_have_a_page_checked_without_end(alice: User) -> None:
    page = make_page(alice, make_badge(alice, document=b"{}"))
    assert pages.recheck(page=page, address="192.0.2.7", now=NOW) == 1
    for _time in range(5):
        assert pages.recheck(page=page, address="192.0.2.7", now=NOW) == 0
    with pytest.raises(TooOften):
        pages.recheck(page=page, address="192.0.2.8", now=NOW)


# --- Price -------------------------------------------------------------------------------------


def many(alice: User, count: int) -> Page:
    """A page of `count` badges, each with a skill and two checks."""
    first = make_badge(alice)
    page = make_page(alice, first)
    skill = Skill.objects.get_or_create(key=Skill.key_of("", "Python"), defaults={"name": "P"})[0]
    badges = Badge.objects.bulk_create(
        Badge(
            owner=alice,
            identity=f"urn:many:{count}:{number}",
            name=f"Badge {number}",
            issuer=first.issuer,
            result=Result.VALID,
            trust=Trust.SIGNED,
            recipient=Recipient.OWNER,
            checked_at=NOW,
        )
        for number in range(count - 1)
    )
    Verification.objects.bulk_create(
        Verification(
            badge=badge,
            checked_at=NOW - age * DAY,
            result=Result.VALID,
            trust=Trust.SIGNED,
            findings=first.verifications.get().findings,
        )
        for badge in badges
        for age in (0, 7)
    )
    skill.badges.add(*badges)
    pages.add(page=page, badges=[badge.pk for badge in badges], now=NOW)
    return page


def test_a_page_of_500_costs_the_queries_of_a_page_of_10(alice: User) -> None:
    counts = {}
    for size in (10, 500):
        page = many(alice, size)
        with CaptureQueriesContext(connection) as queries:
            view = build(page)
        assert view.total == view.verified == size
        counts[size] = len(queries)
    print(f"pages.build, queries by badges: {counts}")  # noqa: T201  # asked for in numbers
    assert counts[10] == counts[500] <= 6
