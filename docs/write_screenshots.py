"""Picture pages of the current release for the READMEs: `docs/images/*.png`. Run it by `make pictures`.

Headless Chromium, no network; PNG with few colours, so that a picture stays below 150 kB.
"""

from __future__ import annotations

import io
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from warehouse.home import PROJECT_ROOT, Home

FOLDER = PROJECT_ROOT / "docs" / "images"
#: Picture -> page below `docs/` of the release, width and height in CSS pixels.
PICTURES = {
    "scorecards.png": ("scorecards/vi/index.html", 1180, 900),
    "unit.png": ("scorecards/vi/units/da_nang.html", 1180, 1000),
    "dictionary.png": ("dictionary.html", 1180, 760),
}
_WIDTH, _COLOURS = 900, 64


def picture(page: Path, width: int, height: int) -> Image.Image:
    """What a browser of that size shows of the page."""
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "page.png"
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder}/profile",
             f"--window-size={width},{height}", f"--screenshot={shot}", page.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return Image.open(io.BytesIO(shot.read_bytes())).convert("RGB")


def main() -> None:
    """Write every picture of a page the current release has."""
    docs = Home.from_environment().current.resolve() / "docs"
    for name, (page, width, height) in PICTURES.items():
        if (docs / page).exists():
            shown = picture(docs / page, width, height)
            small = shown.resize((_WIDTH, round(_WIDTH * height / width)), Image.Resampling.LANCZOS)
            small.quantize(_COLOURS).save(FOLDER / name, optimize=True)
            print(f"{name}: {(FOLDER / name).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
