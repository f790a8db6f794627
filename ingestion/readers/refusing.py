"""The words of the readers' refusals, one entry a rule, so that each says the same thing everywhere."""

from __future__ import annotations

from warehouse.errors import Refusal, Refused

#: rule -> (English, Vietnamese, what the data owner can do)
_WORDS: dict[str, tuple[str, str, str]] = {
    "file_empty": (
        "the file is empty",
        "tệp rỗng",
        "send the file again; the transfer probably stopped (gửi lại tệp)",
    ),
    "too_large": (
        "the file is larger than this reader accepts",
        "tệp lớn hơn giới hạn của bộ đọc",
        "send the index table alone, without pictures and survey data (chỉ gửi bảng chỉ số)",
    ),
    "not_a_workbook": (
        "the file is not an Excel workbook, whatever its name says",
        "tệp không phải bảng tính Excel dù tên tệp ghi vậy",
        "open the file in a spreadsheet program and save it as .xlsx (mở và lưu lại dạng .xlsx)",
    ),
    "workbook_truncated": (
        "the workbook is damaged or a part of it is missing",
        "bảng tính bị hỏng hoặc bị cắt mất một phần",
        "send the file again and compare its size with the original (gửi lại tệp, so kích thước với bản gốc)",
    ),
    "workbook_encrypted": (
        "the workbook is protected by a password",
        "bảng tính được bảo vệ bằng mật khẩu",
        "remove the password and send it again (bỏ mật khẩu rồi gửi lại)",
    ),
    "zip_bomb": (
        "the workbook unpacks to far more than an index table can be",
        "bảng tính giải nén ra lớn bất thường",
        "do not open it; ask the sender how it was made (không mở tệp; hỏi người gửi)",
    ),
    "xml_entity": (
        "the workbook holds XML entity declarations, which no spreadsheet program writes",
        "bảng tính chứa khai báo thực thể XML bất thường",
        "do not open it; ask the sender how it was made (không mở tệp; hỏi người gửi)",
    ),
    "too_many_cells": (
        "a sheet spans more cells than an index table can have",
        "trang tính có quá nhiều ô",
        "delete stray cells far from the table, or send the index table alone (xoá các ô thừa xa bảng)",
    ),
    "formula_without_value": (
        "the workbook holds formulas without their results",
        "bảng tính chứa công thức chưa có kết quả",
        "open it in a spreadsheet program, let it calculate, and save it (mở, tính lại và lưu)",
    ),
    "wrong_encoding": (
        "the text is not UTF-8",
        "văn bản không phải mã hoá UTF-8",
        "save the file as CSV UTF-8 (lưu lại dạng CSV UTF-8)",
    ),
    "not_a_csv": (
        "the file is not a text table",
        "tệp không phải bảng dạng văn bản",
        "send a CSV file in UTF-8 with one header line (gửi tệp CSV mã hoá UTF-8 có một dòng tiêu đề)",
    ),
    "ragged_line": (
        "a line has another number of columns than the header",
        "một dòng có số cột khác với dòng tiêu đề",
        "put values that hold the separator in double quotes, or mend the line (đặt giá trị trong ngoặc kép)",
    ),
    "duplicate_column": (
        "two columns have one name, or one has none",
        "hai cột trùng tên hoặc có cột không tên",
        "give every column its own name (đặt tên riêng cho từng cột)",
    ),
}


def refuse(file_name: str, rule: str, *, found: str, expected: str, place: str = "") -> Refused:
    """The refusal of `rule` for the caller to raise."""
    text_en, text_vi, action = _WORDS[rule]
    return Refused(Refusal(file_name, rule, found, expected, place, text_en, text_vi, action))
