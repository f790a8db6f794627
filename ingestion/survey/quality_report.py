"""The response-quality report of a wave: `quality.json` for programs, `quality.html` in both languages for people."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from ingestion.survey.codebook import CodeBook
from ingestion.survey.quality import Quality
from ingestion.survey.wave_files import write_json
from warehouse.page_assets import write_assets

_RULES = {
    "straight_lining": ("Cùng một câu trả lời cho mọi mục", "The same answer to every item"),
    "speeding": ("Trả lời quá nhanh", "Answered too fast"),
    "duplicate": ("Phiếu trùng lặp", "Duplicate interview"),
    "impossible_age": ("Tuổi không hợp lý", "Impossible age"),
    "interviewer_outlier": ("Điều tra viên khác thường", "Outlying interviewer"),
}
_PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>{{ m.wave_id }}</title>
<link rel="stylesheet" href="assets/style.css"></head><body>
<h1>Chất lượng trả lời · Response quality: {{ m.wave_id }}</h1>
{% if m.is_synthetic %}<p class="ask"><strong>Dữ liệu giả lập, không phải câu trả lời của người dân ·
Synthetic data, not answers of citizens.</strong></p>{% endif %}
<p>{{ m.respondents }} người trả lời, {{ m.respondents_excluded }} bị loại khỏi ước lượng ·
{{ m.respondents }} respondents, {{ m.respondents_excluded }} left out of estimates.
{{ m.file_name }}, {{ m.code_book }}.</p>
<h2>Cờ · Flags</h2><table>
<tr><th>Quy tắc · Rule</th><th>Số người · Respondents</th><th>Loại · Excludes</th></tr>
{% for rule, number in m.flags.items() %}<tr><td>{{ names[rule][0] }} · {{ names[rule][1] }}</td>
<td class="n">{{ number }}</td>
<td>{{ "có · yes" if rule in excludes else "không · no" }}</td></tr>{% endfor %}</table>
<h2>Tác động của việc loại · Effect of exclusion</h2>
<p>Tỷ lệ hài lòng có trọng số, chưa có sai số · weighted share satisfied, without its error.</p>
<table><tr><th>Chỉ số · Indicator</th>
<th>Tất cả · All</th><th>Sau khi loại · After exclusion</th><th>Điểm · Points</th></tr>
{% for row in effects %}<tr><td>{{ row.indicator_code }}</td>
<td class="n">{{ percent(row.share_of_all) }}</td>
<td class="n">{{ percent(row.share_after_exclusion) }}</td>
<td class="n">{{ points(row.change_in_points) }}</td></tr>
{% endfor %}</table>
<h2>Câu trả lời bị cách ly · Quarantined</h2><table>
{% for rule, number in m.quarantined.items() %}<tr><td>{{ rule }}</td><td class="n">{{ number }}</td></tr>
{% else %}<tr><td>không có · none</td></tr>{% endfor %}</table>
<h2>Ngưỡng · Thresholds</h2><table>
{% for key, value in thresholds.items() %}<tr><td>{{ key }}</td><td>{{ value }}</td></tr>
{% endfor %}</table></body></html>
"""


def write_report(
    target: Path, manifest: dict[str, Any], quality: Quality, effects: list[dict[str, Any]], book: CodeBook
) -> None:
    """Write both forms into `target`."""
    thresholds = book.quality.model_dump(mode="json")
    content = {
        "wave_id": manifest["wave_id"],
        "data_year": manifest["data_year"],
        "is_synthetic": manifest["is_synthetic"],
        "respondents": manifest["respondents"],
        "respondents_excluded": manifest["respondents_excluded"],
        "flags": manifest["flags"],
        "quarantined": manifest["quarantined"],
        "effect_of_exclusion": effects,
        "interviewers": [asdict(item) for item in quality.interviewers],
        "thresholds": thresholds,
    }
    write_json(target / "quality.json", content)
    page = Environment(autoescape=True, undefined=StrictUndefined).from_string(_PAGE)
    write_assets(target)
    (target / "quality.html").write_text(
        page.render(
            m=manifest,
            names=_RULES,
            excludes=book.quality.excludes,
            effects=effects,
            percent=_percent,
            points=_points,
            thresholds=thresholds,
        ),
        "utf-8",
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %".replace(".", ",")


def _points(change: float | None) -> str:
    return "–" if change is None else f"{change:+.2f}".replace(".", ",")
