"""Draw `docs/images/flow.svg`, the picture of the flow in both READMEs. Run it by `make flow`."""

from __future__ import annotations

from html import escape

from warehouse.home import PROJECT_ROOT

TARGET = PROJECT_ROOT / "docs" / "images" / "flow.svg"
#: Title, and two lines below it: Vietnamese, English.
STEPS = (
    ("landing", "tệp, cổng dịch vụ công", "files, the portal"),
    ("archive", "nguyên văn, SHA-256", "bytes as received"),
    ("parse", "từng ô, biết vị trí", "values know their cell"),
    ("audit", "quy tắc quyết định", "Great Expectations"),
    ("load", "một giao dịch", "one transaction"),
    ("dbt build", "ý nghĩa, thay đổi", "staging → marts"),
    ("audit", "kiểm tra lại", "suites of the marts"),
    ("release", "bất biến", "immutable, then current"),
)
READERS = ("scorecards", "DuckDB · Parquet · CSV", "PostgreSQL · BI", "HTTP API")
_WIDTH, _HEIGHT, _GAP = 168, 76, 24
_FONT = 'font-family="DejaVu Sans, Noto Sans, system-ui, sans-serif"'


def _box(x: int, y: int, title: str, lines: tuple[str, ...], fill: str) -> str:
    text = f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="{fill}" stroke="#334155"/>'
    text += f'<text x="{x + 12}" y="{y + 24}" font-size="15" font-weight="700">{escape(title)}</text>'
    for number, line in enumerate(lines):
        text += f'<text x="{x + 12}" y="{y + 44 + 18 * number}" font-size="12">{escape(line)}</text>'
    return text


def _arrow(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="#334155" stroke-width="1.6" marker-end="url(#tip)"/>'


def picture() -> str:
    """Two rows of four steps, what stops beside the audits, and the readers below the release."""
    step, down = _WIDTH + _GAP, _HEIGHT + 72
    width, height = 4 * step + 16, 2 * down + 118
    parts = []
    for number, (title, vietnamese, english) in enumerate(STEPS):
        x, y = 20 + (number % 4) * step, 20 + (number // 4) * down
        fill = "#fef3c7" if title == "audit" else "#dcfce7" if title == "release" else "#f1f5f9"
        parts.append(_box(x, y, title, (vietnamese, english), fill))
        if number % 4 < 3:
            parts.append(_arrow(f"M{x + _WIDTH} {y + _HEIGHT // 2} h{_GAP - 6}"))
    turn = 20 + 3 * step + _WIDTH // 2
    parts.append(_arrow(f"M{turn + 40} {20 + _HEIGHT} v18 H{20 + _WIDTH // 2} v{down - _HEIGHT - 24}"))
    parts.append(_arrow(f"M{turn - 40} {20 + _HEIGHT} v30"))
    parts.append(
        f'<text x="{turn - 150}" y="{20 + _HEIGHT + 48}" font-size="12" fill="#9a3412">'
        "quarantine: dòng chờ, tệp bị từ chối</text>"
    )
    y = 20 + down + _HEIGHT
    parts.append(_arrow(f"M{turn} {y} v30"))
    label = " · ".join(READERS)
    parts.append(f'<text x="{turn + _WIDTH // 2}" y="{y + 50}" font-size="13" text-anchor="end">{escape(label)}</text>')
    parts.append(
        f'<text x="20" y="{y + 50}" font-size="12" fill="#475569">số nào cũng dẫn về ô của tệp: reform trace</text>'
    )
    parts.append(
        f'<text x="20" y="{y + 70}" font-size="12" fill="#475569">every number leads to its cell: reform trace</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" {_FONT} '
        'aria-label="landing, archive, parse, audit, load, dbt build, audit, release">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#334155"/></marker></defs>'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


if __name__ == "__main__":
    TARGET.write_text(picture(), "utf-8")
