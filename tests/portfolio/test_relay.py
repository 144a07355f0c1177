"""The relay: an address proven before a word is delivered, and none shown but by choice."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import translation

from accounts.models import AuditEvent, Notification, User
from accounts.services import limits
from portfolio.models import Conversation, Listing, Message, Sender
from portfolio.services import listing as listings
from portfolio.services import post, relay
from tests.factories import NOW, make_user
from tests.portfolio.people import LETTER, arrived, listed, written

pytestmark = pytest.mark.django_db
HOSTILE = "Eve\r\nBcc: all@example.org\x00\u202e\u2066 <script>"


@pytest.fixture
def row() -> Listing:
    owner = make_user("ada@example.org", name="Ada Lindqvist")
    return listed("SQL", owner=owner)


def deliver(**fields: Any) -> None:
    for pk in Message.objects.filter(**fields).values_list("pk", flat=True):
        post.deliver(message_id=pk, clock=lambda: NOW)


def reply_key(body: str) -> str:
    return body.partition("/people/conversations/")[2].partition("/")[0]


# --- Before the address is proven


def test_nothing_reaches_anybody_before_the_address_is_proven(row: Listing) -> None:
    written(row)
    deliver()
    post.sweep(now=NOW + timedelta(days=1))
    assert [one.to for one in mail.outbox] == [["grace@acme.example"]]
    assert not Notification.objects.exists()
    assert not Conversation.objects.owned_by(row.owner).exists()


def test_the_mail_to_an_unproven_address_holds_no_word_of_the_form(row: Listing) -> None:
    """Else anybody could have us send any text to any address."""
    written(row, name="BUY NOW", organisation="cheap.example", text="http://evil.example")
    said = mail.outbox[0].subject + str(mail.outbox[0].body)
    assert not [word for word in ("BUY", "cheap", "evil", "Ada", "A. L.") if word in said]


def test_the_proven_message_arrives_once(row: Listing) -> None:
    token = written(row)
    assert relay.waiting(token=token, now=NOW).messages.get().text == LETTER
    conversation = relay.prove(token=token, now=NOW)
    with pytest.raises(relay.Gone):
        relay.prove(token=token, now=NOW)
    deliver()
    deliver()
    (letter,) = mail.outbox[1:]
    assert letter.to == ["ada@example.org"]
    assert "> We look for somebody who knows SQL.\n> Shall we talk?" in letter.body
    assert "Grace Example (Acme) wrote" in letter.body
    assert "grace@acme.example" in letter.body
    assert not letter.reply_to
    note = Notification.objects.get(user=row.owner)
    assert note.url == f"/me/messages/{conversation.pk}/"
    assert AuditEvent.objects.filter(action="message.delivered").count() == 1


def test_the_link_ends_after_two_days(row: Listing) -> None:
    token, late = written(row), NOW + relay.PROVE_WITHIN
    with pytest.raises(relay.Gone):
        relay.waiting(token=token, now=late)
    relay.tidy(now=late + timedelta(seconds=1))
    assert not Conversation.objects.exists()
    assert not Sender.objects.exists()


def test_a_wrong_key_opens_nothing(row: Listing) -> None:
    conversation = arrived(row)
    for token in ("", "x", conversation.proof_digest, conversation.reply_digest, "\ud800"):
        with pytest.raises(relay.Gone):
            relay.waiting(token=token, now=NOW)
        with pytest.raises(relay.Gone):
            relay.resolve(token=token)


def test_somebody_whose_address_was_typed_by_others_deletes_it(row: Listing) -> None:
    token = written(row)
    relay.disown(token=token, now=NOW)
    assert not Message.objects.exists()


def test_without_a_mail_server_nothing_is_kept(
    row: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_mail(monkeypatch)
    with pytest.raises(post.NoMail):
        written(row)
    assert not Conversation.objects.exists()


def refuse_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)


# --- Paused, blocked, closed: one answer


def test_a_learner_who_has_paused_is_not_reached(row: Listing) -> None:
    token = written(row)
    listings.pause(listing=row, actor=row.owner, now=NOW)
    with pytest.raises(relay.NotReached):
        relay.prove(token=token, now=NOW)
    listings.appear(listing=row, now=NOW)
    relay.prove(token=token, now=NOW)


def test_a_blocked_address_reaches_this_learner_no_more_however_it_is_spelt(row: Listing) -> None:
    conversation = arrived(row)
    relay.block(conversation=conversation, now=NOW)
    with pytest.raises(relay.NotReached):
        relay.reply(conversation=conversation, text="Hello?", now=NOW)
    conversation.refresh_from_db()
    with pytest.raises(relay.Ended):
        relay.answer(conversation=conversation, text="No.", reveal=False, now=NOW)
    for email in ("grace@acme.example", "Grace+2@acme.example"):
        with pytest.raises(relay.NotReached):
            relay.prove(token=written(row, email=email), now=NOW)
    other = listed(owner=make_user(), badges=0)
    arrived(other)  # somebody else's block is theirs


def test_a_block_outlives_the_conversation(row: Listing) -> None:
    conversation = arrived(row)
    relay.block(conversation=conversation, now=NOW)
    conversation.refresh_from_db()
    relay.delete(conversation=conversation, now=NOW)
    assert not Conversation.objects.owned_by(row.owner).exists()
    assert not Message.objects.exists()
    relay.tidy(now=NOW + timedelta(days=4000))
    with pytest.raises(relay.NotReached):
        relay.prove(token=written(row), now=NOW)


def test_staff_close_a_sender_for_everybody(row: Listing) -> None:
    chief = make_user(is_staff=True)
    conversation, waits = arrived(row), written(row)
    relay.close(sender=conversation.sender, actor=chief, now=NOW)
    with pytest.raises(relay.Gone):
        relay.prove(token=waits, now=NOW)
    with pytest.raises(relay.NotReached):
        relay.reply(conversation=conversation, text="Hello?", now=NOW)
    sent = len(mail.outbox)
    relay.write(
        listing=row, name="Grace", organisation="", email="grace+x@acme.example", text="Hi",
        visitor="192.0.2.9", now=NOW,
    )  # fmt: skip
    assert len(mail.outbox) == sent
    sender = Sender.objects.get()
    relay.reopen(sender=sender, actor=chief)
    arrived(row)
    actions = list(AuditEvent.objects.filter(actor=chief).values_list("action", flat=True))
    assert sorted(actions) == ["sender.closed", "sender.reopened"]


def test_a_report_blocks_and_keeps_the_words_for_the_staff(row: Listing) -> None:
    conversation = arrived(row)
    relay.report(conversation=conversation, now=NOW)
    conversation.refresh_from_db()
    assert conversation.reported_at == conversation.blocked_at == NOW
    relay.delete(conversation=conversation, now=NOW)
    assert Message.objects.count() == 1


# --- Answers


def test_an_answer_goes_through_the_site_and_shows_no_address(row: Listing) -> None:
    conversation = arrived(row)
    relay.answer(conversation=conversation, text="Gladly.\nWhen?", reveal=False, now=NOW)
    deliver(to_learner=False)
    letter = mail.outbox[-1]
    assert letter.to == ["grace@acme.example"]
    assert letter.reply_to == []
    assert "> Gladly.\n> When?" in letter.body
    assert "A. L., whom you found" in letter.body
    whole = letter.message().as_string().casefold()
    assert "ada@example.org" not in whole
    assert "lindqvist" not in whole
    key = reply_key(str(letter.body))
    relay.reply(conversation=relay.resolve(token=key), text="On Monday.", now=NOW)
    deliver(to_learner=True, text="On Monday.")
    assert mail.outbox[-1].to == ["ada@example.org"]


def test_a_name_that_was_hidden_stays_hidden_when_the_listing_changes(row: Listing) -> None:
    conversation = arrived(row)
    Listing.objects.update(name_shown=Listing.Name.FULL)
    relay.answer(conversation=conversation, text="Yes", reveal=False, now=NOW)
    deliver(to_learner=False)
    assert "Lindqvist" not in mail.outbox[-1].body


def test_each_is_written_to_in_their_own_language(row: Listing) -> None:
    """The words are English until they are translated; dates and the like follow at once."""
    User.objects.update(language="fr")
    with translation.override("de"):
        conversation = arrived(row)
    assert conversation.language == "de"
    seen: list[str | None] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(post, "_mail", heard(seen))
        relay.answer(conversation=conversation, text="Ja", reveal=False, now=NOW)
        deliver()
    assert sorted(filter(None, seen)) == ["de", "fr"]


def heard(seen: list[str | None]) -> Callable[..., EmailMessage]:
    def mail_in(*_: object) -> EmailMessage:
        seen.append(translation.get_language())
        return EmailMessage("x", "x", None, ["x@example.org"])

    return mail_in


def test_an_own_address_goes_along_only_when_it_is_chosen_and_confirmed(row: Listing) -> None:
    conversation = arrived(row)
    relay.answer(conversation=conversation, text="Yes", reveal=True, now=NOW)
    deliver(to_learner=False)
    assert mail.outbox[-1].reply_to == ["ada@example.org"]
    assert AuditEvent.objects.get(action="message.answered").detail == {"address_shown": True}


def test_a_mail_server_that_is_down_is_tried_again(
    row: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = arrived(row)
    relay.answer(conversation=conversation, text="Yes", reveal=False, now=NOW)
    with monkeypatch.context() as down:
        refuse_mail(down)
        deliver(to_learner=False)
    message = Message.objects.get(to_learner=False)
    assert (message.state, message.run_after) == ("queued", NOW + timedelta(minutes=1))
    post.deliver(message_id=message.pk, clock=lambda: NOW + timedelta(minutes=1))
    assert mail.outbox[-1].to == ["grace@acme.example"]
    message.refresh_from_db()
    assert message.state == "done"


def test_a_mail_that_never_goes_is_given_up_and_said(
    row: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay.answer(conversation=arrived(row), text="Yes", reveal=False, now=NOW)
    refuse_mail(monkeypatch)
    message, now = Message.objects.get(to_learner=False), NOW
    for _try in range(post.MAX_ATTEMPTS + 2):
        now += timedelta(hours=1)
        post.deliver(message_id=message.pk, clock=lambda at=now: at)  # type: ignore[misc]
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", post.MAX_ATTEMPTS)
    assert Notification.objects.filter(kind="message.failed").count() == 1


# --- Hostile input


def test_nothing_that_is_typed_becomes_a_header(row: Listing) -> None:
    arrived(row, name=HOSTILE, organisation=HOSTILE, text=HOSTILE)
    deliver()
    for letter in mail.outbox:
        head = letter.message().as_string().partition("\n\n")[0]
        assert "Bcc" not in head
        assert "all@example.org" not in head
    conversation = Conversation.objects.get()
    assert conversation.sender_name == "Eve Bcc: all@example.org <script>"
    assert "\u202e" not in mail.outbox[-1].body


def test_text_is_kept_plain_and_bounded() -> None:
    assert relay.plain("a\r\nb\rc \n\n\x07d") == "a\nb\nc\n\n d"
    assert len(relay.plain("x" * 9999)) == relay.MAX_TEXT
    assert relay.plain(" \u200b\u202e ") == ""
    assert relay.one_line("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645") != ""


@pytest.mark.parametrize(
    ("email", "key"),
    [
        ("A+b+c@D.example", "a@d.example"),
        ("+x@d.example", "+x@d.example"),
        ("a@d.example", "a@d.example"),
    ],
)
def test_one_mailbox_is_one_sender(email: str, key: str) -> None:
    assert relay.key_of(email) == key


# --- How often


def test_an_address_and_a_line_have_so_many_messages(row: Listing) -> None:
    for number in range(relay.PER_SENDER):
        written(row, visitor=f"192.0.2.{number}", email=f"grace+{number}@acme.example")
    with pytest.raises(limits.TooOften):
        written(row, visitor="192.0.2.200")
    for number in range(relay.PER_VISITOR):
        written(row, visitor="198.51.100.1", email=f"p{number}@acme.example")
    with pytest.raises(limits.TooOften):
        written(row, visitor="198.51.100.1", email="fresh@acme.example")


def test_one_person_gets_so_many_a_day_and_the_rest_may_come_tomorrow(
    row: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PER_LISTING", 1)
    arrived(row)
    token = written(row, email="other@acme.example")
    with pytest.raises(limits.TooOften):
        relay.prove(token=token, now=NOW)
    relay.prove(token=token, now=NOW + timedelta(days=1))


def test_a_conversation_has_so_many_a_day(row: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "PER_CONVERSATION", 1)
    conversation = arrived(row)
    relay.reply(conversation=conversation, text="And?", now=NOW)
    relay.answer(conversation=conversation, text="Yes", reveal=False, now=NOW)
    with pytest.raises(limits.TooOften):
        relay.reply(conversation=conversation, text="And??", now=NOW)
    with pytest.raises(limits.TooOften):
        relay.answer(conversation=conversation, text="Yes!", reveal=False, now=NOW)


# --- Forgetting


def test_erasing_a_person_erases_what_was_written_to_them(row: Listing) -> None:
    arrived(row)
    written(row, email="b@acme.example")
    row.owner.badges.all().delete()
    row.owner.delete()
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    relay.tidy(now=NOW + timedelta(days=3))
    assert not Sender.objects.exists()


def test_a_conversation_is_forgotten_after_a_year(row: Listing) -> None:
    arrived(row)
    relay.tidy(now=NOW + relay.KEEP)
    assert Conversation.objects.exists()
    relay.tidy(now=NOW + relay.KEEP + timedelta(seconds=1))
    assert not Conversation.objects.exists()
