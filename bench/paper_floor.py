"""The least that a table of badges can cost on paper: the floor of `bench.transcripts`.

`python bench/paper_floor.py ROWS FOLDER` has WeasyPrint, which the site uses, draw rows of a
picture, a name, a sentence, an issuer and a date with nothing round them: no tags, no signature, no
files inside, no look at any database. Prints as JSON what the whole process took, and one more
rendering in it. FOLDER holds a picture for each row, `0.jpg` on.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

SAYS = "The learner can load, clean, join and plot tabular data and explain the result in writing."
HTML = """<!doctype html><meta charset="utf-8"><style>@page { size: A4; margin: 18mm 15mm }
body { font: 9pt sans-serif } table { width: 100% } img { width: 14mm }</style><table>"""


def rows(count: int) -> list[dict[str, str]]:
    return [
        {
            "image": f"{number}.jpg",
            "name": f"Badge number {number}: data analysis",
            "says": SAYS,
            "issuer": f"Example University {number % 5}",
            "date": f"{number % 28 + 1} June 2024",
        }
        for number in range(count)
    ]


def prepared(count: int, folder: Path) -> Callable[[], bytes]:
    import weasyprint as engine

    line = "<tr><td><img src='{image}'><td><b>{name}</b><br>{says}<td>{issuer}<td>{date}"
    page = HTML + "".join(line.format(**row) for row in rows(count))

    def make() -> bytes:
        made: bytes = engine.HTML(string=page, base_url=f"{folder}/").write_pdf()
        return made

    return make


def main() -> None:
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    make = prepared(count, folder)
    data = make()
    whole = time.process_time()
    make()
    took = {
        "cpu": round(whole, 3),
        "warm": round(time.process_time() - whole, 3),
        "bytes": len(data),
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    sys.stdout.write(json.dumps(took))


if __name__ == "__main__":
    main()
