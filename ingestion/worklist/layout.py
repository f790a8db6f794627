"""The columns of the work list and the words in its drop-downs, the same for writing and reading."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.corrections import Action, CorrectedField

LIST_SHEET, HELP_SHEET, UNIT_SHEET, FILE_SHEET = "Danh sách", "Hướng dẫn", "Đơn vị", "Tệp bị từ chối"

#: More lines than people decide one by one; a file with more bad rows is refused as a whole long before.
MAX_ROWS = 20_000


@dataclass(frozen=True)
class Column:
    """A column of the list: `name` in the hidden first row, the title people read, and whether they fill it in."""

    name: str
    title: str
    width: int
    is_filled_in: bool = False


COLUMNS = (
    Column("key", "key", 20),
    Column("file_name", "Tệp · File", 30),
    Column("place", "Vị trí · Place", 22),
    Column("rule", "Quy tắc · Rule", 40),
    Column("found", "Thấy · Found", 24),
    Column("expected", "Cần · Expected", 24),
    Column("suggested_fix", "Gợi ý · What to do", 40),
    Column("owner", "Phụ trách · Owner", 16),
    Column("unit", "Đơn vị (như in) · Unit as printed", 24),
    Column("indicator", "Chỉ tiêu · Indicator", 16),
    Column("year", "Năm · Year", 8),
    Column("value", "Điểm (như in) · Value as printed", 12),
    Column("rank", "Hạng (như in) · Rank as printed", 10),
    Column("decision", "Quyết định · Decision", 22, True),
    Column("field", "Sửa phần nào · Which part", 16, True),
    Column("new_value", "Nội dung đúng · What is right", 20, True),
    Column("reason_vi", "Lý do · Reason (Vietnamese)", 30, True),
    Column("reason_en", "Lý do bằng tiếng Anh · Reason (English)", 30, True),
    Column("source", "Căn cứ · Where it is seen (document, link)", 30, True),
    Column("decided_by", "Người quyết định · Decided by", 20, True),
    Column("result", "Kết quả · Result", 50),
)

DECISIONS: dict[Action, str] = {
    "override": "sửa · override",
    "drop": "bỏ · drop",
    "move_to_rank": "điểm là hạng · move_to_rank",
    "scale": "nhân · scale",
}

FIELDS: dict[CorrectedField, str] = {
    "unit": "đơn vị · unit",
    "year": "năm · year",
    "value": "điểm · value",
    "rank": "hạng · rank",
}

HELP = (
    (
        "Mỗi dòng trong «Danh sách» là một số liệu đang chờ, ô đỏ là chỗ sai. Chỉ điền các cột màu vàng.",
        "Each line of the list is a figure that waits; the red cell is what is wrong. Fill in the yellow columns only.",
    ),
    (
        "«Quyết định»: sửa (dùng nội dung đúng), bỏ (không dùng số liệu này), điểm là hạng (số in ở cột điểm "
        "thật ra là thứ hạng), nhân (nhân điểm với số ghi ở «Nội dung đúng»). Để trống: tiếp tục chờ.",
        "Decision: override (use what is right), drop (leave the figure out), move_to_rank (the number in the score "
        "column is a rank), scale (multiply the score by the number under «What is right»). Empty: it goes on waiting.",
    ),
    (
        "Phải có lý do (ít nhất một thứ tiếng), căn cứ và người quyết định. Nội dung tệp gốc không bị sửa.",
        "A reason (in one language at least), where it is seen and who decided are needed. The file stays as sent.",
    ),
    (
        "Gửi lại bằng: reform quarantine replay <tệp này>. Dòng nào chưa đạt được trả về cùng lý do.",
        "Send it back with: reform quarantine replay <this file>. What does not pass is returned with the reason.",
    ),
)
