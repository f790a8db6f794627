"""What the scorecards of the current release cost: pages, charts, bytes, seconds; and one chart of each kind by itself.

Usage: make bench BENCH=scorecards
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from warehouse.home import Home
from warehouse.release import current_release
from warehouse.scorecards import chart_specs
from warehouse.scorecards.drawing import Drawing
from warehouse.scorecards.series import Break, Point
from warehouse.scorecards.site import FOLDER, LANGUAGES, write_scorecards

_ROUNDS = 20


def main() -> None:
    """Write the site of the current release into a temporary folder and print what it took."""
    release = current_release(Home.from_environment())
    if release is None:
        raise SystemExit("there is no release yet: `make run` makes one")
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        report = write_scorecards(release / "warehouse.duckdb", Path(folder), release.name)
        spent = time.process_time() - before
        print(f"{report}, {spent:.1f} CPU s")
        for language in LANGUAGES:
            first = Path(folder) / FOLDER / language / "index.html"
            print(f"{first.relative_to(folder)}: {first.stat().st_size:,} bytes")
    for name, draw in _kinds().items():
        draw()
        before = time.process_time()
        for _ in range(_ROUNDS):
            drawing = draw()
        spent = (time.process_time() - before) / _ROUNDS
        print(f"{name}: {1000 * spent:.0f} CPU ms, {len(drawing.svg):,} bytes of SVG")


def _kinds() -> dict[str, Callable[[], Drawing]]:
    points = [Point(2011 + place, 40.0 + place % 3, place // 4, "circle") for place in range(12)]
    breaks = [Break("A", 2015, "method_changed", ("", ""), None)]
    steps = [
        chart_specs.Step(("2021", "2021"), 0, 41.0, None),
        *(chart_specs.Step((f"Phần {place}", f"Part {place}"), 41.0, 41.5, 0.5) for place in range(8)),
        chart_specs.Step(("2022", "2022"), 0, 41.5, None),
    ]
    name = ("Tỉnh", "Province")
    tiles = [chart_specs.Tile(place % 5, place // 5, name, "43.91 · 6", place % 5) for place in range(34)]
    return {
        "trend": lambda: chart_specs.trend(points, breaks, places=2),
        "waterfall": lambda: chart_specs.waterfall(steps),
        "tile map of 34": lambda: chart_specs.tile_map(tiles),
        "distribution": lambda: chart_specs.distribution([40 + place / 7 for place in range(34)], 42.4),
    }


if __name__ == "__main__":
    main()
