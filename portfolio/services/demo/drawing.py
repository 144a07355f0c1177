"""Puts a badge's drawing together, as SVG and as PNG."""

import resvg_py

from portfolio.services.demo.art import Art
from portfolio.services.demo.frames import FRAMES


def svg(art: Art) -> bytes:
    """The drawing, without text, font, script or reference to anything outside itself."""
    body = FRAMES[art.frame](art)
    c = art.colours
    ground = (
        '<defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{c.mid}"/><stop offset="1" stop-color="{c.deep}"/>'
        "</linearGradient></defs>"
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-256 -256 512 512" width="512"'
        f' height="512">{ground}{body}</svg>'
    ).encode()


def png(drawing: bytes, size: int = 512) -> bytes:
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=drawing.decode(), width=size, height=size, skip_system_fonts=True
        )
    )
