"""What the tests of documents share: making one, and reading it back with other people's tools."""

import re
import zlib
from contextlib import suppress
from io import BytesIO
from typing import Any

import pypdfium2
from django.core.files.storage import default_storage
from django.utils import timezone
from pyhanko.pdf_utils.reader import PdfFileReader

from accounts.models import User
from portfolio.models import Page, ShareLink, Transcript
from portfolio.services import transcripts


def made(page: Page, link: ShareLink | None = None, **chosen: Any) -> Transcript:
    """A finished document of a page; `chosen` are its options."""
    return _run(page.owner, page, link, chosen)


def made_of_all(owner: User, **chosen: Any) -> Transcript:
    return _run(owner, None, None, chosen)


def _run(
    owner: User, page: Page | None, link: ShareLink | None, chosen: dict[str, Any]
) -> Transcript:
    options = transcripts.Options(**chosen)
    row = transcripts.request(
        owner=owner, page=page, link=link, options=options, now=timezone.now()
    )
    transcripts.run(transcript_id=row.pk, clock=timezone.now)
    row.refresh_from_db()
    assert row.state == Transcript.State.DONE, row.error
    return row


def bytes_of(row: Transcript) -> bytes:
    with default_storage.open(str(row.file), "rb") as file:
        return bytes(file.read())


def read(data: bytes) -> list[str]:
    """The text of each page, spaces and line breaks made one."""
    with pypdfium2.PdfDocument(data) as document:
        texts = []
        for number in range(len(document)):
            leaf = document[number]
            words = leaf.get_textpage()
            texts.append(" ".join(words.get_text_range().replace("\ufffe", "-").split()))
            words.close()
            leaf.close()
        return texts


def opened(data: bytes) -> bytes:
    """A PDF with its compressed streams unpacked, to look for what no reader shows."""
    whole = data
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        with suppress(zlib.error):
            whole += zlib.decompressobj().decompress(stream)
    return whole


def attachments(data: bytes) -> dict[str, bytes]:
    """The files inside a PDF, by name."""
    with pypdfium2.PdfDocument(data) as document:
        count = document.count_attachments()
        found = [document.get_attachment(number) for number in range(count)]
        return {one.get_name(): bytes(one.get_data()) for one in found}


def parsed(data: bytes) -> PdfFileReader:
    """Its objects, as a library that did not make it sees them."""
    return PdfFileReader(BytesIO(data))
