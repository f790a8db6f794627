"""The files the pages of a release share: one style sheet, and the small scripts some of them need.

Files of their own, so that the pages work under a content security policy without inline code, and from a folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

_ASSETS = Path(__file__).parent / "templates" / "assets"


def write_assets(docs: Path) -> None:
    """Copy them to `assets/` below the folder of the pages."""
    shutil.copytree(_ASSETS, docs / "assets", dirs_exist_ok=True)
