"""Makes a PDF out of a page: fills the template, and has a child process lay it out."""

import base64
import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from uuid import UUID

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from PIL import Image

from badges.models import Picture
from portfolio.services import words
from portfolio.services.pageview import PageView

logger = logging.getLogger("laurel.pdf")

SECONDS = 120  # of patience on a busy machine; the child's own limit is 20 s of CPU
COMMAND = ["-m", "portfolio.services.render_child"]
LOOK_IN = 4  # seconds between signs of life
THUMB = 96  # pixels, printed at 12 mm


class RenderFailed(Exception):
    """The layout took too long, too much memory or broke. `hopeless` says that it always will."""

    def __init__(self, reason: str, *, hopeless: bool) -> None:
        super().__init__(reason)
        self.hopeless = hopeless


def document(
    *,
    view: PageView,
    code: str,
    paper: str,
    criteria: Mapping[UUID, tuple[str, ...]],
    full_detail: bool,
) -> str:
    """The HTML of a transcript, with everything that it shows inside itself."""
    address = settings.SITE_URL + reverse("portfolio:code", args=[code])
    shown = address.split("://", 1)[1].rstrip("/")
    return render_to_string(
        "pdf/transcript.html",
        {
            "view": view,
            "made": words.day(view.made_at),
            "code": code,
            "host": shown.split("/", 1)[0],
            "address_shown": shown,
            "qr": segno.make(address, error="m").svg_data_uri(border=0, scale=4),
            "full_detail": full_detail,
            "criteria": criteria,
            "pictures": thumbnails(entry.image for entry in view.entries),
            "paper": "letter" if paper == "letter" else "A4",
        },
    )


def thumbnails(digests: Iterable[str]) -> Mapping[str, str]:
    """Small JPEGs as data URIs, by digest: a third of the bytes of the PNGs they come from."""
    found: dict[str, str] = {}
    for picture in Picture.objects.filter(pk__in={digest for digest in digests if digest}):
        try:
            with picture.small.open("rb") as file, Image.open(file) as image:
                found[picture.pk] = _data_uri(image)
        except OSError as error:
            # The document is worth having without one of its pictures.
            logger.warning("Picture %s cannot be read: %s", picture.pk, error)
    return found


def _data_uri(image: Image.Image) -> str:
    rgba = image.convert("RGBA")
    rgba.thumbnail((THUMB, THUMB))
    paper = Image.new("RGB", rgba.size, "white")
    paper.paste(rgba, mask=rgba.getchannel("A"))
    out = BytesIO()
    paper.save(out, "JPEG", quality=85, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def render(html: str, *, alive: Callable[[], None] = lambda: None) -> bytes:
    """Lay out in a child process; `alive` is called every few seconds while it works."""
    # The child gets no environment of ours: no secret key, no database address.
    with subprocess.Popen(  # noqa: S603  # our own interpreter, our own module
        [sys.executable, *COMMAND],
        cwd=settings.BASE_DIR,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(settings.VAR)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        data: bytes | None = html.encode("utf-8", "replace")
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


def _checked(code: int, out: bytes, errors: bytes) -> bytes:
    if code == 0 and out.startswith(b"%PDF-"):
        return out
    logger.warning(
        "The PDF child ended with %s: %s", code, errors[-2000:].decode("utf-8", "replace")
    )
    # A limit that was reached will be reached again; anything else may have been bad luck.
    hopeless = code == -signal.SIGXCPU or b"MemoryError" in errors
    raise RenderFailed("The page is too much for one document.", hopeless=hopeless)
