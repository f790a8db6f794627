"""The documentation of a build: static dbt docs and the validation docs."""

from __future__ import annotations

import shutil
import time
from typing import Any

from warehouse.build import read_state, run_dbt
from warehouse.dbt_page import write_dbt_page
from warehouse.home import Home


def write_docs(home: Home) -> dict[str, Any]:
    """Write `build/docs`: `dbt.html` and `validation/`; a release takes a copy and writes its own pages beside them.

    Raises:
        EnvironmentBroken, Refused: dbt could not generate its docs.
    """
    started = time.monotonic()
    stamp = home.build / "docs_fingerprint"
    fingerprint = read_state(home).get("fingerprint")
    docs = home.build / "docs"
    if fingerprint and docs.exists() and stamp.exists() and stamp.read_text("utf-8") == fingerprint:
        return {"path": str(docs), "outcome": "unchanged", "seconds": time.monotonic() - started}
    stamp.unlink(missing_ok=True)
    run_dbt(home, "docs", "generate")
    partial = home.build / "docs.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write_dbt_page(home.dbt_target, partial)
    if home.data_docs.exists():
        shutil.copytree(home.data_docs, partial / "validation")
    shutil.rmtree(docs, ignore_errors=True)
    partial.replace(docs)
    stamp.write_text(fingerprint or "", "utf-8")
    return {"path": str(docs), "outcome": "written", "seconds": time.monotonic() - started}
