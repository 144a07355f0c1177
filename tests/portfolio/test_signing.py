"""With what the site signs: made by itself, or its owner's; and never lying about in the open."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import LazySettings

from accounts.models import AuditEvent
from portfolio.models import Signer, Transcript
from portfolio.services import signing, transcripts
from tests.factories import NOW, make_badge, make_page, make_user
from tests.portfolio.papers import made

pytestmark = pytest.mark.django_db


def chain() -> tuple[rsa.RSAPrivateKey, x509.Certificate, x509.Certificate]:
    """A key with its certificate, and the authority's above it."""
    above = rsa.generate_private_key(65537, 2048)
    key = rsa.generate_private_key(65537, 2048)
    root = named("Authority", "Authority", above, above)
    return key, named("Harbour College", "Authority", key, above), root


def named(
    name: str, by: str, key: rsa.RSAPrivateKey, signed_with: rsa.RSAPrivateKey
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=365))
        .sign(signed_with, hashes.SHA256())
    )


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def test_the_first_signature_makes_a_certificate_and_the_next_uses_it() -> None:
    first = signing.identity(now=NOW)
    assert signing.identity(now=NOW + timedelta(days=900)).signer == first.signer
    assert Signer.objects.count() == 1
    assert first.signer.name == "Laurel localhost"
    usage = first.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert AuditEvent.objects.filter(action="signer.made").count() == 1


def test_a_stolen_table_signs_nothing(settings: LazySettings) -> None:
    row = signing.identity(now=NOW).signer
    assert "PRIVATE" not in row.sealed_key
    settings.SECRET_KEY = "another secret " * 4
    assert signing.identity(now=NOW).signer != row  # unreadable: a new one


def test_a_certificate_about_to_end_is_replaced() -> None:
    old = signing.identity(now=NOW)
    late = NOW + timedelta(days=365 * signing.YEARS)
    assert signing.identity(now=late).signer != old.signer
    assert Signer.objects.count() == 2


def test_staff_can_replace_it_and_old_documents_stay_known() -> None:
    owner = make_user()
    row = made(make_page(owner, make_badge(owner)), full_detail=False)
    assert row.signer is not None
    signing.retire(signer=row.signer, actor=owner, now=NOW)
    old = Signer.objects.get(pk=row.signer.pk)
    assert (old.sealed_key, old.retired_at) == ("", NOW)
    assert signing.identity(now=NOW).signer != old
    assert Transcript.objects.get(pk=row.pk).signer == old


@pytest.mark.parametrize("form", ["p12", "pem", "environment"])
def test_the_owners_own_certificate_signs(
    form: str, tmp_path: Path, settings: LazySettings
) -> None:
    key, certificate, root = chain()
    file = tmp_path / "signing"
    parts = [certificate.public_bytes(serialization.Encoding.PEM), pem(key)]
    if form == "p12":
        lock = serialization.BestAvailableEncryption(b"open sesame")
        packed = pkcs12.serialize_key_and_certificates(b"x", key, certificate, [root], lock)
        file.write_bytes(packed)
        settings.SIGNING_PASSPHRASE = "open sesame"
    else:
        file.write_bytes(b"".join([*parts, root.public_bytes(serialization.Encoding.PEM)]))
    settings.SIGNING_CERTIFICATE = file.read_text() if form == "environment" else str(file)
    found = signing.identity(now=NOW)
    assert found.signer.name == "Harbour College"
    assert found.signer.sealed_key == ""
    assert found.chain == (root,)
    owner = make_user()
    row = made(make_page(owner, make_badge(owner)), full_detail=False)
    assert row.signer == found.signer
    with row.file.open("rb") as stored:
        seal = signing.seal_of(stored.read())
    assert seal is not None
    assert (seal.signer, seal.intact, seal.whole) == (found.signer, True, True)


def test_a_certificate_that_cannot_be_used_says_why(tmp_path: Path, settings: LazySettings) -> None:
    key, certificate, _root = chain()
    other = rsa.generate_private_key(65537, 2048)
    said = certificate.public_bytes(serialization.Encoding.PEM)
    for content, words in {
        b"nonsense": "no PEM or PKCS #12",
        said: "no PEM or PKCS #12",
        said + pem(other): "not the one of the key",
        said + pem(ed25519.Ed25519PrivateKey.generate()): "RSA or of an elliptic curve",
    }.items():
        file = tmp_path / "signing.pem"
        file.write_bytes(content)
        settings.SIGNING_CERTIFICATE = str(file)
        with pytest.raises(signing.NoCertificate, match=words):
            signing.identity(now=NOW)
    settings.SIGNING_CERTIFICATE = str(tmp_path / "nowhere.pem")
    with pytest.raises(signing.NoCertificate, match="cannot be read"):
        signing.identity(now=NOW)
    assert key.key_size == 2048


def test_a_document_that_cannot_be_signed_is_given_up_with_a_reason(
    settings: LazySettings,
) -> None:
    owner = make_user()
    settings.SIGNING_CERTIFICATE = "/nowhere.pem"
    page = make_page(owner, make_badge(owner))
    row = transcripts.request(owner=owner, page=page, now=NOW)
    transcripts.run(transcript_id=row.pk, clock=lambda: NOW)
    row.refresh_from_db()
    assert row.state == Transcript.State.FAILED
    assert "certificate" in row.error
