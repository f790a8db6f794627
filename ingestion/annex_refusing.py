"""The words of refused annexes, one entry a rule, so that XLSX and PDF are refused in the same sentences."""

from __future__ import annotations

from warehouse.errors import Refusal, Refused

#: rule -> (English, Vietnamese, what the data owner can do)
_WORDS: dict[str, tuple[str, str, str]] = {
    "unknown_layout": (
        "the table is not in a form this project knows, and columns are never guessed",
        "bảng không theo mẫu đã biết, và không bao giờ đoán cột",
        "use the headers of the nearest form, or describe this one in data/reference/layouts/annex.yml "
        "(dùng tiêu đề cột của mẫu gần nhất hoặc bổ sung mẫu mới)",
    ),
    "unknown_index": (
        "the title does not say which one index the annex is about",
        "tiêu đề không cho biết phụ lục thuộc bộ chỉ số nào",
        "write the index's name in the title, one index an annex (ghi tên bộ chỉ số trong tiêu đề)",
    ),
    "conflicting_headings": (
        "the titles or headers of the annex contradict one another",
        "tiêu đề trong phụ lục mâu thuẫn với nhau",
        "send one annex of one index and year a file (mỗi tệp một phụ lục của một bộ chỉ số, một năm)",
    ),
    "rows_missing": (
        "the row numbers have gaps, so rows were lost or taken out",
        "số thứ tự không liên tục, có dòng bị mất",
        "send the whole table, or number the rows anew (gửi bảng đầy đủ hoặc đánh lại số thứ tự)",
    ),
    "unknown_indicator": (
        "the indicator column names something that is not an indicator of this index",
        "cột chỉ tiêu có tên không thuộc bộ chỉ số này",
        "correct the name, or add it to data/reference/layouts/annex.yml (sửa tên chỉ tiêu)",
    ),
    "unknown_status": (
        "the status column holds a word that is not a status",
        "cột tình trạng có từ không phải là tình trạng",
        "use công bố, suy ra or nghi ngờ (dùng: công bố, suy ra, nghi ngờ)",
    ),
    "wrong_measure": (
        "the unit of measure is not one this index is published in",
        "đơn vị tính không đúng với bộ chỉ số",
        "convert the scores to the index's own scale, or correct the unit (quy đổi điểm hoặc sửa đơn vị tính)",
    ),
    "pdf_scanned": (
        "a page of the PDF is a picture of text, and numbers are not read from pictures",
        "tệp PDF có trang là ảnh quét, không đọc số liệu từ ảnh",
        "ask the publisher for the text version of the PDF, or for the XLSX (đề nghị bản PDF có chữ hoặc tệp XLSX)",
    ),
    "pdf_encrypted": (
        "the PDF is protected by a password",
        "tệp PDF được bảo vệ bằng mật khẩu",
        "remove the password and send it again (bỏ mật khẩu rồi gửi lại)",
    ),
    "pdf_broken": (
        "the PDF is damaged or a part of it is missing",
        "tệp PDF bị hỏng hoặc bị cắt mất một phần",
        "send the file again and compare its size with the original (gửi lại tệp, so kích thước với bản gốc)",
    ),
    "pdf_bomb": (
        "the PDF unpacks to far more than an annex can be",
        "tệp PDF giải nén ra lớn bất thường",
        "do not open it; ask the sender how it was made (không mở tệp; hỏi người gửi)",
    ),
    "pdf_too_long": (
        "the PDF is longer than an annex, or takes too long to read",
        "tệp PDF quá dài so với một phụ lục",
        "send the pages of the table alone (chỉ gửi các trang có bảng)",
    ),
    "file_empty": ("the file is empty", "tệp rỗng", "send the file again; the transfer probably stopped (gửi lại tệp)"),
}


def refuse_annex(file_name: str, rule: str, *, found: str, expected: str, place: str = "") -> Refused:
    """The refusal of `rule` for the caller to raise; long findings are cut."""
    text_en, text_vi, action = _WORDS[rule]
    return Refused(Refusal(file_name, rule, found[:400], expected[:600], place, text_en, text_vi, action))
