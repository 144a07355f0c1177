"""The least that a table of badges can cost on paper: the floors of `bench.transcripts`.

`python bench/paper_floor.py ENGINE ROWS FOLDER` draws rows of a picture, a name, a sentence, an
issuer and a date with nothing round them: no tags, no signature, no files inside, no look at any
database. ENGINE is `typst`, which the site uses, or `weasyprint`. Prints as JSON what the whole
process took, and one more rendering in it. FOLDER holds a picture for each row, `0.jpg` on.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

SAYS = "The learner can load, clean, join and plot tabular data and explain the result in writing."
TYPST = """#set page(paper: "a4", margin: (x: 15mm, y: 18mm), numbering: "1 / 1")
#set text(size: 9pt)
#table(columns: (18mm, 1fr, 40mm, 30mm), stroke: none,
  table.header([], [*Badge*], [*Issuer*], [*Date*]),
  ..json("rows.json").map(r => (image(r.image, width: 14mm), [*#r.name* \\\\ #r.says],
    r.issuer, r.date)).flatten())"""
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


def typst(count: int, folder: Path) -> Callable[[], bytes]:
    import typst as engine

    (folder / "rows.json").write_text(json.dumps(rows(count)))
    main = folder / "floor.typ"
    main.write_text(TYPST)

    def make() -> bytes:
        made = engine.compile(str(main), root=str(folder), format="pdf", ignore_system_fonts=True)
        assert isinstance(made, bytes)
        return made

    return make


def weasyprint(count: int, folder: Path) -> Callable[[], bytes]:
    import weasyprint as engine

    line = "<tr><td><img src='{image}'><td><b>{name}</b><br>{says}<td>{issuer}<td>{date}"
    page = HTML + "".join(line.format(**row) for row in rows(count))

    def make() -> bytes:
        made: bytes = engine.HTML(string=page, base_url=f"{folder}/").write_pdf()
        return made

    return make


def main() -> None:
    engine, count, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    make = {"typst": typst, "weasyprint": weasyprint}[engine](count, folder)
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
