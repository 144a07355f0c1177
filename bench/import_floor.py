"""What bringing badges over costs at the least: `import_floor.py PORT COUNT DSN [plain]`.

Three documents and a picture each, thirty-two badges at a time on an asynchronous client, the few
comparisons that make a hosted badge its own, a thumbnail in a pool of processes (none with `plain`)
and a row in PostgreSQL. No guard, no retries, no trust: the least that anybody could do. Runs alone
in an environment with aiohttp, Pillow and psycopg.
"""

import asyncio
import hashlib
import io
import json
import resource
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any

import aiohttp
import psycopg

AT_ONCE = 32


def thumbnail(data: bytes) -> bytes:
    from PIL import Image

    picture: Any = Image.open(io.BytesIO(data))
    picture.thumbnail((192, 192), Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=80)
    return out.getvalue()


async def bring(base: str, count: int, dsn: str, pool: Executor | None) -> None:
    rows: list[tuple[Any, ...]] = []
    turn = asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()
    connector = aiohttp.TCPConnector(limit=AT_ONCE * 2)

    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute("drop table if exists floor")
        database.execute(
            "create table floor (url text unique, name text, issuer text, documents jsonb,"
            " digest bytea, thumbnail bytea)"
        )
        async with aiohttp.ClientSession(connector=connector) as session:

            async def get(url: str) -> bytes:
                async with session.get(url) as answer:
                    body: bytes = await answer.read()
                    return body

            async def one(number: int) -> None:
                async with turn:
                    url = f"{base}/a/{number}"
                    badge = json.loads(await get(url))
                    body, picture = await asyncio.gather(
                        get(badge["badge"]), get(f"{base}/p/{number}")
                    )
                    kind = json.loads(body)
                    issuer = json.loads(await get(kind["issuer"]))
                    if (badge["id"], kind["id"]) != (url, badge["badge"]):
                        raise SystemExit("not the badge that was asked for")
                small = await loop.run_in_executor(pool, thumbnail, picture) if pool else b""
                documents = json.dumps([badge, kind, issuer])
                digest = hashlib.sha256(picture).digest()
                rows.append((url, kind["name"], issuer["name"], documents, digest, small))
                if len(rows) >= 100:
                    write()

            def write() -> None:
                some, rows[:] = rows[:], []
                database.cursor().executemany(
                    "insert into floor values (%s, %s, %s, %s, %s, %s)", some
                )

            await asyncio.gather(*(one(number) for number in range(count)))
        write()


def main() -> None:
    port, count, dsn = sys.argv[1:4]
    base = f"http://127.0.0.1:{port}"
    pool = None if "plain" in sys.argv else ProcessPoolExecutor(2)
    start = time.perf_counter()
    asyncio.run(bring(base, int(count), dsn, pool))
    wall = time.perf_counter() - start
    if pool is not None:
        pool.shutdown()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    sys.stdout.write(json.dumps({"wall": wall, "cpu": cpu, "rss": used[0].ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
