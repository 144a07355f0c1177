"""Turns HTML into a PDF, alone in a process that may do nothing else.

Run as `python -m portfolio.services.render_child`: a ZIP of HTML, faces and attachments comes in on
standard input (`portfolio.services.pdf` packs it), the PDF goes out on standard output. A layout
engine fed with strangers' words can be made to compute for ever, so the process limits itself
before it loads the engine: 20 seconds of CPU, 1 GiB of memory. It opens no file that the HTML
names and no connection: only `data:` URLs, and faces by name out of the ZIP. It gets no secret,
since it gets none of the site's environment and no Django.
"""

import io
import json
import mimetypes
import os
import resource
import sys
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

CPU_SECONDS = 40  # six hundred badges with all their details take half of it
MEMORY = 1024 * 1024 * 1024
FILE_BYTES = 64 * 1024 * 1024  # the engine writes embedded fonts to temporary files
# No face of the machine may slip into a document, which has to look the same everywhere.
NO_FONTS = '<?xml version="1.0"?><fontconfig><cachedir>{0}</cachedir></fontconfig>'


def limit() -> None:
    # Between the soft and the hard limit the death says what it died of.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 2))
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def render(bundle: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="laurel-pdf-") as folder:
        config = Path(folder) / "fonts.conf"
        config.write_text(NO_FONTS.format(folder))
        os.environ.update(FONTCONFIG_FILE=str(config), TMPDIR=folder)
        tempfile.tempdir = folder
        with zipfile.ZipFile(io.BytesIO(bundle)) as packed:
            return _set(packed)


def _set(packed: zipfile.ZipFile) -> bytes:
    # Imported here, under the limits.
    from weasyprint import HTML, Attachment
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Closed(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            if not url.startswith("font:"):
                return super().fetch(url, headers)
            try:
                face = packed.read("faces/" + url.removeprefix("font:"))
            except KeyError:
                # The engine would go on without it, and print boxes.
                raise SystemExit(f"There is no face {url}.") from None
            return URLFetcherResponse(url, face, {"Content-Type": "font/ttf"})

    mimetypes.add_type("application/jwt", ".jwt")
    told = json.loads(packed.read("told.json"))
    made_at = datetime.fromisoformat(told["made_at"])
    fetcher = Closed(allowed_protocols=("data",), allow_redirects=False)
    html = packed.read("document.html").decode()
    page = HTML(string=html, base_url="about:blank", url_fetcher=fetcher).render(
        pdf_variant="pdf/a-3a"
    )
    # The engine counts on being given each attachment once, and as a part of the document.
    page.metadata.attachments = [
        Attachment(
            string=packed.read(f"attached/{number}"),
            name=one["name"],
            description=one["about"],
            relationship="Source",
            created=made_at,
            modified=made_at,
        )
        for number, one in enumerate(told["attached"])
    ]
    pdf: bytes = page.write_pdf(pdf_variant="pdf/a-3a", finisher=_finish)
    return pdf


def _finish(document: Any, pdf: Any) -> None:
    """The engine lists every attachment twice among the associated files."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


if __name__ == "__main__":
    limit()
    sys.stdout.buffer.write(render(sys.stdin.buffer.read()))
