"""What the social card and the small pictures cost, beside bare Pillow doing as little as it can.

`python -m bench.cards [--rounds 25]`: medians in CPU milliseconds, both sides in the same minute.
The floor of the card writes three lines and pastes six ready thumbnails of 96 pixels, made larger,
as JPEG; that of the small picture is one `thumbnail` to 96 pixels and a plain PNG.
"""

import argparse
import io
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "VAR_DIR": tempfile.mkdtemp(prefix="laurel-bench-"),
    "SECRET_KEY": "only for measuring " * 4,
    "LOG_LEVEL": "ERROR",
}

import django

django.setup()

from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402
from PIL import Image, ImageDraw, ImageFont  # noqa: E402

from badges.models import Picture  # noqa: E402
from badges.services import picture_child  # noqa: E402
from bench.verify import machine, say  # noqa: E402
from portfolio.services import card_art  # noqa: E402
from portfolio.services.pageview import EntryView, PageView  # noqa: E402
from portfolio.services.words import day  # noqa: E402

NOW = timezone.now()
FONT = Path(card_art.FONTS) / card_art.SANS


def badge(seed: int, size: int = 600) -> Image.Image:
    """A hexagon with enough noise in it to be as many bytes as a real badge, about 400 kB."""
    chance = random.Random(seed)  # pictures, not secrets
    colour = tuple(chance.randrange(30, 220) for _band in range(3))
    image = Image.new("RGBA", (size, size))
    corners = ((0.5, 0.02), (0.92, 0.26), (0.92, 0.74), (0.5, 0.98), (0.08, 0.74), (0.08, 0.26))
    ImageDraw.Draw(image).polygon([(x * size, y * size) for x, y in corners], fill=colour)
    noise = Image.effect_noise((size, size), 18).convert("L")
    flat = Image.blend(image.convert("RGB"), Image.merge("RGB", (noise,) * 3), 0.06)
    flat.putalpha(image.getchannel("A"))
    return flat


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


# --- Floors ----------------------------------------------------------------------------------


def bare_card(thumbs: list[bytes], fonts: tuple[ImageFont.FreeTypeFont, ...]) -> bytes:
    image = Image.new("RGB", (1200, 630), "#10324a")
    pen = ImageDraw.Draw(image)
    pen.text((60, 60), "Ada Learner", font=fonts[0], fill="white")
    pen.text((60, 150), "50 verified badges from five issuers", font=fonts[1], fill="#cde")
    pen.text((60, 550), "learner.example/p/ada", font=fonts[1], fill="#9bc")
    for place, data in enumerate(thumbs):
        with Image.open(io.BytesIO(data)) as thumb:
            size = Image.Resampling.LANCZOS
            large = thumb.convert("RGBA").resize((170, 170), size, reducing_gap=2.0)
        image.paste(large, (60 + place * 182, 290), large)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def bare_thumb(data: bytes) -> bytes:
    image = Image.open(io.BytesIO(data))
    image.thumbnail((96, 96), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return png(image)


# --- Ours ------------------------------------------------------------------------------------


def view(pictures: list[str], total: int = 50) -> PageView:
    """A page of fifty verified badges, as `pages.build` would hand it over."""
    entries = tuple(
        EntryView(
            badge_id=uuid4(), name=f"Badge {number}", issuer="Harbour College",
            image=pictures[number % len(pictures)] if number < len(pictures) else "",
            issued=day(NOW), expires=None, state="valid", state_words="Valid", trust="signed",
            trust_words="Signature checked", host="", checked=day(NOW), checked_at=NOW,
            unknown_since=None, verified=True, checking=False, flag="", lost=False, note="",
            short="", findings=(), skills=(),
        )
        for number in range(total)
    )  # fmt: skip
    return PageView(
        page_id=uuid4(), who="Ada Learner", title="Data and code for people who build boats",
        line="", intro=(), entries=entries, hidden=0, verified=total, verified_on=day(NOW),
        same_day=False, skills=(), made_at=NOW,
    )  # fmt: skip


def kept(images: list[Image.Image]) -> list[str]:
    """Small pictures in their place, as an import leaves them."""
    rows = []
    for number, image in enumerate(images):
        small = image.copy()
        small.thumbnail((picture_child.SMALL, picture_child.SMALL), picture_child.SAMPLING)
        name = default_storage.save(f"{number}.webp", ContentFile(picture_child.encode(small)))
        row = Picture(digest=f"{number:064}", large=name, small=name, width=160, height=160)
        rows.append(row)
    Picture.objects.bulk_create(rows)
    return [row.digest for row in rows]


def both_pictures(data: bytes) -> bytes:
    """What the child does for a badge: 480 and 160 pixels as WebP."""
    large = picture_child.read_pixels(data)
    first = picture_child.encode(large)
    large.thumbnail((picture_child.SMALL, picture_child.SMALL), picture_child.SAMPLING)
    return first + picture_child.encode(large)


# --- Measuring -------------------------------------------------------------------------------


def interleaved(rounds: int, **works: Callable[[], bytes]) -> dict[str, tuple[float, int]]:
    """Medians of CPU milliseconds, and bytes. In turns, so that a busy minute meets all."""
    for work in works.values():
        work()
    spent: dict[str, list[float]] = {name: [] for name in works}
    sizes = {}
    for _round in range(rounds):
        for name, work in works.items():
            start = time.process_time()
            sizes[name] = len(work())
            spent[name].append((time.process_time() - start) * 1000)
    return {name: (statistics.median(times), sizes[name]) for name, times in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    images = [badge(number) for number in range(6)]
    full = png(images[0])
    thumbs = [bare_thumb(png(image)) for image in images]
    fonts = (ImageFont.truetype(FONT, 64), ImageFont.truetype(FONT, 32))
    page = view(kept(images))
    found = interleaved(
        options.rounds,
        card=lambda: card_art.draw(page),
        card_floor=lambda: bare_card(thumbs, fonts),
        both=lambda: both_pictures(full),
        small_floor=lambda: bare_thumb(full),
    )
    say(machine())
    card, (least, size) = found["card"], found["card_floor"]
    say(f"card           {card[0]:6.2f} ms CPU, {card[1] / 1000:4.0f} kB (aim 9, quiet machine)")
    say(f"  bare Pillow  {least:6.2f} ms CPU, {size / 1000:4.0f} kB; ours x{card[0] / least:.2f}")
    both, (least, size) = found["both"], found["small_floor"]
    say(f"two pictures   {both[0]:6.2f} ms CPU, {both[0] / 2:.2f} each (aim 10, quiet machine)")
    say(f"  bare Pillow  {least:6.2f} ms CPU for one of 96 pixels; ours x{both[0] / 2 / least:.2f}")
    say(f"  of a PNG of {len(full) / 1000:.0f} kB and 600 pixels")


if __name__ == "__main__":
    main()
