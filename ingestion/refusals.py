"""Refused documents: one JSON a document under `quarantine/`, until the document is read or its owner withdraws it.

They are kept out of the build database on purpose: a refused file changes nothing in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from warehouse.errors import Refusal
from warehouse.figures import SourceDocument
from warehouse.home import Home


def record_refusals(home: Home, document: SourceDocument, refusals: Iterable[Refusal], *, reading_version: str) -> None:
    """Remember why `document` may not enter; replaces what was remembered of it before."""
    home.quarantine.mkdir(parents=True, exist_ok=True)
    target = home.quarantine / f"{document.sha256}.json"
    partial = target.with_suffix(".partial")
    content = {
        "document": asdict(document),
        "reading_version": reading_version,
        "refusals": [asdict(refusal) for refusal in refusals],
    }
    partial.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    partial.replace(target)


def clear_refusals(home: Home, document: SourceDocument) -> None:
    """Forget the refusals of a document that has been read."""
    (home.quarantine / f"{document.sha256}.json").unlink(missing_ok=True)


def refused_documents(home: Home) -> list[dict[str, Any]]:
    """What is remembered of all refused documents, by file name."""
    found = [json.loads(path.read_text("utf-8")) for path in home.quarantine.glob("*.json")]
    return sorted(found, key=lambda item: (item["document"]["file_name"], item["document"]["sha256"]))


def refusals_of(entry: dict[str, Any]) -> list[Refusal]:
    """The refusals of one entry of `refused_documents`."""
    return [Refusal(**refusal) for refusal in entry["refusals"]]
