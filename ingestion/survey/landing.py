"""Exports of surveys on their way into the landing folder of a run."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ingestion.landing.at_rest import is_document
from ingestion.steps import land_files
from ingestion.survey.forgetting import forgotten_exports
from ingestion.survey.steps import SOURCE, archived_exports
from warehouse.home import Home

_SUFFIXES = {".sav", ".zsav", ".por", ".dta", ".xlsx", ".csv"}


def land_surveys(home: Home, folders: list[Path]) -> int:
    """Copy the exports below `folders` (each with a subfolder `survey`) to the landing folder, but known ones."""
    known = {item.document.sha256 for item in archived_exports(home)} | forgotten_exports(home)
    landed = 0
    for folder in folders:
        for path in sorted((folder / SOURCE).rglob("*")):
            if not is_document(path) or path.suffix.lower() not in _SUFFIXES:
                continue
            with path.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() not in known:
                    landed += land_files(home, SOURCE, [path])["landed"]
    return landed
