"""What a badge is about, as a small figure in a box of 200 round the point (0, 0).

`$a` is the figure's own colour, `$b` its accent, `$c` the ground that it stands on.
"""

from portfolio.services.demo.shapes import polar, star

_LINE = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'


def _spots() -> str:
    places = [polar(radius, 72 * ray) for ray in range(5) for radius in (34, 52, 68)]
    sizes = (6, 5, 4) * 5
    return "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>'
        for (x, y), size in zip(places, sizes, strict=True)
    )


ICONS = {
    # A bell curve over the bars that it was drawn from.
    "statistics": f"""
        <g fill="$a"><rect x="-84" y="36" width="26" height="44" rx="6"/>
        <rect x="-50" y="2" width="26" height="78" rx="6"/><rect x="-14" y="-34" width="28"
        height="114" rx="6" fill="$b"/><rect x="24" y="2" width="26" height="78" rx="6"/>
        <rect x="58" y="36" width="26" height="44" rx="6"/></g>
        <path d="M-96 14 C-50 10 -42 -72 0 -72 C42 -72 50 10 96 14" {_LINE} stroke="$b"
        stroke-width="9"/>""",
    "scales": f"""
        <g {_LINE} stroke="$a" stroke-width="11"><path d="M0 -62 V74 M-44 78 H44 M-72 -44 H72"/>
        <path d="M-72 -42 L-100 22 M-72 -42 L-44 22 M72 -42 L44 22 M72 -42 L100 22"
        stroke-width="6"/></g>
        <path d="M-106 20 H-38 C-40 60 -104 60 -106 20Z M38 20 H106 C104 60 40 60 38 20Z"
        fill="$b"/><circle cy="-66" r="15" fill="$b"/>""",
    "bubbles": f"""
        <path d="M-86 -84 V80 H92" {_LINE} stroke="$a" stroke-width="11"/>
        <circle cx="-38" cy="32" r="17" fill="$a"/><circle cx="0" cy="-8" r="27" fill="$b"/>
        <circle cx="50" cy="22" r="13" fill="$a"/><circle cx="62" cy="-52" r="33" fill="$a"/>
        <circle cx="62" cy="-52" r="15" fill="$c"/><circle cx="-44" cy="-44" r="11"
        fill="$b"/>""",
    "database": f"""
        <path d="M-68 -54 V58 C-68 96 68 96 68 58 V-54Z" fill="$a"/>
        <ellipse cy="-54" rx="68" ry="30" fill="$b"/>
        <g {_LINE} stroke="$c" stroke-width="9"><path d="M-68 -16 C-68 20 68 20 68 -16"/>
        <path d="M-68 22 C-68 58 68 58 68 22"/></g>
        <g fill="$c"><circle cx="-44" cy="2" r="6"/><circle cx="-44" cy="40" r="6"/></g>""",
    "prompt": f"""
        <rect x="-92" y="-72" width="184" height="146" rx="22" fill="$a"/>
        <path d="M-92 -34 V-50 A22 22 0 0 1 -70 -72 H70 A22 22 0 0 1 92 -50 V-34Z" fill="$b"/>
        <g fill="$c"><circle cx="-68" cy="-53" r="6.5"/><circle cx="-48" cy="-53" r="6.5"/>
        <circle cx="-28" cy="-53" r="6.5"/></g>
        <g {_LINE} stroke="$c" stroke-width="12"><path d="M-62 -8 L-34 18 L-62 44"/>
        <path d="M-12 46 H30"/></g>""",
    "notes": """
        <rect x="-86" y="-84" width="78" height="78" rx="9" fill="$a"/>
        <rect x="8" y="-84" width="78" height="46" rx="9" fill="$b"/>
        <rect x="8" y="-24" width="78" height="108" rx="9" fill="$a"/>
        <rect x="-86" y="8" width="78" height="76" rx="9" fill="$b"/>
        <path d="M-68 40 L-52 56 L-26 26" fill="none" stroke="$c" stroke-width="11"
        stroke-linecap="round" stroke-linejoin="round"/>
        <g fill="$c"><rect x="-70" y="-64" width="46" height="9" rx="4.5"/>
        <rect x="-70" y="-46" width="30" height="9" rx="4.5"/><rect x="24" y="-4" width="46"
        height="9" rx="4.5"/><rect x="24" y="14" width="46" height="9" rx="4.5"/>
        <rect x="24" y="32" width="28" height="9" rx="4.5"/></g>""",
    # The north star over a rising row of bars.
    "north": f"""
        <path d="{star(4, 74, 21, soft=3)}" transform="translate(0 -34)" fill="$a"/>
        <path d="{star(4, 40, 15, soft=2, turn=45)}" transform="translate(0 -34)" fill="$b"/>
        <circle cy="-34" r="10" fill="$c"/>
        <g fill="$b"><rect x="-68" y="66" width="28" height="22" rx="6"/><rect x="-32" y="54"
        width="28" height="34" rx="6"/><rect x="4" y="40" width="28" height="48" rx="6"/>
        <rect x="40" y="22" width="28" height="66" rx="6" fill="$a"/></g>""",
    "gauge": f"""
        <path d="M-84 42 A84 84 0 0 1 -26 -74" {_LINE} stroke="$a" stroke-width="24"/>
        <path d="M2 -78 A84 84 0 0 1 62 -50" {_LINE} stroke="$b" stroke-width="24"/>
        <path d="M78 -24 A84 84 0 0 1 84 42" {_LINE} stroke="$a" stroke-width="24"
        opacity=".5"/>
        <path d="M-12 20 L46 -34 L12 32Z" fill="$b"/><circle cy="26" r="19" fill="$a"/>
        <rect x="-48" y="66" width="96" height="14" rx="7" fill="$a"/>""",
    "helmet": """
        <path d="M-74 34 C-74 -90 74 -90 74 34Z" fill="$a"/>
        <path d="M-17 -72 H17 L21 10 H-21Z" fill="$b"/>
        <path d="M-40 -50 L-36 6 M40 -50 L36 6" stroke="$c" stroke-width="7"
        stroke-linecap="round" opacity=".55"/>
        <rect x="-100" y="28" width="200" height="25" rx="12.5" fill="$b"/>
        <path d="M-56 60 H56 L44 80 H-44Z" fill="$a" opacity=".75"/>""",
    # What was, in full; what may be, in dots.
    "forecast": f"""
        <path d="M-92 80 V50 L-46 6 L-8 34 L20 -4 V80Z" fill="$a" opacity=".35"/>
        <path d="M-92 50 L-46 6 L-8 34 L20 -4" {_LINE} stroke="$a" stroke-width="14"/>
        <path d="M34 -18 L84 -66" {_LINE} stroke="$b" stroke-width="14"
        stroke-dasharray="1 23"/>
        <path d="M54 -82 L98 -84 L94 -40" {_LINE} stroke="$b" stroke-width="14"/>
        <circle cx="20" cy="-4" r="16" fill="$c"/><circle cx="20" cy="-4" r="10" fill="$b"/>
        <path d="M-94 84 H96" {_LINE} stroke="$a" stroke-width="9"/>""",
    "gull": """
        <path d="M-108 -30 C-76 -66 -34 -62 -6 -8 C18 -66 70 -80 110 -48 C74 -50 48 -34 30 8
        C22 28 4 40 -22 36 C-28 18 -42 -14 -62 -26 C-78 -34 -92 -34 -108 -30Z" fill="$a"/>
        <path d="M-22 36 C-38 42 -50 40 -62 30 L-84 32 L-64 20 C-52 6 -36 2 -24 8Z"
        fill="$a"/><path d="M-62 30 L-84 32 L-64 20Z" fill="$b"/>
        <circle cx="-50" cy="22" r="4.5" fill="$c"/>""",
    "starfish": f"""
        <path d="{star(5, 104, 44, soft=40)}" fill="$a"/>
        <g fill="$c">{_spots()}</g><circle r="13" fill="$b"/>""",
    "bubblespeech": """
        <path d="M-96 -52 A28 28 0 0 1 -68 -80 H16 A28 28 0 0 1 44 -52 V-14 A28 28 0 0 1 16 14
        H-36 L-66 42 V14 H-68 A28 28 0 0 1 -96 -14Z" fill="$a"/>
        <path d="M-22 26 H20 A42 42 0 0 0 58 -10 V-26 H70 A28 28 0 0 1 98 2 V34 A28 28 0 0 1
        70 62 V88 L40 62 H6 A28 28 0 0 1 -22 34Z" fill="$b"/>
        <g fill="$c"><rect x="-70" y="-52" width="88" height="11" rx="5.5"/><rect x="-70" y="-28"
        width="58" height="11" rx="5.5"/></g>""",
    "newspaper": """
        <path d="M-88 -76 H56 A12 12 0 0 1 68 -64 V62 A18 18 0 0 0 104 62 V-34 H82 V62 A18 18 0
        0 1 86 80 H-70 A30 30 0 0 1 -100 50 V-64 A12 12 0 0 1 -88 -76Z" fill="$a"/>
        <rect x="-78" y="-54" width="124" height="24" rx="5" fill="$b"/>
        <rect x="-78" y="-16" width="56" height="56" rx="5" fill="$c"/>
        <g fill="$c"><rect x="-8" y="-16" width="54" height="10" rx="5"/><rect x="-8" y="6"
        width="54" height="10" rx="5"/><rect x="-8" y="28" width="54" height="10" rx="5"/>
        <rect x="-78" y="54" width="124" height="10" rx="5"/></g>""",
    "robot": f"""
        <path d="M0 -66 V-92" {_LINE} stroke="$a" stroke-width="11"/>
        <circle cy="-96" r="14" fill="$b"/>
        <rect x="-104" y="-22" width="22" height="48" rx="10" fill="$b"/>
        <rect x="82" y="-22" width="22" height="48" rx="10" fill="$b"/>
        <rect x="-78" y="-68" width="156" height="134" rx="34" fill="$a"/>
        <rect x="-56" y="-40" width="112" height="54" rx="27" fill="$c"/>
        <circle cx="-26" cy="-13" r="15" fill="$b"/><circle cx="26" cy="-13" r="15" fill="$b"/>
        <path d="M-30 38 H30" {_LINE} stroke="$c" stroke-width="11"/>
        <path d="M-44 66 H44 L52 88 H-52Z" fill="$b"/>""",
    # The steam is a pair of braces.
    "kettle": f"""
        <path d="M-52 -4 C-60 22 -66 50 -66 68 A16 16 0 0 0 -50 84 H46 A16 16 0 0 0 62 68 C62 50
        56 22 48 -4Z" fill="$a"/>
        <path d="M52 14 C78 16 78 -18 104 -18 L110 2 C94 4 92 44 60 42Z" fill="$a"/>
        <path d="M-50 6 C-112 4 -108 66 -64 64" {_LINE} stroke="$a" stroke-width="14"/>
        <rect x="-60" y="-18" width="116" height="20" rx="10" fill="$b"/>
        <circle cx="-2" cy="-26" r="11" fill="$b"/>
        <g {_LINE} stroke="$b" stroke-width="9"><path d="M-22 -104 C-40 -104 -28 -78 -44 -75
        C-28 -72 -40 -46 -22 -46"/><path d="M18 -104 C36 -104 24 -78 40 -75 C24 -72 36 -46 18
        -46"/></g>""",
    "mountain": """
        <path d="M-112 74 L-38 -38 L-6 6 L34 -64 L112 74Z" fill="$a"/>
        <path d="M-38 -38 L-62 -2 L-46 -8 L-34 4 L-20 -13Z M34 -64 L8 -18 L24 -26 L36 -10 L48 -26
        L58 -20Z" fill="$b"/>""",
    "merge": f"""
        <g {_LINE} stroke="$a" stroke-width="15"><path d="M-40 -60 V60"/>
        <path d="M44 -44 C44 10 -40 -14 -40 36" stroke="$b"/></g>
        <g fill="$a"><circle cx="-40" cy="-68" r="22"/><circle cx="-40" cy="68" r="22"/></g>
        <circle cx="46" cy="-58" r="22" fill="$b"/>
        <g fill="$c"><circle cx="-40" cy="-68" r="9"/><circle cx="-40" cy="68" r="9"/>
        <circle cx="46" cy="-58" r="9"/></g>
        <path d="{star(4, 34, 11, soft=2)}" transform="translate(46 46)" fill="$b"/>""",
    "tent": """
        <path d="M-4 -58 L-104 62 H96Z" fill="$a"/><path d="M-4 -58 L96 62 H28Z" fill="$b"/>
        <path d="M-4 -18 L-38 62 H26Z" fill="$c"/>
        <path d="M-14 -74 L-4 -58 L6 -74" stroke="$a" stroke-width="7" stroke-linecap="round"
        fill="none"/><rect x="-112" y="60" width="216" height="12" rx="6" fill="$b"/>""",
    "night": f"""
        <g {_LINE} stroke="$a" stroke-width="8"><path d="M34 -92 C-8 -82 -18 -26 22 -4 C42 6 66 2
        78 -12 C72 22 20 36 -14 8 C-52 -24 -38 -96 34 -92Z"/>
        <path d="M-96 88 C-40 84 40 90 98 86"/>
        <path d="M-78 84 L-76 46 L-52 48 L-53 84 M-34 85 L-33 34 L-8 35 L-8 86 M12 86 L13 54 L37
        52 L38 86 M58 86 L57 30 L82 31 L83 86" stroke-width="7"/></g>
        <g fill="none" stroke="$b" stroke-width="6" stroke-linecap="round"><path d="M-70 -60 V-40
        M-80 -50 H-60 M-92 -4 V8 M-98 2 H-86 M92 -70 V-54 M84 -62 H100"/></g>""",
}


def icon(name: str, *, a: str, b: str, c: str) -> str:
    found = ICONS[name]
    return found.replace("$a", a).replace("$b", b).replace("$c", c)
