"""Packs what a document says with its pictures and files, and has a child process set it."""

import io
import json
import logging
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from PIL import Image

from badges.models import Picture
from portfolio.services import typefaces
from portfolio.services.paper import Attached

logger = logging.getLogger("laurel.pdf")

SECONDS = 120  # of patience on a busy machine; the child's own limit is 20 s of CPU
COMMAND = ["-m", "portfolio.services.render_child"]
LOOK_IN = 4  # seconds between signs of life
PAGES = re.compile(rb"<xmpTPg:NPages>(\d{1,6})<")
THUMB = 96  # pixels, printed at 15 mm


class RenderFailed(Exception):
    """The layout took too long, too much memory or broke. `hopeless` says that it always will."""

    def __init__(self, reason: str, *, hopeless: bool) -> None:
        super().__init__(reason)
        self.hopeless = hopeless


def bundle(
    *,
    data: dict[str, Any],
    made_at: datetime,
    attached: Sequence[Attached] = (),
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """One ZIP of all that the child needs. `pictures` are JPEGs by the file that `data` names."""
    clean, families, faces = typefaces.printable(data)
    clean["faces"] = [*clean["faces"], *families]
    qr = BytesIO()
    segno.make(f"{settings.SITE_URL}/t/{data['code']}/", error="m").save(
        qr, kind="svg", border=0, scale=4
    )
    told = {"made_at": made_at.replace(microsecond=0).isoformat()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("document.json", json.dumps(clean))
        packed.writestr("told.json", json.dumps(told))
        packed.writestr("qr.svg", qr.getvalue())
        for name, picture in (pictures or {}).items():
            packed.writestr(name, picture)
        for number, one in enumerate(attached):
            packed.writestr(f"attached/{number}", one.data)
        for face in faces:
            packed.write(face, f"faces/{face.name}")
    return out.getvalue()


def thumbnails(digests: Iterable[str]) -> Mapping[str, bytes]:
    """Small JPEGs, by digest: a third of the bytes of the PNGs they come from."""
    found: dict[str, bytes] = {}
    for picture in Picture.objects.filter(pk__in={digest for digest in digests if digest}):
        try:
            with picture.small.open("rb") as file, Image.open(file) as image:
                found[picture.pk] = _jpeg(image)
        except OSError as error:
            # The document is worth having without one of its pictures.
            logger.warning("Picture %s cannot be read: %s", picture.pk, error)
    return found


def _jpeg(image: Image.Image) -> bytes:
    rgba = image.convert("RGBA")
    rgba.thumbnail((THUMB, THUMB))
    paper = Image.new("RGB", rgba.size, "white")
    paper.paste(rgba, mask=rgba.getchannel("A"))
    out = BytesIO()
    paper.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def render(bundle: bytes, *, alive: Callable[[], None] = lambda: None) -> bytes:
    """Set it in a child process; `alive` is called every few seconds while it works."""
    # The child gets no environment of ours: no secret key, no database address.
    with subprocess.Popen(  # noqa: S603  # our own interpreter, our own module
        [sys.executable, *COMMAND],
        cwd=settings.BASE_DIR,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(settings.VAR)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        data: bytes | None = bundle
        try:
            for _turn in range(SECONDS // LOOK_IN):
                try:
                    out, errors = child.communicate(data, timeout=LOOK_IN)
                except subprocess.TimeoutExpired:
                    data = None  # already on its way
                    alive()
                else:
                    return _checked(child.returncode, out, errors)
        finally:
            child.kill()
    raise RenderFailed("It took longer than two minutes.", hopeless=False)


def count_pages(document: bytes) -> int:
    """As its own metadata has it, which an archivable document must not compress."""
    found = PAGES.search(document)
    return int(found.group(1)) if found else 0


def _checked(code: int, out: bytes, errors: bytes) -> bytes:
    if code == 0 and out.startswith(b"%PDF-"):
        return out
    logger.warning(
        "The PDF child ended with %s: %s", code, errors[-2000:].decode("utf-8", "replace")
    )
    # A limit that was reached will be reached again; anything else may have been bad luck. Without
    # memory the engine aborts.
    out_of_memory = code == -signal.SIGABRT or b"MemoryError" in errors
    hopeless = code == -signal.SIGXCPU or out_of_memory
    raise RenderFailed("The page is too much for one document.", hopeless=hopeless)
