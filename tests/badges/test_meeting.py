"""Two copies of one badge: which of them is believed, and what no copy can bring about."""

from typing import Any

import pytest

from accounts.models import User
from badges.models import Badge, ImportItem, RememberedAnswer, Result, Trust
from badges.openbadges.fetching import Fetch, Fetched, offline
from badges.services import importing, imports
from tests.badges.conftest import NOW, Clock
from tests.badges.documents import assertion, hosted
from tests.badges.test_imports import as_json, upload
from tests.credentials import Signer
from tests.factories import make_user
from tests.openbadges import make

pytestmark = pytest.mark.django_db
SCHOOL = Signer()
STATUS = SCHOOL.status(7)


def web(*, revoked: bool = False, answers: dict[str, Fetched] | None = None) -> Fetch:
    listed = SCHOOL.status_list(*[7] * revoked)
    return offline({listed.url: listed} | (answers or {}))


def bring(user: User, data: bytes, fetch: Fetch) -> Badge:
    """Import this copy, adding whatever is offered; the one badge that there is then."""
    RememberedAnswer.objects.all().delete()
    job = imports.start(user=user, uploads=[upload(data)], text="", now=NOW, adds=True)
    importing.run_import(job_id=job.pk, fetch=fetch, clock=Clock())
    assert not job.items.filter(state__in=["waiting", "refused"]).exists()
    return Badge.objects.get()


def signed(**fields: Any) -> bytes:
    return SCHOOL.file(1, email="ada@example.org", **fields)


@pytest.mark.parametrize("day", ["2025-01-01", "2026-01-15"])
def test_no_copy_without_a_status_gives_back_what_was_taken(ada: User, day: str) -> None:
    gone = web(revoked=True)
    assert bring(ada, signed(credentialStatus=STATUS), gone).result == Result.REVOKED
    badge = bring(ada, signed(validFrom=f"{day}T00:00:00Z"), gone)
    assert badge.result == Result.REVOKED
    assert b"credentialStatus" in bytes(badge.document)


def test_a_badge_that_was_issued_anew_takes_the_place_of_the_revoked(ada: User) -> None:
    gone = web(revoked=True)
    bring(ada, signed(credentialStatus=STATUS), gone)
    assert bring(ada, signed(validFrom="2026-06-01T00:00:00Z"), gone).result == Result.VALID


def test_what_its_issuer_gives_back_is_back(ada: User) -> None:
    document = signed(credentialStatus=STATUS)
    assert bring(ada, document, web(revoked=True)).result == Result.REVOKED
    assert bring(ada, document, web()).result == Result.VALID


def test_what_its_host_gives_back_is_back(ada: User) -> None:
    own = as_json(assertion())
    taken = web(answers=hosted(assertion(revoked=True)))
    assert bring(ada, own, taken).result == Result.REVOKED
    assert bring(ada, own, web(answers=hosted(assertion()))).result == Result.VALID


def test_an_older_version_that_never_ends_does_not_renew_the_newer(ada: User) -> None:
    ended = signed(validUntil="2026-02-01T00:00:00Z")
    assert bring(ada, ended, web()).result == Result.EXPIRED
    older = signed(validFrom="2024-01-01T00:00:00Z")
    assert bring(ada, older, web()).result == Result.EXPIRED
    longer = signed(validUntil="2030-02-01T00:00:00Z")
    assert bring(ada, longer, web()).result == Result.VALID


def test_of_two_versions_of_one_date_the_owner_chooses(ada: User) -> None:
    first = bring(ada, signed(), web())
    shown = {"id": "https://work.example/net", "type": ["Evidence"], "name": "A net"}
    other = signed(evidence=[shown])
    # Even an import that adds unasked does not let them replace each other in turn.
    for _ in range(2):
        assert bring(ada, other, web()).document == first.document
    item = ImportItem.objects.filter(state=ImportItem.State.CHANGED).latest("pk")
    job = item.job
    assert "same date" in item.reason
    imports.accept(job=job, chosen={item.pk}, now=NOW)
    importing.run_import(job_id=job.pk, fetch=web(), clock=Clock())
    assert Badge.objects.get().evidence[0]["name"] == "A net"
    item.refresh_from_db()
    assert item.reason == ""
    assert imports.undo(job=job, now=NOW) == 1
    assert Badge.objects.get().document == first.document


def test_what_was_renewed_under_its_old_date_is_newer(ada: User) -> None:
    bring(ada, signed(validUntil="2029-01-01T00:00:00Z"), web())
    longer = bring(ada, signed(validUntil="2031-01-01T00:00:00Z"), web())
    again = bring(ada, signed(validUntil="2029-01-01T00:00:00Z"), web())
    assert longer.expires_at == again.expires_at
    assert again.expires_at is not None
    assert again.expires_at.year == 2031


def test_a_copy_that_nobody_signed_changes_nothing(ada: User) -> None:
    before = bring(ada, signed(), web())
    plain = SCHOOL.credential(1, email="ada@example.org", name="Better")
    del plain["proof"]
    after = bring(ada, as_json(plain), web())
    assert (after.name, after.trust, after.document) == (before.name, Trust.SIGNED, before.document)


def test_another_issuers_signature_does_not_take_the_place_of_a_hosted_badge() -> None:
    """Assertions of 2.0 are known by their address alone, and anybody may sign any address."""
    learner = make_user(make.LEARNER)
    honest = make.hosted_web()
    before = bring(learner, as_json(make.assertion()), honest.fetch)
    assert before.trust == Trust.HOSTED
    site = "https://other.example"
    honest.put(
        f"{site}/class",
        {
            "@context": make.OB2, "type": "BadgeClass", "id": f"{site}/class", "name": "Forged",
            "description": "x", "criteria": {"narrative": "x"}, "issuer": f"{site}/issuer",
        },
    )  # fmt: skip
    honest.put(
        f"{site}/issuer",
        {
            "@context": make.OB2, "type": "Issuer", "id": f"{site}/issuer", "name": "Other",
            "url": site, "publicKey": f"{site}/key",
        },
    )  # fmt: skip
    honest.put(
        f"{site}/key",
        {
            "@context": make.OB2, "id": f"{site}/key", "owner": f"{site}/issuer",
            "publicKeyPem": make.pem(make.RSA),
        },
    )  # fmt: skip
    forged = make.signed_assertion(
        id=make.ASSERTION,
        badge=f"{site}/class",
        verification={"type": "SignedBadge", "creator": f"{site}/key"},
        issuedOn="2026-06-01T00:00:00Z",
    )
    assert make.check(forged, honest, addresses=(make.LEARNER,)).trust == "signed"
    after = bring(learner, forged.encode(), honest.fetch)
    assert (after.name, after.trust, after.issuer) == (before.name, Trust.HOSTED, before.issuer)
