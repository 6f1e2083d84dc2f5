"""``python -m tests.fuzz KIND COUNT --seed N``: so many spoilt inputs in this process; the last line sums up, the code judges."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.fuzz import doors, fetched, sheets
from tests.fuzz.watch import Watch

KINDS = ("webhooks", "updates", "fetched", "sheets", "workbooks", "imports")


async def run(kind: str, count: int, seed: int) -> Watch:
    """The campaign; the house is built afresh now and then, for what it remembers grows."""
    watch = Watch(kind)
    part = 0
    while watch.inputs < count:
        with tempfile.TemporaryDirectory() as folder:
            await _run_part(kind, count, seed + part, Path(folder), watch)
        part += 1
    return watch


async def _run_part(kind: str, count: int, seed: int, home: Path, watch: Watch) -> None:
    match kind:
        case "workbooks":
            with sheets.open_reader(seed, watch) as reader:
                while watch.inputs < count:
                    reader.workbook()
        case "sheets" | "imports":
            until = min(count, watch.inputs + sheets.FRESH)
            async with sheets.open_desk(home, seed, watch) as desk:
                book = sheets.make_workbook()
                while watch.inputs < until:
                    if kind == "sheets":
                        await desk.sheet()
                    else:
                        await desk.take("KER.xlsx", desk.mutator.spoil_workbook(book))
        case "fetched":
            until = min(count, watch.inputs + fetched.FRESH)
            async with fetched.open_ears(home, seed, watch) as ears:
                while watch.inputs < until:
                    await ears.hear()
        case _:
            until = min(count, watch.inputs + doors.FRESH)
            async with doors.open_doors(home, seed, watch) as faces:
                while watch.inputs < until:
                    await (faces.hook() if kind == "webhooks" else faces.update())


def main() -> int:
    """1 where something broke, was slow, or grew."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    watch = asyncio.run(run(asked.kind, asked.count, asked.seed))
    wrong = watch.verdict()
    for line in wrong:
        print(line)
    print(watch, flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
