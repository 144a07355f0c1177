"""Imports: every piece gets an answer, nothing is kept twice, nothing that came is lost."""

import io
import json
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from accounts.models import AuditEvent, Notification, User
from accounts.services.limits import TooOften
from badges.models import Badge, ImportItem, ImportJob, Original, Recipient, Result, Trust, Work
from badges.openbadges.errors import Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched, offline
from badges.services import consistency, importing, imports, originals, pieces, unfolding
from tests.badges.conftest import NOW, Clock
from tests.badges.documents import HOST, assertion, hosted, unsigned
from tests.factories import make_user
from tests.openbadges import make
from tests.openbadges.test_files import document, stream
from tests.openbadges.test_records import record

pytestmark = pytest.mark.django_db


def nobody_answers(
    url: str,
    *,
    accept: str = JSON_TYPES,
    max_bytes: int = MAX_BYTES,
    max_age: float = 0,
) -> Fetched:
    raise Unreachable("This address could not be reached.", url)


def upload(data: bytes, name: str = "badge.json") -> imports.Upload:
    return imports.Upload(name=name, size=len(data), read=lambda: data)


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def run(job: ImportJob, fetch: Fetch = nobody_answers, clock: Clock | None = None) -> ImportJob:
    importing.run_import(job_id=job.pk, fetch=fetch, clock=clock or Clock())
    job.refresh_from_db()
    return job


def bring(user: User, *files: bytes, text: str = "", fetch: Fetch = nobody_answers) -> ImportJob:
    uploads = [upload(data, f"badge-{n}.json") for n, data in enumerate(files)]
    return run(imports.start(user=user, uploads=uploads, text=text, now=NOW, adds=True), fetch)


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def states(job: ImportJob) -> list[str]:
    return list(job.items.order_by("position").values_list("state", flat=True))


def test_a_hosted_badge_comes_in_checked_and_named(ada: User) -> None:
    document = assertion(1)
    job = bring(ada, as_json(document), fetch=offline(hosted(document)))
    assert states(job) == ["added"]
    badge = Badge.objects.get()
    assert badge.name == "Knots and splices"
    assert badge.issuer is not None
    assert badge.issuer.name == "Harbour College"
    assert (badge.result, badge.trust) == (Result.VALID, Trust.HOSTED)
    assert badge.recipient == Recipient.OWNER
    assert badge.is_verified(NOW)
    assert [skill.name for skill in badge.skills.all()] == ["Seamanship"]
    assert badge.verifications.count() == 1
    assert set(badge.supporting.values_list("url", flat=True)) >= {
        f"{HOST}/issuer",
        f"{HOST}/classes/1",
    }
    assert job.state == Work.State.DONE
    assert Notification.objects.get().text == "Your import is done: 1 badge added."
    assert list(consistency.faults()) == []


def test_the_received_bytes_are_kept_as_they_came(ada: User) -> None:
    data = json.dumps(unsigned(1), indent=7).encode() + b"\n\n"
    bring(ada, data)
    original = Badge.objects.get().original
    assert original is not None
    assert originals.read(original) == data


def test_a_link_is_fetched_and_what_it_answered_is_kept(ada: User) -> None:
    document = assertion(3)
    job = bring(ada, text=document["id"], fetch=offline(hosted(document)))
    assert states(job) == ["added"]
    badge = Badge.objects.get()
    assert badge.source_url == document["id"]
    assert badge.original is not None
    assert json.loads(originals.read(badge.original)) == document


def test_the_same_badge_twice_is_one_badge(ada: User) -> None:
    document = as_json(unsigned(1))
    assert states(bring(ada, document, document)) == ["added", "already"]
    assert states(bring(ada, document)) == ["already"]
    assert Badge.objects.count() == 1
    assert Original.objects.count() == 1


def test_two_people_may_hold_the_same_badge(ada: User) -> None:
    bob = User.objects.create_user("bob@example.org")
    bring(ada, as_json(unsigned(1)))
    bring(bob, as_json(unsigned(1)))
    assert Badge.objects.owned_by(ada).count() == Badge.objects.owned_by(bob).count() == 1


def test_a_forged_copy_that_came_first_does_not_keep_the_genuine_badge_out(ada: User) -> None:
    genuine = assertion(1)
    bring(ada, as_json(genuine))
    assert Badge.objects.get().result == Result.UNKNOWN
    forged_pk = Badge.objects.get().pk
    bring(ada, as_json(genuine | {"narrative": "x"}), fetch=offline(hosted(genuine)))
    badge = Badge.objects.get()
    assert (badge.pk, badge.result) == (forged_pk, Result.VALID)
    assert badge.verifications.count() == 2
    assert list(consistency.faults()) == []


def test_somebody_elses_badge_is_kept_and_not_counted_as_verified(ada: User) -> None:
    document = assertion(1, email="somebody@else.example")
    bring(ada, as_json(document), fetch=offline(hosted(document)))
    badge = Badge.objects.get()
    assert (badge.result, badge.recipient) == (Result.VALID, Recipient.OTHER)
    assert not badge.is_verified(NOW)


def test_an_unverified_address_proves_nothing(ada: User) -> None:
    EmailAddress.objects.filter(user=ada).update(verified=False)
    document = assertion(1)
    bring(ada, as_json(document), fetch=offline(hosted(document)))
    assert Badge.objects.get().recipient != Recipient.OWNER


def test_an_unsigned_badge_is_the_learners_word(ada: User) -> None:
    bring(ada, as_json(unsigned(1)))
    badge = Badge.objects.get()
    assert (badge.result, badge.trust) == (Result.UNSIGNED, Trust.STATED)


def test_a_picture_of_the_first_years_outlives_its_site(ada: User) -> None:
    """It carries nothing but an address, and nobody answers there any more."""
    address = "https://gone.example/assertions/1"
    job = bring(ada, make.png((b"tEXt", b"openbadges\0" + address.encode())))
    assert states(job) == ["added"]
    badge = Badge.objects.get()
    assert (badge.result, badge.trust) == (Result.UNKNOWN, Trust.NONE)
    assert (badge.credential_id, badge.unknown_since is not None) == (address, True)
    assert badge.issuer is not None
    assert badge.issuer.name == "gone.example"
    assert badge.picture is not None


def test_what_cannot_be_read_inside_an_archive_has_a_row_and_a_reason(ada: User) -> None:
    inner = zipped(("two.json", as_json(unsigned(2))))
    job = bring(ada, zipped(("one.json", as_json(unsigned(1))), ("inner.zip", inner)))
    archive, one, other = job.items.order_by("position")
    assert (archive.state, one.state, other.state) == ("opened", "added", "refused")
    assert (other.label, other.can_retry) == ("inner.zip", False)
    assert "archive inside an archive" in other.reason
    assert Badge.objects.get().name == "Volunteer, day 1"


def test_an_unproven_badge_renames_no_issuer(ada: User) -> None:
    genuine = assertion(1)
    bring(ada, as_json(genuine), fetch=offline(hosted(genuine)))
    forged = unsigned(9)
    forged["issuer"] = {"id": f"{HOST}/issuer", "type": ["Profile"], "name": "Evil College"}
    bring(make_user("charlie@example.org"), as_json(forged))
    assert {str(badge.issuer) for badge in Badge.objects.all()} == {"Harbour College"}


BAD_FILES = {
    "no bytes": b"",
    "not a badge": b'{"hello": "world"}',
    "a list": b"[1, 2, 3]",
    "truncated": as_json(unsigned(1))[:-40],
    "a web page": b"<!doctype html><html><body>Login</body></html>",
    "a PNG without a badge": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "a NUL": as_json(unsigned(1)).replace(b"Volunteer", b"Volun\\u0000teer"),
    "a raw NUL": b"\0" * 100,
    "deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "a picture of something else": b"GIF89a" + b"\0" * 20,
    "not text": b"\xff\xfe\xfd" * 40,
}


@pytest.mark.parametrize("data", BAD_FILES.values(), ids=BAD_FILES.keys())
def test_what_is_no_badge_gets_a_reason_and_stops_nothing(ada: User, data: bytes) -> None:
    job = bring(ada, data, as_json(unsigned(2)))
    assert states(job) == ["refused", "added"]
    refused = job.items.get(state="refused")
    assert len(refused.reason) > 20
    assert refused.reason.endswith((".", "?", "!"))
    assert list(consistency.faults()) == []


def test_a_file_too_large_is_named_and_never_read(ada: User) -> None:
    def never() -> bytes:
        raise AssertionError("was read")

    big = imports.Upload(name="huge.zip", size=60_000_000, read=never)
    large = upload(b"\x89PNG" + bytes(11_000_000), "large.png")
    job = run(imports.start(user=ada, uploads=[big, large], text="", now=NOW))
    reasons = [item.reason for item in job.items.all()]
    assert "larger than 50 MB" in reasons[0]
    assert "larger than 10 MB" in reasons[1]


def page(status: int, body: bytes = b"{}", kind: str = "application/json") -> Fetched:
    return Fetched(f"{HOST}/x", f"{HOST}/x", status, kind, body)


@pytest.mark.parametrize(
    ("answer", "words", "can_retry"),
    [
        (page(404), "nothing at this address", False),
        (page(410), "withdrawn", False),
        (page(200, b"<html>Hello</html>", "text/html"), "opens a web page", False),
        (page(200, b""), "", True),
    ],
)
def test_a_link_that_leads_nowhere_says_why(
    ada: User, answer: Fetched | None, words: str, can_retry: bool
) -> None:
    fetch = offline({f"{HOST}/x": answer}) if answer else nobody_answers
    item = bring(ada, text=f"{HOST}/x", fetch=fetch).items.get()
    assert item.state == ImportItem.State.REFUSED
    assert words in item.reason
    assert item.can_retry == can_retry


@pytest.mark.parametrize("answer", [page(500), page(429), page(503), None])
def test_a_link_that_does_not_answer_is_asked_again_later(
    ada: User, answer: Fetched | None
) -> None:
    fetch, clock = offline({f"{HOST}/x": answer}) if answer else nobody_answers, Clock()
    job = imports.start(user=ada, uploads=[], text=f"{HOST}/x", now=NOW, adds=True)
    tries = 0
    while run(job, fetch, clock).state == Work.State.QUEUED:
        tries += 1
        assert "Next try at" in job.items.get().reason
        assert job.is_put_off(clock.now)
        assert importing.sweep(now=clock.now) == 0
        clock.now = job.run_after
    assert tries == 2
    item = job.items.get()
    assert (item.state, item.can_retry) == (ImportItem.State.REFUSED, True)
    assert item.reason.endswith(".")
    assert not Badge.objects.exists()


def test_what_is_put_off_can_be_tried_at_once(ada: User) -> None:
    document = assertion(1)
    job = bring(ada, text=document["id"])
    assert states(job) == ["waiting"]
    assert imports.retry(job=job, now=NOW) == 1
    assert states(run(job, offline(hosted(document)))) == ["added"]
    assert imports.retry(job=job, now=NOW) == 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('{"a": 1}', 1),
        ('{"a": 1} {"b": 2}\n', 2),
        ('[{"a": 1}, {"b": 2}]', 2),
        ("https://a.test/1\nhttps://a.test/2 , https://a.test/3", 3),
        ("aaa.bbb.ccc\n{\n}", 2),
        ("  \n ", 0),
        ("[]", 1),
        ('{"a": ', 1),
        ("[1, 2]", 1),
        ("\ufeff{}", 1),
        ("[" * 100_000, 1),
    ],
)
def test_pasted_text_falls_into_its_pieces(text: str, count: int) -> None:
    assert len(list(pieces.split(text))) == count


def test_pieces_keep_every_byte() -> None:
    one, two = '{"b" :1,\n "a":2.0}', '{ "c": "\\u00e9" }'
    assert list(pieces.split(f"[{one} ,\n {two}]")) == [one, two]


def test_every_badge_of_a_file_gets_a_line_of_its_own(ada: User) -> None:
    pieces = [make.signed(id=f"urn:uuid:{n}") for n in range(3)]
    job = bring(ada, as_json([*pieces, {"no": "badge"}]), as_json(unsigned(9)))
    assert states(job) == ["added"] * 4
    assert list(job.items.values_list("label", flat=True)) == [
        "badge-0.json",
        "badge-1.json",
        "badge-0.json (2)",
        "badge-0.json (3)",
    ]
    assert Badge.objects.filter(result=Result.VALID).count() == 3
    assert job.state == Work.State.DONE
    assert list(consistency.faults()) == []
    again = bring(ada, as_json(pieces))
    assert states(again) == ["already"] * 3


def test_a_record_brings_its_own_signed_badges_along(ada: User) -> None:
    hearsay = make.unsigned(id="urn:uuid:a")
    job = bring(ada, as_json(record(make.signed(), hearsay, make.token(make.ED25519, id="urn:b"))))
    assert states(job) == ["added"] * 3
    found = {badge.version: badge.result for badge in Badge.objects.all()}
    assert found == {"CLR 2.0": Result.VALID, "3.0": Result.VALID}
    kept = Badge.objects.get(version="CLR 2.0")
    assert b"urn:uuid:a" in bytes(kept.document)
    assert list(consistency.faults()) == []


def test_a_pdf_with_a_badge_is_kept_as_it_came(ada: User) -> None:
    data = document(stream(as_json(make.signed())))
    bring(ada, data)
    badge = Badge.objects.get()
    assert (badge.format, badge.result) == ("pdf", Result.VALID)
    assert badge.original is not None
    assert originals.read(badge.original) == data


def test_what_is_inside_what_is_inside_is_bounded(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfolding, "MAX_LINES", 5)
    job = bring(ada, as_json([unsigned(n) for n in range(9)]))
    assert states(job) == ["added"] * 5


def test_nothing_is_said_to_be_nothing(ada: User) -> None:
    with pytest.raises(imports.NothingToImport):
        imports.start(user=ada, uploads=[], text=" \n", now=NOW)
    with pytest.raises(imports.TooMany):
        imports.start(user=ada, uploads=[], text="https://a.test/ " * 201, now=NOW)
    assert not ImportJob.objects.exists()


def test_an_hour_has_an_allowance(ada: User) -> None:
    for _ in range(5):
        imports.start(user=ada, uploads=[], text="https://a.test/ " * 200, now=NOW)
    with pytest.raises(TooOften):
        imports.start(user=ada, uploads=[], text="https://a.test/", now=NOW)
    imports.start(user=ada, uploads=[], text="https://a.test/", now=NOW + timedelta(hours=1))


def test_a_job_is_worked_on_once_however_often_the_bell_rings(ada: User) -> None:
    job = bring(ada, as_json(unsigned(1)))
    finished = job.finished_at
    for _ in range(5):
        assert not importing.run_import(job_id=job.pk, fetch=nobody_answers, clock=Clock())
    job.refresh_from_db()
    assert job.finished_at == finished
    assert Badge.objects.count() == 1
    assert Notification.objects.count() == 1


def test_a_dead_workers_job_goes_on_where_it_stopped(ada: User) -> None:
    files = [upload(as_json(unsigned(n))) for n in range(3)]
    job = imports.start(user=ada, uploads=files, text="", now=NOW, adds=True)
    claimed = ImportJob.objects.claim(job.pk, now=NOW)
    assert claimed is not None
    later = Clock()
    later.now = NOW + timedelta(minutes=1)
    assert not importing.run_import(job_id=job.pk, fetch=nobody_answers, clock=Clock())
    assert importing.sweep(now=NOW) == 0
    assert importing.sweep(now=later.now) == 1
    assert importing.run_import(job_id=job.pk, fetch=nobody_answers, clock=later)
    assert states(job) == ["added"] * 3


def test_a_worker_that_was_thought_dead_writes_nothing(ada: User) -> None:
    document = assertion(1)
    job = imports.start(user=ada, uploads=[], text=document["id"], now=NOW, adds=True)
    asked = list[str]()
    answers = offline(hosted(document))

    def fetch(
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        asked.append(url)
        return answers(url, accept=accept, max_bytes=max_bytes)

    class Overtaken(Clock):
        """Another worker claims the job while this one is at its badge."""

        def __call__(self) -> datetime:
            if asked and threading.current_thread() is threading.main_thread():
                ImportJob.objects.filter(pk=job.pk).update(attempts=9)
            return self.now

    assert not importing.run_import(job_id=job.pk, fetch=fetch, clock=Overtaken())
    assert asked
    assert not Badge.objects.exists()
    assert states(job) == ["waiting"]


def breaks(times: int, then: Fetch) -> Callable[..., Fetched]:
    left = [times]

    def fetch(
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        if left[0]:
            left[0] -= 1
            raise RuntimeError("a bug of ours")
        return then(url, accept=accept, max_bytes=max_bytes)

    return fetch


@pytest.mark.parametrize(("times", "state"), [(2, "added"), (3, "refused")])
def test_poison_is_given_up_after_three_attempts(
    ada: User, times: int, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    document = assertion(1)
    job = bring(ada, text=document["id"], fetch=breaks(times, offline(hosted(document))))
    assert states(job) == [state]
    assert job.state == Work.State.DONE
    assert "a bug of ours" in caplog.text


def test_shared_documents_are_asked_for_once(ada: User) -> None:
    documents = [assertion(n) for n in range(5)]
    answers, asked = offline(hosted(*documents)), list[str]()

    def fetch(
        url: str,
        *,
        accept: str = JSON_TYPES,
        max_bytes: int = MAX_BYTES,
        max_age: float = 0,
    ) -> Fetched:
        asked.append(url)
        return answers(url, accept=accept, max_bytes=max_bytes)

    bring(ada, *(as_json(d) for d in documents), fetch=fetch)
    assert asked.count(f"{HOST}/issuer") == 1
    assert asked.count(f"{HOST}/classes/1") == 1


TEN_SCRIPTS = "Ada Ада Άντα عادة עדה अदा 艾达 エイダ 에이다 აადა"


@pytest.mark.parametrize("name", ["x" * 5000, TEN_SCRIPTS, "<script>alert(1)</script>", "\u202e"])
def test_a_strange_name_is_still_a_name(ada: User, name: str) -> None:
    document = unsigned(1)
    document["credentialSubject"]["achievement"]["name"] = document["name"] = name
    bring(ada, as_json(document))
    assert Badge.objects.get().name == name


def test_starting_an_import_is_on_the_record(ada: User) -> None:
    job = bring(ada, as_json(unsigned(1)))
    actions: Sequence[str] = list(AuditEvent.objects.values_list("action", flat=True))
    assert sorted(actions) == ["badge.imported", "import.started"]
    assert AuditEvent.objects.get(action="import.started").target_id == str(job.pk)


def test_heavy_badges_are_written_as_they_come(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is learnt is bounded in memory, and nothing stands still for that."""
    monkeypatch.setattr(importing, "BYTES_IN_HAND", 1)
    assertions = [assertion(number) for number in range(60)]
    job = bring(ada, *map(as_json, assertions), fetch=offline(hosted(*assertions)))
    assert Counter(states(job)) == {"added": 60}
    assert not [one for one in threading.enumerate() if one.name.startswith("laurel-hand")]
