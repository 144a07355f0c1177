"""Sets a document, alone in a process that may do nothing else.

Run as `python -m portfolio.services.render_child`: a ZIP with the document's words and files comes
in on standard input (`portfolio.services.pdf` packs it), the PDF goes out on standard output. A
layout engine fed with strangers' words can be made to compute for ever, so the process limits
itself before it loads the engine: 20 seconds of CPU, 1 GiB of memory. The words are data of our
own template, never markup, and the engine reads nothing outside the one folder that is made here.
It gets no secret, since it gets none of the site's environment and no Django.
"""

import io
import json
import resource
import sys
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path

CPU_SECONDS = 20
MEMORY = 1024 * 1024 * 1024
FILE_BYTES = 64 * 1024 * 1024
ASSETS = Path(__file__).resolve().parent.parent / "assets"
FONTS = ASSETS / "fonts"
TEMPLATE = ASSETS / "pdf" / "transcript.typ"


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
    # Imported here, under the limits.
    import typst

    with tempfile.TemporaryDirectory(prefix="laurel-pdf-") as folder:
        root = Path(folder)
        with zipfile.ZipFile(io.BytesIO(bundle)) as packed:
            packed.extractall(root)
        (root / "faces").mkdir(exist_ok=True)
        main = root / "main.typ"
        main.write_bytes(TEMPLATE.read_bytes())
        told = json.loads((root / "told.json").read_text())
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(FONTS), str(root / "faces")],
        )
        # There is no package to be had: not from a folder, and never from the network.
        nowhere = str(root / "none")
        setter = typst.Compiler(
            str(main),
            root=folder,
            font_paths=fonts,
            ignore_system_fonts=True,
            package_path=nowhere,
            package_cache_path=nowhere,
        )
        made_at = datetime.fromisoformat(told["made_at"])
        # To be kept for ever, and to be read aloud. The engine refuses to make what is not both.
        pdf = setter.compile(format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=made_at)
    assert isinstance(pdf, bytes)  # of one format there is one answer
    return pdf


if __name__ == "__main__":
    limit()
    sys.stdout.buffer.write(render(sys.stdin.buffer.read()))
