"""Packs what a document says with its pictures and files, and has a child process set it."""

import io
import json
import logging
import signal
import subprocess
import sys
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.template.loader import render_to_string
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from badges.models import Picture
from portfolio.services import typefaces
from portfolio.services.paper import Attached
from portfolio.services.typefaces import Face

logger = logging.getLogger("laurel.pdf")

SECONDS = 120  # of patience on a busy machine; the child's own limit is 20 s of CPU
COMMAND = ["-m", "portfolio.services.render_child"]
LOOK_IN = 4  # seconds between signs of life
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
    """One ZIP of all that the child needs. `pictures` are JPEGs by the name that `data` gives."""
    clean, faces = typefaces.printable(data)
    told = {
        "made_at": made_at.replace(microsecond=0).isoformat(),
        "attached": [
            {"name": one.name, "about": listed["about"]}
            for one, listed in zip(attached, clean.get("attached", ()), strict=True)
        ],
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("document.html", _html(clean, faces, told["made_at"], pictures or {}))
        packed.writestr("told.json", json.dumps(told))
        for number, one in enumerate(attached):
            packed.writestr(f"attached/{number}", one.data)
        for face in faces:
            packed.write(face.path, f"faces/{face.path.name}")
    return out.getvalue()


def _html(
    data: dict[str, Any], faces: Sequence[Face], made_at: object, pictures: Mapping[str, bytes]
) -> str:
    others = [f for f in dict.fromkeys(face.family for face in faces) if f not in typefaces.SITE]
    near, far = ("right", "left") if data["rtl"] else ("left", "right")
    uris = {name: _data_uri("image/jpeg", picture) for name, picture in pictures.items()}
    return render_to_string(
        "pdf/transcript.html",
        {
            **data,
            "details": [{**one, "thumb": uris.get(one["thumb"])} for one in data["details"]],
            "made_at": made_at,
            "near": near,
            "far": far,
            "faces": [
                {"family": face.family, "weight": face.weight, "file": face.path.name}
                for face in faces
            ],
            "sans": _families("Inter", *others),
            "serif": _families("Source Serif 4", "Inter", *others),
            "kana": any(family in typefaces.JAPANESE for family in others),
            "qr": _data_uri("image/svg+xml", _qr(data["code"])),
        },
    )


def _families(*names: str) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _qr(code: str) -> bytes:
    out = BytesIO()
    segno.make(f"{settings.SITE_URL}/t/{code}/", error="m").save(out, kind="svg", border=0, scale=4)
    return out.getvalue()


def _data_uri(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{b64encode(data).decode()}"


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
    return int(PdfFileReader(BytesIO(document)).root["/Pages"]["/Count"])


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
