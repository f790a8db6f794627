"""The words and numbers of a report, the same in every format."""

from __future__ import annotations

from typing import Any

from warehouse.marks import of_change, of_value, signs_of
from warehouse.reports.content import Report

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
NUMBER = "Số: ……/BC-……"
PLACE_AND_DATE = "………, ngày …… tháng …… năm ……"
TITLE = "BÁO CÁO"
SIGNATURE = "QUYỀN HẠN, CHỨC VỤ CỦA NGƯỜI KÝ"
RECIPIENTS = ("Nơi nhận:", "- ……………;", "- Lưu: VT, ……")
TOTALS_HEAD = ("Chỉ số", "Năm", "Giá trị", "Xếp hạng", "So với năm trước")
POINTS_HEAD = ("Tiêu chí", "Giá trị", "Xếp hạng", "Cách mức tốt nhất", "Cơ quan chịu trách nhiệm")


def subject(report: Report) -> str:
    """What the letter is about, below its kind."""
    return f"Kết quả các chỉ số cải cách hành chính của {report.name}"


def introduction(report: Report) -> str:
    """Where everything below is from."""
    return (
        f"Số liệu lấy từ bản phát hành {report.release_id} ({report.published_at:%d/%m/%Y}); nguồn gốc đến từng ô của "
        f"tài liệu: docs/trail/vi/{report.unit_code}/ của bản phát hành."
    )


def points_title(report: Report) -> str:
    """The heading of the table of points."""
    return f"2. Điểm mạnh, điểm yếu (năm {report.points_year})"


def totals_rows(report: Report) -> list[tuple[str, ...]]:
    """The cells of the table of results."""
    return [
        (row["name_vi"], str(row["data_year"]), f"{number(row['value'])}{signs_of(of_value(row))}", rank(row),
         change(row))
        for row in report.totals
    ]


def points_rows(points: tuple[dict[str, Any], ...]) -> list[tuple[str, ...]]:
    """The cells of the table of strong or weak points."""
    return [
        (
            f"{row['name_vi']} ({row['indicator_code']})",
            f"{number(row['value'])}{signs_of(of_value(row))}",
            f"{row['rank_all']}/{row['peer_count_all']}" if row["rank_all"] else "–",
            number(row["gap_to_best_all"]),
            row["responsible_body_name_vi"] or "chưa xác định",
        )
        for row in points
    ]


def number(value: float | None) -> str:
    """As a Vietnamese reader writes it, to two decimals."""
    return "–" if value is None else f"{value:.2f}".replace(".", ",")


def rank(row: dict[str, Any]) -> str:
    """`3/63`, or the rank alone."""
    if not row["rank"]:
        return "–"
    return f"{row['rank']}/{row['rank_out_of']}" if row["rank_out_of"] else str(row["rank"])


def change(row: dict[str, Any]) -> str:
    """The change, or the mark that there is none to speak of."""
    signs = signs_of(of_change(row))
    if row["change"] is None:
        return f"không so sánh được {signs}" if signs else "–"
    return f"{'+' if row['change'] > 0 else ''}{number(row['change'])}{signs}"


def mark_sentences(report: Report) -> list[str]:
    """The legend of the letter."""
    return [f"{mark.sign} {mark.vi}: {mark.long_vi}" for mark in report.marks_shown]


def source_sentence(report: Report) -> str:
    """The documents of what the letter shows."""
    names = "; ".join(f"{row['file_name']} ({row['sha256'][:8]})" for row in report.sources_shown)
    return f"Nguồn: {names}." if names else "Nguồn: số do tính toán, xem phần truy nguyên."
