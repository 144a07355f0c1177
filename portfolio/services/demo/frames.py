"""Badges as their issuers draw them: one frame for each, so that each has a hand of its own."""

from collections.abc import Callable

from portfolio.services.demo.art import INK, PAPER, Art, at, clip, disc, path, ribbon
from portfolio.services.demo.icons import icon
from portfolio.services.demo.lettering import SEMI, SERIF, arc, line
from portfolio.services.demo.shapes import (
    polar,
    polygon,
    scallops,
    shield,
    squircle,
    stamp,
    star,
    waves,
)


def university(art: Art) -> str:
    c = art.colours
    outer, inner = shield(388, -214, 236), shield(352, -196, 214)
    rays = "".join(
        f'<path d="M0 -8 L{x - 34} -330 H{x + 34}Z" fill="{c.light}" opacity=".09"/>'
        for x in range(-480, 481, 120)
    )
    return (
        path(outer, c.light)
        + path(shield(374, -207, 227), c.deep)
        + clip("s", inner, path(inner, "url(#g)") + rays)
        + path(inner, "none", rim=c.light, width=3)
        + line(art.maker, y=-146, size=25, fill=c.light, font=SERIF, gap=0.14)
        + f'<path d="M-118 -126 H118" stroke="{c.light}" stroke-width="2.5" opacity=".7"/>'
        + at(0, -22, 0.92, icon(art.figure, a=PAPER, b=c.bright, c=c.deep))
        + ribbon(88, 196, 64, c.light, c.bright)
        + line(art.words, y=132, size=34, fill=c.deep, gap=0.08)
        + path(star(5, 18, 8, soft=2), c.light, more='transform="translate(0 186)"')
    )


def academy(art: Art) -> str:
    c = art.colours
    outline, inner = polygon(6, 244, soft=52), polygon(6, 208, soft=44)
    split = f'<path d="M-300 180 L300 -170 V300 H-300Z" fill="{c.deep}" opacity=".55"/>'
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="3.4" fill="{c.light}" opacity=".4"/>'
        for x in range(-196, 197, 28)
        for y in range(-224, -90, 28)
    )
    return (
        clip("s", outline, path(outline, c.mid) + split + dots)
        + path(inner, "none", rim=c.light, width=4)
        + at(0, -24, 1.06, icon(art.figure, a=PAPER, b=c.bright, c=c.deep))
        + line(art.words, y=126, size=30, fill=PAPER, gap=0.16)
        + line(art.maker, y=162, size=18, fill=c.light, font=SEMI, gap=0.2)
    )


def guild(art: Art) -> str:
    c = art.colours
    aurora = (
        f'<path d="M-190 60 C-120 -120 -70 40 -10 -90 C40 -190 90 -10 190 -120 V40 C90 130 60 -20'
        f' 0 70 C-70 160 -120 20 -190 120Z" fill="{c.bright}" opacity=".26"/>'
        f'<path d="M-190 0 C-120 -150 -90 0 -20 -130 C30 -200 110 -60 190 -160 V-90 C100 0 50 -90'
        f' -10 -20 C-80 60 -120 -40 -190 40Z" fill="{c.light}" opacity=".2"/>'
    )
    sky = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{1.6 + place % 3}" fill="{PAPER}" opacity=".8"/>'
        for place, (x, y) in enumerate(
            polar(96 + place * 37 % 52, place * 47) for place in range(15)
        )
    )
    inside = "M0 -156 A156 156 0 1 1 -0.1 -156Z"
    return (
        path(star(24, 250, 226, soft=7), c.bright)
        + path(star(24, 240, 218, soft=7), c.deep)
        + disc(208, "url(#g)")
        + disc(208, "none", rim=c.light, width=3)
        + clip("s", inside, disc(156, c.deep) + aurora + sky)
        + disc(156, "none", rim=c.bright, width=5)
        + arc(art.maker, radius=171, size=25, fill=PAPER, gap=0.13)
        + arc(art.words, radius=190, size=25, fill=c.light, below=True, gap=0.13)
        + "".join(
            path(star(4, 12, 5, soft=1), c.bright, more=f'transform="translate({x} 0)"')
            for x in (-182, 182)
        )
        + at(0, 4, 1.02, icon(art.figure, a=PAPER, b=c.bright, c=c.deep))
    )


def employer(art: Art) -> str:
    c = art.colours
    outline = squircle(240)
    stripes = "".join(
        f'<path d="M{x} 300 L{x + 118} 96 H{x + 164} L{x + 46} 300Z" fill="{c.deep}"/>'
        for x in range(-400, 300, 92)
    )
    panel = f'<rect x="-260" y="96" width="520" height="24" fill="{c.deep}"/>'
    return (
        clip(
            "s",
            outline,
            path(outline, "url(#g)")
            + f'<rect x="-260" y="118" width="520" height="150" fill="{c.bright}"/>'
            + f'<g transform="translate(0 98)">{stripes}</g>'
            + panel
            + f'<rect x="-260" y="116" width="520" height="74" fill="{c.deep}"/>',
        )
        + path(squircle(222), "none", rim=c.light, width=3, more='opacity=".55"')
        + at(0, -54, 1.3, icon(art.figure, a=PAPER, b=c.bright, c=c.deep))
        + line(art.words, y=154, size=31, fill=PAPER, gap=0.1)
        + line(art.maker, y=180, size=16, fill=c.bright, gap=0.3)
    )


def shore(art: Art) -> str:
    c = art.colours
    inside = "M0 -190 A190 190 0 1 1 -0.1 -190Z"
    rope = "".join(
        f'<path d="M{x1:.1f} {y1:.1f} L{x2:.1f} {y2:.1f}" stroke="{c.deep}" stroke-width="5"/>'
        for (x1, y1), (x2, y2) in (
            (polar(196, place * 6), polar(222, place * 6 + 7)) for place in range(60)
        )
    )
    sun = f'<circle cx="74" cy="-60" r="62" fill="{c.bright}"/>' + "".join(
        f'<rect x="-10" y="{y}" width="170" height="{h}" fill="{c.light}"/>'
        for y, h in ((-48, 6), (-30, 8), (-10, 10))
    )
    sea = (
        path(waves(66, height=26, length=96), c.mid)
        + f'<g transform="translate(-34 0)">{path(waves(104, height=24, length=96), c.deep)}</g>'
        + f'<g transform="translate(20 0)">{path(waves(166, height=22, length=96), INK)}</g>'
    )
    return (
        disc(232, c.deep)
        + disc(222, c.bright)
        + rope
        + disc(196, PAPER)
        + clip("s", inside, disc(190, c.light) + sun + sea)
        + arc(art.maker, radius=150, size=25, fill=c.deep, gap=0.22)
        + at(-4, -22, 1.05, icon(art.figure, a=PAPER, b=c.bright, c=c.deep))
        + line(art.words, y=144, size=38 if len(art.words) < 11 else 28, fill=PAPER, gap=0.06)
    )


def language(art: Art) -> str:
    c = art.colours
    outline = stamp(400, 460, (12, 14), 9)
    postmark = "".join(
        f'<circle cx="128" cy="-136" r="{r}" fill="none" stroke="{INK}" stroke-width="{w}"'
        ' opacity=".42"/>'
        for r, w in ((62, 5), (48, 3))
    ) + "".join(
        f'<path d="M-30 {y} q22 -14 44 0 t44 0" fill="none" stroke="{INK}" stroke-width="5"'
        ' opacity=".42" stroke-linecap="round"/>'
        for y in (-160, -140, -120)
    )
    plate = "M-172 -202 H172 V202 H-172Z"
    glow = "".join(
        f'<circle cx="{x}" cy="{y}" r="150" fill="{c.bright}" opacity=".28"/>'
        for x, y in ((-160, 190), (180, -190))
    )
    bubble = (
        "M-132 -96 A34 34 0 0 1 -98 -130 H98 A34 34 0 0 1 132 -96 V44 A34 34 0 0 1 98 78 H-20"
        " L-66 122 V78 H-98 A34 34 0 0 1 -132 44Z"
    )
    return (
        path(outline, INK, more='opacity=".16" transform="translate(0 7)"')
        + path(outline, PAPER, rim=INK, width=1.5, more='stroke-opacity=".14"')
        + clip("s", plate, path(plate, "url(#g)") + glow)
        + path(bubble, c.deep, more='opacity=".35" transform="translate(8 10)"')
        + path(bubble, PAPER)
        + line(art.figure, y=28, size=150, fill=c.deep, font=SERIF)
        + line(art.words, y=172, size=34, fill=PAPER, gap=0.14)
        + line(art.maker, y=-164, size=19, fill=PAPER, font=SEMI, gap=0.16, x=-42)
        + postmark
    )


def rescue(art: Art) -> str:
    c = art.colours
    outline = polygon(8, 246, turn=22.5, soft=34)
    cross = "M-38 -38 V-108 H38 V-38 H108 V38 H38 V108 H-38 V38 H-108 V-38Z"
    inner = polygon(8, 216, turn=22.5, soft=28)
    return (
        path(outline, c.deep)
        + path(polygon(8, 234, turn=22.5, soft=32), PAPER)
        + clip(
            "s",
            inner,
            path(inner, "url(#g)")
            + at(0, 62, 2.0, icon("mountain", a=c.deep, b=c.light, c=c.deep)),
        )
        + at(0, -112, 0.62, path(cross, PAPER))
        + f'<rect x="-260" y="126" width="520" height="44" fill="{PAPER}" clip-path="url(#s)"/>'
        + line(art.words, y=157, size=25, fill=c.deep, gap=0.13)
        + line(art.maker, y=193, size=15, fill=PAPER, gap=0.24)
    )


def loom(art: Art) -> str:
    c = art.colours
    outline = "M0 -236 A236 236 0 1 1 -0.1 -236Z"
    threads = (c.bright, c.mid, c.light, c.mid)
    weave = "".join(
        f'<rect x="{x}" y="{y}" width="40" height="40" rx="9"'
        f' fill="{threads[(column * 3 + row) % 4]}"/>'
        for column, x in enumerate(range(-264, 264, 44))
        for row, y in enumerate(range(-264, 264, 44))
    )
    return (
        clip("s", outline, disc(236, c.deep) + f'<g transform="rotate(45)">{weave}</g>')
        + disc(236, "none", rim=c.deep, width=12)
        + disc(172, c.deep)
        + disc(
            160, "none", rim=c.light, width=3, more='stroke-dasharray="2 11" stroke-linecap="round"'
        )
        + at(0, -22, 0.92, icon(art.figure, a=PAPER, b=c.bright, c=c.deep))
        + line(art.words, y=104, size=26, fill=PAPER, gap=0.1)
        + line(art.maker, y=128, size=14, fill=c.light, gap=0.3)
    )


def patch(art: Art) -> str:
    c = art.colours
    return (
        path(scallops(28, 238, 8), c.deep)
        + disc(220, c.light)
        + disc(
            213,
            "none",
            rim=c.deep,
            width=3.5,
            more='stroke-dasharray="13 8" stroke-linecap="round"',
        )
        + disc(146, "url(#g)")
        + disc(146, "none", rim=c.deep, width=8)
        + disc(
            135,
            "none",
            rim=c.bright,
            width=3,
            more='stroke-dasharray="11 8" stroke-linecap="round"',
        )
        + arc(art.maker, radius=166, size=33, fill=c.deep, gap=0.1)
        + arc(art.words, radius=190, size=33, fill=c.deep, below=True, gap=0.1)
        + "".join(
            path(star(5, 15, 6.5, soft=2), c.bright, more=f'transform="translate({x} 0)"')
            for x in (-180, 180)
        )
        + at(0, 2, 0.96, icon(art.figure, a=PAPER, b=c.bright, c=c.deep))
    )


def club(art: Art) -> str:
    c = art.colours
    outline = polygon(5, 252, soft=86)
    spots = "".join(
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="{c.light}" opacity=".3"/>'
        for x, y, r in ((-150, -20, 40), (150, 10, 56), (96, -130, 24), (-90, 150, 30))
    )
    return (
        '<g transform="translate(0 14)">'
        + path(outline, c.bright)
        + path(polygon(5, 232, soft=80), c.deep)
        + clip("s", polygon(5, 222, soft=76), path(polygon(5, 222, soft=76), "url(#g)") + spots)
        + at(6, -14, 1.1, icon(art.figure, a=PAPER, b=c.bright, c=c.deep))
        + line(art.words, y=128, size=36, fill=PAPER, gap=0.1)
        + line(art.maker, y=160, size=17, fill=c.light, gap=0.18)
        + "</g>"
    )


def camp(art: Art) -> str:
    c = art.colours
    inside = "M0 -188 A188 188 0 1 1 -0.1 -188Z"
    trees = "".join(
        f'<path d="M{x} {y} l-{w} {w * 2.2} h{2 * w}Z" fill="{c.deep}"/>'
        for x, y, w in ((-150, -16, 44), (-104, 22, 34), (118, 2, 42), (164, -24, 40))
    )
    sky = "".join(
        path(star(4, r, r * 0.35, soft=1), c.light, more=f'transform="translate({x} {y})"')
        for x, y, r in ((-88, -104, 15), (-20, -140, 10), (50, -84, 9), (-130, -54, 8))
    )
    moon = f'<circle cx="92" cy="-110" r="34" fill="{c.light}"/>'
    return (
        disc(240, c.deep)
        + disc(226, c.light)
        + disc(216, c.bright)
        + clip(
            "s",
            inside,
            disc(188, "url(#g)")
            + sky
            + moon
            + trees
            + f'<rect x="-200" y="72" width="400" height="140" fill="{INK}"/>',
        )
        + disc(188, "none", rim=c.deep, width=7)
        + at(4, 22, 0.95, icon(art.figure, a=c.light, b=c.bright, c=INK))
        + line(art.words, y=128, size=29, fill=c.light, gap=0.12)
        + line(art.maker, y=156, size=15, fill=c.bright, gap=0.26)
    )


def sketch(art: Art) -> str:
    """Paper and pencil, for what nobody but its maker stands behind."""
    c = art.colours
    sheet = "M-168 -222 H102 L176 -148 V222 H-168Z"
    rules = "".join(
        f'<path d="M-168 {y} H176" stroke="{c.light}" stroke-width="2.5"/>'
        for y in range(-170, 215, 32)
    )
    pencil = (
        '<g transform="translate(132 138) rotate(42)">'
        f'<rect x="-16" y="-120" width="32" height="150" fill="{c.bright}"/>'
        f'<rect x="-5" y="-120" width="10" height="150" fill="{PAPER}" opacity=".35"/>'
        f'<rect x="-16" y="-146" width="32" height="26" rx="6" fill="{c.mid}"/>'
        f'<path d="M-16 30 H16 L0 74Z" fill="#f1d9b5"/><path d="M-6 57 H6 L0 74Z" fill="{INK}"/>'
        "</g>"
    )
    return (
        '<g transform="rotate(-4)">'
        + path(sheet, INK, more='opacity=".16" transform="translate(6 9)"')
        + clip("s", sheet, path(sheet, PAPER) + rules)
        + path("M102 -222 V-148 H176Z", c.light)
        + path(sheet, "none", rim=c.deep, width=5, more='stroke-linejoin="round"')
        + at(-8, -44, 1.15, icon(art.figure, a=c.deep, b=c.mid, c=PAPER))
        + line(art.words, y=116, size=29, fill=c.deep, font=SERIF, x=-4)
        + line(art.maker, y=152, size=20, fill=c.mid, font=SEMI, x=-4)
        + pencil
        + "</g>"
    )


FRAMES: dict[str, Callable[[Art], str]] = {
    one.__name__: one
    for one in (
        university,
        academy,
        guild,
        employer,
        shore,
        language,
        rescue,
        loom,
        patch,
        club,
        camp,
        sketch,
    )
}
