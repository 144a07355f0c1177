"""The doors of the directory and of the relay: visitors without a cookie, owners, strangers."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Notification
from portfolio.models import Conversation, Listing, Message
from portfolio.services import directory, post, relay
from portfolio.services import listing as listings
from tests.factories import make_badge, make_page, make_user
from tests.portfolio.people import LETTER, arrived, listed, shows, skill

pytestmark = pytest.mark.django_db
ADVERT = "Data analyst wanted\n\nRequirements:\n- SQL\n- Python\n\nNice to have:\n- Statistics\n"
FILLED = {
    "name": "Grace Example", "organisation": "Acme", "email": "grace@acme.example", "text": LETTER,
}  # fmt: skip


@pytest.fixture
def row() -> Listing:
    owner = make_user("ada@example.org", name="Ada Lindqvist")
    return listed("SQL", "Python", owner=owner, badges=2, place="Lisbon")


@pytest.fixture
def alice(row: Listing) -> Client:
    client = Client()
    client.force_login(row.owner)
    return client


def text_of(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return response.content.decode()


# --- Looking, without an account


def test_looking_sets_no_cookie_and_is_kept_out_of_caches_and_search_engines(row: Listing) -> None:
    visitor = Client()
    for url in ("/people/?add=sql", f"/people/{row.public_id}/"):
        response = visitor.get(url)
        assert response.status_code == 200
        assert not response.cookies
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response["Cache-Control"] == "private, no-store"
        assert 'content="noindex' in response.content.decode()
    for url in ("/people/", "/people/?lang=de"):
        assert "X-Robots-Tag" not in visitor.get(url)


def test_search_engines_see_a_person_only_when_asked_to(row: Listing) -> None:
    Listing.objects.update(indexed=True)
    response = Client().get(f"/people/{row.public_id}/")
    assert "X-Robots-Tag" not in response
    assert "noindex" not in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"


def test_a_person_is_found_by_skill_and_shown_without_address_or_hidden_name(row: Listing) -> None:
    for url in ("/people/?add=sql,python&verified=on", f"/people/{row.public_id}/"):
        text = text_of(Client(), url)
        assert re.search(r"SQL:</strong>\s*2 verified badges", text)
        assert "A. L." in text
        assert "Lindqvist" not in text
        assert "ada@example.org" not in text


def test_an_advert_becomes_skills_and_is_kept_nowhere(row: Listing) -> None:
    skill("Statistics")
    response = Client().post("/people/advert/", {"advert": ADVERT})
    assert response.status_code == 302
    assert "analyst" not in response["Location"]
    text = text_of(Client(), response["Location"])
    assert "We read 3 skills out of your advert" in text
    assert "2 of 3 asked for" in text


@pytest.mark.parametrize("advert", ["", "   ", "blah blah", "x" * 20_001, "\x00\x01"])
def test_an_advert_without_skills_says_what_to_do(advert: str) -> None:
    response = Client().post("/people/advert/", {"advert": advert})
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "skill=x&skill=" + "0" * 500,
        "skill=" + "&skill=".join(str(uuid4()) for _ in range(50)),
        "page=-1&add=sql",
        "page=99999999&add=sql",
        "page=٣&words=a",
        "add=" + "," * 3000,
        "words=" + "a+" * 3000,
        "words=%00%ff%E2%80%AE&place=%25_%5C%27%22",
        "open_to=nonsense",
        "read=1",
    ],
)
def test_nonsense_is_answered_and_not_obeyed(query: str, row: Listing) -> None:
    assert Client().get(f"/people/?{query}").status_code == 200


def test_unknown_skills_are_said_and_looked_for_as_words(row: Listing) -> None:
    text = text_of(Client(), "/people/?add=Blarney")
    assert "no skill called Blarney" in text
    assert "Nobody answers to this" in text


def test_what_a_search_names_is_escaped() -> None:
    text = text_of(Client(), "/people/?add=<script>alert(1)</script>&words=%22><b>")
    assert "<script>alert" not in text
    assert '"><b>' not in text


def test_pages_keep_the_question(row: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PER_PAGE", 1)
    listed("SQL", place="Lisbon")
    text = text_of(Client(), "/people/?add=sql&place=lis&verified=on")
    found = re.search(r'rel="next" href="([^"]+)"', text)
    assert found
    second = text_of(Client(), found[1].replace("&amp;", "&"))
    assert "Page 2 of 2" in second
    assert 'value="lis"' in second


def test_a_visitor_who_copies_everybody_is_stopped(
    row: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "LOOKS", ((2, timedelta(minutes=10)),))
    visitor = Client()
    urls = ("/people/?add=sql", f"/people/{row.public_id}/", "/people/?words=data")
    assert [visitor.get(url).status_code for url in urls] == [200, 200, 429]
    assert visitor.post("/people/advert/", {"advert": ADVERT}).status_code == 429
    assert visitor.get("/people/").status_code == 200


def test_paused_gone_and_never_there_look_alike(row: Listing) -> None:
    listings.pause(listing=row, actor=row.owner, now=timezone.now())
    paused = Client().get(f"/people/{row.public_id}/")
    never = Client().get(f"/people/{uuid4()}/")
    assert paused.status_code == never.status_code == 404
    assert paused.content == never.content
    assert "Nobody answers" in text_of(Client(), "/people/?add=sql")


# --- Writing


def test_a_message_is_written_proven_read_and_answered(row: Listing, alice: Client) -> None:
    visitor = Client()
    sent = visitor.post(f"/people/{row.public_id}/", FILLED)
    assert "grace@acme.example" in sent.content.decode()
    assert not sent.cookies
    key = re.search(r"/people/messages/[^\s]+", str(mail.outbox[0].body))
    assert key
    assert "Shall we talk?" in text_of(visitor, key[0])
    assert not Conversation.objects.filter(proven_at__isnull=False).exists()  # a GET sends nothing
    assert "on its way" in visitor.post(key[0]).content.decode()
    assert visitor.post(key[0]).status_code == 404
    assert visitor.get(key[0]).status_code == 404
    note = Notification.objects.get(user=row.owner, kind="message.arrived")
    assert "New" in text_of(alice, "/me/messages/")
    assert "Shall we talk?" in text_of(alice, note.url)
    assert "chip-info" not in text_of(alice, "/me/messages/")
    answered = alice.post(note.url, {"text": "Gladly!", "reply": "relay"})
    assert answered.status_code == 302
    post.deliver(message_id=Message.objects.get(to_learner=False).pk, clock=lambda: timezone.now())
    page = re.search(r"/people/conversations/[^\s]+", str(mail.outbox[-1].body))
    assert page
    assert "Gladly!" in text_of(visitor, page[0])
    assert visitor.post(page[0], {"text": "When?"}).status_code == 302
    assert "When?" in text_of(alice, note.url)
    response = visitor.get(page[0])
    assert response["Referrer-Policy"] == "no-referrer"
    assert not response.cookies


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "\u202e\u200b"},
        {"email": "nobody"},
        {"email": "a@b.example\nBcc: c@d.example"},
        {"email": "gr\u0430ce@acme.example"},
        {"text": " \u200b "},
        {"text": "x" * 4001},
    ],
)
def test_a_form_with_a_fault_says_so_and_keeps_the_rest(
    wrong: dict[str, str], row: Listing
) -> None:
    response = Client().post(f"/people/{row.public_id}/", FILLED | wrong)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert not mail.outbox
    assert not Conversation.objects.exists()


def test_other_sites_cannot_write_in_somebodys_name(row: Listing) -> None:
    visitor = Client(headers={"Sec-Fetch-Site": "cross-site"})
    for url in (f"/people/{row.public_id}/", "/people/advert/", "/people/messages/x/"):
        assert visitor.post(url, FILLED).status_code == 403


def test_what_is_written_is_shown_as_text(row: Listing, alice: Client) -> None:
    hostile = "<script>alert(1)</script> https://evil.example/?a=1&b=2 <a href=x>y</a>"
    conversation = arrived(row, text=hostile, name="<b>Eve</b>", now=timezone.now())
    text = text_of(alice, f"/me/messages/{conversation.pk}/")
    assert "<script>alert" not in text
    assert "<b>Eve" not in text
    assert 'href="https://evil' not in text
    assert "https://evil.example/?a=1&amp;b=2" in text


def test_somebody_who_cannot_be_reached_any_more_is_one_answer(row: Listing) -> None:
    visitor = Client()
    visitor.post(f"/people/{row.public_id}/", FILLED)
    key = re.search(r"/people/messages/[^\s]+", str(mail.outbox[0].body))
    assert key
    listings.pause(listing=row, actor=row.owner, now=timezone.now())
    response = visitor.post(key[0])
    assert response.status_code == 409
    assert "cannot be written to" in response.content.decode()


def test_a_message_nobody_wrote_is_deleted_by_the_mailbox_it_names(row: Listing) -> None:
    visitor = Client()
    visitor.post(f"/people/{row.public_id}/", FILLED)
    key = re.search(r"/people/messages/[^\s]+", str(mail.outbox[0].body))
    assert key
    assert "Deleted" in visitor.post(key[0], {"disown": "1"}).content.decode()
    assert not Message.objects.exists()


def test_too_many_messages_are_refused_in_words(
    row: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PER_VISITOR", 0)
    response = Client().post(f"/people/{row.public_id}/", FILLED)
    assert response.status_code == 422
    assert "You can write again at" in response.content.decode()


# --- One's own entry


def terms(**more: object) -> dict[str, object]:
    return {"headline": "Analyst", "name_shown": "initials", "open_to": ["work"]} | more


def test_a_learner_saves_previews_appears_pauses_and_deletes() -> None:
    owner = make_user(name="Ada Lindqvist")
    badge = shows(make_badge(owner), "SQL", "Chess")
    page = make_page(owner, badge)
    client = Client()
    client.force_login(owner)
    assert client.get("/me/directory/preview/").status_code == 404
    sent = terms(action="preview", page=page.pk, skills=[skill("SQL").pk])
    assert client.post("/me/directory/", sent)["Location"] == "/me/directory/preview/"
    assert "At this moment nobody can" in text_of(client, "/me/directory/preview/")
    assert not Listing.objects.found().exists()
    young = client.post("/me/directory/", terms(action="appear"))
    assert young.status_code == 422
    assert "Only adults" in young.content.decode()
    assert client.post("/me/directory/", sent | {"action": "appear", "of_age": "on"}).status_code
    row = Listing.objects.found().get()
    text = text_of(Client(), f"/people/{row.public_id}/")
    assert "SQL" in text
    assert "Chess" not in text
    assert "/s/" in text
    assert "Pause at once" in text_of(client, "/me/directory/")
    client.post("/me/directory/pause/")
    assert Client().get(f"/people/{row.public_id}/").status_code == 404
    client.post("/me/directory/delete/")
    assert not Listing.objects.exists()
    assert client.post("/me/directory/pause/").status_code == 404


def test_nobody_leads_to_somebody_elses_page_or_shows_a_skill_they_have_not() -> None:
    page = make_page(make_user(), make_badge(make_user()))
    client = Client()
    client.force_login(make_user())
    for wrong in ({"page": page.pk}, {"skills": [skill("Go").pk]}, {"open_to": ["crime"]}):
        assert client.post("/me/directory/", terms(**wrong)).status_code == 422
    assert not Listing.objects.exists()


def test_what_is_hidden_stays_hidden_while_its_badge_is_away(row: Listing, alice: Client) -> None:
    row.hidden_skills.set([skill("Elsewhere")])
    alice.post("/me/directory/", terms(skills=[skill("SQL").pk], of_age="on"))
    hidden = set(row.hidden_skills.values_list("name", flat=True))
    assert hidden == {"Elsewhere", "Python"}


def test_messages_are_blocked_reported_and_deleted_by_their_owner_alone(
    row: Listing, alice: Client
) -> None:
    conversation = arrived(row, now=timezone.now())
    url = f"/me/messages/{conversation.pk}/"
    charlie = Client()
    charlie.force_login(make_user())
    for end in ("", "block/", "report/", "delete/"):
        assert charlie.post(url + end, {"text": "x", "reply": "own"}).status_code == 404
    assert "Block this address" in text_of(alice, url)
    alice.post(url + "block/")
    assert "You have blocked" in text_of(alice, url)
    assert alice.post(url, {"text": "x", "reply": "relay"}).status_code == 422
    alice.post(url + "report/")
    assert "we will read it" in text_of(alice, url)
    alice.post(url + "delete/")
    assert alice.get(url).status_code == 404


def test_an_unproven_message_is_not_there_for_its_learner(row: Listing, alice: Client) -> None:
    Client().post(f"/people/{row.public_id}/", FILLED)
    conversation = Conversation.objects.get()
    assert alice.get(f"/me/messages/{conversation.pk}/").status_code == 404
    assert "Nobody has written yet" in text_of(alice, "/me/messages/")
