"""Fifty issuers on one port, each answer after a delay: `python -m bench.issuers PORT DELAY_MS`.

/a/N is a badge hosted there, /c/N its class, /i/K its issuer, /p/N its picture: a PNG of 600 by 600
pixels and some 390 kB, no two of them the same bytes. /count tells how many were asked for.
"""

import asyncio
import io
import json
import random
import struct
import sys
import zlib
from typing import Any

from PIL import Image, ImageDraw

ISSUERS = 50
DRAWINGS = 8
EMAIL = "learner@learner.example"
CONTEXT = "https://w3id.org/openbadges/v2"


def drawing(number: int) -> bytes:
    """A badge with enough grain in it to weigh what real ones weigh."""
    chance = random.Random(number)
    picture = Image.new("RGB", (600, 600), (chance.randrange(200), chance.randrange(200), 90))
    pen = ImageDraw.Draw(picture)
    for _ in range(80):
        x, y, r = chance.randrange(600), chance.randrange(600), chance.randrange(5, 60)
        colour = tuple(chance.randrange(256) for _ in range(3))
        pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    grain = Image.effect_noise((600, 600), 14).convert("RGB")
    out = io.BytesIO()
    Image.blend(picture, grain, 0.04).save(out, "PNG")
    return out.getvalue()


def numbered(png: bytes, number: int) -> bytes:
    """The same picture with a text of its own, so that its bytes are nobody else's."""
    body = b"tEXt" + b"Comment\0" + str(number).encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:33] + chunk + png[33:]


class Issuers:
    def __init__(self, port: int, delay: float) -> None:
        self.base, self.port, self.delay = f"http://127.0.0.1:{port}", port, delay
        self.drawings = [drawing(number) for number in range(DRAWINGS)]
        self.asked = 0

    def answer(self, path: str) -> tuple[bytes, str]:
        kind, _, rest = path.strip("/").partition("/")
        number = int(rest or 0)
        if kind == "p":
            return numbered(self.drawings[number % DRAWINGS], number), "image/png"
        if kind == "count":
            return json.dumps(self.asked).encode(), "application/json"
        base = self.base
        documents: dict[str, dict[str, Any]] = {
            "a": {
                "type": "Assertion",
                "id": f"{base}/a/{number}",
                "recipient": {"type": "email", "hashed": False, "identity": EMAIL},
                "badge": f"{base}/c/{number}",
                "issuedOn": "2026-01-02T03:04:05Z",
                "verification": {"type": "HostedBadge"},
                "evidence": [{"id": f"{base}/e/{number}", "narrative": "Did the work. " * 5}],
            },
            "c": {
                "type": "BadgeClass",
                "id": f"{base}/c/{number}",
                "name": f"Badge {number}",
                "description": "What was learnt. " * 8,
                "image": f"{base}/p/{number}",
                "criteria": {"narrative": "Do the work. " * 6},
                "issuer": f"{base}/i/{number % ISSUERS}",
                "tags": ["one", "two", "three"],
            },
            "i": {
                "type": "Issuer",
                "id": f"{base}/i/{number}",
                "name": f"Issuer {number}",
                "url": base,
                "email": "issuer@issuer.example",
            },
        }
        return json.dumps({"@context": CONTEXT, **documents[kind]}).encode(), "application/ld+json"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode()
                if path != "/count":
                    self.asked += 1
                    await asyncio.sleep(self.delay)
                body, kind = self.answer(path)
                writer.write(
                    f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
                    "\r\n".encode()
                    + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, KeyError, ValueError):
            pass
        finally:
            writer.close()

    async def run(self) -> None:
        server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=1024)
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(Issuers(int(sys.argv[1]), float(sys.argv[2]) / 1000).run())
