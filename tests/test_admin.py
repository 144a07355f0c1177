"""The staff's desk: who gets in, what it shows, what it hides, what it does, what it costs."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.admin import MOST_AT_ONCE, Bounded
from accounts.models import ApiToken, AuditEvent, Limit, User
from accounts.services import audit, notifications
from badges.models import (
    Badge,
    BadgeSkill,
    Connection,
    ConnectionRequest,
    DeclinedSkill,
    Evidence,
    HistoryEntry,
    HostState,
    ImportItem,
    ImportJob,
    Inspection,
    KnownIssuer,
    KnownName,
    Original,
    Picture,
    Provider,
    PutAside,
    Reflection,
    RememberedAnswer,
    SearchText,
    SearchWord,
    Skill,
    SkillAlias,
    SupportingDocument,
    Tag,
    Tagging,
)
from portfolio.models import (
    Card,
    Conversation,
    Export,
    Goal,
    GoalSkill,
    Handle,
    LinkBadge,
    ListedSkill,
    ListedWord,
    Listing,
    Message,
    Opening,
    OwnSkill,
    Restoration,
    Section,
    Sender,
    ShareLink,
    Signer,
    Step,
    Transcript,
)
from tests.factories import (
    NOW,
    make_badge,
    make_connection,
    make_conversation,
    make_import,
    make_issuer,
    make_link,
    make_page,
    make_source,
    make_token,
    make_user,
)
from tests.people import sign_in

pytestmark = pytest.mark.django_db

OURS = [model for model in admin.site._registry if model is not Group]
KEPT_BY_HAND = {User, KnownIssuer, Skill}
# What a visitor gave is nobody’s to look at; folded names are read off their entry, aliases and
# links off their skill; what a learner declines, claims and wants, or undid on a page, is theirs;
# somebody on the way to a provider is there for minutes; what a link shows, and how often it was
# opened, is its owner’s alone; so are a learner’s own words, what they show for a badge, and what
# their search knows; what a listing is found by is read off it; and what people write to each other
# is shown with a conversation that was reported, and nowhere else.
NOT_SHOWN = {
    *(Inspection, KnownName, BadgeSkill, DeclinedSkill, SkillAlias, ConnectionRequest, Step),
    *(LinkBadge, Opening, Goal, GoalSkill, OwnSkill, ListedSkill, ListedWord, Message),
    *(Tag, Tagging, Evidence, Reflection, PutAside, SearchText, SearchWord),
}


@pytest.fixture
def chief() -> User:
    """A superuser with two steps at sign-in."""
    user = make_user("chief@example.org", is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    return user


@pytest.fixture
def desk(chief: User) -> Client:
    client = Client()
    client.force_login(chief)
    return client


def address(model: Any, page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def act(desk: Client, name: str, *rows: Any) -> None:
    """Choose rows of a list and do something to them."""
    sent = {"action": name, "_selected_action": [row.pk for row in rows]}
    assert desk.post(address(type(rows[0])), sent).status_code == 302


def one_of_each(number: int) -> None:
    """A row of every model that the desk shows."""
    owner = make_user(f"owner{number}@example.org", name="Somebody")
    original = Original.objects.create(
        owner=owner, digest=f"{number:064x}", size=9, name="a.png", file=f"originals/{number}"
    )
    picture = Picture.objects.create(
        digest=f"{number:064x}", large="l", small="s", width=10, height=10
    )
    badge = make_badge(
        owner,
        document=b'{"name": "<script>alert(1)</script>"}',
        original=original,
        picture=picture,
        issuer=make_issuer(f"College {number}"),
    )
    badge.skills.add(Skill.objects.create(key=f"{number}", name="SQL"))
    SupportingDocument.objects.create(
        badge=badge, url="https://a.example", url_digest="x", body=b"\xff\x00", fetched_at=NOW
    )
    HostState.objects.create(host=f"silent{number}.example", failures=3, failed_at=NOW)
    RememberedAnswer.objects.create(
        key=f"{number}", url="https://a.example", status=200, body=b"\xff\x00", fetched_at=NOW
    )
    job = make_import(owner, ImportItem.State.REFUSED)
    Export.objects.create(owner=owner)
    Restoration.objects.create(item=job.items.get(), counts={"pages": 1})
    make_source(owner)
    HistoryEntry.objects.create(badge=badge, kind=HistoryEntry.Kind.CHANGED)
    page = make_page(owner, badge)
    link, _token = make_link(page, password="open sesame")
    Section.objects.create(page=page, kind=Section.Kind.TEXT, text="<script>", position=0)
    Handle.objects.create(owner=owner, name=f"owner{number}", link=link, taken_at=NOW)
    Card.objects.create(link=link)
    Transcript.objects.create(owner=owner, page=page, code=f"CODE{number}", snapshot={"a": "<b>"})
    Signer.objects.create(digest=f"{number:064x}", name="Laurel", certificate="x", sealed_key="no")
    make_token(owner, "badges:read")
    make_connection(owner)
    notifications.notify(user=owner, kind="x.y", text="Hello")
    make_conversation(Listing.objects.create(owner=owner, headline="<script>alert(1)</script>"))
    audit.record(actor=owner, action="badge.imported", target=badge, note="<i>")
    Limit.objects.create(key=f"k{number}", window=NOW, count=1)
    KnownIssuer.objects.create(identifier=f"college-{number}.example", name="College <script>")
    Authenticator.objects.create(user=owner, type="totp", data={"secret": "TOPSECRET"})
    UserSession.objects.create(user=owner, ip="192.0.2.1", user_agent="x", session_key=f"K{number}")


# --- Who gets in -----------------------------------------------------------------------------


def test_nobody_signs_in_at_the_desk_itself() -> None:
    response = Client().get("/admin/badges/badge/")
    assert response.status_code == 302
    response = Client().get(response["Location"])
    assert response["Location"].startswith("/accounts/login/?next=")
    assert Client().post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_learners_are_refused_and_not_asked_to_sign_in_again() -> None:
    client = Client()
    client.force_login(make_user())
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403


def test_staff_with_a_password_alone_are_sent_to_add_a_step_and_told_why() -> None:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    response = client.get("/admin/badges/badge/", follow=True)
    assert response.redirect_chain[-1][0] == reverse("mfa_index")
    assert "two steps" in response.content.decode()


def test_recovery_codes_alone_are_no_second_step() -> None:
    user = make_user(is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=user, type="recovery_codes", data={})
    client = Client()
    client.force_login(user)
    assert client.get("/admin/").status_code == 302


def test_a_site_may_do_without_two_steps(settings: Settings) -> None:
    settings.REQUIRE_STAFF_MFA = False
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_way_in_never_leads_off_the_site(target: str, desk: Client) -> None:
    assert desk.get("/admin/login/", {"next": target})["Location"] == "/admin/"


def test_passwords_are_changed_on_the_sites_own_page(desk: Client) -> None:
    response = desk.get("/admin/password_change/")
    assert response["Location"] == reverse("account_change_password")


def test_staff_without_rights_see_no_model() -> None:
    user = make_user(is_staff=True)
    Authenticator.objects.create(user=user, type="totp", data={})
    client = Client()
    client.force_login(user)
    assert client.get(address(Badge)).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_badge"))
    assert client.get(address(Badge)).status_code == 200


# --- What it shows ---------------------------------------------------------------------------


def test_every_model_of_ours_is_there() -> None:

    models = {
        model
        for app in ("accounts", "badges", "portfolio")
        for model in apps.get_app_config(app).get_models()
    }
    assert models - NOT_SHOWN <= set(OURS)
    assert not NOT_SHOWN & set(OURS)


def opened(desk: Client, url: str) -> int:
    """Open a page of the desk, look that it is clean, and say how many queries it took."""
    with CaptureQueriesContext(connection) as queries:
        response = desk.get(url)
    assert response.status_code == 200, url
    text = response.content.decode()
    assert "<script>alert" not in text
    assert " style=" not in text
    return len(queries)


def test_every_list_costs_for_fifty_rows_what_it_costs_for_five(desk: Client) -> None:
    for number in range(5):
        one_of_each(number)
    opened(desk, address(Badge))  # the first look of all fills caches
    few = {model.__name__: opened(desk, address(model)) for model in OURS}
    for number in range(5, 50):
        one_of_each(number)
    assert {model.__name__: opened(desk, address(model)) for model in OURS} == few
    assert max(few.values()) <= 8


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_row_opens_and_every_list_can_be_searched(model: Any, desk: Client) -> None:
    one_of_each(1)
    row = model._default_manager.order_by("-pk").first()
    opened(desk, address(model, "change", row.pk))
    for words in ("owner1@example.org", str(row.pk), "'", "x" * 300, "%_\\", "é\u202e"):
        assert desk.get(address(model), {"q": words}).status_code == 200


def test_secrets_are_shown_nowhere(desk: Client) -> None:
    one_of_each(1)
    link, token = ShareLink.objects.get(), ApiToken.objects.get()
    owner, session = User.objects.get(name="Somebody"), UserSession.objects.get(session_key="K1")
    secrets = [link.digest, link.sealed_token, link.password, token.digest, owner.password]
    secrets += ["TOPSECRET", ">K1<", "SEALEDSECRET", "SEALEDACCESS", "SEALEDREFRESH"]
    account = Connection.objects.get()
    rows = (link, token, owner, session, Authenticator.objects.get(user=owner))
    for row in (*rows, account, account.provider):
        text = desk.get(address(type(row), "change", row.pk)).content.decode()
        assert not [secret for secret in secrets if secret in text]


def test_documents_are_shown_as_text(desk: Client) -> None:
    one_of_each(1)
    text = desk.get(address(Badge, "change", Badge.objects.get().pk)).content.decode()
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    "model",
    [model for model in OURS if model not in KEPT_BY_HAND],
    ids=lambda model: model.__name__,
)
def test_nothing_is_added_changed_or_deleted_by_hand(model: Any, desk: Client) -> None:
    one_of_each(1)
    row = model._default_manager.first()
    assert desk.get(address(model, "add")).status_code == 403
    assert desk.post(address(model, "change", row.pk), {}).status_code == 403
    assert desk.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    act_on_all = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    desk.post(address(model), act_on_all)
    assert model._default_manager.filter(pk=row.pk).exists()


def test_counting_stops_where_nobody_turns_pages() -> None:
    for number in range(3):
        Limit.objects.create(key=str(number), window=NOW, count=1)
    pages = Bounded(Limit.objects.order_by("pk"), 2)
    with CaptureQueriesContext(connection) as queries:
        assert pages.count == 3
    assert "LIMIT 10001" in queries[0]["sql"]


# --- What it does ----------------------------------------------------------------------------


def last(action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action).latest("at")


def test_badges_are_checked_again(desk: Client, chief: User) -> None:
    badge = make_badge(make_user(), document=b"{}", next_check_at=None)
    act(desk, "check_again", badge)
    badge.refresh_from_db()
    assert badge.is_being_checked(timezone.now())
    assert last("badge.check_asked_by_staff").actor == chief


def test_imports_are_tried_again(desk: Client, chief: User) -> None:
    job = make_import(make_user(), ImportItem.State.REFUSED)
    act(desk, "retry", job)
    assert job.items.get().state == ImportItem.State.WAITING
    assert last("import.retried_by_staff").actor == chief


def test_links_are_withdrawn(desk: Client, chief: User) -> None:
    link, token = make_link(make_page(make_user()))
    act(desk, "withdraw", link)
    assert Client().get(reverse("portfolio:shared", args=[token])).status_code == 404
    assert last("link.withdrawn").actor == chief


def test_somebody_is_taken_out_of_the_directory(desk: Client, chief: User) -> None:
    listing = Listing.objects.create(owner=make_user(), headline="Analyst", listed=True)
    act(desk, "pause", listing)
    listing.refresh_from_db()
    assert not listing.listed
    assert AuditEvent.objects.get(action="listing.paused").actor == chief


def test_a_sender_is_closed_and_opened_again(desk: Client, chief: User) -> None:
    sender = Sender.objects.create(key="q@spam.example")
    act(desk, "close", sender)
    sender.refresh_from_db()
    assert sender.closed_at is not None
    act(desk, "reopen", sender)
    sender.refresh_from_db()
    assert sender.closed_at is None
    assert AuditEvent.objects.filter(action__startswith="sender.", actor=chief).count() == 2


def test_what_people_write_is_read_only_where_it_was_reported(desk: Client) -> None:
    listing = Listing.objects.create(owner=make_user(), headline="Analyst")
    conversation = make_conversation(listing)
    url = address(Conversation, "change", conversation.pk)
    assert "our harbour" not in desk.get(url).content.decode()
    Conversation.objects.update(reported_at=NOW)
    text = desk.get(url).content.decode()
    assert "our harbour" in text
    assert "SEALEDREPLY" not in text
    assert conversation.reply_digest not in text


def test_providers_are_shown_to_everybody_by_staff_alone(desk: Client, chief: User) -> None:
    provider = make_connection(make_user()).provider
    act(desk, "recommend", provider)
    assert Provider.objects.get(listed=True) == provider
    assert last("provider.listed").actor == chief
    act(desk, "stop_recommending", provider)
    assert not Provider.objects.filter(listed=True).exists()
    assert last("provider.unlisted").detail == {"host": provider.host}


def test_tokens_are_revoked(desk: Client, chief: User) -> None:
    token, key = make_token(make_user(), "badges:read")
    act(desk, "revoke", token)
    headers = {"authorization": f"Bearer {key}"}
    assert Client(headers=headers).get("/api/v1/me/").status_code == 401
    assert last("token.revoked").actor == chief


def test_deactivating_somebody_closes_every_door_and_can_be_undone(
    desk: Client, chief: User
) -> None:
    alice = make_user("alice@example.org")
    browser = sign_in(alice)
    _token, key = make_token(alice, "badges:read")
    _link, shared = make_link(make_page(alice))
    program = Client(headers={"authorization": f"Bearer {key}"})
    assert browser.get("/me/").status_code == program.get("/api/v1/me/").status_code == 200
    act(desk, "deactivate", alice)
    assert browser.get("/me/").status_code == 302
    assert program.get("/api/v1/me/").status_code == 401
    assert Client().get(reverse("portfolio:shared", args=[shared])).status_code == 404
    assert last("user.deactivated").actor == chief
    act(desk, "reactivate", alice)
    assert last("user.reactivated").actor == chief
    assert browser.get("/me/").status_code == 302
    assert program.get("/api/v1/me/").status_code == 401
    assert Client().get(reverse("portfolio:shared", args=[shared])).status_code == 200


def test_nobody_deactivates_themselves(desk: Client, chief: User) -> None:
    act(desk, "deactivate", chief)
    chief.refresh_from_db()
    assert chief.is_active


@pytest.fixture
def clerk() -> Client:
    """Staff who may change people, and are no superuser."""
    user = make_user("clerk@example.org", is_staff=True)
    Authenticator.objects.create(user=user, type="totp", data={})
    user.user_permissions.add(
        Permission.objects.get(codename="view_user"), Permission.objects.get(codename="change_user")
    )
    client = Client()
    client.force_login(user)
    return client


def test_a_clerk_cannot_hand_out_rights_nor_touch_a_superuser(clerk: Client, chief: User) -> None:
    alice = make_user("alice@example.org", name="Alice")
    sent = {"name": "Alicia", "is_staff": "on", "is_superuser": "on", "is_active": ""}
    clerk.post(address(User, "change", alice.pk), sent)
    alice.refresh_from_db()
    assert (alice.name, alice.is_staff, alice.is_superuser) == ("Alicia", False, False)
    assert alice.is_active
    assert last("user.changed_by_staff").detail == {"fields": ["name"]}
    assert clerk.post(address(User, "change", chief.pk), {"name": "X"}).status_code == 403
    act(clerk, "deactivate", chief)
    chief.refresh_from_db()
    assert chief.is_active


def test_who_may_only_look_may_not_act() -> None:
    user = make_user(is_staff=True)
    Authenticator.objects.create(user=user, type="totp", data={})
    user.user_permissions.add(Permission.objects.get(codename="view_apitoken"))
    token, _key = make_token(make_user(), "badges:read")
    client = Client()
    client.force_login(user)
    client.post(address(ApiToken), {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is None


def test_sessions_are_ended_and_allowances_made_fresh(desk: Client) -> None:
    alice = make_user()
    browser = sign_in(alice)
    act(desk, "end", UserSession.objects.get(user=alice))
    assert browser.get("/me/").status_code == 302
    limit = Limit.objects.create(key="unlock:x", window=NOW, count=10)
    act(desk, "forget", limit)
    assert not Limit.objects.filter(key="unlock:x").exists()


def test_too_many_at_once_are_refused(desk: Client) -> None:
    owner = make_user()
    rows = [ImportJob(owner=owner, state="done", finished_at=NOW) for _ in range(MOST_AT_ONCE + 1)]
    ImportJob.objects.bulk_create(rows)
    act(desk, "retry", *rows)
    assert not AuditEvent.objects.filter(action="import.retried_by_staff").exists()
