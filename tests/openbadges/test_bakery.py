"""A badge goes into a picture and comes out again, and nothing else of the picture changes."""

import json
import re
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges.openbadges.bakery import bake, unbake
from badges.openbadges.credential import Version
from badges.openbadges.errors import Unreadable
from tests.openbadges.make import SVG, chunk, itxt, png, signed, token

VECTORS = Path(__file__).parent / "vectors"
JSON = json.dumps({"name": "Knoten für Ängstliche ]]> & <b>", "x": "\u2028"}, ensure_ascii=False)


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("picture", [png(), SVG], ids=["png", "svg"])
@pytest.mark.parametrize("text", [JSON, token(), JSON.replace(",", ",\r\n")])
def test_what_is_baked_comes_out_exactly(version: Version, picture: bytes, text: str) -> None:
    assert unbake(bake(picture, text, version)) == text


@settings(max_examples=10, deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3))
def test_any_json_survives_baking(value: dict[str, str]) -> None:
    text = json.dumps(value)
    assert unbake(bake(png(), text, Version.OB3)) == text
    assert unbake(bake(SVG, text, Version.OB3)) == text


def test_all_other_chunks_stay_byte_for_byte_and_in_order() -> None:
    extra = [(b"gAMA", b"\0\0\xb1\x8f"), (b"tEXt", b"Author\0Ada"), (b"iTXt", b"other\0\0\0\0\0x")]
    picture = png(*extra)
    baked = bake(picture, JSON, Version.OB3)
    own = chunk(*itxt(JSON.encode()))
    assert baked.replace(own, b"") == picture


def test_baking_again_leaves_one_badge() -> None:
    once = bake(png(), "{}", Version.OB2)
    again = bake(once, JSON, Version.OB3)
    assert unbake(again) == JSON
    assert again == bake(png(), JSON, Version.OB3)
    assert bake(bake(SVG, "{}", Version.OB2), JSON, Version.OB3) == bake(SVG, JSON, Version.OB3)


def test_a_baked_svg_is_the_same_but_for_one_element() -> None:
    element = re.compile(rb"<openbadges:credential.*</openbadges:credential>", re.DOTALL)
    assert element.sub(b"", bake(SVG, JSON, Version.OB3)) == SVG
    short = bake(SVG, token(), Version.OB3)
    assert re.sub(rb"<openbadges:credential[^>]*/>", b"", short) == SVG


@pytest.mark.parametrize("kind", ["iTXt", "iTXt compressed", "tEXt", "zTXt"])
def test_a_badge_is_found_in_every_kind_of_text_chunk(kind: str) -> None:
    packed = zlib.compress(b"{}")
    chunks = {
        "iTXt": (b"iTXt", b"openbadges\0\0\0en\0Badge\0{}"),
        "iTXt compressed": (b"iTXt", b"openbadges\0\1\0\0\0" + packed),
        "tEXt": (b"tEXt", b"openbadges\0{}"),
        "zTXt": (b"zTXt", b"openbadges\0\0" + packed),
    }
    assert unbake(png(chunks[kind])) == "{}"


def test_a_badge_after_the_pixels_is_found() -> None:
    late = png().replace(chunk(b"IEND", b""), chunk(*itxt(b"{}")) + chunk(b"IEND", b""))
    assert unbake(late) == "{}"


def test_the_namespace_counts_and_not_the_prefix() -> None:
    picture = (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:b="https://purl.imsglobal.org/ob/v3p0">'
        b'<b:credential verify="e.y.J"/><b:credential verify="second"/></svg>'
    )
    assert unbake(picture) == "e.y.J"
    assert "image.no_badge" in code_of(picture.replace(b"/ob/v3p0", b"/other"))


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (png(), "image.no_badge"),
        (SVG, "image.no_badge"),
        (png()[:40], "image.truncated"),
        (bake(png(), JSON, Version.OB3)[:60], "image.truncated"),
        (SVG[:50], "image.damaged"),
        (b"<html><body>Not found</body></html>", "image.not_svg"),
        (b"<!DOCTYPE html><p>", "image.not_svg"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>', "image.entities"),
        (
            b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///x">]><svg>&a;</svg>',
            "image.entities",
        ),
        (b"<svg>" + b"<g>" * 5_000, "image.too_complex"),
        (png((b"iTXt", b"openbadges\0\1\0\0\0not zlib")), "image.damaged"),
        (png((b"iTXt", b"openbadges\0\0\0\0\0\xff\xfe")), "text.encoding"),
    ],
)
def test_a_picture_without_a_sound_badge_says_why(picture: bytes, code: str) -> None:
    assert code_of(picture) == code


def test_damage_after_the_badge_does_not_lose_it() -> None:
    assert unbake(png(itxt(b"{}"))[:-20]) == "{}"


def code_of(picture: bytes) -> str:
    try:
        unbake(picture)
    except Unreadable as error:
        return error.code
    return ""


def test_entities_never_multiply() -> None:
    laughs = b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><svg>&b;</svg>'
    assert code_of(laughs) == "image.entities"


@pytest.mark.parametrize("file", ["simple-json.svg", "simple-jwt.svg"])
def test_the_plain_doctype_of_drawing_programs_is_no_obstacle(file: str) -> None:
    picture = (VECTORS / "1edtech/ob30" / file).read_bytes()
    assert b"<!DOCTYPE" in picture
    rebaked = bake(picture, unbake(picture), Version.OB3)
    assert unbake(rebaked) == unbake(picture)


@pytest.mark.parametrize("file", ["simple-json.png", "simple-jwt.png"])
def test_real_baked_pictures_survive_a_new_badge(file: str) -> None:
    picture = (VECTORS / "1edtech/ob30" / file).read_bytes()
    text = json.dumps(signed())
    assert unbake(bake(picture, text, Version.OB3)) == text
    assert bake(bake(picture, text, Version.OB3), text, Version.OB3) == bake(
        picture, text, Version.OB3
    )


@pytest.mark.parametrize(
    ("picture", "text"),
    [
        (b"<svg/>", "{}"),
        (b"not a picture", "{}"),
        (png()[:-4], "{}"),
        (SVG, '{"a": "\ufffe"}'),
        ('<?xml version="1.0" encoding="iso-8859-1"?><svg>ü</svg>'.encode("latin-1"), '{"ü": 1}'),
    ],
)
def test_a_picture_that_cannot_carry_it_is_refused(picture: bytes, text: str) -> None:
    with pytest.raises(Unreadable):
        bake(picture, text, Version.OB3)


@pytest.mark.parametrize(
    "name", ["UTD-8", "base64", "utf-7", "shift_jis", "idna", "x" * 300, "rot13"]
)
def test_a_picture_in_an_encoding_that_nobody_knows_is_damaged(name: str) -> None:
    picture = f'<?xml version="1.0" encoding="{name}"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    with pytest.raises(Unreadable):
        unbake(picture.encode())
