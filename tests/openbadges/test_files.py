"""Files that hold badges in their own way: PDF, lists, presentations, answers of platforms."""

import json
import time
import zlib
from typing import Any

import pytest
from weasyprint import HTML, Attachment

from badges.openbadges import parse, pdf, proofs
from badges.openbadges.bakery import bake
from badges.openbadges.credential import Format, Version
from badges.openbadges.errors import Unreadable
from badges.openbadges.report import About, Check, Outcome, Result
from tests.openbadges import make
from tests.openbadges.make import ED25519, METHOD, Json, check, png, signed, token, unsigned

BADGE = json.dumps(signed()).encode()


def stream(
    content: bytes, *, head: str = "", packed: bool = True, kind: str = "EmbeddedFile"
) -> bytes:
    """One object of a PDF that holds an attached file."""
    data = zlib.compress(content) if packed else content
    way = "/Filter /FlateDecode " if packed else ""
    start = f"7 0 obj\n<< /Type /{kind} {way}{head}/Length {len(data)} >>\nstream\r\n"
    return start.encode() + data + b"\nendstream\nendobj\n"


def document(*objects: bytes) -> bytes:
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"".join(objects) + b"trailer <<>>\n%%EOF\n"


PARAMS = "/Params << /Size 3 /CheckSum (\x01x) >> "


@pytest.mark.parametrize(
    "file",
    [
        document(stream(BADGE)),
        document(stream(BADGE, packed=False)),
        document(stream(BADGE, head=PARAMS)),
        document(stream(b"<xml>invoice</xml>"), stream(b"\x00\x01"), stream(BADGE)),
        document(stream(BADGE), stream(BADGE)),
        document(stream(bake(png(), BADGE.decode(), Version.OB3))),
        document(stream(token(ED25519, headers={"kid": METHOD}, jwk=False).encode())),
        document(stream(BADGE, kind="Filespec", head="/Subtype /application#2Fld#2Bjson ")),
        document(stream(BADGE, head=PARAMS).replace(b"/Type /EmbeddedFile", b"")),
        document(stream(BADGE).replace(b"/Filter /FlateDecode", b"/Filter [/FlateDecode]")),
        document(stream(BADGE, packed=False).replace(b"/Length", b"/Length 12 0 R /Was")),
    ],
)
def test_a_badge_attached_to_a_pdf_is_found(file: bytes) -> None:
    report = check(file)
    assert report.result is Result.VALID
    assert report.document is not None
    assert report.document.format is Format.PDF
    assert parse.read(report.document.text.encode()).payload == report.document.payload


@pytest.mark.parametrize("options", [{}, {"pdf_version": "1.4"}, {"uncompressed_pdf": True}])
def test_a_badge_attached_by_a_real_program_is_found(options: Json) -> None:
    attached = [Attachment(string="hello", name="note.txt"), Attachment(string=BADGE.decode())]
    file = HTML(string="<p>Diploma").write_pdf(attachments=attached, **options)
    assert check(file).result is Result.VALID


def test_several_badges_of_a_pdf_are_each_judged() -> None:
    report = check(document(stream(BADGE), stream(json.dumps(unsigned(id="urn:2")).encode())))
    assert [part.report.result for part in report.parts] == [Result.VALID, Result.UNSIGNED]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (document(), "pdf.no_badge"),
        (document(stream(b"")), "pdf.no_badge"),
        (document(stream(b"{}")), "pdf.no_badge"),
        (document(stream(BADGE).replace(b"FlateDecode", b"LZWDecode")), "pdf.no_badge"),
        (document(stream(BADGE).replace(b"/FlateDecode", b"[/ASCII85Decode /FlateDecode]")), None),
        (document(stream(BADGE)[:-60]), "pdf.no_badge"),
        (document(b"/EmbeddedFile stream\n"), "pdf.no_badge"),
        (document(b"7 0 obj << /Type /EmbeddedFile >> endobj stream\n{}endstream"), "pdf.no_badge"),
        (document(b"/EmbeddedFiles " * 50), "pdf.no_badge"),
        (document(stream(b"\xff" * 60)) + b"/Encrypt 9 0 R", "pdf.locked"),
        (document() + b"<< /Encrypt 9 0 R >>", "pdf.locked"),
    ],
)
def test_a_pdf_without_a_readable_badge_is_refused_with_a_reason(
    file: bytes, code: str | None
) -> None:
    with pytest.raises(Unreadable) as caught:
        parse.read_file(file)
    assert caught.value.code == (code or "pdf.no_badge")


def test_a_pdf_made_to_swell_is_given_up() -> None:
    bomb = stream(b"\0" * 60_000_000)
    start = time.process_time()
    found, left_out = pdf.attachments(document(bomb, bomb, bomb, stream(BADGE)))
    assert time.process_time() - start < 1
    assert sum(map(len, found)) <= pdf.MAX_ALL
    assert "were looked at" in left_out
    with pytest.raises(Unreadable):
        parse.read_file(document(bomb, bomb, bomb))


@pytest.mark.parametrize(
    "piece",
    [
        b"/EmbeddedFile ",
        b"1 0 obj<</Type/EmbeddedFile>>stream\n",
        b"1 0 obj<</Type/EmbeddedFile/Filter/FlateDecode>>stream\n"
        + zlib.compress(b"x" * 9_000)[:20],
        b"/Subtype    /application#2F.........................................",
        stream(b"{}"),
    ],
)
def test_thousands_of_attachments_cost_little(piece: bytes) -> None:
    start = time.process_time()
    report = check(document(piece * (5_000_000 // len(piece))))
    assert time.process_time() - start < 2
    assert report.result is Result.UNREADABLE


def test_what_was_not_looked_at_is_told() -> None:
    report = check(document(stream(BADGE), *[stream(b"%d" % n) for n in range(3_000)]))
    assert report.result is Result.VALID
    assert report.unchecked == ("This PDF has more or larger attachments than were looked at.",)


# ---------------------------------------------------------------------------------------
# Several badges in one file

EXPIRED = signed(id="urn:old", validUntil="2026-02-01T00:00:00Z")


def test_every_badge_of_a_list_has_its_own_result() -> None:
    report = check(json.dumps([signed(), EXPIRED, make.token(ED25519), {"no": "badge"}]))
    assert [part.report.result for part in report.parts] == [
        Result.VALID,
        Result.EXPIRED,
        Result.VALID,
        Result.UNREADABLE,
    ]
    assert {part.about for part in report.parts} == {About.FILE}
    assert report.result is Result.UNREADABLE  # the worst of them
    assert report.credential is None
    assert report.finding(Check.READABLE).code == "read.several"
    assert report.finding(Check.SIGNATURE).outcome is Outcome.NOT_APPLICABLE


def wrapped(*badges: Any, **changes: Any) -> Json:
    return {
        "@context": [make.VC2],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": list(badges),
    } | changes


@pytest.mark.parametrize(
    "value",
    [
        [signed()],
        wrapped(signed()),
        wrapped(make.token(ED25519)),
        {"credential": [signed()], "compactJwsString": []},
        {"compactJwsStrings": [make.token(ED25519)]},
        {
            "@context": signed()["@context"],
            "@graph": [{k: v for k, v in signed().items() if k[0] != "@"}],
        },
        wrapped(
            {
                "@context": [make.VC2],
                "type": "EnvelopedVerifiableCredential",
                "id": "data:application/vc+jwt," + make.token(ED25519),
            }
        ),
    ],
)
def test_one_badge_in_a_wrapping_is_that_badge(value: Any) -> None:
    report = check(json.dumps(value))
    assert report.result is Result.VALID
    assert report.parts == ()
    assert report.credential is not None


def test_who_presented_it_is_not_checked_and_that_is_told() -> None:
    report = check(json.dumps(wrapped(signed(), proof={"type": "DataIntegrityProof"})))
    assert report.result is Result.VALID
    assert report.unchecked == ("Who presented these badges was not checked.",)
    claims = {"vp": wrapped(signed(), EXPIRED), "aud": "x"}
    report = check(proofs.sign_jws(claims, ED25519))
    assert [part.report.result for part in report.parts] == [Result.VALID, Result.EXPIRED]


def test_the_answer_of_a_2_1_platform_is_read() -> None:
    found = {"assertions": [make.assertion()], "signedAssertions": [make.signed_assertion()]}
    report = check(json.dumps(found), make.hosted_web())
    assert [part.report.result for part in report.parts] == [Result.VALID, Result.VALID]


def test_hundreds_of_badges_are_bounded_with_words() -> None:
    badges = [unsigned(id=f"urn:{n}") for n in range(120)]
    report = check(json.dumps(badges))
    assert len(report.parts) == 100
    assert report.unchecked == ("This file holds 120 badges. Only the first 100 were checked.",)


@pytest.mark.parametrize(
    "value", [[], [[signed()]], wrapped(), {"credential": []}, {"credential": 7}]
)
def test_a_wrapping_round_nothing_is_no_badge(value: Any) -> None:
    assert check(json.dumps(value)).result is Result.UNREADABLE


def test_one_badge_is_asked_for_where_there_is_room_for_one() -> None:
    with pytest.raises(Unreadable) as caught:
        parse.read(json.dumps([signed(), EXPIRED]).encode())
    assert caught.value.code == "file.several"
