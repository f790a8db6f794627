"""The pages of a release: written into its `docs/` from its own tables, before readers see it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from warehouse.dictionary_page import write_dictionary_pages
from warehouse.front_page import write_front_pages
from warehouse.home import Home
from warehouse.page_assets import write_assets
from warehouse.quality_page import RefusedFile, write_quality_pages
from warehouse.reports.write import write_reports
from warehouse.scorecards.site import write_scorecards
from warehouse.trail_page import write_trail_pages
from warehouse.vintages import Moment


def write_pages(
    home: Home, folder: Path, release: Moment, checks: Sequence[dict[str, Any]], refused: tuple[RefusedFile, ...]
) -> None:
    """Write every page of the release being made in `folder`; nothing where the docs of its build were not written.

    `checks` and `refused` are what `warehouse.release.publish` was given.
    """
    built = home.build / "docs"
    if not built.exists():
        return
    docs, database = folder / "docs", folder / "warehouse.duckdb"
    shutil.copytree(built, docs)
    write_assets(docs)
    write_quality_pages(database, docs, release.release_id, refused)
    write_dictionary_pages(home, database, docs, release.release_id, list(checks))
    write_scorecards(database, docs, release.release_id)
    write_trail_pages(database, docs, release.release_id)
    write_reports(database, docs, release.release_id, release.published_at)
    # The last of the pages: it leads to those that are there.
    write_front_pages(database, docs, release.release_id, release.published_at)
