"""The registry: known by what is established alone, warned of by name, kept as a table."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, User
from badges.models import Basis, KnownIssuer, KnownName, Result
from badges.services import registry, registry_csv
from badges.services.registry import Claim, Standing, fold, normal
from portfolio.services import pageview
from tests.factories import make_badge, make_issuer, make_page, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HARBOUR = "https://harbour.example/issuer"


def listed(identifier: str = HARBOUR, name: str = "Harbour College", **fields: Any) -> KnownIssuer:
    values = {"added_on": date(2026, 1, 1)} | fields
    return registry.save(entry=KnownIssuer(identifier=identifier, name=name, **values), actor=None)


def standing(
    identifier: str = HARBOUR, host: str = "harbour.example", name: str = "Harbour College"
) -> Standing:
    return registry.standing(identifier=identifier, host=host, name=name, now=NOW)


# --- Identifiers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Harbour.EXAMPLE/issuer", "https://harbour.example/issuer"),
        ("http://harbour.example/issuer", "https://harbour.example/issuer"),
        ("https://harbour.example:443", "https://harbour.example/"),
        (" did:web:Harbour.example:a:B ", "did:web:harbour.example:a:B"),
        ("did:key:z6MkAbc", "did:key:z6MkAbc"),
        ("Harbour.Example.", "harbour.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("harbour.example:8443", "harbour.example:8443"),
    ],
)
def test_an_identifier_is_kept_in_one_spelling(given: str, kept: str) -> None:
    assert normal(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "", "  ", "harbour", "did:web", "did:WEB:x", "ada@harbour.example", "a b.example",
        "https://", "https://user@harbour.example/", "ftp://harbour.example", "x" * 501,
        "did:web:a.example#key", "javascript:alert(1)", "https://a.example/\x00",
    ],
)  # fmt: skip
def test_what_is_no_identifier_is_refused_in_words(given: str) -> None:
    with pytest.raises(ValidationError):
        normal(given)


# --- Names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        "HARBOUR  COLLEGE", "harbour-college", "The Harbour College", "Harbour College™",
        "Нarbour Соllege",  # Cyrillic Н, С, о
        "Ηarbοur Cοllege",  # Greek Η, ο
        "Harbour Co1lege", "Harb0ur College", "Ｈａｒｂｏｕｒ Ｃｏｌｌｅｇｅ", "𝐇𝐚𝐫𝐛𝐨𝐮𝐫 𝐂𝐨𝐥𝐥𝐞𝐠𝐞",
        "Hárbour Cöllege", "Har\u200bbour\u00adCollege", "Harbour CoIIege", "Ha\u0301rbour College",
        "\u202eHarbour College", "H.a.r.b.o.u.r College",
    ],
)  # fmt: skip
def test_names_that_look_alike_fold_alike(other: str) -> None:
    assert fold(other.replace("™", "")) == fold("Harbour College")


@pytest.mark.parametrize(
    ("one", "other"),
    [("MIT", "MLT"), ("Harbour College", "Harbour Colleges"), ("Дом", "Том"), ("東京", "京都")],
)
def test_names_that_differ_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize("name", ["", "   ", "!!!", "\u200b", "🎓"])
def test_a_name_without_letters_is_like_no_other(name: str) -> None:
    assert fold(name) == ""
    listed()
    assert standing("https://b.example/i", "b.example", name).code == "not_listed"


@pytest.mark.parametrize("name", ["a" * 100_000, "\u0301" * 5000, "İ" * 400, "\ud800", "\x00a"])
def test_hostile_names_cost_little_and_break_nothing(name: str) -> None:
    assert len(fold(name)) <= registry.MAX_FOLDED


# --- Standing --------------------------------------------------------------------------------


def test_a_known_issuer_is_known_by_its_identifier() -> None:
    listed()
    found = standing()
    assert (found.code, found.entry) == ("known", "Harbour College")
    assert "Harbour College" in found.words
    assert standing(name="Something else").code == "known"
    assert standing("http://harbour.example/issuer").code == "known"


def test_a_host_that_is_listed_stands_for_every_issuer_on_it() -> None:
    listed("harbour.example")
    assert standing("https://harbour.example/issuers/7").code == "known"
    assert standing("did:web:harbour.example").code == "known"
    assert standing("https://evil.harbour.example/i", "evil.harbour.example", "X").code != "known"
    assert standing("https://harbour.example.evil.test/i", "x.test", "X").code != "known"


def test_nobody_is_known_before_the_issuer_check_has_passed() -> None:
    listed()
    found = standing(host="")
    assert found.code == "not_listed"
    assert "has not been established" in found.words


def test_who_is_not_listed_is_told_without_reproach() -> None:
    listed()
    found = standing("https://lagoon.example/i", "lagoon.example", "Lagoon School")
    assert found.code == "not_listed"
    assert "nothing against it" in found.words


@pytest.mark.parametrize("name", ["Harbour College", "Нarbour Соllege", "HC", "Havnekollegiet"])
@pytest.mark.parametrize("host", ["evil.test", ""])
def test_a_known_name_beside_another_identifier_is_a_warning(name: str, host: str) -> None:
    listed(other_names="HC\nHavnekollegiet")
    found = standing("https://evil.test/issuer", host, name)
    assert found.code == "impersonates"
    assert found.entry == "Harbour College"


def test_a_tenant_of_a_known_host_may_not_bear_the_name_of_another() -> None:
    listed("platform.example", "Badge Platform")
    listed()
    found = standing("https://platform.example/issuers/9", "platform.example", "Harbour College")
    assert found.code == "impersonates"


def test_two_known_issuers_may_share_a_name() -> None:
    listed()
    listed("did:web:north.example", "Harbour College")
    assert standing().code == "known"
    assert standing("did:web:north.example", "north.example").code == "known"


def test_an_entry_that_does_not_count_neither_knows_nor_warns() -> None:
    ended: list[dict[str, Any]] = [
        {"withdrawn": True},
        {"valid_until": date(2026, 11, 22)},
        {"added_on": date(2026, 11, 24)},
    ]
    for number, fields in enumerate(ended):
        identifier = f"https://h{number}.example/"
        listed(identifier, f"House {number}", **fields)
        found = standing(identifier, f"h{number}.example", f"House {number}")
        assert found.code == "not_listed"
        assert "nothing against it" not in found.words
        assert standing("https://b.test/", "b.test", f"House {number}").code == "not_listed"
    listed("https://today.example/", "Today", valid_until=date(2026, 11, 23))
    assert standing("https://today.example/", "today.example", "Today").code == "known"


def test_many_issuers_cost_as_few_queries_as_one() -> None:
    for number in range(30):
        listed(f"https://h{number}.example/", f"House {number}", other_names=f"H{number}")
    claims = [Claim(f"https://h{n}.example/", f"h{n}.example", f"House {n}") for n in range(60)]
    with CaptureQueriesContext(connection) as one:
        registry.standings(claims[:1], now=NOW)
    with CaptureQueriesContext(connection) as many:
        found = registry.standings(claims, now=NOW)
    assert len(one) == len(many) == 1
    assert [s.code for s in found] == ["known"] * 30 + ["not_listed"] * 30
    assert registry.standings([], now=NOW) == []


def test_renaming_an_entry_forgets_its_old_names() -> None:
    entry = listed(other_names="Old Name\n\nOld  name")
    assert KnownName.objects.count() == 2
    entry.other_names = ""
    registry.save(entry=entry, actor=None)
    assert KnownName.objects.get().folded == fold("Harbour College")


def test_the_badge_page_says_how_its_issuer_stands() -> None:
    ada = make_user()
    issuer = make_issuer("Harbour College")
    badge = make_badge(ada, issuer=issuer, host="harbour-college.example")
    client = Client()
    client.force_login(ada)

    def page() -> str:
        return client.get(f"/badges/{badge.pk}/").content.decode()

    assert "Issuer not in our registry" in page()
    entry = listed(issuer.identifier)
    assert "Known issuer" in page()
    entry.identifier = "https://elsewhere.example/"
    registry.save(entry=entry, actor=None)
    assert "Somebody else’s name?" in page()


@pytest.mark.parametrize("basis", [basis for basis in Basis if basis != Basis.DOCUMENT])
def test_who_states_a_known_name_poses_as_nobody(basis: Basis) -> None:
    """On LinkedIn stands "Harbour College", without any address: that is no impostor."""
    ada = make_user()
    listed()
    issuer = make_issuer("Harbour College")
    stated = make_badge(ada, issuer=issuer, basis=basis, result=Result.UNSIGNED)
    posing = make_badge(ada, issuer=issuer, result=Result.UNSIGNED)
    nobodys = make_badge(ada, issuer=None)
    nothing, warning, none = registry.of_badges([stated, posing, nobodys], now=NOW)
    assert (nothing, none) == (None, None)
    assert warning is not None
    assert warning.code == registry.IMPERSONATES
    client = Client()
    client.force_login(ada)
    page = client.get(f"/badges/{stated.pk}/").content.decode()
    assert "Somebody else’s name?" not in page
    assert "Issuer not in our registry" not in page
    view = pageview.build_badge(page=make_page(ada, stated), badge_id=stated.pk, now=NOW)
    assert view is not None
    assert (view.entry.standing, view.entry.flag) == (None, "")


# --- The table -------------------------------------------------------------------------------


def fates(text: str) -> list[str]:
    return [row.fate for row in registry_csv.read(text)]


def test_a_table_is_looked_at_before_it_is_brought_in() -> None:
    listed()
    text = (
        "Identifier,Name,Other names,Added on,Valid until,Unknown column\n"
        "https://harbour.example/issuer,Harbour College,,2026-01-01,,x\n"
        "https://lagoon.example/i,Lagoon School,Lagoon|LS,2026-01-01,2027-01-31,x\n"
        "https://LAGOON.example/i,Lagoon again,,,,x\n"
        "not an identifier,Nobody,,,,x\n"
        "https://b.example/,,,,,x\n"
        "https://c.example/,C,,,31.1.2027,x\n"
        "\n"
    )
    rows = registry_csv.read(text)
    assert [row.fate for row in rows] == ["same", "new", *["refused"] * 4]
    assert [row.line for row in rows] == [2, 3, 4, 5, 6, 7]
    assert "line 3" in rows[2].reason
    assert all(row.reason for row in rows if row.fate == "refused")
    assert KnownIssuer.objects.count() == 1
    counted = registry_csv.bring_in(text=text, actor=make_user())
    assert counted == {"same": 1, "new": 1, "refused": 4}
    entry = KnownIssuer.objects.get(name="Lagoon School")
    assert entry.names == ["Lagoon School", "Lagoon", "LS"]
    assert entry.valid_until == date(2027, 1, 31)
    # An entry counts from the day on which it came in, which is not the day of the other tests.
    claim = {"identifier": "https://x.test/", "host": "x.test", "name": "LS"}
    assert registry.standing(**claim, now=timezone.now()).code == "impersonates"
    assert AuditEvent.objects.filter(action="registry.imported").count() == 1
    assert fates(text) == ["same", "same", *["refused"] * 4]


def test_columns_that_are_not_there_stay_as_they_are() -> None:
    listed(note="Letter of 3 May", other_names="HC")
    text = f"identifier;name;withdrawn\n{HARBOUR};Harbour University;yes\n"
    registry_csv.bring_in(text=text, actor=make_user())
    entry = KnownIssuer.objects.get()
    assert (entry.name, entry.note, entry.withdrawn) == (
        "Harbour University", "Letter of 3 May", True,
    )  # fmt: skip
    assert set(KnownName.objects.values_list("folded", flat=True)) == {
        fold("Harbour University"), fold("HC"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "name,url\nA,B\n",
        "",
        'identifier,name\n"https://a.example/,A\n',
        "identifier,name\n" + "https://a.example/,A\n" * 5001,
        "identifier,name\n\0,A\n",
        "identifier,name\n" + "x" * (registry_csv.MAX_BYTES + 1),
        "identifier,name\n" + "x" * 200_000 + ",A\n",
    ],
    ids=["no identifier", "empty", "open quote", "many", "NUL", "large", "long cell"],
)
def test_a_table_that_cannot_be_read_says_why(text: str) -> None:
    with pytest.raises(registry_csv.BadTable):
        registry_csv.read(text)


def test_only_utf_8_is_a_table() -> None:
    assert registry_csv.decode(b"\xef\xbb\xbfidentifier") == "identifier"
    with pytest.raises(registry_csv.BadTable):
        registry_csv.decode("identifier,näme".encode("latin-1"))
    with pytest.raises(registry_csv.BadTable):
        registry_csv.decode(b"x" * (registry_csv.MAX_BYTES + 1))


def test_what_goes_out_is_no_formula_and_comes_back_as_it_was() -> None:
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "\u202e=1", '"quoted", and more', "'plain"]
    for number, name in enumerate(hostile):
        listed(f"https://h{number}.example/", name, other_names="One\nTwo", note="=cmd|' /C calc'")
    rows = KnownIssuer.objects.order_by("identifier").values_list(*registry_csv.COLUMNS)
    before = list(rows)
    text = "".join(registry_csv.write())
    cells = text.replace("\n", ",").split(",")
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@"))]
    again = registry_csv.decode(text.encode())
    assert set(fates(again)) == {"same"}
    KnownIssuer.objects.all().delete()
    registry_csv.bring_in(text=again, actor=make_user())
    assert list(rows.all()) == before


def test_five_thousand_rows_come_in_within_a_bounded_number_of_queries() -> None:
    text = "identifier,name\n" + "".join(f"https://h{n}.example/,House {n}\n" for n in range(5000))
    actor = make_user()
    with CaptureQueriesContext(connection) as queries:
        assert registry_csv.bring_in(text=text, actor=actor) == {"new": 5000}
    assert len(queries) < 150


# --- The desk --------------------------------------------------------------------------------


@pytest.fixture
def chief() -> User:
    user = make_user("chief@example.org", is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    return user


@pytest.fixture
def desk(chief: User) -> Client:
    client = Client()
    client.force_login(chief)
    return client


BASE = "/admin/badges/knownissuer/"


def test_staff_keep_entries_by_hand(desk: Client, chief: User) -> None:
    sent = {"identifier": "HTTP://Harbour.example/issuer", "name": "Harbour College",
            "added_on": "2026-01-01", "other_names": "HC"}  # fmt: skip
    assert desk.post(f"{BASE}add/", sent).status_code == 302
    entry = KnownIssuer.objects.get()
    assert entry.identifier == HARBOUR
    assert entry.folded_names.count() == 2
    assert AuditEvent.objects.get(action="registry.entry_added").actor == chief
    response = desk.post(f"{BASE}add/", sent)
    assert response.status_code == 200
    assert "already exists" in response.content.decode()
    page = desk.post(f"{BASE}add/", sent | {"identifier": "harbour"}).content.decode()
    assert "neither a web address" in page
    assert desk.post(f"{BASE}{entry.pk}/change/", sent | {"withdrawn": "on"}).status_code == 302
    assert AuditEvent.objects.filter(action="registry.entry_changed").exists()
    assert not KnownIssuer.objects.current(NOW.date()).exists()
    assert desk.post(f"{BASE}{entry.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_table_comes_in_by_two_steps(desk: Client) -> None:
    file = SimpleUploadedFile("a.csv", f"\ufeffidentifier,name\n{HARBOUR},<b>H</b>\n".encode())
    page = desk.post(f"{BASE}import/", {"file": file}).content.decode()
    assert "1 new" in page
    assert "&lt;b&gt;H" in page
    assert "<b>H" not in page
    assert not KnownIssuer.objects.exists()
    sent = {"text": f"identifier,name\n{HARBOUR},Harbour\n", "confirmed": "1"}
    assert desk.post(f"{BASE}import/", sent).status_code == 302
    assert KnownIssuer.objects.get().name == "Harbour"
    response = desk.get(f"{BASE}export/")
    assert response["Content-Disposition"].startswith("attachment")
    assert HARBOUR in b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]  # the client types every answer as a plain one


@pytest.mark.parametrize("sent", [{}, {"text": "a,b"}, {"text": "", "confirmed": "1"}])
def test_a_bad_table_is_answered_in_words(sent: dict[str, str], desk: Client) -> None:
    response = desk.post(f"{BASE}import/", sent)
    assert response.status_code == 422
    assert "errornote" in response.content.decode()


def test_nobody_else_touches_the_registry() -> None:
    learner = Client()
    learner.force_login(make_user())
    clerk = make_user("clerk@example.org", is_staff=True)
    Authenticator.objects.create(user=clerk, type="totp", data={})
    staff = Client()
    staff.force_login(clerk)
    for path in ("", "add/", "import/", "export/"):
        assert Client().get(BASE + path).status_code == 302
        assert learner.get(BASE + path).status_code in {302, 403}
        assert staff.get(BASE + path).status_code == 403
    assert (
        staff.post(f"{BASE}import/", {"text": "identifier,name\n", "confirmed": "1"}).status_code
        == 403
    )


def test_a_window_of_time_is_read_in_the_sites_own_day() -> None:
    listed(valid_until=NOW.date())
    assert registry.standing(
        identifier=HARBOUR, host="harbour.example", name="", now=NOW + timedelta(days=1)
    ).code == "not_listed"  # fmt: skip
