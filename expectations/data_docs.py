"""The validation docs: Great Expectations' own page of every suite, and one index in both languages, all offline.

Great Expectations links Bootstrap, jQuery and more from the net; a release is read where there is none. Those links
are replaced by the files in `vendor/`, and whatever else would be fetched is taken out. Its inline scripts and styles
become files too, since a release's pages have none (`warehouse.page_policy`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from expectations.gx_runner import SuiteRun
from expectations.rules import CheckResult
from warehouse.home import Home
from warehouse.page_policy import without_inline

_VENDOR = Path(__file__).resolve().parent / "vendor"
_STATIC = ("bootstrap.min.css", "icons.css", "jquery.min.js", "bootstrap.bundle.min.js")

_REMOTE_SCRIPT = re.compile(r"<script[^>]*\bsrc\s*=\s*[\"'](?:https?:)?//[^>]*>\s*</script>", re.IGNORECASE)
_REMOTE_LINK = re.compile(r"<link[^>]*\bhref\s*=\s*[\"'](?:https?:)?//[^>]*>", re.IGNORECASE)
_REMOTE_IMAGE = re.compile(r"<img[^>]*\bsrc\s*=\s*[\"'](?:https?:)?//[^>]*>", re.IGNORECASE)
_REMOTE_STYLE = re.compile(r"url\(\s*[\"']?(?:https?:)?//[^)]*\)", re.IGNORECASE)
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}", re.IGNORECASE)
_ICON_LINK = re.compile(r"<link[^>]*rel\s*=\s*[\"']shortcut icon[\"'][^>]*>", re.IGNORECASE)
_FOOTER = re.compile(r"<footer>.*?</footer>", re.IGNORECASE | re.DOTALL)
_SUITE_LINK = re.compile(r"<a href=\"(?:\.\./)+expectations/[^\"]*\"\s*>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_HOME_LINK = re.compile(r"href=\"(?:\.\./)+index\.html\"")

_LOCAL_HEAD = (
    '<link rel="stylesheet" href="static/bootstrap.min.css">\n<link rel="stylesheet" href="static/icons.css">\n'
    '<script src="static/jquery.min.js"></script>\n<script src="static/bootstrap.bundle.min.js"></script>\n'
)

_OUTCOME_STYLE = {"passed": "success", "warned": "info", "quarantined": "warning", "blocked": "danger"}
_OUTCOME_WORDS = {
    "passed": "đạt · passed",
    "warned": "cảnh báo · warned",
    "quarantined": "cách ly · quarantined",
    "blocked": "chặn · blocked",
}
_OWNERS = {
    "data_provider": "đơn vị gửi số liệu · data provider",
    "reference_keeper": "người giữ bảng tham chiếu · reference keeper",
    "data_engineer": "kỹ sư dữ liệu · data engineer",
}


def offline(html: str) -> str:
    """`html`, a page of Great Expectations, with every remote style, script, image and font replaced or removed."""
    for pattern in (_REMOTE_SCRIPT, _REMOTE_LINK, _REMOTE_IMAGE, _FONT_FACE, _ICON_LINK, _FOOTER):
        html = pattern.sub("", html)
    html = _REMOTE_STYLE.sub("none", html)
    html = _SUITE_LINK.sub(r"\1", html)
    html = _HOME_LINK.sub('href="index.html"', html)
    return re.sub(r"<head>", "<head>\n" + _LOCAL_HEAD, html, count=1, flags=re.IGNORECASE)


def write_pages(home: Home, runs: Sequence[SuiteRun], checks: Sequence[Sequence[CheckResult]]) -> None:
    """Renew the pages of the suites in `runs` (with `checks`, one list a run) and the index over all suites.

    A suite that was not run this time keeps its page: it is still the last word on that dataset.
    """
    folder = home.data_docs
    static = folder / "static"
    static.mkdir(parents=True, exist_ok=True)
    for name in _STATIC:
        if not (static / name).exists():
            shutil.copyfile(_VENDOR / name, static / name)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for run, results in zip(runs, checks, strict=True):
        name = run.suite.name
        summary = {
            "suite": name,
            "rows_checked": run.rows_checked,
            "validated_at": now,
            "checks": [check.as_dict() for check in results],
        }
        page, files = without_inline(offline(run.page), "static")
        for file_name, content in files.items():
            _write(static / file_name, content)
        _write(folder / f"{name}.html", page)
        _write(folder / f"{name}.json", json.dumps(summary, ensure_ascii=False, indent=1))
    summaries = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    _write(folder / "index.html", _index(summaries))


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(text, "utf-8")
    partial.replace(path)


def _index(summaries: Sequence[dict[str, Any]]) -> str:
    sections = "\n".join(_section(summary) for summary in summaries)
    return f"""<!DOCTYPE html>
<html lang="vi">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>Kết quả kiểm tra dữ liệu · Validation results</title>
{_LOCAL_HEAD}</head>
<body>
<main class="container-fluid py-4 px-5">
<h1 class="h3">Kết quả kiểm tra dữ liệu · Validation results</h1>
<p class="text-muted">Mỗi bộ kiểm tra: lần chạy gần nhất. Nhấn vào tên để xem trang của Great Expectations.
Each suite: its last run. The name leads to the page of Great Expectations.</p>
{sections}
</main>
</body>
</html>
"""


def _section(summary: dict[str, Any]) -> str:
    name = escape(summary["suite"])
    rows = "\n".join(_row(check) for check in summary["checks"])
    return f"""<h2 class="h5 mt-4"><a href="{name}.html">{name}</a></h2>
<p class="small text-muted mb-1">{summary["rows_checked"]} dòng · rows, {escape(summary["validated_at"])}</p>
<table class="table table-sm table-striped">
<thead><tr><th>Quy tắc · Rule</th><th>Nội dung · Meaning</th><th>Mức độ · Severity</th>
<th>Người xử lý · Owner</th><th>Nguồn · Source</th><th class="text-right">Dòng sai · Rows failed</th>
<th>Kết quả · Outcome</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>"""


def _row(check: dict[str, Any]) -> str:
    outcome = check["outcome"]
    return (
        f"<tr><td><code>{escape(check['rule_id'])}</code></td>"
        f'<td>{escape(check["text_vi"])}<br><span class="text-muted">{escape(check["text_en"])}</span></td>'
        f"<td>{escape(check['severity'])}</td><td>{escape(_OWNERS.get(check['owner'], check['owner']))}</td>"
        f'<td class="small">{escape(check["rule_source"])}</td><td class="text-right">{check["rows_failed"]}</td>'
        f'<td><span class="badge badge-{_OUTCOME_STYLE[outcome]}">{_OUTCOME_WORDS[outcome]}</span></td></tr>'
    )
