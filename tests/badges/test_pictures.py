"""Pictures made safe: what is drawn, what is refused, and what a hostile one can reach."""

import base64
import gzip
import hashlib
import io
import multiprocessing
import resource
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from badges.services import pictures
from badges.services.pictures import BadPicture, Picture
from tests.badges.address_bed import Server, reply

CHILD = Path(pictures.__file__).with_name("picture_child.py")
RED = (255, 0, 0)
GREEN = (0, 128, 0)
NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def spent() -> float:
    """Seconds of processor time so far, children's included: a busy machine adds none."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def raster(name: str = "PNG", size: tuple[int, int] = (100, 50), **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, GREEN).save(file, name, **options)
    return file.getvalue()


def drawing(body: str, attributes: str = 'viewBox="0 0 100 100"') -> bytes:
    return f"<svg {NAMESPACES} {attributes}>{body}</svg>".encode()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=["WEBP"])
    image.load()
    return image


def near(pixel: object, colour: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 24 for a, b in zip(pixel, colour, strict=False))


def has_red(picture: Picture) -> bool:
    colours = opened(picture.small).convert("RGB").getcolors(1_000_000)
    assert colours is not None
    return any(near(colour, RED) for _, colour in colours)


def message(data: bytes) -> str:
    with pytest.raises(BadPicture) as caught:
        pictures.make(data)
    return caught.value.message


# --- what is good stays good


def test_each_format_becomes_two_small_pictures() -> None:
    sources = [raster(name, (1200, 600)) for name in ("PNG", "JPEG", "WEBP", "GIF")]
    for source, made in zip(sources, pictures.make_many(sources), strict=True):
        assert isinstance(made, Picture)
        large, small = opened(made.large), opened(made.small)
        assert (made.width, made.height) == large.size == (320, 160)
        assert small.size == (128, 64)
        assert near(large.convert("RGB").getpixel((100, 100)), GREEN)
        assert made.digest == hashlib.sha256(source).hexdigest()


def test_a_small_picture_is_not_enlarged() -> None:
    made = pictures.make(raster(size=(20, 10)))
    assert (made.width, made.height) == (20, 10)
    assert opened(made.small).size == (20, 10)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_kept(mode: str) -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((*GREEN, 255), (0, 0, 32, 64))
    file = io.BytesIO()
    image.convert(mode).save(file, "PNG")
    made = opened(pictures.make(file.getvalue()).large).convert("RGBA")
    left, right = made.getpixel((8, 32)), made.getpixel((56, 32))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert (left[3], right[3]) == (255, 0)


@pytest.mark.parametrize(
    ("mode", "name", "colour"),
    [
        ("1", "PNG", 1),
        ("L", "PNG", 200),
        ("I;16", "PNG", 200 * 256),
        ("CMYK", "JPEG", (10, 20, 30, 0)),
    ],
)
def test_rarer_kinds_of_pixel_are_read(mode: str, name: str, colour: int | tuple[int, ...]) -> None:
    file = io.BytesIO()
    Image.new(mode, (40, 40), colour).save(file, name)
    pixel = opened(pictures.make(file.getvalue()).large).convert("RGB").getpixel((20, 20))
    expected = {"1": (255,) * 3, "CMYK": (245, 235, 225)}.get(mode, (200,) * 3)
    assert near(pixel, expected)


def test_an_animation_shows_its_first_frame() -> None:
    file = io.BytesIO()
    frames = [Image.new("RGB", (30, 30), colour) for colour in (GREEN, RED)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert not has_red(pictures.make(file.getvalue()))


def test_a_photo_with_a_second_one_inside_is_read() -> None:
    file = io.BytesIO()
    frames = [Image.new("RGB", (30, 30), colour) for colour in (GREEN, RED)]
    frames[0].save(file, "MPO", save_all=True, append_images=frames[1:])
    assert not has_red(pictures.make(file.getvalue()))


def test_metadata_is_dropped_and_orientation_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    exif[0x010E] = "secret-place"
    text = PngImagePlugin.PngInfo()
    text.add_itxt("openbadges", "secret-assertion")
    for source in (
        raster("JPEG", exif=exif, icc_profile=b"secret-profile", comment=b"secret-comment"),
        raster("PNG", exif=exif, pnginfo=text, icc_profile=b"secret-profile"),
        raster("WEBP", exif=exif, xmp=b"secret-xmp"),
    ):
        assert b"secret" in source or b"iCCP" in source
        made = pictures.make(source)
        assert (made.width, made.height) == (50, 100)
        for result in (made.large, made.small):
            assert b"secret" not in result
            assert not {"exif", "icc_profile", "xmp"} & set(opened(result).info)


def test_a_badge_drawing_comes_out_as_it_looks() -> None:
    inner = base64.b64encode(raster(size=(10, 10))).decode()
    source = (
        b"\xef\xbb\xbf"
        + (
            b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by a drawing program -->\n'
            b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
            b'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
        )
        + drawing(
            '<openbadges:assertion xmlns:openbadges="http://openbadges.org" verify="x"/>'
            "<style>.a{fill:blue}</style>"
            '<defs><linearGradient id="g"><stop stop-color="red"/></linearGradient>'
            '<clipPath id="c"><rect width="50" height="50"/></clipPath></defs>'
            '<rect width="100" height="100" fill="url(#g)" clip-path="url(#c)"/>'
            f'<image x="50" width="50" height="50" xlink:href="data:image/png;base64,{inner}"/>'
            '<rect y="50" width="50" height="50" class="a"/>'
            '<g id="u" style="fill:#ff0"><rect y="50" width="25" height="50" x="50"/></g>'
            '<use xlink:href="#u" x="25"/>'
        )
    )
    made = pictures.make(source)
    image = opened(made.large).convert("RGB")
    assert image.size == (320, 320)
    for place, colour in {
        (80, 80): RED,
        (240, 80): GREEN,
        (80, 240): (0, 0, 255),
        (200, 240): (255, 255, 0),
        (280, 240): (255, 255, 0),
    }.items():
        assert near(image.getpixel(place), colour)


def test_text_in_a_drawing_is_drawn_whatever_its_typeface() -> None:
    names = ("", "No Such Face", "Arial", "sans-serif", "serif", "monospace", "cursive")
    body = '<text x="5" y="60" font-size="40" font-family="{}" fill="red">Ähm</text>'
    for name, made in zip(
        names, pictures.make_many([drawing(body.format(name)) for name in names]), strict=True
    ):
        assert isinstance(made, Picture)
        assert has_red(made), name


# --- what is refused, and in which words


NO_PICTURES = (
    b"\x00",
    b"{}",
    b"<html><body><svg/></body></html>",
    b"<svg",
    b"<svg xmlns='http://www.w3.org/2000/svg'></g>",
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    b"%PDF-1.7\n",
    raster("TIFF"),
    raster("BMP"),
    raster("ICO"),
    raster("PPM"),
    gzip.compress(drawing("<rect/>")),
    raster()[:60],
    raster("JPEG", (400, 400))[:-300],
    raster("WEBP")[:40],
    raster("GIF")[:30],
    b"\x89PNG\r\n\x1a\n" + bytes(100),
    drawing("<rect/>", 'width="0" height="0"'),
    drawing("<rect/>", 'width="-5" height="1e999"'),
    drawing("\x00"),
    drawing("<rect/>").replace(b"<rect/>", b"\xff\xfe\xff"),
)


def test_what_is_no_picture_is_refused_in_plain_words() -> None:
    for data, result in zip(NO_PICTURES, pictures.make_many(NO_PICTURES), strict=True):
        assert isinstance(result, BadPicture), data[:40]
        assert result.message.startswith("This picture could not be read."), data[:40]


def test_nothing_and_too_much_are_refused_without_a_child() -> None:
    started = spent()
    assert message(b"") == pictures.EMPTY
    assert message(bytes(50 * 1024 * 1024)) == pictures.TOO_LARGE
    assert spent() - started < 0.05


def test_a_file_of_two_kinds_leaves_its_second_behind() -> None:
    tails = (b"<script>alert(1)</script>", b"PK\x03\x04evil", b"%PDF-1.7")
    whole = [raster(name) + tail for name in ("PNG", "JPEG", "GIF", "WEBP") for tail in tails]
    for made in pictures.make_many(whole):
        assert isinstance(made, Picture)
        assert not any(tail in made.large + made.small for tail in tails)


# --- bombs


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, pixels: bytes, *extra: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    body = b"".join(extra) + chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b"")


def use_bomb() -> str:
    steps = ['<g id="a0"><circle r="5"/></g>']
    for level in range(1, 19):
        uses = f'<use xlink:href="#a{level - 1}"/>' * 10
        steps.append(f'<g id="a{level}">{uses}</g>')
    return f'<defs>{"".join(steps)}</defs><use xlink:href="#a18"/>'


BLOWN_UP = zlib.compress(bytes(200 * 1024 * 1024), 1)
ENTITIES = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))


BOMBS = (
    png(13_000, 13_000, bytes(13_000 * 1626)),
    png(20_000, 20_000, b""),
    png(2**31 - 1, 2**31 - 1, b""),
    png(1, 1, bytes(2), chunk(b"zTXt", b"a\0\0" + BLOWN_UP)),
    png(1, 1, bytes(2), chunk(b"iTXt", b"a\0\1\0\0\0" + BLOWN_UP)),
    drawing(use_bomb()),
    drawing("<use/>" * 201),
    drawing("<g>" * 10_000 + "</g>" * 10_000),
    drawing("<g/>" * 20_001),
    drawing("<g " + " ".join(f'a{n}=""' for n in range(65)) + "/>"),
    drawing(" " * (2 * 1024 * 1024)),
    f'<!DOCTYPE svg [<!ENTITY e0 "x">{ENTITIES}]>'.encode() + drawing("<text>&e9;</text>"),
    b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + drawing("<text>&x;</text>"),
    b'<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]>' + drawing(""),
    b'<!DOCTYPE svg [<!ATTLIST svg onload CDATA "alert(1)">]>' + drawing(""),
)


def test_bombs_are_refused_quickly() -> None:
    started = spent()
    made = pictures.make_many(BOMBS)
    assert spent() - started < 5
    for data, result in zip(BOMBS, made, strict=True):
        assert isinstance(result, BadPicture), data[:80]
        assert result.message != pictures.TOO_HEAVY, data[:80]


def test_a_picture_that_ends_the_child_harms_no_other() -> None:
    endless = drawing(
        '<filter id="f"><feTurbulence baseFrequency="0.9" numOctaves="100000000"/></filter>'
        '<rect width="100" height="100" filter="url(#f)"/>'
    )
    good = raster()
    started = spent()
    made = pictures.make_many([good, b"", endless, good, b"no picture", good])
    assert spent() - started < 8
    assert [getattr(item, "message", "fine")[:29] for item in made] == [
        "fine",
        pictures.EMPTY[:29],
        pictures.TOO_HEAVY[:29],
        "fine",
        "This picture could not be rea",
        "fine",
    ]


# --- what a hostile drawing can reach

# {file} is a red picture on this machine, {url} a server that would send one.
HOSTILE = (
    '<image width="100" height="100" href="{file}"/>',
    '<image width="100" height="100" xlink:href="{file}"/>',
    '<image width="100" height="100" xlink:href="file://{file}"/>',
    '<image width="100" height="100" xlink:href="FILE://{file}"/>',
    '<image width="100" height="100" xlink:href=" {file}"/>',
    '<image width="100" height="100" xlink:href="&#x2f;{file}"/>',
    '<image width="100" height="100" xlink:href="../../../../../../..{file}"/>',
    '<x:image xmlns:x="http://www.w3.org/2000/svg" width="100" height="100" href="{file}"/>',
    '<image width="100" height="100" xlink:href="{url}"/>',
    '<image width="100" height="100" xlink:href="//127.0.0.1/x.png"/>',
    '<image width="100" height="100" srcset="{url} 1x"/>',
    '<image width="100" height="100" href="#"><set attributeName="href" to="{file}"/></image>',
    '<image width="100" height="100"><animate attributeName="href" values="{url}"/></image>',
    '<image width="100" height="100" href="data:image/svg+xml,{nested}"/>',
    '<image width="100" height="100" href="data:image/svg+xml;base64,{nested64}"/>',
    '<image width="100" height="100" href="data:text/html,&lt;script&gt;"/>',
    '<filter id="f"><feImage href="{file}"/></filter>'
    '<rect width="100" height="100" filter="url(#f)"/>',
    '<filter id="f"><feImage xlink:href="{url}"/></filter>'
    '<rect width="100" height="100" filter="url(#f)"/>',
    '<use href="{file}#a"/>',
    '<use xlink:href="{url}#a"/>',
    '<rect width="100" height="100" fill="url({url}#a)"/>',
    '<rect width="100" height="100" style="fill:url({url})"/>',
    '<rect width="100" height="100" style="background:image-set(\'{url}\' 1x)"/>',
    '<rect width="100" height="100" style="cursor:url({url})"/>',
    "<style>@import '{url}';</style>",
    '<style>@import url("{url}");</style>',
    "<style>@font-face{{font-family:x;src:url({url})}}</style><text font-family='x'>x</text>",
    "<style>rect{{fill:url({file})}}</style><rect width='100' height='100'/>",
    "<style>@\\69mport '{url}';</style>",
    "<style>rect{{fill:image-set('{url}' 1x)}}</style><rect width='100' height='100'/>",
    "<style><![CDATA[@import '{url}';]]></style>",
    "<script>fetch('{url}')</script>",
    "<script href='{url}'/>",
    "<script xlink:href='data:text/javascript,fetch(1)'/>",
    "<x:script xmlns:x='http://www.w3.org/2000/svg'>fetch('{url}')</x:script>",
    "<rect onload=\"fetch('{url}')\" width='1' height='1'/>",
    "<g onmouseover='alert(1)' onfocus='alert(1)' tabindex='1'/>",
    "<a href='javascript:alert(1)'><rect width='100' height='100'/></a>",
    "<a xlink:href='java&#10;script:alert(1)'><rect width='9' height='9'/></a>",
    "<foreignObject width='100' height='100'><img xmlns='http://www.w3.org/1999/xhtml' "
    "src='{url}'/></foreignObject>",
    "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='{file}'/></foreignObject>",
    "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml' onload='alert(1)'/></foreignObject>",
    "<iframe xmlns='http://www.w3.org/1999/xhtml' src='{url}'/>",
    "<html:link xmlns:html='http://www.w3.org/1999/xhtml' rel='stylesheet' href='{url}'/>",
    "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{file}' parse='text'/>",
    "<handler xmlns:ev='http://www.w3.org/2001/xml-events' ev:event='load'>alert(1)</handler>",
    "<set attributeName='onload' to='alert(1)'/>",
    "<animate attributeName='onbegin' onbegin='alert(1)' dur='1s'/>",
    "<cursor xlink:href='{url}'/>",
    "<color-profile xlink:href='{url}' name='x'/>",
    "<font-face-uri xlink:href='{url}'/>",
    "<tref xlink:href='{file}#x'/>",
    "<linearGradient id='g' xlink:href='{url}#g'/><rect fill='url(#g)' width='9' height='9'/>",
    "<video xmlns='http://www.w3.org/1999/xhtml' poster='{url}' src='{url}'/>",
    "<audio xmlns='http://www.w3.org/1999/xhtml' src='{url}' autoplay=''/>",
    "<discard onbegin='alert(1)'/>",
    "<?xml-stylesheet href='{url}'?>",
    "<metadata><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
    "rdf:about='{url}'/></metadata>",
    "<text><textPath href='{file}#a'>x</textPath></text>",
    "<text font-family='{file}'>x</text>",
    "<mpath xlink:href='{url}#x'/>",
    "<embed xmlns='http://www.w3.org/1999/xhtml' src='{url}'/>",
    "<object xmlns='http://www.w3.org/1999/xhtml' data='{url}'/>",
)


@pytest.fixture(scope="module")
def red_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("red") / "red.png"
    Image.new("RGB", (10, 10), RED).save(path)
    return path


def test_a_hostile_drawing_reads_no_file_and_opens_no_connection(red_file: Path) -> None:
    red = red_file.read_bytes()
    with Server(lambda connection, path: reply(connection, body=red)) as server:
        nested = drawing(f'<image width="100" height="100" href="{red_file}"/>')
        words = {
            "file": str(red_file),
            "url": server.url("/red.png"),
            "nested": nested.decode().replace("<", "%3C").replace('"', "'").replace("#", "%23"),
            "nested64": base64.b64encode(nested).decode(),
        }
        made = pictures.make_many([drawing(body.format(**words)) for body in HOSTILE])
    assert server.connections == 0
    for body, result in zip(HOSTILE, made, strict=True):
        assert isinstance(result, BadPicture) or not has_red(result), body
        if isinstance(result, BadPicture):
            assert result.message != pictures.TOO_HEAVY, body
        else:
            assert opened(result.large).format == opened(result.small).format == "WEBP"


def in_child(code: str, *arguments: str) -> str:
    """Run code in a process prepared as the child prepares itself."""
    prepare = (
        "import _socket, runpy, sys\n"
        f"child = runpy.run_path({str(CHILD)!r})\n"
        "import py_svg_hush, resvg_py\n"
        "child['confine'](1); child['warm_up'](); child['close_the_door']()\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", prepare + code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return done.stdout.strip()


def test_behind_the_sanitiser_the_renderer_finds_no_door_open(red_file: Path) -> None:
    code = (
        'svg = \'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">\''
        '\'<image width="9" height="9" href="\' + sys.argv[1] + \'"/></svg>\'\n'
        "if sys.argv[2] == 'open': child['open_the_door']()\n"
        "png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)\n"
        "import io\n"
        "print(child['Image'].open(io.BytesIO(png)).getextrema()[0][1])"
    )
    assert in_child(code, str(red_file), "open") == "255"  # so the door is what holds it
    assert in_child(code, str(red_file), "closed") == "0"


def test_a_closed_child_opens_neither_file_nor_socket() -> None:
    attempt = "\ntry: {}\nexcept OSError as problem: print(problem.errno)"
    assert in_child(attempt.format("open('/etc/hostname')")) == "24"
    assert in_child(attempt.format("_socket.socket()")) == "24"


def test_the_child_knows_nothing_of_the_site() -> None:
    code = "print({'django', 'badges', 'celery', 'socket'} & set(sys.modules))"
    assert in_child(code) == "set()"


# --- where it is called from


def from_a_daemon(call: Callable[[bytes], Picture], source: bytes, pipe: object) -> None:
    pipe.send(call(source).width)  # type: ignore[attr-defined]  # Connection has no public type


def test_it_works_in_the_daemon_processes_that_celery_forks() -> None:
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=from_a_daemon, args=(pictures.make, raster(), there), daemon=True
    )
    process.start()
    assert here.poll(20)
    assert here.recv() == 100
    process.join(5)
    here.close()
    there.close()
    process.close()


def test_threads_may_use_it_at_once() -> None:
    made: list[Picture] = []
    threads = [
        threading.Thread(target=lambda: made.append(pictures.make(raster()))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 3


def test_a_long_list_is_drawn_by_one_child_after_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pictures, "PICTURES", 4)
    sources = [raster(size=(n, n)) for n in range(1, 11)]
    made = pictures.make_many(sources)
    assert [item.width for item in made if isinstance(item, Picture)] == list(range(1, 11))
    assert pictures.make_many([]) == []
