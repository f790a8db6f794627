"""The documentation of a build: static dbt docs, the validation docs, and a page that leads to them."""

from __future__ import annotations

import html
import shutil
import time
from typing import Any

from warehouse.build import read_state, run_dbt
from warehouse.dbt_page import write_dbt_page
from warehouse.home import Home
from warehouse.pages import write_style


def write_docs(home: Home) -> dict[str, Any]:
    """Write `build/docs`: `dbt.html`, `validation/` and `index.html`; a release takes a copy.

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
    write_style(partial)
    write_dbt_page(home.dbt_target, partial)
    if home.data_docs.exists():
        shutil.copytree(home.data_docs, partial / "validation")
    (partial / "index.html").write_text(_index_page(validation=home.data_docs.exists()), "utf-8")
    shutil.rmtree(docs, ignore_errors=True)
    partial.replace(docs)
    stamp.write_text(fingerprint or "", "utf-8")
    return {"path": str(docs), "outcome": "written", "seconds": time.monotonic() - started}


def _index_page(*, validation: bool) -> str:
    entries = [
        (
            "quality.html",
            "Chất lượng dữ liệu: có gì vào, gì đang chờ, gì chưa chắc",
            "Data quality: what came in, what waits, what is shaky",
        ),
        (
            "changes.html",
            "Khác gì so với bản phát hành trước",
            "What changed against the release before",
        ),
        ("dbt.html", "Các bảng, cột và nguồn gốc", "Tables, columns and lineage (dbt docs)"),
        (
            "../semantic_manifest.json",
            "Định nghĩa các số đo, dùng chung cho mọi công cụ",
            "What every metric means, for tools",
        ),
        ("../manifest.json", "Dữ liệu vào, phiên bản, số dòng", "Inputs with hashes, versions, row counts"),
    ]
    if validation:
        entries.insert(1, ("validation/index.html", "Kết quả kiểm tra dữ liệu", "What was checked, and the outcome"))
    items = "\n".join(
        f'<li><a href="{html.escape(link)}">{html.escape(vi)}</a><br>'
        f'<span class="quiet" lang="en">{html.escape(en)}</span></li>'
        for link, vi, en in entries
    )
    return f"""<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Chỉ số cải cách hành chính – Administrative reform indicators</title>
<link rel="stylesheet" href="assets/style.css"></head><body class="front">
<h1>Chỉ số cải cách hành chính</h1>
<p lang="en">Administrative reform indicators of Viet Nam: what this release holds and how it was checked.</p>
<ul>
{items}
</ul>
<p>Một thay đổi chỉ được in khi hai năm so sánh được; xem cột <code>not_comparable_reason</code> của
<code>metric_yoy</code>.<br><span class="quiet" lang="en">A change is printed only where two years can be compared; see
<code>not_comparable_reason</code> in <code>metric_yoy</code>.</span></p>
</body></html>
"""
