"""Signs documents as the site, and tells whether a file is one that it signed.

The signature is PAdES: it stands inside the PDF, so that any reader checks it without us, and
certifies the document, so that a reader reports any later change. By default the site makes itself
a certificate when it first signs; its key lies in the database, sealed under SECRET_KEY. Whoever
has a certificate of an authority that readers know names its file in SIGNING_CERTIFICATE.
Certificates are kept when they are replaced: what they signed is still ours.
"""

import hashlib
import io
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.services import audit, sealing
from portfolio.models import Signer

if TYPE_CHECKING:
    from accounts.models import User

PURPOSE = "document signing"
YEARS = 10
FIELD = "Signature"
# Stands in documents, so it must not change: RFC 9336, a certificate that is for signing documents.
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class NoCertificate(Exception):
    """The certificate that the site is told to sign with cannot be used; the words say why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the site signs with at this moment."""

    signer: Signer
    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()


# --- Whose certificate -------------------------------------------------------------------------


def identity(*, now: datetime) -> Identity:
    """The certificate and its key: those of the file, else our own, made when there is none."""
    if settings.SIGNING_CERTIFICATE:
        certificate, key, chain = _from_file(
            settings.SIGNING_CERTIFICATE, settings.SIGNING_PASSPHRASE
        )
        return Identity(_known(certificate, now), certificate, key, chain)
    for row in Signer.objects.made_here():
        opened = _opened(row, now)
        if opened is not None:
            return opened
    return _make(now)


def _opened(row: Signer, now: datetime) -> Identity | None:
    certificate = x509.load_pem_x509_certificate(row.certificate.encode())
    if certificate.not_valid_after_utc <= now + timedelta(days=1):
        return None
    pem = sealing.unseal(row.sealed_key, purpose=PURPOSE, bound_to=row.digest)
    if pem is None:
        return None  # sealed under a SECRET_KEY that nobody has any more
    return Identity(
        row, certificate, _usable(serialization.load_pem_private_key(pem.encode(), None))
    )


def _make(now: datetime) -> Identity:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"Laurel {host}"[:64]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, host[:64]),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_signing(), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    digest = digest_of(certificate)
    row = Signer.objects.create(
        digest=digest,
        name=_name_of(certificate),
        certificate=_pem(certificate),
        sealed_key=sealing.seal(pem.decode(), purpose=PURPOSE, bound_to=digest),
        created_at=now,
    )
    audit.record(actor=None, action="signer.made", target=row)
    return Identity(row, certificate, key)


def _for_signing() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _from_file(
    path: str, passphrase: str
) -> tuple[x509.Certificate, Key, tuple[x509.Certificate, ...]]:
    """A PKCS #12 or PEM file of the key, its certificate and those above it, or that PEM itself."""
    try:
        data = path.encode() if path.startswith("-----BEGIN") else Path(path).read_bytes()
    except OSError as error:
        raise NoCertificate(f"SIGNING_CERTIFICATE cannot be read: {error}.") from None
    return _parsed(data, passphrase)


@lru_cache(maxsize=4)
def _parsed(
    data: bytes, passphrase: str
) -> tuple[x509.Certificate, Key, tuple[x509.Certificate, ...]]:
    password = passphrase.encode() or None
    try:
        if b"-----BEGIN" in data:
            first, *above = x509.load_pem_x509_certificates(data)
            key = serialization.load_pem_private_key(data, password)
        else:
            key, found, above = pkcs12.load_key_and_certificates(data, password)  # type: ignore[assignment]
            if found is None or key is None:
                raise NoCertificate("SIGNING_CERTIFICATE holds no key with its certificate.")
            first = found
    except (ValueError, TypeError) as error:
        raise NoCertificate(
            "SIGNING_CERTIFICATE is no PEM or PKCS #12 file that SIGNING_PASSPHRASE opens: "
            f"{error}."
        ) from None
    usable = _usable(key)
    if usable.public_key() != first.public_key():
        raise NoCertificate("SIGNING_CERTIFICATE: the first certificate is not the one of the key.")
    return first, usable, tuple(above)


def _usable(key: object) -> Key:
    if isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        return key
    raise NoCertificate("SIGNING_CERTIFICATE: the key must be RSA or of an elliptic curve.")


def _known(certificate: x509.Certificate, now: datetime) -> Signer:
    row, _made = Signer.objects.get_or_create(
        digest=digest_of(certificate),
        defaults={
            "name": _name_of(certificate),
            "certificate": _pem(certificate),
            "created_at": now,
        },
    )
    return row


def retire(*, signer: Signer, actor: "User", now: datetime) -> None:
    """Sign nothing more with it, and forget its key. The next document makes a new one."""
    Signer.objects.filter(pk=signer.pk).update(retired_at=now, sealed_key="")
    audit.record(actor=actor, action="signer.retired", target=signer)


def digest_of(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def _name_of(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value)[:200] if names else certificate.subject.rfc4514_string()[:200]


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


# --- Signing -----------------------------------------------------------------------------------


def sign(pdf: bytes, *, by: Identity, where: str) -> bytes:
    """The same bytes and, after them, the site's signature over the whole."""
    # Loaded by the worker that signs, not by every process that imports this.
    from asn1crypto import keys
    from asn1crypto import x509 as asn1
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import (
        InvisSigSettings,
        MDPPerm,
        SigFieldSpec,
        SigSeedSubFilter,
    )
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    above = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    above.register_multiple([asn1.Certificate.load(_der(one)) for one in by.chain])
    signer = signers.SimpleSigner(
        signing_cert=asn1.Certificate.load(_der(by.certificate)),
        signing_key=keys.PrivateKeyInfo.load(
            by.key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        ),
        cert_registry=above,
    )
    told = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        location=where,
        reason=_("As the badges stood on the day that is printed on it"),
    )

    class Writer(IncrementalPdfFileWriter):
        """Leaves the metadata as they are: written anew, they are no longer those of PDF/A."""

        def _update_meta(self) -> None:
            pass

    writer = Writer(io.BytesIO(pdf))
    # A field without an area, off the page: PDF/A wants it printable, PDF/UA out of sight.
    unseen = InvisSigSettings(box_out_of_bounds=True)
    field = SigFieldSpec(FIELD, invis_sig_settings=unseen)
    signed = signers.PdfSigner(told, signer=signer, new_field_spec=field).sign_pdf(writer)
    return bytes(signed.getvalue())


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


# --- Looking at a file that somebody brings ------------------------------------------------------

BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
MAX_SIGNATURE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature of this site that was found in a file."""

    signer: Signer
    intact: bool  # the bytes under it are those that were signed
    whole: bool  # there are no others


def seal_of(pdf: bytes) -> Seal | None:
    """Our signature in a file of unknown origin, or None.

    Strangers' files are not given to a PDF library here. A signature is found by its byte range,
    which must leave out the signature alone, and is checked with what the site knows of itself.
    """
    found = list(BYTE_RANGE.finditer(pdf))
    if not found:
        return None
    before, after, rest = (int(number) for number in found[-1].groups())
    end = after + rest
    box = pdf[before:after]
    if not (before < after <= end <= len(pdf)) or len(box) > MAX_SIGNATURE:
        return None
    if not (box.startswith(b"<") and box.endswith(b">")):
        return None
    try:
        cms = bytes.fromhex(box[1:-1].decode("ascii"))
        signer, intact = _checked(cms, pdf[:before] + pdf[after:end])
    except ValueError:  # what asn1crypto and fromhex say of nonsense
        return None
    return Seal(signer, intact, whole=end == len(pdf)) if signer else None


def _checked(cms: bytes, signed: bytes) -> tuple[Signer | None, bool]:
    from asn1crypto import cms as asn1

    try:
        whole = asn1.ContentInfo.load(cms)
        if cms[len(whole.dump()) :].strip(b"\0"):
            raise ValueError("Something stands in the room that a signature leaves empty.")
        content = whole["content"]
        info = content["signer_infos"][0]
        named = [hashlib.sha256(one.chosen.dump()).hexdigest() for one in content["certificates"]]
        attributes = {one["type"].native: one["values"][0].native for one in info["signed_attrs"]}
        to_sign = info["signed_attrs"].untag().dump()
        signature = info["signature"].native
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError("No signature that could be read.") from error
    signer = Signer.objects.filter(digest__in=named[:20]).first()
    if signer is None:
        return None, False
    certificate = x509.load_pem_x509_certificate(signer.certificate.encode())
    intact = attributes.get("message_digest") == hashlib.sha256(signed).digest()
    return signer, intact and _matches(certificate, signature, to_sign)


def _matches(certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True
