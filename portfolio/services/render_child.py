"""Turns HTML into a PDF, alone in a process that may do nothing else.

Run as `python -m portfolio.services.render_child`: HTML comes in on standard input, the PDF goes
out on standard output. A layout engine fed with strangers' words can be made to compute for ever,
so the process limits itself before it loads the engine: 20 seconds of CPU, 1 GiB of memory. It
opens no file that the HTML names and no connection: only `data:` URLs and our own fonts, by name
from a closed list. It gets no secret, since it gets none of the site's environment and no Django.
"""

import resource
import sys
from pathlib import Path

CPU_SECONDS = 20
MEMORY = 1024 * 1024 * 1024
FILE_BYTES = 64 * 1024 * 1024  # the engine writes embedded fonts to temporary files
FONTS = Path(__file__).resolve().parent.parent / "assets" / "fonts"


def limit() -> None:
    # Between the soft and the hard limit the death says what it died of.
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 2))
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def render(html: bytes) -> bytes:
    # Imported here, under the limits.
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    fonts = {path.name: path for path in FONTS.glob("*.ttf")}

    class Closed(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            if url.startswith("font:"):
                path = fonts[url.removeprefix("font:")]
                return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})
            return super().fetch(url, headers)

    fetcher = Closed(allowed_protocols=("data",), allow_redirects=False)
    document = HTML(string=html.decode(), base_url="about:blank", url_fetcher=fetcher)
    pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1", optimize_images=False)
    return pdf


if __name__ == "__main__":
    limit()
    sys.stdout.buffer.write(render(sys.stdin.buffer.read()))
