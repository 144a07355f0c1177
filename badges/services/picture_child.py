"""Decodes strangers' pictures, in a process of its own that can do little else.

Run by `pictures` as a script, never imported by the site: it knows neither Django nor us, so it
starts in a tenth of a second. It reads length-prefixed pictures from standard input and writes,
for each, a JSON line's length, the line, and the two results. Before the first byte of a picture
is looked at, memory and processor time are capped and opening files and sockets is shut off.
A picture that breaks it ends this process alone, and the parent sees which one it was.
"""

import io
import json
import resource
import struct
import sys
import time
import warnings
from typing import BinaryIO
from xml.parsers import expat

# Named, since Pillow otherwise imports all of its forty formats to find four.
from PIL import GifImagePlugin, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

# What a card shows on a screen of two pixels to the point, and what a row of a list does.
LARGE, SMALL = 320, 128
# As sharp as the eye can tell when a picture is made smaller, for less than half of Lanczos' time.
SAMPLING = Image.Resampling.HAMMING
PIXELS = 16_000_000
MEMORY = 600 * 1024 * 1024
SECONDS = 3  # of processor time, for one picture
FORMATS = tuple(
    plugin.format
    for plugin in (
        PngImagePlugin.PngImageFile,
        JpegImagePlugin.JpegImageFile,
        WebPImagePlugin.WebPImageFile,
        GifImagePlugin.GifImageFile,
    )
)

SVG_BYTES = 2 * 1024 * 1024
SVG_DEPTH = 64  # py-svg-hush indents, so depth multiplies what it writes
SVG_ELEMENTS = 20_000
SVG_ATTRIBUTES = 64
SVG_USES = 200
SVG_CLEAN_BYTES = 4 * 1024 * 1024
DATA_URLS = ("data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp")
SANS, SERIF, MONO = "Noto Sans", "Noto Serif", "Noto Sans Mono"  # of fonts-noto-core

UNREADABLE = "This picture could not be read. Use a whole PNG, JPEG, WebP, GIF or SVG file."
TOO_MANY_PIXELS = "This picture has too many pixels. Use one of at most 16 megapixels."
TOO_COMPLEX = "This SVG drawing is too complex. Simplify it, or use a PNG file instead."


class Bad(Exception):
    """A picture that is refused, in words for a person."""


# --- limits


def confine(pictures: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    hard = SECONDS * pictures + 5
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


def allow_seconds() -> None:
    """Give the next picture its own share of processor time."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (min(hard, used + SECONDS), hard))


def close_the_door() -> None:
    """No further file and no socket can be opened; what is open stays."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))


def open_the_door() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))


def warm_up() -> None:
    """Load what Pillow would otherwise load at first use, when no file can be opened."""
    for name in FORMATS:
        file = io.BytesIO()
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.new("RGB", (2, 2)).save(file, name, **({} if name == "GIF" else {"exif": exif}))
        with Image.open(file, formats=FORMATS) as image:
            encode(flatten(image))
    # Photos with a second picture inside (MPO) announce themselves as JPEG.
    from PIL import MpoImagePlugin  # noqa: F401


# --- pixels


def flatten(image: Image.Image) -> Image.Image:
    """The first frame, upright, small enough, with its alpha and nothing else it carried."""
    if image.width * image.height > PIXELS:
        raise Bad(TOO_MANY_PIXELS)
    if image.format == "JPEG":
        image.draft("RGB", (2 * LARGE, 2 * LARGE))
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode != mode:
        image = image.convert(mode)
    image.info = {}
    image.thumbnail((LARGE, LARGE), SAMPLING)
    return image


def encode(image: Image.Image) -> bytes:
    file = io.BytesIO()
    # Two of the six levels of effort: less than half the time of four, for 7 % more bytes.
    image.save(file, "WEBP", quality=82, method=2)
    return file.getvalue()


def read_pixels(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return flatten(image)


# --- drawings


def scan(svg: bytes) -> tuple[bool, list[str]]:
    """Refuse a drawing built to blow up; say whether it has text, and what it refers to."""
    depth = elements = uses = 0
    text = False
    references: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements, uses, text
        depth += 1
        elements += 1
        local = name.rpartition(":")[2].lower()
        if elements == 1 and local != "svg":
            raise Bad(UNREADABLE)
        uses += local == "use"
        text |= local == "text"
        if (
            depth > SVG_DEPTH
            or elements > SVG_ELEMENTS
            or uses > SVG_USES
            or len(attributes) > SVG_ATTRIBUTES
        ):
            raise Bad(TOO_COMPLEX)
        references.extend(
            value.strip()
            for key, value in attributes.items()
            if key.rpartition(":")[2].lower() in {"href", "src"}
        )

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(name: str, system: str | None, public: str | None, internal: int) -> None:
        # Many drawing programs name SVG's public DTD; only definitions of one's own are hostile.
        if internal:
            raise Bad(TOO_COMPLEX)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(svg, True)
    return text, references


def read_drawing(data: bytes) -> Image.Image:
    """Draw an SVG. The drawing itself is never shown to anybody, only its pixels are."""
    import py_svg_hush  # loaded before the door closes, see serve
    import resvg_py

    if len(data) > SVG_BYTES:
        raise Bad(TOO_COMPLEX)
    scan(data)
    kept = {"image": ["png", "jpeg", "gif", "webp"]}
    clean = py_svg_hush.filter_svg(data, keep_data_url_mime_types=kept)
    if len(clean) > SVG_CLEAN_BYTES:
        raise Bad(TOO_COMPLEX)
    # The renderer would read a file of this machine by its path, so nothing but the drawing's
    # own parts and pixels may be left to refer to, whatever the sanitiser thought.
    text, references = scan(clean)
    if any(ref and not ref.lower().startswith(("#", *DATA_URLS)) for ref in references):
        raise Bad(UNREADABLE)
    if text:
        open_the_door()  # fonts
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=clean.decode("utf-8"),
            width=LARGE,
            height=LARGE,
            skip_system_fonts=not text,
            font_family=SANS,
            sans_serif_family=SANS,
            serif_family=SERIF,  # the one that unknown names fall back to
            monospace_family=MONO,
        )
    finally:
        close_the_door()
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        return flatten(image)


# --- the conversation


def looks_drawn(data: bytes) -> bool:
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return utf16 or data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def make(data: bytes) -> tuple[dict[str, str | int], bytes, bytes]:
    try:
        image = read_drawing(data) if looks_drawn(data) else read_pixels(data)
        large = encode(image)
        size = image.size
        image.thumbnail((SMALL, SMALL), SAMPLING)
        small = encode(image)
    except Bad as problem:
        return {"error": str(problem)}, b"", b""
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return {"error": TOO_MANY_PIXELS}, b"", b""
    except Exception:  # decoders of hostile bytes raise anything, SyntaxError and IndexError too
        return {"error": UNREADABLE}, b"", b""
    answer: dict[str, str | int] = {
        "width": size[0],
        "height": size[1],
        "large": len(large),
        "small": len(small),
    }
    return answer, large, small


def serve(source: BinaryIO, sink: BinaryIO, pictures: int) -> None:
    confine(pictures)
    Image.MAX_IMAGE_PIXELS = PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    warm_up()
    while head := source.read(4):
        data = source.read(struct.unpack(">I", head)[0])
        if looks_drawn(data):
            open_the_door()
            import py_svg_hush  # noqa: F401  # 10 ms that most batches need not pay
            import resvg_py  # noqa: F401
        close_the_door()
        allow_seconds()
        answer, large, small = make(data)
        line = json.dumps(answer).encode()
        sink.write(struct.pack(">I", len(line)) + line + large + small)
        sink.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
