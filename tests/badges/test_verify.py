"""Any badge, for anybody: every check in words, no cookie, and nothing left after an hour."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Limit
from accounts.services.limits import TooOften
from badges import tasks
from badges.models import Badge, Inspection, KnownIssuer, Original, Picture, RememberedAnswer, Work
from badges.models.inspection import KEEP
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched, offline
from badges.services import housekeeping, inspections, registry
from tests.badges.conftest import NOW, Clock
from tests.badges.documents import HOST, assertion, fetched, hosted, unsigned
from tests.credentials import Signer
from tests.factories import make_user

pytestmark = pytest.mark.django_db
EMAIL = "ada@example.org"


def silent(
    url: str, *, accept: str = JSON_TYPES, max_bytes: int = MAX_BYTES, max_age: float = 0
) -> Fetched:
    raise Unreachable("This address could not be reached.", url)


def give(
    file: bytes | None = None, text: str = "", *, about: str = "", now: datetime = NOW
) -> Inspection:
    token = inspections.start(
        file=file, name="badge.png", text=text, about=about, address="192.0.2.1", now=now
    )
    return inspections.resolve(token=token, now=now)


def check(row: Inspection, fetch: Fetch = silent, clock: Clock | None = None) -> Inspection:
    inspections.run(inspection_id=row.pk, fetch=fetch, clock=clock or Clock())
    row.refresh_from_db()
    return row


def outcomes(row: Inspection) -> dict[str, str]:
    return {found["check"]: found["outcome"] for found in row.findings}


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


# --- What comes out --------------------------------------------------------------------------


def test_a_signed_badge_in_a_picture_is_checked() -> None:
    row = check(give(Signer().baked(1, email=EMAIL)))
    assert (row.state, row.result, row.trust, row.error) == ("done", "valid", "signed", "")
    assert list(outcomes(row)) == [
        "readable", "signature", "issuer", "recipient", "period", "status", "schema",
    ]  # fmt: skip
    assert row.facts["name"] == "Knots, part 1"
    assert row.facts["issuer"]["name"] == "Harbour College"
    assert bytes(row.picture)[8:12] == b"WEBP"
    assert json.loads(row.document)["name"] == "Knots, part 1"


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"validUntil": "2026-03-01T00:00:00Z"}, "expired"),
        ({"validFrom": "2027-03-01T00:00:00Z"}, "not_yet_valid"),
    ],
)
def test_time_is_checked(fields: dict[str, Any], result: str) -> None:
    assert check(give(Signer().file(1, email=EMAIL, **fields))).result == result


def test_a_changed_badge_is_not_relied_on() -> None:
    document = Signer().credential(1, email=EMAIL) | {"name": "Admiral"}
    row = check(give(as_json(document)))
    assert (row.result, row.trust) == ("invalid", "none")
    assert row.host == ""


def test_an_issuer_that_does_not_list_the_key_is_not_established() -> None:
    document = Signer().credential(1, email=EMAIL, issuer={"id": "did:web:issuer.test"})
    row = check(give(as_json(document)), fetch=silent)
    assert (row.result, row.trust, row.host) == ("unknown", "none", "")


def test_what_nobody_signed_is_the_bearers_word() -> None:
    row = check(give(as_json(unsigned())))
    assert (row.result, row.trust) == ("unsigned", "stated")


def test_a_link_to_a_hosted_badge_is_asked_about() -> None:
    document = assertion()
    row = check(give(text=f"  {document['id']}\n"), offline(hosted(document)))
    assert (row.result, row.trust, row.host) == ("valid", "hosted", "issuer.test")
    silently = check(give(as_json(document)), silent)
    assert (silently.result, silently.trust) == ("unknown", "none")


def test_a_link_that_says_withdrawn_is_a_revoked_badge() -> None:
    gone = f"{HOST}/assertions/1"
    row = check(give(text=gone), offline({gone: fetched(gone, b"", status=410)}))
    assert row.result == "revoked"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (fetched("https://a.test/x", b"", status=404), "nothing at this address"),
        (fetched("https://a.test/x", b"", status=503), "answered with an error (503)"),
        (Fetched("https://a.test/x", "https://a.test/x", 200, "text/html", b"<html>"), "web page"),
        (fetched("https://a.test/x", b"{}"), "not a badge"),
        (None, "could not be reached"),
    ],
)
def test_a_link_that_leads_to_no_badge_says_why(answer: Fetched | None, words: str) -> None:
    fetch = offline({"https://a.test/x": answer}) if answer else silent
    row = check(give(text="https://a.test/x"), fetch)
    assert row.state == Work.State.DONE
    assert words in row.error
    assert row.report == {}


def test_a_token_that_a_mail_program_has_broken_is_mended() -> None:
    row = give(text="eyJhbGciOiJub25lIn0.eyJhIjox\n fQ.c2ln\n")
    assert bytes(row.given) == b"eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln"


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (None, "", "Choose a file"),
        (None, " \ufeff\n ", "Choose a file"),
        (b"", "", "empty"),
        (b"  \n", "", "empty"),
        (b"x" * (10 * 1024 * 1024 + 1), "", "larger than 10 MB"),
        (b"{}", "https://a.test/", "one thing"),
        (None, "hello", "no link, no badge"),
        (None, "https://a.test/1 https://a.test/2", "several things"),
        (None, '{"a": 1} {"b": 2}', "several things"),
        (None, '[{"a": 1}, {"b": 2}]', "several things"),
        (None, "https://a.test/\u202eevil", "not a web address"),
        (None, "https://a.test/" + "x" * 4000, "not a web address"),
        (None, "javascript:alert(1)", "no link, no badge"),
        (None, "file:///etc/passwd", "no link, no badge"),
        (None, '{"a": "\0"}', "no badge has"),
    ],
)
def test_what_cannot_be_checked_is_refused_at_once(
    file: bytes | None, text: str, words: str
) -> None:
    with pytest.raises(inspections.Refused) as refused:
        give(file, text)
    assert words in refused.value.message
    assert not Inspection.objects.exists()


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8\xff\xe0 photo", b"hello", b"{", b'{"a": 1}', b"[" * 100_000, b"<svg>", b"\x00" * 9],
)
def test_a_file_that_is_no_badge_says_so(data: bytes) -> None:
    row = check(give(data))
    assert row.state == Work.State.DONE
    assert row.error
    assert (row.document, row.report, bytes(row.given)) == ("", {}, b"")


# --- Whose it is, and who issued it ----------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "outcome"),
    [(EMAIL, "passed"), ("bob@example.org", "failed"), ("", "not_applicable")],
)
def test_the_recipient_is_compared_and_the_address_not_kept(about: str, outcome: str) -> None:
    row = check(give(Signer().file(1, email=EMAIL), about=about))
    assert outcomes(row)["recipient"] == outcome
    assert row.about == ""
    kept = json.dumps([row.findings, row.report, row.facts])
    assert not about or about not in kept
    assert row.result == "valid"


def test_who_bears_a_known_name_is_told_apart() -> None:
    known = Signer()
    entry = KnownIssuer(identifier=known.did, name="Harbour College", added_on=date(2026, 1, 1))
    registry.save(entry=entry, actor=None)
    assert check(give(known.file(1, email=EMAIL))).report["registry"]["code"] == "known"
    false = check(give(Signer().file(1, email=EMAIL)))
    assert false.result == "valid"
    assert false.report["registry"]["code"] == "impersonates"
    unsigned_one = known.credential(1, email=EMAIL)
    del unsigned_one["proof"]
    assert check(give(as_json(unsigned_one))).report["registry"]["code"] == "not_listed"


# --- Nothing is kept -------------------------------------------------------------------------


def test_what_was_given_is_dropped_with_the_answer() -> None:
    row = check(give(Signer().baked(1, email=EMAIL), about=EMAIL))
    assert bytes(row.given) == b""
    assert not Original.objects.exists()
    assert not Picture.objects.exists()
    assert not Badge.objects.exists()


def test_answers_of_other_sites_are_not_remembered_for_a_stranger() -> None:
    document = assertion()
    check(give(text=document["id"]), offline(hosted(document)))
    assert not RememberedAnswer.objects.exists()


def test_nobody_can_read_from_the_counters_who_was_here_or_what_was_asked() -> None:
    document = assertion()
    check(give(text=document["id"]), offline(hosted(document)))
    keys = " ".join(Limit.objects.values_list("key", flat=True))
    assert keys
    assert "192.0.2.1" not in keys
    assert "issuer.test" not in keys


def test_after_an_hour_there_is_nothing_left() -> None:
    token = inspections.start(
        file=Signer().baked(1, email=EMAIL), name="a", text="", about=EMAIL, address="a", now=NOW
    )
    waiting = give(b"{}", now=NOW + timedelta(minutes=30))
    almost = NOW + KEEP - timedelta(seconds=1)
    assert inspections.resolve(token=token, now=almost)
    inspections.sweep(now=almost)
    assert Inspection.objects.count() == 2
    assert timedelta(0) < timedelta(hours=1) - KEEP
    with pytest.raises(inspections.Gone):
        inspections.resolve(token=token, now=NOW + KEEP)
    inspections.sweep(now=NOW + KEEP)
    assert list(Inspection.objects.all()) == [waiting]
    housekeeping.tidy(now=NOW + timedelta(hours=2))
    assert not Inspection.objects.exists()


def test_a_check_that_was_forgotten_meanwhile_writes_nothing() -> None:
    row = give(text=f"{HOST}/assertions/1")
    document = assertion()
    answers = offline(hosted(document))

    def forgetful(
        url: str, *, accept: str = JSON_TYPES, max_bytes: int = MAX_BYTES, max_age: float = 0
    ) -> Fetched:
        Inspection.objects.all().delete()
        return answers(url)

    assert not inspections.run(inspection_id=row.pk, fetch=forgetful, clock=Clock())
    assert not Inspection.objects.exists()


# --- Work ------------------------------------------------------------------------------------


def test_findings_are_there_before_the_last_answer() -> None:
    document = assertion()
    row = give(text=document["id"])
    answers = offline(hosted(document))
    seen: list[list[str]] = []

    def watching(
        url: str, *, accept: str = JSON_TYPES, max_bytes: int = MAX_BYTES, max_age: float = 0
    ) -> Fetched:
        row.refresh_from_db()
        seen.append([found["check"] for found in row.findings])
        return answers(url)

    check(row, watching)
    assert seen[0] == []
    assert "readable" in seen[-1]
    assert len(row.findings) == 7


def test_two_workers_check_it_once() -> None:
    row = give(text=f"{HOST}/assertions/1")
    answers = offline(hosted(assertion()))
    second: list[bool] = []

    def meanwhile(
        url: str, *, accept: str = JSON_TYPES, max_bytes: int = MAX_BYTES, max_age: float = 0
    ) -> Fetched:
        second.append(inspections.run(inspection_id=row.pk, fetch=answers, clock=Clock()))
        return answers(url)

    assert inspections.run(inspection_id=row.pk, fetch=meanwhile, clock=Clock())
    assert second
    assert not any(second)
    assert not inspections.run(inspection_id=row.pk, fetch=answers, clock=Clock())


def test_a_worker_that_was_thought_dead_changes_nothing() -> None:
    row = give(text=f"{HOST}/assertions/1")
    answers = offline(hosted(assertion()))
    clock = Clock()

    def slow(
        url: str, *, accept: str = JSON_TYPES, max_bytes: int = MAX_BYTES, max_age: float = 0
    ) -> Fetched:
        if clock.now == NOW:
            clock.now = NOW + timedelta(minutes=5)
            assert inspections.sweep(now=clock.now) == 1
            assert inspections.run(inspection_id=row.pk, fetch=answers, clock=clock)
        return answers(url)

    assert not inspections.run(inspection_id=row.pk, fetch=slow, clock=clock)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.result) == ("done", 2, "valid")


def test_what_kills_its_worker_is_given_up() -> None:
    row, clock = give(b'{"a": 1}', about=EMAIL), Clock()
    for attempt in range(1, 4):
        claimed = Inspection.objects.claim(row.pk, now=clock.now)
        assert claimed is not None
        assert claimed.attempts == attempt
        clock.now += timedelta(minutes=2)  # and the worker dies
    assert inspections.sweep(now=clock.now) == 1
    check(row, clock=clock)
    assert row.state == Work.State.FAILED
    assert "three times" in row.error
    assert (bytes(row.given), row.about) == (b"", "")
    assert inspections.sweep(now=clock.now + timedelta(minutes=2)) == 0


def test_a_fault_of_ours_is_tried_again_and_then_given_up() -> None:
    row, clock = give(text=f"{HOST}/assertions/1"), Clock()

    def broken(
        url: str, *, accept: str = JSON_TYPES, max_bytes: int = MAX_BYTES, max_age: float = 0
    ) -> Fetched:
        raise ZeroDivisionError

    for _attempt in range(4):
        inspections.run(inspection_id=row.pk, fetch=broken, clock=clock)
        clock.now += timedelta(seconds=10)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (Work.State.FAILED, 4)


def test_sites_that_drip_do_not_hold_a_worker_for_ever() -> None:
    clock, asked = Clock(), []

    def slow(
        url: str, *, accept: str = JSON_TYPES, max_bytes: int = MAX_BYTES, max_age: float = 0
    ) -> Fetched:
        asked.append(url)
        clock.now += timedelta(seconds=20)
        return answers(url)

    many = [f"{HOST}/assertions/{n}" for n in range(9)]
    document = assertion(related=many)
    answers = offline(hosted(document))
    row = check(give(text=document["id"]), slow, clock)
    assert len(asked) <= 4
    assert row.state == Work.State.DONE


def test_a_lost_bell_costs_one_sweep() -> None:
    give(b"{}")
    assert inspections.sweep(now=NOW) == 1


# --- Bounds ----------------------------------------------------------------------------------


def test_one_visitor_may_not_have_everything_checked() -> None:
    for _time in range(inspections.ALLOWED):
        give(b"{}")
    with pytest.raises(TooOften):
        give(b"{}")
    Inspection.objects.all().delete()
    give(b"{}", now=NOW + inspections.PER)


def test_there_is_an_end_to_what_waits_and_to_what_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [Inspection(digest=str(n), kind="text", created_at=NOW) for n in range(200)]
    Inspection.objects.bulk_create(rows)
    with pytest.raises(inspections.Busy):
        give(b"{}")
    Inspection.objects.update(state=Work.State.DONE)
    give(b"{}")
    monkeypatch.setattr(inspections, "MAX_KEPT", 201)
    with pytest.raises(inspections.Busy):
        give(b"{}")


def test_one_host_is_not_asked_by_everybody_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    document = assertion()
    answers = offline(hosted(document))
    monkeypatch.setattr(inspections, "REQUESTS", 2)
    row = check(give(text=document["id"]), answers)
    assert row.result == "unknown"
    later = check(give(text=document["id"]), answers)
    assert "being asked a lot" in later.error


# --- The pages -------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a browser would take for a script, a style or a form of ours."""

    def __init__(self, response: object) -> None:
        super().__init__()
        assert isinstance(response, HttpResponse)
        self.text = response.content.decode()
        self.problems: list[str] = []
        self.polls: list[str] = []
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not (given.get("src") or "").startswith("/")):
            self.problems.append(tag)
        self.problems += [f"{tag} {a}" for a in given if a == "style" or a.startswith("on")]
        if (given.get("href") or "").strip().lower().startswith("javascript:"):
            self.problems.append(f"{tag} href")
        if given.get("hx-get"):
            self.polls.append(given["hx-get"] or "")


@pytest.fixture
def visitor() -> Iterator[Client]:
    """A browser without a past, which must have none afterwards either."""
    client = Client(enforce_csrf_checks=True)
    yield client
    assert not client.cookies


def post(visitor: Client, file: bytes | None = None, **sent: Any) -> HttpResponse:
    if file is not None:
        sent["file"] = SimpleUploadedFile("badge.json", file)
    response = visitor.post("/verify/", sent)
    assert isinstance(response, HttpResponse)
    return response


def result_of(visitor: Client, file: bytes, fetch: Fetch = silent, **sent: Any) -> str:
    """Give it, let a worker check it, and return its address."""
    response = post(visitor, file, **sent)
    assert response.status_code == 302, response.content.decode()
    row = Inspection.objects.latest("created_at")
    inspections.run(inspection_id=row.pk, fetch=fetch, clock=timezone.now)
    return response["Location"]


def test_the_box_says_what_is_checked_and_what_is_not(visitor: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = visitor.get("/verify/")
    page = Page(response)
    assert len(queries) == 0
    assert page.problems == []
    for words in ("What is checked", "What nobody can check", "within an hour", "Stated by"):
        assert words in page.text
    assert "csrfmiddlewaretoken" not in page.text
    assert "Cookie" not in response.get("Vary", "")


def test_from_the_box_to_the_answer(visitor: Client) -> None:
    response = post(visitor, Signer().baked(1, email=EMAIL), about=EMAIL)
    address = response["Location"]
    assert len(address.split("/")[2]) >= 27
    page = Page(visitor.get(address))
    assert page.polls == [f"{address}progress/"]
    assert "waits for its turn" in page.text
    row = Inspection.objects.get()
    inspections.run(inspection_id=row.pk, fetch=silent, clock=timezone.now)
    part = Page(visitor.get(f"{address}progress/"))
    assert part.polls == []
    for words in (
        "Genuine, from whoever holds its key",
        "Knots, part 1",
        "Harbour College",
        "Tie six knots",
    ):
        assert words in part.text
    assert EMAIL not in part.text
    assert Page(visitor.get(address)).problems == []
    picture = visitor.get(f"{address}picture/")
    assert picture["Content-Type"] == "image/webp"


def test_a_key_that_anybody_can_make_vouches_for_no_name(visitor: Client) -> None:
    school = Signer()
    page = Page(visitor.get(result_of(visitor, school.file(1, email=EMAIL))))
    assert "Genuine, from whoever holds its key" in page.text
    assert "own word" in page.text
    assert f"{school.did} issued it" not in page.text
    entry = KnownIssuer(identifier=school.did, name="Harbour College", added_on=date(2026, 1, 1))
    registry.save(entry=entry, actor=None)
    page = Page(visitor.get(result_of(visitor, school.file(1, email=EMAIL))))
    assert "Genuine and in force" in page.text
    assert "Harbour College issued it" in page.text


def test_a_list_named_by_a_stranger_is_not_its_issuers_word(visitor: Client) -> None:
    school = Signer()
    listed = school.status_list()
    lists = offline({listed.url: listed})
    good = school.credential(1, email=EMAIL, credentialStatus=school.status(7))
    words = "Its issuer has not taken it back."
    assert words in Page(visitor.get(result_of(visitor, as_json(good), lists))).text
    changed = good | {"name": "Admiral"}
    elsewhere = school.credential(
        1, email=EMAIL, credentialStatus=school.status(7), issuer={"id": "did:web:issuer.test"}
    )
    for badge in (changed, elsewhere):
        page = Page(visitor.get(result_of(visitor, as_json(badge), lists)))
        assert words not in page.text
        assert "The list that it names does not hold it as taken back." in page.text
        assert "Could not be checked" not in page.text
        assert "Issuer not in our registry" not in page.text


def test_addresses_of_answers_are_private(visitor: Client) -> None:
    address = result_of(visitor, Signer().baked(1, email=EMAIL))
    for path in ("", "progress/", "picture/", "report.json"):
        response = visitor.get(address + path)
        assert response.status_code == 200
        assert response["Cache-Control"] == "private, no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response["X-Robots-Tag"]
    assert Inspection.objects.get().digest not in address


def test_the_report_is_what_the_command_prints_and_more(visitor: Client) -> None:
    address = result_of(visitor, Signer().file(1, email=EMAIL))
    response = visitor.get(f"{address}report.json")
    assert response["Content-Disposition"].startswith("attachment")
    report = response.json()
    assert {"format", "name", "issuer", "result", "checks"} <= set(report)
    assert report["result"] == "valid"
    assert report["checked_by"]["version"]
    assert datetime.fromisoformat(report["checked_at"]).tzinfo
    assert len(report["document"]["sha256"]) == 64
    assert all(one["code"] for one in report["checks"])


def test_whoever_asks_nobody_reads_what_is_over(visitor: Client) -> None:
    address = result_of(visitor, Signer().file(1, email=EMAIL))
    Inspection.objects.update(created_at=timezone.now() - KEEP)
    gone = {visitor.get(address + path).content for path in ("", "progress/", "report.json")}
    gone.add(visitor.get("/verify/never-there/").content)
    assert len(gone) == 1
    assert visitor.get(address).status_code == 404
    assert visitor.post(f"{address}forget/").status_code == 404


def test_an_answer_can_be_deleted_at_once(visitor: Client) -> None:
    address = result_of(visitor, Signer().file(1, email=EMAIL))
    assert visitor.get(f"{address}forget/").status_code == 405
    assert visitor.post(f"{address}forget/").status_code == 302
    assert not Inspection.objects.exists()
    assert visitor.get(address).status_code == 404


@pytest.mark.parametrize("who", ["nobody", "somebody", "staff"])
def test_it_is_the_same_for_everybody(who: str) -> None:
    client = Client()
    if who != "nobody":
        client.force_login(make_user(is_staff=who == "staff"))
    before = dict(client.cookies)
    address = result_of(client, Signer().file(1, email=EMAIL))
    page = client.get(address)
    assert page.status_code == 200
    assert "@example.org" not in page.content.decode()
    assert not page.cookies
    assert dict(client.cookies) == before


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["", "x/", "x/progress/", "x/picture/", "x/report.json"])
def test_other_methods_are_refused(method: str, path: str) -> None:
    assert getattr(Client(), method)(f"/verify/{path}").status_code == 405


def test_another_site_cannot_have_things_checked(visitor: Client) -> None:
    for site in ("cross-site", "same-site"):
        response = visitor.post("/verify/", {"text": "x"}, headers={"Sec-Fetch-Site": site})
        assert response.status_code == 403
    assert not Inspection.objects.exists()


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({}, 422, "Choose a file"),
        ({"text": "hello"}, 422, "no link, no badge"),
        ({"text": "{}", "about": "not an address"}, 422, "valid email address"),
        ({"text": "{}", "about": "a@b.example\x00"}, 422, "Null characters"),
        ({"text": "x" * 2_000_001}, 422, "at most 2000000"),
        ({"text": "x" * 5_000_000}, 400, "did not arrive"),
        ({"text": "x" * 15_000_000}, 413, "larger than 10 MB"),
    ],
    ids=["nothing", "words", "no address", "NUL", "long", "longer", "longest"],
)
def test_bad_input_is_answered_in_words(
    sent: dict[str, Any], status: int, words: str, visitor: Client
) -> None:
    response = post(visitor, **sent)
    assert response.status_code == status
    page = Page(response)
    assert words in page.text
    assert page.problems == []
    assert response["Cache-Control"] == "private, no-store"


def test_a_body_that_is_no_form_is_answered_in_words(visitor: Client) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "application/json"):
        response = visitor.post("/verify/", b"\x00\xff{", content_type=kind)
        assert response.status_code in {400, 422}
        assert "Check any badge" in response.content.decode()


def test_an_empty_and_a_large_file_are_answered_in_words(visitor: Client) -> None:
    assert "empty" in post(visitor, b"").content.decode()
    large = post(visitor, b"x" * (10 * 1024 * 1024 + 1))
    assert large.status_code == 422
    assert "larger than 10 MB" in large.content.decode()


def test_too_often_and_too_much_are_answered_in_words(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspections, "MAX_WAITING", 0)
    response = post(visitor, text="{}")
    assert response.status_code == 429
    assert "few minutes" in response.content.decode()
    monkeypatch.setattr(inspections, "ALLOWED", 0)
    response = post(visitor, text='{"a": 1}')
    assert response.status_code == 429
    assert "Go on at" in response.content.decode()
    assert "{&quot;a&quot;: 1}" in response.content.decode()


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> \u202e{{7*7}}"


def test_a_hostile_badge_is_only_text(visitor: Client) -> None:
    document = unsigned(name=HOSTILE, description=HOSTILE)
    document["issuer"] |= {"name": HOSTILE, "url": "javascript:alert(1)", "id": "javascript:1"}
    subject = document["credentialSubject"]["achievement"]
    subject |= {"name": HOSTILE, "criteria": {"id": "javascript:alert(1)", "narrative": HOSTILE}}
    address = result_of(visitor, as_json(document))
    page = Page(visitor.get(address))
    assert page.problems == []
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "49" not in page.text.partition("alert(1)")[2][:100]
    assert "&lt;script&gt;" in page.text


def test_what_is_inside_is_shown_with_its_own_checks(visitor: Client) -> None:
    subject = unsigned()["credentialSubject"]
    endorsed = unsigned(
        type=["VerifiableCredential", "OpenBadgeCredential"],
        endorsement=[
            {
                "@context": unsigned()["@context"],
                "id": "urn:uuid:00000000-0000-4000-8000-000000000009",
                "type": ["VerifiableCredential", "EndorsementCredential"],
                "issuer": {"id": f"{HOST}/other", "type": ["Profile"], "name": "Guild"},
                "validFrom": "2026-01-15T00:00:00Z",
                "name": "Endorsement",
                "credentialSubject": {
                    "id": subject["achievement"]["id"],
                    "type": ["EndorsementSubject"],
                    "endorsementComment": HOSTILE,
                },
            }
        ],
    )
    page = Page(visitor.get(result_of(visitor, as_json(endorsed))))
    assert "What is inside" in page.text
    assert "Guild" in page.text
    assert page.problems == []


def test_a_name_of_any_length_is_shown_in_bounds(visitor: Client) -> None:
    document = unsigned(name="n" * 60_000)
    document["credentialSubject"]["achievement"]["name"] = "n" * 60_000
    page = Page(visitor.get(result_of(visitor, as_json(document))))
    assert page.text.partition('class="verify-document"')[0].count("n" * 400) == 0


def test_a_long_document_is_cut_and_says_so(visitor: Client) -> None:
    document = unsigned(pad=["x" * 60_000] * 10)
    address = result_of(visitor, as_json(document))
    row = Inspection.objects.get()
    assert len(row.document) == inspections.SHOWN
    page = Page(visitor.get(address))
    assert "too long to show" in page.text


@pytest.mark.parametrize("number", [1, 9])
def test_an_answer_costs_one_query(number: int, visitor: Client) -> None:
    address = ""
    for _time in range(number):
        address = result_of(visitor, Signer().file(1, email=EMAIL))
    with CaptureQueriesContext(connection) as queries:
        visitor.get(address)
    assert len(queries) == 1


def test_the_tasks_are_rung_by_their_names() -> None:
    row = give(b"{}", now=timezone.now())
    tasks.run_inspection(inspection_id=str(row.pk))
    row.refresh_from_db()
    assert row.state == Work.State.DONE
    tasks.sweep_inspections()
